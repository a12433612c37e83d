"""How much is it: how near the prediction comes."""

from __future__ import annotations

from typing import Any

import numpy as np

from pydl import _C, ops
from pydl.metrics.checks import floats, ratio, same_shape


def r2_score(preds: Any, target: Any, *, multioutput: str = "uniform_average") -> Any:
    """The coefficient of determination R²: 1 less the squared error divided by the variance of the target.

    1 is right everywhere, 0 as good as predicting the mean; a worse prediction is below 0. Where the target is the
    same everywhere there is nothing to explain: 1 for a prediction that is right, 0 for any other.

    Args:
        preds, target: (samples,) or (samples, outputs).
        multioutput: of several outputs "uniform_average", their mean; "variance_weighted", their mean weighted with
            the target's variance; or "raw_values", each, (outputs,) float64.

    Raises:
        ShapeError: the shapes are not the same, or not one of these.
        ValueError: fewer than two samples; NaN; ``multioutput`` is none of these.

    >>> pydl.metrics.r2_score(pydl.tensor([2.5, 0.0, 2.0, 8.0]), pydl.tensor([3.0, -0.5, 2.0, 7.0]))
    0.9486081370449679
    """
    if multioutput not in ("uniform_average", "variance_weighted", "raw_values"):
        raise _C.ValueError(
            "r2_score: expected multioutput 'uniform_average', 'variance_weighted' or 'raw_values', "
            f"got {multioutput!r}"
        )
    found, truth = floats("r2_score", "preds", preds), floats("r2_score", "target", target)
    same_shape("r2_score", found, truth)
    if found.ndim not in (1, 2):
        raise _C.ShapeError(f"r2_score: expected shape (samples,) or (samples, outputs), got {found.shape}")
    if len(found) < 2:
        raise _C.ValueError("r2_score: expected at least two samples, got 1")
    found, truth = found.reshape(len(found), -1), truth.reshape(len(found), -1)
    error = ((truth - found) ** 2).sum(0)
    total = ((truth - truth.mean(0)) ** 2).sum(0)
    each = np.where((total == 0) & (error > 0), 0.0, 1 - ratio(error, total, 0.0))
    if multioutput == "raw_values":
        return ops.from_numpy(each)
    if multioutput == "variance_weighted" and total.any():
        return float((each * total).sum() / total.sum())
    return float(each.mean())
