"""The list of strips without a browser: what it sends, and what a page may request."""

from __future__ import annotations

import numpy as np
import pytest
from traitlets import TraitError

from lstmmusic.music.roll import Tune
from lstmmusic.views import Strip, StripsView
from tests.wires import Wire, receive

pytestmark = pytest.mark.usefixtures("closed_views")


def make_tune(steps=16, pitch=40):
    roll = np.zeros((steps, 88), np.uint8)
    roll[::4, pitch] = 1
    return Tune(roll)


def make_view(**options):
    acted = []
    view = StripsView("Takes", lambda *act: acted.append(act), **options)
    view.comm = Wire()
    return view, acted


def cells_of(view, index):
    """Return the cells of a thumbnail as the page gets them."""
    sizes = [-(-int(np.prod(strip["shape"])) // 8) for strip in view.strips]
    begin, shape = sum(sizes[:index]), view.strips[index]["shape"]
    packed = np.frombuffer(view.thumbnails, np.uint8)[begin : begin + sizes[index]]
    return np.unpackbits(packed, count=int(np.prod(shape))).reshape(shape)


def test_thumbnails_show_the_notes_of_each_tune():
    view, _ = make_view()
    view.show([Strip(make_tune(16, 40), "1"), Strip(make_tune(1000, 50), "2")])
    assert [strip["shape"] for strip in view.strips] == [[16, 24], [90, 24]]
    assert np.flatnonzero(cells_of(view, 0).any(axis=1)).tolist() == [0, 4, 8, 12]
    assert cells_of(view, 1).any(axis=1).all()  # a cell sounds where anything in it does
    assert cells_of(view, 1).any(axis=0).sum() == 1


def test_texts_and_marks_are_sent():
    view, _ = make_view()
    strips = [
        Strip(make_tune(), "1", primer_steps=4, title="Take 1", favourite=True),
        Strip(make_tune(), "a\nb", primer_steps=99, depth=2),
    ]
    view.show(strips, 1)
    first, second = view.strips
    assert (first["label"], first["title"], first["given"], first["favourite"]) == ("1", "Take 1", 0.25, True)
    assert (second["label"], second["title"], second["given"], second["depth"]) == ("a\ufffdb", "a\ufffdb", 1.0, 2)
    assert view.chosen == 1


def test_same_thumbnails_are_not_sent_again():
    view, _ = make_view()
    tunes = [make_tune(pitch=pitch) for pitch in range(30, 60)]
    view.show([Strip(tune, "") for tune in tunes])
    (first,) = view.comm.sent
    assert sum(map(len, first[1])) == 30 * 16 * 24 // 8
    view.show([Strip(tune, "", favourite=True) for tune in tunes], 3)
    data, buffers = view.comm.sent[1]
    assert (set(data["state"]), buffers) == ({"strips", "chosen"}, [])


def test_chosen_strip_exists():
    view, _ = make_view()
    view.show([Strip(make_tune(), "1"), Strip(make_tune(), "2")], 1)
    with pytest.raises(ValueError, match="chosen is 1; it must be None or the index of one of 1 strips"):
        view.show([Strip(make_tune(), "1")], 1)
    assert (len(view.strips), view.chosen) == (2, 1)
    with pytest.raises(TraitError, match="chosen is 2; it must be None or from 0 to below 2"):
        view.chosen = 2
    view.show([Strip(make_tune(), "1")])
    assert view.chosen is None
    view.show([])
    assert (view.strips, view.thumbnails) == ([], b"")


def test_page_acts_on_strips_that_are_there():
    view, acted = make_view(actions=["play"])
    view.show([Strip(make_tune(), "1"), Strip(make_tune(0), "silent")])
    for index in (0, 1, 2, -1, "0", None):
        receive(view, {"kind": "act", "action": "play", "index": index})
    for action in ("show", "favourite", "close", 7):  # of which only the first is offered
        receive(view, {"kind": "act", "action": action, "index": 1})
    receive(view, "nonsense")
    assert acted == [("play", 0), ("play", 1), ("show", 1)]


def test_unknown_action_is_refused():
    with pytest.raises(ValueError, match="actions has listen; it may have play, favourite, download, delete"):
        StripsView("Takes", print, actions=["play", "listen"])
