"""Favourites: takes that are kept with the run, to be shown, played, named and downloaded again."""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import ipywidgets as widgets

from lstmmusic.base.files import safe_name, unused_path
from lstmmusic.base.jobs import Job
from lstmmusic.base.progress import Progress
from lstmmusic.base.words import count_of
from lstmmusic.errors import LSTMMusicError, plain_text
from lstmmusic.generation.sampler import Take
from lstmmusic.runs.bundled import PATHS
from lstmmusic.runs.favourites import (
    Favourite,
    delete_favourite,
    favourites_folder,
    find_favourites,
    key_of,
    load_favourite,
    rename_favourite,
    restore_favourite,
    save_favourite,
)
from lstmmusic.runs.favourites_zip import zip_favourites
from lstmmusic.runs.moving import Deleted
from lstmmusic.studio.context import Context
from lstmmusic.studio.controls import button, column, control, on_choice, quietly, row, text, widen_label
from lstmmusic.studio.exports import Exports, downloads_of
from lstmmusic.studio.listening.takes import Made, Request
from lstmmusic.studio.looks import arrange, layout, show
from lstmmusic.studio.undo import Undo
from lstmmusic.training.start import BUNDLED
from lstmmusic.training.trainer import Trainer
from lstmmusic.views import Strip, StripsView

EARLIER_RUN = "an earlier run"  # of which only its takes are left
_SHORT = 16  # characters of a name on a button

# Gets the take of a favourite, and the favourite.
Use = Callable[[Take, Favourite], None]


