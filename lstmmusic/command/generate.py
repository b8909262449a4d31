"""`lstmmusic generate`: takes of a run, or of a bundled network, as MIDI and WAV files."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from lstmmusic.command.finding import add_folder, find_run
from lstmmusic.command.output import Output
from lstmmusic.command.playing import Files, add_playing
from lstmmusic.config import RollConfig, SamplingConfig
from lstmmusic.config.options import add_options as add_settings
from lstmmusic.config.options import read_options

if TYPE_CHECKING:
    from lstmmusic.music.roll import Tune
    from lstmmusic.network.model import StackedLSTM

HELP = "generate takes, as MIDI and WAV files"
USAGE = "[options] [RUN]"

USUAL = SamplingConfig(takes=1)
PRIMER = 16  # steps


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options to a parser."""
    parser.add_argument(
        "run",
        nargs="?",
        default="bundled: chorales",
        help="name, folder or file of a run, whose best weights generate; or 'bundled: chorales', the default, or "
        "'bundled: piano'",
    )
    add_folder(parser, "where runs lie, and the takes are saved in tunes/")
    parser.add_argument("--output", metavar="FOLDER", help="another folder for the takes")
    parser.add_argument("--wav", action="store_true", help="write a WAV file beside each MIDI file")
    group = parser.add_argument_group("what is generated")
    add_settings(group, USUAL)
    group.add_argument("--primer", metavar="FILE", help="music that the takes continue: MIDI, MusicXML, ABC or Humdrum")
    group.add_argument(
        "--primer-steps",
        type=int,
        default=PRIMER,
        metavar="N",
        help=f"how many steps of it, from its beginning; 0: all (default: {PRIMER})",
    )
    group.add_argument(
        "--until-end", action="store_true", help="stop where the network ends the tune, after --steps at most"
    )
    group.add_argument(
        "--metre", help="of a tune without a primer, such as 3/4, where the network sees the metre (default: 4/4)"
    )
    group.add_argument("--past", type=int, metavar="N", help="forget all but the last N steps")
    group.add_argument("--resets", action="store_true", help="forget everything after each N steps instead")
    add_playing(parser)


def run(options: argparse.Namespace, output: Output) -> None:
    """Generate takes, and write them.

    Raises
    ------
    LSTMMusicError
        If the run or the primer cannot be read, an option is out of range, or a file cannot be written.
    """
    settings = read_options(options.parser, options, USUAL)
    name, network, roll = _load(options.run, options.folder)
    primer = _read_primer(options, roll) if options.primer else None

    from lstmmusic.generation.sampler import Sampler

    sampler = Sampler(network, primer, roll)
    others = {name: getattr(options, name) for name in ("until_end", "metre", "past", "resets")}
    takes = output.finish(sampler.generating(**asdict(settings), **others), "Generating")
    folder = Path(options.output) if options.output else Path(options.folder) / "tunes"
    files = Files(options, output, folder.expanduser())
    for take in takes:
        record = {"seed": take.seed, "steps": len(take.tune), "ended": take.ended}
        files.write(
            take.ringing,
            f"{name} seed {take.seed}",
            ["mid", *["wav"] * options.wav],
            primer_steps=take.primer_steps,
            **record,
        )


def _load(run: str, folder: str) -> tuple[str, StackedLSTM, RollConfig]:
    """Load the network of a run, or a bundled one, and the grid of its music; and how it is called."""
    from lstmmusic.runs.bundled import load_bundled
    from lstmmusic.runs.checkpoint import load_network
    from lstmmusic.runs.listing import read_run
    from lstmmusic.training.start import BUNDLED

    if run.startswith(BUNDLED):
        name = run.removeprefix(BUNDLED)
        return (name, *load_bundled(name))
    found = read_run(find_run(run, folder))
    return (found.name, *load_network(found.file))


def _read_primer(options: argparse.Namespace, roll: RollConfig) -> Tune:
    from lstmmusic.music.roll import read_midi
    from lstmmusic.settings import check_number

    check_number("primer_steps", options.primer_steps, 0, float("inf"), whole=True)
    tune = read_midi(options.primer, roll)
    return tune.part(0, min(options.primer_steps or len(tune), len(tune)))
