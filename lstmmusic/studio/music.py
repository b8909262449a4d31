"""The Music place: music is chosen and loaded, and a tune is compared with what the grid makes of it."""

from __future__ import annotations

import html
from typing import Any

import ipywidgets as widgets

from lstmmusic.base.jobs import Job
from lstmmusic.base.progress import Progress
from lstmmusic.config import RollConfig
from lstmmusic.errors import CorpusError, LSTMMusicError, plain_text
from lstmmusic.music.corpus import Corpus, Source
from lstmmusic.music.formats.kinds import SUFFIXES
from lstmmusic.music.loading import loading, read_original
from lstmmusic.music.note_table import count_lost_notes
from lstmmusic.music.roll import Tune
from lstmmusic.music.statistics import Overview, survey
from lstmmusic.music.uploads import store_upload, upload_folder
from lstmmusic.studio.context import Context, Latest
from lstmmusic.studio.controls import (
    beside,
    button,
    choice,
    column,
    control,
    halves,
    row,
    side_by_side,
    slider,
    table,
    text,
)
from lstmmusic.studio.heat import clear, set_grid
from lstmmusic.studio.phrases import describe_step, plural
from lstmmusic.studio.settings import SettingControls
from lstmmusic.views import DropView, RollView, TuneRow, TunesView

CHORALES, PIECES, FOLDER = "Bach chorales", "Piano pieces", "My folder"


class MusicPlace:
    """The music that the network learns, and the grid of its piano rolls.

    Attributes
    ----------
    corpus : Corpus or None
        The music that was loaded last.
    """

    def __init__(self, context: Context) -> None:
        act, folder = context.act, context.folder
        self.corpus: Corpus | None = None
        self._context = context
        self._loading: Job[Progress] | None = None
        self._surveying: Latest[Overview] = Latest(context.submit)
        self._previewing: Latest[tuple[Tune, Tune]] = Latest(context.submit)
        self._pair: tuple[Tune, Tune] | None = None
        self.source = choice("Music", "The tunes that the network learns from", [CHORALES, PIECES, FOLDER])
        self.folder = control(
            widgets.Text,
            "Folder",
            "Path of a folder of music on the machine of the notebook: MIDI, MusicXML, ABC, Humdrum or zip files; its "
            "subfolders are read too",
            placeholder="/path/to/music",
        )
        self.folder.layout.display = "none"
        self.drop = DropView(
            lambda name, content: store_upload(folder, name, content),
            lambda stored, _: act(lambda: self._load_uploads(stored)),
            endings=SUFFIXES,
        )
        self.grid = SettingControls(RollConfig, ("step", "unit"))
        (self.step,), (self.unit,) = self.grid.of.values()
        self.step_words = text()
        self.pitches = slider(
            widgets.IntRangeSlider,
            "Pitches",
            "Lowest and highest MIDI pitch: a wider range keeps more notes and takes longer to learn. Default: 21 to "
            "108, the keys of a piano",
            (0, 127),
            (RollConfig.lowest, RollConfig.highest),
        )
        self.lost = text(lines=3)
        self.held_out = slider(
            widgets.FloatSlider,
            "Held out",
            "Share of the tunes kept out of training, to measure how well the network has learned: more is a better "
            "measure and leaves less to learn from. Default: 15%",
            (0.05, 0.5),
            0.15,
            step=0.05,
            readout_format=".0%",
        )
        self.load_button = button("Load music", "Read the music chosen above", act, self.load)
        self.progress = widgets.IntProgress(tooltip="", layout=widgets.Layout(width="auto", visibility="hidden"))
        self.summary = text()
        self.tunes = TunesView(page_size=7)
        self.original = RollView(height=140, compact=True, empty="Choose a tune in the table: here is the original")
        self.quantised = RollView(height=140, compact=True, empty="and here the notes on the grid")
        self.play_original = button("Play original", "Play the notes of the file", act, lambda: self._play(0))
        self.play_quantised = button("Play quantised", "Play the notes on the grid", act, lambda: self._play(1))
        self.source.observe(self._show_folder, "value")
        for grid in (self.step, self.unit, self.pitches):
            grid.continuous_update = True
            grid.observe(lambda _: act(self._preview), "value")
        self.tunes.observe(lambda _: act(self._preview), "selected")
        pair = side_by_side((self.original, row(self.play_original)), (self.quantised, row(self.play_quantised)))
        self.controls = halves(
            column(
                *(self.source, self.folder, self.drop, beside(self.step, self.step_words), self.unit),
                *(self.pitches, self.lost, self.held_out, self.load_button, self.progress, self.summary),
            ),
            column(self.tunes, pair, *context.sound.views),
        )

    def config(self) -> RollConfig:
        """Read the grid off the controls."""
        low, high = self.pitches.value
        return RollConfig(**self.grid.values(), lowest=low, highest=high)

    def load(self) -> None:
        """Load the chosen music in the background; the current music stays until then."""
        config = self.config()
        if self.source.value != FOLDER:
            source = Source({CHORALES: "chorales", PIECES: "pieces"}[self.source.value])
        elif self.folder.value.strip():
            source = Source("folder", self.folder.value.strip())
        else:
            raise CorpusError("type the path of a folder of music, or drop files, then press Load music")
        self.close()
        self._loading = Job(loading(source, config))
        self._loading.start()

    @property
    def current_grid(self) -> RollConfig:
        """The grid of the music that is loaded; that of the controls if there is none."""
        return self.corpus.config if self.corpus else self.config()

    @property
    def loading(self) -> bool:
        """Whether music is being read."""
        return self._loading is not None

    def split(self) -> tuple[Corpus, Corpus | None]:
        """Split the corpus into training and validation tunes; a single tune is for training only."""
        if self.corpus is None:
            raise CorpusError("no music is loaded yet; choose some under Music and press Load music")
        return self.corpus.split(self.held_out.value) if len(self.corpus) > 1 else (self.corpus, None)

    def refresh(self) -> bool:
        """Show the progress of loading, and return whether there is a new corpus.

        Raises
        ------
        Exception
            The error that ended the loading, or one in the background.
        """
        job = self._loading
        if job and job.latest:
            self.progress.max, self.progress.value = job.latest.total, job.latest.done
        self.progress.layout.visibility = "visible" if job and job.active else "hidden"
        if job and not job.active:
            self._loading = None
            if job.error:
                raise job.error
            if job.state == "finished":
                self._adopt(job.result)
                return True
        self.step_words.value = f"= {describe_step(self.config())}"
        overview, pair = self._surveying.take(), self._previewing.take()
        if overview and self.corpus:
            self.summary.value = describe_corpus(self.corpus, overview)
        if pair:
            self._show(pair)
        for play in (self.play_original, self.play_quantised):
            play.disabled = self._pair is None
        return False

    def close(self) -> None:
        """Stop loading."""
        if self._loading:
            self._loading.stop()

    def _show_folder(self, change: Any) -> None:
        self.folder.layout.display = None if change["new"] == FOLDER else "none"

    def _load_uploads(self, stored: int) -> None:
        if stored:
            self.source.value, self.folder.value = FOLDER, str(upload_folder(self._context.folder))
            self.load()

    def _adopt(self, corpus: Corpus) -> None:
        self.corpus = corpus
        self._context.say(describe_success(corpus), succeeded=True)
        self._surveying.ask(lambda: survey(corpus))
        used = iter(range(len(corpus.verdicts)))
        places = [next(used) if verdict.used else None for verdict in corpus.verdicts]  # in `corpus.tunes`
        self.tunes.show(
            [
                TuneRow(plain_text(verdict.path.name), verdict.used, verdict.reason, usable=verdict.used)
                for verdict in corpus.verdicts
            ],
            thumbnail=lambda index: None if (place := places[index]) is None else corpus.tunes[place].roll,
        )
        self.tunes.selected = next((index for index, verdict in enumerate(corpus.verdicts) if verdict.used), -1)
        self._preview()

    def _preview(self) -> None:
        """Show what the grid of the controls would lose, in numbers and on the chosen tune."""
        corpus, config = self.corpus, self.config()
        if corpus is None:
            return
        if corpus.notes is not None:
            self.lost.value = describe_lost_notes(corpus, config)
        index = self.tunes.selected
        if 0 <= index < len(corpus.verdicts) and corpus.verdicts[index].used:
            path, source = corpus.verdicts[index].path, corpus.source
            pedal = source is not None and source.pedal
            self._previewing.ask(lambda: (read_original(path, source), read_original(path, source, config, pedal)))
        else:
            self._pair, self._previewing = None, Latest(self._context.submit)  # drop a tune that is still being read
            for view in (self.original, self.quantised):
                clear(view)

    def _show(self, pair: tuple[Tune, Tune]) -> None:
        self._pair = pair
        for view, tune, title in zip((self.original, self.quantised), pair, ("Original", "Quantised"), strict=True):
            with view.hold_sync():
                set_grid(view, tune.config)
                view.title = f"{title}: {tune.name}"
                view.show(tune.roll, onsets=tune.onsets)

    def _play(self, which: int) -> None:
        if self._pair is None:
            raise LSTMMusicError("there is no tune to play yet; choose one in the table")
        self._context.sound.play(self._pair[which], (self.original, self.quantised)[which])


