from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from benchmarks.nll import expected_accuracy
from lstmmusic.config import NetworkConfig, Output, RollConfig
from lstmmusic.errors import CorpusError
from lstmmusic.music.roll import Tune
from lstmmusic.network.model import StackedLSTM
from lstmmusic.training import evaluation
from lstmmusic.training.evaluation import Evaluation, evaluate, marginal_baseline, markov_baseline, note_frequencies
from tests.conftest import make_scales


@pytest.mark.parametrize("output", ["joint", "independent", "relative"])
def test_likelihood_matches_that_of_each_tune_by_itself(monkeypatch: pytest.MonkeyPatch, output: Output) -> None:
    corpus = make_scales(5, 7)
    config = NetworkConfig(pitches=8, hidden=(4, 4, 4), output=output, relative_hidden=4).rolls_only()
    network = StackedLSTM(config, initial_weight_std=0.5)
    nats, steps = 0.0, 0
    for tune in corpus.tunes:
        # Unlike `expectations`, the protocol does not start from silence.
        features, _ = network(torch.from_numpy(tune.roll[:-1, None]).float())
        after = torch.from_numpy(tune.roll[1:, None]).float()
        p = network.output.logits(features, after).sigmoid().detach().double().numpy()
        after = after.numpy()
        nats -= float((after * np.log(p) + (1 - after) * np.log(1 - p)).sum())
        steps += len(after)
    monkeypatch.setattr(evaluation, "BLOCK", 4)  # the tunes are longer than a block
    for batch_size in (1, 2, 16):
        assert evaluate(network, corpus.tunes, batch_size).per_step == pytest.approx(nats / steps, rel=1e-5)
    with pytest.raises(CorpusError, match="two steps"):
        evaluate(network, [corpus.tunes[0].part(0, 1)])


def test_likelihoods_are_in_the_order_of_the_tunes() -> None:
    tunes = [make_scales(1, steps).tunes[0] for steps in (29, 11, 1, 19)]
    network = StackedLSTM(NetworkConfig(pitches=8, hidden=(4, 4, 4)), initial_weight_std=0.5)
    alone = [evaluate(network, [tune]).nats[0] for tune in tunes if len(tune) > 1]
    for batch_size in (1, 2, 16):
        together = evaluate(network, tunes, batch_size)
        assert together.steps.tolist() == [28, 10, 18]
        np.testing.assert_allclose(together.nats, alone, rtol=1e-5)


@pytest.mark.parametrize("steps", [1, 7, 25, 100])
def test_tunes_that_are_measured_in_pieces_have_the_same_likelihood(steps: int) -> None:
    tunes = tuple(make_scales(1, steps).tunes[0] for steps in (11, 29, 2, 40))
    network = StackedLSTM(NetworkConfig(pitches=8, hidden=(4, 4, 4)), initial_weight_std=0.5)
    found, pieces = Evaluation(network, tunes), 0
    while found.left:
        found, pieces = found.measure_more(steps), pieces + 1
    assert pieces >= (sum(map(len, tunes)) - len(tunes)) / steps
    assert [tune for tune, _ in found.measured] == list(tunes)
    whole = evaluate(network, tunes)
    np.testing.assert_allclose([nats for _, nats in found.measured], whole.nats, rtol=1e-5)
    assert found.per_step == pytest.approx(whole.per_step, rel=1e-5)


def test_expected_accuracy_matches_sampled_steps() -> None:
    tunes = make_scales(3, 30).tunes
    network = StackedLSTM(NetworkConfig(pitches=8, hidden=(4, 4, 4)).rolls_only(), initial_weight_std=0.5)
    random = np.random.default_rng(1)
    hits = either = 0
    for tune in tunes:
        features, _ = network(torch.from_numpy(tune.roll[:-1, None]).float())
        many, targets = np.repeat(features[:, 0].detach().numpy(), 200, 0), np.repeat(tune.roll[1:], 200, 0)
        notes, _ = network.output.sampler(1, 0)(many, random.random((len(many), 8), np.float32))
        hits += (notes * targets).sum()
        either += np.maximum(notes, targets).sum()
    assert expected_accuracy(network, tunes, samples=64) == pytest.approx(hits / either, abs=0.01)


def test_baselines_match_a_calculation_by_hand() -> None:
    config = RollConfig(lowest=60, highest=60)
    training = [Tune(np.array([[0], [1], [1], [0], [1]]), config=config)]  # after 0: 1 1; after 1: 1 0
    validation = [Tune(np.array([[1], [1], [0], [1]]), config=config)]
    # With one added to each count: p(1 after 0) = 3/4, p(1 after 1) = 2/4, p(1) = 4/6.
    assert markov_baseline(training, validation) == pytest.approx(-(2 * math.log(1 / 2) + math.log(3 / 4)) / 3)
    assert marginal_baseline(training, validation) == pytest.approx(-(2 * math.log(4 / 6) + math.log(2 / 6)) / 3)
    assert note_frequencies(training).tolist() == [4 / 7]
    for baseline in (markov_baseline, marginal_baseline):
        with pytest.raises(CorpusError, match="no tunes"):
            baseline([], [])


def test_baselines_of_the_benchmark_match_published_figures(shared) -> None:
    scipy_io = pytest.importorskip("scipy.io")
    for name, marginal, markov in (("JSB_Chorales", 11.09, 10.49), ("Piano_midi", 11.05, 8.27)):
        mat = scipy_io.loadmat(shared / "benchmark" / f"{name}.mat")
        training, test = ([Tune(roll) for roll in mat[key][0]] for key in ("traindata", "testdata"))
        assert marginal_baseline(training, test) == pytest.approx(marginal, abs=0.01)
        assert markov_baseline(training, test) == pytest.approx(markov, abs=0.01)
