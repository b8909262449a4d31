from __future__ import annotations

import numpy as np
import pytest
import torch

from lstmmusic.analysis import surprise as module
from lstmmusic.analysis.surprise import SurprisingNote, most_surprising, rank, surprise
from lstmmusic.config import NetworkConfig, RollConfig
from lstmmusic.errors import ConfigError, CorpusError
from lstmmusic.music.roll import Tune
from lstmmusic.training.evaluation import evaluate
from tests.analysis.reference import CONFIGS, GRID, NAMES, inputs_of, make_network, make_tune, run_loop

PARTS = ("strikes", "velocities", "ends")


@pytest.mark.parametrize("config", CONFIGS, ids=NAMES)
@pytest.mark.parametrize("block", [1, 7, 512])
def test_nats_of_steps_add_up_to_the_likelihood(
    monkeypatch: pytest.MonkeyPatch, config: NetworkConfig, block: int
) -> None:
    monkeypatch.setattr(module, "BLOCK", block)
    network, tune = make_network(config), make_tune(23)
    found, likelihood = surprise(network, tune), evaluate(network, [tune])
    assert found.of_notes.shape == tune.roll.shape
    for name in ("notes", *PARTS):
        nats = getattr(found, name)
        whole = likelihood.nats if name == "notes" else getattr(likelihood, name)
        assert (nats.shape, nats.dtype, bool(np.isnan(nats[0]))) == ((23,), np.float32, True)
        assert nats[1:].sum(dtype=np.float64) == pytest.approx(whole[0], rel=1e-4)
    assert found.per_step == pytest.approx(likelihood.parts, rel=1e-4)
    np.testing.assert_allclose(found.of_notes[1:].sum(1), found.notes[1:], rtol=1e-4)
    np.testing.assert_array_equal(found.steps, sum(getattr(found, name) for name in ("notes", *PARTS)))
    going_on = surprise(network, tune, ended=False)
    np.testing.assert_allclose(going_on.ends[1:-1], found.ends[1:-1], rtol=1e-4, atol=1e-6)
    assert (going_on.ends[-1] < found.ends[-1]) == config.endings


@pytest.mark.parametrize("config", CONFIGS, ids=NAMES)
def test_nats_of_notes_are_those_of_their_probabilities(config: NetworkConfig) -> None:
    network, tune = make_network(config), make_tune(9)
    features, _ = run_loop(network, *inputs_of(network, tune))
    notes = torch.from_numpy(tune.roll[1:, None]).float()
    with torch.inference_mode():
        p = network.output.logits(features[:-1], notes).sigmoid()[:, 0].numpy()
    happened = np.where(tune.roll[1:] == 1, p, 1 - p)
    np.testing.assert_allclose(np.exp(-surprise(network, tune).of_notes[1:]), happened, atol=1e-5)


def test_the_most_surprising_notes_come_first() -> None:
    network, tune = make_network(CONFIGS[0]), make_tune(12)
    found = surprise(network, tune)
    nats = found.of_notes[1:]
    listed = most_surprising(found, 1000)
    assert len(listed) == nats.size
    assert [note.nats for note in listed] == sorted(nats.ravel().tolist(), reverse=True)
    for note in listed:
        place = note.step, note.pitch - GRID.lowest
        assert (note.nats, note.sounds) == (found.of_notes[place], tune.roll[place])
    assert most_surprising(found, 7) == listed[:7]
    assert most_surprising(found, 0) == []
    assert type(listed[0]) is SurprisingNote


def test_tunes_of_any_length_have_a_surprise() -> None:
    network = make_network(CONFIGS[0])
    for steps in (0, 1):
        found = surprise(network, Tune(np.ones((steps, GRID.pitches)), "short", GRID))
        assert np.isnan(found.steps).tolist() == [True] * steps
        assert np.isnan(found.per_step).all()
        assert most_surprising(found) == []


def test_tunes_are_ranked_by_their_nats_per_step() -> None:
    network = make_network(CONFIGS[0])
    tunes = [make_tune(steps, seed=steps) for steps in (9, 1, 30, 17)]
    ranked = rank(network, tunes)
    assert sorted(each.tune for each in ranked) == [0, 2, 3]
    assert [each.nats for each in ranked] == sorted((each.nats for each in ranked), reverse=True)
    for each in ranked:
        assert each.nats == pytest.approx(surprise(network, tunes[each.tune]).per_step.notes, rel=1e-4)
    with pytest.raises(CorpusError, match="two steps"):
        rank(network, tunes[1:2])


def test_a_tune_of_another_grid_is_refused() -> None:
    with pytest.raises(ConfigError, match="88 pitches"):
        surprise(make_network(CONFIGS[0]), Tune(np.zeros((5, 88)), config=RollConfig()))
    with pytest.raises(ConfigError, match="count"):
        most_surprising(surprise(make_network(CONFIGS[0]), make_tune(3)), -1)
