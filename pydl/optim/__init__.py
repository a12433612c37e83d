"""Optimizers and schedules of their learning rates."""

from pydl.optim import lr_scheduler as lr_scheduler
from pydl.optim.adadelta import Adadelta as Adadelta
from pydl.optim.adagrad import Adagrad as Adagrad
from pydl.optim.adam import Adam as Adam
from pydl.optim.adam import AdamW as AdamW
from pydl.optim.optimizer import Optimizer as Optimizer
from pydl.optim.rmsprop import RMSprop as RMSprop
from pydl.optim.sgd import SGD as SGD
