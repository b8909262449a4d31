"""A run as a page to share: its takes with a player, its losses, its settings, what changed, and its code."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal
from xml.etree.ElementTree import Element

import numpy as np

from lstmmusic.base.files import safe_name, write_atomically
from lstmmusic.base.words import count_of
from lstmmusic.config import NetworkConfig, RollConfig, TrainingConfig
from lstmmusic.errors import CheckpointError, ConfigError, plain_text
from lstmmusic.generation.sampler import Take
from lstmmusic.labels import ABOUT_CURVES, set_grid, show_units
from lstmmusic.music.expression import Expression
from lstmmusic.music.formats.midi_writer import encode_midi
from lstmmusic.music.playing import check_playing, to_score
from lstmmusic.music.score import VELOCITY
from lstmmusic.pages.document import Document, NoKernel, element
from lstmmusic.runs.as_code import as_code, settings_in_words
from lstmmusic.runs.favourites import FOLDER, find_favourites, load_favourite
from lstmmusic.runs.listing import Run, read_curves
from lstmmusic.settings import check_choice, checked
from lstmmusic.sound.timeline import time_tune
from lstmmusic.views import CodeView, LossView, RollView, SoundView

SUFFIXES = (".html", ".htm")
MOST_TAKES = 100  # on a page

# Of a roll: a note has at least 6 pixels of height, which a take of many pitches scrolls.
HEIGHTS, ROW, BESIDE = (200, 460), 7, 110  # pixels

OLD_BROWSER = "This browser is too old to show the curves and rolls of this page; open it in a newer one."
NO_SCRIPTS = "Curves, rolls, sound and code need JavaScript, which is switched off in this browser."


@checked
def export_page(
    run: Run,
    path: str | Path,
    *,
    takes: Mapping[str, Take] | None = None,
    tempo: float = 100.0,
    velocity: int = VELOCITY,
    flat: bool = False,
    instrument: int = 0,
    pedal: Literal["none", "bass"] = "none",
) -> None:
    """Write a run as a page to share: one HTML file that needs no network, in which its takes can be heard.

    It has the loss curves, the settings, with those that differ from the defaults marked, what was changed during the
    run, takes as piano rolls with a player and as MIDI files, and the code that reproduces the run. Sound comes from
    the bundled piano, which takes 1 MB of the file; ten takes of 1,000 steps take 0.6 MB. Of the folders of music and
    of runs, only the names are on the page, not where they are on this machine.

    Parameters
    ----------
    run : Run
        As `find_runs` lists it.
    path : str or Path
        Ends in .html or .htm.
    takes : mapping of str to Take, optional
        The takes and their headings, at most 100; by default the favourites of the run, the first 100 as
        `find_favourites` sorts them: the page says so if there are more. Nothing is generated.
    tempo, velocity, flat, instrument
        How takes are played; see `write_midi`. The instrument is that of the MIDI files and of the code.
    pedal : {'none', 'bass'}
        See `Expression.of`.

    Raises
    ------
    ConfigError
        If the path has another suffix, a setting is out of range, or there are more than 100 takes.
    CheckpointError
        If the run or a favourite is damaged, or was moved or deleted.
    SaveError
        If the file cannot be written; an existing one is unharmed.
    """
    check_choice("the suffix of a page", Path(path).suffix.lower(), SUFFIXES)
    check_playing(tempo, velocity, instrument)
    if takes is not None and len(takes) > MOST_TAKES:
        raise ConfigError(f"takes has {len(takes):,} takes; a page has at most {MOST_TAKES}")
    manner: dict[str, Any] = {"tempo": tempo, "velocity": velocity, "flat": flat}
    heard, found = find_heard(run) if takes is None else ([Heard(*each) for each in takes.items()], len(takes))
    page = _RunPage(_without_places(run), heard, manner, instrument, pedal)
    write_atomically(path, page.encode(found))


@dataclass(frozen=True, eq=False)
class Heard:
    """A take on a page, its name, and the weights that it is from, if that is known."""

    name: str
    take: Take
    origin: str = ""

    @property
    def words(self) -> str:
        """How it was sampled."""
        take = self.take
        parts = [count_of(len(take.tune), "step")]
        if take.primer_steps:
            parts.append(f"of which {take.primer_steps:,} were given")
        parts += [f"temperature {take.temperature:.2g}", f"seed {take.seed}"]
        if take.ended:
            parts.append("ended by the network")
        if take.edited:
            parts.append("edited by hand")
        words = ", ".join([self.origin, *parts] if self.origin else parts)
        return words[0].upper() + words[1:]  # names of networks stay as they are


def find_heard(run: Run) -> tuple[list[Heard], int]:
    """Load the favourites of a run that a page shows.

    Returns
    -------
    heard : list of Heard
        At most `MOST_TAKES`.
    found : int
        How many favourites the run has.

    Raises
    ------
    CheckpointError
        If one of them cannot be read.
    """
    if not run.path.is_dir():
        return [], 0  # a single file, as the first version saved it
    found, problems = find_favourites(run.path / FOLDER)
    if problems:
        raise CheckpointError(f"{problems[0]}; move it away, or choose the takes of the page")
    return [Heard(each.name, load_favourite(each.path), each.origin) for each in found[:MOST_TAKES]], len(found)


class _RunPage:
    """The parts of the page."""

    def __init__(
        self, run: Run, heard: list[Heard], manner: dict[str, Any], instrument: int, pedal: Literal["none", "bass"]
    ) -> None:
        self._run, self._heard, self._manner, self._instrument, self._pedal = run, heard, manner, instrument, pedal
        self._document = Document(f"{run.name} – LSTMmusic")

    def encode(self, found: int) -> bytes:
        """Return the page; `found` takes are there, of which it may not have all."""
        header = element("header", element("h1", element("bdi", self._run.name)), _describe(self._run))
        problem = element("p", OLD_BROWSER, class_="problem", id="lstmmusic-problem", role="alert", hidden="hidden")
        none = element("noscript", element("p", NO_SCRIPTS, class_="problem"))
        main = element("main", *self._takes(found), *self._losses(), *self._changes(), *self._settings(), *self._code())
        footer = element("footer", element("p", "Made with LSTMmusic. This page needs no network.", class_="faint"))
        return self._document.encode(header, problem, none, main, footer)

    def _takes(self, found: int) -> Iterator[Element]:
        if not self._heard:
            return
        player = SoundView(comm=NoKernel())
        laid = [Expression.of(each.take.ringing, pedal=self._pedal) for each in self._heard]
        rows = [
            self._take(each, how, player, number)
            for number, (each, how) in enumerate(zip(self._heard, laid, strict=True))
        ]
        player.load_tunes(
            [
                time_tune(
                    each.take.ringing,
                    **self._manner,
                    primer_steps=each.take.primer_steps,
                    name=each.name,
                    expression=how,
                )
                for each, how in zip(self._heard, laid, strict=True)
            ]
        )
        about = "Click on a roll to jump there, and drag over a part of it to repeat that."
        if found > len(self._heard):
            about = f"These are the first {len(self._heard):,} of {found:,} favourites. {about}"
        intro = element("p", about, class_="faint")
        yield _section("Takes", intro, *rows, element("div", self._document.place(player), class_="player"))

    def _take(self, heard: Heard, expression: Expression, player: SoundView, number: int) -> Element:
        take, tune = heard.take, heard.take.ringing
        clock = expression.tempo_map(tune.config, self._manner["tempo"])
        height = min(max(HEIGHTS[0], BESIDE + ROW * _range(take)), HEIGHTS[1])
        roll = RollView(comm=NoKernel(), height=height, tools=True, follows=player.ident, follows_tune=number)
        roll.tempo_map = list(zip(clock.starts.tolist(), clock.lengths.tolist(), strict=True))
        roll.primer = take.primer_steps
        set_grid(roll, take.tune)
        roll.show(take.tune.roll, onsets=take.tune.onsets, velocities=take.tune.velocities)
        score = to_score(tune, **self._manner, instrument=self._instrument, expression=expression)
        midi = base64.b64encode(encode_midi(score)).decode()
        link = element(
            "a",
            "MIDI",
            download=f"{safe_name(f'take {heard.name}')}.mid",
            href=f"data:audio/midi;base64,{midi}",
            aria_label=f"Download {heard.name} as MIDI",
        )
        play = element(
            "button", "Play", type="button", disabled="disabled", data_name=heard.name, aria_label=f"Play {heard.name}"
        )
        head = element("div", element("h3", element("bdi", heard.name)), play, link, class_="head")
        about = element("p", heard.words, class_="faint")
        return element("article", head, about, self._document.place(roll), aria_label=heard.name)

    def _losses(self) -> Iterator[Element]:
        view = LossView(comm=NoKernel(), height=280, logarithmic=True, help=ABOUT_CURVES)
        view.empty = "This run has no updates yet"
        view.marks = [{"update": change.update, "text": str(change)} for change in self._run.changes]
        show_units(view, self._run.training)
        view.show(*read_curves(self._run))
        yield _section("Loss", self._document.place(view))

    def _changes(self) -> Iterator[Element]:
        if not self._run.changes:
            return
        rows = [
            element("tr", element("td", f"{change.update:,}"), element("td", str(change)))
            for change in self._run.changes
        ]
        caption = element("caption", "Settings that were changed during the run.")
        head = element("tr", _head("After update"), _head("Change"))
        yield _section(
            "Changes", element("table", caption, element("thead", head), element("tbody", *rows), class_="changes")
        )

    def _settings(self) -> Iterator[Element]:
        run = self._run
        plain = replace(
            run,
            network=NetworkConfig(),
            training=TrainingConfig(),
            initial_config=None,
            roll=RollConfig(),
            started_from=None,
        )
        usual = settings_in_words(plain)
        rows = []
        for name, value in settings_in_words(run).items():
            if not value or name == "Changes":
                continue
            differs = value != usual[name]
            cells = element("th", name, scope="row"), element("td", value), element("td", usual[name] * differs)
            rows.append(element("tr", *cells, **{"class_": "differs"} if differs else {}))
        first = " as they were at the first update" if run.changes and run.initial_config else ""
        caption = element("caption", f"The settings{first}; those that differ from the defaults are marked.")
        head = element("tr", _head("Setting"), _head("Value"), _head("Default"))
        yield _section("Settings", element("table", caption, element("thead", head), element("tbody", *rows)))

    def _code(self) -> Iterator[Element]:
        code = as_code(self._run, **self._manner, instrument=self._instrument, pedal=self._pedal)
        about = "This program reproduces the run, where its music is."
        view = CodeView(comm=NoKernel(), code=code)
        yield _section("Code", element("p", about, class_="faint"), self._document.place(view))


def _describe(run: Run) -> Element:
    facts = {
        "Music": run.music,
        "Network": f"{', '.join(map(str, run.network.hidden))} units, {run.network.output} notes",
        "Trained": f"{count_of(run.updates, 'update')} in {run.seconds / 60:.1f} minutes, {run.done:.0%} of its epochs",
        "Validation": f"best {run.best:.3f} nats per step, after update {run.best_update:,}" if run.best_update else "",
        "Saved": f"{run.saved:%Y-%m-%d %H:%M}",
    }
    pairs = [(element("dt", name), element("dd", words)) for name, words in facts.items() if words]
    return element("dl", *(part for pair in pairs for part in pair))


def _range(take: Take) -> int:
    """Return how many pitches there are from the lowest note to the highest."""
    used = np.flatnonzero(take.tune.roll.any(axis=0))
    return int(used[-1] - used[0] + 1) if len(used) else 0


def _section(title: str, *children: Element) -> Element:
    return element("section", element("h2", title), *children, aria_label=title)


def _head(words: str) -> Element:
    return element("th", words, scope="col")


def _without_places(run: Run) -> Run:
    """Return a run that names folders, but not where they are: their paths name the user of a machine."""
    source, start = run.source, run.started_from
    if source and source.folder:
        source = replace(source, folder=_last_part(source.folder))
    if start and _last_part(start.source) != start.source.removeprefix("runs/"):
        start = replace(start, source=f"runs/{_last_part(start.source)}")
    return replace(run, music=_name_music(run), source=source, started_from=start)


def _name_music(run: Run) -> str:
    """Return the name and the numbers of tunes of the music: a corpus from a folder is called by the path of that."""
    name, comma, numbers = run.music.rpartition(", ")
    if run.source and run.source.folder:
        name = name.replace(plain_text(run.source.folder), _last_part(run.source.folder))
    return f"{_last_part(name)}{comma}{numbers}"  # of a stored corpus, the path is that of the folder before


def _last_part(path: str) -> str:
    """Return the name of a folder, of any system."""
    return plain_text(re.split(r"[/\\]", path.rstrip("/\\"))[-1]) or "music"
