"""Training as a generator of updates. It knows no thread and no widget: whoever drains it decides when to stop.

Everything random comes from the seed: the order and offsets of an epoch from (seed, epoch), so that training
can be taken up in the middle of one; initial states from a generator of their own, which is saved.
"""

from __future__ import annotations

import copy
import math
import time
from array import array
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from lstmmusic.batches import Crop, Rolls, epoch_crops
from lstmmusic.config import NetworkConfig, TrainingConfig
from lstmmusic.data import Corpus
from lstmmusic.devices import choose_device, keep_freed_memory
from lstmmusic.errors import ConfigError, CorpusError, TrainingError
from lstmmusic.evaluation import markov_loss, note_frequencies, score
from lstmmusic.model import Noise, StackedLSTM, State
from lstmmusic.probabilities import note_probabilities
from lstmmusic.snapshots import Change, TrainingSnapshot, Update

# Steps of the longest validation tune on which progress is watched: enough for a phrase.
EXCERPT_STEPS = 96

# Settings that may change while a run goes on.
CHANGEABLE = ("rates", "clip", "clip_kind", "batch_size", "epochs", "epochs_per_batch", "l1")

Weights = dict[str, Tensor]


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
        See `lstmmusic.devices.choose_device`.

    Attributes
    ----------
    network : StackedLSTM
        The weights as they are now.
    averaged : StackedLSTM
        The running average of the weights, or `network` itself where none is kept.
    best : dict of Tensor
        Copies of the averaged weights with the lowest validation loss so far; never changed in place, so that
        another thread may read them.
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
        for corpus in (training, validation):
            if corpus is not None and not any(len(tune) > 1 for tune in corpus.tunes):
                raise CorpusError(f"{corpus.name} has no tune of two steps or more; add music, or take a smaller step")
        self.config = config or TrainingConfig()
        self.training, self.validation = training, validation
        self.device = choose_device(device)
        keep_freed_memory()
        self.random = torch.Generator().manual_seed(self.config.seed)
        shape = network.config if isinstance(network, StackedLSTM) else network
        shape = shape or NetworkConfig(pitches=training.config.pitches)
        if shape.pitches != training.config.pitches or (validation and validation.config != training.config):
            raise ConfigError(
                f"the network has {shape.pitches} pitches, the training music {training.config} and "
                f"the validation music {validation and validation.config}; all must lie on one grid"
            )
        if not isinstance(network, StackedLSTM):
            network = StackedLSTM(shape, weight_spread=self.config.weight_spread, generator=self.random)
            if self.config.weight_spread is None:
                network.output.expect(note_frequencies(training.tunes))
        self.network = network.to(self.device)
        self.averaged = copy.deepcopy(self.network) if self.config.averaging else self.network
        self.optimizer = self._make_optimizer()
        self.epoch = 0  # epochs that are complete
        self.position = 0  # crops of the epoch at hand that were learned from
        self.repeats = 0  # updates that were made on the mini-batch at hand
        self.crops = 1  # of the epoch at hand
        self.seconds = 0.0
        self.losses = array("d")  # of each update
        self.validations: list[tuple[int, float]] = []  # (update, nats per frame)
        self.changes: tuple[Change, ...] = ()
        self.best: Weights = self._copy_weights()
        self.floor = markov_loss(training.tunes, validation.tunes) if validation else math.nan
        watched = max((validation or training).tunes, key=len)
        self.excerpt = watched.part(0, min(EXCERPT_STEPS, len(watched)))
        self._rolls = Rolls(training.tunes, self.device)

    def _make_optimizer(self) -> torch.optim.Optimizer:
        groups: list[dict[str, Any]] = [
            {"params": parameters, "lr": rate}
            for parameters, rate in zip(self.network.parameter_groups(), self.config.rates, strict=True)
        ]
        if self.config.optimizer == "adam":
            for group, decay in zip(groups, (*(self.config.weight_decay,) * 3, 0.0), strict=True):
                group["weight_decay"] = decay
            return torch.optim.AdamW(groups, eps=self.config.epsilon, fused=self.device.type != "mps")
        return torch.optim.RMSprop(groups, alpha=0.9, eps=self.config.epsilon)

    def _copy_weights(self) -> Weights:
        return {name: weight.detach().clone().cpu() for name, weight in self.averaged.state_dict().items()}

    @property
    def done(self) -> float:
        """Share of all epochs that is done, 0 to 1."""
        return min(1.0, (self.epoch + self.position / self.crops) / self.config.epochs)

    def best_network(self) -> StackedLSTM:
        """Make a new network, on the CPU, with the best weights so far; safe to call from another thread."""
        network = StackedLSTM(self.network.config)
        network.load_state_dict(self.best)
        return network

    def change(self, *, reason: str = "", **settings: Any) -> None:
        """Change settings between two updates: any of `CHANGEABLE`.

        Safe to call from another thread; the next update uses them. What changed is added to `changes`, as one entry
        for all that was changed at the same update, with its `reason`.

        Raises
        ------
        ConfigError
            If a value is out of range (nothing is changed), or a setting cannot change any more.
        """
        fixed = set(settings) - set(CHANGEABLE)
        if fixed:
            raise ConfigError(f"{', '.join(sorted(fixed))} cannot change while a run goes on; start a new run")
        before, self.config = self.config, replace(self.config, **settings)
        new = {name: getattr(self.config, name) for name in settings}
        new = {name: value for name, value in new.items() if value != getattr(before, name)}
        if not new:
            return
        kept, at = self.changes, len(self.losses)
        if kept and kept[-1].update == at and kept[-1].reason == reason:
            kept, new = kept[:-1], {**kept[-1].settings, **new}
        self.changes = (*kept, Change(at, new, reason))

    def steps(self) -> Iterator[Update]:
        """Train until the last epoch is done, an update at a time.

        Validation is measured before the first update and after each epoch. Whenever an update is
        yielded, the trainer is in a state from which it can be saved and taken up again.

        Yields
        ------
        Update

        Raises
        ------
        TrainingError
            If a loss or gradient is no longer finite; the network then has the best weights again.
        """
        if not self.losses:
            self._validate()
        while self.epoch < self.config.epochs:
            epoch, crops = self.epoch, self._crops()
            self.crops = len(crops)
            while self.epoch == epoch:
                began = time.perf_counter()
                update = self._step(crops)
                self.seconds += time.perf_counter() - began
                yield update

    def _step(self, crops: list[Crop]) -> Update:
        """Make one update, and move on in the epoch."""
        batch = crops[self.position : self.position + self.config.batch_size]
        update = self._update(*self._rolls.batch(batch))
        self.losses.append(update.loss)
        self.repeats += 1
        if self.repeats >= self.config.epochs_per_batch:
            self.repeats = 0
            self.position += len(batch)
        if self.position >= len(crops):
            self.position = 0
            self.epoch += 1
            self._validate()
        return update

    def _crops(self) -> list[Crop]:
        """Crops of the epoch at hand; equal whenever they are asked for."""
        generator = torch.Generator().manual_seed((self.config.seed * 1_000_003 + self.epoch) % 2**63)
        return epoch_crops(self._rolls, self.config.length, self.config.transpose, generator)

    def _initial_state(self, batch: int) -> State | None:
        spread = self.config.state_spread
        if spread == 0:
            return None
        return [
            (
                (torch.rand(h.shape, generator=self.random) * spread).to(self.device),
                (torch.rand(c.shape, generator=self.random) * spread).to(self.device),
            )
            for h, c in self.network.zero_state(batch)
        ]

    def _update(self, inputs: Tensor, targets: Tensor, mask: Tensor) -> Update:
        config = self.config  # one reference: another thread may put a new one there meanwhile
        parameters = [p for group in self.network.parameter_groups() for p in group]
        noise = Noise(config.dropout, config.drop_connect, self.random)
        features, _ = self.network(inputs, self._initial_state(inputs.shape[1]), noise)
        loss = (self.network.output.loss(features, targets, config.loss) * mask).sum() / mask.sum()
        penalised = loss
        if config.l1 > 0:
            matrices = [p for p in parameters if p.dim() > 1]
            penalised = loss + config.l1 * torch.stack([matrix.abs().sum() for matrix in matrices]).sum()
        self.optimizer.zero_grad(set_to_none=True)
        penalised.backward()  # type: ignore[no-untyped-call]
        norm = torch.nn.utils.clip_grad_norm_(parameters, config.clip if config.clip_kind == "norm" else math.inf)
        if config.clip_kind == "element":
            torch.nn.utils.clip_grad_value_(parameters, config.clip)
        result = Update(len(self.losses) + 1, self.epoch + 1, loss.item(), norm.item())
        if not math.isfinite(result.loss) or not math.isfinite(result.gradient_norm):
            self._give_up(f"the loss is {result.loss:g} and the norm of its gradient {result.gradient_norm:g}")
        for group, rate in zip(self.optimizer.param_groups, config.rates, strict=True):
            group["lr"] = rate * self._warmth()
        self.optimizer.step()
        self._average()
        return result

    def _warmth(self) -> float:
        """Return what is left of the rates: 1, and in the cooldown a cosine that falls to 0."""
        cooldown = self.config.cooldown
        if cooldown == 0 or self.done < 1 - cooldown:
            return 1.0
        return 0.5 * (1 + math.cos(math.pi * min(1.0, 1 - (1 - self.done) / cooldown)))

    @torch.no_grad()
    def _average(self) -> None:
        if self.averaged is self.network:
            return
        # The first updates would hold the average back at the initial weights.
        made = len(self.losses) + 1
        keep = min(self.config.averaging, made / (made + 10))
        torch._foreach_lerp_(list(self.averaged.parameters()), list(self.network.parameters()), 1 - keep)

    def _validate(self) -> None:
        if not all(weight.isfinite().all() for weight in self.network.parameters()):
            self._give_up("a weight is not finite")
        if self.validation is None:
            self.best = self._copy_weights()
            return
        loss = score(self.averaged, self.validation.tunes).per_frame
        if not math.isfinite(loss):
            self._give_up(f"the validation loss is {loss:g}")
        if all(loss < earlier for _, earlier in self.validations):
            self.best = self._copy_weights()
        self.validations.append((len(self.losses), loss))

    def _give_up(self, reason: str) -> None:
        """Go back to the best weights, and tell why."""
        self.network.load_state_dict(self.best)
        self.averaged.load_state_dict(self.best)
        self.optimizer = self._make_optimizer()
        kept = "The weights of the last whole epoch are kept"
        if self.validations:
            at, loss = min(self.validations, key=lambda entry: entry[1])
            kept = f"The best weights so far are kept (update {at}, validation {loss:.2f})"
        raise TrainingError(
            f"training stopped at update {len(self.losses) + 1}: {reason}. {kept}. "
            f"Lower the learning rates or the clip, then go on"
        )

    def snapshot(self, *, marginal: bool = False) -> TrainingSnapshot:
        """Picture training as it is now; to be called by the thread that drains `steps`.

        `marginal` asks for the probability of each note by itself; see `note_probabilities`.
        """
        return TrainingSnapshot(
            np.arange(1, len(self.losses) + 1, dtype=np.float64),
            np.array(self.losses),
            np.array([at for at, _ in self.validations], np.float64),
            np.array([loss for _, loss in self.validations], np.float64),
            min(self.epoch + 1, self.config.epochs),
            self.config.epochs,
            self.done,
            self.seconds,
            self.excerpt,
            note_probabilities(self.averaged, self.excerpt.roll, marginal=marginal),
        )
