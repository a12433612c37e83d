"""A residual network for small colour images, in the form used for CIFAR-10, one block deep."""

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.nn.init as init
from torch.utils.data import DataLoader, Dataset


def _weights_init(m):
    if isinstance(m, (nn.Linear, nn.Conv2d)):
        init.kaiming_normal_(m.weight)


class LambdaLayer(nn.Module):
    def __init__(self, lambd):
        super().__init__()
        self.lambd = lambd

    def forward(self, x):
        return self.lambd(x)


class BasicBlock(nn.Module):
    expansion = 1

    def __init__(self, in_planes, planes, stride=1, option="A"):
        super().__init__()
        self.conv1 = nn.Conv2d(in_planes, planes, kernel_size=3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(planes)
        self.conv2 = nn.Conv2d(planes, planes, kernel_size=3, stride=1, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)

        self.shortcut = nn.Sequential()
        if stride != 1 or in_planes != planes:
            if option == "A":
                # Without parameters: every second pixel, and zeros for the new channels
                extra = (planes - in_planes) // 2
                self.shortcut = LambdaLayer(
                    lambda x: F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, extra, extra), "constant", 0)
                )
            elif option == "B":
                self.shortcut = nn.Sequential(
                    nn.Conv2d(in_planes, self.expansion * planes, kernel_size=1, stride=stride, bias=False),
                    nn.BatchNorm2d(self.expansion * planes),
                )

    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        out += self.shortcut(x)
        return F.relu(out)


class ResNet(nn.Module):
    def __init__(self, block, num_blocks, options, num_classes=10):
        super().__init__()
        self.in_planes = 8
        self.conv1 = nn.Conv2d(3, 8, kernel_size=3, stride=1, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(8)
        self.layer1 = self._make_layer(block, 8, num_blocks[0], 1, options[0])
        self.layer2 = self._make_layer(block, 16, num_blocks[1], 2, options[1])
        self.layer3 = self._make_layer(block, 32, num_blocks[2], 2, options[2])
        self.linear = nn.Linear(32, num_classes)
        self.apply(_weights_init)

    def _make_layer(self, block, planes, num_blocks, stride, option):
        strides = [stride] + [1] * (num_blocks - 1)
        layers = []
        for stride in strides:
            layers.append(block(self.in_planes, planes, stride, option))
            self.in_planes = planes * block.expansion
        return nn.Sequential(*layers)

    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        out = self.layer1(out)
        out = self.layer2(out)
        out = self.layer3(out)
        out = F.avg_pool2d(out, out.size()[3])
        out = out.view(out.size(0), -1)
        return self.linear(out)


class Normalize(object):
    def __init__(self, mean, std):
        self.mean = torch.tensor(mean).view(-1, 1, 1)
        self.std = torch.tensor(std).view(-1, 1, 1)

    def __call__(self, image):
        return (image - self.mean) / self.std


class Stripes(Dataset):
    """Pictures of stripes whose direction and colour are the class; every other one is mirrored."""

    def __init__(self, n, seed):
        rng = np.random.default_rng(seed)
        self.targets = rng.integers(0, 10, n).tolist()
        y, x = np.mgrid[0:16, 0:16]
        self.data = np.empty((n, 3, 16, 16), np.float32)
        for image, target in zip(self.data, self.targets):
            angle = np.pi * (target % 5) / 5
            wave = np.sin(x * np.cos(angle) + y * np.sin(angle) + rng.uniform(0, 6))
            image[:] = rng.uniform(0, 0.3, (3, 16, 16))
            image[target // 5] += 0.3 + 0.3 * wave
        self.normalize = Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])

    def __len__(self):
        return len(self.data)

    def __getitem__(self, index):
        image = torch.from_numpy(self.data[index])
        if index % 2:
            image = image.flip(-1)
        return self.normalize(image), self.targets[index]


class AverageMeter:
    """A running mean, and the last value."""

    def __init__(self):
        self.val = self.sum = self.count = 0

    def update(self, val, n=1):
        self.val = val
        self.sum += val * n
        self.count += n

    @property
    def avg(self):
        return self.sum / self.count


def accuracy(output, target, topk=(1,)):
    """For each k, the share of labels among the k best guesses, in percent."""
    maxk = max(topk)
    batch_size = target.size(0)
    _, pred = output.topk(maxk, 1, True, True)
    pred = pred.t()
    correct = pred.eq(target.view(1, -1).expand_as(pred))
    return [correct[:k].reshape(-1).float().sum(0).mul_(100.0 / batch_size) for k in topk]


def build():
    return ResNet(BasicBlock, [1, 1, 1], ["A", "A", "B"])


def train(model):
    train_loader = DataLoader(
        Stripes(96, 5), batch_size=16, shuffle=False, num_workers=0, pin_memory=torch.cuda.is_available()
    )
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), 0.01, momentum=0.9, weight_decay=1e-4, nesterov=True)
    lr_scheduler = torch.optim.lr_scheduler.MultiStepLR(optimizer, milestones=[1], gamma=0.1, last_epoch=-1)
    top1 = AverageMeter()
    history = []
    for epoch in range(2):
        model.train()
        for i, (input, target) in enumerate(train_loader):
            output = model(input)
            loss = criterion(output, target)

            optimizer.zero_grad()
            loss.backward()
            optimizer.step()

            prec1 = accuracy(output.data, target)[0]
            history.append(loss.float().item())
            top1.update(prec1.item(), input.size(0))
        lr_scheduler.step()
    assert 0 <= top1.avg <= 100 and lr_scheduler.get_last_lr()[0] < 0.005
    return history


def evaluate(model):
    model.eval()
    outputs = []
    with torch.no_grad():
        for input, target in DataLoader(Stripes(40, 1), batch_size=16):
            outputs.append(model(input))
    return torch.cat(outputs).mean(0)


def main():
    model = build()
    print("parameters:", sum(p.numel() for p in model.parameters() if p.requires_grad))
    print(train(model))
    print(evaluate(model))


if __name__ == "__main__":
    main()
