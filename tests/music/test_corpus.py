from __future__ import annotations

import os
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lstmmusic.config import RollConfig
from lstmmusic.errors import ConfigError, CorpusError, MidiError
from lstmmusic.music import loading as module
from lstmmusic.music.chorales import chorale_paths, read_chorale
from lstmmusic.music.corpus import Corpus
from lstmmusic.music.intake import read_files
from lstmmusic.music.loading import FINE, load_chorales, load_folder, load_pieces, loading, read_original
from lstmmusic.music.note_table import count_lost_notes
from lstmmusic.music.playing import write_midi
from lstmmusic.music.roll import Tune, find_notes
from lstmmusic.music.source import Source
from tests.conftest import make_scales


def write_tune(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_midi(Tune(np.eye(88, dtype=int)), path)


def test_every_file_gets_a_verdict_and_the_good_ones_are_loaded(tmp_path: Path) -> None:
    write_tune(tmp_path / "good.mid")
    write_tune(tmp_path / "below" / "UPPER.MID")
    (tmp_path / "page.mid").write_text("<html>404</html>")
    (tmp_path / "empty.midi").touch()
    (tmp_path / "notes.txt").write_text("no music")
    corpus = load_folder(tmp_path, quiet=True)
    assert {verdict.path.name: verdict.used for verdict in corpus.verdicts} == {
        "good.mid": True,
        "UPPER.MID": True,
        "page.mid": False,
        "empty.midi": False,
        "notes.txt": False,
    }
    assert all(verdict.reason for verdict in corpus.verdicts)
    assert len(corpus) == 2
    assert corpus.steps == 176


@pytest.mark.parametrize(
    ("content", "complaint"),
    [(None, "not found"), ([], "no files"), (["a.txt"], "none is music"), (["a.mid"], "can be used")],
)
def test_folder_without_music_is_refused(tmp_path: Path, content: list[str] | None, complaint: str) -> None:
    folder = tmp_path / "music"
    if content is not None:
        folder.mkdir()
        for name in content:
            (folder / name).touch()
    with pytest.raises(CorpusError, match=complaint):
        load_folder(folder, quiet=True)


def test_file_instead_of_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.mid").touch()
    with pytest.raises(CorpusError, match="a file, not a folder"):
        load_folder(tmp_path / "a.mid", quiet=True)


@pytest.mark.parametrize("folder", ["~nobody of that name/music", "a\0b"])
def test_invalid_path_is_refused(folder: str) -> None:
    with pytest.raises(CorpusError, match=r"is not a valid path .*check it"):
        load_folder(folder, quiet=True)


@pytest.mark.parametrize("folder", ["", " "])
def test_empty_path_is_refused(folder: str) -> None:
    with pytest.raises(CorpusError, match="the path of a folder of music"):
        load_folder(folder, quiet=True)


def test_reference_files_of_all_kinds_get_a_verdict(shared: Path) -> None:
    corpus = load_folder(shared / "broken", quiet=True)
    files = [path for path in (shared / "broken").rglob("*") if path.is_file()]
    assert {verdict.path for verdict in corpus.verdicts} == set(files)
    assert all(verdict.reason for verdict in corpus.verdicts)


def test_chorales_load_fast_from_the_cache() -> None:
    first = load_chorales(quiet=True)
    began = sum(os.times()[:4])  # processor time, of the reading processes too
    again = load_chorales(quiet=True)
    assert sum(os.times()[:4]) - began < 0.5
    assert len(first) > 350
    assert first.fingerprint() == again.fingerprint()
    polyphony = np.concatenate([tune.roll for tune in first.tunes]).sum(1)
    assert 3.5 < polyphony[polyphony > 0].mean() < 4.5


def test_loading_yields_progress(capsys: pytest.CaptureFixture[str]) -> None:
    yielded = list(loading(Source("pieces"), RollConfig()))
    assert [(progress.done, progress.total) for progress in yielded] == [(n, 10) for n in range(1, 11)]
    load_pieces(quiet=True)
    assert capsys.readouterr().err == ""


def test_split_is_by_tune_seeded_and_complete() -> None:
    corpus = make_scales(20, 5)
    training, validation = corpus.split(0.25, seed=1)
    assert (len(training), len(validation)) == (15, 5)
    assert {tune.name for tune in training.tunes + validation.tunes} == {tune.name for tune in corpus.tunes}
    again, _ = corpus.split(0.25, seed=1)
    other, _ = corpus.split(0.25, seed=2)
    assert again.fingerprint() == training.fingerprint() != other.fingerprint()
    assert [len(part) for part in make_scales(2, 5).split(0.9)] == [1, 1]
    with pytest.raises(CorpusError, match="two or more"):
        make_scales(1, 5).split()
    with pytest.raises(ConfigError, match="validation"):
        corpus.split(0)


def test_source_describes_one_split_only() -> None:
    corpus = replace(make_scales(8, 5), source=Source("folder", "midi"))
    training, validation = corpus.split(0.25, seed=1)
    assert training.source == validation.source == Source("folder", "midi", held_out=0.25, seed=1)
    assert [part.source for part in training.split(0.5, seed=2)] == [None, None]


def test_fingerprint_equals_that_in_saved_runs() -> None:
    assert make_scales(3, 5).fingerprint() == "079623fc40832509"
    assert make_scales(3, 5, RollConfig(lowest=60, highest=70)).fingerprint() == "8b81406cd1616705"
    grids = [RollConfig(step, "beats", 60, 67) for step in (1, 1.0)]
    assert len({make_scales(3, 5, grid).fingerprint() for grid in grids}) == 1


def test_tunes_on_different_grids_are_refused() -> None:
    with pytest.raises(CorpusError, match="another grid"):
        Corpus("mixed", RollConfig(), make_scales(1, 5).tunes)


def test_used_verdicts_are_in_the_order_of_the_tunes(tmp_path: Path) -> None:
    for name in ("b", "a", "d", "below/c"):
        write_tune(tmp_path / f"{name}.mid")
    (tmp_path / "aa.mid").write_text("<html>404</html>")
    (tmp_path / "c.txt").touch()
    corpus = load_folder(tmp_path, quiet=True)
    assert [path.stem for path in corpus.paths] == [tune.name for tune in corpus.tunes] == ["a", "b", "c", "d"]
    assert corpus.split(0.5)[0].paths == ()
    pieces = load_pieces(quiet=True)
    assert [path.stem for path in pieces.paths] == [tune.name for tune in pieces.tunes]


def test_verdict_of_a_used_file_counts_lost_notes(tmp_path: Path) -> None:
    write_tune(tmp_path / "good.mid")  # a note of each key, a step each
    reasons = [
        load_folder(tmp_path, config, quiet=True).verdicts[0].reason
        for config in (RollConfig(), RollConfig(lowest=24), RollConfig(step=30, highest=107))
    ]
    assert reasons == [
        "88 steps, 88 notes",
        "88 steps, 88 notes; 3 outside the pitches",
        "2 steps, 88 notes; 1 outside the pitches",
    ]


def test_verdicts_and_note_table_count_the_same_losses() -> None:
    for config in (RollConfig(), RollConfig(step=2.0, unit="beats", lowest=40)):
        corpus = load_pieces(config, quiet=True)
        lost = count_lost_notes(corpus.notes, config)
        reasons = " ".join(verdict.reason for verdict in corpus.verdicts).replace(",", "")
        assert lost.notes == sum(map(int, re.findall(r"(\d+) notes", reasons)))
        assert lost.outside == sum(map(int, re.findall(r"(\d+) outside", reasons)))
        assert lost.merged == sum(map(int, re.findall(r"(\d+) merged", reasons))) > 0
        assert len(corpus.notes.lengths) == len(corpus)


def test_note_table_has_the_first_tunes_and_the_number_of_other_notes(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = load_pieces(quiet=True)
    first, second, third = whole.notes.lengths[:3]
    monkeypatch.setattr(module, "MAX_NOTES", first + second + third - 1)
    corpus = load_pieces(quiet=True)
    assert corpus.notes.lengths == (first, second)
    assert corpus.notes.left_out == len(whole.notes) - first - second
    assert corpus.fingerprint() == whole.fingerprint()
    monkeypatch.setattr(module, "MAX_NOTES", 1)
    assert load_pieces(quiet=True).notes is None


def test_parts_have_no_note_table() -> None:
    assert [part.notes for part in load_pieces(quiet=True).split(0.2)] == [None, None]


def test_original_keeps_what_a_coarse_grid_loses(tmp_path: Path) -> None:
    grid = RollConfig(step=0.25, unit="beats", lowest=0, highest=127)
    roll = np.zeros((8, 128), int)
    roll[[0, 2, 3, 7], [0, 127, 60, 60]] = 1
    write_midi(Tune(roll, "written", grid), tmp_path / "written.mid", tempo=150)
    corpus = load_folder(tmp_path, RollConfig(step=1.0, unit="beats", lowest=60, highest=60), quiet=True)
    original = read_original(corpus.paths[0], corpus.source)
    assert (original.name, original.config) == ("written", FINE)
    # A sixteenth note lasts 0.1 s at this tempo.
    assert find_notes(original).tolist() == [[0, 5, 0], [10, 15, 127], [15, 20, 60], [35, 40, 60]]
    quantised = read_original(corpus.paths[0], corpus.source, corpus.config)
    assert quantised.config == corpus.config
    assert quantised.packed.tobytes() == corpus.tunes[0].packed.tobytes()


def test_chorale_is_read_as_musicxml() -> None:
    path = chorale_paths()[0]
    original = read_original(path, Source("chorales"))
    (score,) = read_files([path], read_chorale)
    assert original.name == "BWV 1.6"
    np.testing.assert_array_equal(np.unique(find_notes(original)[:, 2]), np.unique(score.pitches))
    assert read_original(path, Source("folder", str(path.parent))).name == path.stem


def test_original_comes_from_the_cache(tmp_path: Path) -> None:
    path = tmp_path / "scale.mid"
    write_midi(Tune(np.eye(88, dtype=int)), path)
    original, status = read_original(path), path.stat()
    path.write_bytes(bytes(status.st_size))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert read_original(path).packed.tobytes() == original.packed.tobytes()


def test_missing_original_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(MidiError, match="not found"):
        read_original(tmp_path / "gone.mid", Source("folder", str(tmp_path)))
