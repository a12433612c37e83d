"""The chi-squared distribution."""

from pydl.distributions.gamma import Chi2 as Chi2
