"""Favourites: takes that are kept with a run, each in a file from which it can be shown, played and continued.

They lie in the folder `favourites` of a run, and so are renamed, copied and deleted with it; those of no run lie in
that of the studio. Each is a safetensors file, in which nothing can be executed, and whose name is that of the
favourite. A branch names the take that it continues by its notes, so that trees survive renaming.
"""

from __future__ import annotations

import hashlib
import os
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from lstmmusic.base.files import home_path, leads_elsewhere, safe_name, unused_path
from lstmmusic.base.words import count_of
from lstmmusic.errors import CheckpointError, SaveError, plain_text, reason_of
from lstmmusic.generation.sampler import Take
from lstmmusic.music.roll import Tune
from lstmmusic.runs.checkpoint import checking
from lstmmusic.runs.moving import Deleted, moving, set_aside
from lstmmusic.runs.take_files import (
    NOTES,
    NUMBERS,
    Arrays,
    Header,
    make_take,
    make_tune,
    read_parts,
    read_settings,
    write_take,
)
from lstmmusic.settings import check_number, checked

FOLDER = "favourites"
SUFFIX = ".safetensors"
MAX_FAVOURITES = 1000  # in a folder
MAX_FILES = 5000  # in a folder that are looked at, with those that are no favourites
MAX_LISTED = 100_000_000  # bytes of all their notes


@dataclass(frozen=True, eq=False)
class Favourite:
    """A take that is kept, without its probabilities and random numbers; see `load_favourite`.

    Parameters
    ----------
    path : Path
        Its file.
    tune : Tune
    primer_steps : int
        Number of steps at the start of the tune that are the primer.
    temperature, threshold, seed : float, float, int
    update : int or None
        The update of the weights that it is from; None for those of a bundled network.
    network : str
        What it is from instead, such as "bundled: chorales"; empty for the network of the run.
    saved : float
        When it was saved, in seconds since 1970.
    key : str
        Identifies the take; see `key_of`.
    parent : str
        The key of the take that it continues from its first generated step on; empty if it is no branch.
    depth : int
        How many favourites lead to it, from branch to branch.
    """

    path: Path
    tune: Tune
    primer_steps: int
    temperature: float
    threshold: float
    seed: int
    update: int | None
    network: str
    saved: float
    key: str
    parent: str
    depth: int = 0

    @property
    def name(self) -> str:
        """Its name, safe to show."""
        return plain_text(self.path.name.removesuffix(SUFFIX))

    @property
    def origin(self) -> str:
        """The weights that it is from, in words."""
        return self.network if self.update is None else f"update {self.update:,}"


def key_of(take: Take | Favourite) -> str:
    """Return what identifies a take: a digest of its notes, where its primer ends, and its seed."""
    tune, digest = take.tune, hashlib.sha256()
    digest.update(repr((tune.config, len(tune), take.primer_steps, take.seed)).encode())
    for part in (tune.packed, tune.packed_onsets, tune.packed_velocities):
        digest.update(b"-" if part is None else part.tobytes())
    return digest.hexdigest()


def favourites_folder(run: Path | None, studio: Path) -> Path:
    """Return where favourites lie: with a run, or with the studio where the run has no folder, or there is none."""
    # It may not be readable, where pathlib raises errors.
    return (run if run is not None and os.path.isdir(run) else studio) / FOLDER  # noqa: PTH112


