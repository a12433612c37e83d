"""A recurrent network forecasts a nerve cell: six seconds of real voltage, from matplotlib's sample data.

    python examples/forecast.py --plot forecast.png
    python examples/forecast.py --model LSTM --ahead 40

At every instant it says what the next 16 ms will bring. It learns from three quarters and is judged on the last one.
To beat: the naive forecast (the voltage stays as it is), and a linear model of the last 64 ms by least squares."""

import argparse
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.cbook import get_sample_data
from tqdm import tqdm

import pydl
from pydl import nn, optim
from pydl.nn import functional as F

KINDS = {"RNN": nn.RNN, "GRU": nn.GRU, "LSTM": nn.LSTM}
SPLIT, WARM_UP = 4500, 64  # in ms: where the held-out quarter begins; how long a network listens before it is judged
STYLES = {"naive": ("#666666", "--"), "linear": ("#E69F00", "-."), "network": ("#0072B2", "-")}


def recording():
    """Millivolts, one for each of 6000 milliseconds; it was recorded twice per millisecond, in units of 100 mV."""
    raw = np.fromfile(Path(get_sample_data("membrane.dat", asfileobj=False)), np.float32)
    return pydl.from_numpy(100 * raw.reshape(-1, 2).mean(axis=1))


def futures(voltage, ahead):
    """Row t: what the `ahead` milliseconds after t bring. The last instants have no whole future and no row."""
    return voltage[1:].unfold(0, ahead, 1)


class Forecaster(nn.Module):
    """The recurrent layer remembers what it heard; the linear layer tells from its state how the voltage will change.

    Without the layers the forecast is the naive one: the network learns what to add to it."""

    def __init__(self, kind, ahead, mean, deviation):
        super().__init__()
        self.recurrent = KINDS[kind](1, 48, batch_first=True)
        self.change = nn.Linear(48, ahead)
        self.mean, self.deviation = mean, deviation  # of the part to learn from: scales voltages to about -1..1

    def forward(self, voltage):  # (batch, time) -> (batch, time, ahead)
        now = ((voltage - self.mean) / self.deviation).unsqueeze(2)
        state, _ = self.recurrent(now)
        return (now + self.change(state)) * self.deviation + self.mean


def train(model, voltage, targets, args):
    """Fit the model to windows of 256 ms cut from anywhere in the past; return the error by epoch, in mV."""
    optimizer = optim.Adam(model.parameters(), lr=4e-3)
    schedule = optim.lr_scheduler.CosineAnnealingLR(optimizer, args.epochs * 40)
    last = SPLIT - args.ahead - 256  # no window, nor what it is to forecast, reaches into the held-out quarter
    curve, bar = [], tqdm(range(args.epochs), unit="epoch")
    for _ in bar:
        total = 0.0
        for _ in range(40):
            places = pydl.randint(0, last + 1, (16, 1)) + pydl.arange(256)
            forecast = model(voltage[places])
            loss = F.mse_loss(forecast[:, WARM_UP:], targets[places][:, WARM_UP:])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.item()
        curve.append((total / 40) ** 0.5)
        bar.set_postfix(loss=f"{curve[-1] ** 2:.2f} mV²", error=f"{curve[-1]:.2f} mV")
    return curve


def linear(voltage, targets):
    """Every future voltage as a weighted sum of the last 64, with the weights that fit the past best."""
    inputs = F.pad(voltage.unfold(0, WARM_UP, 1), (0, 1), value=1.0).double()  # and a constant
    past = SPLIT - targets.shape[1] - WARM_UP + 1  # as many rows as end, with their futures, before the border
    weights = pydl.linalg.lstsq(inputs[:past], targets[WARM_UP - 1 :][:past].double()).solution
    return F.pad((inputs @ weights).float(), (0, 0, WARM_UP - 1, 0))[: len(targets)]


