"""Temperature and threshold with which takes are like the music."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lstmmusic.config import NetworkConfig
from lstmmusic.errors import ConfigError, CorpusError
from lstmmusic.generation.matching import MOST_TRIED, match_music, matching
from lstmmusic.generation.sampler import generate_takes
from lstmmusic.music.roll import Tune
from lstmmusic.music.texture import measure_texture
from lstmmusic.network.model import StackedLSTM
from tests.conftest import SMALL, make_scales
from tests.generation.test_editing import BEATS, make_network


def music_of(chances: np.ndarray, tunes: int = 6) -> list[Tune]:
    """Make tunes in which each pitch sounds with a probability of its own, whatever came before."""
    random = np.random.default_rng(0)
    return [Tune(random.random((150, 8)) < chances, f"tune {number}", SMALL) for number in range(tunes)]


def network_of(log_odds: np.ndarray) -> StackedLSTM:
    config = NetworkConfig(8, (2, 2, 2), output="independent").rolls_only()
    network = StackedLSTM(config, initial_weight_std=0.0)
    network.output.init_bias(1 / (1 + np.exp(-log_odds)))
    return network


@pytest.mark.parametrize("temperature", [0.71, 1.0, 1.54])
def test_temperature_of_the_music_is_found(temperature: float) -> None:
    log_odds = np.log(np.full(8, 0.2 / 0.8))
    found = match_music(network_of(log_odds * temperature), music_of(np.full(8, 0.2)), quiet=True)
    assert found.temperature == pytest.approx(temperature, rel=0.1)
    assert found.distance < 0.3
    assert found.distance <= found.distance_before
    assert found.now.polyphony == pytest.approx(found.target.polyphony, rel=0.1)
    assert found.now.notes_per_second == pytest.approx(found.target.notes_per_second, rel=0.1)
    if temperature != 1:
        assert found.distance_before > 1


def test_threshold_that_silences_wrong_notes_is_found() -> None:
    chances = np.repeat([0.3, 0.0], 4)
    network = network_of(np.log(np.maximum(chances, 0.06) / (1 - np.maximum(chances, 0.06))))
    assert network.independent_threshold is not None
    network.independent_threshold.fill_(0.0)
    found = match_music(network, music_of(chances), quiet=True)
    assert found.threshold > 0.06
    assert found.now.pitch_range == pytest.approx(found.target.pitch_range, rel=0.1)
    assert found.before.pitch_range > 1.3 * found.target.pitch_range


@pytest.mark.parametrize("kind", ["relative", "joint", "rolls only"])
def test_what_is_found_holds_for_takes_and_is_reproduced(kind: str) -> None:
    network = make_network(kind)
    known = generate_takes(network, None, 60, takes=6, seed=50, config=BEATS, metre="3/4", threshold=0.0, quiet=True)
    tunes = [take.tune for take in known]
    found = match_music(network, tunes, seed=1, quiet=True)
    if kind == "rolls only":
        assert found == match_music(network, tunes, seed=1, quiet=True)
    assert found.target == measure_texture(
        [tune if network.config.strikes else Tune(tune.roll, config=BEATS) for tune in tunes]
    )
    assert found.distance <= found.distance_before
    settings = {"temperature": found.temperature, "threshold": found.threshold}
    takes = generate_takes(network, tunes[0].part(0, 16), 64, takes=20, **settings, quiet=True)
    generated = measure_texture([take.generated for take in takes])
    assert generated.polyphony == pytest.approx(found.now.polyphony, rel=0.25)


def test_progress_is_reported_and_work_can_be_cancelled() -> None:
    network, tunes = network_of(np.zeros(8)), music_of(np.full(8, 0.2))
    progress = list(matching(network, tunes))
    assert [each.done for each in progress] == [*range(len(progress))]
    assert 4 < len(progress) <= MOST_TRIED
    assert {each.total for each in progress} == {MOST_TRIED}
    cancelled = matching(network, tunes)
    next(cancelled)
    cancelled.close()


def test_silent_and_short_music_and_music_on_another_grid() -> None:
    network = network_of(np.full(8, -3.0))
    silent = match_music(network, [Tune(np.zeros((40, 8)), "silence", SMALL)], quiet=True)
    assert silent.target.notes_per_second == 0
    assert silent.distance >= 0
    assert match_music(network, make_scales(2, 3).tunes, quiet=True).distance >= 0
    with pytest.raises(CorpusError, match="no tunes"):
        match_music(network, [])
    with pytest.raises(ConfigError, match="8 pitches and the network 9"):
        match_music(StackedLSTM(NetworkConfig(9, (2, 2, 2))), make_scales(2, 30).tunes)
    with pytest.raises(ConfigError, match="tempo"):
        match_music(network, make_scales(2, 30).tunes, tempo=0)
    onsets = replace(make_scales(1, 30), name="onsets").tunes[0]
    struck = Tune(onsets.roll, "struck", SMALL, onsets.roll)
    assert match_music(network, [struck], quiet=True).target == measure_texture([onsets])
