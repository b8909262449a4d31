"""The application: controls, layout, callbacks, and one `refresh` that shows what the jobs have done.

Everything that it does is a call of the library. Jobs (`lstmmusic.job`) work in threads and know no widget;
`refresh` is the only place that writes views and status, under a lock. It is called by a publisher thread and
by the loss view's "tick", since some front ends show nothing that a background thread sends.
"""

from __future__ import annotations

import base64
import html
import logging
import os
import tempfile
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import ipywidgets as widgets
import torch

from lstmmusic.checkpoint import load_run, save_run
from lstmmusic.controls import CHORALES, FOLDER, ListeningPlace, MusicPlace, NetworkPlace, RunsPlace, TrainingPlace
from lstmmusic.data import Corpus, reading_chorales, reading_folder, reading_pieces
from lstmmusic.errors import CorpusError, LSTMMusicError
from lstmmusic.generation import Take, generating
from lstmmusic.job import Job
from lstmmusic.model import find_devices
from lstmmusic.pianoroll import Tune, seconds_per_step, write_midi
from lstmmusic.playback import NullPlayer, Player, open_player, render_wav
from lstmmusic.progress import Progress, Work
from lstmmusic.stage import Stage, close_all, describe_corpus
from lstmmusic.training import Trainer, TrainingSnapshot, Update

REFRESH_SECONDS = 0.15

logger = logging.getLogger(__name__)


