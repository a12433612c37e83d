"""Cut out each thing: a detector in two stages, Mask R-CNN's manner, finds digits, names them and tells their pixels.

    python examples/instances.py --plot instances.png

Segmentation (examples/segmentation.py) cannot tell two digits 3 that touch from one; detection (examples/detection.py)
knows no pixels. Mask R-CNN (He, Gkioxari, Dollar and Girshick, 2017) does both, in two stages: a small network proposes
regions in which something might be, and each region is then cut out of the feature map and looked at again: what is it,
where exactly is its box, which pixels belong to it? The scenes are made of real digits (examples/scenes.py); those of
the test scenes were never trained on. More --scenes and --epochs: better."""

import argparse

import matplotlib.pyplot as plt
from tqdm import tqdm

import pydl
from pydl import nn, optim
from pydl.metrics import mean_average_precision
from pydl.nn import functional as F
from pydl.vision.ops import batched_nms, box_convert, box_iou, clip_boxes_to_image, roi_align

from scenes import at_least, draw, make_scenes

SIZE = 40  # of a scene, in pixels
STRIDE = 4  # pixels between places of the coarse map, at which regions are proposed
ANCHORS = pydl.tensor([[6.0, 14.0], [10.0, 14.0]])  # width and height: a narrow and a wide digit
BOX, MASK = 7, 14  # bins along a side of a region, for its class and box and for its mask
BACKGROUND = 10  # the class after the ten digits: a region with nothing in it


def convolution(channels_in, channels_out):
    """A convolution with its normalization: it looks at the neighbours of each place."""
    layer = nn.Conv2d(channels_in, channels_out, 3, padding=1, bias=False)
    return nn.Sequential(layer, nn.BatchNorm2d(channels_out), nn.ReLU())


class MaskRCNN(nn.Module):
    """A backbone that all share, and three heads: of the proposals, of class and box, and of the mask."""

    def __init__(self, channels=48):
        super().__init__()
        self.fine = nn.Sequential(convolution(1, 16), nn.MaxPool2d(2), convolution(16, 32), convolution(32, channels))
        self.coarse = nn.Sequential(nn.MaxPool2d(2), convolution(channels, 64), convolution(64, 64))
        self.propose = nn.Sequential(convolution(64, 64), nn.Conv2d(64, 5 * len(ANCHORS), 1))
        self.enlarge = nn.ConvTranspose2d(64, channels, 2, stride=2)
        self.box = nn.Sequential(nn.Flatten(), nn.Linear(BOX * BOX * channels, 128), nn.ReLU(), nn.Linear(128, 11 + 4))
        self.mask = nn.Sequential(convolution(channels, 32), convolution(32, 32), nn.Conv2d(32, 1, 1))

    def forward(self, images):
        """The feature map (images, channels, 20, 20); and of each anchor "is there something?" and its offsets."""
        fine = self.fine(images)
        coarse = self.coarse(fine)
        said = self.propose(coarse).permute(0, 2, 3, 1).reshape(len(images), -1, 5)
        return fine + self.enlarge(coarse), said[..., 0], said[..., 1:]

    def look_again(self, features, regions):
        """Of regions (count, 5), image and box: the scores of 11 classes, and offsets to the exact box."""
        said = self.box(roi_align(features, regions, BOX, 2 / STRIDE, sampling_ratio=2, aligned=True))
        return said[:, :11], said[:, 11:]

    def cut_out(self, features, regions):
        """Of regions (count, 5): is this pixel of the thing? (count, 14, 14) logits."""
        return self.mask(roi_align(features, regions, MASK, 2 / STRIDE, sampling_ratio=1, aligned=True))[:, 0]


