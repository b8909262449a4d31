"""The command as a whole: its parser, its exit status, and its errors on one line.

Each subcommand is a module with `HELP`, `add_options` and `run`, which imports what is slow only when it runs. Results
go to stdout, messages and progress to stderr. The exit status is 0, or 1 after an error of LSTMmusic, 2 if the command
was wrong, and 130 after Ctrl-C.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

from lstmmusic import __version__
from lstmmusic.command import export, generate, render, studio, sweep, train
from lstmmusic.command.output import Output
from lstmmusic.errors import LSTMMusicError, reason_of

COMMANDS: dict[str, ModuleType] = {
    "studio": studio,
    "train": train,
    "sweep": sweep,
    "generate": generate,
    "render": render,
    "export": export,
}

FAILED, INTERRUPTED = 1, 130

_ABOUT = """\
Train a three-layer LSTM on piano rolls, and let it continue music.

Results are written to stdout; messages and progress to stderr."""

_EXAMPLES = """\
examples:
  lstmmusic studio                                  opens the studio in JupyterLab
  lstmmusic train --music irish --name "my run"     trains a run, which the studio lists
  lstmmusic generate "my run" --takes 3 --wav       three takes of it, as MIDI and WAV files

`lstmmusic COMMAND --help` lists the options of a command."""


def make_parser(*names: str) -> argparse.ArgumentParser:
    """Make the parser of the command, with the options of these subcommands: all of them take a while."""
    parser = argparse.ArgumentParser(
        "lstmmusic",
        description=_ABOUT,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"lstmmusic {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True, title="commands", dest="command")
    for name, module in COMMANDS.items():
        about = f"{module.HELP[0].upper()}{module.HELP[1:]}."
        made = commands.add_parser(
            name, help=module.HELP, description=about, usage=f"lstmmusic {name} {module.USAGE}", allow_abbrev=False
        )
        made.set_defaults(parser=made)
        if name in names:
            module.add_options(made)
            made.add_argument("--json", action="store_true", help="write results as JSON, an object a line")
            made.add_argument("--quiet", action="store_true", help="show no progress, and no messages but errors")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command, and return its exit status."""
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by the shell, as by `>&-`
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115
    # What a program reads has the bytes of the names of files, whatever they are.
    sys.stdout.reconfigure(encoding=sys.getfilesystemencoding(), errors=sys.getfilesystemencodeerrors())  # type: ignore[union-attr]
    options, others = make_parser(*arguments).parse_known_args(arguments)
    if others and options.command != "studio":
        options.parser.error(f"unknown: {' '.join(others)}")
    options.others = others
    output = Output(f"lstmmusic {options.command}", as_json=options.json, quiet=options.quiet)
    logging.captureWarnings(True)
    warnings.formatwarning = lambda message, *_, **__: str(message)
    try:
        status = COMMANDS[options.command].run(options, output)
        return int(status or 0)
    except LSTMMusicError as error:
        output.fail(str(error))
    except KeyboardInterrupt:
        output.fail("interrupted")
        return INTERRUPTED
    except BrokenPipeError:  # nobody reads on: nothing more is written, also at the exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        output.fail(f"{error.filename or 'a file'} cannot be used ({reason_of(error)}); check it, and its permissions")
    except MemoryError:
        output.fail("there is no memory left; close other programs, or ask for less")
    return FAILED
