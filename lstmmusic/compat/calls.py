"""The calls of the 2016 program, implemented with this library; see the table in the README.

Its example runs unchanged but for imports and paths. The names of 2016 are used here only.
"""

from __future__ import annotations

import io
import itertools
import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray

from lstmmusic.base.files import write_atomically
from lstmmusic.compat.checkpoints import load_2016, read_arrays
from lstmmusic.config import Cell, NetworkConfig, RollConfig
from lstmmusic.errors import CheckpointError, CorpusError
from lstmmusic.generation.sampler import generate
from lstmmusic.music.corpus import Corpus
from lstmmusic.music.playing import write_midi
from lstmmusic.music.roll import Roll, Tune, read_midi
from lstmmusic.network.devices import leave_a_core
from lstmmusic.network.model import StackedLSTM
from lstmmusic.presets import PRESETS
from lstmmusic.runs.checkpoint import load_weights
from lstmmusic.training.trainer import Trainer

logger = logging.getLogger(__name__)


def _grid(r: tuple[int, int], dt: float) -> RollConfig:
    """Make a grid from a pitch range with exclusive upper bound and a step in seconds."""
    return RollConfig(step=float(dt), lowest=int(r[0]), highest=int(r[1]) - 1)


class midiread:  # noqa: N801 - the name of 2016
    """A MIDI file as a piano roll.

    Parameters
    ----------
    filename : str
    r : (int, int)
        Lowest pitch, and the pitch after the highest.
    dt : float
        Length of a step, in seconds.

    Attributes
    ----------
    piano_roll : ndarray of uint8, (steps, pitches)
    """

    def __init__(self, filename: str | Path, r: tuple[int, int] = (21, 109), dt: float = 0.3) -> None:
        self.piano_roll: Roll = read_midi(filename, _grid(r, dt)).roll


def midiwrite(filename: str | Path, piano_roll: ArrayLike, r: tuple[int, int] = (21, 109), dt: float = 0.3) -> None:
    """Write a piano roll of zeros and ones, (steps, pitches), as a MIDI file."""
    config = _grid(r, dt)
    write_midi(Tune(np.asarray(piano_roll), Path(filename).stem, config), filename)


