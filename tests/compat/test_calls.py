"""The calls of 2016, and the example of its README, unchanged but for imports and paths."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import pytest
from matplotlib import pyplot as plt

from lstmmusic.base.files import assets
from lstmmusic.compat import RNN4Music, midiread, midiwrite
from lstmmusic.errors import CheckpointError, ConfigError, CorpusError, MidiError
from lstmmusic.music.roll import find_notes, read_midi


def small(**sizes: int) -> RNN4Music:
    return RNN4Music(**({"h1_length": 8, "h2_length": 9, "h3_length": 10, "io_length": 88} | sizes))


def test_example_of_2016_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = str(assets() / "pieces")
    files = ["satie-gymnopedie-no-1.mid", "joplin-maple-leaf-rag.mid"]

    sizeOfMiniBatch = 5  # noqa: N806 - the names of 2016
    noOfEpoch = 2  # noqa: N806
    noOfEpochPerMB = 2  # noqa: N806
    lengthOfMB = 100  # noqa: N806
    dataset = [midiread((path + "/" + f), (21, 109), 0.3).piano_roll.astype(np.float32) for f in files]
    assert dataset[1][10].shape == (88,)

    myRNN4Music = RNN4Music(  # noqa: N806
        h1_length=120,
        h2_length=120,
        h3_length=120,
        io_length=88,
        R1=np.float32(0.001),
        R2=np.float32(0.001),
        R3=np.float32(0.001),
        Rout=np.float32(0.001),
    )
    myRNN4Music.train(dataset, noOfEpochPerMB, noOfEpoch, sizeOfMiniBatch, lengthOfMB)
    myRNN4Music.setNewRates(0.0005, 0.0005, 0.0005, 0.0005)
    myRNN4Music.train(dataset, noOfEpochPerMB, noOfEpoch, sizeOfMiniBatch, lengthOfMB, 0.0001)
    myRNN4Music.saveParameters("120_120_120")
    myRNN4Music.loadParameters("120_120_120")
    exampleLength = 20  # noqa: N806
    generatedTune = myRNN4Music.genMusic(np.float32(dataset[1][0:exampleLength]), 60)  # noqa: N806
    midiwrite("file_name.mid", generatedTune[0], (21, 109), 0.3)
    plt.imshow(
        np.array(generatedTune[1][0:20, 25:65]),
        origin="lower",
        extent=[25, 65, 0, 20],
        aspect=1,
        interpolation="nearest",
        cmap="gist_stern_r",
    )
    plt.imshow(
        np.transpose(np.array(generatedTune[0][0:500])),
        origin="lower",
        aspect="auto",
        interpolation="nearest",
        cmap=plt.cm.gray_r,
    )
    plt.close("all")

    assert generatedTune[0].shape == generatedTune[1].shape == (60, 88)
    assert np.isin(generatedTune[0], (0, 1)).all()
    assert generatedTune[0].sum() > 0
    assert len(find_notes(read_midi("file_name.mid"))) > 0
    assert (tmp_path / "120_120_120.npz").is_file()


def test_training_lowers_the_loss_and_logs_it(caplog: pytest.LogCaptureFixture) -> None:
    roll = np.zeros((7, 88))
    roll[np.arange(7), 30 + np.arange(7)] = 1
    network = small()
    with caplog.at_level(logging.INFO):
        network.train([roll, roll], 2, 60, 2, 21)
    losses = [record.args[2] for record in caplog.records]
    assert len(losses) == 2 * 60
    assert losses[-1] < 0.3 * losses[0]


def test_squared_error_and_other_attributes_are_used() -> None:
    network = small()
    network.squaredError = True
    network.gradClip, network.epsilon, network.muRand, network.genProbThreshold = 1.0, 1e-6, 0.0, 1.0
    network.train([np.eye(88)], 1, 1, 1, 88)
    network.resetStates()
    assert network.genMusic(np.eye(88)[:5], 10)[0].sum() == 0  # no probability is above 1
    network.setNewRates(-1, 0, 0, 0)
    with pytest.raises(ConfigError, match=r"learning_rates \(layer 1\)"):
        network.train([np.eye(88)], 1, 1, 1, 88)


def test_each_call_samples_differently_and_parameters_are_restored(tmp_path: Path) -> None:
    network = small()
    network.genProbThreshold = 0.0
    primer = np.eye(88)[:5]
    one, two = network.genMusic(primer, 20), network.genMusic(primer, 20)
    assert not np.array_equal(one[0], two[0])
    network.saveParameters(tmp_path / "a.npz")
    with np.load(tmp_path / "a.npz") as arrays:  # an independent output, as in 2016
        assert {name for name in arrays if name.startswith("output")} == {"output.linear.weight", "output.linear.bias"}
    other = small()
    other.loadParameters(tmp_path / "a")
    other.genProbThreshold = 0.0
    np.testing.assert_array_equal(other.genMusic(primer, 20)[1], one[1])


def test_probabilities_not_above_the_threshold_are_returned_as_zero() -> None:
    network = small()
    network.genProbThreshold = 0.0
    (_, before) = network.genMusic(np.eye(88)[:5], 1)
    network.genProbThreshold = 0.5
    tune, probabilities = network.genMusic(np.eye(88)[:5], 1)
    assert 0 < np.count_nonzero(probabilities) < 88
    np.testing.assert_array_equal(probabilities, np.where(before > 0.5, before, 0))
    assert not tune[probabilities == 0].any()


def test_invalid_parameters_are_refused(tmp_path: Path) -> None:
    small().saveParameters(tmp_path / "a")
    with pytest.raises(CheckpointError, match="another shape"):
        small(h2_length=11).loadParameters(tmp_path / "a")
    np.savez(tmp_path / "pickled.npz", allow_pickle=True, a=np.array([{"runs": "code"}], dtype=object))
    (tmp_path / "text.npz").write_text("no archive")
    for name in ("missing", "pickled", "text"):
        with pytest.raises(CheckpointError, match=rf"{name}\.npz cannot be loaded"):
            small().loadParameters(tmp_path / name)


def test_probabilities_instead_of_a_roll_and_an_empty_dataset_are_refused(tmp_path: Path) -> None:
    with pytest.raises(MidiError, match="zeros and ones"):
        midiwrite(tmp_path / "a.mid", np.full((4, 88), 0.7))
    with pytest.raises(CorpusError, match="dataset is empty"):
        small().train([], 1, 1, 1, 10)
