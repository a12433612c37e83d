"""A generator and a discriminator of strided convolutions, trained against each other."""

import numpy as np
import torch
import torch.nn as nn
import torch.optim as optim

nc = 1  # channels of a picture
nz = 16  # length of the noise
ngf = 8  # width of the generator
ndf = 8  # width of the discriminator
batch_size = 12
device = torch.device("cuda:0" if torch.cuda.is_available() else "cpu")


def weights_init(m):
    classname = m.__class__.__name__
    if classname.find("Conv") != -1:
        nn.init.normal_(m.weight.data, 0.0, 0.02)
    elif classname.find("BatchNorm") != -1:
        nn.init.normal_(m.weight.data, 1.0, 0.02)
        nn.init.constant_(m.bias.data, 0)


class Generator(nn.Module):
    def __init__(self):
        super(Generator, self).__init__()
        self.main = nn.Sequential(
            # nz x 1 x 1
            nn.ConvTranspose2d(nz, ngf * 2, 4, 1, 0, bias=False),
            nn.BatchNorm2d(ngf * 2),
            nn.ReLU(True),
            # ngf*2 x 4 x 4
            nn.ConvTranspose2d(ngf * 2, ngf, 4, 2, 1, bias=False),
            nn.BatchNorm2d(ngf),
            nn.ReLU(True),
            # ngf x 8 x 8
            nn.ConvTranspose2d(ngf, nc, 4, 2, 1, bias=False),
            nn.Tanh(),
            # nc x 16 x 16
        )

    def forward(self, input):
        return self.main(input)


class Discriminator(nn.Module):
    def __init__(self):
        super(Discriminator, self).__init__()
        self.main = nn.Sequential(
            nn.Conv2d(nc, ndf, 4, 2, 1, bias=False),
            nn.LeakyReLU(0.2, inplace=True),
            nn.Conv2d(ndf, ndf * 2, 4, 2, 1, bias=False),
            nn.BatchNorm2d(ndf * 2),
            nn.LeakyReLU(0.2, inplace=True),
            nn.Conv2d(ndf * 2, 1, 4, 1, 0, bias=False),
            nn.Sigmoid(),
        )

    def forward(self, input):
        return self.main(input)


def real_images(rng, n):
    """Crosses of random place on dark ground, in [-1, 1]."""
    images = np.full((n, nc, 16, 16), -1, np.float32)
    for image, row, column in zip(images, rng.integers(2, 14, n), rng.integers(2, 14, n)):
        image[0, row - 1 : row + 2] = 1
        image[0, :, column - 1 : column + 2] = 1
    return torch.from_numpy(images)


def noise(rng, n):
    return torch.from_numpy(rng.standard_normal((n, nz, 1, 1)).astype(np.float32)).to(device)


def build():
    netG = Generator().to(device)
    netD = Discriminator().to(device)
    netG.apply(weights_init)
    netD.apply(weights_init)
    return netG, netD


def train(netG, netD):
    rng = np.random.default_rng(3)
    criterion = nn.BCELoss()
    real_label = 1.0
    fake_label = 0.0
    optimizerD = optim.Adam(netD.parameters(), lr=0.0005, betas=(0.5, 0.999))
    optimizerG = optim.Adam(netG.parameters(), lr=0.0005, betas=(0.5, 0.999))

    G_losses, D_losses = [], []
    for i in range(8):
        # The discriminator: real pictures
        netD.zero_grad()
        real = real_images(rng, batch_size).to(device)
        b_size = real.size(0)
        label = torch.full((b_size,), real_label, dtype=torch.float, device=device)
        output = netD(real).view(-1)
        errD_real = criterion(output, label)
        errD_real.backward()

        # ... and made ones, which must not train the generator
        fake = netG(noise(rng, b_size))
        label.fill_(fake_label)
        output = netD(fake.detach()).view(-1)
        errD_fake = criterion(output, label)
        errD_fake.backward()
        errD = errD_real + errD_fake
        optimizerD.step()

        # The generator, which wants them taken for real
        netG.zero_grad()
        label.fill_(real_label)
        output = netD(fake).view(-1)
        errG = criterion(output, label)
        errG.backward()
        optimizerG.step()

        G_losses.append(errG.item())
        D_losses.append(errD.item())
    return [loss for pair in zip(D_losses, G_losses) for loss in pair]


def evaluate(netG, netD):
    with torch.no_grad():
        fake = netG(noise(np.random.default_rng(4), 6)).detach().cpu()
        return torch.cat([fake.mean((1, 2, 3)), netD(fake).squeeze()])


def main():
    netG, netD = build()
    print(netG, netD)
    print(train(netG, netD))
    print(evaluate(netG, netD))


if __name__ == "__main__":
    main()
