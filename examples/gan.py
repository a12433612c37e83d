"""Two networks compete, and one of them learns to draw digits: a generative adversarial network (DCGAN).

    python examples/gan.py --plot gan.png                  1437 digits of 8 x 8 pixels, from scikit-learn; about 40 s
    python examples/gan.py --epochs 400                    more time draws cleaner digits

The generator G turns random numbers z into an image. The discriminator D is shown real and drawn images and says which
is which; G is trained to be taken for real. Neither is told what a digit is. In the end a classifier, which has seen
real digits only, judges the drawings: can it read them, and are they as different from each other as real ones?"""

import argparse
import copy

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from tqdm import tqdm

import pydl
from pydl import nn, optim
from pydl.nn import functional as F
from pydl.utils.data import DataLoader, TensorDataset

Z = 32  # random numbers that make an image


class Generator(nn.Module):
    """From random numbers to an image: each transposed convolution doubles rows and columns, 2 -> 4 -> 8."""

    def __init__(self, channels=32):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(Z, 2 * channels * 2 * 2, bias=False),
            nn.Unflatten(1, (2 * channels, 2, 2)),
            nn.BatchNorm2d(2 * channels),
            nn.ReLU(),
            nn.ConvTranspose2d(2 * channels, channels, kernel_size=4, stride=2, padding=1, bias=False),
            nn.BatchNorm2d(channels),
            nn.ReLU(),
            nn.ConvTranspose2d(channels, channels // 2, kernel_size=4, stride=2, padding=1, bias=False),
            nn.BatchNorm2d(channels // 2),
            nn.ReLU(),
            nn.Conv2d(channels // 2, 1, kernel_size=3, padding=1),
            nn.Sigmoid(),  # pixels are from 0 to 1
        )

    def forward(self, z):
        return self.layers(z)


class Discriminator(nn.Module):
    """From an image to one number, the logit of "this is real": convolutions that halve, 8 -> 4 -> 2.

    Batch normalization lets it see a whole batch at once: a generator that draws one digit only is found out."""

    def __init__(self, channels=32):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(1, channels, kernel_size=4, stride=2, padding=1),
            nn.LeakyReLU(0.2),
            nn.Conv2d(channels, 2 * channels, kernel_size=4, stride=2, padding=1, bias=False),
            nn.BatchNorm2d(2 * channels),
            nn.LeakyReLU(0.2),
            nn.Flatten(),
            nn.Linear(2 * channels * 2 * 2, 1),
        )

    def forward(self, images):
        return self.layers(images).squeeze(1)


def digits(seed):
    """Images and labels of four fifths, and of the fifth that neither the networks nor the judge learn from."""
    images, labels = load_digits(return_X_y=True)
    order = np.random.default_rng(seed).permutation(len(labels))
    images = pydl.tensor(images[order] / 16.0, dtype=pydl.float32).reshape(-1, 1, 8, 8)
    labels = pydl.tensor(labels[order])
    fifth = len(labels) // 5
    return images[fifth:], labels[fifth:], images[:fifth], labels[:fifth]


class Judge(nn.Module):
    """A classifier of digits. What it thinks of a set of images is the measure of who drew them."""

    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 32, kernel_size=3, padding=1),
            nn.ReLU(),
            nn.Conv2d(32, 64, kernel_size=3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Flatten(),
            nn.Linear(64 * 4 * 4, 64),
            nn.ReLU(),
        )
        self.decide = nn.Linear(64, 10)

    def forward(self, images):
        return self.decide(F.dropout(self.features(images), 0.3, training=self.training))

    def learn(self, images, labels, epochs=12):
        optimizer = optim.Adam(self.parameters(), lr=2e-3)
        for _ in range(epochs):
            for batch, answers in DataLoader(TensorDataset(images, labels), batch_size=32, shuffle=True):
                loss = F.cross_entropy(self(batch), answers)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
        return self.eval()

    @pydl.no_grad()
    def score(self, images):
        """exp(mean of KL(p(digit | image) || p(digit))): 10 if each is read without doubt and all ten are as frequent.

        Salimans et al., 2016, call it the inception score, after the classifier that they asked."""
        log_p = self(images).log_softmax(dim=1)
        p = log_p.exp()
        return (p * (log_p - p.mean(dim=0).log())).sum(dim=1).mean().exp().item()

    @pydl.no_grad()
    def diversity(self, images):
        """How far, in the judge's eyes, two images are from each other that it takes for the same digit (mean)."""
        features, digit = self.features(images), self(images).argmax(dim=1)
        same = (digit.unsqueeze(0) == digit.unsqueeze(1)).float()
        return ((pydl.cdist(features, features) * same).sum() / (same.sum() - len(images))).item()


@pydl.no_grad()
def draw(generator, z):
    """Images from random numbers, by a copy in its evaluation mode."""
    return copy.deepcopy(generator).eval()(z)


def epochs_to_show(epochs):
    """The first, the last and three between, where most happens."""
    return sorted({1, *(max(1, round(epochs * part)) for part in (0.04, 0.12, 0.35, 1))})


