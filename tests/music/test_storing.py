from __future__ import annotations

import json
import os
import pickle
import struct
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import lstmmusic as lm
from lstmmusic.music import gathering, loading
from lstmmusic.music.metre import Metre
from lstmmusic.music.store import HEAD
from lstmmusic.music.stored import StoredTunes
from lstmmusic.music.tunes import tally_of
from tests.conftest import SMALL, make_scales

BEATS = lm.RollConfig(step=0.5, unit="beats", lowest=60, highest=68)


def same_tunes(one: lm.Corpus, other: lm.Corpus) -> bool:
    return [describe(tune) for tune in one.tunes] == [describe(tune) for tune in other.tunes]


def describe(tune: lm.Tune) -> tuple[object, ...]:
    arrays = tune.packed, tune.packed_onsets, tune.packed_velocities
    return (*(None if array is None else array.tolist() for array in arrays), tune.name, tune.metre, tune.damaged)


def make_odd() -> lm.Corpus:
    """Make tunes that have everything, and nothing, on nine pitches."""
    random = np.random.default_rng(0)
    roll = (random.random((30, 9)) < 0.3).astype(np.uint8)
    roll[0, 3] = 1
    onsets = roll & (random.random(roll.shape) < 0.5)
    onsets[0] = roll[0]
    begins = onsets.copy()
    begins[1:] |= roll[1:] & ~roll[:-1] & 1
    loudness = begins * random.integers(1, 128, roll.shape, np.uint8)
    metre = (Metre(-0.5, 3, 4), Metre(12.0, 4, 4))
    tunes = (
        lm.Tune(roll, "all", BEATS, onsets, loudness, damaged=True, metre=metre),
        lm.Tune(roll, "no \udcff onsets", BEATS, velocities=None),
        lm.Tune(np.zeros((5, 9)), "silence", BEATS, np.zeros((5, 9)), np.zeros((5, 9))),
        lm.Tune(roll[:1], "one step", BEATS),
    )
    return lm.Corpus("odd", BEATS, tunes)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of tunes, a transposed copy, and files that cannot be used."""
    music = tmp_path / "music"
    for number, tune in enumerate(make_scales(8, 40).tunes):
        lm.write_midi(tune, music / f"{number % 2}" / f"scale {number}.mid")
    up = np.roll(make_scales(8, 40).tunes[0].roll, 1, axis=1)
    lm.write_midi(lm.Tune(up, config=SMALL), music / "up.mid")
    (music / "broken.mid").write_bytes(b"MThd")
    (music / "words.txt").write_text("no music")
    return music


def test_stored_tunes_are_those_that_were_stored(tmp_path: Path) -> None:
    odd = make_odd()
    stored = lm.store_corpus(odd, tmp_path / "a" / "odd.corpus", quiet=True)
    assert isinstance(stored.tunes, StoredTunes)
    assert [tune.name for tune in stored.tunes] == ["all", "no \ufffd onsets", "silence", "one step"]
    assert [tune.name for tune in stored.tunes[3:0:-2]] == ["one step", "no \ufffd onsets"]
    assert [tune.name for tune in stored.tunes[::2]] == ["all", "silence"]
    names = [tune.name.replace("\udcff", "\ufffd") for tune in odd.tunes]
    tunes = [lm.Tune.from_packed(**{**vars(tune), "name": name}) for tune, name in zip(odd.tunes, names, strict=True)]
    assert same_tunes(stored, replace(odd, tunes=tunes))
    assert (len(stored), stored.steps, stored.metre, stored.fingerprint()) == (4, 66, odd.metre, odd.fingerprint())
    assert lm.survey(stored) == lm.survey(odd)
    one, other = tally_of(stored.tunes), tally_of(odd.tunes)
    assert all(np.array_equal(a, vars(other)[name]) for name, a in vars(one).items())


def test_stored_folder_is_like_the_one_in_memory(folder: Path) -> None:
    memory = lm.load_folder(folder, SMALL, stored=False, quiet=True)
    stored = lm.load_folder(folder, SMALL, stored=True, quiet=True)
    assert (memory.is_stored, stored.is_stored) == (False, True)
    assert list(stored.verdicts) == list(memory.verdicts)
    assert same_tunes(stored, memory)
    assert (stored.name, stored.source, stored.paths) == (memory.name, memory.source, memory.paths)
    assert lm.list_parts(stored) == lm.list_parts(memory)
    assert lm.describe_loaded(stored) == lm.describe_loaded(memory)
    assert stored.notes is not None
    assert memory.notes is not None
    assert lm.count_lost_notes(stored.notes, SMALL) == lm.count_lost_notes(memory.notes, SMALL)
    for share in (0.1, 0.5):
        for one, other in zip(stored.split(share, 3), memory.split(share, 3), strict=True):
            assert same_tunes(one, other)
            assert one.fingerprint() == other.fingerprint()
            assert one.source == other.source


def test_files_are_left_out_of_a_stored_corpus(folder: Path) -> None:
    memory = lm.load_folder(folder, SMALL, left_out=["up.mid"], quiet=True)
    stored = lm.load_folder(folder, SMALL, left_out=["up.mid"], stored=True, quiet=True)
    assert stored.left_out == memory.left_out == {"up.mid"}
    assert same_tunes(stored, memory)
    assert list(stored.verdicts) == list(memory.verdicts)
    fewer = stored.choose({"0/scale 0.mid", "1/scale 3.mid"})
    assert same_tunes(fewer, memory.choose({"0/scale 0.mid", "1/scale 3.mid"}))
    assert fewer.source is not None
    assert fewer.source.left_out == ("0/scale 0.mid", "1/scale 3.mid")
    with pytest.raises(lm.CorpusError, match="has no file 'no such'"):
        stored.choose({"no such"})
    again = lm.store_corpus(fewer, folder / "fewer.corpus", quiet=True)
    assert same_tunes(again, fewer)
    assert again.left_out == fewer.left_out
    assert again.source == lm.Source("stored", str(folder / "fewer.corpus"), left_out=tuple(fewer.left_out))


def test_folder_past_a_size_is_stored_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "STORED_BYTES", 300)
    stored = lm.load_folder(folder, SMALL, quiet=True)
    assert stored.is_stored
    assert len(stored) == 9
    assert same_tunes(stored, lm.load_folder(folder, SMALL, stored=False, quiet=True))
    monkeypatch.setattr(loading, "read_files", None)  # nothing is read again
    assert same_tunes(lm.load_folder(folder, SMALL, quiet=True), stored)
    monkeypatch.undo()
    monkeypatch.setattr(loading, "STORED_BYTES", 300)
    lm.write_midi(make_scales(1, 60).tunes[0], folder / "new.mid")  # which makes it another corpus
    assert len(lm.load_folder(folder, SMALL, quiet=True)) == 10
    assert not lm.load_folder(folder, SMALL, stored=False, quiet=True).is_stored


def test_cache_that_cannot_be_written_keeps_music_in_memory(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be")
    monkeypatch.setenv("LSTMMUSIC_CACHE", str(tmp_path / "cache"))
    corpus = lm.load_folder(folder, SMALL, stored=True, quiet=True)
    assert (len(corpus), corpus.is_stored) == (9, False)
    assert "is kept in memory" in caplog.text


def test_oldest_corpora_leave_the_cache(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LSTMMUSIC_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(gathering, "MAX_BYTES", 1)
    for step in (0.3, 0.2):
        lm.load_folder(folder, replace(SMALL, step=step), stored=True, quiet=True)
    (left,) = (tmp_path / "cache" / "corpora").iterdir()
    assert lm.open_corpus(left).config.step == 0.2


def test_stored_corpus_is_opened_by_another_process(folder: Path) -> None:
    stored = lm.load_folder(folder, SMALL, stored=True, quiet=True)
    training, held_out = stored.split(0.3)
    for corpus in (stored, training, held_out):
        assert same_tunes(pickle.loads(pickle.dumps(corpus)), corpus)
    assert list(pickle.loads(pickle.dumps(stored)).verdicts) == list(stored.verdicts)


def test_tune_is_the_same_one_while_it_is_kept(tmp_path: Path) -> None:
    stored = lm.store_corpus(make_scales(9, 20), tmp_path / "scales.corpus", quiet=True)
    training, _ = stored.split(0.3)
    tune = training.tunes[2]
    assert any(other is tune for other in stored.tunes)


def test_sample_is_in_memory_and_says_so(folder: Path) -> None:
    stored = lm.load_folder(folder, SMALL, stored=True, quiet=True)
    whole, sample = stored.sample(10**9), stored.sample(stored.steps // 3, seed=1)
    assert (whole.is_stored, whole.name) == (False, stored.name)
    assert same_tunes(whole, stored)
    assert whole.paths == stored.paths
    assert 0 < len(sample) < 9
    assert sample.steps <= stored.steps // 3
    assert sample.name == f"a sample of {len(sample)} tunes of the 9 of {stored.name}"
    assert len(sample.paths) == len(sample)
    assert same_tunes(sample, stored.sample(stored.steps // 3, seed=1))
    assert len(stored.sample(1)) == 1
    memory = make_scales(3, 10)
    assert memory.sample(memory.steps) is memory


def test_unfinished_file_is_never_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "scales.corpus"
    lm.store_corpus(make_scales(2, 20), path, quiet=True)
    before = path.read_bytes()
    mixed = replace(make_scales(3, 20), verdicts=())
    vars(mixed)["tunes"] = (*mixed.tunes, make_odd().tunes[0])  # which cannot be written
    with pytest.raises(lm.CorpusError, match="another grid"):
        lm.store_corpus(mixed, path, quiet=True)
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["scales.corpus"]


def damage_of(change: Callable[[bytearray], object]) -> Callable[[bytes], bytes]:
    def damaged(content: bytes) -> bytes:
        changed = bytearray(content)
        change(changed)
        return bytes(changed)

    return damaged


def with_about(**changes: object) -> Callable[[bytes], bytes]:
    """Return what changes the JSON of an index, and makes its checksum right again."""

    def changed(content: bytes) -> bytes:
        magic, number, _, at, _ = HEAD.unpack_from(content)
        length = int.from_bytes(content[at : at + 8], "little")
        about = json.loads(content[at + 8 : at + 8 + length])
        for name, value in changes.items():
            about[name] = about[name] | value if isinstance(value, dict) else value
        text = json.dumps(about).encode()
        index = len(text).to_bytes(8, "little") + text + content[at + 8 + length :]
        return HEAD.pack(magic, number, zlib.crc32(index), at, len(index)) + content[HEAD.size : at] + index

    return changed


def with_columns(at: int, value: bytes) -> Callable[[bytes], bytes]:
    """Return what changes bytes of the columns of an index, and makes its checksum right again."""

    def changed(content: bytes) -> bytes:
        magic, number, _, begin, size = HEAD.unpack_from(content)
        index = bytearray(content[begin:])
        place = 8 + int.from_bytes(index[:8], "little") + at
        index[place : place + len(value)] = value
        return HEAD.pack(magic, number, zlib.crc32(index), begin, size) + content[HEAD.size : begin] + bytes(index)

    return changed


HOSTILE = {
    "empty": lambda content: b"",
    "too short": lambda content: content[:20],
    "cut": lambda content: content[:-1],
    "half": lambda content: content[: len(content) // 2],
    "longer": lambda content: content + b"\0",
    "never ended": damage_of(lambda content: content.__setitem__(slice(0, HEAD.size), bytes(HEAD.size))),
    "another kind": damage_of(lambda content: content.__setitem__(0, 0)),
    "another format": damage_of(lambda content: content.__setitem__(8, 99)),
    "a wrong bit of the index": damage_of(lambda content: content.__setitem__(-5, content[-5] ^ 1)),
    "an index of 16 EB": damage_of(lambda content: content.__setitem__(slice(24, 32), b"\xff" * 8)),
    "an index before the file": damage_of(lambda content: struct.pack_into("<QQ", content, 16, 2**64 - 8, 8)),
    "no JSON": lambda content: HEAD.pack(b"LMcorpus", 1, zlib.crc32(bytes(16)), HEAD.size, 16) + bytes(16),
    "many tunes": with_about(counts={"tunes": 10**15}),
    "fewer tunes": with_about(counts={"tunes": -1}),
    "tunes in words": with_about(counts={"tunes": "3"}),
    "half a tune": with_about(counts={"tunes": 2.5}),
    "another grid": with_about(grid={"highest": 127}),
    "no grid": with_about(grid={"step": "x"}),
    "no metre": with_about(metres=[]),
    "wrong metre": with_about(metres=[[[0, 0, 4]]]),
    "nested": with_about(metres=[[[[[[[]]]]]]]),
    "long tune": with_columns(0, struct.pack("<I", 2**32 - 1)),
    "empty tune": with_columns(0, struct.pack("<I", 0)),
    "many notes": with_columns(12, struct.pack("<I", 2**32 - 1)),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_and_unfinished_corpora_are_refused(name: str, tmp_path: Path) -> None:
    path = tmp_path / "scales.corpus"
    lm.store_corpus(make_scales(3, 20), path, quiet=True)
    changed = HOSTILE[name](path.read_bytes())
    assert changed != path.read_bytes()
    path.write_bytes(changed)
    with pytest.raises(lm.CorpusError, match=r"scales\.corpus is not a stored corpus, or is damaged"):
        lm.open_corpus(path)


def test_wrong_bits_of_a_tune_are_noticed_when_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "scales.corpus"
    lm.store_corpus(make_scales(3, 20), path, quiet=True)
    content = bytearray(path.read_bytes())
    corpus = lm.open_corpus(path)
    assert isinstance(corpus.tunes, StoredTunes)
    content[corpus.tunes.store.ends[0] + 5] ^= 1  # of the second tune
    path.write_bytes(content)
    assert (len(corpus.tunes[0]), len(corpus.tunes[2])) == (20, 22)
    with pytest.raises(lm.CorpusError, match="is damaged; store the music again"):
        _ = corpus.tunes[1]


@pytest.mark.parametrize("bits", [b"\x81\x80\x50", b"\x80\xc0\x50", b"\xc0\x80\x50", b"\x80\x80\x00", b"\x80\x80\x80"])
def test_tune_that_is_none_is_refused_in_spite_of_its_checksum(bits: bytes, tmp_path: Path) -> None:
    roll = [[1, 0, 0, 0, 0, 0, 0]]
    path, grid = tmp_path / "foreign.corpus", lm.RollConfig(lowest=60, highest=66)
    tune = lm.Tune(roll, "foreign", grid, roll, np.multiply(roll, 80))
    lm.store_corpus(lm.Corpus("foreign", grid, (tune,)), path, quiet=True)
    content = path.read_bytes()
    assert content[HEAD.size : HEAD.size + 3] == b"\x80\x80\x50"  # roll, onsets, velocity
    content = content[: HEAD.size] + bits + content[HEAD.size + 3 :]
    path.write_bytes(with_columns(9, struct.pack("<I", zlib.crc32(bits)))(content))
    with pytest.raises(lm.CorpusError, match=r"'foreign' in foreign\.corpus is damaged"):
        _ = lm.open_corpus(path).tunes[0]


def test_file_that_becomes_shorter_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "scales.corpus"
    corpus = lm.store_corpus(make_scales(3, 20), path, quiet=True)
    os.truncate(path, 60)
    with pytest.raises(lm.CorpusError, match="has become shorter"):
        list(corpus.tunes)


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege on Windows, which has no such pipes")
def test_links_pipes_and_folders_are_no_corpora(tmp_path: Path) -> None:
    path = tmp_path / "scales.corpus"
    lm.store_corpus(make_scales(3, 20), path, quiet=True)
    link, pipe = tmp_path / "link.corpus", tmp_path / "pipe.corpus"
    link.symlink_to(path)
    os.mkfifo(pipe)
    with pytest.raises(lm.CorpusError, match="it is a link"):
        lm.open_corpus(link)
    for other in (pipe, tmp_path, tmp_path / "nothing"):
        with pytest.raises(lm.CorpusError, match="cannot be opened"):
            lm.open_corpus(other)
    lm.store_corpus(make_scales(2, 20), link, quiet=True)
    assert (len(lm.open_corpus(link)), len(lm.open_corpus(path))) == (2, 3)  # the link is replaced, and not followed


def test_damaged_corpus_in_the_cache_is_made_again(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LSTMMUSIC_CACHE", str(tmp_path / "cache"))
    lm.load_folder(folder, SMALL, stored=True, quiet=True)
    (place,) = (tmp_path / "cache" / "corpora").iterdir()
    place.write_bytes(place.read_bytes()[:-1])
    assert len(lm.load_folder(folder, SMALL, stored=True, quiet=True)) == 9
