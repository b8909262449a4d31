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
from pathlib import Path
from typing import Any, ClassVar

import ipywidgets as widgets

from lstmmusic.devices import leave_a_core
from lstmmusic.errors import LSTMMusicError
from lstmmusic.playback import Player, open_player
from lstmmusic.studio.controls import close_all, column, text
from lstmmusic.studio.listening import ListeningPlace
from lstmmusic.studio.music import MusicPlace
from lstmmusic.studio.run import RunPlace
from lstmmusic.studio.settings import NetworkPlace, TrainingPlace

REFRESH_SECONDS = 0.15

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
        if current is not None and player is None and current.folder == Path(folder).resolve():
            return current
        return super().__new__(cls)

    def __init__(self, folder: str | Path = ".", *, player: Player | None = None) -> None:
        if Studio._current is self:
            return
        if Studio._current is not None:
            Studio._current.close()  # raises, and stays open, if its run cannot be saved
        Studio._current = self
        self.folder = Path(folder).resolve()
        leave_a_core()
        self._lock = threading.RLock()
        self._closed = threading.Event()
        self.message = text()
        self.music = MusicPlace(self._act)
        self.network = NetworkPlace()
        self.training = TrainingPlace(self.network)
        self.run = RunPlace(self.music, self.network, self.training, Path(folder), self._say, self._act)
        self.listening = ListeningPlace(self.run, player or open_player(), Path(folder), self._say, self._act)
        self.run.loss.on_msg(lambda *_: self.refresh())
        places: dict[str, Any] = {
            "Music": self.music,
            "Network": self.network,
            "Training": self.training,
            "Listening": self.listening,
            "Runs": self.run,
        }
        tabs = widgets.Tab([place.controls for place in places.values()], titles=tuple(places))
        running = (self.run.toolbar, self.run.status, self.message, self.run.views)
        left, right = column(tabs), column(*running, self.listening.toolbar, self.listening.views)
        left.layout.flex, right.layout.flex = "0 0 370px", "1 1 0"
        self.box = widgets.HBox([left, right])
        self.music.held_out.observe(lambda _: self._act(self._offer), "value")
        self._act(self.music.load)
        atexit.register(self.close)
        threading.Thread(target=self._publish, name="lstmmusic-publisher", daemon=True).start()

    def _repr_mimebundle_(self, **options: Any) -> Any:
        return self.box._repr_mimebundle_(**options)

    def refresh(self) -> None:
        """Show what the jobs have done since the last time; may be called from any thread."""
        with self._lock:
            if self._closed.is_set():
                return
            try:
                if self.music.refresh():
                    self._offer()
                low, high = self.music.pitches.value
                self.network.refresh(high - low + 1)
                self.run.refresh()
                self.listening.refresh()
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
        self.run.keep()
        self._closed.set()
        atexit.unregister(self.close)
        self.listening.close()
        with self._lock:
            close_all(self.box)
        if Studio._current is self:
            Studio._current = None

    def _act(self, action: Callable[[], None]) -> None:
        """Run what a control asks for; an error becomes a message on the page."""
        if self._closed.is_set():
            return
        self._say("")
        try:
            action()
        except Exception as error:  # noqa: BLE001 - the edge of a callback
            self._explain(error)
        self.refresh()

    def _offer(self) -> None:
        """Offer the tunes at hand as primers."""
        if self.music.corpus:
            self.listening.offer(self.music.corpus, self.music.split()[1])

    def _explain(self, error: Exception) -> None:
        if isinstance(error, LSTMMusicError | OSError):
            self._say(str(error), failed=True)
        else:
            logger.error("the studio failed", exc_info=error)
            self._say(f"Something unexpected went wrong: {error!r}. Please report it.", failed=True)

    def _say(self, words: str, *, failed: bool = False, link: str = "") -> None:
        colour = "var(--jp-error-color1)" if failed else "var(--jp-ui-font-color1)"
        with self._lock:
            self.message.value = f'<span role="status" style="color: {colour}">{html.escape(words)} {link}</span>'

    def _publish(self) -> None:
        while not self._closed.wait(REFRESH_SECONDS):
            self.refresh()
