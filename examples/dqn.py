"""A deep Q-network learns to balance a pole on a cart (gymnasium's CartPole-v1) from nothing but trying.

    python examples/dqn.py --plot dqn.png
    python examples/dqn.py --epochs 20        more time buys certainty: fewer lapses on the way to 500

In qlearning.py Q(s, a) is a table. Here a state is four real numbers, and a network takes the table's place. What keeps
it stable: a memory, from which it learns in random order, and a second network, which follows slowly."""

import argparse
import copy

import gymnasium
import matplotlib.pyplot as plt
import numpy as np
from tqdm import tqdm

import pydl
from pydl import nn, optim
from pydl.nn import functional as F

CARTS = 8  # play at the same time
AHEAD = 5  # real rewards that are summed before the network's guess of the rest takes over
GAMMA = 0.99  # a reward one step later is worth this much
WORLD = {"id": "CartPole-v1", "vectorization_mode": "vector_entry_point"}  # all carts in one array


class QNetwork(nn.Module):
    """From position, speed, angle and angular speed to two values: of a push to the left and of one to the right."""

    def __init__(self):
        super().__init__()
        self.register_buffer("scale", pydl.tensor([2.4, 2.0, 0.21, 2.0]))  # brings all four to about -1..1
        self.layers = nn.Sequential(nn.Linear(4, 128), nn.ReLU(), nn.Linear(128, 128), nn.ReLU(), nn.Linear(128, 2))

    def forward(self, states):
        return self.layers(states / self.scale)


class Memory:
    """All that happened, by time and cart: state, action, reward, and whether the pole fell."""

    def __init__(self, steps, device):
        self.states = pydl.zeros(steps + 1, CARTS, 4, device=device)
        self.actions = pydl.zeros(steps, CARTS, dtype=pydl.int64, device=device)
        self.rewards, self.fell = pydl.zeros(2, steps, CARTS, device=device)

    def sample(self, count, now):
        """Random moments and what followed: the reward of AHEAD steps, the state after them, and its value's factor."""
        time = pydl.randint(1, now - AHEAD, (count,), device=self.states.device)
        cart = pydl.randint(CARTS, (count,), device=self.states.device)
        stood = self.fell[time - 1, cart] == 0  # the step after a fall only sets the cart up again
        time, cart = time[stood], cart[stood]
        reward, factor = pydl.zeros_like(time).float(), pydl.ones_like(time).float()
        for ahead in range(AHEAD):
            reward += factor * self.rewards[time + ahead, cart]
            factor *= GAMMA * (1 - self.fell[time + ahead, cart])  # nothing counts after a fall
        return self.states[time, cart], self.actions[time, cart], reward, self.states[time + AHEAD, cart], factor


def learn(model, target, optimizer, sample):
    """A step towards Q(s, a) = reward of some steps + factor * max Q(state after them, ·); the loss is Huber's."""
    states, actions, reward, later, factor = sample
    goal = reward + factor * target(later).amax(dim=1).detach()
    loss = F.smooth_l1_loss(model(states).gather(1, actions.unsqueeze(1)).squeeze(1), goal)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    for slow, quick in zip(target.parameters(), model.parameters(), strict=True):
        slow.data.lerp_(quick.data, 0.01)  # the second network goes a hundredth of the way
    return loss.item()


