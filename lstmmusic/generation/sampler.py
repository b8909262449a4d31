"""Generate music with a network: a primer and a seed in, a tune and its probabilities out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypedDict, Unpack

import numpy as np
import torch
from numpy.typing import NDArray

from lstmmusic.base.progress import Progress, Work, finish
from lstmmusic.config import RollConfig
from lstmmusic.errors import ConfigError
from lstmmusic.music.roll import Roll, Tune
from lstmmusic.network.devices import blas_threads
from lstmmusic.network.free_running import default_threshold, run_freely
from lstmmusic.network.model import StackedLSTM
from lstmmusic.network.stepper import Stepper, StepWeights
from lstmmusic.settings import check_number, checked


@dataclass(frozen=True, eq=False)
class Take:
    """A generated tune, and how it was sampled.

    Parameters
    ----------
    tune : Tune
        The primer and its continuation.
    primer_steps : int
        Number of steps at the start of the tune that are the primer.
    probabilities : ndarray of float32, (steps, pitches)
        The probability of each note in each step. For generated steps, the one it was sampled with (after temperature,
        before threshold); for steps of the primer, the network's prediction. With a joint output, each is given the
        lower notes of its step, as sampled or as in the primer.
    uniforms : ndarray of float32, (generated steps, pitches)
        The random numbers: a note sounds where its number is below its probability, unless the threshold excludes it.
    temperature, threshold, seed : float, float, int
    """

    tune: Tune
    primer_steps: int
    probabilities: NDArray[np.float32]
    uniforms: NDArray[np.float32]
    temperature: float
    threshold: float
    seed: int

    @property
    def generated(self) -> Tune:
        """The tune without its primer."""
        return self.tune.part(self.primer_steps, len(self.tune))

    @checked
    def followed_by(self, other: Take) -> Take:
        """Append what another take generated, with its settings; that take's primer is the end of this one."""
        start = other.primer_steps
        return replace(
            self,
            tune=self.tune.followed_by(other.tune.roll[start:], self.tune.name),
            probabilities=np.concatenate((self.probabilities, other.probabilities[start:])),
            uniforms=np.concatenate((self.uniforms, other.uniforms)),
            temperature=other.temperature,
            threshold=other.threshold,
        )


class TakeSettings(TypedDict, total=False):
    """How a take is sampled; see `generate`."""

    temperature: float
    threshold: float | None
    seed: int


class Sampler:
    """Generates any number of takes from one primer, which is read once.

    Parameters
    ----------
    network : StackedLSTM
        It must not change in the meantime; a trainer's `best_network` is a copy that does not.
    primer, config
        See `generate`.

    Attributes
    ----------
    threshold : float
        The default threshold of its takes; see `default_threshold`.

    Raises
    ------
    ConfigError
        If the primer has another number of pitches than the network.
    """

    @checked
    def __init__(self, network: StackedLSTM, primer: Tune | None = None, config: RollConfig | None = None) -> None:
        self.config = _check_grid(network, primer, config)
        self.primer = primer
        self.threshold = default_threshold(network.config)
        roll = np.zeros((0, self.config.pitches)) if primer is None else primer.roll
        self._predicted, self._state = network.read(roll)
        self._last = np.concatenate((np.zeros((1, self.config.pitches)), roll[-1:]))[-1:].astype(np.float32)
        self._weights = StepWeights(network)
        self._output, self._bias = network.output, network.sampling_bias.cpu().numpy().copy()

    @torch.inference_mode()
    def generating(
        self,
        steps: int = 200,
        *,
        takes: int = 1,
        temperature: float = 1.0,
        threshold: float | None = None,
        seed: int = 0,
    ) -> Work[tuple[Take, ...]]:
        """Generate takes as `takes` does, and yield the progress; see `lstmmusic.base.progress`."""
        threshold = self.threshold if threshold is None else threshold
        check_number("steps", steps, 1, 100_000, whole=True)
        check_number("temperature", temperature, 0.01, 100)
        check_number("threshold", threshold, 0, 1)
        check_number("takes", takes, 1, 10_000, whole=True)
        check_number("seed", seed, 0, 2**63 - takes, whole=True)
        pitches, predicted = self.config.pitches, self._predicted
        stepper = Stepper(self._weights, self._state, takes)
        sample = self._output.sampler(temperature, threshold)
        uniforms = np.stack([_uniforms(seed + take, steps, pitches) for take in range(takes)], axis=1)
        rolls = np.empty((steps, takes, pitches), np.uint8)
        probabilities = np.empty((steps, takes, pitches), np.float32)
        # As many threads as torch has; one is fastest for a vector, and several wait for each other on a busy machine.
        threads = 1 if takes == 1 else torch.get_num_threads()
        with blas_threads(threads):
            for step, sampled in enumerate(run_freely(stepper, sample, uniforms, self._last, self._bias)):
                rolls[step], probabilities[step] = sampled
                if step % 32 == 31:
                    yield Progress(step + 1, steps)
        return tuple(
            Take(
                _join(self.primer, rolls[:, take], self.config),
                len(predicted),
                np.concatenate((predicted, probabilities[:, take])),
                uniforms[:, take],
                temperature,
                threshold,
                seed + take,
            )
            for take in range(takes)
        )

    @checked
    def take(self, steps: int = 200, *, quiet: bool = False, **settings: Unpack[TakeSettings]) -> Take:
        """Generate a take; see `generate`."""
        return self.takes(steps, takes=1, quiet=quiet, **settings)[0]

    @checked
    def takes(
        self, steps: int = 200, *, takes: int = 8, quiet: bool = False, **settings: Unpack[TakeSettings]
    ) -> tuple[Take, ...]:
        """Generate several takes at once; see `generate_takes`."""
        return finish(self.generating(steps, takes=takes, **settings), "Generating", quiet=quiet)