def errors(forecast, targets):
    """Root mean squared error over the held-out quarter, in mV, for each number of milliseconds ahead."""
    return (forecast - targets)[SPLIT:].square().mean(dim=0).sqrt().cpu().numpy()


def picture(voltage, forecasts, wrong, curve):
    """The recording and its border; forecasts made at some instants of the held-out part; error by time ahead."""
    figure = plt.figure(figsize=(11, 6), layout="constrained")
    (whole, training), (zoom, by_ahead) = figure.subplots(2, 2, width_ratios=(2, 1))
    seconds, voltage = np.arange(len(voltage)) / 1000, voltage.cpu().numpy()
    whole.plot(seconds[:SPLIT], voltage[:SPLIT], color="black", linewidth=0.8, label="learned from")
    whole.plot(seconds[SPLIT:], voltage[SPLIT:], color="#D55E00", linewidth=0.8, label="held out")
    whole.set(xlabel="time (s)", ylabel="voltage (mV)", title="The voltage of a nerve cell: each peak is an impulse")
    whole.legend(loc="lower center")
    training.plot(range(1, len(curve) + 1), curve, color="#0072B2")
    training.set(xlabel="epoch", ylabel="error (mV)", title="Training", ylim=0)

    first, last = 4880, 5240
    zoom.plot(seconds[first:last], voltage[first:last], color="#D55E00", linewidth=1, label="what came")
    ahead = forecasts["network"].shape[1]
    for name in ("naive", "network"):
        color, style = STYLES[name]
        for start in range(first, last - ahead, ahead + 4):
            path = np.append(voltage[start], forecasts[name][start].cpu().numpy())
            zoom.plot(seconds[start : start + ahead + 1], path, style, color=color, linewidth=1.8)
        zoom.lines[-1].set_label(name)
    zoom.set(xlabel="time (s)", ylabel="voltage (mV)", ylim=(-55, 16), title=f"Held-out part: forecasts of {ahead} ms")
    zoom.legend(loc="upper right", ncols=3)
    for name, (color, style) in STYLES.items():
        by_ahead.plot(range(1, ahead + 1), wrong[name], style, color=color, label=name)
    by_ahead.set(xlabel="time ahead (ms)", ylabel="error (mV)", title="Held-out error", ylim=0)
    by_ahead.legend()
    return figure


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=int, default=12, help="of 40 steps each, 16 windows a step")
    parser.add_argument("--model", choices=KINDS, default="GRU")
    parser.add_argument("--ahead", type=int, choices=range(1, 65), metavar="1-64", default=16, help="ms to forecast")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--plot", metavar="FILE", help="write the picture")
    args = parser.parse_args(argv)
    pydl.manual_seed(args.seed)
    voltage = recording().to(args.device)
    targets = futures(voltage, args.ahead)
    model = Forecaster(args.model, args.ahead, *map(float, (voltage[:SPLIT].mean(), voltage[:SPLIT].std())))
    model.to(args.device)
    curve = train(model, voltage, targets, args)
    with pydl.no_grad():  # one pass over the recording: the forecast made at t has heard nothing after t
        network = model(voltage.unsqueeze(0))[0, : len(targets)]
    naive = voltage[: len(targets)].unsqueeze(1).expand(-1, args.ahead)
    forecasts = {"naive": naive, "linear": linear(voltage, targets), "network": network}
    wrong = {name: errors(forecast, targets) for name, forecast in forecasts.items()}
    if args.plot:
        plt.switch_backend("Agg")
        picture(voltage, forecasts, wrong, curve).savefig(args.plot, dpi=120)
    error = {name: np.sqrt(np.mean(by_ahead**2)) for name, by_ahead in wrong.items()}
    others = f"naive forecast: {error['naive']:.2f} mV, linear model: {error['linear']:.2f} mV"
    print(f"error up to {args.ahead} ms ahead, held-out quarter: {error['network']:.2f} mV ({others})")


if __name__ == "__main__":
    main()
