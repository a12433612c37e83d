"""Data sets of images: files as they are published, small ones; downloads from a server of our own."""

from __future__ import annotations

import functools
import gzip
import hashlib
import http.server
import io
import os
import pickle
import tarfile
import threading
from pathlib import Path

import numpy as np
import pytest

import pydl
from pydl.utils.data import DataLoader
from pydl.vision import datasets, transforms
from pydl.vision.datasets import folder
from pydl.vision.datasets import utils as files
from pydl.vision.datasets.mnist import read_idx

Image = pytest.importorskip("PIL.Image")
RNG = np.random.default_rng(0)
IMAGES = {"train": RNG.integers(0, 256, (7, 28, 28), np.uint8), "t10k": RNG.integers(0, 256, (3, 28, 28), np.uint8)}
LABELS = {"train": np.arange(7, dtype=np.uint8), "t10k": np.array([9, 8, 7], np.uint8)}


def idx(array):
    """An array as the text of an idx file."""
    code = {"u1": 8, "i1": 9, "i2": 11, "i4": 12, "f4": 13, "f8": 14}[array.dtype.str[1:]]
    header = bytes([0, 0, code, array.ndim]) + b"".join(n.to_bytes(4, "big") for n in array.shape)
    return header + array.astype(array.dtype.newbyteorder(">")).tobytes()


def write_mnist(place, packed):
    os.makedirs(place)
    for part in ("train", "t10k"):
        for name, array in ((f"{part}-images-idx3-ubyte", IMAGES[part]), (f"{part}-labels-idx1-ubyte", LABELS[part])):
            data = idx(array)
            path = os.path.join(place, name + (".gz" if packed else ""))
            with open(path, "wb") as file:
                file.write(gzip.compress(data) if packed else data)


def md5(path):
    return hashlib.md5(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("below", ["MNIST/raw", "MNIST", "."])
def test_mnist_from_a_folder(tmp_path, packed, below):
    write_mnist(tmp_path / "root" / below, packed)
    data = datasets.MNIST(tmp_path / "root")
    assert len(data) == 7 and data.data.dtype is pydl.uint8 and data.targets.tolist() == list(range(7))
    assert (data.data.numpy() == IMAGES["train"]).all()
    image, label = data[3]
    assert image.mode == "L" and (np.asarray(image) == IMAGES["train"][3]).all() and label == 3 and type(label) is int
    test = datasets.MNIST(str(tmp_path / "root"), False, transforms.ToTensor(), lambda y: -y)
    x, y = test[0]
    assert x.shape == (1, 28, 28) and y == -9 and test.class_to_idx["7 - seven"] == 7
    batch = next(iter(DataLoader(test, 3, num_workers=2)))
    assert batch[0].shape == (3, 1, 28, 28) and batch[1].tolist() == [-9, -8, -7]
    assert "Number of datapoints: 3" in repr(test) and "Split: Test" in repr(test) and "ToTensor()" in repr(test)


def test_mnist_that_is_not_there_or_damaged(tmp_path):
    with pytest.raises(RuntimeError, match="download=True gets it"):
        datasets.FashionMNIST(tmp_path)
    write_mnist(tmp_path / "MNIST" / "raw", False)
    path = tmp_path / "MNIST" / "raw" / "train-images-idx3-ubyte"
    good = path.read_bytes()
    for bad in (good[:-1], good + b"x", b"", good[:7], b"\0\0\7\1" + good[4:], b"PK" + good[2:], idx(LABELS["train"])):
        path.write_bytes(bad)
        with pytest.raises(ValueError, match=r"idx file|bytes after its header|expected images"):
            datasets.MNIST(tmp_path)
    packed = tmp_path / "x.gz"
    for bad in (b"no gzip", gzip.compress(good)[:-20]):
        packed.write_bytes(bad)
        with pytest.raises(ValueError, match="damaged"):
            read_idx(packed)


@pytest.mark.parametrize("kind", ["u1", "i1", "i2", "i4", "f4", "f8"])
def test_idx_types(tmp_path, kind):
    array = np.arange(6, dtype=kind).reshape(1, 2, 3)
    (tmp_path / "x").write_bytes(idx(array))
    found = read_idx(tmp_path / "x")
    assert found.dtype == array.dtype and (found == array).all()


# --- downloads


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_GET(self):
        if "/cut/" in self.path:  # breaks off
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(b"only this")
            return
        super().do_GET()


@pytest.fixture
def server(tmp_path):
    """The address of a server of files in a folder, and the folder."""
    place = tmp_path / "served"
    place.mkdir()
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=place)) as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{running.server_address[1]}/", place
        running.shutdown()
        thread.join()


