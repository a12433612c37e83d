"""A Transformer encoder that tells whether a sequence of tokens has more openings than closings."""

import math

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import TransformerEncoder, TransformerEncoderLayer
from torch.utils.data import DataLoader, Dataset
from torch.utils.data.sampler import BatchSampler, SequentialSampler


class PositionalEncoding(nn.Module):
    def __init__(self, d_model: int, dropout: float = 0.0, max_len: int = 64):
        super().__init__()
        self.dropout = nn.Dropout(p=dropout)

        position = torch.arange(max_len).unsqueeze(1)
        div_term = torch.exp(torch.arange(0, d_model, 2) * (-math.log(10000.0) / d_model))
        pe = torch.zeros(max_len, 1, d_model)
        pe[:, 0, 0::2] = torch.sin(position * div_term)
        pe[:, 0, 1::2] = torch.cos(position * div_term)
        self.register_buffer("pe", pe)

    def forward(self, x: Tensor) -> Tensor:
        """x has shape [seq_len, batch_size, embedding_dim]"""
        x = x + self.pe[: x.size(0)]
        return self.dropout(x)


class TransformerModel(nn.Module):
    def __init__(self, ntoken: int, d_model: int, nhead: int, d_hid: int, nlayers: int, nclass: int):
        super().__init__()
        self.model_type = "Transformer"
        self.d_model = d_model
        self.embedding = nn.Embedding(ntoken, d_model, padding_idx=0)
        self.pos_encoder = PositionalEncoding(d_model)
        encoder_layers = TransformerEncoderLayer(d_model, nhead, d_hid, dropout=0.0, activation="gelu")
        self.transformer_encoder = TransformerEncoder(
            encoder_layers, nlayers, norm=nn.LayerNorm(d_model), enable_nested_tensor=False
        )
        self.query = nn.Parameter(torch.zeros(1, 1, d_model))
        self.attention = nn.MultiheadAttention(d_model, nhead)
        self.linear = nn.Linear(d_model, nclass)
        self.register_buffer("steps", torch.tensor(0), persistent=False)
        self.init_weights()

    def init_weights(self) -> None:
        initrange = 0.1
        self.embedding.weight.data.uniform_(-initrange, initrange)
        for p in self.transformer_encoder.parameters():
            if p.dim() > 1:
                nn.init.xavier_uniform_(p)
        self.linear.bias.data.zero_()

    def forward(self, src: Tensor, src_mask: Tensor = None) -> Tensor:
        padding = (src == 0).T
        x = self.embedding(src) * math.sqrt(self.d_model)
        x = self.pos_encoder(x)
        x = self.transformer_encoder(x, mask=src_mask, src_key_padding_mask=padding)
        query = self.query.expand(-1, x.size(1), -1)
        pooled, weights = self.attention(query, x, x, key_padding_mask=padding)
        assert weights.shape == (x.size(1), 1, x.size(0))
        self.steps += 1
        return self.linear(pooled.squeeze(0))


class Brackets(Dataset):
    """1 opens, 2 closes, the others are words; 0 pads."""

    def __init__(self, n, seed):
        rng = np.random.default_rng(seed)
        self.sequences = [rng.integers(1, 8, rng.integers(4, 20)) for _ in range(n)]

    def __len__(self):
        return len(self.sequences)

    def __getitem__(self, i):
        s = self.sequences[i]
        return torch.as_tensor(s), int(np.sign((s == 1).sum() - (s == 2).sum())) + 1


def collate_batch(batch):
    text_list, label_list = [], []
    for _text, _label in batch:
        text_list.append(_text)
        label_list.append(_label)
    text = nn.utils.rnn.pad_sequence(text_list)
    return text, torch.tensor(label_list, dtype=torch.int64)


def loaders():
    train_set = Brackets(96, 0)
    batches = BatchSampler(SequentialSampler(train_set), batch_size=16, drop_last=False)
    train_loader = DataLoader(train_set, batch_sampler=batches, collate_fn=collate_batch)
    return train_loader, DataLoader(Brackets(40, 1), batch_size=40, collate_fn=collate_batch)


def build():
    return TransformerModel(ntoken=8, d_model=16, nhead=4, d_hid=32, nlayers=2, nclass=3)


def train(model):
    train_loader, _ = loaders()
    epochs = 2
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, betas=(0.9, 0.98), eps=1e-7)
    scheduler = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, max_lr=0.01, steps_per_epoch=len(train_loader), epochs=epochs
    )
    losses = []
    model.train()
    for epoch in range(epochs):
        for text, label in train_loader:
            optimizer.zero_grad()
            # Half of the time, each token sees only those before it
            src_mask = None
            if len(losses) % 2:
                src_mask = nn.Transformer.generate_square_subsequent_mask(text.size(0)) == float("-inf")
            output = model(text, src_mask)
            loss = criterion(output, label)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 0.5)
            optimizer.step()
            scheduler.step()
            losses.append(loss.item())
    return losses


def evaluate(model):
    model.eval()
    text, label = next(iter(loaders()[1]))
    with torch.no_grad():
        predicted = model(text)
        total_acc = (predicted.argmax(1) == label).sum().item()
    assert "steps" not in model.state_dict() and model.steps.item() == 13
    return [total_acc / label.size(0), *predicted.exp().mean(dim=0).tolist()]


def main():
    model = build()
    print(train(model))
    print(evaluate(model))


if __name__ == "__main__":
    main()
