from __future__ import annotations

import ast
import json
from collections.abc import Iterable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lstmmusic.config import NetworkConfig, RollConfig, TrainingConfig
from lstmmusic.errors import ConfigError
from lstmmusic.generation.sampler import generate
from lstmmusic.music.expression import Expression
from lstmmusic.music.loading import load_folder
from lstmmusic.music.playing import write_midi
from lstmmusic.music.source import Source
from lstmmusic.presets import PRESETS
from lstmmusic.runs.as_code import as_code, settings_in_words
from lstmmusic.runs.checkpoint import load_network, save_run
from lstmmusic.runs.differences import find_differences, list_differing
from lstmmusic.runs.listing import Run, find_runs, read_curves, read_run
from lstmmusic.runs.starts import load_start
from lstmmusic.training.snapshot import Change
from lstmmusic.training.start import Origin
from lstmmusic.training.trainer import Trainer
from tests.conftest import SMALL, make_scales
from tests.processes import run_python
from tests.runs.test_listing import edit_run, make_run

HOSTILE = (
    "'); import os; os.remove('precious')  # ",
    '"); import os; os.remove("precious")  # ',
    "\nimport os; os.remove('precious')\n",
    "\rimport os\r\n",
    "\\'); import os; os.remove('precious')  # \\",
    "'''\"\"\"\n{os}",
    "\u2028import os\u2029\x0c\x00\udcff",
)


def execute(programs: Iterable[Path]) -> str:
    """Run programs in one process, each in its folder, return what they print."""
    code = "import os, runpy, sys\nfor path in sys.argv[1:]: os.chdir(os.path.dirname(path)); runpy.run_path(path)"
    return run_python("-c", code, *map(str, programs), OMP_NUM_THREADS="1", CUDA_VISIBLE_DEVICES="").stdout


def make_changing_run(folder: Path, config: TrainingConfig, updates: int) -> float:
    """Make a run whose settings change, and return the loss with which its first epoch ended."""
    for tune in make_scales(6, 30).tunes:
        write_midi(tune, folder / 'it\'s my "midi"' / f"{tune.name}.mid")
    source = Source("folder", 'it\'s my "midi"')
    music = replace(load_folder(folder / source.folder, SMALL, quiet=True), source=source)
    trainer = Trainer(*music.split(0.3, seed=5), NetworkConfig(8, (6, 7, 8)), config, device="cpu")
    trainer.change(clip=2.0)
    for update in trainer.steps():
        if update.number == 3:
            trainer.change(learning_rates=(1e-3, 2e-3, 3e-3, 4e-3))
            trainer.change(batch_size=1, reason="the memory did not suffice")
        if update.number == 5:
            trainer.change(epochs=3, l1=1e-4)
        if trainer.epoch == 1 and trainer.position == trainer.repeats == 0:
            first_epoch = update
        if update.number == updates:
            break
    save_run(trainer, folder / "runs" / "mine" / "run.safetensors")
    return first_epoch.loss


def make_started_run(folder: Path, start: str, *, pitches: RollConfig) -> float:
    """Make a run that starts from trained weights, and return the loss with which its first epoch ended."""
    for tune in make_scales(4, 30, pitches).tunes:
        write_midi(tune, folder / "midi" / f"{tune.name}.mid")
    music = replace(load_folder(folder / "midi", pitches, quiet=True), source=Source("folder", "midi"))
    config = TrainingConfig(epochs=1, batch_size=2, length=20)
    trainer = Trainer(*music.split(0.3), config=config, device="cpu", start_from=load_start(start, folder=folder))
    *_, last = trainer.steps()
    save_run(trainer, folder / "runs" / "mine" / "run.safetensors")
    return last.loss


