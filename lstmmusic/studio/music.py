"""The place where music is chosen and loaded."""

from __future__ import annotations

import html
from typing import Any

import ipywidgets as widgets

from lstmmusic.config import RollConfig
from lstmmusic.data import Corpus, reading_chorales, reading_folder, reading_pieces
from lstmmusic.errors import CorpusError
from lstmmusic.job import Job
from lstmmusic.progress import Progress, Work
from lstmmusic.studio.controls import Act, button, choice, column, control, number, slider, text

CHORALES, PIECES, FOLDER = "Bach chorales", "Piano pieces", "My folder"


class MusicPlace:
    """Which music, on which grid.

    Attributes
    ----------
    corpus : Corpus or None
        What was loaded last.
    """

    def __init__(self, act: Act) -> None:
        self.corpus: Corpus | None = None
        self._loading: Job[Progress] | None = None
        self.source = choice("Music", "What the network learns from", [CHORALES, PIECES, FOLDER])
        self.folder = control(
            widgets.Text,
            "Folder",
            "A folder of MIDI files on the machine where the notebook runs; folders below it count too",
            placeholder="/path/to/midi/files",
            disabled=True,
        )
        self.step = number("Time step", "How long a column of the piano roll lasts (dt in 2016)", 0.01, 60, 0.3, 0.05)
        self.unit = choice("Step in", "Seconds of the clock, or beats (quarter notes)", ["seconds", "beats"])
        self.pitches = slider(
            widgets.IntRangeSlider, "Pitches", "Lowest and highest MIDI pitch; 21 to 108 is a piano", 0, 127, (21, 108)
        )
        self.held_out = slider(
            widgets.FloatSlider,
            "Held out",
            "Share of the tunes that the network never learns from; they tell how well it has learned",
            0.05,
            0.5,
            0.15,
            step=0.05,
            readout_format=".0%",
        )
        self.load_button = button("Load music", "Read the music that is chosen above", act, self.load)
        self.progress = widgets.IntProgress(tooltip="", layout=widgets.Layout(width="auto", visibility="hidden"))
        self.summary = text()
        self.source.observe(self._allow_folder, "value")
        self.controls = column(
            *(self.source, self.folder, self.step, self.unit, self.pitches, self.held_out),
            *(self.load_button, self.progress, self.summary),
            padding="4px",
        )

    def _allow_folder(self, change: Any) -> None:
        self.folder.disabled = change["new"] != FOLDER

    def config(self) -> RollConfig:
        """Read the grid off the controls."""
        low, high = self.pitches.value
        return RollConfig(step=self.step.value, unit=self.unit.value, lowest=low, highest=high)

    def load(self) -> None:
        """Load the music that is chosen, in the background; until then, the music before stays."""
        config = self.config()
        work: Work[Corpus]
        if self.source.value == CHORALES:
            work = reading_chorales(config)
        elif self.source.value == PIECES:
            work = reading_pieces(config)
        elif self.folder.value.strip():
            work = reading_folder(self.folder.value.strip(), config)
        else:
            raise CorpusError("type the path of a folder of MIDI files, then press Load music")
        self.close()
        self._loading = Job(work)
        self._loading.start()

    def split(self) -> tuple[Corpus, Corpus | None]:
        """Split the corpus into training and validation; a single tune is for training only."""
        if self.corpus is None:
            raise CorpusError("no music is loaded yet; choose some under Music and press Load music")
        return self.corpus.split(self.held_out.value) if len(self.corpus) > 1 else (self.corpus, None)

    def refresh(self) -> bool:
        """Show how loading goes; return whether there is a new corpus.

        Raises
        ------
        Exception
            What ended the loading.
        """
        job = self._loading
        if job is None:
            return False
        if job.latest:
            self.progress.max, self.progress.value = job.latest.total, job.latest.done
        self.progress.layout.visibility = "visible" if job.active else "hidden"
        if job.active:
            return False
        self._loading = None
        if job.error:
            raise job.error
        if job.state == "finished":
            self.corpus = job.result
            self.summary.value = describe_corpus(job.result)
        return job.state == "finished"

    def close(self) -> None:
        """Stop loading."""
        if self._loading:
            self._loading.stop()


def describe_corpus(corpus: Corpus) -> str:
    """HTML that tells what a corpus holds, and which files were left out and why."""
    left_out = [verdict for verdict in corpus.verdicts if not verdict.used]
    reasons = "".join(f"<li>{html.escape(v.path.name)}: {html.escape(v.reason)}</li>" for v in left_out)
    details = f"<details><summary>{len(left_out)} files left out</summary><ul>{reasons}</ul></details>"
    summary = f"<b>{html.escape(corpus.name)}</b>: {len(corpus)} tunes, {corpus.steps:,} steps"
    return summary + (details if left_out else "")
