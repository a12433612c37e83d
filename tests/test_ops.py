"""Every row of the op table: value, dtypes, layouts, special values, first and second derivative, errors."""

from __future__ import annotations

import ast
import warnings
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from op_table import ALL, FLOATS, HALVES, Row, rows
from strategies import LAYOUTS, layouts, seeds, tensor_of

import pydl
from pydl.autograd.gradcheck import gradcheck, gradgradcheck

ROWS = [row for row in rows() if row.call is not None]
EPS = {"float32": 2.0**-23, "float64": 2.0**-52, "bfloat16": 2.0**-7, "float16": 2.0**-10}
SPECIALS = [np.nan, np.inf, -np.inf, 0.0, -0.0, 1.0, -1.0, 1e-40, -1e-40, 1e-310, 3.4e38, -3.4e38, 0.5, 88.0, -104.0]


def each(predicate: Any = lambda row: True) -> Any:
    return pytest.mark.parametrize("row", [r for r in ROWS if predicate(r)], ids=str)


def draw_values(row: Row, draw: Any, seed: int) -> list[Any]:
    """The operands of a row as numpy arrays, floating ones in float64."""
    rng = np.random.default_rng([seed, zlib.crc32(str(row).encode())])
    assert row.inputs is not None
    return [fill(rng, shape) for shape, fill in row.inputs(draw)]


def convert(values: np.ndarray[Any, Any], dtype: str) -> np.ndarray[Any, Any]:
    """Values in a dtype; integer and bool operands, such as indices and masks, stay what they are."""
    if values.dtype.kind != "f":
        return values
    if dtype == "bool":
        return np.asarray(values > 0)
    return np.asarray(values).astype(dtype) if dtype != "uint8" else np.abs(values).astype(dtype)


def results(value: Any) -> list[Any]:
    return list(value) if isinstance(value, tuple | list) else [value]


def close(actual: Any, expected: Any, eps: float, ulps: float, context: str, sizes: Any = None) -> None:
    """Equal up to ulps units of the last place of the largest value, or of each size; NaN and infinity exactly."""
    actual, expected = np.asarray(actual), np.asarray(expected)
    assert actual.shape == expected.shape, f"{context}: shape {actual.shape}, expected {expected.shape}"
    actual, expected = actual.astype(np.float64), expected.astype(np.float64)
    finite = np.isfinite(expected)
    np.testing.assert_array_equal(actual[~finite], expected[~finite], err_msg=context)
    scale: Any = max(1e-30, float(np.max(np.abs(expected[finite]), initial=0.0)))
    if sizes is not None:
        scale = np.maximum(1e-30, np.asarray(sizes, np.float64)[finite])
    wrong = ~(np.abs(actual[finite] - expected[finite]) <= ulps * eps * scale)
    assert not wrong.any(), f"{context}: {actual[finite][wrong][:5]} expected {expected[finite][wrong][:5]}"


def compare(row: Row, given_values: list[Any], dtype: str, layout: list[str]) -> None:
    inputs = [convert(v, dtype) for v in given_values]
    tensors = [tensor_of(v, kind) for v, kind in zip(inputs, layout, strict=True)]
    assert row.call is not None and row.reference is not None
    actual = results(row.call(*tensors))
    wide = [v.astype(np.float64) if v.dtype.kind == "f" else v for v in inputs]
    with np.errstate(all="ignore"):
        expected = results(row.reference(*wide))
        sizes = results(row.reference(*[np.abs(v) for v in wide])) if row.sums else [None] * len(expected)
    assert len(actual) == len(expected)
    for a, e, size in zip(actual, expected, sizes, strict=True):
        close(a.numpy(), e, EPS.get(dtype, EPS["float32"]), row.ulps, f"{row} {dtype} {layout}", size)


def each_dtype(dtypes: Any, predicate: Any = lambda row: True) -> Any:
    """Rows that have a reference, with those of the dtypes that they take."""
    pairs = [(r, d) for r in ROWS if r.reference is not None and predicate(r) for d in dtypes if d in r.dtypes]
    return pytest.mark.parametrize(("row", "dtype"), pairs, ids=[f"{r}-{d}" for r, d in pairs])


