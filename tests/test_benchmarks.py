"""The benchmarks run on a small synthetic set; their figures are not tested."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks import music, speed, timing
from benchmarks.__main__ import main
from benchmarks.matfiles import SPLITS, load_mat
from lstmmusic.config import RollConfig
from lstmmusic.errors import CorpusError
from lstmmusic.music.loading import load_pieces

scipy_io = pytest.importorskip("scipy.io")


def write_set(path: Path, pitches: int = 88, **changes) -> Path:
    """Write a set of scales in the format of the published ones."""
    content = {}
    for split, tunes in zip(SPLITS, (6, 2, 2), strict=True):
        pieces = np.empty((1, tunes), dtype=object)
        for number in range(tunes):
            at = np.arange(20 + number)
            pieces[0, number] = np.zeros((len(at), pitches), np.uint8)
            pieces[0, number][at, (at + number) % 12 + 20] = 1
        content[split] = pieces
    scipy_io.savemat(path, {key: value for key, value in (content | changes).items() if value is not None})
    return path


def test_nll_ends_with_a_line_of_json(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    path = write_set(tmp_path / "scales.mat")
    settings = '{"hidden": [16, 16, 16], "relative_passages": 8, "learning_rates": [0.01, 0.01, 0.01, 0.01]}'
    command = ["nll", str(path), "--minutes", "0.02", "--seed", "3", "--threads", "1", "--set", settings]
    assert main(command) == 0
    result = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert result["data"] == "scales"
    assert (result["preset"], result["seed"]) == ("recommended", 3)
    assert result["valid_nats"] < result["markov_nats"] < result["marginal_nats"]
    assert result["test_nats"] == pytest.approx(result["valid_nats"], abs=1)
    assert 0 < result["test_accuracy"] < 1
    assert "validation" in caplog.text  # progress


def test_music_compares_and_plots_all_outputs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write_set(tmp_path / "scales.mat")
    command = ["music", str(path), "--minutes", "0.005", "--threads", "1"]
    assert main([*command, "--takes", "3", "--steps", "20", "--picture", str(tmp_path / "music.png")]) == 0
    lines = capsys.readouterr().out.splitlines()
    rows = {row["of"]: row for row in (json.loads(line, parse_constant=pytest.fail) for line in lines)}
    assert list(rows) == ["training", "test", "originals", "joint", "independent", "relative"]
    assert rows["training"]["polyphony"] == rows["training"]["note_length"] == 1
    assert rows["training"]["chord_size_total_variation"] == 0
    assert rows["test"]["copied"] > 0  # scales resemble each other
    assert rows["originals"]["tunes"] == 2
    assert rows["joint"]["tunes"] == 3
    assert (rows["training"]["ended"], rows["training"]["last_chord"]) == (1, 1)
    assert (rows["originals"]["ended"], rows["originals"]["last_chord"]) == (0, None)
    assert rows["training"]["restruck"] is rows["training"]["velocity_total_variation"] is None  # rolls alone
    assert rows["joint"]["chord_size_total_variation"] > 0
    assert (tmp_path / "music.png").read_bytes().startswith(b"\x89PNG")


def test_music_of_notes_is_compared_with_its_own_continuations() -> None:
    corpus = load_pieces(RollConfig(step=0.5, unit="beats"), quiet=True)
    figures = music.compare(music.originals(corpus.tunes, 4, 100), corpus.tunes, ())
    assert 0 < figures["restruck"] < 0.5
    assert 0 < figures["velocity_total_variation"] < 1
    assert figures["copied"] == 1
    assert music.compare(corpus.tunes, corpus.tunes, corpus.tunes)["velocity_total_variation"] == 0


def test_a_set_of_rolls_keeps_its_grid(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["music", str(write_set(tmp_path / "scales.mat")), "--beats", "0.25"]) == 1
    assert "leave out --beats" in capsys.readouterr().err


def test_chorales_are_split_in_three() -> None:
    pytest.importorskip("music21")
    training, validation, test = music.load("chorales")
    names = [{tune.name for tune in part.tunes} for part in (training, validation, test)]
    assert not names[0] & names[1] | names[0] & names[2] | names[1] & names[2]
    assert len(names[0]) > 7 * len(names[1]) > 0 < len(names[2])


def test_published_sets_load(shared: Path) -> None:
    for name, sizes in (("JSB_Chorales", [229, 76, 77]), ("Piano_midi", [87, 12, 25])):
        assert [len(part) for part in load_mat(shared / "benchmark" / f"{name}.mat")] == sizes


def test_files_that_are_not_sets_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    halves, empty = np.empty((1, 1), dtype=object), np.empty((1, 1), dtype=object)
    halves[0, 0], empty[0, 0] = np.full((5, 88), 0.5), np.zeros((0, 88))
    narrow = np.empty((1, 1), dtype=object)
    narrow[0, 0] = np.zeros((5, 12))
    for changes, complaint in (
        ({"validdata": None}, "lacks validdata"),
        ({"testdata": halves}, "zeros and ones"),
        ({"testdata": empty}, "testdata is empty"),
        ({"testdata": narrow}, r"tunes of \[12, 88\] pitches"),
    ):
        with pytest.raises(CorpusError, match=complaint):
            load_mat(write_set(tmp_path / "odd.mat", **changes))
    (tmp_path / "text.mat").write_text("text")
    for name, complaint in (("text", "cannot be read as a .mat file"), ("missing", "was not found")):
        with pytest.raises(CorpusError, match=complaint):
            load_mat(tmp_path / f"{name}.mat")
    assert load_mat(write_set(tmp_path / "narrow.mat", pitches=40))[0].config.pitches == 40
    assert main(["nll", "missing.mat"]) == 1
    assert "missing.mat was not found" in capsys.readouterr().err


def test_timing_alternates_and_ignores_the_first_time(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, order = [0.0], []

    def way(name: str, seconds: list[float]):
        remaining = iter(seconds)

        def work() -> None:
            order.append(name)
            clock[0] += next(remaining)

        return work

    monkeypatch.setattr(timing.time, "perf_counter", lambda: clock[0])
    ours, plain = way("ours", [100, 1, 5, 2]), way("plain", [100, 8, 4, 30])
    assert timing.alternate(ours, plain, 3) == (2, 8)
    assert order == ["ours", "plain"] * 4


def test_each_timed_implementation_runs() -> None:
    for make in (speed.our_update, speed.plain_update):
        make(4, 2, 5)()
    speed.our_update(4, 2, 5, cell="peephole")()
    speed.our_update(4, 2, 5, output="joint")()
    for output in ("independent", "joint", "relative"):
        assert speed.our_tune(output, 3)().generated.roll.shape == (3, 88)
    assert len(speed.our_takes(4, 3)()) == 4
    speed.plain_tune(3)()
    speed.plain_joint_tune(3)()
    assert speed.relative_product_rate((8, 2, 5), 64) > 0
    assert speed.process("pass")().returncode == 0
    assert 0 <= speed.search_for_copies()().share <= 1


def test_large_corpus_prints_memory_and_speed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["corpus", "--tunes", "20", "--steps", "30", "--times", "2"]) == 0
    made, memory, speed_in_file = map(json.loads, capsys.readouterr().out.splitlines())
    assert made["work"] == "making 20 tunes of 30 steps"
    assert memory["mebibytes"] < memory["bar"]
    assert speed_in_file["same_losses"]