class Favourites:
    """The favourites of the current run; those of the studio where there is none.

    Parameters
    ----------
    context : Context
    exports : Exports
        They write the files to be downloaded.
    made : callable
        Returns the takes that are listed, or None.
    show, play : callable
        Called with a favourite that is to be shown, or played.
    changed : callable
        Called when there are others than before.
    """

    def __init__(
        self,
        context: Context,
        exports: Exports,
        made: Callable[[], Made | None],
        *,
        show: Use,
        play: Use,
        changed: Callable[[], None],
    ) -> None:
        act = context.act
        self._context, self._exports, self._made = context, exports, made
        self._show, self._play, self._changed = show, play, changed
        self._folder: Path | None = None  # which is listed, from the first refresh on
        self._found: tuple[Favourite, ...] = ()
        self._keys: frozenset[str] = frozenset()
        self._shown: tuple[Take | None, str] = None, ""  # the take that is shown, and its key
        self._picked: Path | None = None  # of favourites with equal takes, the one that was clicked
        self._kept: Path | None = None  # the last one, until another is shown
        self._zipping: Job[Progress] | None = None
        self.strips = StripsView(
            "Favourites",
            lambda action, index: act(partial(self._act_on, action, index)),
            actions=("play", "download", "delete"),
        )
        self.name = control(
            widgets.Text,
            "Name",
            "The name of the favourite that is shown, or else was kept last: type another one and press Enter",
            disabled=True,
        )
        self.name.continuous_update = False
        arrange(self.name, flex="1 1 200px")
        widen_label(self.name, "48px")
        self.add_button = button(
            "Add all takes", "Keep all takes that are listed, with their branches", act, self.add_all
        )
        self.zip_button = button(
            "Download all", "Save a zip file of all favourites, as MIDI and as WAV", act, self.download_all
        )
        self.progress = widgets.IntProgress(tooltip="", layout=layout(width="auto", flex="1 1 60px"))
        self.cancel_button = button("Cancel", "Save no zip file", act, self.cancel)
        self.undo = Undo(act)
        self.problems = text()
        on_choice(self.name, "value", act, self._rename)
        self.box = column(
            row(self.name, self.undo.button, self.add_button, self.zip_button, self.progress, self.cancel_button),
            *(self.strips, self.problems),
        )

    @property
    def chosen(self) -> Favourite | None:
        """The favourite that is shown, or None."""
        index: int | None = self.strips.chosen
        return None if index is None else self._found[index]

    @property
    def named(self) -> Favourite | None:
        """The favourite of which the name is shown: the chosen one, or else the last that was kept.

        A run that learns replaces the take that was kept by one of newer weights, perhaps while its name is typed.
        """
        return self.chosen or next((each for each in self._found if each.path == self._kept), None)

    def is_favourite(self, take: Take) -> bool:
        """Return whether a take is among them."""
        return key_of(take) in self._keys

    def turn(self, made: Made, index: int) -> None:
        """Keep a take, or delete the favourites that are equal to it; see `add` and `remove`."""
        if self.is_favourite(made.takes[index]):
            self.remove(made.takes[index])
        else:
            self.add(made, index)

    def add(self, made: Made, index: int, name: str | None = None) -> None:
        """Keep a take, and those that it is a branch of; what is kept already stays as it is.

        Raises
        ------
        LSTMMusicError
            If one cannot be saved.
        """
        self._keep(made, [*_ancestors(made, index), index], name)

    def add_all(self) -> None:
        """Keep all takes that are listed, with their branches.

        Raises
        ------
        LSTMMusicError
            If one cannot be saved; those before it are kept.
        """
        made = self._made()
        if made is None:
            raise LSTMMusicError("there are no takes yet; press Generate")
        self._keep(made, range(len(made.takes)))

    def remove(self, take: Take) -> None:
        """Delete the favourites that are equal to a take.

        Raises
        ------
        LSTMMusicError
            If one cannot be deleted.
        """
        key = key_of(take)
        for favourite in self._found:
            if favourite.key == key:
                self._delete(favourite)

    def offer(self) -> None:
        """List the favourites, which other programs may have changed."""
        self._folder = self._find_folder()
        self._found, problems = find_favourites(self._folder)
        self._keys = frozenset(favourite.key for favourite in self._found)
        self.undo.keep(self._folder)
        of_run = " of this run" if self._context.session.path else ""
        self.strips.empty = f"No favourites{of_run} yet: press the star of a take"
        self.strips.show(
            [
                Strip(each.tune, each.name, each.primer_steps, depth=each.depth, title=_describe(each))
                for each in self._found
            ],
            self._find_shown(),
        )
        self._show_name()
        self.problems.value = html.escape(" ".join(problems))
        show(self.problems, problems)
        self._changed()

    def refresh(self, shown: Take | None) -> None:
        """Mark the favourite that is shown, if the take is one, and follow the run and the zip file.

        Raises
        ------
        Exception
            What went wrong in the background.
        """
        if self._folder != self._find_folder():  # another run, or another name of it
            self.offer()
        if shown is not self._shown[0]:
            self._shown = shown, key_of(shown) if shown else ""
            self.strips.chosen = self._find_shown()
            self._show_name()
        job = self._zipping
        if job and not job.active:
            self._zipping = None
        for each in (self.progress, self.cancel_button):
            show(each, self._zipping)
        show(self.add_button, not self._zipping)  # which leaves room for the progress
        self.zip_button.disabled = bool(self._zipping) or not self._found
        if job and job.latest:
            self.progress.max, self.progress.value = job.latest.total, job.latest.done
        if job and not self._zipping:
            if job.error:
                raise job.error
            done = job.state == "finished"
            words = f"Saved {job.result}." if done else "Cancelled: no zip file was saved."
            self._context.say(words, **downloads_of(job.result) if done else {})

    def download_all(self) -> None:
        """Save a zip file with all of them in the background."""
        if self._found and not self._zipping:
            run = self._context.session.path
            name = safe_name(f"{run.name} favourites" if run else "favourites")
            path = unused_path(self._context.folder / "tunes" / f"{name}.zip")
            self._zipping = Job(zip_favourites(self._found, path, self._exports.writers("MIDI", "WAV")))
            self._zipping.start()

    def cancel(self) -> None:
        """Save no zip file, once the take that is being written is done."""
        if self._zipping:
            self._zipping.stop()

    def close(self) -> None:
        """Save no zip file."""
        self.cancel()

    def _find_folder(self) -> Path:
        return favourites_folder(self._context.session.path, self._context.folder)

    def _find_shown(self) -> int | None:
        """Return the place of the favourite that is shown, of equal ones that which was clicked."""
        key = self._shown[1]
        places = [place for place, each in enumerate(self._found) if each.key == key]
        clicked = [place for place in places if self._found[place].path == self._picked]
        return next(iter([*clicked, *places]), None)

    def _show_name(self) -> None:
        if self.chosen and self.chosen.path != self._kept:
            self._kept = None
        named = self.named
        with quietly(self.name):
            self.name.value = named.name if named else ""
        self.name.disabled = named is None

    def _act_on(self, action: str, index: int) -> None:
        favourite = self._found[index]
        if action == "delete":
            self._delete(favourite)
            return
        try:
            take = load_favourite(favourite.path)
        except LSTMMusicError:
            self.offer()  # without it, or with the reason
            raise
        if action == "download":
            self._exports.save_as(favourite.name, take, "MIDI", "WAV")
        else:
            self._picked = favourite.path
            {"show": self._show, "play": self._play}[action](take, favourite)

    def _keep(self, made: Made, places: Sequence[int], name: str | None = None) -> None:
        """Keep takes, each after what it is a branch of; the name is that of the last."""
        if not all(map(made.has, places)):
            raise LSTMMusicError("some takes are still being generated; try again when they are there")
        saved: list[Favourite] = []
        try:
            for place in places:
                take, before = made.takes[place], _ancestors(made, place)
                if self.is_favourite(take):
                    continue
                favourite = save_favourite(
                    self._find_folder(),
                    take,
                    (name if place == places[-1] else None) or default_name(made, take),
                    **origin_of(made, self._context.session.trainer),
                    parent=made.takes[before[-1]] if before else None,
                )
                saved.append(favourite)
                self._kept = favourite.path
        finally:
            self.offer()
        match saved:
            case []:
                words = "These takes are favourites already."
            case [one]:
                words = f"Kept {one.name} as a favourite."
            case _:
                words = f"Kept {count_of(len(saved), 'take')} as favourites."
        self._context.say(words)

    def _rename(self) -> None:
        favourite = self.named
        if favourite is None or self.name.value == favourite.name:
            return
        try:
            renamed = rename_favourite(favourite, self.name.value)
        except LSTMMusicError:
            self._show_name()
            raise
        self._picked = renamed.path
        self._kept = renamed.path if favourite.path == self._kept else self._kept
        self.offer()

    def _delete(self, favourite: Favourite) -> None:
        deleted = delete_favourite(favourite)
        self._offer_undo(deleted)
        self.offer()
        self._context.say(f"Deleted {favourite.name}. Undo restores it.")

    def _offer_undo(self, deleted: Deleted) -> None:
        name = plain_text(deleted.path.stem)
        what = name if len(name) <= _SHORT else f"{name[:_SHORT]}…"
        self.undo.add(f"delete {what}", partial(self._restore, deleted), self._folder)

    def _restore(self, deleted: Deleted) -> None:
        try:
            restored = restore_favourite(deleted)
        except LSTMMusicError:
            self._offer_undo(deleted)
            raise
        self.offer()
        self._context.say(f"Restored {restored.name}.")


