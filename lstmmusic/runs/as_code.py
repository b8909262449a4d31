"""The settings of a run in words, and as the Python code that reproduces it.

Settings may come from somebody else's file, so everything in the code is the `repr` of a checked value: a string stays
a string.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from inspect import signature
from typing import Any

from lstmmusic.config import NetworkConfig, RollConfig, TrainingConfig
from lstmmusic.errors import ConfigError, plain_text
from lstmmusic.generation.sampler import generate
from lstmmusic.music.expression import Pedal, TempoCurve
from lstmmusic.music.playing import check_playing
from lstmmusic.music.score import VELOCITY
from lstmmusic.music.source import STORED, Source
from lstmmusic.runs.listing import Run
from lstmmusic.settings import check_fields, checked, settings_of

WIDTH = 100
SHOWN = 3  # names in a list


@dataclass(frozen=True)
class PrimerSource:
    """Where a primer is from.

    Parameters
    ----------
    source : Source
        The music that has it.
    file : str
        `Verdict.name` of its file.
    start, stop : int
        The first step of it, on the grid of the run that continues it, and the step after the last.
    """

    source: Source
    file: str
    start: int
    stop: int

    def __post_init__(self) -> None:
        check_fields(self)


@checked
def as_code(
    run: Run,
    *,
    primer: PrimerSource | None = None,
    sampling: Mapping[str, Any] | None = None,
    tempo: float = 100.0,
    velocity: int = VELOCITY,
    flat: bool = False,
    instrument: int = 0,
    tempo_curve: TempoCurve = "strict",
    pedal: Pedal = "none",
) -> str:
    """Return the Python code that reproduces a run: the same music, settings, and changes of settings.

    On the same machine, with the same number of threads, a run on the CPU then has the same losses to the last bit. The
    weights from which it started are loaded again, and must not have changed since. A run whose network was given with
    weights, or that was resumed after its loss was no longer finite, cannot be reproduced.

    Parameters
    ----------
    run : Run
    primer : PrimerSource, optional
        What its tune continues; by default it starts from silence.
    sampling : mapping of str to object, optional
        Keywords of `lstmmusic.generate`; by default the metre is the usual one of the music, and the tune ends where
        the network ends it.
    tempo, velocity, flat, instrument
        How its tune is played; see `lstmmusic.music.playing.write_midi`.
    tempo_curve, pedal
        The `tempo` and `pedal` of `lstmmusic.music.expression.Expression.of`: 'piece' is that of the primer.

    Returns
    -------
    str
        A program that needs LSTMmusic alone. It saves the new run beside the others, and a tune.

    Raises
    ------
    ConfigError
        If the tempo, velocity or instrument is out of range, or tempo curve or pedal are those of a piece without a
        primer.
    """
    check_playing(tempo, velocity, instrument)
    follows_piece = "piece" in (tempo_curve, pedal)
    if follows_piece and primer is None:
        raise ConfigError("tempo and pedal can be as in the piece only if there is one; give the primer")
    later = run.later_changes
    lines = ["import lstmmusic as lm", "", *_load_music(run)]
    origin, arguments = run.started_from, "network, config"
    if origin is None:
        lines += [f"network = {_call('NetworkConfig', run.network)}"]
    else:
        loaded = [repr(origin.source), f"fingerprint={origin.fingerprint!r}"]
        lines += [f"start = {_write_call('lm.load_start', loaded)}"]
        arguments = "config=config, start_from=start"
    if run.initial_config is None:
        changed = sorted({name for change in later for name in change.settings})
        lines += [f"# The initial value of {name} is unknown: put it here." for name in changed]
    lines += [f"config = {_call('TrainingConfig', run.first_settings)}"]
    lines += [f"trainer = lm.Trainer(training, validation, {arguments})"]
    if later:
        lines += ["changes = {  # settings that were changed, by the number of updates before"]
        for change in later:
            reason = f"  # {change.reason!r}" if change.reason else ""
            lines += [f"    {change.update}: {change.settings!r},{reason}"]
        lines += ["}"]
    lines += ["for update in trainer.steps():"]
    lines += ["    trainer.change(**changes.get(update.number, {}))"] if later else []
    lines += [
        "    if trainer.position == trainer.repeats == 0:",
        '        print(f"epoch {trainer.epoch}: loss {update.loss:.2f}")',
    ]
    if run.updates and not run.finished:
        lines += [f"    if update.number == {run.updates}:  # the run stopped here", "        break"]
    folder = f"runs/{run.name} again"
    lines += [f"lm.save_run(trainer, {f'{folder}/run.safetensors'!r})"]
    asked = ["trainer.best_network()"]
    if primer:
        lines += _load_primer(run, primer, follows_piece=follows_piece)
        asked += ["primer"]
    asked += ["config=training.config"]
    if sampling is not None:
        usual = signature(generate).parameters
        asked += [f"{name}={value!r}" for name, value in sampling.items() if value != usual[name].default]
    else:
        asked += ["until_end=True"] * run.network.endings
        if run.network.metre:
            lines += ["metre = str(training.metre[0]) if training.metre else None"]
            asked += ["metre=metre"]
    lines += [f"take = {_write_call('lm.generate', asked)}"]
    manner = {"tempo": (tempo, 100.0), "velocity": (velocity, VELOCITY), "flat": (flat, False)}
    manner["instrument"] = (instrument, 0)
    writing = ["take.ringing", repr(f"{folder}/takes/tune.mid")]
    writing += [f"{name}={value!r}" for name, (value, default) in manner.items() if value != default]
    laid = ["piece", f"start={primer.start}"] if primer and follows_piece else []
    laid += [
        f"{name}={value!r}"
        for name, value, usual in (("tempo", tempo_curve, "strict"), ("pedal", pedal, "none"))
        if value != usual
    ]
    if laid:
        writing += [f"expression={_write_call('lm.Expression.of', ['take.ringing', *laid])}"]
    lines += [_write_call("lm.write_midi", writing)]
    return "\n".join(lines) + "\n"


def settings_in_words(run: Run) -> dict[str, str]:
    """Return each setting of a run, its music among them, by its label and in words; "" for what there is none of."""
    source = asdict(run.source) if run.source else {}
    held_out = source.get("held_out")
    settings = {
        "Music": run.music,
        "Folder": plain_text(source.get("folder", "")),
        "Files left out": _list(source.get("left_out", ())),
        "Parts left out": _list(source.get("parts_left_out", ())),
        "Pedal": "on" if source.get("pedal") else "",
        "Held out": "" if held_out is None else f"{held_out:g}",
        "Seed of the split": "" if held_out is None else str(source["seed"]),
        "Time step": f"{run.roll.step:g} {run.roll.unit}",
        "Start from": str(run.started_from or "new"),
    }
    for config in (run.network, run.initial_config or run.training):
        for name, setting in settings_of(type(config)).items():
            settings[setting.label] = setting.format(getattr(config, name))
    changes = "; ".join(f"after update {change.update}: {change}" for change in run.changes)
    return settings | {"Pitches": f"{run.roll.lowest} to {run.roll.highest}", "Changes": changes}


def _load_music(run: Run) -> list[str]:
    source, lines = run.source, []
    if source is None:
        lines += [f"# The source of this music is unknown: {run.music!r}. Put its folder here."]
        source = Source("folder", "path/to/folder", held_out=0.15 if run.validated else None)
    lines += [f"music = {_load(source, run.roll)}"]
    if source.held_out is not None:
        lines += [f"training, validation = music.split(validation={source.held_out!r}, seed={source.seed!r})"]
        return lines if run.validated else [*lines, "validation = None"]
    if run.validated:
        lines += ["# Which tunes were held out is unknown: put them here, as another corpus."]
    return [*lines, "training, validation = music, None"]


def _load(source: Source, roll: RollConfig) -> str:
    """Write the call that loads music on a grid."""
    if source.kind == STORED:
        # Also where none are left out now: others may have been when it was stored.
        return f"lm.open_corpus({source.folder!r}).choose({_write_value(source.left_out)})"
    grid = _call("RollConfig", roll) if roll != RollConfig() else ""
    choices = {name: getattr(source, name) for name in ("left_out", "parts_left_out", "pedal")}
    arguments = [f"{name}={_write_value(value)}" for name, value in choices.items() if value]
    load = source.kind
    if source.kind == "folder":
        arguments = [repr(source.folder), *[grid] * bool(grid), *arguments]
    elif source.kind in ("chorales", "pieces") and not arguments:
        arguments = [grid] * bool(grid)
    else:
        load, arguments = "builtin", [repr(source.kind), grid or "lm.RollConfig()", *arguments]
    return _write_call(f"lm.load_{load}", arguments)


def _load_primer(run: Run, primer: PrimerSource, *, follows_piece: bool) -> list[str]:
    """Write what reads a primer, and the score of its piece."""
    theirs, own = (each and replace(each, held_out=None, seed=0, left_out=()) for each in (primer.source, run.source))
    lines, music = [], "music"
    if theirs != own:
        music = "others"
        lines += [f"others = {_load(primer.source, run.roll)}"]
    lines += [f"file = next(each.path for each in {music}.verdicts if each.name == {primer.file!r})"]
    original = ["file", f"{music}.source", "training.config", f"pedal={primer.source.pedal!r}"]
    lines += [f"primer = lm.read_original({', '.join(original)}).part({primer.start}, {primer.stop})"]
    if follows_piece:
        lines += [f"piece = lm.read_chosen_parts(file, {music}.source)"]
    return lines


def _call(name: str, config: NetworkConfig | TrainingConfig | RollConfig) -> str:
    """Write a config, with the values that differ from the defaults."""
    default = type(config)()
    settings = {field.name: getattr(config, field.name) for field in fields(config)}
    written = [f"{name}={value!r}" for name, value in settings.items() if value != getattr(default, name)]
    return _write_call(f"lm.{name}", written)


def _write_call(name: str, arguments: Sequence[str]) -> str:
    """Write a call on one line, or with a line for each argument if that is too long."""
    line = f"{name}({', '.join(arguments)})"
    if len(line) <= WIDTH:
        return line
    return "\n    ".join([f"{name}(", *(f"{part},".replace("\n", "\n    ") for part in arguments)]) + "\n)"


def _write_value(value: tuple[str, ...] | bool) -> str:
    """Write names, each on a line of its own if they are long."""
    line = repr(value)
    return (
        line if isinstance(value, bool) or len(line) <= WIDTH - 20 else _write_call("", [repr(name) for name in value])
    )


def _list(names: Sequence[str]) -> str:
    """List names in words."""
    more = f" and {len(names) - SHOWN:,} more" * (len(names) > SHOWN)
    return plain_text(", ".join(names[:SHOWN])) + more
