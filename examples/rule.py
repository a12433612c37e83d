"""Find the rule behind three pairs of numbers: 1 -> 10, 2 -> 12, 3 -> 14. What comes after 4?

    python examples/rule.py                       find it, and say what was tried on the way
    python examples/rule.py --plot rule.png       draw it as well
    python examples/rule.py --epochs 20           stop early: a rule that does not fit yet

Nobody tells the program the rule. It is told which rules are possible (y = w x + b, with any two numbers w and b), how
wrong one is, and how to make a wrong one a little less wrong. That is machine learning; all that follows is more of
it: more data, richer rules. An epoch is one look at all three pairs."""

import argparse

import matplotlib.pyplot as plt
import numpy as np
from tqdm import tqdm

import pydl
from pydl import nn, optim
from pydl.nn import functional as F

X = pydl.tensor([[1.0], [2.0], [3.0]])
Y = pydl.tensor([[10.0], [12.0], [14.0]])


def learn(epochs, lr, device="cpu"):
    """Begin with any rule and improve it; return the model and every hypothesis (w, b, error) on the way."""
    x, y = X.to(device), Y.to(device)
    model = nn.Linear(1, 1).to(device)  # y = w x + b, with w and b drawn at random
    optimizer = optim.SGD(model.parameters(), lr=lr)
    tried = []
    bar = tqdm(range(epochs + 1), unit="epoch")
    for epoch in bar:
        # How wrong: the squared distance between what the rule says and what is true, on average.
        loss = F.mse_loss(model(x), y)
        tried.append((model.weight.item(), model.bias.item(), loss.item()))
        bar.set_postfix(loss=f"{loss.item():.2e}", refresh=False)
        if epoch < epochs:
            # Which way is less wrong: the gradient of the error for w and b; and a small step that way.
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return model, tried


def least_squares():
    """The best w and b by the closed formula, from another library."""
    w, b = np.polyfit(X.flatten().tolist(), Y.flatten().tolist(), 1)
    return w, b


def rule(w, b):
    """A hypothesis as one would write it."""
    return f"y = {w:.3f} x {'+' if b >= 0 else '-'} {abs(b):.3f}"


def milestones(tried):
    """The epochs worth showing: 0, 1, 2, 5, 10, 20, 50, ... and the last."""
    steps = [0] + [m * 10**power for power in range(6) for m in (1, 2, 5)]
    return sorted({*(epoch for epoch in steps if epoch < len(tried)), len(tried) - 1})


def picture(tried):
    """The hypotheses as lines through the data, and their error epoch by epoch."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4.5), layout="constrained")
    shown = milestones(tried)
    colors = plt.get_cmap("viridis_r")(np.linspace(0.1, 1, len(shown)))
    ends = np.array([0.0, 5.0])
    named = {*shown[:3], shown[len(shown) // 2], shown[-1]}
    right.plot([error for _, _, error in tried], color="0.6", zorder=1)
    for epoch, color in zip(shown, colors, strict=True):
        w, b, error = tried[epoch]
        label = f"epoch {epoch}: {rule(w, b)}" if epoch in named else None
        left.plot(ends, w * ends + b, color=color, linewidth=3 if epoch == shown[-1] else 1.3, label=label)
        right.scatter(epoch, error, color=color, s=45, zorder=2)
    left.scatter(X.flatten().tolist(), Y.flatten().tolist(), color="black", s=60, zorder=3, label="the three pairs")
    w, b, _ = tried[-1]
    left.scatter(
        4, 4 * w + b, color="tab:orange", marker="*", s=250, zorder=3, label=f"what comes next: {4 * w + b:.2f}"
    )
    left.set(xlabel="x", ylabel="y", xlim=ends, ylim=(-17, 19), title="Hypotheses: from any line to the right one")
    left.legend(loc="lower right", fontsize=9)
    right.set(xlabel="epoch", ylabel="mean squared error", title="Each is a little less wrong", yscale="log")
    right.set_xscale("symlog", linthresh=1)  # logarithmic, with a place for 0
    right.set_xlim(left=-0.1)
    right.grid(alpha=0.3)
    return figure


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name, default in {"--seed": 0, "--epochs": 1000, "--lr": 0.1}.items():
        parser.add_argument(name, type=type(default), default=default)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--plot", metavar="FILE", help="write the picture")
    args = parser.parse_args(argv)
    if args.epochs < 0:
        parser.error("argument --epochs: it takes 0 or more")
    pydl.manual_seed(args.seed)
    model, tried = learn(args.epochs, args.lr, args.device)
    for epoch in milestones(tried):
        w, b, error = tried[epoch]
        print(f"epoch {epoch:5}: {rule(w, b):24} mean squared error {error:.2e}")
    after = model(pydl.tensor([[4.0]], device=args.device)).item()
    print(f"and after 1 -> 10, 2 -> 12, 3 -> 14 comes 4 -> {after:.3f}")
    if args.plot:
        plt.switch_backend("Agg")
        picture(tried).savefig(args.plot, dpi=120)
    w, b, error = tried[-1]
    print(f"rule found: {rule(w, b)}, error {error:.1e} (by the closed formula: {rule(*least_squares())})")


if __name__ == "__main__":
    main()
