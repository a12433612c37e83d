"""What is logged for TensorBoard, read back by TensorBoard's own reader."""

from __future__ import annotations

import inspect
import io
import math
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fresh import python

import pydl
from pydl import nn
from pydl.utils.tensorboard import SummaryWriter

pytest.importorskip("tensorboardX")
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    from tensorboard.compat.proto.graph_pb2 import GraphDef
    from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData
    from tensorboard.util import tensor_util

# Nothing is left out of long series.
ALL = dict.fromkeys(("scalars", "histograms", "images", "tensors", "compressedHistograms", "audio"), 0)


def read(folder: Path | str) -> Any:
    reader = accumulator.EventAccumulator(str(folder), size_guidance=ALL)
    reader.Reload()
    return reader


def test_scalars(tmp_path: Path) -> None:
    loss = pydl.tensor([0.5], requires_grad=True)
    with SummaryWriter(tmp_path) as writer:
        assert writer.get_logdir() == writer.log_dir == str(tmp_path)
        for step, value in enumerate([1.5, 2, loss, loss.to(pydl.bfloat16)[0], np.float32(4), math.nan]):
            writer.add_scalar("loss/train", value, step, walltime=100.0 + step)
    found = read(tmp_path).Scalars("loss/train")
    assert [(e.step, e.wall_time) for e in found] == [(i, 100.0 + i) for i in range(6)]
    assert [e.value for e in found[:5]] == [1.5, 2.0, 0.5, 0.5, 4.0] and math.isnan(found[5].value)


def test_several_scalars(tmp_path: Path) -> None:
    with SummaryWriter(tmp_path) as writer:
        writer.add_scalars("accuracy", {"train": pydl.tensor(0.75), "test": 0.5}, 3)
    for name, value in {"train": 0.75, "test": 0.5}.items():
        reader = read(tmp_path / "accuracy" / name)
        (tag,) = reader.Tags()["scalars"]
        assert [(e.step, e.value) for e in reader.Scalars(tag)] == [(3, value)]


@pytest.mark.parametrize("dtype", [pydl.float32, pydl.float16, pydl.bfloat16, pydl.int64])
def test_histogram(tmp_path: Path, dtype: Any) -> None:
    values = pydl.arange(12).view(3, 4).to(dtype)
    with SummaryWriter(tmp_path) as writer:
        writer.add_histogram("weight", values, 7)
    (event,) = read(tmp_path).Histograms("weight")
    told = event.histogram_value
    assert (event.step, told.num, told.min, told.max, told.sum, told.sum_squares) == (7, 12, 0, 11, 66, 506)
    assert sum(told.bucket) == 12


def image_of(event: Any) -> np.ndarray:
    from PIL import Image

    return np.asarray(Image.open(io.BytesIO(event.encoded_image_string)))


def test_images(tmp_path: Path) -> None:
    pytest.importorskip("PIL")
    colors = pydl.zeros(3, 4, 5)
    colors[0], colors[2, 1] = 1.0, 0.5
    gray = pydl.arange(20, dtype=pydl.uint8).view(4, 5)
    with SummaryWriter(tmp_path) as writer:
        writer.add_image("colors", colors, 1)
        writer.add_image("gray", gray, 2, dataformats="HW")
        writer.add_images("batch", pydl.stack([colors, 1 - colors]))
        writer.add_image_with_boxes("boxes", pydl.zeros(3, 30, 40), pydl.tensor([[5.0, 6.0, 20.0, 25.0]]))
    reader = read(tmp_path)
    (event,) = reader.Images("colors")
    assert event.step == 1
    np.testing.assert_array_equal(image_of(event), (colors * 255).permute(1, 2, 0).numpy().astype(np.uint8))
    shown = image_of(reader.Images("gray")[0])
    np.testing.assert_array_equal(shown.reshape(4, 5, -1)[..., 0], gray.numpy())
    assert image_of(reader.Images("batch")[0]).shape[2] == 3
    boxes = image_of(reader.Images("boxes")[0])
    assert boxes.shape == (30, 40, 3) and boxes[6, 10, 0] == 255 and boxes[15, 12].max() == 0


