"""Find the joints of a figure: a network paints a heat map for each, and the peak of the map is where the joint is.

    python examples/pose.py --plot pose.png
    python examples/pose.py --epochs 40        longer: the hidden joints are guessed better

The program draws the figures itself, with clutter, noise, and a bar that hides a part, so it knows where the joints
are. Every batch is drawn anew: no figure is seen twice, and those of the test were never trained on."""

import argparse

import matplotlib.pyplot as plt
from tqdm import tqdm

import pydl
from pydl import metrics, nn, optim
from pydl.nn import functional as F

SIZE = 48  # pixels of an image
STRIDE = 2  # pixels for one cell of a heat map
# A joint hangs by a bone from the one before it: the bone's length, its angle to the bone before that one (to straight
# down for the first ones) and by how much the angle varies, in degrees. Limbs on the left are painted darker.
JOINTS = ["hip", "neck", "head", "L.elbow", "L.hand", "R.elbow", "R.hand", "L.knee", "L.foot", "R.knee", "R.foot"]
BEFORE = [0, 0, 1, 1, 3, 1, 5, 0, 7, 0, 9]
LENGTH = [0.00, 0.30, 0.16, 0.20, 0.18, 0.20, 0.18, 0.24, 0.24, 0.24, 0.24]
ANGLE = [0, 180, 0, 125, 0, -125, 0, -25, 0, 25, 0]
VARIES = [0, 20, 20, 75, 80, 75, 80, 35, 40, 35, 40]
PIXELS = pydl.arange(SIZE).float()
CELLS = pydl.cartesian_prod(PIXELS[::STRIDE], PIXELS[::STRIDE]).flip(1) + (STRIDE - 1) / 2  # of a heat map: x, y


def uniform(low, high, *size):
    return low + (high - low) * pydl.rand(*size)


def random_joints(count):
    """Joints (count, joints, 2) of random figures as x and y in pixels, shifted to somewhere in the image."""
    size = uniform(0.65, 0.95, count, 1) * SIZE
    places, angles = [pydl.zeros(count, 2)], [pydl.zeros(count)]
    for before, length, angle, varies in list(zip(BEFORE, LENGTH, ANGLE, VARIES, strict=True))[1:]:
        angles.append(angles[before] + pydl.deg2rad(angle + uniform(-varies, varies, count)))
        places.append(places[before] + length * size * pydl.stack((angles[-1].sin(), angles[-1].cos()), 1))
    joints = pydl.stack(places, 1)
    joints = joints - joints.amin(dim=1, keepdim=True)
    joints = joints * ((SIZE - 9) / joints.amax(dim=(1, 2), keepdim=True)).clamp(max=1)
    return joints + 4 + pydl.rand(count, 1, 2) * (SIZE - 9 - joints.amax(dim=1, keepdim=True))


def draw(start, end, width, shade):
    """Images (count, 1, SIZE, SIZE) of the brightest of some thick lines between points (count, lines, 2)."""
    x, y = (PIXELS - start[..., :1]).unsqueeze(2), (PIXELS - start[..., 1:]).unsqueeze(3)
    dx, dy = (end - start)[..., None, None].unbind(2)
    along = ((x * dx + y * dy) / (dx**2 + dy**2 + 1e-6)).clamp(0, 1)  # where on the line is its nearest point?
    away = ((x - along * dx) ** 2 + (y - along * dy) ** 2).sqrt()
    return ((width - away + 0.5).clamp(0, 1) * shade).amax(dim=1, keepdim=True)


def figures(count):
    """Images (count, 1, SIZE, SIZE) and the joints of the figures in them (count, joints, 2)."""
    joints, clutter = random_joints(count), uniform(0, SIZE, 2, count, 3, 2)
    # The bones (that of the hip is a point), the head as a thick point, and three lines that mean nothing.
    start = pydl.cat((joints[:, BEFORE], joints[:, 2:3], clutter[0]), 1)
    end = pydl.cat((joints, joints[:, 2:3], clutter[1]), 1)
    shade = pydl.tensor([0.6 if name.startswith("L") else 1.0 for name in JOINTS] + [1.0] + [0.5] * 3)
    width = pydl.tensor([1.3] * len(JOINTS) + [3.0] + [0.8] * 3)
    images = draw(start, end, width[:, None, None], shade[:, None, None])
    # A thick grey bar hides what is behind it.
    middle, half = uniform(6, SIZE - 6, count, 1, 2), uniform(-5, 5, count, 1, 2)
    images = pydl.where(draw(middle - half, middle + half, 4.0, 1.0) > 0.5, 0.3, images)
    return images + 0.15 * pydl.randn(images.shape), joints


