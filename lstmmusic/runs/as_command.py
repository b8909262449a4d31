"""The settings of a run as the console commands that reproduce it.

Settings may come from somebody else's file, so each word of the command is quoted for a POSIX shell, and every comment
is one line: a text stays a text.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable

from lstmmusic.config import NetworkConfig, RollConfig, TrainingConfig
from lstmmusic.config.options import option_of, write_option, write_options
from lstmmusic.errors import plain_text
from lstmmusic.music.builtin import COLLECTIONS
from lstmmusic.music.source import FOLDER, STORED, Source
from lstmmusic.runs.listing import Run
from lstmmusic.settings import checked

WIDTH = 100

UNKNOWN = Source("folder", "path/to/folder", held_out=0.15)


@checked
def as_command(run: Run) -> str:
    """Return the commands that reproduce a run; see `as_code`, which has the same conditions.

    There is one for the beginning, and one for each update after which settings were changed, which resumes the run.

    Parameters
    ----------
    run : Run

    Returns
    -------
    str
        For a POSIX shell, in the folder of the studio. They train a new run beside the others.
    """
    name = f"{run.name} again"
    stages = [([*_write_recipe(run), [f"--name={name}"]], "")]
    for change in run.later_changes:
        changed = [write_option(setting, value) for setting, value in change.settings.items()]
        stages.append(([[f"--resume={name}"], *changed], change.reason))
    ends = [change.update for change in run.later_changes] + [0 if run.finished else run.updates]
    lines = [_comment(remark) for remark in _remark(run)]
    for (options, reason), end in zip(stages, ends, strict=True):
        if any("\0" in word for words in options for word in words):
            return "".join(lines) + _comment("A name in this run has a character that no command can have.")
        options += [["--updates", str(end)]] if end else []
        lines += [_comment(reason)] if reason else []
        lines += [_join("lstmmusic train", map(_write_words, options))]
    return "".join(lines)


def usual_grid(source: Source) -> RollConfig:
    """Return the grid that music has unless another is chosen."""
    return COLLECTIONS[source.kind].grid if source.kind in COLLECTIONS else RollConfig()


def quote(word: str) -> str:
    """Quote a word for a shell; what cannot be printed, and could control a terminal, is escaped.

    Such escapes are those of bash, zsh and POSIX 2024.
    """
    if word.isprintable():
        return shlex.quote(word)
    letters = (letter if letter.isprintable() and letter not in "'\\" else _escape(letter) for letter in word)
    return f"$'{''.join(letters)}'"


def _escape(letter: str) -> str:
    """Return the bytes of a letter in octal; bytes of a file name that are not UTF-8 come as surrogates."""
    errors = "surrogateescape" if "\udc80" <= letter <= "\udcff" else "replace"
    return "".join(f"\\{byte:03o}" for byte in letter.encode("utf-8", errors))


def _write_recipe(run: Run) -> list[list[str]]:
    """Return the options for what a run is made of, each as its words."""
    source = run.source or UNKNOWN
    written = [*_write_source(source), *write_options(run.roll, usual_grid(source))]
    if run.started_from is None:
        written += write_options(run.network, NetworkConfig(pitches=run.roll.pitches))
    else:
        written += [[f"--start-from={run.started_from.source}"], [f"--fingerprint={run.started_from.fingerprint}"]]
    return written + write_options(run.first_settings, TrainingConfig())


def _write_source(source: Source) -> list[list[str]]:
    music = source.kind
    if source.kind in (FOLDER, STORED):
        # A folder may be called like a collection.
        music = f"./{source.folder}" if source.folder in COLLECTIONS else source.folder
    written = [[f"--music={music}"]]
    written += [["--held-out", "none" if source.held_out is None else repr(source.held_out)]]
    written += [["--split-seed", str(source.seed)]] if source.seed else []
    # Without a name, what was left out when a corpus was stored would be left out.
    names = {"left_out": source.left_out or ("",) * (source.kind == STORED), "parts_left_out": source.parts_left_out}
    written += [[f"{option_of(name)}={each}"] for name, some in names.items() for each in some]
    return [*written, *[["--pedal"]] * source.pedal]


def _remark(run: Run) -> list[str]:
    """Return what the command cannot say, or does not know."""
    remarks = []
    if run.source is None:
        remarks += [f"The source of this music is unknown: {run.music}. Put its folder after --music."]
    elif run.validated and run.source.held_out is None:
        remarks += ["Which tunes were held out is unknown: the command holds out none."]
    elif run.source.held_out is not None and not run.validated:
        remarks += ["This run was not validated, and the command validates it: its losses are the same."]
    if run.initial_config is None:
        names = sorted({name for change in run.later_changes for name in change.settings})
        remarks += [f"The initial value of {', '.join(names)} is unknown: put it into the first command."]
    return remarks


def _comment(words: str) -> str:
    return f"# {plain_text(words)}\n"


def _write_words(words: Iterable[str]) -> str:
    """Return an option for a shell, with quotation marks only around its value."""
    option, *values = words
    name, sign, value = option.partition("=")
    return " ".join([name + sign + (quote(value) if sign else ""), *map(quote, values)])


def _join(command: str, options: Iterable[str]) -> str:
    """Join a command and its options, on lines that continue it where one is too long."""
    lines = [command]
    for option in options:
        if len(lines[-1]) + 1 + len(option) > WIDTH:
            lines.append(f"  {option}")
        else:
            lines[-1] += f" {option}"
    return " \\\n".join(lines) + "\n"
