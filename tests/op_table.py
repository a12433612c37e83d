"""One row for each op: how to call it, what it should give, on what, and what it must refuse.

The rows stand in tests/rows/, one file for each family, under the family's name. The tests of
test_ops.py run over all of them; so does bench/bench_ops.py.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

FLOATS = ("float32", "float64")
HALVES = ("bfloat16", "float16")
INTS = ("int64", "int32", "int16", "int8", "uint8")
NUMBERS = FLOATS + INTS
ALL = (*NUMBERS, "bool")


@dataclass(frozen=True)
class Row:
    """An op with one way of calling it.

    Attributes:
        op: its name in ``pydl.ops.__all__``.
        call: takes the operands as pydl tensors; gives a tensor, or a tuple of them.
        reference: takes the same as numpy arrays (floating ones in float64); gives numpy. None only with ``torch``
            or ``elsewhere``.
        inputs: how operands are drawn (see strategies.py): one, same, broadcasting, fixed, any_of.
        label: what tells this row from the op's others.
        torch: takes the operands as torch tensors, for the comparison with PyTorch.
        dtypes: which dtypes the operands come in; all floating ones are tried for value, float64 for gradients.
        grad, second: whether first and second derivatives exist and are checked.
        specials: whether NaN, infinities, zeros of both signs and subnormals must come out as in the reference.
        ulps: how far from the reference, in units of the dtype's last place, relative to the result's largest value;
            raise it only with a reason.
        sums: whether the op adds up products of its operands: ``ulps`` is then relative, element by element, to the sum
            of the terms' sizes, which is the reference of the operands' absolute values. Where terms cancel, a sum is
            exact to its terms' last place, not to its own.
        bad: calls that must raise, each with the name of the exception class in pydl.
        times: operand shapes to time in bench_ops.
        elsewhere: the test file that checks the op, where a row cannot (random numbers, files).
    """

    op: str
    call: Callable[..., Any] | None = None
    reference: Callable[..., Any] | None = None
    inputs: Callable[[Any], Any] | None = None
    label: str = ""
    torch: Callable[..., Any] | None = None
    dtypes: Sequence[str] = FLOATS
    grad: bool = True
    second: bool = True
    specials: bool = False
    ulps: float = 8.0
    sums: bool = False
    bad: Sequence[tuple[str, Callable[[], Any]]] = ()
    times: Sequence[Sequence[tuple[int, ...]]] = ()
    elsewhere: str = ""

    def __str__(self) -> str:
        return f"{self.op}-{self.label}" if self.label else self.op


FAMILIES = sorted(p.stem for p in (Path(__file__).parent / "rows").glob("*.py") if p.stem != "__init__")


def rows() -> list[Row]:
    """All rows, in the order of the families."""
    return [row for family in FAMILIES for row in import_module(f"rows.{family}").ROWS]
