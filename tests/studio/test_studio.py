"""The studio without a browser: runs from Start to the last epoch, what is saved of them, and what goes wrong."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from ipywidgets import Widget

from lstmmusic.errors import SaveError
from lstmmusic.music.roll import Tune, find_notes, read_midi
from lstmmusic.runs.checkpoint import load_network
from lstmmusic.runs.listing import find_runs, read_run
from lstmmusic.studio import Studio, interrupts
from lstmmusic.studio import session as session_module
from lstmmusic.studio.runs import place as runs_module
from lstmmusic.views import RollView
from tests.processes import run_python
from tests.runs.test_locks import open_elsewhere
from tests.studios import (
    DEADLINE,
    Recorder,
    finish_run,
    is_saved,
    load_folder,
    message,
    open_studio,
    pause_run,
    press,
    settle,
    start_run,
    stop_run,
    until,
    words,
    write_music,
)
from tests.wires import receive

ROOT = Path(__file__).parents[2]


def test_from_music_to_a_saved_tune(studio: Studio, player: Recorder, tmp_path: Path) -> None:
    finish_run(studio)
    assert "epoch 3 of 3" in studio.bar.status.value
    assert studio.bar.progress.value == 1
    losses = np.frombuffer(studio.training.loss.training, "<f4").reshape(2, -1)[1]
    assert losses[-1] < losses[0]
    assert studio.training.predicted.polyphony > 0
    listening = studio.listening
    assert listening.roll.shape == (32, 88)
    assert listening.roll.primer == 16
    listening.play()
    assert player.is_playing(listening.take.tune)
    assert studio.sound.machine.position == pytest.approx(0.6)
    assert listening.roll.follows == studio.sound.machine.ident
    listening.exports.buttons["MIDI"].click()
    until(lambda: "Download the .mid file" in studio.message.value, studio)
    (saved,) = (tmp_path / "tunes").iterdir()
    assert len(find_notes(read_midi(saved))) == len(find_notes(listening.take.tune))


def test_pause_change_resume_stop_resume(studio: Studio) -> None:
    start_run(studio, 4)
    trainer, bar = studio.session.trainer, studio.bar
    assert bar.start_button.disabled
    paused = pause_run(studio)
    assert bar.pause_button.description == "Resume"
    studio.training.settings.of["learning_rates"][1].value = 1e-4
    studio.training.settings.of["batch_size"][0].value = 2
    until(lambda: trainer.config.learning_rates[1] == 1e-4 and trainer.config.batch_size == 2, studio)
    assert len(trainer.losses) == paused
    bar.pause_button.click()
    until(lambda: len(trainer.losses) > paused + 3, studio)
    take = studio.listening.take
    studio.listening.generate_button.click()  # while it trains
    until(lambda: studio.listening.take is not take, studio)
    stop_run(studio)
    stopped = len(trainer.losses)
    assert not bar.start_button.disabled
    bar.pause_button.click()
    until(lambda: len(trainer.losses) > stopped, studio)


def test_pause_is_shown_at_once_and_can_be_undone(studio: Studio) -> None:
    start_run(studio)
    button, gate = studio.bar.pause_button, threading.Event()
    studio.session.call(lambda: gate.wait(DEADLINE))  # a slow update
    button.click()
    assert button.description == "Pausing …"
    button.click()
    assert button.description == "Pause"
    button.click()
    gate.set()
    until(lambda: button.description == "Resume", studio)
    assert studio.session.state == "paused"


def test_step_makes_one_update_and_pauses(studio: Studio) -> None:
    start_run(studio)
    assert studio.bar.step_button.disabled
    paused = pause_run(studio)
    for made in (1, 2):
        studio.bar.step_button.click()
        until(lambda: studio.session.state == "paused", studio)
        assert len(studio.session.trainer.losses) == paused + made
    stop_run(studio)
    studio.bar.step_button.click()  # which resumes the run, too
    until(lambda: studio.session.state == "paused", studio)
    assert len(studio.session.trainer.losses) == paused + 3


def test_change_during_training_is_marked_at_its_update(studio: Studio) -> None:
    start_run(studio, 4)
    before = len(studio.session.trainer.losses)
    studio.training.settings.of["learning_rates"][1].value = 1e-4
    until(lambda: studio.training.loss.marks, studio)
    after = len(studio.session.trainer.losses)
    (change,) = studio.session.trainer.changes
    assert before <= change.update <= after
    assert studio.training.loss.marks == [{"update": change.update, "text": str(change)}]


def test_interrupt_pauses_and_saves(tmp_path: Path, player: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    kernel, events = SimpleNamespace(), SimpleNamespace(register=lambda *_: None, unregister=lambda *_: None)
    kernel.saved_sigint_handler = signal.SIG_IGN
    monkeypatch.setattr(interrupts, "get_ipython", lambda: SimpleNamespace(kernel=kernel, events=events))
    studio = open_studio(tmp_path, player)
    start_run(studio, 4)
    kernel.saved_sigint_handler(signal.SIGINT, None)
    until(lambda: "Paused" in studio.bar.status.value and is_saved(studio), studio)
    assert "Interrupted: the run is paused and saved" in message(studio)
    paused = len(studio.session.trainer.losses)
    assert read_run(studio.session.path).updates == paused
    stop_run(studio)
    first = studio.session.path
    studio.bar.start_button.click()
    kernel.saved_sigint_handler(signal.SIGINT, None)  # while another run is started
    until(lambda: "Paused" in studio.bar.status.value and studio.session.path != first, studio)
    paused = len(studio.session.trainer.losses)
    studio.bar.pause_button.click()
    until(lambda: len(studio.session.trainer.losses) > paused, studio)
    studio.close()
    assert kernel.saved_sigint_handler is signal.SIG_IGN


def test_run_is_saved_at_the_start_after_a_pause_and_from_time_to_time(
    studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start_run(studio)
    path = studio.session.path
    assert path.parent == tmp_path / "runs"
    early = read_run(path).updates
    paused = pause_run(studio)
    until(lambda: is_saved(studio), studio)
    assert read_run(path).updates == paused > early
    assert load_network(path / "run.safetensors")[0].config.hidden == (8, 8, 8)
    monkeypatch.setattr(session_module, "AUTOSAVE_SECONDS", 0)
    studio.bar.pause_button.click()
    until(lambda: read_run(path).updates > paused, studio)
    assert studio.session.state == "running"


@pytest.fixture
def slow_disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Let no run be saved until the event is set."""
    gate, write = threading.Event(), session_module.save_run
    monkeypatch.setattr(session_module, "save_run", lambda *run: (gate.wait(DEADLINE), write(*run)))
    yield gate
    gate.set()


