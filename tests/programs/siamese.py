"""A Siamese network of drawings: pairs of one kind come close, others keep their distance."""

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.optim import Adam
from torch.optim.lr_scheduler import LambdaLR
from torch.utils.data import ConcatDataset, DataLoader, Dataset, Sampler


class SiameseNetwork(nn.Module):
    def __init__(self):
        super(SiameseNetwork, self).__init__()
        self.cnn1 = nn.Sequential(
            nn.ReflectionPad2d(1),
            nn.Conv2d(1, 4, kernel_size=3),
            nn.ReLU(inplace=True),
            nn.BatchNorm2d(4),
            nn.ReflectionPad2d(1),
            nn.Conv2d(4, 8, kernel_size=3, stride=2),
            nn.PReLU(8),
            nn.BatchNorm2d(8),
        )
        self.fc1 = nn.Sequential(
            nn.Linear(8 * 8 * 8, 50),
            nn.ReLU(inplace=True),
            nn.Linear(50, 5),
        )

    def forward_once(self, x):
        output = self.cnn1(x)
        output = output.view(output.size()[0], -1)
        return self.fc1(output)

    def forward(self, input1, input2):
        return self.forward_once(input1), self.forward_once(input2)


class ContrastiveLoss(nn.Module):
    def __init__(self, margin=2.0):
        super(ContrastiveLoss, self).__init__()
        self.margin = margin

    def forward(self, output1, output2, label):
        euclidean_distance = F.pairwise_distance(output1, output2, keepdim=True)
        return torch.mean(
            (1 - label) * torch.pow(euclidean_distance, 2)
            + (label) * torch.pow(torch.clamp(self.margin - euclidean_distance, min=0.0), 2)
        )


def drawing(kind, rng):
    image = 0.1 * rng.standard_normal((16, 16))
    at = rng.integers(3, 12)
    if kind in (0, 2):
        image[at - 1 : at + 1] += 1
    if kind in (1, 2):
        image[:, at - 1 : at + 1] += 1
    return torch.tensor(image[np.newaxis], dtype=torch.float32)


class PairDataset(Dataset):
    """Even items are pairs of one kind, odd ones of two."""

    def __init__(self, n, seed, anchors=False):
        self.n, self.seed, self.anchors = n, seed, anchors

    def __len__(self):
        return self.n

    def __getitem__(self, index):
        if index >= self.n:
            raise IndexError(index)
        rng = np.random.default_rng((self.seed, index))
        kind = int(rng.integers(3))
        other = kind if index % 2 == 0 else (kind + 1 + int(rng.integers(2))) % 3
        label = torch.from_numpy(np.array([int(kind != other)], dtype=np.float32))
        return drawing(kind, rng), drawing(other, rng), label


class StridedSampler(Sampler):
    """Every item once, in steps that do not divide the number of items."""

    def __init__(self, data_source, step):
        self.data_source, self.step = data_source, step

    def __iter__(self):
        n = len(self.data_source)
        return iter(i * self.step % n for i in range(n))

    def __len__(self):
        return len(self.data_source)


def build():
    return SiameseNetwork()


def train(net):
    dataset = ConcatDataset([PairDataset(40, 3), PairDataset(33, 1)])
    loader = DataLoader(dataset, batch_size=8, sampler=StridedSampler(dataset, 5), drop_last=True)
    criterion = ContrastiveLoss()
    triplet = nn.TripletMarginLoss(margin=1.0, p=2)
    optimizer = Adam(net.parameters(), lr=0.0005)
    scheduler = LambdaLR(optimizer, lambda epoch: 0.9**epoch)
    loss_history = []
    for epoch in range(2):
        net.train()
        for i, (img0, img1, label) in enumerate(loader):
            optimizer.zero_grad()
            output1, output2 = net(img0, img1)
            loss_contrastive = criterion(output1, output2, label)
            # The pairs of a batch in turn: one of the same kind, then one of another
            same = label.squeeze(1).eq(0)
            n = min(int(same.sum()), int((~same).sum()))
            loss_triplet = triplet(output1[same][:n], output2[same][:n], output2[~same][:n])
            loss = loss_contrastive + 0.5 * loss_triplet
            loss.backward()
            optimizer.step()
            loss_history.append(loss.item())
        scheduler.step()
    return loss_history


def evaluate(net):
    net.eval()
    results, outputs = [], []
    with torch.no_grad():
        for x0, x1, label in DataLoader(PairDataset(6, 9), batch_size=1):
            output1, output2 = net(x0, x1)
            results.append(F.pairwise_distance(output1, output2)[0].item())
            outputs.append(torch.stack((output1, output2), dim=1))
        outputs = torch.cat(outputs)
        outputs -= outputs.mean(dim=(0, 1), keepdim=True)
        similarity = F.cosine_similarity(outputs[:, 0], outputs[:, 1])
    return results + similarity.tolist()


def main():
    net = build()
    print(train(net))
    print(evaluate(net))


if __name__ == "__main__":
    main()
