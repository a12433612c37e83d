"""Tools around training."""

from pydl.utils import data as data
from pydl.utils.summary import summary as summary
