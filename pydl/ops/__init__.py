"""Every operation. `__all__` is the list of them; each has a row in the tests' op table."""


from pydl.ops.binary import add, add_, div, div_, mul, mul_, rdiv, rsub, sub, sub_
from pydl.ops.concat import (
    cat,
    chunk,
    concat,
    concatenate,
    hstack,
    repeat,
    repeat_interleave,
    split,
    stack,
    tensor_split,
    tile,
    unbind,
    vstack,
)
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
from pydl.ops.gather import gather, scatter, scatter_, scatter_add, scatter_add_, take_along_dim
from pydl.ops.index import (
    flip,
    fliplr,
    flipud,
    index_add,
    index_add_,
    index_copy,
    index_copy_,
    index_fill,
    index_fill_,
    index_put,
    index_put_,
    index_select,
    masked_select,
    nonzero,
    roll,
    take,
)
from pydl.ops.indexing import getitem, setitem
from pydl.ops.matmul import linear, matmul
from pydl.ops.random import (
    bernoulli,
    bernoulli_,
    exponential_,
    multinomial,
    normal,
    normal_,
    rand,
    rand_like,
    randint,
    randint_like,
    randn,
    randn_like,
    random_,
    randperm,
    uniform_,
)
from pydl.ops.reduce import sum
from pydl.ops.rounding import floor_divide, fmod, remainder
from pydl.ops.unary import neg
from pydl.ops.fill import copy_, fill_, zero_
from pydl.ops.view import expand, flatten, narrow, permute, reshape, select, squeeze, t, transpose, unsqueeze, view

# What is imported above: functions, not the modules they come from.
__all__ = sorted(name for name, value in list(globals().items()) if callable(value))
