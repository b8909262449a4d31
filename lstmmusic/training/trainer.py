"""Training as a generator of updates, without threads or widgets: its caller decides when to stop.

Everything random comes from the seed: the order and the offsets of an epoch from the seed and the number of the epoch,
so that a run can resume within one; noise and initial states from a generator whose state is saved; takes for
calibration from the seed and the number of the update.
"""

from __future__ import annotations

import math
import threading
import time
from array import array
from collections.abc import Generator, Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any, NoReturn

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lstmmusic.config import CHANGEABLE, NetworkConfig, TrainingConfig
from lstmmusic.errors import ConfigError, TrainingError
from lstmmusic.music.corpus import Corpus
from lstmmusic.music.tunes import lengths_of
from lstmmusic.network.devices import choose_device, free_cached_memory, keep_freed_memory, ran_out_of_memory
from lstmmusic.network.model import StackedLSTM
from lstmmusic.network.probabilities import note_probabilities
from lstmmusic.settings import checked
from lstmmusic.training.batches import Crops, Rolls, epoch_crops
from lstmmusic.training.calibration import EVERY, calibrate, gain_after, log_odds_of
from lstmmusic.training.construction import build_network
from lstmmusic.training.evaluation import Parts, evaluate, markov_baseline
from lstmmusic.training.learner import Learner, Weights, rate_scale, watch_gates
from lstmmusic.training.snapshot import Change, Curves, TrainingSnapshot, Update, add_change, fraction_done
from lstmmusic.training.start import Origin, Start
from lstmmusic.training.threshold import find_threshold
from lstmmusic.training.weights import WeightSnapshot, most_snapshots, pack, plan_snapshots

# Steps of the longest validation tune on which progress is shown: enough for a phrase.
EXCERPT_STEPS = 96

# Steps of the tunes of a stored corpus that are in memory together: about 60 MB of 88 pitches.
WINDOW = 2_000_000

# Steps of a stored corpus that are validated, as a random sample of its tunes, and the updates after which they are,
# within epochs that are longer.
VALIDATED_STEPS = 50_000
VALIDATED_EVERY = 500

LOWER_RATES = "Lower the learning rates or the clip, then resume"
USE_LESS_MEMORY = "Use smaller layers, a shorter length or the CPU, or close other programs, then resume"


