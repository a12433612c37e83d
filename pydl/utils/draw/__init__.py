"""Drawings of graphs: of a computation (`make_dot`) and of a model (`draw_graph`)."""

from pydl.utils.draw.computation import make_dot as make_dot
from pydl.utils.draw.drawing import Drawing as Drawing
from pydl.utils.draw.drawing import Node as Node
from pydl.utils.draw.model import draw_graph as draw_graph

__all__ = ["Drawing", "Node", "draw_graph", "make_dot"]
