"""Every operation. `__all__` is the list of them; each has a row in the tests' op table."""


from pydl.ops.binary import add, add_, div, div_, mul, mul_, rdiv, rsub, sub, sub_
from pydl.ops.copy import cast, clone, contiguous
from pydl.ops.create import (
    arange,
    as_tensor,
    empty,
    empty_like,
    eye,
    from_dlpack,
    from_numpy,
    full,
    full_like,
    linspace,
    ones,
    ones_like,
    tensor,
    zeros,
    zeros_like,
)
from pydl.ops.matmul import linear, matmul
from pydl.ops.reduce import sum
from pydl.ops.rounding import floor_divide, fmod, remainder
from pydl.ops.unary import neg
from pydl.ops.view import expand, flatten, narrow, permute, reshape, select, squeeze, t, transpose, unsqueeze, view
