from __future__ import annotations

import doctest
import sys
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import lstmmusic as lm
from lstmmusic.errors import BusyError, ConfigError, CorpusError, SaveError
from lstmmusic.runs.listing import RUN_FILE, find_runs, read_run
from lstmmusic.runs.locks import locked
from lstmmusic.runs.recipe import Recipe
from lstmmusic.runs.store import rename_run
from lstmmusic.runs.training import train
from lstmmusic.sweeps import sweeping as sweeping_module
from lstmmusic.sweeps.execution import Event, PlannedRun
from lstmmusic.sweeps.file import find_sweeps, load_sweep
from lstmmusic.sweeps.plan import Plan
from lstmmusic.sweeps.sweep import Sweep
from lstmmusic.sweeps.sweeping import Sweeping, losses_of_epochs, sweep
from lstmmusic.training.snapshot import Curves
from tests.conftest import make_scales
from tests.executors import Here, Scripted
from tests.runs.test_recipe import assert_same

RATES = {"learning_rates": (0.002, 0.004, 0.008)}


def make(recipe: Recipe, folder: Path, settings: Any = RATES, **more: Any) -> Sweep:
    return Sweep.of(Plan(recipe, settings, **more), folder, "mine")


def states(sweep: Sweep) -> list[str]:
    return [run.state for run in sweep.runs]


def test_runs_of_a_sweep_equal_the_same_runs_alone_and_are_ranked(recipe: Recipe, tmp_path: Path) -> None:
    planned = make(recipe, tmp_path)
    sweeping = Sweeping(planned, Here())
    events = list(sweeping.events())
    assert states(sweeping.sweep) == ["finished"] * 3
    assert load_sweep(planned.path) == sweeping.sweep
    for run, rate in zip(planned.runs, RATES["learning_rates"], strict=True):
        assert run.name == f"mine learning rate {rate}"
        rates = (rate, rate, rate, 5 * rate)
        alone = replace(recipe, training=replace(recipe.training, learning_rates=rates))
        list(train(alone, tmp_path / "alone" / run.name, device="cpu"))
        assert_same(planned.run_folder(run), tmp_path / "alone" / run.name)
    results = sweeping.sweep.results()
    assert [result.best for result in results] == sorted(result.best for result in results)
    assert {result.name for result in results} == {run.name for run in find_runs(tmp_path)[0]}
    planned.run_folder(planned.runs[0]).joinpath(RUN_FILE).write_bytes(b"damaged")
    last = sweeping.sweep.results()[-1]
    assert (last.name, last.run, last.state) == (planned.runs[0].name, None, "finished")
    assert "is not a saved run of this version" in last.reason
    assert sweeping.progress == {event.name: event.progress for event in events if event.progress}


def test_sweep_continues_after_it_was_closed(recipe: Recipe, tmp_path: Path) -> None:
    planned = make(recipe, tmp_path)
    sweeping = Sweeping(planned, Here())
    with closing(sweeping.events()) as events:
        for event in events:
            if event.progress and event.progress.update == 3:
                break
    ((found,), broken) = find_sweeps(tmp_path)
    assert not broken
    assert states(found) == ["waiting"] * 3
    assert read_run(found.run_folder(found.runs[0])).updates == 3
    renamed = rename_run(read_run(found.run_folder(found.runs[0])), "better 0.5")
    again = Sweeping(found, Here())
    list(again.events())
    assert states(again.sweep) == ["finished"] * 3
    assert {result.run.path for result in again.sweep.results()} == {run.path for run in find_runs(tmp_path)[0]}
    assert found.run_folder(found.runs[0]) == renamed.path
    for run in planned.runs:
        list(train(planned.planned(run).recipe, tmp_path / "alone" / run.name, device="cpu"))
        assert_same(planned.run_folder(run), tmp_path / "alone" / run.name)


def test_each_end_of_a_run_is_saved_and_only_what_waits_is_continued(recipe: Recipe, tmp_path: Path) -> None:
    planned = make(recipe, tmp_path, {"clip": (1.0, 2.0, 3.0, 4.0)})
    names = [run.name for run in planned.runs]
    kinds: tuple[Any, ...] = ("finished", "stopped", "failed", "interrupted")
    events = [Event(name, kind, reason=f"why {kind}") for name, kind in zip(names, kinds, strict=True)]
    executor = Scripted(*events)
    sweeping = Sweeping(planned, executor)
    list(sweeping.events())
    assert executor.given == names
    found = load_sweep(planned.path)
    assert states(found) == ["finished", "stopped", "failed", "waiting"]
    assert [run.reason for run in found.runs] == [f"why {kind}" for kind in kinds]
    executor = Scripted()
    list(Sweeping(planned, executor).events())  # as it was planned: the file knows more
    assert executor.given == names[3:]


