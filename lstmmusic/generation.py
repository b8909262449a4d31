"""Making music with a network: a primer and a seed in, a tune and its probabilities out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from lstmmusic.config import RollConfig, check_number
from lstmmusic.errors import ConfigError
from lstmmusic.model import StackedLSTM
from lstmmusic.pianoroll import Tune
from lstmmusic.progress import Progress, Work, finish


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
        threshold); for steps of the primer, what the network expected there.
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


@torch.inference_mode()
def generating(
    network: StackedLSTM,
    primer: Tune | None = None,
    steps: int = 200,
    *,
    temperature: float = 1.0,
    threshold: float = 0.1,
    seed: int = 0,
    config: RollConfig | None = None,
) -> Work[Take]:
    """`generate` as a generator; see `lstmmusic.progress`."""
    check_number("steps", steps, 1, 100_000, whole=True)
    check_number("temperature", temperature, 0.01, 100)
    check_number("threshold", threshold, 0, 1)
    check_number("seed", seed, 0, 2**63 - 1, whole=True)
    if primer is not None and not isinstance(primer, Tune):
        raise ConfigError("the primer is no Tune; make one of a roll: Tune(roll)")
    if primer is not None and config is not None and primer.config != config:
        raise ConfigError(f"the primer lies on another grid ({primer.config}) than the music to make ({config})")
    config = primer.config if primer is not None else config or RollConfig()
    if config.pitches != network.config.pitches:
        raise ConfigError(
            f"the music has {config.pitches} pitches and the network {network.config.pitches}; "
            f"take the grid that the network was trained on, with config= where there is no primer"
        )
    # Drawn on the CPU, so that a seed means the same on every device.
    uniforms = torch.rand(steps, config.pitches, generator=torch.Generator().manual_seed(seed))
    on_device = uniforms.to(network.device)
    heard = torch.zeros(1, 1, config.pitches)  # every tune comes out of silence
    if primer is not None:
        heard = torch.cat((heard, torch.from_numpy(primer.roll)[None].float()), dim=1)
    features, state = network(heard.to(network.device))
    expected = network.output.probabilities(features[0, :-1])  # (primer steps, pitches)
    frames, drawn = [], []
    for step in range(steps):
        frame, probabilities = network.output.sample(features[:, -1], on_device[step], temperature, threshold)
        frames.append(frame)
        drawn.append(probabilities)
        features, state = network(frame[:, None], state)
        if step % 32 == 31:
            yield Progress(step + 1, steps)
    generated = torch.cat(frames).cpu().numpy().astype(np.uint8)
    onsets = None
    if primer is not None and primer.onsets is not None:
        before = np.concatenate((primer.roll[-1:], generated[:-1]))
        onsets = np.concatenate((primer.onsets, generated & ~before & 1))
    roll = generated if primer is None else np.concatenate((primer.roll, generated))
    name = "from nothing" if primer is None else f"after {primer.name}"
    return Take(
        Tune(roll, name, config, onsets),
        len(roll) - steps,
        torch.cat((expected, torch.cat(drawn))).cpu().numpy(),
        uniforms.numpy(),
        temperature,
        threshold,
        seed,
    )


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
    work = generating(network, primer, steps, temperature=temperature, threshold=threshold, seed=seed, config=config)
    return finish(work, "Generating", quiet=quiet)
