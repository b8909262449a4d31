"""One run or two: their settings, curves and takes, played from the same place on, and compared blind (ABX)."""

from __future__ import annotations

import html
import math
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import NamedTuple

import numpy as np

from lstmmusic.base.words import count_of
from lstmmusic.errors import ConfigError, LSTMMusicError
from lstmmusic.generation.sampler import Sampler, Take
from lstmmusic.labels import set_grid
from lstmmusic.music.roll import Tune
from lstmmusic.music.statistics import measure_playing
from lstmmusic.runs.checkpoint import load_network
from lstmmusic.runs.differences import compare_settings
from lstmmusic.runs.favourites import favourites_folder, find_favourites
from lstmmusic.runs.listing import Run, read_curves
from lstmmusic.sound.timeline import TimedTune
from lstmmusic.studio.context import Context
from lstmmusic.studio.controls import button, column, row, side_by_side, table, text
from lstmmusic.studio.heat import clear
from lstmmusic.studio.takes import Request
from lstmmusic.training.snapshot import Curves
from lstmmusic.views import RollView

NAMES = "ABX"


class Comparison(NamedTuple):
    """One run or two, or one at two temperatures, with their curves and their takes from the same primer and seed."""

    runs: tuple[Run, ...]
    curves: tuple[Curves, ...]
    takes: tuple[Take | str, ...]  # or why there is none
    temperatures: tuple[float, ...]  # of the takes
    note: str = ""  # what was done to the primer

    @property
    def of_one(self) -> bool:
        """Whether the takes are of the same run, at two temperatures."""
        return len(self.runs) == 2 and self.runs[0].path == self.runs[1].path

    @property
    def names(self) -> tuple[str, ...]:
        """What each take is called."""
        parts = zip(self.runs, self.temperatures, strict=True)
        return tuple(f"{f'temperature {temperature:g}, ' * self.of_one}{run.name}" for run, temperature in parts)


NOTHING = Comparison((), (), (), ())


def compare(asked: Sequence[tuple[Run, float]], request: Request) -> Comparison:
    """Read the curves of runs, and generate a take with each at a temperature."""
    runs, temperatures = (tuple(part) for part in zip(*asked, strict=True))
    takes = tuple(_generate(run, request, temperature) for run, temperature in zip(runs, temperatures, strict=True))
    other = any(run.roll != request.grid for run in runs) and request.primer is not None
    note = "The primer is laid on the grid of each run." if other else ""
    return Comparison(runs, tuple(map(read_curves, runs)), takes, temperatures, note)


def _generate(run: Run, request: Request, temperature: float) -> Take | str:
    """Generate a take with the network of a run, or return why that is impossible."""
    try:
        network, config = load_network(run.file)
        settings = request.settings | {"temperature": temperature}
        return Sampler(network, request.primer_on(config), config).take(request.steps, quiet=True, **settings)
    except LSTMMusicError as error:
        return str(error)


def describe_run(run: Run) -> str:
    """Return one line about a run, for the list, which is narrow."""
    return f"{run.name}: " + (f"best {run.best:.2f}" if run.best == run.best else count_of(run.updates, "update"))


def describe_details(run: Run) -> str:
    """Return HTML with the details of a run."""
    rows = {
        "Music": run.music,
        "Network": f"{', '.join(map(str, run.network.hidden))} units, {run.network.output} notes",
        "Learns": run.network.learned,
        "Start from": str(run.started_from or "new"),
        "Trained": f"{count_of(run.updates, 'update')} in {run.seconds / 60:.1f} minutes, {run.done:.0%} of its epochs",
        "Validation": f"best {run.best:.3f} nats per step, of the notes" if run.best == run.best else "none",
        "Last validation": f"{run.parts} nats per step" if run.parts else "",
        "Changes": "; ".join(f"at update {change.update:,}: {change}" for change in run.changes) or "none",
        "Favourites": str(len(find_favourites(favourites_folder(run.path, run.path))[0])),
        "Saved takes": str(len(run.takes)) if run.takes else "",  # by earlier versions
    }
    return table({name: words for name, words in rows.items() if words})


def describe_differences(one: Run, other: Run) -> str:
    """Return HTML with the settings in which two runs differ."""
    rows = "".join(
        f'<tr><th scope="row">{html.escape(name)}</th><td>{html.escape(this)}</td><td>{html.escape(that)}</td></tr>'
        for name, this, that in compare_settings(one, other)
    )
    if not rows:
        return "The two runs have the same settings."
    names = zip("AB", (one, other), strict=True)
    heads = "".join(f'<th scope="col">{letter}: {html.escape(run.name)}</th>' for letter, run in names)
    return f"<table><tr><td></td>{heads}</tr>{rows}</table>"