class Studio:
    """The application in a notebook: make one as the last line of a cell.

    Making another one closes the first; its run is saved before.

    Parameters
    ----------
    folder : str or Path
        Where runs and tunes are saved; by default where the notebook is.
    player : Player, optional
        By default this machine's sound card, or else the browser.
    """

    _current: ClassVar[Studio | None] = None

    def __init__(self, folder: str | Path = ".", *, player: Player | None = None) -> None:
        if Studio._current is not None:
            Studio._current.close()
        Studio._current = self
        self.folder = Path(folder)
        # A core stays free for the notebook: the page answers three times as fast for 15 % of the speed.
        torch.set_num_threads(max(1, (os.cpu_count() or 2) - 1))
        self.player = player or open_player()
        self.corpus: Corpus | None = None
        self.trainer: Trainer | None = None
        self.take: Take | None = None
        self._unsaved = False
        self._loading: Job[Progress] | None = None
        self._training: Job[Update] | None = None
        self._generating: Job[Progress] | None = None
        self._rendering: Job[Progress] | None = None
        self._shown: tuple[TrainingSnapshot | None, str] = (None, "")
        self._lock = threading.RLock()
        self._closed = threading.Event()
        self._build()
        self.load_music()
        self.refresh()
        threading.Thread(target=self._publish, name="lstmmusic-publisher", daemon=True).start()

    def _build(self) -> None:
        self.music, self.learning = MusicPlace(), TrainingPlace()
        self.network = NetworkPlace(["auto", *find_devices()])
        self.listening, self.runs = ListeningPlace(), RunsPlace()
        self.stage = stage = Stage()
        self.start = self._button("Start", "Begin a new run with these settings", self.start_training, "success")
        self.pause = self._button("Pause", "Hold on, or go on", self.toggle_pause)
        self.stop = self._button("Stop", "End the run; what was learned stays", self.stop_training)
        self.generate = self._button("Generate", "Make a tune with the best weights", self.make_take, "primary")
        self.play = self._button("Play", "Hear the tune", self.play_take)
        self.silence = self._button("Stop sound", "Be silent", self.stop_sound)
        self.midi = self._button("Save MIDI", "Save the tune as a MIDI file", self.save_midi)
        self.wav = self._button("Save WAV", "Save the sound of the tune", self.save_wav)
        for button, action in (
            (self.music.load, self.load_music),
            (self.runs.save, self.save_run),
            (self.runs.load, self.load_run),
        ):
            button.on_click(partial(self._guarded, action))
        for control in self.learning.changeable():
            control.observe(partial(self._guarded, self._change_training), "value")
        for control in (*self.network.hidden, self.network.skip, self.music.pitches):
            control.observe(lambda _: self._show_size(), "value")
        stage.loss.on_msg(lambda *_: self.refresh())
        self._show_size()
        places = {
            "Music": self.music,
            "Network": self.network,
            "Training": self.learning,
            "Listening": self.listening,
            "Runs": self.runs,
        }
        tabs = widgets.Tab([place.box for place in places.values()], titles=tuple(places))
        row = widgets.Layout(flex_flow="row wrap", align_items="center")
        training = widgets.HBox([self.start, self.pause, self.stop, stage.logarithmic, stage.progress], layout=row)
        listening = widgets.HBox([self.generate, self.play, self.silence, self.midi, self.wav, stage.audio], layout=row)
        left = widgets.VBox([tabs], layout=widgets.Layout(flex="0 0 370px", min_width="0"))
        right = widgets.VBox(
            [training, stage.status, stage.loss, stage.expected, listening, stage.take, stage.sound],
            layout=widgets.Layout(flex="1 1 0", min_width="0"),
        )
        self.box = widgets.VBox([widgets.HBox([left, right]), stage.message])

    def _button(self, description: str, tooltip: str, action: Callable[[], None], style: str = "") -> widgets.Button:
        button = widgets.Button(
            description=description, tooltip=tooltip, button_style=style, layout=widgets.Layout(width="auto")
        )
        button.on_click(partial(self._guarded, action))
        return button

    def _repr_mimebundle_(self, **options: Any) -> Any:
        return self.box._repr_mimebundle_(**options)

    def load_music(self) -> None:
        """Load the music that the controls name, in the background."""
        config = self.music.config()
        work: Work[Corpus]
        if self.music.source.value == CHORALES:
            work = reading_chorales(config)
        elif self.music.source.value == FOLDER:
            if not self.music.folder.value.strip():
                raise CorpusError("type the path of a folder of MIDI files, then press Load music")
            work = reading_folder(self.music.folder.value.strip(), config)
        else:
            work = reading_pieces(config)
        if self._loading:
            self._loading.stop()
        self._loading = Job(work)
        self._loading.start()

    def start_training(self) -> None:
        """Begin a new run; the one before is saved if it was not."""
        if self.corpus is None:
            raise CorpusError("no music is loaded yet; choose some under Music and press Load music")
        self._keep_run()
        held_out = self.music.held_out.value
        training, validation = self.corpus.split(held_out) if len(self.corpus) > 1 else (self.corpus, None)
        network = self.network.config(self.corpus.config.pitches)
        self._adopt(Trainer(training, validation, network, self.learning.config(), device=self.network.device.value))
        self._run()

    def toggle_pause(self) -> None:
        """Hold on, or go on; a run that was stopped goes on too."""
        if self._training and self._training.state == "running":
            self._training.pause()
        elif self._training and self._training.state == "paused":
            self._training.resume()
        elif self.trainer:
            self._change_training()
            self._run()

    def stop_training(self) -> None:
        """End the run; Resume takes it up again."""
        if self._training:
            self._training.stop()

    def make_take(self) -> None:
        """Generate a tune from the primer with the best weights so far, in the background."""
        if self.trainer is None:
            raise LSTMMusicError("there is no network yet; press Start and let it learn for a while")
        self._generating = Job(
            generating(
                self.trainer.best_network(),
                self.listening.read_primer(),
                self.listening.steps.value,
                temperature=self.listening.temperature.value,
                threshold=self.listening.threshold.value,
                seed=self.listening.seed.value,
                config=self.trainer.training.config,
            )
        )
        self._generating.start()

    def play_take(self) -> None:
        """Play the tune: on this machine's sound card, or in the browser."""
        take = self._need_take()
        if isinstance(self.player, NullPlayer):
            self._render(None)
        else:
            self.player.play(take.tune, tempo=self.listening.tempo.value, velocity=self.listening.velocity.value)

    def stop_sound(self) -> None:
        """Be silent."""
        self.player.stop()
        self.stage.silence()

    def save_midi(self) -> None:
        """Save the tune as a MIDI file, and offer it for download."""
        path = self._new_path("tunes", ".mid")
        tempo, velocity = self.listening.tempo.value, self.listening.velocity.value
        write_midi(self._need_take().tune, path, tempo=tempo, velocity=velocity)
        data = base64.b64encode(path.read_bytes()).decode()
        link = f'<a download="{html.escape(path.name)}" href="data:audio/midi;base64,{data}">Download it</a>'
        self._say(f"Saved {path}.", link=link)

    def save_wav(self) -> None:
        """Save the sound of the tune as a WAV file, in the background."""
        self._render(self._new_path("tunes", ".wav"))

    def save_run(self) -> None:
        """Save the run under the name in Runs."""
        if self.trainer is None:
            raise LSTMMusicError("there is no run to save yet; press Start")
        path = self.folder / self.runs.path.value
        self._save_to(path)
        self._say(f"Saved the run as {path}.")

    def load_run(self) -> None:
        """Take up the run that Runs names; the one at hand is saved if it was not."""
        if self.corpus is None:
            raise CorpusError("load the music that the run learned from first")
        split = self.corpus.split(self.music.held_out.value) if len(self.corpus) > 1 else (self.corpus, None)
        path = self.folder / self.runs.path.value
        trainer = load_run(path, *split, device=self.network.device.value)
        self._keep_run()
        self._adopt(trainer)
        self._unsaved = False
        self.learning.show(trainer.config)
        for slider, size in zip(self.network.hidden, trainer.network.config.hidden, strict=True):
            slider.value = size
        self.network.skip.value = trainer.network.config.skip
        self.stage.show_run(trainer.snapshot(), "loaded", str(trainer.device))
        self._say(f"Loaded {path}. Press Resume to go on, or Generate.")

    def close(self) -> None:
        """Stop everything, save the run if it was not, and free all widgets."""
        if self._closed.is_set():
            return
        self._closed.set()
        for job in (self._loading, self._generating, self._rendering):
            if job:
                job.stop()
        self._keep_run()
        self.player.close()
        with self._lock:
            close_all(self.box)
        if Studio._current is self:
            Studio._current = None

    def _adopt(self, trainer: Trainer) -> None:
        with self._lock:
            self.trainer, self._training = trainer, None
            self.stage.loss.floor = None if trainer.validation is None else trainer.floor

    def _run(self) -> None:
        if self.trainer is None:
            return
        self._unsaved = True
        self._training = Job(self.trainer.steps(), observe=self.trainer.snapshot)
        self._training.start()

    def _change_training(self) -> None:
        if self.trainer is None:
            return
        config = self.learning.config()
        names = ("rates", "clip", "clip_kind", "batch_size", "epochs", "epochs_per_batch", "l1")
        self.trainer.change(**{name: getattr(config, name) for name in names})

    def _save_to(self, path: Path) -> None:
        trainer = self.trainer
        if trainer is None:
            return
        if self._training:
            self._training.call(lambda: save_run(trainer, path)).result(timeout=60)
        else:
            save_run(trainer, path)
        self._unsaved = False

    def _keep_run(self) -> None:
        """End the run at hand and save it, unless that was done or nothing was learned."""
        if self._training:
            self._training.stop()
            self._training.wait(60)
        if self.trainer and self._unsaved and self.trainer.losses:
            path = self._new_path("runs", ".safetensors")
            self._save_to(path)
            self._say(f"The run before was saved as {path}.")

    def _new_path(self, folder: str, suffix: str) -> Path:
        path = self.folder / folder / (time.strftime("%Y-%m-%d-%H%M%S") + suffix)
        path.parent.mkdir(parents=True, exist_ok=True)
        number = 2
        while path.exists():
            path = path.with_name(f"{path.stem.split('_')[0]}_{number}{suffix}")
            number += 1
        return path

    def _need_take(self) -> Take:
        if self.take is None:
            raise LSTMMusicError("there is no tune yet; press Generate")
        return self.take

    def _render(self, path: Path | None) -> None:
        """Render the tune in the background: to a file, or to be heard in the browser."""
        tune, tempo, velocity = self._need_take().tune, self.listening.tempo.value, self.listening.velocity.value
        self._rendering = Job(_rendering(tune, path, tempo, velocity))
        self._rendering.start()
        self._say("Rendering the sound …")

    def _guarded(self, action: Callable[[], None], _: Any = None) -> None:
        """Run what a control asks for; an error becomes a message on the page."""
        try:
            self._say("")
            action()
        except (LSTMMusicError, OSError) as error:
            self._say(str(error), failed=True)
        except Exception as error:
            logger.exception("a control failed")
            self._say(f"Something unexpected went wrong: {error!r}. Please report it.", failed=True)
        self.refresh()

    def _say(self, text: str, *, failed: bool = False, link: str = "") -> None:
        with self._lock:
            self.stage.say(text, failed=failed, link=link)

    def _publish(self) -> None:
        while not self._closed.wait(REFRESH_SECONDS):
            try:
                self.refresh()
            except Exception:
                logger.exception("the page could not be refreshed")

    def refresh(self) -> None:
        """Show what the jobs have done since the last time; may be called from any thread."""
        with self._lock:
            if self._closed.is_set():
                return
            self._show_loading()
            self._show_training()
            self._show_take()
            self._show_rendering()
            self._show_buttons()

    def _show_loading(self) -> None:
        job, bar = self._loading, self.music.progress
        if job is None:
            return
        if job.latest:
            bar.max, bar.value = job.latest.total, job.latest.done
        bar.layout.visibility = "visible" if job.active else "hidden"
        if job.active:
            return
        self._loading = None
        if job.state == "failed":
            self._say(str(job.error), failed=True)
        elif job.state == "finished":
            self.corpus = job.result
            self._show_corpus(job.result)

    def _show_corpus(self, corpus: Corpus) -> None:
        self.music.summary.value = describe_corpus(corpus)
        held_out = corpus.split(self.music.held_out.value)[1].tunes if len(corpus) > 1 else ()
        self.listening.offer(
            [(f"{tune.name} (held out)", tune) for tune in held_out]
            + [(tune.name, tune) for tune in corpus.tunes if tune not in held_out]
        )

    def _show_training(self) -> None:
        job, trainer = self._training, self.trainer
        if job is None or trainer is None:
            return
        if job.seen is not None and (job.seen, job.state) != self._shown:
            self._shown = (job.seen, job.state)
            self.stage.show_run(job.seen, job.state, str(trainer.device))
        if job.state == "failed" and job.error:
            self.stage.show_failure(job.error)

    def _show_take(self) -> None:
        job = self._generating
        if self.take is not None:
            seconds = seconds_per_step(self.take.tune.config, self.listening.tempo.value)
            self.stage.take.playhead = self.player.position / seconds if self.player.playing else -1.0
        if job is None or job.active:
            return
        self._generating = None
        if job.state == "failed":
            self._say(str(job.error), failed=True)
        elif job.state == "finished":
            self.take = job.result
            self.stage.show_take(job.result)

    def _show_rendering(self) -> None:
        job = self._rendering
        if job is None or job.active:
            return
        self._rendering = None
        if job.state == "failed":
            self._say(str(job.error), failed=True)
        elif isinstance(job.result, Path):
            self._say(f"Saved {job.result}.")
        elif job.state == "finished":
            self._say("")
            self.stage.hear(job.result)

    def _show_size(self) -> None:
        low, high = self.music.pitches.value
        config = self.network.config(high - low + 1)
        self.network.size.value = f"{config.parameters:,} parameters, {config.parameters * 4 / 2**20:.1f} MB"

    def _show_buttons(self) -> None:
        state = self._training.state if self._training else "ready"
        active = state in ("running", "paused")
        can_go_on = self.trainer is not None and self.trainer.epoch < self.trainer.config.epochs
        self.start.disabled = self.corpus is None or active
        self.pause.disabled = not active and not can_go_on
        self.pause.description = "Resume" if not self.pause.disabled and state != "running" else "Pause"
        self.stop.disabled = not active
        self.stage.loss.live = state == "running"
        self.generate.disabled = self.trainer is None
        for button in (self.play, self.midi, self.wav):
            button.disabled = self.take is None
        instead = "; so it plays in the browser" if isinstance(self.player, NullPlayer) else ""
        self.stage.sound.value = f"<small>Sound: {html.escape(self.player.description)}{instead}</small>"


def _rendering(tune: Tune, path: Path | None, tempo: float, velocity: int) -> Work[bytes | Path]:
    """Render a tune to a file, or to the bytes of one."""
    yield Progress(0, 1)
    if path is not None:
        render_wav(tune, path, tempo=tempo, velocity=velocity)
        return path
    with tempfile.TemporaryDirectory(prefix="lstmmusic-") as folder:
        heard = Path(folder) / "tune.wav"
        render_wav(tune, heard, tempo=tempo, velocity=velocity)
        return heard.read_bytes()
