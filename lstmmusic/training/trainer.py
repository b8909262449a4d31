"""Training as a generator of updates. It knows no thread and no widget: whoever drains it decides when to stop.

Everything random comes from the seed: the order and offsets of an epoch from (seed, epoch), so that training
can be taken up in the middle of one; noise and initial states from a generator of their own, which is saved.
"""

from __future__ import annotations

import math
import threading
import time
from array import array
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, NoReturn

import torch

from lstmmusic.config import CHANGEABLE, NetworkConfig, TrainingConfig
from lstmmusic.errors import ConfigError, TrainingError
from lstmmusic.music.corpus import Corpus
from lstmmusic.network.devices import choose_device, free_cached_memory, keep_freed_memory, ran_out_of_memory
from lstmmusic.network.model import StackedLSTM
from lstmmusic.network.probabilities import note_probabilities
from lstmmusic.training.batches import Crop, Rolls, epoch_crops
from lstmmusic.training.construction import choose_excerpt, network_for
from lstmmusic.training.evaluation import evaluate, markov_baseline
from lstmmusic.training.health import layer_health, watching_gates
from lstmmusic.training.learner import Learner, Weights, warmth
from lstmmusic.training.snapshot import Change, Curves, TrainingSnapshot, Update, add_change

LOWER = "Lower the learning rates or the clip, then go on"
SMALLER = "Take smaller layers, a shorter length or the CPU, or close what else needs memory, then go on"


