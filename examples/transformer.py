"""Attention, and a small GPT made of it: it learns to write Python's documentation, in a race with the LSTM of rnn.py.

    python examples/transformer.py --plot transformer.png      with --epochs 200 what it writes begins to make sense

Both train in turn, each for a second of processor time on one core: equal time, and a busy machine slows both. The LSTM
is trained as in rnn.py. (Twice as wide, with 16 pieces a step, it is ahead of the GPT in so short a time.)"""

import argparse
import time

import matplotlib.pyplot as plt
from rnn import ALPHABET, Writer, counted, numbers, surprise, text, write
from tqdm import tqdm

import pydl
from pydl import nn, optim
from pydl.nn import functional as F

CONTEXT, WIDTH, HEADS = 64, 128, 4  # letters looked back at, numbers for each letter, heads of a layer
PIECES = {"GPT": 16, "LSTM": 32}  # read in a step; the LSTM's as in rnn.py


class Attention(nn.Module):
    """Every letter asks all before it, and takes from each the more, the better its key answers the query:
    weights = softmax(query · key / √size - slope x distance), output = sum of weights x value.
    Four heads ask side by side; the slopes make them differ, from the last few letters to all that came before."""

    def __init__(self):
        super().__init__()
        self.ask = nn.Linear(WIDTH, 3 * WIDTH, bias=False)
        self.output = nn.Linear(WIDTH, WIDTH, bias=False)
        distance = pydl.arange(CONTEXT).unsqueeze(1) - pydl.arange(CONTEXT)
        slopes = 2.0 ** (1 - 2 * pydl.arange(1, HEADS + 1)).view(-1, 1, 1)
        # What comes later scores minus infinity: it is to be foreseen, not seen.
        self.register_buffer("bias", (-slopes * distance).masked_fill(distance < 0, -pydl.inf))

    def forward(self, x):
        batch, length, _ = x.shape
        query, key, value = self.ask(x).view(batch, length, 3, HEADS, WIDTH // HEADS).permute(2, 0, 3, 1, 4).unbind(0)
        scores = query @ key.transpose(2, 3) / (WIDTH // HEADS) ** 0.5  # (batch, heads, length, length)
        weights = F.softmax(scores + self.bias[:, :length, :length], dim=-1)
        self.looked = weights.detach()  # to be drawn
        return self.output((weights @ value).transpose(1, 2).flatten(2))


class Block(nn.Module):
    """Attention gathers from other letters, two layers work on each letter alone; both only add to what is there."""

    def __init__(self):
        super().__init__()
        self.norm1, self.attention, self.norm2 = nn.LayerNorm(WIDTH), Attention(), nn.LayerNorm(WIDTH)
        self.think = nn.Sequential(nn.Linear(WIDTH, 2 * WIDTH), nn.GELU(), nn.Linear(2 * WIDTH, WIDTH))

    def forward(self, x):
        x = x + self.attention(self.norm1(x))
        return x + self.think(self.norm2(x))


class GPT(nn.Module):
    """Two blocks on top of an embedding. A letter's vector tells also of the two letters before it."""

    def __init__(self):
        super().__init__()
        self.tables = nn.ModuleList(nn.Embedding(len(ALPHABET), WIDTH) for _ in range(3))
        self.blocks = nn.Sequential(Block(), Block())
        self.output = nn.Sequential(nn.LayerNorm(WIDTH), nn.Linear(WIDTH, len(ALPHABET)))

    def forward(self, letters, before=None):
        """Scores of each next letter, and the letters: an LSTM has a state, a GPT reads again what came before."""
        letters = letters if before is None else pydl.cat([before, letters], dim=1)[:, -CONTEXT:]
        x = 0.3 * sum(table(F.pad(letters, (back, 0))[:, : letters.shape[1]]) for back, table in enumerate(self.tables))
        return self.output(self.blocks(x)), letters


def schedules(model, epochs):
    """Muon for the matrices inside the GPT, Adam for the rest and for the LSTM; their learning rates fall in a line."""
    inside = [weight for name, weight in model.named_parameters() if "blocks" in name and weight.dim() == 2]
    others = [weight for weight in model.parameters() if not any(weight is matrix for matrix in inside)]
    optimizers = [optim.Muon(inside, lr=0.02, weight_decay=0.0)] if inside else []
    optimizers += [optim.Adam(others, lr=5e-3 if inside else 8e-3)]
    return [optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.0, epochs) for optimizer in optimizers]


def race(models, letters, held_out, epochs):
    """Train the models in turn, a second each; return each one's seconds and bits per held-out letter along the way."""
    tools = {name: schedules(model, epochs) for name, model in models.items()}
    curves = {name: [(0.0, surprise(model, held_out).mean().item())] for name, model in models.items()}
    bar = tqdm(range(epochs), unit="epoch")
    for _ in bar:
        for name, model in models.items():
            start = time.process_time()
            while (seconds := time.process_time() - start) < 1:
                pieces = letters[pydl.randint(0, len(letters) - CONTEXT, (PIECES[name], 1)) + pydl.arange(CONTEXT + 1)]
                scores, _ = model(pieces[:, :-1])
                loss = F.cross_entropy(scores.flatten(0, 1), pieces[:, 1:].flatten())
                model.zero_grad()
                loss.backward()
                nn.utils.clip_grad_norm_(model.parameters(), 1.0)
                for schedule in tools[name]:
                    schedule.optimizer.step()
            curves[name].append((curves[name][-1][0] + seconds, surprise(model, held_out).mean().item()))
            bar.set_postfix(network=name, loss=f"{loss.item():.3f}", bits_per_letter=f"{curves[name][-1][1]:.3f}")
            for schedule in tools[name]:
                schedule.step()
    return curves


def picture(curves, pairs, passage, layers):
    """The race, and where a head of each layer looks while the GPT reads a passage that is new to it."""
    figure, (axis, *maps) = plt.subplots(1, 3, figsize=(14, 4.8), layout="constrained")
    for (name, curve), style in zip(curves.items(), ("-", "--"), strict=True):
        axis.plot(*zip(*curve, strict=True), style, label=f"{name}: {curve[-1][1]:.2f}", linewidth=2)
    axis.axhline(pairs, color="black", linestyle=":", label=f"counts of pairs: {pairs:.2f}")
    axis.set(xlabel="processor time (s)", ylabel="bits per held-out letter", ylim=(1.8, 5), title="The race")
    axis.legend()
    marks = list(passage.replace("\n", "↵").replace(" ", "·"))
    for axis, weights, title in zip(maps, layers, ("Layer 1: close by", "Layer 2: far back"), strict=True):
        axis.imshow(weights.cpu().numpy(), cmap="Blues", vmin=0, vmax=0.4)
        axis.set_xticks(range(len(marks)), marks, family="monospace", fontsize=7)
        axis.set_yticks(range(len(marks)), marks, family="monospace", fontsize=7)
        axis.set(xlabel="looks at (the darker, the more)", ylabel="to foresee what follows", title=title)
    return figure


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=int, default=12, help="of a second of processor time for each network")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--plot", metavar="FILE", help="write the picture")
    args = parser.parse_args(argv)
    pydl.manual_seed(args.seed)
    pydl.set_num_threads(1)
    old, new = text()
    letters, held_out = numbers(old).to(args.device), numbers(new[: 250 * 65]).view(250, 65).to(args.device)
    models = {"GPT": GPT().to(args.device), "LSTM": Writer("LSTM").to(args.device)}
    curves, pairs = race(models, letters, held_out, args.epochs), counted(old, new)
    print(f"the GPT writes:\n\n{write(models['GPT'], 'The ', 500)}\n")
    if args.plot:
        plt.switch_backend("Agg")
        surprise(models["GPT"], numbers(new[2016:2057]).view(1, -1).to(args.device))
        first, second = (block.attention.looked[0] for block in models["GPT"].blocks)
        picture(curves, pairs, new[2016:2056], [first[0], second[-1]]).savefig(args.plot, dpi=120)
    bits = ", ".join(f"{name} {curve[-1][1]:.3f}" for name, curve in curves.items())
    print(f"bits per held-out letter after {curves['GPT'][-1][0]:.0f} s each: {bits} (counts of pairs: {pairs:.3f})")


if __name__ == "__main__":
    main()
