"""A generator that works by style (StyleGAN 2) learns to draw digits, and mixes the style of one with another's.

    python examples/stylegan.py --plot stylegan.png        1437 digits of 8 x 8 pixels, from scikit-learn; about 50 s
    python examples/stylegan.py --epochs 300               more time draws cleaner digits

A generator like gan.py's puts the random numbers z in at the bottom. Here a mapping network first turns z into a style
w; the picture begins as a constant, the same for all, and w decides at every layer which features are made strong.
Noise in every layer adds what is left to chance. Coarse layers can then take their style from one image and fine
layers from another. Data, discriminator, judge and score are those of gan.py."""

import argparse
import math

import matplotlib.pyplot as plt
import numpy as np
from gan import Discriminator, Judge, digits, epochs_to_show, report, rows_of_images
from tqdm import tqdm

import pydl
from pydl import nn, optim
from pydl.nn import functional as F
from pydl.utils.data import DataLoader, TensorDataset

Z = 32  # random numbers that make an image, and numbers of a style


class Mapping(nn.Module):
    """From z, evenly spread in all directions, to w, spread as the images are."""

    def __init__(self):
        super().__init__()
        layers = [layer for _ in range(3) for layer in (nn.Linear(Z, Z), nn.LeakyReLU(0.2))]
        self.layers = nn.Sequential(*layers)

    def forward(self, z):
        return self.layers(F.normalize(z, dim=1) * math.sqrt(Z))


