"""The programs of examples/ run as a user runs them, and keep what they say: in short here, in full marked slow.

A program has one line in `COURSE`. Its picture is looked at, its last line is read, and bounds are held against the
numbers in it."""

from __future__ import annotations

import importlib.util
import re
import struct
import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pytest
from fresh import ROOT, run

pytest.importorskip("sklearn")
pytest.importorskip("matplotlib")
pytest.importorskip("tqdm")

NUMBER = r"[-+]?(?:\d+\.?\d*(?:e[-+]?\d+)?|inf|nan)"


@dataclass(frozen=True)
class Program:
    """A program of examples/."""

    name: str
    # Its arguments besides --plot: of the short run, and of the whole one.
    short: str
    full: str
    # The last line it prints: a regular expression, `{name}` in it stands for a number of that name.
    last: str
    # What holds for those numbers, in Python: "accuracy >= 97 and accuracy >= sklearn".
    short_bounds: str
    full_bounds: str
    # The file given with --plot, .png or .gif, and the other pictures that are written beside it.
    pictures: tuple[str, ...] = ("picture.png",)
    # What it imports besides the packages above.
    needs: str | None = None


# In the order of the course.
P = Program
JUDGED = r"score: {score} \(held-out real digits: {real}\), diversity: {drawn} \(held-out real digits: {held}\)$"
# fmt: off
COURSE: list[Program] = [
    P("rule", "--epochs 300", "", r"rule found: y = {w} x \+ {b}, error {error} \(.*: y = {slope} x \+ {offset}\)$",
      "error < 1e-4 and abs(w - slope) < 0.01 and abs(b - offset) < 0.02",
      "error < 1e-9 and abs(w - slope) < 1e-9 and abs(b - offset) < 1e-9"),
    P("regression", "--epochs 4000", "",
      r"R² on the held-out fifth: {r2} \(scikit-learn's {sklearn}; weights differ by at most {away}\)$",
      "abs(r2 - sklearn) <= 2e-4 and r2 > 0.4 and away < 1e-2", "abs(r2 - sklearn) <= 1e-4 and r2 > 0.4 and away < 1e-3"),
    P("binary", "--epochs 1200", "",
      r"accuracy on held-out fifths: {accuracy}% \(scikit-learn's {sklearn}%; weights differ by at most {away}\)$",
      "accuracy >= 97 and abs(accuracy - sklearn) < 0.4 and away < 0.1",
      "accuracy >= 97 and accuracy == sklearn and away < 1e-4"),
    P("multiclass", "--epochs 100", "",
      r"iris {iris}% \({iris_sk}%\) by softmax regression, {iris_mlp}% \({iris_mlp_sk}%\) by MLP; "
      r"wine {wine}% \({wine_sk}%\) and {wine_mlp}% \({wine_mlp_sk}%\)$",
      "iris >= 92 and iris_mlp >= 92 and wine >= 96 and wine_mlp >= 96",
      "min(iris, iris_mlp) >= 94 and abs(iris - iris_sk) <= 0.7 and abs(iris_mlp - iris_mlp_sk) <= 2 and "
      "min(wine, wine_mlp) >= 97 and abs(wine - wine_sk) <= 0.6 and abs(wine_mlp - wine_mlp_sk) <= 2"),
    P("regularization", "--epochs 300", "",
      r"gap between test and training loss: no cure {none}, L1 {l1}, L2 {l2}, dropout {dropout}, early stopping {early}$",
      "none > 0.8 and max(l1, l2, dropout, early) < none / 4", "none > 1 and max(l1, l2, dropout, early) < none / 3"),
    P("likelihood", "--epochs 300", "",
      r"loss and -log likelihood differ by {values}, their models by {models} \(from the formulas: {formulas}\)$",
      "values < 1e-6 and models < 1e-3 and formulas < 1e-3", "max(values, models, formulas) < 1e-6"),
    P("optimizers", "--epochs 250 --frames 4", "",
      r"within 0.05 of a known minimum: {arrived} of {races}; first there: \w+ \({beale} steps\), \w+ \({saddle} steps\), "
      r"\w+ \({valley} steps\)$",
      "15 <= arrived < races == 21 and beale < 60 and saddle < 20 and valley < 60",
      "arrived == races == 21 and beale < 60 and saddle < 20 and valley < 60", ("picture.gif", "picture.png")),
    P("backprop", "--epochs 3", "", r"^{count} gradients, up to {most}; from finite differences at most {worst}$",
      "count == 11 and most > 0.5 and worst < 1e-7", "count == 11 and most > 0.5 and worst < 1e-7"),
    # (digits is held to more, in test_examples.py)
    P("connections", "--epochs 12", "",
      r"held-out half: full {full}%, local {local}%, shared {shared}% \(scikit-learn's .*: {sklearn}%\)$",
      "min(full, local, shared) >= 92", "min(full, local, shared) >= 95 and shared >= sklearn - 1.5 and full > sklearn"),
    P("cnn", "--epochs 10", "", r"accuracy on held-out images: {accuracy}% of 359 \(scikit-learn's SVC: {svc}%\)$",
      "accuracy >= 93 and svc >= 97", "accuracy >= 98.5 and accuracy >= svc - 0.3"),
    P("rnn", "--epochs 2", "",
      r"held-out letter: RNN {rnn}, GRU {gru}, LSTM {lstm} \(counts of pairs of letters: {pairs}\)$",
      "rnn < pairs - 0.1 and gru < pairs - 0.1 and lstm < pairs - 0.05",
      "rnn < 2.8 and gru < 2.4 and lstm < 2.6 and pairs > 3.3"),
    P("forecast", "--epochs 3", "", r"quarter: {error} mV \(naive forecast: {naive} mV, linear model: {linear} mV\)$",
      "error < 0.85 * naive and naive > 8", "error < 0.65 * naive and error < 0.7 * linear"),
    P("segmentation", "--scenes 400 --epochs 3", "",
      r"mean IoU on held-out digits: {iou} \(linear discriminants of 9 x 9 pixels: {sklearn}\)$",
      "iou >= 0.13 and sklearn > 0.1", "iou >= 0.85 and iou > sklearn"),
    P("detection", "--scenes 500 --epochs 5", "", r"mAP@0.5 on held-out digits: {map} \(at 0.75: {strict}\)$",
      "map >= 0.2 and strict <= map", "map >= 0.85 and strict <= map"),
    P("instances", "--scenes 200 --epochs 4", "",
      r"mask mAP@0.5 on held-out digits: {map} \(at 0.75: {strict}; of the boxes at 0.5: {boxes}\)$",
      "map >= 0.25 and strict <= map", "map >= 0.7 and strict <= map"),
    P("pose", "--epochs 2", "", r"PCK@0.1 on new figures: {pck}% \(mean pose: {mean}%\)$",
      "pck >= 65 and mean < 35", "pck >= 90 and mean < 35"),
    P("vqa", "--scenes 3000 --epochs 6", "", r"accuracy on new scenes: {accuracy}% \(question alone: {alone}%\)$",
      "accuracy >= alone + 8", "accuracy >= 93 and 35 <= alone <= 55"),
    P("gan", "--epochs 10", "", JUDGED, "score >= 3.5 and real > 9", "score >= 8 and real > 9 and 0.8 < drawn / held < 1.35"),
    P("stylegan", "--epochs 20", "", JUDGED,
      "score >= 1.8 and real > 9", "score >= 8 and real > 9 and 0.8 < drawn / held < 1.35"),
    P("autoencoder", "--epochs 15", "", r"k-means in the code: {rand} \(scikit-learn's k-means on pixels: {sklearn}\)$",
      "rand >= 0.6 and sklearn > 0.6", "rand >= sklearn + 0.02 and sklearn > 0.6"),
    P("clustering", "--restarts 8", "", r"k-means makes small: {squares} \(scikit-learn's: {sklearn}\)$",
      "squares <= sklearn * 1.01", "squares <= sklearn * 1.002"),
    P("qlearning", "--epochs 1500", "", r"in {found} of {cells} cells \(from value iteration's values: {away}\)$",
      "found == cells == 35 and away < 1e-3", "found == cells == 35 and away < 1e-5"),
    P("dqn", "--epochs 1", "", r"100 new episodes: {steps} of 500 \(solved: 475; by chance: {chance}\)$",
      "steps > 60 and chance < 40", "steps >= 475 and chance < 40", needs="gymnasium"),
    P("transformer", "--epochs 3", "",
      r"after {seconds} s each: GPT {gpt}, LSTM {lstm} \(counts of pairs: {pairs}\)$",
      "gpt < pairs - 0.2 and lstm < pairs - 0.2", "gpt < lstm - 0.02 and gpt < 2.4 and pairs > 3.3"),
]
# fmt: on
# (scenes is no program, but what three of them look at)
NAMES = sorted(p.stem for p in (ROOT / "examples").glob("*.py") if p.stem != "scenes")
EACH = pytest.mark.parametrize("program", [pytest.param(p, id=p.name) for p in COURSE])


