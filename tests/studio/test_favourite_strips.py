"""Favourites in the studio: they are kept with the run, and an error loses nothing."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lstmmusic.config import NetworkConfig
from lstmmusic.errors import LSTMMusicError
from lstmmusic.generation.editing import branch
from lstmmusic.generation.sampler import Sampler, Take
from lstmmusic.music.roll import Tune
from lstmmusic.network.model import StackedLSTM
from lstmmusic.runs.favourites import Favourite, find_favourites, load_favourite
from lstmmusic.sound.player import NullPlayer
from lstmmusic.studio.context import Context, Task
from lstmmusic.studio.exports import Exports
from lstmmusic.studio.listening.favourites import Favourites
from lstmmusic.studio.listening.takes import Made, Request
from lstmmusic.studio.session import Session
from lstmmusic.studio.sound import Sound
from lstmmusic.training.weights import WeightSnapshot
from tests.conftest import SMALL, make_scales, mode, until
from tests.runs.test_store import everything, files_of_at_most
from tests.wires import receive

pytestmark = pytest.mark.usefixtures("closed_views")

NETWORK = StackedLSTM(NetworkConfig(8, (3, 3, 3)))


def make_takes(
    primer: Tune | None,
    takes: tuple[Take, ...] | None = None,
    update: int | None = None,
    depths: tuple[int, ...] = (),
) -> Made:
    """Make takes of a small network, as the bundled one or after an update of a run."""
    sampler = Sampler(NETWORK, primer, SMALL)
    takes = takes or sampler.takes(8, takes=3, seed=5, quiet=True)
    request = Request(None, "chorales", True, None, None, (0, 0), SMALL, (), 8, len(takes), {})
    weights = None if update is None else WeightSnapshot(update, NETWORK.config, NETWORK.state_dict())
    depths = depths or (0,) * len(takes)
    return Made(request, takes, depths, (None,) * len(takes), sampler, NETWORK, weights, None, None)


class Place:
    """The favourites, with what surrounds them in the studio, and what was shown, played and said."""

    def __init__(self, folder: Path, pool: ThreadPoolExecutor) -> None:
        self.messages: list[str] = []
        self.used: list[tuple[str, Take, Favourite]] = []
        self.session, self.shown, self.made = Session(folder), None, None
        sound = Sound(NullPlayer(""), self.act)
        context = Context(folder, self.session, sound, self.act, pool.submit, self.say, Task(pool.submit))
        self.exports = Exports(context, lambda: pytest.fail("no take"), lambda _: {})
        self.changes = 0
        self.favourites = Favourites(
            context, self.exports, lambda: self.made, show=self.use("show"), play=self.use("play"), changed=self.count
        )
        self.refresh()

    def act(self, action: Callable[[], None]) -> None:
        try:
            action()
        except LSTMMusicError as error:
            self.say(str(error))
        self.refresh() if hasattr(self, "changes") else None

    def say(self, words: str, link: str = "", file: Path | None = None) -> None:
        self.messages.append(f"{words} {link}".strip())

    def count(self) -> None:
        self.changes += 1

    def use(self, how: str) -> Callable[[Take, Favourite], None]:
        def use(take: Take, favourite: Favourite) -> None:
            self.used.append((how, take, favourite))
            self.shown = take

        return use

    def refresh(self) -> None:
        try:
            self.favourites.refresh(self.shown)
            self.exports.refresh(possible=True)
        except LSTMMusicError as error:
            self.say(str(error))

    def until(self, condition: Callable[[], object]) -> None:
        until(lambda: self.refresh() or condition())

    def click(self, action: str, index: int) -> None:
        """Send what the page sends for a click."""
        receive(self.favourites.strips, {"kind": "act", "action": action, "index": index})

    @property
    def labels(self) -> list[str]:
        return [strip["label"] for strip in self.favourites.strips.strips]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with ThreadPoolExecutor(1) as pool:
        made = Place(tmp_path, pool)
        yield made
        made.exports.close()
        made.favourites.close()


def test_take_is_kept_marked_and_removed(place: Place, tmp_path: Path) -> None:
    favourites, made = place.favourites, make_takes(make_scales(1, 4).tunes[0])
    assert place.labels == []
    assert favourites.name.disabled
    favourites.add(made, 1)
    assert place.labels == ["Seed 6 · bundled chorales · scale 0"]
    assert [favourites.is_favourite(take) for take in made.takes] == [False, True, False]
    favourites.add(made, 1)  # it is kept already
    assert len(list((tmp_path / "favourites").iterdir())) == 1
    favourites.add(make_takes(None, update=976), 0, "mine")
    assert place.labels == ["mine", "Seed 6 · bundled chorales · scale 0"]
    place.shown = made.takes[1]
    place.refresh()
    assert (favourites.strips.chosen, favourites.name.value) == (1, "Seed 6 · bundled chorales · scale 0")
    favourites.remove(made.takes[1])
    assert place.labels == ["mine"]
    assert not favourites.is_favourite(made.takes[1])
    assert favourites.strips.chosen is None
    favourites.undo.button.click()
    assert favourites.is_favourite(made.takes[1])
    assert (favourites.strips.chosen, favourites.name.value) == (1, "Seed 6 · bundled chorales · scale 0")
    assert place.messages[-1] == "Restored Seed 6 · bundled chorales · scale 0."
    assert place.changes == 6


def test_names_say_where_a_take_is_from(place: Place) -> None:
    made = make_takes(None, update=976)
    place.favourites.add(made, 0)
    (deeper,) = branch(NETWORK, *branch(NETWORK, made.takes[0], 4, branches=1), 6, branches=1)
    place.favourites.add(make_takes(make_scales(1, 4).tunes[0], (deeper,), update=7), 0)
    assert place.labels == ["Seed 7 · update 7 · from nothing", "Seed 5 · update 976 · from nothing"]


def test_favourite_is_shown_and_played_as_it_was(place: Place) -> None:
    made = make_takes(make_scales(1, 4).tunes[0])
    place.favourites.add(made, 0, "mine")
    place.click("show", 0)
    place.click("play", 0)
    assert [how for how, _, _ in place.used] == ["show", "play"]
    for _, take, favourite in place.used:
        np.testing.assert_array_equal(take.tune.roll, made.takes[0].tune.roll)
        np.testing.assert_array_equal(take.uniforms, made.takes[0].uniforms)
        assert (favourite.name, favourite.network) == ("mine", "bundled: chorales")
    assert place.favourites.chosen.name == "mine"


def test_favourite_is_renamed(place: Place, tmp_path: Path) -> None:
    favourites, made = place.favourites, make_takes(None)
    for index, name in enumerate(("one", "two")):
        favourites.add(made, index, name)
    place.click("show", 1)
    favourites.name.value = "my: tune"
    assert place.labels == ["two", "my- tune"]
    assert favourites.name.value == "my- tune"
    favourites.name.value = "two"
    assert place.messages[-1].startswith("there is already a favourite two")
    favourites.name.value = "..."
    assert "is not a name" in place.messages[-1]
    assert (favourites.name.value, place.labels) == ("my- tune", ["two", "my- tune"])
    place.click("show", 0)
    assert favourites.name.value == "two"
    found, _ = find_favourites(tmp_path / "favourites")
    assert {each.name for each in found} == {"two", "my- tune"}


def test_kept_take_can_be_named_when_newer_takes_have_replaced_it(place: Place) -> None:
    favourites, made = place.favourites, make_takes(None)
    for index, name in enumerate(("one", "two", "three")):
        favourites.add(made, index, name)
    place.shown = make_takes(make_scales(1, 4).tunes[0]).takes[0]
    place.refresh()
    assert (favourites.chosen, favourites.name.value, favourites.name.disabled) == (None, "three", False)
    favourites.name.value = "mine"
    assert (place.labels, favourites.name.value) == (["mine", "two", "one"], "mine")
    place.click("show", 1)
    place.shown = make_takes(make_scales(1, 4).tunes[0]).takes[0]
    place.refresh()
    assert (favourites.name.value, favourites.name.disabled) == ("", True)


def test_of_equal_takes_the_one_that_was_clicked_is_renamed(place: Place, tmp_path: Path) -> None:
    place.favourites.add(make_takes(None), 0, "a")
    file = tmp_path / "favourites" / "a.safetensors"
    file.with_stem("b").write_bytes(file.read_bytes())
    place.favourites.offer()
    place.click("show", 1)
    assert place.favourites.strips.chosen == 1
    place.favourites.name.value = "c"
    assert place.labels == ["a", "c"]
    assert place.favourites.chosen.name == "c"


def make_tree() -> Made:
    """Make a take with two branches, of which the second has one, and another take."""
    root, other, _ = make_takes(make_scales(1, 4).tunes[0]).takes
    first, second = branch(NETWORK, root, 6, branches=2)
    (deeper,) = branch(NETWORK, second, 8, branches=1, seed=20)
    return make_takes(root.tune.part(0, 4), (root, first, second, deeper, other), depths=(0, 1, 1, 2, 0))


def test_branch_is_kept_with_what_leads_to_it(place: Place) -> None:
    made = make_tree()
    place.favourites.add(made, 3, "the best")
    strips = place.favourites.strips.strips
    assert [strip["depth"] for strip in strips] == [0, 1, 2]
    assert place.labels[2] == "the best"
    assert place.messages[-1] == "Kept 3 takes as favourites."
    assert [place.favourites.is_favourite(take) for take in made.takes] == [True, False, True, True, False]
    place.favourites.add(made, 4)
    assert place.messages[-1] == "Kept Seed 6 · bundled chorales · scale 0 as a favourite."


def test_all_takes_are_kept_as_trees(place: Place) -> None:
    place.favourites.add_button.click()
    assert place.messages[-1] == "there are no takes yet; press Generate"
    place.made = make_tree()
    for message in ("Kept 5 takes as favourites.", "These takes are favourites already."):
        place.favourites.add_button.click()
        assert place.messages[-1] == message
        assert [strip["depth"] for strip in place.favourites.strips.strips] == [0, 0, 1, 1, 2]


def test_favourites_of_each_run_are_its_own(place: Place, tmp_path: Path) -> None:
    favourites, made = place.favourites, make_takes(None)
    favourites.add(made, 0, "of no run")
    run = tmp_path / "runs" / "first"
    run.mkdir(parents=True)
    place.session.path = run
    place.refresh()
    assert place.labels == []
    assert favourites.strips.empty == "No favourites of this run yet: press the star of a take"
    favourites.add(made, 1, "of the run")
    place.click("delete", 0)
    place.session.path = run.rename(run.with_name("renamed"))
    place.refresh()
    assert place.labels == []
    assert favourites.undo.button.layout.display == "none"  # its file is elsewhere now
    place.session.path = None
    place.refresh()
    assert place.labels == ["of no run"]


def test_all_favourites_are_saved_as_midi_and_wav(place: Place, tmp_path: Path) -> None:
    favourites, made = place.favourites, make_takes(make_scales(1, 4).tunes[0])
    assert favourites.zip_button.disabled
    for index in range(2):
        favourites.add(made, index, f"take {index}")
    place.refresh()
    assert favourites.progress.layout.display == "none"
    favourites.zip_button.click()
    favourites.zip_button.click()  # once more changes nothing
    assert favourites.zip_button.disabled
    assert favourites.progress.layout.display is None
    place.until(lambda: "Saved" in place.messages[-1])
    assert favourites.progress.max == favourites.progress.value == 4
    (path,) = (tmp_path / "tunes").iterdir()
    assert place.messages[-1].startswith(f"Saved {path}. <a download=")
    with zipfile.ZipFile(path) as zipped:
        assert zipped.namelist() == [f"0{n} take {2 - n}{suffix}" for n in (1, 2) for suffix in (".mid", ".wav")]
        assert [zipped.read(name)[:4] for name in zipped.namelist()] == [b"MThd", b"RIFF"] * 2
    assert not favourites.zip_button.disabled
    assert favourites.progress.layout.display == "none"


def test_download_is_cancelled(place: Place, tmp_path: Path) -> None:
    place.favourites.add(make_takes(None), 0, "mine")
    file = tmp_path / "favourites" / "mine.safetensors"
    for number in range(20):
        file.with_stem(f"mine {number}").write_bytes(file.read_bytes())
    place.favourites.offer()
    place.favourites.zip_button.click()
    place.favourites.cancel_button.click()
    place.until(lambda: "Cancelled" in place.messages[-1])
    assert place.messages[-1] == "Cancelled: no zip file was saved."
    assert list(tmp_path.rglob("*.zip")) == list(tmp_path.rglob("*.part")) == []
    place.until(lambda: not place.favourites.zip_button.disabled)


def test_one_favourite_is_saved_as_midi_and_wav(place: Place, tmp_path: Path) -> None:
    place.favourites.add(make_takes(None), 0, "mine")
    place.click("download", 0)
    place.until(lambda: "Saved" in place.messages[-1])
    assert sorted(path.name for path in (tmp_path / "tunes").iterdir()) == ["mine.mid", "mine.wav"]
    assert "Download the .mid file" in place.messages[-1]


def test_damaged_favourite_is_named_and_stays(place: Place, tmp_path: Path) -> None:
    favourites, made = place.favourites, make_takes(None)
    favourites.add(made, 0, "good")
    favourites.add(made, 1, "bad")
    file = tmp_path / "favourites" / "bad.safetensors"
    content = file.read_bytes()
    file.write_bytes(content[:-1])
    for action in ("play", "show", "download"):
        place.click(action, 0)
        assert place.messages[-1].startswith("bad.safetensors is not a favourite")
        assert place.labels == ["good"]
        assert favourites.problems.value.startswith("bad.safetensors is not a favourite")
        file.write_bytes(content)
        favourites.offer()
        assert favourites.problems.value == ""
        file.write_bytes(content[:-1])
    place.say("now all")
    place.favourites.download_all()
    place.until(lambda: "bad.safetensors" in place.messages[-1])
    assert list((tmp_path / "tunes").iterdir()) == []
    assert place.used == []


@pytest.mark.usefixtures("modes")
def test_folder_that_is_read_only_loses_nothing(place: Place, tmp_path: Path) -> None:
    favourites, made = place.favourites, make_takes(None)
    for index in range(2):
        favourites.add(made, index, f"take {index}")
    place.click("delete", 0)
    place.click("show", 0)
    before = everything(tmp_path)
    with mode(tmp_path / "favourites", 0o500):
        place.act(lambda: favourites.add(made, 2))
        assert "could not be saved" in place.messages[-1]
        favourites.name.value = "other"
        assert "could not be renamed" in place.messages[-1]
        place.click("delete", 0)
        assert "could not be deleted" in place.messages[-1]
        favourites.undo.button.click()
        assert "could not be restored" in place.messages[-1]
        assert (place.labels, favourites.name.value) == (["take 0"], "take 0")
    assert everything(tmp_path) == before
    favourites.undo.button.click()  # now it can
    assert sorted(place.labels) == ["take 0", "take 1"]


def test_full_disk_is_reported_and_what_was_kept_of_a_tree_is_shown(place: Place, tmp_path: Path) -> None:
    root = make_takes(make_scales(1, 4).tunes[0]).takes[0]
    (long,) = branch(NETWORK, root, 6, branches=1, steps=100)
    place.made = make_takes(root.tune, (root, long), depths=(0, 1))
    with files_of_at_most(3_000):
        place.favourites.add_button.click()
    assert "could not be saved" in place.messages[-1]
    assert place.labels == ["Seed 5 · bundled chorales · scale 0"]
    (found,), problems = find_favourites(tmp_path / "favourites")
    assert problems == ()
    assert load_favourite(found.path).seed == 5


def test_take_that_cannot_be_saved_is_reported(place: Place) -> None:
    made = make_takes(None)
    wrong = replace(made.takes[0], uniforms=made.takes[0].uniforms[:2])
    place.act(lambda: place.favourites.add(make_takes(None, (wrong,)), 0))
    assert "this take cannot be saved" in place.messages[-1]
    assert place.labels == []
