"""Regenerate a stretch of a take, so that it fits what precedes it and what follows."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lstmmusic.base.progress import Work, finish
from lstmmusic.generation.editing import settings_of
from lstmmusic.generation.sampler import Sampler, Take, draw_numbers, places_of
from lstmmusic.music.cells import HELD, SILENT, Cells, cells_of, split_cells
from lstmmusic.music.roll import Tune
from lstmmusic.music.score import VELOCITY
from lstmmusic.network.free_running import Samplers, sample_steps
from lstmmusic.network.model import StackedLSTM, State
from lstmmusic.network.outputs import Array
from lstmmusic.network.stepper import Stepper
from lstmmusic.settings import check_number, checked

# How many candidates there are by default, and how many of the following steps they are to fit.
CANDIDATES, FOLLOWING = 64, 64

# Steps of all candidates together whose likelihood is computed at once: their values fit into a cache.
ROWS = 1024


@dataclass(frozen=True, eq=False)
class Regeneration:
    """A take of which a stretch was regenerated, and how.

    Parameters
    ----------
    take : Take
    log_likelihoods : ndarray of float64, (candidates,)
        Log-likelihood that the network gives to the steps that follow each candidate, in nats.
    chosen : int
        The candidate that was drawn.
    """

    take: Take
    log_likelihoods: NDArray[np.float64]
    chosen: int

    @property
    def chances(self) -> NDArray[np.float64]:
        """The chance that each candidate had, (candidates,): proportional to the likelihood of what follows it."""
        likely = np.exp(self.log_likelihoods - self.log_likelihoods.max())
        return np.asarray(likely / likely.sum(), np.float64)


@checked
def regenerate(
    network: StackedLSTM,
    take: Take,
    start: int,
    stop: int,
    *,
    candidates: int = CANDIDATES,
    following: int = FOLLOWING,
    temperature: float | None = None,
    threshold: float | None = None,
    seed: int = 0,
    metre: str | None = None,
    quiet: bool = False,
) -> Regeneration:
    """Regenerate steps [start, stop) of a take, so that they fit what precedes them and what follows, which stays.

    Candidates are sampled given the steps before `start`. One of them is drawn, with chances proportional to the
    likelihood that the network gives to the steps that follow: their notes, strikes and velocities. With the settings
    with which the network samples what it has learned (temperature 1, threshold 0, no sampling bias), the more
    candidates there are, the closer this is to a sample given both sides (sampling importance resampling: Rubin 1988).

    Parameters
    ----------
    network : StackedLSTM
    take : Take
        The stretch may be in its primer.
    start, stop : int
        Counted from the start of the tune.
    candidates : int
        1 to 1,000.
    following : int
        How many of the steps that follow count, at most; 0 to 1,000.
    temperature, threshold : float, optional
        Of the candidates, see `lstmmusic.generate`; by default those of the take.
    seed : int
        Of the first candidate, and of the draw; the other candidates have the next ones.
    metre, quiet
        See `lstmmusic.generate`.

    Returns
    -------
    Regeneration
        Its take has the settings and random numbers of the take before, except those of the chosen candidate.

    Raises
    ------
    ConfigError
        If the take has no such steps, or a setting is out of range.
    """
    work = regenerating(
        network,
        take,
        start,
        stop,
        candidates=candidates,
        following=following,
        temperature=temperature,
        threshold=threshold,
        seed=seed,
        metre=metre,
    )
    return finish(work, "Regenerating", quiet=quiet)


@torch.inference_mode()
def regenerating(
    network: StackedLSTM,
    take: Take,
    start: int,
    stop: int,
    *,
    candidates: int = CANDIDATES,
    following: int = FOLLOWING,
    temperature: float | None = None,
    threshold: float | None = None,
    seed: int = 0,
    metre: str | None = None,
) -> Work[Regeneration]:
    """Regenerate a stretch as `regenerate` does, and yield the progress; see `lstmmusic.base.progress`."""
    tune, config = take.tune, take.tune.config
    check_number("start", start, 0, len(tune) - 1, whole=True)
    check_number("stop", stop, start + 1, len(tune), whole=True)
    check_number("candidates", candidates, 1, 1000, whole=True)
    check_number("following", following, 0, 1000, whole=True)
    check_number("seed", seed, 0, 2**63 - candidates, whole=True)
    temperature, threshold = settings_of(take, temperature, threshold)
    sampler = Sampler(network, tune.part(0, start) if start else None, config)
    bars = tune.metre or sampler.find_metre(metre)
    where = places_of(network, config, bars, start, stop - start + following)
    numbers = draw_numbers(range(seed, seed + candidates), stop - start, config.pitches)
    sampled = yield from sample_steps(
        Stepper(sampler.weights, sampler.state, candidates),
        Samplers.of(network, temperature, threshold, may_end=False),
        numbers,
        sampler.last,
        where,
    )
    before, rest = sampler.last.astype(np.uint8), cells_of(tune)[stop:]
    loudness = _velocities_at(tune, stop)
    seen = rest[:following, None].repeat(candidates, axis=1)
    steps = _strike(np.concatenate((sampled.cells, seen)), before, stop - start, loudness)
    log_likelihoods = _log_likelihoods(network, sampler.state, steps, stop - start, where)
    found = Regeneration(take, log_likelihoods, 0)
    uniform = np.random.default_rng((seed, 3)).random()
    chosen = min(int(found.chances.cumsum().searchsorted(uniform, side="right")), candidates - 1)
    cells = _strike(np.concatenate((sampled.cells[:, chosen], rest))[:, None], before, stop - start, loudness)[:, 0]
    probabilities, uniforms = take.probabilities.copy(), take.uniforms.copy()
    probabilities[start:stop] = sampled.probabilities[:, chosen]
    generated = max(start, take.primer_steps)
    if generated < stop:
        rows = slice(generated - take.primer_steps, stop - take.primer_steps)
        uniforms[rows] = numbers.notes[generated - start :, chosen]
    after = replace(
        take,
        tune=_replace_end(tune, cells, start),
        probabilities=probabilities,
        uniforms=uniforms,
        edited=tuple(step for step in take.edited if not start <= step < stop),
    )
    return replace(found, take=after, chosen=chosen)


def _velocities_at(tune: Tune, step: int) -> Cells:
    """Return the velocity of each note that sounds in a step, (pitches,); 0 where none does."""
    cells = cells_of(tune)[: step + 1]
    begun = len(cells) - 1 - (cells[::-1] > HELD).argmax(axis=0)
    struck = cells[begun, np.arange(cells.shape[1])]
    return np.where(cells[-1] > SILENT, struck - np.minimum(struck, HELD), 0).astype(np.uint8)


def _strike(cells: Cells, before: Cells, at: int, velocities: Cells) -> Cells:
    """Strike the notes that are held although they were silent in the step before.

    Parameters
    ----------
    cells : ndarray of uint8, (steps, takes, pitches)
    before : ndarray, (takes or 1, pitches)
        The step before them.
    at : int
    velocities : ndarray of uint8, (pitches,)
        Of the notes that are struck in step `at`; others have the default one.
    """
    first = np.broadcast_to(before > 0, cells.shape[1:])
    sounded = np.concatenate((first[None], cells[:-1] > SILENT))
    loudness = np.full((len(cells), 1, cells.shape[2]), VELOCITY, np.uint8)
    loudness[at : at + 1] = velocities
    return np.where((cells == HELD) & ~sounded, HELD + loudness, cells).astype(np.uint8)


def _replace_end(tune: Tune, cells: Cells, start: int) -> Tune:
    """Replace what a tune has from a step on by cells."""
    strikes, loudness = tune.packed_onsets is not None, tune.packed_velocities is not None
    roll, onsets, velocities = split_cells(cells, strikes=strikes, velocities=loudness)
    if start == 0:
        return Tune(roll, tune.name, tune.config, onsets, velocities, metre=tune.metre)
    return tune.part(0, start).followed_by(roll, tune.name, onsets, velocities)


def _log_likelihoods(
    network: StackedLSTM, state: State, steps: Cells, start: int, where: Array | None
) -> NDArray[np.float64]:
    """Return the log-likelihood of steps from `start` on, at least 1, given those before, (takes,).

    Parameters
    ----------
    network : StackedLSTM
    state : list of (h, c), each (1, hidden)
        Before the steps.
    steps : ndarray of uint8, (steps, takes, pitches)
        Cells.
    start : int
    where : ndarray, (steps + 1 or more, 1, PLACES), or None
        Where in the bar the steps lie.
    """
    takes = steps.shape[1]
    if len(steps) == start:
        return np.zeros(takes)
    cells = steps if network.config.strikes else np.minimum(steps, HELD)
    of_place = None if where is None else torch.from_numpy(where[1 : len(steps)]).to(network.device)
    found = []
    for part in np.array_split(cells, max(1, steps[..., 0].size // ROWS), axis=1):
        number = part.shape[1]
        inputs = torch.as_tensor(part.astype(np.float32), device=network.device)
        its = [(_repeat(first, number), _repeat(second, number)) for first, second in state]
        its_places = None if of_place is None else of_place.expand(-1, number, -1)
        features, _ = network(inputs[:-1], its, places=its_places)
        losses = network.losses(features[start - 1 :], inputs[start:])
        found.append(-(losses.notes + losses.strikes + losses.velocities).double().sum(0).cpu().numpy())
    return np.concatenate(found)


def _repeat(row: Tensor, number: int) -> Tensor:
    return row.repeat(number, *(1,) * (row.dim() - 1))
