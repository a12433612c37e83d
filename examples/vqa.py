"""Answering questions about pictures: a convolutional network sees the scene, a recurrent one reads the question.

    python examples/vqa.py --plot vqa.png
    python examples/vqa.py --scenes 20000 --epochs 20      some minutes: nearly no mistakes

Scenes of coloured shapes and questions on them are made by the program. The question decides where in the picture to
look. A network that is not shown the pictures tells how far guessing gets."""

import argparse

import matplotlib.pyplot as plt
import numpy as np
from tqdm import tqdm

import pydl
from pydl import nn, optim
from pydl.nn import functional as F
from pydl.utils.data import DataLoader, TensorDataset

COLORS = {"red": (0.86, 0.2, 0.18), "green": (0.2, 0.65, 0.3), "blue": (0.2, 0.35, 0.85), "yellow": (0.95, 0.8, 0.2)}
SHAPES = ["circle", "square", "triangle"]
KINDS = ["color", "shape", "count", "exists", "relation"]
ANSWERS = [*COLORS, *SHAPES, "0", "1", "2", "3", "4", "5", "yes", "no"]
WORDS = ["<none>", "what", "color", "shape", "is", "the", "how", "many", "are", "there", "a", "thing", "things", "left"]
WORDS += ["of", "above", *COLORS, *SHAPES, *(shape + "s" for shape in SHAPES)]
SIZE, LENGTH, QUESTIONS = 32, 11, 6  # pixels of a side, words of the longest question, questions on each scene


def draw(things):
    """The scene as an image (3, SIZE, SIZE): each thing is (color, shape, x, y, radius), edges are soft."""
    image = np.full((SIZE, SIZE, 3), 0.9, np.float32)
    row, column = np.mgrid[:SIZE, :SIZE]
    for color, shape, x, y, radius in things:
        right, down = column - x, row - y
        if shape == "circle":
            outside = np.hypot(right, down) - radius
        elif shape == "square":
            outside = np.maximum(abs(right), abs(down)) - 0.85 * radius
        else:
            outside = np.maximum(0.87 * abs(right) - 0.5 * down - 0.6 * radius, down - 0.8 * radius)
        ink = np.clip(0.5 - outside, 0, 1)[..., None]
        image = image * (1 - ink) + np.float32(COLORS[color]) * ink
    return image.transpose(2, 0, 1).astype(np.float32)


