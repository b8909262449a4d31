"""The place where tunes are made, seen, heard and saved."""

from __future__ import annotations

import base64
import html
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import ipywidgets as widgets

from lstmmusic.data import Corpus
from lstmmusic.errors import LSTMMusicError
from lstmmusic.files import unused_path
from lstmmusic.generation import Take, generate
from lstmmusic.model import StackedLSTM
from lstmmusic.pianoroll import Tune, seconds_per_step, write_midi
from lstmmusic.playback import NullPlayer, Player
from lstmmusic.studio.controls import Act, button, choice, close_all, column, row, slider, text, whole
from lstmmusic.studio.heat import TakeMap, lay_grid, tell_meaning
from lstmmusic.studio.run import Answer, RunPlace
from lstmmusic.synth import render_wav
from lstmmusic.views import RollView


class ListeningPlace:
    """From what music is made and how daringly, and the tune that came of it.

    Parameters
    ----------
    run : RunPlace
        Whose network plays.
    player : Player
    folder : Path
        Where tunes are saved.
    say : callable
        Shows a message; `link` is HTML of our own making.
    act : callable
        Runs what a control asks for.

    Attributes
    ----------
    take : Take or None
        The tune that is shown.
    """

    def __init__(self, run: RunPlace, player: Player, folder: Path, say: Callable[..., None], act: Act) -> None:
        self.take: Take | None = None
        self.player = player
        self._run, self._folder, self._say = run, folder, say
        self._background = ThreadPoolExecutor(max_workers=1, thread_name_prefix="lstmmusic-listening")
        self._making: Future[tuple[Take, StackedLSTM]] | None = None
        self._saving: Future[Path] | None = None
        self._to_hear: Future[bytes] | None = None
        self.primer = choice(
            "Primer", "What the network hears before it goes on by itself", {"none: from silence": None}
        )
        self.part = slider(widgets.IntRangeSlider, "Part, steps", "Which part of that tune is heard", 0, 16, (0, 16))
        self.steps = slider(widgets.IntSlider, "Go on, steps", "Steps to generate", 8, 1000, 200, step=8)
        self.temperature = slider(
            widgets.FloatLogSlider,
            "Temperature",
            "Below 1: the likely gets surer. Above 1: more surprises",
            -1,
            1,
            1.0,
            step=0.05,
            readout_format=".2f",
        )
        self.threshold = slider(
            widgets.FloatSlider,
            "Threshold",
            "Notes less likely than this never sound (genProbThreshold in 2016)",
            0,
            0.9,
            0.1,
            step=0.01,
        )
        self.seed = whole("Seed", "The same seed gives the same tune", 0, 2**31 - 1, 0)
        self.tempo = slider(
            widgets.IntSlider, "Tempo, ♩/min", "Where a time step is in beats: how fast it is played", 30, 240, 100
        )
        self.velocity = slider(widgets.IntSlider, "Loudness", "MIDI velocity of each note", 1, 127, 80)
        self.instrument = whole(
            "Instrument",
            "General MIDI program in saved files, 0 for piano; the bundled SoundFont has a piano only",
            0,
            127,
            0,
        )
        self.generate_button = button("Generate", "Make a tune with the best weights", act, self.generate, "primary")
        self.play_button = button("Play", "Hear the tune", act, self.play)
        stop_button = button("Stop sound", "Be silent", act, self.stop)
        self.midi_button = button("Save MIDI", "Save the tune as a MIDI file", act, self.save_midi)
        self.wav_button = button("Save WAV", "Save the sound of the tune", act, self.save_wav)
        self.audio = widgets.HBox()
        self.sound = text()
        self.roll = RollView(height=180, palette="roll", empty="Press Generate: a tune appears here")
        self._map = TakeMap(act, self._in_background)
        self.odds, self.shown = self._map.view, self._map.menu
        self.primer.observe(self._fit_part, "value")
        self.controls = column(
            *(self.primer, self.part, self.steps, self.temperature, self.threshold, self.seed),
            *(self.tempo, self.velocity, self.instrument),
            padding="4px",
        )
        self.toolbar = row(
            self.generate_button, self.play_button, stop_button, self.midi_button, self.wav_button, self.audio
        )
        self.views = column(self.roll, self._map.box, self.sound)

    def offer(self, corpus: Corpus, held_out: Corpus | None) -> None:
        """Offer the tunes of a corpus as primers, those that were held out first, and choose the first."""
        unseen = dict.fromkeys(held_out.tunes if held_out else ())
        offered = [(f"{tune.name} (held out)", tune) for tune in unseen]
        offered += [(tune.name, tune) for tune in corpus.tunes if tune not in unseen]
        self.primer.options = [*offered, ("none: from silence", None)]
        self.primer.index = 0
        self._fit_part()

    def _fit_part(self, _: Any = None) -> None:
        tune: Tune | None = self.primer.value
        self.part.disabled = tune is None
        if tune is not None:
            self.part.max = len(tune)
            self.part.value = (0, min(16, len(tune)))

    def generate(self) -> None:
        """Make a tune with the best weights so far, in the background."""
        trainer = self._run.trainer
        if trainer is None:
            raise LSTMMusicError("there is no network yet; press Start and let it learn for a while")
        tune, (start, stop) = self.primer.value, self.part.value
        primer = tune.part(start, stop) if tune is not None and stop > start else None
        steps, grid = self.steps.value, trainer.training.config
        settings = {name: getattr(self, name).value for name in ("temperature", "threshold", "seed")}

        def make() -> tuple[Take, StackedLSTM]:
            network = trainer.best_network()
            return generate(network, primer, steps, config=grid, quiet=True, **settings), network

        self._making = self._in_background(make)

    def _in_background(self, function: Callable[[], Answer]) -> Future[Answer]:
        # Beside training, each step would wait for Python's lock: in between, a tune takes a fraction of a second.
        return self._background.submit(lambda: self._run.between_updates(function).result())

    def play(self) -> None:
        """Play the tune: on this machine's sound card, or in the browser."""
        tune = self._need_take().tune
        self.stop()
        if isinstance(self.player, NullPlayer):
            self._say("Rendering the sound …")
            self._to_hear = self._background.submit(_render_to_hear, tune, self._manner())
        else:
            self.player.play(tune, **self._manner())

    def stop(self) -> None:
        """Be silent."""
        self._to_hear = None
        self.player.stop()
        for sounding in self.audio.children:
            close_all(sounding)
        self.audio.children = []

    def save_midi(self) -> None:
        """Save the tune as a MIDI file, and offer it for download."""
        path = self._new_path(".mid")
        write_midi(self._need_take().tune, path, **self._manner())
        data = base64.b64encode(path.read_bytes()).decode()
        link = f'<a download="{html.escape(path.name)}" href="data:audio/midi;base64,{data}">Download it</a>'
        self._say(f"Saved {path}.", link=link)

    def save_wav(self) -> None:
        """Save the sound of the tune as a WAV file, in the background."""
        path = self._new_path(".wav")
        self._say("Rendering the sound …")
        self._saving = self._background.submit(_render_to_save, self._need_take().tune, path, self._manner())

    def refresh(self) -> None:
        """Show a tune that is ready, and where it sounds.

        Raises
        ------
        Exception
            What went wrong in the background.
        """
        self.generate_button.disabled = self._run.trainer is None
        for needs_take in (self.play_button, self.midi_button, self.wav_button):
            needs_take.disabled = self.take is None
        instead = "; so it plays in the browser" if isinstance(self.player, NullPlayer) else ""
        self.sound.value = f"Sound: {html.escape(self.player.description)}{instead}"
        if self.take is not None:
            seconds = seconds_per_step(self.take.tune.config, self.tempo.value)
            self.roll.playhead = self.player.position / seconds if self.player.playing else -1.0
        if self._making and self._making.done():
            made, self._making = self._making, None
            self._show(*made.result())
        self._map.refresh()
        if self._saving and self._saving.done():
            saved, self._saving = self._saving, None
            self._say(f"Saved {saved.result()}.")
        if self._to_hear and self._to_hear.done():
            heard, self._to_hear = self._to_hear, None
            self._say("")
            self.audio.children = [widgets.Audio(value=heard.result(), format="wav", autoplay=True, loop=False)]

    def close(self) -> None:
        """Be silent, and give back the sound card."""
        self._background.shutdown(wait=False, cancel_futures=True)
        self.player.close()

    def _show(self, take: Take, network: StackedLSTM) -> None:
        self.take = take
        drawn = self._map.take_up(take, network)
        with self.roll.hold_sync():
            lay_grid(self.roll, take.tune.config)
            self.roll.primer = take.primer_steps
            self.roll.title = f"A tune {take.tune.name}, temperature {take.temperature:.2g}, seed {take.seed}"
            tell_meaning(self.roll, drawn)
            self.roll.show(take.tune.roll, onsets=take.tune.onsets, probabilities=take.probabilities)

    def _need_take(self) -> Take:
        if self.take is None:
            raise LSTMMusicError("there is no tune yet; press Generate")
        return self.take

    def _manner(self) -> dict[str, Any]:
        return {"tempo": self.tempo.value, "velocity": self.velocity.value, "instrument": self.instrument.value}

    def _new_path(self, suffix: str) -> Path:
        take = self._need_take()
        name = f"{time.strftime('%Y-%m-%d-%H%M%S')}-seed-{take.seed}{suffix}"
        return unused_path(self._folder / "tunes" / name)


def _render_to_save(tune: Tune, path: Path, manner: dict[str, Any]) -> Path:
    render_wav(tune, path, **manner)
    return path


def _render_to_hear(tune: Tune, manner: dict[str, Any]) -> bytes:
    with tempfile.TemporaryDirectory(prefix="lstmmusic-") as folder:
        return _render_to_save(tune, Path(folder) / "tune.wav", manner).read_bytes()
