"""Static figures with matplotlib, and interactive ones with plotly; without torch and widgets."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib import pyplot
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray
from plotly import graph_objects

from lstmmusic.base.curves import Curves
from lstmmusic.config import RollConfig
from lstmmusic.errors import ConfigError
from lstmmusic.music.pitches import note_name
from lstmmusic.music.roll import Tune, find_notes
from lstmmusic.settings import checked

ROLL_SIZE = (10, 4)  # inches
SOFTEST = 0.3  # share of black in a note that can hardly be heard
MARGIN = 3  # pitches drawn below and above those of the notes


def _label_pitches(config: RollConfig) -> tuple[list[int], list[str]]:
    pitches = [pitch for pitch in range(config.lowest, config.highest + 1) if pitch % 12 == 0]
    return [pitch - config.lowest for pitch in pitches], [note_name(pitch) for pitch in pitches]


@checked
def plot_probabilities(
    probabilities: NDArray[np.floating[Any]],
    config: RollConfig | None = None,
    *,
    steps: tuple[int, int] | None = None,
    pitches: tuple[int, int] | None = None,
) -> Figure:
    """Draw note probabilities as in 2016: pitch on x, time on y, colours `gist_stern_r`.

    Parameters
    ----------
    probabilities : ndarray, (steps, pitches)
        For instance `Take.probabilities`.
    config : RollConfig, optional
        The grid, for the labels; by default the 88 keys in steps of 0.3 s.
    steps : (int, int), optional
        First step to draw, and the step after the last; by default all.
    pitches : (int, int), optional
        First column to draw, and the column after the last; by default all.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ConfigError
        If the probabilities have another shape.
    """
    config = config or RollConfig()
    if probabilities.ndim != 2:
        raise ConfigError(f"probabilities must have the shape (steps, pitches), not {probabilities.shape}")
    first, last = steps or (0, len(probabilities))
    left, right = pitches or (0, probabilities.shape[1])
    figure, axes = pyplot.subplots(figsize=(8, 4.5), layout="constrained")
    image = axes.imshow(
        probabilities[first:last, left:right],
        origin="lower",
        extent=(left - 0.5, right - 0.5, first - 0.5, last - 0.5),
        aspect="auto",
        interpolation="nearest",
        cmap="gist_stern_r",
        vmin=0,
        vmax=1,
    )
    axes.set_xticks(*_label_pitches(config))
    axes.set_xlim(left - 0.5, right - 0.5)
    axes.set(xlabel="pitch", ylabel=f"step ({config.step:g} {config.unit})", title="Note probabilities")
    figure.colorbar(image, label="probability")
    pyplot.close(figure)
    return figure


@checked
def plot_roll(tune: Tune, *, primer_steps: int = 0) -> Figure:
    """Draw a piano roll as in 2016: time on x, pitch on y, colours `gray_r`.

    Where the notes differ in velocity, softer ones are paler.

    Parameters
    ----------
    tune : Tune
        The pitches of its notes are drawn, and a few on either side.
    primer_steps : int
        Length of the primer, after which a line is drawn; 0 draws none.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, axes = pyplot.subplots(figsize=ROLL_SIZE, layout="constrained")
    draw_roll(axes, tune, primer_steps)
    pyplot.close(figure)
    return figure


def draw_roll(axes: Axes, tune: Tune, primer_steps: int = 0) -> None:
    """Draw a piano roll on axes; see `plot_roll`."""
    columns = tune.roll.T
    depth, velocities = columns.astype(np.float32), tune.packed_velocities
    if velocities is not None and len(np.unique(velocities)) > 1:
        for (first, last, pitch), velocity in zip(find_notes(tune), velocities / 127, strict=True):
            depth[pitch - tune.config.lowest, first:last] = SOFTEST + (1 - SOFTEST) * velocity
    axes.imshow(depth, origin="lower", aspect="auto", interpolation="nearest", cmap="gray_r", vmin=0, vmax=1)
    used = np.flatnonzero(columns.any(axis=1))
    lowest, highest = (used[0], used[-1]) if len(used) else (0, len(columns) - 1)
    bottom, top = max(0, lowest - MARGIN) - 0.5, min(len(columns) - 1, highest + MARGIN) + 0.5
    if primer_steps:
        axes.axvspan(-0.5, primer_steps - 0.5, color="tab:blue", alpha=0.15, linewidth=0)
        axes.axvline(primer_steps - 0.5, color="tab:blue", linewidth=1)
        axes.text(primer_steps - 0.5, top - 0.5, "primer ", color="tab:blue", ha="right", va="top")
    if tune.onsets is not None:
        # A white line separates repeated notes, which would look like a held one.
        step, column = np.nonzero(tune.onsets[1:] & tune.roll[:-1])
        axes.vlines(step + 0.5, column - 0.5, column + 0.5, color="white", linewidth=min(1, 150 / len(tune)))
    axes.set_yticks(*_label_pitches(tune.config))
    axes.set_ylim(bottom, top)
    axes.grid(axis="y", color="tab:gray", alpha=0.4, linewidth=0.5)
    axes.set(xlabel=f"step ({tune.config.step:g} {tune.config.unit})", ylabel="pitch", title=tune.name)


