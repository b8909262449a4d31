"""What "Show me" says and opens, and the help of each control, without a browser."""

from __future__ import annotations

import re
from pathlib import Path

import ipywidgets as widgets
import pytest

from lstmmusic.studio import Studio
from lstmmusic.studio.controls import list_all
from lstmmusic.studio.tour import STOPS
from lstmmusic.views import NumberView
from tests.studios import Recorder
from tests.wires import receive

# Controls that have no value to start with.
NO_DEFAULT = {"Folder", "Name"}


@pytest.fixture
def studio(tmp_path: Path):
    opened = Studio(tmp_path, player=Recorder())
    yield opened
    opened.close()


def test_tour_opens_the_places_of_its_stops_and_points_at_controls_there(studio):
    frame, box = studio.presence.frame, studio.box
    assert [stop["title"] for stop in frame.tour] == [stop.title for stop in STOPS]
    classes = {name for each in list_all(box) for name in classes_of(each)}
    for stop in frame.tour:
        receive(frame, {"kind": "place", "place": stop["place"]})
        assert studio.places.get_title(studio.places.selected_index) == stop["place"]
        for selector in (stop["target"], stop["done"]):
            assert not selector or selector.split()[0].removeprefix(".") in classes
        assert stop["words"].count(". ") <= 1  # two sentences
    receive(frame, {"kind": "place"})
    studio.tour.open("nowhere")
    assert studio.places.get_title(studio.places.selected_index) == STOPS[-1].place


def test_dot_says_that_nothing_was_trained_here_until_the_tour_is_begun(studio, tmp_path):
    assert "lstmmusic-dot" in classes_of(studio.bar.show_me)
    studio.bar.show_me.click()
    assert "lstmmusic-dot" not in classes_of(studio.bar.show_me)
    studio.close()
    (tmp_path / "runs/one").mkdir(parents=True)
    again = Studio(tmp_path, player=Recorder())
    assert "lstmmusic-dot" not in classes_of(again.bar.show_me)
    again.close()


def classes_of(widget: widgets.DOMWidget) -> list[str]:
    return widget.get_state()["_dom_classes"]


def labelled(studio: Studio) -> dict[str, str]:
    """Return the label and the help of each control that has a label."""
    found = {}
    for each in list_all(studio.box):
        label = re.sub("<[^>]*>", "", getattr(each, "description", ""))
        if label and not isinstance(each, widgets.Button | widgets.ToggleButton):
            found[label] = each.tooltip
    return found


def test_each_labelled_control_has_a_sentence_and_where_it_can_a_value_to_start_with(studio):
    help_of = labelled(studio)
    assert len(help_of) > 50
    for label, tooltip in help_of.items():
        sentence, _, default = (tooltip or "").partition(". Default: ")
        assert len(sentence) >= 20, (label, tooltip)
        assert sentence[0].isupper(), (label, tooltip)
        assert not sentence.endswith("."), (label, tooltip)
        assert bool(default) == (label not in NO_DEFAULT), (label, tooltip)


def test_pictures_are_shown_where_they_explain_a_control(studio):
    shown = {
        each.description: name.removeprefix("lstmmusic-picture-")
        for each in list_all(studio.box)
        if isinstance(each, NumberView)
        for name in classes_of(each)
        if name.startswith("lstmmusic-picture-")
    }
    assert set(shown.values()) == {"temperature", "threshold", "dropout", "length", "rate"}
    assert (shown["Temperature"], shown["Dropout, hidden"], shown["Rate, output"]) == ("temperature", "dropout", "rate")