def origin_of(made: Made, trainer: Trainer | None) -> dict[str, Any]:
    """Return which weights takes are from, as keywords of `save_favourite`; `trainer` is that of the current run."""
    of = made.request.favourite
    if of:
        return {"update": of.update, "network": of.network}
    if made.run is None:
        return {"update": None, "network": BUNDLED + made.request.bundled}
    of_run = made.weights if made.is_of(trainer) else None
    return {"update": of_run.update, "network": ""} if of_run else {"update": None, "network": EARLIER_RUN}


def default_name(made: Made, take: Take) -> str:
    """Return a name from seed, weights and music, such as "Seed 1234 · update 976 · BWV 6.6"."""
    music = take.tune.name
    while music.startswith("after "):  # a branch is after a tune that is after another
        music = music.removeprefix("after ")
    weights = f"update {made.weights.update}" if made.weights else f"bundled {made.request.bundled}"
    return " · ".join([f"Seed {take.seed}", weights, music])


def give(tree: Sequence[Favourite], takes: Sequence[Take], request: Request, trainer: Trainer | None) -> Request:
    """Return a request for a favourite instead, with the network that it is from, or the same run's at another update.

    Parameters
    ----------
    tree : sequence of Favourite
        It, and its branches where they are to be listed too.
    takes : sequence of Take
        Theirs.
    request : Request
        What the controls ask for, its settings among that.
    trainer : Trainer or None
        That of the current run.
    """
    favourite = tree[0]
    if favourite.network.removeprefix(BUNDLED) in PATHS:
        bundled = favourite.network.removeprefix(BUNDLED)
        request = replace(request, trainer=None, bundled=bundled, snapshot=None)
    elif trainer:
        same = (snapshot for snapshot in trainer.weight_snapshots if snapshot.update == favourite.update)
        request = replace(request, trainer=trainer, snapshot=next(same, None))
    depths = tuple(each.depth - favourite.depth for each in tree)
    return replace(request, given=tuple(takes), depths=depths, favourite=favourite, work=())


def _ancestors(made: Made, index: int) -> list[int]:
    """Return the places of the takes that a take is a branch of, the root first."""
    found: list[int] = []
    for place in range(index - 1, -1, -1):
        if made.depths[place] < made.depths[found[0] if found else index]:
            found.insert(0, place)
    return found


def _describe(favourite: Favourite) -> str:
    """Return what the tooltip says of a favourite."""
    steps = count_of(len(favourite.tune), "step")
    return f"{favourite.name}: {steps}, {favourite.origin}, temperature {favourite.temperature:.2g}"
