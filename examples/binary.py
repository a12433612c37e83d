"""Logistic regression: is a tumour malignant? 569 real ones, thirty measurements each (scikit-learn's breast cancer).

    python examples/binary.py --plot binary.png
    python examples/binary.py --l2 0.01            hardly any penalty: what becomes of the weights and the accuracy?

Each fifth of the tumours is held out once, and judged by a model that learned from the other four."""

import argparse

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits
from tqdm import tqdm

import pydl
from pydl import nn, optim
from pydl.nn import functional as F

PAIR = [20, 21]  # "worst radius" and "worst texture", of the three largest nuclei: two of the thirty, to draw a map


def tumours(device="cpu"):
    """The measurements, and 1 for malignant, 0 for benign."""
    data = load_breast_cancer()
    return pydl.from_numpy(data.data).to(device), pydl.from_numpy(1.0 - data.target).to(device)


def fifths(targets, seed):
    """For each of five fifths: which tumours to learn from, and which held out. All have the same share malignant."""
    order = pydl.randperm(len(targets), generator=pydl.Generator().manual_seed(seed))
    order = order[targets.cpu()[order].argsort(stable=True)]  # first all benign ones, then all malignant ones
    for first in range(5):
        held_out = pydl.zeros(len(targets), dtype=pydl.bool)
        held_out[order[first::5]] = True
        yield (~held_out).nonzero().flatten(), held_out.nonzero().flatten()


def standardize(inputs, others):
    """Both in standard deviations from the mean of the first: what is held out has no say in it."""
    mean, deviation = inputs.mean(dim=0), inputs.std(dim=0)
    return (inputs - mean) / deviation, (others - mean) / deviation


def train(inputs, targets, epochs, lr, l2, bar=None):
    """Gradient descent with momentum on all examples at once."""
    model = nn.Linear(inputs.shape[1], 1, dtype=inputs.dtype, device=inputs.device)
    optimizer = optim.SGD(model.parameters(), lr=lr, momentum=0.9)
    for epoch in range(epochs):
        z = model(inputs)[:, 0]  # z = w·x + b, and p = sigmoid(z) = 1 / (1 + e^-z) is the probability of malignant
        # L = mean of -(y log p + (1 - y) log(1 - p)) + λ/2n |w|²: be right, and with small weights.
        penalty = l2 / (2 * len(inputs)) * model.weight.square().sum()
        loss = F.binary_cross_entropy_with_logits(z, targets) + penalty
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if bar is not None:
            bar.update()
            if epoch % 100 == 0:
                bar.set_postfix(loss=f"{loss.item():.4f}")
    return model


def picture(inputs, targets, model, scores):
    """The map of two measurements with the decision boundary; and all held-out tumours on the logistic curve."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4.8), layout="constrained")
    first, second = np.linspace(5, 38, 150), np.linspace(10, 52, 150)
    grid = pydl.tensor(np.stack(np.meshgrid(first, second), axis=-1).reshape(-1, 2), device=inputs.device)
    with pydl.no_grad():
        probability = model(standardize(inputs[:, PAIR], grid)[1]).sigmoid().cpu().reshape(150, 150).numpy()
    shades = left.contourf(first, second, probability, levels=np.linspace(0, 1, 11), cmap="PuOr_r", alpha=0.6)
    left.contour(first, second, probability, levels=[0.5], colors="black", linewidths=2)
    left.plot([], [], color="black", linewidth=2, label="decision boundary: p = 0.5, z = 0")
    figure.colorbar(shades, ax=left, label="predicted probability of malignant")
    kinds = ((0, "benign", "tab:purple", "o"), (1, "malignant", "tab:orange", "^"))
    style = {"s": 16, "edgecolor": "black", "linewidth": 0.4}
    places = inputs[:, PAIR].cpu().numpy()
    targets, scores = targets.cpu().numpy(), scores.cpu().numpy()
    for kind, name, color, marker in kinds:
        left.scatter(*places[targets == kind].T, color=color, marker=marker, label=name, **style)
    left.set(xlabel="radius of the largest nuclei", ylabel="texture: deviation of their grey levels")
    left.set_title("Two measurements: the boundary is a line")
    left.legend(loc="lower right", fontsize=8)

    z = np.linspace(-16, 16, 200)
    right.plot(z, 1 / (1 + np.exp(-z)), color="black", label="sigmoid(z)")
    right.axvline(0, color="black", linestyle=":")
    jitter = np.random.default_rng(0).uniform(-0.035, 0.035, len(scores))  # else the marks hide each other
    for kind, name, color, marker in kinds:
        chosen = targets == kind
        wrong = ((scores[chosen] > 0) != kind).sum()
        label = f"{name}: {wrong} of {chosen.sum()} wrong"
        clipped = scores[chosen].clip(-15, 15)
        right.scatter(clipped, targets[chosen] + jitter[chosen], color=color, marker=marker, label=label, **style)
    right.set(xlabel="z = w·x + b (beyond ±15: drawn there)", ylabel="probability of malignant; the truth is 0 or 1")
    right.set_title("All thirty: each tumour judged while it was held out")
    right.legend(loc="center left", fontsize=8)
    return figure


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=0, help="how the tumours are dealt into fifths")
    parser.add_argument("--epochs", type=int, default=4000, help="steps of gradient descent for each fifth")
    parser.add_argument("--lr", type=float, default=0.1)
    parser.add_argument("--l2", type=float, default=2.0, help="how much large weights are punished")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--plot", metavar="FILE", help="write the picture")
    args = parser.parse_args(argv)
    pydl.manual_seed(args.seed)
    inputs, targets = tumours(args.device)

    scores, theirs, away = pydl.zeros_like(targets), pydl.zeros_like(targets), 0.0
    # One thread: for a set so small, scikit-learn's would spend their time waiting for each other.
    with threadpool_limits(1), tqdm(total=5 * args.epochs, unit="epoch") as bar:
        for train_set, test_set in fifths(targets, args.seed):
            train_inputs, test_inputs = standardize(inputs[train_set], inputs[test_set])
            model = train(train_inputs, targets[train_set], args.epochs, args.lr, args.l2, bar)
            scores[test_set] = model(test_inputs).detach()[:, 0]
            # scikit-learn minimizes C · (sum of the losses) + |w|²/2: the same with C = 1/λ, solved another way.
            reference = LogisticRegression(C=1 / args.l2, tol=1e-10, max_iter=10_000)
            reference.fit(train_inputs.cpu().numpy(), targets[train_set].cpu().numpy())
            theirs[test_set] = pydl.from_numpy(reference.decision_function(test_inputs.cpu().numpy())).to(args.device)
            away = max(away, abs(model.weight.detach().cpu().numpy() - reference.coef_).max())
    malignant = scores > 0
    print(f"malignant but called benign: {(~malignant & (targets == 1)).sum().item()} of {int(targets.sum())}")
    print(f"benign but called malignant: {(malignant & (targets == 0)).sum().item()} of {int((1 - targets).sum())}")
    if args.plot:
        plt.switch_backend("Agg")
        pair = train(standardize(inputs[:, PAIR], inputs[:, PAIR])[0], targets, 1000, args.lr, args.l2)
        picture(inputs, targets, pair, scores).savefig(args.plot, dpi=120)
    ours, theirs = (((z > 0) == (targets == 1)).double().mean().item() for z in (scores, theirs))
    print(
        f"accuracy on held-out fifths: {ours:.2%} (scikit-learn's {theirs:.2%}; weights differ by at most {away:.1e})"
    )


if __name__ == "__main__":
    main()