def describe_playing(tune: Tune) -> str:
    """Return in words how the notes of a tune are struck, as far as it is known."""
    playing = measure_playing([tune])
    words = []
    if playing.restruck == playing.restruck:
        words.append(f"restruck: {playing.restruck:.0%}, begun together: {playing.begun_together:.1f}")
    if playing.velocity_mean == playing.velocity_mean:
        spread = f" ± {playing.velocity_spread:.0f}" if playing.velocity_spread else " throughout"
        words.append(f"velocity: {playing.velocity_mean:.0f}{spread}")
    return ", ".join(words).capitalize()


class Pair:
    """A piano roll, a line about it and a button for the take of each run, the player below them, and a blind test.

    Attributes
    ----------
    takes : tuple of Take
        Those of the comparison that can be played.
    """

    def __init__(self, context: Context) -> None:
        self._sound = context.sound
        self._comparison = NOTHING
        self.takes: tuple[Take, ...] = ()
        first = "this run", "Play the take of this run: A in the player"
        second = "other run", "Play the other take, from the same place on: B in the player"
        self.rolls, self.words, self.plays = [], [], []
        for which, (name, tooltip) in enumerate((first, second)):
            self.rolls.append(RollView(height=130, fill=True, compact=True, lane=False, empty=f"The take of {name}"))
            words = text()
            words.layout.flex = "1 1 0"  # beside the button
            self.words.append(words)
            self.plays.append(button(f"Play {name}", tooltip, context.act, partial(self.play, which)))
        self.blind = BlindListening(context, self)
        parts = zip(self.rolls, self.words, self.plays, strict=True)
        beside = side_by_side(*((roll, row(play, words)) for roll, words, play in parts))
        self._columns = beside.children
        self.box = column(beside, self.blind.box)

    def show(self, comparison: Comparison) -> None:
        """Show the takes of a comparison; newer takes of the same runs only if the current ones are not in use."""
        shown, new = ([(run.path, each.temperatures) for run in each.runs] for each in (self._comparison, comparison))
        if shown != new:
            self.clear()
        elif self._in_use:
            return
        self._comparison = comparison
        self.takes = tuple(take for take in comparison.takes if isinstance(take, Take))
        self.show_rolls(True)

    def clear(self) -> None:
        """Remove the takes, and stop them if they play."""
        self.blind.forget()
        if self._sound.holds(self.takes):
            self._sound.unload()
        self._comparison, self.takes = NOTHING, ()
        self.show_rolls(True)

    @property
    def _in_use(self) -> bool:
        """Whether a test is running, or a take plays or is paused."""
        view = self._sound.view
        return self.blind.running or (self._sound.holds(self.takes) and (view.playing or view.position > 0))

    def play(self, which: int) -> None:
        """Play the take of a run, from where the other is if that plays."""
        if len(self.takes) < len(self.rolls):  # the only one that can be played
            self._sound.play_takes(self.takes, 0, [self.rolls[which]])
        elif self._sound.holds(self.takes) and self._sound.view.playing:
            self._sound.view.chosen = which
        else:
            self._sound.play_takes(self.takes, which, self.rolls, NAMES)

    def refresh(self) -> None:
        """Enable the buttons that can be pressed; the first take has all the room while there is no second run."""
        self.blind.refresh()
        made = self._comparison.takes
        for which, play in enumerate(self.plays):
            self._columns[which].layout.display = None if which < max(1, len(made)) else "none"
            play.disabled = self.blind.running or not (which < len(made) and isinstance(made[which], Take))

    def show_rolls(self, visible: bool) -> None:
        """Show the piano rolls of the takes and how they are played, or hide both."""
        runs, takes, names = self._comparison.runs, self._comparison.takes, self._comparison.names
        for which, (view, words) in enumerate(zip(self.rolls, self.words, strict=True)):
            made = takes[which] if which < len(runs) else ""
            words.value = describe_playing(made.generated) if isinstance(made, Take) and visible else ""
            if isinstance(made, Take) and visible:
                with view.hold_sync():
                    set_grid(view, made.tune)
                    letter = f"{NAMES[which]}: " if len(self.takes) == len(self.rolls) else ""
                    view.primer, view.title = made.primer_steps, f"{letter}{names[which]}"
                    view.show(made.tune.roll, onsets=made.tune.onsets, velocities=made.tune.velocities)
            else:
                clear(view)
                view.title = str(made) if visible else "Hidden during the blind test"


