"""The run at hand when things go wrong around it: disks, folders, clocks and other studios."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from lstmmusic.base.jobs import JobState
from lstmmusic.config import NetworkConfig, TrainingConfig
from lstmmusic.errors import BusyError, SaveError
from lstmmusic.runs.listing import RUN_FILE, read_run
from lstmmusic.runs.store import duplicate_run, lock_run
from lstmmusic.studio import session as module
from lstmmusic.studio.session import Session
from tests.conftest import make_scales, mode
from tests.runs.test_store import files_of_at_most

MUSIC = make_scales(6, 30).split(0.3)
NETWORK = NetworkConfig(pitches=8, hidden=(6, 7, 8))


def begin(folder: Path) -> Session:
    session = Session(folder)
    session.start(*MUSIC, NETWORK, TrainingConfig(batch_size=2, epochs=100_000), "cpu")
    assert session.path is not None
    return session


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    made = begin(tmp_path)
    yield made
    made.keep()


def updates(session: Session) -> int:
    assert session.trainer is not None
    return len(session.trainer.losses)


def let_go_on(session: Session) -> None:
    """Wait until three more updates were made."""
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
    assert session.path is not None
    return read_run(session.path).updates


def test_full_disk_is_told_and_training_goes_on_until_there_is_room(session: Session) -> None:
    let_go_on(session)
    before = on_disk(session)
    with files_of_at_most(1000):
        session.save().result(60)
        assert "could not be saved" in session.problem
        assert "free some space" in session.problem.lower()
        let_go_on(session)
        with pytest.raises(SaveError, match="could not be saved"):
            session.keep()
    assert on_disk(session) == before
    session.go_on()
    session.save().result(60)
    assert session.problem == ""
    assert on_disk(session) > before


def test_folder_that_was_deleted_is_made_anew(session: Session) -> None:
    let_go_on(session)
    assert session.path is not None
    shutil.rmtree(session.path.parent)
    let_go_on(session)
    session.save().result(60)
    assert session.problem == ""
    assert on_disk(session) == session.saved[0] > 0
    with pytest.raises(BusyError):
        lock_run(session.path)


def test_folder_that_cannot_be_made_is_told_and_training_goes_on(session: Session) -> None:
    assert session.path is not None
    shutil.rmtree(session.path)
    session.path.write_text("in the way")
    session.path = session.path / "below"
    session.save().result(60)
    assert "could not be saved" in session.problem
    let_go_on(session)
    session.path = session.path.parent
    session.path.unlink()


@pytest.mark.usefixtures("modes")
def test_folder_that_cannot_be_written_any_more_is_told_and_training_goes_on(tmp_path: Path) -> None:
    session = begin(tmp_path)
    let_go_on(session)
    assert session.path is not None
    before = on_disk(session)
    for place, bits in ((session.path, 0o500), (session.path, 0), (session.path.parent, 0)):
        with mode(place, bits):
            session.save().result(60)
            assert "could not be saved (Permission denied)" in session.problem
            let_go_on(session)
    assert on_disk(session) == before
    session.keep()
    assert session.problem == ""
    assert on_disk(session) == updates(session)


@pytest.mark.usefixtures("modes")
def test_run_at_hand_stays_where_no_other_can_begin(tmp_path: Path) -> None:
    session = begin(tmp_path)
    let_go_on(session)
    path = session.path
    assert path is not None
    begin_another = partial(session.start, *MUSIC, NETWORK, TrainingConfig(batch_size=2), "cpu")
    for closed in (path.parent, path):  # in which the other would begin, and this one is saved first
        with mode(closed, 0o500), pytest.raises(SaveError, match="Permission denied"):
            begin_another()
        assert session.path == path
        assert {entry.name for entry in path.parent.iterdir()} == {".locks", path.name}
        with pytest.raises(BusyError):
            lock_run(path)
    session.go_on()
    let_go_on(session)
    session.keep()


def test_second_studio_is_told_and_harms_nothing(session: Session, tmp_path: Path) -> None:
    let_go_on(session)
    session.save().result(60)
    assert session.path is not None
    other = begin(tmp_path)
    run, own = read_run(session.path), other.path
    with pytest.raises(BusyError, match="open in another studio"):
        other.load(run, *MUSIC, "cpu")
    assert other.path == own  # and goes on with what it had
    session.keep()
    other.load(run, *MUSIC, "cpu")
    assert other.path == session.path
    with pytest.raises(BusyError):
        session.go_on()
    other.keep()
    session.go_on()


def test_run_that_trains_is_renamed_and_stays_locked(session: Session) -> None:
    let_go_on(session)
    session.save().result(60)
    assert session.path is not None
    before = session.path
    renaming = session.rename(read_run(before), "other")
    session.save().result(60)  # asked for under the old name, perhaps
    renamed = renaming.result(60)
    assert renamed.path == session.path == before.with_name("other")
    assert not before.exists()
    assert on_disk(session) == session.saved[0]
    duplicate_run(renamed, "taken")
    with pytest.raises(SaveError, match="there is already a run taken"):
        session.rename(renamed, "taken").result(60)
    with pytest.raises(BusyError):
        lock_run(renamed.path)
    for free in (before, before.with_name("taken")):
        lock_run(free).release()
    let_go_on(session)


def test_settings_changed_at_rest_are_saved_once(session: Session) -> None:
    trainer, path = session.trainer, session.path
    assert trainer is not None
    assert path is not None

    def written() -> int:
        session.call(lambda: None).result(60)
        return (path / RUN_FILE).stat().st_ino  # of a file that takes the place of the one before

    let_go_on(session)
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
    session.go_on()
    wait_until("finished", session)
    session.save().result(60)
    trainer.change(epochs=100_000)
    session.keep()
    assert read_run(path).training == trainer.config
    kept = written()
    session.keep()
    assert written() == kept


def test_autosave_knows_no_time_of_day(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    class Clock:
        """A laptop that sleeps, and whose time of day is set back by a day."""

        passed = 0.0

        def monotonic(self) -> float:
            return time.monotonic() + self.passed

        def time(self) -> float:
            raise AssertionError("nobody asks for the time of day")

    clock = Clock()
    monkeypatch.setattr(module, "time", clock)
    let_go_on(session)
    session.save().result(60)
    saved = session.saved
    let_go_on(session)
    session.autosave()
    assert session.saved == saved  # a minute has not gone by
    clock.passed = 8 * 3600.0
    session.autosave()
    session.call(lambda: None).result(60)
    assert session.saved[0] > saved[0]
    again = session.saved
    let_go_on(session)
    session.autosave()
    assert session.saved == again  # a night is caught up on once
