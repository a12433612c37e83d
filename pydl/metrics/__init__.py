"""How good are the predictions? Figures of merit, with torchmetrics' names and order: ``preds``, then ``target``.

Single figures are Python floats, tables are tensors; none has a gradient. Tensors of any dtype and device are taken,
and what numpy makes an array of. Every figure is of all that is given at once: collect a data set's predictions
(`pydl.cat`) rather than averaging the figures of its batches.

>>> from pydl import metrics
>>> metrics.accuracy(pydl.tensor([[0.1, 0.9], [0.8, 0.2]]), pydl.tensor([1, 1]))
0.5
"""

from pydl.metrics.classification import accuracy as accuracy
from pydl.metrics.classification import confusion_matrix as confusion_matrix
from pydl.metrics.classification import f1_score as f1_score
from pydl.metrics.classification import precision as precision
from pydl.metrics.classification import recall as recall
from pydl.metrics.clustering import adjusted_rand_score as adjusted_rand_score
from pydl.metrics.detection import mean_average_precision as mean_average_precision
from pydl.metrics.keypoints import pck as pck
from pydl.metrics.ranking import average_precision as average_precision
from pydl.metrics.ranking import roc_auc as roc_auc
from pydl.metrics.regression import r2_score as r2_score
from pydl.metrics.segmentation import mean_iou as mean_iou
from pydl.metrics.text import bits_per_character as bits_per_character
from pydl.metrics.text import perplexity as perplexity

__all__ = [
    "accuracy",
    "adjusted_rand_score",
    "average_precision",
    "bits_per_character",
    "confusion_matrix",
    "f1_score",
    "mean_average_precision",
    "mean_iou",
    "pck",
    "perplexity",
    "precision",
    "r2_score",
    "recall",
    "roc_auc",
]