def test_figure(tmp_path: Path) -> None:
    figures = pytest.importorskip("matplotlib.figure")
    figure = figures.Figure(figsize=(2, 1), dpi=50)
    figure.add_subplot().plot([1, 2])
    with SummaryWriter(tmp_path) as writer:
        writer.add_figure("curve", figure, 4, close=False)
    (event,) = read(tmp_path).Images("curve")
    assert event.step == 4 and image_of(event).shape[:2] == (50, 100) and len(np.unique(image_of(event))) > 2


def test_text(tmp_path: Path) -> None:
    with SummaryWriter(tmp_path) as writer:
        writer.add_text("note", "**Größe** 값", 5)
    reader = read(tmp_path)
    (event,) = reader.Tensors("note/text_summary")
    assert event.step == 5 and tensor_util.make_ndarray(event.tensor_proto).item().decode() == "**Größe** 값"


def test_precision_and_recall(tmp_path: Path) -> None:
    labels, scores = pydl.tensor([0, 1, 1, 0]), pydl.tensor([0.1, 0.9, 0.6, 0.7])
    with SummaryWriter(tmp_path) as writer:
        writer.add_pr_curve("pr", labels, scores, 1, num_thresholds=11)
    (event,) = read(tmp_path).Tensors("pr")
    table = tensor_util.make_ndarray(event.tensor_proto)
    # Rows: true positives, false positives, true negatives, false negatives, precision, recall, by threshold.
    assert table.shape == (6, 11)
    np.testing.assert_allclose(table[:, 0], [2, 2, 0, 0, 0.5, 1.0])
    np.testing.assert_allclose(table[:, 8], [1, 0, 2, 1, 1.0, 0.5])


def test_embedding(tmp_path: Path) -> None:
    pytest.importorskip("PIL")
    points = pydl.randn(4, 3)
    with SummaryWriter(tmp_path) as writer:
        writer.add_embedding(points, metadata=["a", "b", "c", "d"], label_img=pydl.rand(4, 1, 8, 8), tag="codes")
    (table,) = tmp_path.rglob("tensors.tsv")
    np.testing.assert_allclose(np.loadtxt(table, delimiter="\t"), points.numpy(), rtol=1e-5)
    assert (table.parent / "metadata.tsv").read_text().split() == ["a", "b", "c", "d"]
    assert (table.parent / "sprite.png").read_bytes().startswith(b"\x89PNG")
    assert "codes" in (tmp_path / "projector_config.pbtxt").read_text()


def test_settings_of_runs(tmp_path: Path) -> None:
    with SummaryWriter(tmp_path) as writer:
        settings = {"lr": pydl.tensor(0.25), "layers": 3, "bias": True, "optimizer": "adam"}
        writer.add_hparams(settings, {"hparam/accuracy": pydl.tensor(0.875)}, run_name="first", global_step=9)
    reader = read(tmp_path / "first")
    (event,) = reader.Scalars("hparam/accuracy")
    assert (event.step, event.value) == (9, 0.875)
    metadata = reader.SummaryMetadata("_hparams_/session_start_info").plugin_data
    found = HParamsPluginData.FromString(metadata.content).session_start_info.hparams
    assert found["lr"].number_value == 0.25 and found["layers"].number_value == 3
    assert found["bias"].bool_value is True and found["optimizer"].string_value == "adam"


def test_points_in_space_and_layout(tmp_path: Path) -> None:
    corners = pydl.rand(1, 4, 3)
    with SummaryWriter(tmp_path) as writer:
        writer.add_mesh("points", corners, faces=pydl.tensor([[[0, 1, 2]]]))
        writer.add_custom_scalars({"loss": {"both": ["Multiline", ["loss/train", "loss/test"]]}})
    reader = read(tmp_path)
    tags = [tag for tag in reader.Tags()["tensors"] if tag.startswith("points_")]
    tables = [tensor_util.make_ndarray(reader.Tensors(tag)[0].tensor_proto) for tag in tags]
    assert sorted(t.shape for t in tables) == [(1, 1, 3), (1, 4, 3)]
    np.testing.assert_array_equal(next(t for t in tables if t.shape == (1, 4, 3)), corners.numpy())
    assert "custom_scalars__config__" in reader.Tags()["tensors"]


