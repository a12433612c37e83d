from op_table import Row

import pydl

# Creation has no operands and no gradient; tests/test_create.py compares it with PyTorch's results.
ROWS = [
    Row(op, elsewhere="test_create.py", bad=bad)
    for op, bad in {
        "arange": (("ValueError", lambda: pydl.arange(0, 5, -1)), ("ValueError", lambda: pydl.arange(0, 5, 0))),
        "as_tensor": (("DTypeError", lambda: pydl.as_tensor("a")),),
        "empty": (("ShapeError", lambda: pydl.empty(-1)), ("ShapeError", lambda: pydl.empty(2**40, 2**40))),
        "empty_like": (),
        "eye": (("ShapeError", lambda: pydl.eye(-1)),),
        "from_dlpack": (("DTypeError", lambda: pydl.from_dlpack(3)),),
        "from_numpy": (("DTypeError", lambda: pydl.from_numpy([1, 2])),),
        "full": (("ShapeError", lambda: pydl.full((-2,), 1)), ("DTypeError", lambda: pydl.full((2,), "a"))),
        "full_like": (),
        "linspace": (("ValueError", lambda: pydl.linspace(0, 1, -1)),),
        "ones": (("DTypeError", lambda: pydl.ones("a")), ("DTypeError", lambda: pydl.ones(2, dtype="float32"))),
        "ones_like": (),
        "tensor": (("ValueError", lambda: pydl.tensor([[1], [1, 2]])), ("DTypeError", lambda: pydl.tensor("a"))),
        "zeros": (("ShapeError", lambda: pydl.zeros(2, -3)), ("OutOfMemoryError", lambda: pydl.zeros(2**50))),
        "zeros_like": (),
    }.items()
]