class Trainer:
    """A network, the music that it learns, and how.

    Parameters
    ----------
    training : Corpus
    validation : Corpus, optional
        Tunes that are held out, as `Corpus.split` gives them. Without them, the newest weights count as best.
    network : NetworkConfig or StackedLSTM, optional
        A new network, or one to train further (in place); by default the recommended sizes.
    config : TrainingConfig, optional
    device : str
        See `lstmmusic.network.devices.choose_device`.

    Attributes
    ----------
    network : StackedLSTM
        The weights as they are now.
    averaged : StackedLSTM
        The running average of the weights, or `network` itself where none is kept.
    learner : Learner
        What changes them.
    best : dict of Tensor
        Copies of the averaged weights with the lowest validation loss so far; never changed in place, so that
        another thread may read them.
    began : TrainingConfig or None
        The settings of the first update; None where a run was taken up from a file that does not tell.
    changes : tuple of Change
        What was changed while the run went on.
    floor : float
        Validation loss of each note's own Markov chain; not a number without validation.

    Raises
    ------
    ConfigError
        If network and music have different numbers of pitches, or there is no such device.
    """

    def __init__(
        self,
        training: Corpus,
        validation: Corpus | None = None,
        network: NetworkConfig | StackedLSTM | None = None,
        config: TrainingConfig | None = None,
        *,
        device: str = "auto",
    ) -> None:
        self.config = config or TrainingConfig()
        self.initial_config: TrainingConfig | None = self.config
        self.training, self.validation = training, validation
        self.device = choose_device(device)
        keep_freed_memory()
        self.random = torch.Generator().manual_seed(self.config.seed)
        network = network_for(training, validation, network, self.config, self.random)
        self.learner = Learner(network.to(self.device), self.config, self.random)
        self.network, self.ema_network = self.learner.network, self.learner.averaged
        self.epoch = 0  # epochs that are complete
        self.position = 0  # crops of the epoch at hand that were learned from
        self.repeats = 0  # updates that were made on the mini-batch at hand
        self.crops = 1  # of the epoch at hand
        self.seconds = 0.0
        self.losses = array("d")  # of each update
        self.validations: list[tuple[int, float]] = []  # (update, nats per frame)
        self.changes: tuple[Change, ...] = ()
        self.best: Weights = self.learner.copy_weights()
        self.baseline = markov_baseline(training.tunes, validation.tunes) if validation else math.nan
        self.excerpt = choose_excerpt(validation or training)
        self._rolls = Rolls(training.tunes, self.device)
        self._changing = threading.Lock()

    @property
    def done(self) -> float:
        """Share of all epochs that is done, 0 to 1."""
        return min(1.0, (self.epoch + self.position / self.crops) / self.config.epochs)

    @property
    def curves(self) -> Curves:
        """The loss curves so far, as a copy."""
        return Curves.of(self.losses, self.validations)

    def best_network(self) -> StackedLSTM:
        """Make a new network, on the CPU, with the best weights so far; safe to call from another thread."""
        network = StackedLSTM(self.network.config)
        network.load_state_dict(self.best)
        return network

    def newest_network(self) -> StackedLSTM:
        """Make a new network, on the CPU, with the weights of now, averaged; to be called between two updates."""
        network = StackedLSTM(self.network.config)
        network.load_state_dict(self.learner.copy_weights())
        return network

    def change(self, *, reason: str = "", **settings: Any) -> None:
        """Change settings between two updates: any of `CHANGEABLE`.

        Safe to call from another thread; the next update that begins uses them. What changed is added to `changes`, as
        one entry for all that was changed at the same update, with its `reason`. Whoever wants to repeat the run to the
        last bit calls this between two updates (`Job.call`): in the middle of one, it is noted as before that one.

        Raises
        ------
        ConfigError
            If a value is out of range (nothing is changed), or a setting cannot change any more.
        """
        fixed = set(settings) - set(CHANGEABLE)
        if fixed:
            raise ConfigError(f"{', '.join(sorted(fixed))} cannot change while a run goes on; start a new run")
        with self._changing:
            before, self.config = self.config, replace(self.config, **settings)
            self.changes = add_change(self.changes, len(self.losses), before, self.config, reason)

    def steps(self) -> Iterator[Update]:
        """Train until the last epoch is done, an update at a time.

        Validation is measured before the first update and after each epoch. Whenever an update is yielded, the trainer
        is in a state from which it can be saved and taken up again. Where there is no memory for a mini-batch, it is
        halved, and training goes on with the same crops. If `epochs` is lowered to what is complete, training ends with
        the update at hand.

        Yields
        ------
        Update

        Raises
        ------
        TrainingError
            If a loss or gradient is no longer finite, or there is no memory for a single crop or for validation; the
            network then has the best weights again.
        """
        try:
            yield from self._steps()
        except (RuntimeError, MemoryError) as error:
            if not ran_out_of_memory(error):
                raise
        else:
            return
        # Not above: an error that is kept keeps the one before it, and that one all that it could not finish.
        self._give_up("memory ran out, and a smaller mini-batch is of no help", SMALLER)

    def _steps(self) -> Iterator[Update]:
        if not self.losses and not self.validations:
            self._validate()
        while self.epoch < self.config.epochs:
            epoch, crops = self.epoch, self._crops()
            self.crops = len(crops)
            while self.epoch == epoch < self.config.epochs:
                began = time.perf_counter()
                update = self._step(crops)
                self.seconds += time.perf_counter() - began
                yield update

    def _step(self, crops: list[Crop]) -> Update:
        """Make one update, and move on in the epoch."""
        config = self.config  # one reference: another thread may put a new one there meanwhile
        batch = crops[self.position : self.position + config.batch_size]
        random = self.random.get_state()
        try:
            loss, norm = self.learner.differentiate(self._rolls.batch(batch), config)
        except (RuntimeError, MemoryError) as error:
            if len(batch) == 1 or not ran_out_of_memory(error):
                raise
        else:
            return self._move_on(crops, len(batch), config, loss, norm)
        # Not above: the error keeps what it could not finish.
        free_cached_memory(self.device)
        self.random.set_state(random)
        self.change(reason="out of memory", batch_size=len(batch) // 2)
        return self._step(crops)

    def _crops(self) -> list[Crop]:
        """Crops of the epoch at hand; equal whenever they are asked for."""
        generator = torch.Generator().manual_seed((self.config.seed * 1_000_003 + self.epoch) % 2**63)
        return epoch_crops(self._rolls, self.config.length, self.config.transpose, generator)

    def _move_on(self, crops: list[Crop], batch: int, config: TrainingConfig, loss: float, norm: float) -> Update:
        """Change the weights, and go on to the next mini-batch, or the next epoch."""
        if not math.isfinite(loss) or not math.isfinite(norm):
            self._give_up(f"the loss is {loss:g} and the norm of its gradient {norm:g}")
        update = Update(len(self.losses) + 1, self.epoch + 1, loss, norm)
        self.learner.move(config, warmth(self.done, config.learning_rate_decay), update.number)
        self.losses.append(loss)
        self.repeats += 1
        if self.repeats >= config.updates_per_batch:
            self.repeats = 0
            self.position += batch
        if self.position >= len(crops):
            self.position = 0
            self._validate()
            self.epoch += 1
        return update

    def _validate(self) -> None:
        if not all(weight.isfinite().all() for weight in self.network.parameters()):
            self._give_up("a weight is not finite")
        loss = evaluate(self.ema_network, self.validation.tunes).per_step if self.validation else 0.0
        if not math.isfinite(loss):
            self._give_up(f"the validation loss is {loss:g}")
        if all(loss < earlier for _, earlier in self.validations):
            self.best = self.learner.copy_weights()
        if self.validation:
            self.validations.append((len(self.losses), loss))

    def _give_up(self, reason: str, remedy: str = LOWER) -> NoReturn:
        """Go back to the best weights, and tell why."""
        self.learner.restart(self.best, self.config)
        kept = "The weights of the last whole epoch are kept"
        if self.validations:
            at, loss = min(self.validations, key=lambda entry: entry[1])
            kept = f"The best weights so far are kept (update {at}, validation {loss:.2f})"
        raise TrainingError(f"training stopped at update {len(self.losses) + 1}: {reason}. {kept}. {remedy}")

    def snapshot(self, *, marginal: bool = False) -> TrainingSnapshot:
        """Picture training as it is now; to be called by the thread that drains `steps`.

        `marginal` asks for the probability of each note by itself; see `note_probabilities`.
        """
        with watching_gates(self.ema_network) as saturated:
            probabilities = note_probabilities(self.ema_network, self.excerpt.roll, marginal=marginal)
        return TrainingSnapshot(
            self.curves,
            min(self.epoch + 1, self.config.epochs),
            self.config.epochs,
            self.done,
            self.seconds,
            self.excerpt,
            probabilities,
            self.config,
            layer_health(self.learner.clipper, saturated),
            self.changes,
        )
