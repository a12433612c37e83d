"""Softmax regression, then a multilayer perceptron: which iris, which wine?

    python examples/multiclass.py --plot multiclass.png
    python examples/multiclass.py --l2 0.01       hardly any penalty: how do the borders change?

150 real flowers by four measurements and 178 real wines by thirteen, of three kinds each (bundled with scikit-learn).
Each fifth is held out once, and judged by models that learned from the other four."""

import argparse

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_iris, load_wine
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier
from threadpoolctl import threadpool_limits
from tqdm import tqdm

import pydl
from pydl import metrics, nn, optim
from pydl.nn import functional as F
from pydl.utils.data import TensorDataset, random_split

COLORS = ["#0072b2", "#e69f00", "#cc79a7"]
SILENT = tqdm(disable=True)
PAIR = [6, 9]  # of the thirteen measurements of a wine: flavanoids and colour, to draw a map


def softmax_regression(measurements):
    """One score for each of the three kinds, linear in the measurements: z = Wx + b."""
    return nn.Linear(measurements, 3).double()


def mlp(measurements):
    """The same on top of features that are learned themselves: z = V tanh(Wx + b) + c."""
    return nn.Sequential(nn.Linear(measurements, 16), nn.Tanh(), nn.Linear(16, 3)).double()


MODELS = {"softmax regression": softmax_regression, "MLP": mlp}


def tensors(data, device="cpu"):
    """Measurements and kinds (0, 1 or 2) of one of scikit-learn's sets."""
    return pydl.from_numpy(data.data).to(device), pydl.from_numpy(data.target.astype(np.int64)).to(device)


def fifths(inputs, targets, seed):
    """Five times: what to learn from and what is held out, both in the standard deviations of what is learned from."""
    parts = random_split(TensorDataset(inputs, targets), [0.2] * 5, generator=pydl.Generator().manual_seed(seed))
    for i in range(5):
        others = zip(*(part[:] for part in parts[:i] + parts[i + 1 :]), strict=True)
        (train_inputs, train_targets), (test_inputs, test_targets) = map(pydl.cat, others), parts[i][:]
        mean, deviation = train_inputs.mean(dim=0), train_inputs.std(dim=0)
        yield (train_inputs - mean) / deviation, train_targets, (test_inputs - mean) / deviation, test_targets


def train(model, inputs, targets, epochs, l2, bar=SILENT):
    """Adam on all examples at once."""
    optimizer = optim.Adam(model.parameters(), lr=0.1)
    schedule = optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs)
    for _ in range(epochs):
        # L = mean of -log p_y + λ/2n |W|², where p = softmax(z): p_k = e^z_k / (e^z_0 + e^z_1 + e^z_2)
        squares = sum(weight.square().sum() for weight in model.parameters() if weight.ndim == 2)
        loss = F.cross_entropy(model(inputs), targets) + l2 / (2 * len(inputs)) * squares
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        bar.set_postfix(loss=f"{loss.item():.4f}", refresh=False)
        bar.update()
    return model


def judge(data, args, bar):
    """For each model the truth, its predictions while held out, and those of scikit-learn, which fits another way."""
    network = MLPClassifier(16, activation="tanh", solver="lbfgs", alpha=args.l2, max_iter=5000, random_state=args.seed)
    references = {"softmax regression": LogisticRegression(C=1 / args.l2, tol=1e-8, max_iter=5000), "MLP": network}
    judged = {name: [] for name in MODELS}
    for train_inputs, train_targets, test_inputs, test_targets in fifths(*tensors(data, args.device), args.seed):
        for name, reference in references.items():
            model = MODELS[name](train_inputs.shape[1]).to(args.device)
            train(model, train_inputs, train_targets, args.epochs, args.l2, bar)
            with threadpool_limits(1):  # with so few examples, several threads would only wait for each other
                reference.fit(train_inputs.cpu().numpy(), train_targets.cpu().numpy())
            theirs = pydl.from_numpy(reference.predict(test_inputs.cpu().numpy()))
            judged[name].append(pydl.stack([test_targets.cpu(), model(test_inputs).argmax(dim=1).cpu(), theirs]))
    return {name: pydl.cat(fifths, dim=1) for name, fifths in judged.items()}


