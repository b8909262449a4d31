from __future__ import annotations

import io

import numpy as np
import pytest
from matplotlib import image

from lstmmusic.config import NetworkConfig, RollConfig
from lstmmusic.figures import plot_loss, plot_probabilities, plot_roll, plot_take
from lstmmusic.music.roll import Tune
from lstmmusic.training.trainer import Trainer
from tests.conftest import make_scales

TUNE = Tune(np.eye(88, dtype=int)[:40], "eye")


def colours(figure) -> int:
    """Return the number of colours in a rendered figure."""
    file = io.BytesIO()
    figure.savefig(file, format="png")
    file.seek(0)
    return len(np.unique(image.imread(file).reshape(-1, 4), axis=0))


def test_probabilities_are_drawn_as_in_2016() -> None:
    probabilities = np.random.default_rng(0).random((30, 88))
    figure = plot_probabilities(probabilities, steps=(0, 20), pitches=(25, 65))
    axes, bar = figure.axes
    (drawn,) = axes.images
    assert drawn.cmap.name == "gist_stern_r"
    assert drawn.origin == "lower"
    np.testing.assert_array_equal(drawn.get_array(), probabilities[:20, 25:65])
    assert axes.get_xlim() == (24.5, 64.5)
    assert "C4" in [label.get_text() for label in axes.get_xticklabels()]
    assert "0.3 seconds" in axes.get_ylabel()
    assert bar.get_ylabel() == "probability"
    assert colours(figure) > 100
    assert plot_probabilities(probabilities[:, :5], RollConfig(lowest=61, highest=65), pitches=(0, 5))


def test_roll_is_drawn_as_in_2016() -> None:
    figure = plot_roll(TUNE, primer_steps=16)
    (axes,) = figure.axes
    (drawn,) = axes.images
    assert drawn.cmap.name == "gray_r"
    np.testing.assert_array_equal(drawn.get_array(), TUNE.roll.T)
    assert axes.lines[0].get_xdata()[0] == 15.5
    assert "primer" in [text.get_text().strip() for text in axes.texts]
    assert colours(figure) > 10


def test_roll_shows_used_pitches_and_repeated_notes() -> None:
    roll = np.zeros((20, 88), int)
    roll[:, 40], roll[5, 47] = 1, 1
    assert plot_roll(Tune(roll)).axes[0].get_ylim() == (36.5, 50.5)
    assert plot_roll(Tune(np.eye(88)[[0, 87]])).axes[0].get_ylim() == (-0.5, 87.5), "the whole range and no more"
    assert plot_roll(Tune(roll * 0)).axes[0].get_ylim() == (-0.5, 87.5)
    onsets = np.zeros_like(roll)
    onsets[[0, 8], 40], onsets[5, 47] = 1, 1
    (lines,) = plot_roll(Tune(roll, onsets=onsets)).axes[0].collections
    (line,) = lines.get_segments()
    np.testing.assert_array_equal(line, [[7.5, 39.5], [7.5, 40.5]])


def test_softer_notes_are_paler_where_velocities_differ() -> None:
    onsets = np.array([[1, 1], [0, 0], [1, 0], [0, 0]])
    tunes = [
        Tune(np.ones((4, 2)), config=RollConfig(lowest=60, highest=61), onsets=onsets, velocities=onsets * velocities)
        for velocities in ([[127, 10]] * 2 + [[60, 10]] * 2, [[60, 60]] * 4)
    ]
    lower, upper = plot_roll(tunes[0]).axes[0].images[0].get_array()
    np.testing.assert_allclose(lower, [1, 1, 0.3 + 0.7 * 60 / 127, 0.3 + 0.7 * 60 / 127])
    np.testing.assert_allclose(upper, [0.3 + 0.7 * 10 / 127] * 4)
    assert np.all(plot_roll(tunes[1]).axes[0].images[0].get_array() == 1)
    silent = Tune(np.zeros((4, 88)), velocities=np.zeros((4, 88)))
    assert np.all(plot_roll(silent).axes[0].images[0].get_array() == 0)


def test_interactive_figures_have_the_data_of_a_run_and_of_a_take() -> None:
    trainer = Trainer(*make_scales(6, 30).split(0.3), NetworkConfig(pitches=8, hidden=(4, 4, 4)), device="cpu")
    list(zip(range(3), trainer.steps(), strict=False))
    figure = plot_loss(trainer.curves, trainer.baseline)
    training, validation = figure.data
    assert list(training.y) == list(trainer.losses)
    assert list(validation.x) == [at for at, _ in trainer.validations]
    assert "nats per step" in figure.layout.yaxis.title.text
    assert figure.layout.shapes[0].y0 == pytest.approx(trainer.baseline)
    figure = plot_loss(trainer.curves, trainer.baseline, squared_error=True)
    assert [curve.yaxis for curve in figure.data] == ["y2", None]
    assert (figure.layout.yaxis.title.text, figure.layout.shapes[0].yref) == ("loss in nats per step", "y")
    assert figure.layout.yaxis2.title.text == "squared error per step"
    figure = plot_take(TUNE, np.full(TUNE.roll.shape, 0.25), primer_steps=16)
    heat, notes = figure.data
    for word in ("step", "probability", "customdata"):
        assert word in heat.hovertemplate
    assert heat.customdata[39][0] == "C4"
    assert len(notes.x) == TUNE.roll.sum()
    assert figure.to_json()