def test_click_that_comes_while_a_run_is_replaced_starts_no_other(
    studio: Studio, request: pytest.FixtureRequest
) -> None:
    start_run(studio)
    stop_run(studio)
    gate, before = request.getfixturevalue("slow_disk"), studio.session.trainer
    studio.bar.start_button.click()
    for button in (studio.bar.pause_button, studio.bar.step_button, studio.bar.stop_button):
        button.click()
        assert "the studio is busy (Starting …)" in message(studio)
    assert all(each.disabled for each in studio.training.settings)
    gate.set()
    until(lambda: studio.session.trainer is not before and studio.session.active, studio)
    updates = len(before.losses)
    until(lambda: len(studio.session.trainer.losses) > 5, studio)
    assert len(before.losses) == updates  # it does not train beside the new one
    until(lambda: not studio.training.settings.of["epochs"][0].disabled, studio)


def test_click_that_comes_while_the_studio_closes_starts_no_run(studio: Studio, request: pytest.FixtureRequest) -> None:
    start_run(studio, 2)
    gate, closing = request.getfixturevalue("slow_disk"), threading.Thread(target=studio.close)
    closing.start()
    until(lambda: studio.session.state == "stopped", studio)
    for button in (studio.bar.start_button, studio.bar.pause_button):
        button.click()
        assert "the studio is busy (Closing …)" in message(studio)
    gate.set()
    closing.join()
    assert not studio.session.active