def numbers_in(program: Program, printed: str) -> dict[str, float]:
    """The numbers of the last line, by name."""
    pattern = re.sub(r"\{([a-z]\w*)\}", lambda name: f"(?P<{name[1]}>{NUMBER})", program.last)
    lines = printed.strip().splitlines() or [""]
    found = re.search(pattern, lines[-1])
    assert found, f"expected a last line like {program.last!r}, got {lines[-1]!r}"
    return {name: float(number) for name, number in found.groupdict().items()}


def look_at(path: Path) -> None:
    """A whole PNG or GIF, of a size to be read, with something in it."""
    data = path.read_bytes()
    if path.suffix == ".gif":
        assert data.startswith(b"GIF89a") and data.endswith(b";")
        width, height = struct.unpack("<HH", data[6:10])
    else:
        assert data.startswith(b"\x89PNG\r\n\x1a\n") and data.rstrip().endswith(b"IEND\xaeB`\x82")
        width, height = struct.unpack(">II", data[16:24])
    assert width >= 500 and height >= 300 and len(data) > 10_000, f"{path.name}: {width} x {height}, {len(data)} bytes"
    from matplotlib.image import imread

    pixels = imread(path)[::5, ::5, :3]
    assert len({tuple(p) for p in pixels.reshape(-1, 3).tolist()}) > 10, f"{path.name} is empty"


