"""Trees of takes on disk: they come back as they were, grow, and are bounded."""

from __future__ import annotations

from pathlib import Path

import pytest

import lstmmusic as lm
from lstmmusic.runs import branches
from lstmmusic.runs.branches import find_trees, keep_tree
from lstmmusic.runs.favourites import key_of
from tests.runs.test_favourites import NETWORK, assert_same, make_take


def make_tree(seed: int, step: int = 12) -> tuple[list[lm.Take], list[int]]:
    root = make_take(seed)
    return [root, *lm.branch(NETWORK, root, step, branches=2, quiet=True)], [0, 1, 1]


def keep(folder: Path, takes: list[lm.Take], depths: list[int]) -> tuple[branches.Tree, ...]:
    return keep_tree(folder, takes, depths, "seed", update=7)


def test_tree_comes_back_and_grows(tmp_path: Path) -> None:
    assert find_trees(tmp_path / "branches") == ()
    takes, depths = make_tree(3)
    ((root, *_),) = keep(tmp_path, takes, depths)
    assert (root.name, root.origin) == ("seed", "update 7")
    grown = [*takes[:2], *lm.branch(NETWORK, takes[1], 16, branches=2, seed=50, quiet=True), takes[2]]
    keep(tmp_path, grown, [0, 1, 2, 2, 1])
    assert len(list(tmp_path.iterdir())) == 5  # nothing twice
    (tree,) = find_trees(tmp_path)
    assert [each.depth for each in tree] == [0, 1, 2, 2, 1]
    assert {each.key for each in tree} == {key_of(take) for take in grown}
    for each in tree:
        (take,) = [take for take in grown if key_of(take) == each.key]
        assert_same(lm.load_favourite(each.path), take)


def test_trees_that_grew_last_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trees = [make_tree(seed) for seed in range(4)]
    monkeypatch.setattr(branches, "MOST_TREES", 2)
    for takes, depths in trees[:2]:
        keep(tmp_path, takes, depths)
    takes, _ = trees[0]
    keep(tmp_path, [*takes, *lm.branch(NETWORK, takes[0], 18, branches=1, seed=9, quiet=True)], [0, 1, 1, 1])
    kept = keep(tmp_path, *trees[2])
    assert [tree[0].seed for tree in kept] == [2, 0]
    assert find_trees(tmp_path)[0][0].seed == 2
    assert len(list(tmp_path.iterdir())) == 7
    monkeypatch.setattr(branches, "MOST_TAKES", 4)
    assert [tree[0].seed for tree in keep(tmp_path, *trees[3])] == [3]
    monkeypatch.setattr(branches, "MOST_TAKES", 1)
    assert len(keep(tmp_path, *trees[3])) == 1  # the newest stays, however large it is


def test_files_of_others_do_not_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lstmmusic.runs.favourites.MAX_FAVOURITES", 4)
    for number in range(6):
        (tmp_path / f"a{number}.safetensors").write_bytes(b"no tensors")
    assert len(keep(tmp_path, *make_tree(3))) == 1
    with pytest.raises(lm.SaveError, match=f"{tmp_path.name} has 4 takes, and can have no more"):
        keep(tmp_path, *make_tree(4))
    monkeypatch.setattr("lstmmusic.runs.favourites.MAX_FILES", 9)
    monkeypatch.setattr("lstmmusic.runs.favourites.MAX_FAVOURITES", 5)
    with pytest.raises(lm.SaveError, match="10 files, and its takes cannot be listed; move some away"):
        keep(tmp_path, *make_tree(5))


def test_file_that_cannot_be_read_stays_and_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "damaged.safetensors").write_bytes(b"no tensors")
    assert len(keep(tmp_path, *make_tree(3))) == 1
    assert (tmp_path / "damaged.safetensors").exists()
