"""A scenario played in pydl and in PyTorch; importing this needs both."""

import torch

import pydl

LIBRARIES = (pydl, torch)


def plain(x):
    """Tensors as lists, and messages with one library's name."""
    if isinstance(x, pydl.Tensor | torch.Tensor):
        return x.detach().tolist()
    if isinstance(x, dict):
        return {k: plain(v) for k, v in x.items()}
    if isinstance(x, list | tuple):
        return [plain(v) for v in x]
    return x.replace("torch.", "pydl.") if isinstance(x, str) else x


def both(scenario):
    """What a scenario notes in each library; the same."""
    logs = []
    for library in LIBRARIES:
        log = []
        scenario(library, log.append)
        logs.append(plain(log))
    assert logs[0] == logs[1]
    assert logs[0], "nothing was noted"
    return logs[0]
