"""The places of the studio without a browser: each shows the effect of its settings, and says what it shows."""

from __future__ import annotations

import re
import shutil
import threading
import wave
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch

from lstmmusic.base.progress import Progress, Work
from lstmmusic.config import RollConfig
from lstmmusic.errors import CorpusError, PlaybackError
from lstmmusic.music.corpus import Corpus
from lstmmusic.music.metre import Metre
from lstmmusic.music.roll import Tune, find_notes
from lstmmusic.music.uploads import upload_folder
from lstmmusic.network.probabilities import NoteProbabilities, note_probabilities
from lstmmusic.presets import PRESETS
from lstmmusic.runs.shelf import Shelf
from lstmmusic.sound.player import NullPlayer
from lstmmusic.studio import Studio, exports, heat
from lstmmusic.studio.controls import list_all
from lstmmusic.studio.listening import shown_take
from lstmmusic.studio.listening.request_controls import NETWORKS, RUN
from lstmmusic.studio.listening.takes import Growth, Request, TakeMaker
from lstmmusic.studio.music import place as music
from lstmmusic.studio.music.choice import PIECES, UPLOADS
from lstmmusic.studio.network import place as network
from lstmmusic.training import trainer as trainer_module
from lstmmusic.views import RollView
from tests.fonts import make_tone
from tests.studios import (
    Recorder,
    finish_run,
    load_music,
    message,
    pause_run,
    press,
    settle,
    start_run,
    stop_run,
    until,
    words,
)
from tests.wires import receive


def test_file_names_are_escaped(studio: Studio) -> None:
    summary = studio.music.summary
    until(lambda: "Notes" in summary.value, studio)
    assert "&lt;i&gt;music" in summary.value
    rows = studio.music.tunes.rows_shown
    assert [row["name"] for row in rows if not row["used"]] == ["<b>page.mid"]


def test_bundled_network_plays_before_training(studio: Studio, player: Recorder) -> None:
    listening = studio.listening
    assert studio.session.trainer is None
    assert list(listening.network.options) == ["bundled: chorales", "bundled: piano"]
    assert len(listening.take.tune) == 32
    assert [strip["label"] for strip in listening.strips.strips] == ["1", "2"]
    listening.play()
    assert player.is_playing(listening.take.tune)
    first = listening.take
    listening.act_on("show", 1)
    assert listening.take.seed == first.seed + 1
    assert words(listening.remedies.words)  # its takes are unlike these scales
    listening.network.value = "bundled: piano"
    settle(studio)
    assert not np.array_equal(listening.take.tune.roll, first.tune.roll)


