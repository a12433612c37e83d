"""The old name of `hub`'s downloads, which models of that time import."""

from pydl.hub import load_state_dict_from_url as load_url

__all__ = ["load_url"]
