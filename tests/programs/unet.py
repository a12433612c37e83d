"""A U-Net that finds discs in noisy pictures: skip connections, up-sampling both ways, a Dice loss."""

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, Dataset


class DoubleConv(nn.Module):
    """Two convolutions, each with batch norm and ReLU"""

    def __init__(self, in_channels, out_channels, mid_channels=None):
        super().__init__()
        if not mid_channels:
            mid_channels = out_channels
        self.double_conv = nn.Sequential(
            nn.Conv2d(in_channels, mid_channels, kernel_size=3, padding=1, bias=False),
            nn.BatchNorm2d(mid_channels),
            nn.ReLU(inplace=True),
            nn.Conv2d(mid_channels, out_channels, kernel_size=3, padding=1, bias=False),
            nn.BatchNorm2d(out_channels),
            nn.ReLU(inplace=True),
        )

    def forward(self, x):
        return self.double_conv(x)


class Down(nn.Module):
    """Half the size"""

    def __init__(self, in_channels, out_channels):
        super().__init__()
        self.maxpool_conv = nn.Sequential(nn.MaxPool2d(2), DoubleConv(in_channels, out_channels))

    def forward(self, x):
        return self.maxpool_conv(x)


class Up(nn.Module):
    """Twice the size, beside what the way down had there"""

    def __init__(self, in_channels, out_channels, bilinear=True):
        super().__init__()
        if bilinear:
            self.up = nn.Upsample(scale_factor=2, mode="bilinear", align_corners=True)
            self.conv = DoubleConv(in_channels, out_channels, in_channels // 2)
        else:
            self.up = nn.ConvTranspose2d(in_channels, in_channels // 2, kernel_size=2, stride=2)
            self.conv = DoubleConv(in_channels, out_channels)

    def forward(self, x1, x2):
        x1 = self.up(x1)
        # Pad to the size of the skip connection
        diffY = x2.size()[2] - x1.size()[2]
        diffX = x2.size()[3] - x1.size()[3]
        x1 = F.pad(x1, [diffX // 2, diffX - diffX // 2, diffY // 2, diffY - diffY // 2])
        x = torch.cat([x2, x1], dim=1)
        return self.conv(x)


class OutConv(nn.Module):
    def __init__(self, in_channels, out_channels):
        super().__init__()
        self.conv = nn.Conv2d(in_channels, out_channels, kernel_size=1)

    def forward(self, x):
        return self.conv(x)


class UNet(nn.Module):
    def __init__(self, n_channels, n_classes, base=6):
        super().__init__()
        self.inc = DoubleConv(n_channels, base)
        self.down1 = Down(base, base * 2)
        self.down2 = Down(base * 2, base * 4)
        self.up1 = Up(base * 4, base * 2, bilinear=False)
        self.up2 = Up(base * 2 + base, base, bilinear=True)
        self.outc = OutConv(base, n_classes)

    def forward(self, x):
        x1 = self.inc(x)
        x2 = self.down1(x1)
        x3 = self.down2(x2)
        x = self.up1(x3, x2)
        x = self.up2(x, x1)
        return self.outc(x)


def dice_coeff(input, target, epsilon=1e-6):
    assert input.size() == target.size()
    sum_dim = (-1, -2)
    inter = 2 * (input * target).sum(dim=sum_dim)
    sets_sum = input.sum(dim=sum_dim) + target.sum(dim=sum_dim)
    sets_sum = torch.where(sets_sum == 0, inter, sets_sum)
    dice = (inter + epsilon) / (sets_sum + epsilon)
    return dice.mean()


def dice_loss(input, target):
    return 1 - dice_coeff(input, target)


class Discs(Dataset):
    """Pictures of odd size, so that what comes up is not what went down."""

    def __init__(self, n, seed):
        self.n, self.seed = n, seed

    def __len__(self):
        return self.n

    def __getitem__(self, i):
        rng = np.random.default_rng([self.seed, i])
        y, x = np.ogrid[:22, :25]
        mask = np.zeros((22, 25), dtype=bool)
        for _ in range(2):
            cy, cx, r = rng.uniform(4, 18), rng.uniform(4, 21), rng.uniform(2, 5)
            mask |= (y - cy) ** 2 + (x - cx) ** 2 < r * r
        image = mask + 0.5 * rng.standard_normal(mask.shape)
        return {
            "image": torch.as_tensor(image.copy()).float().contiguous().unsqueeze(0),
            "mask": torch.as_tensor(mask.copy()).long().contiguous(),
        }


def build():
    return UNet(n_channels=1, n_classes=1)


def train(model):
    device = torch.device("cpu")
    loader = DataLoader(Discs(24, 3), batch_size=4, shuffle=False, num_workers=0)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.003, weight_decay=1e-8)
    scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, "max", factor=0.5, patience=0)
    criterion = nn.BCEWithLogitsLoss()
    losses = []
    for epoch in range(2):
        model.train()
        epoch_loss = 0
        for batch in loader:
            images = batch["image"].to(device=device, dtype=torch.float32)
            true_masks = batch["mask"].to(device=device, dtype=torch.long)
            masks_pred = model(images)
            loss = criterion(masks_pred.squeeze(1), true_masks.float())
            loss += dice_loss(F.sigmoid(masks_pred.squeeze(1)), true_masks.float())
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            epoch_loss += loss.item()
            losses.append(loss.item())
        model.eval()
        with torch.no_grad():
            batch = next(iter(loader))
            score = dice_coeff((torch.sigmoid(model(batch["image"])) > 0.5).float()[:, 0], batch["mask"].float())
        scheduler.step(score)
    return losses


def evaluate(model):
    model.eval()
    batch = next(iter(DataLoader(Discs(8, 1), batch_size=8)))
    with torch.no_grad():
        out = model(batch["image"])
        probs = torch.sigmoid(out)[:, 0]
    return [dice_coeff(probs, batch["mask"].float()).item(), probs.mean().item(), probs[:, 5, 5].std().item()]


def main():
    model = build()
    print(train(model))
    print(evaluate(model))


if __name__ == "__main__":
    main()
