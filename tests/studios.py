"""Helpers for tests of the studio without a browser, which click its buttons and read its widgets."""

from __future__ import annotations

import html
import re
import tempfile
import threading
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
from ipywidgets import Button

from lstmmusic.errors import PlaybackError, plain_text
from lstmmusic.music.playing import write_midi
from lstmmusic.music.roll import Tune, find_notes
from lstmmusic.sound.player import Player
from lstmmusic.sound.timeline import Passage, TimedTune
from lstmmusic.studio import Studio
from lstmmusic.studio.music.choice import FOLDER

DEADLINE = 60.0


class Recorder(Player):
    """A player that records what it was asked to play."""

    description = "a recorder"
    refusal = ""  # of what is started, if not empty

    def __init__(self) -> None:
        super().__init__()
        self.tunes: list[TimedTune] = []
        self.closed = self.sounding = False

    def play(self, tune: Tune | TimedTune, **manner: float) -> None:
        super().play(tune, **manner)  # type: ignore[arg-type]
        self.tunes.append(self._tune)

    def is_playing(self, tune: Tune) -> bool:
        """Whether these notes are what it plays."""
        notes = find_notes(tune)
        return self.sounding and np.allclose(
            self.tunes[-1].table[:, :3], notes * [tune.config.step, tune.config.step, 1]
        )

    def _start(self, passage: Passage) -> None:
        if self.refusal:
            raise PlaybackError(self.refusal)
        self.sounding = True

    def _silence(self) -> None:
        self.sounding = False

    def _elapsed(self) -> float | None:
        return 0.6 if self.sounding else None

    def _set_volume(self) -> None: ...

    def close(self) -> None:
        self.closed = True


def until(condition: Callable[[], object], studio: Studio) -> None:
    deadline = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < deadline, f"{message(studio)} {words(studio.bar.status)}"
        studio.refresh()
        threading.Event().wait(0.02)  # leave time for training
    studio.refresh()  # completely, while the publisher may be in the middle of it


def words(place: object) -> str:
    """Return the text that a widget shows, without its HTML."""
    return html.unescape(re.sub("<[^>]*>", " ", place.value)).strip()  # type: ignore[attr-defined]


def message(studio: Studio) -> str:
    return words(studio.message)


@cache
def encode_music() -> dict[str, bytes]:
    """Return the names of four tunes, and each as a MIDI file."""
    with tempfile.TemporaryDirectory() as folder:
        for number in range(4):
            roll = np.eye(88, dtype=int)[30 + (np.arange(40) + number) % 12]
            write_midi(Tune(roll), Path(folder, f"tune {number}.mid"))
        return {path.name: path.read_bytes() for path in Path(folder).iterdir()}


def write_music(folder: Path) -> Path:
    """Make a folder with four tunes and a broken file."""
    folder.mkdir(exist_ok=True)  # a studio may be opened again
    for name, content in (encode_music() | {"<b>page.mid": b"<html>"}).items():
        (folder / name).write_bytes(content)
    return folder


def load_folder(studio: Studio, folder: Path) -> None:
    studio.music.choice.menu.value = FOLDER
    studio.music.choice.folder.value = str(folder)
    studio.music.load_button.click()
    until(lambda: studio.music.corpus is not None and studio.music.corpus.name == plain_text(str(folder)), studio)


def load_music(studio: Studio) -> None:
    """Press Load music, and wait until other music is there."""
    before = studio.music.corpus
    studio.music.load_button.click()
    until(lambda: studio.music.corpus is not before, studio)


def open_studio(folder: Path, player: Player, page_timeout: float = 600.0) -> Studio:
    """Open a studio with short takes, small networks, and the music of `write_music`."""
    studio = Studio(folder, player=player, page_timeout=page_timeout)
    studio.listening.sampling.steps.value, studio.listening.sampling.takes.value = 16, 2
    studio.listening.sampling.keep_seed.value = True
    load_folder(studio, write_music(folder / "<i>music"))
    for layer in studio.network.settings.of["hidden"]:
        layer.value = 8
    studio.training.settings.of["epochs"][0].value = 3
    studio.training.settings.of["batch_size"][0].value = 1
    settle(studio)
    return studio


def settle(studio: Studio) -> None:
    """Wait for the takes that the controls ask for now."""
    until(lambda: studio.listening.take and not studio.listening.busy, studio)


def press(button: Button, studio: Studio) -> None:
    """Press a button that starts, loads or renames a run, and wait for the result."""
    button.click()
    until(lambda: "…" not in studio.bar.status.value, studio)


def finish_run(studio: Studio) -> None:
    """Train a run to its last epoch, and wait until it is saved and takes of its network are shown."""
    press(studio.bar.start_button, studio)
    until(lambda: "Finished" in studio.bar.status.value, studio)
    until(lambda: is_saved(studio), studio)
    settle(studio)


def start_run(studio: Studio, updates: int = 1) -> None:
    """Start a run that does not end by itself."""
    studio.training.settings.of["epochs"][0].value = 1000
    press(studio.bar.start_button, studio)
    until(lambda: len(studio.session.trainer.losses) >= updates, studio)


def pause_run(studio: Studio) -> int:
    """Press Pause, and return the number of updates at which the run pauses."""
    studio.bar.pause_button.click()
    until(lambda: "Paused" in studio.bar.status.value, studio)
    return len(studio.session.trainer.losses)


def stop_run(studio: Studio) -> None:
    """Press Stop, and wait until the run has stopped and is saved."""
    studio.bar.stop_button.click()
    until(lambda: "Stopped" in studio.bar.status.value and is_saved(studio), studio)


def is_saved(studio: Studio) -> bool:
    return not studio.session.unsaved
