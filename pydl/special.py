"""PyTorch's ``torch.special``: the functions of `pydl.ops` under its names.

Not there: Airy's and Bessel's functions but `i0`, orthogonal polynomials, incomplete gamma functions, `zeta`, `erfcx`
and the normal distribution's functions.
"""

from pydl.ops import digamma as digamma
from pydl.ops import digamma as psi
from pydl.ops import erf as erf
from pydl.ops import erfc as erfc
from pydl.ops import erfinv as erfinv
from pydl.ops import exp2 as exp2
from pydl.ops import expm1 as expm1
from pydl.ops import i0 as i0
from pydl.ops import lgamma as gammaln
from pydl.ops import log1p as log1p
from pydl.ops import log_softmax as log_softmax
from pydl.ops import logit as logit
from pydl.ops import logsumexp as logsumexp
from pydl.ops import mvlgamma as multigammaln
from pydl.ops import polygamma as polygamma
from pydl.ops import round as round
from pydl.ops import sigmoid as expit
from pydl.ops import sinc as sinc
from pydl.ops import softmax as softmax
from pydl.ops import xlogy as xlogy

__all__ = [
    "digamma",
    "erf",
    "erfc",
    "erfinv",
    "exp2",
    "expit",
    "expm1",
    "gammaln",
    "i0",
    "log1p",
    "log_softmax",
    "logit",
    "logsumexp",
    "multigammaln",
    "polygamma",
    "psi",
    "round",
    "sinc",
    "softmax",
    "xlogy",
]
