"""A run is exported as a page from Runs; of one without favourites, the studio asks which take is on it."""

from __future__ import annotations

from pathlib import Path

import pytest
from ipywidgets import Button

from lstmmusic.studio import Studio
from lstmmusic.studio.listening.request_controls import NETWORKS
from lstmmusic.studio.runs import page_export
from tests.pages.test_document import Found
from tests.studios import finish_run, settle, until, words


def export(studio: Studio, *buttons: Button) -> Found:
    """Press Export page and what answers its question, and return the page."""
    before = set(studio.folder.glob("tunes/*.html"))
    studio.runs.page.button.click()
    for each in buttons:
        assert studio.runs.page.asking.layout.display is None
        each.click()
    assert studio.runs.page.asking.layout.display == "none"
    until(lambda: words(studio.message).startswith("Saved "), studio)
    (made,) = set(studio.folder.glob("tunes/*.html")) - before
    assert words(studio.message).startswith(f"Saved {made}.")
    assert "Download the .html file" in studio.message.value
    return Found(made.read_bytes())


def takes(found: Found) -> list[str]:
    return [attributes["aria-label"] for name, attributes in found.elements if name == "article"]


@pytest.fixture
def finished(studio: Studio) -> Studio:
    finish_run(studio)
    studio.runs.list_runs()
    assert studio.runs.chosen.path == studio.session.path
    return studio


def test_favourites_of_a_run_are_on_its_page_without_a_question(
    finished: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    finished.listening.act_on("favourite", 1)
    found = export(finished)
    assert takes(found) == [favourite["label"] for favourite in finished.listening.favourites.strips.strips]
    monkeypatch.setattr(page_export, "MOST_TAKES", 1)
    finished.listening.act_on("favourite", 0)
    finished.runs.page.button.click()
    until(lambda: words(finished.message).startswith("Saved "), finished)
    assert "html, with the first 1 of its 2 favourites." in words(finished.message)


def test_run_without_favourites_has_the_take_that_the_user_wants(finished: Studio) -> None:
    page = finished.runs.page
    shown = finished.listening.made.names[finished.listening.strips.chosen]
    assert takes(export(finished, page.shown_button)) == [shown]
    (new,) = takes(export(finished, page.new_button))
    assert new.startswith("Generated for this page by the best weights, of update ")
    assert takes(export(finished, page.none_button)) == []
    written = sorted(path.name for path in finished.folder.glob("tunes/*.html"))
    name = finished.runs.chosen.name
    assert written == sorted([f"{name}.html", f"{name}-2.html", f"{name}-3.html"])


def test_take_of_another_network_is_not_offered(finished: Studio) -> None:
    page = finished.runs.page
    page.button.click()
    finished.refresh()
    assert page.shown_button.layout.display is None
    finished.listening.network.value = NETWORKS[0]
    settle(finished)
    finished.refresh()
    assert page.shown_button.layout.display == "none"
    page.cancel_button.click()
    assert page.asking.layout.display == "none"
    assert not list(finished.folder.glob("tunes/*.html"))


def test_page_that_cannot_be_written_is_reported(finished: Studio) -> None:
    (finished.folder / "tunes").write_text("a file where the folder would be")
    finished.runs.page.button.click()
    finished.runs.page.none_button.click()
    until(lambda: "could not be saved" in words(finished.message), finished)
    assert not finished.runs.page.button.disabled


def test_page_is_named_after_the_run_with_any_name(finished: Studio, tmp_path: Path) -> None:
    assert finished.folder == tmp_path
    finished.runs.name.value = "Études & more"
    finished.runs.rename_button.click()
    until(lambda: finished.runs.chosen.name == "Études & more", finished)
    found = export(finished, finished.runs.page.none_button)
    assert (tmp_path / "tunes/Études & more.html").exists()
    assert found.texts["bdi"] == ["Études & more"]
