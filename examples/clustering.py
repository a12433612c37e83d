"""k-means finds groups that nobody named: digits are grouped by how they look, without a single label.

    python examples/clustering.py --plot clustering.png        1797 digits of 8 x 8 pixels, from scikit-learn; seconds

Two steps in turn: every image joins the nearest of ten centres; every centre moves to the mean of its images. Each step
makes the sum of squared distances smaller, so it must end, but it may end badly: where one begins matters. k-means++
begins with centres far from each other, and the best of several runs is kept. The labels only judge, at the end."""

import argparse

import matplotlib.pyplot as plt
import numpy as np
from sklearn.cluster import KMeans
from sklearn.datasets import load_digits
from sklearn.metrics import adjusted_rand_score
from tqdm import tqdm

import pydl


def squared_distances(points, centres):
    """Of every point to every centre: |x - c|^2 = |x|^2 - 2 x c + |c|^2, which rounding must not make negative."""
    squares = points.square().sum(dim=1, keepdim=True) + centres.square().sum(dim=1)
    return (squares - 2 * points @ centres.t()).clamp(min=0)


def plus_plus(points, count):
    """k-means++: a random point, then again and again one that is drawn in proportion to its squared distance to the
    nearest centre so far."""
    centres = points[pydl.randint(len(points), (1,), device=points.device)]
    while len(centres) < count:
        far = squared_distances(points, centres).amin(dim=1)
        if far.sum() == 0:  # fewer different points than centres
            far = pydl.ones_like(far)
        centres = pydl.cat([centres, points[pydl.multinomial(far, 1)]])
    return centres


def lloyd(points, centres, iterations):
    """The two steps in turn, until nothing changes: centres, the centre of each point, the sum of squares each time."""
    sums, count = [], len(centres)
    for _ in range(iterations):
        distance, nearest = squared_distances(points, centres).min(dim=1)
        sums.append(distance.sum().item())
        if len(sums) > 1 and sums[-1] >= sums[-2]:
            break
        members = nearest.bincount(minlength=count)
        # The sum of the points of every centre at once: row c of this matrix is 1 for the points of centre c.
        belongs = (nearest == pydl.arange(count, device=points.device).unsqueeze(1)).to(points.dtype)
        centres = belongs @ points / members.clamp(min=1).unsqueeze(1)
        # A centre that nobody is nearest to would be lost: it starts again at a point that is farthest from its own.
        empty = (members == 0).nonzero().flatten()
        centres[empty] = points[distance.topk(len(empty)).indices]
    return centres, squared_distances(points, centres).argmin(dim=1), sums


def kmeans(points, count, restarts=10, iterations=300):
    """The best of several runs, and the sums of squares of all of them."""
    if not 1 <= count <= len(points):
        raise ValueError(f"kmeans: expected 1 to {len(points)} clusters of {len(points)} points, got {count}")
    best, histories = None, []
    for _ in (bar := tqdm(range(restarts), unit="run")):
        centres, nearest, sums = lloyd(points, plus_plus(points, count), iterations)
        histories.append(sums)
        if best is None or sums[-1] < best[2]:
            best = centres, nearest, sums[-1]
        bar.set_postfix(loss=f"{best[2]:.1f}")
    return *best, histories


def digits(device="cpu"):
    """All images as points in a space of 64 dimensions, and what they show, for the judge."""
    images, labels = load_digits(return_X_y=True)
    return pydl.tensor(images / 16.0, dtype=pydl.float32, device=device), labels


def picture(centres, nearest, labels, histories):
    """The centres as images; which digits each took; the way down of every run."""
    figure = plt.figure(figsize=(13, 4.5), layout="constrained")
    table = np.zeros((len(centres), 10), dtype=int)
    np.add.at(table, (nearest.cpu().numpy(), labels), 1)
    order = np.argsort(table.argmax(axis=1), kind="stable")  # centres in the order of the digit that most members show
    left, right = figure.subfigures(1, 2, width_ratios=(1, 1.9))
    left.suptitle("the centres: means of their images")
    rows = -(-len(centres) // 4)
    for number, cluster in enumerate(order):
        axis = left.add_subplot(rows, 4, number + 1, xticks=[], yticks=[])
        axis.imshow(centres[cluster].cpu().numpy().reshape(8, 8), cmap="gray_r")
        axis.set_title("ABCDEFGHIJKLMNOPQRSTUVWXYZ"[number], fontsize=10, pad=2)
    shares, ways = right.subplots(1, 2)
    shares.imshow(table[order], cmap="Blues")
    for row, cluster in enumerate(order):
        for digit in range(10):
            if number := table[cluster, digit]:
                dark = number > table.max() / 2
                shares.text(digit, row, number, ha="center", va="center", fontsize=8, color="white" if dark else "0.2")
    shares.set(
        xlabel="digit that was meant", ylabel="centre", title="how many images each centre took", xticks=range(10)
    )
    shares.set_yticks(range(len(order)), "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[: len(order)])
    best = min(range(len(histories)), key=lambda run: histories[run][-1])
    for run, sums in enumerate(histories):
        colour, width, order = ("#D55E00", 2.5, 3) if run == best else ("0.6", 1, 2)
        ways.plot(sums, color=colour, linewidth=width, zorder=order, label="the best run" if run == best else None)
    ways.set(xlabel="step", ylabel="sum of squared distances", title=f"{len(histories)} runs: many get stuck")
    ways.set_ylim(top=max(sums[min(1, len(sums) - 1)] for sums in histories))
    ways.legend()
    return figure


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=int, default=300, help="steps of a run, at most")
    parser.add_argument("--clusters", type=int, default=10, choices=range(2, 27), metavar="2..26")
    parser.add_argument("--restarts", type=int, default=20, help="runs, of which the best is kept")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--plot", metavar="FILE", help="draw centres and clusters")
    args = parser.parse_args(argv)
    pydl.manual_seed(args.seed)
    points, labels = digits(args.device)
    centres, nearest, total, histories = kmeans(points, args.clusters, args.restarts, args.epochs)
    theirs = KMeans(args.clusters, n_init=args.restarts, random_state=args.seed).fit(points.cpu().numpy())
    rand, their_rand = (adjusted_rand_score(labels, found) for found in (nearest.cpu().numpy(), theirs.labels_))
    if args.plot:
        plt.switch_backend("Agg")
        picture(centres, nearest, labels, histories).savefig(args.plot, dpi=120)
    print(f"adjusted Rand index with the labels: {rand:.3f} (scikit-learn's k-means: {their_rand:.3f})")
    print(f"sum of squared distances, which k-means makes small: {total:.1f} (scikit-learn's: {theirs.inertia_:.1f})")


if __name__ == "__main__":
    main()
