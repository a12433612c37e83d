"""L-BFGS."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from pydl import _C, ops
from pydl.autograd.blame import remember_step
from pydl.autograd.grad_mode import enable_grad, no_grad
from pydl.optim.optimizer import Optimizer, Params, check_settings, number

if TYPE_CHECKING:
    from pydl.tensor import Tensor


class Point(NamedTuple):
    """What is known of the loss at a distance t along the direction of a search."""

    t: float
    loss: float
    grad: Tensor
    slope: float


class LBFGS(Optimizer):
    """Quasi-Newton steps along -H g, where H, the inverse Hessian, is made of the last ``history_size`` changes of
    the gradient: Liu and Nocedal (1989).

    One group of parameters only, and `step` needs a closure, which it calls several times.

    Args:
        lr: the length of a step, or with a line search that of its first try.
        max_iter: steps in a call of `step`.
        max_eval: calls of the closure in a call of `step`, 1.25 max_iter by default.
        tolerance_grad: stop where no element of the gradient is larger.
        tolerance_change: stop where neither a parameter nor the loss changes by more.
        line_search_fn: None, or "strong_wolfe": Nocedal and Wright, Numerical Optimization (2006), algorithms 3.5
            and 3.6.

    >>> x = pydl.nn.Parameter(pydl.tensor([3.0, -2.0]))
    >>> optimizer = pydl.optim.LBFGS([x], line_search_fn="strong_wolfe")
    >>> def closure():
    ...     optimizer.zero_grad()
    ...     loss = (x * x).sum()
    ...     loss.backward()
    ...     return loss
    >>> optimizer.step(closure).item(), x.detach().abs().max().item() < 1e-6
    (13.0, True)
    """

    def __init__(
        self,
        params: Params,
        lr: float | Tensor = 1,
        max_iter: int = 20,
        max_eval: int | None = None,
        tolerance_grad: float = 1e-7,
        tolerance_change: float = 1e-9,
        history_size: int = 100,
        line_search_fn: str | None = None,
    ) -> None:
        defaults = {
            "lr": lr,
            "max_iter": max_iter,
            "max_eval": max_iter * 5 // 4 if max_eval is None else max_eval,
            "tolerance_grad": tolerance_grad,
            "tolerance_change": tolerance_change,
            "history_size": history_size,
            "line_search_fn": line_search_fn,
        }
        super().__init__(params, defaults)

    def check_group(self, group: dict[str, Any]) -> None:
        check_settings(group, "lr", lr="learning rate")
        if group["line_search_fn"] not in (None, "strong_wolfe"):
            raise _C.ValueError(
                f"LBFGS: expected line_search_fn None or 'strong_wolfe', got {group['line_search_fn']!r}"
            )
        if self.param_groups:
            raise _C.ValueError("LBFGS doesn't support per-parameter options (parameter groups)")

    def gradient(self) -> Tensor:
        """All gradients as one vector; zeros where there is none."""
        params = self.param_groups[0]["params"]
        return ops.cat([ops.reshape(ops.zeros_like(p) if p.grad is None else p.grad, (-1,)) for p in params])

    def move(self, direction: Tensor, t: float) -> None:
        """Add t direction to the parameters."""
        at = 0
        for p in self.param_groups[0]["params"]:
            part = ops.narrow(direction, 0, at, p.array.size)
            p.add_(ops.reshape(part, p.array.shape), alpha=t)
            at += p.array.size

    @no_grad()
    def step(self, closure: Callable[[], Any]) -> Any:  # type: ignore[override]
        """Up to ``max_iter`` quasi-Newton steps.

        Args:
            closure: clears the gradients, computes the loss and the gradients, and returns the loss.

        Returns:
            The loss from before.

        Raises:
            DTypeError: there is no closure.
        """
        if not callable(closure):
            raise _C.DTypeError("LBFGS.step: expected a closure that computes the loss anew, got None")
        remember_step(self)
        closure = enable_grad()(closure)
        group = self.param_groups[0]
        lr, tolerance_grad, tolerance = number(group["lr"]), group["tolerance_grad"], group["tolerance_change"]
        # The state is one for all; as in PyTorch the first parameter has it.
        state = self.state[group["params"][0]]
        before = closure()
        loss, evaluations = float(before), 1
        state["func_evals"] = state.get("func_evals", 0) + 1
        state.setdefault("n_iter", 0)
        g = self.gradient()
        if largest(g) <= tolerance_grad:
            return before
        for n in range(1, group["max_iter"] + 1):
            state["n_iter"] += 1
            d = direction(state, g, group["history_size"])
            old_loss = state["prev_loss"] = loss
            state["prev_flat_grad"] = g
            first = min(1.0, 1.0 / float(ops.sum(ops.abs(g)).item())) if state["n_iter"] == 1 else 1.0
            t = state["t"] = first * lr
            slope = dot(g, d)
            if slope > -tolerance:
                break
            used = 0
            if group["line_search_fn"] is not None:
                most = group["max_eval"] - evaluations
                point, used = self.search(closure, d, t, Point(0.0, loss, g, slope), tolerance, most)
                loss, g, t = point.loss, point.grad, point.t
                state["t"] = t
                self.move(d, t)
            else:
                self.move(d, t)
                if n < group["max_iter"]:  # the last step's loss nobody asks for
                    loss, used = float(closure()), 1
                    g = self.gradient()
            evaluations += used
            state["func_evals"] += used
            if evaluations >= group["max_eval"] or largest(g) <= tolerance_grad:
                break
            if largest(d) * abs(t) <= tolerance or abs(loss - old_loss) < tolerance:
                break
        return before

    def search(
        self, closure: Callable[[], Any], d: Tensor, t: float, start: Point, tolerance: float, most: int
    ) -> tuple[Point, int]:
        """A point along d that meets the strong Wolfe conditions, or the best of ``most`` + 1 tried; how many."""
        params = self.param_groups[0]["params"]
        here = [ops.clone(p) for p in params]

        def evaluate(t: float) -> Point:
            self.move(d, t)
            loss, g = float(closure()), self.gradient()
            for p, x in zip(params, here, strict=True):
                p.copy_(x)
            return Point(t, loss, g, dot(g, d))

        return strong_wolfe(evaluate, start, t, largest(d), tolerance, most)


def direction(state: dict[str, Any], g: Tensor, most: int) -> Tensor:
    """-H g by the two loops over the history, after the last step has been added to it."""
    if state["n_iter"] == 1:
        state.update(old_dirs=[], old_stps=[], ro=[], H_diag=1.0, d=ops.neg(g))
        return state["d"]  # type: ignore[no-any-return]
    change, step = g - state["prev_flat_grad"], state["d"] * number(state["t"])
    curvature = dot(change, step)
    changes, steps, inverse = state["old_dirs"], state["old_stps"], state["ro"]
    if curvature > 1e-10:
        if len(changes) == most:
            for several in (changes, steps, inverse):
                del several[:1]
        if most:
            changes.append(change)
            steps.append(step)
            inverse.append(1.0 / curvature)
        state["H_diag"] = curvature / dot(change, change)
    q = ops.neg(g)
    weights = [0.0] * len(steps)
    for i in reversed(range(len(steps))):
        weights[i] = dot(steps[i], q) * number(inverse[i])
        q.add_(changes[i], alpha=-weights[i])
    q.mul_(number(state["H_diag"]))
    for i in range(len(steps)):
        q.add_(steps[i], alpha=weights[i] - dot(changes[i], q) * number(inverse[i]))
    state["d"] = q
    return q


def strong_wolfe(
    evaluate: Callable[[float], Point], start: Point, t: float, reach: float, tolerance: float, most: int
) -> tuple[Point, int]:
    """First a bracket that holds a point with the strong Wolfe conditions, then that bracket made smaller."""
    small, flat = 1e-4, 0.9  # c1 and c2

    def too_high(x: Point) -> bool:
        return x.loss > start.loss + small * x.t * start.slope

    def flat_enough(x: Point) -> bool:
        return abs(x.slope) <= -flat * start.slope

    before, new, n = start, evaluate(t), 0
    while n < most:
        if too_high(new) or (n > 1 and new.loss >= before.loss):
            bracket = [before, new]
            break
        if flat_enough(new):
            return new, n + 1
        if new.slope >= 0:
            bracket = [before, new]
            break
        t = cubic_minimum(before, new, new.t + 0.01 * (new.t - before.t), new.t * 10)
        before, new = new, evaluate(t)
        n += 1
    else:
        bracket = [start, new]
    low = int(bracket[1].loss < bracket[0].loss)  # which of the two is the better
    near_end = False
    while n < most:
        left, right = sorted(x.t for x in bracket)
        if (right - left) * reach < tolerance:
            break
        t = cubic_minimum(bracket[0], bracket[1], left, right)
        margin = 0.1 * (right - left)
        if min(right - t, t - left) >= margin:
            near_end = False
        elif near_end or not left < t < right:
            # Twice too close to an end: go on a tenth away from it.
            t = right - margin if abs(t - right) < abs(t - left) else left + margin
            near_end = False
        else:
            near_end = True
        new = evaluate(t)
        n += 1
        if too_high(new) or new.loss >= bracket[low].loss:
            bracket[1 - low] = new
            low = int(bracket[1].loss < bracket[0].loss)
            continue
        if flat_enough(new):
            return new, n + 1
        if new.slope * (bracket[1 - low].t - bracket[low].t) >= 0:
            bracket[1 - low] = bracket[low]
        bracket[low] = new
    return bracket[low], n + 1


def cubic_minimum(a: Point, b: Point, low: float, high: float) -> float:
    """Where the cubic through both points, with their slopes, is lowest between low and high; the middle where it
    has no minimum."""
    if a.t > b.t:
        a, b = b, a
    middle = (low + high) / 2
    if a.t == b.t:
        return middle
    bend = a.slope + b.slope - 3 * (a.loss - b.loss) / (a.t - b.t)
    square = bend * bend - a.slope * b.slope
    if not 0 <= square < math.inf:
        return middle
    root = math.sqrt(square)
    below = b.slope - a.slope + 2 * root
    if below == 0:
        return middle
    return min(max(b.t - (b.t - a.t) * ((b.slope + root - bend) / below), low), high)


def dot(x: Tensor, y: Tensor) -> float:
    """The sum of the products."""
    return float(ops.dot(x, y).item())


def largest(x: Tensor) -> float:
    """The largest |x|."""
    return float(ops.max(ops.abs(x)).item()) if x.array.size else 0.0
