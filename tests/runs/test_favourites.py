"""Favourites on disk: each take comes back as it was, and a file from somebody else does no harm."""

from __future__ import annotations

import json
import os
import struct
import zipfile
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import save_file

import lstmmusic as lm
from lstmmusic.base.progress import Progress, finish
from lstmmusic.runs.favourites import favourites_folder, key_of
from lstmmusic.runs.favourites_zip import zip_favourites
from lstmmusic.runs.moving import DELETED, KEPT
from lstmmusic.runs.take_files import HEADER, MAX_HEADER
from tests.conftest import make_scales, mode
from tests.runs.test_listing import make_run
from tests.runs.test_store import everything, files_of_at_most

GRID = lm.RollConfig(0.25, "beats", lowest=60, highest=67)
NETWORK = lm.StackedLSTM(lm.NetworkConfig(8, (3, 3, 3)))


def make_primer() -> lm.Tune:
    roll = make_scales(1, 8, GRID).tunes[0].roll
    velocities = np.where(np.diff(roll, axis=0, prepend=0) == 1, 90, 0)
    return lm.Tune(roll, "scale", GRID, roll & (velocities > 0), velocities, metre=lm.parse_metre("3/4"))


def make_take(seed: int = 3, steps: int = 12) -> lm.Take:
    return lm.generate(NETWORK, make_primer(), steps, seed=seed, temperature=1.5, quiet=True)


def assert_same(take: lm.Take, other: lm.Take) -> None:
    for each in fields(lm.Take):
        if each.name != "tune":
            np.testing.assert_array_equal(getattr(take, each.name), getattr(other, each.name), each.name)
    for name in ("roll", "onsets", "velocities"):
        np.testing.assert_array_equal(getattr(take.tune, name), getattr(other.tune, name), name)
    for name in ("name", "config", "metre", "damaged"):
        assert getattr(take.tune, name) == getattr(other.tune, name)