def _check_grid(network: StackedLSTM, primer: Tune | None, config: RollConfig | None) -> RollConfig:
    """Return the grid of the tunes to generate."""
    if primer is not None and config is not None and primer.config != config:
        raise ConfigError(
            f"the primer is on another grid ({primer.config}) than the music to generate ({config}); "
            f"choose no primer or one on that grid, or train a network on this one"
        )
    config = primer.config if primer is not None else config or RollConfig()
    if config.pitches != network.config.pitches:
        raise ConfigError(
            f"the music has {config.pitches} pitches and the network {network.config.pitches}; "
            f"use the grid that the network was trained on: pass it as config= if there is no primer"
        )
    return config


def _uniforms(seed: int, steps: int, pitches: int) -> NDArray[np.float32]:
    """Return the random numbers of a take, which depend on its seed alone."""
    return torch.rand(steps, pitches, generator=torch.Generator().manual_seed(seed)).numpy()


def _join(primer: Tune | None, generated: Roll, config: RollConfig) -> Tune:
    """Append what was generated to its primer."""
    if primer is None:
        return Tune(generated, "from nothing", config)
    return primer.followed_by(generated, f"after {primer.name}")


@checked
def generate(
    network: StackedLSTM,
    primer: Tune | None = None,
    steps: int = 200,
    *,
    temperature: float = 1.0,
    threshold: float | None = None,
    seed: int = 0,
    config: RollConfig | None = None,
    quiet: bool = False,
) -> Take:
    """Continue a primer with a network: each sampled step is its next input.

    Parameters
    ----------
    network : StackedLSTM
    primer : Tune, optional
        The first input, for instance `tune.part(0, 16)`; None starts from silence.
    steps : int
        Steps to generate after the primer, from 1 to 100,000.
    temperature : float
        0.01 to 100. Below 1, likely notes become more likely; above 1, all probabilities move towards one half.
    threshold : float, optional
        0 to 1. Notes with a lower probability never sound. By default 0, or 0.1 with an independent output.
    seed : int
        The same seed, settings and weights give the same tune.
    config : RollConfig, optional
        The grid of the tune, on which the network was trained; by default the primer's.
    quiet : bool
        Show no progress bar.

    Returns
    -------
    Take

    Raises
    ------
    ConfigError
        If a setting is out of range, or the primer has another number of pitches than the network.
    """
    sampler = Sampler(network, primer, config)
    return sampler.take(steps, temperature=temperature, threshold=threshold, seed=seed, quiet=quiet)


@checked
def generate_takes(
    network: StackedLSTM,
    primer: Tune | None = None,
    steps: int = 200,
    *,
    takes: int = 8,
    temperature: float = 1.0,
    threshold: float | None = None,
    seed: int = 0,
    config: RollConfig | None = None,
    quiet: bool = False,
) -> tuple[Take, ...]:
    """Generate several continuations of a primer at once, which is faster than one after the other.

    Parameters
    ----------
    takes : int
        Number of takes, 1 to 10,000; their seeds are `seed`, `seed + 1` and so on.
    network, primer, steps, temperature, threshold, seed, config, quiet
        See `generate`.

    Returns
    -------
    tuple of Take
        Each is what `generate` returns for its seed.

    Raises
    ------
    ConfigError
        See `generate`.
    """
    sampler = Sampler(network, primer, config)
    return sampler.takes(steps, takes=takes, temperature=temperature, threshold=threshold, seed=seed, quiet=quiet)
