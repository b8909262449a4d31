"""Trees of takes that were continued in several ways: the last ones are kept with their run by themselves.

Each take of a tree is a file like that of a favourite, in the folder `branches` of the run, and names the take that it
continues. Versions that do not know the folder leave it alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from lstmmusic.generation.sampler import Take
from lstmmusic.runs.favourites import Favourite, find_favourites, key_of, save_favourite
from lstmmusic.runs.moving import moving

FOLDER = "branches"
MOST_TREES = 30
MOST_TAKES = 300  # of all trees: 50 MB for takes of 200 steps

Tree = tuple[Favourite, ...]  # a take, and then its branches, in the order of their list; `depth` is 0 for the first


def find_trees(folder: Path) -> tuple[Tree, ...]:
    """List the trees in a folder, the one that has grown last first; what cannot be read is left out."""
    trees: list[Tree] = []
    for each in find_favourites(folder)[0]:
        if each.depth:
            trees[-1] = (*trees[-1], each)
        else:
            trees.append((each,))
    return tuple(sorted(trees, key=_grown, reverse=True))


def keep_tree(
    folder: Path, takes: Sequence[Take], depths: Sequence[int], name: str, *, update: int | None, network: str = ""
) -> tuple[Tree, ...]:
    """Keep a take and its branches, and delete the oldest trees where there are too many.

    Parameters
    ----------
    folder : Path
        It is created as needed.
    takes, depths
        The take, and its branches, and theirs, each after what it continues; how many branches lead to each.
    name : str
        Of the take; its branches get numbers.
    update, network
        See `Favourite`.

    Returns
    -------
    tuple of Tree
        All trees; see `find_trees`.

    Raises
    ------
    SaveError
        If a take cannot be written; those before it are kept.
    """
    kept = {each.key for tree in find_trees(folder) for each in tree}
    path: list[Take] = []  # from the root to the take
    for take, depth in zip(takes, depths, strict=True):
        parent = path[depth - 1] if depth else None
        path = [*path[:depth], take]
        if key_of(take) not in kept:
            save_favourite(folder, take, name, update=update, network=network, parent=parent)
    trees = find_trees(folder)
    while len(trees) > 1 and (len(trees) > MOST_TREES or sum(map(len, trees)) > MOST_TAKES):
        with moving(f"the oldest branches in {folder} could not be deleted", "branches"):
            for each in reversed(trees[-1]):  # the branches first: what is left of a tree is one
                each.path.unlink()
        trees = trees[:-1]
    return trees


def _grown(tree: Tree) -> float:
    return max(each.saved for each in tree)
