"""Making music with a network: a primer and a seed in, a tune and its probabilities out."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from lstmmusic.base.progress import Progress, Work, finish
from lstmmusic.config import RollConfig
from lstmmusic.errors import ConfigError
from lstmmusic.music.roll import Roll, Tune
from lstmmusic.network.devices import blas_threads
from lstmmusic.network.model import StackedLSTM
from lstmmusic.network.stepper import Stepper, StepWeights
from lstmmusic.settings import check_number

LABEL = "Generating"  # of the progress bar


@dataclass(frozen=True, eq=False)
class Take:
    """A generated tune, and how it came about.

    Parameters
    ----------
    tune : Tune
        The primer, and what the network made of it.
    primer_steps : int
        How many steps of the tune are the primer.
    probabilities : ndarray of float32, (steps, pitches)
        Of each note in each step: for generated steps, with which it was drawn (after temperature, before
        threshold); for steps of the primer, what the network expected there. A joint output gives it in view of
        the notes below, as they were drawn, or stand in the primer.
    uniforms : ndarray of float32, (generated steps, pitches)
        The random numbers: a note sounds where its number is below its probability.
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

    def followed_by(self, other: Take) -> Take:
        """Go on with what another take generated after the end of this one; its settings are those that are told."""
        start = other.primer_steps
        return replace(
            self,
            tune=self.tune.followed_by(other.tune.roll[start:], self.tune.name),
            probabilities=np.concatenate((self.probabilities, other.probabilities[start:])),
            uniforms=np.concatenate((self.uniforms, other.uniforms)),
            temperature=other.temperature,
            threshold=other.threshold,
        )


class Sampler:
    """Makes takes that go on from one primer, again and again; what is the same for all of them is computed once.

    Parameters
    ----------
    network : StackedLSTM
        It must not change meanwhile; a trainer's `best_network` is a copy that does not.
    primer, config
        See `generate`.

    Raises
    ------
    ConfigError
        If the primer has another number of pitches than the network.
    """

    @torch.inference_mode()
    def __init__(self, network: StackedLSTM, primer: Tune | None = None, config: RollConfig | None = None) -> None:
        self.config = _check_grid(network, primer, config)
        self.primer = primer
        # Every tune comes out of silence.
        heard = torch.zeros(1 + (len(primer) if primer else 0), 1, self.config.pitches)
        if primer is not None:
            heard[1:, 0] = torch.from_numpy(primer.roll)
        heard = heard.to(network.device)
        features, self._state = network(heard)
        self._expected = torch.sigmoid(network.output.logits(features[:-1, 0], heard[1:, 0])).cpu().numpy()
        self._weights = StepWeights(network)
        self._output = network.output

    @torch.inference_mode()
    def generating(
        self, steps: int = 200, *, takes: int = 1, temperature: float = 1.0, threshold: float = 0.1, seed: int = 0
    ) -> Work[tuple[Take, ...]]:
        """Make takes as a generator, which tells how far it is; see `lstmmusic.base.progress`."""
        check_number("steps", steps, 1, 100_000, whole=True)
        check_number("temperature", temperature, 0.01, 100)
        check_number("threshold", threshold, 0, 1)
        check_number("takes", takes, 1, 10_000, whole=True)
        check_number("seed", seed, 0, 2**63 - takes, whole=True)
        pitches, expected = self.config.pitches, self._expected
        stepper = Stepper(self._weights, self._state, takes)
        draw = self._output.sampler(temperature, threshold)
        uniforms = np.stack([_uniforms(seed + take, steps, pitches) for take in range(takes)], axis=1)
        frames = np.empty((steps, takes, pitches), np.uint8)
        drawn = np.empty((steps, takes, pitches), np.float32)
        # As many threads as torch was given; one is best for a vector, and more wait long on a machine that is busy.
        threads = 1 if takes == 1 else torch.get_num_threads()
        with blas_threads(threads):
            for step in range(steps):
                frame, drawn[step] = draw(stepper.features, uniforms[step])
                frames[step] = frame
                stepper.step(frame)
                if step % 32 == 31:
                    yield Progress(step + 1, steps)
        return tuple(
            Take(
                _join(self.primer, frames[:, take], self.config),
                len(expected),
                np.concatenate((expected, drawn[:, take])),
                uniforms[:, take],
                temperature,
                threshold,
                seed + take,
            )
            for take in range(takes)
        )

    def take(
        self, steps: int = 200, *, temperature: float = 1.0, threshold: float = 0.1, seed: int = 0, quiet: bool = False
    ) -> Take:
        """Make a take; see `generate`."""
        work = self.generating(steps, temperature=temperature, threshold=threshold, seed=seed)
        return finish(work, LABEL, quiet=quiet)[0]

    def takes(
        self,
        steps: int = 200,
        *,
        takes: int = 8,
        temperature: float = 1.0,
        threshold: float = 0.1,
        seed: int = 0,
        quiet: bool = False,
    ) -> tuple[Take, ...]:
        """Make several takes at once; see `generate_takes`."""
        work = self.generating(steps, takes=takes, temperature=temperature, threshold=threshold, seed=seed)
        return finish(work, LABEL, quiet=quiet)