def hold(program: Program, arguments: str, bounds: str, folder: Path, timeout: float) -> None:
    if program.needs:
        pytest.importorskip(program.needs)
    path = ROOT / "examples" / f"{program.name}.py"
    command = [sys.executable, str(path), "--plot", program.pictures[0], *arguments.split()]
    result = run(command, timeout, cwd=folder)
    assert result.returncode == 0, result.stderr
    numbers = numbers_in(program, result.stdout)
    assert eval(bounds, {"abs": abs, "min": min}, numbers), f"{bounds}: {numbers}"
    assert sorted(p.name for p in folder.iterdir()) == sorted(program.pictures)
    for picture in program.pictures:
        look_at(folder / picture)


@EACH
def test_in_short(program: Program, tmp_path: Path) -> None:
    hold(program, program.short, program.short_bounds, tmp_path, 300)


@pytest.mark.slow
@EACH
def test_in_full(program: Program, tmp_path: Path) -> None:
    hold(program, program.full, program.full_bounds, tmp_path, 1200)


def loaded(name: str) -> ModuleType:
    """A program as a module, as the pages of docs/course/ use it."""
    spec = importlib.util.spec_from_file_location(f"course_{name}", ROOT / "examples" / f"{name}.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@EACH
def test_arguments(program: Program, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The options that all have, and argparse's word on a bad value."""
    if program.needs:
        pytest.importorskip(program.needs)
    monkeypatch.syspath_prepend(str(ROOT / "examples"))  # for those that share scenes
    module = loaded(program.name)
    assert module.__doc__ and f"examples/{program.name}.py" in module.__doc__, "the docstring shows a command"
    with pytest.raises(SystemExit) as end:
        module.main(["--help"])
    assert end.value.code == 0
    told = capsys.readouterr().out
    for option in ("--seed", "--epochs", "--device", "--plot"):
        assert option in told, option
    for bad in (["--epochs", "many"], ["--seed", "x"], ["--unheard-of"]):
        with pytest.raises(SystemExit) as end:
            module.main(bad)
        assert end.value.code == 2
        assert f"error: {'unrecognized arguments' if len(bad) == 1 else 'argument'}" in capsys.readouterr().err


@pytest.mark.parametrize("name", NAMES)
def test_has_a_line_and_a_page(name: str) -> None:
    if name != "digits":
        assert [p.name for p in COURSE].count(name) == 1, f"{name} has no line in COURSE"
    page = ROOT / "docs" / "course" / f"{name}.md"
    assert page.is_file(), f"{name} has no page"
    assert f"examples/{name}.py" in page.read_text()
    for index in ("index.md", "index.ko.md"):
        assert f"({name}.md)" in (ROOT / "docs" / "course" / index).read_text(), f"{index} does not lead to {name}"


def test_lines_are_of_programs() -> None:
    assert {p.name for p in COURSE} <= set(NAMES)
    assert all(p.pictures and p.short_bounds != "True" and p.full_bounds != "True" for p in COURSE)
