"""Makes a bundled network: trains it on its music, stores its best weights, and documents how it was made."""

from __future__ import annotations

import argparse
import hashlib
import json
import logging
import platform
import re
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save as to_bytes

from benchmarks.music import PRIMER_STEPS, compare, continue_tunes
from benchmarks.nll import train
from lstmmusic.base.files import write_atomically
from lstmmusic.generation.sampler import Sampler
from lstmmusic.music.corpus import Corpus
from lstmmusic.music.loading import load_chorales, load_pieces
from lstmmusic.music.statistics import find_collapses
from lstmmusic.network.model import StackedLSTM
from lstmmusic.presets import PRESETS
from lstmmusic.runs.bundled import PATHS
from lstmmusic.runs.checkpoint import HEADER, load_network, read_parts, save_run
from lstmmusic.training.batches import Rolls
from lstmmusic.training.calibration import GAIN, calibrate, log_odds_of
from lstmmusic.training.evaluation import evaluate, markov_baseline
from lstmmusic.training.trainer import Trainer

MUSIC: dict[str, tuple[Callable[..., Corpus], str]] = {
    "chorales": (
        load_chorales,
        "The chorales of J. S. Bach (1685-1750), which are in the public domain, from the installed music21, none of "
        "whose encodings the file contains",
    ),
    "piano": (
        load_pieces,
        "The bundled piano pieces, public-domain editions of the Mutopia Project; see `assets/pieces/PROVENANCE.md`",
    ),
}
HELD_OUT, SPLIT_SEED = 0.15, 0
TAKES, STEPS, LONGER = 100, 100, 200
ROUNDS = 30  # of calibration after training
THRESHOLDS = (0.0, 0.05, 0.1, 0.2)

INTRODUCTION = """\
# Where the bundled networks come from

Each file has the weights of a network that `scripts/make_bundled_network NAME` trained, so that users can hear music
before they train a network, and start their own runs from its weights. It is a saved run without the parts needed to
resume it, and its weights are rounded to 16 bits. The weights are under the licence of LSTMmusic.

"""

SECTION = """\
## {name}

sha256: {sha256}

### Training music
{music}:
{training_tunes} tunes for training and {validation_tunes} for validation, from
`{load}().split({held_out}, seed={split_seed})`, with a time step of {step:g} {unit} and the MIDI pitches
{lowest} to {highest}. The file has {parameters:,} weights. The table below shows how much of the network's music is
copied from the training tunes.

### Training
The preset `recommended` with three layers of {hidden} units and seed {seed}, CPU threads: {threads}, under other load:
{seconds:.0f} seconds, {epochs} epochs, {updates:,} updates. The weights are the best on the validation tunes. Training
runs for a given time ({minutes:g} minutes), so that another run gives a similar network, but not the same one. Then
takes were calibrated for {rounds} more rounds.
Versions: {versions}.

### Quality
Loss on the validation tunes, on which the weights were selected, in nats per step (lower is better): {nats:.3f}, and
{nats_before:.3f} before rounding. The Markov baseline (each pitch by itself) has {markov:.2f}.

{takes} takes of {steps} steps, each from the first 16 steps of a validation tune, at temperature 1 and without a
threshold, compared with the tunes themselves:

| | training | validation | takes |
| --- | --- | --- | --- |
{rows}

A threshold may keep it from starting after a silence. Number of {takes} takes of {longer} steps that collapsed:

| threshold | from the opening of a tune | from silence |
| --- | --- | --- |
{collapses}
"""

NAMES = {
    "polyphony": "simultaneous notes",
    "chord_size_total_variation": "total variation of chord sizes from training",
    "pitch_class_divergence": "divergence of pitch classes from training, nats",
    "scale_consistency": "scale consistency",
    "onsets_per_step": "onsets per step",
    "note_length": "note length, steps",
    "restruck": "share of notes struck again",
    "begun_together": "notes begun together",
    "velocity_mean": "mean velocity",
    "velocity_spread": "standard deviation of the velocities of a tune",
    "velocity_total_variation": "total variation of velocity levels from training",
    "repeated": "steps equal to the previous one",
    "copied": "windows of 16 steps copied from training",
    "collapsed": "takes that collapsed, by `find_collapses`",
}


