"""Learn to read handwritten digits: 1797 real images of 8 x 8 pixels, bundled with scikit-learn.

    python examples/digits.py --model mlp                  train a multilayer perceptron (default: a CNN)
    python examples/digits.py --load digits.safetensors    only predict, with saved weights

A fifth of the images is held out: the network is judged on what it never saw."""

import argparse
import time
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from tqdm import tqdm

import pydl
from pydl import nn, optim
from pydl.nn import functional as F
from pydl.utils.data import DataLoader, TensorDataset, random_split


def mlp():
    """Two hidden layers; every pixel is an input of its own."""
    hidden = nn.Linear(64, 128), nn.ReLU(), nn.Dropout(0.2), nn.Linear(128, 128), nn.ReLU(), nn.Dropout(0.2)
    return nn.Sequential(nn.Flatten(), *hidden, nn.Linear(128, 10))


class CNN(nn.Module):
    """Two convolutions see local strokes, pooling forgives small shifts, two layers decide."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 32, 3, padding=1)
        self.conv2 = nn.Conv2d(32, 64, 3, padding=1)
        self.fc1 = nn.Linear(64 * 4 * 4, 128)
        self.fc2 = nn.Linear(128, 10)
        self.dropout = nn.Dropout(0.3)

    def forward(self, x):
        x = F.relu(self.conv1(x))
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        x = self.dropout(F.relu(self.fc1(x.flatten(1))))
        return self.fc2(x)


MODELS = {"mlp": mlp, "cnn": CNN}
OPTIMIZERS = {name.lower(): getattr(optim, name) for name in ("SGD", "Adagrad", "Adadelta", "RMSprop", "Adam", "AdamW")}


def digits(seed, device="cpu"):
    """The images scaled to 0..1, split into four fifths to learn from and one fifth to be judged on."""
    data = load_digits()
    images = pydl.from_numpy((data.images / 16.0).astype(np.float32)).unsqueeze(1).to(device)
    dataset = TensorDataset(images, pydl.from_numpy(data.target.astype(np.int64)).to(device))
    return random_split(dataset, [0.8, 0.2], generator=pydl.Generator().manual_seed(seed))


def everything(dataset):
    """All images and labels of a dataset as one batch."""
    return next(iter(DataLoader(dataset, batch_size=len(dataset))))


def evaluate(model, dataset):
    """Accuracy on a dataset, and the predicted digit of each of its images."""
    model.eval()
    images, labels = everything(dataset)
    with pydl.no_grad():
        predicted = model(images).argmax(dim=1)
    return (predicted == labels).float().mean().item(), predicted


def train(model, train_set, test_set, args):
    """Fit the model; return the curves: loss of each epoch, accuracy on both sets."""
    optimizer = OPTIMIZERS[args.optimizer](model.parameters(), lr=args.lr)
    schedule = optim.lr_scheduler.CosineAnnealingLR(optimizer, args.epochs)
    loader = DataLoader(train_set, batch_size=args.batch_size, shuffle=True)
    curves = {"loss": [], "train": [], "test": []}
    bar = tqdm(range(args.epochs), unit="epoch")
    for _ in bar:
        model.train()
        total = 0.0
        for images, labels in loader:
            loss = F.cross_entropy(model(images), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(labels)
        schedule.step()
        curves["loss"].append(total / len(train_set))
        curves["train"].append(evaluate(model, train_set)[0])
        curves["test"].append(evaluate(model, test_set)[0])
        bar.set_postfix(loss=f"{curves['loss'][-1]:.4f}", accuracy=f"{curves['test'][-1]:.2%}")
    return curves


def picture(curves, test_set, predicted, accuracy):
    """The curves and the images that the network got wrong."""
    images, labels = everything(test_set)
    wrong = (predicted != labels).nonzero().flatten().tolist()
    figure = plt.figure(figsize=(10, 4.5), layout="constrained")
    left, right = figure.subfigures(1, 2)
    loss_axis, accuracy_axis = left.subplots(2, 1, sharex=True)
    loss_axis.semilogy(curves["loss"], color="tab:red")
    loss_axis.set_ylabel("training loss")
    accuracy_axis.plot(curves["train"], label="training images")
    accuracy_axis.plot(curves["test"], label="held-out images")
    accuracy_axis.set(xlabel="epoch", ylabel="accuracy", ylim=(0.8, 1.005))
    accuracy_axis.legend(loc="lower right")
    right.suptitle(f"{accuracy:.2%} right; {len(wrong)} of {len(test_set)} wrong")
    for place, i in enumerate(wrong[:12]):
        axis = right.add_subplot(3, 4, place + 1)
        axis.imshow(images[i, 0].numpy(), cmap="gray_r")
        axis.set_title(f"{labels[i].item()} read as {predicted[i].item()}", fontsize=9)
        axis.axis("off")
    return figure


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", choices=MODELS, default="cnn")
    for name, default in {"--seed": 0, "--epochs": 30, "--batch-size": 32, "--lr": 2e-3, "--device": "cpu"}.items():
        parser.add_argument(name, type=type(default), default=default)
    parser.add_argument("--optimizer", choices=OPTIMIZERS, default="adam")
    parser.add_argument("--load", type=Path, metavar="FILE", help="predict with saved weights instead of training")
    parser.add_argument("--out", type=Path, default=Path("."), help="where digits.safetensors and digits.png go")
    args = parser.parse_args(argv)
    train_set, test_set = digits(args.seed, args.device)
    if args.load:
        saved = pydl.load(args.load)
        model = MODELS[saved["model"]]().to(args.device)
        model.load_state_dict(saved["weights"])
        accuracy, _ = evaluate(model, test_set)
        return print(f"accuracy on the held-out fifth: {accuracy:.2%} ({saved['model']} from {args.load})")
    pydl.manual_seed(args.seed)
    model = MODELS[args.model]().to(args.device)
    print(pydl.summary(model, train_set[0][0].unsqueeze(0)))
    start = time.perf_counter()
    curves = train(model, train_set, test_set, args)
    accuracy, predicted = evaluate(model, test_set)
    pydl.save({"model": args.model, "weights": model.state_dict()}, args.out / "digits.safetensors")
    plt.switch_backend("Agg")
    picture(curves, test_set, predicted, accuracy).savefig(args.out / "digits.png", dpi=120)
    print(f"wrote {args.out / 'digits.safetensors'} and {args.out / 'digits.png'}")
    print(f"accuracy on the held-out fifth: {accuracy:.2%} ({args.epochs} epochs, {time.perf_counter() - start:.1f} s)")


if __name__ == "__main__":
    main()
