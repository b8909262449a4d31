"""Takes that are edited, and go on with the same random numbers; and branches of takes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from lstmmusic.config import NetworkConfig, RollConfig
from lstmmusic.errors import ConfigError
from lstmmusic.generation.editing import branch, continue_edited
from lstmmusic.generation.inspection import explain
from lstmmusic.generation.sampler import Take, generate, generate_takes
from lstmmusic.music.cells import cells_of
from lstmmusic.music.roll import Tune
from lstmmusic.network.model import StackedLSTM

BEATS = RollConfig(lowest=60, highest=67, step=0.25, unit="beats")


KINDS = ("relative", "joint", "independent", "rolls only")


def make_network(kind: str) -> StackedLSTM:
    plain = kind == "rolls only"
    output = "joint" if plain else kind
    config = NetworkConfig(8, (6, 7, 8), output=output, relative_hidden=6, articulation_hidden=6)
    made = StackedLSTM(config.rolls_only() if plain else config, initial_weight_std=0.3 if kind == "relative" else 0.7)
    made.sampling_bias.copy_(torch.tensor([-0.3, 0.4, 0.2, -2.0]))
    return made


@pytest.fixture(params=KINDS)
def network(request: pytest.FixtureRequest) -> StackedLSTM:
    return make_network(request.param)


def make_primer(network: StackedLSTM) -> Tune:
    return generate(network, None, 12, seed=9, metre="3/4", config=BEATS, quiet=True).tune


def edit(tune: Tune, step: int, *columns: int) -> Tune:
    """Turn notes of a step on or off; those that begin have the default velocity."""
    cells = cells_of(tune)
    for column in columns:
        cells[step, column] = 0 if cells[step, column] else 81
        if step + 1 < len(cells) and cells[step + 1, column] == 1 and not cells[step, column]:
            cells[step + 1, column] = 81
    onsets = None if tune.onsets is None else cells > 1
    velocities = None if tune.velocities is None else np.where(cells > 1, cells - 1, 0)
    return Tune(cells > 0, tune.name, tune.config, onsets, velocities, metre=tune.metre)


def same_take(one: Take, other: Take) -> bool:
    same_tune = np.array_equal(cells_of(one.tune), cells_of(other.tune)) and one.tune.metre == other.tune.metre
    same_arrays = all(
        np.array_equal(getattr(one, name), getattr(other, name)) for name in ("probabilities", "uniforms")
    )
    fields = [
        (take.primer_steps, take.temperature, take.threshold, take.seed, take.ended, take.tune.name)
        for take in (one, other)
    ]
    return same_tune and same_arrays and fields[0] == fields[1]


@pytest.mark.parametrize("with_primer", [True, False])
@pytest.mark.parametrize("until_end", [True, False])
def test_take_is_the_same_after_an_edit_that_changes_nothing(
    network: StackedLSTM, with_primer: bool, until_end: bool
) -> None:
    primer = make_primer(network) if with_primer else None
    settings = {"temperature": 1.1, "threshold": 0.05, "until_end": until_end, "metre": None if primer else "3/4"}
    take = generate(network, primer, 40, seed=3, config=BEATS, quiet=True, **settings)
    assert take.ended == (until_end and network.ending is not None)
    for stop in {1, min(13, len(take.tune)), len(take.tune)}:
        again = continue_edited(network, take, take.tune, stop, steps=40, until_end=until_end)
        assert same_take(again, take)


def test_what_precedes_an_edit_stays_and_what_follows_has_the_same_random_numbers(network: StackedLSTM) -> None:
    take = generate(network, make_primer(network), 40, seed=3, threshold=0.0, quiet=True)
    edited = edit(take.tune, 20, 1, 5)
    after = continue_edited(network, take, edited, 21)
    assert len(after.tune) == len(take.tune)
    np.testing.assert_array_equal(cells_of(after.tune)[:21], cells_of(edited)[:21])
    np.testing.assert_array_equal(after.probabilities[:20], take.probabilities[:20])
    np.testing.assert_array_equal(after.uniforms, take.uniforms)
    np.testing.assert_array_equal(after.tune.roll[21:], after.uniforms[9:] < after.probabilities[21:])
    assert not np.array_equal(after.probabilities[21:], take.probabilities[21:])
    expected = network.expectations(after.tune)[12:].astype(np.float64)
    odds = expected / (1 - expected) * np.exp(np.where(after.tune.roll[11:-1] > 0, 0.4, -0.3))
    np.testing.assert_allclose(after.probabilities[12:], odds / (1 + odds), atol=1e-4)
    assert after.edited == (20,)
    assert "given by an edit" in explain(after, 20, 1)
    assert "given by an edit" not in explain(after, 21, 1)


def test_edits_of_the_primer_and_repeated_edits(network: StackedLSTM) -> None:
    take = generate(network, make_primer(network), 20, seed=3, quiet=True)
    edited = edit(take.tune, 4, 2)
    after = continue_edited(network, take, edited, 5)
    # The rest of the primer stays, and what follows is what the new primer gives.
    fresh = generate(network, edited.part(0, 12), 20, seed=3, quiet=True)
    assert same_take(after, replace(fresh, tune=after.tune))
    np.testing.assert_array_equal(cells_of(after.tune), cells_of(fresh.tune))
    assert after.edited == ()
    late = continue_edited(network, after, edit(after.tune, 25, 3), 27)
    assert late.edited == (25, 26)
    later = continue_edited(network, late, edit(late.tune, 29, 3), 30)
    assert later.edited == (25, 26, 29)
    early = continue_edited(network, later, edit(later.tune, 15, 3), 16)
    assert early.edited == (15,)
    undone = continue_edited(network, early, edit(early.tune, 15, 3), 16, steps=20)
    np.testing.assert_array_equal(undone.tune.roll[17:25], after.tune.roll[17:25])


def test_network_that_does_not_read_the_past_gives_the_same_notes(network: StackedLSTM) -> None:
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.zero_()
    network.sampling_bias.zero_()
    take = generate(network, None, 40, seed=3, config=BEATS, quiet=True)
    after = continue_edited(network, take, edit(take.tune, 10, 0, 4), 11)
    np.testing.assert_array_equal(after.tune.roll[11:], take.tune.roll[11:])


def test_length_and_settings_can_change(network: StackedLSTM) -> None:
    take = generate(network, make_primer(network), 20, seed=3, temperature=0.9, quiet=True)
    longer = continue_edited(network, take, take.tune, 15, steps=30)
    assert len(longer.tune) == 42
    np.testing.assert_array_equal(
        cells_of(longer.tune),
        cells_of(generate(network, make_primer(network), 30, seed=3, temperature=0.9, quiet=True).tune),
    )
    assert len(continue_edited(network, take, take.tune, 25, steps=5).tune) == 25
    warm = continue_edited(network, take, take.tune, 15, temperature=3.0, threshold=0.4)
    assert (warm.temperature, warm.threshold) == (3.0, 0.4)
    np.testing.assert_array_equal(warm.tune.roll[:15], take.tune.roll[:15])
    assert not np.array_equal(warm.tune.roll, take.tune.roll)


def test_edits_that_do_not_fit_are_refused(network: StackedLSTM) -> None:
    take = generate(network, make_primer(network), 20, seed=3, quiet=True)
    for stop in (0, 33):
        with pytest.raises(ConfigError, match="stop is"):
            continue_edited(network, take, take.tune, stop)
    other = Tune(take.tune.roll, "other", RollConfig(lowest=60, highest=67))
    with pytest.raises(ConfigError, match="another grid"):
        continue_edited(network, take, other, 3)
    with pytest.raises(ConfigError, match="12"):
        continue_edited(network, take, take.tune.part(0, 10), 3)
    for settings in ({"temperature": 0.0}, {"threshold": 2.0}, {"steps": 0}):
        with pytest.raises(ConfigError, match="must be"):
            continue_edited(network, take, take.tune, 3, **settings)


def test_branches_continue_a_take_from_a_step(network: StackedLSTM) -> None:
    take = generate(network, make_primer(network), 20, seed=3, temperature=0.8, threshold=0.02, quiet=True)
    branches = branch(network, take, 18, quiet=True)
    assert [other.seed for other in branches] == [4, 5, 6, 7]
    own = generate_takes(
        network, take.tune.part(0, 18), 14, takes=4, temperature=0.8, threshold=0.02, seed=4, quiet=True
    )
    for one, other in zip(branches, own, strict=True):
        assert same_take(one, other)
        np.testing.assert_array_equal(cells_of(one.tune)[:18], cells_of(take.tune)[:18])
    assert len({one.tune.packed.tobytes() for one in branches}) == 4
    (longer,) = branch(network, take, 32, branches=1, steps=8, seed=2, temperature=1.0, quiet=True)
    assert (len(longer.tune), longer.seed, longer.temperature) == (40, 2, 1.0)
    assert branch(network, take, 0, branches=1, quiet=True)[0].primer_steps == 0
    with pytest.raises(ConfigError, match="step is 33"):
        branch(network, take, 33)