def picture(sets, results, args):
    """What either model makes of two measurements, and what was taken for what."""
    figure = plt.figure(figsize=(14, 5), layout="constrained")
    left, right = figure.subfigures(1, 2, width_ratios=(1.35, 1))
    inputs, targets = tensors(sets["wine"])
    inputs = inputs[:, PAIR]
    mean, deviation = inputs.mean(dim=0), inputs.std(dim=0)
    across, up = np.meshgrid(np.linspace(0, 5.5, 200), np.linspace(0, 14, 200))
    grid = pydl.tensor(np.stack([across, up], axis=-1).reshape(-1, 2))
    for axis, name in zip(left.subplots(1, 2, sharey=True), MODELS, strict=True):
        model = train(MODELS[name](2), (inputs - mean) / deviation, targets, args.epochs, args.l2)
        kinds = model((grid - mean) / deviation).argmax(dim=1).reshape(200, 200).numpy()
        accuracy = metrics.accuracy(model((inputs - mean) / deviation).argmax(dim=1), targets)
        axis.contourf(across, up, kinds, levels=[-0.5, 0.5, 1.5, 2.5], colors=COLORS, alpha=0.3)
        for kind, marker in enumerate("o^s"):
            style = {"s": 22, "color": COLORS[kind], "marker": marker, "edgecolor": "black", "linewidth": 0.4}
            axis.scatter(*inputs[targets == kind].numpy().T, label=sets["wine"].target_names[kind], **style)
        axis.set(xlabel="flavanoids / a.u.", ylabel="colour intensity / a.u.", title=f"{name}: {accuracy:.1%} right")
        axis.label_outer()
    axis.legend(loc="upper right", fontsize=8)
    left.suptitle("Wines by two measurements: a linear model draws lines, an MLP also curves")
    for row, (title, data) in zip(right.subplots(2, 2), sets.items(), strict=True):
        for axis, (name, (targets, predicted, _)) in zip(row, results[title].items(), strict=True):
            table = metrics.confusion_matrix(predicted, targets, num_classes=3).numpy()
            axis.imshow(table, cmap="Blues", norm="symlog")
            for (truth, guess), count in np.ndenumerate(table):
                axis.text(guess, truth, count, ha="center", va="center", color="white" if truth == guess else "black")
            axis.set_xticks(range(3), data.target_names, fontsize=8)
            axis.set_yticks(range(3), data.target_names, fontsize=8)
            axis.set(xlabel="taken for", ylabel="is", title=f"{name}: {metrics.accuracy(predicted, targets):.1%}")
    right.suptitle("Confusion matrices of what was held out")
    return figure


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=0, help="how the fifths are dealt, and where the weights start")
    parser.add_argument("--epochs", type=int, default=500, help="steps of Adam, all examples at once")
    parser.add_argument("--l2", type=float, default=1.0, help="how much large weights are punished")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--plot", metavar="FILE", help="write the picture")
    args = parser.parse_args(argv)
    pydl.manual_seed(args.seed)
    sets = {"iris": load_iris(), "wine": load_wine()}
    with tqdm(total=2 * 5 * 2 * args.epochs, unit="epoch") as bar:
        results = {title: judge(data, args, bar) for title, data in sets.items()}
    if args.plot:
        plt.switch_backend("Agg")
        picture(sets, results, args).savefig(args.plot, dpi=120)
    summary = []
    for title, judged in results.items():
        for name, (targets, predicted, theirs) in judged.items():
            table = metrics.confusion_matrix(predicted, targets, num_classes=3).numpy()
            print(f"{title}, {name} (rows: what it is; columns: what it was taken for)\n{table}")
            summary.append(f"{metrics.accuracy(predicted, targets):.1%} ({metrics.accuracy(theirs, targets):.1%})")
    print("accuracy (scikit-learn's): iris {} by softmax regression, {} by MLP; wine {} and {}".format(*summary))


if __name__ == "__main__":
    main()
