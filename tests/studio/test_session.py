"""The current run when something goes wrong around it: disks, folders, clocks and other studios."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from lstmmusic.base.jobs import JobState
from lstmmusic.config import NetworkConfig, TrainingConfig
from lstmmusic.errors import BusyError, SaveError
from lstmmusic.runs.listing import RUN_FILE, read_run
from lstmmusic.runs.locks import lock_run
from lstmmusic.runs.starts import load_start
from lstmmusic.runs.store import duplicate_run
from lstmmusic.studio import session as module
from lstmmusic.studio.session import Session
from tests.conftest import make_scales, mode, same_weights
from tests.runs.test_store import files_of_at_most

MUSIC = make_scales(6, 30).split(0.3)
NETWORK = NetworkConfig(pitches=8, hidden=(6, 7, 8)).rolls_only()


def start(folder: Path) -> Session:
    """Start a run, and wait for its first updates."""
    session = Session(folder)
    session.start(*MUSIC, NETWORK, TrainingConfig(batch_size=2, epochs=100_000), "cpu")
    wait_for_updates(session)
    return session


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    started = start(tmp_path)
    yield started
    started.release()


def updates(session: Session) -> int:
    return len(session.trainer.losses)


def wait_for_updates(session: Session) -> None:
    """Wait for three more updates."""
    before, deadline = updates(session), time.monotonic() + 60
    while updates(session) < before + 3:
        assert time.monotonic() < deadline
        assert session.state == "running"
        session.call(lambda: None).result(60)


def wait_until(state: JobState, session: Session) -> None:
    deadline = time.monotonic() + 60
    while session.state != state:
        assert time.monotonic() < deadline
        session.call(lambda: None).result(60)


def on_disk(session: Session) -> int:
    return read_run(session.path).updates


def test_full_disk_is_reported_and_training_continues(session: Session) -> None:
    before = on_disk(session)
    with files_of_at_most(1000):
        session.save().result(60)
        assert "could not be saved" in session.problem
        assert "free some space" in session.problem.lower()
        wait_for_updates(session)
        with pytest.raises(SaveError, match="could not be saved"):
            session.release()
    assert on_disk(session) == before
    session.resume()
    session.save().result(60)
    assert session.problem == ""
    assert on_disk(session) > before


def test_deleted_folder_is_recreated(session: Session) -> None:
    shutil.rmtree(session.path.parent)
    wait_for_updates(session)
    session.save().result(60)
    assert session.problem == ""
    assert on_disk(session) == session.saved[0] > 0
    with pytest.raises(BusyError):
        lock_run(session.path)


@pytest.mark.usefixtures("modes")
def test_folder_that_becomes_read_only_is_reported_and_training_continues(tmp_path: Path) -> None:
    session = start(tmp_path)
    before = on_disk(session)
    for place, bits in ((session.path, 0o500), (session.path, 0), (session.path.parent, 0)):
        with mode(place, bits):
            session.save().result(60)
            assert "could not be saved (Permission denied)" in session.problem
            wait_for_updates(session)
    assert on_disk(session) == before
    session.release()
    assert session.problem == ""
    assert on_disk(session) == updates(session)


@pytest.mark.usefixtures("modes")
def test_current_run_stays_if_no_other_can_be_started(tmp_path: Path) -> None:
    session = start(tmp_path)
    path = session.path
    start_another = partial(session.start, *MUSIC, NETWORK, TrainingConfig(batch_size=2), "cpu")
    for closed in (path.parent, path):  # where the other would lie, and where this one is saved first
        with mode(closed, 0o500), pytest.raises(SaveError, match="Permission denied"):
            start_another()
        assert session.path == path
        assert {entry.name for entry in path.parent.iterdir()} == {".locks", path.name}
        with pytest.raises(BusyError):
            lock_run(path)
    session.resume()
    wait_for_updates(session)
    session.release()


def test_run_that_cannot_be_locked_is_not_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: Path) -> None:
        raise SaveError("too many files are open")

    monkeypatch.setattr(module, "lock_run", refuse)
    with pytest.raises(SaveError, match="too many files"):
        Session(tmp_path).start(*MUSIC, NETWORK, TrainingConfig(), "cpu")
    assert list((tmp_path / "runs").iterdir()) == []


def test_run_starts_from_the_current_one_as_it_is_now_and_not_as_it_was_saved(session: Session) -> None:
    first, source = session.trainer, f"runs/{session.path.name}"
    session.start(*MUSIC, NETWORK, TrainingConfig(batch_size=2), "cpu", source)
    start = load_start(source, folder=session.folder)
    assert same_weights(start.network.state_dict(), first.best)
    assert session.trainer.started_from == start.origin
    assert read_run(session.folder / source).updates == len(first.losses) > 0


def test_run_that_is_open_in_another_studio_is_refused(session: Session, tmp_path: Path) -> None:
    session.save().result(60)
    other = start(tmp_path)
    run, own = read_run(session.path), other.path
    with pytest.raises(BusyError, match="open in another studio"):
        other.load(run, *MUSIC, "cpu")
    assert other.path == own  # its current run stays
    session.release()
    other.load(run, *MUSIC, "cpu")
    assert other.path == session.path
    with pytest.raises(BusyError):
        session.resume()
    other.release()
    session.resume()


def test_run_that_trains_is_renamed_and_stays_locked(session: Session) -> None:
    session.save().result(60)
    before = session.path
    renamed = session.rename(read_run(before), "other")
    session.save().result(60)
    assert renamed.path == session.path == before.with_name("other")
    assert not before.exists()
    assert on_disk(session) == session.saved[0]
    duplicate_run(renamed, "taken")
    with pytest.raises(SaveError, match="there is already a run taken"):
        session.rename(renamed, "taken")
    with pytest.raises(BusyError):
        lock_run(renamed.path)
    for free in (before, before.with_name("taken")):
        lock_run(free).release()
    wait_for_updates(session)


def test_settings_changed_at_rest_are_saved_once(session: Session) -> None:
    trainer, path = session.trainer, session.path

    def written() -> int:
        session.call(lambda: None).result(60)
        return (path / RUN_FILE).stat().st_ino  # each time it is written, the file is a new one

    session.pause()
    wait_until("paused", session)
    session.save().result(60)
    before = written()
    session.autosave()
    assert written() == before
    trainer.change(learning_rates=(0.01, 0.02, 0.03, 0.04))
    session.autosave()
    session.autosave()
    changed = written()
    assert changed != before
    assert read_run(path).training == trainer.config
    session.autosave()
    assert written() == changed
    trainer.change(epochs=trainer.epoch + 1)
    session.resume()
    wait_until("finished", session)
    session.save().result(60)
    trainer.change(epochs=100_000)
    session.release()
    assert read_run(path).training == trainer.config
    kept = written()
    session.release()
    assert written() == kept


def test_run_that_was_saved_and_released_is_not_locked_by_a_late_save(session: Session) -> None:
    session.release()
    session.save().result(60)  # which another thread has found necessary just before
    lock = lock_run(session.path)  # which raises BusyError if another has it
    assert lock.is_locked
    lock.release()


def test_run_that_is_resumed_while_it_is_saved_waits_until_its_weights_are_written(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    session.stop()
    wait_until("stopped", session)
    opened, gate, write = threading.Event(), threading.Event(), module.save_run

    def write_slowly(*arguments: Any) -> None:
        opened.set()
        assert gate.wait(60)
        write(*arguments)

    monkeypatch.setattr(module, "save_run", write_slowly)
    stopped, saving = updates(session), threading.Thread(target=session.autosave)
    saving.start()
    assert opened.wait(60)
    session.resume()
    threading.Event().wait(0.1)  # time for many updates
    assert updates(session) == stopped
    gate.set()
    saving.join()
    assert on_disk(session) == stopped
    wait_for_updates(session)


def test_autosave_does_not_depend_on_the_time_of_day(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    class Clock:
        """Of a laptop that sleeps, and whose time of day is set back by a day."""

        passed = 0.0

        def monotonic(self) -> float:
            return time.monotonic() + self.passed

        def time(self) -> float:
            raise AssertionError("the time of day is not needed")

    clock = Clock()
    monkeypatch.setattr(module, "time", clock)
    session.save().result(60)
    saved = session.saved
    wait_for_updates(session)
    session.autosave()
    assert session.saved == saved  # a minute has not gone by
    clock.passed = 8 * 3600.0
    session.autosave()
    session.call(lambda: None).result(60)
    assert session.saved[0] > saved[0]
    again = session.saved
    wait_for_updates(session)
    session.autosave()
    assert session.saved == again  # a night is made up for once


def test_disk_that_does_not_answer_is_reported_in_words(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    session.stop()
    wait_until("stopped", session)
    monkeypatch.setattr(session, "save", Future)  # which is never done
    monkeypatch.setattr(module, "TIMEOUT", 0.01)
    with pytest.raises(SaveError, match=r"is not saved after 0\.01 s"):
        session.release()
    monkeypatch.undo()
