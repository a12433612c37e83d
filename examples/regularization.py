"""Overfitting, and four cures: L1, L2, dropout, early stopping. On two noisy half moons, 60 points to learn from.

    python examples/regularization.py --plot regularization.png
    python examples/regularization.py --points 1000        the fifth cure: more data

As the points are made here, the best that anybody can do is known: to choose the moon that is likelier at a place."""

import argparse

import matplotlib.pyplot as plt
import numpy as np
from tqdm import tqdm

import pydl
from pydl import metrics, nn, optim
from pydl.nn import functional as F

NOISE = 0.35
# How each run differs: L = cross-entropy + l1 Σ|w| + l2/2 Σw²
CURES = {
    "no cure": {},
    "L1": {"l1": 3.5e-3},
    "L2": {"l2": 1.5e-2},
    "dropout": {"dropout": 0.8},
    "early stopping": {"patience": 60},
}


def arcs(angle):
    """Where the two half moons are without noise: at each angle, a place on the upper and one on the lower moon."""
    upper = pydl.stack([angle.cos(), angle.sin()], dim=-1)
    return upper, pydl.tensor([1.0, 0.5]) - upper


def moons(count):
    """Noisy points, half of them from each moon, and which moon: 0 is the upper, 1 the lower."""
    points = pydl.cat(arcs(np.pi * pydl.rand(count // 2)))
    return points + NOISE * pydl.randn(points.shape), pydl.arange(2).repeat_interleave(count // 2)


def best_possible(points):
    """The truth's own log probabilities of the two moons: Bayes' rule, as the noise is known to be Gaussian."""
    angles = np.pi * (pydl.arange(400) + 0.5) / 400
    squares = [pydl.cdist(points, arc) ** 2 for arc in arcs(angles)]
    return pydl.stack([(-square / (2 * NOISE**2)).logsumexp(dim=1) for square in squares], dim=1).log_softmax(dim=1)


def mlp(dropout=0.0):
    """Far more weights than points: enough to learn every point by heart."""
    hidden = nn.Linear(2, 100), nn.ReLU(), nn.Dropout(dropout), nn.Linear(100, 100), nn.ReLU(), nn.Dropout(dropout)
    return nn.Sequential(*hidden, nn.Linear(100, 2))


def evaluate(model, points, labels):
    """Loss and accuracy, with dropout off."""
    model.eval()
    with pydl.no_grad():
        scores = model(points)
        return F.cross_entropy(scores, labels).item(), metrics.accuracy(scores, labels)


def train(sets, epochs, bar, l1=0.0, l2=0.0, dropout=0.0, patience=None):
    """Adam on all points at once. Returns the model and its curves: epoch, training loss, test loss."""
    points, labels = sets["training"]
    model = mlp(dropout).to(points.device)
    weights = [layer.weight for layer in model if isinstance(layer, nn.Linear)]
    optimizer = optim.Adam(model.parameters(), lr=3e-3)
    curves, least, best_epoch, best = [], np.inf, 0, None
    for epoch in range(epochs + 1):
        if epoch % 10 == 0:
            curves.append((epoch, evaluate(model, points, labels)[0], evaluate(model, *sets["test"])[0]))
        if patience is not None:
            # Points set aside tell when it starts to get worse; what counts is the model of the best moment.
            if (loss := evaluate(model, *sets["validation"])[0]) < least:
                least, best_epoch = loss, epoch
                best = {name: value.clone() for name, value in model.state_dict().items()}
            elif epoch - best_epoch >= patience:
                break
        model.train()
        penalty = sum(l1 * weight.abs().sum() + l2 / 2 * weight.square().sum() for weight in weights)
        loss = F.cross_entropy(model(points), labels) + penalty
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        bar.update()
        bar.set_postfix(loss=f"{loss.item():.4f}", refresh=False)
    if best is not None:
        model.load_state_dict(best)
    return model, np.array(curves)


def picture(sets, results, floor):
    """For each run: the map it makes of the plane, and the two curves with the gap between them."""
    figure, axes = plt.subplots(2, len(results), figsize=(15, 6.2), sharex="row", sharey="row", layout="constrained")
    points, labels = (tensor.cpu() for tensor in sets["training"])
    across, up = np.meshgrid(np.linspace(-2.2, 3.2, 120), np.linspace(-1.8, 2.3, 120))
    grid = pydl.tensor(np.stack([across, up], axis=-1).reshape(-1, 2).astype(np.float32))
    ideal = best_possible(grid)[:, 1].exp().reshape(120, 120).numpy()
    for (above, below), (name, (model, curves)) in zip(axes.T, results.items(), strict=True):
        lower = model(grid.to(sets["test"][0].device)).softmax(dim=1)[:, 1].detach().cpu().reshape(120, 120).numpy()
        shades = above.contourf(across, up, lower, levels=np.linspace(0, 1, 11), cmap="PuOr_r", alpha=0.7)
        above.contour(across, up, ideal, levels=[0.5], colors="black", linestyles="--")
        for kind, color, marker in ((0, "tab:purple", "o"), (1, "tab:orange", "^")):
            above.scatter(*points[labels == kind].numpy().T, color=color, marker=marker, s=18, ec="black", lw=0.5)
        above.set(title=name, xlabel="x")
        epoch, train_loss, test_loss = curves.T
        below.plot(epoch, train_loss, color="tab:blue", label="training points")
        below.plot(epoch, test_loss, color="tab:red", label="new points")
        below.fill_between(epoch, train_loss, test_loss, color="tab:red", alpha=0.12)
        below.axhline(floor, color="black", linestyle="--", label="best possible")
        below.set(xlabel="epoch", ylim=(0, 1.3))
    axes[0, 0].set_ylabel("y")
    axes[1, 0].set_ylabel("cross-entropy")
    below.legend(loc="upper right", fontsize=8)
    figure.colorbar(shades, ax=axes[0], label="p(lower moon); dashed: the truth", ticks=[0, 0.5, 1])
    return figure


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=int, default=1000, help="steps of Adam, all points at once")
    parser.add_argument("--points", type=int, default=60, help="how many points to learn from")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--plot", metavar="FILE", help="write the picture")
    args = parser.parse_args(argv)
    pydl.manual_seed(args.seed)
    counts = {"training": args.points, "validation": args.points, "test": 4000}
    sets = {name: [tensor.to(args.device) for tensor in moons(count)] for name, count in counts.items()}
    with tqdm(total=len(CURES) * args.epochs, unit="epoch") as bar:
        results = {name: train(sets, args.epochs, bar, **cure) for name, cure in CURES.items()}
    print(f"{'':16}{'training loss':>15}{'test loss':>11}{'gap':>8}{'test accuracy':>15}{'weights < 0.01':>16}")
    gaps = []
    for name, (model, _) in results.items():
        (train_loss, _), (test_loss, accuracy) = evaluate(model, *sets["training"]), evaluate(model, *sets["test"])
        small = (pydl.cat([w.flatten() for w in model.parameters()]).abs() < 0.01).float().mean().item()
        gaps.append(f"{name} {test_loss - train_loss:.3f}")
        print(f"{name:16}{train_loss:15.3f}{test_loss:11.3f}{test_loss - train_loss:8.3f}{accuracy:15.1%}{small:16.1%}")
    truth, labels = best_possible(sets["test"][0].cpu()), sets["test"][1].cpu()
    floor = F.nll_loss(truth, labels).item()
    print(f"{'best possible':31}{floor:11.3f}{metrics.accuracy(truth, labels):23.1%}")
    if args.plot:
        plt.switch_backend("Agg")
        picture(sets, results, floor).savefig(args.plot, dpi=120)
    print(f"gap between test and training loss: {', '.join(gaps)}")


if __name__ == "__main__":
    main()
