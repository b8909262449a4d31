"""`lstmmusic render`: music files as WAV files."""

from __future__ import annotations

import argparse

from lstmmusic.command.output import Output
from lstmmusic.command.playing import add_sound, render, unused_file
from lstmmusic.errors import ConfigError

HELP = "render music files as WAV files"
USAGE = "[options] FILE ..."


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options to a parser."""
    parser.add_argument("files", nargs="+", metavar="FILE", help="MIDI, MusicXML, ABC or Humdrum files")
    parser.add_argument(
        "--output",
        metavar="FILE",
        help="the WAV file, of a single music file; it must not be there yet (default: beside the music file, with a "
        "number added where the name is taken)",
    )
    add_sound(parser.add_argument_group("how it is played"))


def run(options: argparse.Namespace, output: Output) -> None:
    """Render files.

    Raises
    ------
    LSTMMusicError
        If one cannot be read, an option is out of range, or a WAV file cannot be written.
    """
    from lstmmusic.base.files import home_path, unused_path
    from lstmmusic.music.loading import FINE
    from lstmmusic.music.roll import read_midi

    if options.output and len(options.files) > 1:
        raise ConfigError(f"--output names one file, and {len(options.files)} are to be rendered; leave it out")
    for name in options.files:
        tune = read_midi(name, FINE, pedal=True)
        path = unused_file(options.output) if options.output else unused_path(home_path(name).with_suffix(".wav"))
        remark = render(tune, path, options)
        output.give(str(path), path=str(path), seconds=len(tune) * FINE.step)
        if remark:
            output.say(remark)
