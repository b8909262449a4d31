"""Buttons that save the current tune as a file, and offer it for download."""

from __future__ import annotations

import base64
import html
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import ipywidgets as widgets

from lstmmusic.base.files import safe_name, unused_path
from lstmmusic.exports import write_csv, write_picture
from lstmmusic.generation.sampler import Take
from lstmmusic.music.expression import Expression
from lstmmusic.music.playing import write_midi
from lstmmusic.sound.render import render_wav
from lstmmusic.studio.context import Context, InTurn
from lstmmusic.studio.controls import button, control, row
from lstmmusic.studio.looks import arrange

# Larger files get no link, which would put them into the page as a whole, but a button; see `DownloadView`.
MAX_DOWNLOAD = 4_000_000  # bytes

# Gets how the take is played, and how sound is rendered; returns a remark about what the file lacks, or nothing.
Writer = Callable[[Take, Path, dict[str, Any], dict[str, Any]], str | None]

# What writes takes to paths, for each suffix of a file.
Writers = dict[str, Callable[[Take, Path], str | None]]

FORMS: dict[str, tuple[str, Writer]] = {
    "MIDI": (".mid", lambda take, path, manner, _: write_midi(take.ringing, path, **manner)),
    "WAV": (".wav", lambda take, path, manner, rendering: render_wav(take.ringing, path, **manner | rendering)),
    "PNG": (".png", lambda take, path, manner, _: write_picture(take.tune, path, primer_steps=take.primer_steps)),
    "CSV": (
        ".csv",
        lambda take, path, manner, _: write_csv(
            take.tune, path, tempo=manner["tempo"], expression=manner["expression"]
        ),
    ),
}
KINDS = {
    ".mid": "audio/midi",
    ".wav": "audio/wav",
    ".png": "image/png",
    ".csv": "text/csv",
    ".zip": "application/zip",
    ".html": "text/html",
}


class Exports:
    """Saves takes in the folder `tunes`.

    Parameters
    ----------
    context : Context
    take : callable
        Returns the current take.
    manner : callable
        Returns how a take is played, as keywords of `write_midi`.
    """

    def __init__(self, context: Context, take: Callable[[], Take], manner: Callable[[Take], dict[str, Any]]) -> None:
        self._context, self._take, self._manner = context, take, manner
        # A WAV file of a long tune takes many seconds, and nothing else should wait for it.
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="lstmmusic-exports")
        self._saving: InTurn[list[tuple[Path, str]]] = InTurn()
        self.buttons = {
            form: button(f"Save {form}", f"Save the tune as a {form} file", context.act, partial(self.save, form))
            for form in FORMS
        }
        for each in self.buttons.values():
            arrange(each, padding="0 6px")  # so that all four fit on a line
        self.normalise = control(
            widgets.Checkbox,
            "Normalise level",
            "Saved WAV files peak at -1 dBFS, nearly full scale; off keeps the level that is played. Default: on",
            value=True,
        )
        self.box = row(*self.buttons.values())

    def save(self, form: str) -> None:
        """Save the current take in the background."""
        take = self._take()
        manner = self._manner(take)
        self._context.say(f"Saving {form} …")
        self._write(
            take, f"{time.strftime('%Y-%m-%d-%H%M%S')}-seed-{take.seed}", self.writers(form, lay=lambda _: manner)
        )

    def save_as(self, name: str, take: Take, *forms: str) -> None:
        """Save a take that begins with no piece under a name, in the background."""
        self._context.say(f"Saving {name} …")
        self._write(take, safe_name(name), self.writers(*forms))

    def writers(self, *forms: str, lay: Callable[[Take], dict[str, Any]] | None = None) -> Writers:
        """Return what writes takes, as tunes are played now; it may be called in any thread.

        Parameters
        ----------
        *forms : str
            Keys of `FORMS`.
        lay : callable, optional
            Returns how a take is played; by default, as one that begins with no piece.

        Returns
        -------
        dict of str to callable
            For each suffix, what writes a take to a path.
        """
        sound = self._context.sound
        manner, pedal = sound.manner, sound.expression.pedal_without_piece
        rendering = {
            "soundfont": sound.soundfont,
            "instrument": sound.instruments.program,
            "normalise": self.normalise.value,
        }
        lay = lay or (lambda take: manner | {"expression": Expression.of(take.ringing, pedal=pedal)})

        def writer(write: Writer) -> Callable[[Take, Path], str | None]:
            return lambda take, path: write(take, path, lay(take), rendering)

        return {suffix: writer(write) for suffix, write in map(FORMS.__getitem__, forms)}

    def _write(self, take: Take, name: str, writers: Writers) -> None:
        def work() -> list[tuple[Path, str]]:
            written = []
            for suffix, write in writers.items():
                path = unused_path(self._context.folder / "tunes" / f"{name}{suffix}")
                written.append((path, write(take, path) or ""))
            return written

        self._saving.add(self._worker.submit(work))

    def refresh(self, *, possible: bool) -> None:
        """Report what was saved.

        Raises
        ------
        Exception
            What went wrong in the background.
        """
        for each in self.buttons.values():
            each.disabled = not possible
        saved = [each for written in self._saving.take() for each in written]
        if saved:
            words = [f"Saved {path}. {remark}".strip() for path, remark in saved]
            self._context.say(" ".join(words), **downloads_of(*(path for path, _ in saved)))

    def close(self) -> None:
        """Save no other file."""
        self._worker.shutdown(wait=False, cancel_futures=True)


def downloads_of(*paths: Path) -> dict[str, Any]:
    """Return how files are offered for download, as keywords of `Context.say`: by links, or the largest by a button."""
    sizes = {path: path.stat().st_size for path in paths}
    links = [_download_link(path) for path, size in sizes.items() if size <= MAX_DOWNLOAD]
    largest = max(paths, key=sizes.__getitem__)
    return {"link": " · ".join(links), "file": largest if sizes[largest] > MAX_DOWNLOAD else None}


def _download_link(path: Path) -> str:
    """Return HTML of a link that contains a file."""
    data = base64.b64encode(path.read_bytes()).decode()
    words = f"Download the {path.suffix} file"
    return f'<a download="{html.escape(path.name)}" href="data:{KINDS[path.suffix]};base64,{data}">{words}</a>'
