"""How dense and wide the tune that is shown is, beside the music, and a button that sets temperature and threshold."""

from __future__ import annotations

import html
import math
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import ipywidgets as widgets

from lstmmusic.base.progress import Progress, Work, advance
from lstmmusic.errors import LSTMMusicError
from lstmmusic.generation.diagnosis import Settings
from lstmmusic.generation.matching import MOST_TRIED, Match, comparable, matching
from lstmmusic.generation.sampler import Take
from lstmmusic.music.roll import Tune
from lstmmusic.music.texture import Texture, measure_texture
from lstmmusic.studio.context import Context, Latest
from lstmmusic.studio.controls import button, row, text
from lstmmusic.studio.listening.takes import Request, load_network
from lstmmusic.studio.looks import layout, show

MATCH, CANCEL = "Match the music", "Cancel matching"
NEAR = 0.1  # of a target, which counts as the same

# What is shown of a `Texture`: its heading, what that means, and how its figures are written.
MEASURES = {
    "polyphony": ("Polyphony", "Notes that sound at once, where any sounds", "{:.1f}"),
    "notes_per_second": ("Notes / second", "Notes that begin in a second", "{:.1f}"),
    "pitch_range": ("Range", "Semitones from the lowest to the highest twentieth of the notes", "{:.0f} st"),
    "restruck": ("Restruck", "Notes that begin where the same pitch sounded just before", "{:.0%}"),
    "note_length": ("Note length", "Seconds until a note ends or is struck again", "{:.2f} s"),
}
MATCHED = {
    "polyphony": "polyphony {:.1f}",
    "notes_per_second": "{:.1f} notes per second",
    "pitch_range": "a range of {:.0f} semitones",
}
TARGET = 60  # percent of the room, where the bar of the music ends: that of the tune may be longer


class Matching:
    """A button that finds temperature and threshold in the background, and a line that says what it did.

    Parameters
    ----------
    context : Context
    request : callable
        Returns what the controls ask for.
    read : callable
        Returns the settings of the controls, for the take that is shown.
    write : callable
        Sets them, as the user does, and asks for takes.
    """

    def __init__(
        self,
        context: Context,
        request: Callable[[], Request],
        read: Callable[[], Settings],
        write: Callable[[Settings], None],
    ) -> None:
        self._request, self._read, self._write, self._submit = request, read, write, context.between_updates
        self._working: tuple[Request, Work[Match]] | None = None  # while settings are being found
        self._finding: Latest[Progress | Match] = Latest(self._submit)
        self._before: Settings | None = None  # what was changed, so that it can be undone
        self._matched: tuple[object, ...] | None = None  # network, music and settings of which the words are true
        self.button = button(
            MATCH,
            "Set temperature and threshold so that tunes have about as many notes, and as wide a range, as the music",
            context.act,
            self._switch,
        )
        self.words = text()
        self.undo = button("Undo", "Set temperature and threshold as they were", context.act, self._undo)
        self.box = row(self.button, self.undo, self.words)
        self._show("")

    @property
    def busy(self) -> bool:
        """Whether settings are being found."""
        return self._working is not None

    def refresh(self) -> None:
        """Show the progress, or set the controls to what was found.

        Raises
        ------
        Exception
            What went wrong in the background.
        """
        if self._matched and self._matched != self._read_all():
            self._show("")  # the user chose others since
        if self._working is None:
            return
        request, work = self._working
        if _source(self._request()) != _source(request):
            self._end("Not matched: other music or another network was chosen.")
            return
        try:
            found = self._finding.take()
        except Exception:
            self._end("")
            raise
        if isinstance(found, Progress):
            self._show_progress(found)
            self._finding.ask(partial(advance, work))
        elif found:
            self._adopt(found)

    def _switch(self) -> None:
        """Start to find settings, or cancel that."""
        if self._working:
            self._end("")
            return
        request = self._request()
        if not request.reference:
            raise LSTMMusicError("there is no music to match; load some in the Music place")
        work = _match(request)
        self._working, self.button.description = (request, work), CANCEL
        self._show_progress(Progress(0, MOST_TRIED))
        self._finding.ask(partial(advance, work))

    def _read_all(self) -> tuple[object, ...]:
        settings = self._read()
        return _source(self._request()), settings.temperature, settings.threshold

    def _end(self, words: str) -> None:
        self._working, self._finding = None, Latest(self._submit)  # what is still running is not waited for
        self.button.description = MATCH
        self._show(words)

    def _adopt(self, match: Match) -> None:
        before = self._read()
        after = replace(before, temperature=match.temperature, threshold=match.threshold)
        self._end(describe_match(match))
        if after != before:
            self._before = before
            self._write(after)
            show(self.undo)
        self._matched = self._read_all()

    def _undo(self) -> None:
        before = self._before
        if before:
            self._show("")
            self._write(replace(self._read(), temperature=before.temperature, threshold=before.threshold))

    def _show(self, words: str) -> None:
        """Show words, and nothing to undo."""
        self._before = self._matched = None
        show(self.undo, False)
        self.words.value = f'<span role="status">{html.escape(words)}</span>' if words else ""
        show(self.words, words)

    def _show_progress(self, progress: Progress) -> None:
        self._show("…")
        self.words.value = (
            f'<progress aria-label="Matching" value="{progress.done}" max="{progress.total}"></progress> '
            f"{progress.done} of at most {progress.total} settings tried"
        )


