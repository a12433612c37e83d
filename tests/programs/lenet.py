"""A small convolutional network for images of digits, here drawn as blocks of light."""

import argparse

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.optim as optim
from torch.optim.lr_scheduler import StepLR
from torch.utils.data import DataLoader, TensorDataset


class Net(nn.Module):
    def __init__(self):
        super(Net, self).__init__()
        self.conv1 = nn.Conv2d(1, 6, 5, padding=2)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.dropout1 = nn.Dropout(0.0)
        self.fc1 = nn.Linear(16 * 5 * 5, 120)
        self.fc2 = nn.Linear(120, 84)
        self.fc3 = nn.Linear(84, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), (2, 2))
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        x = torch.flatten(x, 1)
        x = F.relu(self.fc1(x))
        x = self.dropout1(x)
        x = F.relu(self.fc2(x))
        x = self.fc3(x)
        return F.log_softmax(x, dim=1)


def images(n, seed):
    """28 x 28 pictures in bytes: a bright block whose place is the label."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 10, n)
    data = rng.integers(0, 60, (n, 28, 28)).astype(np.uint8)
    for image, label in zip(data, labels):
        row, column = divmod(int(label), 4)
        image[4 + row * 7 : 10 + row * 7, 1 + column * 7 : 7 + column * 7] += 150
    return data, labels


def loader(n, seed, batch_size):
    data, labels = images(n, seed)
    x = torch.from_numpy(data).float().div(255).unsqueeze(1)
    x = (x - 0.1307) / 0.3081
    return DataLoader(TensorDataset(x, torch.from_numpy(labels).long()), batch_size=batch_size)


def build():
    return Net()


def train_epoch(args, model, device, train_loader, optimizer, epoch):
    losses = []
    model.train()
    for batch_idx, (data, target) in enumerate(train_loader):
        data, target = data.to(device), target.to(device)
        optimizer.zero_grad()
        output = model(data)
        loss = F.nll_loss(output, target)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        if args.log and batch_idx % args.log_interval == 0:
            done = 100.0 * batch_idx / len(train_loader)
            print("epoch {}  {:3.0f}%  loss {:.6f}".format(epoch, done, loss.item()))
    return losses


def test(model, device, test_loader):
    model.eval()
    test_loss = 0
    correct = 0
    with torch.no_grad():
        for data, target in test_loader:
            data, target = data.to(device), target.to(device)
            output = model(data)
            test_loss += F.nll_loss(output, target, reduction="sum").item()
            pred = output.argmax(dim=1, keepdim=True)
            correct += pred.eq(target.view_as(pred)).sum().item()
    return test_loss / len(test_loader.dataset), correct


def settings(argv=()):
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--lr", type=float, default=0.5)
    parser.add_argument("--gamma", type=float, default=0.7)
    parser.add_argument("--log-interval", type=int, default=2)
    parser.add_argument("--log", action="store_true")
    return parser.parse_args(argv)


def train(model, argv=()):
    args = settings(argv)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    model = model.to(device)
    train_loader = loader(160, 4, 32)
    optimizer = optim.Adadelta(model.parameters(), lr=args.lr)
    scheduler = StepLR(optimizer, step_size=1, gamma=args.gamma)
    losses = []
    for epoch in range(1, args.epochs + 1):
        losses += train_epoch(args, model, device, train_loader, optimizer, epoch)
        scheduler.step()
    return losses


def evaluate(model):
    return test(model, torch.device("cpu"), loader(64, 1, 64))


def main():
    torch.manual_seed(1)
    model = build()
    train(model, ["--log"])
    print("Test set: average loss {:.4f}, {} of 64 right".format(*evaluate(model)))


if __name__ == "__main__":
    main()
