"""Images squeezed into a code of ten numbers and drawn again from it; then k-means finds the digits in the code.

    python examples/autoencoder.py --plot autoencoder.png      1797 digits of 8 x 8 pixels, from scikit-learn; 15 s
    python examples/autoencoder.py --steps 0                   an ordinary autoencoder

An encoder has to say an image in few numbers, a decoder has to draw it from them: what is worth saying is learned, and
no label is needed. An ordinary autoencoder draws the image itself, so its code also tells how it was written. Here the
decoder draws what an image has in common with its neighbours: the code forgets the handwriting, and digits part."""

import argparse

import matplotlib.pyplot as plt
from clustering import digits, kmeans
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score
from tqdm import tqdm

import pydl
from pydl import nn, optim
from pydl.nn import functional as F
from pydl.utils.data import DataLoader, TensorDataset


class Autoencoder(nn.Module):
    def __init__(self, code=10):
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Linear(64, 256),
            nn.ReLU(),
            nn.Linear(256, 128),
            nn.ReLU(),
            nn.Linear(128, code),
            nn.BatchNorm1d(code, affine=False),  # all numbers of the code spread alike: k-means weighs them alike
        )
        self.decoder = nn.Sequential(
            nn.Linear(code, 128), nn.ReLU(), nn.Linear(128, 256), nn.ReLU(), nn.Linear(256, 64)
        )

    def forward(self, images):
        return self.decoder(self.encoder(images))


def neighbourhoods(images, steps, neighbours=10):
    """For every image the mean of all that are reached by so many steps, each to one of the ten nearest images.

    One step: T[i] = mean of T[j] over the nearest images j of i (i itself is one of them)."""
    nearest = pydl.cdist(images, images).topk(neighbours, largest=False).indices
    targets = images
    for _ in range(steps):
        targets = targets[nearest].mean(dim=1)
    return targets


def train(model, images, targets, epochs, noise=0.1):
    """Fit the model: from an image with a little noise it has to draw the target."""
    optimizer = optim.Adam(model.parameters(), lr=2e-3)
    schedule = optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs)
    loader = DataLoader(TensorDataset(images, targets), batch_size=64, shuffle=True)
    for _ in (bar := tqdm(range(epochs), unit="epoch")):
        total = 0.0
        for batch, wanted in loader:
            loss = F.mse_loss(model(batch + noise * pydl.randn_like(batch)), wanted)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item()
        schedule.step()
        bar.set_postfix(loss=f"{total / len(loader):.5f}")


def principal_map(codes):
    """The codes in the plane in which they spread most: principal components, by the singular value decomposition."""
    centred = codes - codes.mean(dim=0)
    _, _, directions = pydl.linalg.svd(centred, full_matrices=False)
    return centred @ directions[:2].t()


def picture(images, drawn, codes, labels, clusters):
    """Some images and what is drawn from their codes; the map of the codes, once by label and once by cluster."""
    figure = plt.figure(figsize=(13, 4.8), layout="constrained")
    left, right = figure.subfigures(1, 2, width_ratios=(1, 2.6))
    left.suptitle("images, and drawn from their codes")
    axes = left.subplots(5, 4, subplot_kw={"xticks": [], "yticks": []})
    for digit in range(10):
        for column, source in enumerate((images, drawn)):
            axis = axes[digit // 2, digit % 2 * 2 + column]
            axis.imshow(source[digit].reshape(8, 8).cpu().numpy(), cmap="gray_r", vmin=0, vmax=1)
    x, y = principal_map(codes).cpu().numpy().T
    for axis, colours, title in zip(
        right.subplots(1, 2, sharey=True),
        (labels, clusters),
        ("the code, coloured by what was meant", "by cluster: k-means knew no labels"),
        strict=True,
    ):
        axis.scatter(x, y, c=colours, cmap="tab10", s=7, vmin=-0.5, vmax=9.5)
        axis.set(xlabel="first principal component of the code", title=title)
        for value in range(10):
            here = colours == value
            text = str(value) if colours is labels else "ABCDEFGHIJ"[value]
            place = float(sorted(x[here])[here.sum() // 2]), float(sorted(y[here])[here.sum() // 2])
            axis.text(
                *place, text, weight="bold", ha="center", va="center", bbox={"fc": "white", "alpha": 0.8, "pad": 1}
            )
        if colours is labels:
            axis.set_ylabel("second principal component")
    return figure


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--steps", type=int, default=8, help="to neighbours; 0 is an ordinary autoencoder")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--plot", metavar="FILE", help="draw the map of the codes")
    args = parser.parse_args(argv)
    pydl.manual_seed(args.seed)
    images, labels = digits(args.device)
    model = Autoencoder().to(args.device)
    train(model, images, neighbourhoods(images, args.steps), args.epochs)
    model.eval()
    with pydl.no_grad():
        codes, drawn = model.encoder(images), model(images)
    clusters = kmeans(codes, 10)[1].cpu().numpy()
    theirs = KMeans(10, n_init=10, random_state=args.seed).fit_predict(images.cpu().numpy())
    rand, their_rand = adjusted_rand_score(labels, clusters), adjusted_rand_score(labels, theirs)
    if args.plot:
        plt.switch_backend("Agg")
        picture(images, drawn, codes, labels, clusters).savefig(args.plot, dpi=120)
    print(
        f"adjusted Rand index of k-means in the code: {rand:.3f} (scikit-learn's k-means on pixels: {their_rand:.3f})"
    )


if __name__ == "__main__":
    main()