def block(channels_in, channels_out, dilation=1):
    convolution = nn.Conv2d(channels_in, channels_out, 3, padding=dilation, dilation=dilation, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(channels_out), nn.ReLU())


def network(channels=32):
    """From an image to a heat map for each joint. Filters with wider and wider gaps see the whole figure at last."""
    wider = [block(channels, channels, dilation) for dilation in (1, 2, 4, 8)]
    return nn.Sequential(block(1, channels), nn.MaxPool2d(STRIDE), *wider, nn.Conv2d(channels, len(JOINTS), 1))


def heat_maps(joints, spread=2.0):
    """What the network shall paint: for each joint a bump of sum 1 around it, exp(-distance² / (2 spread²)) / sum."""
    return F.softmax(-(joints.unsqueeze(2) - CELLS.to(joints.device)).square().sum(dim=-1) / (2 * spread**2), dim=-1)


def decode(heat):
    """From heat maps to joints, finer than a cell: the mean place of the heat in the 5 x 5 cells around the peak."""
    heat, cells = heat.flatten(2).softmax(dim=-1), CELLS.to(heat.device)
    peak = cells[heat.argmax(dim=-1)].unsqueeze(2)
    near = heat * ((cells - peak).abs().amax(dim=-1) <= 2 * STRIDE)
    return near @ cells / near.sum(dim=-1, keepdim=True)


def train(model, epochs, device):
    """Fit the model to new figures, 25 batches in an epoch."""
    optimizer = optim.Adam(model.parameters())
    schedule = optim.lr_scheduler.OneCycleLR(optimizer, max_lr=6e-3, total_steps=25 * epochs)
    for _ in (bar := tqdm(range(25 * epochs), unit="batch")):
        images, joints = (tensor.to(device) for tensor in figures(32))
        painted = model(images).flatten(2).log_softmax(dim=-1)
        loss = -(heat_maps(joints) * painted).sum(dim=-1).mean()  # cross-entropy with the bump
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        bar.set_postfix(loss=f"{loss.item():.3f}")


def picture(images, joints, heat, found):
    """Some figures with what was found in them, their heat maps below, and how often each joint is found."""
    figure = plt.figure(figsize=(13, 4.8), layout="constrained")
    left, right = figure.subfigures(1, 2, width_ratios=(2.6, 1))
    left.suptitle("Above: the joints found (orange: left) and the true ones (white). Below: the heat of all joints")
    for i, (above, below) in enumerate(left.subplots(2, 5, subplot_kw={"xticks": [], "yticks": []}).T):
        above.imshow(images[i, 0].numpy(), cmap="gray")
        for joint, name in enumerate(JOINTS):
            color = "tab:orange" if name.startswith("L") else "tab:blue"
            above.plot(*found[i, [BEFORE[joint], joint]].T.numpy(), color=color, linewidth=2.5)
        above.plot(*joints[i].T.numpy(), linestyle="none", marker="o", markersize=4, markerfacecolor="none", color="w")
        below.imshow(heat[i].flatten(1).softmax(dim=-1).amax(dim=0).reshape(heat.shape[2:]).numpy(), cmap="inferno")
    (axis := right.subplots()).barh(JOINTS, metrics.pck(found, joints, per_keypoint=True).numpy() * 100)
    axis.set(xlabel="within a tenth of the figure's size [%]", xlim=(0, 102), ylim=(10.5, -0.5), title="Joints found")
    return figure


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=int, default=10, help="25 batches of 32 new figures each")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--plot", metavar="FILE", help="write the picture")
    args = parser.parse_args(argv)
    if args.epochs < 1:
        parser.error("argument --epochs: it takes 1 or more")
    pydl.manual_seed(args.seed)
    images, joints = figures(400)  # to be judged on
    model = network().to(args.device)
    train(model, args.epochs, args.device)
    heat = model.eval()(images.to(args.device)).detach().cpu()
    found, guess = decode(heat), joints.mean(dim=0).expand(joints.shape)
    if args.plot:
        plt.switch_backend("Agg")
        picture(images, joints, heat, found).savefig(args.plot, dpi=120)
    print(f"PCK@0.1 on new figures: {metrics.pck(found, joints):.1%} (mean pose: {metrics.pck(guess, joints):.1%})")


if __name__ == "__main__":
    main()
