"""How the page describes what was read: a file in the table of tunes, and music as a whole."""

from __future__ import annotations

import html
from pathlib import Path

from lstmmusic.base.words import count_of
from lstmmusic.errors import plain_text
from lstmmusic.music.corpus import Corpus
from lstmmusic.music.source import FOLDER, STORED, Source
from lstmmusic.music.statistics import Overview
from lstmmusic.music.verdicts import Verdict
from lstmmusic.studio.controls import table
from lstmmusic.views import TuneCell, TuneRow

COLUMNS = ("Length", "Tempo", "Metre", "Key", "Tracks")

NO_MUSIC = "No music yet"
NO_FILES = "This corpus was stored from a part of a split, without its list of files: none can be shown or left out"


def name_verdict(verdict: Verdict, source: Source | None) -> str:
    """Return what the page calls a file: by its path in a folder of the user, and otherwise by its title."""
    titled = verdict.tune is not None and source is not None and source.kind not in (FOLDER, STORED)
    return plain_text(verdict.tune.name if titled and verdict.tune else verdict.name or verdict.path.name)


def describe_verdict(verdict: Verdict, source: Source | None) -> TuneRow:
    """Return the row of the table about a file."""
    facts = verdict.facts
    cells: tuple[TuneCell, ...] = ()
    if facts:
        minutes, seconds = divmod(round(facts.seconds), 60)
        cells = (
            TuneCell(f"{minutes}:{seconds:02}", facts.seconds),
            TuneCell(f"{facts.tempo:.0f}", facts.tempo),
            TuneCell(facts.metre, facts.metre or None),
            TuneCell(facts.key, facts.key or None),
            TuneCell(f"{len(facts.parts)}", len(facts.parts)),
        )
    reason = verdict.reason.removeprefix(f"{plain_text(verdict.path.name)} ")  # the name is above it
    return TuneRow(name_verdict(verdict, source), verdict.used, reason, usable=verdict.tune is not None, cells=cells)


def describe_corpus(corpus: Corpus, overview: Overview) -> str:
    """Return HTML with an overview of a corpus."""
    most = ", ".join(f"{count.name} ({count.notes:,})" for count in overview.most_used[:3])
    rows = {
        "Length": f"{_describe_minutes(overview.minutes)}, {count_of(overview.steps, 'step')}",
        "Notes": f"{overview.notes:,}; {overview.polyphony:.1f} sound at once",
        "Most used": most,
    }
    name = Path(corpus.name).name  # of a collection, or of the last folder of a path
    return f"<h4>{html.escape(name[:1].upper() + name[1:])}</h4>{table(rows)}"


def _describe_minutes(minutes: float) -> str:
    return count_of(round(minutes), "minute") if minutes < 120 else count_of(round(minutes / 60), "hour")
