"""The views without a browser: what they send, how often, and what they refuse."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import numpy as np
import pytest
from traitlets import TraitError

from lstmmusic import views
from lstmmusic.sound.player import NullPlayer
from lstmmusic.views import LossView, RollView, SoundView
from lstmmusic.views.plots.curves import decimate, smooth
from tests.processes import run_python
from tests.wires import Wire, receive

pytestmark = pytest.mark.usefixtures("closed_views")


@pytest.fixture
def loss():
    return LossView()


@pytest.fixture
def roll():
    return RollView()


def curve(sent):
    return np.frombuffer(sent, dtype="<f4").reshape(2, -1)


def grid(view, name):
    return np.frombuffer(getattr(view, name), dtype=np.uint8).reshape(view.shape)


def test_importing_views_does_not_import_torch():
    done = run_python("-c", "import sys, lstmmusic.views; print('torch' in sys.modules)")
    assert done.stdout == "False\n"


@pytest.mark.parametrize("view", [LossView, RollView, SoundView])
def test_unknown_traits_are_refused(view):
    with pytest.raises(TypeError, match="has no trait heigth"):
        view(heigth=100)


@pytest.mark.parametrize("size", [0, 1, 2, 1000])
def test_smooth_keeps_a_constant(size):
    np.testing.assert_allclose(smooth(np.full(size, 7.0), 0.95), np.full(size, 7.0))


@pytest.mark.parametrize("size", [1, 2000, 2001, 2999, 20_000, 123_457])
def test_decimate_keeps_ends_and_extremes(size):
    x = np.arange(1.0, size + 1)
    y = np.random.default_rng(size).normal(size=size)
    kept = decimate(x, y, 2000)
    assert kept.shape[1] == size if size <= 2000 else 500 < kept.shape[1] <= 2000
    assert kept.dtype == np.dtype("<f4")
    assert np.all(np.diff(kept[0]) > 0)
    np.testing.assert_array_equal(kept[:, [0, -1]], np.float32([[x[0], x[-1]], [y[0], y[-1]]]))
    assert kept[1].min() == np.float32(y.min())
    assert kept[1].max() == np.float32(y.max())


def test_loss_is_sent_as_bytes(loss):
    loss.show([1, 2, 3], [31.0, 20.0, 12.0], [2], [12.5])
    np.testing.assert_array_equal(curve(loss.training), [[1, 2, 3], [31, 20, 12]])
    np.testing.assert_array_equal(curve(loss.smoothed), [[1, 2, 3], [31, 20, 12]])
    np.testing.assert_array_equal(curve(loss.validation), [[2], [12.5]])


def test_losses_that_are_not_finite_are_left_out(loss):
    loss.show([1, 2, 3, 4], [5.0, np.nan, np.inf, 4.0])
    np.testing.assert_array_equal(curve(loss.training), [[1, 4], [5, 4]])
    np.testing.assert_array_equal(curve(loss.smoothed), [[1, 4], [5, 4]])


def test_loss_can_be_emptied(loss):
    loss.show([1], [2.0])
    loss.show([], [])
    assert loss.training == loss.smoothed == loss.validation == b""


@pytest.mark.parametrize(
    ("curves", "name"),
    [
        (([1, 2], [3.0]), "training"),
        (([[1, 2]], [[3.0, 4.0]]), "training"),
        (([1], [3.0], [1, 2], [3.0]), "validation"),
    ],
)
def test_curves_of_wrong_shape_are_refused(loss, curves, name):
    with pytest.raises(ValueError, match=f"{name} has shape"):
        loss.show(*curves)
    assert loss.training == b""


def test_loss_is_one_message(loss):
    loss.comm = wire = Wire()
    loss.show([1, 2], [3.0, 2.0], [2], [2.5])
    [(message, buffers)] = wire.sent
    assert message["method"] == "update"
    assert len(buffers) == 3
    loss.show([1, 2], [3.0, 2.0], [2], [2.5])
    assert len(wire.sent) == 1


def test_roll_and_its_traits_are_one_message(roll):
    roll.comm = wire = Wire()
    cells = np.eye(3, 88)
    with roll.hold_sync():
        roll.primer = 2
        roll.meaning = "by itself (12 samples)"
        roll.show(cells, notes=cells, onsets=cells, probabilities=cells)
    [(message, buffers)] = wire.sent
    assert {"shape", "count", "polyphony", "primer", "meaning"} <= set(message["state"])
    assert len(buffers) == 4


def test_number_is_a_probability_by_default(roll):
    assert (roll.meaning, roll.primer_meaning) == ("probability", "")
    roll.comm = wire = Wire()
    roll.primer_meaning = "<b>given</b>"  # text, which the browser writes as it is
    [(message, _)] = wire.sent
    assert message["state"] == {"primer_meaning": "<b>given</b>"}
    for trait in ("meaning", "primer_meaning"):
        with pytest.raises(TraitError):
            setattr(roll, trait, None)


@pytest.mark.parametrize("kind", [np.uint8, bool, np.float32, np.float64])
def test_cells_are_sent_as_bytes(roll, kind):
    cells = np.eye(4, 6).astype(kind)
    roll.show(cells)
    assert roll.shape == (4, 6)
    np.testing.assert_array_equal(grid(roll, "cells"), np.eye(4, 6) * 255)
    assert roll.notes == roll.onsets == roll.probabilities == b""


def test_half_sounds_in_the_browser_too(roll):
    roll.show([[0.4999, 0.5]])
    assert (grid(roll, "cells") >= 128).tolist() == [[False, True]]
    assert roll.count == 1


def test_notes_are_counted_by_runs_and_onsets(roll):
    cells = np.zeros((6, 3))
    cells[[0, 1, 3, 4], 0] = 1
    cells[5, 2] = 1
    roll.show(cells)
    assert roll.count == 3
    onsets = np.zeros((6, 3))
    onsets[[0, 3, 4, 5], [0, 0, 0, 1]] = 1  # the last one is where nothing sounds
    roll.show(cells, onsets=onsets)
    assert roll.count == 4


def test_polyphony_is_the_expected_number_of_notes():
    view = RollView(palette="probability")
    view.show(np.full((10, 88), 0.001))
    assert view.polyphony == pytest.approx(0.088)


def test_roll_can_be_emptied(roll):
    roll.show(np.ones((2, 3)))
    roll.show(np.zeros((0, 88)))
    assert (roll.shape, roll.count, roll.polyphony, roll.cells) == ((0, 88), 0, 0.0, b"")


@pytest.mark.parametrize("cells", [np.zeros(88), np.zeros((1, 2, 88))])
def test_cells_of_wrong_shape_are_refused(cells):
    with pytest.raises(ValueError, match=r"cells has shape .* must be \(steps, pitches\)"):
        RollView().show(cells)


@pytest.mark.parametrize("name", ["notes", "onsets", "probabilities"])
def test_layers_of_another_shape_are_refused(name):
    with pytest.raises(ValueError, match=f"{name} has shape"):
        RollView().show(np.zeros((4, 88)), **{name: np.zeros((5, 88))})


@pytest.mark.parametrize("value", [-0.1, 1.1, 127, np.nan])
def test_cells_outside_0_to_1_are_refused(roll, value):
    with pytest.raises(ValueError, match="cells has values outside"):
        roll.show([[value]])
    assert roll.shape == (0, 0)


@pytest.mark.parametrize(("name", "value"), [("palette", "rainbow"), ("unit", "bars"), ("lowest", 128), ("primer", -1)])
def test_bad_traits_are_refused(name, value):
    with pytest.raises(TraitError):
        RollView(**{name: value})


def test_style_sheets_use_only_variables_that_they_set() -> None:
    sheets = "\n".join(path.read_text(encoding="utf-8") for path in Path(views.__file__).parent.rglob("*.css"))
    used, made = (set(re.findall(pattern, sheets)) for pattern in (r"var\((--view-[a-z-]+)\)", r"(--view-[a-z-]+):"))
    assert len(made) > 5
    assert used <= made | {"--view-height"}  # which a page with tools sets


FIELDS = (
    *("action", "batch", "column", "files", "find", "first", "from", "index", "notes", "offer", "only_left_out"),
    *("position", "seconds", "start", "ticked", "to", "version"),
)
NEEDED = {
    "DropView": {"on_file": print, "endings": [".mid"]},
    "PlayerView": {"player": NullPlayer("a test")},
    "RollView": {"on_edit": print},
    "StripsView": {"name": "Takes", "act_on": print},
}


@pytest.mark.parametrize("name", [name for name in views.__all__ if name.endswith("View")])
def test_no_message_of_a_page_raises_an_error(name: str, caplog: pytest.LogCaptureFixture) -> None:
    view = getattr(views, name)(**NEEDED.get(name, {}))
    kinds = re.findall(r'"(\w+)"', inspect.getsource(inspect.getmodule(type(view))))  # those that it knows, and others
    for kind in kinds:
        for value in (None, "x", -1, True, 0.5, float("nan"), 10**400, [], [None], [[0, 10**400, 60, 80]], {}):
            receive(view, dict.fromkeys(FIELDS, value) | {"kind": kind})
        receive(view, {"kind": kind})
    for content in (None, 1, "kind", ["kind"], {}, {"kind": None}, {"kind": ["play"]}):
        receive(view, content)
    assert not caplog.records  # ipywidgets logs what is raised
