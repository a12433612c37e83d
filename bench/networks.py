"""Whole training steps of convolutional networks, each written once for both libraries."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

from case import Case, Library, known, values


def step_of(lib: Library, optimizer: Any, loss_of: Callable[[], Any]) -> Callable[[], Any]:
    def run() -> Any:
        optimizer.zero_grad()
        loss = loss_of()
        loss.backward()
        optimizer.step()
        return loss

    return run


def resnet(lib: Library, blocks: int = 3) -> Any:
    """He et al., arXiv:1512.03385, section 4.2, for 32x32 images: 6 blocks + 2 layers."""
    nn, F = lib.nn, lib.nn.functional

    class Block(nn.Module):
        def __init__(self, inner: int, outer: int) -> None:
            super().__init__()
            stride = outer // inner if inner > 3 else 1
            self.conv1 = nn.Conv2d(inner, outer, 3, stride, 1, bias=False)
            self.norm1 = nn.BatchNorm2d(outer)
            self.conv2 = nn.Conv2d(outer, outer, 3, 1, 1, bias=False)
            self.norm2 = nn.BatchNorm2d(outer)
            self.short = nn.Sequential()
            if stride > 1:
                self.short = nn.Sequential(nn.Conv2d(inner, outer, 1, stride, bias=False), nn.BatchNorm2d(outer))

        def forward(self, x: Any) -> Any:
            y = F.relu(self.norm1(self.conv1(x)))
            return F.relu(self.norm2(self.conv2(y)) + self.short(x))

    widths = [16] * (blocks + 1) + [32] * blocks + [64] * blocks
    layers = [nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU()]
    layers += [Block(a, b) for a, b in pairwise(widths)]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))


def resnet_step(lib: Library) -> Callable[[], Any]:
    model = known(lib, resnet(lib))
    x, t = values(lib, 32, 3, 32, 32), lib.arange(32) % 10
    optimizer = lib.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
    return step_of(lib, optimizer, lambda: lib.nn.functional.cross_entropy(model(x), t))


def resnet_image(lib: Library) -> Callable[[], Any]:
    model = known(lib, resnet(lib)).eval()
    x = values(lib, 1, 3, 32, 32)

    def run() -> Any:
        with lib.no_grad():
            return model(x).sum()

    return run


def dcgan_step(lib: Library) -> Callable[[], Any]:
    """Radford et al., arXiv:1511.06434, at 32x32: a step of the discriminator and one of the generator."""
    nn, F = lib.nn, lib.nn.functional
    batch, noise, width = 16, 64, 32
    make = nn.Sequential(
        nn.ConvTranspose2d(noise, 4 * width, 4, bias=False), nn.BatchNorm2d(4 * width), nn.ReLU(),
        nn.ConvTranspose2d(4 * width, 2 * width, 4, 2, 1, bias=False), nn.BatchNorm2d(2 * width), nn.ReLU(),
        nn.ConvTranspose2d(2 * width, width, 4, 2, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU(),
        nn.ConvTranspose2d(width, 1, 4, 2, 1, bias=False), nn.Tanh(),
    )  # fmt: skip
    judge = nn.Sequential(
        nn.Conv2d(1, width, 4, 2, 1, bias=False), nn.LeakyReLU(0.2),
        nn.Conv2d(width, 2 * width, 4, 2, 1, bias=False), nn.BatchNorm2d(2 * width), nn.LeakyReLU(0.2),
        nn.Conv2d(2 * width, 4 * width, 4, 2, 1, bias=False), nn.BatchNorm2d(4 * width), nn.LeakyReLU(0.2),
        nn.Conv2d(4 * width, 1, 4, bias=False), nn.Flatten(),
    )  # fmt: skip
    known(lib, make)
    known(lib, judge)
    makes = lib.optim.Adam(make.parameters(), lr=2e-4, betas=(0.5, 0.999))
    judges = lib.optim.Adam(judge.parameters(), lr=2e-4, betas=(0.5, 0.999))
    real, z = values(lib, batch, 1, 32, 32), values(lib, batch, noise, 1, 1)
    yes, no = lib.ones(batch, 1), lib.zeros(batch, 1)

    def run() -> Any:
        fake = make(z)
        loss = F.binary_cross_entropy_with_logits(judge(real), yes)
        loss = loss + F.binary_cross_entropy_with_logits(judge(fake.detach()), no)
        judges.zero_grad()
        loss.backward()
        judges.step()
        fooled = F.binary_cross_entropy_with_logits(judge(fake), yes)
        makes.zero_grad()
        fooled.backward()
        makes.step()
        return loss.detach()

    return run


def unet(lib: Library, width: int = 16) -> Any:
    """Ronneberger et al., arXiv:1505.04597, with two levels and padded convolutions."""
    nn = lib.nn

    def double(inner: int, outer: int) -> Any:
        return nn.Sequential(
            nn.Conv2d(inner, outer, 3, padding=1), nn.BatchNorm2d(outer), nn.ReLU(),
            nn.Conv2d(outer, outer, 3, padding=1), nn.BatchNorm2d(outer), nn.ReLU(),
        )  # fmt: skip

    class UNet(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.down1, self.down2, self.bottom = (
                double(1, width),
                double(width, 2 * width),
                double(2 * width, 4 * width),
            )
            self.up2, self.up1 = (
                nn.ConvTranspose2d(4 * width, 2 * width, 2, 2),
                nn.ConvTranspose2d(2 * width, width, 2, 2),
            )
            self.join2, self.join1 = double(4 * width, 2 * width), double(2 * width, width)
            self.pool, self.head = nn.MaxPool2d(2), nn.Conv2d(width, 4, 1)

        def forward(self, x: Any) -> Any:
            a = self.down1(x)
            b = self.down2(self.pool(a))
            c = self.bottom(self.pool(b))
            b = self.join2(lib.cat([b, self.up2(c)], 1))
            return self.head(self.join1(lib.cat([a, self.up1(b)], 1)))

    return UNet()


def unet_step(lib: Library) -> Callable[[], Any]:
    model = known(lib, unet(lib))
    x = values(lib, 8, 1, 64, 64)
    t = (lib.arange(8 * 64 * 64) * 7 % 4).view(8, 64, 64)
    optimizer = lib.optim.Adam(model.parameters(), lr=1e-3)
    return step_of(lib, optimizer, lambda: lib.nn.functional.cross_entropy(model(x), t))


def text_cnn(lib: Library) -> Any:
    """Kim, arXiv:1408.5882: windows of 3, 4 and 5 words, the largest answer of each filter."""
    nn, F = lib.nn, lib.nn.functional

    class TextCNN(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.words = nn.Embedding(5000, 100)
            self.windows = nn.ModuleList([nn.Conv1d(100, 100, size) for size in (3, 4, 5)])
            self.head = nn.Linear(300, 2)

        def forward(self, x: Any) -> Any:
            x = self.words(x).transpose(1, 2)
            return self.head(lib.cat([F.relu(window(x)).amax(2) for window in self.windows], 1))

    return TextCNN()


def text_cnn_step(lib: Library) -> Callable[[], Any]:
    model = known(lib, text_cnn(lib))
    x, t = lib.arange(32 * 64).view(32, 64) * 37 % 5000, lib.arange(32) % 2
    optimizer = lib.optim.Adam(model.parameters(), lr=1e-3)
    return step_of(lib, optimizer, lambda: lib.nn.functional.cross_entropy(model(x), t))


RESNET_MACS = 32 * 32 * 9 * (3 * 16 + 6 * 16 * 16) + 16 * 16 * (9 * (16 * 32 + 5 * 32 * 32) + 16 * 32)
RESNET_MACS += 8 * 8 * (9 * (32 * 64 + 5 * 64 * 64) + 32 * 64) + 640

NETWORKS = [
    Case("ResNet-20 on 32x32, batch 32, SGD", resnet_step, 32 * 6.0 * RESNET_MACS),
    Case("small DCGAN on 32x32, batch 16, Adam twice", dcgan_step),
    Case("small U-Net on 64x64, batch 8, Adam", unet_step),
    Case("text CNN, batch 32 x 64 words, Adam", text_cnn_step),
    Case("one image through ResNet-20", resnet_image, 2.0 * RESNET_MACS),
]
