"""A VGG with batch norm, from a list of settings."""

import math

import numpy as np
import torch
import torch.nn as nn
import torch.optim as optim
from torch.utils.data import DataLoader, Subset, TensorDataset

cfg = {
    "A": [8, "M", 16, "M", 32, 32, "M"],
    "B": [8, 8, "M", 16, 16, "M", 32, 32, "M"],
}


class VGG(nn.Module):
    def __init__(self, features, num_classes=5):
        super(VGG, self).__init__()
        self.features = features
        self.avgpool = nn.AdaptiveAvgPool2d((2, 2))
        self.classifier = nn.Sequential(
            nn.Linear(32 * 2 * 2, 64),
            nn.ReLU(True),
            nn.Dropout(p=0.0),
            nn.Linear(64, 64),
            nn.ReLU(inplace=True),
            nn.Dropout(p=0.0),
            nn.Linear(64, num_classes),
        )
        self._initialize_weights()

    def forward(self, x):
        x = self.features(x)
        x = self.avgpool(x)
        x = x.view(x.size(0), -1)
        x = self.classifier(x)
        return x

    def _initialize_weights(self):
        for m in self.modules():
            if isinstance(m, nn.Conv2d):
                n = m.kernel_size[0] * m.kernel_size[1] * m.out_channels
                m.weight.data.normal_(0, math.sqrt(2.0 / n))
                if m.bias is not None:
                    m.bias.data.zero_()
            elif isinstance(m, nn.BatchNorm2d):
                m.weight.data.fill_(1)
                m.bias.data.zero_()
            elif isinstance(m, nn.Linear):
                nn.init.normal_(m.weight, 0, 0.01)
                nn.init.constant_(m.bias, 0)


def make_layers(cfg, batch_norm=False):
    layers = []
    in_channels = 3
    for v in cfg:
        if v == "M":
            layers.append(nn.MaxPool2d(kernel_size=2, stride=2))
            continue
        layers.append(nn.Conv2d(in_channels, v, kernel_size=3, padding=1))
        if batch_norm:
            layers.append(nn.BatchNorm2d(v))
        layers.append(nn.ReLU(inplace=True))
        in_channels = v
    return nn.Sequential(*layers)


def data(n=120):
    rng = np.random.RandomState(7)
    labels = rng.randint(0, 5, size=n)
    images = rng.rand(n, 16, 16, 3).astype("float32")
    for i, label in enumerate(labels):
        images[i, label * 3 : label * 3 + 4, :, label % 3] += 0.7
    # Channels first
    images = torch.from_numpy(images.transpose((0, 3, 1, 2)))
    return TensorDataset(images, torch.from_numpy(labels).to(torch.int64))


def build():
    return VGG(make_layers(cfg["B"], batch_norm=True))


def train(model):
    dataset = Subset(data(), range(96))
    trainloader = DataLoader(dataset, batch_size=24, drop_last=True)
    criterion = nn.CrossEntropyLoss(label_smoothing=0.1)
    optimizer = optim.SGD(model.parameters(), lr=0.01, momentum=0.9, weight_decay=5e-4)
    scheduler = optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=4)

    losses = []
    for epoch in range(4):
        running_loss = 0.0
        for i, batch in enumerate(trainloader, 0):
            inputs, labels = batch
            optimizer.zero_grad()
            outputs = model(inputs)
            loss = criterion(outputs, labels)
            loss.backward()
            optimizer.step()
            running_loss += loss.item()
            losses.append(loss.item())
        scheduler.step()
    return losses


def evaluate(model):
    classes = ("circle", "square", "line", "dot", "wave")
    correct_pred = {classname: 0 for classname in classes}
    total_pred = {classname: 0 for classname in classes}
    model.eval()
    total = torch.zeros(5)
    for images, labels in DataLoader(Subset(data(), list(range(96, 120))), batch_size=8):
        with torch.no_grad():
            outputs = model(images)
        _, predictions = torch.max(outputs, 1)
        total += torch.softmax(outputs, dim=1).sum(dim=0)
        for label, prediction in zip(labels, predictions):
            if label == prediction:
                correct_pred[classes[label]] += 1
            total_pred[classes[label]] += 1
    return [*total.tolist(), sum(correct_pred.values()), *total_pred.values()]


def main():
    model = build()
    print(train(model))
    print(evaluate(model))


if __name__ == "__main__":
    main()
