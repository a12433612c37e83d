"""A language model of characters: two layers of LSTM over a short text, trained by truncated backpropagation."""

import math

import numpy as np
import torch
import torch.nn as nn
import torch.optim as optim

TEXT = (
    "the rain falls on the hill and the hill is green. the hill stands over the town and the town is grey. "
    "who walks in the rain from the town to the hill? the one who walks in the rain is the one who sings. "
) * 4


class Dictionary(object):
    def __init__(self, text):
        self.idx2char = sorted(set(text))
        self.char2idx = {char: i for i, char in enumerate(self.idx2char)}

    def __len__(self):
        return len(self.idx2char)

    def encode(self, text):
        return torch.tensor([self.char2idx[c] for c in text]).type(torch.int64)


dictionary = Dictionary(TEXT)


class RNNModel(nn.Module):
    """Embed, remember, guess the next character."""

    def __init__(self, ntoken, ninp, nhid, nlayers, dropout=0.0):
        super().__init__()
        self.drop = nn.Dropout(dropout)
        self.encoder = nn.Embedding(ntoken, ninp)
        self.rnn = nn.LSTM(ninp, nhid, nlayers, dropout=dropout)
        self.decoder = nn.Linear(nhid, ntoken)
        self.nhid = nhid
        self.nlayers = nlayers
        self.init_weights()

    def init_weights(self):
        initrange = 0.1
        nn.init.uniform_(self.encoder.weight, -initrange, initrange)
        nn.init.zeros_(self.decoder.bias)
        nn.init.uniform_(self.decoder.weight, -initrange, initrange)

    def forward(self, input, hidden):
        emb = self.drop(self.encoder(input))
        output, hidden = self.rnn(emb, hidden)
        output = self.drop(output)
        decoded = self.decoder(output.view(output.size(0) * output.size(1), output.size(2)))
        return decoded.view(output.size(0), output.size(1), decoded.size(1)), hidden

    def init_hidden(self, bsz):
        weight = next(self.parameters())
        return (
            weight.new_zeros(self.nlayers, bsz, self.nhid),
            weight.new_zeros(self.nlayers, bsz, self.nhid),
        )


def batchify(data, bsz):
    # As many rows as fill bsz columns, each column a piece of the text
    nbatch = data.size(0) // bsz
    data = data.narrow(0, 0, nbatch * bsz)
    return data.view(bsz, -1).t().contiguous()


def repackage_hidden(h):
    """The same hidden states, cut off from their history."""
    if isinstance(h, torch.Tensor):
        return h.detach()
    return tuple(repackage_hidden(v) for v in h)


def get_batch(source, i, bptt):
    seq_len = min(bptt, len(source) - 1 - i)
    data = source[i : i + seq_len]
    target = source[i + 1 : i + 1 + seq_len].view(-1)
    return data, target


def build():
    return RNNModel(len(dictionary), 16, 32, 2)


def train(model, bptt=12):
    source = batchify(dictionary.encode(TEXT), 6)
    criterion = nn.CrossEntropyLoss()
    optimizer = optim.SGD(model.parameters(), lr=2.0)
    losses = []
    for epoch in range(1, 3):
        model.train()
        hidden = model.init_hidden(6)
        for batch, i in enumerate(range(0, source.size(0) - 1, bptt)):
            data, targets = get_batch(source, i, bptt)
            model.zero_grad()
            hidden = repackage_hidden(hidden)
            output, hidden = model(data, hidden)
            loss = criterion(output.view(-1, len(dictionary)), targets)
            loss.backward()

            # The gradients of a long sequence can grow without bound
            torch.nn.utils.clip_grad_norm_(model.parameters(), 0.25)
            optimizer.step()
            losses.append(loss.item())
        for group in optimizer.param_groups:
            group["lr"] /= 2.0
    return losses


@torch.no_grad()
def evaluate(model):
    model.eval()
    source = batchify(dictionary.encode("the town is on the hill and the rain is on the town. "), 1)
    output, (h, c) = model(source[:-1], model.init_hidden(1))
    loss = nn.functional.cross_entropy(output.squeeze(1), source[1:].squeeze(1))
    return [math.exp(loss.item()), h.abs().mean().item(), c.norm().item()]


def sample(model, length=40):
    rng = np.random.default_rng(0)
    model.eval()
    input, hidden, text = dictionary.encode("t").unsqueeze(0), model.init_hidden(1), "t"
    with torch.no_grad():
        for _ in range(length):
            output, hidden = model(input, hidden)
            word_weights = output.squeeze().div(0.8).exp().cpu()
            p = word_weights.double() / word_weights.double().sum()
            idx = rng.choice(len(dictionary), p=p.numpy())
            input.fill_(int(idx))
            text += dictionary.idx2char[idx]
    return text


def main():
    model = build()
    print(train(model))
    print(evaluate(model))
    print(sample(model))


if __name__ == "__main__":
    main()
