"""The settings of a run as the Python code that reproduces it, and compared with those of another run.

Settings may come from somebody else's file, so everything in the code is the `repr` of a checked value: a string stays
a string.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, fields, replace
from typing import Any

from lstmmusic.config import NetworkConfig, RollConfig, TrainingConfig
from lstmmusic.errors import plain_text
from lstmmusic.music.corpus import Source
from lstmmusic.runs.listing import Run
from lstmmusic.settings import settings_of
from lstmmusic.training.snapshot import Change

WIDTH = 100


def as_code(run: Run) -> str:
    """Return the Python code that reproduces a run: the same music, settings, and changes of settings.

    On the same machine, with the same number of threads, a run on the CPU then has the same losses to the last bit. A
    run whose network was trained before, or that was resumed after its loss was no longer finite, cannot be reproduced.

    Parameters
    ----------
    run : Run

    Returns
    -------
    str
        A program that needs LSTMmusic alone. It saves the new run beside the others, and a tune.
    """
    return settings_as_code(
        run.network,
        run.initial_config or run.training,
        run.roll,
        run.source,
        music=run.music,
        validated=run.validated,
        changes=run.changes,
        updates=None if run.finished else run.updates,
        unknown=() if run.initial_config else sorted({name for change in run.changes for name in change.settings}),
        folder=f"runs/{run.name} again",
    )


def settings_as_code(
    network: NetworkConfig,
    training: TrainingConfig,
    roll: RollConfig,
    source: Source | None,
    *,
    music: str = "",
    validated: bool = True,
    changes: Iterable[Change] = (),
    updates: int | None = None,
    unknown: Sequence[str] = (),
    folder: str = "runs/again",
) -> str:
    """Return the Python code that makes a run with these settings; see `as_code`.

    Parameters
    ----------
    network : NetworkConfig
    training : TrainingConfig
        For the first update.
    roll : RollConfig
    source : Source or None
        Without one, a comment in the code asks for the music.
    music : str
        Its name, for that comment.
    validated : bool
        Whether tunes are held out.
    changes : iterable of Change
    updates : int, optional
        After which it stops; by default, and with 0, all epochs are done.
    unknown : sequence of str
        Settings whose initial values are unknown.
    folder : str
        In which the run is saved.
    """
    later: dict[int, dict[str, Any]] = {}
    reasons: dict[int, str] = {}
    for change in changes:
        if change.update == 0:
            training = replace(training, **change.settings)
        else:
            later.setdefault(change.update, {}).update(change.settings)
            reasons[change.update] = f"  # {change.reason!r}" if change.reason else ""
    lines = ["import lstmmusic as lm", "", *_music(roll, source, music, validated)]
    lines += [f"network = {_call('NetworkConfig', network)}"]
    late = {name for settings in later.values() for name in settings}
    lines += [f"# The initial value of {name} is unknown: put it here." for name in unknown if name in late]
    lines += [f"config = {_call('TrainingConfig', training)}"]
    lines += ["trainer = lm.Trainer(training, validation, network, config)"]
    if later:
        lines += ["changes = {  # settings that were changed, by the number of updates before"]
        lines += [f"    {update}: {later[update]!r},{reasons[update]}" for update in sorted(later)]
        lines += ["}"]
    lines += ["for update in trainer.steps():"]
    lines += ["    trainer.change(**changes.get(update.number, {}))"] if later else []
    lines += [
        "    if trainer.position == trainer.repeats == 0:",
        '        print(f"epoch {trainer.epoch}: loss {update.loss:.2f}")',
    ]
    if updates:
        lines += [f"    if update.number == {updates}:  # the run stopped here", "        break"]
    lines += [f"lm.save_run(trainer, {f'{folder}/run.safetensors'!r})"]
    lines += ["take = lm.generate(trainer.best_network(), config=training.config)"]
    lines += [f"lm.write_midi(take.tune, {f'{folder}/takes/tune.mid'!r})"]
    return "\n".join(lines) + "\n"


def compare_settings(one: Run, other: Run) -> list[tuple[str, str, str]]:
    """Compare the settings of two runs.

    Returns
    -------
    list of (str, str, str)
        The name of each setting that differs, and its value in each run, in words.
    """
    first, second = _settings(one), _settings(other)
    return [(name, first[name], second[name]) for name in first if first[name] != second[name]]


def _music(roll: RollConfig, source: Source | None, music: str, validated: bool) -> list[str]:
    grid = _call("RollConfig", roll) if roll != RollConfig() else ""
    lines = []
    if source is None:
        lines += [f"# The source of this music is unknown: {music!r}. Put its folder here."]
        source = Source("folder", "path/to/folder", held_out=0.15 if validated else None)
    arguments = [repr(source.folder)] * (source.kind == "folder") + [grid] * bool(grid)
    lines += [f"music = lm.load_{source.kind}({', '.join(arguments)})"]
    if source.held_out is not None:
        lines += [f"training, validation = music.split(validation={source.held_out!r}, seed={source.seed!r})"]
        return lines if validated else [*lines, "validation = None"]
    if validated:
        lines += ["# Which tunes were held out is unknown: put them here, as another corpus."]
    return [*lines, "training, validation = music, None"]


def _call(name: str, config: NetworkConfig | TrainingConfig | RollConfig) -> str:
    """Write a config, with the values that differ from the defaults."""
    default = type(config)()
    settings = {field.name: getattr(config, field.name) for field in fields(config)}
    written = [f"{name}={value!r}" for name, value in settings.items() if value != getattr(default, name)]
    line = f"lm.{name}({', '.join(written)})"
    return line if len(line) <= WIDTH else "\n    ".join([f"lm.{name}(", *(f"{part}," for part in written)]) + "\n)"


def _settings(run: Run) -> dict[str, str]:
    source = asdict(run.source) if run.source else {}
    held_out = source.get("held_out")
    settings = {
        "music": run.music,
        "folder": plain_text(source.get("folder", "")),
        "held out": "" if held_out is None else f"{held_out:g}",
        "seed of the split": "" if held_out is None else str(source["seed"]),
        "step": f"{run.roll.step:g} {run.roll.unit}",
    }
    for config in (run.network, run.initial_config or run.training):
        for name, setting in settings_of(type(config)).items():
            settings[name.replace("_", " ")] = setting.format(getattr(config, name))
    changes = "; ".join(f"after update {change.update}: {change}" for change in run.changes)
    return settings | {"pitches": f"{run.roll.lowest} to {run.roll.highest}", "changes during the run": changes}
