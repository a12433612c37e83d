"""Logging for TensorBoard, with PyTorch's names: `SummaryWriter`.

The files are written by the package tensorboardX, which comes with ``pip install pydl[tensorboard]``; they are looked
at with ``tensorboard --logdir runs``, of the package tensorboard.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydl import _C
from pydl.autograd.function import is_tensor
from pydl.utils._pytree import tree_map

if TYPE_CHECKING:
    from pydl.nn import Module


def plain(x: Any) -> Any:
    """Tensors as numpy arrays, also those in lists and dictionaries; half types as float32."""

    def one(x: Any) -> Any:
        if not is_tensor(x):
            return x
        x = x.detach().cpu()
        return (x.float() if x.is_floating_point() and x.itemsize < 4 else x).numpy()

    return tree_map(one, x)


def number(name: str, x: Any) -> float:
    """A tensor of one element, or a number."""
    if is_tensor(x):
        if x.array.size != 1:
            raise _C.ShapeError(f"{name}: expected a number or a tensor of one element, got shape {x.array.shape}")
        return float(x.item())
    return float(x)


class SummaryWriter:
    """Writes what a training does into files that TensorBoard shows.

    The methods are PyTorch's; tensors, numpy arrays and numbers are taken. Use it as a context manager, or `close` it.

    Args:
        log_dir: where the files go; by default ``runs/`` with the time and the machine's name, and ``comment``.
        purge_step: after a crash, later steps of an earlier run are not shown.
        max_queue, flush_secs: how many entries wait, and how long at most, until they are written.
        filename_suffix: added to the names of the files.

    Raises:
        ImportError: tensorboardX is not installed.

    Example::

        with SummaryWriter("runs/digits") as writer:
            for epoch in range(10):
                writer.add_scalar("loss/train", loss, epoch)
    """

    def __init__(
        self,
        log_dir: str | Path | None = None,
        comment: str = "",
        purge_step: int | None = None,
        max_queue: int = 10,
        flush_secs: int = 120,
        filename_suffix: str = "",
    ) -> None:
        try:
            writer = import_module("tensorboardX").SummaryWriter
        except ImportError:
            raise ImportError(
                "SummaryWriter: the package tensorboardX is needed: pip install 'pydl[tensorboard]'"
            ) from None
        self.writer = writer(
            None if log_dir is None else str(log_dir), comment, purge_step, max_queue, flush_secs, filename_suffix
        )
        self.log_dir: str = self.writer.logdir

    def __enter__(self) -> SummaryWriter:
        return self

    def __exit__(self, *error: Any) -> None:
        self.close()

    def get_logdir(self) -> str:
        """The folder of the files."""
        return self.log_dir

    def flush(self) -> None:
        """Write what waits."""
        self.writer.flush()

    def close(self) -> None:
        """Write what waits, and end."""
        self.writer.close()

    def add_scalar(
        self,
        tag: str,
        scalar_value: Any,
        global_step: int | None = None,
        walltime: float | None = None,
        new_style: bool = False,
        double_precision: bool = False,
    ) -> None:
        """A point of a curve; the file keeps it in float32 (the last two settings are taken for PyTorch's sake).

        Raises:
            ShapeError: the value is a tensor of more than one element.
        """
        self.writer.add_scalar(tag, number("add_scalar", scalar_value), global_step, walltime)

    def add_scalars(
        self,
        main_tag: str,
        tag_scalar_dict: Mapping[str, Any],
        global_step: int | None = None,
        walltime: float | None = None,
    ) -> None:
        """A point of each of several curves in one picture; each becomes a run of its own."""
        values = {name: number("add_scalars", value) for name, value in tag_scalar_dict.items()}
        self.writer.add_scalars(main_tag, values, global_step, walltime)

    def add_histogram(
        self,
        tag: str,
        values: Any,
        global_step: int | None = None,
        bins: Any = "tensorflow",
        walltime: float | None = None,
        max_bins: int | None = None,
    ) -> None:
        """How the values of a tensor are distributed, such as a layer's weights.

        Raises:
            ValueError: there are no values, or one is NaN or infinite.
        """
        if is_tensor(values) and not (values.array.size and bool(values.isfinite().all())):
            raise _C.ValueError(f"add_histogram: expected finite values for {tag!r}, got NaN, infinity or none at all")
        self.writer.add_histogram(tag, plain(values), global_step, bins, walltime, max_bins)

    def add_image(
        self,
        tag: str,
        img_tensor: Any,
        global_step: int | None = None,
        walltime: float | None = None,
        dataformats: str = "CHW",
    ) -> None:
        """An image: uint8 of 0 to 255, or floating of 0 to 1; ``dataformats`` says which dimension is which."""
        self.writer.add_image(tag, plain(img_tensor), global_step, walltime, dataformats)

    def add_images(
        self,
        tag: str,
        img_tensor: Any,
        global_step: int | None = None,
        walltime: float | None = None,
        dataformats: str = "NCHW",
    ) -> None:
        """The images of a batch, side by side; values as for `add_image`."""
        self.writer.add_images(tag, plain(img_tensor), global_step, walltime, dataformats)

    def add_image_with_boxes(
        self,
        tag: str,
        img_tensor: Any,
        box_tensor: Any,
        global_step: int | None = None,
        walltime: float | None = None,
        rescale: float = 1,
        dataformats: str = "CHW",
        labels: list[str] | None = None,
    ) -> None:
        """An image with boxes (count, 4) drawn on it, x1, y1, x2, y2 in pixels."""
        self.writer.add_image_with_boxes(
            tag, plain(img_tensor), plain(box_tensor), global_step, walltime, dataformats, labels, rescale=rescale
        )

    def add_figure(
        self,
        tag: str,
        figure: Any,
        global_step: int | None = None,
        close: bool = True,
        walltime: float | None = None,
    ) -> None:
        """A figure of matplotlib, or a list of them, as an image; ``close`` ends it."""
        self.writer.add_figure(tag, figure, global_step, close, walltime)

    def add_text(
        self, tag: str, text_string: str, global_step: int | None = None, walltime: float | None = None
    ) -> None:
        """A text, shown as Markdown."""
        self.writer.add_text(tag, text_string, global_step, walltime)

    def add_pr_curve(
        self,
        tag: str,
        labels: Any,
        predictions: Any,
        global_step: int | None = None,
        num_thresholds: int = 127,
        weights: Any = None,
        walltime: float | None = None,
    ) -> None:
        """Precision against recall of probabilities ``predictions`` for ``labels`` of 0 and 1."""
        self.writer.add_pr_curve(
            tag, plain(labels), plain(predictions), global_step, num_thresholds, plain(weights), walltime
        )

    def add_embedding(
        self,
        mat: Any,
        metadata: list[Any] | None = None,
        label_img: Any = None,
        global_step: int | None = None,
        tag: str = "default",
        metadata_header: list[str] | None = None,
    ) -> None:
        """Points (count, dimensions) for the projector, with a label and a square image (count, C, H, W) each.

        Raises:
            ShapeError: the lengths differ, ``mat`` is no matrix, or the images are not square.
        """
        points, images = plain(mat), plain(label_img)
        if points.ndim != 2:
            raise _C.ShapeError(f"add_embedding: expected points (count, dimensions), got {points.shape}")
        if metadata is not None and len(metadata) != len(points):
            raise _C.ShapeError(f"add_embedding: expected {len(points)} labels, got {len(metadata)}")
        if images is not None and (
            images.ndim != 4 or images.shape[2] != images.shape[3] or len(images) != len(points)
        ):
            raise _C.ShapeError(
                f"add_embedding: expected square images ({len(points)}, channels, size, size), got {images.shape}"
            )
        self.writer.add_embedding(points, plain(metadata), images, global_step, tag, metadata_header)

    def add_hparams(
        self,
        hparam_dict: Mapping[str, Any],
        metric_dict: Mapping[str, Any],
        hparam_domain_discrete: Mapping[str, list[Any]] | None = None,
        run_name: str | None = None,
        global_step: int | None = None,
    ) -> None:
        """The settings of a run and what came of them, as a run of its own, ``run_name`` or the time.

        ``hparam_domain_discrete`` is taken for PyTorch's sake, without effect.
        """
        settings = {k: number("add_hparams", v) if is_tensor(v) else v for k, v in hparam_dict.items()}
        found = {k: number("add_hparams", v) for k, v in metric_dict.items()}
        self.writer.add_hparams(settings, found, run_name, global_step)

    def add_custom_scalars(self, layout: Mapping[str, Mapping[str, list[Any]]]) -> None:
        """Which curves are shown together: ``{category: {title: ["Multiline" or "Margin", [tags]]}}``."""
        self.writer.add_custom_scalars(layout)

    def add_mesh(
        self,
        tag: str,
        vertices: Any,
        colors: Any = None,
        faces: Any = None,
        config_dict: Mapping[str, Any] | None = None,
        global_step: int | None = None,
        walltime: float | None = None,
    ) -> None:
        """A cloud of points or a surface: vertices (batch, count, 3), their colors, and triangles of vertex numbers."""
        self.writer.add_mesh(tag, plain(vertices), plain(colors), plain(faces), config_dict, global_step, walltime)

    def add_graph(
        self, model: Module, input_to_model: Any = None, verbose: bool = False, use_strict_trace: bool = True
    ) -> None:
        """The graph of a model, as `pydl.utils.draw.draw_graph` sees it.

        Args:
            input_to_model: the input, or a tuple of several; the model is run on it once.
            verbose: print the graph as well.
            use_strict_trace: taken for PyTorch's sake, without effect.

        Raises:
            ValueError: there is no input.
        """
        from pydl.utils.draw import draw_graph

        if input_to_model is None:
            raise _C.ValueError("add_graph: expected input_to_model, an input on which the model is run once")
        drawing = draw_graph(model, input_to_model)
        if verbose:
            print(drawing)
        # TensorBoard folds names at slashes.
        names = {node.name: node.name.replace(".", "/") for node in drawing.nodes}
        for node in drawing.nodes:
            if node.kind == "operation":
                names[node.name] = "/".join([*(node.group[-1].split(".") if node.group else []), node.name])
        graph = import_module("tensorboardX.proto.graph_pb2").GraphDef()
        graph.versions.producer = 22
        for node in drawing.nodes:
            entry = graph.node.add()
            entry.name, entry.op = names[node.name], node.what
            entry.input.extend(names[name] for name in node.inputs)
            if node.shape is not None:
                shape = entry.attr["_output_shapes"].list.shape.add()
                for size in node.shape:
                    shape.dim.add().size = size
        # The method that writes a graph without the times of its operations.
        self.writer._get_file_writer().add_onnx_graph(graph)
