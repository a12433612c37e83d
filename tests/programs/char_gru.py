"""A bidirectional GRU that tells the language of a made-up name, on packed sequences of different lengths."""

import string

import numpy as np
import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence
from torch.utils.data import DataLoader, Dataset

ALL_LETTERS = string.ascii_lowercase
PAD = 0
LANGUAGES = {
    "north": (["bj", "sk", "th", "gr"], ["or", "ar", "un"], ["sen", "dal", "rik"]),
    "south": (["m", "l", "r", "v"], ["a", "o", "i"], ["ni", "lo", "ra", "cci"]),
    "east": (["k", "h", "t", "sh"], ["a", "i", "u", "e"], ["moto", "ko", "ya"]),
}


class Names(Dataset):
    def __init__(self, n, seed):
        rng = np.random.default_rng(seed)
        self.classes = list(LANGUAGES)
        self.samples = []
        for i in range(n):
            label = i % len(self.classes)
            starts, middles, ends = LANGUAGES[self.classes[label]]
            name = "".join(rng.choice(starts) + rng.choice(middles) for _ in range(rng.integers(1, 4)))
            self.samples.append((name + str(rng.choice(ends)), label))

    def __len__(self):
        return len(self.samples)

    def __getitem__(self, i):
        name, label = self.samples[i]
        return torch.tensor([ALL_LETTERS.index(c) + 1 for c in name], dtype=torch.long), label


def collate(batch):
    # The longest first
    batch = sorted(batch, key=lambda sample: len(sample[0]), reverse=True)
    sequences, labels = zip(*batch)
    lengths = torch.LongTensor([len(s) for s in sequences])
    return pad_sequence(sequences, batch_first=True, padding_value=PAD), lengths, torch.LongTensor(labels)


class NameClassifier(nn.Module):
    def __init__(self, vocab, embed, hidden, classes):
        super().__init__()
        self.embedding = nn.Embedding(vocab, embed, padding_idx=PAD)
        self.gru = nn.GRU(embed, hidden, num_layers=2, batch_first=True, bidirectional=True)
        self.cell = nn.GRUCell(2 * hidden, hidden)
        self.fc = nn.Linear(3 * hidden, classes)

    def forward(self, x, lengths):
        packed = pack_padded_sequence(self.embedding(x), lengths, batch_first=True)
        output, h_n = self.gru(packed)
        output, output_lengths = pad_packed_sequence(output, batch_first=True)
        assert torch.equal(output_lengths, lengths)

        # Mean over the letters that are there
        mask = (torch.arange(output.size(1))[None, :] < lengths[:, None]).unsqueeze(-1)
        mean = (output * mask).sum(dim=1) / lengths.unsqueeze(1)
        state = self.cell(mean, h_n[-2])
        return self.fc(torch.cat((h_n[-2], h_n[-1], state), dim=1))


def build():
    return NameClassifier(len(ALL_LETTERS) + 1, 8, 16, len(LANGUAGES))


def train(model):
    loader = DataLoader(Names(96, 0), batch_size=16, collate_fn=collate)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01, amsgrad=True)
    scheduler = torch.optim.lr_scheduler.LinearLR(optimizer, start_factor=0.5, total_iters=6)
    criterion = nn.CrossEntropyLoss(weight=torch.tensor([1.0, 2.0, 1.5]))
    losses = []
    model.train()
    for epoch in range(2):
        for names, lengths, labels in loader:
            optimizer.zero_grad()
            loss = criterion(model(names, lengths), labels)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), max_norm=5)
            optimizer.step()
            scheduler.step()
            losses.append(loss.item())
    return losses


def evaluate(model):
    model.eval()
    confusion = torch.zeros(len(LANGUAGES), len(LANGUAGES))
    total = 0.0
    with torch.no_grad():
        for names, lengths, labels in DataLoader(Names(30, 1), batch_size=10, collate_fn=collate):
            output = model(names, lengths)
            total += output.log_softmax(dim=-1).sum().item()
            for label, guess in zip(labels, output.argmax(dim=-1)):
                confusion[label][guess] += 1
    confusion = confusion / confusion.sum(dim=1, keepdim=True)
    return [total, *confusion.flatten().tolist()]


def main():
    model = build()
    print(train(model))
    print(evaluate(model))


if __name__ == "__main__":
    main()
