"""How fast is it, compared with plain implementations of the same work?"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from benchmarks import intake
from benchmarks.browser import time_with_music, time_with_page, training_in_a_page
from benchmarks.opened import open_browser
from benchmarks.plain import PlainNetwork, wait_for
from benchmarks.timing import Work, alternate, report
from lstmmusic.analysis.copies import find_copies
from lstmmusic.analysis.copy_index import CopyIndex
from lstmmusic.config import Cell, NetworkConfig, Output
from lstmmusic.errors import LSTMMusicError
from lstmmusic.generation.sampler import generate, generate_takes
from lstmmusic.music.loading import load_chorales
from lstmmusic.music.roll import Tune
from lstmmusic.network.devices import keep_freed_memory, leave_a_core
from lstmmusic.network.model import StackedLSTM
from lstmmusic.runs.bundled import load_bundled
from lstmmusic.training.evaluation import note_frequencies

NOTES = 0.045  # fraction of the cells of a roll that sound: four notes of 88


def add_command(commands: Any) -> None:
    """Add `speed` to the command line."""
    parser = commands.add_parser("speed", help=__doc__)
    parser.add_argument("--times", type=int, default=7, help="how often each implementation is timed (default: 7)")
    parser.add_argument("--threads", type=int, help="CPU threads (default: as in the studio, all cores but one)")
    parser.add_argument("--folder", type=Path, help="folder of MIDI files to read, for instance those of Piano-midi.de")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Print a table, and a line of JSON for each row."""
    leave_a_core()
    torch.set_num_threads(arguments.threads or torch.get_num_threads())
    keep_freed_memory()  # as a `Trainer` does
    small, large, joint = (120, 5, 100), (512, 32, 200), "joint"
    takes, alone, plain = our_takes(64, 100), our_tune(steps=100), plain_tune(100)
    played, played_alone = our_takes(64, 100, plays=True), our_tune(steps=100, plays=True)
    relative_takes, relative_alone = our_takes(64, 100, "relative", True), our_tune("relative", 100, True)
    rows: list[tuple[str, float, Work, Work]] = [
        ("one update, 3x120, batch 5, length 100", 1.0, our_update(*small), plain_update(*small)),
        ("one update, 3x512, batch 32, length 200", 1.0, our_update(*large), plain_update(*large)),
        ("one update with peepholes, 3x120", 0.5, our_update(*small, cell="peephole"), plain_update(*small)),
        ("one joint update, against an independent one", 0.5, our_update(*small, output=joint), our_update(*small)),
        (
            "one relative update, against an independent one",
            0.25,
            our_update(120, 8, 100, output="relative", plays=True),
            our_update(120, 8, 100, plays=True),
        ),
        ("300 steps, 3x120", 6.0, our_tune(), plain_tune()),
        ("300 steps, 3x120, with how notes are played", 6.0, our_tune(plays=True), plain_tune()),
        ("300 joint steps, 3x120", 20.0, our_tune(joint), plain_joint_tune()),
        ("64 takes at once, against 64 plain loops", 8.0, takes, lambda: [plain() for _ in range(64)]),
        ("64 takes at once, against ours in turn", 8.0, takes, lambda: [alone() for _ in range(64)]),
        ("64 takes with how notes are played, in turn", 8.0, played, lambda: [played_alone() for _ in range(64)]),
        (
            "64 relative takes at once, against in turn",
            8.0,
            relative_takes,
            lambda: [relative_alone() for _ in range(64)],
        ),
        ("import, in a separate process", 6.0, process("import lstmmusic"), process("import torch")),
    ]
    if torch.cuda.is_available():
        device = torch.cuda.get_device_name()
        for size in (512, 1024):
            large = size, 32, 200, "cuda"
            work = f"one update, 3x{size}, batch 32, length 200, on {device}"
            rows.append((work, 1.0, our_update(*large), plain_update(*large)))
    print(f"{'work':48} {'ours':>10} {'plain':>10} {'ratio':>7} {'bar':>5}   ({torch.get_num_threads()} threads)")
    for work, bar, ours, plain_way in rows:
        report(work, bar, *alternate(ours, plain_way, arguments.times))
    seconds, _ = alternate(our_tune("relative", plays=True), lambda: None, arguments.times)
    report("300 relative steps, 3x120, against 150 ms", 1.0, seconds, 0.15)
    seconds, _ = alternate(search_for_copies(), lambda: None, arguments.times)
    report("copies of a take in 388 chorales, against 200 ms", 1.0, seconds, 0.2)
    if arguments.folder:
        # Not seven times: pretty_midi takes about ten seconds for a hundred files.
        intake.measure(arguments.folder, min(arguments.times, 3))
    else:
        print("rolls of a folder, without and from the cache: pass one with --folder")
    try:
        with open_browser() as browser, training_in_a_page(browser) as opened:
            report("an update with the studio open in a browser", 0.95, *time_with_page(opened, arguments.times))
            report("an update while the page plays endless music", 0.9, *time_with_music(opened, arguments.times))
    except LSTMMusicError as error:
        print(f"an update with the studio open in a browser: {error}")
    if not torch.cuda.is_available():
        print("3x512 and 3x1024 on a GPU: this machine has none")
    print(f"3x512 reaches {100 * relative_product_rate(large):.0f} % of this machine's rate of matrix products")


