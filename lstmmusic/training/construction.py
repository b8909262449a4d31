"""What a run begins with: music that can be learned from, a network that fits it, and an excerpt to watch."""

from __future__ import annotations

import torch

from lstmmusic.config import NetworkConfig, TrainingConfig
from lstmmusic.errors import ConfigError, CorpusError
from lstmmusic.music.corpus import Corpus
from lstmmusic.music.roll import Tune
from lstmmusic.network.model import StackedLSTM
from lstmmusic.training.evaluation import note_frequencies

# Steps of the longest validation tune on which progress is watched: enough for a phrase.
EXCERPT_STEPS = 96


def network_for(
    training: Corpus,
    validation: Corpus | None,
    network: NetworkConfig | StackedLSTM | None,
    config: TrainingConfig,
    random: torch.Generator,
) -> StackedLSTM:
    """Make the network that is to learn some music, unless there is one.

    Parameters
    ----------
    training : Corpus
        A new network knows how often each of its notes sounds, unless all weights are to be drawn alike.
    validation : Corpus, optional
    network : NetworkConfig or StackedLSTM, optional
        By default the recommended sizes.
    config : TrainingConfig
    random : torch.Generator
        Of the weights.

    Raises
    ------
    CorpusError
        If no tune has two steps.
    ConfigError
        If network and music do not lie on one grid.
    """
    for corpus in (training, validation):
        if corpus is not None and not any(len(tune) > 1 for tune in corpus.tunes):
            raise CorpusError(f"{corpus.name} has no tune of two steps or more; add music, or take a smaller step")
    shape = network.config if isinstance(network, StackedLSTM) else network
    shape = shape or NetworkConfig(pitches=training.config.pitches)
    if shape.pitches != training.config.pitches or (validation and validation.config != training.config):
        raise ConfigError(
            f"the network has {shape.pitches} pitches, the training music {training.config} and "
            f"the validation music {validation and validation.config}; all must lie on one grid"
        )
    if isinstance(network, StackedLSTM):
        return network
    made = StackedLSTM(shape, initial_weight_std=config.initial_weight_std, generator=random)
    if config.initial_weight_std is None:
        made.output.init_bias(note_frequencies(training.tunes))
    return made


def choose_excerpt(corpus: Corpus) -> Tune:
    """Choose the music on which progress is watched."""
    longest = max(corpus.tunes, key=len)
    return longest.part(0, min(EXCERPT_STEPS, len(longest)))
