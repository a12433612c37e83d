"""A translator of toy sentences: a GRU reads, another writes and looks back by additive attention."""

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch import optim

PAD_token = 0
SOS_token = 1
EOS_token = 2
MAX_LENGTH = 8
device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


class EncoderRNN(nn.Module):
    def __init__(self, input_size, hidden_size, dropout_p=0.0):
        super(EncoderRNN, self).__init__()
        self.hidden_size = hidden_size
        self.embedding = nn.Embedding(input_size, hidden_size)
        self.gru = nn.GRU(hidden_size, hidden_size, batch_first=True)
        self.dropout = nn.Dropout(dropout_p)

    def forward(self, input):
        embedded = self.dropout(self.embedding(input))
        output, hidden = self.gru(embedded)
        return output, hidden


class BahdanauAttention(nn.Module):
    def __init__(self, hidden_size):
        super(BahdanauAttention, self).__init__()
        self.Wa = nn.Linear(hidden_size, hidden_size)
        self.Ua = nn.Linear(hidden_size, hidden_size)
        self.Va = nn.Linear(hidden_size, 1)

    def forward(self, query, keys, mask):
        scores = self.Va(torch.tanh(self.Wa(query) + self.Ua(keys)))
        scores = scores.squeeze(2).unsqueeze(1)
        scores = scores.masked_fill(mask.unsqueeze(1), float("-inf"))
        weights = F.softmax(scores, dim=-1)
        context = torch.bmm(weights, keys)
        return context, weights


class AttnDecoderRNN(nn.Module):
    def __init__(self, hidden_size, output_size, dropout_p=0.0):
        super(AttnDecoderRNN, self).__init__()
        self.embedding = nn.Embedding(output_size, hidden_size)
        self.attention = BahdanauAttention(hidden_size)
        self.gru = nn.GRU(2 * hidden_size, hidden_size, batch_first=True)
        self.out = nn.Linear(hidden_size, output_size)
        self.dropout = nn.Dropout(dropout_p)

    def forward(self, encoder_outputs, encoder_hidden, mask, target_tensor=None):
        batch_size = encoder_outputs.size(0)
        decoder_input = torch.empty(batch_size, 1, dtype=torch.long, device=device).fill_(SOS_token)
        decoder_hidden = encoder_hidden
        decoder_outputs = []
        attentions = []
        for i in range(MAX_LENGTH):
            decoder_output, decoder_hidden, attn_weights = self.forward_step(
                decoder_input, decoder_hidden, encoder_outputs, mask
            )
            decoder_outputs.append(decoder_output)
            attentions.append(attn_weights)
            if target_tensor is not None:
                # Teacher forcing: the next input is the word that was wanted
                decoder_input = target_tensor[:, i].unsqueeze(1)
            else:
                # ... or the one that was written
                _, topi = decoder_output.topk(1)
                decoder_input = topi.squeeze(-1).detach()
        decoder_outputs = torch.cat(decoder_outputs, dim=1)
        decoder_outputs = F.log_softmax(decoder_outputs, dim=-1)
        return decoder_outputs, decoder_hidden, torch.cat(attentions, dim=1)

    def forward_step(self, input, hidden, encoder_outputs, mask):
        embedded = self.dropout(self.embedding(input))
        query = hidden.permute(1, 0, 2)
        context, attn_weights = self.attention(query, encoder_outputs, mask)
        input_gru = torch.cat((embedded, context), dim=2)
        output, hidden = self.gru(input_gru, hidden)
        return self.out(output), hidden, attn_weights


def sentences(n, seed, vocabulary=12):
    """Words and their translation: each word's partner, in the opposite order."""
    rng = np.random.RandomState(seed)
    input_ids = np.zeros((n, MAX_LENGTH), dtype=np.int64)
    target_ids = np.zeros((n, MAX_LENGTH), dtype=np.int64)
    for idx in range(n):
        words = rng.randint(3, vocabulary, rng.randint(2, MAX_LENGTH))
        input_ids[idx, : len(words)] = words
        input_ids[idx, len(words)] = EOS_token
        target_ids[idx, : len(words)] = (vocabulary + 2 - words)[::-1]
        target_ids[idx, len(words)] = EOS_token
    return torch.LongTensor(input_ids).to(device), torch.LongTensor(target_ids).to(device)


def build():
    encoder = EncoderRNN(12, 24).to(device)
    decoder = AttnDecoderRNN(24, 12).to(device)
    return encoder, decoder


def train(encoder, decoder):
    inputs, targets = sentences(72, 0)
    use_teacher_forcing = np.random.RandomState(1).rand(100) < 0.7
    encoder_optimizer = optim.Adam(encoder.parameters(), lr=0.01)
    decoder_optimizer = optim.AdamW(decoder.parameters(), lr=0.01, weight_decay=0.001)
    criterion = nn.NLLLoss(ignore_index=PAD_token)
    losses = []
    for epoch in range(4):
        for input_tensor, target_tensor in zip(inputs.split(24), targets.chunk(3)):
            encoder_optimizer.zero_grad()
            decoder_optimizer.zero_grad()

            mask = input_tensor == PAD_token
            encoder_outputs, encoder_hidden = encoder(input_tensor)
            given = target_tensor if use_teacher_forcing[len(losses)] else None
            decoder_outputs, _, _ = decoder(encoder_outputs, encoder_hidden, mask, given)

            loss = criterion(decoder_outputs.view(-1, decoder_outputs.size(-1)), target_tensor.reshape(-1))
            loss.backward()
            encoder_optimizer.step()
            decoder_optimizer.step()
            losses.append(loss.item())
    return losses


def evaluate(encoder, decoder):
    encoder.eval()
    decoder.eval()
    input_tensor, target_tensor = sentences(10, 5)
    with torch.no_grad():
        mask = input_tensor.eq(PAD_token)
        encoder_outputs, encoder_hidden = encoder(input_tensor)
        decoder_outputs, _, attentions = decoder(encoder_outputs, encoder_hidden, mask)
        _, decoded_ids = decoder_outputs.topk(1)
        decoded_ids = decoded_ids.squeeze(-1)
        keep = target_tensor.ne(PAD_token)
        right = (decoded_ids[keep] == target_tensor[keep]).sum()
    assert attentions[mask.unsqueeze(1).expand_as(attentions)].abs().max() == 0
    attended = attentions.max(dim=-1).values.mean().item()
    return [right.item() / keep.sum().item(), attended, *decoder_outputs.mean(dim=(0, 1)).tolist()]


def main():
    models = build()
    print(train(*models))
    print(evaluate(*models))


if __name__ == "__main__":
    main()