def test_code_reproduces_a_run_and_its_tune_to_the_last_bit(tmp_path: Path) -> None:
    losses = {}
    for name, config, updates in (
        ("stopped", TrainingConfig(epochs=9, batch_size=2, length=20, seed=3), 12),
        ("finished", replace(PRESETS["seed-2016"].training, epochs=2, batch_size=2, length=20), 1000),
    ):
        folder = tmp_path / name
        losses[folder / "code.py"] = make_changing_run(folder, config, updates)
        (folder / "code.py").write_text(as_code(read_run(folder / "runs" / "mine")))
    make_run(tmp_path / "from a run" / "runs" / "it's" / "run.safetensors", 12)
    for name, start, pitches in (
        ("from a run", "runs/it's", SMALL),
        ("bundled", "bundled: piano", RollConfig()),
    ):
        folder = tmp_path / name
        losses[folder / "code.py"] = make_started_run(folder, start, pitches=pitches)
        (folder / "code.py").write_text(as_code(read_run(folder / "runs" / "mine"), tempo=132, pedal="bass"))
    printed = execute(losses)
    assert printed.count("epoch 1: ") == len(losses)
    for program, loss in losses.items():
        runs = {run.name: run for run in find_runs(program.parent)[0]}
        again, first = runs["mine again"], runs["mine"]
        assert (again.updates, again.training, again.network) == (first.updates, first.training, first.network)
        assert (again.changes[-1:], again.started_from) == (first.changes[-1:], first.started_from)
        assert again.finished == first.finished == (program.parent.name != "stopped")
        curves, repeated = read_curves(first), read_curves(again)
        np.testing.assert_array_equal(curves.training, repeated.training)
        np.testing.assert_array_equal(curves.validation, repeated.validation)
        assert f"epoch 1: loss {loss:.2f}\n" in printed
        (take,) = again.takes
        network, roll = load_network(first.file)
        tune = generate(network, config=roll, until_end=network.config.endings, quiet=True).ringing
        if again.started_from:
            write_midi(tune, program.parent / "here.mid", tempo=132, expression=Expression.of(tune, pedal="bass"))
        else:
            write_midi(tune, program.parent / "here.mid")
        assert take.name == "tune.mid"
        assert take.read_bytes() == (program.parent / "here.mid").read_bytes()


def finished_run(source: Source | None, **fields: Any) -> Run:
    """Return a run with the default settings and this source, or with other fields."""
    run = read_run(Path(__file__).parents[1] / "data" / "golden" / "run")
    settings = {"network": NetworkConfig(), "initial_config": TrainingConfig(), "roll": RollConfig(), "changes": ()}
    return replace(run, **{**settings, "name": "mine", "source": source, "validated": True, "finished": True, **fields})


def test_code_has_only_settings_that_differ_from_the_defaults() -> None:
    assert as_code(finished_run(Source("chorales", held_out=0.15))) == (
        "import lstmmusic as lm\n"
        "\n"
        "music = lm.load_chorales()\n"
        "training, validation = music.split(validation=0.15, seed=0)\n"
        "network = lm.NetworkConfig()\n"
        "config = lm.TrainingConfig()\n"
        "trainer = lm.Trainer(training, validation, network, config)\n"
        "for update in trainer.steps():\n"
        "    if trainer.position == trainer.repeats == 0:\n"
        '        print(f"epoch {trainer.epoch}: loss {update.loss:.2f}")\n'
        "lm.save_run(trainer, 'runs/mine again/run.safetensors')\n"
        "metre = str(training.metre[0]) if training.metre else None\n"
        "take = lm.generate(trainer.best_network(), config=training.config, until_end=True, metre=metre)\n"
        "lm.write_midi(take.ringing, 'runs/mine again/takes/tune.mid')\n"
    )


def test_code_has_a_take_of_what_the_network_learned() -> None:
    run = finished_run(Source("chorales"), network=NetworkConfig().rolls_only())
    assert "take = lm.generate(trainer.best_network(), config=training.config)\n" in as_code(run)


