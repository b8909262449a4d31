"""What is recorded on the page's piano, on its way to a tune."""

from __future__ import annotations

import numpy as np
import pytest

from lstmmusic.config import RollConfig
from lstmmusic.errors import MidiError
from lstmmusic.music.roll import find_notes, quantise
from lstmmusic.music.score import score_of
from lstmmusic.views import KeysView
from tests.wires import Wire, receive

pytestmark = pytest.mark.usefixtures("closed_views")


def test_recorded_notes_are_passed_on_sorted() -> None:
    played = []
    view = KeysView(played.append)
    receive(view, {"kind": "played", "notes": [[1, 1.5, 64, 80], [0, 1, 60, 127]]})
    (notes,) = played
    np.testing.assert_array_equal(notes, [[0, 1, 60, 127], [1, 1.5, 64, 80]])


@pytest.mark.parametrize(
    "content",
    [
        None,
        [1],
        {},
        {"kind": "played"},
        {"kind": "played", "notes": "0123"},
        {"kind": "played", "notes": [[1, 0, 60, 80]]},
        {"kind": "played", "notes": [[0, 1, 60.5, 80]]},
        {"kind": "played", "notes": [[0, 1, 60, 80], [0, 1]]},
        {"kind": "played", "notes": [[0, None, 60, 80]]},
    ],
)
def test_malformed_messages_are_ignored(content: object) -> None:
    played = []
    receive(KeysView(played.append), content)
    assert not played


def test_recording_can_be_discarded() -> None:
    view = KeysView()
    view.comm = wire = Wire()
    view.discard()
    assert [data["content"] for data, _ in wire.sent] == [{"kind": "discard"}]


@pytest.mark.parametrize(("unit", "step"), [("seconds", 0.3), ("beats", 0.5)])
def test_recorded_notes_lie_on_the_grid_from_the_first_on(unit: str, step: float) -> None:
    config = RollConfig(step=step, unit=unit)
    late = [[5.0, 5.28, 60, 80], [5.31, 5.6, 64, 80], [5.58, 5.6, 67, 80]]  # at 100 a minute, an eighth is 0.3 s
    tune = quantise(score_of(late, "played in", tempo=100), config)
    assert find_notes(tune).tolist() == [[0, 1, 60], [1, 2, 64], [2, 3, 67]]


def test_empty_recording_is_refused() -> None:
    with pytest.raises(MidiError, match="press Record"):
        score_of([], "played in")
