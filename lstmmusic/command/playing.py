"""How tunes are played in the files that a command writes, and writing them."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lstmmusic.command.output import Output
from lstmmusic.errors import SaveError

if TYPE_CHECKING:
    from lstmmusic.music.roll import Tune

FORMS = ("mid", "wav", "png", "csv")


def add_playing(parser: argparse.ArgumentParser) -> None:
    """Add options that say how tunes are played."""
    group = parser.add_argument_group("how it is played")
    group.add_argument(
        "--tempo",
        type=float,
        default=100.0,
        metavar="N",
        help="quarter notes per minute, of a grid in beats (default: 100)",
    )
    group.add_argument(
        "--pedal",
        choices=("none", "bass"),
        default="none",
        help="no sustain pedal, or one that changes with the bass (default: none)",
    )
    add_sound(group)


def add_sound(group: Any) -> None:
    """Add options that say how tunes sound."""
    group.add_argument(
        "--velocity",
        type=int,
        default=80,
        metavar="N",
        help="how loud notes are, 1 to 127; notes with velocities of their own are scaled by N/80 (default: 80)",
    )
    group.add_argument("--flat", action="store_true", help="every note as loud as that, also where they differ")
    group.add_argument(
        "--instrument",
        type=int,
        default=0,
        metavar="N",
        help="General MIDI program, 0 to 127 (default: 0, a grand piano)",
    )
    group.add_argument(
        "--soundfont", metavar="FILE", help="an SF2 or SF3 file, for WAV files (default: the bundled piano)"
    )
    group.add_argument(
        "--normalise",
        action=argparse.BooleanOptionalAction,
        default=argparse.SUPPRESS,
        help="scale WAV files to a peak of -1 dBFS (default: on)",
    )


class Files:
    """Writes tunes into files of a folder, as the options say, and names each on stdout.

    Parameters
    ----------
    options : Namespace
        Of `add_playing`.
    output : Output
    folder : Path
        It is created as needed, and no file in it is replaced.
    """

    def __init__(self, options: argparse.Namespace, output: Output, folder: Path) -> None:
        self._options, self._output, self._folder = options, output, folder

    def write(self, tune: Tune, name: str, forms: Sequence[str], *, primer_steps: int = 0, **record: Any) -> None:
        """Write a tune in some of `FORMS`."""
        from lstmmusic.base.files import safe_name, unused_path

        for form in forms:
            path = unused_path(self._folder / f"{safe_name(name)}.{form}")
            remark = self._write(tune, path, primer_steps)
            self._output.give(str(path), path=str(path), primer_steps=primer_steps, **record)
            if remark:
                self._output.say(remark)

    def _write(self, tune: Tune, path: Path, primer_steps: int) -> str:
        from lstmmusic.exports import write_csv, write_picture
        from lstmmusic.music.expression import Expression
        from lstmmusic.music.playing import write_midi

        options = self._options
        expression = Expression.of(tune, pedal=options.pedal)
        if path.suffix == ".png":
            write_picture(tune, path, primer_steps=primer_steps)
        elif path.suffix == ".csv":
            write_csv(tune, path, tempo=options.tempo, expression=expression)
        elif path.suffix == ".wav":
            return render(tune, path, options, tempo=options.tempo, expression=expression)
        else:
            sound = {name: getattr(options, name) for name in ("tempo", "velocity", "flat", "instrument")}
            write_midi(tune, path, **sound, expression=expression)
        return ""


def render(tune: Tune, path: Path, options: argparse.Namespace, **manner: Any) -> str:
    """Render a tune with the options of `add_sound`; return which notes cannot be heard, and why."""
    from lstmmusic.sound.render import render_wav

    sound = {name: getattr(options, name) for name in ("velocity", "flat", "instrument", "soundfont")}
    return render_wav(tune, path, **sound, normalise=getattr(options, "normalise", True), **manner)


def unused_file(name: str) -> Path:
    """Return the path of a file to write, which must not be there.

    Raises
    ------
    SaveError
        If it is.
    """
    path = Path(name).expanduser()
    if path.exists():
        raise SaveError(f"{path} is there already, and is not replaced; choose another name, or delete it")
    return path
