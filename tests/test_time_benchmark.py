"""The benchmark of time to quality runs, its clocks are right, and the plain way is what it says."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from benchmarks.__main__ import main
from benchmarks.plain import PlainNetwork
from benchmarks.time_to_quality import EARLIER_NAME, Race, compare, train_alternately, train_at_once
from lstmmusic.config import RollConfig, TrainingConfig
from lstmmusic.music.playing import write_midi
from lstmmusic.training.batches import Crop, Rolls
from lstmmusic.training.evaluation import evaluate
from tests.conftest import make_scales


@pytest.fixture
def music(tmp_path: Path) -> Path:
    folder = tmp_path / "music"
    folder.mkdir()
    for tune in make_scales(3, 12, RollConfig()).tunes:
        write_midi(tune, folder / f"{tune.name}.mid")
    return folder


def test_it_ends_with_a_line_of_json_and_draws_the_curves(
    music: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    command = ["time", str(music), "--minutes", "0.001", "--clock", "CPU", "--threads", "1", "--device", "cpu"]
    assert main([*command, "--out", str(tmp_path / "curves.json"), "--figure", str(tmp_path / "curves.png")]) == 0
    *table, line = capsys.readouterr().out.splitlines()
    result = json.loads(line)
    curves = json.loads((tmp_path / "curves.json").read_text())
    plain = [f"plain, {rate}" for rate in ("0.001", "0.003", "0.01")]
    assert list(curves) == [*plain, "recommended", EARLIER_NAME]
    assert all(seconds > 0 and loss > 0 for curve in curves.values() for seconds, loss in curve)
    assert result["plain"]["nats"] == min(loss for name in plain for _, loss in curves[name])
    assert result["plain"]["bar"] == 5
    assert result[EARLIER_NAME]["nats"] == min(loss for _, loss in curves[EARLIER_NAME])
    assert result[EARLIER_NAME]["bar"] == 3
    assert (result["data"], result["clock"], result["threads"]) == ("music", "CPU", 1)
    assert "curves" not in result
    assert len(table) == 3
    assert "recommended" in caplog.text  # progress
    assert (tmp_path / "curves.png").read_bytes().startswith(b"\x89PNG")


def test_systems_train_at_once_in_processes_of_their_own(music: Path) -> None:
    arguments = argparse.Namespace(
        music=str(music), minutes=0.001, seed=0, device="cpu", threads=1, clock="CPU", at_once=True
    )
    curves = train_at_once(arguments, ["plain, 0.01", EARLIER_NAME])
    assert list(curves) == ["plain, 0.01", EARLIER_NAME]
    assert all(curves.values())
    assert all(seconds > 0 and loss > 0 for curve in curves.values() for seconds, loss in curve)


def test_each_trains_on_its_own_clock_in_turn() -> None:
    clock, order = [0.0], []

    def race(name: str, seconds: float, updates: int = 1000) -> Race:
        def train() -> Iterator[None]:
            for _ in range(updates):
                order.append(name)
                clock[0] += seconds
                yield

        def validate() -> float:
            clock[0] += 100  # does not count
            return 10 - order.count(name)

        return Race(train(), validate, lambda: clock[0])

    races = {"slow": race("slow", 1.0), "fast": race("fast", 0.5), "ends": race("ends", 1.0, 2)}
    train_alternately(races, 4.0)
    assert order[:7] == ["slow", "fast", "ends", "slow", "fast", "ends", "fast"]
    assert races["slow"].curve == [(1, 8), (2, 7), (3, 6), (4, 5)]
    assert races["fast"].curve == [(at / 2, 9 - at) for at in range(1, 9)]
    assert races["ends"].curve == [(1, 8), (1, 8)]


def test_ratio_is_to_the_lowest_loss_of_the_other() -> None:
    ours, other = [(1.0, 9.0), (2.0, 7.0), (3.0, 8.0)], [(5.0, 9.0), (20.0, 7.5), (40.0, 7.6)]
    assert compare(ours, other, 5) == {"nats": 7.5, "seconds": 20, "our_seconds": 2, "ratio": 10, "bar": 5}
    assert compare(other, ours, 5)["our_seconds"] is compare(other, ours, 5)["ratio"] is None


def test_plain_network_is_evaluated_like_ours() -> None:
    (tune,) = make_scales(1, 20).tunes
    torch.manual_seed(0)
    network = PlainNetwork(6, 8)
    inputs, targets, *_ = Rolls([tune], torch.device("cpu")).batch([Crop(0, 1, 20)])
    own = network.loss(inputs, targets).sum().item()
    assert evaluate(network.as_stacked(), [tune]).nats == pytest.approx([own], rel=1e-5)


def test_plain_way_learns() -> None:
    tunes = make_scales(4, 30).tunes
    network = PlainNetwork(16, 8, learning_rate=0.01)
    before = evaluate(network.as_stacked(), tunes).per_step
    for _, _ in zip(range(60), network.updates(Rolls(tunes, torch.device("cpu")), TrainingConfig()), strict=False):
        pass
    assert evaluate(network.as_stacked(), tunes).per_step < 0.9 * before
