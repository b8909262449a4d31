"""The run, and the music, that a command is given: by name or by path."""

from __future__ import annotations

import argparse
import shlex
from dataclasses import replace
from pathlib import Path

import pytest

import lstmmusic as lm
from lstmmusic.command import ingredients
from lstmmusic.command.finding import find_run, say_how_to_resume
from lstmmusic.command.ingredients import read_recipe
from lstmmusic.errors import CheckpointError
from lstmmusic.runs.as_command import as_command
from lstmmusic.runs.recipe import Recipe
from tests.conftest import SMALL, make_scales
from tests.runs.test_listing import make_run


def recipe_of(*words: str) -> Recipe:
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.set_defaults(parser=parser)
    ingredients.add_ingredients(parser)
    return read_recipe(parser.parse_known_args(words)[0], Path.cwd(), None)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def stored(folder: Path) -> lm.Corpus:
    """A stored corpus of which a file was left out, whose name is not that of a corpus."""
    for number, tune in enumerate(make_scales(4, 30).tunes):
        lm.write_midi(tune, folder / "midi" / f"scale {number}.mid")
    music = lm.load_folder(folder / "midi", SMALL, quiet=True).choose({"scale 1.mid"})
    return lm.store_corpus(music, folder / "scales", quiet=True)


def test_missing_run_is_reported_with_the_whole_names_of_others(folder: Path) -> None:
    (folder / "runs" / "rate 0.004").mkdir(parents=True)
    (folder / "runs" / "old 1.5.safetensors").touch()
    with pytest.raises(CheckpointError, match=r"it has: old 1\.5, rate 0\.004$"):
        find_run("rate 0.002", folder)
    assert find_run("old 1.5", folder) == folder / "runs" / "old 1.5.safetensors"
    for name in ("..", ""):
        assert find_run(name, folder) == Path(name)


def test_start_is_found_as_a_run_is(folder: Path) -> None:
    (folder / "runs" / "one").mkdir(parents=True)
    (folder / "runs" / "old.safetensors").touch()
    (folder / "one").mkdir()
    starts = {start: recipe_of("--start-from", start).start for start in ("one", "old", "runs/one", "bundled: piano")}
    assert list(starts.values()) == ["runs/one", "runs/old.safetensors", "runs/one", "bundled: piano"]


def test_stored_corpus_keeps_its_grid_and_what_was_left_out(folder: Path, stored: lm.Corpus) -> None:
    recipe = recipe_of("--music", "scales", "--seed", "3")
    assert (recipe.roll, recipe.shape.pitches) == (SMALL, SMALL.pitches)
    assert recipe.source == replace(stored.source, folder="scales", held_out=0.15, seed=0)
    assert recipe.source.left_out == ("scale 1.mid",)
    assert recipe_of("--music", "scales", "--left-out", "scale 2.mid").source.left_out == ("scale 2.mid",)
    assert recipe_of("--music", "scales", "--left-out=").source.left_out == ()


@pytest.mark.parametrize(
    ("words", "message"),
    [(("--step", "0.7"), "has a grid of its own"), (("--pedal",), "--pedal cannot be chosen for a stored corpus")],
)
def test_stored_corpus_has_no_other_grid_or_notes(
    words: tuple[str, ...], message: str, stored: lm.Corpus, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        recipe_of("--music", "scales", *words)
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("left_out", [(), ("scale 2.mid",)])
def test_run_of_a_stored_corpus_is_reproduced(left_out: tuple[str, ...], folder: Path, stored: lm.Corpus) -> None:
    path = folder / "runs" / "one"
    make_run(path / "run.safetensors", 1)
    source = replace(stored.source, left_out=left_out, held_out=0.2)
    run = replace(lm.find_runs(folder)[0][0], source=source, roll=SMALL)
    scope: dict[str, object] = {}
    exec("\n".join(lm.as_code(run).split("network =")[0].splitlines()), scope)
    assert isinstance(scope["music"], lm.Corpus)
    assert scope["music"].left_out == set(left_out)
    (line,) = as_command(run).replace("\\\n", "").splitlines()
    words = [word for word in shlex.split(line)[2:] if not word.startswith("--name=")]
    assert recipe_of(*words).source == source


def test_command_that_continues_a_run_names_its_folder() -> None:
    assert say_how_to_resume("train", "it's", ".") == """Continue with: lstmmusic train --resume 'it'"'"'s'"""
    assert say_how_to_resume("sweep", "one", "a studio").endswith("--resume one --folder 'a studio'")
