from __future__ import annotations

from pathlib import Path

import pytest

from lstmmusic.music.source import Source
from lstmmusic.runs.listing import read_run
from lstmmusic.runs.locks import lock_run
from lstmmusic.runs.recipe import Recipe
from lstmmusic.studio import Studio
from lstmmusic.studio.training import sweeps as sweeps_module
from lstmmusic.studio.training.sweep_form import NONE, duration
from lstmmusic.studio.training.sweeps import find_interrupted
from lstmmusic.sweeps.file import find_sweeps, save_sweep
from lstmmusic.sweeps.plan import Plan, list_swept
from lstmmusic.sweeps.sweep import Sweep
from tests.executors import Here
from tests.studios import Recorder, message, open_studio, start_run, until, words


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Train without other processes."""
    monkeypatch.setattr(sweeps_module, "Processes", lambda device: Here())


def fill(studio: Studio, values: str = "0.002, 0.004, 0.008", epochs: int = 2) -> None:
    studio.sweeps.form.epochs.value = epochs
    first, _ = studio.sweeps.form.axes
    first.values.value = values


def wait(studio: Studio) -> Sweep:
    """Wait until the sweep has ended, and return its file."""
    until(lambda: not studio.sweeps.active, studio)
    return find_sweeps(studio.folder)[0][0]


def listed(studio: Studio) -> list[str]:
    return [entry.name for entry in studio.runs.table.entries]


def test_form_says_what_a_sweep_costs_before_it_starts(studio: Studio) -> None:
    form = studio.sweeps.form
    assert studio.sweeps.start_button.disabled
    fill(studio)
    until(lambda: words(form.summary).endswith("of training."), studio)
    assert words(form.summary).startswith("3 runs, about ")
    assert not studio.sweeps.start_button.disabled
    studio.training.settings.of["length"][0].value = 30
    until(lambda: form.asked.plan.recipe.training.length == 30, studio)  # which costs something else
    until(lambda: words(form.summary).endswith("of training."), studio)
    _, second = form.axes
    assert second.values.layout.display == "none"
    second.setting.value = "cell"
    second.values.value = "standard, with peepholes"
    assert second.values.layout.display is None
    until(lambda: words(form.summary).startswith("6 runs, about "), studio)
    assert {tuple(values.values()) for values in form.asked.combinations} == {
        (rate, cell) for rate in (0.002, 0.004, 0.008) for cell in ("standard", "peephole")
    }


def test_form_says_what_is_wrong_and_draws_runs_at_random(studio: Studio) -> None:
    form = studio.sweeps.form
    first, second = form.axes
    assert sorted(key for _, key in first.setting.options) == sorted(list_swept())
    assert len(second.setting.options) == len(list_swept()) + 1
    for values, reason in (
        ("0.002, much", "'much' is not a number; learning_rates is 0 to 1000"),
        ("0.002, 1e9", "learning_rates is 1000000000.0; it must be a number from 0 to 1000"),
        ("0.001 to 0.1", "A range needs runs that are drawn at random"),
        ("0.1, 0.1", "same value twice"),
    ):
        fill(studio, values)
        assert reason in words(form.summary)
        assert studio.sweeps.start_button.disabled
        fill(studio, "0.002")
        assert reason not in words(form.summary)
    form.drawn.value, form.number.value, form.minutes.value = True, 5, 2.5
    fill(studio, "0.001 to 0.1")
    assert form.asked
    assert len(form.asked.combinations) == 5
    assert form.asked.plan.recipe.minutes == 2.5
    second.setting.value, second.values.value = "learning_rates", "0.1, 0.2"
    assert "both settings are the same" in words(form.summary)
    second.setting.value = NONE
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(studio.music, "corpus", None)
        fill(studio, "0.001 to 0.2")
        assert "no music is loaded" in words(form.summary)


@pytest.mark.usefixtures("here")
def test_runs_of_a_sweep_are_listed_and_ranked(studio: Studio) -> None:
    fill(studio)
    studio.sweeps.start_button.click()
    sweep = wait(studio)
    assert [run.state for run in sweep.runs] == ["finished"] * 3
    assert sorted(listed(studio)) == sorted(run.name for run in sweep.runs)
    assert all(read_run(sweep.run_folder(run)).finished for run in sweep.runs)
    table = words(studio.sweeps.runs)
    best = sweep.results()[0]
    assert table.index(f"learning rate {best.values['learning_rates']}") < 80
    assert f"{best.best:.3f}" in table
    assert words(studio.sweeps.status) == "3 of 3 runs done"
    assert studio.sweeps.progress.value == 1
    assert studio.sweeps.continue_button.layout.display == "none"


@pytest.mark.usefixtures("here")
def test_sweep_is_stopped_and_continued(studio: Studio) -> None:
    fill(studio, epochs=1000)
    studio.sweeps.start_button.click()
    until(lambda: "update" in words(studio.sweeps.status), studio)
    assert studio.sweeps.start_button.layout.display == "none"
    studio.sweeps.stop_all_button.click()
    sweep = wait(studio)
    assert [run.state for run in sweep.runs] == ["waiting"] * 3
    assert studio.sweeps.continue_button.layout.display is None
    studio.sweeps.continue_button.click()
    until(lambda: studio.sweeps.active and len(studio.sweeps.sweeping.progress) == 3, studio)
    studio.sweeps.stop_run_button.click()
    until(lambda: any(run.state == "stopped" for run in studio.sweeps.sweeping.sweep.runs), studio)
    studio.sweeps.stop_all_button.click()
    assert sorted(run.state for run in wait(studio).runs) == ["stopped", "waiting", "waiting"]


@pytest.fixture
def interrupted(tmp_path: Path, player: Recorder, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Leave a sweep in a folder that was interrupted as its studio was closed."""
    monkeypatch.setattr(sweeps_module, "Processes", lambda device: Here())
    studio = open_studio(tmp_path, player)
    fill(studio, epochs=3)
    studio.sweeps.start_button.click()
    until(lambda: studio.sweeps.sweeping.progress, studio)
    studio.close()
    return tmp_path


