"""`lstmmusic export`: what a run has, as files to use elsewhere."""

from __future__ import annotations

import argparse
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

from lstmmusic.command.finding import add_folder, find_run
from lstmmusic.command.output import Output
from lstmmusic.command.playing import FORMS, Files, add_playing, unused_file
from lstmmusic.errors import CheckpointError

if TYPE_CHECKING:
    from lstmmusic.music.roll import Tune
    from lstmmusic.runs.listing import Run

HELP = "export the takes, the curves or the code of a run"
USAGE = "[options] RUN"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options to a parser."""
    parser.add_argument("run", help="name, folder or file of a run")
    add_folder(parser, "where runs lie, and takes are saved in tunes/")
    parser.add_argument("--output", metavar="FOLDER", help="another folder for the takes")
    group = parser.add_argument_group("what is exported, one or several of")
    group.add_argument(
        "--takes", nargs="+", choices=FORMS, metavar="FORM", help=f"favourites and saved takes: {', '.join(FORMS)}"
    )
    group.add_argument("--take", action="append", metavar="NAME", help="only the take of that name; may be repeated")
    group.add_argument(
        "--curves",
        action="append",
        default=[],
        metavar="FILE",
        help="the loss curves: .csv, .png or .svg; the file must not be there yet; may be repeated",
    )
    group.add_argument(
        "--page",
        metavar="FILE",
        help="a page to share, with curves, settings and at most 100 favourites to play: .html; the file must not be "
        "there yet",
    )
    group.add_argument("--code", action="store_true", help="print the Python code that reproduces the run")
    group.add_argument("--command", action="store_true", dest="as_command", help="print the command that reproduces it")
    add_playing(parser)


def run(options: argparse.Namespace, output: Output) -> None:
    """Export what is asked for.

    Raises
    ------
    LSTMMusicError
        If the run or a take cannot be read, an option is out of range, or a file cannot be written.
    """
    from lstmmusic.exports import write_curves
    from lstmmusic.runs.listing import read_curves, read_run

    if not (options.takes or options.curves or options.page or options.code or options.as_command):
        options.parser.error("say what to export: --takes mid, --curves FILE, --page FILE, --code or --command")
    if options.take and not options.takes:
        options.parser.error("say as what to export the take: --takes mid, for example")
    found = read_run(find_run(options.run, options.folder))
    if options.takes:
        folder = Path(options.output) if options.output else Path(options.folder) / "tunes"
        files = Files(options, output, folder.expanduser())
        for name, tune, primer_steps in _choose_takes(found, options.take or (), output):
            files.write(tune, f"{found.name} {name}", options.takes, primer_steps=primer_steps, take=name)
    for curves in options.curves:
        path = unused_file(curves)
        write_curves(read_curves(found), path, squared_error=found.training.loss == "squared-error")
        output.give(str(path), path=str(path))
    manner = {name: getattr(options, name) for name in ("tempo", "velocity", "flat", "instrument", "pedal")}
    if options.page:
        from lstmmusic.pages.run_page import export_page

        path = unused_file(options.page)
        export_page(found, path, **manner)
        output.give(str(path), path=str(path))
    if options.code:
        from lstmmusic.runs.as_code import as_code

        text = as_code(found, **manner)
        output.give(text.removesuffix("\n"), code=text)
    if options.as_command:
        from lstmmusic.runs.as_command import as_command

        text = as_command(found)
        output.give(text.removesuffix("\n"), command=text)


def _choose_takes(found: Run, names: Collection[str], output: Output) -> list[tuple[str, Tune, int]]:
    """Return the takes of a run with their names and the lengths of their primers: all, or those of these names."""
    from lstmmusic.errors import plain_text
    from lstmmusic.music.roll import read_midi
    from lstmmusic.runs.favourites import FOLDER, find_favourites, load_favourite

    favourites, problems = find_favourites(found.path / FOLDER) if found.path.is_dir() else ((), ())
    for problem in problems:
        output.say(problem)
    there = {plain_text(path.stem) for path in found.takes} | {each.name for each in favourites}
    if missing := sorted(set(names) - there):
        listed = ", ".join(sorted(there)) or "none"
        raise CheckpointError(f"{found.name} has no take {missing[0]!r}; it has: {listed}")
    if not there:
        raise CheckpointError(f"{found.name} has no takes: keep some as favourites, or generate others")
    chosen = []
    for favourite in favourites:
        if not names or favourite.name in names:
            take = load_favourite(favourite.path)
            chosen.append((favourite.name, take.ringing, take.primer_steps))
    for path in found.takes:
        if not names or plain_text(path.stem) in names:
            chosen.append((plain_text(path.stem), read_midi(path, found.roll), 0))
    return chosen
