"""Name each pixel: a U-Net finds handwritten digits in a scene and says which pixels belong to which digit.

    python examples/segmentation.py --plot segmentation.png

A convolutional network that classifies shrinks the image to see it as a whole and forgets where things were. The U-Net
(Ronneberger, Fischer and Brox, 2015) enlarges the result again and hands the fine layers across. The scenes are made of
real digits (examples/scenes.py); those of the test scenes were never trained on. More --scenes and --epochs: better."""

import argparse

import matplotlib.pyplot as plt
from matplotlib.colors import ListedColormap
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from tqdm import tqdm

import pydl
from pydl import metrics, nn, optim
from pydl.nn import functional as F

from scenes import COLORS, at_least, draw, make_scenes

CLASSES = 11  # the background and ten digits


def block(channels_in, channels_out):
    """Two convolutions, each with its normalization: they look at the neighbours of each pixel."""
    layers = []
    for channels in (channels_in, channels_out):
        layers += nn.Conv2d(channels, channels_out, 3, padding=1, bias=False), nn.BatchNorm2d(channels_out), nn.ReLU()
    return nn.Sequential(*layers)


class UNet(nn.Module):
    """Down: half the size, twice the channels. Up: the other way, with what the way down saw at that size beside it."""

    def __init__(self, fine=16, middle=32, coarse=64):
        super().__init__()
        self.fine, self.middle, self.coarse = block(1, fine), block(fine, middle), block(middle, coarse)
        self.enlarge_coarse = nn.ConvTranspose2d(coarse, middle, 2, stride=2)
        self.middle_up = block(2 * middle, middle)
        self.enlarge_middle = nn.ConvTranspose2d(middle, fine, 2, stride=2)
        self.fine_up = block(2 * fine, fine)
        self.classify = nn.Conv2d(fine, CLASSES, 1)

    def forward(self, x):
        fine = self.fine(x)  # 40 x 40: sharp, but each pixel sees only 5 x 5
        middle = self.middle(F.max_pool2d(fine, 2))  # 20 x 20
        coarse = self.coarse(F.max_pool2d(middle, 2))  # 10 x 10: sees a whole digit
        middle = self.middle_up(pydl.cat([self.enlarge_coarse(coarse), middle], 1))
        fine = self.fine_up(pydl.cat([self.enlarge_middle(middle), fine], 1))
        return self.classify(fine)


def train(model, scenes, epochs, batch_size=8):
    """Fit the model to each pixel's class; return the loss of each epoch, which sees every scene once."""
    # Nine pixels in ten are background, and "background everywhere" would be right in most places: they count less.
    weight = pydl.tensor([0.3] + [1.0] * 10, device=scenes.images.device)
    optimizer = optim.Adam(model.parameters())
    steps = len(scenes.images) // batch_size
    schedule = optim.lr_scheduler.OneCycleLR(optimizer, max_lr=1e-2, total_steps=epochs * steps, pct_start=0.15)
    losses = []
    bar = tqdm(range(epochs), unit="epoch")
    for _ in bar:
        model.train()
        total = 0.0
        for batch in scenes.batches(batch_size):
            loss = F.cross_entropy(model(batch.images), batch.classes(), weight=weight)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.item()
        losses.append(total / steps)
        bar.set_postfix(loss=f"{losses[-1]:.4f}")
    return losses


def predict(model, images):
    """The class of each pixel, (count, size, size)."""
    model.eval()
    with pydl.no_grad():
        return pydl.cat([model(part).argmax(1) for part in images.split(100)])


def by_neighbourhood(scenes, test_scenes, reach=4):
    """What scikit-learn's linear discriminant analysis makes of the 9 x 9 pixels around each, for comparison."""

    def windows(images):
        return F.unfold(images, 2 * reach + 1, padding=reach).transpose(1, 2).flatten(0, 1).cpu().numpy()

    some = scenes.part(slice(30))
    model = LinearDiscriminantAnalysis().fit(windows(some.images), some.classes().flatten().cpu().numpy())
    return pydl.from_numpy(model.predict(windows(test_scenes.images))).reshape(test_scenes.classes().shape)


def picture(scenes, predicted, losses, iou):
    """Some scenes with the right classes and the predicted ones, the loss, and the IoU of each class."""
    figure = plt.figure(figsize=(10, 4.5), layout="constrained")
    left, right = figure.subfigures(1, 2, width_ratios=(5, 4))
    rows = left.subplots(3, 5)
    left.suptitle("Scenes of digits never trained on, and each pixel's class")
    classes = scenes.classes()
    for i, column in enumerate(rows.T):
        draw(column[0], scenes.images[i, 0].cpu().numpy())
        for axis, found in zip(column[1:], (classes[i], predicted[i]), strict=True):
            axis.imshow(found.cpu().numpy(), cmap=ListedColormap(["white", *COLORS]), vmin=-0.5, vmax=10.5)
            axis.set(xticks=[], yticks=[])
    for axis, name in zip(rows[:, 0], ("scene", "right", "predicted"), strict=True):
        axis.set_ylabel(name)
    above, below = right.subplots(2, 1)
    above.semilogy(range(1, len(losses) + 1), losses, "o-", color="#333333")
    above.set(xlabel="epoch", ylabel="cross-entropy per pixel", title="The loss on the training scenes")
    names = ["back-\nground", *map(str, range(10))]
    below.bar(names, iou, color=["lightgray", *COLORS])
    mean = sum(iou) / CLASSES
    below.axhline(mean, color="#333333", linestyle="--")
    below.set(xlabel="class (the colours of the masks)", ylabel="IoU", ylim=(0, 1))
    below.set_title(f"Intersection over union (mean {mean:.3f}, dashed)")
    return figure


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=at_least(0), default=0)
    parser.add_argument("--epochs", type=at_least(1), default=7, help="passes over the training scenes (%(default)s)")
    parser.add_argument("--scenes", type=at_least(100), default=2000, help="to train on (%(default)s); a tenth to test")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--plot", metavar="FILE", help="write the picture here")
    args = parser.parse_args(argv)
    pydl.manual_seed(args.seed)
    scenes = make_scenes(args.scenes, seed=args.seed).to(args.device)
    test_scenes = make_scenes(max(args.scenes // 10, 20), held_out=True, seed=args.seed).to(args.device)
    model = UNet().to(args.device)
    print(pydl.summary(model, scenes.images[:1]))
    losses = train(model, scenes, args.epochs)
    predicted, right = predict(model, test_scenes.images), test_scenes.classes()
    baseline = metrics.mean_iou(by_neighbourhood(scenes, test_scenes), right, CLASSES)
    if args.plot:
        plt.switch_backend("Agg")
        iou = metrics.mean_iou(predicted, right, CLASSES, per_class=True).tolist()
        picture(test_scenes, predicted, losses, iou).savefig(args.plot, dpi=120)
    iou = metrics.mean_iou(predicted, right, CLASSES)
    print(f"mean IoU on held-out digits: {iou:.3f} (linear discriminants of 9 x 9 pixels: {baseline:.3f})")


if __name__ == "__main__":
    main()
