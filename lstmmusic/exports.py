"""Export tunes and loss curves as tables and pictures; for MIDI files see `lstmmusic.music.playing`."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING

from lstmmusic.base.curves import Curves
from lstmmusic.base.files import write_atomically
from lstmmusic.music.expression import TEMPI, Expression
from lstmmusic.music.pitches import note_name
from lstmmusic.music.roll import Tune, find_notes
from lstmmusic.settings import check_choice, check_number, checked

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLUMNS = ("start step", "length in steps", "start in seconds", "length in seconds", "pitch", "note", "velocity")


def to_csv(tune: Tune, *, tempo: float = 100.0, expression: Expression | None = None) -> str:
    """Return a tune as a CSV table; see `write_csv`."""
    check_number("tempo", tempo, *TEMPI)
    clock = (expression or Expression()).tempo_map(tune.config, tempo)
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(COLUMNS)
    notes = find_notes(tune)
    times = clock.to_seconds(notes[:, :2]).tolist()
    velocities = [""] * len(notes) if tune.packed_velocities is None else tune.packed_velocities.tolist()
    for (first, last, pitch), (start, end), velocity in zip(notes.tolist(), times, velocities, strict=True):
        seconds = f"{start:.10g}", f"{end - start:.10g}"
        writer.writerow((first, last - first, *seconds, pitch, note_name(pitch), velocity))
    return table.getvalue()


@checked
def write_csv(tune: Tune, path: str | Path, *, tempo: float = 100.0, expression: Expression | None = None) -> None:
    """Write the notes of a tune as a CSV table in UTF-8: one row per note, sorted by start and pitch.

    The velocity is empty if the tune has none.

    Parameters
    ----------
    tune : Tune
    path : str or Path
    tempo : float
        Quarter notes per minute, for the seconds of a grid in beats.
    expression : Expression, optional
        Its tempi, if it has any, count instead of `tempo`; notes last as they are written, without its pedal.

    Raises
    ------
    ConfigError
        If the tempo is out of range.
    SaveError
        If the file cannot be written; an existing one is unharmed.
    """
    write_atomically(path, to_csv(tune, tempo=tempo, expression=expression).encode())


@checked
def write_picture(tune: Tune, path: str | Path, *, primer_steps: int = 0) -> None:
    """Write a picture of a piano roll as drawn by `plot_roll`; may be called from any thread.

    Parameters
    ----------
    tune : Tune
    path : str or Path
        Ends in .png or .svg.
    primer_steps : int
        See `plot_roll`.

    Raises
    ------
    ConfigError
        If the path has another suffix.
    SaveError
        If the file cannot be written; an existing one is unharmed.
    """
    kind = Path(path).suffix.lower()
    check_choice("the suffix of a picture", kind, (".png", ".svg"))
    # matplotlib takes half a second to import; its pyplot is not thread-safe.
    from matplotlib.figure import Figure

    from lstmmusic.figures import ROLL_SIZE, draw_roll

    figure = Figure(figsize=ROLL_SIZE, layout="constrained")
    draw_roll(figure.subplots(), tune, primer_steps)
    _write_figure(figure, path, kind)


@checked
def write_curves(curves: Curves, path: str | Path, *, squared_error: bool = False) -> None:
    """Write the loss curves of a run as a CSV table in UTF-8, or as a picture; may be called from any thread.

    The table has a row for each update; the validation loss is empty where it was not measured.

    Parameters
    ----------
    curves : Curves
        `Trainer.curves`, or those of a saved run: see `lstmmusic.runs.listing.read_curves`.
    path : str or Path
        Ends in .csv, .png or .svg.
    squared_error : bool
        Whether the run minimises the squared error, whose curve has an axis of its own.

    Raises
    ------
    ConfigError
        If the path has another suffix.
    SaveError
        If the file cannot be written; an existing one is unharmed.
    """
    kind = Path(path).suffix.lower()
    check_choice("the suffix of curves", kind, (".csv", ".png", ".svg"))
    if kind == ".csv":
        write_atomically(path, _tabulate(curves).encode())
        return
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 4.5), layout="constrained")
    axes = figure.subplots()
    validated = axes.plot(curves.validation_updates, curves.validation, "C1.-", label="validation", linewidth=2)
    axes.set(xlabel="update", ylabel="nats per step")
    beside = axes.twinx() if squared_error else axes
    if squared_error:
        beside.set_ylabel("squared error per step")
    trained = beside.plot(curves.updates, curves.training, "C0", label="training", linewidth=0.8, alpha=0.7)
    axes.legend(handles=trained + validated)
    _write_figure(figure, path, kind)


def _tabulate(curves: Curves) -> str:
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(("update", "training loss", "validation loss"))
    training = dict(zip(curves.updates.tolist(), curves.training.tolist(), strict=True))
    validation = dict(zip(curves.validation_updates.tolist(), curves.validation.tolist(), strict=True))
    for update in sorted(training.keys() | validation.keys()):
        writer.writerow((int(update), training.get(update, ""), validation.get(update, "")))
    return table.getvalue()


def _write_figure(figure: Figure, path: str | Path, kind: str) -> None:
    content = io.BytesIO()
    figure.savefig(content, format=kind[1:], dpi=200)
    write_atomically(path, content.getvalue())
