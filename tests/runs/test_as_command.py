"""The commands that reproduce a run."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lstmmusic.config import RollConfig, TrainingConfig
from lstmmusic.music.source import Source
from lstmmusic.presets import PRESETS
from lstmmusic.runs.as_command import as_command, quote
from lstmmusic.runs.listing import find_runs, read_curves, read_run
from lstmmusic.training.snapshot import Change
from lstmmusic.training.start import Origin
from tests.command.running import environment
from tests.conftest import SMALL
from tests.runs.test_as_code import HOSTILE, finished_run, make_changing_run, make_started_run
from tests.runs.test_listing import make_run

BASH = shutil.which("bash") or ""
pytestmark = pytest.mark.skipif(not BASH, reason="the commands are for a POSIX shell")


def execute(commands: str, folder: Path, program: str) -> bytes:
    """Run commands in a shell where `lstmmusic` is a program, and return what they print."""
    script = f'lstmmusic() {{ {program} "$@"; }}\n{commands}'
    done = subprocess.run(
        [BASH, "-euo", "pipefail"],
        input=script.encode("utf-8", "surrogateescape"),
        cwd=folder,
        env=environment(),
        capture_output=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def words_of(commands: str, folder: Path) -> list[list[bytes]]:
    """Return the words of each command as a shell gives them to it."""
    printed = execute(commands, folder, r"printf 'end\0'; printf '%s\0'")
    return [part.split(b"\0")[:-1] for part in printed.split(b"end\0")[1:]]


def test_commands_reproduce_runs_to_the_last_bit(tmp_path: Path) -> None:
    made = {}
    config = TrainingConfig(epochs=9, batch_size=2, length=20, seed=3)
    for name in ("changing", "started"):
        folder = tmp_path / name
        if name == "changing":
            make_changing_run(folder, config, 12)
        else:
            make_run(folder / "runs" / "it's" / "run.safetensors", 12)
            make_started_run(folder, "runs/it's", pitches=SMALL)
        commands = as_command(read_run(folder / "runs" / "mine"))
        assert len(commands.replace("\\\n", "").splitlines()) == (4 if name == "changing" else 1)
        execute(commands, folder, f"'{sys.executable}' -m lstmmusic \"$@\" --threads 1 --device cpu --quiet; true")
        runs = {run.name: run for run in find_runs(folder)[0]}
        again, first = runs["mine again"], runs["mine"]
        assert (again.updates, again.training, again.network) == (first.updates, first.training, first.network)
        assert (again.started_from, again.source, again.roll) == (first.started_from, first.source, first.roll)
        assert again.later_changes[-1:] == tuple(replace(each, reason="") for each in first.later_changes[-1:])
        for one, other in zip(read_curves(first), read_curves(again), strict=True):
            np.testing.assert_array_equal(one, other)
        made[name] = commands
    assert "# the memory did not suffice\n" in made["changing"]


def test_command_has_only_what_differs_from_the_defaults() -> None:
    run = finished_run(Source("chorales", held_out=0.15))
    assert as_command(run) == "lstmmusic train --music=chorales --held-out 0.15 --name='mine again'\n"
    run = finished_run(Source("palestrina", held_out=0.2, seed=7, pedal=True), roll=RollConfig(1, "beats"))
    assert as_command(run) == (
        "lstmmusic train --music=palestrina --held-out 0.2 --split-seed 7 --pedal --name='mine again'\n"
    )
    network, training = PRESETS["seed-2016"]
    commands = as_command(finished_run(Source("pieces"), network=network, initial_config=training, validated=False))
    assert "--held-out none" in commands
    assert "--no-calibrate" in commands
    assert max(map(len, commands.splitlines())) <= 102


def test_folder_that_is_called_like_a_collection_is_a_folder() -> None:
    assert "--music=./pieces " in as_command(finished_run(Source("folder", "pieces", held_out=0.15)))


def test_command_says_what_it_does_not_know() -> None:
    lost = as_command(finished_run(None, music="mine,\n4 + 2 tunes"))
    assert lost.startswith(
        "# The source of this music is unknown: mine,\ufffd4 + 2 tunes. Put its folder after --music.\n"
    )
    assert "# Which tunes were held out is unknown" in as_command(finished_run(Source("chorales")))
    change = Change(3, {"clip": 2.0}, "")
    unknown = finished_run(Source("chorales", held_out=0.15), initial_config=None, changes=(change,), updates=9)
    assert "# The initial value of clip is unknown: put it into the first command.\n" in as_command(unknown)


@pytest.mark.parametrize("text", HOSTILE)
def test_text_of_a_file_stays_text_in_the_command(tmp_path: Path, text: str) -> None:
    (tmp_path / "precious").touch()
    before = sorted(tmp_path.iterdir())
    changes = (Change(2, {"clip": 0.5}, f"{text}$(rm precious)`rm precious`"),)
    source = Source("folder", f"{text}$(rm precious)", 0.3, left_out=(text, f"-{text}"), parts_left_out=(text,))
    run = finished_run(source, music=text, changes=changes, started_from=Origin(text, "0" * 16), updates=5)
    commands = as_command(run)
    assert all(line.isprintable() for line in commands.split("\n"))
    if "\0" in text:
        assert commands.splitlines()[-1] == "# A name in this run has a character that no command can have."
        return
    first, second = words_of(commands, tmp_path)
    options = [word.decode("utf-8", "surrogateescape") for word in first]
    assert options[0] == "train"
    for name, value in (("music", source.folder), ("left-out", text), ("left-out", f"-{text}"), ("start-from", text)):
        assert f"--{name}={value}" in options
    assert second[:2] == [b"train", b"--resume=mine again"]
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize("word", ["", "a b", "it's", "~", "\x1b[201~\r", "\udcff\udc80", "ü\n1", "\\\n'", "\u202e7"])
def test_quoted_word_is_one_word_that_can_be_printed(tmp_path: Path, word: str) -> None:
    assert quote(word).isprintable()
    assert words_of(f"lstmmusic {quote(word)}\n", tmp_path) == [[word.encode("utf-8", "surrogateescape")]]
