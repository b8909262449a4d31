"""Loading a saved run, and before that its music, unless that is loaded or cannot be found."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial

from lstmmusic.base.files import home_path
from lstmmusic.errors import LSTMMusicError
from lstmmusic.music.source import FOLDER, STORED
from lstmmusic.runs.listing import Run
from lstmmusic.studio.context import Context
from lstmmusic.studio.music.place import MusicPlace

IS_THERE = {FOLDER: os.path.isdir, STORED: os.path.isfile}  # unlike pathlib's, these never raise


class RunLoading:
    """Loads runs, each of which becomes the current one.

    Parameters
    ----------
    context : Context
    music : MusicPlace
    device : callable
        Returns the device that is chosen.
    then : callable
        Called with a run once it is loaded, and whether it is to resume.
    """

    def __init__(
        self, context: Context, music: MusicPlace, device: Callable[[], str], then: Callable[[Run, bool], None]
    ) -> None:
        self._context, self._music, self._device, self._then = context, music, device, then
        self._waiting: tuple[Run, bool] | None = None  # the run that is loaded after its music; whether it resumes

    @property
    def waits(self) -> bool:
        """Whether a run waits for its music."""
        return self._waiting is not None

    def load(self, run: Run, *, resume: bool = False) -> None:
        """Load a run in the background, and resume it if asked."""
        source, corpus = run.source, self._music.corpus
        loaded = corpus is not None and (corpus.config, self._music.split()[0].source) == (run.roll, source)
        is_there = IS_THERE.get(source.kind) if source else None
        if source is None or loaded or (is_there and not is_there(home_path(source.folder))):
            self._load_with_music(run, resume)
        else:
            self._waiting = run, resume
            self._music.recall(source, run.roll)
            self._context.say(f"Loading the music of {run.name} …")

    def refresh(self, *, is_new: bool) -> None:
        """Load the run that waits, once there `is_new` music; if that could not be loaded, it waits no more."""
        if self._music.loading:
            return
        waiting, self._waiting = self._waiting, None
        if waiting and is_new:
            self._load_with_music(*waiting)

    def _load_with_music(self, run: Run, resume: bool) -> None:
        """Load a run whose music should be there."""
        context = self._context
        training, validation = self._music.split()
        held_out, held_out_here = (source.held_out if source else None for source in (run.source, training.source))
        if run.roll != training.config or (held_out and held_out_here and held_out != held_out_here):
            share = f", {held_out:.0%} of it held out" if held_out else ""
            raise LSTMMusicError(
                f"{run.name} was trained on {run.music}, {run.roll}{share}. "
                f"Set that under Music and press Load music, then load the run"
            )
        load = partial(context.session.load, run, training, validation, self._device())
        saving = "Saving the current run, then loading" if context.session.unsaved else "Loading"
        context.task.begin(f"{saving} {run.name} …", load, lambda _: self._then(run, resume))
