"""The studio without a browser: buttons are clicked, and what the page would show is read off the widgets."""

from __future__ import annotations

import html
import re
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch
from ipywidgets.widgets import widget as widget_module

from lstmmusic import studio as studio_module
from lstmmusic import training
from lstmmusic.checkpoint import load_network
from lstmmusic.errors import PlaybackError, SaveError
from lstmmusic.pianoroll import Tune, find_notes, read_midi, write_midi
from lstmmusic.playback import NullPlayer, Player
from lstmmusic.probabilities import NoteProbabilities, note_probabilities
from lstmmusic.studio import Studio, heat, listening
from lstmmusic.studio.music import FOLDER, PIECES
from lstmmusic.views import RollView

DEADLINE = 60.0


class Recorder(Player):
    """A player that remembers what it was asked for."""

    description = "a recorder"

    def __init__(self) -> None:
        self.tunes: list[Tune] = []
        self.closed = self.sounding = False

    def play(self, tune: Tune, **manner: float) -> None:
        self.tunes.append(tune)
        self.sounding = True

    def pause(self) -> None: ...

    def resume(self) -> None: ...

    def stop(self) -> None:
        self.sounding = False

    @property
    def playing(self) -> bool:
        return self.sounding

    @property
    def position(self) -> float:
        return 0.6

    def close(self) -> None:
        self.closed = True


def until(condition: Callable[[], object], studio: Studio) -> None:
    deadline = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < deadline, message(studio)
        studio.refresh()
        threading.Event().wait(0.005)
    studio.refresh()  # the publisher's may be in the middle of what it shows


def message(studio: Studio) -> str:
    return html.unescape(re.sub("<[^>]*>", "", studio.message.value)).strip()


@pytest.fixture
def music(tmp_path: Path) -> Path:
    folder = tmp_path / "music"
    folder.mkdir()
    for number in range(4):
        roll = np.zeros((40, 88), int)
        roll[np.arange(40), 30 + (np.arange(40) + number) % 12] = 1
        write_midi(Tune(roll), folder / f"tune {number}.mid")
    (folder / "<b>page.mid").write_text("<html>")
    return folder


@pytest.fixture
def player() -> Recorder:
    return Recorder()


@pytest.fixture
def studio(tmp_path: Path, music: Path, player: Recorder) -> Iterator[Studio]:
    made = Studio(tmp_path, player=player)
    made.music.source.value = FOLDER
    made.music.folder.value = str(music)
    made.music.load_button.click()
    until(lambda: made.music.corpus is not None and made.music.corpus.name == str(music), made)
    for layer in made.network.hidden:
        layer.value = 8
    made.training.named["epochs"].value = 3
    made.training.named["batch_size"].value = 1
    yield made
    made.close()


def test_from_music_to_a_saved_tune(studio: Studio, player: Recorder, tmp_path: Path) -> None:
    assert "4 tunes" in studio.music.summary.value
    assert "1 files left out" in studio.music.summary.value
    assert "&lt;b&gt;page.mid" in studio.music.summary.value  # a name of a file is text, never HTML
    assert studio.listening.generate_button.disabled
    studio.run.start_button.click()
    until(lambda: "Finished" in studio.run.status.value, studio)
    assert "epoch 3 of 3" in studio.run.status.value
    assert studio.run.progress.value == 1
    losses = np.frombuffer(studio.run.loss.training, "<f4").reshape(2, -1)[1]
    assert losses[-1] < losses[0]
    assert studio.run.expected.polyphony > 0
    studio.listening.generate_button.click()
    until(lambda: studio.listening.take, studio)
    assert studio.listening.roll.shape == (216, 88)
    assert studio.listening.roll.primer == 16
    studio.listening.play_button.click()
    assert player.tunes == [studio.listening.take.tune]
    studio.refresh()
    assert studio.listening.roll.playhead == pytest.approx(2)
    studio.listening.midi_button.click()
    assert "Download it" in studio.message.value
    (saved,) = (tmp_path / "tunes").iterdir()
    assert len(find_notes(read_midi(saved))) == len(find_notes(studio.listening.take.tune))