def read_file(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Read the header and the arrays of a favourite, unchecked."""
    with safe_open(path, "np") as opened:
        arrays = {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118 - no dict
        return json.loads(opened.metadata()[HEADER]), arrays


def write_file(path: Path, header: object, arrays: dict[str, Any]) -> None:
    save_file(arrays, path, metadata={HEADER: json.dumps(header)})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "favourites"


def test_take_comes_back_as_it_was_and_can_be_continued(folder: Path) -> None:
    take = make_take()
    edited = lm.continue_edited(NETWORK, take, replace_step(take.tune, 10), 11)
    assert edited.edited
    for each in (take, edited, replace(take, ended=True)):
        saved = lm.save_favourite(folder, each, "mine", update=976)
        loaded = lm.load_favourite(saved.path)
        assert_same(loaded, each)
    # What it was sampled with is there: the network goes on as from the take itself.
    one, other = (lm.branch(NETWORK, each, 12, branches=2) for each in (take, loaded))
    for branch, again in zip(one, other, strict=True):
        assert_same(branch, again)
    same = lm.continue_edited(NETWORK, loaded, loaded.tune, 9)
    np.testing.assert_array_equal(same.tune.roll, take.tune.roll)


def replace_step(tune: lm.Tune, step: int) -> lm.Tune:
    roll = tune.roll
    roll[step] = 1 - roll[step]
    return lm.Tune(roll, tune.name, tune.config, metre=tune.metre)


def test_take_without_onsets_velocities_metre_or_primer_comes_back(folder: Path) -> None:
    network = lm.StackedLSTM(lm.NetworkConfig(8, (3, 3, 3)).rolls_only())
    take = lm.generate(network, None, 5, config=replace(GRID, unit="seconds"), quiet=True)
    assert take.tune.onsets is None
    assert_same(lm.load_favourite(lm.save_favourite(folder, take, "plain").path), take)


def test_favourites_are_listed_with_what_is_known_of_them(folder: Path) -> None:
    take = make_take()
    saved = lm.save_favourite(folder, take, "BWV 6.6 · update 976", update=976, network="bundled: chorales")
    (found,), problems = lm.find_favourites(folder)
    assert problems == ()
    for name in ("path", "primer_steps", "temperature", "threshold", "seed", "update", "network", "saved", "key"):
        assert getattr(found, name) == getattr(saved, name)
    assert (found.name, found.update, found.seed) == ("BWV 6.6 · update 976", 976, 3)
    np.testing.assert_array_equal(found.tune.roll, take.tune.roll)
    assert found.key == key_of(take) == key_of(found)
    assert len({found.key, key_of(make_take(4)), key_of(replace(take, seed=9))}) == 3
    assert lm.find_favourites(folder / "none") == ((), ())


def test_names_are_made_safe_and_numbered(folder: Path) -> None:
    take = make_take()
    names = [lm.save_favourite(folder, take, name).path.name for name in ("../../up: a/b", "v. 1.2", "v. 1.2", "CON")]
    assert names == ["up- a-b.safetensors", "v. 1.2.safetensors", "v. 1.2-2.safetensors", "run CON.safetensors"]
    assert all(path.parent == folder for path in folder.rglob("*"))
    with pytest.raises(lm.ConfigError, match="is not a name"):
        lm.save_favourite(folder, take, "/")


def test_branches_follow_what_they_continue(folder: Path) -> None:
    root = make_take()
    first, second = lm.branch(NETWORK, root, 12, branches=2)
    (deeper,) = lm.branch(NETWORK, second, 14, branches=1)
    lm.save_favourite(folder, deeper, "deeper", parent=second)  # before those that lead to it
    assert depths(folder) == [("deeper", 0)]
    for name, take, parent in (("root", root, None), ("first", first, root), ("second", second, root)):
        lm.save_favourite(folder, take, name, parent=parent)
    lm.save_favourite(folder, make_take(9), "other")
    tree = [("other", 0), ("root", 0), ("first", 1), ("second", 1), ("deeper", 2)]
    assert depths(folder) == tree
    (favourite,) = (each for each in lm.find_favourites(folder)[0] if each.name == "second")
    lm.rename_favourite(favourite, "renamed")
    assert depths(folder) == [*tree[:3], ("renamed", 1), ("deeper", 2)]
    deleted = lm.delete_favourite(replace(favourite, path=favourite.path.with_stem("renamed")))
    assert depths(folder) == [("other", 0), ("root", 0), ("first", 1), ("deeper", 0)]
    lm.restore_favourite(deleted)
    assert depths(folder) == [*tree[:3], ("renamed", 1), ("deeper", 2)]


def depths(folder: Path) -> list[tuple[str, int]]:
    return [(each.name, each.depth) for each in lm.find_favourites(folder)[0]]


def test_favourites_that_claim_to_continue_each_other_are_listed_once(folder: Path) -> None:
    takes = [make_take(seed) for seed in range(5)]
    saved = [lm.save_favourite(folder, take, str(number)) for number, take in enumerate(takes)]
    for each, parent in zip(saved, [1, 0, 2, 1, 3], strict=True):
        header, arrays = read_file(each.path)
        write_file(each.path, header | {"parent": saved[parent].key}, arrays)
    found, problems = lm.find_favourites(folder)
    assert sorted(each.name for each in found) == list("01234")
    assert problems == ()


def test_taken_names_are_refused(folder: Path) -> None:
    one, other = (lm.save_favourite(folder, make_take(seed), f"take {seed}") for seed in (1, 2))
    before = everything(folder)
    with pytest.raises(lm.SaveError, match="there is already a favourite take 2; choose another name"):
        lm.rename_favourite(one, "take 2")
    with pytest.raises(lm.ConfigError, match="is not a name"):
        lm.rename_favourite(one, "..")
    assert everything(folder) == before
    assert lm.rename_favourite(other, "take 2").path == other.path
    assert lm.rename_favourite(other, " my: tune ").name == "my- tune"
    with pytest.raises(lm.SaveError, match=r"was moved or deleted; list the favourites again"):
        lm.rename_favourite(other, "gone")


def test_deleted_favourites_are_restored_as_they_were(folder: Path) -> None:
    saved = [lm.save_favourite(folder, make_take(seed), "take") for seed in (1, 2)]
    before = everything(folder)
    deleted = [lm.delete_favourite(each) for each in saved]
    assert lm.find_favourites(folder) == ((), ())
    assert [lm.restore_favourite(each).path for each in reversed(deleted)] == [saved[1].path, saved[0].path]
    assert everything(folder) == before
    assert list((folder / DELETED).iterdir()) == []
    again = lm.delete_favourite(saved[0])
    lm.save_favourite(folder, make_take(), "take")
    assert lm.restore_favourite(again).name == "take-3"


def test_oldest_deleted_favourites_are_deleted_for_good(folder: Path) -> None:
    take = make_take(steps=1)
    deleted = [lm.delete_favourite(lm.save_favourite(folder, take, "a")) for _ in range(KEPT + 1)]
    with pytest.raises(lm.SaveError, match=r"could not be restored.*was moved or deleted"):
        lm.restore_favourite(deleted[0])
    assert lm.restore_favourite(deleted[1]).name == "a"


def test_favourites_stay_with_a_run_that_is_renamed_copied_or_deleted(tmp_path: Path) -> None:
    make_run(tmp_path / "runs" / "first" / "run.safetensors")
    make_run(tmp_path / "runs" / "old.safetensors")
    run, single = (next(run for run in lm.find_runs(tmp_path)[0] if run.name == name) for name in ("first", "old"))
    place = favourites_folder(run.path, tmp_path)
    assert place == run.path / "favourites"
    for path in (single.path, None, run.path.with_name("gone")):
        assert favourites_folder(path, tmp_path) == tmp_path / "favourites"
    take = make_take()
    lm.save_favourite(place, take, "mine")
    renamed = lm.rename_run(run, "second")
    copy = lm.duplicate_run(renamed)
    restored = lm.restore_run(lm.delete_run(renamed))
    for each in (copy, restored):
        (found,), _ = lm.find_favourites(favourites_folder(each.path, tmp_path))
        assert_same(lm.load_favourite(found.path), take)
    assert lm.find_runs(tmp_path)[1] == ()


def test_zip_has_each_favourite_in_each_form(folder: Path, tmp_path: Path) -> None:
    for seed in (1, 2):
        lm.save_favourite(folder, make_take(seed), f"take {seed}")
    (folder / "take 2.safetensors").rename(folder / "up\\..\\take: 2.safetensors")
    found, problems = lm.find_favourites(folder)
    assert problems == ()
    forms = {
        ".mid": lambda take, path: lm.write_midi(take.ringing, path),
        ".txt": lambda take, path: path.write_text(str(take.seed)),
    }
    work = zip_favourites(found, tmp_path / "all.zip", forms)
    progress = [next(work) for _ in range(5)]
    assert progress == [Progress(done, 4) for done in range(5)]
    path = finish(work, "", quiet=True)
    with zipfile.ZipFile(path) as zipped:
        assert zipped.testzip() is None
        names = ["01 up-..-take- 2", "02 take 1"]
        assert zipped.namelist() == [name + suffix for name in names for suffix in forms]
        assert zipped.read("02 take 1.txt") == b"1"
        (tmp_path / "a.mid").write_bytes(zipped.read("02 take 1.mid"))
    assert len(lm.read_score(tmp_path / "a.mid").notes) == len(lm.find_notes(make_take(1).tune))


def test_cancelled_or_failed_zip_leaves_nothing(folder: Path, tmp_path: Path) -> None:
    lm.save_favourite(folder, make_take(), "mine")
    found, _ = lm.find_favourites(folder)
    target = tmp_path / "zips" / "all.zip"

    def refuse(_: lm.Take, path: Path) -> None:
        raise lm.PlaybackError("no sound")

    work = zip_favourites(found, target, {".mid": lambda take, path: lm.write_midi(take.tune, path), ".wav": refuse})
    next(work), next(work)
    assert list(target.parent.iterdir())
    work.close()
    assert list(target.parent.iterdir()) == []
    with pytest.raises(lm.PlaybackError, match="no sound"):
        finish(zip_favourites(found, target, {".wav": refuse}), "", quiet=True)
    found[0].path.unlink()
    with pytest.raises(lm.CheckpointError, match="was not found"):
        finish(zip_favourites(found, target, {".wav": refuse}), "", quiet=True)
    assert list(target.parent.iterdir()) == []


def test_full_disk_leaves_what_was_there(folder: Path) -> None:
    saved = lm.save_favourite(folder, make_take(), "mine")
    before = everything(folder)
    with files_of_at_most(500), pytest.raises(lm.SaveError, match=r"could not be saved.*too large"):
        lm.save_favourite(folder, make_take(), "mine")
    assert everything(folder) == before
    assert [path.name for path in folder.iterdir()] == [saved.path.name]


@pytest.mark.usefixtures("modes")
@pytest.mark.parametrize("bits", [0o500, 0o000])
def test_folder_without_permission_is_reported(folder: Path, bits: int) -> None:
    saved, take = lm.save_favourite(folder, make_take(), "mine"), make_take()
    before = everything(folder)
    changes = [
        lambda: lm.save_favourite(folder, take, "other"),
        lambda: lm.rename_favourite(saved, "other"),
        lambda: lm.delete_favourite(saved),
    ]
    with mode(folder, bits):
        for change in changes:
            with pytest.raises(lm.SaveError, match=r"choose a(nother)? folder"):
                change()
        found, problems = lm.find_favourites(folder)
        assert len(found) == (bits == 0o500)
        assert ["cannot be listed (Permission denied)" in problem for problem in problems] == [True] * (bits == 0)
    assert everything(folder) == before


def test_links_are_not_followed(folder: Path, tmp_path: Path) -> None:
    elsewhere = lm.save_favourite(tmp_path / "elsewhere", make_take(), "secret")
    folder.mkdir()
    (folder / "link.safetensors").symlink_to(elsewhere.path)
    found, (problem,) = lm.find_favourites(folder)
    assert found == ()
    assert problem == "link.safetensors leads elsewhere, and is not followed; put a copy of it here"
    shelf = tmp_path / "shelf"
    shelf.symlink_to(elsewhere.path.parent)
    before = everything(elsewhere.path.parent)
    assert "leads elsewhere" in lm.find_favourites(shelf)[1][0]
    inside = replace(elsewhere, path=shelf / elsewhere.path.name)
    for change in (
        lambda: lm.save_favourite(shelf, make_take(), "mine"),
        lambda: lm.rename_favourite(inside, "other"),
        lambda: lm.delete_favourite(inside),
    ):
        with pytest.raises(lm.SaveError, match="leads elsewhere, and is not followed"):
            change()
    assert everything(elsewhere.path.parent) == before


HEADERS: dict[str, Any] = {
    "format": 2,
    "grid": {"step": 1e9},
    "metre": [[0, 4, 3]],
    "primer_steps": -1,
    "temperature": float("nan"),
    "threshold": True,
    "seed": 2**63,
    "update": -1,
    "parent": "../../x",
    "saved": 1e999,
    "tune": None,
    "network": 3,
}
OF_FAVOURITE = ("update", "parent", "saved", "network")  # rather than of its take
ARRAYS: dict[str, Any] = {
    "roll": [np.zeros((20, 2), np.uint8), np.zeros((0, 1), np.uint8), np.zeros((20, 1), np.int64), np.zeros(20)],
    "onsets": [np.full((20, 1), 255, np.uint8), np.zeros((2, 1), np.uint8)],
    "velocities": [np.full(3, 60, np.uint8), np.zeros((2, 2), np.uint8)],
    "probabilities": [np.full((20, 8), np.nan, np.float32), np.zeros((19, 8), np.float32), np.zeros((20, 8))],
    "uniforms": [np.full((12, 8), 2, np.float32), np.zeros((20, 8), np.float32)],
    "edited": [np.array([99]), np.array([-1]), np.array([1.5]), np.zeros((2, 2), np.int64), np.zeros(50, np.int64) + 9],
}


@pytest.mark.parametrize(
    ("name", "value"),
    [*HEADERS.items(), *((name, value) for name, values in ARRAYS.items() for value in values)],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_values_of_a_hostile_file_are_refused(folder: Path, name: str, value: Any) -> None:
    good = lm.save_favourite(folder, make_take(), "good")
    header, arrays = read_file(good.path)
    bad = folder / "bad.safetensors"
    if name in HEADERS:
        write_file(bad, header | {name: value}, arrays)
    else:
        write_file(bad, header, arrays | {name: value})
    content = bad.read_bytes()
    if name not in OF_FAVOURITE:
        with pytest.raises(lm.CheckpointError, match=r"^bad.safetensors (is not a favourite|has format)"):
            lm.load_favourite(bad)
    found, problems = lm.find_favourites(folder)
    if name in (*HEADERS, "roll", "onsets", "velocities"):
        assert [each.name for each in found] == ["good"]
        assert len(problems) == 1
    assert bad.read_bytes() == content  # it stays as it is


def test_notes_that_no_tune_can_have_are_refused(folder: Path) -> None:
    saved = lm.save_favourite(folder, make_take(), "good")
    header, arrays = read_file(saved.path)
    notes, everywhere = {"roll": arrays["roll"]}, np.full_like(arrays["roll"], 255)
    outside = header | {"grid": header["grid"] | {"highest": 66}}
    write_file(folder / "outside.safetensors", outside, {"roll": everywhere})
    write_file(folder / "silent.safetensors", header, notes | {"onsets": everywhere})
    write_file(folder / "loud.safetensors", header, arrays | {"velocities": arrays["velocities"] + np.uint8(100)})
    save_file(arrays, folder / "large.safetensors", metadata={HEADER: json.dumps(header), "x": " " * MAX_HEADER})
    write_file(folder / "fine.safetensors", header, notes)
    found, problems = lm.find_favourites(folder)
    assert {each.name for each in found} == {"good", "fine"}
    reasons = ["size of its header", "velocities that MIDI", "outside its pitches", "begin where nothing sounds"]
    assert [reason in problem for reason, problem in zip(reasons, problems, strict=True)] == [True] * 4


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no take",
        struct.pack("<Q", 2**62) + b"{}",
        struct.pack("<Q", MAX_HEADER + 1) + b" " * 2_000_000,
        struct.pack("<Q", 2) + b"{}",
        b"\x80\x04\x8c\x05posix\x8c\x06system\x93\x8c\x04exit\x85R.",
    ],
)
def test_file_of_another_kind_is_skipped_with_its_reason(folder: Path, content: bytes) -> None:
    lm.save_favourite(folder, make_take(), "good")
    (folder / "bad.safetensors").write_bytes(content)
    found, (problem,) = lm.find_favourites(folder)
    assert [each.name for each in found] == ["good"]
    assert problem.startswith("bad.safetensors is not a favourite of this version of LSTMmusic, or is damaged (")


def test_nested_header_cut_file_run_and_fifo_are_skipped(folder: Path, tmp_path: Path) -> None:
    good = lm.save_favourite(folder, make_take(), "good")
    header, arrays = read_file(good.path)
    for name, nested in (("list", "[" * 100_000), ("number", "9" * 10_000), ("text", '"' * 3)):
        save_file(arrays, folder / f"{name}.safetensors", metadata={HEADER: nested})
    save_file(arrays, folder / "none.safetensors")
    write_file(folder / "array.safetensors", [header], arrays)
    (folder / "cut.safetensors").write_bytes(good.path.read_bytes()[:-9])
    make_run(folder / "run.safetensors", updates=1)
    os.mkfifo(folder / "pipe.safetensors")
    (folder / "folder.safetensors").mkdir()
    (folder / "notes.txt").write_text("mine")
    found, problems = lm.find_favourites(folder)
    assert [each.name for each in found] == ["good"]
    assert len(problems) == 9


def test_sparse_file_of_gigabytes_is_not_read(folder: Path) -> None:
    folder.mkdir()
    with (folder / "huge.safetensors").open("wb") as file:
        file.truncate(10**12)
    assert "the size of the file" in lm.find_favourites(folder)[1][0]


def test_take_that_is_too_long_or_wrong_is_refused_before_anything_is_written(folder: Path) -> None:
    take = make_take()
    with pytest.raises(lm.ConfigError, match="this take cannot be saved: its uniforms have"):
        lm.save_favourite(folder, replace(take, uniforms=take.uniforms[:-1]), "wrong")
    long = np.broadcast_to(np.float32(0), (400_000, 88))
    tune = lm.Tune.from_packed(np.zeros((400_000, 11), np.uint8), "long", lm.RollConfig())
    with pytest.raises(lm.SaveError, match="400,000 steps is too long to be kept"):
        lm.save_favourite(folder, replace(take, tune=tune, probabilities=long, uniforms=long), "long")
    assert not folder.exists()


def test_number_of_favourites_is_bounded(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lstmmusic.runs.favourites.MAX_FAVOURITES", 2)
    for name in "ab":
        lm.save_favourite(folder, make_take(), name)
    with pytest.raises(lm.SaveError, match="can have no more; delete some"):
        lm.save_favourite(folder, make_take(), "c")
    (folder / "c.safetensors").write_bytes((folder / "a.safetensors").read_bytes())
    found, (problem,) = lm.find_favourites(folder)
    assert len(found) == 2
    assert "too many to be listed, from c.safetensors on; move some away" in problem
    monkeypatch.setattr("lstmmusic.runs.favourites.MAX_LISTED", 50)  # bytes
    found, (problem,) = lm.find_favourites(folder)
    assert len(found) == 1
    assert "from b.safetensors on" in problem