def test_code_writes_the_tune_as_it_is_played() -> None:
    code = as_code(finished_run(Source("chorales")), tempo=80, velocity=100, flat=True, instrument=6, pedal="bass")
    assert code.endswith(
        "lm.write_midi(\n"
        "    take.ringing,\n"
        "    'runs/mine again/takes/tune.mid',\n"
        "    tempo=80,\n"
        "    velocity=100,\n"
        "    flat=True,\n"
        "    instrument=6,\n"
        "    expression=lm.Expression.of(take.ringing, pedal='bass'),\n"
        ")\n"
    )
    with pytest.raises(ConfigError, match="tempo"):
        as_code(finished_run(Source("chorales")), tempo=0)


def test_code_loads_the_weights_from_which_a_run_started() -> None:
    origin = Origin("runs/2026-11-24 1530 chorales 3x120", "0123456789abcdef")
    code = as_code(finished_run(Source("chorales", held_out=0.15), started_from=origin))
    assert (
        "start = lm.load_start('runs/2026-11-24 1530 chorales 3x120', fingerprint='0123456789abcdef')\n"
        "config = lm.TrainingConfig()\n"
        "trainer = lm.Trainer(training, validation, config=config, start_from=start)\n"
    ) in code
    assert "NetworkConfig" not in code


def test_code_has_every_setting_of_the_preset_of_2016() -> None:
    network, training = PRESETS["seed-2016"]
    roll = RollConfig(step=0.25, unit="beats")
    fields = {"network": network, "initial_config": training, "roll": roll, "validated": False}
    code = as_code(finished_run(Source("pieces"), **fields))
    assert "music = lm.load_pieces(lm.RollConfig(step=0.25, unit='beats'))\n" in code
    assert "training, validation = music, None\n" in code
    written = {line.split(" = ")[0]: line for line in code.replace("\n   ", "").replace(",\n)", ")").splitlines()}
    scope = {"lm": __import__("lstmmusic")}
    assert eval(written["config"].partition(" = ")[2], scope) == training
    assert eval(written["network"].partition(" = ")[2], scope) == network
    assert max(map(len, code.splitlines())) <= 120


def test_code_leaves_out_what_the_user_left_out() -> None:
    code = as_code(finished_run(Source("folder", "midi", left_out=("a.mid",), parts_left_out=("Violin",), pedal=True)))
    assert "music = lm.load_folder('midi', left_out=('a.mid',), parts_left_out=('Violin',), pedal=True)\n" in code
    code = as_code(finished_run(Source("palestrina")))
    assert "music = lm.load_builtin('palestrina', lm.RollConfig())\n" in code
    many = Source("pieces", left_out=tuple(f"tune number {number}.mid" for number in range(20)))
    code = as_code(finished_run(many, roll=RollConfig(step=0.25, unit="beats")))
    assert max(map(len, code.splitlines())) <= 100
    loaded = code.partition("music = ")[2].partition("\ntraining")[0]
    call = ast.parse(loaded, mode="eval").body
    assert isinstance(call, ast.Call)
    assert ast.unparse(call.func) == "lm.load_builtin"
    assert [ast.unparse(argument) for argument in call.args] == ["'pieces'", "lm.RollConfig(step=0.25, unit='beats')"]
    assert [(word.arg, ast.literal_eval(word.value)) for word in call.keywords] == [("left_out", many.left_out)]


def test_code_asks_for_music_whose_source_is_unknown() -> None:
    code = as_code(finished_run(None, music="mine,\n4 + 2 tunes"))
    assert "# The source of this music is unknown: 'mine,\\n4 + 2 tunes'. Put its folder here.\n" in code
    assert "music = lm.load_folder('path/to/folder')\n" in code
    code = as_code(finished_run(Source("chorales")))
    assert "# Which tunes were held out is unknown" in code


