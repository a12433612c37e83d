"""Linear regression: how does a disease progress? 442 real patients, ten measurements each (scikit-learn's diabetes).

    python examples/regression.py --plot regression.png
    python examples/regression.py --epochs 300              stop early: which weights have not arrived?

First with two measurements, where the loss is a bowl that can be drawn, then with all ten."""

import argparse

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_diabetes
from sklearn.linear_model import LinearRegression
from tqdm import tqdm

import pydl
from pydl import metrics, nn, optim
from pydl.nn import functional as F
from pydl.utils.data import TensorDataset, random_split

NAMES = ["age", "sex", "BMI", "pressure", "chol.", "LDL", "HDL", "chol./HDL", "triglyc.", "glucose"]
PAIR = [2, 3]  # body mass index and blood pressure
START = [-40.0, 60.0]  # where the path of the two weights begins


def patients(seed, device="cpu"):
    """Measurements and progression after a year, of four fifths to learn from and of one fifth to be judged on."""
    data = load_diabetes(scaled=False)
    inputs, targets = pydl.from_numpy(data.data), pydl.from_numpy(data.target).unsqueeze(1)
    split = random_split(TensorDataset(inputs, targets), [0.8, 0.2], generator=pydl.Generator().manual_seed(seed))
    (inputs, targets), (test_inputs, test_targets) = (part[:] for part in split)
    # Years, mmHg and mg/dl become one unit, the standard deviation: then one learning rate suits all weights.
    mean, deviation = inputs.mean(dim=0), inputs.std(dim=0, correction=0)
    inputs, test_inputs = (inputs - mean) / deviation, (test_inputs - mean) / deviation
    return [tensor.to(device) for tensor in (inputs, targets, test_inputs, test_targets)]


def train(model, inputs, targets, epochs, lr):
    """Gradient descent on the mean squared error, all patients at once; returns the path of the weights."""
    optimizer = optim.SGD(model.parameters(), lr=lr)
    path = [model.weight.detach()[0].tolist()]
    bar = tqdm(range(epochs), unit="epoch")
    for epoch in bar:
        loss = F.mse_loss(model(inputs), targets)  # L = mean of (w·x + b - y)²
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()  # w ← w - lr ∂L/∂w
        path.append(model.weight.detach()[0].tolist())
        if epoch % 100 == 0:
            bar.set_postfix(loss=f"{loss.item():.1f}")
    return np.array(path)


def bowl(inputs, targets, first, second):
    """The loss for every pair of weights on a grid. The best b is the mean of y, as the inputs' means are 0."""
    weights = pydl.tensor(np.stack(np.meshgrid(first, second)).reshape(2, -1))
    predicted = inputs.cpu() @ weights + targets.cpu().mean()
    return ((predicted - targets.cpu()) ** 2).mean(dim=0).reshape(len(second), len(first)).numpy()


def picture(inputs, targets, path, model, reference):
    """The bowl with the path of the two weights, the same from above, and all ten weights beside scikit-learn's."""
    figure = plt.figure(figsize=(13, 4.5), layout="constrained")
    left, middle, right = figure.subfigures(1, 3, width_ratios=(1.15, 1, 1))
    first, second = np.linspace(-55, 105, 65), np.linspace(-70, 90, 65)
    loss = bowl(inputs, targets, first, second)
    along = np.array([bowl(inputs, targets, [a], [b])[0, 0] for a, b in path])

    axis = left.add_subplot(projection="3d", computed_zorder=False)
    axis.plot_surface(*np.meshgrid(first, second), loss / 1000, cmap="viridis", alpha=0.75, linewidth=0)
    axis.plot(*path.T, along / 1000, color="tab:red", marker="o", markersize=3)
    axis.set(xlabel="weight of BMI", ylabel="weight of blood pressure", zlabel="mean squared error / 1000")
    axis.set(xticks=[-50, 0, 50, 100], yticks=[-50, 0, 50], zticks=[5, 10, 15, 20, 25])
    axis.view_init(elev=35, azim=-55)
    axis.set_box_aspect(None, zoom=0.88)
    left.suptitle("The loss is a bowl; each step goes downhill")

    axis = middle.add_subplot()
    axis.contour(first, second, loss, levels=loss.min() * np.geomspace(1.01, loss.max() / loss.min(), 14))
    axis.plot(*path.T, color="tab:red", marker="o", markersize=4, label="gradient descent")
    least = np.linalg.lstsq(inputs.cpu().numpy(), (targets - targets.mean()).cpu().numpy())[0][:, 0]
    axis.plot(*least, color="black", marker="*", markersize=13, linestyle="none", label="solved at once")
    axis.set(xlabel="weight of BMI", ylabel="weight of blood pressure", aspect="equal")
    axis.legend(loc="upper center", bbox_to_anchor=(0.5, -0.13), ncols=2, fontsize=8)
    middle.suptitle("The same bowl from above")

    axis = right.add_subplot()
    place = np.arange(len(NAMES))
    axis.barh(place - 0.2, model.weight.detach().cpu()[0].numpy(), height=0.4, label="pydl, step by step")
    axis.barh(place + 0.2, reference.coef_[0], height=0.4, color="tab:orange", label="scikit-learn, at once")
    axis.axvline(0, color="black", linewidth=0.8)
    axis.set_yticks(place, NAMES)
    axis.invert_yaxis()
    axis.set_xlabel("change of progression per standard deviation")
    axis.legend(loc="upper center", bbox_to_anchor=(0.5, -0.13), ncols=2, fontsize=8)
    right.suptitle("All ten weights")
    return figure


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=0, help="which patients are held out, and where the weights start")
    parser.add_argument("--epochs", type=int, default=8000, help="steps of gradient descent, all patients at once")
    parser.add_argument("--lr", type=float, default=0.2)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--plot", metavar="FILE", help="write the picture")
    args = parser.parse_args(argv)
    pydl.manual_seed(args.seed)
    inputs, targets, test_inputs, test_targets = patients(args.seed, args.device)

    pair = nn.Linear(2, 1, dtype=pydl.float64, device=args.device)
    with pydl.no_grad():
        pair.weight.copy_(pydl.tensor([START]))
    path = train(pair, inputs[:, PAIR], targets, epochs=40, lr=0.1)
    print(f"with two: R² {metrics.r2_score(pair(test_inputs[:, PAIR]), test_targets):.4f} on the held-out fifth")

    model = nn.Linear(10, 1, dtype=pydl.float64, device=args.device)
    train(model, inputs, targets, args.epochs, args.lr)
    reference = LinearRegression().fit(inputs.cpu().numpy(), targets.cpu().numpy())
    print(f"{'measurement':12}{'weight':>12}{'scikit-learn':>16}")
    for name, weight, other in zip(NAMES, model.weight[0].tolist(), reference.coef_[0], strict=True):
        print(f"{name:12}{weight:12.5f}{other:16.5f}")
    if args.plot:
        plt.switch_backend("Agg")
        picture(inputs[:, PAIR], targets, path, model, reference).savefig(args.plot, dpi=120)
    away = abs(model.weight.detach().cpu().numpy() - reference.coef_).max()
    ours = metrics.r2_score(model(test_inputs), test_targets)
    theirs = reference.score(test_inputs.cpu().numpy(), test_targets.cpu().numpy())
    print(f"R² on the held-out fifth: {ours:.4f} (scikit-learn's {theirs:.4f}; weights differ by at most {away:.1e})")


if __name__ == "__main__":
    main()
