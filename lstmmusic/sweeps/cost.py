"""What a sweep will cost in time, measured before it starts by a few updates of some of its runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lstmmusic.base.progress import Progress, Work
from lstmmusic.music.corpus import Corpus
from lstmmusic.runs.recipe import Recipe
from lstmmusic.sweeps.plan import Plan
from lstmmusic.training.cost import estimating_cost

# Runs that are measured, spread evenly from the largest to the smallest: each takes about two seconds.
MEASURED = 4

# Fields of `TrainingConfig` that change how long an epoch takes.
COSTLY = ("loss", "optimizer", "batch_size", "length", "updates_per_batch")


@dataclass(frozen=True)
class SweepCost:
    """What a sweep will cost.

    Parameters
    ----------
    runs : int
    seconds : float
        Of training, one run after the other, if none ends early; without validation, calibration and loading.
    """

    runs: int
    seconds: float


def estimating_sweep_cost(
    plan: Plan, combinations: Sequence[Mapping[str, Any]], training: Corpus, *, device: str = "auto"
) -> Work[SweepCost]:
    """Estimate what the runs of a plan cost, as a generator; see `lstmmusic.base.progress`.

    Parameters
    ----------
    plan : Plan
    combinations : sequence of mapping
        The values of each run, as `Plan.combinations` returns them.
    training : Corpus
        The music that they learn.
    device : str
        See `lstmmusic.network.devices.choose_device`.

    Yields
    ------
    Progress

    Returns
    -------
    SweepCost

    Raises
    ------
    TrainingError
        If there is not enough memory for one of them.
    """
    recipes = [plan.recipe_of(values) for values in combinations]
    # The largest first, so that too little memory is found.
    kinds = sorted({_kind(recipe): recipe for recipe in recipes}.items(), key=lambda kind: -kind[1].shape.parameters)
    chosen = [kinds[at * (len(kinds) - 1) // max(1, MEASURED - 1)] for at in range(MEASURED)]
    seconds: dict[Any, float] = {}
    for number, (kind, recipe) in enumerate(dict(chosen).items()):
        work = estimating_cost(training, recipe.shape, recipe.training, device=device)
        while True:
            try:
                part = next(work)
            except StopIteration as end:
                seconds[kind] = end.value.seconds_per_epoch
                break
            yield Progress(1000 * number + 1000 * part.done // part.total, 1000 * len(dict(chosen)))
    mean = sum(seconds.values()) / len(seconds)
    total = sum(_limit(recipe, recipe.training.epochs * seconds.get(_kind(recipe), mean)) for recipe in recipes)
    return SweepCost(len(recipes), total)


def _kind(recipe: Recipe) -> Any:
    return recipe.shape, *(getattr(recipe.training, name) for name in COSTLY)


def _limit(recipe: Recipe, seconds: float) -> float:
    return seconds if recipe.minutes is None else min(seconds, 60 * recipe.minutes)
