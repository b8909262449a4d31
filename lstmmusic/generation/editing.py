"""Work on a take: edit it and let the network continue, or continue it in several ways."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch

from lstmmusic.base.progress import Work, finish
from lstmmusic.base.words import count_of
from lstmmusic.errors import ConfigError
from lstmmusic.generation.sampler import Sampler, Take, append_cells, draw_numbers, generate_takes, places_of
from lstmmusic.music.cells import cells_of
from lstmmusic.music.roll import Tune
from lstmmusic.network.devices import blas_threads
from lstmmusic.network.free_running import Numbers, Samplers, read_steps, sample_steps
from lstmmusic.network.model import StackedLSTM
from lstmmusic.network.outputs import Array
from lstmmusic.network.stepper import Stepper
from lstmmusic.settings import check_number, checked


@checked
def continue_edited(
    network: StackedLSTM,
    take: Take,
    edited: Tune,
    stop: int,
    *,
    steps: int | None = None,
    temperature: float | None = None,
    threshold: float | None = None,
    until_end: bool = False,
    metre: str | None = None,
) -> Take:
    """Sample again what follows an edit of a take, with the random numbers of the take.

    Notes whose probability does not depend on the edit are the same as before; after an edit that changes nothing, all
    are.

    Parameters
    ----------
    network : StackedLSTM
        The one that the take is from, or another.
    take : Take
        As it was before the edit.
    edited : Tune
        The tune of the take, with the edit. What it has from `stop` on does not matter.
    stop : int
        The step after the last one that was edited, counted from the start of the tune. The primer may be edited too.
    steps : int, optional
        Steps to generate after the primer, those before `stop` included; by default as many as the take has.
    temperature, threshold : float, optional
        See `lstmmusic.generate`; by default those of the take.
    until_end, metre
        See `lstmmusic.generate`.

    Returns
    -------
    Take
        With the primer's length, the seed and the random numbers of the take. Its steps from the first that was changed
        up to `stop` are `Take.edited`, except those of the primer; their probabilities are given the edit.

    Raises
    ------
    ConfigError
        If the edited tune is on another grid or ends before `stop`, or a setting is out of range.
    """
    work = continuing_edited(
        network,
        take,
        edited,
        stop,
        steps=steps,
        temperature=temperature,
        threshold=threshold,
        until_end=until_end,
        metre=metre,
    )
    return finish(work, "", quiet=True)


@torch.inference_mode()
def continuing_edited(
    network: StackedLSTM,
    take: Take,
    edited: Tune,
    stop: int,
    *,
    steps: int | None = None,
    temperature: float | None = None,
    threshold: float | None = None,
    until_end: bool = False,
    metre: str | None = None,
) -> Work[Take]:
    """Sample what follows an edit as `continue_edited` does, and yield the progress; see `lstmmusic.base.progress`."""
    config, primer_steps = take.tune.config, take.primer_steps
    if edited.config != config:
        raise ConfigError(f"the edited tune is on another grid ({edited.config}) than the take ({config})")
    check_number("stop", stop, 1, len(edited), whole=True)
    if len(edited) < primer_steps:
        has = count_of(len(edited), "step")
        raise ConfigError(f"the edited tune has {has}, and the primer {primer_steps}; keep all of them")
    steps = len(take.tune) - primer_steps if steps is None else steps
    check_number("steps", steps, 1, 100_000, whole=True)
    temperature, threshold = settings_of(take, temperature, threshold)
    sampler = Sampler(network, edited.part(0, primer_steps) if primer_steps else None, config)
    first = _first_change(take.tune, edited, stop)
    begin, stop = max(first, primer_steps), max(stop, primer_steps)
    cells = network.cells_of(edited)[primer_steps:stop]
    numbers = _numbers_of(take, max(steps, len(cells)))
    where = places_of(network, config, edited.metre or sampler.find_metre(metre), primer_steps, len(numbers.ends))
    stepper, exact = Stepper(sampler.weights, sampler.state, 1), Samplers.of(network, temperature, 0.0)
    given, changed = np.split(cells.astype(np.float32), [begin - primer_steps])
    with blas_threads(1):
        last, _ = read_steps(stepper, given, sampler.last, where)
        last, of_edit = read_steps(stepper, changed, last, later(where, len(given)), exact)
    known = [sampler.predicted if first < primer_steps else take.probabilities[:primer_steps]]
    known += [take.probabilities[primer_steps:begin], of_edit]
    left, length = Numbers(*(part[len(cells) :] for part in numbers)), 0
    if len(left.ends):
        samplers = Samplers.of(network, temperature, threshold, may_end=until_end)
        least = int(stop == 0)  # a tune has at least a step
        where = later(where, len(cells))
        sampled = yield from sample_steps(stepper, samplers, left, last, where, until_end=until_end, least=least)
        length = int(sampled.lengths[0])
        cells = np.concatenate((cells, sampled.cells[:length, 0]))
        known.append(sampled.probabilities[:length, 0])
    bars = edited.metre if sampler.primer is None else ()
    return replace(
        take,
        tune=append_cells(sampler.primer, cells, network.config, config, bars, take.tune.name),
        probabilities=np.concatenate(known),
        uniforms=numbers.notes[: len(cells), 0],
        temperature=temperature,
        threshold=threshold,
        ended=length < len(left.ends),
        edited=(*(step for step in take.edited if step < begin), *range(begin, stop)),
    )


@checked
def branch(
    network: StackedLSTM,
    take: Take,
    step: int,
    *,
    branches: int = 4,
    steps: int | None = None,
    temperature: float | None = None,
    threshold: float | None = None,
    seed: int | None = None,
    until_end: bool = False,
    metre: str | None = None,
    quiet: bool = False,
) -> tuple[Take, ...]:
    """Continue a take from a step in several ways.

    Parameters
    ----------
    network : StackedLSTM
    take : Take
    step : int
        The first that is generated, counted from the start of the tune: what lies before it is the primer of the
        branches.
    branches : int
        How many, 1 to 10,000; their seeds are `seed`, `seed + 1` and so on.
    steps : int, optional
        Steps to generate; by default the tunes become as long as that of the take, or a step longer than their primer.
    temperature, threshold : float, optional
        See `lstmmusic.generate`; by default those of the take.
    seed : int, optional
        By default the one after that of the take.
    until_end, metre, quiet
        See `lstmmusic.generate`.

    Returns
    -------
    tuple of Take

    Raises
    ------
    ConfigError
        If the take has no such step, or a setting is out of range.
    """
    check_number("step", step, 0, len(take.tune), whole=True)
    temperature, threshold = settings_of(take, temperature, threshold)
    return generate_takes(
        network,
        take.tune.part(0, step) if step else None,
        max(1, len(take.tune) - step) if steps is None else steps,
        takes=branches,
        temperature=temperature,
        threshold=threshold,
        seed=take.seed + 1 if seed is None else seed,
        until_end=until_end,
        metre=metre,
        config=take.tune.config,
        quiet=quiet,
    )


def settings_of(take: Take, temperature: float | None, threshold: float | None) -> tuple[float, float]:
    """Return the settings, or those of the take where they are None."""
    temperature = take.temperature if temperature is None else temperature
    threshold = take.threshold if threshold is None else threshold
    check_number("temperature", temperature, 0.01, 100)
    check_number("threshold", threshold, 0, 1)
    return temperature, threshold


def _first_change(tune: Tune, edited: Tune, stop: int) -> int:
    """Return the first step before `stop` at which two tunes differ, or where the shorter of them ends, or `stop`."""
    one, two = cells_of(tune)[:stop], cells_of(edited)[:stop]
    common = min(len(one), len(two))
    different = np.flatnonzero((one[:common] != two[:common]).any(axis=1))
    return int(different[0]) if len(different) else common


def _numbers_of(take: Take, steps: int) -> Numbers:
    """Return the random numbers of the steps that a take generated, and of as many more as are needed."""
    numbers = draw_numbers([take.seed], steps, take.tune.config.pitches)
    own = take.uniforms[:steps]
    numbers.notes[: len(own), 0] = own  # a take that was put together has others than its seed gives
    return numbers


def later(where: Array | None, steps: int) -> Array | None:
    """Return the places from a later step on."""
    return None if where is None else where[steps:]
