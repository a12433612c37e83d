"""Maximum likelihood: mean squared error and cross-entropy are one idea, to make what was seen as probable as possible.

    python examples/likelihood.py --plot likelihood.png
    python examples/likelihood.py --points 20           fewer points: all still agree, but miss the truth

Three models, each fitted twice: by its usual loss, and by the likelihood of a distribution. The data are drawn from a
known truth, and the best parameters are also found by a formula."""

import argparse

import matplotlib.pyplot as plt
import numpy as np
from tqdm import tqdm

import pydl
from pydl import nn, optim
from pydl.distributions import Bernoulli, Categorical, Normal
from pydl.nn import functional as F

LINE, NOISE = [1.5, 0.5], 0.8  # numbers: y = 1.5 x + 0.5 + noise; coins: p(1) = sigmoid(1.5 x + 0.5); and a loaded die
TRUTH = {"Gaussian": [*LINE, NOISE], "Bernoulli": LINE, "Categorical": np.array([0.1, 0.1, 0.1, 0.1, 0.2, 0.4])}
LOSSES = {"Gaussian": F.mse_loss, "Bernoulli": F.binary_cross_entropy_with_logits, "Categorical": F.cross_entropy}


def draw(points):
    """For each distribution what goes in, and what was seen. (Nothing goes into a die: its input is always 1.)"""
    x = pydl.randn(points, 1, dtype=pydl.float64)
    z = LINE[0] * x[:, 0] + LINE[1]
    throws = Categorical(pydl.from_numpy(TRUTH["Categorical"])).sample([points])
    seen = Normal(z, NOISE).sample(), Bernoulli(logits=z).sample(), throws
    return dict(zip(TRUTH, zip((x, x, pydl.ones_like(x)), seen, strict=True), strict=True))


def by_loss(name, z, y, log_noise):
    """The usual loss of predictions z."""
    return LOSSES[name](z, y)


def by_likelihood(name, z, y, log_noise):
    """Predictions are parameters of a distribution. The mean of -log p(y) is small where all of the y are probable."""
    if name == "Gaussian":
        return -Normal(z, log_noise.exp()).log_prob(y).mean()
    if name == "Bernoulli":
        return -Bernoulli(logits=z).log_prob(y).mean()
    return -Categorical(logits=z).log_prob(y).mean()


def fit(objective, name, x, y, epochs, bar):
    """Gradient descent with momentum on all points; the parameters, and the least value."""
    # For numbers and coins z = w x + b; for the die a score for each side. The noise is learned, if it is asked for.
    sides = 6 if name == "Categorical" else 1
    linear = nn.Linear(1, sides, bias=sides == 1, dtype=x.dtype, device=x.device)
    log_noise = nn.Parameter(pydl.zeros((), dtype=x.dtype, device=x.device))
    optimizer = optim.SGD([*linear.parameters(), log_noise], lr=0.1, momentum=0.9)
    for _ in range(epochs):
        value = objective(name, linear(x).squeeze(dim=1), y, log_noise)
        optimizer.zero_grad()
        value.backward()
        optimizer.step()
        bar.set_postfix(loss=f"{value.item():.6f}", refresh=False)
        bar.update()
    if name == "Categorical":
        return np.array(linear.weight[:, 0].softmax(dim=0).tolist()), value.item()
    # The least mean squared error is the variance of the noise.
    noise = log_noise.exp().item() if objective is by_likelihood else value.item() ** 0.5
    return np.array([linear.weight.item(), linear.bias.item(), noise][: len(TRUTH[name])]), value.item()


def by_formula(name, x, y):
    """The best parameters without gradient descent: least squares; how often each side came; Newton's method."""
    columns = np.hstack([x, np.ones_like(x)])
    if name == "Gaussian":
        best, squares, *_ = np.linalg.lstsq(columns, y)
        return np.append(best, np.sqrt(squares / len(y)))
    if name == "Categorical":
        return np.bincount(y, minlength=6) / len(y)
    best = np.zeros(2)
    for _ in range(20):
        p = 1 / (1 + np.exp(-columns @ best))
        best += np.linalg.solve(columns.T * (p * (1 - p)) @ columns, columns.T @ (y - p))
    return best


