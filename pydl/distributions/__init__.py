"""Probability distributions with PyTorch's names.

Samples follow `pydl.manual_seed`; those of `rsample` have gradients by the distribution's parameters.
"""

from pydl.distributions import constraints as constraints
from pydl.distributions import kl as kl
from pydl.distributions import transforms as transforms
from pydl.distributions import utils as utils
from pydl.distributions.bernoulli import Bernoulli as Bernoulli
from pydl.distributions.beta import Beta as Beta
from pydl.distributions.binomial import Binomial as Binomial
from pydl.distributions.categorical import Categorical as Categorical
from pydl.distributions.cauchy import Cauchy as Cauchy
from pydl.distributions.dirichlet import Dirichlet as Dirichlet
from pydl.distributions.distribution import Distribution as Distribution
from pydl.distributions.exponential import Exponential as Exponential
from pydl.distributions.gamma import Chi2 as Chi2
from pydl.distributions.gamma import Gamma as Gamma
from pydl.distributions.geometric import Geometric as Geometric
from pydl.distributions.gumbel import Gumbel as Gumbel
from pydl.distributions.half_normal import HalfNormal as HalfNormal
from pydl.distributions.independent import Independent as Independent
from pydl.distributions.kl import kl_divergence as kl_divergence
from pydl.distributions.kl import register_kl as register_kl
from pydl.distributions.laplace import Laplace as Laplace
from pydl.distributions.log_normal import LogNormal as LogNormal
from pydl.distributions.mixture_same_family import MixtureSameFamily as MixtureSameFamily
from pydl.distributions.multivariate_normal import MultivariateNormal as MultivariateNormal
from pydl.distributions.normal import Normal as Normal
from pydl.distributions.one_hot_categorical import OneHotCategorical as OneHotCategorical
from pydl.distributions.one_hot_categorical import (
    OneHotCategoricalStraightThrough as OneHotCategoricalStraightThrough,
)
from pydl.distributions.poisson import Poisson as Poisson
from pydl.distributions.relaxed_bernoulli import RelaxedBernoulli as RelaxedBernoulli
from pydl.distributions.studentT import StudentT as StudentT
from pydl.distributions.transformed_distribution import TransformedDistribution as TransformedDistribution
from pydl.distributions.transforms import AffineTransform as AffineTransform
from pydl.distributions.transforms import ComposeTransform as ComposeTransform
from pydl.distributions.transforms import ExpTransform as ExpTransform
from pydl.distributions.transforms import SigmoidTransform as SigmoidTransform
from pydl.distributions.transforms import TanhTransform as TanhTransform
from pydl.distributions.transforms import Transform as Transform
from pydl.distributions.uniform import Uniform as Uniform
