"""The options that say what a run is made of: music, grid, network, training and start."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from lstmmusic.base.files import home_path
from lstmmusic.command.finding import find_named
from lstmmusic.config import NetworkConfig, RollConfig, TrainingConfig
from lstmmusic.config.options import NONE, add_options, given_settings, option_of, read_options
from lstmmusic.presets import PRESETS
from lstmmusic.settings import settings_of

if TYPE_CHECKING:
    from lstmmusic.music.source import Source
    from lstmmusic.runs.recipe import Recipe

HELD_OUT = 0.15

_CONFIGS = (RollConfig, NetworkConfig, TrainingConfig)
_CHOICES = ("left_out", "parts_left_out", "pedal")  # of what is in the music
_OTHERS = ("music", "held_out", "split_seed", *_CHOICES, "preset", "start_from", "fingerprint")


def add_ingredients(parser: argparse.ArgumentParser) -> None:
    """Add options for everything that a run is made of; see `read_recipe`."""
    from lstmmusic.music.builtin import COLLECTIONS

    music = parser.add_argument_group("music")
    music.add_argument(
        "--music",
        metavar="NAME",
        help=f"a collection that needs no download ({', '.join(COLLECTIONS)}), or the path of a folder of music files "
        "or of a stored corpus (default: chorales)",
    )
    music.add_argument(
        "--held-out",
        type=_fraction,
        metavar="N",
        help=f"fraction of the tunes that measure validation, or none (default: {HELD_OUT})",
    )
    music.add_argument("--split-seed", type=int, metavar="N", help="which tunes these are (default: 0)")
    music.add_argument(
        "--left-out",
        action="append",
        metavar="FILE",
        help="a file to leave out; may be repeated (default: none; of a stored corpus, those that were left out when "
        "it was stored, and --left-out='' uses all)",
    )
    music.add_argument(
        "--parts-left-out",
        action="append",
        metavar="NAME",
        help="an instrument or a track to leave out; may be repeated",
    )
    music.add_argument(
        "--pedal", action="store_true", default=None, help="let notes last while the sustain pedal is down"
    )
    add_options(music, RollConfig(), usual="as suits a collection, or the own grid of a stored corpus; of a folder, {}")
    network = parser.add_argument_group("network")
    network.add_argument("--preset", choices=PRESETS, help="network and training to begin with (default: recommended)")
    network.add_argument(
        "--start-from",
        metavar="RUN",
        help="weights to start from: the name or path of a run, 'bundled: chorales' or 'bundled: piano' (default: "
        "random weights)",
    )
    network.add_argument("--fingerprint", metavar="HEX", help="refuse to start from other weights than these")
    add_options(network, NetworkConfig(), without=("pitches",))
    add_options(parser.add_argument_group("training"), TrainingConfig())


def given_ingredients(options: argparse.Namespace) -> list[str]:
    """Return the names of the ingredients that were given as options."""
    known = {*_OTHERS, *(name for config in _CONFIGS for name in settings_of(config))}
    return sorted(name for name in known & vars(options).keys() if getattr(options, name) is not None)


def read_recipe(options: argparse.Namespace, folder: Path, minutes: float | None) -> Recipe:
    """Return what the options describe, for a run in the folder of a studio."""
    from lstmmusic.music.source import STORED
    from lstmmusic.runs.recipe import Recipe

    source, grid = _read_source(options, folder)
    roll = read_options(options.parser, options, grid)
    if source.kind == STORED and roll != grid:
        options.parser.error(f"a stored corpus has a grid of its own, {grid}; leave out the options of another one")
    preset = PRESETS[options.preset or "recommended"]
    network = read_options(options.parser, options, replace(preset.network, pitches=roll.pitches))
    training = read_options(options.parser, options, preset.training)
    start = _find_start(options.start_from or "", folder)
    # Otherwise the run has the network that it starts from.
    is_chosen = not start or options.preset or given_settings(options, NetworkConfig)
    return Recipe(source, roll, network if is_chosen else None, training, start, options.fingerprint or "", minutes)


def _read_source(options: argparse.Namespace, folder: Path) -> tuple[Source, RollConfig]:
    """Return where the music comes from, and the grid that it has unless another is chosen."""
    from lstmmusic.music.builtin import COLLECTIONS
    from lstmmusic.music.source import FOLDER, STORED, Source
    from lstmmusic.music.store import is_stored
    from lstmmusic.music.storing import open_corpus
    from lstmmusic.runs.as_command import usual_grid

    music = options.music or "chorales"
    given = {name: getattr(options, name) for name in _CHOICES if getattr(options, name) is not None}
    if "left_out" in given:
        given["left_out"] = tuple(filter(None, given["left_out"]))
    given |= {"held_out": HELD_OUT if options.held_out is None else options.held_out or None}
    given |= {"seed": options.split_seed or 0}
    if music in COLLECTIONS:
        source = Source(music, **given)
        return source, usual_grid(source)
    path = _from(folder, music)
    if not is_stored(path):
        source = Source(FOLDER, path, **given)
        return source, usual_grid(source)
    corpus = open_corpus(path)
    stored = corpus.source or Source(STORED)
    source = replace(stored, folder=path, **given)
    for name in ("parts_left_out", "pedal"):
        if getattr(source, name) != getattr(stored, name):
            options.parser.error(f"{option_of(name)} cannot be chosen for a stored corpus; store the music again")
    return source, corpus.config


def _fraction(word: str) -> float:
    """Read what is held out; 0 stands for none."""
    return 0.0 if word == NONE else float(word)


def _from(folder: Path, path: str) -> str:
    """Return a path that begins here as one that means the same to a studio in its folder."""
    return path if folder.resolve() == Path.cwd() else str(home_path(path).absolute())


def _find_start(start: str, folder: Path) -> str:
    """Return what a run starts from, as `load_start` takes it."""
    from lstmmusic.training.start import BUNDLED

    if not start or start.startswith(BUNDLED):
        return start
    if named := find_named(start, folder):
        return f"runs/{named.name}"
    return start if (folder / home_path(start)).exists() else _from(folder, start)
