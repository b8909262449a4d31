from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch

from lstmmusic.config import LEVELS
from lstmmusic.music.cells import HELD
from lstmmusic.music.score import VELOCITY
from lstmmusic.network import articulation
from lstmmusic.network.articulation import WIDTH, Articulation
from lstmmusic.network.played import Played
from tests.network.cells import make_cells

FEATURES, PITCHES = 5, 4
NOTES = np.array([[1, 0, 1, 1]], np.float32)


def make_articulation(velocities: bool) -> Articulation:
    made = Articulation(FEATURES, PITCHES, 7, velocities)
    random = torch.Generator().manual_seed(0)
    for parameter in made.parameters():
        torch.nn.init.normal_(parameter, std=0.6, generator=random)
    return made


def make_features() -> torch.Tensor:
    """Make the features of a step, after which the lowest and the third pitch sound, (1, features)."""
    past = torch.from_numpy(make_cells(9, 1, PITCHES))
    past[-1, 0] = torch.tensor([HELD, 0, HELD + 90, 0])
    reader = Played(PITCHES)
    values, _ = reader.read(past, reader.zero_state(1, torch.device("cpu")))
    return torch.cat((torch.linspace(-1, 1, FEATURES)[None], values[-1]), dim=1)


def all_cells(velocities: bool) -> torch.Tensor:
    """List the cells of all ways to play `NOTES` after `make_features`: the highest begins, the others may."""
    levels = range(LEVELS) if velocities else (VELOCITY // WIDTH,)
    begin = [HELD + WIDTH * level + WIDTH // 2 for level in levels] if velocities else [HELD + VELOCITY]
    ways = itertools.product((HELD, *begin), (0,), (HELD, *begin), begin)
    return torch.tensor(list(ways), dtype=torch.float32)


@torch.inference_mode()
def probabilities(made: Articulation, cells: torch.Tensor) -> np.ndarray:
    played = made.loss(make_features().expand(len(cells), -1), cells)
    return torch.exp(-played.strikes - played.velocities).numpy()


@pytest.mark.parametrize("velocities", [True, False])
def test_all_ways_to_play_a_step_sum_to_one_and_draws_follow_them(velocities: bool) -> None:
    made, cells = make_articulation(velocities), all_cells(velocities)
    chances = probabilities(made, cells)
    assert chances.sum() == pytest.approx(1, abs=1e-5)
    draws = 20_000
    uniforms = np.random.default_rng(1).random((draws, 2, PITCHES), np.float32)
    with torch.inference_mode():
        articulate = made.sampler(1.0)
    drawn = articulate(make_features().numpy().repeat(draws, 0), NOTES.repeat(draws, 0), uniforms)
    place = {tuple(way): number for number, way in enumerate(cells.tolist())}
    counts = np.bincount([place[tuple(way)] for way in drawn.tolist()], minlength=len(cells))
    often = draws * chances > 5
    expected = np.append(draws * chances[often], draws * chances[~often].sum() + 1e-9)
    found = np.append(counts[often], counts[~often].sum())
    chi_square = ((found - expected) ** 2 / expected).sum()
    assert chi_square < len(found) + 4 * np.sqrt(2 * len(found))
    # One take at a time, and several at once, are played alike.
    alone = [articulate(make_features().numpy(), NOTES, numbers[None])[0] for numbers in uniforms[:20]]
    np.testing.assert_array_equal(alone, drawn[:20])


def test_temperature_divides_the_log_odds() -> None:
    made = make_articulation(velocities=False)
    with torch.inference_mode():
        cold = made.sampler(1e-4)
    uniforms = np.random.default_rng(1).random((50, 2, PITCHES), np.float32)
    drawn = cold(make_features().numpy().repeat(50, 0), NOTES.repeat(50, 0), uniforms)
    assert len(np.unique(drawn, axis=0)) == 1
    cells = all_cells(velocities=False)
    # Note by note, the likelier way is chosen.
    lowest = probabilities(made, cells)[cells[:, 0] == HELD].sum()
    assert (drawn[0, 0] == HELD) == (lowest > 0.5)


def test_gathered_notes_have_the_loss_and_gradients_of_all_pitches(monkeypatch: pytest.MonkeyPatch) -> None:
    made, cells = make_articulation(velocities=True), torch.from_numpy(make_cells(12, 3, PITCHES))
    reader = Played(PITCHES)
    values, _ = reader.read(cells, reader.zero_state(3, torch.device("cpu")))
    features = torch.cat((torch.randn(12, 3, FEATURES, generator=torch.Generator().manual_seed(0)), values), dim=2)
    results = []
    for sparse in (("cpu",), ()):
        monkeypatch.setattr(articulation, "SPARSE", sparse)
        made.zero_grad()
        played = made.loss(features[:-1], cells[1:])
        (played.strikes.sum() + played.velocities.sum()).backward()
        results.append((*played, [parameter.grad.clone() for parameter in made.parameters()]))
    torch.testing.assert_close(*results, rtol=1e-4, atol=1e-5)
    assert results[0][0].shape == (11, 3)
    assert (results[0][0] > 0).any()


def test_constants_are_those_of_the_music() -> None:
    made = make_articulation(velocities=True)
    levels = np.linspace(1, 2, LEVELS)
    made.init_bias(0.2, levels / levels.sum())
    with torch.no_grad():
        made.last.weight.zero_()
    cells = all_cells(velocities=True)
    chances = probabilities(made, cells)
    assert chances[cells[:, 0] > HELD].sum() == pytest.approx(0.2, abs=1e-5)
    loudest = cells[:, 3] == cells[:, 3].max()
    assert chances[loudest].sum() == pytest.approx(2 / levels.sum(), abs=1e-5)