class Residual(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Linear(3, 3), nn.ReLU())

    def forward(self, x: pydl.Tensor) -> pydl.Tensor:
        return x + self.body(x)


def test_graph(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with SummaryWriter(tmp_path) as writer:
        writer.add_graph(Residual(), pydl.ones(2, 3), verbose=True)
    assert "body.0" in capsys.readouterr().out
    graph: Any = read(tmp_path).Graph()
    assert isinstance(graph, GraphDef)
    nodes = {node.name: (node.op, list(node.input)) for node in graph.node}
    assert nodes == {
        "input": ("input", []),
        "body/0": ("Linear", ["input"]),
        "body/1": ("ReLU", ["body/0"]),
        "add": ("Add", ["input", "body/1"]),
        "output": ("output", ["add"]),
    }
    for node in graph.node:
        (shape,) = node.attr["_output_shapes"].list.shape
        assert [d.size for d in shape.dim] == [2, 3]


def test_default_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    writer = SummaryWriter(comment="-digits", filename_suffix=".events", flush_secs=1)
    writer.add_scalar("a", 1)
    writer.flush()
    writer.close()
    (folder,) = (tmp_path / "runs").iterdir()
    assert folder.name.endswith("-digits") and Path(writer.get_logdir()).resolve() == folder
    (file,) = folder.iterdir()
    assert file.name.endswith(".events")


def test_signatures_are_pytorchs() -> None:
    torch = pytest.importorskip("torch.utils.tensorboard")
    for name, ours in inspect.getmembers(SummaryWriter, inspect.isfunction):
        if name != "__enter__" and not name.startswith("__exit"):
            theirs = inspect.signature(getattr(torch.SummaryWriter, name)).parameters.values()
            assert [(p.name, p.default) for p in inspect.signature(ours).parameters.values()] == [
                (p.name, p.default) for p in theirs
            ], name


def test_errors(tmp_path: Path) -> None:
    with SummaryWriter(tmp_path) as writer:
        for kind, message, call in (
            (
                pydl.ShapeError,
                r"add_scalar: .*one element, got shape \(2,\)",
                lambda: writer.add_scalar("a", pydl.ones(2)),
            ),
            (pydl.ShapeError, r"add_scalars: .*\(2,\)", lambda: writer.add_scalars("a", {"b": pydl.ones(2)})),
            (pydl.ShapeError, "add_hparams", lambda: writer.add_hparams({"a": pydl.ones(2)}, {})),
            (pydl.ValueError, "finite values for 'h'", lambda: writer.add_histogram("h", pydl.tensor([math.nan]))),
            (pydl.ValueError, "none at all", lambda: writer.add_histogram("h", pydl.ones(0))),
            (pydl.ShapeError, r"\(count, dimensions\), got \(4,\)", lambda: writer.add_embedding(pydl.ones(4))),
            (pydl.ShapeError, "expected 4 labels, got 1", lambda: writer.add_embedding(pydl.ones(4, 2), ["a"])),
            (
                pydl.ShapeError,
                r"square images \(4, channels",
                lambda: writer.add_embedding(pydl.ones(4, 2), label_img=pydl.ones(4, 1, 2, 3)),
            ),
            (pydl.ValueError, "input_to_model", lambda: writer.add_graph(nn.ReLU())),
        ):
            with pytest.raises(kind, match=message):
                call()


def test_without_tensorboardx() -> None:
    code = """
import sys
sys.modules["tensorboardX"] = None
from pydl.utils.tensorboard import SummaryWriter
try:
    SummaryWriter("nowhere")
except ImportError as error:
    print(error)
"""
    assert "pip install 'pydl[tensorboard]'" in python(code)