class BlindListening:
    """Buttons that start and end a blind test and take votes, and a line with the result.

    Parameters
    ----------
    context : Context
    pair : Pair
        The two takes, or fewer if there are no two to compare; their piano rolls, which would give X away, are hidden.
    """

    def __init__(self, context: Context, pair: Pair) -> None:
        self._sound, self._pair = context.sound, pair
        self._test: BlindTest | None = None
        self._tunes: tuple[TimedTune, ...] = ()
        self.start_button = button(
            "Blind test",
            "X is one of the two takes: find out which (ABX). The keys A, B and X switch between them",
            context.act,
            self.start,
        )
        self.vote_buttons = [
            button(
                f"X is {name}", f"Vote that X is {name}; then the next X plays", context.act, partial(self.vote, which)
            )
            for which, name in enumerate("AB")
        ]
        self.end_button = button("End test", "End the test, and show the piano rolls again", context.act, self.end)
        self.words = text()
        self.box = row(self.start_button, *self.vote_buttons, self.end_button, self.words)
        self.refresh()

    @property
    def running(self) -> bool:
        """Whether a test is running."""
        return self._test is not None

    def start(self) -> None:
        """Start a test, and play the first X.

        Raises
        ------
        ConfigError
            If there are no two takes, or they are the same.
        PlaybackError
            If they cannot be played.
        """
        takes = self._pair.takes
        if len(takes) < 2:
            raise ConfigError("a blind test needs two takes; choose another run, or temperature, under Compare with")
        tunes = [self._sound.time(take.ringing, take.primer_steps) for take in takes]
        # Of equal length, since the player shows the length.
        duration = min(tune.duration for tune in tunes)
        pair = [replace(tune, duration=duration, name=name) for tune, name in zip(tunes, "AB", strict=True)]
        if np.array_equal(pair[0].table, pair[1].table):
            raise ConfigError("both takes have the same notes, so a blind test is pointless; try another seed")
        test = BlindTest(np.random.default_rng())
        self._play(pair, test)
        self._test = test
        self._pair.show_rolls(False)
        self.words.value = "Which one is X? Listen to A, B and X as often as you like."

    def vote(self, answer: int) -> None:
        """Count the vote that X is A (0) or B (1), and play the next X from the start."""
        if self._test is None:
            return
        right = self._test.vote(answer)
        was, result = "AB"[answer if right else 1 - answer], describe_votes(self._test.right, self._test.trials)
        self.words.value = f"{'Right' if right else 'Wrong'}: X was {was}. {result} Here is the next X."
        self._play(list(self._tunes[:2]), self._test)

    def end(self) -> None:
        """End the test; its result stays."""
        if self._test is None:
            return
        self.words.value = describe_votes(self._test.right, self._test.trials)
        self._test, held = None, self._sound.holds(self._tunes)
        if held:
            self._sound.unload()
        self._pair.show_rolls(True)

    def leave(self) -> None:
        """End the test, as its tunes would be what Play plays where others are shown."""
        if self._test:
            self.end()
            self.words.value = f"The test ended when you left this place. {self.words.value}"

    def forget(self) -> None:
        """End the test, and remove its result, which is about other takes."""
        self.end()
        self.words.value = ""

    def refresh(self) -> None:
        """Show the buttons that can be pressed; the test ends if something else is played."""
        if self.running and not self._sound.holds(self._tunes):
            self.end()
        self.start_button.disabled = len(self._pair.takes) < 2
        self.start_button.layout.display = "none" if self.running else None
        for each in (*self.vote_buttons, self.end_button):
            each.layout.display = None if self.running else "none"

    def _play(self, pair: list[TimedTune], test: BlindTest) -> None:
        named = [*pair, replace(pair[test.hidden], name="X")]
        # From the start, so that the place does not give away whether X has changed.
        self._tunes = tuple(replace(tune, label=name) for tune, name in zip(named, NAMES, strict=True))
        self._sound.play_blind(self._tunes, NAMES.index("X"))


class BlindTest:
    """Trials in each of which X is A or B at random, and the votes.

    Parameters
    ----------
    generator : numpy.random.Generator
        Chooses what X is.

    Attributes
    ----------
    hidden : int
        Which of the two X is now, 0 or 1; secret until the vote.
    right, trials : int
        Number of right votes, and of all votes.
    """

    def __init__(self, generator: np.random.Generator) -> None:
        self._generator = generator
        self.right = self.trials = 0
        self.hidden = int(self._generator.integers(2))

    def vote(self, answer: int) -> bool:
        """Count a vote for A (0) or B (1), choose the next X, and return whether the vote was right.

        Raises
        ------
        ValueError
            If the answer is neither.
        """
        if answer not in (0, 1):
            raise ValueError(f"answer is {answer}; it must be 0 for A or 1 for B")
        right = answer == self.hidden
        self.right, self.trials = self.right + right, self.trials + 1
        self.hidden = int(self._generator.integers(2))
        return right


def chance_of_guessing(right: int, trials: int) -> float:
    """Return the probability that guessing has at least this many of these votes right.

    Raises
    ------
    ValueError
        If `right` is not from 0 to `trials`.
    """
    if not 0 <= right <= trials:
        raise ValueError(f"right is {right}; it must be from 0 to {trials}, the number of trials")
    outcomes: int = sum(math.comb(trials, each) for each in range(right, trials + 1))
    return outcomes / (1 << trials)


def describe_votes(right: int, trials: int) -> str:
    """Return in words how many votes were right, and how often guessing does as well."""
    if trials == 0:
        return "No votes yet."
    chance = 100 * chance_of_guessing(right, trials)
    rounded = "less than 0.1" if chance < 0.1 else f"{chance:.2g}" if chance < 1 else f"{chance:.0f}"
    return f"{right} of {trials} right; guessing does as well in {rounded}% of such tests."
