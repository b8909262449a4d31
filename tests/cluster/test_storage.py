from __future__ import annotations

import os
import pickle
from pathlib import Path

import pytest

from lstmmusic.cluster.storage import Storage
from lstmmusic.errors import CheckpointError, SaveError
from lstmmusic.runs.checkpoint import load_network


class Bomb:
    def __reduce__(self):
        return os.abort, ()


@pytest.mark.parametrize("scheme", ["", "file://"])
def test_file_is_kept_replaced_and_fetched(scheme: str, tmp_path: Path) -> None:
    if scheme:
        pytest.importorskip("pyarrow", reason="Ray's storage is not installed")
    storage = Storage(f"{scheme}{tmp_path}/storage")
    here = tmp_path / "here" / "run.safetensors"
    assert not storage.fetch("a run, clip 1", here)
    assert not here.exists()
    for content in (b"one", b"another"):
        (tmp_path / "run.safetensors").write_bytes(content)
        storage.keep(tmp_path / "run.safetensors", "a run, clip 1")
        assert storage.fetch("a run, clip 1", here)
        assert here.read_bytes() == content
    assert [path.name for path in (tmp_path / "storage" / "a run, clip 1").iterdir()] == ["run.safetensors"]


def test_storage_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow", reason="Ray's storage is not installed")
    with pytest.raises(SaveError, match="nowhere://bucket is no storage"):
        Storage("nowhere://bucket")
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(SaveError, match="could not be saved"):
        Storage(str(tmp_path / "file")).keep(tmp_path / "file", "run")


def test_pickle_in_the_storage_is_never_loaded(tmp_path: Path) -> None:
    kept = tmp_path / "storage" / "run" / "run.safetensors"
    kept.parent.mkdir(parents=True)
    kept.write_bytes(pickle.dumps(Bomb()))
    assert Storage(str(tmp_path / "storage")).fetch("run", tmp_path / "run.safetensors")
    with pytest.raises(CheckpointError):
        load_network(tmp_path / "run.safetensors")