def test_memory_that_runs_out_at_the_start_is_reported(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    class Large:
        def __init__(self, *_: object, **__: object) -> None:
            raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 1 byte")

    monkeypatch.setattr(session_module, "Trainer", Large)
    press(studio.bar.start_button, studio)
    assert message(studio).startswith("memory ran out; use smaller layers")


def test_half_typed_name_survives_an_autosave(studio: Studio) -> None:
    start_run(studio)
    pause_run(studio)
    until(lambda: is_saved(studio), studio)
    saved = studio.session.saved
    studio.runs.name.value = "half ty"
    studio.bar.step_button.click()
    until(lambda: studio.session.saved != saved and is_saved(studio), studio)
    assert f"{studio.session.saved[0]} updates" in words(studio.runs.details)
    assert studio.runs.name.value == "half ty"


def test_errors_are_shown_and_change_nothing(studio: Studio, tmp_path: Path) -> None:
    corpus = studio.music.corpus
    (tmp_path / "empty").mkdir()
    for folder, complaint in (
        ("", "type the path"),
        ("/nowhere", "not found"),
        (str(tmp_path / "empty"), "no files"),
    ):
        studio.music.choice.folder.value = folder
        studio.music.load_button.click()
        until(lambda expected=complaint: expected in message(studio), studio)
        assert studio.music.corpus is corpus
    for button, complaint in (
        (studio.runs.load_button, "choose a run"),
        (studio.bar.step_button, "press Start"),
    ):
        button.click()
        assert complaint in message(studio)


def test_run_that_cannot_be_saved_continues_in_memory_and_is_not_lost(studio: Studio, tmp_path: Path) -> None:
    runs, aside = tmp_path / "runs", tmp_path / "aside"
    runs.write_text("a file in the way")
    press(studio.bar.start_button, studio)
    assert "could not be created" in message(studio)  # before an hour of training rather than after it
    assert studio.session.trainer is None
    runs.unlink()
    start_run(studio, 4)
    name = studio.session.path.name
    runs.rename(aside)
    runs.write_text("a file in the way")
    paused = pause_run(studio)
    until(lambda: "could not be saved" in studio.bar.status.value, studio)
    assert "Training continues in memory" in studio.bar.status.value
    studio.bar.pause_button.click()
    until(lambda: len(studio.session.trainer.losses) > paused, studio)
    losses = list(studio.session.trainer.losses)
    with pytest.raises(SaveError, match="could not be saved"):
        Studio(tmp_path, player=Recorder())
    assert Studio(tmp_path) is studio  # which is still open
    assert list(studio.session.trainer.losses)[: len(losses)] == losses
    runs.unlink()
    studio.session.save().result(DEADLINE)
    studio.refresh()
    assert "could not be saved" not in studio.bar.status.value
    assert read_run(runs / name).updates == len(studio.session.trainer.losses)
    assert (runs / name / "run.safetensors").is_file()


def test_loss_that_is_not_finite_is_reported(studio: Studio) -> None:
    start_run(studio)
    bias = studio.session.trainer.network.output.pitch_biases.bias.data
    studio.session.call(lambda: bias.fill_(float("inf"))).result(DEADLINE)
    until(lambda: "Lower the learning rates" in studio.bar.status.value, studio)
    assert not studio.bar.start_button.disabled


def test_closing_frees_widgets_and_threads(tmp_path: Path) -> None:
    music = write_music(tmp_path / "music")

    def open_and_close() -> None:
        player = Recorder()
        studio = Studio(tmp_path, player=player)
        load_folder(studio, music)
        studio.bar.start_button.click()
        until(lambda: studio.session.trainer and studio.session.trainer.losses, studio)
        Studio(tmp_path, player=Recorder()).close()  # a new one closes the old one, and saves its run
        assert player.closed

    open_and_close()
    widgets = len(Widget.get_manager_state()["state"])
    open_and_close()
    for _ in range(5):
        Studio(tmp_path, player=Recorder()).close()  # while it reads music and generates takes
    assert len(Widget.get_manager_state()["state"]) == widgets
    deadline = time.monotonic() + DEADLINE
    while any(thread.name.startswith("lstmmusic") for thread in threading.enumerate()):
        assert time.monotonic() < deadline, threading.enumerate()
        threading.Event().wait(0.01)
    runs, broken = find_runs(tmp_path)
    assert len(runs) == 2
    assert not broken


def test_closed_studio_ignores_its_controls(studio: Studio) -> None:
    studio.close()
    studio.bar.start_button.click()
    assert studio.session.trainer is None


def test_running_the_cell_again_shows_the_same_studio(
    studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path.parent))
    assert Studio(f"~/{tmp_path.name}") is studio
    start_run(studio)
    trainer = studio.session.trainer
    before = len(trainer.losses)
    again = Studio(tmp_path / ".")
    assert again is studio
    assert again.session.trainer is trainer
    until(lambda: len(trainer.losses) > before + 2, studio)
    assert studio.session.active