@checked
def plot_loss(curves: Curves, baseline: float | None = None, *, squared_error: bool = False) -> graph_objects.Figure:
    """Draw the loss curves of a run; they can be zoomed, and hovering shows the losses.

    Parameters
    ----------
    curves : Curves
        `Trainer.curves`, or those of a saved run: see `lstmmusic.runs.listing.read_curves`.
    baseline : float, optional
        A validation loss to compare with, for instance `Trainer.baseline`; drawn as a line.
    squared_error : bool
        Whether the run minimises the squared error, whose curve has an axis of its own: validation and the baseline are
        in nats per step.

    Returns
    -------
    plotly.graph_objects.Figure
    """
    figure = graph_objects.Figure()
    beside = "y2" if squared_error else "y"
    figure.add_scatter(x=curves.updates, y=curves.training, name="training", opacity=0.7, yaxis=beside)
    figure.add_scatter(
        x=curves.validation_updates, y=curves.validation, name="validation", mode="lines+markers", line_width=3
    )
    if baseline is not None:
        figure.add_hline(baseline, line_dash="dash", annotation_text="Baseline: a Markov chain for each pitch")
    figure.update_layout(xaxis_title="update", yaxis_title="loss in nats per step", hovermode="x unified", height=360)
    if squared_error:
        own = {"title": "squared error per step", "overlaying": "y", "side": "right", "showgrid": False}
        figure.update_layout(yaxis2=own, legend={"orientation": "h", "y": 1.1})
    return figure


@checked
def plot_take(tune: Tune, probabilities: NDArray[np.floating[Any]], *, primer_steps: int = 0) -> graph_objects.Figure:
    """Draw a roll over its probabilities; hovering shows step, note name and probability.

    Parameters
    ----------
    tune : Tune
    probabilities : ndarray, (steps, pitches)
    primer_steps : int
        Length of the primer, after which a line is drawn; 0 draws none.

    Returns
    -------
    plotly.graph_objects.Figure
    """
    roll = tune.roll
    if probabilities.shape != roll.shape:
        raise ConfigError(
            f"probabilities are {probabilities.shape} and the roll {roll.shape}; the shapes must be equal"
        )
    names = [note_name(pitch) for pitch in range(tune.config.lowest, tune.config.highest + 1)]
    figure = graph_objects.Figure()
    figure.add_heatmap(
        z=np.asarray(probabilities, np.float64).T,
        customdata=np.broadcast_to(np.array(names)[:, None], roll.T.shape),
        zmin=0,
        zmax=1,
        colorscale="Viridis",
        colorbar_title="probability",
        hovertemplate="step %{x}<br>%{customdata}<br>probability %{z:.3f}<extra></extra>",
    )
    step, column = np.nonzero(roll)
    figure.add_scatter(
        x=step,
        y=column,
        mode="markers",
        marker={"symbol": "square", "size": 4, "color": "white", "line": {"color": "black", "width": 0.5}},
        name="sounds",
        hoverinfo="skip",
    )
    if primer_steps:
        figure.add_vline(primer_steps - 0.5, line_dash="dot", annotation_text="primer ends")
    ticks, labels = _label_pitches(tune.config)
    figure.update_layout(
        xaxis_title=f"step ({tune.config.step:g} {tune.config.unit})",
        yaxis={"title": "pitch", "tickvals": ticks, "ticktext": labels},
        height=420,
    )
    return figure
