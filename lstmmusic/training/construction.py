"""A network that is to learn some music: its parts, and its weights before training."""

from __future__ import annotations

import math

import torch

from lstmmusic.config import NetworkConfig, TrainingConfig
from lstmmusic.errors import ConfigError, CorpusError
from lstmmusic.music.corpus import Corpus
from lstmmusic.music.tunes import have_onsets, lengths_of, metres_of, velocities_in
from lstmmusic.network.model import StackedLSTM
from lstmmusic.training.evaluation import count_strikes, level_frequencies, note_frequencies


def build_network(
    training: Corpus,
    validation: Corpus | None,
    network: NetworkConfig | StackedLSTM | None,
    config: TrainingConfig,
    random: torch.Generator,
) -> StackedLSTM:
    """Build the network that is to learn some music, or check the one that is given.

    Parameters
    ----------
    training : Corpus
        A new network starts from how often each of its notes sounds, unless `initial_weight_std` is set; and it has
        strikes, velocities and a metre only if this music has.
    validation : Corpus, optional
    network : NetworkConfig or StackedLSTM, optional
        By default the recommended sizes.
    config : TrainingConfig
    random : torch.Generator
        For the weights.

    Raises
    ------
    CorpusError
        If no tune has two steps.
    ConfigError
        If network and music have different grids.
    """
    for corpus in (training, validation):
        if corpus is not None and not (lengths_of(corpus.tunes) > 1).any():
            raise CorpusError(f"{corpus.name} has no tune of two steps or more; add music, or use a shorter time step")
    shape = network.config if isinstance(network, StackedLSTM) else network
    shape = shape or NetworkConfig(pitches=training.config.pitches)
    if shape.pitches != training.config.pitches or (validation and validation.config != training.config):
        raise ConfigError(
            f"the network has {shape.pitches} pitches, the training music {training.config} and "
            f"the validation music {validation and validation.config}; all must have one grid"
        )
    if isinstance(network, StackedLSTM):
        return network
    shape = without_missing(shape, training)
    built = StackedLSTM(shape, initial_weight_std=config.initial_weight_std, generator=random)
    if config.initial_weight_std is None:
        built.output.init_bias(note_frequencies(training.tunes))
        if built.articulation is not None:
            struck, held = count_strikes(training.tunes)
            built.articulation.init_bias((struck + 1) / (struck + held + 2), level_frequencies(training.tunes))
        if built.ending is not None:
            steps, tunes = training.steps, len(training)
            built.ending.init_bias(math.log(tunes / steps))
    return built


def find_missing(music: Corpus) -> dict[str, str]:
    """Find what a network cannot learn from music that does not have it.

    Returns
    -------
    dict of str to str
        Fields of `NetworkConfig`, and why a new network has it off: the end of a sentence.
    """
    missing = {}
    if not have_onsets(music.tunes):
        missing["strikes"] = "this music does not say which notes are struck again"
    if len(velocities_in(music.tunes)) < 2:
        missing["velocities"] = "this music has one loudness throughout"
    elif "strikes" in missing:
        missing["velocities"] = missing["strikes"]
    if not any(metres_of(music.tunes)):
        in_seconds = music.config.unit == "seconds"
        choose = "the step is in seconds: choose a step in beats"
        missing["metre"] = choose if in_seconds else "this music has no time signature"
    return missing


def without_missing(network: NetworkConfig, music: Corpus) -> NetworkConfig:
    """Leave out what a network could not learn from music that does not have it; see `find_missing`."""
    return network.without(find_missing(music))
