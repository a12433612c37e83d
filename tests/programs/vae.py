"""A variational autoencoder with one hidden layer each way."""

import numpy as np
import torch
import torch.utils.data
from torch import nn, optim
from torch.nn import functional as F

rng = np.random.default_rng(0)


class VAE(nn.Module):
    def __init__(self):
        super(VAE, self).__init__()

        self.fc1 = nn.Linear(144, 64)
        self.fc21 = nn.Linear(64, 8)
        self.fc22 = nn.Linear(64, 8)
        self.fc3 = nn.Linear(8, 64)
        self.fc4 = nn.Linear(64, 144)

    def encode(self, x):
        h1 = F.relu(self.fc1(x))
        return self.fc21(h1), self.fc22(h1)

    def reparameterize(self, mu, logvar):
        std = torch.exp(0.5 * logvar)
        eps = torch.from_numpy(rng.standard_normal(tuple(std.shape))).to(std)
        return mu + eps * std

    def decode(self, z):
        h3 = F.relu(self.fc3(z))
        return torch.sigmoid(self.fc4(h3))

    def forward(self, x):
        mu, logvar = self.encode(x.view(-1, 144))
        z = self.reparameterize(mu, logvar)
        return self.decode(z), mu, logvar


def loss_function(recon_x, x, mu, logvar):
    BCE = F.binary_cross_entropy(recon_x, x.view(-1, 144), reduction="sum")
    # of N(mu, exp(logvar)) from N(0, 1)
    KLD = -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())
    return BCE + KLD


def squares(n, seed):
    rng = np.random.default_rng(seed)
    images = np.zeros((n, 1, 12, 12), dtype=np.float32)
    for image in images:
        y, x, size = rng.integers(0, 7), rng.integers(0, 7), rng.integers(2, 6)
        image[:, y : y + size, x : x + size] = rng.uniform(0.6, 1.0)
    return torch.utils.data.TensorDataset(torch.from_numpy(images), torch.zeros(n, dtype=torch.long))


def build():
    return VAE()


def train(model):
    model.train()
    train_loader = torch.utils.data.DataLoader(squares(128, 1), batch_size=32)
    optimizer = optim.Adam(model.parameters(), lr=1e-3)
    train_losses = []
    for epoch in range(1, 5):
        train_loss = 0
        for batch_idx, (data, _) in enumerate(train_loader):
            optimizer.zero_grad()
            recon_batch, mu, logvar = model(data)
            loss = loss_function(recon_batch, data, mu, logvar)
            loss.backward()
            train_loss += loss.item()
            optimizer.step()
            train_losses.append(loss.item() / len(data))
    return train_losses


def evaluate(model):
    model.eval()
    with torch.no_grad():
        (data, _) = next(iter(torch.utils.data.DataLoader(squares(16, 2), batch_size=16)))
        recon_batch, mu, logvar = model(data)
        comparison = torch.cat([data[:4], recon_batch.view(16, 1, 12, 12)[:4]])
        sample = model.decode(torch.zeros(1, 8)).cpu()
    return [
        loss_function(recon_batch, data, mu, logvar).item() / 16,
        comparison.mean().item(),
        *sample[0, :5].tolist(),
    ]


def main():
    model = build()
    print(train(model))
    print(evaluate(model))


if __name__ == "__main__":
    main()
