"""The application: six places in the order of the work, and one `refresh` that shows what their jobs have done.

Everything that a place does is a call of the library. Jobs run in threads and know nothing about widgets; only
`refresh` writes their results to the page, under a lock. A publisher thread calls it, and so does the "tick" of the
loss view, since some front ends show nothing that a background thread sends. Nothing waits under that lock: what may
take long runs in the background, and `refresh` handles its result.
"""

from __future__ import annotations

import atexit
import html
import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import ipywidgets as widgets
from IPython.display import HTML, display

from lstmmusic.base.files import home_path
from lstmmusic.config import Cluster, NetworkConfig, TrainingConfig
from lstmmusic.errors import ConfigError, LSTMMusicError, plain_text
from lstmmusic.generation.sampler import Take
from lstmmusic.music.corpus import Corpus
from lstmmusic.network.devices import leave_a_core, ran_out_of_memory
from lstmmusic.runs.listing import Run
from lstmmusic.runs.recipe import Recipe
from lstmmusic.settings import checked
from lstmmusic.sound.player import Player, open_player
from lstmmusic.studio.context import Answer, Context, Task
from lstmmusic.studio.controls import close_all, column, keep_order, text
from lstmmusic.studio.inside.place import InsidePlace
from lstmmusic.studio.interrupts import watch_interrupts
from lstmmusic.studio.listening.place import ListeningPlace
from lstmmusic.studio.music.place import MusicPlace
from lstmmusic.studio.network.place import NetworkPlace
from lstmmusic.studio.presence import Presence
from lstmmusic.studio.run_loading import RunLoading
from lstmmusic.studio.runs.place import RunsPlace
from lstmmusic.studio.session import TIMEOUT, Session
from lstmmusic.studio.sound import Sound
from lstmmusic.studio.tour import Tour
from lstmmusic.studio.training.place import TrainingPlace
from lstmmusic.studio.training.sweeps import Sweeps
from lstmmusic.studio.training_bar import TrainingBar
from lstmmusic.views import DownloadView

# The shortest and the longest time between two refreshes: each view gets at most ten messages a second.
FASTEST, SLOWEST = 0.1, 0.15  # seconds

# A notebook that is opened again has the output of the cell, but no widget to show if it has another kernel, or if
# JupyterLab, on a busy machine, has not found it in time. Where there is one, or may still come, this is hidden.
REOPENED = """<style>
.jp-OutputArea .lstmmusic-reopened { display: inline; }
.jp-OutputArea-child:has(.lstmmusic-reopened) { display: none; }
.jp-OutputArea:not(:has(.lstmmusic-studio)) > .jp-OutputArea-child:has(.lstmmusic-reopened) {
  display: flex; animation: 2s steps(1) lstmmusic-wait;
}
@keyframes lstmmusic-wait { from { visibility: hidden; } }
</style>
<b class="lstmmusic-reopened" hidden>The studio is no longer here: run the cell again</b>"""

logger = logging.getLogger(__name__)


