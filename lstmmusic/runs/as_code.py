"""What a run was made with: as the Python code that repeats it, and beside what another was made with.

Settings may come from a file that somebody else wrote, so that whatever is put into the code is the `repr` of a
checked value: a string stays a string.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, fields, replace
from typing import Any

from lstmmusic.config import NetworkConfig, RollConfig, TrainingConfig
from lstmmusic.errors import plain_text
from lstmmusic.music.corpus import Source
from lstmmusic.runs.listing import Run
from lstmmusic.training.snapshot import Change

WIDTH = 100


def as_code(run: Run) -> str:
    """Write the Python code that repeats a run without widgets: the same music, settings, and changes on the way.

    On the same machine, with as many threads, a run on the CPU then has the same losses to the last bit. A run whose
    network was trained before, or that went on after its loss was no longer finite, cannot be told in code.

    Parameters
    ----------
    run : Run

    Returns
    -------
    str
        Lines that need nothing but LSTMmusic. It saves the run anew, beside the others, and a tune.
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
    """Write the Python code that makes a run with these settings; see `as_code`.

    Parameters
    ----------
    network : NetworkConfig
    training : TrainingConfig
        As it is at the first update.
    roll : RollConfig
    source : Source or None
        Without one, the code says that the music is to be put there.
    music : str
        In words, for that.
    validated : bool
        Whether tunes are held out.
    changes : iterable of Change
    updates : int, optional
        After how many it stops; by default, and with 0, when its epochs are done.
    unknown : sequence of str
        Settings of which nobody knows how they began.
    folder : str
        Where the run is saved.
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
    lines += [f"# How {name} began is not known: put the value here." for name in unknown if _is_late(name, later)]
    lines += [f"config = {_call('TrainingConfig', training)}"]
    lines += ["trainer = lm.Trainer(training, validation, network, config)"]
    if later:
        lines += ["changes = {  # what was changed on the way, by the number of updates before it"]
        lines += [f"    {update}: {later[update]!r},{reasons[update]}" for update in sorted(later)]
        lines += ["}"]
    lines += ["for update in trainer.steps():"]
    lines += ["    trainer.change(**changes.get(update.number, {}))"] if later else []
    lines += [
        "    if trainer.position == trainer.repeats == 0:",
        '        print(f"epoch {trainer.epoch}: loss {update.loss:.2f}")',
    ]
    if updates:
        lines += [f"    if update.number == {updates}:  # the run was left here", "        break"]
    lines += [f"lm.save_run(trainer, {f'{folder}/run.safetensors'!r})"]
    lines += ["take = lm.generate(trainer.best_network(), config=training.config)"]
    lines += [f"lm.write_midi(take.tune, {f'{folder}/takes/tune.mid'!r})"]
    return "\n".join(lines) + "\n"


def compare_settings(one: Run, other: Run) -> list[tuple[str, str, str]]:
    """Tell in what the settings of two runs differ.

    Returns
    -------
    list of (str, str, str)
        The setting, and its value in each run, in words; nothing for what is equal.
    """
    first, second = _settings(one), _settings(other)
    return [(name, first[name], second[name]) for name in first if first[name] != second[name]]


def _music(roll: RollConfig, source: Source | None, music: str, validated: bool) -> list[str]:
    grid = _call("RollConfig", roll) if roll != RollConfig() else ""
    lines = []
    if source is None:
        lines += [f"# Nobody wrote down where this music is: {music!r}. Name its folder here."]
        source = Source("folder", "name/the/folder", held_out=0.15 if validated else None)
    arguments = [repr(source.folder)] * (source.kind == "folder") + [grid] * bool(grid)
    lines += [f"music = lm.load_{source.kind}({', '.join(arguments)})"]
    if source.held_out is not None:
        lines += [f"training, validation = music.split(validation={source.held_out!r}, seed={source.seed!r})"]
        return lines if validated else [*lines, "validation = None"]
    if validated:
        lines += ["# Nobody knows which tunes were held out: put them here, as another corpus."]
    return [*lines, "training, validation = music, None"]


def _call(name: str, config: NetworkConfig | TrainingConfig | RollConfig) -> str:
    """Write a configuration, of which only what is not as by default."""
    usual = type(config)()
    settings = {field.name: getattr(config, field.name) for field in fields(config)}
    written = [f"{name}={value!r}" for name, value in settings.items() if value != getattr(usual, name)]
    line = f"lm.{name}({', '.join(written)})"
    return line if len(line) <= WIDTH else "\n    ".join([f"lm.{name}(", *(f"{part}," for part in written)]) + "\n)"


def _is_late(name: str, later: Mapping[int, Mapping[str, Any]]) -> bool:
    return any(name in settings for settings in later.values())


def _settings(run: Run) -> dict[str, str]:
    source = asdict(run.source) if run.source else {}
    held_out = source.get("held_out")
    told = {
        "music": run.music,
        "folder": plain_text(source.get("folder", "")),
        "held out": "" if held_out is None else f"{held_out:g}",
        "seed of the split": "" if held_out is None else str(source["seed"]),
        "step": f"{run.roll.step:g} {run.roll.unit}",
        "pitches": f"{run.roll.lowest} to {run.roll.highest}",
    }
    for config in (run.network, run.initial_config or run.training):
        values = {field.name: getattr(config, field.name) for field in fields(config)}
        told |= {name.replace("_", " "): _tell(value) for name, value in values.items() if name != "pitches"}
    return told | {"changes on the way": "; ".join(f"after update {change.update}: {change}" for change in run.changes)}


def _tell(value: Any) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(_tell, value))
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "by size"}[value]
    return f"{value:g}" if isinstance(value, float) else str(value)
