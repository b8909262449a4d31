"""The studio without a browser: a run from Start to the last epoch, what is kept of it, and what goes wrong."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from ipywidgets.widgets import widget as widget_module

from lstmmusic.errors import SaveError
from lstmmusic.music.roll import find_notes, read_midi
from lstmmusic.runs.checkpoint import load_network
from lstmmusic.runs.listing import find_runs, read_run
from lstmmusic.studio import Studio
from lstmmusic.studio import session as session_module
from tests.runs.test_locks import open_elsewhere
from tests.studios import (
    DEADLINE,
    Recorder,
    begin_run,
    finish_run,
    is_saved,
    load_folder,
    message,
    pause_run,
    settle,
    until,
    words,
    write_music,
)

ROOT = Path(__file__).parents[2]


def test_from_music_to_a_saved_tune(studio: Studio, player: Recorder, tmp_path: Path) -> None:
    finish_run(studio)
    assert "epoch 3 of 3" in studio.transport.status.value
    assert studio.transport.progress.value == 1
    losses = np.frombuffer(studio.training.loss.training, "<f4").reshape(2, -1)[1]
    assert losses[-1] < losses[0]
    assert studio.training.expected.polyphony > 0
    listening = studio.listening
    assert listening.roll.shape == (32, 88)
    assert listening.roll.primer == 16
    listening.play_button.click()
    assert player.is_playing(listening.take.tune)
    assert studio.sound.machine.position == pytest.approx(0.6)
    assert listening.roll.follows == studio.sound.machine.ident
    listening.exports.buttons["MIDI"].click()
    until(lambda: "Download the .mid file" in studio.message.value, studio)
    (saved,) = (tmp_path / "tunes").iterdir()
    assert len(find_notes(read_midi(saved))) == len(find_notes(listening.take.tune))
    listening.keep_button.click()
    (run,), _ = find_runs(tmp_path)
    assert [path.name for path in run.takes] == ["seed 0, temperature 1.mid"]
    studio.places.selected_index = 4
    assert re.search(r"Takes kept\s+1", words(studio.runs.details))


def test_pause_change_resume_stop_resume(studio: Studio) -> None:
    begin_run(studio, 4)
    trainer, transport = studio.session.trainer, studio.transport
    assert transport.start_button.disabled
    held = pause_run(studio)
    assert transport.pause_button.description == "Resume"
    studio.training.settings.of["learning_rates"][1].value = 1e-4
    studio.training.settings.of["batch_size"][0].value = 2
    until(lambda: trainer.config.learning_rates[1] == 1e-4 and trainer.config.batch_size == 2, studio)
    assert len(trainer.losses) == held
    transport.pause_button.click()
    until(lambda: len(trainer.losses) > held + 3, studio)
    take = studio.listening.take
    studio.listening.generate_button.click()  # while it trains
    until(lambda: studio.listening.take is not take, studio)
    transport.stop_button.click()
    until(lambda: "Stopped" in transport.status.value, studio)
    stopped = len(trainer.losses)
    assert not transport.start_button.disabled
    transport.pause_button.click()
    until(lambda: len(trainer.losses) > stopped, studio)


def test_pause_is_told_at_once_and_can_be_taken_back(studio: Studio) -> None:
    begin_run(studio)
    button, gate = studio.transport.pause_button, threading.Event()
    studio.session.call(lambda: gate.wait(DEADLINE))  # an update that takes its time
    button.click()
    assert button.description == "Pausing …"
    button.click()
    assert button.description == "Pause"
    button.click()
    gate.set()
    until(lambda: button.description == "Resume", studio)
    assert studio.session.state == "paused"


def test_step_makes_one_update_and_holds(studio: Studio) -> None:
    begin_run(studio)
    assert studio.transport.step_button.disabled
    held = pause_run(studio)
    for made in (1, 2):
        studio.transport.step_button.click()
        until(lambda: studio.session.state == "paused", studio)
        assert len(studio.session.trainer.losses) == held + made
    studio.transport.stop_button.click()
    until(lambda: "Stopped" in studio.transport.status.value, studio)
    studio.transport.step_button.click()  # it begins to go on, too
    until(lambda: studio.session.state == "paused", studio)
    assert len(studio.session.trainer.losses) == held + 3


def test_change_while_it_runs_is_marked_at_its_update(studio: Studio) -> None:
    begin_run(studio, 4)
    before = len(studio.session.trainer.losses)
    studio.training.settings.of["learning_rates"][1].value = 1e-4
    until(lambda: studio.training.loss.marks, studio)
    after = len(studio.session.trainer.losses)
    (change,) = studio.session.trainer.changes
    assert before <= change.update <= after
    assert studio.training.loss.marks == [{"update": change.update, "text": str(change)}]


def test_run_is_on_disk_from_the_start_after_a_pause_and_from_time_to_time(
    studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin_run(studio)
    path = studio.session.path
    assert path.parent == tmp_path / "runs"
    early = read_run(path).updates
    held = pause_run(studio)
    until(lambda: is_saved(studio), studio)
    assert read_run(path).updates == held > early
    assert load_network(path / "run.safetensors")[0].config.hidden == (8, 8, 8)
    monkeypatch.setattr(session_module, "AUTOSAVE_SECONDS", 0)
    studio.transport.pause_button.click()
    until(lambda: read_run(path).updates > held, studio)
    assert studio.session.state == "running"


def test_name_that_is_being_typed_outlives_an_autosave(studio: Studio) -> None:
    begin_run(studio)
    pause_run(studio)
    until(lambda: is_saved(studio), studio)
    saved = studio.session.saved
    studio.runs.name.value = "half ty"
    studio.transport.step_button.click()
    until(lambda: studio.session.saved != saved and is_saved(studio), studio)
    assert f"{studio.session.saved[0]} updates" in words(studio.runs.details)
    assert studio.runs.name.value == "half ty"


def test_interrupt_pauses_and_saves(studio: Studio) -> None:
    begin_run(studio, 4)
    studio._interrupt()
    until(lambda: "Paused" in studio.transport.status.value, studio)
    until(lambda: is_saved(studio), studio)
    assert "Interrupted: the run is paused and saved" in message(studio)
    assert read_run(studio.session.path).updates == len(studio.session.trainer.losses)
    studio.transport.pause_button.click()
    held = read_run(studio.session.path).updates
    until(lambda: len(studio.session.trainer.losses) > held, studio)


def test_what_goes_wrong_is_told_and_loses_nothing(studio: Studio, tmp_path: Path) -> None:
    corpus = studio.music.corpus
    (tmp_path / "empty").mkdir()
    for folder, complaint in (
        ("", "type the path"),
        ("/nowhere", "not there"),
        (str(tmp_path / "empty"), "no files"),
    ):
        studio.music.folder.value = folder
        studio.music.load_button.click()
        until(lambda expected=complaint: expected in message(studio), studio)
        assert studio.music.corpus is corpus
    for act, complaint in (
        (studio.runs.load, "choose a run"),
        (studio.session.save, "press Start"),
        (studio.session.step, "press Start"),
        (studio.listening.keep, "press Start"),
    ):
        studio._act(act)
        assert complaint in message(studio)


def test_run_that_cannot_be_saved_goes_on_in_memory_and_is_not_thrown_away(studio: Studio, tmp_path: Path) -> None:
    runs, aside = tmp_path / "runs", tmp_path / "aside"
    runs.write_text("a file in the way")
    studio.transport.start_button.click()
    assert "could not be made" in message(studio)  # before an hour of training, and not after it
    assert studio.session.trainer is None
    runs.unlink()
    begin_run(studio, 4)
    name = studio.session.path.name
    runs.rename(aside)
    runs.write_text("a file in the way")
    held = pause_run(studio)
    until(lambda: "could not be saved" in studio.transport.status.value, studio)
    assert "Training goes on in memory" in studio.transport.status.value
    studio.transport.pause_button.click()
    until(lambda: len(studio.session.trainer.losses) > held, studio)
    losses = list(studio.session.trainer.losses)
    with pytest.raises(SaveError, match="could not be saved"):
        Studio(tmp_path, player=Recorder())  # a run that cannot be kept is not thrown away
    assert Studio._current is studio
    assert list(studio.session.trainer.losses)[: len(losses)] == losses
    runs.unlink()
    studio.session.save()
    studio.refresh()
    assert "could not be saved" not in studio.transport.status.value
    assert read_run(runs / name).updates == len(studio.session.trainer.losses)
    assert (runs / name / "run.safetensors").is_file()


def test_loss_that_is_not_finite_is_told(studio: Studio) -> None:
    begin_run(studio)
    bias = studio.session.trainer.network.output.pitch_biases.bias.data
    studio.session.call(lambda: bias.fill_(float("inf"))).result(DEADLINE)
    until(lambda: "Lower the learning rates" in studio.transport.status.value, studio)
    assert not studio.transport.start_button.disabled


def test_closing_frees_widgets_and_threads(tmp_path: Path) -> None:
    music = write_music(tmp_path / "music")

    def open_and_close() -> None:
        player = Recorder()
        studio = Studio(tmp_path, player=player)
        load_folder(studio, music)
        studio.transport.start_button.click()
        until(lambda: studio.session.trainer and studio.session.trainer.losses, studio)
        Studio(tmp_path, player=Recorder()).close()  # a new one closes the old one, and keeps its run
        assert player.closed

    open_and_close()
    widgets = len(widget_module._instances)
    open_and_close()
    for _ in range(5):
        Studio(tmp_path, player=Recorder()).close()  # while it reads music, and makes a take
    assert len(widget_module._instances) == widgets
    deadline = time.monotonic() + DEADLINE
    while any(thread.name.startswith("lstmmusic") for thread in threading.enumerate()):
        assert time.monotonic() < deadline, threading.enumerate()
        threading.Event().wait(0.01)
    runs, broken = find_runs(tmp_path)
    assert len(runs) == 2
    assert not broken


def test_closed_studio_does_nothing_any_more(studio: Studio) -> None:
    studio.close()
    studio.transport.start_button.click()
    assert studio.session.trainer is None


def test_running_the_cell_again_shows_the_same_studio(
    studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path.parent))
    assert Studio(f"~/{tmp_path.name}") is studio
    begin_run(studio)
    trainer = studio.session.trainer
    before = len(trainer.losses)
    again = Studio(tmp_path / ".")
    assert again is studio
    assert again.session.trainer is trainer
    until(lambda: len(trainer.losses) > before + 2, studio)
    assert studio.session.active


def test_runs_are_listed_renamed_copied_deleted_and_brought_back(studio: Studio, tmp_path: Path) -> None:
    place = studio.runs
    finish_run(studio)
    assert [run.updates for _, run in place.runs.options] == [9]
    assert "9 updates" in place.runs.options[0][0]
    assert "8, 8, 8 units" in words(place.details)
    assert "TrainingConfig" in place.code.code
    place.name.value = "first <b>"
    place.rename_button.click()
    assert "is now first -b" in message(studio)
    assert studio.session.path == tmp_path / "runs" / "first -b"
    assert place.name.value == "first -b"
    place.duplicate_button.click()
    names = [run.name for _, run in place.runs.options]
    assert sorted(names) == ["first -b", "first -b copy"]
    place.runs.index = names.index("first -b")
    place.delete_button.click()
    assert "is the run at hand" in message(studio)
    place.runs.index = names.index("first -b copy")
    place.delete_button.click()
    assert place.asking.layout.display is None
    assert words(place.question) == "Delete  first -b copy ?"
    place.keep_button.click()
    assert (tmp_path / "runs" / "first -b copy").is_dir()
    place.delete_button.click()
    place.confirm_button.click()
    assert [run.name for _, run in place.runs.options] == ["first -b"]
    assert place.asking.layout.display == "none"
    place.undo_button.click()
    assert sorted(run.name for _, run in place.runs.options) == sorted(names)
    assert place.undo_button.layout.display == "none"
    place.runs.index = 1
    place.name.value = "second"
    place.rename_button.click()
    assert place.chosen.name == "second"  # it stays chosen
    (tmp_path / "runs" / "<i>junk.safetensors").write_bytes(b"no run")
    place.duplicate_button.click()
    until(lambda: place.pair.rolls[0].count, studio)
    place.runs.index = len(place.runs.options) - 1
    assert place.runs.options[-1][0] == "⚠ <i>junk.safetensors"
    assert "&lt;i&gt;junk" in place.details.value
    assert place.load_button.disabled
    assert (place.name.value, place.loss.training, place.pair.rolls[0].count) == ("", b"", 0)
    assert place.pair.plays[0].disabled


def test_run_that_another_studio_has_open_is_told_and_left_alone(studio: Studio) -> None:
    place = studio.runs
    finish_run(studio)
    place.duplicate_button.click()
    copy = next(run for _, run in place.runs.options if run.path != studio.session.path)
    place.list_runs(copy.path)
    before = copy.file.read_bytes()
    with open_elsewhere(copy.path):
        place.name.value = "mine"
        place.delete_button.click()
        for change in (place.load_button, place.rename_button, place.confirm_button):
            change.click()
            assert f"{copy.name} is open in another studio" in message(studio)
            assert "Close it there" in message(studio)
        assert (place.chosen, place.name.value) == (copy, "mine")
        assert copy.file.read_bytes() == before
        place.duplicate_button.click()
        assert f"Copied to {copy.name} copy" in message(studio)
    place.confirm_button.click()
    assert not copy.path.exists()


def test_run_that_was_loaded_since_the_question_is_not_deleted(studio: Studio) -> None:
    place = studio.runs
    finish_run(studio)
    place.duplicate_button.click()
    place.list_runs(next(run.path for _, run in place.runs.options if run.path != studio.session.path))
    place.delete_button.click()
    place.load_button.click()
    place.confirm_button.click()
    assert "is the run at hand" in message(studio)
    assert place.chosen.path == studio.session.path
    assert place.chosen.file.is_file()


def test_nothing_is_opened_to_the_network(tmp_path: Path) -> None:
    """In a process of its own, since Python never takes a hook of this kind off again."""
    code = (
        "import sys\n"
        "seen = []\n"
        "sys.addaudithook(lambda event, _: seen.append(event) if event.startswith('socket.') else None)\n"
        "from pathlib import Path\n"
        "from tests.studios import Recorder, finish_run, open_studio\n"
        "studio = open_studio(Path(sys.argv[1]), Recorder())\n"
        "finish_run(studio)\n"
        "studio.close()\n"
        "sys.exit(str(seen) if seen else 0)\n"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, stderr=subprocess.PIPE, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr


def test_run_may_be_renamed_while_it_is_read(studio: Studio) -> None:
    place = studio.runs
    finish_run(studio)
    held = threading.Event()
    studio._background.submit(held.wait, DEADLINE)
    for name in ("one", "two"):  # what reads the first waits until it has another name
        place.name.value = name
        place.rename_button.click()
    held.set()
    until(lambda: not place._comparing.busy and place.loss.name == "two", studio)
    assert "one is now two" in message(studio)


def test_two_runs_are_compared_and_heard(studio: Studio, player: Recorder) -> None:
    place = studio.runs
    finish_run(studio)
    until(lambda: place.pair.rolls[0].shape == (32, 88), studio)
    assert place.pair.rolls[1].shape[0] == 0
    assert place.pair.plays[1].disabled
    studio.training.settings.of["learning_rates"][0].value = 1e-3
    studio.training.settings.of["epochs"][0].value = 2
    finish_run(studio)
    place.runs.index = 0
    place.other.index = 1
    until(lambda: place.pair.rolls[1].shape == (32, 88), studio)
    assert [roll.title for roll in place.pair.rolls] == [f"A: {place.chosen.name}", f"B: {place.other.value.name}"]
    curves = place.loss.training, place.loss.compared_training
    assert [np.frombuffer(curve, "<f4").reshape(2, -1).shape[1] for curve in curves] == [6, 9]
    assert (place.loss.name, place.loss.compared_name) == (place.chosen.name, place.other.value.name)
    assert "epochs" in words(place.differences)
    for which in (0, 1):
        place.pair.plays[which].click()
        assert (studio.sound.machine.playing, studio.sound.machine.chosen) == (True, which)
        follows = [(roll.follows, roll.follows_tune) for roll in place.pair.rolls]
        assert follows == [(studio.sound.machine.ident, number) for number in (0, 1)]
        take = place.pair._comparison.takes[which]
        assert (take.tune.roll.tobytes()) == (np.frombuffer(place.pair.rolls[which].cells, np.uint8) > 127).tobytes()
        assert player.is_playing(take.tune)
    studio.training.settings.of["epochs"][0].value = 3
    studio.transport.pause_button.click()  # the first goes on, and is saved: the second stays beside it
    until(lambda: place.chosen.updates == 9, studio)
    until(lambda: np.frombuffer(place.loss.training, "<f4").size == 18, studio)
    assert place.loss.compared_name == place.other.value.name
    assert studio.sound.machine.playing  # what it made before goes on to be heard
    heard = place.pair._takes
    place.pair.blind.start_button.click()
    studio.training.settings.of["epochs"][0].value = 4
    studio.transport.pause_button.click()
    until(lambda: place.chosen.updates == 12, studio)
    until(lambda: np.frombuffer(place.loss.training, "<f4").size == 24, studio)
    assert place.pair.blind.running
    assert place.pair._takes is heard
    place.other.index = 0
    until(lambda: not place.loss.compared_name, studio)
    assert not place.pair.blind.running
    assert not words(place.pair.blind.words)
    assert not studio.sound.machine.playing
    place.pair.plays[0].click()
    assert player.is_playing(place.pair._comparison.takes[0].tune)
    place.runs.index = 1  # what played goes with its picture
    until(lambda: place.loss.name == place.chosen.name, studio)
    assert not studio.sound.machine.playing


def test_run_that_is_taken_up_is_heard(studio: Studio) -> None:
    listening, makers = studio.listening, []
    for _ in range(2):
        finish_run(studio)
        makers.append(listening._made.wish.trainer)
        assert makers[-1] is studio.session.trainer
    studio.runs.runs.index = 1
    studio.runs.load_button.click()
    settle(studio)
    assert listening._made.wish.trainer is studio.session.trainer not in makers


def test_run_that_is_loaded_goes_on_with_the_same_losses(studio: Studio) -> None:
    place = studio.runs
    studio.training.settings.of["epochs"][0].value = 30
    finish_run(studio)
    whole, losses = studio.session.path, list(studio.session.trainer.losses)
    studio.transport.start_button.click()
    pause_run(studio)
    part = studio.session.path
    for path in (whole, part):  # the second was never saved since its pause: it is kept
        place.runs.index = [run.path for _, run in place.runs.options].index(path)
        place.load_button.click()
        assert f"Loaded {path.name}" in message(studio)
        assert "Loaded" in studio.transport.status.value
    assert 0 < len(studio.session.trainer.losses) < len(losses)
    assert studio.transport.pause_button.description == "Resume"
    studio.transport.pause_button.click()
    until(lambda: "Finished" in studio.transport.status.value, studio)
    assert list(studio.session.trainer.losses) == losses
    assert studio.session.path == part


def test_run_at_hand_that_is_loaded_loses_nothing(studio: Studio) -> None:
    begin_run(studio, 20)
    studio.runs.load_button.click()  # what is on disk is older
    assert len(studio.session.trainer.losses) >= 20


def test_loading_a_run_changes_nothing_in_it(studio: Studio) -> None:
    begin_run(studio)
    assert studio.training.preset.disabled  # a preset counts for a new run
    studio.transport.stop_button.click()
    studio.session.trainer.change(learning_rates=(0.0, 1e-3, 1e-3, 2.0))  # beyond the sliders
    config = studio.session.trainer.config
    studio.session.save()
    studio.runs.load_button.click()
    assert studio.session.trainer.config == config
    studio.training.settings.of["learning_rates"][1].value = 5e-4
    studio.training.settings.of["epochs"][0].value = 1  # which is for another run, unless this one goes on
    assert studio.session.trainer.config == config
    studio.training.settings.of["epochs"][0].value = 1000
    studio.transport.step_button.click()
    until(lambda: studio.session.trainer.config.learning_rates == (0.0, pytest.approx(5e-4), 1e-3, 2.0), studio)
    assert studio.session.trainer.config.epochs == 1000
    assert len(studio.session.trainer.changes) == 1
    studio.transport.stop_button.click()
    paths = {studio.session.path}
    for _ in range(2):  # another run must not take the place of the one that has the name
        studio.transport.start_button.click()
        paths.add(studio.session.path)
        studio.transport.stop_button.click()
    assert len(paths) == 3


def test_tick_of_the_page_shows_what_is_new(studio: Studio) -> None:
    begin_run(studio)
    settle(studio)
    studio.training.loss._handle_custom_msg({"kind": "tick"}, [])
    assert "Running" in studio.transport.status.value