class Studio:
    """The application in a notebook: create one in the last line of a cell.

    Running the cell again, or another cell that creates one for the same folder, shows the studio that is open; its
    training continues. Creating one for another folder closes the first and saves its run.

    Parameters
    ----------
    folder : str or Path
        Where runs and tunes are saved; by default the folder of the notebook.
    player : Player, optional
        By default the sound card of this machine, or else the browser.
    page_timeout : float
        Seconds after which a run is paused and saved if no page shows the studio, unless it is set to train on.
    cluster : str or Cluster, optional
        Train on the machines of a cluster instead of this one: 'auto', 'ray://host:10001', or all that `Cluster` says.
    """

    _current: ClassVar[Studio | None] = None
    _closes_at_exit: ClassVar[bool] = False
    folder: Path

    @checked
    def __new__(
        cls,
        folder: str | Path = ".",
        *,
        player: Player | None = None,
        page_timeout: float = 600.0,
        cluster: str | Cluster | None = None,
    ) -> Studio:
        """Return the open studio of this folder, or a new one."""
        current = Studio._current
        if current is not None and player is None and current.folder == home_path(folder).resolve():
            return current
        return super().__new__(cls)

    def __init__(
        self,
        folder: str | Path = ".",
        *,
        player: Player | None = None,
        page_timeout: float = 600.0,
        cluster: str | Cluster | None = None,
    ) -> None:
        if Studio._current is self:
            return
        if Studio._current is not None:
            Studio._current.close()  # raises, and stays open, if its run cannot be saved
        self.folder = home_path(folder).resolve()
        leave_a_core()
        self._lock = threading.RLock()
        self._closed, self._wake, self._interrupted = threading.Event(), threading.Event(), threading.Event()
        self._answered = threading.Event()  # what the user waits for is shown at once
        self._background, self._slow = (
            ThreadPoolExecutor(max_workers=1, thread_name_prefix=f"lstmmusic-{name}") for name in ("background", "task")
        )
        self._task = Task(partial(self._submit_to, self._slow))
        self.session = Session(self.folder, None if cluster is None else Cluster.of(cluster))
        self.sound = Sound(player or open_player(), self._act)
        submit = partial(self._submit_to, self._background)
        context = Context(self.folder, self.session, self.sound, self._act, submit, self._say, self._task)
        self.music = MusicPlace(context)
        self.network = NetworkPlace(context, self._next_run, self._show_units)
        self.sweeps = Sweeps(context, self._next_recipe, lambda: str(self.network.device.value), self._list_runs)
        self.training = TrainingPlace(context, self.network, self.sweeps)
        self.listening = ListeningPlace(context)
        self.music.losses.request = self.listening.request
        self.listening.learning.mark(self.training.loss)
        self.inside = InsidePlace(context, self.listening)
        self.loading = RunLoading(context, self.music, lambda: str(self.network.device.value), self._show_loaded)
        self.runs = RunsPlace(context, self.loading.load, self.listening.request, self.network.start.offer)
        self.runs.page.shown = self._take_of
        self.bar = TrainingBar(context, self._start, partial(self.loading.load, resume=True))
        self.training.loss.on_msg(self._on_tick)
        places: tuple[Any, ...] = (self.music, self.network, self.training, self.listening, self.inside, self.runs)
        titles = ("Music", "Network", "Training", "Listening", "Inside", "Runs")
        self.places = widgets.Tab([place.controls for place in places], titles=titles)
        self.places.observe(self._on_place, "selected_index")
        self.message, self.download = text(), DownloadView()
        self.presence = Presence(page_timeout)
        self.presence.frame.on_undo(self._undo)
        above = self.presence.frame, self.bar.box, self.message, self.download, self.bar.offer, self.sweeps.offer
        self.box = column(*above, self.places, self.sound.box)
        self.box.add_class("lstmmusic-studio")
        self.presence.frame.studio = self.box.model_id
        is_new = not any((self.folder / "runs").glob("*"))  # nobody has trained anything here
        named = {
            "play": self.sound.views,
            "music": [self.music.choice.menu],
            "load": [self.music.load_button],
            "start": [self.bar.start_button],
            "loss": [self.training.loss],
            "takes": [self.listening.strips],
        }
        self.tour = Tour(self.presence.frame, self.places, self.bar.show_me, named, is_new=is_new)
        keep_order(self.box)
        self.music.held_out.observe(lambda _: self._act(self._offer_primers), "value")
        self._act(self.listening.generate)
        self._act(self.music.load)
        self._submit_to(self._background, self.sound.instruments.search)
        self._forget_interrupts = watch_interrupts(self._on_interrupt)
        self._publisher = threading.Thread(target=self._publish, name="lstmmusic-publisher", daemon=True)
        self._publisher.start()
        Studio._current = self
        if not Studio._closes_at_exit:
            # `atexit` comes after concurrent.futures has ended its threads, to which the publisher submits.
            getattr(threading, "_register_atexit", atexit.register)(_close_at_exit)
            Studio._closes_at_exit = True

    def _ipython_display_(self) -> None:
        display(HTML(REOPENED), self.box)  # type: ignore[no-untyped-call]

    def refresh(self) -> None:
        """Show what the jobs have done since the last time; any thread may call this."""
        with self._lock:
            if self._closed.is_set():
                return
            for show in (
                self._task.finish,
                self._show_new_music,
                self._refresh_bar,
                self._refresh_network,
                lambda: self.training.refresh(self.music.current_grid),
                self.sweeps.refresh,
                self.sound.refresh,
                self.listening.refresh,
                self.inside.refresh,
                self.runs.refresh,
            ):
                try:  # an error in one place must not keep the others from being shown
                    show()
                except Exception as error:  # noqa: BLE001 - the edge of a thread
                    self._explain(error)

    def _refresh_bar(self) -> None:
        is_busy = self.loading.waits or self.sweeps.offered or self.sweeps.active  # a sweep continues its own runs
        self.bar.refresh(
            has_music=self.music.corpus is not None,
            loading=self.music.loading,
            interrupted=None if is_busy else self.runs.interrupted,
        )

    def _take_of(self, run: Run) -> dict[str, Take]:
        """Return the take of a run that Listening shows, by its name, if it shows one."""
        made = self.listening.made
        if made is None or run.path != self.session.path or not made.is_of(self.session.trainer):
            return {}
        return {name: take for name, take in zip(made.names, made.takes, strict=True) if take is self.listening.take}

    def _refresh_network(self) -> None:
        busy = self.session.active or bool(self._task.doing)
        pitches, grid = self.music.config().pitches, self.music.current_grid
        training = self.music.split()[0] if self.music.corpus else None
        self.network.refresh(pitches, training, self.training.config(), grid, busy=busy)

    def close(self) -> None:
        """Stop everything, save the run if it is unsaved, and free all widgets.

        Raises
        ------
        BusyError
            If a run is still being saved or loaded; the studio then stays open.
        SaveError
            If the run cannot be saved; the studio then stays open.
        """
        self._end()

    def _end(self, *, keep_page: bool = False) -> None:
        if self._closed.is_set():
            return
        self.music.close()
        self.network.close()
        self.sweeps.close()
        self._task.wait(TIMEOUT)
        with self._lock:
            self.refresh()  # which handles the result of the task
            self._task.check_idle()
            self._task.doing = "Closing …"  # until then, no click may start or resume a run
        try:
            self.session.release()
        except BaseException:
            self._task.doing = ""
            raise
        with self._lock:  # between two refreshes, which submit to the executors
            self._closed.set()
            for executor in (self._background, self._slow):
                executor.shutdown(wait=False, cancel_futures=True)
            if not keep_page:
                close_all(self.box)
        self._show_answer()
        self.listening.favourites.close()
        self.listening.exports.close()
        self.runs.export.close()
        self.sound.close()
        self._publisher.join(TIMEOUT)
        self._forget_interrupts()
        self.presence.close()
        if Studio._current is self:
            Studio._current = None

    def _on_place(self, change: Any) -> None:
        """List the runs when their place is opened, as other programs may have changed the folder."""
        place = self.places.get_title(change["new"])
        for title, each in (
            ("Network", self.network),
            ("Training", self.training),
            ("Listening", self.listening),
            ("Inside", self.inside),
            ("Runs", self.runs),
        ):
            each.in_view = place == title
        if place == "Inside":
            self._act(self.listening.catch_up)
        if place == "Runs":
            self._act(self.runs.open)
        elif self.runs.takes.blind.running:
            self._act(self.runs.takes.blind.leave)

    def _show_units(self, layer: int) -> None:
        """Show the units of a layer in their place."""
        self.inside.layer.value = layer
        self.places.selected_index = self.places.titles.index("Inside")

    def _undo(self, by: int) -> None:
        """Show the tune before or after, where tunes are in view."""
        if self.listening.in_view:
            self._act(partial(self.listening.film.go, by))

    def _next_run(self) -> tuple[Corpus, NetworkConfig, TrainingConfig]:
        """Return what a run would be started with."""
        training, _ = self.music.split()
        return training, self.network.config(training.config.pitches), self.training.config()

    def _next_recipe(self) -> tuple[Corpus, Recipe]:
        """Return the music of the runs of a sweep, and what these have in common."""
        if self.music.corpus is None:
            raise ConfigError("no music is loaded: choose some under Music, and press Load music")
        training, network, config = self._next_run()
        if training.source is None:
            raise ConfigError(f"{training.name} was not loaded from files: load a folder under Music")
        start = self.network.start.chosen
        recipe = Recipe(training.source, training.config, network, config, start.source if start else "")
        return training, recipe

    def _list_runs(self) -> None:
        """List the runs again, since one that trains elsewhere was saved."""
        self.runs.list_runs()

    def _start(self) -> None:
        """Start a new run with the settings of the places."""
        if not self.session.active:
            training, network, config = self._next_run()
            validation, device, start = self.music.split()[1], self.network.device.value, self.network.start.chosen
            begin = partial(self.session.start, training, validation, network, config, device)
            self._task.begin("Starting …", partial(begin, start.source if start else ""), lambda _: self._show_run())

    def _show_loaded(self, run: Run, resume: bool) -> None:
        """Show a run that was loaded, and resume it if asked."""
        self._show_run()
        self.runs.list_runs(run.path)
        if resume:
            self.session.resume()
            self._say(f"Continuing {run.name} from update {run.updates:,}.")
            return
        advice = "Press Resume, or listen to it" if self.session.can_resume else "Listen to it, or add epochs to resume"
        self._say(f"Loaded {run.name}. {advice}.")

    def _show_run(self) -> None:
        """Show the settings of the current run, and offer its network in Listening."""
        if self.session.trainer is not None:
            self.training.show_run(self.session.trainer)
            self.listening.offer_run()

    def _show_new_music(self) -> None:
        is_new = False
        try:
            is_new = self.music.refresh()
            if is_new:
                self._offer_primers()
        finally:
            self.loading.refresh(is_new=is_new)

    def _offer_primers(self) -> None:
        """Offer the tunes that are loaded as primers."""
        if self.music.corpus:
            held_out, offered = self.music.split()[1], self.music.corpus.in_memory()
            self.listening.offer(offered, held_out)
            self.inside.offer(offered, held_out)

    def _submit_to(self, executor: ThreadPoolExecutor, function: Callable[[], Answer]) -> Future[Answer]:
        """Run a function in the background, and refresh the page once it has returned."""
        answer = executor.submit(function)
        answer.add_done_callback(lambda _: self._show_answer())
        return answer

    def _show_answer(self) -> None:
        """Let the publisher refresh the page now, rather than with the next snapshot."""
        self._wake.set()
        self._answered.set()

    def _act(self, action: Callable[[], None]) -> None:
        """Run what a control asks for; an error becomes a message on the page."""
        with self._lock:  # the publisher must not list or show what an action is changing
            if self._closed.is_set():
                return
            self._say("")
            try:
                action()
            except Exception as error:  # noqa: BLE001 - the edge of a callback
                self._explain(error)
            self.refresh()

    def _on_tick(self, _: Any, content: Any, __: Any) -> None:
        if isinstance(content, dict) and content.get("kind") == "tick":
            self.refresh()

    def _on_interrupt(self) -> None:
        self._interrupted.set()
        self._wake.set()

    def _explain(self, error: Exception) -> None:
        if isinstance(error, LSTMMusicError | OSError) and str(error):
            self._say(str(error), failed=True)
        elif ran_out_of_memory(error):
            self._say("memory ran out; use smaller layers or less music, or close other programs", failed=True)
        else:
            logger.error("the studio failed", exc_info=error)
            self._say(f"Something unexpected went wrong: {error!r}. Please report it.", failed=True)

    def _say(self, words: str, *, failed: bool = False, link: str = "", file: Path | None = None) -> None:
        colour = "error-color1" if failed else "ui-font-color1"
        with self._lock:
            if file or (words and not self.download.busy):
                self.download.offer(file)
            self.message.value = (
                f'<span role="status" style="color: var(--jp-{colour})">{html.escape(plain_text(words))} {link}</span>'
            )

    def _publish(self) -> None:
        while not self._closed.is_set():
            self._wake.wait(SLOWEST)
            self._wake.clear()
            if self._interrupted.is_set() and not self._task.doing:  # a run that is being started is paused then
                self._interrupted.clear()
                if self.session.state == "running":
                    self.session.pause()
                    self._say("Interrupted: the run is paused and saved. Press Resume to continue.")
            if self.presence.gone and self.session.state == "running" and not self.training.unattended.value:
                self.presence.forget()
                self.session.pause()
                self._say("No page has shown the studio for a while: the run is paused and saved. Press Resume.")
            self.session.autosave()
            self.refresh()
            self._answered.wait(FASTEST)
            self._answered.clear()


def _close_at_exit() -> None:
    """Close the studio that is open when Python exits."""
    if Studio._current is not None:
        try:
            Studio._current._end(keep_page=True)  # it says that the kernel is gone; its widgets are gone with it
        except LSTMMusicError as error:
            Studio._current._closed.set()
            logger.error("the studio could not be closed: %s", error)
