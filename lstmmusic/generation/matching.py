"""Find the temperature and threshold with which takes are as dense and wide as the music that a network learned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from lstmmusic.base.progress import Progress, Work, finish
from lstmmusic.config import PLACES
from lstmmusic.errors import ConfigError
from lstmmusic.music.cells import Cells, split_cells
from lstmmusic.music.metre import places
from lstmmusic.music.roll import Tune
from lstmmusic.music.texture import WINDOW_STEPS, Texture, cut_windows, measure_texture, measure_window
from lstmmusic.network.free_running import Numbers, Samplers, default_threshold, sample_steps
from lstmmusic.network.model import StackedLSTM
from lstmmusic.network.stepper import Stepper, StepWeights
from lstmmusic.settings import check_number, checked

# Takes with each setting, and the steps of the music after which they begin.
TAKES, OPENING = 40, 16

TEMPERATURES = tuple(round(2 ** (eighth / 8), 2) for eighth in range(-8, 9))  # 0.5 to 2
THRESHOLDS = (0.0, 0.003, 0.005, 0.007, 0.01, 0.015, 0.02, 0.03, 0.04, 0.05, 0.07, 0.1, 0.14, 0.2, 0.3)

# Settings that are tried, at most; by how many places of the tables they are changed; and the thresholds that are tried
# before, since a low one changes nothing.
MOST_TRIED = 14
STRIDES = (3, 1)
FIRST_THRESHOLDS = (0.03, 0.1)

# Settings are changed only for distances that are smaller by more than this: takes are few.
GAIN = 0.1

LEAST_SPREAD = 0.1  # of the logarithm, where the music hardly varies
LEAST = 0.02  # what counts as that much, if it is not there at all


@dataclass(frozen=True)
class Match:
    """The settings with which takes come closest to the music, and how close.

    Parameters
    ----------
    temperature, threshold : float
    target, now, before : Texture
        Of the music; of takes with these settings; and of takes with temperature 1 and the network's own threshold.
    distance, distance_before : float
        How far `now` and `before` are from the target: the root of the mean square, over polyphony, notes per second
        and range, of the logarithm of the ratio, as a multiple of its standard deviation among windows of the music. So
        1 is as far as usual windows of the music are.
    """

    temperature: float
    threshold: float
    target: Texture
    now: Texture
    before: Texture
    distance: float
    distance_before: float


@checked
def match_music(
    network: StackedLSTM, known: Sequence[Tune], *, tempo: float = 100.0, seed: int = 0, quiet: bool = False
) -> Match:
    """Find the temperature and threshold with which takes come closest to music in polyphony, density and range.

    Takes of about 64 steps, which continue the music, are compared with windows of it that are as long. All settings
    are tried with the same openings and random numbers, one after the other from the default ones on, at most 14.

    Parameters
    ----------
    network : StackedLSTM
    known : sequence of Tune
        The music that the network learned.
    tempo : float
        See `lstmmusic.measure_texture`.
    seed : int
        Of the openings and random numbers.
    quiet : bool
        Show no progress bar.

    Returns
    -------
    Match

    Raises
    ------
    ConfigError
        If the music has another number of pitches than the network.
    CorpusError
        If there is no music.
    """
    return finish(matching(network, known, tempo=tempo, seed=seed), "Matching", quiet=quiet)


@torch.inference_mode()
def matching(network: StackedLSTM, known: Sequence[Tune], *, tempo: float = 100.0, seed: int = 0) -> Work[Match]:
    """Match the music as `match_music` does, and yield the progress; see `lstmmusic.base.progress`."""
    check_number("seed", seed, 0, 2**63 - 1, whole=True)
    for tune in known:
        if tune.config.pitches != network.config.pitches:
            raise ConfigError(
                f"{tune.name} has {tune.config.pitches} pitches and the network {network.config.pitches}; "
                f"give the music that it learned"
            )
    known = comparable(known, strikes=network.config.strikes)
    windows = list(cut_windows(known))
    target, spread = measure_texture(windows, tempo), _measure_spread(windows, tempo)
    openings = _Openings(network, known, np.random.default_rng(seed))
    own = default_threshold(network)
    tables = TEMPERATURES, sorted({*THRESHOLDS, own})
    start = TEMPERATURES.index(1.0), tables[1].index(own)
    tried: dict[tuple[int, int], tuple[float, Texture]] = {}

    def try_settings(place: tuple[int, int], best: tuple[int, int]) -> Work[tuple[int, int]]:
        """Try the settings at a place of the tables, unless it is outside, and return the better of two places."""
        inside = all(0 <= at < len(table) for at, table in zip(place, tables, strict=True))
        if place in tried or not inside or len(tried) == MOST_TRIED:
            return best
        yield Progress(len(tried), MOST_TRIED)
        temperature, threshold = (table[at] for at, table in zip(place, tables, strict=True))
        tried[place] = openings.measure(temperature, threshold, target, spread, tempo)
        is_better = place == best or tried[place][0] < tried[best][0] - GAIN
        return place if is_better else best

    best = yield from try_settings(start, start)
    for threshold in FIRST_THRESHOLDS:
        best = yield from try_settings((start[0], tables[1].index(threshold)), best)
    for stride in STRIDES:
        for warmer, higher in ((stride, 0), (-stride, 0), (0, stride), (0, -stride)):
            before = None
            while before != best:
                before = best
                best = yield from try_settings((best[0] + warmer, best[1] + higher), best)
    (distance, now), (distance_before, of_start) = tried[best], tried[start]
    return Match(tables[0][best[0]], tables[1][best[1]], target, now, of_start, distance, distance_before)


def comparable(known: Sequence[Tune], *, strikes: bool) -> Sequence[Tune]:
    """Return music of which no more notes are counted than a network can give that learned strikes, or did not."""
    if strikes:
        return known
    return [Tune.from_packed(tune.packed, tune.name, tune.config, metre=tune.metre) for tune in known]


class _Openings:
    """Openings of takes in the music, which a network has read, and the random numbers with which they continue.

    A tune is drawn as often as it has steps; half of the openings are at the beginnings of tunes. Of a short tune, the
    opening follows silence.
    """

    def __init__(self, network: StackedLSTM, known: Sequence[Tune], random: np.random.Generator) -> None:
        self._network, self._config = network, known[0].config
        self._numbers = Numbers.draw(random, WINDOW_STEPS, TAKES, self._config.pitches)
        lengths = np.array([len(tune) for tune in known])
        at = random.integers(lengths.sum(), size=TAKES)
        tunes = lengths.cumsum().searchsorted(at, side="right")
        ends = np.maximum(at - lengths.cumsum()[tunes] + lengths[tunes], np.minimum(lengths[tunes], OPENING))
        ends[::2] = np.minimum(lengths[tunes[::2]], OPENING)
        steps = np.zeros((1 + OPENING, TAKES, self._config.pitches), np.float32)
        where = np.zeros((OPENING + WINDOW_STEPS + 1, TAKES, PLACES), np.float32)
        for number in np.unique(tunes).tolist():
            tune = known[number]
            cells = network.cells_of(tune)
            for take in np.flatnonzero(tunes == number).tolist():
                end = int(ends[take])
                opening = cells[max(0, end - OPENING) : end]
                steps[len(steps) - len(opening) :, take] = opening
                if network.config.metre:
                    where[:, take] = places(tune.metre, self._config, end - OPENING, end + WINDOW_STEPS + 1)
        self._places = where if network.config.metre else None
        of_opening = None
        if self._places is not None:
            of_opening = torch.from_numpy(self._places[: OPENING + 1]).to(network.device)
        _, self._state = network(torch.from_numpy(steps).to(network.device), places=of_opening)
        self._last, self._weights = steps[-1], StepWeights(network)

    def measure(
        self, temperature: float, threshold: float, target: Texture, spread: NDArray[np.float64], tempo: float
    ) -> tuple[float, Texture]:
        """Continue the openings, and return how far the takes are from the target, and how dense and wide they are."""
        samplers = Samplers.of(self._network, temperature, threshold, may_end=False)
        stepper = Stepper(self._weights, self._state, TAKES)
        where = None if self._places is None else self._places[OPENING:]
        cells = finish(sample_steps(stepper, samplers, self._numbers, self._last, where), "", quiet=True).cells
        takes = [self._make_tune(cells[:, take]) for take in range(TAKES)]
        now = measure_texture(takes, tempo)
        ratios = np.log(_matched(now) / _matched(target)) / spread
        return float(np.sqrt(np.mean(ratios**2))), now

    def _make_tune(self, cells: Cells) -> Tune:
        roll, onsets, _ = split_cells(cells, strikes=self._network.config.strikes, velocities=False)  # not matched
        return Tune(roll, "take", self._config, onsets)


def _matched(texture: Texture) -> NDArray[np.float64]:
    """Return what is matched: polyphony, notes per second and range, of which none is zero."""
    values = np.array([texture.polyphony, texture.notes_per_second, texture.pitch_range])
    return np.asarray(np.maximum(np.nan_to_num(values), LEAST), np.float64)


def _measure_spread(windows: Sequence[Tune], tempo: float) -> NDArray[np.float64]:
    """Return the standard deviation of the logarithm of what is matched among windows of the music."""
    figures = np.array([measure_window(window, tempo)[:3] for window in windows])
    logarithms = np.log(np.maximum(np.nan_to_num(figures), LEAST))
    of_filled = logarithms[figures[:, 1] > 0]
    spread = of_filled.std(axis=0) if len(of_filled) else np.zeros(3)
    return np.asarray(np.maximum(spread, LEAST_SPREAD), np.float64)