def make_frames(batch: int, length: int) -> Tensor:
    """Make rolls of noise, with as many notes as music has: (length, batch, 88)."""
    return (torch.rand(length, batch, 88, generator=torch.Generator().manual_seed(0)) < NOTES).float()


def search_for_copies() -> Work:
    """Search the chorales for what a take of the bundled network copies of them."""
    tunes = load_chorales(quiet=True).tunes
    network, _ = load_bundled("chorales")
    index, take = CopyIndex(tunes), generate(network, tunes[0].part(0, 16), 240, quiet=True)
    return lambda: find_copies(take.tune, index, start=take.primer_steps)


def our_update(
    size: int,
    batch: int,
    length: int,
    device: str = "cpu",
    *,
    cell: Cell = "standard",
    output: Output = "independent",
    plays: bool = False,
) -> Work:
    """Our network, with skip connections; see `choose_parts`."""
    config = NetworkConfig(hidden=(size, size, size), cell=cell, output=output)
    network = StackedLSTM(choose_parts(config, plays=plays)).to(device)
    parameters = list(network.parameters())
    optimizer = torch.optim.AdamW(parameters, lr=1e-3, fused=True)
    frames = make_frames(batch, length).to(device)

    def update() -> None:
        optimizer.zero_grad()
        network.output.loss(network(frames)[0], frames).mean().backward()
        nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        wait_for(device)

    return update


def plain_update(size: int, batch: int, length: int, device: str = "cpu") -> Work:
    """The network of a tutorial, without skip connections."""
    network = PlainNetwork(size).to(device)
    frames = make_frames(batch, length).to(device)
    mask = torch.ones(length, batch, device=device)
    return lambda: network.update(frames, frames, mask)


def choose_parts(config: NetworkConfig, *, plays: bool) -> NetworkConfig:
    """Return a network of notes alone, as the plain one is, or one that also reads and says how they are played."""
    return config if plays else config.rolls_only()


def make_network(output: Output, *, plays: bool) -> StackedLSTM:
    """Make a network that generates about as many notes as music has; see `choose_parts`."""
    network = StackedLSTM(choose_parts(NetworkConfig(hidden=(120, 120, 120), output=output), plays=plays))
    network.output.init_bias(note_frequencies([Tune(make_frames(1, 500)[:, 0])]))
    return network


def our_tune(output: Output = "independent", steps: int = 300, plays: bool = False) -> Work:
    """Generation of one take by this package."""
    network = make_network(output, plays=plays)
    return lambda: generate(network, None, steps, quiet=True)


def our_takes(takes: int, steps: int, output: Output = "independent", plays: bool = False) -> Work:
    """Generation of many takes at once."""
    network = make_network(output, plays=plays)
    return lambda: generate_takes(network, None, steps, takes=takes, quiet=True)


def plain_tune(steps: int = 300) -> Work:
    """A loop that calls `nn.LSTM` once per step."""
    lstm, output = nn.LSTM(88, 120, 3), nn.Linear(120, 88)

    def play() -> None:
        frame, state = torch.zeros(1, 1, 88), None
        with torch.no_grad():
            for _ in range(steps):
                hidden, state = lstm(frame, state)
                frame = torch.bernoulli(torch.sigmoid(output(hidden)))

    return play


def plain_joint_tune(steps: int = 300) -> Work:
    """A loop over steps that calls `nn.LSTM`, and within it a loop over pitches, the textbook form of a NADE."""
    lstm, pitch_biases, hidden_biases = nn.LSTM(88, 120, 3), nn.Linear(120, 88), nn.Linear(120, 128)
    note_weights, pitch_weights = (torch.randn(88, 128, generator=torch.Generator().manual_seed(0)) / 8 for _ in "WV")

    def play() -> None:
        frame, state = torch.zeros(88), None
        with torch.no_grad():
            for _ in range(steps):
                hidden, state = lstm(frame[None, None], state)
                b, a = pitch_biases(hidden)[0, 0], hidden_biases(hidden)[0, 0]
                frame = torch.zeros(88)
                for pitch in range(88):
                    chance = torch.sigmoid(b[pitch] - 3 + pitch_weights[pitch] @ torch.sigmoid(a))
                    frame[pitch] = torch.bernoulli(chance)
                    a = a + frame[pitch] * note_weights[pitch]

    return play


def relative_product_rate(work: tuple[int, int, int], side: int = 2048) -> float:
    """Return the rate of multiplications of our updates, relative to that of matrix products."""
    size, batch, length = work
    weights = sum(p.numel() for p in StackedLSTM(NetworkConfig(hidden=(size,) * 3, output="independent")).parameters())
    matrix = torch.randn(side, side)
    ours, products = alternate(our_update(*work), lambda: matrix @ matrix, 5)
    # Each weight takes part in one product in the forward pass and two in the backward pass, for each step.
    return (3 * weights * batch * length / ours) / (side**3 / products)


def process(code: str) -> Work:
    """Run Python code in a separate process."""
    return lambda: subprocess.run([sys.executable, "-c", code], check=True)