def test_pause_change_resume_stop_resume(studio: Studio) -> None:
    studio.training.named["epochs"].value = 1000
    studio.run.start_button.click()
    until(lambda: studio.run.trainer and len(studio.run.trainer.losses) > 3, studio)
    assert studio.run.start_button.disabled
    studio.run.pause_button.click()
    until(lambda: "Paused" in studio.run.status.value, studio)
    assert studio.run.pause_button.description == "Resume"
    held = len(studio.run.trainer.losses)
    studio.training.rates[1].value = 1e-4
    studio.training.named["batch_size"].value = 2
    assert studio.run.trainer.config.rates[1] == 1e-4
    assert studio.run.trainer.config.batch_size == 2
    assert len(studio.run.trainer.losses) == held
    studio.run.pause_button.click()
    until(lambda: len(studio.run.trainer.losses) > held + 3, studio)
    studio.listening.generate_button.click()  # while it trains
    until(lambda: studio.listening.take, studio)
    studio.run.stop_button.click()
    until(lambda: "Stopped" in studio.run.status.value, studio)
    stopped = len(studio.run.trainer.losses)
    assert not studio.run.start_button.disabled
    studio.run.pause_button.click()
    until(lambda: len(studio.run.trainer.losses) > stopped, studio)


def test_runs_are_saved_loaded_and_never_lost(studio: Studio, tmp_path: Path) -> None:
    studio.run.start_button.click()
    until(lambda: "Finished" in studio.run.status.value, studio)
    studio.run.path.value = "runs/mine.safetensors"
    studio.run.save()
    losses = list(studio.run.trainer.losses)
    assert load_network(tmp_path / "runs" / "mine.safetensors")[0].config.hidden == (8, 8, 8)
    studio.training.named["seed"].value = 7
    studio.run.start_button.click()
    until(lambda: "Finished" in studio.run.status.value, studio)
    assert list(studio.run.trainer.losses) != losses
    studio.run.load()  # the second run was not saved: it is kept
    assert list(studio.run.trainer.losses) == losses
    assert studio.training.named["seed"].value == 0
    kept = [path for path in (tmp_path / "runs").iterdir() if path.name != "mine.safetensors"]
    assert len(kept) == 1
    assert "Loaded" in message(studio)
    studio.training.named["epochs"].value = 4
    studio.refresh()
    assert studio.run.pause_button.description == "Resume"
    studio.run.pause_button.click()
    until(lambda: "Finished" in studio.run.status.value, studio)
    assert list(studio.run.trainer.losses)[: len(losses)] == losses


def test_what_goes_wrong_is_told_and_loses_nothing(studio: Studio, tmp_path: Path) -> None:
    corpus = studio.music.corpus
    for folder, complaint in (("", "type the path"), ("/nowhere", "not there"), (str(tmp_path), "")):
        studio.music.folder.value = folder
        (tmp_path / "empty").mkdir(exist_ok=True)
        studio.music.folder.value = str(tmp_path / "empty") if not complaint else folder
        studio.music.load_button.click()
        until(lambda expected=complaint or "no files": expected in message(studio), studio)
        assert studio.music.corpus is corpus
    studio.run.path.value = "runs/missing.safetensors"
    studio._act(studio.run.load)
    assert "not there" in message(studio)
    studio._act(studio.run.save)
    assert "press Start" in message(studio)
    studio._act(studio.listening.generate)
    assert "press Start" in message(studio)
    studio._act(studio.listening.play)
    assert "press Generate" in message(studio)
    (tmp_path / "runs").write_text("a file in the way")
    studio.run.start_button.click()
    until(lambda: "Finished" in studio.run.status.value, studio)
    losses = list(studio.run.trainer.losses)
    studio._act(studio.run.save)
    assert "could not be saved" in message(studio)
    assert list(studio.run.trainer.losses) == losses
    with pytest.raises(SaveError, match="could not be saved"):
        Studio(tmp_path, player=Recorder())  # a run that cannot be kept is not thrown away
    assert Studio._current is studio
    (tmp_path / "runs").unlink()


