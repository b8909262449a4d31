from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from lstmmusic.config import RollConfig
from lstmmusic.errors import MidiError
from lstmmusic.music.chorales import chorale_paths, read_chorale
from lstmmusic.music.corpus import FINE, Source, load_folder, read_original
from lstmmusic.music.intake import read_files
from lstmmusic.music.roll import Tune, find_notes, write_midi


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
    np.testing.assert_array_equal(np.sort(find_notes(original)[:, 2]), np.sort(score.pitches))
    with pytest.raises(MidiError, match="is not a readable MIDI file"):
        read_original(path, Source("folder", str(path.parent)))


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