def test_runs_are_listed_renamed_copied_deleted_and_restored(studio: Studio, tmp_path: Path) -> None:
    place = studio.runs
    finish_run(studio)
    assert [run.updates for run in place.table.entries] == [9]
    (row,) = place.table.view.rows_shown
    assert (row["name"], row["cells"][1:4]) == (place.chosen.name, [f"{place.chosen.best:.3f}", "finished", "9"])
    assert all(part in words(place.details) for part in ("8, 8, 8 units", "9 updates"))
    assert "TrainingConfig" in place.code.code
    studio.sound.tempo.value, studio.sound.expression.pedal.value = 132, "bass"
    place.open()
    assert "tempo=132, expression=lm.Expression.of(take.ringing, pedal='bass')" in " ".join(place.code.code.split())
    place.language.value = "a terminal"
    assert place.code.code.startswith("lstmmusic train ")
    place.language.value = "Python"
    assert place.code.code.startswith("import lstmmusic as lm\n")
    place.name.value = "first <b>"
    press(place.rename_button, studio)
    assert "is now first -b" in message(studio)
    assert studio.session.path == tmp_path / "runs" / "first -b"
    assert place.name.value == "first -b"
    place.duplicate_button.click()
    names = [run.name for run in place.table.entries]
    assert sorted(names) == ["first -b", "first -b copy"]
    place.table.view.selected = names.index("first -b")
    place.removal.button.click()
    assert "is the current run" in message(studio)
    place.table.view.selected = names.index("first -b copy")
    place.removal.button.click()
    assert place.removal.asking.layout.display is None
    assert words(place.removal.question) == "Delete  first -b copy ?"
    place.removal.keep_button.click()
    assert (tmp_path / "runs" / "first -b copy").is_dir()
    place.removal.button.click()
    place.removal.confirm_button.click()
    assert [run.name for run in place.table.entries] == ["first -b"]
    assert place.removal.asking.layout.display == "none"
    assert place.removal.undo.button.description == "Undo: delete first -b copy"
    place.removal.undo.button.click()
    assert sorted(run.name for run in place.table.entries) == sorted(names)
    assert place.removal.undo.button.layout.display == "none"
    place.table.view.selected = 1
    place.name.value = "second"
    press(place.rename_button, studio)
    assert place.chosen.name == "second"  # which stays chosen
    (tmp_path / "runs" / "<i>junk.safetensors").write_bytes(b"no run")
    place.duplicate_button.click()
    until(lambda: place.takes.rolls[0].count, studio)
    place.table.view.selected = len(place.table.entries) - 1
    last = place.table.view.rows_shown[-1]
    assert (last["name"], last["cells"][2], last["usable"]) == ("<i>junk.safetensors", "broken", False)
    assert "is not a saved run" in last["cells"][0]
    assert "&lt;i&gt;junk" in place.details.value
    assert place.load_button.disabled
    assert (place.name.value, place.curves.views[0].training, place.takes.rolls[0].count) == ("", b"", 0)
    assert place.takes.plays[0].disabled


def test_run_that_is_open_in_another_studio_is_reported_and_unchanged(studio: Studio) -> None:
    place = studio.runs
    finish_run(studio)
    place.duplicate_button.click()
    copy = next(run for run in place.table.entries if run.path != studio.session.path)
    place.list_runs(copy.path)
    before = copy.file.read_bytes()
    with open_elsewhere(copy.path):
        place.name.value = "mine"
        place.removal.button.click()
        for change in (place.load_button, place.rename_button, place.removal.confirm_button):
            press(change, studio)
            assert f"{copy.name} is open in another studio" in message(studio)
            assert "Close it there" in message(studio)
        assert (place.chosen, place.name.value) == (copy, "mine")
        assert copy.file.read_bytes() == before
        place.duplicate_button.click()
        assert f"Copied to {copy.name} copy" in message(studio)
    place.removal.confirm_button.click()
    assert not copy.path.exists()


