"""Find what is where in one look: a detector in YOLO's manner draws a box around each handwritten digit of a scene.

    python examples/detection.py --plot detection.png

"You only look once" (Redmon et al., 2016): a grid is laid over the image, and the cell in which the middle of an object
lies is responsible for it. One convolutional network says for each cell, and for each of two shapes of boxes (anchors),
whether there is an object, how its box differs from the anchor, and what it is. The scenes are made of real digits
(examples/scenes.py); those of the test scenes were never trained on. More --scenes and --epochs: better."""

import argparse

import matplotlib.pyplot as plt
from tqdm import tqdm

import pydl
from pydl import nn, optim
from pydl.metrics import mean_average_precision
from pydl.nn import functional as F
from pydl.vision.ops import batched_nms, box_convert, box_iou

from scenes import COLORS, at_least, draw, make_scenes

STRIDE = 8  # pixels of a cell's side
ANCHORS = pydl.tensor([[6.0, 14.0], [10.0, 14.0]])  # width and height: a narrow and a wide digit


class Detector(nn.Module):
    """Four times "look at the neighbours", with the size halved between: the last map has a place for each cell."""

    def __init__(self, channels=(16, 32, 64, 128)):
        super().__init__()
        layers, before = [], 1
        for stage, after in enumerate(channels):
            if stage:
                layers.append(nn.MaxPool2d(2))
            for _ in range(2 if stage else 1):
                layers += nn.Conv2d(before, after, 3, padding=1, bias=False), nn.BatchNorm2d(after), nn.ReLU()
                before = after
        self.features = nn.Sequential(*layers)
        self.head = nn.Conv2d(before, len(ANCHORS) * 15, 1)  # is there one, its box (4), its class (10)

    def forward(self, images):
        """What each anchor of each cell says: (images, rows, columns, anchors, 15)."""
        return self.head(self.features(images)).permute(0, 2, 3, 1).unflatten(-1, (len(ANCHORS), 15))


def decode(said):
    """The boxes (..., 4) meant by t: the cell's middle moved by t_x, t_y cells, the anchor times exp(t_w), exp(t_h)."""
    rows, columns = (pydl.arange(count, device=said.device) + 0.5 for count in said.shape[1:3])
    middles = pydl.stack(pydl.meshgrid(columns, rows, indexing="xy"), -1).unsqueeze(2)
    sizes = ANCHORS.to(said.device) * said[..., 3:5].clamp(max=3).exp()
    return box_convert(pydl.cat([(middles + said[..., 1:3]) * STRIDE, sizes], -1), "cxcywh", "xyxy")


def assign(boxes, labels):
    """Who is responsible? For each digit: its image, row, column and anchor; the offsets t to be said; its class."""
    image, place = (labels >= 0).nonzero(as_tuple=True)
    middle, size = box_convert(boxes[image, place], "xyxy", "cxcywh").split(2, -1)
    column, row = (middle / STRIDE).long().unbind(-1)
    # The anchor whose shape is most like the digit's: both laid with one corner at the origin.
    anchors = ANCHORS.to(boxes.device)
    anchor = box_iou(F.pad(size, (2, 0)), F.pad(anchors, (2, 0))).argmax(1)
    offset = middle / STRIDE - (pydl.stack([column, row], -1) + 0.5)
    return (image, row, column, anchor), pydl.cat([offset, (size / anchors[anchor]).log()], -1), labels[image, place]


def loss_of(said, scenes):
    """The surprise at there being one or none, everywhere; where there is one, also at its box and its class."""
    responsible, offsets, classes = assign(scenes.boxes, scenes.labels)
    there = pydl.zeros_like(said[..., 0])
    there[responsible] = 1.0
    objectness = F.binary_cross_entropy_with_logits(said[..., 0], there, reduction="sum") / len(classes)
    found = said[responsible]
    return objectness + 2 * F.smooth_l1_loss(found[:, 1:5], offsets, beta=0.1) + F.cross_entropy(found[:, 5:], classes)


def train(model, scenes, epochs, batch_size=8):
    """Fit the model; an epoch sees every scene once."""
    optimizer = optim.Adam(model.parameters())
    steps = len(scenes.images) // batch_size * epochs
    schedule = optim.lr_scheduler.OneCycleLR(optimizer, max_lr=5e-3, total_steps=steps, pct_start=0.15)
    model.train()
    bar = tqdm(range(epochs), unit="epoch")
    for _ in bar:
        for batch in scenes.batches(batch_size):
            loss = loss_of(model(batch.images), batch)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            bar.set_postfix(loss=f"{loss.item():.3f}", refresh=False)


def detect(model, images, overlap=0.3, least=0.02):
    """What is found in each image: a dictionary of boxes, scores and labels, the best first."""
    model.eval()
    with pydl.no_grad():
        said = pydl.cat([model(part) for part in images.split(100)])
    scores, labels = (said[..., :1].sigmoid() * said[..., 5:].softmax(-1)).flatten(1, 3).max(-1)
    boxes = decode(said).flatten(1, 3)
    image, place = (scores > least).nonzero(as_tuple=True)
    boxes, scores, labels = (x[image, place] for x in (boxes, scores, labels))
    # Neighbouring cells find the same digit: non-maximum suppression keeps the best of boxes that overlap.
    kept = batched_nms(boxes, scores, image, overlap)
    found = [kept[image[kept] == i] for i in range(len(images))]
    return [{"boxes": boxes[some], "scores": scores[some], "labels": labels[some]} for some in found]


def picture(scenes, found, precision):
    """Some scenes with what was found in them, and how good that is for each digit."""
    figure = plt.figure(figsize=(10, 4.5), layout="constrained")
    left, right = figure.subfigures(1, 2, width_ratios=(3, 1))
    left.suptitle("Scenes of digits never trained on: what is found, and how sure the network is")
    for axis, image, some in zip(left.subplots(2, 4).flat, scenes.images, found, strict=False):
        boxes, labels, scores = (some[what][some["scores"] > 0.4].tolist() for what in ("boxes", "labels", "scores"))
        draw(axis, image[0].cpu().numpy(), boxes, labels, scores=scores)
    axis = right.subplots()
    axis.barh(range(10), precision["map_per_class"].tolist(), color=COLORS)
    axis.set(xlabel="average precision at IoU 0.5", ylabel="digit", yticks=range(10), xlim=(0, 1))
    axis.set_title(f"mean {precision['map']:.3f}")
    axis.invert_yaxis()
    return figure


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=at_least(0), default=0)
    parser.add_argument("--epochs", type=at_least(1), default=8, help="passes over the training scenes (%(default)s)")
    parser.add_argument("--scenes", type=at_least(100), default=2500, help="to train on (%(default)s); a tenth to test")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--plot", metavar="FILE", help="write the picture here")
    args = parser.parse_args(argv)
    pydl.manual_seed(args.seed)
    model = Detector().to(args.device)
    train(model, make_scenes(args.scenes, seed=args.seed).to(args.device), args.epochs)
    scenes = make_scenes(max(args.scenes // 10, 20), held_out=True, seed=args.seed).to(args.device)
    found = detect(model, scenes.images)
    precision = mean_average_precision(found, scenes.objects())
    strict = mean_average_precision(found, scenes.objects(), iou_thresholds=[0.75])
    if args.plot:
        plt.switch_backend("Agg")
        picture(scenes, found, precision).savefig(args.plot, dpi=120)
    print(f"mAP@0.5 on held-out digits: {precision['map']:.3f} (at 0.75: {strict['map']:.3f})")


if __name__ == "__main__":
    main()
