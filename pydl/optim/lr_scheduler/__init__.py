"""Schedules of the learning rate: call ``step()`` after each epoch (or batch), after the optimizer's."""

from pydl.optim.lr_scheduler.base import LRScheduler as LRScheduler
from pydl.optim.lr_scheduler.base import _LRScheduler as _LRScheduler
from pydl.optim.lr_scheduler.combined import ChainedScheduler as ChainedScheduler
from pydl.optim.lr_scheduler.combined import SequentialLR as SequentialLR
from pydl.optim.lr_scheduler.cycles import CosineAnnealingWarmRestarts as CosineAnnealingWarmRestarts
from pydl.optim.lr_scheduler.cycles import CyclicLR as CyclicLR
from pydl.optim.lr_scheduler.cycles import OneCycleLR as OneCycleLR
from pydl.optim.lr_scheduler.factors import ConstantLR as ConstantLR
from pydl.optim.lr_scheduler.factors import CosineAnnealingLR as CosineAnnealingLR
from pydl.optim.lr_scheduler.factors import ExponentialLR as ExponentialLR
from pydl.optim.lr_scheduler.factors import LambdaLR as LambdaLR
from pydl.optim.lr_scheduler.factors import LinearLR as LinearLR
from pydl.optim.lr_scheduler.factors import MultiplicativeLR as MultiplicativeLR
from pydl.optim.lr_scheduler.factors import MultiStepLR as MultiStepLR
from pydl.optim.lr_scheduler.factors import PolynomialLR as PolynomialLR
from pydl.optim.lr_scheduler.factors import StepLR as StepLR
from pydl.optim.lr_scheduler.plateau import ReduceLROnPlateau as ReduceLROnPlateau

__all__ = [
    "ChainedScheduler",
    "ConstantLR",
    "CosineAnnealingLR",
    "CosineAnnealingWarmRestarts",
    "CyclicLR",
    "ExponentialLR",
    "LRScheduler",
    "LambdaLR",
    "LinearLR",
    "MultiStepLR",
    "MultiplicativeLR",
    "OneCycleLR",
    "PolynomialLR",
    "ReduceLROnPlateau",
    "SequentialLR",
    "StepLR",
]