def describe_lost_notes(corpus: Corpus, config: RollConfig) -> str:
    """Return HTML with how many notes of a corpus a grid would lose, and why."""
    if corpus.notes is None:
        return ""
    lost = count_lost_notes(corpus.notes, config)
    of = f"of {lost.notes:,} notes" + (" (of the first tunes)" if corpus.notes.left_out else "")
    rows = {
        "outside these pitches": lost.outside,
        "merged with another in a step": lost.merged,
        "moved by over a quarter step": lost.shifted,
    }
    cells = "".join(f'<tr><td class="number">{n:,}</td><td>{words}</td></tr>' for words, n in rows.items())
    advice = "" if config == corpus.config else "<br><i>Press Load music to apply this grid.</i>"
    return f"<table><tr><th></th><th>{of}</th></tr>{cells}</table>{advice}"


def describe_success(corpus: Corpus) -> str:
    """Return one line about a corpus that was loaded."""
    return f"✓ Loaded {count_tunes(corpus)}: {corpus.name}"


def count_tunes(corpus: Corpus) -> str:
    """Return how many tunes there are, and how many files were left out."""
    left_out = sum(not verdict.used for verdict in corpus.verdicts)
    return f"{plural(len(corpus), 'tune')}" + (f"; {plural(left_out, 'file')} left out" if left_out else "")


def describe_corpus(corpus: Corpus, overview: Overview) -> str:
    """Return HTML with an overview of a corpus."""
    most = ", ".join(f"{count.name} ({count.notes:,})" for count in overview.most_used[:3])
    rows = {
        "Tunes": count_tunes(corpus),
        "Length": f"{overview.minutes:,.0f} minutes, {overview.steps:,} steps",
        "Notes": f"{overview.notes:,}; {overview.polyphony:.1f} sound at once",
        "Most used": most,
    }
    return f"<h4>{html.escape(corpus.name)}</h4>{table(rows)}"
