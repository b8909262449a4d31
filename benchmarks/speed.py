"""How fast is it? Each row is ours against a plain way on the same work, alternating, in one process."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable
from statistics import median
from typing import Any

import torch
from torch import Tensor, nn

from lstmmusic.config import Cell, NetworkConfig
from lstmmusic.generation import generate
from lstmmusic.model import StackedLSTM

Work = Callable[[], object]


def add_command(commands: Any) -> None:
    """Add `speed` to the command line."""
    parser = commands.add_parser("speed", help=__doc__)
    parser.add_argument("--times", type=int, default=7, help="how often each way is timed (default: 7)")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads(), help="CPU threads (default: all cores)")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Print a table, and a line of JSON for each row."""
    torch.set_num_threads(arguments.threads)
    rows: list[tuple[str, float, Work, Work]] = [
        ("one update, 3x120, batch 5, length 100", 1.0, our_update(120, 5, 100), plain_update(120, 5, 100)),
        ("one update, 3x512, batch 32, length 200", 1.0, our_update(512, 32, 200), plain_update(512, 32, 200)),
        ("one update with peepholes, 3x120", 0.5, our_update(120, 5, 100, "peephole"), plain_update(120, 5, 100)),
        ("generating 300 steps, 3x120", 6.0, our_tune(300), plain_tune(300)),
        ("import, in a process of its own", 6.0, process("import lstmmusic"), process("import torch")),
    ]
    print(f"{'work':42} {'ours':>10} {'plain':>10} {'ratio':>7} {'bar':>5}   ({arguments.threads} threads)")
    for work, bar, ours, plain in rows:
        our_seconds, plain_seconds = alternate(ours, plain, arguments.times)
        ratio = plain_seconds / our_seconds
        print(f"{work:42} {our_seconds * 1e3:7.1f} ms {plain_seconds * 1e3:7.1f} ms {ratio:7.2f} {bar:5.1f}")
        print(json.dumps({"work": work, "ratio": round(ratio, 3), "bar": bar, "threads": arguments.threads}))


def alternate(ours: Work, plain: Work, times: int) -> tuple[float, float]:
    """Time two ways in turn; return the median seconds of each."""
    seconds: tuple[list[float], list[float]] = ([], [])
    for turn in range(times + 1):
        for way, taken in zip((ours, plain), seconds, strict=True):
            began = time.perf_counter()
            way()
            if turn:  # the first time is for warming up
                taken.append(time.perf_counter() - began)
    return median(seconds[0]), median(seconds[1])


def make_frames(batch: int, length: int) -> Tensor:
    """Make rolls of noise, with as many notes as music has: (length, batch, 88)."""
    return (torch.rand(length, batch, 88, generator=torch.Generator().manual_seed(0)) < 0.04).float()


def our_update(size: int, batch: int, length: int, cell: Cell = "standard") -> Work:
    """Our network, skip connections and all."""
    network = StackedLSTM(NetworkConfig(hidden=(size, size, size), cell=cell))
    parameters = list(network.parameters())
    optimizer = torch.optim.AdamW(parameters, lr=1e-3, fused=True)
    frames = make_frames(batch, length)

    def update() -> None:
        optimizer.zero_grad()
        network.output.loss(network(frames)[0], frames).mean().backward()
        nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()

    return update


def plain_update(size: int, batch: int, length: int) -> Work:
    """What a tutorial would write, without skip connections."""
    lstm, output = nn.LSTM(88, size, 3), nn.Linear(size, 88)
    parameters = [*lstm.parameters(), *output.parameters()]
    optimizer = torch.optim.Adam(parameters, lr=1e-3)
    criterion = nn.BCEWithLogitsLoss()
    frames = make_frames(batch, length)

    def update() -> None:
        optimizer.zero_grad()
        criterion(output(lstm(frames)[0]), frames).backward()
        nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()

    return update


def our_tune(steps: int) -> Work:
    """Our generation."""
    network = StackedLSTM()
    return lambda: generate(network, None, steps, quiet=True)


def plain_tune(steps: int) -> Work:
    """A loop that calls `nn.LSTM` once a step."""
    lstm, output = nn.LSTM(88, 120, 3), nn.Linear(120, 88)

    def play() -> None:
        frame, state = torch.zeros(1, 1, 88), None
        with torch.no_grad():
            for _ in range(steps):
                hidden, state = lstm(frame, state)
                frame = torch.bernoulli(torch.sigmoid(output(hidden)))

    return play


def process(code: str) -> Work:
    """Run Python in a process of its own."""
    return lambda: subprocess.run([sys.executable, "-c", code], check=True)
