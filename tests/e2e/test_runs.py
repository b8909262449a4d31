"""The Runs place in a browser: a table of runs that are ticked, sorted, found, compared, deleted and exported."""

from __future__ import annotations

import itertools
import os
import re
import shutil
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

import lstmmusic as lm

from .studio_page import SLOW, TWO_FRAMES, StudioPage

pytestmark = pytest.mark.browser

RATES = {"slow": 0.0005, "middle": 0.004, "fast": 0.02}
AGES = {"slow": 300, "middle": 200, "fast": 100}  # seconds
THOUSAND = 1000


@pytest.fixture(scope="module")
def trained(tmp_path_factory) -> Path:
    """A folder of three runs, which differ in their rates."""
    folder = tmp_path_factory.mktemp("trained")
    training, validation = lm.load_pieces(quiet=True).split(0.3)
    shape = lm.NetworkConfig(hidden=(8, 8, 8), output="joint").rolls_only()
    base = lm.TrainingConfig(epochs=6, batch_size=8, length=50)
    for name, rate in RATES.items():
        config = replace(base, learning_rates=(rate, rate, rate, rate))
        trainer = lm.Trainer(training, validation, shape, config, device="cpu")
        for _ in itertools.islice(trainer.steps(), None if name == "fast" else 3):
            pass
        file = folder / "runs" / name / "run.safetensors"
        lm.save_run(trainer, file)
        at = file.stat().st_mtime - AGES[name]
        os.utime(file, (at, at))
    return folder / "runs"


@pytest.fixture
def studio(open_studio, trained) -> StudioPage:
    studio = open_studio(sound_card=False)
    studio.page.set_viewport_size({"width": 1440, "height": 900})
    shutil.copytree(trained, studio.folder / "runs", dirs_exist_ok=True)  # as another process would
    studio.open("Runs")
    expect(rows(studio)).to_have_count(3, timeout=SLOW * 1000)
    return studio


def table(studio: StudioPage) -> Locator:
    return studio.root.get_by_role("grid", name="Runs")


def rows(studio: StudioPage) -> Locator:
    return table(studio).locator("[data-index]")


def names(studio: StudioPage) -> list[str]:
    return table(studio).locator(".lstmmusic-tunes-name").all_text_contents()


def tick(studio: StudioPage, *which: str, on: bool = True) -> None:
    for name in which:
        box = table(studio).get_by_role("checkbox", name=f"Compare {name}", exact=True)
        box.click()
        expect(box).to_be_checked(checked=on)


def test_runs_are_listed_with_what_differs_sorted_and_found(studio):
    expect(rows(studio).first).to_contain_text("fast")
    assert names(studio) == ["fast", "middle", "slow"]  # the newest first
    expect(rows(studio).nth(0)).to_contain_text("Rate 0.02")
    expect(rows(studio).nth(0)).to_contain_text("finished")
    expect(rows(studio).nth(1)).to_contain_text("stopped")
    expect(rows(studio).first).to_have_attribute("aria-selected", "true")
    for column in ("Name", "Best loss", "State", "Updates", "Time", "Saved", "Favourites", "Unlike the others"):
        head = table(studio).get_by_role("columnheader", name=column)
        head.get_by_role("button").click()
        expect(head).to_have_attribute("aria-sort", "ascending")
    table(studio).get_by_role("columnheader", name="Name").get_by_role("button").click()
    expect(rows(studio).last).to_contain_text("slow")
    studio.root.get_by_label("Find").filter(visible=True).fill("stopp")
    expect(rows(studio)).to_have_count(2)
    assert names(studio) == ["middle", "slow"]
    studio.root.get_by_label("Find").filter(visible=True).fill("rate 0.02")
    expect(rows(studio)).to_have_count(1)


