"""A softmax over very many classes, most of them rare."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from pydl import _C, ops
from pydl.nn import functional as F
from pydl.nn.modules.container import ModuleList, Sequential
from pydl.nn.modules.linear import Linear
from pydl.nn.modules.module import Module

if TYPE_CHECKING:
    from pydl.dtypes import device as Device
    from pydl.dtypes import dtype as DType
    from pydl.tensor import Tensor


class ASMoutput(NamedTuple):
    """Each row's log-probability of its target, and the loss."""

    output: Tensor
    loss: Tensor


class AdaptiveLogSoftmaxWithLoss(Module):
    """Frequent classes in a head, rare ones in clusters of ever fewer features (Grave et al., arXiv:1609.04309).

    Args:
        in_features: of the input.
        n_classes: ordered by falling frequency.
        cutoffs: where the clusters begin.
        div_value: by which each cluster has fewer features than the one before.
        head_bias: whether the head has a bias.

    >>> layer = pydl.nn.AdaptiveLogSoftmaxWithLoss(16, 20, [4, 10])
    >>> layer.log_prob(pydl.zeros(3, 16)).exp().sum(1).detach()
    tensor([1.0000, 1.0000, 1.0000])
    """

    def __init__(
        self,
        in_features: int,
        n_classes: int,
        cutoffs: Sequence[int],
        div_value: float = 4.0,
        head_bias: bool = False,
        device: str | Device | None = None,
        dtype: DType | None = None,
    ) -> None:
        super().__init__()
        cuts = list(cutoffs)
        if (
            not cuts
            or cuts != sorted(set(cuts))
            or cuts[0] <= 0
            or cuts[-1] > n_classes - 1
            or any(int(c) != c for c in cuts)
        ):
            raise _C.ValueError(
                "AdaptiveLogSoftmaxWithLoss: cutoffs should be a sequence of unique, positive integers sorted in an "
                f"increasing order, where each value is between 1 and n_classes-1, got {cuts} for {n_classes} classes"
            )
        self.in_features, self.n_classes, self.cutoffs = in_features, n_classes, [*cuts, n_classes]
        self.div_value, self.head_bias = div_value, head_bias
        self.shortlist_size, self.n_clusters = cuts[0], len(cuts)
        self.head_size = self.shortlist_size + self.n_clusters
        self.head = Linear(in_features, self.head_size, head_bias, device, dtype)
        self.tail = ModuleList()
        for i, (low, high) in enumerate(pairwise(self.cutoffs)):
            size = int(in_features // div_value ** (i + 1))
            self.tail.append(
                Sequential(
                    Linear(in_features, size, False, device, dtype), Linear(size, high - low, False, device, dtype)
                )
            )

    def reset_parameters(self) -> None:
        """Draw new parameters."""
        self.head.reset_parameters()
        for cluster in self.tail:
            for layer in cluster:
                layer.reset_parameters()

    def forward(self, input_: Tensor, target_: Tensor) -> ASMoutput:
        """Log-probabilities of the targets, and the mean of their negatives.

        Args:
            input_: (rows, in_features) or (in_features,); target_: classes, (rows,) or ().

        Raises:
            ShapeError: the shapes do not fit.
            IndexError: a class is out of range.
        """
        name = "AdaptiveLogSoftmaxWithLoss"
        if target_.dim() > 1 or input_.array.shape[:-1] != target_.array.shape or not input_.dim():
            raise _C.ShapeError(
                f"{name}: expected an input (rows, features) and a target (rows,), or (features,) and (), got "
                f"{input_.array.shape} and {target_.array.shape}"
            )
        batched = target_.dim() == 1
        x, target = (input_, target_) if batched else (input_.unsqueeze(0), target_.unsqueeze(0))
        if target.numel() and not (int(target.min()) >= 0 and int(target.max()) < self.n_classes):
            raise _C.IndexError(
                f"{name}: expected targets from 0 to {self.n_classes - 1}, got {int(target.min())} to "
                f"{int(target.max())}"
            )
        in_head = target
        rest = ops.zeros(target.numel(), dtype=x.dtype)
        for i, (low, high) in enumerate(pairwise(self.cutoffs)):
            rows = ((target >= low) & (target < high)).nonzero().squeeze(1)
            if not rows.numel():
                continue
            inside = F.log_softmax(self.tail[i](x.index_select(0, rows)), 1)
            picked = inside.gather(1, (target.index_select(0, rows) - low).unsqueeze(1)).squeeze(1)
            rest = rest.index_copy(0, rows, picked)
            in_head = in_head.index_fill(0, rows, self.shortlist_size + i)
        head = F.log_softmax(self.head(x), 1).gather(1, in_head.unsqueeze(1)).squeeze(1)
        output = head + rest
        loss = (-output).mean()
        return ASMoutput(output if batched else output.squeeze(0), loss)

    def _get_full_log_prob(self, input: Tensor, head_output: Tensor) -> Tensor:
        head = F.log_softmax(head_output, 1)
        parts = [head[:, : self.shortlist_size]]
        for i, cluster in enumerate(self.tail):
            parts.append(F.log_softmax(cluster(input), 1) + head[:, self.shortlist_size + i].unsqueeze(1))
        return ops.cat(parts, 1)

    def log_prob(self, input: Tensor) -> Tensor:
        """Log-probabilities of all classes, (rows, n_classes)."""
        return self._get_full_log_prob(input, self.head(input))

    def predict(self, input: Tensor) -> Tensor:
        """The likeliest class of each row; the clusters are looked at only for rows whose head points there."""
        head = self.head(input)
        output = head.argmax(1)
        rows = (output >= self.shortlist_size).nonzero().squeeze(1)
        if not rows.numel():
            return output  # type: ignore[no-any-return]
        full = self._get_full_log_prob(input.index_select(0, rows), head.index_select(0, rows))
        return output.index_copy(0, rows, full.argmax(1))  # type: ignore[no-any-return]