def picture(data, found):
    """Bells on a line, the two curves with one minimum, and the probabilities of what coins showed."""
    figure, (bells, valley, coins) = plt.subplots(1, 3, figsize=(15, 4.8), layout="constrained")
    (x, y), (_, sides) = ([tensor.cpu().numpy() for tensor in data[name]] for name in ("Gaussian", "Bernoulli"))
    weight, offset, noise = found["Gaussian"]["likelihood"]
    bells.scatter(x[:, 0], y, s=8, color="tab:gray", label="what was seen")
    bells.plot(x[:, 0], weight * x[:, 0] + offset, color="black", label="w x + b")
    span = np.linspace(-3, 3, 100)
    density = Normal(0.0, noise).log_prob(pydl.tensor(span)).exp().numpy()
    for place in (-2, 0, 2):
        bells.fill_betweenx(weight * place + offset + span, place, place + density, color="tab:blue", alpha=0.5)
    bells.set(xlabel="x", ylabel="y", title="Numbers: how probable is each y? p(y | x) is a bell")
    bells.legend(loc="upper left", fontsize=8)
    tries = np.linspace(weight - 1, weight + 1, 101)
    errors = ((tries * x + offset - y[:, None]) ** 2).mean(axis=0)
    surprise = -Normal(pydl.tensor(tries * x + offset), noise).log_prob(pydl.tensor(y[:, None])).mean(dim=0).numpy()
    valley.plot(tries, errors, color="tab:orange", linewidth=6, alpha=0.5)
    valley.axvline(weight, color="black", linestyle=":")
    valley.set(xlabel="w", ylabel="mean squared error (broad)")
    valley.set_title(r"One minimum: $-\log p = (error/\sigma)^2/2 + \log(\sigma\sqrt{2\pi})$")
    right = valley.twinx()
    right.plot(tries, surprise, color="tab:blue", linestyle="--")
    right.set_ylabel("mean of -log p (dashed)")
    x, sides = x[::8, 0], sides[::8]
    w, b = found["Bernoulli"]["likelihood"]
    each = 1 / (1 + np.exp(-(w * x + b)))
    coins.plot(span, 1 / (1 + np.exp(-(w * span + b))), color="black", label="p(1) = sigmoid(w x + b)")
    for side, color in ((1, "tab:orange"), (0, "tab:purple")):
        label = f"p({side}) of each {side} that was seen"
        coins.vlines(x[sides == side], each[sides == side], 1 - side, color=color, linewidth=1.5, label=label)
    coins.set(xlabel="x", ylabel="probability", ylim=(0, 1.3), title="Coins: cross-entropy is the mean of -log(bar)")
    coins.legend(loc="upper left", fontsize=8)
    return figure


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=int, default=1000, help="steps of gradient descent for each fit")
    parser.add_argument("--points", type=int, default=400)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--plot", metavar="FILE", help="write the picture")
    args = parser.parse_args(argv)
    args.epochs >= 1 or parser.error("argument --epochs: expected 1 or more")
    pydl.manual_seed(args.seed)
    data = {name: [tensor.to(args.device) for tensor in pair] for name, pair in draw(args.points).items()}
    found, away = {}, []
    with tqdm(total=6 * args.epochs, unit="epoch") as bar:
        for name, (x, y) in data.items():
            first, loss = fit(by_loss, name, x, y, args.epochs, bar)
            second, surprise = fit(by_likelihood, name, x, y, args.epochs, bar)
            if name == "Gaussian":
                loss = np.log(np.sqrt(2 * np.pi * loss)) + 0.5  # the Gaussian's -log p, the loss being its variance
            best = by_formula(name, x.cpu().numpy(), y.cpu().numpy())
            away.append((abs(loss - surprise), abs(first - second).max(), abs(second - best).max()))
            found[name] = {"loss": first, "likelihood": second, "formula": best, "truth": TRUTH[name]}
            for title, numbers in found[name].items():
                bar.write(f"{name:12} {title:11} {'  '.join(f'{number:9.6f}' for number in numbers)}")
    if args.plot:
        plt.switch_backend("Agg")
        picture(data, found).savefig(args.plot, dpi=120)
    text = "loss and -log likelihood differ by {:.1e}, their models by {:.1e} (from the formulas: {:.1e})"
    print(text.format(*np.max(away, axis=0)))


if __name__ == "__main__":
    main()