def test_download_of_mnist(server, tmp_path, monkeypatch, capsys):
    address, place = server
    write_mnist(place / "mnist", True)
    resources = [(name, md5(place / "mnist" / name)) for name, _ in datasets.MNIST.resources]

    class Served(datasets.MNIST):
        mirrors = [f"{address}nowhere/", f"{address}cut/", f"{address}mnist/"]

    Served.resources = resources
    data = Served(tmp_path / "root", download=True)
    assert (data.data.numpy() == IMAGES["train"]).all()
    assert sorted(os.listdir(data.raw_folder)) == sorted(name for name, _ in resources)
    assert capsys.readouterr().out.count("Downloading") == 12
    Served(tmp_path / "root", train=False, download=True)  # all is there
    assert not capsys.readouterr().out
    Served.resources = [(name, "0" * 32) for name, _ in resources]
    with pytest.raises(RuntimeError, match="MD5 sum") as caught:
        Served(tmp_path / "other", download=True)
    assert "404" in str(caught.value) and "broke off" in str(caught.value)
    assert os.listdir(tmp_path / "other" / "Served" / "raw") == []


def test_download(server, tmp_path):
    address, place = server
    (place / "x").write_bytes(b"content")
    said = []
    path = files.download([address + "x"], tmp_path / "a" / "b", "y", md5(place / "x"), said.append)
    assert path.read_bytes() == b"content" and said == [f"Downloading {address}x"]
    assert files.check_integrity(path) and not files.check_integrity(path, "0") and not files.check_integrity(tmp_path)
    path.write_bytes(b"damaged")
    files.download([address + "x"], tmp_path / "a" / "b", "y", md5(place / "x"), said.append)
    assert path.read_bytes() == b"content"
    for url in ("file:///etc/hostname", "nonsense", "http://127.0.0.1:1/x"):
        with pytest.raises(RuntimeError, match="no place has z"):
            files.download([url], tmp_path, "z", None, said.append)


# --- CIFAR


def batch(count, label, first=0):
    return {
        b"data": RNG.integers(0, 256, (count, 3072), np.uint8),
        label.encode(): [(first + i) % 10 for i in range(count)],
        b"batch_label": b"a batch",
    }


def write_cifar(place, kind):
    """A data set in the published form, with few images; the batches."""
    os.makedirs(place / kind.base_folder)
    found = {}
    for i, name in enumerate([*kind.train_list, *kind.test_list]):
        found[name] = batch(4, kind.labels, i)
        (place / kind.base_folder / name).write_bytes(pickle.dumps(found[name], protocol=2))
    names = {kind.meta[1].encode(): [f"class {i}" for i in range(10)], b"num_vis": 3072}
    (place / kind.base_folder / kind.meta[0]).write_bytes(pickle.dumps(names, protocol=2))
    return found


def pack(place, kind, more=()):
    with tarfile.open(place / kind.filename, "w:gz") as tar:
        tar.add(place / kind.base_folder, kind.base_folder)
        for name in more:
            info = tarfile.TarInfo(name)
            info.size = 3
            tar.addfile(info, io.BytesIO(b"bad"))


@pytest.mark.parametrize("kind", [datasets.CIFAR10, datasets.CIFAR100])
def test_cifar(tmp_path, kind):
    batches = write_cifar(tmp_path, kind)
    data = kind(tmp_path)
    assert len(data) == 4 * len(kind.train_list) and data.data.shape == (len(data), 32, 32, 3)
    first = batches[kind.train_list[0]]
    expected = first[b"data"][1].reshape(3, 32, 32).transpose(1, 2, 0)
    image, label = data[1]
    assert image.mode == "RGB" and (np.asarray(image) == expected).all() and label == first[kind.labels.encode()][1]
    assert data.classes[3] == "class 3" and data.class_to_idx["class 3"] == 3 and len(kind(tmp_path, train=False)) == 4
    x, _ = kind(tmp_path, False, transforms.ToTensor())[0]
    assert x.shape == (3, 32, 32) and "Split: Train" in repr(data)


def test_cifar_from_its_archive_and_the_network(server, tmp_path):
    address, place = server

    class Served(datasets.CIFAR10):
        url = f"{address}nowhere.tar.gz"
        mirrors = [f"{address}{datasets.CIFAR10.filename}"]
        tgz_md5 = None

    write_cifar(place, Served)
    pack(place, Served, ["../outside", "cifar-10-batches-py/extra"])
    Served.tgz_md5 = md5(place / Served.filename)
    data = Served(tmp_path / "root", download=True)
    assert len(data) == 20 and not (tmp_path / "outside").exists() and not (data.folder / "extra").exists()
    for name in os.listdir(data.folder):
        os.unlink(data.folder / name)
    assert len(Served(tmp_path / "root")) == 20  # from the archive that is there
    with pytest.raises(RuntimeError, match="download=True gets them"):
        Served(tmp_path / "empty")
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / Served.filename).write_bytes(b"no archive")
    with pytest.raises(ValueError, match="damaged"):
        Served(tmp_path / "broken")