class Trainer:
    """A network, the music that it learns, and how it learns.

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
    start_from : Start, optional
        Trained weights from which the run starts, as `lstmmusic.load_start` returns them; the network has their shape.
        The optimiser, the epochs and the learning rates are those of a new run; `initial_weight_std` has no effect.

    Attributes
    ----------
    config, initial_config : TrainingConfig
        The current settings, and those of the first update; the latter is None in a run whose file lacks them.
    changes : tuple of Change
        Settings that were changed during the run.
    started_from : Origin or None
        Whose weights the run started from; None for a new network, or one that was given.
    network, ema_network : StackedLSTM
        The network with the current weights, and the one with their running average: the same object where no average
        is kept.
    best : dict of Tensor
        Copies of the EMA weights with the lowest validation loss so far; never changed in place, so that
        another thread may read them.
    weight_snapshots : tuple of WeightSnapshot
        The weights along the run, the earliest first; see `lstmmusic.training.weights.plan_snapshots`. A run of an
        earlier version has none from before it was resumed. The tuple is replaced, so that another thread may read it.
    validated : Corpus or None
        The tunes on which validation is measured: those that are held out; with a window, where these have more steps
        than `VALIDATED_STEPS`, a sample of them, as its name says.
    window : int
        Steps of the tunes whose crops are shuffled together; 0: all. See `lstmmusic.training.batches.epoch_crops`.
    epoch, position, repeats : int
        Epochs that are complete, crops of the current epoch that are done, and updates on the current mini-batch.
    losses : array of float
        Loss of each update, per step.
    validations : list of (int, float)
        Updates after which validation was measured, and its loss in nats per step.
    parts : Parts or None
        The last validation loss, of which `validations` has the notes alone; None before the first, and in a run of an
        earlier version.
    baseline : float
        Loss of `markov_baseline` on the validation tunes; NaN without them.

    Raises
    ------
    ConfigError
        If network and music have different numbers of pitches, `start_from` has other pitches than the music or
        another shape than `network`, or there is no such device.
    CorpusError
        If no tune has two steps.
    """

    @checked
    def __init__(
        self,
        training: Corpus,
        validation: Corpus | None = None,
        network: NetworkConfig | StackedLSTM | None = None,
        config: TrainingConfig | None = None,
        *,
        device: str = "auto",
        start_from: Start | None = None,
    ) -> None:
        self.config = config or TrainingConfig()
        self.initial_config: TrainingConfig | None = self.config
        self.training, self.validation = training, validation
        self.device = choose_device(device)
        keep_freed_memory()
        random = torch.Generator().manual_seed(self.config.seed)
        if start_from is not None:
            shape = network.config if isinstance(network, StackedLSTM) else network
            network = start_from.copy_for(shape, training.config)
        self.started_from: Origin | None = start_from.origin if start_from else None
        network = build_network(training, validation, network, self.config, random)
        self.learner = Learner(network.to(self.device), self.config, random)
        self.network, self.ema_network = self.learner.network, self.learner.ema_network
        self.epoch = self.position = self.repeats = 0
        self.crops = 1  # in the current epoch
        self.seconds = 0.0
        self.losses = array("d")
        self.validations: list[tuple[int, float]] = []
        self.parts: Parts | None = None
        self.changes: tuple[Change, ...] = ()
        self.best: Weights = self.learner.copy_weights()
        self.weight_snapshots: tuple[WeightSnapshot, ...] = ()
        self._use_window(WINDOW if training.is_stored else 0)
        shown = (self.validated or training).tunes
        longest = shown[int(np.argmax(lengths_of(shown)))]
        self.excerpt = longest.part(0, min(EXCERPT_STEPS, len(longest)))
        self._rolls = Rolls(training.tunes, self.device, self.network.config)
        self._changing = threading.Lock()

    def _use_window(self, window: int) -> None:
        """Shuffle crops in windows or all together; with windows, validate a sample."""
        self.window = window
        self.validated = self.validation.sample(VALIDATED_STEPS) if self.validation and window else self.validation
        self.baseline = markov_baseline(self.training.tunes, self.validated.tunes) if self.validated else math.nan

    @property
    def done(self) -> float:
        """Fraction of all epochs that is done."""
        return fraction_done(self.epoch, self.position, self.crops, self.config.epochs)

    @property
    def curves(self) -> Curves:
        """The loss curves so far, as a copy."""
        return Curves.of(self.losses, self.validations)

    def best_network(self) -> StackedLSTM:
        """Make a new network, on the CPU, with the best weights so far; safe to call from another thread."""
        return StackedLSTM.from_weights(self.network.config, self.best)

    def best_snapshot(self) -> WeightSnapshot:
        """Return the best weights so far, without copying them; to be called between two updates."""
        best = min(self.validations, key=lambda entry: entry[1], default=(len(self.losses), 0.0))
        return WeightSnapshot(best[0], self.network.config, self.best)

    def newest_network(self) -> StackedLSTM:
        """Make a new network, on the CPU, with the current average of the weights; to be called between two updates."""
        return self.newest_snapshot().network()

    def newest_snapshot(self) -> WeightSnapshot:
        """Copy the current average of the weights; to be called between two updates."""
        return WeightSnapshot(len(self.losses), self.network.config, self.learner.copy_weights())

    def change(self, *, reason: str = "", **settings: Any) -> None:
        """Change settings between two updates: any of `CHANGEABLE`.

        Safe to call from another thread; the next update uses them. All that is changed at one update, for one
        `reason`, becomes one entry of `changes`. For a run that can be reproduced to the last bit, call this between
        two updates (`Job.call`): within an update, the change is recorded as made before it.

        Parameters
        ----------
        reason : str
            Why, if the user did not ask for it.
        **settings
            Fields of `TrainingConfig`, and their new values.

        Raises
        ------
        ConfigError
            If a value is out of range, or a setting cannot change any more; nothing is changed then.
        """
        fixed = set(settings) - set(CHANGEABLE)
        if fixed:
            raise ConfigError(f"{', '.join(sorted(fixed))} cannot change during a run; start a new run")
        with self._changing:
            before, self.config = self.config, replace(self.config, **settings)
            self.changes = add_change(self.changes, len(self.losses), before, self.config, reason)

    def steps(self) -> Generator[Update, None, None]:
        """Train until the last epoch is done, an update at a time.

        Validation is measured before the first update and after each epoch; in epochs of a stored corpus, also after
        every `VALIDATED_EVERY` updates. Whenever an update is yielded, the trainer
        can be saved, and resumes exactly there. A mini-batch that does not fit into memory is halved, and training
        continues with the same crops. If `epochs` is lowered to those that are complete, training ends after the
        current update.

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
            if not self.losses and not self.validations:
                self._validate()
                self._keep_snapshot()
            while self.epoch < self.config.epochs:
                epoch, crops = self.epoch, self._epoch_crops()
                self.crops = len(crops)
                while self.epoch == epoch < self.config.epochs:
                    yield self._update(crops)
        except (RuntimeError, MemoryError) as error:
            if not ran_out_of_memory(error):
                raise
        else:
            return
        # Outside of `except`: the new error would keep the old one, and with it all tensors of its frames.
        self._give_up("memory ran out, and a smaller mini-batch does not help", USE_LESS_MEMORY)

    def _update(self, crops: Crops) -> Update:
        """Make the next update of the current epoch, and validate after its last one."""
        started = time.perf_counter()
        config, batch_size, measured = self._backward(crops)
        self.learner.step(config, rate_scale(self.done, config.learning_rate_decay))
        self.learner.update_ema(config.ema_decay, len(self.losses) + 1)
        loss, norm = measured.tolist()  # last, and both at once: it waits for a GPU
        if not math.isfinite(loss) or not math.isfinite(norm):
            self._give_up(f"the loss is {loss:g} and the norm of its gradient {norm:g}")
        update = Update(len(self.losses) + 1, self.epoch + 1, loss, norm)
        if config.calibrate and update.number % EVERY == 0:
            self._calibrate(update.number)
        self.losses.append(loss)
        self._keep_snapshot()
        self.repeats += 1
        if self.repeats >= config.updates_per_batch:
            self.repeats = 0
            self.position += batch_size
        if self.position >= len(crops):
            self.position = 0
            self._validate()
            self.epoch += 1
        elif self.window and update.number % VALIDATED_EVERY == 0:
            self._validate()
        self.seconds += time.perf_counter() - started
        return update

    def _epoch_crops(self) -> Crops:
        """Cut the crops of the current epoch; every call gives the same ones."""
        generator = torch.Generator().manual_seed((self.config.seed * 1_000_003 + self.epoch) % 2**63)
        return epoch_crops(self._rolls, self.config.length, self.config.transpose, generator, self.window)

    def _backward(self, crops: Crops) -> tuple[TrainingConfig, int, Tensor]:
        """Compute the gradients of the next mini-batch, halved until it fits; see `Learner.backward`.

        Returns
        -------
        config : TrainingConfig
            The settings that were used: another thread may replace the trainer's at any time.
        batch_size : int
        measured : Tensor, (2,)
            Loss and norm.
        """
        self._rolls.hold(crops.tunes_at(self.position))
        while True:
            config, random = self.config, self.learner.random.get_state()
            batch = crops[self.position : self.position + config.batch_size]
            try:
                return config, len(batch), self.learner.backward(self._rolls.batch(batch), config)
            except (RuntimeError, MemoryError) as error:
                if len(batch) == 1 or not ran_out_of_memory(error):
                    raise
            # Outside of `except`: the error keeps all tensors of its frames.
            free_cached_memory(self.device)
            self.learner.random.set_state(random)
            self.change(reason="out of memory", batch_size=len(batch) // 2)

    def _calibrate(self, update: int) -> None:
        """Calibrate the weights that are heard: the best ones."""
        random = np.random.default_rng((self.config.seed, update))
        losses = [loss for _, loss in self.validations]
        is_newest = not losses or losses[-1] == min(losses)
        network = self.ema_network if is_newest else self.best_network().to(self.device)
        calibrate(network, self._log_odds, self._rolls, random, gain_after(update))
        for each in (self.network, self.ema_network):
            each.sampling_bias.copy_(network.sampling_bias)
        if not is_newest:
            self.best = self.best | {"sampling_bias": network.sampling_bias.cpu()}

    @cached_property
    def _log_odds(self) -> NDArray[np.float64]:
        return log_odds_of(self.training.tunes)

    def _keep_snapshot(self) -> None:
        """Keep the current weights if they are due, and drop those that are not kept from here on."""
        newest = len(self.losses)
        planned = plan_snapshots(newest, most_snapshots(self.network.config))
        if newest in planned:
            kept = [snapshot for snapshot in self.weight_snapshots if snapshot.update in planned]
            self.weight_snapshots = (*kept, pack(self.newest_snapshot()))

    def _validate(self) -> None:
        if not all(weight.isfinite().all() for weight in self.network.parameters()):
            self._give_up("a weight is not finite")
        if self.ema_network.independent_threshold is not None:
            threshold = find_threshold(self.ema_network, self._rolls, self.config.seed)
            for each in (self.network, self.ema_network):
                each.independent_threshold = torch.tensor(threshold, device=self.device)
        found = evaluate(self.ema_network, self.validated.tunes) if self.validated else None
        loss = found.per_step if found else 0.0
        if not math.isfinite(loss):
            self._give_up(f"the validation loss is {loss:g}")
        if all(loss < earlier for _, earlier in self.validations):
            self.best = self.learner.copy_weights()
        if found:
            self.validations.append((len(self.losses), loss))
            self.parts = found.parts

    def _give_up(self, reason: str, remedy: str = LOWER_RATES) -> NoReturn:
        """Return to the best weights, and raise an error that gives the reason."""
        self.learner.reset(self.best, self.config)
        kept = "The weights of the last whole epoch are kept"
        if self.validations:
            at, loss = min(self.validations, key=lambda entry: entry[1])
            kept = f"The best weights so far are kept (update {at}, validation {loss:.2f})"
        raise TrainingError(f"training stopped at update {len(self.losses) + 1}: {reason}. {kept}. {remedy}")

    def state_dict(self) -> dict[str, Any]:
        """Return everything that training changes; to be called between two updates.

        Returns
        -------
        dict
            The entries of `Learner.state_dict`; 'best' weights; 'losses', a Tensor of float64, (updates,), and
            'validations', (m, 2); 'config', 'initial_config', 'changes', 'started_from', 'parts' and
            'weight_snapshots'; 'epoch', 'position', 'repeats', 'crops', 'seconds' and 'window'. Tensors are not copied.
        """
        curves = {name: torch.tensor(getattr(self, name), dtype=torch.float64) for name in ("losses", "validations")}
        curves["validations"] = curves["validations"].reshape(-1, 2)
        return self.learner.state_dict() | curves | {name: getattr(self, name) for name in ("best", *PROGRESS)}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continue from what `state_dict` returned, on the CPU exactly as if training had never stopped.

        Parameters
        ----------
        state : mapping
            From a trainer of the same music, with the same shape of network and equal settings, except `CHANGEABLE`.

        Raises
        ------
        KeyError, RuntimeError, TypeError, ValueError
            If an entry is missing or does not fit; the trainer can then no longer be used.
        """
        window = self.window
        self.learner.load_state_dict(state)
        self.best = StackedLSTM.from_weights(self.network.config, state["best"]).state_dict()
        self.losses = array("d", state["losses"].tolist())
        self.validations = [(int(at), loss) for at, loss in state["validations"].tolist()]
        for name in PROGRESS:
            setattr(self, name, state[name])
        if state["window"] != window:
            self._use_window(state["window"])

    def snapshot(self, *, marginal: bool = False) -> TrainingSnapshot:
        """Return a view of training as it is now; to be called by the thread that drains `steps`.

        Parameters
        ----------
        marginal : bool
            Whether to give the probability of each note by itself; see `note_probabilities`.

        Returns
        -------
        TrainingSnapshot
        """
        with watch_gates(self.ema_network) as saturated:
            probabilities = note_probabilities(self.ema_network, self.excerpt, marginal=marginal)
        return TrainingSnapshot(
            self.curves,
            min(self.epoch + 1, self.config.epochs),
            self.done,
            self.seconds,
            self.excerpt,
            probabilities,
            self.config,
            self.learner.health(saturated),
            self.changes,
            self.started_from,
            self.parts,
        )


# Attributes of a trainer that its state dict contains unchanged.
PROGRESS = (
    *("config", "initial_config", "changes", "started_from", "parts", "weight_snapshots"),
    *("epoch", "position", "repeats", "crops", "seconds", "window"),
)
