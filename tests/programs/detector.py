"""A single-shot detector: default boxes at two scales, matching, hard negative mining, suppression of what overlaps."""

import itertools

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

NUM_CLASSES = 3  # background, square, disc
SIZE = 32


class SSD(nn.Module):
    def __init__(self):
        super().__init__()

        def block(i, o):
            return nn.Sequential(
                nn.Conv2d(i, o, 3, stride=2, padding=1), nn.GroupNorm(4, o), nn.LeakyReLU(0.1, inplace=True)
            )

        self.stem = nn.Sequential(block(3, 8), block(8, 16))
        self.extras = nn.ModuleList([block(16, 24), block(24, 24)])
        self.norm_scale = nn.Parameter(torch.Tensor(24).fill_(2.0))
        self.loc, self.conf = nn.ModuleList(), nn.ModuleList()
        for _ in range(2):
            self.loc.append(nn.Conv2d(24, 3 * 4, kernel_size=3, padding=1))
            self.conf.append(nn.Conv2d(24, 3 * NUM_CLASSES, kernel_size=3, padding=1))

    def forward(self, x):
        sources, loc, conf = [], [], []
        x = self.stem(x)
        for k, layer in enumerate(self.extras):
            x = layer(x)
            if k == 0:
                sources.append(F.normalize(x, p=2, dim=1) * self.norm_scale[None, :, None, None])
            else:
                sources.append(x)
        for x, l, c in zip(sources, self.loc, self.conf):
            loc.append(l(x).permute(0, 2, 3, 1).contiguous())
            conf.append(c(x).permute(0, 2, 3, 1).contiguous())
        loc = torch.cat([o.view(o.size(0), -1) for o in loc], 1)
        conf = torch.cat([o.view(o.size(0), -1) for o in conf], 1)
        return loc.view(loc.size(0), -1, 4), conf.view(conf.size(0), -1, NUM_CLASSES)


def prior_boxes():
    """Centre, width and height of every default box, in parts of the picture."""
    mean = []
    for f, scale in ((4, 0.25), (2, 0.5)):
        for i, j in itertools.product(range(f), repeat=2):
            cx, cy = (j + 0.5) / f, (i + 0.5) / f
            mean += [cx, cy, scale, scale]
            for ratio in (2.0, 0.5):
                mean += [cx, cy, scale * ratio**0.5, scale / ratio**0.5]
    output = torch.Tensor(mean).view(-1, 4)
    output.clamp_(max=1, min=0)
    return output


def point_form(boxes):
    return torch.cat((boxes[:, :2] - boxes[:, 2:] / 2, boxes[:, :2] + boxes[:, 2:] / 2), 1)


def jaccard(box_a, box_b):
    """Intersection over union of each with each."""
    max_xy = torch.min(box_a[:, None, 2:], box_b[None, :, 2:])
    min_xy = torch.max(box_a[:, None, :2], box_b[None, :, :2])
    inter = torch.clamp((max_xy - min_xy), min=0).prod(dim=2)
    area_a = ((box_a[:, 2] - box_a[:, 0]) * (box_a[:, 3] - box_a[:, 1])).unsqueeze(1).expand_as(inter)
    area_b = ((box_b[:, 2] - box_b[:, 0]) * (box_b[:, 3] - box_b[:, 1])).unsqueeze(0).expand_as(inter)
    return inter / (area_a + area_b - inter)


def encode(matched, priors, variances):
    g_cxcy = (matched[:, :2] + matched[:, 2:]) / 2 - priors[:, :2]
    g_cxcy /= variances[0] * priors[:, 2:]
    g_wh = torch.log((matched[:, 2:] - matched[:, :2]) / priors[:, 2:]) / variances[1]
    return torch.cat([g_cxcy, g_wh], 1)


def decode(loc, priors, variances):
    boxes = torch.cat(
        (
            priors[:, :2] + loc[:, :2] * variances[0] * priors[:, 2:],
            priors[:, 2:] * torch.exp(loc[:, 2:] * variances[1]),
        ),
        1,
    )
    boxes[:, :2] -= boxes[:, 2:] / 2
    boxes[:, 2:] += boxes[:, :2]
    return boxes


def match(threshold, truths, labels, priors, variances):
    """What each default box should say: offsets to its object, and the object's class or background."""
    overlaps = jaccard(truths, point_form(priors))
    best_prior_overlap, best_prior_idx = overlaps.max(1, keepdim=True)
    best_truth_overlap, best_truth_idx = overlaps.max(0, keepdim=True)
    best_truth_idx.squeeze_(0)
    best_truth_overlap.squeeze_(0)
    best_prior_idx.squeeze_(1)
    # Every object gets its best box, however small the overlap
    best_truth_overlap.index_fill_(0, best_prior_idx, 2)
    for j in range(best_prior_idx.size(0)):
        best_truth_idx[best_prior_idx[j]] = j
    conf = labels[best_truth_idx] + 1
    conf[best_truth_overlap < threshold] = 0
    return encode(truths[best_truth_idx], priors, variances), conf