def test_code_asks_for_unknown_initial_values(tmp_path: Path) -> None:
    make_run(tmp_path / "one.safetensors", change=True)
    edit_run(tmp_path / "one.safetensors", began=None)
    code = as_code(read_run(tmp_path / "one.safetensors"))
    assert "# The initial value of clip is unknown: put it here.\nconfig = " in code
    edit_run(tmp_path / "one.safetensors", began=json.loads(json.dumps({"clip": 9.0, "calibrate": True})))
    code = as_code(read_run(tmp_path / "one.safetensors"))
    assert "unknown" not in code
    assert "config = lm.TrainingConfig(clip=9.0)\n" in code
    assert "    2: {'clip': 0.5},\n" in code


@pytest.mark.parametrize("text", HOSTILE)
def test_text_of_a_file_stays_text_in_the_code(tmp_path: Path, text: str) -> None:
    file = tmp_path / "runs" / "one.safetensors"
    make_run(file, change=True)
    plain_source = Source("folder", "midi", 0.3, left_out=("a.mid",), parts_left_out=("Violin",))
    plain = as_code(replace(read_run(file), source=plain_source, started_from=Origin("runs/a", "0" * 16)))
    change = {"update": 2, "settings": {"clip": 0.5}, "reason": text}
    source = asdict(Source("folder", text, 0.3, left_out=(text,), parts_left_out=(text,)))
    started_from = {"source": text, "fingerprint": "0" * 16}
    edit_run(file, source=source, music=text, changes=[change], started_from=started_from)
    run = read_run(file)
    code = as_code(run)
    assert asdict(run)["source"] == source
    assert text in [node.value for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Constant)]
    assert shape(code) == shape(plain)
    lost = replace(run, source=None)
    assert shape(as_code(replace(lost, name=text))) == shape(as_code(replace(lost, name="", music="")))


def shape(code: str) -> str:
    """Return what code does, without its strings."""
    tree = ast.parse(code)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            node.value = ""
    return ast.dump(tree)


def test_comparison_shows_only_settings_that_differ(tmp_path: Path) -> None:
    make_run(tmp_path / "one.safetensors")
    one = read_run(tmp_path / "one.safetensors")
    assert settings_in_words(one) == settings_in_words(replace(one, name="other", loss=9.0))
    other = replace(
        one,
        source=Source("chorales", held_out=0.2, seed=1, left_out=tuple("abcde"), pedal=True),
        network=replace(one.network, hidden=(120, 120, 120), skip=False),
        initial_config=replace(one.training, initial_weight_std=0.1, learning_rates=(1e-3, 0.0, 0.0, 0.0), seed=9),
        roll=RollConfig(step=0.25, unit="beats", lowest=60, highest=67),
        started_from=Origin("runs/first", "0" * 16),
        changes=(Change(3, {"clip": 0.5}), Change(5, {"batch_size": 4}, "memory")),
    )
    first, second = map(settings_in_words, (one, other))
    assert [(name, first[name], second[name]) for name in list_differing([first, second])] == [
        ("Folder", "midi", ""),
        ("Files left out", "", "a, b, c and 2 more"),
        ("Pedal", "", "on"),
        ("Held out", "0.3", "0.2"),
        ("Seed of the split", "0", "1"),
        ("Time step", "0.3 seconds", "0.25 beats"),
        ("Start from", "new", "run first"),
        ("Units", "6, 7, 8", "120, 120, 120"),
        ("Skip connections", "on", "off"),
        ("Rate", "0.004, 0.004, 0.004, 0.02", "0.001, 0, 0, 0"),
        ("Weight std", "by size", "0.1"),
        ("Seed", "0", "9"),
        ("Changes", "", "after update 3: clip 0.5; after update 5: batch size 4 (memory)"),
    ]


def test_differences_among_runs_begin_with_what_is_rare() -> None:
    settings = [{"Rate": rate, "Seed": seed, "Loss": "same"} for rate in "abc" for seed in "12"]
    assert find_differences(settings) == [[("Rate", rate), ("Seed", seed)] for rate in "abc" for seed in "12"]
    settings[0]["Seed"] = "3"
    assert find_differences(settings)[0] == [("Seed", "3"), ("Rate", "a")]
    assert find_differences(settings[:1]) == [[]]
    assert find_differences([]) == []