def test_runs_of_other_processes_appear_with_their_state(studio: Studio, tmp_path: Path) -> None:
    start_run(studio)
    until(lambda: states(studio) == ["training"], studio)
    stop_run(studio)
    until(lambda: states(studio) == ["stopped"], studio)
    studio.places.selected_index = 5
    other = tmp_path / "runs" / "other"
    shutil.copytree(studio.session.path, other)
    until(lambda: sorted(states(studio)) == ["stopped", "stopped"], studio)
    with open_elsewhere(other):
        until(lambda: sorted(states(studio)) == ["stopped", "training"], studio)
    until(lambda: sorted(states(studio)) == ["stopped", "stopped"], studio)
    assert studio.runs.chosen.path == studio.session.path  # which was chosen before


def states(studio: Studio) -> list[str]:
    return [row["cells"][2] for row in studio.runs.table.view.rows_shown]


def test_runs_are_deleted_and_restored_together(studio: Studio, tmp_path: Path) -> None:
    place = studio.runs
    finish_run(studio)
    for _ in range(3):
        place.duplicate_button.click()
    receive(place.table.view, {"kind": "tick_all", "ticked": True})
    place.removal.button.click()
    assert "is the current run" in message(studio)
    current = [run.path for run in place.table.entries].index(studio.session.path)
    tick(studio, current, ticked=False)
    before = sorted(path.name for path in (tmp_path / "runs").iterdir())
    place.removal.button.click()
    assert words(place.removal.question).startswith("Delete 3 runs: ")
    assert place.removal.confirm_button.description == "Delete 3 runs"
    place.removal.confirm_button.click()
    assert message(studio) == "Deleted 3 runs. Undo restores them."
    assert [run.path for run in place.table.entries] == [studio.session.path]
    assert place.table.ticked == ()
    place.removal.undo.button.click()
    assert message(studio) == "Restored 3 runs."
    assert sorted({path.name for path in (tmp_path / "runs").iterdir()} - {".deleted"}) == before


def test_ticked_runs_are_exported(studio: Studio, tmp_path: Path) -> None:
    place = studio.runs
    finish_run(studio)
    place.duplicate_button.click()
    tick(studio, 0, 1)
    place.export.button.click()
    until(lambda: message(studio).startswith("Saved "), studio)
    path = tmp_path / "tunes" / "2 runs.zip"
    assert str(path) in message(studio)
    with zipfile.ZipFile(path) as zipped:
        zipped.extractall(tmp_path / "other" / "runs")
    found, broken = find_runs(tmp_path / "other")
    assert ({run.name for run in found}, broken) == ({run.name for run in place.table.entries}, ())


def test_run_that_was_loaded_after_the_question_is_not_deleted(studio: Studio) -> None:
    place = studio.runs
    finish_run(studio)
    place.duplicate_button.click()
    place.list_runs(next(run.path for run in place.table.entries if run.path != studio.session.path))
    place.removal.button.click()
    press(place.load_button, studio)
    place.removal.confirm_button.click()
    assert "is the current run" in message(studio)
    assert place.chosen.path == studio.session.path
    assert place.chosen.file.is_file()


def tick(studio: Studio, *indices: int, ticked: bool = True) -> None:
    for index in indices:
        receive(studio.runs.table.view, {"kind": "tick", "index": index, "ticked": ticked})


def untick(studio: Studio) -> None:
    receive(studio.runs.table.view, {"kind": "tick_all", "ticked": False})


def test_no_socket_is_opened(tmp_path: Path) -> None:
    """In a subprocess, since Python cannot remove an audit hook."""
    code = (
        "import sys\n"
        "seen = []\n"
        "sys.addaudithook(lambda event, _: seen.append(event) if event.startswith('socket.') else None)\n"
        "from pathlib import Path\n"
        "from tests.studios import Recorder, finish_run, open_studio\n"
        "studio = open_studio(Path(sys.argv[1]), Recorder())\n"
        "finish_run(studio)\n"
        "studio.close()\n"
        "print(seen)\n"
    )
    assert run_python("-c", code, str(tmp_path)).stdout == "[]\n"


