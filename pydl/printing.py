"""How a tensor looks as text: as PyTorch prints it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pydl import _C, dtypes

if TYPE_CHECKING:
    from pydl.tensor import Tensor

_options: dict[str, Any] = {"precision": 4, "threshold": 1000, "edgeitems": 3, "linewidth": 80, "sci_mode": None}


def set_printoptions(
    precision: int | None = None,
    threshold: int | None = None,
    edgeitems: int | None = None,
    linewidth: int | None = None,
    profile: str | None = None,
    sci_mode: bool | None = None,
) -> None:
    """Change how tensors are printed: digits after the point, elements before the middle is left out,
    elements kept at each edge then, characters in a line, scientific notation always or never."""
    if profile is not None:
        profiles = {"default": (4, 1000, 3), "short": (2, 1000, 2), "full": (4, 2**62, 3)}
        if profile not in profiles:
            raise _C.ValueError(f"set_printoptions: expected profile {', '.join(profiles)}, got {profile!r}")
        _options["precision"], _options["threshold"], _options["edgeitems"] = profiles[profile]
        _options["linewidth"] = 80
    given = {"precision": precision, "threshold": threshold, "edgeitems": edgeitems, "linewidth": linewidth}
    _options.update({k: v for k, v in given.items() if v is not None})
    _options["sci_mode"] = sci_mode


class Formatter:
    """One format for all numbers of a tensor, chosen as PyTorch chooses it."""

    def __init__(self, values: np.ndarray[Any, Any]) -> None:
        self.kind = values.dtype.kind
        self.scientific = self.whole = False
        self.width = 1
        flat = values.reshape(-1)
        if self.kind != "f":
            self.width = max((len(self.text(v)) for v in flat.tolist()), default=1)
            return
        finite = flat[np.isfinite(flat) & (flat != 0)].astype(np.float64)
        if finite.size:
            size = np.abs(finite)
            low, high = float(size.min()), float(size.max())
            self.whole = bool(np.all(finite == np.ceil(finite)))
            self.scientific = high / low > 1000 or high > 1e8 or (not self.whole and low < 1e-4)
        else:
            self.whole = True
        if _options["sci_mode"] is not None:
            self.scientific = _options["sci_mode"]
        # As in PyTorch, NaN and infinities are not counted: they may stick out.
        self.width = max((len(self.text(v)) for v in finite.tolist()), default=1)

    def text(self, value: Any) -> str:
        if self.kind != "f":
            return str(value)
        if not np.isfinite(value):
            return str(value)
        digits = _options["precision"]
        if self.scientific:
            return f"{value:.{digits}e}"
        if self.whole:
            return f"{value:.0f}."
        return f"{value:.{digits}f}"

    def __call__(self, value: Any) -> str:
        return self.text(value).rjust(self.width)


def shorten(values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The elements that are printed of a large tensor, for choosing the format."""
    edge = _options["edgeitems"]
    for d in range(values.ndim):
        if values.shape[d] > 2 * edge:
            head = np.take(values, range(edge), d)
            values = np.concatenate([head, np.take(values, range(values.shape[d] - edge, values.shape[d]), d)], d)
    return values


def lines(values: np.ndarray[Any, Any], form: Formatter, indent: int, short: bool) -> str:
    """Nested brackets, rows broken at the line width."""
    if values.ndim == 0:
        return form.text(values.item())
    edge = _options["edgeitems"]
    cut = short and values.shape[0] > 2 * edge
    if values.ndim == 1:
        per_line = max(1, (_options["linewidth"] - indent) // (form.width + 2))
        row = values.tolist()
        words = [form(v) for v in row] if not cut else [*map(form, row[:edge]), " ...", *map(form, row[-edge:])]
        chunks = [words[i : i + per_line] for i in range(0, len(words), per_line)]
        return "[" + (",\n" + " " * (indent + 1)).join(", ".join(c) for c in chunks) + "]"
    part = range(values.shape[0])
    items = [lines(values[i], form, indent + 1, short) for i in (part if not cut else [*part[:edge], *part[-edge:]])]
    if cut:
        items.insert(edge, "...")
    return "[" + ("," + "\n" * (values.ndim - 1) + " " * (indent + 1)).join(items) + "]"


def tensor_repr(x: Tensor, indent: int = 7) -> str:
    """``tensor([...], dtype=..., grad_fn=<...>)``."""
    array = x.array
    kind = dtypes.DTYPES[array.dtype]
    if array.size == 0:  # numpy refuses some empty shapes that are fine here
        values = np.empty(0)
    else:
        values = np.asarray(_C.cast(array, dtypes.float32.code) if array.dtype in (2, 3) else array)
    short = array.size > _options["threshold"]
    shown = shorten(values) if short else values
    suffixes = []
    if array.size == 0 and len(array.shape) != 1:
        suffixes.append(f"size={tuple(array.shape)}")
    expected = {dtypes.get_default_dtype(), dtypes.bool_} | (set() if array.size == 0 else {dtypes.int64})
    if kind not in expected:
        suffixes.append(f"dtype={kind!r}")
    if x.node is not None:
        suffixes.append(f"grad_fn=<{x.grad_fn.name()}>")
    elif x._requires_grad:
        suffixes.append("requires_grad=True")
    name = "Parameter containing:\ntensor" if type(x).__name__ == "Parameter" else "tensor"
    body = "[]" if array.size == 0 else lines(values, Formatter(shown), indent, short)
    text = f"{name}({body}"
    width = len(text) - text.rfind("\n") + 1
    for suffix in suffixes:
        if width + len(suffix) + 2 > _options["linewidth"]:
            text += ",\n" + " " * indent + suffix
            width = indent + len(suffix)
        else:
            text += ", " + suffix
            width += len(suffix) + 2
    return text + ")"