def test_loss_that_is_not_finite_is_told(studio: Studio) -> None:
    studio.training.named["epochs"].value = 1000
    studio.run.start_button.click()
    until(lambda: studio.run.trainer and studio.run.trainer.losses, studio)
    trainer = studio.run.trainer
    bias = trainer.network.output.pitch_biases.bias.data
    studio.run.between_updates(lambda: bias.fill_(float("inf"))).result(DEADLINE)
    until(lambda: "Lower the learning rates" in studio.run.status.value, studio)
    assert not studio.run.start_button.disabled


def test_primer_follows_the_tune(studio: Studio) -> None:
    listening = studio.listening
    labels = [label for label, _ in listening.primer.options]
    assert labels[0].endswith("(held out)")
    assert labels[-1] == "none: from silence"
    assert listening.part.max == 40
    studio.run.start_button.click()
    until(lambda: "Finished" in studio.run.status.value, studio)
    listening.primer.index = len(labels) - 1
    assert listening.part.disabled
    listening.generate_button.click()
    until(lambda: listening.take, studio)
    assert listening.take.primer_steps == 0


def test_preset_sets_the_controls(studio: Studio) -> None:
    studio.training.preset.value = "seed-2016"
    config = studio.training.config()
    assert config == studio_module.settings.PRESETS["seed-2016"].training
    assert studio.network.config(88) == studio_module.settings.PRESETS["seed-2016"].network
    assert studio.training.named["weight_spread"].value == 0.1


def test_browser_plays_where_there_is_no_sound_card(tmp_path: Path) -> None:
    studio = Studio(tmp_path, player=NullPlayer("the test has no sound card"))
    try:
        studio.music.source.value = PIECES
        studio.music.load_button.click()
        until(lambda: studio.music.corpus and studio.music.corpus.name == "piano pieces", studio)
        assert "the test has no sound card; so it plays in the browser" in studio.listening.sound.value
        for layer in studio.network.hidden:
            layer.value = 8
        studio.run.start_button.click()
        until(lambda: studio.run.trainer and studio.run.trainer.losses, studio)
        studio.listening.steps.value = 8
        studio.listening.generate_button.click()
        until(lambda: studio.listening.take, studio)
        studio.listening.play_button.click()
        until(lambda: studio.listening.audio.children, studio)
        (audio,) = studio.listening.audio.children
        assert audio.value[:4] == b"RIFF"
        studio.listening.stop()
        assert studio.listening.audio.children == ()
        studio.listening.wav_button.click()
        until(lambda: "Saved" in message(studio), studio)
        assert [path.suffix for path in (tmp_path / "tunes").iterdir()] == [".wav"]
    finally:
        studio.close()


def test_closing_frees_widgets_and_threads(tmp_path: Path, music: Path) -> None:
    def open_and_close() -> None:
        player = Recorder()
        studio = Studio(tmp_path, player=player)
        studio.music.source.value = FOLDER
        studio.music.folder.value = str(music)
        studio.music.load_button.click()
        until(lambda: studio.music.corpus and studio.music.corpus.name == str(music), studio)
        studio.run.start_button.click()
        until(lambda: studio.run.trainer and studio.run.trainer.losses, studio)
        Studio(tmp_path, player=Recorder()).close()  # a new one closes the old one, and keeps its run
        assert player.closed

    open_and_close()
    widgets = len(widget_module._instances)
    for _ in range(3):
        open_and_close()
    assert len(widget_module._instances) == widgets
    deadline = time.monotonic() + DEADLINE
    while any(thread.name.startswith("lstmmusic") for thread in threading.enumerate()):
        assert time.monotonic() < deadline, threading.enumerate()
        threading.Event().wait(0.01)
    assert list((tmp_path / "runs").iterdir())


def test_loading_a_run_changes_nothing_in_it(studio: Studio) -> None:
    studio.training.named["epochs"].value = 1000
    studio.run.start_button.click()
    until(lambda: studio.run.trainer and studio.run.trainer.losses, studio)
    assert studio.training.preset.disabled  # a preset counts for a new run
    studio.run.stop_button.click()
    studio.run.trainer.change(rates=(0.0, 1e-3, 1e-3, 2.0))  # beyond the sliders
    config = studio.run.trainer.config
    studio.run.save()
    studio.run.load()
    assert studio.run.trainer.config == config
    studio.training.rates[1].value = 5e-4
    assert studio.run.trainer.config.rates == (0.0, pytest.approx(5e-4), 1e-3, 2.0)
    studio.run.save()
    assert "my-run.safetensors" in message(studio)
    studio.run.start_button.click()  # another run must not take the place of the one that has the name
    for _ in range(2):
        studio.run.save()
        assert "my-run-2.safetensors" in message(studio)