def test_run_may_be_renamed_while_it_is_read(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    place, gate = studio.runs, threading.Event()
    finish_run(studio)
    compare = runs_module.compare
    monkeypatch.setattr(runs_module, "compare", lambda *asked: (gate.wait(DEADLINE), compare(*asked))[1])
    place.open()
    for name in ("one", "two"):  # while the background still reads the run under its first name
        place.name.value = name
        press(place.rename_button, studio)
    gate.set()
    until(lambda: not place.busy and place.curves.views[0].name == "two", studio)
    assert "one is now two" in message(studio)


def test_runs_whose_losses_measure_different_things_are_drawn_apart(studio: Studio) -> None:
    place, settings = studio.runs, studio.training.settings.of
    finish_run(studio)
    assert studio.training.health.by_norm
    assert "All 3 epochs together are 9 updates" in words(studio.training.advice)
    settings["loss"][0].value = "squared-error"
    finish_run(studio)
    studio.places.selected_index = 5
    until(lambda: place.curves.views[0].unit == "squared error", studio)
    assert place.table.view.selected == 0  # which the studio has trained since the place was last open
    assert place.curves.views[0].logarithmic
    assert place.curves.views[1].layout.display == "none"
    tick(studio, 0, 1)
    until(lambda: len(place.curves.views[0].overlaid) == 2, studio)
    view = place.curves.views[0]
    assert (view.unit, view.validation_unit, view.training) == ("nats per step", "", b"")
    assert [run["sizes"] for run in view.overlaid] == [[0, 4], [0, 4]]  # no training
    assert place.curves.views[1].layout.display == "none"
    assert "what is drawn is their validation, in nats per step" in words(place.curves.words)
    untick(studio)
    until(lambda: not view.overlaid and view.unit == "squared error", studio)
    assert view.validation_unit == "nats per step"
    assert np.frombuffer(view.training, "<f4").size == 18
    place.table.view.selected = 1
    chosen = place.chosen.path
    shutil.copytree(chosen, chosen.with_name("of another process"), copy_function=shutil.copyfile)  # the newest
    studio.places.selected_index = 0
    studio.places.selected_index = 5
    until(lambda: len(place.table.entries) == 3, studio)
    assert place.chosen.path == chosen
    assert place.table.view.selected == 2
    until(lambda: not place.busy and place.curves.views[0].unit == "nats per step", studio)
    assert (place.curves.views[1].layout.display, words(place.curves.words)) == ("none", "")


def test_two_runs_are_compared_and_played(studio: Studio, player: Recorder) -> None:
    place = studio.runs
    assert place.curves.views[0].empty.startswith("No runs yet")
    finish_run(studio)
    until(lambda: place.takes.rolls[0].shape == (32, 88), studio)
    assert place.curves.views[0].empty == "The curves are being read …"
    assert place.takes.rolls[1].shape[0] == 0
    assert place.takes.plays[1].disabled
    studio.training.settings.of["seed"][0].value = 5
    studio.training.settings.of["epochs"][0].value = 2
    finish_run(studio)
    first, second = place.table.entries
    place.table.view.selected = 0
    tick(studio, 0, 1)
    until(lambda: place.takes.rolls[1].shape == (32, 88), studio)
    names = [f"A: {first.name}", f"B: {second.name}"]
    assert [roll.title for roll in place.takes.rolls[:2]] == names
    assert [(run["name"], run["look"]) for run in place.curves.views[0].overlaid] == [*zip(names, (0, 1), strict=True)]
    assert [run["sizes"][0] for run in place.curves.views[0].overlaid] == [6, 9]
    assert re.findall('<th scope="col">(.*?)</th>', place.differences.value) == names
    assert "Epochs" in words(place.differences)
    for which in (0, 1):
        place.takes.plays[which].click()
        assert (studio.sound.machine.playing, studio.sound.machine.chosen) == (True, which)
        follows = [(roll.follows, roll.follows_tune) for roll in place.takes.rolls[:2]]
        assert follows == [(studio.sound.machine.ident, number) for number in (0, 1)]
        assert player.is_playing(shown_tune(place.takes.rolls[which]))
    studio.training.settings.of["epochs"][0].value = 3
    studio.bar.pause_button.click()  # the first resumes, and is saved: the second stays beside it
    until(lambda: place.chosen.updates == 9, studio)
    until(lambda: [run["sizes"][0] for run in place.curves.views[0].overlaid] == [9, 9], studio)
    assert studio.sound.machine.playing  # the earlier take plays on
    cells = place.takes.rolls[0].cells
    place.takes.blind.start_button.click()
    studio.training.settings.of["epochs"][0].value = 4
    studio.bar.pause_button.click()
    until(lambda: place.chosen.updates == 12, studio)
    until(lambda: place.curves.views[0].overlaid[0]["sizes"][0] == 12, studio)
    assert place.takes.blind.running, f"{message(studio)} {studio.sound.machine.playing}"
    untick(studio)
    until(lambda: not place.curves.views[0].overlaid, studio)
    assert not place.takes.blind.running
    assert not words(place.takes.blind.words)
    assert not studio.sound.machine.playing
    assert place.takes.rolls[0].cells != cells
    place.takes.plays[0].click()
    assert player.is_playing(shown_tune(place.takes.rolls[0]))
    place.table.view.selected = 1  # which stops the take of another run
    until(lambda: place.curves.views[0].name == place.chosen.name, studio)
    assert not studio.sound.machine.playing


def test_a_run_is_compared_with_itself_at_another_temperature(studio: Studio) -> None:
    place = studio.runs
    finish_run(studio)
    assert place.temperature.layout.display == "none"
    place.itself.value = True
    until(lambda: place.takes.rolls[1].shape == (32, 88), studio)
    assert place.temperature.layout.display is None
    name = place.chosen.name
    titles = [f"A: temperature 1, {name}", f"B: temperature 0.7, {name}"]
    assert [roll.title for roll in place.takes.rolls[:2]] == titles
    assert (place.curves.views[0].name, place.curves.views[0].overlaid) == (name, [])
    place.takes.plays[1].click()
    place.temperature.value = 2
    until(lambda: place.takes.rolls[1].title.startswith("B: temperature 2, "), studio)
    assert not studio.sound.machine.playing  # which was the take before
    assert [take.temperature for take in place.takes.takes] == [1, 2]
    assert place.takes.takes[0].seed == place.takes.takes[1].seed
    finish_run(studio)
    until(lambda: place.takes.rolls[1].title.endswith(place.chosen.name), studio)
    assert place.itself.value


def shown_tune(view: RollView) -> Tune:
    return Tune(np.frombuffer(view.cells, np.uint8).reshape(view.shape) > 127)


def test_takes_are_of_the_run_that_was_started_or_loaded_last(studio: Studio) -> None:
    found = []
    for seed in (1, 2):
        studio.training.settings.of["seed"][0].value = seed
        finish_run(studio)
        studio.listening.generate_button.click()
        settle(studio)
        found.append(studio.listening.take.probabilities)
    studio.runs.table.view.selected = 1
    press(studio.runs.load_button, studio)
    settle(studio)
    first, second = found
    assert np.array_equal(studio.listening.take.probabilities, first)
    assert not np.array_equal(first, second)


def test_loaded_run_resumes_with_the_same_losses(studio: Studio) -> None:
    place = studio.runs
    studio.training.settings.of["epochs"][0].value = 30
    finish_run(studio)
    whole, losses = studio.session.path, list(studio.session.trainer.losses)
    press(studio.bar.start_button, studio)
    pause_run(studio)
    part = studio.session.path
    for path in (whole, part):  # the second is saved before the first is loaded
        place.table.view.selected = [run.path for run in place.table.entries].index(path)
        press(place.load_button, studio)
        assert f"Loaded {path.name}" in message(studio)
        assert "Loaded" in studio.bar.status.value
    assert 0 < len(studio.session.trainer.losses) < len(losses)
    assert studio.bar.pause_button.description == "Resume"
    studio.bar.pause_button.click()
    until(lambda: "Finished" in studio.bar.status.value, studio)
    assert list(studio.session.trainer.losses) == losses
    assert studio.session.path == part


def test_current_run_is_saved_before_it_is_loaded_again(studio: Studio) -> None:
    start_run(studio, 20)
    press(studio.runs.load_button, studio)  # whose file has fewer updates
    assert len(studio.session.trainer.losses) >= 20


def test_loading_a_run_keeps_its_settings(studio: Studio) -> None:
    start_run(studio)
    assert studio.training.preset.disabled  # a preset is for a new run
    stop_run(studio)
    studio.session.trainer.change(learning_rates=(0.0, 1e-3, 1e-3, 2.0))  # beyond the sliders
    config = studio.session.trainer.config
    press(studio.runs.load_button, studio)
    assert studio.session.trainer.config == config
    studio.training.settings.of["learning_rates"][1].value = 5e-4
    studio.training.settings.of["epochs"][0].value = 1  # for a new run, unless this one is resumed
    assert studio.session.trainer.config == config
    studio.training.settings.of["epochs"][0].value = 1000
    studio.bar.step_button.click()
    until(lambda: studio.session.trainer.config.learning_rates == (0.0, pytest.approx(5e-4), 1e-3, 2.0), studio)
    assert studio.session.trainer.config.epochs == 1000
    assert len(studio.session.trainer.changes) == 1
    stop_run(studio)
    paths = {studio.session.path}
    for _ in range(2):  # within one minute, which is part of their names
        press(studio.bar.start_button, studio)
        paths.add(studio.session.path)
        stop_run(studio)
    assert len(paths) == 3


def test_tick_of_the_page_refreshes_it(studio: Studio) -> None:
    start_run(studio)
    settle(studio)
    receive(studio.training.loss, {"kind": "tick"})
    assert "Running" in studio.bar.status.value


def test_page_works_while_a_run_is_saved_and_another_is_loaded(studio: Studio) -> None:
    finish_run(studio)
    saved = studio.runs.chosen
    start_run(studio)
    gate = threading.Event()
    studio.session.call(lambda: gate.wait(DEADLINE))  # a slow update
    studio.runs.list_runs(saved.path)
    studio.runs.load_button.click()
    assert studio.bar.status.value == f"Saving the current run, then loading {saved.name} …"
    for button in (studio.bar.pause_button, studio.bar.stop_button, studio.runs.load_button, studio.runs.rename_button):
        assert button.disabled
    studio.runs.load_button.click()  # as on a page that does not show it as disabled yet
    assert "the studio is busy (Saving the current run" in message(studio)
    studio.music.grid.step.value = 1.0
    assert "Press Load music" in words(studio.music.grid.lost)
    gate.set()
    until(lambda: "Loaded" in studio.bar.status.value, studio)
    assert studio.session.path == saved.path
    assert f"Loaded {saved.name}" in message(studio)


def test_stop_is_shown_at_once(studio: Studio) -> None:
    start_run(studio)
    gate = threading.Event()
    studio.session.call(lambda: gate.wait(DEADLINE))
    studio.bar.stop_button.click()
    assert "Stopping …" in studio.bar.status.value
    assert studio.bar.stop_button.disabled
    assert studio.bar.pause_button.disabled
    gate.set()
    until(lambda: "Stopped" in studio.bar.status.value and is_saved(studio), studio)


def test_run_that_does_not_stop_is_reported_and_stays(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    finish_run(studio)
    start_run(studio)
    path, gate = studio.session.path, threading.Event()
    studio.session.call(lambda: gate.wait(DEADLINE))
    monkeypatch.setattr(session_module, "TIMEOUT", 0.1)
    studio.runs.list_runs(studio.runs.table.entries[-1].path)
    studio.runs.load_button.click()
    until(lambda: "the current run has not stopped after 0.1 s" in message(studio), studio)
    assert studio.session.path == path
    gate.set()
    monkeypatch.undo()


def test_script_that_ends_with_an_open_studio_prints_nothing(tmp_path: Path) -> None:
    code = (  # music that is there at once lets the publisher ask for takes while Python exits
        "import sys; from lstmmusic.studio import Studio; from lstmmusic.studio.music import choice; "
        "studio = Studio(sys.argv[1]); "
        "studio.music.choice.menu.value = choice.PIECES; studio.music.load_button.click()"
    )
    scripts = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path / name)], cwd=ROOT, stderr=subprocess.PIPE, text=True
        )
        for name in "abc"
    ]
    for script in scripts:
        _, printed = script.communicate(timeout=120)
        assert (script.returncode, printed) == (0, "")
