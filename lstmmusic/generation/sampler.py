"""Generate music with a network: a primer and a seed in, a tune and its probabilities out."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass, replace
from functools import partial
from typing import TypedDict, Unpack

import numpy as np
import torch
from numpy.typing import NDArray

from lstmmusic.base.progress import Progress, advance, finish
from lstmmusic.config import PLACES, NetworkConfig, RollConfig, SamplingConfig
from lstmmusic.errors import ConfigError
from lstmmusic.music.cells import Cells, cells_of, split_cells
from lstmmusic.music.metre import Metres, parse_metre, places
from lstmmusic.music.roll import Tune
from lstmmusic.network.free_running import Numbers, Samplers, Steps, StepsSoFar, default_threshold, sample_steps
from lstmmusic.network.limited_past import ResetStepper, WindowStepper
from lstmmusic.network.model import StackedLSTM
from lstmmusic.network.outputs import Array
from lstmmusic.network.stepper import Stepper, StepWeights, TakeReader
from lstmmusic.settings import check_number, checked

# The longest past that is read again for each step, which takes longer with each step of it, and the longest after
# which a network is reset.
LONGEST_PAST, LONGEST_RESET = 64, 4096


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
    ended : bool
        Whether the network ended the tune, rather than the number of steps.
    edited : tuple of int
        Steps of the tune that were edited by hand after they were sampled, the first of them first.
    """

    tune: Tune
    primer_steps: int
    probabilities: NDArray[np.float32]
    uniforms: NDArray[np.float32]
    temperature: float
    threshold: float
    seed: int
    ended: bool = False
    edited: tuple[int, ...] = ()

    @property
    def generated(self) -> Tune:
        """The tune without its primer."""
        return self.tune.part(self.primer_steps, len(self.tune))

    @property
    def ringing(self) -> Tune:
        """The tune as it is played: where the network ended it, what sounds in its last step rings for two beats more.

        On a grid in seconds, for a second more. A tune that the number of steps ended is as it is.
        """
        tune = self.tune
        if not self.ended:
            return tune
        steps = max(1, round((2 if tune.config.unit == "beats" else 1) / tune.config.step))
        held = np.zeros((steps, tune.config.pitches), np.uint8)
        return tune.followed_by(tune.roll[-1:].repeat(steps, axis=0), tune.name, held, held)

    @checked
    def followed_by(self, other: Take) -> Take:
        """Append what another take generated, with its settings; that take's primer is the end of this one."""
        start = other.primer_steps
        played = other.tune.onsets, other.tune.velocities
        onsets, velocities = (part if part is None else part[start:] for part in played)
        return replace(
            self,
            tune=self.tune.followed_by(other.tune.roll[start:], self.tune.name, onsets, velocities),
            probabilities=np.concatenate((self.probabilities, other.probabilities[start:])),
            uniforms=np.concatenate((self.uniforms, other.uniforms)),
            temperature=other.temperature,
            threshold=other.threshold,
            ended=other.ended,
        )


@dataclass(frozen=True, eq=False)
class TakesSoFar(Progress):
    """How many steps of some takes are generated.

    Parameters
    ----------
    make : callable
        Returns these steps as takes: with the same settings, the whole takes begin so.
    """

    make: Callable[[], tuple[Take, ...]]