@checked
def find_favourites(folder: str | Path) -> tuple[tuple[Favourite, ...], tuple[str, ...]]:
    """List the favourites in a folder, the newest first, each followed by its branches.

    Parameters
    ----------
    folder : str or Path
        For instance `<run>/favourites`; it need not be there.

    Returns
    -------
    favourites : tuple of Favourite
    problems : tuple of str
        Why files among them cannot be read; they stay as they are.
    """
    found: list[Favourite] = []
    problems: list[str] = []
    left = MAX_LISTED
    try:
        shelf = home_path(folder)
        if leads_elsewhere(shelf):
            return (), (plain_text(f"{shelf} leads elsewhere, and is not followed; put a folder there"),)
        paths = sorted(path for path in shelf.iterdir() if path.suffix == SUFFIX and not path.name.startswith("."))
    except FileNotFoundError:
        return (), ()
    except OSError as error:
        return (), (plain_text(f"{folder} cannot be listed ({reason_of(error)}); check the folder"),)
    for number, path in enumerate(paths):
        if number == MAX_FILES or len(found) == MAX_FAVOURITES or left < 0:
            problems.append(f"{shelf.name} has too many to be listed, from {plain_text(path.name)} on; move some away")
            break
        try:
            favourite = read_favourite(path)
        except CheckpointError as error:
            problems.append(str(error))
            continue
        left -= 3 * favourite.tune.packed.nbytes
        found.append(favourite)
    return _arrange(found), tuple(problems)


def count_favourites(folder: Path) -> int:
    """Count the favourites in a folder by their names, without reading them; 0 if it cannot be listed, or is a link."""
    try:
        if leads_elsewhere(folder):
            return 0
        return sum(path.suffix == SUFFIX and not path.name.startswith(".") for path in folder.iterdir())
    except OSError:
        return 0


@checked
def save_favourite(
    folder: str | Path,
    take: Take,
    name: str,
    *,
    update: int | None = None,
    network: str = "",
    parent: Take | None = None,
) -> Favourite:
    """Keep a take.

    Parameters
    ----------
    folder : str or Path
        It is created as needed.
    take : Take
    name : str
        Characters that no file system takes are replaced, and a number is added where the name is taken.
    update, network
        See `Favourite`.
    parent : Take, optional
        The take that it continues from its first generated step on; it may be a favourite too, now or later.

    Returns
    -------
    Favourite

    Raises
    ------
    ConfigError
        If the name has no usable characters, or the take is not as `Take` says.
    SaveError
        If it cannot be written, is too long, or there are too many; nothing else has changed then.
    """
    shelf, name = home_path(folder), safe_name(name)
    if update is not None:
        check_number("update", update, 0, 2**53, whole=True)
    with moving(f"{name} could not be saved", shelf.name):
        _refuse_elsewhere(shelf)
        files = sum(path.suffix == SUFFIX for path in shelf.iterdir()) if shelf.is_dir() else 0
        if files >= MAX_FAVOURITES and len(find_favourites(shelf)[0]) >= MAX_FAVOURITES:  # others do not count
            raise SaveError(f"{shelf} has {count_of(MAX_FAVOURITES, 'take')}, and can have no more; delete some")
        if files >= MAX_FILES:
            raise SaveError(f"{shelf} has {count_of(files, 'file')}, and its takes cannot be listed; move some away")
        path = unused_path(shelf / (name + SUFFIX))
    others = {"update": update, "network": network, "saved": time.time()}
    made = write_take(take, path, **others, parent="" if parent is None else key_of(parent))
    return _make_favourite(path, *made)


def read_favourite(path: str | Path) -> Favourite:
    """Read a favourite, without its probabilities and random numbers.

    Raises
    ------
    CheckpointError
        If it is not a favourite, is damaged, cannot be read, or is a link.
    """
    with checking(Path(path).name, "favourite"):
        return _make_favourite(home_path(path), *read_parts(path, NOTES))


@checked
def load_favourite(path: str | Path) -> Take:
    """Load the take of a favourite.

    Parameters
    ----------
    path : str or Path
        Its file; see `Favourite.path`.

    Returns
    -------
    Take
        As it was saved.

    Raises
    ------
    CheckpointError
        If it is not a favourite, is damaged, cannot be read, or is a link.
    """
    with checking(Path(path).name, "favourite"):
        return make_take(*read_parts(path, NOTES + NUMBERS))