def test_ticked_runs_are_overlaid_and_their_takes_switch_and_are_compared_blind(studio):
    table(studio).focus()
    for key in ("Home", "Space", "ArrowDown", "Space", "ArrowDown", "Space"):
        studio.page.keyboard.press(key)
        studio.page.evaluate(TWO_FRAMES)
    label = re.compile("Loss curve: 3 runs, A: fast: best .*; B: middle: best .*; C: slow: best ")
    expect(studio.loss).to_have_attribute("aria-label", label, timeout=SLOW * 1000)
    entries = studio.root.get_by_role("group", name="Curves").filter(visible=True).get_by_role("button")
    expect(entries).to_have_count(3)
    entries.nth(1).focus()
    studio.page.keyboard.press("Space")
    expect(entries.nth(1)).to_have_attribute("aria-pressed", "false")
    studio.page.keyboard.press("Space")

    rolls = studio.picture("Piano roll")
    expect(rolls).to_have_count(3)
    for roll in rolls.all():
        expect(roll).to_have_attribute("aria-label", re.compile("Piano roll: [1-9]"), timeout=SLOW * 1000)
    player = studio.player
    studio.button("Play A").click()
    expect(player.locator(".time")).to_have_text(re.compile("^0:0[1-9] "), timeout=SLOW * 1000)
    studio.button("Play C").click()
    expect(player.get_by_role("button", name="C", exact=True)).to_have_attribute("aria-pressed", "true")
    expect(player.locator(".time")).to_have_text(re.compile("^0:(0[1-9]|1)"))  # at the same place
    studio.page.keyboard.press("Escape")

    pair = studio.root.get_by_label("Of", exact=True).filter(visible=True)
    pair.select_option("A and C")
    studio.button("Blind test").click()
    for roll in rolls.all():
        studio.expect_label(roll, "Piano roll: 0 notes")
    expect(player).to_have_attribute("aria-label", "Player: X")
    for letter in "ACX":
        expect(player.get_by_role("button", name=letter, exact=True)).to_be_visible()
    studio.button("X is C").click()
    result = studio.root.get_by_text(re.compile("^(Right|Wrong): X was [AC]"))
    expect(result).to_have_text(re.compile(r"[01] of 1 right; guessing does as well in (50|100)%"))
    studio.button("End test").click()
    tick(studio, "slow", "middle", on=False)
    expect(rolls).to_have_count(1)
    studio.button("Differences").click()
    expect(studio.root.get_by_text("Tick several runs to see")).to_be_visible()


def test_three_runs_are_exported_deleted_and_restored_together(studio, tmp_path):
    shutil.copytree(studio.folder / "runs" / "slow", studio.folder / "runs" / "kept")
    expect(rows(studio)).to_have_count(4, timeout=SLOW * 1000)  # which another process has saved
    tick(studio, *RATES)
    studio.button("Export").click()
    studio.expect_message(r"Saved .*3 runs\.zip", SLOW)
    with studio.page.expect_download(timeout=2 * SLOW * 1000) as download:  # in parts, as it is large
        studio.root.get_by_role("button", name=re.compile(r"^Download 3 runs\.zip \([\d.]+ MB\)")).click()
    with zipfile.ZipFile(download.value.path()) as zipped:
        zipped.extractall(tmp_path / "other" / "runs")
    found, broken = lm.find_runs(tmp_path / "other")
    assert ({run.name for run in found}, broken) == (set(RATES), ())
    for run in found:
        lm.load_network(run.file)

    studio.button("Delete").click()
    expect(studio.root.get_by_text("Delete 3 runs: slow, middle, fast?")).to_be_visible()
    studio.button("Delete 3 runs").click()
    expect(rows(studio)).to_have_count(1)
    assert [run.name for run in lm.find_runs(studio.folder)[0]] == ["kept"]
    studio.button("Undo: delete 3 runs").click()
    expect(rows(studio)).to_have_count(4)
    assert {run.name for run in lm.find_runs(studio.folder)[0]} == {*RATES, "kept"}


def test_thousand_runs_are_quick(studio):
    for number in range(THOUSAND - 3):
        folder = studio.folder / "made" / f"run {number:04}"
        folder.mkdir(parents=True)
        shutil.copy(studio.folder / "runs" / "fast" / "run.safetensors", folder)
    for folder in (studio.folder / "made").iterdir():
        folder.rename(studio.folder / "runs" / folder.name)
    status = studio.root.get_by_role("status").filter(has_text=re.compile(" of 1,000$")).filter(visible=True)
    expect(status).to_be_visible(timeout=SLOW * 1000)
    assert rows(studio).count() <= 50  # the rest stays in Python
    find = studio.root.get_by_label("Find").filter(visible=True)
    find.fill("run 0123")
    expect(rows(studio)).to_have_count(1)
    tick(studio, "run 0123")
    expect(studio.loss).to_have_attribute("aria-label", re.compile("Loss curve: [1-9]"), timeout=SLOW * 1000)
    find.fill("")
    expect(status).to_be_visible()
    table(studio).get_by_role("columnheader", name="Name").get_by_role("button").click()
    expect(rows(studio).first).to_contain_text("fast")
    table(studio).focus()
    studio.page.keyboard.press("End")
    expect(rows(studio).last).to_contain_text("slow")
    expect(rows(studio).last).to_have_attribute("aria-selected", "true")
