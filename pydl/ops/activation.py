"""Activation functions with kernels of their own, forward and backward."""

from __future__ import annotations

import math
from numbers import Real
from typing import TYPE_CHECKING, Any

from pydl import _C
from pydl.autograd.function import Function, apply, apply1, apply2, saved_output
from pydl.autograd.inplace import assign, overwrite, result_for, snapshot
from pydl.ops.operands import as_float, expect_tensor
from pydl.ops.unary import apply_float, neg, square

if TYPE_CHECKING:
    from pydl.tensor import Tensor


class Relu(Function):
    @staticmethod
    def forward(ctx: Function, x: Tensor) -> _C.Array:
        return ctx.keep(_C.relu(x.array))

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g where y > 0
        return apply2(ReluBackward, g, saved_output(ctx))


class ReluBackward(Function):
    @staticmethod
    def forward(ctx: Any, g: Tensor, y: Tensor) -> _C.Array:
        ctx.save(y)
        return _C.relu_backward(g.array, y.array)

    @staticmethod
    def backward(ctx: Any, gg: Tensor) -> Any:  # gg where y > 0
        return apply2(ReluBackward, gg, ctx.saved_tensors[0])


class Sigmoid(Function):
    @staticmethod
    def forward(ctx: Function, x: Tensor) -> _C.Array:
        return ctx.keep(_C.sigmoid(x.array))

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g * y * (1 - y)
        return apply2(SigmoidBackward, g, saved_output(ctx))


class SigmoidBackward(Function):
    @staticmethod
    def forward(ctx: Any, g: Tensor, y: Tensor) -> _C.Array:
        ctx.save(g, y)
        return _C.sigmoid_backward(g.array, y.array)

    @staticmethod
    def backward(ctx: Any, gg: Tensor) -> Any:  # gg * y * (1 - y), gg * g * (1 - 2 y)
        g, y = ctx.saved_tensors
        return apply2(SigmoidBackward, gg, y), mul(mul(gg, g), rsub(mul(y, 2.0), 1.0))


class Tanh(Function):
    @staticmethod
    def forward(ctx: Function, x: Tensor) -> _C.Array:
        return ctx.keep(_C.tanh(x.array))

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g * (1 - y^2)
        return apply2(TanhBackward, g, saved_output(ctx))


class TanhBackward(Function):
    @staticmethod
    def forward(ctx: Any, g: Tensor, y: Tensor) -> _C.Array:
        ctx.save(g, y)
        return _C.tanh_backward(g.array, y.array)

    @staticmethod
    def backward(ctx: Any, gg: Tensor) -> Any:  # gg * (1 - y^2), gg * g * -2 y
        g, y = ctx.saved_tensors
        return apply2(TanhBackward, gg, y), mul(mul(gg, g), mul(y, -2.0))