class MultiBoxLoss(nn.Module):
    def __init__(self, priors, overlap_thresh=0.5, neg_pos=3):
        super().__init__()
        self.register_buffer("priors", priors)
        self.threshold = overlap_thresh
        self.negpos_ratio = neg_pos
        self.variance = [0.1, 0.2]

    def forward(self, predictions, targets):
        loc_data, conf_data = predictions
        num = loc_data.size(0)
        num_priors = self.priors.size(0)
        loc_t = torch.Tensor(num, num_priors, 4)
        conf_t = torch.LongTensor(num, num_priors)
        for idx in range(num):
            truths = targets[idx][:, :-1].data
            labels = targets[idx][:, -1].long()
            loc_t[idx], conf_t[idx] = match(self.threshold, truths, labels, self.priors, self.variance)

        pos = conf_t > 0
        num_pos = pos.sum(dim=1, keepdim=True)
        pos_idx = pos.unsqueeze(pos.dim()).expand_as(loc_data)
        loss_l = F.smooth_l1_loss(loc_data[pos_idx].view(-1, 4), loc_t[pos_idx].view(-1, 4), reduction="sum")

        # The background boxes that are most wrong, three for each object
        batch_conf = conf_data.view(-1, NUM_CLASSES)
        loss_c = torch.logsumexp(batch_conf, 1, keepdim=True) - batch_conf.gather(1, conf_t.view(-1, 1))
        loss_c = loss_c.view(num, -1).detach()
        loss_c[pos] = 0
        _, loss_idx = loss_c.sort(1, descending=True)
        _, idx_rank = loss_idx.sort(1)
        num_neg = torch.clamp(self.negpos_ratio * num_pos, max=pos.size(1) - 1)
        neg = idx_rank < num_neg.expand_as(idx_rank)

        chosen = pos | neg
        conf_p = conf_data[chosen.unsqueeze(2).expand_as(conf_data)].view(-1, NUM_CLASSES)
        loss_c = F.cross_entropy(conf_p, conf_t[chosen], reduction="sum")
        N = num_pos.sum().double().item()
        return loss_l / N, loss_c / N


def nms(boxes, scores, overlap=0.45):
    keep = []
    idx = scores.argsort(descending=True)
    while idx.numel() > 0:
        i = idx[0].item()
        keep.append(i)
        if idx.size(0) == 1:
            break
        idx = idx[1:]
        iou = jaccard(boxes[i : i + 1], boxes[idx]).squeeze(0)
        idx = idx[iou.le(overlap)]
    return torch.tensor(keep, dtype=torch.long)


def scenes(n, seed):
    """Pictures of squares and discs, with a row for each: four sides and a class."""
    rng = np.random.default_rng(seed)
    images = 0.2 * rng.standard_normal((n, 3, SIZE, SIZE))
    y, x = np.mgrid[0:SIZE, 0:SIZE]
    targets = []
    for image in images:
        rows = []
        for _ in range(rng.integers(1, 3)):
            r = rng.integers(3, 8)
            cx, cy = rng.integers(r, SIZE - r, 2)
            kind = rng.integers(0, 2)
            inside = (abs(x - cx) < r) & (abs(y - cy) < r) if kind == 0 else (x - cx) ** 2 + (y - cy) ** 2 < r * r
            image[kind] += inside
            rows.append([(cx - r) / SIZE, (cy - r) / SIZE, (cx + r) / SIZE, (cy + r) / SIZE, kind])
        targets.append(torch.FloatTensor(rows))
    return torch.from_numpy(images).float(), targets


def build():
    return SSD()


def train(net):
    images, targets = scenes(48, 0)
    criterion = MultiBoxLoss(prior_boxes())
    optimizer = torch.optim.SGD(net.parameters(), lr=0.02, momentum=0.9, weight_decay=5e-4)
    net.train()
    losses = []
    for iteration in range(12):
        first = iteration % 6 * 8
        out = net(images[first : first + 8])
        optimizer.zero_grad()
        loss_l, loss_c = criterion(out, targets[first : first + 8])
        loss = loss_l + loss_c
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def evaluate(net):
    net.eval()
    images, _ = scenes(4, 1)
    priors = prior_boxes()
    found = []
    with torch.no_grad():
        loc, conf = net(images)
        scores = F.softmax(conf, dim=-1)
        for i in range(images.shape[0]):
            boxes = decode(loc[i], priors, [0.1, 0.2])
            for cl in range(1, NUM_CLASSES):
                c_mask = scores[i, :, cl].gt(0.05)
                if not c_mask.any():
                    continue
                kept = nms(boxes[c_mask], scores[i, :, cl][c_mask])
                found.append(boxes[c_mask][kept].sum().item())
    return found


def main():
    net = build()
    print(train(net))
    print(evaluate(net))


if __name__ == "__main__":
    main()
