"""Settings of how takes are sampled."""

from __future__ import annotations

from dataclasses import dataclass

from lstmmusic.config.base import Config
from lstmmusic.settings import setting


@dataclass(frozen=True)
class SamplingConfig(Config):
    """How takes are sampled; see `lstmmusic.generate`.

    Parameters
    ----------
    steps : int
        Steps to generate after the primer.
    temperature : float
        Below 1, likely notes become more likely; above 1, all probabilities move towards one half.
    threshold : float or None
        Notes with a lower probability never sound; None for the default of the network.
    takes : int
        Number of takes; their seeds are `seed`, `seed + 1` and so on.
    seed : int
        The same seed, settings and weights give the same tune.
    """

    steps: int = setting(
        200,
        "Length",
        "Number of steps to generate: more makes the tune longer",
        bounds=(1, 100_000),
        unit="steps",
        slider=(8, 1000),
        step=8,
    )
    temperature: float = setting(
        1.0,
        "Temperature",
        "How daring the tune is: more gives more surprises, less keeps to what is likely",
        bounds=(0.01, 100),
        slider=(0.1, 10),
        step=0.02,
        logarithmic=True,
    )
    threshold: float | None = setting(
        None,
        "Threshold",
        "Notes with a smaller probability are never played: more makes the tune sparser",
        bounds=(0, 1),
        optional=True,
        unset="0, or as it suits the music for independent notes",
        slider=(0, 0.9),
        step=0.01,
    )
    takes: int = setting(4, "Takes", "Number of takes: more choice, but slower", bounds=(1, 10_000), slider=(1, 8))
    seed: int = setting(
        0, "Seed", "Start of the random numbers: the same seed gives the same tune", bounds=(0, 2**63 - 1)
    )