@each_dtype(ALL)
@given(st.data(), seeds)
def test_value(row: Row, dtype: str, data: Any, seed: int) -> None:
    """Any dtype the op takes, any layout of each operand, shapes from empty to past a vector's width."""
    values = draw_values(row, data.draw, seed)
    compare(row, values, dtype, [data.draw(layouts) for _ in values])


@each(lambda row: row.reference is not None)
@settings(max_examples=3)
@given(st.data(), seeds)
def test_layout(row: Row, data: Any, seed: int) -> None:
    """Every layout is tried with every op, whatever the draws of test_value were."""
    values = draw_values(row, data.draw, seed)
    for layout in LAYOUTS:
        if layout == "broadcast":
            # Constant along the first dimension, so that it can be one row seen many times.
            values = [
                np.broadcast_to(v[:1], v.shape).copy() if v.ndim and v.shape[0] and v.dtype.kind == "f" else v
                for v in values
            ]
        compare(row, values, row.dtypes[0], [layout] * len(values))


@each_dtype(FLOATS, lambda row: row.specials)
@given(st.data(), seeds)
def test_specials(row: Row, dtype: str, data: Any, seed: int) -> None:
    """NaN, infinities, signed zeros, subnormals and the largest numbers come out as the reference has them."""
    rng = np.random.default_rng(seed)
    values = []
    for v in draw_values(row, data.draw, seed):
        if v.dtype.kind == "f":
            with np.errstate(over="ignore"):
                v = rng.choice(np.array(SPECIALS).astype(dtype).astype(np.float64), v.shape)
        values.append(np.asarray(v))
    tensors = [tensor_of(convert(v, dtype)) for v in values]
    assert row.call is not None and row.reference is not None
    with np.errstate(all="ignore"):
        expected = np.asarray(row.reference(*[convert(v, dtype) for v in values]))
    actual = row.call(*tensors).numpy()
    np.testing.assert_array_equal(np.isnan(actual), np.isnan(expected), err_msg=str(values))
    number = ~np.isnan(expected)
    np.testing.assert_allclose(
        actual[number].astype(np.float64), expected[number].astype(np.float64), rtol=row.ulps * EPS[dtype], atol=1e-37
    )


@each(lambda row: row.reference is not None and "float32" in row.dtypes)
@pytest.mark.parametrize("dtype", HALVES)
@given(st.data(), seeds)
def test_halves(row: Row, dtype: str, data: Any, seed: int) -> None:
    """Half types are storage: the result is that of float32, rounded once."""
    values = draw_values(row, data.draw, seed)
    kind = getattr(pydl, dtype)
    assert row.call is not None
    narrow = [tensor_of(v).to(kind) if v.dtype.kind == "f" else tensor_of(v) for v in values]
    wide = [x.float() if x.is_floating_point() else x for x in narrow]
    for a, w in zip(results(row.call(*narrow)), results(row.call(*wide)), strict=True):
        assert a.dtype in (kind, w.dtype)
        close(a.float().numpy(), w.float().numpy(), EPS[dtype], max(2.0, row.ulps / 4), f"{row} {dtype}")


def differentiable(row: Row, values: list[Any], layout: list[str]) -> list[pydl.Tensor]:
    return [tensor_of(v, kind, v.dtype.kind == "f") for v, kind in zip(values, layout, strict=True)]


@each(lambda row: row.grad)
@given(st.data(), seeds)
def test_gradient(row: Row, data: Any, seed: int) -> None:
    """Backward against central differences in float64."""
    values = draw_values(row, data.draw, seed)
    tensors = differentiable(row, values, [data.draw(layouts) for _ in values])
    assert gradcheck(row.call, tensors, atol=1e-6, rtol=1e-5, directions=1, seed=seed % 1000)


@each(lambda row: row.grad and row.second)
@given(st.data(), seeds)
def test_second_derivative(row: Row, data: Any, seed: int) -> None:
    """The backward of backward against central differences in float64."""
    values = draw_values(row, data.draw, seed)
    tensors = differentiable(row, values, ["contiguous"] * len(values))
    assert gradgradcheck(row.call, tensors, atol=1e-5, rtol=1e-4, directions=1, seed=seed % 1000)