@checked
def rename_favourite(favourite: Favourite, name: str) -> Favourite:
    """Give a favourite another name.

    Parameters
    ----------
    favourite : Favourite
    name : str
        Characters that no file system takes are replaced.

    Returns
    -------
    Favourite

    Raises
    ------
    ConfigError
        If the name has no usable characters.
    SaveError
        If the name is taken, or it cannot be renamed; it is unharmed then.
    """
    old, name = favourite.path, safe_name(name)
    path = old.with_name(name + SUFFIX)
    with moving(f"{favourite.name} could not be renamed to {name}", "favourites"):
        _refuse_elsewhere(old.parent)
        # A file system that ignores case finds the favourite itself under its new name.
        if os.path.lexists(path) and not path.samefile(old):
            raise SaveError(f"there is already a favourite {name}; choose another name")
        old.rename(path)
    return replace(favourite, path=path)


@checked
def delete_favourite(favourite: Favourite) -> Deleted:
    """Delete a favourite so that `restore_favourite` can restore it: it is moved into the folder `.deleted` beside it.

    The last 20 are kept there; older ones are deleted for good.

    Parameters
    ----------
    favourite : Favourite

    Returns
    -------
    Deleted

    Raises
    ------
    SaveError
        If it cannot be moved; it is unharmed then.
    """
    with moving(f"{favourite.name} could not be deleted", "favourites"):
        _refuse_elsewhere(favourite.path.parent)
        return set_aside(favourite.path)


@checked
def restore_favourite(deleted: Deleted) -> Favourite:
    """Move a deleted favourite back to where it was, with a number added where its name has been taken.

    Parameters
    ----------
    deleted : Deleted

    Returns
    -------
    Favourite

    Raises
    ------
    SaveError
        If it was deleted for good, or cannot be moved.
    """
    with moving(f"{deleted.path.name} could not be restored", "favourites"):
        _refuse_elsewhere(deleted.path.parent)
        path = unused_path(deleted.path)
        deleted.move_back(path)
    return read_favourite(path)


def _arrange(found: list[Favourite]) -> tuple[Favourite, ...]:
    """Sort favourites, the newest first, each followed by its branches, the oldest first."""
    parents = {each.key: each.parent for each in found}
    branches: dict[str, list[Favourite]] = {}
    for each in sorted(found, key=lambda each: each.saved, reverse=True):
        is_branch = each.parent in parents and not _leads_round(each.key, parents)
        branches.setdefault(each.parent if is_branch else "", []).append(each)
    arranged: list[Favourite] = []
    waiting = [(each, 0) for each in reversed(branches.pop("", []))]
    while waiting:
        favourite, depth = waiting.pop()
        arranged.append(replace(favourite, depth=depth))
        waiting += [(branch, depth + 1) for branch in branches.pop(favourite.key, [])]
    return tuple(arranged)


def _leads_round(key: str, parents: Mapping[str, str]) -> bool:
    """Return whether the way from branch to parent never ends, as only a made-up file can say."""
    seen = set[str]()
    while key in parents and key not in seen:
        seen.add(key)
        key = parents[key]
    return key in seen


def _make_favourite(path: Path, header: Header, arrays: Arrays) -> Favourite:
    tune = make_tune(header, arrays)
    update, parent, network = header["update"], header["parent"], header["network"]
    if update is not None:
        check_number("update", update, 0, 2**53, whole=True)
    check_number("saved", header["saved"], 0, 1e12)
    if parent and not re.fullmatch("[0-9a-f]{64}", parent):
        raise ValueError("it continues something that is no take")
    made = Favourite(
        path,
        tune,
        **read_settings(header, tune),
        update=update,
        network=plain_text(network),
        saved=header["saved"],
        key="",
        parent=parent,
    )
    return replace(made, key=key_of(made))


def _refuse_elsewhere(folder: Path) -> None:
    if leads_elsewhere(folder):
        raise SaveError(f"{folder} leads elsewhere, and is not followed; put a folder there")