class Harm:
    def __reduce__(self):
        return os.mkdir, ("harm was done",)


def test_a_batch_runs_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_cifar(tmp_path, datasets.CIFAR10)
    path = tmp_path / datasets.CIFAR10.base_folder / "data_batch_1"
    good = path.read_bytes()
    for content in (
        pickle.dumps(Harm()),
        pickle.dumps({b"data": Harm(), b"labels": []}),
        pickle.dumps(os.system),
        pickle.dumps([1]),
        pickle.dumps({b"data": np.zeros((2, 5), np.uint8), b"labels": [1, 2]}),
        pickle.dumps({b"data": np.zeros((2, 3072), np.uint8), b"labels": [1]}),
        good[: len(good) // 2],
        b"",
    ):
        path.write_bytes(content)
        with pytest.raises(ValueError, match=r"damaged or no batch|expected a dict|holds no images"):
            datasets.CIFAR10(tmp_path)
    assert not os.path.exists("harm was done")


# --- folders and noise


def test_fake_data():
    data = datasets.FakeData(5, (3, 8, 9), 4, transforms.ToTensor())
    x, y = data[2]
    assert x.shape == (3, 8, 9) and 0 <= y < 4 and (data[2][0] == x).all() and not (data[1][0] == x).all()
    moved = datasets.FakeData(5, (3, 8, 9), 4, transforms.ToTensor(), random_offset=1)
    assert len(list(data)) == 5 and (moved[1][0] == x).all() and moved[1][1] == y
    with pytest.raises(IndexError):
        data[5]
    before = pydl.initial_seed(), pydl.get_rng_state().tolist()
    data[0]
    assert before == (pydl.initial_seed(), pydl.get_rng_state().tolist())
    assert datasets.FakeData(1)[0][0].size == (224, 224)


def write_images(place):
    for i, (name, file) in enumerate([("cat", "b.png"), ("cat", "deep/a.JPG"), ("ant", "c.bmp"), ("ant", "notes.txt")]):
        path = place / name / file
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".txt":
            path.write_text("no image")
        else:
            Image.fromarray(np.full((4, 5, 3), 40 * i, np.uint8)).save(path)


def test_image_folder(tmp_path):
    write_images(tmp_path / "root")
    data = datasets.ImageFolder(tmp_path / "root", transforms.ToTensor())
    assert data.classes == ["ant", "cat"] and data.class_to_idx == {"ant": 0, "cat": 1} and data.targets == [0, 1, 1]
    assert [os.path.basename(path) for path, _ in data.samples] == [
        "c.bmp",
        "b.png",
        "a.JPG",
    ] and data.imgs is data.samples
    x, y = data[1]
    assert x.shape == (3, 4, 5) and y == 1 and x.max() == 0
    assert [b[1].tolist() for b in DataLoader(data, 2, num_workers=2)] == [[0, 1], [1]]
    texts = datasets.DatasetFolder(
        tmp_path / "root", lambda p: Path(p).read_text(), (".txt",), target_transform=str, allow_empty=True
    )
    assert len(texts) == 1 and texts[0] == ("no image", "0")
    (tmp_path / "root" / "bee").mkdir()
    with pytest.raises(FileNotFoundError, match="classes bee"):
        datasets.ImageFolder(tmp_path / "root")
    assert datasets.ImageFolder(tmp_path / "root", allow_empty=True).classes == ["ant", "bee", "cat"]
    only = datasets.ImageFolder(tmp_path / "root", is_valid_file=lambda p: p.endswith("b.png"), allow_empty=True)
    assert len(only) == 1 and only[0][0].size == (5, 4)
    (tmp_path / "none").mkdir()
    with pytest.raises(FileNotFoundError, match="any class folder"):
        datasets.ImageFolder(tmp_path / "none")
    for both in ((), ((".png",), str)):
        with pytest.raises(ValueError):
            folder.make_dataset(tmp_path / "root", None, *(both or (None, None)))
    assert folder.is_image_file("x.PNG") and not folder.is_image_file("x.txt")


def test_vision_dataset():
    class Two(datasets.VisionDataset):
        def __len__(self):
            return 2

    data = Two("~", transform=abs, target_transform=str)
    assert data.transforms(-1, 2) == (1, "2") and not str(data.root).startswith("~")
    assert "StandardTransform" in repr(data) and "Target transform" in repr(data)
    assert Two(".", transforms=lambda x, y: (y, x)).transforms(1, 2) == (2, 1)
    with pytest.raises(ValueError, match="Only transforms"):
        Two(".", transforms=abs, transform=abs)