class RNN4Music:
    """A network and its training, with the methods and attributes of 2016.

    Parameters
    ----------
    h1_length, h2_length, h3_length : int
        Units of each layer.
    io_length : int
        Number of notes.
    R1, R2, R3, Rout : float
        Learning rates of the layers and of the output.

    Attributes
    ----------
    epsilon, gradClip, sigRand, muRand, genProbThreshold : float
        As in 2016; set `sigRand` on the class, since the constructor initialises the weights.
    squaredError : bool
        Squared error instead of cross-entropy.
    """

    epsilon = 1e-5
    gradClip = 30.0  # noqa: N815 - names of 2016, here and below
    sigRand = 0.1  # noqa: N815
    muRand = 0.01  # noqa: N815
    genProbThreshold = 0.1  # noqa: N815
    squaredError = False  # noqa: N815

    def __init__(
        self,
        h1_length: int,
        h2_length: int,
        h3_length: int,
        io_length: int,
        R1: float = 1e-3,  # noqa: N803
        R2: float = 1e-3,  # noqa: N803
        R3: float = 1e-3,  # noqa: N803
        Rout: float = 1e-3,  # noqa: N803
    ) -> None:
        hidden = int(h1_length), int(h2_length), int(h3_length)
        config = NetworkConfig(int(io_length), hidden, output="independent").rolls_only()
        # 88 notes start at the lowest key of a piano; other ranges start at MIDI pitch 0, and fit into its 128.
        lowest = 21 if io_length <= 88 else 0
        self._roll_config = RollConfig(lowest=lowest, highest=lowest + config.pitches - 1)
        self._network = StackedLSTM(config, initial_weight_std=float(self.sigRand))
        self._seeds = itertools.count()
        self.setNewRates(R1, R2, R3, Rout)

    def setNewRates(self, R1: float, R2: float, R3: float, Rout: float) -> None:  # noqa: N802, N803
        """Set the learning rates of the layers and of the output, for the next `train`."""
        self._rates = (float(R1), float(R2), float(R3), float(Rout))

    def train(
        self,
        dataset: Sequence[ArrayLike],
        noOfEpochPerMB: int,  # noqa: N803
        noOfEpoch: int,  # noqa: N803
        sizeOfMiniBatch: int,  # noqa: N803
        lengthOfMB: int,  # noqa: N803
        lam: float = 0.0,
    ) -> None:
        """Train on piano rolls; those shorter than `lengthOfMB` are repeated to that length.

        An epoch is a pass over every step of every tune (in 2016: over the starts of the tunes of one mini-batch).

        Parameters
        ----------
        dataset : sequence of array_like, each (steps, io_length)
        noOfEpochPerMB, noOfEpoch, sizeOfMiniBatch, lengthOfMB : int
            Updates per mini-batch, epochs, tunes per mini-batch, and steps in each.
        lam : float
            Weight of the L1 penalty.
        """
        rolls = [np.asarray(roll) for roll in dataset]
        if not rolls:
            raise CorpusError("the dataset is empty; read some files with midiread")
        leave_a_core()
        filled = [np.tile(roll, (-(-lengthOfMB // max(1, len(roll))), 1)) for roll in rolls]
        tunes = tuple(
            Tune(longer[: max(len(roll), lengthOfMB)], config=self._roll_config)
            for roll, longer in zip(rolls, filled, strict=True)
        )
        config = replace(
            PRESETS["seed-2016"].training,
            loss="squared-error" if self.squaredError else "cross-entropy",
            learning_rates=self._rates,
            clip=float(self.gradClip),
            batch_size=sizeOfMiniBatch,
            length=lengthOfMB,
            epochs=noOfEpoch,
            updates_per_batch=noOfEpochPerMB,
            l1=float(lam),
            initial_state_max=float(self.muRand),
            epsilon=float(self.epsilon),
            seed=next(self._seeds),
        )
        trainer = Trainer(Corpus("dataset", self._roll_config, tunes), network=self._network, config=config)
        for update in trainer.steps():
            logger.info("epoch %d, update %d, loss %.3f", update.epoch, update.number, update.loss)

    def genMusic(self, startVectors: ArrayLike, noOfSamps: int) -> list[NDArray[Any]]:  # noqa: N802, N803
        """Continue a primer, (steps, io_length), by `noOfSamps` steps, with other random numbers at each call.

        Returns
        -------
        list of two ndarrays, each (noOfSamps, io_length)
            The tune without its primer, and the probabilities with which it was sampled, as in 2016: those that are not
            above `genProbThreshold` are zero.
        """
        primer = Tune(np.asarray(startVectors), config=self._roll_config)
        take = generate(
            self._network, primer, noOfSamps, threshold=float(self.genProbThreshold), seed=next(self._seeds)
        )
        probabilities = take.probabilities[take.primer_steps :]
        return [take.generated.roll, np.where(probabilities > self.genProbThreshold, probabilities, 0)]

    def resetStates(self) -> None:  # noqa: N802
        """Do nothing: no state is kept between calls here."""

    def saveParameters(self, fileName: str | Path) -> None:  # noqa: N802, N803
        """Save the weights as `fileName`.npz."""
        content = io.BytesIO()
        weights = {name: weight.detach().cpu().numpy() for name, weight in self._network.state_dict().items()}
        np.savez(content, **weights)
        write_atomically(_npz(fileName), content.getvalue())

    def loadParameters(self, fileName: str | Path) -> None:  # noqa: N802, N803
        """Load weights from `fileName`.npz, written here or in 2016, with their kind of cells.

        Raises
        ------
        CheckpointError
            If the file is missing or damaged, or its sizes differ.
        """
        path = _npz(fileName)
        try:
            arrays = read_arrays(path)
        except CheckpointError as error:
            raise CheckpointError(f"{path} cannot be loaded: {error}") from error
        if "Wxi_1" in arrays:
            weights = load_2016(path).state_dict()
        else:
            weights = {name: torch.from_numpy(array) for name, array in arrays.items()}
        cell: Cell = "2016" if "layers.0.peepholes" in weights else "standard"
        network = StackedLSTM(replace(self._network.config, cell=cell))
        load_weights(network, weights)
        self._network = network


def _npz(name: str | Path) -> Path:
    path = Path(name)
    return path if path.suffix == ".npz" else path.with_name(f"{path.name}.npz")
