from __future__ import annotations

import json
import math
import shutil
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lstmmusic.config import NetworkConfig, RollConfig, TrainingConfig
from lstmmusic.errors import BusyError, CheckpointError, ConfigError, SaveError, TrainingError
from lstmmusic.music.playing import write_midi
from lstmmusic.music.source import Source
from lstmmusic.runs import training as training_module
from lstmmusic.runs.checkpoint import load_run, save_run
from lstmmusic.runs.listing import RUN_FILE, read_curves, read_run
from lstmmusic.runs.locks import locked
from lstmmusic.runs.recipe import Recipe
from lstmmusic.runs.starts import load_start
from lstmmusic.runs.training import RunProgress, train
from lstmmusic.training.trainer import Trainer
from tests.conftest import SMALL, make_scales, same_weights
from tests.runs.test_listing import edit_run, read_file

TRAINING = TrainingConfig(epochs=3, batch_size=2, length=20, initial_state_max=0.1, seed=3)


@pytest.fixture(scope="module")
def midi(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("music") / "scales"
    for tune in make_scales(6, 30).tunes:
        write_midi(tune, folder / f"{tune.name}.mid")
    return folder


@pytest.fixture
def recipe(midi: Path) -> Recipe:
    return Recipe(Source("folder", str(midi), held_out=0.3, seed=5), SMALL, NetworkConfig(8, (6, 7, 8)), TRAINING)


def train_alone(recipe: Recipe, path: Path) -> Trainer:
    """Train and save a run with a trainer alone."""
    trainer = Trainer(*recipe.load_music(), recipe.network, recipe.training, device="cpu")
    list(trainer.steps())
    save_run(trainer, path / RUN_FILE)
    return trainer


def assert_same(one: Path, other: Path) -> None:
    """Compare two runs, to the last bit."""
    (first, tensors), (second, others) = (read_file(path / RUN_FILE) for path in (one, other))
    for header in (first, second):
        header["position"]["seconds"] = 0.0
    assert first == second
    assert tensors.keys() == others.keys()
    assert same_weights(tensors, others)


def test_run_by_recipe_equals_the_same_run_by_a_trainer_alone(recipe: Recipe, tmp_path: Path) -> None:
    train_alone(recipe, tmp_path / "alone")
    records = list(train(recipe, tmp_path / "runs" / "mine", device="cpu"))
    assert_same(tmp_path / "alone", tmp_path / "runs" / "mine")
    run = read_run(tmp_path / "runs" / "mine")
    assert Recipe.of_run(run) == replace(recipe, network=run.network)
    first, last = records[0], records[-1]
    assert (first.update, first.saved, first.epoch, first.done) == (0, 0, 0, 0.0)
    assert (last.update, last.saved, last.epoch, last.done) == (run.updates, run.updates, 3, 1.0)
    assert (last.loss, last.best, last.seconds) == (run.loss, run.best, run.seconds)
    assert [one.update for one in records[1:-1]] == list(range(1, run.updates + 1))
    assert records[-2].validation == read_curves(run).validation[-1]


def test_run_that_was_stopped_after_any_update_continues_to_the_last_bit(recipe: Recipe, tmp_path: Path) -> None:
    train_alone(recipe, tmp_path / "alone")
    for updates in (0, 1, 4, 6):
        with closing(train(recipe, tmp_path / "mine", device="cpu")) as training:
            *_, last = islice(training, updates + 1)
        run = read_run(tmp_path / "mine")
        assert run.updates == last.update
        if updates == 4:
            assert not run.finished
    *_, last = train(recipe, tmp_path / "mine", device="cpu")
    assert_same(tmp_path / "alone", tmp_path / "mine")
    assert list(train(recipe, tmp_path / "mine", device="cpu")) == [last] * 2  # nothing is left to train


def test_recipe_of_a_run_repeats_it(recipe: Recipe, tmp_path: Path) -> None:
    with closing(train(recipe, tmp_path / "first", device="cpu")) as training:
        next(training)
    trainer = load_run(tmp_path / "first" / RUN_FILE, *recipe.load_music(), device="cpu")
    trainer.change(clip=0.5)  # before the first update
    save_run(trainer, tmp_path / "first" / RUN_FILE)
    again = Recipe.of_run(read_run(tmp_path / "first"))
    assert again.training == replace(recipe.training, clip=0.5)
    list(train(again, tmp_path / "first", device="cpu"))
    list(train(again, tmp_path / "second", device="cpu"))
    curves = [read_curves(read_run(tmp_path / name)).training.tolist() for name in ("first", "second")]
    assert curves[0] == curves[1]


def test_changes_during_a_run_stay_when_it_continues(recipe: Recipe, tmp_path: Path) -> None:
    with closing(train(recipe, tmp_path / "mine", device="cpu")) as training:
        *_, _ = islice(training, 4)
    trainer = load_run(tmp_path / "mine" / RUN_FILE, *recipe.load_music(), device="cpu")
    trainer.change(clip=0.25)
    save_run(trainer, tmp_path / "mine" / RUN_FILE)
    list(train(recipe, tmp_path / "mine", device="cpu"))
    run = read_run(tmp_path / "mine")
    assert (run.finished, run.training.clip, run.changes[-1].update) == (True, 0.25, 3)


def test_run_continues_with_more_epochs(recipe: Recipe, tmp_path: Path) -> None:
    list(train(recipe, tmp_path / "mine", device="cpu"))
    longer = replace(recipe, training=replace(recipe.training, epochs=5))
    *_, last = train(longer, tmp_path / "mine", device="cpu")
    assert last.epoch == 5
    *_, last = train(longer, tmp_path / "mine", device="cpu")
    assert [change.settings for change in read_run(tmp_path / "mine").changes] == [{"epochs": 5}]


@pytest.mark.parametrize("start", ["bundled: piano", "runs/earlier"])
def test_run_starts_from_weights(recipe: Recipe, tmp_path: Path, start: str) -> None:
    if start.startswith("runs"):
        list(train(recipe, tmp_path / start, device="cpu"))
    else:
        recipe = replace(recipe, roll=RollConfig(), network=None)
    started = replace(recipe, network=None, start=start, training=replace(recipe.training, epochs=1))
    list(train(started, tmp_path / "runs" / "mine", device="cpu", folder=tmp_path))
    origin = load_start(start, folder=tmp_path)
    trainer = Trainer(*started.load_music(), config=started.training, device="cpu", start_from=origin)
    list(trainer.steps())
    run = read_run(tmp_path / "runs" / "mine")
    assert read_curves(run).training.tolist() == trainer.losses.tolist()
    again = Recipe.of_run(run)
    assert (again.start, again.fingerprint) == (start, origin.origin.fingerprint)
    with pytest.raises(CheckpointError, match="no longer has the weights with the fingerprint 0000000000000000"):
        next(train(replace(again, fingerprint="0" * 16), tmp_path / "other", device="cpu", folder=tmp_path))


def test_run_ends_after_its_minutes_and_not_again(recipe: Recipe, tmp_path: Path) -> None:
    endless = replace(recipe, training=replace(recipe.training, epochs=1_000_000), minutes=0.01)
    *_, before, last = train(endless, tmp_path / "mine", device="cpu")
    assert last.seconds >= 0.6
    assert (last.done, last.saved) == (1.0, before.update)
    assert next(train(endless, tmp_path / "mine", device="cpu")).update == last.update
    *_, again = train(endless, tmp_path / "mine", device="cpu")
    assert again.update == last.update


def test_run_is_saved_at_intervals(recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr(training_module.time, "monotonic", lambda: clock[0])
    for record in train(recipe, tmp_path / "mine", device="cpu", autosave=10):
        clock[0] += 4
        if record.update in (2, 3, 5, 6):
            assert read_run(tmp_path / "mine").updates == record.saved == 3 * (record.update // 3)


def test_run_that_cannot_be_saved_for_a_time_continues_and_says_why(
    recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    training = train(recipe, tmp_path / "mine", device="cpu", autosave=0)
    next(training)
    with monkeypatch.context() as patch:
        patch.setattr(training_module, "save_run", raise_full)
        record = next(training)
        assert (record.update, record.saved, record.problem) == (1, 0, "the disk is full; free some space")
    record = next(training)
    assert (record.update, record.saved, record.problem) == (2, 2, "")
    monkeypatch.setattr(training_module, "save_run", raise_full)
    with pytest.raises(SaveError, match="the disk is full"):
        list(training)


def raise_full(*_: Any) -> None:
    raise SaveError("the disk is full; free some space")


def test_run_with_a_loss_that_is_not_finite_is_saved_with_its_best_weights(
    recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Trainer] = []
    make = Recipe.trainer
    monkeypatch.setattr(Recipe, "trainer", lambda self, **kwargs: made.append(make(self, **kwargs)) or made[0])
    training = train(recipe, tmp_path / "mine", device="cpu")
    *_, last = islice(training, 4)
    with torch.no_grad():
        made[0].network.layers[1].recurrent_weights.fill_(math.nan)
    with pytest.raises(TrainingError, match="best weights so far are kept"):
        next(training)
    assert read_run(tmp_path / "mine").updates == last.update == 3
    *_, last = train(recipe, tmp_path / "mine", device="cpu")
    assert last.epoch == 3


def test_run_that_is_open_elsewhere_is_refused_and_its_lock_ends_with_the_training(
    recipe: Recipe, tmp_path: Path
) -> None:
    with closing(train(recipe, tmp_path / "mine", device="cpu")) as training:
        next(training)
        with pytest.raises(BusyError, match="mine is open in another studio"):
            next(train(recipe, tmp_path / "mine", device="cpu"))
    with locked(tmp_path / "mine"):
        pass


def test_folder_with_another_run_is_refused_and_unharmed(recipe: Recipe, tmp_path: Path) -> None:
    list(train(recipe, tmp_path / "mine", device="cpu"))
    before = (tmp_path / "mine" / RUN_FILE).read_bytes()
    others = {
        "clip": replace(recipe, training=replace(recipe.training, clip=0.3)),
        "network": replace(recipe, network=NetworkConfig(8, (6, 7, 9))),
        "start": replace(recipe, network=None, start="bundled: piano"),
    }
    for name, other in others.items():
        with pytest.raises(ConfigError, match=rf"mine has a run with other settings \({name}.*another folder"):
            list(train(other, tmp_path / "mine", device="cpu"))
    with pytest.raises(CheckpointError, match="trained on other music"):
        list(train(replace(recipe, source=replace(recipe.source, seed=6)), tmp_path / "mine", device="cpu"))
    assert (tmp_path / "mine" / RUN_FILE).read_bytes() == before
    shutil.copytree(tmp_path / "mine", tmp_path / "link")
    (tmp_path / "link" / RUN_FILE).unlink()
    (tmp_path / "link" / RUN_FILE).symlink_to(tmp_path / "mine" / RUN_FILE)
    with pytest.raises(CheckpointError, match="leads elsewhere"):
        list(train(recipe, tmp_path / "link", device="cpu"))
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "folder link").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(SaveError, match="leads elsewhere"):
        list(train(recipe, tmp_path / "folder link", device="cpu"))
    assert not list((tmp_path / "elsewhere").iterdir())


def test_run_without_a_known_source_has_no_recipe(recipe: Recipe, tmp_path: Path) -> None:
    list(train(recipe, tmp_path / "mine", device="cpu"))
    edit_run(tmp_path / "mine" / RUN_FILE, source=None)
    with pytest.raises(ConfigError, match=r"source of the music of mine is unknown .*load its folder again"):
        Recipe.of_run(read_run(tmp_path / "mine"))


def test_recipe_is_the_same_after_json(recipe: Recipe) -> None:
    for one in (recipe, Recipe(Source("chorales")), replace(recipe, network=None, start="runs/é'\n", minutes=2.5)):
        assert Recipe.from_json(one.to_json()) == one
    assert Recipe.from_json('{"source": {"kind": "pieces"}, "training": {"epochs": 7}}') == Recipe(
        Source("pieces"), training=TrainingConfig(epochs=7)
    )


def spoil(values: dict[str, Any], change: Callable[[dict[str, Any]], object]) -> str:
    change(values)
    return json.dumps(values)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda all: all.pop("source"), "the settings for Recipe lack source"),
        (lambda all: all.update(source=None), "source is None; it must be a Source"),
        (lambda all: all.update(command="rm"), r"unknown settings for Recipe: \['command'\]"),
        (lambda all: all["training"].update(rates=1), "unknown settings for TrainingConfig|rates"),
        (lambda all: all["training"].update(clip=1e99), "clip is 1e.99; it must be a number from"),
        (lambda all: all["training"].update(clip=float("nan")), "clip is nan"),
        (lambda all: all.update(training=[1]), "settings for TrainingConfig are not a table"),
        (lambda all: all["network"].update(hidden=[9, 9, 99999]), "hidden .layer 3. is 99999"),
        (lambda all: all["network"].update(pitches=9), "network has 9 pitches, and the grid 8: set pitches=8"),
        (lambda all: all["source"].update(kind="http://example.org"), "kind is 'http"),
        (lambda all: all["roll"].update(step=0), "step is 0"),
        (lambda all: all.update(minutes=0), "minutes is 0; it must be a number from 0.001"),
        (lambda all: all.update(minutes=True), "minutes is True"),
        (lambda all: all.update(start=5), "start is 5; it must be a text"),
    ],
)
def test_hostile_recipe_is_refused(recipe: Recipe, change: Callable[[dict[str, Any]], object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        Recipe.from_json(spoil(json.loads(recipe.to_json()), change))


@pytest.mark.parametrize("text", ["", "[" * 100_000, "7", "null", "[]", '"a"', "1" * 10_000, '{"source": 3}'])
def test_text_that_is_no_recipe_is_refused(text: str) -> None:
    with pytest.raises(ConfigError):
        Recipe.from_json(text)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


@given(field=st.sampled_from(["source", "roll", "network", "training", "start", "fingerprint", "minutes"]), value=JSON)
def test_any_value_of_a_field_is_a_recipe_or_a_config_error(field: str, value: object) -> None:
    try:
        made = Recipe.from_json(json.dumps({"source": {"kind": "chorales"}, field: value}))
    except ConfigError:
        return
    assert Recipe.from_json(made.to_json()) == made


def test_progress_is_the_same_after_json() -> None:
    record = RunProgress(3, 1, 0.5, 2.5, 3.5, 3.25, 1.5, 2, "full")
    assert RunProgress.from_dict(json.loads(json.dumps(record.__dict__))) == record
