"""Recurrent networks learn to write, letter by letter: an RNN, a GRU and an LSTM read Python's own documentation.

    python examples/rnn.py --plot rnn.png
    python examples/rnn.py --epochs 60      some minutes: most words exist, many brackets close

A network reads one letter at a time, keeps what matters in its state, and says how likely each letter is to be next.
Judged by bits per letter on a held-out tenth: how many yes-no questions the next letter takes, on average."""

import argparse
import math
import textwrap
from pydoc_data.topics import topics

import matplotlib.pyplot as plt
import numpy as np
from tqdm import tqdm

import pydl
from pydl import nn, optim
from pydl.nn import functional as F

ALPHABET = "\n" + "".join(map(chr, range(32, 127)))  # line break and printable ASCII: 96 letters
KINDS = {"RNN": nn.RNN, "GRU": nn.GRU, "LSTM": nn.LSTM}


def text():
    """What `help()` knows about Python, in two parts; each paragraph once, so that what is held out is new."""
    paragraphs = (paragraph for name in sorted(topics) for paragraph in topics[name].split("\n\n"))
    whole = "\n\n".join(dict.fromkeys(paragraphs)).replace("\u2019", "'")
    whole = "".join(letter for letter in whole if letter in ALPHABET)[:360_000]
    return whole[:-36_000], whole[-36_000:]


def numbers(string):
    """Every letter as its place in the alphabet."""
    return pydl.tensor([ALPHABET.index(letter) for letter in string])


class Writer(nn.Module):
    """Letters become vectors, the recurrent layer carries a state along them, a linear layer scores the next letter.

    RNN:   h ← tanh(W x + U h)                           the state is made anew at every letter, and fades
    GRU:   h ← z h + (1 - z) tanh(W x + r (U h))         gates z and r, between 0 and 1: what to keep, what to use
    LSTM:  c ← f c + i tanh(W x + U h), h ← o tanh(c)    a cell c that is added to, with gates f, i and o"""

    def __init__(self, kind, size=128):
        super().__init__()
        self.embedding = nn.Embedding(len(ALPHABET), 32)
        self.recurrent = KINDS[kind](32, size, batch_first=True)
        self.output = nn.Linear(size, len(ALPHABET))

    def forward(self, letters, state=None):
        hidden, state = self.recurrent(self.embedding(letters), state)
        return self.output(hidden), state


@pydl.no_grad()
def surprise(model, letters):
    """-log2 of the probability that the model gave to each letter but the first, knowing those before it; in bits."""
    scores, _ = model(letters[:, :-1])
    return F.cross_entropy(scores.flatten(0, 1), letters[:, 1:].flatten(), reduction="none") / math.log(2)


def train(kind, letters, held_out, args):
    """Fit to pieces of 64 letters from anywhere in the text; return the model and its bits per letter by step."""
    model = Writer(kind).to(args.device)
    optimizer = optim.Adam(model.parameters(), lr=8e-3)
    schedule = optim.lr_scheduler.CosineAnnealingLR(optimizer, args.epochs * 50)
    curve = [(0, surprise(model, held_out).mean().item())]
    bar = tqdm(range(args.epochs), unit="epoch", desc=f"{kind:4}")
    for epoch in bar:
        for _ in range(50):
            pieces = letters[pydl.randint(0, len(letters) - 64, (32, 1)) + pydl.arange(65)]
            scores, _ = model(pieces[:, :-1])
            loss = F.cross_entropy(scores.flatten(0, 1), pieces[:, 1:].flatten())
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)  # over 64 steps gradients can explode
            optimizer.step()
            schedule.step()
        curve.append((50 * (epoch + 1), surprise(model, held_out).mean().item()))
        bar.set_postfix(loss=f"{loss.item():.3f}", bits_per_letter=f"{curve[-1][1]:.3f}")
    return model, curve


@pydl.no_grad()
def write(model, beginning, length, temperature=0.6):
    """Go on from `beginning`: draw a letter from the model's probabilities, let it be the next input, and so on."""
    letters, state, device = numbers(beginning).tolist(), None, next(model.parameters()).device
    for _ in range(length):
        scores, state = model(pydl.tensor([letters if state is None else letters[-1:]], device=device), state)
        letters.append(pydl.multinomial(F.softmax(scores[0, -1] / temperature, dim=0), 1).item())
    return "".join(ALPHABET[letter] for letter in letters)


def counted(text, held_out):
    """Bits per held-out letter without a network, from counts of which letter follows which."""
    first, then = numbers(text).numpy(), numbers(held_out).numpy()
    pairs = np.full((len(ALPHABET), len(ALPHABET)), 0.05)  # what never came may yet come
    np.add.at(pairs, (first[:-1], first[1:]), 1)
    return -np.log2(pairs / pairs.sum(axis=1, keepdims=True))[then[:-1], then[1:]].mean()


def picture(curves, pairs, passage, bits, sample):
    """Bits per letter falling; where a held-out passage surprised the LSTM; what it writes itself."""
    figure, axes = plt.subplot_mosaic("CR;CW", width_ratios=(1, 1.3), figsize=(12, 5), layout="constrained")
    axis, reads, writes = axes["C"], axes["R"], axes["W"]
    for (kind, curve), color in zip(curves.items(), ("#0072B2", "#E69F00", "#009E73"), strict=True):
        axis.plot(*zip(*curve, strict=True), color=color, label=f"{kind}: {curve[-1][1]:.2f}", linewidth=2)
    axis.axhline(pairs, color="black", linestyle="--", label=f"counts of pairs: {pairs:.2f}")
    axis.set(xlabel="training steps", ylabel="bits per held-out letter", ylim=(1.8, 6.8), title="They learn to foresee")
    axis.legend()
    image = reads.imshow(bits.reshape(6, 56), cmap="YlOrRd", vmin=0, vmax=10, aspect="auto")
    for place, letter in enumerate(passage.replace("\n", "↵")):
        reads.text(place % 56, place // 56, letter, ha="center", va="center", family="monospace", fontsize=8)
    reads.set(title="The LSTM reads what is new to it: where is it surprised?", xticks=[], yticks=[])
    figure.colorbar(image, ax=reads, label="bits")
    lines = [part for line in sample.splitlines() for part in textwrap.wrap(line, 72) or [""]][:13]
    writes.text(0.02, 0.96, "\n".join(lines), family="monospace", fontsize=8, va="top", parse_math=False)
    writes.set(title="The LSTM writes", xticks=[], yticks=[])
    return figure


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=int, default=11, help="of 50 steps each, 32 pieces of 64 letters a step")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--plot", metavar="FILE", help="write the picture")
    args = parser.parse_args(argv)
    pydl.manual_seed(args.seed)
    known_text, new_text = text()
    letters, held_out = numbers(known_text).to(args.device), numbers(new_text).view(20, -1).to(args.device)
    curves, pairs = {}, counted(known_text, new_text)
    for kind in KINDS:
        lstm, curves[kind] = train(kind, letters, held_out, args)  # the last one is the LSTM
    sample = write(lstm, "The ", 600)
    print(f"the LSTM writes:\n\n{sample}\n")
    if args.plot:
        plt.switch_backend("Agg")
        passage = new_text[2000:2337]
        bits = surprise(lstm, numbers(passage).to(args.device).view(1, -1)).cpu().numpy()
        picture(curves, pairs, passage[1:], bits, sample).savefig(args.plot, dpi=120)
    reached = ", ".join(f"{kind} {curve[-1][1]:.2f}" for kind, curve in curves.items())
    print(f"bits per held-out letter: {reached} (counts of pairs of letters: {pairs:.2f})")


if __name__ == "__main__":
    main()