def test_primer_on_another_grid_than_the_network_is_told(studio: Studio, music: Path) -> None:
    studio.run.start_button.click()
    until(lambda: "Finished" in studio.run.status.value, studio)
    before = studio.music.corpus
    studio.music.step.value = 0.6
    studio.music.load_button.click()
    until(lambda: studio.music.corpus is not before, studio)
    studio.listening.generate_button.click()
    until(lambda: message(studio), studio)
    assert "the primer lies on another grid" in message(studio)
    assert studio.listening.take is None


def test_closed_studio_does_nothing_any_more(studio: Studio) -> None:
    studio.close()
    studio.run.start_button.click()
    assert studio.run.trainer is None


def test_stop_sound_stops_what_is_not_heard_yet(
    tmp_path: Path, studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    studio.run.start_button.click()
    until(lambda: "Finished" in studio.run.status.value, studio)
    studio.listening.generate_button.click()
    until(lambda: studio.listening.take, studio)
    studio.listening.player = NullPlayer("none")
    studio.listening.play_button.click()
    studio.listening.stop()
    studio.listening.wav_button.click()  # rendered after the one that was stopped
    until(lambda: "Saved" in message(studio), studio)
    assert studio.listening.audio.children == ()
    monkeypatch.setattr(listening, "render_wav", failing)
    studio.listening.wav_button.click()
    until(lambda: "the synth broke" in message(studio), studio)
    studio.listening.midi_button.click()
    studio.refresh()
    assert "Saved" in message(studio)  # the failure is told once


def failing(*arguments: object, **manner: object) -> None:
    raise PlaybackError("the synth broke")


def test_running_the_cell_again_shows_the_same_studio(studio: Studio, tmp_path: Path) -> None:
    studio.training.named["epochs"].value = 1000
    studio.run.start_button.click()
    until(lambda: studio.run.trainer and studio.run.trainer.losses, studio)
    trainer = studio.run.trainer
    before = len(trainer.losses)
    again = Studio(tmp_path / ".")
    assert again is studio
    assert again.run.trainer is trainer
    until(lambda: len(trainer.losses) > before + 2, studio)
    assert studio.run.active


def told(view: RollView) -> tuple[str, str, str]:
    return view.title, view.meaning, view.primer_meaning


def as_sent(probabilities: np.ndarray) -> bytes:
    return np.rint(np.asarray(probabilities, np.float64) * 255).astype(np.uint8).tobytes()


def record_makers(monkeypatch: pytest.MonkeyPatch, module: ModuleType) -> list[str]:
    """Names of the threads in which a module has probabilities computed, from now on."""
    makers: list[str] = []

    def recorded(*arguments: Any, **manner: Any) -> NoteProbabilities:
        makers.append(threading.current_thread().name)
        return note_probabilities(*arguments, **manner)

    monkeypatch.setattr(module, "note_probabilities", recorded)
    return makers


def test_run_shows_notes_given_those_below_or_by_themselves_and_says_which(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    makers = record_makers(monkeypatch, training)
    run = studio.run
    studio.training.named["epochs"].value = 1000
    run.start_button.click()
    until(lambda: run.expected.cells, studio)
    given = f"Given the true notes below, in {run.trainer.excerpt.name}", "given the true notes below", ""
    alone = f"Each by itself (16 draws), in {run.trainer.excerpt.name}", "by itself (16 draws)", ""
    assert told(run.expected) == given
    run.shown.value = True  # while it runs
    until(lambda: told(run.expected) == alone, studio)
    count = len(run.trainer.losses)
    until(lambda: len(run.trainer.losses) > count + 50, studio)
    assert told(run.expected) == alone  # and it stays so
    run.pause_button.click()
    until(lambda: "Paused" in run.status.value, studio)
    network, roll = run.trainer.averaged, run.trainer.excerpt.roll
    assert run.expected.cells == as_sent(network.probabilities(np.pad(roll, ((1, 0), (0, 0)))[:-1], draws=16))
    run.shown.value = False
    until(lambda: told(run.expected) == given, studio)
    assert run.expected.cells == as_sent(network.expectations(roll))
    assert set(makers) == {"lstmmusic-job"}  # never the thread of the page while there is another
    run.stop_button.click()
    until(lambda: "Stopped" in run.status.value, studio)
    run.shown.value = True
    assert told(run.expected) == alone
    run.save()
    run.load()
    assert told(run.expected) == alone
    run.shown.value = False
    assert told(run.expected) == given
    assert "Loaded" in run.status.value


def test_take_shows_notes_as_drawn_or_by_themselves_and_says_which(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    makers = record_makers(monkeypatch, heat)
    place = studio.listening
    studio.run.start_button.click()
    until(lambda: "Finished" in studio.run.status.value, studio)
    place.temperature.value = 2.0
    place.generate_button.click()
    until(lambda: place.take, studio)
    words = "as drawn, given the notes below", "given the true notes below"  # a primer is not drawn
    drawn = ("As drawn, given the notes below", *words)
    alone = "Each by itself (16 draws), temperature 1", "by itself (16 draws)", ""
    assert told(place.odds) == drawn
    assert told(place.roll)[1:] == words
    assert place.odds.cells == as_sent(place.take.probabilities)
    network = studio.run.trainer.best_network()
    with torch.no_grad():  # the run goes on: the take was made before
        for weight in studio.run.trainer.best.values():
            weight.zero_()
    place.shown.value = True
    until(lambda: told(place.odds) == alone, studio)
    before = np.pad(place.take.tune.roll, ((1, 0), (0, 0)))[:-1]
    assert place.odds.cells == as_sent(network.probabilities(before, draws=16))
    assert told(place.roll)[1:] == words
    place.shown.value = False
    assert told(place.odds) == drawn
    place.shown.value = True
    assert told(place.odds) == alone  # at once: it was computed before
    first = place.take
    place.generate_button.click()
    until(lambda: place.take is not first and told(place.odds) == alone, studio)
    assert len(makers) == 2
    assert all(name.startswith("lstmmusic-listening") for name in makers)


def test_probability_that_cannot_be_computed_is_told_and_the_menu_says_what_is_shown(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    studio.run.start_button.click()
    until(lambda: "Finished" in studio.run.status.value, studio)
    studio.listening.generate_button.click()
    until(lambda: studio.listening.take, studio)
    with monkeypatch.context() as broken:
        broken.setattr(heat, "note_probabilities", failing)
        studio.listening.shown.value = True
        until(lambda: "the synth broke" in message(studio), studio)
    assert not studio.listening.shown.value
    assert studio.listening.odds.meaning == "as drawn, given the notes below"
    studio.listening.midi_button.click()
    studio.refresh()
    assert "Saved" in message(studio)  # told once
    studio.listening.shown.value = True  # and it can be tried again
    until(lambda: studio.listening.odds.meaning == "by itself (16 draws)", studio)


def test_independent_notes_have_one_probability_and_nothing_to_choose(studio: Studio) -> None:
    run, place = studio.run, studio.listening
    menus = run.shown, place.shown
    run.start_button.click()
    until(lambda: "Finished" in run.status.value, studio)
    place.generate_button.click()
    until(lambda: place.take, studio)
    assert [menu.layout.display for menu in menus] == [None, None]
    for menu in menus:
        menu.value = True
    studio.network.output.value = "independent"
    first = place.take
    run.start_button.click()
    until(lambda: "Finished" in run.status.value and run.expected.meaning == "probability", studio)
    assert told(run.expected) == (f"Expected in {run.trainer.excerpt.name}", "probability", "")
    place.generate_button.click()
    until(lambda: place.take is not first, studio)
    assert told(place.odds) == ("How likely each note was", "probability", "")
    assert told(place.roll)[1:] == ("probability", "")
    assert [menu.layout.display for menu in menus] == ["none", "none"]
