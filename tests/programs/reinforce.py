"""REINFORCE with a baseline: a walker in a corridor learns which way the door is."""

from itertools import count

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.optim as optim
from torch.distributions import Categorical

eps = np.finfo(np.float32).eps.item()


class Corridor:
    """Cells in a row; the door is at one end, and a lamp tells which."""

    def __init__(self, seed, length=7):
        self.rng = np.random.RandomState(seed)
        self.length = length

    def observation(self):
        seen = np.zeros(self.length + 2)
        seen[self.place] = 1.0
        seen[self.length + self.door] = 1.0
        return seen

    def reset(self):
        self.place = self.length // 2
        self.door = self.rng.randint(2)
        return self.observation()

    def step(self, action):
        self.place += (-1, 0, 1)[action]
        done = self.place in (0, self.length - 1)
        won = done and (self.place > 0) == (self.door == 1)
        return self.observation(), (5.0 if won else -5.0) if done else -0.1, done


class Policy(nn.Module):
    def __init__(self, inputs, actions):
        super(Policy, self).__init__()
        self.affine1 = nn.Linear(inputs, 32)
        self.dropout = nn.Dropout(p=0.0)
        self.action_head = nn.Linear(32, actions)
        self.value_head = nn.Linear(32, 1)

        self.saved_log_probs = []
        self.saved_values = []
        self.entropies = []
        self.rewards = []

    def forward(self, x):
        x = self.affine1(x)
        x = self.dropout(x)
        x = F.relu(x)
        action_scores = self.action_head(x)
        return F.softmax(action_scores, dim=1), self.value_head(x)


def select_action(policy, state, rng):
    state = torch.from_numpy(state).float().unsqueeze(0)
    probs, value = policy(state)
    m = Categorical(probs)
    p = probs.detach().numpy()[0].astype(np.float64)
    action = torch.tensor([int(rng.choice(len(p), p=p / p.sum()))])
    policy.saved_log_probs.append(m.log_prob(action))
    policy.saved_values.append(value)
    policy.entropies.append(m.entropy())
    return action.item()


def finish_episodes(policy, optimizer, gamma=0.95):
    returns, policy_loss = deque_of_returns(policy.rewards, gamma), []
    returns = torch.tensor(returns)
    returns = (returns - returns.mean()) / (returns.std() + eps)
    for log_prob, value, R in zip(policy.saved_log_probs, policy.saved_values, returns):
        advantage = R - value.item()
        policy_loss.append(-log_prob * advantage)
    values = torch.cat(policy.saved_values).squeeze(-1)
    optimizer.zero_grad()
    loss = torch.cat(policy_loss).sum()
    loss = loss + F.smooth_l1_loss(values, returns, reduction="sum")
    loss = loss - 0.01 * torch.stack(policy.entropies).sum()
    loss.backward()
    optimizer.step()
    del policy.rewards[:]
    del policy.saved_log_probs[:]
    del policy.saved_values[:]
    del policy.entropies[:]
    return loss.item()


def deque_of_returns(episodes, gamma):
    out = []
    for rewards in episodes:
        R, returns = 0, []
        for r in rewards[::-1]:
            R = r + gamma * R
            returns.insert(0, R)
        out += returns
    return out


def build():
    return Policy(9, 3)


def train(policy):
    env = Corridor(543)
    rng = np.random.default_rng(543)
    optimizer = optim.Adam(policy.parameters(), lr=1e-2)
    losses = []
    policy.train()
    for i_update in range(12):
        for i_episode in range(4):
            state, rewards = env.reset(), []
            for t in count(1):
                state, reward, done = env.step(select_action(policy, state, rng))
                rewards.append(reward)
                if done or t >= 30:
                    break
            policy.rewards.append(rewards)
        losses.append(finish_episodes(policy, optimizer))
    return losses


def evaluate(policy):
    policy.eval()
    with torch.no_grad():
        probs, value = policy(torch.eye(9)[[1, 3, 7, 8]])
    return torch.cat([probs, value], dim=-1)


def main():
    policy = build()
    print(train(policy))
    print(evaluate(policy))


if __name__ == "__main__":
    main()
