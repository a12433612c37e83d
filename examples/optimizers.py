"""Seven optimizers race downhill: on Beale's function, over a saddle, and along a valley that is long and curved.

    python examples/optimizers.py --plot optimizers.gif        the race, and as a still: optimizers.png
    python examples/optimizers.py --seed 1                     another start: who wins now?

Each gets the learning rate with which it is the fastest, of twelve that are tried."""

import argparse
from functools import partial
from math import hypot

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.animation import PillowWriter
from tqdm import tqdm

import pydl
from pydl import optim

NEAR = 0.05  # the race is over within this distance of a minimum
RATES = [5.0, 2.0, 1.0, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001]
OPTIMIZERS = {
    "SGD": optim.SGD,
    "Momentum": partial(optim.SGD, momentum=0.9),
    "NAG": partial(optim.SGD, momentum=0.9, nesterov=True),
    "Adagrad": optim.Adagrad,
    "Adadelta": optim.Adadelta,
    "RMSprop": optim.RMSprop,
    "Adam": optim.Adam,
}
PALETTE = ["black", "#e69f00", "#56b4e9", "#009e73", "#0072b2", "#d55e00", "#cc79a7"]
COLORS = dict(zip(OPTIMIZERS, PALETTE, strict=True))


def beale(x, y):
    return (1.5 - x + x * y) ** 2 + (2.25 - x + x * y**2) ** 2 + (2.625 - x + x * y**3) ** 2


def saddle(x, y):
    return 5 * x**2 - y**2 + y**4 / 4 + 1


def valley(x, y):
    return (1 - x) ** 2 + 10 * (y - x**2) ** 2


# Height, start, where the minima are (known in closed form), and the window to look at: left, right, bottom, top.
LANDSCAPES = {
    "Beale's function": (beale, (0.6, 1.3), [(3, 0.5)], (-1, 4.5, -2, 2)),
    "a saddle": (saddle, (-1.5, 0.001), [(0, 2**0.5), (0, -(2**0.5))], (-2, 2, -2.5, 2.5)),
    "a long valley": (valley, (-1.4, 1.6), [(1, 1)], (-2, 2, -1, 3)),
}


def race(height, start, minima, window, optimizer, rate, steps, device):
    """The path to a minimum as an array, or None: it left the window, or was not there after so many steps."""
    x, y = (pydl.tensor(place, dtype=pydl.float64, device=device, requires_grad=True) for place in start)
    optimizer = optimizer([x, y], lr=rate)
    path, (left, right, bottom, top) = [start], window
    for _ in range(steps):
        loss = height(x, y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        here = x.item(), y.item()
        path.append(here)
        if not (left < here[0] < right and bottom < here[1] < top):
            return None
        if min(hypot(here[0] - goal[0], here[1] - goal[1]) for goal in minima) < NEAR:
            return np.array(path)
    return None


def races(seed, steps, device="cpu"):
    """For each landscape the fastest path of each optimizer, and its learning rate."""
    results, bar = {}, tqdm(total=len(LANDSCAPES) * len(OPTIMIZERS) * len(RATES), unit="race")
    for title, (height, start, minima, window) in LANDSCAPES.items():
        jitter = 0.05 * pydl.randn(2, generator=pydl.Generator().manual_seed(seed))
        start = (pydl.tensor(start) * (1 + jitter)).tolist()
        best = results[title] = {}
        for name, optimizer in OPTIMIZERS.items():
            limit = steps
            for rate in RATES:
                path = race(height, start, minima, window, optimizer, rate, limit, device)
                if path is not None:
                    best[name] = path, rate
                    limit = len(path) - 2  # from now on, only who is faster is of interest
                    bar.set_postfix(loss=f"{height(*path[-1]):.4f}", steps=len(path) - 1, refresh=False)
                bar.update()
    return results


def picture(results):
    """The three landscapes from above with all paths, and how many steps they are long."""
    figure, axes = plt.subplots(1, 3, figsize=(14, 6.4), layout="constrained")
    for axis, (title, best) in zip(axes, results.items(), strict=True):
        height, _, minima, (left, right, bottom, top) = LANDSCAPES[title]
        across, up = np.meshgrid(np.linspace(left, right, 200), np.linspace(bottom, top, 200))
        axis.contourf(across, up, np.log10(height(across, up) + 0.03), levels=30, cmap="Greys", alpha=0.4)
        for place, (name, (path, rate)) in enumerate(best.items()):
            style = {"color": COLORS[name], "linewidth": 4 - 0.4 * place, "marker": "o", "markevery": [-1]}
            axis.plot(*path.T, label=f"{name}: {len(path) - 1} ({rate:g})", **style)
        axis.plot(*path[0], color="black", marker="s", markersize=8, label="_start")
        axis.plot(*np.array(minima).T, color="red", marker="*", markersize=15, linestyle="none", label="_goals")
        axis.set(xlim=(left, right), ylim=(bottom, top), xlabel="x", ylabel="y", title=title)
        axis.legend(loc="upper center", bbox_to_anchor=(0.5, -0.12), ncols=2, title="steps (learning rate)")
    figure.suptitle("From the square to a star, a minimum. Grey is the height: dark is high")
    return figure


def animate(results, path, frames):
    """The same as a GIF: all walk at once, slowly at first, then faster and faster."""
    figure = picture(results)
    figure.set_dpi(65)
    figure.draw_without_rendering()
    figure.set_layout_engine("none")  # as it is now: nothing jumps about
    paths = {line: line.get_xydata() for axis in figure.axes for line in axis.lines if line.get_label()[0] != "_"}
    with (writer := PillowWriter(fps=10)).saving(figure, path, dpi=figure.dpi):
        for step in np.unique(np.geomspace(1, max(map(len, paths.values())), frames).astype(int)):
            for line, points in paths.items():
                line.set_data(points[: step + 1].T)
            writer.grab_frame()


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=0, help="where exactly they start")
    parser.add_argument("--epochs", type=int, default=3000, help="the most steps that a race may take")
    parser.add_argument("--frames", type=int, default=40, help="of the moving picture")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--plot", metavar="FILE", help="write the picture; a FILE.gif moves, and FILE.png is its end")
    args = parser.parse_args(argv)
    results = races(args.seed, args.epochs, args.device)
    print("steps (rate)" + "".join(f"{title:>20}" for title in results))
    for name in OPTIMIZERS:
        cells = [f"{len(best[name][0]) - 1} ({best[name][1]:g})" if name in best else "-" for best in results.values()]
        print(f"{name:12}" + "".join(f"{cell:>20}" for cell in cells))
    if args.plot:
        plt.switch_backend("Agg")
        if args.plot.endswith(".gif"):
            animate(results, args.plot, args.frames)
        picture(results).savefig(args.plot.replace(".gif", ".png"), dpi=110)
    first = [min((len(path) - 1, name) for name, (path, _) in best.items()) for best in results.values() if best]
    arrived, names = sum(map(len, results.values())), ", ".join(f"{name} ({steps} steps)" for steps, name in first)
    print(f"within {NEAR} of a known minimum: {arrived} of {len(OPTIMIZERS) * len(LANDSCAPES)}; first there: {names}")


if __name__ == "__main__":
    main()
