"""Buttons that save the tune at hand in several forms, and offer each for download."""

from __future__ import annotations

import base64
import html
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from lstmmusic.base.files import unused_path
from lstmmusic.exports import write_csv, write_picture
from lstmmusic.generation.sampler import Take
from lstmmusic.music.roll import write_midi
from lstmmusic.sound.render import render_wav
from lstmmusic.studio.background import InTurn
from lstmmusic.studio.controls import Act, button, row

# Larger files are only saved: the page would have to carry them in one piece.
MOST_TO_DOWNLOAD = 4_000_000

# Returns what is missing from the file, or nothing.
Writer = Callable[[Take, Path, dict[str, Any], Path], str | None]

FORMS: dict[str, tuple[str, str, Writer]] = {
    "MIDI": (".mid", "audio/midi", lambda take, path, manner, _: write_midi(take.tune, path, **manner)),
    "WAV": (
        ".wav",
        "audio/wav",
        lambda take, path, manner, soundfont: render_wav(take.tune, path, **manner, soundfont=soundfont),
    ),
    "PNG": (
        ".png",
        "image/png",
        lambda take, path, manner, _: write_picture(take.tune, path, primer_steps=take.primer_steps),
    ),
    "CSV": (".csv", "text/csv", lambda take, path, manner, _: write_csv(take.tune, path, tempo=manner["tempo"])),
}


class Exports:
    """Saves takes into `tunes/`.

    Parameters
    ----------
    folder : Path
        In which `tunes/` is.
    take : callable
        Returns the take at hand.
    manner : callable
        Returns how it is played.
    soundfont : callable
        Returns the path of the SoundFont that it is played from.
    say : callable
        Shows a message; `link` is HTML of our own making.
    act : callable
        Runs what a control asks for.
    """

    def __init__(
        self,
        folder: Path,
        take: Callable[[], Take],
        manner: Callable[[], dict[str, Any]],
        soundfont: Callable[[], Path],
        say: Callable[..., None],
        act: Act,
    ) -> None:
        self._folder, self._take, self._manner, self._soundfont, self._say = folder, take, manner, soundfont, say
        # A WAV file of a long tune takes many seconds, for which nothing else should wait.
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="lstmmusic-exports")
        self._saving: InTurn[tuple[Path, str, str]] = InTurn()
        self.buttons = {
            form: button(f"Save {form}", f"Save the tune as a {form} file", act, partial(self.save, form))
            for form in FORMS
        }
        for each in self.buttons.values():
            each.layout.padding = "0 6px"  # so that all four fit on a line
        self.box = row(*self.buttons.values())

    def save(self, form: str) -> None:
        """Save the take at hand, in the background."""
        suffix, kind, write = FORMS[form]
        take, manner, soundfont = self._take(), self._manner(), self._soundfont()
        name = f"{time.strftime('%Y-%m-%d-%H%M%S')}-seed-{take.seed}{suffix}"

        def work() -> tuple[Path, str, str]:
            path = unused_path(self._folder / "tunes" / name)
            missing = write(take, path, manner, soundfont)
            return path, kind, missing or ""

        self._say(f"Saving {form} …")
        self._saving.add(self._worker.submit(work))

    def refresh(self, *, possible: bool) -> None:
        """Tell what was saved.

        Raises
        ------
        Exception
            What went wrong.
        """
        for each in self.buttons.values():
            each.disabled = not possible
        saved = self._saving.take()
        if saved:
            words = [f"Saved {path}. {missing}".strip() for path, _, missing in saved]
            self._say(" ".join(words), link=" · ".join(_download(path, kind) for path, kind, _ in saved))

    def close(self) -> None:
        """Begin no other file."""
        self._worker.shutdown(wait=False, cancel_futures=True)


def _download(path: Path, kind: str) -> str:
    """HTML of a link that carries the file with it."""
    if path.stat().st_size > MOST_TO_DOWNLOAD:
        return ""
    data = base64.b64encode(path.read_bytes()).decode()
    words = f"Download the {path.suffix} file"
    return f'<a download="{html.escape(path.name)}" href="data:{kind};base64,{data}">{words}</a>'
