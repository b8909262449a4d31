"""The studio in a folder whose name is not valid UTF-8: all works there, and all that is shown can be sent."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from ipywidgets import Widget

from lstmmusic.studio import Studio
from tests.studios import Recorder, finish_run, load_folder, message, open_studio, press, until, words

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux allows any bytes in names")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / os.fsdecode(b"caf\xe9\n")
    folder.mkdir()
    return folder


@pytest.fixture
def others() -> set[str]:
    """Widgets that other tests have left open."""
    return set(Widget.get_manager_state()["state"])


@pytest.fixture
def studio(folder: Path, player: Recorder, others: set[str]) -> Iterator[Studio]:
    opened = open_studio(folder, player)
    yield opened
    opened.close()


def shown(studio: Studio, others: set[str]) -> list[str]:
    """Return every value of every widget of a studio in JSON, except for the path that was typed."""
    return [
        json.dumps(value, ensure_ascii=False, default=repr)
        for name, widget in Widget.get_manager_state()["state"].items()
        if name not in others and name != studio.music.choice.folder.model_id
        for value in widget["state"].values()
    ]


def test_what_is_shown_can_be_sent(studio: Studio, others: set[str], folder: Path) -> None:
    music = folder / "<i>music"
    shutil.copy(music / "tune 0.mid", music / os.fsdecode(b"good\xe9.mid"))
    (music / os.fsdecode(b"page\xe9.mid")).write_text("<html>")
    studio.music.corpus = None
    load_folder(studio, music)
    assert {"good\ufffd.mid", "page\ufffd.mid"} < {row["name"] for row in studio.music.tunes.rows_shown}
    assert "caf\ufffd\ufffd" in studio.music.corpus.name
    (folder / "runs").mkdir()
    (folder / "runs" / os.fsdecode(b"junk\xe9.safetensors")).write_bytes(b"no run")
    studio.runs.list_runs()
    assert words(studio.runs.details).startswith("junk\ufffd.safetensors")
    studio.music.choice.folder.value = str(folder / "nowhere")
    studio.music.load_button.click()
    until(lambda: "caf\ufffd\ufffd/nowhere was not found" in message(studio), studio)
    for value in shown(studio, others):
        value.encode()


def test_runs_are_saved_renamed_and_loaded(studio: Studio, others: set[str], folder: Path) -> None:
    finish_run(studio)
    studio.listening.act_on("favourite", 0)
    place, losses = studio.runs, list(studio.session.trainer.losses)
    place.duplicate_button.click()
    place.list_runs(next(run.path for run in place.table.entries if run.path != studio.session.path))
    place.name.value = "other"
    press(place.rename_button, studio)
    press(place.load_button, studio)
    assert "Loaded other" in message(studio)
    assert studio.session.path == folder / "runs" / "other"
    assert list(studio.session.trainer.losses) == losses
    assert re.search(r"\bFavourites\s+1\b", words(studio.runs.details))
    for value in shown(studio, others):
        value.encode()


def test_tunes_are_saved(studio: Studio, folder: Path) -> None:
    for form, button in studio.listening.exports.buttons.items():
        button.click()
        until(lambda form=form: f".{form[:3].lower()}." in message(studio), studio)
        assert "Saved" in message(studio)
        assert "caf\ufffd\ufffd/tunes/" in message(studio)
    saved = {path.suffix: path.stat().st_size for path in (folder / "tunes").iterdir()}
    assert set(saved) == {".mid", ".wav", ".png", ".csv"}
    assert min(saved.values()) > 100