def test_nothing_is_sent_or_rebuilt_while_nothing_happens(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    work: list[Any] = []
    rounds: list[int] = []  # what was done in each three refreshes
    for each in list_all(studio.box):
        each.observe(work.append)
    for module, function in ((network, "describe_cost"), (Shelf, "read")):
        monkeypatch.setattr(module, function, counted(getattr(module, function), work))

    def is_idle() -> bool:
        work.clear()
        for _ in range(3):
            studio.refresh()
        rounds.append(len(work))
        return not work

    until(is_idle, studio)
    start_run(studio)
    pause_run(studio)
    until(is_idle, studio)
    stop_run(studio)
    until(is_idle, studio)
    assert rounds.count(0) == 3  # before the run, while it is paused and after it


def counted(function: Callable[..., Any], calls: list[Any]) -> Callable[..., Any]:
    def call(*arguments: Any, **options: Any) -> Any:
        calls.append(function)
        return function(*arguments, **options)

    return call


def test_new_music_generates_takes_once(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    requests: list[Request] = []
    making = TakeMaker.making
    monkeypatch.setattr(
        TakeMaker, "making", lambda maker, request: (requests.append(request), making(maker, request))[1]
    )
    load_music(studio)
    settle(studio)
    assert len(requests) == 1
    assert requests[0].reference is studio.music.corpus.tunes


def test_roll_shows_that_takes_are_still_to_come(studio: Studio) -> None:
    listening, done = studio.listening, threading.Event()
    made = listening.made

    def grow() -> Growth:
        done.wait(60)
        yield from ()
        return made

    assert not listening.roll.waiting
    listening.making.ask(made.request, grow)
    until(lambda: listening.roll.waiting, studio)
    done.set()
    until(lambda: not listening.roll.waiting, studio)


def test_temperature_changes_some_cells_of_the_same_random_numbers(studio: Studio) -> None:
    listening = studio.listening
    before = listening.take
    listening.sampling.temperature.value = 1.5
    until(lambda: listening.take.temperature == pytest.approx(1.5, rel=0.05), studio)
    after = listening.take
    assert np.array_equal(after.uniforms, before.uniforms)
    changed = np.frombuffer(listening.roll.changed, np.uint8).reshape(32, 88) > 0
    assert np.array_equal(changed, after.tune.roll != before.tune.roll)
    assert 0 < changed.sum() < 0.2 * changed.size
    assert not changed[:16].any()  # the primer
    assert listening.roll.note.startswith(f"{changed.sum():,} cells changed")
    listening.sampling.seed.value = 7  # other random numbers: nothing to compare
    until(lambda: listening.take.seed == 7, studio)
    assert not listening.roll.changed


def test_fault_of_a_take_is_reported_with_a_remedy(studio: Studio) -> None:
    listening = studio.listening
    listening.sampling.steps.value = 64
    nothing = "nothing sounds for"
    for threshold in (0.8, 0.9):  # the bundled network never plays scales
        listening.sampling.threshold.value = threshold
        settle(studio)
        assert nothing in words(listening.remedies.words)
    advice = "A bundled network does not learn: train one on this music"
    until(lambda: advice in words(listening.remedies.words), studio)
    assert words(listening.remedies.words).count(advice) == 1  # of the take that is shown only
    assert listening.remedies.button.layout.display == "none"
    studio.music.choice.menu.value = PIECES
    load_music(studio)
    settle(studio)
    assert nothing in words(listening.remedies.words)
    until(lambda: listening.remedies.button.layout.display is None, studio)
    listening.remedies.button.click()
    until(lambda: listening.take.threshold < 0.9, studio)
    assert not words(listening.remedies.words)
    assert listening.remedies.button.layout.display == "none"


def test_fault_that_the_user_did_not_choose_is_fixed_at_once(studio: Studio) -> None:
    listening = studio.listening
    studio.music.choice.menu.value = PIECES
    load_music(studio)
    listening.sampling.steps.value = 64
    listening.sampling.threshold.value = 0.9
    settle(studio)
    assert "nothing sounds for" in words(listening.remedies.words)
    assert listening.sampling.threshold.value == 0.9  # the user did
    listening.generate_button.click()
    until(lambda: listening.take.threshold < 0.9, studio)
    lowered = listening.take.threshold
    assert words(listening.remedies.words) == f"Threshold lowered to {lowered:g}."
    assert (listening.sampling.threshold.value, listening.remedies.button.description) == (lowered, "Undo")
    listening.remedies.button.click()
    until(lambda: listening.take.threshold == 0.9, studio)
    settle(studio)
    assert listening.sampling.threshold.value == 0.9
    assert listening.remedies.button.description.startswith("Lower")


def test_primer_follows_the_tune_and_its_selection(studio: Studio) -> None:
    listening = studio.listening
    labels = [label for label, _ in listening.primer.menu.options]
    assert labels[0] == "none: from silence"
    assert listening.primer.menu.label == labels[1]
    assert labels[1].endswith("(held out)")
    assert listening.primer.roll.shape == (40, 88)
    listening.primer.roll.selection = (4, 12)
    until(lambda: listening.take.primer_steps == 8, studio)
    assert np.array_equal(listening.take.tune.roll[:8], listening.primer.tune.roll[4:12])
    listening.primer.menu.index = 0
    until(lambda: listening.take.primer_steps == 0, studio)
    assert listening.primer.roll.shape[0] == 0
    assert listening.primer.menu.index == 0
    studio.music.load_button.click()
    until(lambda: listening.primer.menu.index == 1, studio)


def record(studio: Studio, *notes: list[float]) -> None:
    receive(studio.listening.primer.keys, {"kind": "played", "notes": list(notes)})


def test_primer_is_recorded(studio: Studio) -> None:
    listening, primer = studio.listening, studio.listening.primer
    primer.record.value = True
    assert (primer.roll.layout.display, primer.keys.layout.display) == ("none", None)
    record(studio, [2.0, 2.6, 60, 80], [2.61, 2.9, 64, 80])
    assert (primer.roll.layout.display, primer.keys.layout.display) == (None, "none")
    assert (primer.menu.label, primer.part) == ("recorded 1", (0, 3))
    until(lambda: listening.take.primer_steps == 3, studio)
    assert find_notes(listening.take.tune.part(0, 3)).tolist() == [[0, 2, 60], [2, 3, 64]]
    record(studio, [0, 3, 72, 80])
    assert [label for label, _ in primer.menu.options][:3] == ["recorded 2", "recorded 1", "none: from silence"]
    assert (primer.menu.label, primer.part) == ("recorded 2", (0, 10))
    studio.music.load_button.click()
    until(lambda: "held out" in primer.menu.label, studio)
    assert [label for label, _ in primer.menu.options][:2] == ["recorded 2", "recorded 1"]


def test_recording_without_a_note_in_the_range_is_reported(studio: Studio) -> None:
    primer = studio.listening.primer
    record(studio, [0, 1, 5, 80])
    assert "widen the range" in message(studio)
    record(studio)
    assert "press Record" in message(studio)
    assert primer.tune.name != "recorded 1"


def test_primer_is_laid_on_the_grid_of_the_network(studio: Studio) -> None:
    listening, primer = studio.listening, studio.listening.primer
    tune, take = primer.tune, listening.take
    load_on_steps(studio, 0.6)
    assert listening.take is not take
    assert np.array_equal(primer.tune.roll, tune.roll)  # read again, since the coarse grid has merged its notes
    assert primer.roll.note == "laid on the network's grid: steps of 0.3 s"
    assert (listening.take.tune.config, listening.take.primer_steps) == (tune.config, 16)
    assert "error" not in studio.message.value
    primer.menu.index += 1
    until(lambda: primer.tune.name != tune.name, studio)
    assert len(primer.tune) == 40
    load_on_steps(studio, 0.3)
    assert not primer.roll.note


def test_lengths_are_shown_in_seconds_or_beats(studio: Studio) -> None:
    music, training, listening = studio.music, studio.training, studio.listening
    length = training.settings.of["length"][0]
    assert words(listening.sampling.length) == "= 4.8 s"
    assert words(training.length) == "= 30 s"
    length.value = 200
    music.grid.unit.value, music.grid.step.value = "beats", 0.25
    assert music.grid.step.label == "¼ beat"
    assert "steps of ¼ beat" in words(music.grid.lost)
    assert words(training.length) == "= 60 s"  # until the music is loaded on that grid
    load_on_steps(studio, 0.25)
    assert words(training.length) == "= 50 beats"
    assert words(listening.sampling.length) == "= 4.8 s"  # of the bundled network
    finish_run(studio)
    until(lambda: words(listening.sampling.length) == "= 4 beats", studio)


def test_loading_is_reported(studio: Studio) -> None:
    line = studio.music.grid.line
    until(lambda: words(line), studio)
    assert words(line).startswith("✓ 4 tunes; 1 file was left out. A step of ")
    assert "success-color" in line.value


def load_on_steps(studio: Studio, step: float) -> None:
    studio.music.grid.step.value = step
    load_music(studio)
    settle(studio)


def test_primer_whose_file_is_gone_is_converted(studio: Studio, tmp_path: Path) -> None:
    primer = studio.listening.primer
    studio.music.grid.step.value = 0.6
    shutil.move(tmp_path / "<i>music", tmp_path / "moved")
    studio.music.choice.folder.value = str(tmp_path / "moved")
    load_on_steps(studio, 0.6)
    for path in (tmp_path / "moved").iterdir():
        path.unlink()
    primer.menu.index += 1
    until(lambda: primer.menu.label.startswith(primer.tune.name), studio)
    (coarse,) = (tune for tune in studio.music.corpus.tunes if tune.name == primer.tune.name)
    assert np.array_equal(primer.tune.roll, np.repeat(coarse.roll, 2, axis=0))


def test_recorded_primer_is_laid_on_the_grid_of_a_run(studio: Studio) -> None:
    primer = studio.listening.primer
    load_on_steps(studio, 0.1)
    record(studio, [0, 0.1, 60, 80], [0.1, 0.3, 64, 80], [0.3, 0.6, 67, 80])
    assert find_notes(primer.tune).tolist() == [[0, 1, 60], [0, 1, 64], [1, 2, 67]]
    studio.training.settings.of["epochs"][0].value = 1
    finish_run(studio)
    until(lambda: primer.grid.step == 0.1, studio)
    assert find_notes(primer.tune).tolist() == [[0, 1, 60], [1, 3, 64], [3, 6, 67]]
    assert primer.part == (0, 6)
    assert "steps of 0.1 s" in primer.roll.note


def test_primer_without_a_note_for_the_network_is_silence(studio: Studio) -> None:
    primer = studio.listening.primer
    studio.music.grid.pitches.value = (21, 55)
    load_on_steps(studio, 0.3)
    record(studio, [0, 1, 62, 80])
    studio.training.settings.of["epochs"][0].value = 1
    finish_run(studio)
    until(lambda: primer.grid.highest == 55, studio)
    assert primer.roll.note == "recorded 1 has no note from pitch 21 to 55: the tune starts from silence"
    assert studio.listening.take.primer_steps == 0


def test_run_brings_its_music_and_is_compared_with_the_primer(studio: Studio, tmp_path: Path) -> None:
    place, runs = studio.music, studio.runs
    receive(place.tunes, {"kind": "tick", "index": 2, "ticked": False})
    place.pedal.value, place.held_out.value = True, 0.25
    load_music(studio)
    finish_run(studio)
    until(lambda: runs.takes.rolls[0].shape == (32, 88), studio)
    name, music = studio.session.path.name, place.split()[0].source
    place.undo.button.click()
    place.pedal.value, place.held_out.value, place.grid.step.value = False, 0.15, 0.6
    load_music(studio)
    studio.places.selected_index = 5
    settle(studio)
    assert runs.takes.rolls[0].shape == (32, 88)

    runs.load_button.click()
    assert message(studio) == f"Loading the music of {name} …"
    place.stop_button.click()
    load_music(studio)
    assert place.corpus.config.step == 0.3
    assert "Loaded" not in message(studio)  # since that was stopped
    place.pedal.value, place.grid.step.value = False, 0.6
    load_music(studio)
    runs.load_button.click()
    until(lambda: f"Loaded {name}" in message(studio), studio)
    assert (place.corpus.config.step, place.split()[0].source) == (0.3, music)
    assert (place.pedal.value, place.choice.folder.value) == (True, music.folder)

    place.grid.step.value = 0.6
    load_music(studio)
    settle(studio)  # the primer is read
    (tmp_path / "<i>music").rename(tmp_path / "moved")
    runs.load_button.click()
    assert f"{name} was trained on" in message(studio)
    assert "steps of 0.3 seconds, pitches 21 to 108, 25% of it held out. Set that under Music" in message(studio)


def test_lost_notes_follow_the_grid(studio: Studio) -> None:
    music = studio.music
    kept = words(music.grid.lost)
    assert "of 160 notes" in kept
    assert "Press Load music" not in kept
    music.grid.step.value = 1.0
    assert words(music.grid.lost) != kept
    assert "Press Load music" in words(music.grid.lost)
    music.grid.pitches.value = (21, 55)
    outside = sum((step + number) % 12 > 4 for number in range(4) for step in range(40))
    assert f"{outside}  outside these pitches" in words(music.grid.lost)
    until(lambda: music.pair.quantised.shape == (13, 35), studio)
    music.grid.step.value, music.grid.pitches.value = 0.3, (21, 108)
    assert words(music.grid.lost) == kept


def test_original_and_quantised_tune_are_played(studio: Studio, player: Recorder) -> None:
    music = studio.music
    until(lambda: music.pair.quantised.shape[0], studio)
    music.pair.play_quantised.click()
    assert (music.pair.quantised.follows, music.pair.quantised.tempo_map) == (studio.sound.machine.ident, [(0, 0.3)])
    music.pair.play_original.click()
    assert (music.pair.original.follows, music.pair.quantised.follows) == (studio.sound.machine.ident, "")
    assert music.pair.original.tempo_map[0][1] < 0.1
    quantised, original = player.tunes
    assert np.allclose(quantised.table[:, :2] % 0.3 % 0.2999, 0, atol=1e-3)
    assert music.pair.original.title == f"Original: {original.name}"


def test_file_that_is_left_out_is_neither_shown_nor_played(studio: Studio) -> None:
    music = studio.music
    until(lambda: music.pair.quantised.shape[0], studio)
    music.tunes.selected = next(index for index, verdict in enumerate(music.corpus.verdicts) if not verdict.used)
    assert [(view.shape[0], view.title) for view in (music.pair.original, music.pair.quantised)] == [(0, "")] * 2
    assert music.pair.play_original.disabled
    assert music.pair.play_quantised.disabled


def test_music_that_cannot_be_read_at_the_start_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(music, "loading", no_music)
    studio = Studio(tmp_path, player=Recorder())
    try:
        settle(studio)
        assert "there is no music" in message(studio)
        assert "No music is loaded" in words(studio.bar.status)
        assert studio.network.probe_button.disabled
    finally:
        studio.close()


def no_music(source: object, config: object) -> Work[Corpus]:
    yield Progress(0, 1)
    raise CorpusError("there is no music")


def test_dropped_files_become_the_music(studio: Studio, tmp_path: Path) -> None:
    drop = studio.music.choice.drop
    files = [(path.name, path.read_bytes()) for path in sorted((tmp_path / "<i>music").glob("tune*"))[:2]]
    files.append(("no tune.mid", b"<html>"))
    offered = [{"name": name, "size": len(content)} for name, content in files]
    receive(drop, {"kind": "begin", "batch": "b", "files": offered})
    for index, (_, content) in enumerate(files):
        receive(drop, {"kind": "file", "batch": "b", "index": index}, (content,))
    assert drop.message == "3 files added"
    uploads = upload_folder(tmp_path)
    assert studio.music.choice.menu.value == UPLOADS
    until(lambda: studio.music.corpus.name == str(uploads), studio)
    assert [tune.name for tune in studio.music.corpus.tunes] == ["tune 0", "tune 1"]
    until(lambda: "2 tunes; 1 file was left out." in words(studio.music.grid.line), studio)


def test_parts_that_the_music_lacks_are_named_and_not_counted(studio: Studio) -> None:
    place = studio.network
    assert words(place.missing) == (
        "Dynamics: off, as this music has one loudness throughout. "
        "Metre: off, as the step is in seconds: choose a step in beats."
    )
    assert "notes, strikes, endings" in words(place.size)
    place.settings.of["metre"][0].value = place.settings.of["velocities"][0].value = False
    studio.refresh()
    assert words(place.missing) == ""
    start_run(studio)
    network = studio.session.trainer.network.config
    stop_run(studio)
    assert f"{network.parameters:,}" in words(place.size)
    assert network.learned == "notes, strikes, endings"
    # What training says of the loss, and what is listed of the run.
    studio.runs.list_runs()
    said = words(studio.training.parts)
    assert re.search(r"^Last validation, of a single tune: notes [0-9.]+ \+ ends [0-9.]+ nats per step\.", said)
    assert str(studio.session.snapshot.parts) in words(studio.runs.details)
    assert "notes, strikes, endings" in words(studio.runs.details)


def test_dynamics_need_strikes(studio: Studio) -> None:
    strikes, dynamics = (studio.network.settings.of[name][0] for name in ("strikes", "velocities"))
    strikes.value = False
    assert (dynamics.value, dynamics.disabled) == (False, True)
    assert not studio.network.config(88).velocities
    assert message(studio) == ""
    strikes.value = True
    studio.refresh()
    assert (dynamics.value, dynamics.disabled) == (True, False)


def test_cost_is_measured_before_a_run(studio: Studio) -> None:
    network = studio.network
    assert "press the button" in words(network.size)
    network.probe_button.click()
    assert "measuring" in words(network.size)
    assert network.probe_button.disabled
    until(lambda: "updates" in words(network.size), studio)
    assert "3 updates" in words(network.size)
    assert not network.probe_button.disabled
    assert studio.session.trainer is None
    for control, other in (
        (network.settings.of["hidden"][0], 16),
        (studio.training.settings.of["batch_size"][0], 2),
        (studio.training.settings.of["length"][0], 50),
        (network.device, "cpu"),
    ):
        before, control.value = control.value, other  # whose cost is unknown
        studio.refresh()
        assert "press the button" in words(network.size)
        control.value = before
        studio.refresh()
        assert "3 updates" in words(network.size)


def test_preset_sets_the_controls(studio: Studio) -> None:
    studio.training.preset.value = "seed-2016"
    assert studio.training.config() == PRESETS["seed-2016"].training
    assert studio.network.config(88) == PRESETS["seed-2016"].network
    assert studio.training.settings.of["initial_weight_std"][0].value == 0.1


def test_menu_of_presets_says_that_a_value_was_changed_until_it_is_restored(studio: Studio) -> None:
    training, network = studio.training, studio.network

    def chosen() -> str:
        studio.refresh()
        return training.preset.label

    assert chosen() == "recommended, changed"  # the small network of these tests
    training.preset.value = "recommended"
    assert chosen() == "recommended"
    for control, value in (
        (training.settings.of["learning_rates"][3], 0.5),
        (training.settings.of["dropout"][0], 0.25),
        (network.settings.of["hidden"][1], 64),
        (network.settings.of["skip"][0], False),
    ):
        before, control.value = control.value, value
        assert chosen() == "recommended, changed"
        control.value = before
        assert chosen() == "recommended"
    network.settings.of["hidden"][1].value = 64
    assert chosen() == "recommended, changed"
    training.preset.value = "recommended"  # which can be chosen again
    assert chosen() == "recommended"
    assert network.settings.of["hidden"][1].value == 120
    training.preset.value = "seed-2016"
    training.settings.of["batch_size"][0].value = 6
    assert chosen() == "seed-2016, changed"
    assert [label for label, _ in training.preset.options] == ["seed-2016, changed", "recommended", "seed-2016"]


def test_preset_is_for_a_new_run_and_a_resumed_run_shows_its_own_settings(studio: Studio) -> None:
    start_run(studio)
    stop_run(studio)
    trainer = studio.session.trainer
    config = trainer.config
    studio.training.preset.value = "seed-2016"
    assert studio.training.settings.of["learning_rates"][0].value == pytest.approx(1e-3)
    assert (trainer.config, trainer.changes) == (config, ())
    layer = studio.network.settings.of["hidden"][0]
    layer.value = 16
    studio.bar.pause_button.click()
    until(lambda: studio.session.state == "running", studio)
    assert studio.training.config() == config
    assert (layer.value, layer.disabled) == (8, True)
    assert "measured between runs" in words(studio.network.size)


def play_takes(studio: Studio) -> None:
    """Switch between takes, on the page and in the player, and replace them, while one playhead moves on."""
    view, listening = studio.sound.view, studio.listening
    listening.sampling.takes.value = 3
    until(lambda: len(listening.strips.strips) == 3, studio)
    listening.play()
    loaded, seed = view.loaded, listening.take.seed
    assert len(view.tunes) == 3
    view.position = 3.0
    listening.act_on("show", 2)
    assert (view.chosen, view.loaded, view.playing, view.position) == (2, loaded, True, 3.0)
    assert listening.roll.follows_tune == 2
    view.chosen = 1  # in the row
    assert (listening.strips.chosen, listening.take.seed, listening.roll.follows_tune) == (1, seed + 1, 1)
    before = view.notes
    listening.sampling.temperature.value = 2.0
    until(lambda: view.notes != before, studio)
    assert (view.chosen, view.playing, view.position) == (1, True, 3.0)
    studio.sound.stop()
    listening.sampling.temperature.value = 1.0  # which does not start what was stopped
    until(lambda: listening.take.temperature == 1.0, studio)
    assert not view.playing
    assert listening.roll.follows == ""


@pytest.mark.parametrize("player", [NullPlayer("the test has no sound card")])
def test_two_runs_are_compared_blind(studio: Studio) -> None:
    place, view = studio.runs, studio.sound.view
    blind = place.takes.blind
    studio.network.settings.of["output"][0].value = "joint"  # two relative ones may play the same scales
    for seed in (1, 2):
        studio.training.settings.of["seed"][0].value = seed
        finish_run(studio)
    assert blind.start_button.disabled
    place.table.tick(*place.table.entries)
    place.open()
    until(lambda: place.takes.rolls[1].shape == (32, 88), studio)

    place.takes.plays[0].click()
    loaded, notes = view.loaded, np.frombuffer(view.notes, "<f4").reshape(-1, 4)
    count = view.tunes[0]["count"]
    assert [tune["label"] for tune in view.tunes] == ["A", "B"]
    assert [(roll.follows, roll.follows_tune) for roll in place.takes.rolls[:2]] == [(view.ident, 0), (view.ident, 1)]
    assert all(line.value for line in place.takes.words[:2])
    view.position = 3.0
    place.takes.plays[1].click()
    assert (view.chosen, view.loaded, view.playing, view.position) == (1, loaded, True, 3.0)

    blind.start_button.click()
    drawn = set()
    for trial in range(12):
        assert [tune["label"] for tune in view.tunes] == [tune["name"] for tune in view.tunes] == [*"ABX"]
        assert len({(tune["duration"], tune["primer_end"], tune["unfinished"]) for tune in view.tunes}) == 1
        assert (view.chosen, view.playing, view.position) == (2, True, 0)  # for both kinds of X
        assert [(roll.count, roll.follows, "blind" in roll.title) for roll in place.takes.rolls] == [(0, "", True)] * 4
        assert not any(line.value for line in place.takes.words)
        x = np.frombuffer(view.notes, "<f4").reshape(-1, 4)[len(notes) :]
        is_a = np.array_equal(x, notes[:count])
        assert is_a or np.array_equal(x, notes[count:])
        drawn.add(is_a)
        blind.vote_buttons[0 if is_a else 1].click()
        was = "A" if is_a else "B"
        assert f"Right: X was {was}. {trial + 1} of {trial + 1} right" in words(blind.words)
    assert drawn == {True, False}
    blind.end_button.click()
    assert words(blind.words) == "12 of 12 right; guessing does as well in less than 0.1% of such tests."
    assert not view.playing
    assert [roll.shape for roll in place.takes.rolls[:2]] == [(32, 88)] * 2

    blind.start_button.click()
    studio.listening.play()  # which ends the test
    assert not blind.running
    assert place.takes.rolls[0].count > 0

    studio.places.selected_index = 5
    until(lambda: not place.busy, studio)
    blind.start_button.click()
    assert blind.running
    studio.places.selected_index = 3  # where the player is to have what is shown there
    settle(studio)
    assert (blind.running, view.playing) == (False, False)
    assert [tune["name"] for tune in view.tunes] == list(studio.listening.made.names)
    assert words(blind.words) == "The test ended when you left this place. No votes yet."


@pytest.mark.parametrize("player", [NullPlayer("the test has no sound card")])
def test_page_plays_where_there_is_no_sound_card(studio: Studio, tmp_path: Path) -> None:
    sound, listening = studio.sound, studio.listening
    words = "Sound: in this page, as pygame cannot play"
    assert sound.status.value == f'<span title="the test has no sound card">{words}</span>'
    listening.play()
    assert sound.view.playing
    assert sound.view.duration == pytest.approx(32 * 0.3)
    assert sound.view.tunes[0]["primer_end"] == pytest.approx(16 * 0.3)
    assert (listening.roll.follows, listening.roll.tempo_map) == (sound.view.ident, [(0, 0.3)])
    sound.stop()
    assert not sound.view.playing
    assert listening.roll.follows == ""
    play_takes(studio)
    listening.exports.buttons["WAV"].click()
    until(lambda: "Saved" in message(studio), studio)
    (saved,) = (tmp_path / "tunes").iterdir()
    assert saved.read_bytes()[:4] == b"RIFF"


def test_wav_files_are_normalised_unless_switched_off(studio: Studio, tmp_path: Path) -> None:
    listening = studio.listening
    peaks = []
    for normalise in (True, False):
        listening.exports.normalise.value = normalise
        listening.exports.buttons["WAV"].click()
        until(lambda: "Saved" in message(studio), studio)
        (saved,) = (tmp_path / "tunes").iterdir()
        with wave.open(str(saved)) as file:
            peaks.append(np.abs(np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(int)).max())
        saved.unlink()
    assert peaks[0] == round(32768 * 10 ** (-1 / 20))
    assert peaks[1] < 0.8 * peaks[0]


def test_wav_files_have_the_instrument_of_the_soundfont(studio: Studio, tmp_path: Path) -> None:
    instruments, font = studio.sound.instruments, tmp_path / "flute.sf2"
    font.write_bytes(make_tone([("flute", 73, 0)]))  # and nothing that could replace another one
    instruments.field.value = str(font)
    instruments.midi_menu.value = 40
    studio.listening.exports.buttons["WAV"].click()
    until(lambda: "Sav" not in message(studio) or "Saved" in message(studio), studio)
    assert "Saved" in message(studio)


def test_files_that_are_saved_at_once_are_all_reported(studio: Studio, tmp_path: Path) -> None:
    said: list[str] = []
    studio.message.observe(lambda change: said.append(change["new"]), "value")
    for button in studio.listening.exports.buttons.values():
        button.click()
    studio.listening.exports.buttons["CSV"].click()
    until(lambda: " ".join(said).count("Saved /") == 5, studio)
    saved = sorted((tmp_path / "tunes").iterdir())
    assert sorted(path.suffix for path in saved) == [".csv", ".csv", ".mid", ".png", ".wav"]
    assert all(f"Saved {path}." in " ".join(said) for path in saved)
    assert ["".join(said).count(f"Download the {suffix} file") for suffix in (".csv", ".wav")] == [2, 1]


def test_large_file_is_offered_by_a_button(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    view = studio.download
    monkeypatch.setattr(exports, "MAX_DOWNLOAD", 1000)
    studio.listening.exports.buttons["MIDI"].click()
    until(lambda: "Download the .mid file" in studio.message.value, studio)
    assert view.name == ""
    studio.listening.exports.buttons["WAV"].click()
    until(lambda: view.name.endswith(".wav"), studio)
    assert "href" not in studio.message.value
    assert "Saved" in message(studio)
    receive(view, {"kind": "part", "offer": view.offers, "start": 0})
    assert view.part[:4] == b"RIFF"
    studio.listening.workbench.regenerate_button.click()  # which says that no steps are marked
    assert view.name.endswith(".wav")  # as it is being downloaded
    receive(view, {"kind": "end", "offer": view.offers})
    studio.listening.workbench.regenerate_button.click()
    assert view.name == ""
    studio.listening.act_on("favourite", 0)
    studio.refresh()
    studio.listening.favourites.zip_button.click()
    until(lambda: view.name == "favourites.zip", studio)


def test_export_that_fails_is_reported_once(studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    buttons = studio.listening.exports.buttons
    monkeypatch.setattr(exports, "render_wav", failing)
    buttons["WAV"].click()
    until(lambda: "the synth broke" in message(studio), studio)
    for form in ("MIDI", "CSV"):
        buttons[form].click()
        until(lambda: "Saved" in message(studio), studio)
    assert sorted(path.suffix for path in (tmp_path / "tunes").iterdir()) == [".csv", ".mid"]


def failing(*arguments: object, **manner: object) -> None:
    raise PlaybackError("the synth broke")


def labels(view: RollView) -> tuple[str, str, str]:
    return view.title, view.meaning, view.primer_meaning


def as_sent(probabilities: np.ndarray) -> bytes:
    return np.rint(np.asarray(probabilities, np.float64) * 255).astype(np.uint8).tobytes()


def before_each_step(tune: Tune) -> np.ndarray:
    return np.pad(tune.roll, ((1, 0), (0, 0)))[:-1]


def record_makers(monkeypatch: pytest.MonkeyPatch, module: ModuleType) -> list[str]:
    """Record the names of the threads in which a module computes probabilities."""
    makers: list[str] = []

    def recorded(*arguments: Any, **manner: Any) -> NoteProbabilities:
        makers.append(threading.current_thread().name)
        return note_probabilities(*arguments, **manner)

    monkeypatch.setattr(module, "note_probabilities", recorded)
    return makers


def test_excerpt_shows_notes_given_the_lower_ones_or_by_themselves(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    makers = record_makers(monkeypatch, trainer_module)
    place = studio.training
    start_run(studio)
    until(lambda: place.predicted.cells, studio)
    trainer = studio.session.trainer
    given = f"Given the true lower notes, in {trainer.excerpt.name}", "given the true lower notes", ""
    alone = f"Each by itself (12 samples), in {trainer.excerpt.name}", "by itself (12 samples)", ""
    assert labels(place.predicted) == given
    place.shown.value = True  # during training
    until(lambda: labels(place.predicted) == alone, studio)
    count = len(trainer.losses)
    until(lambda: len(trainer.losses) > count + 50, studio)
    assert labels(place.predicted) == alone
    pause_run(studio)
    network, excerpt = trainer.ema_network, trainer.excerpt
    assert place.predicted.cells == as_sent(network.probabilities(before_each_step(excerpt), samples=12))
    place.shown.value = False
    until(lambda: labels(place.predicted) == given, studio)
    assert place.predicted.cells == as_sent(network.expectations(excerpt.roll))
    assert set(makers) == {"lstmmusic-job"}
    stop_run(studio)
    place.shown.value = True
    until(lambda: labels(place.predicted) == alone, studio)
    press(studio.runs.load_button, studio)
    assert labels(place.predicted) == alone
    place.shown.value = False
    until(lambda: labels(place.predicted) == given, studio)
    assert "Loaded" in studio.bar.status.value


def test_take_shows_notes_as_sampled_or_by_themselves(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    makers = record_makers(monkeypatch, shown_take)
    place, menu = studio.listening, studio.listening.shown.menu
    finish_run(studio)
    place.sampling.temperature.value = 2.0
    place.generate_button.click()
    settle(studio)
    sampled = "as sampled", "given the true lower notes"  # a primer is not sampled
    alone = "by itself (12 samples)", ""
    assert labels(place.roll)[1:] == sampled
    assert place.roll.probabilities == as_read(place.take.probabilities)
    assert len(place.roll.uniforms) > 0
    network = studio.session.trainer.best_network()
    with torch.no_grad():  # training continues after the take was generated
        for weight in studio.session.trainer.best.values():
            weight.zero_()
    menu.value = True
    until(lambda: labels(place.roll)[1:] == alone, studio)
    assert place.roll.probabilities == as_read(network.probabilities(before_each_step(place.take.tune), samples=12))
    assert place.roll.uniforms == b""  # which were compared with other probabilities
    menu.value = False
    assert labels(place.roll)[1:] == sampled
    menu.value = True
    assert labels(place.roll)[1:] == alone  # at once, since it was computed before
    first = place.take
    place.generate_button.click()
    until(lambda: len(makers) == 2 and labels(place.roll)[1:] == alone, studio)
    assert place.take is not first
    assert all(name.startswith("lstmmusic-background") for name in makers)


def as_read(probabilities: np.ndarray) -> bytes:
    """Return probabilities as the pointer reads them."""
    return np.rint(np.asarray(probabilities, np.float64) * np.iinfo(np.uint16).max).astype("<u2").tobytes()


def test_failure_to_compute_a_probability_is_reported_and_resets_the_menu(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    place, menu = studio.listening, studio.listening.shown.menu
    with monkeypatch.context() as broken:
        broken.setattr(shown_take, "note_probabilities", failing)
        menu.value = True
        until(lambda: "the synth broke" in message(studio), studio)
    assert not menu.value
    assert place.roll.meaning == "as sampled"
    place.exports.buttons["MIDI"].click()
    until(lambda: "Saved /" in message(studio), studio)
    studio.refresh()
    assert "Saved /" in message(studio)  # once
    menu.value = True  # and it can be tried again
    until(lambda: place.roll.meaning == "by itself (12 samples)", studio)


def test_independent_notes_have_one_probability_and_no_menu(studio: Studio) -> None:
    place, listening = studio.training, studio.listening
    menus = place.shown, listening.shown.menu
    finish_run(studio)
    assert [menu.layout.display for menu in menus] == [None, None]
    for menu in menus:
        menu.value = True
    studio.network.settings.of["output"][0].value = "independent"
    finish_run(studio)
    assert listening.sampling.threshold.value == listening.take.threshold > 0
    assert labels(place.predicted) == (f"Predicted in {studio.session.trainer.excerpt.name}", "probability", "")
    listening.generate_button.click()
    settle(studio)
    assert labels(listening.roll)[1:] == ("probability", "")
    assert [menu.layout.display for menu in menus] == ["none", "none"]


def test_threshold_follows_the_network_unless_the_user_has_set_it(studio: Studio) -> None:
    listening = studio.listening
    assert listening.sampling.threshold.value == listening.take.threshold == 0
    studio.training.preset.value = "seed-2016"
    for layer in studio.network.settings.of["hidden"]:
        layer.value = 8
    start_run(studio)
    assert listening.sampling.threshold.value == pytest.approx(0.1)
    listening.network.value = NETWORKS[0]
    assert listening.sampling.threshold.value == 0
    listening.sampling.threshold.value = 0.3
    listening.network.value = RUN
    assert listening.sampling.threshold.value == 0.3
    settle(studio)
    assert listening.take.threshold == 0.3


def test_rolls_show_the_bars_of_a_tune_whose_metre_is_known(closed_views: None) -> None:
    view = RollView()
    grid = RollConfig(step=0.25, unit="beats")
    heat.set_grid(view, Tune(np.zeros((20, 88)), "made", grid, metre=(Metre(-4.0, 6, 8),)))
    assert view.bars == [(-4, 12, 6)]
    heat.set_grid(view, Tune(np.zeros((20, 88))))
    assert view.bars == []


def test_page_can_select_no_steps_of_the_primer(studio: Studio) -> None:
    studio.listening.primer.roll.set_state({"selection": None})
    settle(studio)
    assert (message(studio), studio.listening.take.primer_steps) == ("", 0)