def test_one_run_is_stopped_for_good_and_all_until_they_are_continued(recipe: Recipe, tmp_path: Path) -> None:
    planned = make(recipe, tmp_path)
    first, second, third = (run.name for run in planned.runs)
    sweeping = Sweeping(planned, Here())
    for event in sweeping.events():
        if event.progress and event.progress.update == 2:
            sweeping.stop(first)
        if event.progress and event.progress.update == 4:
            sweeping.stop_all()
    assert states(sweeping.sweep) == ["stopped", "waiting", "waiting"]
    assert read_run(planned.run_folder(planned.runs[0])).updates in (2, 3)
    again = Sweeping(load_sweep(planned.path), Here())
    assert {event.name for event in again.events()} == {second, third}
    assert states(again.sweep) == ["stopped", "finished", "finished"]


def test_sweep_that_is_open_elsewhere_is_refused(recipe: Recipe, tmp_path: Path) -> None:
    planned = make(recipe, tmp_path)
    list(Sweeping(planned, Scripted()).events())
    with locked(planned.path), pytest.raises(BusyError, match=r"mine\.json is open in another studio"):
        list(Sweeping(planned, Scripted()).events())


def test_sweep_is_not_written_through_a_link(recipe: Recipe, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "sweeps").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(SaveError, match="sweeps leads elsewhere"):
        list(Sweeping(make(recipe, tmp_path), Here()).events())
    assert not list((tmp_path / "elsewhere").iterdir())