def scene(random):
    """Two to five things, no two of the same color and shape, each near the centre of a cell of a 3 x 3 grid."""
    count = random.integers(2, 6)
    looks = random.choice(len(COLORS) * len(SHAPES), count, replace=False)
    places = random.choice(9, count, replace=False)
    things = []
    for look, place in zip(looks, places, strict=True):
        x, y = 6 + 10 * (place % 3) + random.uniform(-1, 1), 6 + 10 * (place // 3) + random.uniform(-1, 1)
        color, shape = list(COLORS)[look // len(SHAPES)], SHAPES[look % len(SHAPES)]
        things.append((color, shape, x, y, random.uniform(3.5, 4.5)))
    return things


def ask(things, kind, random):
    """A question of a kind and its answer, or None where this draw makes no sense for the scene."""
    color, shape = random.choice(list(COLORS)), random.choice(SHAPES)
    colors, shapes = [t[0] for t in things], [t[1] for t in things]
    if kind == "color":
        return (f"what color is the {shape}", colors[shapes.index(shape)]) if shapes.count(shape) == 1 else None
    if kind == "shape":
        return (f"what shape is the {color} thing", shapes[colors.index(color)]) if colors.count(color) == 1 else None
    if kind == "count":
        if random.random() < 0.5:
            return f"how many {shape}s are there", str(shapes.count(shape))
        return f"how many {color} things are there", str(colors.count(color))
    if kind == "exists":  # ask for what is there as often as for what is not
        if random.random() < 0.5:
            color, shape = things[random.integers(len(things))][:2]
        elif (color, shape) in zip(colors, shapes, strict=True):
            return None
        return f"is there a {color} {shape}", "yes" if (color, shape) in zip(colors, shapes, strict=True) else "no"
    first, second = (things[i] for i in random.choice(len(things), 2, replace=False))
    right, down = first[2] - second[2], first[3] - second[3]
    word, by = [("left of", -right), ("above", -down)][random.integers(2)]
    if abs(by) < 4:  # side by side: neither yes nor no
        return None
    return f"is the {first[0]} {first[1]} {word} the {second[0]} {second[1]}", "yes" if by > 0 else "no"


def encode(question):
    """Words as places in the vocabulary; filled up in front, so that the reader ends on the last word."""
    places = [WORDS.index(word) for word in question.split()]
    return [0] * (LENGTH - len(places)) + places


def make(count, seed):
    """A data set of `count` images, with questions, answers and kinds of questions; and the questions' texts."""
    random = np.random.default_rng(seed)
    images, questions, answers, kinds, texts = [], [], [], [], []
    for _ in tqdm(range(count), desc="scenes", unit="scene"):
        things = scene(random)
        images.append(draw(things))
        texts.append([])
        while len(texts[-1]) < QUESTIONS:
            kind = random.choice([*KINDS, "relation"])  # the hardest kind, asked twice as often
            if found := ask(things, kind, random):
                texts[-1].append(found)
                questions.append(encode(found[0]))
                answers.append(ANSWERS.index(found[1]))
                kinds.append(KINDS.index(kind))
    questions, answers, kinds = (pydl.tensor(np.array(each)) for each in (questions, answers, kinds))
    numbers = questions.view(count, QUESTIONS, LENGTH), answers.view(count, QUESTIONS), kinds.view(count, QUESTIONS)
    return TensorDataset(pydl.from_numpy(np.stack(images)), *numbers), texts


class Answerer(nn.Module):
    """The picture becomes 8 x 8 vectors, one for each place; the question becomes one vector, and from it two queries.

    attention of a query to a place = sigmoid(query · key of the place)
    glimpse of a query              = sum over the places of attention x value of the place

    The sigmoid, other than softmax, lets attention add up: it can count. Values know their place: glimpses can be
    compared. From the question and its glimpses two layers find the answer. `blind`: the glimpses are left out."""

    def __init__(self, blind=False, channels=48, size=64, queries=2):
        super().__init__()
        self.blind, self.queries = blind, queries
        self.see = nn.Sequential(
            *(nn.Conv2d(3, 16, 3, stride=2, padding=1), nn.BatchNorm2d(16), nn.ReLU()),
            *(nn.Conv2d(16, channels, 3, stride=2, padding=1), nn.BatchNorm2d(channels), nn.ReLU()),
            *(nn.Conv2d(channels, channels, 3, padding=1), nn.BatchNorm2d(channels), nn.ReLU()),
        )
        self.key = nn.Linear(channels, 32)
        self.value = nn.Linear(channels, 30)
        self.embedding = nn.Embedding(len(WORDS), 32)
        self.read = nn.GRU(32, size, batch_first=True)
        self.query = nn.Linear(size, queries * 32)
        size += 0 if blind else queries * 32
        self.answer = nn.Sequential(nn.Linear(size, 128), nn.ReLU(), nn.Linear(128, len(ANSWERS)))
        line = pydl.linspace(-1, 1, 8)
        self.register_buffer("places", pydl.cartesian_prod(line, line))  # (64, 2)

    def look(self, images, question):
        """Attention (scenes, questions x queries, places) and the glimpses (scenes, questions, queries x 32)."""
        scenes, questions, _ = question.shape
        seen = self.see(images).flatten(2).transpose(1, 2)  # (scenes, places, channels)
        values = pydl.cat([self.value(seen), self.places.expand(scenes, -1, -1)], dim=2)
        query = self.query(question).view(scenes, questions * self.queries, 32)
        attention = pydl.sigmoid(query @ self.key(seen).transpose(1, 2) / 32**0.5 - 2)
        return attention, (attention @ values).view(scenes, questions, -1)

    def forward(self, images, words):
        """Words (scenes, questions, length) -> scores (scenes, questions, answers), and the attention."""
        _, state = self.read(self.embedding(words.flatten(0, 1)))
        question = state[0].view(*words.shape[:2], -1)
        if self.blind:
            return self.answer(question), None
        attention, glimpses = self.look(images, question)
        return self.answer(pydl.cat([question, glimpses], dim=2)), attention


def evaluate(model, dataset, device):
    """Accuracy on all questions, and on those of each kind."""
    model.eval()
    right, kinds = [], []
    with pydl.no_grad():
        for images, words, answers, kind in DataLoader(dataset, batch_size=250):
            scores, _ = model(images.to(device), words.to(device))
            right.append((scores.argmax(dim=2).cpu() == answers).flatten())
            kinds.append(kind.flatten())
    right, kinds = pydl.cat(right).float(), pydl.cat(kinds)
    return right.mean().item(), [right[kinds == kind].mean().item() for kind in range(len(KINDS))]


def train(model, train_set, test_set, epochs, args):
    """Fit the model, and show its accuracy on new scenes after each epoch."""
    optimizer = optim.Adam(model.parameters(), lr=5e-3)
    loader = DataLoader(train_set, batch_size=32, shuffle=True)
    schedule = optim.lr_scheduler.OneCycleLR(optimizer, 5e-3, total_steps=epochs * len(loader))
    bar = tqdm(range(epochs), unit="epoch", desc="question alone" if model.blind else "picture and question")
    for _ in bar:
        model.train()
        total = 0.0
        for images, words, answers, _ in loader:
            scores, _ = model(images.to(args.device), words.to(args.device))
            loss = F.cross_entropy(scores.flatten(0, 1), answers.flatten().to(args.device))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.item() * len(images)
        bar.set_postfix(loss=f"{total / len(train_set):.3f}", new=f"{evaluate(model, test_set, args.device)[0]:.1%}")


def picture(model, test_set, texts, kinds, blind_kinds, device):
    """Accuracy by kind; new scenes with questions and answers; where the model looked for the first question."""
    starts = "what color", "what shape", "how many", "is the "  # a scene for each
    shown = [next((i for i, asked in enumerate(texts) if asked[0][0].startswith(start)), 0) for start in starts]
    images, words, _, _ = test_set[shown]
    model.eval()
    with pydl.no_grad():
        scores, attention = model(images.to(device), words.to(device))
    maps = attention.view(len(shown), QUESTIONS, model.queries, 8, 8)[:, 0].amax(dim=1).cpu().numpy()
    figure = plt.figure(figsize=(14, 6.2), layout="constrained")
    left, right = figure.subfigures(1, 2, width_ratios=(1, 3.2))
    axis, place = left.add_subplot(), np.arange(len(KINDS))
    axis.barh(place - 0.2, kinds, height=0.4, color="#0072B2", label="picture and question")
    axis.barh(place + 0.2, blind_kinds, height=0.4, color="#E69F00", label="question alone")
    axis.set_yticks(place, KINDS)
    axis.invert_yaxis()
    axis.set(xlabel="share of right answers, new scenes", xlim=(0, 1))
    left.legend(loc="outside lower center")
    grid = right.subplots(2, len(shown), subplot_kw={"xticks": [], "yticks": []})
    for k, (index, axes) in enumerate(zip(shown, grid.T, strict=True)):
        image = images[k].permute(1, 2, 0).numpy()
        looked = np.kron(maps[k] / maps[k].max(), np.ones((4, 4)))[..., None]  # one place is 4 x 4 pixels
        axes[0].imshow(image)
        axes[1].imshow(image * (0.25 + 0.75 * looked))
        told = []
        for (question, truth), answer in zip(texts[index][:3], scores[k].argmax(dim=1).tolist(), strict=False):
            wrong = "" if ANSWERS[answer] == truth else f"   ✗ {truth}"
            told.append(f"{question}?\n→ {ANSWERS[answer]}{wrong}")
        axes[0].set_xlabel("\n".join(told), fontsize=7.5, loc="left")
        axes[1].set_title("where it looks for the first", fontsize=9)
    return figure


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=int, default=11)
    parser.add_argument("--scenes", type=int, default=6000, help=f"to learn from, with {QUESTIONS} questions on each")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--plot", metavar="FILE", help="write the picture")
    args = parser.parse_args(argv)
    pydl.manual_seed(args.seed)
    train_set, _ = make(args.scenes, args.seed)
    test_set, texts = make(1000, args.seed + 10**6)
    model = Answerer().to(args.device)
    train(model, train_set, test_set, args.epochs, args)
    blind = Answerer(blind=True).to(args.device)
    train(blind, train_set, test_set, 2, args)
    (accuracy, kinds), (guessed, blind_kinds) = (evaluate(m, test_set, args.device) for m in (model, blind))
    for kind, ours, alone in zip(KINDS, kinds, blind_kinds, strict=True):
        print(f"{kind:10}{ours:7.1%}   question alone {alone:6.1%}")
    if args.plot:
        plt.switch_backend("Agg")
        picture(model, test_set, texts, kinds, blind_kinds, args.device).savefig(args.plot, dpi=120)
    print(f"accuracy on new scenes: {accuracy:.1%} (question alone: {guessed:.1%})")


if __name__ == "__main__":
    main()
