"""Q-learning finds the best way through a grid world from nothing but trying: a table of values and one rule.

    python examples/qlearning.py --plot qlearning.png
    python examples/qlearning.py --slip 0.2 --rate 0.05 --epochs 10000      a slippery floor: keep away from the pits

The learner knows neither the map nor the rewards. Value iteration, which knows both, says what the best policy is, and
the two are compared in every cell. With a network in place of the table: dqn.py."""

import argparse
import random

import matplotlib.pyplot as plt
import numpy as np
from tqdm import tqdm

import pydl

# G is the goal, o a pit, # a wall that cannot be entered; the episode ends in G and o.
MAP = ["....#..G", ".##.#.#.", "...o....", ".#...#o.", ".#.#.#..", "........"]
ROWS, COLUMNS = len(MAP), len(MAP[0])
MOVES = [(-1, 0), (0, 1), (1, 0), (0, -1)]  # up, right, down, left
REWARD = {"G": 1.0, "o": -1.0, ".": -0.02}  # for entering such a cell
GAMMA = 0.95  # a reward one step later is worth this much
CELLS = [(row, column) for row in range(ROWS) for column in range(COLUMNS) if MAP[row][column] != "#"]
INSIDE = [number for number, (row, column) in enumerate(CELLS) if MAP[row][column] == "."]  # where an episode goes on


def neighbour(cell, action):
    """Where a move leads; from a wall or the edge one bounces back."""
    row, column = np.add(CELLS[cell], MOVES[action]).tolist()
    return CELLS.index((row, column)) if (row, column) in CELLS else cell


def step(cell, action, slip, chance):
    """Make a move; on a slippery floor it sometimes goes to the left or the right of where it should."""
    if chance.random() < slip:
        action = (action + chance.choice([1, 3])) % 4
    cell = neighbour(cell, action)
    row, column = CELLS[cell]
    return cell, REWARD[MAP[row][column]], MAP[row][column] != "."


def value_iteration(slip, device="cpu"):
    """The exact Q for one who knows the world: Q(s, a) = Σ p(s' | s, a) (r + GAMMA * max Q(s', ·)), again and again."""
    reward = pydl.tensor([REWARD[MAP[row][column]] for row, column in CELLS])
    going = pydl.zeros(len(CELLS)).index_fill(0, pydl.tensor(INSIDE), 1.0)
    leads = pydl.zeros(len(CELLS), 4, len(CELLS))  # the probability that action a leads from s to s'
    for cell in INSIDE:
        for action in range(4):
            for turn, probability in ((0, 1 - slip), (1, slip / 2), (3, slip / 2)):
                leads[cell, action, neighbour(cell, (action + turn) % 4)] += probability
    q = pydl.zeros(len(CELLS), 4)
    for _ in range(500):
        q = leads @ (reward + GAMMA * going * q.amax(dim=1))
    return q.to(device)


def choose(values, epsilon, chance):
    """Mostly the action that seems best, sometimes any: who never tries anything new finds nothing better."""
    return chance.randrange(4) if chance.random() < epsilon else values.argmax().item()


def learn(exact, args):
    """Q-learning; returns the table and, after each episode, how far its values are from the exact ones."""
    chance = random.Random(args.seed)
    q = pydl.zeros(len(CELLS), 4, device=args.device)
    errors = []
    bar = tqdm(range(args.epochs), unit="episode")
    for episode in bar:
        cell, over = chance.choice(INSIDE), False
        while not over:
            action = choose(q[cell], args.epsilon, chance)
            after, reward, over = step(cell, action, args.slip, chance)
            # The rule: what one got, and what the next cell promises, is what the action was worth.
            goal = reward if over else reward + GAMMA * q[after].max()
            q[cell, action] += args.rate * (goal - q[cell, action])
            cell = after
        errors.append((q.amax(dim=1) - exact.amax(dim=1)).abs().max().item())
        if episode % 100 == 0:
            bar.set_postfix(error=f"{errors[-1]:.1e}")
    return q, errors


def optimal_cells(q, exact):
    """In how many cells the table's best action is one of the best there are."""
    inside = pydl.tensor(INSIDE, device=q.device)
    return (exact[inside, q[inside].argmax(dim=1)] >= exact[inside].amax(dim=1) - 1e-6).sum().item()


def draw(axis, q, title):
    """The map: colours for values, arrows for the best actions."""
    colours = np.full((ROWS, COLUMNS), np.nan)
    for cell in INSIDE:
        row, column = CELLS[cell]
        colours[row, column] = q[cell].max().item()
        down, right = MOVES[q[cell].argmax().item()]
        axis.annotate(
            "",
            (column + 0.3 * right, row + 0.3 * down - 0.12),
            (column - 0.3 * right, row - 0.3 * down - 0.12),
            arrowprops={"arrowstyle": "->", "color": "white", "linewidth": 1.8},
        )
        axis.text(column, row + 0.42, f"{colours[row, column]:.2f}", ha="center", color="white", fontsize=7)
    for row, column in CELLS:
        if MAP[row][column] != ".":
            name, colour = {"G": ("goal", "tab:orange"), "o": ("pit", "black")}[MAP[row][column]]
            axis.add_patch(plt.Rectangle((column - 0.5, row - 0.5), 1, 1, color=colour))
            axis.text(column, row, name, color="white", ha="center", va="center")
    image = axis.imshow(colours, vmin=-0.1, vmax=1.25, cmap="viridis")
    axis.set(title=title, xticks=[], yticks=[], facecolor="0.8")
    return image


def picture(q, exact, errors):
    """What was learned by trying, what is exact, and how the one came to the other."""
    figure, (left, middle, right) = plt.subplots(
        1, 3, figsize=(14, 3.8), layout="constrained", width_ratios=(1, 1, 0.8)
    )
    draw(left, q.cpu(), "Q-learning: found by trying")
    image = draw(middle, exact.cpu(), "Value iteration: knows the world")
    figure.colorbar(image, ax=(left, middle), label="value of the best action", shrink=0.8)
    right.semilogy(errors)
    right.set(xlabel="episode", ylabel="largest error of a cell's value", title="How far the table is from exact")
    return figure


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=int, default=3000, help="episodes: each from some cell to the goal or a pit")
    parser.add_argument("--epsilon", type=float, default=0.3, help="how often to try anything instead of the best")
    parser.add_argument("--rate", type=float, default=0.5, help="how far a value moves towards what was seen")
    parser.add_argument("--slip", type=float, default=0.0, help="how often a step goes to the left or the right")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--plot", metavar="FILE", help="write the picture")
    args = parser.parse_args(argv)
    if args.epochs < 1:
        parser.error("argument --epochs: it takes 1 or more")
    exact = value_iteration(args.slip, args.device)
    q, errors = learn(exact, args)
    if args.plot:
        plt.switch_backend("Agg")
        picture(q, exact, errors).savefig(args.plot, dpi=120)
    found = optimal_cells(q, exact)
    print(f"best action found in {found} of {len(INSIDE)} cells (from value iteration's values: {errors[-1]:.1e})")


if __name__ == "__main__":
    main()