def train(model, seed, epochs, device):
    """Play and learn in turns; returns the curve: moves made so far, and the mean return of 20 episodes."""
    # The reward to learn from is -1 for falling. If each step paid 1, as it does by default, the values would be
    # (1 + GAMMA * Q) / (1 - GAMMA): the same order of actions, but up to 100, far from where a network starts.
    env = gymnasium.make_vec(**WORLD, num_envs=CARTS, sutton_barto_reward=True, max_episode_steps=10**9)
    steps, curve = 1000 * epochs, []
    memory, target = Memory(steps, device), copy.deepcopy(model)
    optimizer = optim.Adam(model.parameters(), lr=1e-3)
    schedule = optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.05, steps)
    memory.states[0] = pydl.from_numpy(env.reset(seed=seed)[0])
    for t in (bar := tqdm(range(steps), unit="step")):
        explore = pydl.rand(CARTS, device=device) < max(0.05, 1 - 10 * t / steps)  # trust the network more and more
        chance = pydl.randint(2, (CARTS,), device=device)
        memory.actions[t] = pydl.where(explore, chance, model(memory.states[t]).argmax(dim=1))
        result = env.step(memory.actions[t].cpu().numpy())
        memory.states[t + 1], memory.rewards[t], memory.fell[t] = map(pydl.from_numpy, result[:3])
        if t >= 100:
            loss = learn(model, target, optimizer, memory.sample(128, t))
            schedule.step()
        if t % 250 == 249:
            curve.append(((t + 1) * CARTS, play(model, 20, seed + 1000, device).mean()))
            bar.set_postfix({"loss": f"{loss:.5f}", "return": f"{curve[-1][1]:.0f}"})
    return np.array(curve)


def play(model, episodes, seed, device):
    """The return of each of some episodes: the number of steps that the pole stood, at most 500."""
    env = gymnasium.make_vec(**WORLD, num_envs=episodes)
    states, returns, going = env.reset(seed=seed)[0], np.zeros(episodes), np.ones(episodes, dtype=bool)
    while going.any():
        actions = model(pydl.from_numpy(states).to(device)).argmax(dim=1)
        states, rewards, fell, late, _ = env.step(actions.cpu().numpy())
        returns += rewards * going
        going &= ~(fell | late)
    return returns


def picture(model, curve, chance):
    """The way to 500, and what the network makes of a pole's angle and angular speed."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4.5), layout="constrained")
    left.plot(curve[:, 0] / 1000, curve[:, 1], marker=".", label="the network")
    left.axhline(475, color="0.4", linestyle=":", label="counts as solved")
    left.axhline(chance, color="tab:orange", linestyle="--", label="pushes by chance")
    left.set(xlabel="moves tried / 1000", ylabel="steps that the pole stood, mean of 20", title="Learning to balance")
    left.legend(loc="lower right", bbox_to_anchor=(1, 0.08))
    angle, speed = np.meshgrid(np.linspace(-12, 12, 121), np.linspace(-100, 100, 121))
    states = np.radians(np.stack((0 * angle, 0 * angle, angle, speed), axis=-1)).astype(np.float32)
    values = model(pydl.from_numpy(states).to(model.scale.device)).detach().cpu().numpy()
    best, undecided = values.max(axis=-1), values[..., 1] - values[..., 0]
    image = right.pcolormesh(angle, speed, best, vmin=-1, vmax=0)
    right.contour(angle, speed, np.where(best > -0.8, undecided, np.nan), levels=[0], colors="white")
    right.set(xlabel="angle of the pole [°]", ylabel="its angular speed [°/s]", title="Above the line: push right")
    figure.colorbar(image, label="value of a cart at rest (-1: falls now, 0: never)")
    return figure


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=int, default=10, help=f"an epoch is 1000 steps of {CARTS} carts")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--plot", metavar="FILE", help="write the picture")
    args = parser.parse_args(argv)
    if args.epochs < 1:
        parser.error("argument --epochs: it takes 1 or more")
    pydl.manual_seed(args.seed)
    model = QNetwork().to(args.device)
    curve = train(model, args.seed, args.epochs, args.device)
    returns = play(model, 100, args.seed + 2000, args.device).mean()
    chance = play(lambda states: pydl.rand(len(states), 2), 100, args.seed + 2000, args.device).mean()
    if args.plot:
        plt.switch_backend("Agg")
        picture(model, curve, chance).savefig(args.plot, dpi=120)
    print(f"mean return of 100 new episodes: {returns:.1f} of 500 (solved: 475; by chance: {chance:.1f})")


if __name__ == "__main__":
    main()