def _check_grid(network: StackedLSTM, primer: Tune | None, config: RollConfig | None) -> RollConfig:
    """Return the grid of the tunes to make."""
    if primer is not None and not isinstance(primer, Tune):
        raise ConfigError("the primer is no Tune; make one of a roll: Tune(roll)")
    if primer is not None and config is not None and primer.config != config:
        raise ConfigError(
            f"the primer lies on another grid ({primer.config}) than the music to make ({config}); "
            f"take no primer, or music on that grid, or train a network on this one"
        )
    config = primer.config if primer is not None else config or RollConfig()
    if config.pitches != network.config.pitches:
        raise ConfigError(
            f"the music has {config.pitches} pitches and the network {network.config.pitches}; "
            f"take the grid that the network was trained on, with config= where there is no primer"
        )
    return config


def _uniforms(seed: int, steps: int, pitches: int) -> NDArray[np.float32]:
    """Random numbers of a take: those of its seed, whatever is made beside it."""
    return torch.rand(steps, pitches, generator=torch.Generator().manual_seed(seed)).numpy()


def _join(primer: Tune | None, generated: Roll, config: RollConfig) -> Tune:
    """Put what was generated after its primer."""
    if primer is None:
        return Tune(generated, "from nothing", config)
    return primer.followed_by(generated, f"after {primer.name}")


def generate(
    network: StackedLSTM,
    primer: Tune | None = None,
    steps: int = 200,
    *,
    temperature: float = 1.0,
    threshold: float = 0.1,
    seed: int = 0,
    config: RollConfig | None = None,
    quiet: bool = False,
) -> Take:
    """Let a network continue a primer: its own draws are fed back to it, step by step.

    Parameters
    ----------
    network : StackedLSTM
    primer : Tune, optional
        What it hears first, for instance `tune.part(0, 16)`; None begins out of silence.
    steps : int
        Steps to generate after the primer, from 1 to 100,000.
    temperature : float
        0.01 to 100. Below 1 the likely becomes surer, above 1 everything comes closer to even.
    threshold : float
        0 to 1. Notes with a probability below it never sound.
    seed : int
        The same seed, settings and weights give the same tune.
    config : RollConfig, optional
        The grid of the new tune: that on which the network was trained. By default that of the primer.
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


def generate_takes(
    network: StackedLSTM,
    primer: Tune | None = None,
    steps: int = 200,
    *,
    takes: int = 8,
    temperature: float = 1.0,
    threshold: float = 0.1,
    seed: int = 0,
    config: RollConfig | None = None,
    quiet: bool = False,
) -> tuple[Take, ...]:
    """Continue a primer in several ways at once, which is faster than one after the other.

    Parameters
    ----------
    takes : int
        How many, from 1 to 10,000; they have the seeds `seed`, `seed + 1` and so on.
    network, primer, steps, temperature, threshold, seed, config, quiet
        See `generate`.

    Returns
    -------
    tuple of Take
        Each is the one that `generate` makes from its seed.

    Raises
    ------
    ConfigError
        See `generate`.
    """
    sampler = Sampler(network, primer, config)
    return sampler.takes(steps, takes=takes, temperature=temperature, threshold=threshold, seed=seed, quiet=quiet)