class TakeSettings(TypedDict, total=False):
    """How a take is sampled; see `generate`."""

    temperature: float
    threshold: float | None
    seed: int
    until_end: bool
    metre: str | None
    past: int | None
    resets: bool


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
    config : RollConfig
        The grid of its takes.
    threshold : float
        The default threshold of its takes; see `default_threshold`.
    weights : StepWeights
        Those of the network.
    predicted : ndarray of float32, (steps, pitches)
        The network's prediction of the primer; see `StackedLSTM.expectations`.
    state : list of (h, c)
        After the primer; see `StackedLSTM.read`.
    last : ndarray of float32, (1, pitches)
        The cells of its last step.

    Raises
    ------
    ConfigError
        If the primer has another number of pitches than the network.
    """

    @checked
    def __init__(self, network: StackedLSTM, primer: Tune | None = None, config: RollConfig | None = None) -> None:
        self.config = _check_grid(network, primer, config)
        self.primer = primer
        self.threshold = default_threshold(network)
        self.predicted, self.state = network.read(np.zeros((0, self.config.pitches)) if primer is None else primer)
        last = np.zeros((1, self.config.pitches)) if primer is None else cells_of(primer)[-1:]
        self.last = last.astype(np.float32)
        self.weights = StepWeights(network)
        self.network = network

    @torch.inference_mode()
    def generating(
        self,
        steps: int = 200,
        *,
        takes: int = 1,
        temperature: float = 1.0,
        threshold: float | None = None,
        seed: int = 0,
        until_end: bool = False,
        metre: str | None = None,
        past: int | None = None,
        resets: bool = False,
    ) -> Generator[TakesSoFar, None, tuple[Take, ...]]:
        """Generate takes as `takes` does, and yield those so far; see `lstmmusic.base.progress`."""
        threshold = self.threshold if threshold is None else threshold
        SamplingConfig(steps, temperature, threshold, takes, seed)
        check_number("seed", seed, 0, 2**63 - takes, whole=True)
        if past is not None:
            check_number("past", past, 1, LONGEST_RESET if resets else LONGEST_PAST, whole=True)
        pitches, predicted = self.config.pitches, self.predicted
        bars, start = self.find_metre(metre), len(predicted)
        where = places_of(self.network, self.config, bars, start, steps)
        numbers = draw_numbers(range(seed, seed + takes), steps, pitches)
        samplers = Samplers.of(self.network, temperature, threshold, may_end=until_end)
        name = f"after {self.primer.name}" if self.primer else "from nothing"
        stepper = self._make_stepper(takes, past, resets)

        def make(sampled: Steps) -> tuple[Take, ...]:
            return tuple(
                Take(
                    append_cells(
                        self.primer, sampled.cells[:length, take], self.network.config, self.config, bars, name
                    ),
                    len(predicted),
                    np.concatenate((predicted, sampled.probabilities[:length, take])),
                    numbers.notes[:length, take],
                    temperature,
                    threshold,
                    seed + take,
                    bool(length < len(sampled.cells)),
                )
                for take, length in enumerate(sampled.lengths.tolist())
            )

        sampling = sample_steps(stepper, samplers, numbers, self.last, where, until_end=until_end)
        while isinstance(now := advance(sampling), StepsSoFar):
            yield TakesSoFar(now.done, now.total, partial(make, now.steps))
        return make(now)

    def _make_stepper(self, takes: int, past: int | None, resets: bool) -> TakeReader:
        """Make what reads takes after the primer: all of them and it, or only the last steps."""
        if past is None:
            return Stepper(self.weights, self.state, takes)
        cells, where = self.last[None] * 0, np.zeros((1, 1, PLACES), np.float32)  # of the silence before
        if self.primer is not None:
            cells = np.concatenate((cells, self.network.cells_of(self.primer)[:, None].astype(np.float32)))
            known = places_of(self.network, self.config, self.primer.metre, 0, len(self.primer))
            where = where.repeat(len(cells), axis=0) if known is None else known
        if resets:
            return ResetStepper(self.network, self.weights, cells, where, takes, past)
        return WindowStepper(self.network, cells, where, takes, past)

    @property
    def asks_for_metre(self) -> bool:
        """Whether the metre of its takes can be chosen: the network sees it, and the primer has none."""
        return bool(self.weights.places) and self.config.unit == "beats" and not (self.primer and self.primer.metre)

    def find_metre(self, metre: str | None) -> Metres:
        """Return the metre of the tunes: that of the primer, or one that is chosen, from step 0 on."""
        if self.primer is not None and self.primer.metre:
            return self.primer.metre
        return parse_metre(metre or "4/4") if self.asks_for_metre else ()

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


def append_cells(
    before: Tune | None, cells: Cells, network: NetworkConfig, config: RollConfig, metre: Metres, name: str
) -> Tune:
    """Append cells to a tune, with what a network predicts of them; without a tune, they have the given metre."""
    roll, onsets, velocities = split_cells(cells, strikes=network.strikes, velocities=network.velocities)
    if before is None:
        return Tune(roll, name, config, onsets, velocities, metre=metre)
    return before.followed_by(roll, name, onsets, velocities)


def places_of(network: StackedLSTM, config: RollConfig, metre: Metres, start: int, steps: int) -> Array | None:
    """Return where in the bar steps from `start` on lie, (steps + 1, 1, PLACES), if that is of use."""
    if not network.config.metre:
        return None
    return places(metre, config, start, start + steps + 1)[:, None]


def draw_numbers(seeds: Iterable[int], steps: int, pitches: int) -> Numbers:
    """Return the random numbers of takes: each depends on its seed alone, and more steps begin with the same ones."""
    drawn = []
    for seed in seeds:
        notes = torch.rand(steps, pitches, generator=torch.Generator().manual_seed(seed)).numpy()
        # From generators of their own, so that each kind is the same whatever else is sampled.
        played = np.random.default_rng((seed, 1)).random((steps, 2, pitches), np.float32)
        drawn.append((notes, played, np.random.default_rng((seed, 2)).random(steps, np.float32)))
    return Numbers(*(np.stack(part, axis=1) for part in zip(*drawn, strict=True)))


@checked
def generate(
    network: StackedLSTM,
    primer: Tune | None = None,
    steps: int = 200,
    *,
    temperature: float = 1.0,
    threshold: float | None = None,
    seed: int = 0,
    until_end: bool = False,
    metre: str | None = None,
    past: int | None = None,
    resets: bool = False,
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
        0 to 1. Notes with a lower probability never sound. By default 0; with an independent output, as training has
        set it from the music, or 0.1.
    seed : int
        The same seed, settings and weights give the same tune.
    until_end : bool
        Stop where the network ends the tune; `steps` are then the most that are generated. Networks without endings
        never do.
    metre : str, optional
        Such as "3/4", for a network that sees the place in the bar; by default "4/4". A primer has its own.
    past : int, optional
        Forget all but the last steps, 1 to 64 of them: each step is predicted from what the network says of these, read
        from a zero state. Takes longer the more there are. By default it forgets nothing.
    resets : bool
        Forget in another way: everything each time that `past` steps were read, 1 to 4096, the silence before the tune
        included. That takes no longer.
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
    settings: TakeSettings = {
        "temperature": temperature,
        "threshold": threshold,
        "seed": seed,
        "until_end": until_end,
        "metre": metre,
        "past": past,
        "resets": resets,
    }
    return Sampler(network, primer, config).take(steps, quiet=quiet, **settings)


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
    until_end: bool = False,
    metre: str | None = None,
    past: int | None = None,
    resets: bool = False,
    config: RollConfig | None = None,
    quiet: bool = False,
) -> tuple[Take, ...]:
    """Generate several continuations of a primer at once, which is faster than one after the other.

    Parameters
    ----------
    takes : int
        Number of takes, 1 to 10,000; their seeds are `seed`, `seed + 1` and so on.
    network, primer, steps, temperature, threshold, seed, until_end, metre, past, resets, config, quiet
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
    settings: TakeSettings = {
        "temperature": temperature,
        "threshold": threshold,
        "seed": seed,
        "until_end": until_end,
        "metre": metre,
        "past": past,
        "resets": resets,
    }
    return Sampler(network, primer, config).takes(steps, takes=takes, quiet=quiet, **settings)
