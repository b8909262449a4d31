from __future__ import annotations

import csv
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from matplotlib import image

from lstmmusic.config import RollConfig
from lstmmusic.errors import ConfigError, SaveError
from lstmmusic.exports import to_csv, write_csv, write_picture
from lstmmusic.music.roll import Tune, find_notes

TUNE = Tune(
    [[1, 0], [1, 1], [1, 1], [0, 1]],
    "a <tune>",
    RollConfig(0.3, lowest=60, highest=61),
    [[1, 0], [0, 1], [1, 0], [0, 0]],
)


def test_table_by_hand() -> None:
    assert to_csv(TUNE).splitlines() == [
        "start step,length in steps,start in seconds,length in seconds,pitch,note,velocity",
        "0,2,0,0.6,60,C4,",
        "1,3,0.3,0.9,61,C♯4,",
        "2,1,0.6,0.3,60,C4,",
    ]
    loud = Tune(TUNE.roll, config=TUNE.config, velocities=[[9, 0], [0, 70], [0, 0], [0, 0]])
    assert to_csv(loud).splitlines()[1:] == ["0,3,0,0.9,60,C4,9", "1,3,0.3,0.9,61,C♯4,70"]


def test_seconds_of_a_grid_in_beats_follow_the_tempo() -> None:
    beats = Tune(TUNE.roll, config=RollConfig(0.5, "beats", 60, 61))
    assert to_csv(beats, tempo=120).splitlines()[-1] == "1,3,0.25,0.75,61,C♯4,"
    with pytest.raises(ConfigError, match="tempo"):
        to_csv(beats, tempo=0)


def test_table_holds_the_notes_of_a_tune_and_nothing_else(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    tune = Tune(random.random((50, 88)) < 0.1)
    write_csv(tune, tmp_path / "new" / "tune.csv")
    with (tmp_path / "new" / "tune.csv").open(encoding="utf-8", newline="") as file:
        rows = [
            [int(row["start step"]), int(row["length in steps"]), int(row["pitch"])] for row in csv.DictReader(file)
        ]
    np.testing.assert_array_equal([[first, first + length, pitch] for first, length, pitch in rows], find_notes(tune))
    assert len(to_csv(Tune(np.zeros((3, 88))))) == len(to_csv(tune).splitlines()[0]) + 1


def test_picture_is_written_in_the_form_that_its_name_says(tmp_path: Path) -> None:
    write_picture(TUNE, tmp_path / "tune.png", primer_steps=2)
    pixels = image.imread(tmp_path / "tune.png")
    assert pixels.shape[:2] == (800, 2000)
    colours = (pixels * 255).astype(np.uint8).view(np.uint32)  # a number for each pixel: sorted twenty times as fast
    assert len(np.unique(colours)) > 10
    write_picture(TUNE, tmp_path / "tune.SVG")
    assert ElementTree.parse(tmp_path / "tune.SVG").getroot().tag.endswith("svg")
    assert {path.name for path in tmp_path.iterdir()} == {"tune.png", "tune.SVG"}


def test_other_forms_and_folders_that_cannot_be_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"\.png, \.svg"):
        write_picture(TUNE, tmp_path / "tune.bmp")
    (tmp_path / "file").touch()
    for write in (write_csv, write_picture):
        with pytest.raises(SaveError):
            write(TUNE, tmp_path / "file" / "tune.png")