class ModulatedConv2d(nn.Module):
    """A convolution whose weights the style scales, for every image anew.

    modulate:    w'[n, o, i, k] = s[n, i] w[o, i, k]                            which features of the input are strong
    demodulate:  w''[n, o, i, k] = w'[n, o, i, k] / sqrt(sum over i, k of w'^2)  so that the output is as strong as ever
    To scale weights along i is to scale the input's channels, along o the output's: images can share the weights."""

    def __init__(self, in_channels, out_channels, kernel_size, demodulate=True):
        super().__init__()
        self.style = nn.Linear(Z, in_channels)
        nn.init.ones_(self.style.bias)
        spread = 1 / math.sqrt(in_channels * kernel_size**2)
        self.weight = nn.Parameter(spread * pydl.randn(out_channels, in_channels, kernel_size, kernel_size))
        self.demodulate = demodulate

    def forward(self, x, w):
        s = self.style(w)  # (images, in_channels)
        x = F.conv2d(x * s[:, :, None, None], self.weight, padding=self.weight.shape[-1] // 2)
        if self.demodulate:
            power = s.square() @ self.weight.square().sum(dim=(2, 3)).t()  # (images, out_channels)
            x = x * (power + 1e-8).rsqrt()[:, :, None, None]
        return x


class StyledLayer(nn.Module):
    """A modulated convolution, then noise as strong as this layer has learned to want it."""

    def __init__(self, in_channels, out_channels):
        super().__init__()
        self.convolution = ModulatedConv2d(in_channels, out_channels, kernel_size=3)
        self.noise_strength = nn.Parameter(pydl.zeros(1))
        self.bias = nn.Parameter(pydl.zeros(out_channels, 1, 1))

    def forward(self, x, w):
        x = self.convolution(x, w)
        x = x + self.noise_strength * pydl.randn(len(x), 1, *x.shape[2:], device=x.device)
        return F.leaky_relu(x + self.bias, 0.2) * math.sqrt(2)


class Generator(nn.Module):
    """From a constant of 2 x 2 to 8 x 8; each size adds what it knows to the image."""

    def __init__(self, channels=(64, 48, 24)):
        super().__init__()
        self.mapping = Mapping()
        self.constant = nn.Parameter(pydl.randn(1, channels[0], 2, 2))
        inputs = channels[0], *channels[:-1]
        self.layers = nn.ModuleList(StyledLayer(i, o) for i, o in zip(inputs, channels, strict=True))
        self.to_image = nn.ModuleList(ModulatedConv2d(o, 1, kernel_size=1, demodulate=False) for o in channels)
        self.bias = nn.Parameter(pydl.zeros(1))

    def synthesize(self, styles):
        """An image from the style of each of the three layers."""
        x, image = self.constant.expand(len(styles[0]), -1, -1, -1), self.bias
        for number, (layer, to_image, w) in enumerate(zip(self.layers, self.to_image, styles, strict=True)):
            if number > 0:
                x = F.interpolate(x, scale_factor=2, mode="bilinear")
                image = F.interpolate(image, scale_factor=2, mode="bilinear")
            x = layer(x, w)
            image = image + to_image(x, w)
        return image

    def forward(self, z):
        return self.synthesize([self.mapping(z)] * 3)


def slope(discriminator, real):
    """R1 = mean of |dD/dimage|^2 at real images: a discriminator that is steep there pushes the generator around.

    The gradient is part of the loss, so it is differentiated in its turn: create_graph."""
    real = real.detach().requires_grad_()
    (gradient,) = pydl.autograd.grad(discriminator(real).sum(), real, create_graph=True)
    return gradient.square().sum(dim=(1, 2, 3)).mean()


@pydl.no_grad()
def draw(generator, z):
    """Images from random numbers; paper is 0 and ink is 1, and nothing is beyond."""
    return generator(z).clamp(0, 1)


@pydl.no_grad()
def mixed(generator, coarse, fine):
    """For every pair, an image whose first layers (2 x 2, 4 x 4) have one's style and whose last layer the other's."""
    first, last = generator.mapping(coarse), generator.mapping(fine)
    return [generator.synthesize([w.expand_as(last), w.expand_as(last), last]).clamp(0, 1) for w in first.split(1)]


def train(generator, discriminator, images, epochs, fixed, lr=5e-3, gamma=0.5, every=8):
    """Play the game as in gan.py. Returns the averaged generator, and by epoch what it drew from `fixed`."""
    optimizers = [optim.Adam(player.parameters(), lr=lr, betas=(0.0, 0.99)) for player in (generator, discriminator)]
    loader = DataLoader(TensorDataset(images), batch_size=64, shuffle=True, drop_last=True)
    averaged = optim.swa_utils.AveragedModel(generator, multi_avg_fn=optim.swa_utils.get_ema_multi_avg_fn(0.99))
    slower = [optim.lr_scheduler.LambdaLR(o, lambda epoch: min(1, 2 - 2 * epoch / epochs)) for o in optimizers]
    history = {}
    for epoch in (bar := tqdm(range(1, epochs + 1), unit="epoch")):
        for step, (real,) in enumerate(loader):
            # Two styles, one for the first layers and one for the rest: layers must not rely on each other's.
            w = generator.mapping(pydl.randn(2 * len(real), Z, device=real.device)).split(len(real))
            change = np.random.default_rng((epoch, step)).integers(1, 6)
            drawn = generator.synthesize([w[int(layer >= change)] for layer in range(3)])
            d_loss = F.softplus(-discriminator(real)).mean() + F.softplus(discriminator(drawn.detach())).mean()
            if step % every == 0:
                d_loss = d_loss + gamma / 2 * every * slope(discriminator, real)
            optimizers[1].zero_grad()
            d_loss.backward()
            optimizers[1].step()
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
    return averaged.module, history


def picture(generator, history, z):
    """What the same random numbers become as training goes on; the styles of two images mixed."""
    figure = plt.figure(figsize=(12, 4.8), layout="constrained")
    left, right = figure.subfigures(1, 2, width_ratios=(1.45, 1))
    rows_of_images(
        left, {f"epoch {epoch}": shown for epoch, shown in history.items()}, "the same z as training goes on"
    )
    coarse, fine = z[:4], z[4:10]
    own, above = draw(generator, coarse).split(1), draw(generator, fine)
    rows = {"": pydl.cat([pydl.zeros_like(own[0]), above])}
    for letter, image, mixture in zip("ABCD", own, mixed(generator, coarse, fine), strict=True):
        rows[letter] = pydl.cat([image, mixture])
    rows_of_images(right, rows, "coarse style of the left, fine style of the top image")
    return figure


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=int, default=100)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--plot", metavar="FILE", help="draw the drawings and mixtures")
    args = parser.parse_args(argv)
    if args.epochs < 1:
        parser.error("argument --epochs: expected 1 or more")
    pydl.manual_seed(args.seed)
    images, labels, held_out, held_out_labels = (part.to(args.device) for part in digits(args.seed))
    judge = Judge().to(args.device).learn(images, labels)
    right = (judge(held_out).argmax(dim=1) == held_out_labels).float().mean()
    print(f"the judge reads {right:.2%} of the held-out digits")
    players = Generator().to(args.device), Discriminator().to(args.device)
    generator, history = train(*players, images, args.epochs, fixed=pydl.randn(12, Z, device=args.device))
    if args.plot:
        plt.switch_backend("Agg")
        picture(generator, history, pydl.randn(10, Z, device=args.device)).savefig(args.plot, dpi=120)
    print(report(judge, draw(generator, pydl.randn(2000, Z, device=args.device)), held_out))


if __name__ == "__main__":
    main()