def anchors():
    """The boxes (200, 4) from which proposals start: each shape at each place of the coarse map."""
    places = (pydl.arange(SIZE // STRIDE) + 0.5) * STRIDE
    middles = pydl.stack(pydl.meshgrid(places, places, indexing="xy"), -1).unsqueeze(2).expand(-1, -1, len(ANCHORS), 2)
    return box_convert(pydl.cat([middles, ANCHORS.expand_as(middles)], -1).reshape(-1, 4), "cxcywh", "xyxy")


def encode(boxes, references):
    """t, how boxes differ from others: the way between the middles, by the other's size; the logarithm of the ratio."""
    middle, size = box_convert(boxes, "xyxy", "cxcywh").split(2, -1)
    from_middle, from_size = box_convert(references, "xyxy", "cxcywh").split(2, -1)
    return pydl.cat([(middle - from_middle) / from_size, (size / from_size).log()], -1)


def decode(offsets, references):
    """The boxes that differ from others by t, inside the image."""
    middle, size = box_convert(references, "xyxy", "cxcywh").split(2, -1)
    boxes = pydl.cat([middle + offsets[..., :2] * size, size * offsets[..., 2:].clamp(-2, 2).exp()], -1)
    return clip_boxes_to_image(box_convert(boxes, "cxcywh", "xyxy"), (SIZE, SIZE))


def proposals(scores, offsets, most=30, overlap=0.6):
    """The best regions of each image that overlap no better one too much: (count, 5), image and box."""
    best, place = scores.detach().topk(most, 1)
    references = anchors().to(scores.device)[place]
    boxes = decode(offsets.detach().gather(1, place.unsqueeze(-1).expand(-1, -1, 4)), references).flatten(0, 1)
    image = pydl.arange(len(scores), device=scores.device).repeat_interleave(most)
    kept = batched_nms(boxes, best.flatten(), image, overlap)
    return pydl.cat([image.unsqueeze(1).to(boxes.dtype), boxes], 1)[kept]


def proposal_loss(scores, offsets, boxes):
    """Stage one: is there a digit at this anchor, and how does its box differ from it?"""
    references = anchors().to(boxes.device)
    overlap = box_iou(references, boxes)  # (images, anchors, digits); 0 with an empty place
    best, which = overlap.max(-1)
    # Responsible: anchors that overlap a digit by half, and each digit's best one. Those in between are not judged.
    positive = (best >= 0.5) | ((overlap == overlap.amax(1, keepdim=True)) & (overlap > 0)).any(-1)
    judged = positive | (best < 0.3)
    surprise = F.binary_cross_entropy_with_logits(scores[judged], positive[judged].float(), reduction="sum")
    image, anchor = positive.nonzero(as_tuple=True)
    right = encode(boxes[image, which[image, anchor]], references[anchor])
    return surprise / len(image) + 2 * F.smooth_l1_loss(offsets[image, anchor], right, beta=0.1)


def region_loss(model, features, regions, scenes):
    """Stage two: the class of each region, and where it holds a digit, the offsets to its box and its mask."""
    image, boxes = regions[:, 0].long(), regions[:, 1:]
    overlap, which = box_iou(boxes.unsqueeze(1), scenes.boxes[image])[:, 0].max(-1)
    positive = overlap >= 0.5
    classes = scenes.labels[image, which].where(positive, BACKGROUND)
    scores, offsets = model.look_again(features, regions)
    image, which, positives = image[positive], which[positive], regions[positive]
    right = encode(scenes.boxes[image, which], positives[:, 1:])
    # The right mask is cut out of the digit's own picture just as the features are.
    cut = pydl.cat([pydl.arange(len(image), device=image.device).unsqueeze(1), positives[:, 1:]], 1)
    masks = roi_align(scenes.masks[image, which].unsqueeze(1).float(), cut, MASK, sampling_ratio=2, aligned=True)[:, 0]
    mask_loss = F.binary_cross_entropy_with_logits(model.cut_out(features, positives), (masks > 0.5).float())
    return F.cross_entropy(scores, classes) + 2 * F.smooth_l1_loss(offsets[positive], right, beta=0.1) + mask_loss


def loss_of(model, scenes):
    """Both stages at once: they share the backbone, and the second learns from what the first proposes."""
    features, scores, offsets = model(scenes.images)
    regions = proposals(scores, offsets)
    # The right boxes are regions too, so that the second stage has something to learn from at the start.
    image, place = (scenes.labels >= 0).nonzero(as_tuple=True)
    right = pydl.cat([image.unsqueeze(1).float(), scenes.boxes[image, place]], 1)
    second = region_loss(model, features, pydl.cat([regions, right]), scenes)
    return proposal_loss(scores, offsets, scenes.boxes) + second


def train(model, scenes, epochs, batch_size=8):
    """Fit the model; an epoch sees every scene once."""
    optimizer = optim.Adam(model.parameters())
    steps = len(scenes.images) // batch_size * epochs
    schedule = optim.lr_scheduler.OneCycleLR(optimizer, max_lr=3e-3, total_steps=steps, pct_start=0.15)
    model.train()
    bar = tqdm(range(epochs), unit="epoch")
    for _ in bar:
        for batch in scenes.batches(batch_size):
            loss = loss_of(model, batch)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            bar.set_postfix(loss=f"{loss.item():.3f}", refresh=False)


def paste(masks, boxes):
    """Masks (count, 14, 14) where they belong: each stretched to its box on a canvas, (count, 40, 40)."""
    pixels = pydl.arange(SIZE, device=boxes.device) + 0.5
    x1, y1, x2, y2 = boxes.unsqueeze(-1).unbind(1)
    # Where does each pixel lie in the box, from -1 at its left or upper side to 1 at the other?
    x, y = 2 * (pixels - x1) / (x2 - x1) - 1, 2 * (pixels - y1) / (y2 - y1) - 1
    grid = pydl.stack([x.unsqueeze(1).expand(-1, SIZE, -1), y.unsqueeze(2).expand(-1, -1, SIZE)], -1)
    return F.grid_sample(masks.unsqueeze(1), grid, align_corners=False)[:, 0]


def detect(model, images, least=0.05, overlap=0.3):
    """What is found in each image, the best first: a dictionary of boxes, masks, scores and labels."""
    model.eval()
    found = []
    with pydl.no_grad():
        for part in images.split(50):
            features, scores, offsets = model(part)
            regions = proposals(scores, offsets)
            scores, offsets = model.look_again(features, regions)
            scores, labels = scores.softmax(1)[:, :BACKGROUND].max(1)
            image, boxes = regions[:, 0], decode(offsets, regions[:, 1:])
            sure = (scores > least).nonzero()[:, 0]
            kept = sure[batched_nms(boxes[sure], scores[sure], image[sure], overlap)]
            image, boxes, scores, labels = image[kept], boxes[kept], scores[kept], labels[kept]
            masks = model.cut_out(features, pydl.cat([image.unsqueeze(1), boxes], 1)).sigmoid()
            everything = {"boxes": boxes, "masks": paste(masks, boxes) > 0.5, "scores": scores, "labels": labels}
            found += [{name: x[image == i] for name, x in everything.items()} for i in range(len(part))]
    return found


def picture(model, scenes, found, precision):
    """Some scenes with the proposals of the first stage, and with what the second finds in them."""
    figure = plt.figure(figsize=(10, 4.5), layout="constrained")
    figure.suptitle(f"Scenes of digits never trained on (mask mAP@0.5: {precision:.3f})")
    rows = figure.subplots(2, 5)
    with pydl.no_grad():
        regions = proposals(*model(scenes.images[:5])[1:])
    for i, (above, below) in enumerate(rows.T):
        image = scenes.images[i, 0].cpu().numpy()
        draw(above, image)
        for x1, y1, x2, y2 in regions[regions[:, 0] == i, 1:].tolist():
            above.add_patch(plt.Rectangle((x1, y1), x2 - x1, y2 - y1, fill=False, color="#0072B2", alpha=0.6))
        sure = found[i]["scores"] > 0.5
        boxes, labels, scores = (found[i][name][sure].tolist() for name in ("boxes", "labels", "scores"))
        draw(below, image, boxes, labels, found[i]["masks"][sure].cpu().numpy(), scores)
    rows[0, 0].set_ylabel("stage 1: proposed regions")
    rows[1, 0].set_ylabel("stage 2: digits, boxes, masks")
    return figure


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=at_least(0), default=0)
    parser.add_argument("--epochs", type=at_least(1), default=5, help="passes over the training scenes (%(default)s)")
    parser.add_argument("--scenes", type=at_least(100), default=1200, help="to train on (%(default)s); a sixth to test")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--plot", metavar="FILE", help="write the picture here")
    args = parser.parse_args(argv)
    pydl.manual_seed(args.seed)
    model = MaskRCNN().to(args.device)
    train(model, make_scenes(args.scenes, seed=args.seed).to(args.device), args.epochs)
    scenes = make_scenes(max(args.scenes // 6, 20), held_out=True, seed=args.seed).to(args.device)
    found, right = detect(model, scenes.images), scenes.objects()
    masks = mean_average_precision(found, right, iou_type="segm")["map"]
    strict = mean_average_precision(found, right, iou_type="segm", iou_thresholds=[0.75])["map"]
    boxes = mean_average_precision(found, right)["map"]
    if args.plot:
        plt.switch_backend("Agg")
        picture(model, scenes, found, masks).savefig(args.plot, dpi=120)
    print(f"mask mAP@0.5 on held-out digits: {masks:.3f} (at 0.75: {strict:.3f}; of the boxes at 0.5: {boxes:.3f})")


if __name__ == "__main__":
    main()
