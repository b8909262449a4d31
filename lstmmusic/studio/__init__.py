"""The application: five places in the order of the work, and one `refresh` that shows what their jobs have done.

Everything that a place does is a call of the library. Jobs work in threads and know no widget; `refresh` alone
writes what they have done to the page, under a lock. A publisher thread calls it, and so does the loss view's
"tick", since some front ends show nothing that a background thread sends.
"""

from __future__ import annotations

import atexit
import html
import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, ClassVar

import ipywidgets as widgets

from lstmmusic.base.files import home_path
from lstmmusic.config import NetworkConfig, TrainingConfig
from lstmmusic.errors import LSTMMusicError, plain_text
from lstmmusic.music.corpus import Corpus
from lstmmusic.network.devices import leave_a_core
from lstmmusic.runs.listing import Run
from lstmmusic.sound.player import Player, open_player
from lstmmusic.studio.background import Answer
from lstmmusic.studio.controls import close_all, column, keep_order, text
from lstmmusic.studio.interrupts import watch_interrupts
from lstmmusic.studio.listening import ListeningPlace
from lstmmusic.studio.music import MusicPlace
from lstmmusic.studio.network import NetworkPlace
from lstmmusic.studio.runs import RunsPlace
from lstmmusic.studio.session import Session
from lstmmusic.studio.sound import Sound
from lstmmusic.studio.training import TrainingPlace
from lstmmusic.studio.transport import Transport
from lstmmusic.views import FrameView

# The page is brought up to date so often at least, and at most: ten messages a second to each view.
SLOWEST, FASTEST = 0.15, 0.1  # seconds

logger = logging.getLogger(__name__)