@pytest.mark.parametrize(
    ("row", "error", "call"),
    [pytest.param(r, e, c, id=f"{r}-{i}") for r in rows() for i, (e, c) in enumerate(r.bad)],
)
def test_refuses(row: Row, error: str, call: Any) -> None:
    """Bad input raises the kind of error that the row names, and the message names the op."""
    with pytest.raises(getattr(pydl, error)) as caught:
        call()
    assert isinstance(caught.value, RuntimeError)
    assert str(caught.value).split(":")[0].strip(), "the message starts with the op"


def test_every_op_has_a_row() -> None:
    named = {row.op for row in rows()}
    missing = sorted(set(pydl.ops.__all__) - named)
    assert not missing, f"no row in tests/rows/ for {missing}"


def test_rows_name_ops() -> None:
    unknown = sorted({row.op for row in rows()} - set(pydl.ops.__all__))
    assert not unknown, f"rows for what is not in pydl.ops.__all__: {unknown}"


# PyTorch's method takes self as the second argument of the function.
OTHER_ORDER = {"where", "polygamma"}
# Tensor.unfold is unfold_dim; unfold is that of nn.functional, of images.
OTHER_ORDER |= {"unfold"}


def test_the_list_of_ops_is_what_is_imported() -> None:
    tree = ast.parse(Path(pydl.ops.__file__).read_text())
    imported = {a.asname or a.name for n in tree.body if isinstance(n, ast.ImportFrom) for a in n.names}
    assert imported == set(pydl.ops.__all__)


def test_methods_are_the_ops() -> None:
    """Tensor.x is ops.x is pydl.x wherever the name exists; nothing is wrapped twice."""
    for name in pydl.ops.__all__:
        op = getattr(pydl.ops, name)
        if hasattr(pydl, name):
            assert getattr(pydl, name) is op, name
        method = pydl.Tensor.__dict__.get(name)
        if method is not None and not isinstance(method, property) and name not in OTHER_ORDER:
            assert method is op, name


def all_functions(cls: type) -> set[type]:
    below = {c for c in cls.__subclasses__() if c.__module__.startswith("pydl.ops")}
    return below.union(*[all_functions(c) for c in cls.__subclasses__()])


def test_every_function_is_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each Function of pydl.ops runs, forward and backward, in some row."""
    ran: set[type] = set()
    functions = all_functions(pydl.autograd.Function)
    for cls in functions:
        original = cls.__dict__.get("backward")
        if original is None:
            continue

        def spy(ctx: Any, *grads: Any, _cls: type = cls, _run: Any = original.__func__) -> Any:
            ran.add(_cls)
            return _run(ctx, *grads)

        monkeypatch.setattr(cls, "backward", staticmethod(spy))
    for row in ROWS:
        if not row.grad or row.inputs is None:
            continue
        # A cast is one only where the dtype is another, a copy only where rows are not adjacent.
        for seed, (dtype, layout) in enumerate(
            (("float64", "permuted"), ("float32", "contiguous"), ("float64", "sliced"))
        ):
            values = [convert(v, dtype) if v.dtype.kind == "f" else v for v in sample(row, seed)]
            backward_twice(row, differentiable(row, values, [layout] * len(values)))
    missed = sorted(c.__name__ for c in functions - ran)
    assert not missed, f"no row reaches {missed}"


def backward_twice(row: Row, tensors: list[pydl.Tensor]) -> None:
    """First derivatives, and those of their squares' sum where the row has second ones."""
    assert row.call is not None
    leaves = [x for x in tensors if x.requires_grad]
    outs = [y for y in results(row.call(*tensors)) if y.requires_grad]
    if not leaves or not outs:
        return
    total = sum((y * y).sum().double() for y in outs)
    grads = pydl.autograd.grad(total, leaves, create_graph=row.second, allow_unused=True)
    again = [g for g in grads if g is not None and g.requires_grad]
    if row.second and again:
        pydl.autograd.grad(sum((g * g).sum().double() for g in again), leaves, allow_unused=True)


def sample(row: Row, seed: int) -> list[Any]:
    """Operands of a row outside of @given."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # hypothesis would rather see @given
        return draw_values(row, lambda strategy: strategy.example(), seed)
