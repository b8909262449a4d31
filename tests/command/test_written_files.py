"""`generate`, `render` and `export` write files, and name them on stdout."""

from __future__ import annotations

import csv
import shutil
import wave
from pathlib import Path

import numpy as np
import pytest
from matplotlib import image

from lstmmusic.config import RollConfig
from lstmmusic.generation.sampler import generate_takes
from lstmmusic.music.loading import FINE
from lstmmusic.music.playing import write_midi
from lstmmusic.music.roll import Tune, read_midi
from lstmmusic.runs.as_code import as_code
from lstmmusic.runs.bundled import load_bundled
from lstmmusic.runs.favourites import save_favourite
from lstmmusic.runs.listing import read_curves, read_run
from lstmmusic.sound.render import render_wav
from tests.command.running import records, run_command
from tests.processes import ROOT

GOLDEN = ROOT / "tests" / "data" / "golden" / "run"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of a studio with one run."""
    shutil.copytree(GOLDEN, tmp_path / "runs" / "it's old")
    return tmp_path


def test_generated_takes_are_those_of_the_library(tmp_path: Path) -> None:
    primer = Tune(np.eye(88, dtype=int)[30 + np.arange(20) % 12])
    write_midi(primer, tmp_path / "primer.mid")
    words = ("--primer", "primer.mid", "--primer-steps", "6", "--steps", "9", "--takes", "2", "--seed", "3")
    done = run_command("generate", *words, "--temperature", "1.5", "--wav", "--json", folder=tmp_path)
    assert done.stderr == ""
    network, _ = load_bundled()
    takes = generate_takes(
        network, read_midi(tmp_path / "primer.mid").part(0, 6), 9, takes=2, seed=3, temperature=1.5, quiet=True
    )
    written = records(done.stdout)
    assert [(each["seed"], Path(each["path"]).suffix) for each in written] == [
        (seed, kind) for seed in (3, 4) for kind in (".mid", ".wav")
    ]
    for take, record in zip(takes, written[::2], strict=True):
        assert (record["steps"], record["primer_steps"], record["ended"]) == (15, 6, False)
        write_midi(take.ringing, tmp_path / "expected.mid")
        assert (tmp_path / record["path"]).read_bytes() == (tmp_path / "expected.mid").read_bytes()
    with wave.open(str(tmp_path / written[1]["path"])) as sound:
        assert sound.getnframes() > 15 * 0.3 * 44100


def test_takes_of_a_run_lie_in_its_studio_and_replace_nothing(folder: Path) -> None:
    (folder / "elsewhere").mkdir()
    words = ("generate", "it's old", "--folder", "..", "--steps", "4")
    for path in ("../tunes/it's old seed 0.mid", "../tunes/it's old seed 0-2.mid"):
        assert run_command(*words, folder=folder / "elsewhere").stdout == f"{path}\n"
    assert read_midi(folder / "tunes" / "it's old seed 0-2.mid", RollConfig(lowest=60, highest=67)).config.pitches == 8


def test_rendered_file_is_that_of_the_library(tmp_path: Path) -> None:
    write_midi(Tune(np.eye(88, dtype=int)[30:34]), tmp_path / "-odd\nname.mid")
    (tmp_path / "-odd\nname.wav").write_bytes(b"mine")
    done = run_command(
        "render", "--velocity", "50", "--no-normalise", "--json", "--", "-odd\nname.mid", folder=tmp_path
    )
    (record,) = records(done.stdout)
    assert record["path"] == "-odd\nname-2.wav"
    tune = read_midi(tmp_path / "-odd\nname.mid", FINE, pedal=True)
    render_wav(tune, tmp_path / "expected.wav", velocity=50, normalise=False)
    assert (tmp_path / record["path"]).read_bytes() == (tmp_path / "expected.wav").read_bytes()
    assert (tmp_path / "-odd\nname.wav").read_bytes() == b"mine"
    done = run_command("render", "--output", "expected.wav", "--", "-odd\nname.mid", folder=tmp_path, status=1)
    assert "expected.wav is there already" in done.stderr


def test_run_is_exported_as_files_and_code(folder: Path) -> None:
    run = read_run(folder / "runs" / "it's old")
    network, roll = load_bundled()
    (take,) = generate_takes(network, None, 8, takes=1, config=roll, quiet=True)
    save_favourite(run.path / "favourites", take, "the <best>", update=1)
    words = ("--takes", "mid", "csv", "png", "--curves", "losses.csv", "--curves", "losses.png", "--code")
    done = run_command("export", "it's old", *words, "--tempo", "80", "--json", folder=folder)
    *files, code = records(done.stdout)
    assert code["code"] == as_code(run, tempo=80.0)
    assert [Path(each["path"]).name for each in files] == [
        *(f"it's old the -best.{form}" for form in ("mid", "csv", "png")),
        *(f"it's old seed 5, temperature 1.{form}" for form in ("mid", "csv", "png")),
        "losses.csv",
        "losses.png",
    ]
    write_midi(take.ringing, folder / "expected.mid", tempo=80)
    assert (folder / files[0]["path"]).read_bytes() == (folder / "expected.mid").read_bytes()
    curves = read_curves(run)
    with (folder / "losses.csv").open(encoding="utf-8", newline="") as table:
        rows = list(csv.DictReader(table))
    assert [float(row["training loss"]) for row in rows if row["training loss"]] == curves.training.tolist()
    assert [float(row["validation loss"]) for row in rows if row["validation loss"]] == curves.validation.tolist()
    assert image.imread(folder / "losses.png").shape[:2] == (900, 1600)


def test_run_is_exported_as_a_page(folder: Path) -> None:
    done = run_command("export", "it's old", "--page", "old.html", "--tempo", "80", folder=folder)
    assert done.stdout == "old.html\n"
    assert "<bdi>it's old</bdi>" in (folder / "old.html").read_text(encoding="utf-8")
    done = run_command("export", "it's old", "--page", "old.html", folder=folder, status=1)
    assert "old.html is there already" in done.stderr


def test_export_refuses_takes_that_are_not_there_and_files_that_are(folder: Path) -> None:
    (folder / "losses.csv").write_text("mine")
    done = run_command("export", "it's old", "--take", "other", "--takes", "mid", folder=folder, status=1)
    assert "it's old has no take 'other'; it has: seed 5, temperature 1" in done.stderr
    done = run_command("export", "it's old", "--curves", "losses.csv", folder=folder, status=1)
    assert "losses.csv is there already" in done.stderr
    assert (folder / "losses.csv").read_text() == "mine"
    assert not (folder / "tunes").exists()