def test_sweep_whose_file_cannot_be_written_for_a_time_continues(
    recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned = make(recipe, tmp_path)
    names = [run.name for run in planned.runs]
    sweeping = Sweeping(planned, Scripted(*(Event(name, "finished") for name in names)))
    events = sweeping.events()

    def fail(_: Sweep) -> None:
        raise SaveError("the disk is full; free some space")

    with monkeypatch.context() as patch:
        next(events)
        patch.setattr(sweeping_module, "save_sweep", fail)
        next(events)
        assert sweeping.problem == "the disk is full; free some space"
    next(events)
    assert sweeping.problem == ""
    assert states(load_sweep(planned.path)) == ["finished"] * 3


def test_names_of_runs_are_free_and_different(recipe: Recipe, tmp_path: Path) -> None:
    list(train(recipe, tmp_path / "runs" / "mine learning rate 0.004", device="cpu"))
    planned = make(recipe, tmp_path)
    assert [run.name for run in planned.runs][1:] == ["mine learning rate 0.004 2", "mine learning rate 0.008"]
    long = Sweep.of(Plan(recipe, {"clip": (1.0, 2.0)}), tmp_path, "a" * 300)
    assert len({run.name for run in long.runs}) == 2


def halved(recipe: Recipe, folder: Path) -> Sweep:
    """Plan runs of which most learn nothing."""
    config = replace(recipe.training, epochs=9)
    rates = {"learning_rates": (0.02, 0.0, 1e-9, 1e-8, 1e-7)}
    return make(replace(recipe, training=config), folder, rates, stop_early=True)


def test_hopeless_runs_end_early_and_the_best_does_not(recipe: Recipe, tmp_path: Path) -> None:
    pytest.importorskip("optuna")
    planned = halved(recipe, tmp_path)
    sweeping = Sweeping(planned, Here())
    list(sweeping.events())
    ends = dict(zip((run.values["learning_rates"] for run in planned.runs), states(sweeping.sweep), strict=True))
    assert ends[0.02] == "finished"
    assert [ends[rate] for rate in (0.0, 1e-9, 1e-8, 1e-7)] == ["hopeless"] * 4
    for run in sweeping.sweep.runs:
        assert (read_run(planned.run_folder(run)).epoch == 9) == (run.state == "finished")
    assert sweeping.sweep.results()[0].values == {"learning_rates": 0.02}


def test_losses_of_epochs_are_found_among_those_within_them() -> None:
    def curves(*validations: tuple[int, float]) -> Curves:
        return Curves.of([1.0] * 1300, validations)

    every = ((0, 5.0), (500, 4.5), (620, 4.0), (1000, 3.5), (1240, 3.0))
    assert losses_of_epochs(curves(*every), 2) == [5.0, 4.0, 3.0]
    assert losses_of_epochs(curves((0, 5.0), (500, 4.0), (1000, 3.0)), 2) == [5.0, 4.0, 3.0]  # epochs of 500 updates
    assert losses_of_epochs(curves(*every, (1300, 2.5)), 2) == []  # of a file that says something else
    assert losses_of_epochs(curves(), 0) == []  # without validation


def test_runs_are_compared_again_after_a_restart(recipe: Recipe, tmp_path: Path) -> None:
    pytest.importorskip("optuna")
    planned = halved(recipe, tmp_path)
    # Everything is trained as if nothing was hopeless, and then the sweep continues.
    for run in planned.runs:
        with closing(train(planned.planned(run).recipe, planned.run_folder(run), device="cpu")) as records:
            next(record for record in records if record.epoch == 8)
    executor = Scripted()
    sweeping = Sweeping(planned, executor)
    list(sweeping.events())
    assert states(sweeping.sweep) == ["waiting", *["hopeless"] * 4]
    assert executor.given == [planned.runs[0].name]


def test_without_optuna_a_sentence_says_how_to_get_it(
    recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(ConfigError, match=r"needs Optuna; install it by: pip install 'lstmmusic\[sweeps\]'"):
        Sweeping(halved(recipe, tmp_path), Here())
    assert not list(tmp_path.iterdir())
    list(Sweeping(make(recipe, tmp_path), Scripted()).events())  # others need none


def load(recipe: Recipe) -> lm.Corpus:
    return lm.load_folder(recipe.source.folder, recipe.roll, quiet=True)


def test_sweep_in_code_trains_ranks_and_continues(
    recipe: Recipe, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    training, _ = load(recipe).split(0.3, seed=5)
    arguments: dict[str, Any] = {"network": recipe.network, "config": recipe.training, "folder": tmp_path}
    results = sweep(training, RATES, name="mine", executor=Here(), **arguments)
    assert [result.state for result in results] == ["finished"] * 3
    assert results[0].best == min(run.best for run in find_runs(tmp_path)[0])
    shown = capsys.readouterr()
    assert shown.out == ""
    again = sweep(training, RATES, name="mine", executor=Scripted(), quiet=True, **arguments)
    assert again == results
    with pytest.raises(ConfigError, match="there is a sweep mine with another plan; choose another name"):
        sweep(training, {"clip": (1.0, 2.0)}, name="mine", executor=Here(), quiet=True, **arguments)


def test_sweep_in_code_holds_out_tunes_and_names_itself(recipe: Recipe, tmp_path: Path) -> None:
    config = replace(recipe.training, epochs=1)
    for _ in range(2):
        (result,) = sweep(load(recipe), {"hidden": [8]}, config=config, folder=tmp_path, executor=Here(), quiet=True)
        assert result.run
        assert result.run.source == replace(recipe.source, held_out=0.15, seed=0)
        assert result.run.network.hidden == (8, 8, 8)
    names = sorted(run.name for run in find_runs(tmp_path)[0])
    assert all(name.endswith(("scales hidden 8", "scales-2 hidden 8")) for name in names)
    assert len(find_sweeps(tmp_path)[0]) == 2


def test_sweep_in_code_needs_music_that_others_can_load(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="scales was not loaded from files"):
        sweep(make_scales(6, 30), RATES, folder=tmp_path)


def test_interrupted_sweep_in_code_saves_its_runs(recipe: Recipe, tmp_path: Path) -> None:
    class Interrupted(Here):
        def run(self, runs: Sequence[PlannedRun]) -> Generator[Event, None, None]:
            with closing(super().run(runs)) as events:
                for event in events:
                    yield event
                    if event.progress and event.progress.update == 2:
                        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sweep(load(recipe), RATES, config=recipe.training, folder=tmp_path, executor=Interrupted(), name="mine")
    (found,) = find_sweeps(tmp_path)[0]
    assert read_run(found.run_folder(found.runs[0])).updates == 2
    with locked(found.path):
        pass


def test_example_of_the_docstring_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (example,) = [test for test in doctest.DocTestFinder(recurse=False).find(lm.sweep, "sweep") if test.examples]
    report: list[str] = []
    assert doctest.DocTestRunner().run(example, out=report.append).failed == 0, "".join(report)
    assert len(find_runs(tmp_path)[0]) == 2
