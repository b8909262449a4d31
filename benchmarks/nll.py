"""How well does it predict? Negative log-likelihood on the test tunes of a published set."""

from __future__ import annotations

import argparse
import json
import logging
import time
from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any, get_args

import torch

from benchmarks.matfiles import load_mat
from lstmmusic.config import NetworkConfig, Output, TrainingConfig
from lstmmusic.music.corpus import Corpus
from lstmmusic.music.roll import Tune
from lstmmusic.network.model import StackedLSTM
from lstmmusic.presets import PRESETS
from lstmmusic.training.evaluation import evaluate, marginal_baseline, markov_baseline
from lstmmusic.training.trainer import Trainer

logger = logging.getLogger(__name__)


def add_command(commands: Any) -> None:
    """Add `nll` to the command line."""
    parser = commands.add_parser("nll", help=__doc__)
    parser.add_argument("file", metavar="FILE.mat", help="a set of Boulanger-Lewandowski et al. (2012)")
    parser.add_argument("--preset", default="recommended", choices=list(PRESETS))
    parser.add_argument("--output", choices=get_args(Output), help="(default: that of the preset)")
    parser.add_argument("--minutes", type=float, default=6.0, help="training time (default: 6)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads(), help="CPU threads (default: all cores)")
    parser.add_argument("--set", default="{}", help="settings to change, as JSON, for ablations")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Train, and print one line of JSON."""
    torch.set_num_threads(arguments.threads)
    training, validation, test = load_mat(arguments.file)
    changes = {key: tuple(v) if isinstance(v, list) else v for key, v in json.loads(arguments.set).items()}
    network, config = PRESETS[arguments.preset]
    of_network = {each.name: changes.pop(each.name) for each in fields(NetworkConfig) if each.name in changes}
    network = replace(network, pitches=training.config.pitches, output=arguments.output or network.output)
    network = replace(network, **of_network)
    config = replace(config, seed=arguments.seed, epochs=1_000_000, **changes)
    trainer = train(training, validation, network, config, arguments.minutes, arguments.device)
    best_network = trainer.best_network()
    valid, test_likelihood = (evaluate(best_network, part.tunes) for part in (validation, test))
    result = {
        "data": training.name.split()[0],
        "preset": arguments.preset,
        "output": network.output,
        "seed": arguments.seed,
        "device": str(trainer.device),
        "threads": arguments.threads,
        "parameters": network.parameters,
        "updates": len(trainer.losses),
        "seconds": round(trainer.seconds, 1),
        "valid_nats": round(valid.per_step, 4),
        "test_nats": round(test_likelihood.per_step, 4),
        "valid_nats_per_piece": round(valid.per_tune, 4),
        "test_nats_per_piece": round(test_likelihood.per_tune, 4),
        "test_accuracy": round(expected_accuracy(best_network, test.tunes), 4),
        "marginal_nats": round(marginal_baseline(training.tunes, test.tunes), 4),
        "markov_nats": round(markov_baseline(training.tunes, test.tunes), 4),
    }
    print(json.dumps(result))


def expected_accuracy(network: StackedLSTM, tunes: Sequence[Tune], samples: int = 16) -> float:
    """Return the expected frame-level accuracy (Bay, Ehmann and Downie 2009), were each step sampled.

    That is notes that sound and are sampled, over notes that sound or are sampled, from step 2 of each tune on.

    Parameters
    ----------
    network : StackedLSTM
    tunes : sequence of Tune
    samples : int
        See `StackedLSTM.probabilities`.
    """
    hits = either = 0.0
    for tune in tunes:
        if len(tune) > 1:
            before, targets = tune.part(0, len(tune) - 1), tune.roll[1:]
            predicted = network.probabilities(before, samples=samples)
            hits += float((predicted * targets).sum())
            either += float((predicted + targets - predicted * targets).sum())
    return hits / either


def train(
    training: Corpus, validation: Corpus, network: NetworkConfig, config: TrainingConfig, minutes: float, device: str
) -> Trainer:
    """Train for a given time, and log the progress."""
    trainer = Trainer(training, validation, network, replace(config, epochs=1_000_000), device=device)
    began = time.perf_counter()
    limit = 60 * minutes
    for update in trainer.steps():
        seconds = time.perf_counter() - began
        if trainer.position == 0 and trainer.repeats == 0:
            plan_epochs(trainer, seconds, limit)
            best = min(loss for _, loss in trainer.validations)
            logger.info(
                "%4.0f s  epoch %d of %d  training %.3f  validation %.3f  best %.3f",
                *(seconds, update.epoch, trainer.config.epochs, update.loss, trainer.validations[-1][1], best),
            )
        if seconds > limit:
            break
    return trainer


def plan_epochs(trainer: Trainer, seconds: float, limit: float) -> None:
    """After an epoch, plan as many as fit, so that the learning-rate decay ends with the last one."""
    trainer.change(epochs=max(trainer.epoch, int(trainer.epoch * limit / seconds)))
