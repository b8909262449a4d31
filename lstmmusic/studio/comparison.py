"""One saved run, or two side by side: what is shown of them. It knows no widget."""

from __future__ import annotations

import html
from typing import NamedTuple

from lstmmusic.errors import LSTMMusicError
from lstmmusic.generation.sampler import Sampler, Take
from lstmmusic.music.roll import Tune
from lstmmusic.runs.as_code import compare_settings
from lstmmusic.runs.listing import Run, read_curves, run_network
from lstmmusic.studio.takes import Wish
from lstmmusic.training.snapshot import Curves


class Comparison(NamedTuple):
    """One run or two, with their curves and what they make of the same primer and seed."""

    runs: tuple[Run, ...]
    curves: tuple[Curves, ...]
    takes: tuple[Take | str, ...]  # or why there is none
    note: str = ""  # what the takes lack


def compare(runs: tuple[Run, ...], wish: Wish) -> Comparison:
    """Read the curves of runs, and let each make what is wished for."""
    heard, note = wish.heard, ""
    other = next((run.roll for run in runs if heard and run.roll != heard.config), None)
    if other:  # from silence all, so that they can be compared
        heard, note = None, f"Without the primer, which does not fit the grid of a run ({other})."
    takes = tuple(_make(run, heard, wish) for run in runs)
    return Comparison(runs, tuple(map(read_curves, runs)), takes, note)


def _make(run: Run, heard: Tune | None, wish: Wish) -> Take | str:
    """Make what is wished for with the network of a run, or say why that cannot be."""
    try:
        network, config = run_network(run)
        return Sampler(network, heard, config).take(wish.steps, quiet=True, **wish.settings)
    except LSTMMusicError as error:
        return str(error)


def describe_run(run: Run) -> str:
    """Tell a run from others in a line."""
    best = f", best {run.best:.2f}" if run.best == run.best else ""
    return f"{run.name}: {run.updates:,} updates{best}"


def describe_details(run: Run) -> str:
    """HTML that tells what a run was."""
    rows = {
        "Music": run.music,
        "Network": f"{', '.join(map(str, run.network.hidden))} units, {run.network.output} notes",
        "Trained": f"{run.updates:,} updates in {run.seconds / 60:.1f} minutes, {run.done:.0%} of its epochs",
        "Validation": f"best {run.best:.3f} nats per frame" if run.best == run.best else "none",
        "Changed on the way": "; ".join(f"at update {change.update:,}: {change}" for change in run.changes)
        or "nothing",
        "Takes kept": str(len(run.takes)),
    }
    cells = "".join(f"<tr><th>{name}</th><td>{html.escape(value)}</td></tr>" for name, value in rows.items())
    return f"<table>{cells}</table>"


def describe_differences(one: Run, other: Run) -> str:
    """HTML of the settings in which two runs differ."""
    rows = "".join(
        f"<tr><th>{html.escape(name)}</th><td>{html.escape(this)}</td><td>{html.escape(that)}</td></tr>"
        for name, this, that in compare_settings(one, other)
    )
    return f"<table>{rows}</table>" if rows else "The two runs have the same settings."
