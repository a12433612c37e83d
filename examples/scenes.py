"""Scenes to look at: a few handwritten digits at random places, for the programs segmentation, detection and instances.

The digits are scikit-learn's real images, enlarged; a fifth of them is held out, so that no network is judged on images
that it was trained on. Nothing is annotated by hand: whoever puts the digits there knows the right answers."""

from argparse import ArgumentTypeError
from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import to_rgba
from sklearn.datasets import load_digits

import pydl
from pydl.nn import functional as F

SIZES = 12, 14, 16  # of a digit, in pixels
# One colour for each digit, for all eyes: after Paul Tol's "muted" scheme.
COLORS = ["#332288", "#EE7733", "#117733", "#CC6677", "#88CCEE", "#882255", "#DDCC77", "#44AA99", "#AA4499", "#999933"]


class Scenes(NamedTuple):
    """``count`` canvases and what is on them; a scene with fewer than ``most`` digits has empty places at the end."""

    images: pydl.Tensor  # (count, 1, size, size): from 0, dark, to 1
    boxes: pydl.Tensor  # (count, most, 4): x1, y1, x2, y2 in pixels; zeros in an empty place
    labels: pydl.Tensor  # (count, most): which digit; -1 in an empty place
    masks: pydl.Tensor  # (count, most, size, size): 1 on the digit's stroke, else 0; zeros in an empty place

    def to(self, device):
        return Scenes(*(x.to(device) for x in self))

    def part(self, indices):
        """The scenes with these indices."""
        return Scenes(*(x[indices] for x in self))

    def batches(self, batch_size):
        """All scenes once, in a random order, ``batch_size`` at a time; a rest that fills no batch is left out."""
        order = pydl.randperm(len(self.images), device=self.images.device)
        return (self.part(some) for some in order.split(batch_size) if len(some) == batch_size)

    def objects(self):
        """The objects of each canvas, as pydl.metrics takes them: a dictionary of boxes, labels and masks."""
        there = [labels >= 0 for labels in self.labels]
        parts = zip(self.boxes, self.labels, self.masks, there, strict=True)
        return [{"boxes": b[some], "labels": l[some], "masks": m[some]} for b, l, m, some in parts]

    def classes(self):
        """The right class of each pixel, (count, size, size): 0 for the background, 1 + digit on a stroke."""
        return (self.masks.long() * (self.labels + 1)[:, :, None, None]).amax(1)


def digits(held_out):
    """The digits to train with or those held out, in all sizes, {size: (count, size, size)}; and which they are."""
    data = load_digits()
    shuffled = np.random.default_rng(0).permutation(len(data.images))  # the same split, whatever the scenes' seed
    chosen = shuffled[: len(shuffled) // 5] if held_out else shuffled[len(shuffled) // 5 :]
    images = pydl.from_numpy((data.images[chosen] / 16).astype(np.float32)).unsqueeze(1)
    enlarged = {s: F.interpolate(images, size=(s, s), mode="bicubic").clamp(0, 1)[:, 0].numpy() for s in SIZES}
    return enlarged, data.target[chosen]


def make_scenes(count, held_out=False, seed=0, size=40, most=4, noise=0.05):
    """Scenes of one to ``most`` digits, which may come close to each other but do not cover each other."""
    random = np.random.default_rng([seed, held_out])
    enlarged, which = digits(held_out)
    images = np.zeros((count, size, size), np.float32)
    boxes = np.zeros((count, most, 4), np.float32)
    labels = np.full((count, most), -1)
    masks = np.zeros((count, most, size, size), np.uint8)
    for scene, wanted in enumerate(random.integers(1, most, count, endpoint=True)):
        taken, placed = np.zeros((size, size), bool), 0
        for _ in range(4 * most):  # tries: where a place is taken, the next try is another digit in another place
            index, side = random.integers(len(which)), random.choice(SIZES)
            x, y = random.integers(0, size - side, 2, endpoint=True)
            digit, brightness = enlarged[side][index], random.uniform(0.6, 1)
            stroke, window = digit > 0.4, np.s_[y : y + side, x : x + side]
            if (taken[window] & stroke).any():
                continue
            images[scene][window] = np.maximum(images[scene][window], brightness * digit)
            masks[scene, placed][window] = stroke
            columns, rows = stroke.any(0).nonzero()[0], stroke.any(1).nonzero()[0]
            x1, x2, y1, y2 = x + columns[0], x + columns[-1] + 1, y + rows[0], y + rows[-1] + 1
            boxes[scene, placed], labels[scene, placed] = (x1, y1, x2, y2), which[index]
            # No other stroke in this one and in the inner part of its box: boxes may overlap a little.
            taken[window] |= stroke
            taken[y1 + 2 : y2 - 2, x1 + 2 : x2 - 2] = True
            placed += 1
            if placed == wanted:
                break
    images = np.clip(images + noise * random.standard_normal(images.shape), 0, 1).astype(np.float32)
    return Scenes(*map(pydl.from_numpy, (images[:, None], boxes, labels, masks)))


def draw(axis, image, boxes=(), labels=(), masks=(), scores=None):
    """A canvas (size, size) in grey; on it boxes (count, 4) and masks (count, size, size) in the colours of labels."""
    axis.imshow(1 - image, cmap="gray", vmin=0, vmax=1, extent=(0, image.shape[1], image.shape[0], 0))
    for mask, label in zip(masks, labels, strict=False):
        layer = np.zeros((*mask.shape, 4))
        layer[mask > 0.5] = to_rgba(COLORS[int(label)], 0.8)
        axis.imshow(layer, extent=(0, image.shape[1], image.shape[0], 0))
    for i, ((x1, y1, x2, y2), label) in enumerate(zip(boxes, labels, strict=False)):
        color = COLORS[int(label)]
        axis.add_patch(plt.Rectangle((x1, y1), x2 - x1, y2 - y1, fill=False, color=color, linewidth=1.5))
        text = f"{label}" if scores is None else f"{label}  {scores[i]:.0%}"
        ink = "black" if sum(to_rgba(color)) > 2.7 else "white"  # to be read on a light colour, too
        axis.text(x1, y1, text, color=ink, fontsize=7, va="bottom", bbox={"color": color, "pad": 0.8})
    axis.set(xticks=[], yticks=[])


def at_least(least):
    """For argparse: whole numbers from this one on."""

    def number(text):
        if int(text) < least:
            raise ArgumentTypeError(f"expected {least} or more, got {text}")
        return int(text)

    return number
