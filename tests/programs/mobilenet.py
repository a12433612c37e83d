"""MobileNet's inverted residual blocks: expand, filter each channel by itself, project."""

import copy

import numpy as np
import torch
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset


def rounded(channels, multiple=4):
    return max(multiple, int(channels + multiple / 2) // multiple * multiple)


class ConvBNReLU(nn.Sequential):
    def __init__(self, in_planes, out_planes, kernel_size=3, stride=1, groups=1):
        padding = (kernel_size - 1) // 2
        super().__init__(
            nn.Conv2d(in_planes, out_planes, kernel_size, stride, padding, groups=groups, bias=False),
            nn.BatchNorm2d(out_planes, momentum=0.2),
            nn.ReLU6(inplace=True),
        )


class SqueezeExcite(nn.Module):
    def __init__(self, channels, reduction=4):
        super().__init__()
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Sequential(
            nn.Conv2d(channels, channels // reduction, 1),
            nn.Hardswish(),
            nn.Conv2d(channels // reduction, channels, 1),
            nn.Hardsigmoid(),
        )

    def forward(self, x):
        return x * self.fc(self.pool(x))


class InvertedResidual(nn.Module):
    def __init__(self, inp, oup, stride, expand_ratio, use_se=False):
        super().__init__()
        self.stride = stride
        assert stride in [1, 2]
        hidden_dim = int(round(inp * expand_ratio))
        self.use_res_connect = self.stride == 1 and inp == oup

        layers = []
        if expand_ratio != 1:
            # Pointwise
            layers.append(ConvBNReLU(inp, hidden_dim, kernel_size=1))
        # Depthwise
        layers.append(ConvBNReLU(hidden_dim, hidden_dim, stride=stride, groups=hidden_dim))
        if use_se:
            layers.append(SqueezeExcite(hidden_dim))
        layers.extend(
            [
                # Pointwise, without an activation
                nn.Conv2d(hidden_dim, oup, 1, 1, 0, bias=False),
                nn.BatchNorm2d(oup),
            ]
        )
        self.conv = nn.Sequential(*layers)

    def forward(self, x):
        if self.use_res_connect:
            return x + self.conv(x)
        else:
            return self.conv(x)


class MobileNet(nn.Module):
    def __init__(self, num_classes=4, width_mult=1.0):
        super().__init__()
        input_channel = rounded(8 * width_mult)
        features = [ConvBNReLU(3, input_channel, stride=2)]
        for t, c, n, s, se in [[1, 8, 1, 1, False], [4, 12, 2, 2, True], [4, 16, 1, 2, False]]:
            output_channel = rounded(c * width_mult)
            for i in range(n):
                stride = s if i == 0 else 1
                features.append(InvertedResidual(input_channel, output_channel, stride, t, se))
                input_channel = output_channel
        features.append(ConvBNReLU(input_channel, 32, kernel_size=1))
        self.features = nn.Sequential(*features)
        self.classifier = nn.Linear(32, num_classes)

        for m in self.modules():
            if isinstance(m, nn.Conv2d):
                nn.init.kaiming_normal_(m.weight, mode="fan_out")
                if m.bias is not None:
                    nn.init.zeros_(m.bias)
            elif isinstance(m, (nn.BatchNorm2d, nn.GroupNorm)):
                nn.init.ones_(m.weight)
                nn.init.zeros_(m.bias)
            elif isinstance(m, nn.Linear):
                nn.init.normal_(m.weight, 0, 0.01)
                nn.init.zeros_(m.bias)

    def forward(self, x):
        x = self.features(x)
        x = x.mean([2, 3])
        return self.classifier(x)


class EMA:
    """An exponential moving average of a model's weights."""

    def __init__(self, model, decay=0.9):
        self.module = copy.deepcopy(model).eval()
        self.decay = decay
        for p in self.module.parameters():
            p.requires_grad_(False)

    @torch.no_grad()
    def update(self, model):
        for ema_v, model_v in zip(self.module.state_dict().values(), model.state_dict().values()):
            if ema_v.is_floating_point():
                ema_v.mul_(self.decay).add_(model_v, alpha=1 - self.decay)
            else:
                ema_v.copy_(model_v)


def blobs(n, seed):
    """A bright disc in one of four corners."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 4, n)
    y, x = np.mgrid[0:16, 0:16]
    cx, cy = 4 + 8 * (labels % 2), 4 + 8 * (labels // 2)
    disc = ((x - cx[:, None, None]) ** 2 + (y - cy[:, None, None]) ** 2 < 12)[:, None]
    images = 0.5 * rng.standard_normal((n, 3, 16, 16)) + disc * rng.uniform(0.5, 1.5, (n, 3, 1, 1))
    return TensorDataset(torch.tensor(images, dtype=torch.float), torch.as_tensor(labels))


def build():
    return MobileNet()


averages = {}


def train(model):
    model.train()
    ema = averages["ema"] = EMA(model)
    loader = DataLoader(blobs(96, 6), batch_size=16)
    # No weight decay for biases and batch norm
    decay = [p for p in model.parameters() if p.ndim > 1]
    no_decay = [p for p in model.parameters() if p.ndim <= 1]
    optimizer = optim.RMSprop(
        [{"params": decay, "weight_decay": 4e-5}, {"params": no_decay, "weight_decay": 0.0}],
        lr=0.001, alpha=0.9, momentum=0.9, eps=0.01,
    )  # fmt: skip
    scheduler = optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.95)
    criterion = nn.CrossEntropyLoss()
    losses = []
    for epoch in range(2):
        for images, targets in loader:
            loss = criterion(model(images), targets)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            scheduler.step()
            ema.update(model)
            losses.append(loss.item())
    return losses


def evaluate(model):
    images, _ = blobs(32, 1)[:]
    ema = averages["ema"].module
    model.eval()
    with torch.inference_mode():
        return torch.stack([model(images).std(0), ema(images).std(0)])


def main():
    model = build()
    print(train(model))
    print(evaluate(model))


if __name__ == "__main__":
    main()
