"""The trees of takes that are kept with the current run by themselves, to be shown again."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import ipywidgets as widgets

from lstmmusic.base.words import count_of
from lstmmusic.errors import CheckpointError
from lstmmusic.generation.sampler import Take
from lstmmusic.runs.branches import FOLDER, Tree, find_trees, keep_tree
from lstmmusic.runs.favourites import load_favourite
from lstmmusic.studio.context import Context, InTurn
from lstmmusic.studio.controls import text
from lstmmusic.studio.listening.favourites import default_name, origin_of
from lstmmusic.studio.listening.takes import Made
from lstmmusic.studio.listening.work import Branching
from lstmmusic.studio.looks import arrange, layout, show
from lstmmusic.views import Strip, StripsView

# Gets the takes of a tree, and the tree.
ShowTree = Callable[[tuple[Take, ...], Tree], None]


class Branches:
    """A list of the trees of the current run, beside the takes that were shown.

    Parameters
    ----------
    context : Context
    shown : Widget
        What it is beside.
    show : callable
        Called with a tree that is to be shown.
    """

    def __init__(self, context: Context, shown: StripsView, show: ShowTree) -> None:
        self._context, self._show = context, show
        self._run: Path | None = None  # whose trees are listed
        self._trees: tuple[Tree, ...] = ()
        self._listing: InTurn[tuple[Path, tuple[Tree, ...]]] = InTurn()
        self.strips = StripsView("Branches", lambda _, index: context.act(partial(self._recall, index)), actions=())
        self.words = text()
        self.words.value = "Kept branches:"
        arrange(self.words, padding="0 6px")
        for each, flex in ((shown, "1 1 0"), (self.words, "0 0 auto"), (self.strips, "0 1 auto")):
            arrange(each, flex=flex, min_width="0")
        arrange(self.strips, width="max-content", max_width="45%")
        self.box = widgets.HBox((shown, self.words, self.strips), layout=layout(align_items="center"))
        self._list(())

    def keep(self, made: Made) -> None:
        """Keep the tree of a take that has just been continued in several ways, with the run, in the background."""
        run, done = self._context.session.path, made.request.work[-1:]
        if run is None or made.request.varies or not (done and isinstance(done[0], Branching)):
            return
        roots = [place for place, depth in enumerate(made.depths) if depth == 0]
        start = max(place for place in roots if place <= done[0].index)
        stop = min((place for place in roots if place > start), default=len(made.takes))
        takes, depths = made.takes[start:stop], made.depths[start:stop]
        name, origin = default_name(made, takes[0]), origin_of(made, self._context.session.trainer)

        def keep() -> tuple[Path, tuple[Tree, ...]]:
            # A run that has just been renamed has no folder here, and none is to be made.
            return run, keep_tree(run / FOLDER, takes, depths, name, **origin) if run.is_dir() else ()

        self._listing.add(self._context.submit(keep))

    def refresh(self) -> None:
        """List the trees of the current run.

        Raises
        ------
        Exception
            Why a tree could not be kept.
        """
        run = self._context.session.path
        if run != self._run:
            self._run = run
            self._list(())
            if run:
                self._listing.add(self._context.submit(lambda: (run, find_trees(run / FOLDER))))
        for of, trees in self._listing.take():
            if of == run:
                self._list(trees)

    def _list(self, trees: tuple[Tree, ...]) -> None:
        self._trees = trees
        self.strips.show([_describe(tree) for tree in trees])
        for each in (self.words, self.strips):
            show(each, trees)

    def _recall(self, index: int) -> None:
        tree = self._trees[index]
        try:
            takes = tuple(load_favourite(each.path) for each in tree)
        except CheckpointError:
            self._run = None  # which lists them again, without what cannot be read
            raise
        self._show(takes, tree)


def _describe(tree: Tree) -> Strip:
    root, takes = tree[0], count_of(len(tree), "take")
    return Strip(root.tune, takes, root.primer_steps, f"Branches of {root.name}, {takes}, {root.origin}")
