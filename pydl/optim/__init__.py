"""Optimizers and schedules of their learning rates."""

from pydl.optim import lr_scheduler as lr_scheduler
from pydl.optim import swa_utils as swa_utils
from pydl.optim._adafactor import Adafactor as Adafactor
from pydl.optim.adadelta import Adadelta as Adadelta
from pydl.optim.adagrad import Adagrad as Adagrad
from pydl.optim.adam import Adam as Adam
from pydl.optim.adam import AdamW as AdamW
from pydl.optim.adamax import Adamax as Adamax
from pydl.optim.asgd import ASGD as ASGD
from pydl.optim.lbfgs import LBFGS as LBFGS
from pydl.optim.muon import Muon as Muon
from pydl.optim.nadam import NAdam as NAdam
from pydl.optim.optimizer import Optimizer as Optimizer
from pydl.optim.radam import RAdam as RAdam
from pydl.optim.rmsprop import RMSprop as RMSprop
from pydl.optim.rprop import Rprop as Rprop
from pydl.optim.sgd import SGD as SGD
from pydl.optim.sparse_adam import SparseAdam as SparseAdam
