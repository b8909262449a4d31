"""Several runs, or one at two temperatures: their curves, and their takes from the same primer and seed, in words."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import NamedTuple

from lstmmusic.base.words import count_of
from lstmmusic.errors import LSTMMusicError
from lstmmusic.generation.sampler import Sampler, Take
from lstmmusic.runs.as_code import settings_in_words
from lstmmusic.runs.checkpoint import load_network
from lstmmusic.runs.differences import list_differing
from lstmmusic.runs.favourites import count_favourites, favourites_folder
from lstmmusic.runs.listing import Run, read_curves
from lstmmusic.studio.controls import table
from lstmmusic.studio.listening.takes import Request
from lstmmusic.training.snapshot import Curves
from lstmmusic.views import MOST_RUNS

LETTERS = "ABCDEFGH"[:MOST_RUNS]  # of the runs that are drawn
MOST_TAKES = 4  # that stand side by side


class Comparison(NamedTuple):
    """Runs with their curves, and takes of the first of them, or of one run at two temperatures."""

    runs: tuple[Run, ...]
    curves: tuple[Curves, ...]
    takes: tuple[Take | str, ...]  # or why there is none
    temperatures: tuple[float, ...]  # of the takes
    note: str = ""  # what was done to the primer

    @property
    def of_one(self) -> bool:
        """Whether the takes are of the same run, at two temperatures."""
        return len(self.runs) < len(self.takes)

    @property
    def names(self) -> tuple[str, ...]:
        """What each take is called."""
        if self.of_one:
            return tuple(f"temperature {temperature:g}, {self.runs[0].name}" for temperature in self.temperatures)
        return tuple(run.name for run in self.runs[: len(self.takes)])


NOTHING = Comparison((), (), (), ())


def compare(runs: Sequence[Run], request: Request, other_temperature: float | None = None) -> Comparison:
    """Read the curves of runs, and generate a take of each of the first `MOST_TAKES`.

    Parameters
    ----------
    runs : sequence of Run
    request : Request
        The primer, seed and settings of the takes.
    other_temperature : float, optional
        Of a second take of the first run, instead of takes of the others.
    """
    usual = request.settings["temperature"]
    asked = [(run, usual) for run in runs[:MOST_TAKES]]
    if other_temperature is not None:
        asked = [asked[0], (runs[0], other_temperature)]
    takes = tuple(_generate(run, request, temperature) for run, temperature in asked)
    other = any(run.roll != request.grid for run, _ in asked) and request.primer is not None
    note = "The primer is laid on the grid of each run." if other else ""
    curves = tuple(map(read_curves, runs))
    return Comparison(tuple(runs), curves, takes, tuple(temperature for _, temperature in asked), note)


def _generate(run: Run, request: Request, temperature: float) -> Take | str:
    """Generate a take with the network of a run, or return why that is impossible."""
    try:
        network, config = load_network(run.file)
        settings = request.settings | {"temperature": temperature}
        return Sampler(network, request.primer_on(config), config).take(request.steps, quiet=True, **settings)
    except LSTMMusicError as error:
        return str(error)


def describe_details(run: Run) -> str:
    """Return HTML with the details of a run."""
    rows = {
        "Music": run.music,
        "Network": f"{', '.join(map(str, run.network.hidden))} units, {run.network.output} notes",
        "Learns": run.network.learned,
        "Start from": str(run.started_from or "new"),
        "Trained": f"{count_of(run.updates, 'update')} in {run.seconds / 60:.1f} minutes, {run.done:.0%} of its epochs",
        "Validation": f"best {run.best:.3f} nats per step, of the notes" if run.best == run.best else "none",
        "Last validation": f"{run.parts} nats per step" if run.parts else "",
        "Changes": "; ".join(f"at update {change.update:,}: {change}" for change in run.changes) or "none",
        "Favourites": str(count_favourites(favourites_folder(run.path, run.path))),
        "Saved takes": str(len(run.takes)) if run.takes else "",  # by earlier versions
    }
    return table({name: words for name, words in rows.items() if words})


def describe_differences(runs: Sequence[Run]) -> str:
    """Return HTML with the settings in which runs differ, a column for each."""
    settings = [settings_in_words(run) for run in runs]
    differing = list_differing(settings)
    if not differing:
        return f"The {'two ' * (len(runs) == 2)}runs have the same settings."
    rows = "".join(
        f'<tr><th scope="row">{html.escape(name)}</th>'
        + "".join(f"<td>{html.escape(each[name])}</td>" for each in settings)
        + "</tr>"
        for name in differing
    )
    names = zip(LETTERS, runs, strict=False)
    heads = "".join(f'<th scope="col">{letter}: {html.escape(run.name)}</th>' for letter, run in names)
    return f"<table><tr><td></td>{heads}</tr>{rows}</table>"
