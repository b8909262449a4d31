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

from lstmmusic.base.files import unused_path
from lstmmusic.exports import write_csv, write_picture
from lstmmusic.generation.sampler import Take
from lstmmusic.music.playing import write_midi
from lstmmusic.sound.render import render_wav
from lstmmusic.studio.context import Context, InTurn
from lstmmusic.studio.controls import button, control, row

# Larger files get no link, which would put them into the page as a whole.
MAX_DOWNLOAD = 4_000_000  # bytes

# Gets how the take is played, and how sound is rendered; returns a remark about what the file lacks, or nothing.
Writer = Callable[[Take, Path, dict[str, Any], dict[str, Any]], str | None]

FORMS: dict[str, tuple[str, str, Writer]] = {
    "MIDI": (".mid", "audio/midi", lambda take, path, manner, _: write_midi(take.ringing, path, **manner)),
    "WAV": (
        ".wav",
        "audio/wav",
        lambda take, path, manner, rendering: render_wav(take.ringing, path, **manner, **rendering),
    ),
    "PNG": (
        ".png",
        "image/png",
        lambda take, path, manner, _: write_picture(take.tune, path, primer_steps=take.primer_steps),
    ),
    "CSV": (
        ".csv",
        "text/csv",
        lambda take, path, manner, _: write_csv(
            take.tune, path, tempo=manner["tempo"], expression=manner["expression"]
        ),
    ),
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
        self._saving: InTurn[tuple[Path, str, str]] = InTurn()
        self.buttons = {
            form: button(f"Save {form}", f"Save the tune as a {form} file", context.act, partial(self.save, form))
            for form in FORMS
        }
        for each in self.buttons.values():
            each.layout.padding = "0 6px"  # so that all four fit on a line
        self.normalise = control(
            widgets.Checkbox,
            "Normalise level",
            "Saved WAV files peak at -1 dBFS, nearly full scale; off keeps the level that is played. Default: on",
            value=True,
        )
        self.box = row(*self.buttons.values())

    def save(self, form: str) -> None:
        """Save the current take in the background."""
        suffix, kind, write = FORMS[form]
        take, sound = self._take(), self._context.sound
        manner = self._manner(take)
        rendering = {"soundfont": sound.soundfont, "normalise": self.normalise.value}
        name = f"{time.strftime('%Y-%m-%d-%H%M%S')}-seed-{take.seed}{suffix}"

        def work() -> tuple[Path, str, str]:
            path = unused_path(self._context.folder / "tunes" / name)
            remark = write(take, path, manner, rendering)
            return path, kind, remark or ""

        self._context.say(f"Saving {form} …")
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
        saved = self._saving.take()
        if saved:
            words = [f"Saved {path}. {remark}".strip() for path, _, remark in saved]
            self._context.say(" ".join(words), link=" · ".join(_download(path, kind) for path, kind, _ in saved))

    def close(self) -> None:
        """Save no other file."""
        self._worker.shutdown(wait=False, cancel_futures=True)


def _download(path: Path, kind: str) -> str:
    """Return HTML of a link that contains the file."""
    if path.stat().st_size > MAX_DOWNLOAD:
        return ""
    data = base64.b64encode(path.read_bytes()).decode()
    words = f"Download the {path.suffix} file"
    return f'<a download="{html.escape(path.name)}" href="data:{kind};base64,{data}">{words}</a>'
