"""Forward and backward through one small graph: where gradients come from, and that they are right.

    python examples/backprop.py --plot backprop.png     draw the graph with its values and gradients
    python examples/backprop.py --seed 3                other numbers

The expression is what one neuron gets wrong, f = (tanh(w x + b) - y)^2 + w^2: its answer is to be y, its weight small.
Forward computes every value from those before it, and the tape remembers how. Backward starts with df/df = 1 and
goes the same way back: a value's gradient is the sum, over everything made from it, of

    (gradient of what was made)  times  (how fast that changes with the value).

The proof: nudge a value, compute again, and see how much f moves.
An epoch is one step of w and b down their gradients."""

import argparse

import matplotlib.pyplot as plt
from tqdm import tqdm

import pydl
from pydl import optim
from pydl.utils.draw import make_dot

# Each value from those before it.
STEPS = {
    "p": lambda v: v["w"] * v["x"],
    "s": lambda v: v["p"] + v["b"],
    "a": lambda v: v["s"].tanh(),
    "e": lambda v: v["a"] - v["y"],
    "q": lambda v: v["e"] ** 2,
    "r": lambda v: v["w"] ** 2,
    "f": lambda v: v["q"] + v["r"],
}
FORMULAS = {"p": "w x", "s": "p + b", "a": "tanh s", "e": "a - y", "q": "e²", "r": "w²", "f": "q + r"}
# Where each stands in the picture: column and row.
PLACES = {
    **{"x": (0, 2), "w": (0, 0), "b": (1, 2), "y": (3, 2)},
    **{"p": (1, 1), "s": (2, 1), "a": (3, 1), "e": (4, 1), "q": (5, 1), "r": (4, 0), "f": (6, 0.5)},
}


def leaves(seed, device="cpu"):
    """The numbers that the graph begins with, in double precision, so that a small nudge is not rounded away."""
    generator = pydl.Generator().manual_seed(seed)
    numbers = (pydl.rand(4, generator=generator, dtype=pydl.float64) * 3 - 1.5).tolist()
    return {
        name: pydl.tensor(round(number, 1), dtype=pydl.float64, device=device, requires_grad=True)
        for name, number in zip("xwby", numbers, strict=True)
    }


def forward(values, nudged=None, by=0.0):
    """Every value by its name; the one that is ``nudged`` is moved as soon as it is there."""
    values = dict(values)
    for name in [*values, *STEPS]:
        if name in STEPS:
            values[name] = STEPS[name](values)
        if name == nudged:
            values[name] = values[name] + by
    return values


def gradients(values):
    """Backward, once: the gradient of f for every value, and not only for the leaves, where it would stay."""
    for value in values.values():
        value.retain_grad()
    values["f"].backward()
    return {name: value.grad.item() for name, value in values.items()}


def finite_differences(start, by=1e-5):
    """The same by trying: how much f moves when a value is nudged up and down, for each value anew."""
    with pydl.no_grad():
        return {
            name: (forward(start, name, by)["f"] - forward(start, name, -by)["f"]).item() / (2 * by)
            for name in [*start, *STEPS]
        }


def descend(start, epochs, lr=0.1):
    """Let w and b follow their gradients; return f along the way."""
    w, b = (start[name].detach().clone().requires_grad_() for name in "wb")
    optimizer = optim.SGD([w, b], lr=lr)
    curve = []
    bar = tqdm(range(epochs + 1), unit="step")
    for epoch in bar:
        loss = forward({**start, "w": w, "b": b})["f"]
        curve.append(loss.item())
        bar.set_postfix(loss=f"{loss.item():.4f}", refresh=False)
        if epoch < epochs:
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return curve


def picture(values, found, tried, curve):
    """The graph with the values and gradients of its nodes, and f while w and b follow theirs."""
    figure, (top, bottom) = plt.subplots(2, 1, figsize=(12, 6.5), height_ratios=[3, 1], layout="constrained")
    boxes = {}
    styles = [{"weight": "bold", "size": 10}, {"size": 10}, {"color": "#a33b00", "size": 9}, {"size": 9}]
    for name, (column, row) in PLACES.items():
        color = "#cfe8f7" if name not in FORMULAS else "#c9ead9" if name == "f" else "#eeeeee"
        boxes[name] = plt.Rectangle((column - 0.38, row - 0.32), 0.76, 0.64, facecolor=color, edgecolor="0.5")
        top.add_patch(boxes[name])
        title = f"{name} = {FORMULAS[name]}" if name in FORMULAS else name
        lines = [title, f"{values[name].item():.4f}", f"gradient {found[name]:.4f}", f"by nudge {tried[name]:.4f}"]
        for i, (line, style) in enumerate(zip(lines, styles, strict=True)):
            top.text(column, row + 0.22 - 0.15 * i, line, ha="center", va="center", **style)
    # The arrows are those that the tape remembers; they run from box to box.
    for source, target in make_dot(values["f"], values).edges:
        ends = {"patchA": boxes[source], "patchB": boxes[target], "shrinkA": 0, "shrinkB": 0}
        arrow = {"arrowstyle": "-|>", "color": "0.4", "linewidth": 1.5, **ends}
        top.annotate("", PLACES[target], PLACES[source], arrowprops=arrow)
    top.set(xlim=(-0.45, 6.45), ylim=(-0.4, 2.4))
    top.set_title("Values go forward along the arrows, gradients of f come back against them")
    top.axis("off")
    bottom.plot(curve, color="#0072b2")
    bottom.set(xlabel="steps of w and b down their gradients", ylabel="f", xlim=(0, max(len(curve) - 1, 1)))
    bottom.grid(alpha=0.3)
    return figure


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name, default in {"--seed": 0, "--epochs": 30}.items():
        parser.add_argument(name, type=type(default), default=default)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--plot", metavar="FILE", help="write the picture")
    args = parser.parse_args(argv)
    if args.epochs < 0:
        parser.error("argument --epochs: it takes 0 or more")
    start = leaves(args.seed, args.device)
    values = forward(start)
    print("What the tape remembers:", make_dot(values["f"], values), sep="\n", end="\n\n")
    found, tried = gradients(values), finite_differences(start)
    for name in values:
        print(f"d f / d {name} = {found[name]:10.6f}, by a nudge {tried[name]:10.6f}")
    curve = descend(start, args.epochs)
    print(f"following the gradients of w and b, f goes from {curve[0]:.4f} to {curve[-1]:.4f}")
    if args.plot:
        plt.switch_backend("Agg")
        picture(values, found, tried, curve).savefig(args.plot, dpi=120)
    most, worst = max(map(abs, found.values())), max(abs(found[name] - tried[name]) for name in values)
    print(f"{len(values)} gradients, up to {most:.3f}; from finite differences at most {worst:.1e}")


if __name__ == "__main__":
    main()