class Silu(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> _C.Array:
        ctx.save(x)
        return _C.silu(x.array)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g * s (1 + x (1 - s)), s = sigmoid(x)
        return apply2(SiluBackward, g, ctx.saved_tensors[0])


class SiluBackward(Function):
    @staticmethod
    def forward(ctx: Any, g: Tensor, x: Tensor) -> _C.Array:
        ctx.save(g, x)
        return _C.silu_backward(g.array, x.array)

    @staticmethod
    def backward(ctx: Any, gg: Tensor) -> Any:  # the same of gg, gg * g * s (1 - s) (2 + x (1 - 2 s))
        g, x = ctx.saved_tensors
        s = sigmoid(x)
        bend = mul(mul(s, rsub(s, 1.0)), add(mul(x, rsub(mul(s, 2.0), 1.0)), 2.0))
        return apply2(SiluBackward, gg, x), mul(mul(gg, g), bend)


class LogSigmoid(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> _C.Array:
        ctx.save(x)
        return _C.logsigmoid(x.array)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g * sigmoid(-x)
        return apply2(LogSigmoidBackward, g, ctx.saved_tensors[0])


class LogSigmoidBackward(Function):
    @staticmethod
    def forward(ctx: Any, g: Tensor, x: Tensor) -> _C.Array:
        ctx.save(g, x)
        return _C.logsigmoid_backward(g.array, x.array)

    @staticmethod
    def backward(ctx: Any, gg: Tensor) -> Any:  # gg * sigmoid(-x), -gg * g * s (1 - s)
        g, x = ctx.saved_tensors
        s = sigmoid(x)
        return apply2(LogSigmoidBackward, gg, x), mul(mul(neg(gg), g), mul(s, rsub(s, 1.0)))


class Gelu(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> _C.Array:
        ctx.save(x)
        return _C.gelu(x.array)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g * (Phi(x) + x phi(x)), of the normal distribution
        return apply2(GeluBackward, g, ctx.saved_tensors[0])


class GeluBackward(Function):
    @staticmethod
    def forward(ctx: Any, g: Tensor, x: Tensor) -> _C.Array:
        ctx.save(g, x)
        return _C.gelu_backward(g.array, x.array)

    @staticmethod
    def backward(ctx: Any, gg: Tensor) -> Any:  # the same of gg, gg * g * phi(x) (2 - x^2)
        g, x = ctx.saved_tensors
        s = square(x)
        bend = mul(mul(exp(mul(s, -0.5)), 1.0 / math.sqrt(2.0 * math.pi)), rsub(s, 2.0))
        return apply2(GeluBackward, gg, x), mul(mul(gg, g), bend)


# The argument of the sigmoid in gelu's approximation, 2 sqrt(2 / pi) (x + 0.044715 x^3) = _A x + _B x^3.
_A = 2.0 * math.sqrt(2.0 / math.pi)
_B = 0.044715 * _A


class GeluTanh(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> _C.Array:
        ctx.save(x)
        return _C.gelu_tanh(x.array)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g * (s + x s (1 - s) z'), s = sigmoid(z), z = A x + B x^3
        return apply2(GeluTanhBackward, g, ctx.saved_tensors[0])


class GeluTanhBackward(Function):
    @staticmethod
    def forward(ctx: Any, g: Tensor, x: Tensor) -> _C.Array:
        ctx.save(g, x)
        return _C.gelu_tanh_backward(g.array, x.array)

    @staticmethod
    def backward(ctx: Any, gg: Tensor) -> Any:  # the same of gg, gg * g * s (1 - s) (2 z' + x ((1 - 2 s) z'^2 + z''))
        g, x = ctx.saved_tensors
        q = square(x)
        s = sigmoid(mul(x, add(mul(q, _B), _A)))
        z1, z2 = add(mul(q, 3.0 * _B), _A), mul(x, 6.0 * _B)
        inner = add(mul(rsub(mul(s, 2.0), 1.0), square(z1)), z2)
        bend = mul(mul(s, rsub(s, 1.0)), add(mul(z1, 2.0), mul(x, inner)))
        return apply2(GeluTanhBackward, gg, x), mul(mul(gg, g), bend)


class LeakyRelu(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, slope: float) -> _C.Array:
        ctx.save(x)
        ctx.slope = slope
        return _C.leaky_relu(x.array, slope, 0.0)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g where x > 0, g * slope elsewhere
        return apply(LeakyReluBackward, g, ctx.saved_tensors[0], ctx.slope)


class LeakyReluBackward(Function):
    @staticmethod
    def forward(ctx: Any, g: Tensor, x: Tensor, slope: float) -> _C.Array:
        ctx.save(x)
        ctx.slope = slope
        return _C.leaky_relu_backward(g.array, x.array, slope, 0.0)

    @staticmethod
    def backward(ctx: Any, gg: Tensor) -> Any:  # the same of gg
        return apply(LeakyReluBackward, gg, ctx.saved_tensors[0], ctx.slope)


class Elu(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, alpha: float, factor: float) -> _C.Array:
        ctx.save(x)
        ctx.settings = alpha, factor
        return _C.elu(x.array, alpha, factor)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g where x > 0, g * alpha * factor * exp(factor x) elsewhere
        return apply(EluBackward, g, ctx.saved_tensors[0], *ctx.settings)


class EluBackward(Function):
    @staticmethod
    def forward(ctx: Any, g: Tensor, x: Tensor, alpha: float, factor: float) -> _C.Array:
        ctx.save(g, x)
        ctx.settings = alpha, factor
        return _C.elu_backward(g.array, x.array, alpha, factor)

    @staticmethod
    def backward(ctx: Any, gg: Tensor) -> Any:  # the same of gg, gg * g * alpha factor^2 exp(factor x) where x < 0
        g, x = ctx.saved_tensors
        alpha, factor = ctx.settings
        # exp of the negative part only: where x is large its infinity must not reach the gradient.
        held = mul(clamp(x, max=0.0), factor)
        bend = where(lt(x, 0), mul(exp(held), alpha * factor * factor), 0.0)
        return apply(EluBackward, gg, x, alpha, factor), mul(mul(gg, g), bend)


class Selu(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> _C.Array:
        ctx.save(x)
        return _C.selu(x.array)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g * scale where x > 0, g * scale * alpha * exp(x) elsewhere
        return apply2(SeluBackward, g, ctx.saved_tensors[0])


class SeluBackward(Function):
    @staticmethod
    def forward(ctx: Any, g: Tensor, x: Tensor) -> _C.Array:
        ctx.save(g, x)
        return _C.selu_backward(g.array, x.array)

    @staticmethod
    def backward(ctx: Any, gg: Tensor) -> Any:  # the same of gg, gg * g * scale * alpha * exp(x) where x < 0
        g, x = ctx.saved_tensors
        bend = where(lt(x, 0), mul(exp(clamp(x, max=0.0)), _SELU_SCALE * _SELU_ALPHA), 0.0)
        return apply2(SeluBackward, gg, x), mul(mul(gg, g), bend)


class Mish(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> _C.Array:
        ctx.save(x)
        return _C.mish(x.array)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g * (t + x t'), t = tanh(softplus(x)), t' = (1 - t^2) sigmoid(x)
        return apply2(MishBackward, g, ctx.saved_tensors[0])


class MishBackward(Function):
    @staticmethod
    def forward(ctx: Any, g: Tensor, x: Tensor) -> _C.Array:
        ctx.save(g, x)
        return _C.mish_backward(g.array, x.array)

    @staticmethod
    def backward(ctx: Any, gg: Tensor) -> Any:  # the same of gg, gg * g * t' (2 + x (1 - s - 2 t s)), s = sigmoid(x)
        g, x = ctx.saved_tensors
        s, t = sigmoid(x), tanh(softplus(x))
        slope = mul(rsub(square(t), 1.0), s)
        bend = mul(slope, add(mul(x, rsub(mul(s, add(mul(t, 2.0), 1.0)), 1.0)), 2.0))
        return apply2(MishBackward, gg, x), mul(mul(gg, g), bend)


class Softplus(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, beta: float, threshold: float) -> _C.Array:
        ctx.save(x)
        ctx.settings = beta, threshold
        return _C.softplus(x.array, beta, threshold)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g * sigmoid(beta x); g above the threshold
        return apply(SoftplusBackward, g, ctx.saved_tensors[0], *ctx.settings)


class SoftplusBackward(Function):
    @staticmethod
    def forward(ctx: Any, g: Tensor, x: Tensor, beta: float, threshold: float) -> _C.Array:
        ctx.save(g, x)
        ctx.settings = beta, threshold
        return _C.softplus_backward(g.array, x.array, beta, threshold)

    @staticmethod
    def backward(ctx: Any, gg: Tensor) -> Any:  # the same of gg, gg * g * beta s (1 - s); 0 above the threshold
        g, x = ctx.saved_tensors
        beta, threshold = ctx.settings
        z = mul(x, beta)
        s = sigmoid(z)
        bend = where(gt(z, threshold), 0.0, mul(mul(s, rsub(s, 1.0)), beta))
        return apply(SoftplusBackward, gg, x, beta, threshold), mul(mul(gg, g), bend)


# Klambauer et al., 2017, arXiv:1706.02515: with these, mean 0 and variance 1 stay what they are. So has the kernel.
_SELU_ALPHA = 1.6732632423543772848170429916717
_SELU_SCALE = 1.0507009873554804934193349852946


def settled(name: str, value: Any) -> float:
    """A setting as a number.

    Raises:
        DTypeError: it is none.
    """
    if type(value) is float:
        return value
    if not isinstance(value, int | float | Real):  # numpy's numbers are real too
        raise _C.DTypeError(f"{name}: expected a number, got {type(value).__name__}")
    return float(value)


def floating(name: str, x: Tensor) -> Tensor:
    """x, a tensor, in a floating dtype."""
    expect_tensor(name, x)
    return as_float(x)


def relu(input: Tensor, inplace: bool = False) -> Tensor:
    """``max(input, 0)``. Its gradient at 0 is 0.

    >>> pydl.tensor([-1.0, 2.0]).relu()
    tensor([0., 2.])
    """
    if inplace:
        return relu_(input)
    try:
        if input.array.dtype <= 3:
            return apply1(Relu, input)
    except AttributeError:
        expect_tensor("relu", input)
        raise
    return clamp(input, min=0)


def relu_(input: Tensor) -> Tensor:
    """In-place `relu`."""
    return overwrite("relu_", relu, _C.relu_, input)


def sigmoid(input: Tensor) -> Tensor:
    """``1 / (1 + exp(-input))``.

    >>> pydl.tensor([0.0, 2.0]).sigmoid()
    tensor([0.5000, 0.8808])
    """
    return apply_float(Sigmoid, input)


def sigmoid_(input: Tensor) -> Tensor:
    """In-place `sigmoid`."""
    return overwrite("sigmoid_", sigmoid, _C.sigmoid_, input)


def tanh(input: Tensor) -> Tensor:
    """The hyperbolic tangent."""
    return apply_float(Tanh, input)


def tanh_(input: Tensor) -> Tensor:
    """In-place `tanh`."""
    return overwrite("tanh_", tanh, _C.tanh_, input)


def silu(input: Tensor, inplace: bool = False) -> Tensor:
    """``input * sigmoid(input)``, also called swish (Elfwing, Uchibe and Doya, 2017, arXiv:1702.03118)."""
    return overwrite("silu", silu, _C.silu_, input) if inplace else apply_float(Silu, input)


def logsigmoid(input: Tensor) -> Tensor:
    """``log(sigmoid(input))``, which neither overflows nor loses the small values."""
    return apply_float(LogSigmoid, input)


def gelu(input: Tensor, approximate: str = "none") -> Tensor:
    """``input * Phi(input)``, Phi the normal distribution's integral (Hendrycks and Gimpel, 2016, arXiv:1606.08415).

    Args:
        approximate: "tanh" takes the paper's approximation
            ``input / 2 * (1 + tanh(sqrt(2 / pi) * (input + 0.044715 * input**3)))``.

    >>> pydl.gelu(pydl.tensor([-1.0, 1.0]))
    tensor([-0.1587,  0.8413])
    """
    if approximate == "none":
        return apply_float(Gelu, input)
    if approximate == "tanh":
        return apply_float(GeluTanh, input)
    raise _C.ValueError(f"gelu: expected approximate 'none' or 'tanh', got {approximate!r}")


def leaky_relu(input: Tensor, negative_slope: float = 0.01, inplace: bool = False) -> Tensor:
    """``input`` where it is positive, ``negative_slope * input`` elsewhere."""
    slope = settled("leaky_relu", negative_slope)
    x = snapshot(input) if inplace else floating("leaky_relu", input)
    out = apply(LeakyRelu, x, slope)
    return assign("leaky_relu", input, result_for("leaky_relu", input, out)) if inplace else out


def elu(input: Tensor, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """``input`` where it is positive, ``alpha * (exp(input) - 1)`` elsewhere (arXiv:1511.07289)."""
    alpha = settled("elu", alpha)
    x = snapshot(input) if inplace else floating("elu", input)
    out = apply(Elu, x, alpha, 1.0)
    return assign("elu", input, result_for("elu", input, out)) if inplace else out


def celu(input: Tensor, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """``max(0, input) + min(0, alpha * (exp(input / alpha) - 1))`` (Barron, 2017, arXiv:1704.07483).

    Raises:
        ValueError: ``alpha`` is 0.
    """
    alpha = settled("celu", alpha)
    if alpha == 0:
        raise _C.ValueError("celu: expected alpha other than 0")
    x = snapshot(input) if inplace else floating("celu", input)
    out = apply(Elu, x, alpha, 1.0 / alpha)
    return assign("celu", input, result_for("celu", input, out)) if inplace else out


def selu(input: Tensor, inplace: bool = False) -> Tensor:
    """``scale * elu(input, alpha)`` with the constants of self-normalising networks (arXiv:1706.02515)."""
    return overwrite("selu", selu, _C.selu_, input) if inplace else apply_float(Selu, input)


def mish(input: Tensor, inplace: bool = False) -> Tensor:
    """``input * tanh(softplus(input))`` (Misra, 2019, arXiv:1908.08681)."""
    return overwrite("mish", mish, _C.mish_, input) if inplace else apply_float(Mish, input)


def softplus(input: Tensor, beta: float = 1.0, threshold: float = 20.0) -> Tensor:
    """``log(1 + exp(beta * input)) / beta``; ``input`` itself where ``beta * input`` is above ``threshold``."""
    beta, threshold = settled("softplus", beta), settled("softplus", threshold)
    return apply(Softplus, floating("softplus", input), beta, threshold)


from pydl.ops.binary import add, mul, rsub  # noqa: E402
from pydl.ops.clamp import clamp  # noqa: E402
from pydl.ops.compare import gt, lt  # noqa: E402
from pydl.ops.exponential import exp  # noqa: E402
from pydl.ops.where import where  # noqa: E402
