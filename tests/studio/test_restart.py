"""A studio that is opened after its kernel has ended, and one that no page shows, without a browser."""

from __future__ import annotations

from pathlib import Path

import pytest

from lstmmusic.runs.listing import find_runs
from lstmmusic.runs.locks import lock_run
from lstmmusic.studio import Studio
from tests.studios import (
    Recorder,
    finish_run,
    is_saved,
    message,
    open_studio,
    pause_run,
    press,
    start_run,
    stop_run,
    until,
    words,
)
from tests.wires import receive


def is_offered(studio: Studio) -> bool:
    return studio.bar.offer.layout.display is None


def is_trained_further(studio: Studio) -> None:
    """Wait for two more updates."""
    made = len(studio.session.trainer.losses)
    until(lambda: len(studio.session.trainer.losses) >= made + 2, studio)


@pytest.fixture
def interrupted(tmp_path: Path) -> int:
    """Leave a run with epochs left in the folder, and return its number of updates."""
    studio = open_studio(tmp_path, Recorder())
    start_run(studio, updates=3)
    stop_run(studio)
    studio.close()
    (run,) = find_runs(tmp_path)[0]
    return run.updates


def test_interrupted_run_is_continued_in_one_click_with_its_music(interrupted: int, tmp_path: Path) -> None:
    studio = Studio(tmp_path, player=Recorder())  # with other music, which is still being read
    until(lambda: is_offered(studio), studio)
    (run,) = find_runs(tmp_path)[0]
    assert words(studio.bar.question) == f"Continue '{run.name}' from update {interrupted}?"
    studio.bar.continue_button.click()
    until(lambda: studio.session.state == "running", studio)
    assert message(studio) == f"Continuing {run.name} from update {interrupted}."
    is_trained_further(studio)
    assert (studio.session.path, studio.session.trainer.training.source) == (run.path, run.source)
    assert len(studio.session.trainer.losses) > interrupted + 1
    assert not is_offered(studio)
    studio.close()


def test_offer_is_dismissed_by_a_click_and_by_another_run(interrupted: int, tmp_path: Path) -> None:
    for dismiss in (lambda studio: studio.bar.dismiss_button.click(), start_run):
        studio = open_studio(tmp_path, Recorder())
        until(lambda: is_offered(studio), studio)  # noqa: B023 - called at once
        dismiss(studio)
        studio.refresh()
        assert not is_offered(studio)
        assert any(run.updates == interrupted for run in find_runs(tmp_path)[0])
        studio.close()


def test_run_is_offered_once_it_is_closed_elsewhere_and_not_when_finished(interrupted: int, tmp_path: Path) -> None:
    (run,) = find_runs(tmp_path)[0]
    lock = lock_run(run.path)
    studio = open_studio(tmp_path, Recorder())
    assert not is_offered(studio)
    lock.release()
    until(lambda: is_offered(studio), studio)
    finish_run(studio)
    studio.close()
    studio = open_studio(tmp_path, Recorder())
    assert not is_offered(studio)
    studio.close()


def test_run_whose_music_is_gone_says_so_and_the_studio_works(interrupted: int, tmp_path: Path) -> None:
    studio = open_studio(tmp_path, Recorder())
    until(lambda: is_offered(studio), studio)
    (tmp_path / "<i>music").rename(tmp_path / "elsewhere")
    studio.music.held_out.value = 0.5
    press(studio.bar.continue_button, studio)
    assert "Set that under Music and press Load music, then load the run" in message(studio)
    start_run(studio)
    studio.close()


def test_run_that_no_page_shows_is_paused_and_saved(tmp_path: Path) -> None:
    studio = open_studio(tmp_path, Recorder(), page_timeout=0)
    start_run(studio)
    is_trained_further(studio)  # no page was there yet, for instance in a script
    receive(studio.presence.frame, {"kind": "page"})
    until(lambda: studio.session.state == "paused" and is_saved(studio), studio)
    assert message(studio).startswith("No page has shown the studio for a while: the run is paused and saved.")

    press(studio.bar.pause_button, studio)
    is_trained_further(studio)
    studio.training.unattended.value = True
    receive(studio.presence.frame, {"kind": "page"})
    is_trained_further(studio)
    assert studio.session.state == "running"
    pause_run(studio)
    studio.close()


def test_page_that_reports_in_time_keeps_the_run_going(studio: Studio) -> None:
    start_run(studio)
    receive(studio.presence.frame, {"kind": "page"})
    receive(studio.presence.frame, "nonsense")
    is_trained_further(studio)
    assert studio.session.state == "running"
    assert not studio.presence.gone
