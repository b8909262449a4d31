"""The Music place in a browser: tunes and parts are chosen, and a grid that suits them is one click away."""

from __future__ import annotations

import re

import numpy as np
import pytest
from playwright.sync_api import expect

from lstmmusic import Tune, load_folder, store_corpus, write_midi

from .studio_page import SLOW

pytestmark = pytest.mark.browser


def test_tunes_are_ticked_parts_chosen_and_a_grid_is_used(open_studio):
    studio = open_studio(sound_card=False)
    root = studio.root
    line = root.get_by_role("status").filter(has_text="A step of")
    expect(line).to_have_text(
        re.compile(r"^✓ 388 tunes\. A step of ½ beat moves \d+% of the notes"), timeout=SLOW * 1000
    )

    expect(root.get_by_role("slider", name="Time step", exact=True)).to_be_visible()

    tunes = root.get_by_role("grid", name="Tunes")
    tunes.get_by_role("checkbox", name="Learn from BWV 2.6").click()
    expect(tunes.get_by_role("checkbox", name="Learn from BWV 2.6")).not_to_be_checked()
    expect(line).to_have_text(re.compile(r"^✓ 387 tunes; 1 file was left out\."))
    tunes.get_by_role("button", name="Length").click()
    expect(tunes.get_by_role("columnheader", name="Length")).to_have_attribute("aria-sort", "ascending")
    studio.button("Undo: leave out BWV 2.6").click()
    expect(line).to_have_text(re.compile(r"^✓ 388 tunes\."))
    expect(root.get_by_role("button", name=re.compile("^Undo"))).to_be_hidden()

    root.get_by_role("button", name="Instruments", exact=True).click()
    studio.control("Music", "Choose by").select_option("name of track")
    parts = root.get_by_role("grid", name="Parts")
    parts.get_by_text("Soprano", exact=True).click()
    studio.button("Hear only this").click()
    studio.expect_playing()
    notes = count_notes(studio, 0)
    studio.button("Hear only this").click()
    studio.wait_until(lambda: count_notes(studio, 0) > 2 * notes, "all parts are shown again")
    parts.get_by_role("checkbox", name="Learn from Soprano").click()
    before = count_notes(studio, 1)
    studio.button("Apply").click()
    studio.wait_until(lambda: count_notes(studio, 1) < before, "no soprano is learned", SLOW)
    expect(studio.button("Undo: choice of parts")).to_be_visible()

    studio.button("Use ½ beat").click()
    expect(studio.button("Use 0.3 s")).to_be_visible(timeout=SLOW * 1000)
    expect(studio.control("Music", "Step unit")).to_have_value("beats")
    expect(root.locator(".widget-readout").get_by_text("½ beat", exact=True)).to_be_visible()


def test_uploads_are_replaced_and_undone(open_studio, tmp_path):
    paths = []
    for number in range(3):
        paths.append(tmp_path / f"song {number}.mid")
        write_midi(Tune(np.eye(88)[30 + number : 70 + number], f"song {number}"), paths[-1])
    studio = open_studio(sound_card=False)
    tunes = studio.root.get_by_role("grid", name="Tunes")
    box = studio.root.locator("input[type=file]")

    def expect_songs(*numbers):
        names = [re.compile(f"^song {number}.mid") for number in numbers]
        expect(tunes.locator(".lstmmusic-tunes-name")).to_have_text(names, timeout=SLOW * 1000)

    box.set_input_files(paths[:2])
    expect_songs(0, 1)
    studio.control("Music", "New files").select_option("replace the others")
    box.set_input_files(paths[2:])
    expect_songs(2)
    studio.button("Undo: replace 2 files").click()
    expect_songs(0, 1)
    tunes.get_by_text("song 1.mid").click()
    studio.button("Remove").click()
    expect_songs(0)
    expect(studio.button("Undo: remove song 1.mid")).to_be_visible()


def test_stored_corpus_is_listed_heard_and_learned(open_studio, tmp_path):
    path = tmp_path / "songs.corpus"
    for number in range(60):
        notes = np.eye(88)[np.arange(40 + number) % 40 + 20]
        write_midi(Tune(notes), tmp_path / "songs" / f"song {number}.mid")
    store_corpus(load_folder(tmp_path / "songs", quiet=True), path, quiet=True)
    studio = open_studio(sound_card=False)
    tunes = studio.root.get_by_role("grid", name="Tunes")
    studio.control("Music", "Music").select_option("My folder")
    studio.enter("Music", "Folder", str(path))
    studio.button("Load music").click()
    expect(studio.root.get_by_role("status").filter(has_text="60 tunes.")).to_be_visible(timeout=SLOW * 1000)
    studio.root.get_by_role("searchbox", name="Find").filter(visible=True).fill("song 59")
    names = tunes.locator(".lstmmusic-tunes-name")
    expect(names).to_have_text(["song 59.mid"], timeout=SLOW * 1000)  # from the file
    names.click()
    studio.expect_label(studio.picture("Piano roll").nth(1), "Piano roll: 99 notes in 99 steps")
    studio.button("Play quantised").click()
    studio.expect_playing()
    assert studio.train(1).updates >= 1
    studio.button("Stop").click()
    studio.expect_status("Stopped", SLOW)


def count_notes(studio, which):
    label = studio.picture("Piano roll").nth(which).get_attribute("aria-label")
    return int(re.search(r"(\d+) notes", label)[1])
