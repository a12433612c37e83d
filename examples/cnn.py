"""A convolutional network reads handwritten digits, and shows what its filters look for.

    python examples/cnn.py --plot cnn.png                  1797 digits of 8 x 8 pixels, from scikit-learn; about 15 s
    python examples/cnn.py --mnist FOLDER --epochs 3       MNIST's idx files, plain or .gz, if you have them; minutes

A convolution looks at the image through a small window and asks everywhere the same question: how much does this spot
look like my filter? Pooling keeps the best answer of each neighbourhood. More epochs buy a little more."""

import argparse

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.svm import SVC
from tqdm import tqdm

import pydl
from pydl import nn, optim
from pydl.nn import functional as F
from pydl.utils.data import DataLoader, TensorDataset
from pydl.vision.datasets import MNIST


class CNN(nn.Module):
    """Filters of 5 x 5 pixels, then filters over their answers, twice made coarser; one layer decides."""

    def __init__(self, side):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 16, kernel_size=5, padding=2)
        nn.init.normal_(self.conv1.weight, std=0.03)  # almost nothing: what the picture shows was learned
        self.conv2 = nn.Conv2d(16, 32, kernel_size=3, padding=1)
        self.norm2 = nn.BatchNorm2d(32)
        self.conv3 = nn.Conv2d(32, 64, kernel_size=3, padding=1)
        self.norm3 = nn.BatchNorm2d(64)
        self.dropout = nn.Dropout(0.3)
        self.decide = nn.Linear(64 * (side // 4) ** 2, 10)

    def look(self, x):
        """The feature maps after the first convolution: for every filter, where it matches."""
        return F.relu(self.conv1(x))

    def forward(self, x):
        x = F.relu(self.norm2(self.conv2(self.look(x))))
        x = F.max_pool2d(x, 2)  # half as many rows and columns
        x = F.relu(self.norm3(self.conv3(x)))
        x = F.max_pool2d(x, 2)
        return self.decide(self.dropout(x.flatten(1)))


def digits(seed):
    """Training images and labels (four fifths), test images and labels (the fifth that is held out)."""
    images, labels = load_digits(return_X_y=True)
    order = np.random.default_rng(seed).permutation(len(labels))
    images = pydl.tensor(images[order] / 16.0, dtype=pydl.float32).reshape(-1, 1, 8, 8)
    labels = pydl.tensor(labels[order])
    fifth = len(labels) // 5
    return images[fifth:], labels[fifth:], images[:fifth], labels[:fifth]


def mnist(folder):
    """The same of MNIST, whose files say which images are held out."""
    train_set, test_set = MNIST(folder, train=True), MNIST(folder, train=False)
    train_images, test_images = (part.data.unsqueeze(1).float() / 255 for part in (train_set, test_set))
    return train_images, train_set.targets, test_images, test_set.targets


def shaken(images, turn=0.15, shift=0.15, scale=0.1):
    """The images slightly turned, shifted and scaled, each in its own way: they still show the same digits."""
    count, device = len(images), images.device
    angle = turn * pydl.randn(count, device=device)
    size = 1 + scale * pydl.randn(count, device=device)
    cos, sin = size * angle.cos(), size * angle.sin()
    right, down = shift * pydl.randn(2, count, device=device)
    matrices = pydl.stack([cos, -sin, right, sin, cos, down], dim=1).reshape(count, 2, 3)
    return F.grid_sample(images, F.affine_grid(matrices, images.shape, align_corners=False), align_corners=False)


def train(model, images, labels, epochs, lr=4e-3):
    """Fit the model. An epoch shows every image once, each time shaken anew."""
    optimizer = optim.AdamW(model.parameters(), lr=lr, weight_decay=0.02)
    loader = DataLoader(TensorDataset(images, labels), batch_size=64, shuffle=True)
    schedule = optim.lr_scheduler.OneCycleLR(optimizer, lr, total_steps=epochs * len(loader))
    model.train()
    for _ in (bar := tqdm(range(epochs), unit="epoch")):
        total = 0.0
        for batch, answers in loader:
            loss = F.cross_entropy(model(shaken(batch)), answers)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.item()
        bar.set_postfix(loss=f"{total / len(loader):.4f}")


def predict(model, images):
    """The digit that the model sees in each image."""
    model.eval()
    with pydl.no_grad():
        return pydl.cat([model(batch).argmax(dim=1) for batch in images.split(500)])


def picture(model, image):
    """One image, the filters of the first layer, and where in the image each of them matches."""
    with pydl.no_grad():
        maps = model.look(image.unsqueeze(0))[0].cpu().numpy()
        filters = model.conv1.weight[:, 0].cpu().numpy()
    figure = plt.figure(figsize=(12, 4.5), layout="constrained")
    left, middle, right = figure.subfigures(1, 3, width_ratios=(1, 1.4, 1.4))
    axis = left.add_subplot(title="the image", xlabel="column of pixels", ylabel="row of pixels")
    axis.imshow(image[0].cpu().numpy(), cmap="gray_r")
    for part, title, drawn, colours in (
        (middle, "16 filters: red looks for ink, blue for paper", filters, "RdBu_r"),
        (right, "their feature maps: dark is a match, white none", maps, "Purples"),
    ):
        part.suptitle(title)
        axes = part.subplots(4, 4, subplot_kw={"xticks": [], "yticks": []})
        for number, (axis, values) in enumerate(zip(axes.flat, drawn, strict=True), 1):
            most = abs(values).max()
            axis.imshow(values, cmap=colours, vmin=-most if drawn is filters else 0, vmax=most)
            axis.set_title(str(number), fontsize=7, pad=2)
    return figure


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=int, default=50)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--plot", metavar="FILE", help="draw the filters and feature maps")
    parser.add_argument("--mnist", metavar="FOLDER", help="learn MNIST's files in this folder instead")
    args = parser.parse_args(argv)
    pydl.manual_seed(args.seed)
    data = mnist(args.mnist) if args.mnist else digits(args.seed)
    train_images, train_labels, test_images, test_labels = (part.to(args.device) for part in data)
    model = CNN(side=train_images.shape[-1]).to(args.device)
    print(pydl.summary(model, train_images[:1]))
    train(model, train_images, train_labels, args.epochs)
    right = predict(model, test_images) == test_labels
    if args.plot:
        plt.switch_backend("Agg")
        picture(model, test_images[0]).savefig(args.plot, dpi=120)
    x, y, test_x, test_y = (part[:10000].numpy() for part in data)  # more would take support vectors too long
    theirs = SVC().fit(x.reshape(len(x), -1), y).score(test_x.reshape(len(test_x), -1), test_y)
    print(f"accuracy on held-out images: {right.float().mean():.2%} of {len(right)} (scikit-learn's SVC: {theirs:.2%})")


if __name__ == "__main__":
    main()