def main() -> None:
    """Train a network, store it, and write its provenance."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    parser = argparse.ArgumentParser(prog="scripts/make_bundled_network", description=__doc__)
    parser.add_argument("name", choices=tuple(PATHS), help="the network: which music it learns")
    parser.add_argument("--hidden", type=int, default=120, help="units of each layer (default: 120)")
    parser.add_argument("--minutes", type=float, default=12.0, help="training time (default: 12)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1, help="CPU threads (default: 1)")
    parser.add_argument("--path", type=Path, help="file to write (default: the bundled one)")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    training, validation = MUSIC[arguments.name][0](quiet=True).split(HELD_OUT, SPLIT_SEED)
    network, config = PRESETS["recommended"]
    network = replace(network, hidden=(arguments.hidden,) * 3)
    trainer = train(training, validation, network, replace(config, seed=arguments.seed), arguments.minutes, "cpu")
    polish(trainer)
    path = arguments.path or PATHS[arguments.name]
    store(trainer, path)
    load, music = MUSIC[arguments.name]
    values = vars(arguments) | {"load": load.__name__, "music": music} | describe(path, training, validation)
    provenance = path.with_name("PROVENANCE.md")
    before = provenance.read_text(encoding="utf-8") if provenance.is_file() else INTRODUCTION
    write_atomically(provenance, replace_section(before, path.name, SECTION.format(**values)).encode())


def polish(trainer: Trainer) -> None:
    """Calibrate the best weights further: they may be those of an early epoch."""
    network, tunes = trainer.best_network(), trainer.training.tunes
    rolls, wanted = Rolls(tunes, network.device, network.config), log_odds_of(tunes)
    for number in range(ROUNDS):
        calibrate(network, wanted, rolls, np.random.default_rng(number), GAIN)
    trainer.best = trainer.best | {"sampling_bias": network.sampling_bias}


def replace_section(text: str, name: str, section: str) -> str:
    """Replace what a text says about a file, or add it; the sections, in alphabetical order, begin with '## ' and it.

    Parameters
    ----------
    text, name, section : str
    """
    introduction, *sections = re.split("^(?=## )", text, flags=re.MULTILINE)
    others = [each.strip() for each in sections if not each.startswith(f"## {name}\n")]
    return "\n\n".join([introduction.strip(), *sorted([*others, section.strip()])]) + "\n"


def store(trainer: Trainer, path: Path) -> None:
    """Save only the best weights of a run, rounded to 16 bits."""
    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder) / "run.safetensors"
        save_run(trainer, run)
        header, tensors = read_parts(run, "best.")
    header["changes"] = []  # only the number of epochs was changed, to end in time
    header["updates"], header["validation"] = len(trainer.losses), min(loss for _, loss in trainer.validations)
    small = {name: tensor.half() for name, tensor in tensors.items()}
    write_atomically(path, to_bytes(small, metadata={HEADER: json.dumps(header)}))


def describe(path: Path, training: Corpus, validation: Corpus) -> dict[str, Any]:
    """Measure the stored network, and return values for `SECTION`."""
    network, config = load_network(path)
    header, _ = read_parts(path)
    sets = {"training": training.tunes, "validation": validation.tunes}
    takes = continue_tunes(network, validation.tunes, TAKES, STEPS)
    sets["takes"] = tuple(take.generated for take in takes)
    columns = [compare(tunes, training.tunes, ()) for tunes in sets.values()]
    rows = [f"| {words} | " + " | ".join(f"{c[name]:.3g}" for c in columns) + " |" for name, words in NAMES.items()]
    packages = ", ".join(f"{name} {version(name)}" for name in ("torch", "numpy", "music21"))
    return {
        "name": path.name,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "held_out": HELD_OUT,
        "split_seed": SPLIT_SEED,
        "rounds": ROUNDS,
        "training_tunes": len(training),
        "validation_tunes": len(validation),
        **vars(config),
        "parameters": network.config.parameters,
        "seconds": header["position"]["seconds"],
        "epochs": header["position"]["epoch"],
        "updates": header["updates"],
        "versions": f"Python {platform.python_version()}, {packages}",
        "nats": evaluate(network, validation.tunes).per_step,
        "nats_before": header["validation"],
        "markov": markov_baseline(training.tunes, validation.tunes),
        "takes": TAKES,
        "steps": STEPS,
        "rows": "\n".join(rows),
        "longer": LONGER,
        "collapses": "\n".join(count_collapses(network, training, validation)),
    }


def count_collapses(network: StackedLSTM, training: Corpus, validation: Corpus) -> Iterator[str]:
    """Yield a row of the table for each threshold."""
    openings = [tune.part(0, PRIMER_STEPS) for tune in validation.tunes if len(tune) >= PRIMER_STEPS]
    samplers = [Sampler(network, openings[take % len(openings)]) for take in range(TAKES)]
    silence = Sampler(network, config=training.config)
    for threshold in THRESHOLDS:
        after = [one.take(LONGER, threshold=threshold, seed=seed, quiet=True) for seed, one in enumerate(samplers)]
        from_silence = silence.takes(LONGER, takes=TAKES, threshold=threshold, quiet=True)
        counts = (
            sum(how is not None for how in find_collapses([take.generated for take in takes], training.tunes))
            for takes in (after, from_silence)
        )
        yield f"| {threshold:g} | " + " | ".join(map(str, counts)) + " |"


if __name__ == "__main__":
    main()
