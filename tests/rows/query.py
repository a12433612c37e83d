import numpy as np
from op_table import ALL, Row
from strategies import one

import pydl


def asks(op, answer, *bad):
    """An op that gives a Python value, held to be the same as PyTorch's."""
    return Row(
        op,
        lambda x: pydl.tensor(getattr(pydl, op)(x)),
        lambda x: np.array(answer(x)),
        one(),
        torch=lambda x: __import__("torch").tensor(getattr(__import__("torch"), op)(x)),
        dtypes=ALL,
        grad=False,
        bad=(("DTypeError", lambda: getattr(pydl, op)(2.0)), *bad),
    )


ROWS = [
    asks("is_floating_point", lambda x: x.dtype.kind == "f"),
    asks("is_signed", lambda x: x.dtype.kind in "if"),
    asks("is_complex", lambda x: False),
    Row("is_nonzero", elsewhere="test_tensor_methods.py", bad=(("ValueError", lambda: pydl.ones(2).is_nonzero()),)),
    Row(
        "is_same_size",
        lambda x: pydl.tensor([x.is_same_size(x + 1), x.is_same_size(x[None])]),
        lambda x: np.array([True, False]),
        one(),
        torch=lambda x: __import__("torch").tensor([x.is_same_size(x + 1), x.is_same_size(x[None])]),
        grad=False,
        bad=(("DTypeError", lambda: pydl.ones(2).is_same_size((2,))),),
    ),
    Row("is_storage", elsewhere="test_tensor_methods.py"),
    Row("get_device", elsewhere="test_tensor_methods.py", bad=(("DTypeError", lambda: pydl.get_device(1)),)),
    Row(
        "detach",
        lambda x: x.detach() * x,
        lambda x: x * x,
        one(),
        torch=lambda x: x.detach() * x,
        grad=False,
        bad=(("DTypeError", lambda: pydl.detach(1)),),
    ),
    Row(
        "detach_",
        lambda x: (x * 2).detach_() * x,
        lambda x: 2 * x * x,
        one(),
        torch=lambda x: (x * 2).detach_() * x,
        grad=False,
        bad=(("DTypeError", lambda: pydl.detach_(1)),),
    ),
    Row("result_type", elsewhere="test_tensor_methods.py", bad=(("DTypeError", lambda: pydl.result_type("a", 1)),)),
    Row("can_cast", elsewhere="test_tensor_methods.py", bad=(("DTypeError", lambda: pydl.can_cast(1, pydl.int64)),)),
]