def test_sweep_is_offered_after_a_restart_and_continued(interrupted: Path, player: Recorder) -> None:
    (left,), _ = find_sweeps(interrupted)
    assert left.waiting
    studio = open_studio(interrupted, player)
    try:
        until(lambda: studio.sweeps.offer.layout.display is None, studio)
        assert f"Continue the sweep '{left.name}' (3 of 3 runs left)?" in words(studio.sweeps.question)
        assert studio.bar.offer.layout.display == "none"  # its runs are not offered beside it
        studio.sweeps.no_button.click()
        assert studio.sweeps.offer.layout.display == "none"
        assert studio.sweeps.continue_button.layout.display is None  # under Training
        studio.sweeps.continue_button.click()
        assert [run.state for run in wait(studio).runs] == ["finished"] * 3
        assert studio.sweeps.offer.layout.display == "none"
    finally:
        studio.close()


def test_sweep_that_is_open_elsewhere_or_finished_is_not_offered(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    sweep = Sweep.of(Plan(Recipe(Source("chorales")), {"clip": (0.5, 1.0)}), tmp_path, "mine")
    assert find_interrupted(tmp_path) is None
    save_sweep(sweep)
    assert find_interrupted(tmp_path) == sweep
    lock = lock_run(sweep.path)
    assert find_interrupted(tmp_path) is None
    lock.release()
    for run in sweep.runs:
        sweep = sweep.with_state(run.name, "finished")
    save_sweep(sweep)
    assert find_interrupted(tmp_path) is None
    assert caplog.text == ""
    sweep.path.write_text("{}")
    assert find_interrupted(tmp_path) is None
    assert "a sweep cannot be continued: mine.json is not a sweep" in caplog.text


@pytest.mark.usefixtures("here")
def test_sweep_trains_beside_the_run_of_the_studio(studio: Studio) -> None:
    start_run(studio)
    fill(studio, "0.002, 0.004", epochs=1)
    until(lambda: "the cost is measured between runs" in words(studio.sweeps.form.summary), studio)
    studio.sweeps.start_button.click()
    assert [run.state for run in wait(studio).runs] == ["finished"] * 2
    assert studio.session.active
    assert len(listed(studio)) == 3


def test_runs_in_processes_end_with_the_studio(tmp_path: Path, player: Recorder) -> None:
    from tests.sweeps.test_run_processes import own_processes

    studio = open_studio(tmp_path, player)
    fill(studio, "0.002, 0.004", epochs=100_000)
    studio.sweeps.start_button.click()
    until(lambda: "update" in words(studio.sweeps.status), studio)
    assert len(own_processes()) == 1
    assert message(studio) == ""
    studio.close()
    assert not own_processes()
    (sweep,), _ = find_sweeps(tmp_path)
    assert len(sweep.waiting) == 2
    assert read_run(sweep.run_folder(sweep.runs[0])).updates > 0


def test_durations_are_rounded() -> None:
    assert [duration(seconds) for seconds in (0.2, 40.4, 720, 5400)] == ["1 s", "40 s", "12 min", "1.5 h"]


def test_epochs_are_those_of_the_main_settings_until_others_are_chosen(studio: Studio) -> None:
    (main,), epochs = studio.training.settings.of["epochs"], studio.sweeps.form.epochs
    for value in (7, 9):
        main.value = value
        assert epochs.value == value
        epochs.value = 5
        studio.refresh()
        assert epochs.value == 5