def describe_match(match: Match) -> str:
    """Say which settings were found, the first of what is then near to the music, and what is not."""
    near, far = [], []
    for name, figure in MATCHED.items():
        now, target = getattr(match.now, name), getattr(match.target, name)
        if math.isclose(now, target, rel_tol=NEAR):
            near.append(figure.format(now))
        elif not math.isnan(now + target):
            far.append(f"{figure.format(now)}, the music {figure.format(target)}")
    found = [f"{words}, as the music has" for words in near[:1]] + far
    return f"Temperature {match.temperature:g}, threshold {match.threshold:g}: {'; '.join(found)}"


def _match(request: Request) -> Work[Match]:
    """Find settings for a network, to be continued between two updates; the network stays the same."""
    network, config, _ = load_network(request)
    if request.reference[0].config != config:
        raise LSTMMusicError(
            f"the network generates {config}, and the music is on another grid ({request.reference[0].config}); "
            f"set that under Music and press Load music"
        )
    return (yield from matching(network, request.reference))


def _source(request: Request) -> tuple[object, ...]:
    """Return what settings are found for."""
    return request.trainer or request.bundled, request.snapshot, request.reference


class TextureBars:
    """A table of what is measured of the music and of the tune that is shown, each with a bar.

    Parameters
    ----------
    context : Context
    """

    def __init__(self, context: Context) -> None:
        self._tempo = context.sound.tempo
        self._measuring: Latest[tuple[tuple[object, ...], Texture]] = Latest(context.between_updates)
        self._asked: tuple[object, ...] = ()
        self._target: Texture | None = None
        self._take: tuple[Take, bool] | None = None  # that is to be shown, and whether its network learned strikes
        self._shown: tuple[object, ...] = ()
        self.view = widgets.HTML(layout=layout(display="none", margin="2px 0"))
        self.view.add_class("lstmmusic-texture")

    def show(self, take: Take, *, strikes: bool) -> None:
        """Show another take, whose network has learned strikes or not, from the next refresh on."""
        self._take = take, strikes

    def refresh(self, known: tuple[Tune, ...]) -> None:
        """Show how the take compares with music, once that is measured.

        Raises
        ------
        Exception
            What went wrong in the background.
        """
        if self._take is None or not known:
            return
        take, strikes = self._take
        tempo = self._tempo.value
        if self._asked != (known, strikes, tempo):
            self._asked = asked = known, strikes, tempo
            self._measuring.ask(lambda: (asked, measure_texture(comparable(known, strikes=strikes), tempo)))
        asked_then, target = self._measuring.take() or (None, None)
        if target and asked_then is self._asked:
            self._target = target
        if self._target and self._shown != (take, self._target):
            self._shown = take, self._target
            now = measure_texture(comparable([take.generated], strikes=strikes), tempo)
            self.view.value = write_bars(self._target, now)
            show(self.view)


def write_bars(target: Texture, now: Texture) -> str:
    """Return the HTML of a table whose columns are the measures, and whose rows are the music and a tune."""
    headings = "".join(f'<th scope="col" title="{help}">{heading}</th>' for heading, help, _ in MEASURES.values())
    rows = [
        f'<tr><th scope="row">{of}</th>{"".join(_write_bar(name, texture, target) for name in MEASURES)}</tr>'
        for of, texture in (("Music", target), ("This tune", now))
    ]
    return f'<table aria-label="Compared with the music"><tr><td></td>{headings}</tr>{"".join(rows)}</table>'


def _write_bar(name: str, texture: Texture, target: Texture) -> str:
    value, goal = (0 if math.isnan(number) else number for number in (getattr(texture, name), getattr(target, name)))
    width = TARGET * value / goal if goal else 100 * (value > 0)
    number = getattr(texture, name)
    figure = "–" if math.isnan(number) else MEASURES[name][2].format(number)
    return f'<td><div><i style="width: {min(width, 100):.0f}%"></i></div><b>{figure}</b></td>'
