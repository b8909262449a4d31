"""The Music place: music is chosen and loaded, and a tune is compared with what the grid makes of it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import ipywidgets as widgets
import numpy as np

from lstmmusic.base.jobs import Job
from lstmmusic.base.progress import Progress, Work
from lstmmusic.base.words import count_of
from lstmmusic.config import RollConfig
from lstmmusic.errors import CorpusError, LSTMMusicError
from lstmmusic.music.corpus import Corpus
from lstmmusic.music.loading import loading
from lstmmusic.music.source import STORED, Source
from lstmmusic.music.statistics import Overview, survey
from lstmmusic.music.storing import opening
from lstmmusic.music.verdicts import Verdict
from lstmmusic.studio.context import Context, Latest
from lstmmusic.studio.controls import (
    button,
    column,
    control,
    halves,
    more,
    on_choice,
    pages,
    quietly,
    row,
    slider,
    text,
    widen_label,
)
from lstmmusic.studio.grid import GridChoice, Report, find_report
from lstmmusic.studio.looks import layout, show
from lstmmusic.studio.music.choice import MusicChoice, identity_of
from lstmmusic.studio.music.pair import Pair, read_pair
from lstmmusic.studio.music.parts import PartsChoice
from lstmmusic.studio.music.tune_losses import COLUMN as LOSS_COLUMN
from lstmmusic.studio.music.tune_losses import TuneLosses
from lstmmusic.studio.music.tune_rows import places_of, rows_of
from lstmmusic.studio.music.verdicts import (
    COLUMNS,
    NO_FILES,
    NO_MUSIC,
    describe_corpus,
    describe_verdict,
    name_verdict,
)
from lstmmusic.studio.undo import Undo
from lstmmusic.views import TuneRow, TunesView


class MusicPlace:
    """The music that the network learns, and the grid of its piano rolls.

    Attributes
    ----------
    corpus : Corpus or None
        The music that was loaded last, without what the user left out.
    """

    def __init__(self, context: Context) -> None:
        act = context.act
        self.corpus: Corpus | None = None
        self._context = context
        self._loading: Job[Progress] | None = None
        self._split: tuple[Corpus, float, tuple[Corpus, Corpus | None]] | None = None
        self._recalling = False  # whether what is left out comes with the music that is being loaded
        self._is_new = False  # whether the corpus has changed since the last refresh
        self._reporting: Latest[tuple[Overview, Report]] = Latest(context.submit)
        self.grid = GridChoice(context, self._preview, self.load)
        self.undo = Undo(act)
        self.losses = TuneLosses(context, self._need_corpus, self.split, self._show_losses)
        self.choice = MusicChoice(context, self.undo, self._choose, self.load, self._selected_path)
        self.parts = PartsChoice(context, self._apply_parts, self._hear)
        self.held_out = slider(
            "Held out",
            "Share of the tunes kept out of training, to measure how well the network has learned: more is a better "
            "measure and leaves less to learn from. Default: 15%",
            (0.05, 0.5),
            0.15,
            step=0.05,
            percent=True,
        )
        self.pedal = control(
            widgets.Checkbox,
            "Sustain pedal",
            "Learn notes as long as the sustain pedal lets them sound, and not as long as the keys are down. "
            "Default: off",
            value=False,
        )
        self.load_button = button("Load music", "Read the music chosen above", act, self.load, "primary")
        self.stop_button = button("Stop loading", "Keep the current music", act, self.stop)
        self.progress = widgets.IntProgress(tooltip="", layout=layout(width="auto", flex="1 1 0"))
        self.summary = text()
        self.tunes = TunesView(
            on_tick=lambda places, ticked: act(partial(self._tick, places, ticked)),
            page_size=6,
            fill=True,
            columns=COLUMNS,
        )
        self.pair = Pair(context)
        on_choice(self.tunes, "selected", act, self._preview)
        on_choice(self.pedal, "value", act, self._preview)
        chosen, grid = self.choice, self.grid
        for each in (
            chosen.menu,
            chosen.folder,
            chosen.manner,
            grid.step,
            grid.unit,
            grid.pitches,
            self.held_out,
            self.pedal,
        ):
            widen_label(each, "76px")
        self.controls = halves(
            column(
                *(chosen.box, grid.step, grid.unit, grid.lost),
                row(self.load_button, self.progress, self.stop_button),
                *(more(grid.pitches, self.held_out, self.pedal), self.summary),
            ),
            column(
                *(
                    grid.suits,
                    pages({"Tunes": self.tunes, "Instruments": self.parts.box}, self.losses.button, self.undo.button),
                ),
                self.pair.box,
            ),
            narrowest=230,
            main=self.tunes,
        )

    def config(self) -> RollConfig:
        """Read the grid off the controls."""
        return self.grid.config()

    def load(self, parts_left_out: Iterable[str] | None = None) -> None:
        """Load the chosen music in the background; the current music stays until then.

        Of the same music, the same files are left out, and the same parts unless others are given. A stored corpus has
        the grid, the parts and the pedal with which it was stored, and at first the files.

        Raises
        ------
        CorpusError
            If no music is chosen, or other parts of a stored corpus.
        """
        source = self.choice.source()
        same = self._find_same(source)
        parts = same.parts_left_out if same and parts_left_out is None else tuple(sorted(parts_left_out or ()))
        if source.kind == STORED:
            if parts != (same.parts_left_out if same else ()):
                raise CorpusError("a stored corpus has the parts that were stored; load its folder to choose others")
            self._begin(loading(same, self.config()) if same else opening(source.folder))
            return
        source = replace(source, pedal=self.pedal.value)
        if same:
            source = replace(source, left_out=same.left_out, parts_left_out=parts)
        self._begin(loading(source, self.config()))

    def recall(self, source: Source, grid: RollConfig) -> None:
        """Set the controls to the music of a run, and load it in the background."""
        self.choice.show(source)
        self.grid.show(grid)
        with quietly(self.pedal):
            self.pedal.value = source.pedal
        if source.held_out is not None:
            self.held_out.value = source.held_out
        self._begin(loading(replace(source, held_out=None, seed=0), grid), recalling=True)

    def stop(self) -> None:
        """Stop loading; the current music stays."""
        self.close()
        self._loading = None
        self._context.say("Stopped loading" + ("; the music before is still there." if self.corpus else "."))

    @property
    def current_grid(self) -> RollConfig:
        """The grid of the music that is loaded; that of the controls if there is none."""
        return self.corpus.config if self.corpus else self.config()

    @property
    def loading(self) -> bool:
        """Whether music is being read."""
        return self._loading is not None

    def split(self) -> tuple[Corpus, Corpus | None]:
        """Split the corpus into training and validation tunes; a single tune is for training only.

        The same corpora are returned until the music or the fraction held out changes.
        """
        if self.corpus is None:
            raise CorpusError("no music is loaded yet; choose some under Music and press Load music")
        corpus, share = self.corpus, self.held_out.value
        if self._split is None or self._split[0] is not corpus or self._split[1] != share:
            self._split = corpus, share, corpus.split(share) if len(corpus) > 1 else (corpus, None)
        return self._split[2]

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
        for each in (self.progress, self.stop_button):
            show(each, job and job.active)
        if job and not job.active:
            self._loading = None
            if job.error:
                raise job.error
            if job.state == "finished":
                self._adopt(job.result)
        self.losses.refresh()
        found = self._reporting.take()
        if found:
            overview, report = found
            self.summary.value = describe_corpus(report.corpus, overview)
            self.grid.report(report)
        self.pair.refresh()
        is_new, self._is_new = self._is_new, False
        return is_new

    def close(self) -> None:
        """Stop loading."""
        if self._loading:
            self._loading.stop()

    def _begin(self, work: Work[Corpus], *, recalling: bool = False) -> None:
        self.close()
        self._loading, self._recalling = Job(work), recalling
        self._loading.start()

    def _find_same(self, source: Source | None) -> Source | None:
        """Return the source of the current music if it has the same files as another."""
        current = self.corpus.source if self.corpus else None
        return current if identity_of(current) == identity_of(source) else None

    def _choose(self) -> None:
        """Set the grid that suits a collection, unless the user has set another."""
        grid = self.choice.grid
        if grid and not self.grid.touched:
            self.grid.show(grid)
            self._preview()

    def _adopt(self, corpus: Corpus) -> None:
        """Take what was loaded as the current music."""
        same = None if self._recalling else self._find_same(corpus.source)
        if same:  # the user may have left out others while it was loaded
            corpus = corpus.leaving_out(same.left_out)
        self.undo.keep(identity_of(corpus.source))
        if corpus.source and corpus.source.kind == STORED:
            with quietly(self.pedal):
                self.pedal.value = corpus.source.pedal
            if corpus.config != self.config():
                self.grid.show(corpus.config)
                self._context.say("A stored corpus has a grid of its own, which is set now.")
        if not len(corpus):  # the other files are gone
            corpus = corpus.leaving_out(())
        self.parts.show(corpus, keep=same is not None)
        self._use(corpus)
        self.losses.forget()
        with quietly(self.tunes):
            self.tunes.columns, self.tunes.empty = COLUMNS, NO_MUSIC if corpus.verdicts else NO_FILES
            self._show_rows()
            self._select_first()
        self._preview()

    def _show_rows(self) -> None:
        corpus, found = self._need_corpus(), self.losses.of_tunes
        losses = None if found is None else places_of(corpus, found)
        verdicts = corpus.verdicts
        self.tunes.show(
            rows_of(corpus, partial(self._describe, source=corpus.source), losses),
            thumbnail=lambda index: None if (tune := verdicts[index].tune) is None else tune.roll,
        )

    def _use(self, corpus: Corpus) -> None:
        self.corpus, self._is_new = corpus, True
        self._reporting.ask(lambda: (survey(corpus), find_report(corpus)))

    def _select_first(self) -> None:
        """Choose the first tune that is used, unless one is chosen."""
        corpus, selected = self._need_corpus(), self.tunes.selected
        if not 0 <= selected < len(corpus.verdicts) or not corpus.usable[selected]:
            self.tunes.selected = int(np.argmax(corpus.used)) if corpus.used.any() else -1

    def _tick(self, places: Sequence[int], ticked: bool) -> None:
        """Leave out tunes, or use them again.

        Raises
        ------
        CorpusError
            If no tune would be left.
        """
        corpus = self._need_corpus()
        places, left_out, all_names = list(places), set(corpus.left_out), corpus.names
        if not ticked and 1 < len(places) == len(corpus):  # all, to tick a few: one has to stay
            stays = self.tunes.selected if self.tunes.selected in places else places[0]
            places.remove(stays)
            self._context.say(
                f"{name_verdict(corpus.verdicts[stays], corpus.source)} stays ticked, as one tune has to."
            )
        names = {all_names[place] for place in places}
        one = name_verdict(corpus.verdicts[places[0]], corpus.source) if len(places) == 1 else ""
        what = one or count_of(len(places), "tune")
        self._leave_out(left_out - names if ticked else left_out | names)
        self.undo.add(
            f"{'use' if ticked else 'leave out'} {what}", partial(self._leave_out, left_out), identity_of(corpus.source)
        )

    def _leave_out(self, names: set[str]) -> None:
        before = self._need_corpus()
        corpus = before.leaving_out(names)
        if not len(corpus):
            raise CorpusError("no tune would be left to learn from; leave at least one ticked")
        self._use(corpus)
        if corpus.is_stored:
            self._show_rows()
            return
        changed = np.flatnonzero(before.used != corpus.used).tolist()
        self.tunes.update({place: self._describe(corpus.verdicts[place], corpus.source) for place in changed})

    def _describe(self, verdict: Verdict, source: Source | None) -> TuneRow:
        return self.losses.add_to(describe_verdict(verdict, source), verdict.tune)

    def _show_losses(self) -> None:
        """List the tunes with the highest loss first."""
        with quietly(self.tunes), self.tunes.hold_sync():
            self.tunes.columns = (LOSS_COLUMN, *COLUMNS)
            self._show_rows()
            self.tunes.sort(1, descending=True)

    def _apply_parts(self) -> None:
        """Load the music with the parts that are ticked."""
        source = self._need_corpus().source
        self.load(self.parts.left_out)
        before = source.parts_left_out if source else ()
        self.undo.add("choice of parts", partial(self._restore_parts, before), identity_of(source))

    def _restore_parts(self, left_out: Sequence[str]) -> None:
        self.load(left_out)
        self.parts.left_out = frozenset(left_out)

    def _hear(self) -> None:
        """Play the chosen tune with one part alone, or show it with all parts again."""
        if self.parts.heard and not self._chosen_path():
            self.parts.hear.value = False
            raise LSTMMusicError("choose a tune in the table of tunes first")
        if not self.parts.heard:
            self._context.sound.stop()  # the part that plays alone
        self._preview(play=self.parts.heard is not None)

    def _preview(self, play: bool = False) -> None:
        """Show what the grid of the controls would lose, in numbers and on the chosen tune."""
        corpus, config = self.corpus, self.config()
        if corpus is None:
            return
        self.grid.show_lost(corpus, self.pedal.value)
        path, source = self._chosen_path(), corpus.source
        if not path or not source:
            self.pair.clear()
            return
        verdict = self._selected()
        if source.kind == STORED and verdict and verdict.tune and not os.path.isfile(path):  # noqa: PTH113
            tune = verdict.tune  # which is all that is there
            self.pair.ask(lambda: (tune, tune), path, play=play)
            return
        only = f", {self.parts.heard.label} alone" if self.parts.heard else ""
        read = partial(read_pair, path, source, self.parts.heard, config, self.pedal.value)
        self.pair.ask(read, path, only, play=play)

    def _selected(self) -> Verdict | None:
        index, verdicts = self.tunes.selected, self.corpus.verdicts if self.corpus else ()
        return verdicts[index] if 0 <= index < len(verdicts) else None

    def _selected_path(self) -> Path | None:
        verdict = self._selected()
        return verdict.path if verdict else None

    def _chosen_path(self) -> Path | None:
        """Return the path of the tune to be shown and played."""
        verdict = self._selected()
        return verdict.path if verdict and verdict.tune is not None else None

    def _need_corpus(self) -> Corpus:
        if self.corpus is None:
            raise CorpusError("no music is loaded yet; press Load music")
        return self.corpus