class Studio:
    """The application in a notebook: make one as the last line of a cell.

    Running the cell again, or another that makes one for the same folder, shows the studio that is there already:
    its training goes on. Making one for another folder closes the first; its run is saved before.

    Parameters
    ----------
    folder : str or Path
        Where runs and tunes are saved; by default where the notebook is.
    player : Player, optional
        By default this machine's sound card, or else the browser.
    """

    _current: ClassVar[Studio | None] = None
    folder: Path

    def __new__(cls, folder: str | Path = ".", *, player: Player | None = None) -> Studio:
        """Return the studio of this folder that is open, or one to set up."""
        current = Studio._current
        if current is not None and player is None and current.folder == home_path(folder).resolve():
            return current
        return super().__new__(cls)

    def __init__(self, folder: str | Path = ".", *, player: Player | None = None) -> None:
        if Studio._current is self:
            return
        if Studio._current is not None:
            Studio._current.close()  # raises, and stays open, if its run cannot be saved
        self.folder = home_path(folder).resolve()
        leave_a_core()
        self._lock = threading.RLock()
        self._closed, self._wake, self._interrupted = threading.Event(), threading.Event(), threading.Event()
        self._background = ThreadPoolExecutor(max_workers=1, thread_name_prefix="lstmmusic-background")
        self.session = Session(self.folder)
        self.sound = Sound(player or open_player(), self._act)
        self.music = MusicPlace(self.folder, self.sound, self._submit, self._act)
        self.network = NetworkPlace(self._act, self._needs)
        self.training = TrainingPlace(self.session, self.network, self._act)
        self.listening = ListeningPlace(self.session, self.sound, self.folder, self._submit, self._say, self._act)
        self.runs = RunsPlace(
            self.session, self.sound, self._load, self.listening.wish, self._submit, self._say, self._act
        )
        self.transport = Transport(self.session, self._start, self._act)
        self.training.loss.on_msg(self._hear_tick)
        places: dict[str, Any] = {
            "Music": self.music,
            "Network": self.network,
            "Training": self.training,
            "Listening": self.listening,
            "Runs": self.runs,
        }
        self.places = widgets.Tab([place.controls for place in places.values()], titles=tuple(places))
        self.places.observe(self._open_place, "selected_index")
        self.message = text()
        self.box = column(FrameView(), self.transport.box, self.message, self.places)
        self.box.add_class("lstmmusic-studio")
        keep_order(self.box)
        self.music.held_out.observe(lambda _: self._act(self._offer), "value")
        self._act(self.listening.generate)
        self._act(self.music.load)
        atexit.register(self.close)
        self._forget_interrupts = watch_interrupts(self._interrupt)
        threading.Thread(target=self._publish, name="lstmmusic-publisher", daemon=True).start()
        Studio._current = self

    def _repr_mimebundle_(self, **options: Any) -> Any:
        return self.box._repr_mimebundle_(**options)

    def refresh(self) -> None:
        """Show what the jobs have done since the last time; may be called from any thread."""
        with self._lock:
            if self._closed.is_set():
                return
            low, high = self.music.pitches.value
            for show in (
                self._take_new_music,
                lambda: self.transport.refresh(has_music=self.music.corpus is not None, loading=self.music.loading),
                lambda: self.network.refresh(
                    high - low + 1, self.music.corpus, self.training.config(), busy=self.session.active
                ),
                self.training.refresh,
                self.sound.refresh,
                self.listening.refresh,
                self.runs.refresh,
            ):
                try:  # what goes wrong in one place keeps no other from being shown
                    show()
                except Exception as error:  # noqa: BLE001 - the edge of a thread
                    self._explain(error)

    def close(self) -> None:
        """Stop everything, save the run if it was not, and free all widgets.

        Raises
        ------
        SaveError
            If the run cannot be saved; the studio then stays open.
        """
        if self._closed.is_set():
            return
        self.music.close()
        self.network.close()
        self.session.keep()
        self._closed.set()
        self._wake.set()
        self._forget_interrupts()
        atexit.unregister(self.close)
        self._background.shutdown(wait=False, cancel_futures=True)
        self.listening.exports.close()
        self.sound.close()
        with self._lock:
            close_all(self.box)
        if Studio._current is self:
            Studio._current = None

    def _open_place(self, change: Any) -> None:
        """List the runs when their place is opened: of what lies in the folder, not all is done here."""
        if self.places.get_title(change["new"]) == "Runs":
            self._act(self.runs.open)

    def _start(self) -> None:
        """Begin a new run with the settings of the places."""
        if not self.session.active:
            training, validation = self.music.split()
            network, config = self.network.config(training.config.pitches), self.training.config()
            self.session.start(training, validation, network, config, self.network.device.value)
            self._take_up_run()

    def _load(self, run: Run) -> None:
        """Take up a saved run."""
        training, validation = self.music.split()
        apart, apart_here = (source.held_out if source else None for source in (run.source, training.source))
        if run.roll != training.config or (apart and apart_here and apart != apart_here):
            held_out = f", {apart:.0%} of it held out" if apart else ""
            raise LSTMMusicError(
                f"{run.name} was trained on {run.music}, {run.roll}{held_out}. "
                f"Set that under Music and press Load music, then load the run"
            )
        self.session.load(run, training, validation, self.network.device.value)
        self._take_up_run()
        way = "Press Resume to go on, or listen to it" if self.session.can_go_on else "Listen, or raise Epochs to go on"
        self._say(f"Loaded {run.name}. {way}.")

    def _take_up_run(self) -> None:
        if self.session.trainer is not None:
            self.training.take_up(self.session.trainer)
            self.listening.offer_run()

    def _needs(self) -> tuple[Corpus, NetworkConfig, TrainingConfig]:
        """Tell what a run would begin with."""
        training, _ = self.music.split()
        return training, self.network.config(training.config.pitches), self.training.config()

    def _take_new_music(self) -> None:
        if self.music.refresh():
            self._offer()

    def _offer(self) -> None:
        """Offer the tunes at hand as primers."""
        if self.music.corpus:
            self.listening.offer(self.music.corpus, self.music.split()[1])

    def _submit(self, function: Callable[[], Answer]) -> Future[Answer]:
        """Run a function in the background, and show its answer as soon as it is there."""
        answer = self._background.submit(function)
        answer.add_done_callback(lambda _: self._wake.set())
        return answer

    def _act(self, action: Callable[[], None]) -> None:
        """Run what a control asks for; an error becomes a message on the page."""
        if self._closed.is_set():
            return
        with self._lock:  # the publisher lists and shows meanwhile what an action changes
            self._say("")
            try:
                action()
            except Exception as error:  # noqa: BLE001 - the edge of a callback
                self._explain(error)
            self.refresh()

    def _hear_tick(self, _: Any, content: Any, __: Any) -> None:
        if isinstance(content, dict) and content.get("kind") == "tick":
            self.refresh()

    def _interrupt(self) -> None:
        self._interrupted.set()
        self._wake.set()

    def _explain(self, error: Exception) -> None:
        if isinstance(error, LSTMMusicError | OSError):
            self._say(str(error), failed=True)
        else:
            logger.error("the studio failed", exc_info=error)
            self._say(f"Something unexpected went wrong: {error!r}. Please report it.", failed=True)

    def _say(self, words: str, *, failed: bool = False, link: str = "") -> None:
        colour = "var(--jp-error-color1)" if failed else "var(--jp-ui-font-color1)"
        with self._lock:
            self.message.value = (
                f'<span role="status" style="color: {colour}">{html.escape(plain_text(words))} {link}</span>'
            )

    def _publish(self) -> None:
        while not self._closed.is_set():
            self._wake.wait(SLOWEST)
            self._wake.clear()
            if self._interrupted.is_set():
                self._interrupted.clear()
                if self.session.state == "running":
                    self.session.pause()
                    self._say("Interrupted: the run is paused and saved. Press Resume to go on.")
            self.session.autosave()
            self.refresh()
            self._closed.wait(FASTEST)
