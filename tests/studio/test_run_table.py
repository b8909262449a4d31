"""The table of runs: what it says of each, and which are ticked, in which looks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from lstmmusic.runs.as_code import settings_in_words
from lstmmusic.runs.listing import BrokenRun, Run
from lstmmusic.runs.shelf import Listing, ShelvedRun
from lstmmusic.studio.controls import close_all
from lstmmusic.studio.runs.table import RunTable, describe_time
from lstmmusic.views import MOST_RUNS
from tests.studio.test_losses import make_run
from tests.wires import receive


def listed(*runs: Run, broken: tuple[BrokenRun, ...] = (), favourites: int = 0) -> Listing:
    return Listing(tuple(ShelvedRun(run, settings_in_words(run), favourites) for run in runs), broken)


def rated(name: str, rate: float) -> Run:
    training = replace(make_run(name).training, learning_rates=(rate, rate, rate, rate))
    return replace(make_run(name), training=training, initial_config=training)


@pytest.fixture
def calls() -> list[str]:
    return []


@pytest.fixture
def table(calls: list[str]) -> Iterator[RunTable]:
    def act(action: Callable[[], None]) -> None:
        action()

    made = RunTable(
        act,
        choose=lambda: calls.append("choose"),
        tick=lambda: calls.append("tick"),
        load=lambda: calls.append("load"),
    )
    yield made
    close_all(made.view)
    close_all(made.words)


def show(table: RunTable, listing: Listing, chosen: Path | None = None) -> None:
    table.show(listing, chosen, lambda _: "finished")


def tick(table: RunTable, *indices: int, ticked: bool = True) -> None:
    for index in indices:
        receive(table.view, {"kind": "tick", "index": index, "ticked": ticked})


def cells(table: RunTable) -> list[list[str]]:
    return [row["cells"] for row in table.view.rows_shown]


def test_rows_say_what_differs_and_how_far_each_run_has_come(table: RunTable) -> None:
    slow = replace(rated("slow", 0.001), best=float("nan"), seconds=400.0)
    show(table, listed(rated("fast", 0.01), slow, favourites=2, broken=(BrokenRun(Path("junk"), "junk is no run"),)))
    first, second, broken = cells(table)
    assert first[:5] == ["Rate 0.01", "7.000", "finished", "9", "1 s"]
    assert second[:5] == ["Rate 0.001", "", "finished", "9", "6.7 min"]
    assert first[6] == "★ 2"
    assert broken == ["junk is no run", "", "broken"]
    assert [row["usable"] for row in table.view.rows_shown] == [True, True, False]
    table.view.turn(find="0.001")
    assert [row["name"] for row in table.view.rows_shown] == ["slow"]
    table.view.turn(find="BROKEN")
    assert [row["name"] for row in table.view.rows_shown] == ["junk"]


def test_losses_on_other_tunes_are_in_brackets(table: RunTable) -> None:
    show(table, listed(make_run("one"), make_run("two"), make_run("three", held_out="b")))
    assert [row[1] for row in cells(table)] == ["7.000", "7.000", "(7.000)"]
    assert table.words.value
    show(table, listed(make_run("one")))
    assert table.words.value == ""


def test_columns_sort_by_numbers(table: RunTable) -> None:
    runs = [replace(make_run(str(n)), best=n, updates=10 * n, seconds=100.0 * n) for n in (3, 100, 20)]
    show(table, listed(*runs))
    for column in (2, 4, 5):
        table.view.sort(column)
        assert [row["name"] for row in table.view.rows_shown] == ["3", "20", "100"]
        table.view.sort(column, descending=True)
        assert [row["name"] for row in table.view.rows_shown] == ["100", "20", "3"]


def test_each_ticked_run_has_a_look_of_its_own_which_it_keeps(table: RunTable, calls: list[str]) -> None:
    runs = [make_run(f"run {n}") for n in range(MOST_RUNS + 2)]
    show(table, listed(*runs))
    tick(table, 2, 0, 1)
    assert calls == ["tick"] * 3
    assert [run.name for run in table.ticked] == ["run 2", "run 0", "run 1"]
    assert [table.look_of(run) for run in table.ticked] == [0, 1, 2]
    tick(table, 0, ticked=False)
    tick(table, 5)
    assert [table.look_of(run) for run in table.ticked] == [0, 2, 1]
    receive(table.view, {"kind": "tick_all", "ticked": True})
    looks = [table.look_of(run) for run in table.ticked]
    assert sorted(looks) == [-1, -1, *range(MOST_RUNS)]
    tick(table, 2, ticked=False)  # its look goes to one that had none
    assert sorted(table.look_of(run) for run in table.ticked) == [-1, *range(MOST_RUNS)]
    shown = {row["index"]: row["look"] for row in table.view.rows_shown}
    assert all(table.look_of(runs[index]) == look for index, look in shown.items())


def test_ticks_search_order_and_choice_stay_when_runs_come_and_go(table: RunTable, calls: list[str]) -> None:
    runs = [make_run(f"run {n}") for n in range(20)]
    show(table, listed(*runs))
    assert table.chosen == runs[0]
    table.view.selected = 12
    assert calls == ["choose"]
    tick(table, 3)
    table.view.turn(find="run 1")
    table.view.sort(0, descending=True)
    later = [make_run("run 1 newer"), *(run for run in runs if run.name != "run 11")]
    later[13] = replace(later[13], updates=77)
    show(table, listed(*later), table.chosen.path)
    assert calls == ["choose", "tick"]
    assert (table.view.find, table.view.sorted_by, table.view.descending) == ("run 1", 0, True)
    assert table.chosen.name == "run 12"
    assert [run.name for run in table.ticked] == ["run 3"]
    assert [row["name"] for row in table.view.rows_shown][:2] == ["run 19", "run 18"]
    show(table, listed(*runs[:3]), table.chosen.path)
    assert table.ticked == ()
    assert table.chosen == runs[0]
    show(table, listed())
    assert (table.chosen, table.view.rows_shown) == (None, [])


def test_times_have_the_unit_that_suits_them() -> None:
    assert [describe_time(each) for each in (0, 59.4, 60, 3599, 3600, 360_000)] == [
        "0 s", "59 s", "1.0 min", "60.0 min", "1.0 h", "100.0 h",
    ]  # fmt: skip
