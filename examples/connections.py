"""Three ways to connect units with pixels: with all of them, with neighbours only, with neighbours by shared weights.

    python examples/connections.py --plot connections.png      1797 digits of 8 x 8 pixels, from scikit-learn; 10 s

Ten units at the place of every pixel: 'full' look at the whole image, 'local' at the 3 x 3 pixels around their place,
'shared' do too, but by the same ten filters at every place, which is a convolution. It has the fewest weights, since
it need not learn again at every place what a stroke looks like. More epochs (--epochs 100) change little."""

import argparse

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.ticker import EngFormatter
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from tqdm import tqdm

import pydl
from pydl import nn, optim
from pydl.nn import functional as F
from pydl.utils.data import DataLoader, TensorDataset

KINDS = {"full": "#0072B2", "local": "#E69F00", "shared": "#009E73"}  # and the colour that each is drawn in


class LocallyConnected2d(nn.Module):
    """Like a convolution, but every place has filters of its own: nothing is shared."""

    def __init__(self, in_channels, out_channels, kernel_size, size):
        super().__init__()
        inputs, places = in_channels * kernel_size**2, size**2
        self.kernel_size = kernel_size
        self.weight = nn.Parameter((2 * pydl.rand(out_channels, inputs, places) - 1) / inputs**0.5)
        self.bias = nn.Parameter(pydl.zeros(out_channels, places))

    def forward(self, images):
        # unfold lays the window around each place into a column: (images, inputs, places). Then, of image n at place p,
        # unit o is  sum over i of windows[n, i, p] * weight[o, i, p] + bias[o, p].
        windows = F.unfold(images, self.kernel_size, padding=self.kernel_size // 2)
        return pydl.einsum("nip,oip->nop", windows, self.weight) + self.bias


def layer(kind, side, units):
    """So many units at each of side x side places, seen as one long vector."""
    if kind == "full":
        return nn.Sequential(nn.Flatten(), nn.Linear(side**2, units * side**2))
    if kind == "local":
        return nn.Sequential(LocallyConnected2d(1, units, 3, side), nn.Flatten())
    return nn.Sequential(nn.Conv2d(1, units, 3, padding=1), nn.Flatten())


def network(kind):
    """One such layer of ten units, and one that decides from all of them."""
    return nn.Sequential(layer(kind, 8, 10), nn.ReLU(), nn.Linear(10 * 8 * 8, 10))


def count(kind, side, units):
    """Weights and biases of a layer, without making it: the largest would fill terabytes."""
    weights = side**2 if kind == "full" else 3 * 3
    return (weights + 1) * (units if kind == "shared" else units * side**2)


def digits(seed):
    """Training images and labels (half of them), test images and labels (the other half)."""
    images, labels = load_digits(return_X_y=True)
    halves = np.array_split(np.random.default_rng(seed).permutation(len(labels)), 2)
    images = pydl.tensor(images / 16.0, dtype=pydl.float32).reshape(-1, 1, 8, 8)
    return [part for half in halves for part in (images[half], pydl.tensor(labels[half]))]


def accuracy(model, images, labels):
    with pydl.no_grad():
        return (model(images).argmax(dim=1) == labels).float().mean().item()


def train(model, data, epochs, name):
    """Fit the model; its accuracy on the test images after each epoch."""
    optimizer = optim.Adam(model.parameters(), lr=1e-3)
    loader = DataLoader(TensorDataset(*data[:2]), batch_size=32, shuffle=True)
    curve = []
    for _ in (bar := tqdm(range(epochs), desc=f"{name:6}", unit="epoch")):
        for batch, answers in loader:
            loss = F.cross_entropy(model(batch), answers)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        curve.append(accuracy(model, *data[2:]))
        bar.set_postfix(loss=f"{loss.item():.4f}", accuracy=f"{curve[-1]:.2%}")
    return curve


def picture(models, curves, theirs):
    """What two units of each network look at; how many weights that takes; how well it reads digits."""
    figure = plt.figure(figsize=(13, 4.8), layout="constrained")
    left, right = figure.subfigures(1, 2, width_ratios=(1, 1.9))
    left.suptitle("the weights of one unit at two places")
    axes = left.subplots(3, 2, subplot_kw={"xticks": [], "yticks": []})
    for row, kind in zip(axes, KINDS, strict=True):
        row[0].set_ylabel(kind, fontsize=12, color=KINDS[kind])
        for axis, place in zip(row, [(2, 2), (5, 5)], strict=True):
            # The derivative of a unit with respect to the pixels is its weights.
            pixels = pydl.zeros(1, 1, 8, 8, device=models[kind][2].weight.device, requires_grad=True)
            models[kind][0](pixels).reshape(10, 8, 8)[0][place].backward()
            weights = np.ma.masked_equal(pixels.grad[0, 0].cpu().numpy(), 0)
            axis.imshow(weights, cmap="RdBu_r", vmin=-0.6, vmax=0.6)
            axis.set(facecolor="0.85", title=f"at {place}")
    bars, lines = right.subplots(1, 2)
    cases = {"8 x 8\n10 units": (8, 10), "28 x 28\n10 units": (28, 10), "256 x 256\n1000 units": (256, 1000)}
    for number, kind in enumerate(KINDS):
        counts = [count(kind, *case) for case in cases.values()]
        drawn = bars.bar(np.arange(3) + 0.27 * (number - 1), counts, width=0.25, color=KINDS[kind], label=kind)
        bars.bar_label(drawn, fmt=EngFormatter(places=0, sep=""), fontsize=8)
        lines.plot(range(1, len(curves[kind]) + 1), curves[kind], color=KINDS[kind], label=kind)
    bars.set(yscale="log", ylabel="weights and biases of the layer", title="how many there are to learn")
    bars.set_xticks(range(3), cases)
    bars.legend()
    lines.axhline(theirs, color="0.4", linestyle="--", label="logistic regression (scikit-learn)")
    lines.set(xlabel="epoch", ylabel="accuracy on the held-out half", title="how well they read 8 x 8", ylim=(0.8, 1))
    lines.legend(loc="lower right")
    return figure


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--plot", metavar="FILE", help="draw weights, counts and accuracies")
    args = parser.parse_args(argv)
    args.epochs >= 1 or parser.error("argument --epochs: expected 1 or more")
    print("weights and biases of a layer     " + "".join(f"{kind:>20}" for kind in KINDS))
    for side, units in (8, 10), (28, 10), (256, 1000):
        counts = "".join(f"{count(kind, side, units):20,}" for kind in KINDS)
        print(f"{side:3} x {side:3} pixels, {units:4} units each {counts}")
    data = [part.to(args.device) for part in digits(args.seed)]
    pydl.manual_seed(args.seed)
    models, curves = {kind: network(kind).to(args.device) for kind in KINDS}, {}
    for kind in KINDS:
        curves[kind] = train(models[kind], data, args.epochs, kind)
    x, y, test_x, test_y = (part.cpu().numpy() for part in data)
    theirs = LogisticRegression(max_iter=1000).fit(x.reshape(-1, 64), y).score(test_x.reshape(-1, 64), test_y)
    if args.plot:
        plt.switch_backend("Agg")
        picture(models, curves, theirs).savefig(args.plot, dpi=120)
    told = ", ".join(f"{kind} {curves[kind][-1]:.2%}" for kind in KINDS)
    print(f"accuracy on the held-out half: {told} (scikit-learn's logistic regression: {theirs:.2%})")


if __name__ == "__main__":
    main()