def train(generator, discriminator, images, epochs, fixed, lr=3e-3):
    """Play the game. Returns the averaged generator, and by epoch what it drew from the numbers in `fixed`."""
    optimizers = [optim.Adam(player.parameters(), lr=lr, betas=(0.5, 0.99)) for player in (generator, discriminator)]
    loader = DataLoader(TensorDataset(images), batch_size=64, shuffle=True, drop_last=True)
    # Full speed for the first half, then slower and slower.
    slower = [optim.lr_scheduler.LambdaLR(o, lambda epoch: min(1, 2 - 2 * epoch / epochs)) for o in optimizers]
    # The players circle around each other: the average of the last hundred generators is better than any of them.
    average = optim.swa_utils.get_ema_multi_avg_fn(0.99)
    averaged = optim.swa_utils.AveragedModel(generator, multi_avg_fn=average, use_buffers=True)
    history = {}
    for epoch in (bar := tqdm(range(1, epochs + 1), unit="epoch")):
        for (real,) in loader:
            drawn = generator(pydl.randn(len(real), Z, device=real.device))
            # D's turn, to say real of real images and drawn of drawn ones: with D's logit s, the loss is
            # -log sigmoid(s) = softplus(-s) of a real image and softplus(s) of a drawn one. detach: G is left alone.
            d_loss = F.softplus(-discriminator(real)).mean() + F.softplus(discriminator(drawn.detach())).mean()
            optimizers[1].zero_grad()
            d_loss.backward()
            optimizers[1].step()
            # G's turn, to change the drawings so that D says real of them; D is left alone.
            discriminator.requires_grad_(False)
            g_loss = F.softplus(-discriminator(drawn)).mean()
            optimizers[0].zero_grad()
            g_loss.backward()
            optimizers[0].step()
            discriminator.requires_grad_(True)
            averaged.update_parameters(generator)
        for schedule in slower:
            schedule.step()
        bar.set_postfix(d_loss=f"{d_loss.item():.2f}", g_loss=f"{g_loss.item():.2f}")
        if epoch in epochs_to_show(epochs):
            history[epoch] = draw(averaged, fixed)
    return averaged, history


def nearest(drawn, images):
    """The real image that is most like each of the drawn ones: is it copied?"""
    return images[pydl.cdist(drawn.flatten(1), images.flatten(1)).argmin(dim=1)]


def rows_of_images(figure, rows, title):
    """Rows of images, each row with its name at the left."""
    figure.suptitle(title)
    axes = figure.subplots(len(rows), 1)
    for axis, (name, images) in zip(axes, rows.items(), strict=True):
        # A white line of one pixel between the images.
        framed = F.pad(images[:, 0].cpu(), (1, 1, 1, 1), value=float("nan"))
        axis.imshow(np.concatenate(framed.numpy(), axis=1), cmap="gray_r", vmin=0, vmax=1)
        axis.set(xticks=[], yticks=[])
        axis.set_ylabel(name, rotation=0, ha="right", va="center")
        axis.spines[:].set_visible(False)


def shares(judge, images):
    """Which part of the images the judge takes for a 0, for a 1, ..."""
    with pydl.no_grad():
        return (judge(images).argmax(dim=1).bincount(minlength=10) / len(images)).cpu().numpy()


def picture(history, images, held_out, drawn, judge):
    """What the same random numbers become as training goes on; how often each digit is drawn."""
    figure = plt.figure(figsize=(12, 4.8), layout="constrained")
    left, right = figure.subfigures(1, 2, width_ratios=(1.5, 1))
    rows = {f"epoch {epoch}": shown for epoch, shown in history.items()}
    last = list(history.values())[-1]
    rows["most similar\nreal image"] = nearest(last, images)
    rows_of_images(left, rows, "drawn from the same random numbers as training goes on")
    axis = right.add_subplot()
    digit = np.arange(10)
    axis.bar(digit - 0.2, shares(judge, held_out), width=0.4, color="0.6", label="real, held out")
    axis.bar(digit + 0.2, shares(judge, drawn), width=0.4, color="#0072B2", label="drawn")
    axis.set(xlabel="digit that the judge reads", ylabel="share of the images", title="are all digits drawn?")
    axis.set_xticks(digit)
    axis.margins(y=0.15)
    axis.legend(loc="upper center", ncols=2)
    return figure


def report(judge, drawn, real):
    """The last line."""
    return (
        f"judge's score: {judge.score(drawn):.2f} (held-out real digits: {judge.score(real):.2f}), "
        f"diversity: {judge.diversity(drawn):.2f} (held-out real digits: {judge.diversity(real):.2f})"
    )


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=int, default=100)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--plot", metavar="FILE", help="draw the drawings")
    args = parser.parse_args(argv)
    if args.epochs < 1:
        parser.error("argument --epochs: expected 1 or more")
    pydl.manual_seed(args.seed)
    images, labels, held_out, held_out_labels = (part.to(args.device) for part in digits(args.seed))
    judge = Judge().to(args.device).learn(images, labels)
    right = (judge(held_out).argmax(dim=1) == held_out_labels).float().mean()
    print(f"the judge reads {right:.2%} of the held-out digits")
    players = Generator().to(args.device), Discriminator().to(args.device)
    averaged, history = train(*players, images, args.epochs, fixed=pydl.randn(12, Z, device=args.device))
    drawn = draw(averaged, pydl.randn(2000, Z, device=args.device))
    if args.plot:
        plt.switch_backend("Agg")
        picture(history, images, held_out, drawn, judge).savefig(args.plot, dpi=120)
    print(report(judge, drawn, held_out))


if __name__ == "__main__":
    main()
