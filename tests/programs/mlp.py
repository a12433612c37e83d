"""A multilayer perceptron on a two-dimensional spiral, with a checkpoint half-way."""

import os
import tempfile

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

device = "cuda" if torch.cuda.is_available() else "cpu"


class Spiral(Dataset):
    """Three interleaved arms, one class each."""

    def __init__(self, n, seed, transform=None):
        rng = np.random.default_rng(seed)
        self.labels = np.arange(n) % 3
        r = rng.uniform(0.1, 1.0, n)
        angle = 4 * r + self.labels * 2 * np.pi / 3 + 0.1 * rng.standard_normal(n)
        self.points = np.stack([r * np.cos(angle), r * np.sin(angle)], axis=1)
        self.transform = transform

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, idx):
        point = torch.tensor(self.points[idx], dtype=torch.float32)
        if self.transform:
            point = self.transform(point)
        return point, int(self.labels[idx])


class MLP(nn.Module):
    def __init__(self, inputs, hidden, classes):
        super().__init__()
        self.flatten = nn.Flatten()
        self.layers = nn.Sequential(
            nn.Linear(inputs, hidden),
            nn.ReLU(),
            nn.Linear(hidden, hidden),
            nn.ReLU(),
            nn.Linear(hidden, classes),
        )

    def forward(self, x):
        return self.layers(self.flatten(x))


def build():
    return MLP(2, 64, 3).to(device)


def train_loop(dataloader, model, loss_fn, optimizer):
    losses = []
    model.train()
    for X, y in dataloader:
        X, y = X.to(device), y.to(device)

        pred = model(X)
        loss = loss_fn(pred, y)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        losses.append(loss.item())
    return losses


def test_loop(dataloader, model, loss_fn):
    size = len(dataloader.dataset)
    num_batches = len(dataloader)
    model.eval()
    test_loss, correct = 0, 0
    with torch.no_grad():
        for X, y in dataloader:
            X, y = X.to(device), y.to(device)
            pred = model(X)
            test_loss += loss_fn(pred, y).item()
            correct += (pred.argmax(1) == y).type(torch.float).sum().item()
    return test_loss / num_batches, correct / size


def train(model):
    train_dataloader = DataLoader(Spiral(256, seed=0, transform=lambda p: p * 2.0), batch_size=64)
    loss_fn = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.2, momentum=0.9)
    losses = []
    for epoch in range(4):
        losses += train_loop(train_dataloader, model, loss_fn, optimizer)
        if epoch == 1:
            # Go on from a checkpoint
            with tempfile.TemporaryDirectory() as folder:
                path = os.path.join(folder, "checkpoint.pt")
                torch.save({"epoch": epoch, "model": model.state_dict(), "optimizer": optimizer.state_dict()}, path)
                checkpoint = torch.load(path)
            assert checkpoint["epoch"] == 1
            model.load_state_dict(checkpoint["model"])
            optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
            optimizer.load_state_dict(checkpoint["optimizer"])
    return losses


def evaluate(model):
    test_dataloader = DataLoader(Spiral(96, seed=1, transform=lambda p: p * 2.0), batch_size=64)
    return test_loop(test_dataloader, model, nn.CrossEntropyLoss())


def main():
    model = build()
    print(model)
    print(train(model))
    test_loss, accuracy = evaluate(model)
    print(f"accuracy {accuracy:.1%}, mean loss {test_loss:>8f}")


if __name__ == "__main__":
    main()
