"""Samples of classes that gradients flow through."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydl import _C
from pydl.autograd.function import wrap
from pydl.ops.operands import expect_tensor
from pydl.random import default_generator

if TYPE_CHECKING:
    from pydl.tensor import Tensor


# eps is PyTorch's; neither library uses it.
def gumbel_softmax(logits: Tensor, tau: float = 1.0, hard: bool = False, eps: float = 1e-10, dim: int = -1) -> Tensor:
    """``softmax((logits + noise) / tau)`` with Gumbel noise: nearly one-hot samples of classes for a small ``tau``.

    Args:
        hard: one-hot samples, with the gradient of the soft ones.

    Source: Jang, Gu and Poole, arXiv:1611.01144; Maddison, Mnih and Teh, arXiv:1611.00712.

    Raises:
        DTypeError: integers.
        ValueError: ``tau`` is 0.

    >>> pydl.nn.functional.gumbel_softmax(pydl.tensor([0.0, 1000.0]), hard=True)
    tensor([0., 1.])
    """
    name = "gumbel_softmax"
    expect_tensor(name, logits)
    code = logits.array.dtype
    if code > 3:
        raise _C.DTypeError(f"{name}: expected logits of a floating dtype, got {logits.dtype.name}")
    if tau == 0:
        raise _C.ValueError(f"{name}: expected tau other than 0")
    # -log(-log(u)), u in (0, 1): the uniform numbers are steps of 2^-24 or 2^-53, moved by half of one off 0.
    noise = _C.empty(logits.array.shape, 1)
    _C.uniform_into(noise, *default_generator.reserve(noise.size), 2.0**-54, 1.0)
    for _ in range(2):
        noise = _C.neg(_C.log(noise))
    soft = softmax(mul(add(logits, wrap(_C.cast(noise, code))), 1.0 / tau), dim)
    if not hard:
        return soft
    top = argmax(soft, dim, keepdim=True)
    one_hot = scatter(wrap(_C.zeros(soft.array.shape, code)), dim, top, 1.0)
    # The first term has soft's gradient and the value 0.
    return add(sub(soft, wrap(soft.array)), one_hot)


from pydl.ops.binary import add, mul, sub  # noqa: E402
from pydl.ops.extremes import argmax  # noqa: E402
from pydl.ops.gather import scatter  # noqa: E402
from pydl.ops.softmax import softmax  # noqa: E402
