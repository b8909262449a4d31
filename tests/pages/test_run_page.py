"""A run as a page: what it says, how large it is, and what it never gives away."""

from __future__ import annotations

import base64
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lstmmusic as lm
from lstmmusic.errors import plain_text
from lstmmusic.music.source import Source
from lstmmusic.pages import run_page
from lstmmusic.pages.run_page import MOST_TAKES
from lstmmusic.runs.listing import read_run
from lstmmusic.training.start import Origin
from tests.pages.test_document import HOSTILE, Found, unpack
from tests.runs.test_favourites import make_take
from tests.runs.test_listing import make_run

HOME = "/home/someone/secret/my music"


@pytest.fixture
def run(tmp_path: Path) -> lm.Run:
    make_run(tmp_path / "runs/first/run.safetensors", change=True)
    return read_run(tmp_path / "runs/first")


def export(run: lm.Run, path: Path, **options: Any) -> Found:
    lm.export_page(run, path, **options)
    return Found(path.read_bytes())


def words(found: Found, kind: str) -> list[str]:
    return [text for text in found.texts.get(kind, []) if text]


def attributes_of(found: Found, kind: str) -> list[dict[str, str]]:
    return [attributes for name, attributes in found.elements if name == kind]


def long_take(seed: int, steps: int = 1000) -> lm.Take:
    """A take as dense as piano music, of all 88 keys."""
    numbers = np.random.default_rng(seed)
    roll = (numbers.random((steps, 88)) < 0.04).astype(np.uint8)
    onsets = roll & (numbers.random((steps, 88)) < 0.6)
    onsets |= roll & ~np.pad(roll, ((1, 0), (0, 0)))[:-1]
    velocities = np.where(onsets, numbers.integers(30, 110, roll.shape), 0).astype(np.uint8)
    tune = lm.Tune(roll, "dense", lm.RollConfig(), onsets, velocities)
    zeros = np.zeros((steps, 88), np.float32)
    return lm.Take(tune, 0, zeros, zeros, 1.0, 0.0, seed)


def test_page_has_takes_curves_settings_changes_and_code(run: lm.Run, tmp_path: Path) -> None:
    for seed in (3, 4):
        lm.save_favourite(run.path / "favourites", make_take(seed), f"take {seed}", update=5)
    lm.save_favourite(run.path / "favourites", make_take(5), "take 5", network="of My Friend")
    found = export(run, tmp_path / "page.html")
    assert words(found, "h2") == ["Takes", "Loss", "Changes", "Settings", "Code"]
    assert words(found, "bdi") == ["first", "take 5", "take 4", "take 3"]
    assert [each["view"] for each in found.views] == ["roll", "roll", "roll", "sound", "loss", "code"]
    loss, code = found.views[-2:]
    assert np.frombuffer(unpack(loss["bytes"]["training"]), "<f4").reshape(2, -1)[0].tolist() == [1, 2, 3, 4, 5]
    assert loss["state"]["marks"] == [{"update": 2, "text": "clip 1 → 0.5"}]
    assert code["state"]["code"] == lm.as_code(run)
    assert "clip 1 → 0.5" in words(found, "td")
    assert "Update 5, 20 steps, of which 8 were given, temperature 1.5, seed 4" in words(found, "p")
    assert any(text.startswith("Of My Friend, 20 steps") for text in words(found, "p"))


def test_page_says_if_it_has_not_all_favourites(run: lm.Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_page, "MOST_TAKES", 2)
    for seed in range(3):
        found = export(run, tmp_path / "page.html")
        assert not any("favourites" in text for text in words(found, "p"))
        lm.save_favourite(run.path / "favourites", make_take(seed), f"take {seed}")
    found = export(run, tmp_path / "page.html")
    assert words(found, "bdi") == ["first", "take 2", "take 1"]
    assert any(text.startswith("These are the first 2 of 3 favourites. ") for text in words(found, "p"))


def test_settings_that_differ_from_the_defaults_are_marked(run: lm.Run, tmp_path: Path) -> None:
    lm.export_page(run, tmp_path / "page.html")
    text = (tmp_path / "page.html").read_text()
    marked = [part.split("</tr>")[0] for part in text.split('<tr class="differs">')[1:]]
    plain = [part.split("</tr>")[0] for part in text.split("<tr>")[1:]]
    assert '<th scope="row">Units</th><td>6, 7, 8</td><td>120, 120, 120</td>' in marked
    assert '<th scope="row">Optimiser</th><td>Adam</td><td></td>' in plain
    assert len(marked) > 3
    assert all("<td></td>" not in row for row in marked)


def test_takes_are_timed_for_the_player_and_offered_as_midi(run: lm.Run, tmp_path: Path) -> None:
    take = make_take()
    found = export(run, tmp_path / "page.html", takes={"one": take, "two": take}, tempo=50.0, pedal="bass")
    first, second, sound = found.views[:3]
    assert first["state"]["follows"] == second["state"]["follows"] == sound["state"]["ident"]
    assert [each["state"]["follows_tune"] for each in (first, second)] == [0, 1]
    assert first["state"]["tempo_map"] == [[0, 0.25 * 60 / 50]]
    assert [tune["name"] for tune in sound["state"]["tunes"]] == ["one", "two"]
    assert sound["state"]["tunes"][0]["duration"] == pytest.approx(len(take.ringing.roll) * 0.25 * 60 / 50)
    written = tmp_path / "take.mid"
    links = attributes_of(found, "a")
    assert [link["download"] for link in links] == ["take one.mid", "take two.mid"]
    written.write_bytes(base64.b64decode(links[0]["href"].removeprefix("data:audio/midi;base64,")))
    np.testing.assert_array_equal(lm.read_midi(written, take.tune.config).roll[: len(take.tune)].any(axis=0), True)
    assert "tempo=50.0" in found.views[-1]["state"]["code"]


def test_run_without_favourites_has_no_player_and_nothing_is_generated(
    run: lm.Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lstmmusic.generation.sampler.Sampler.__init__", lambda *_: pytest.fail("a take was generated"))
    found = export(run, tmp_path / "page.html")
    assert [each["view"] for each in found.views] == ["loss", "code"]
    assert words(found, "h2") == ["Loss", "Changes", "Settings", "Code"]


def test_run_in_a_single_file_has_a_page(tmp_path: Path) -> None:
    make_run(tmp_path / "runs/old.safetensors")
    found = export(read_run(tmp_path / "runs/old.safetensors"), tmp_path / "page.html")
    assert words(found, "h2") == ["Loss", "Settings", "Code"]


def test_ten_long_takes_weigh_less_than_three_megabytes(run: lm.Run, tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    lm.export_page(run, path, takes={f"take {seed}": long_take(seed) for seed in range(10)})
    assert path.stat().st_size < 3_000_000
    assert len(Found(path.read_bytes()).views) == 13


@pytest.mark.parametrize("text", HOSTILE)
def test_text_of_a_hostile_run_is_never_html_or_script(run: lm.Run, tmp_path: Path, text: str) -> None:
    plain = plain_text(text)  # as runs are read
    change = replace(run.changes[0], reason=plain)
    hostile = replace(
        run,
        name=plain,
        music=plain,
        changes=(change,),
        source=Source("folder", f"{HOME}/{text}", held_out=0.3, left_out=(text,), parts_left_out=(text,)),
        started_from=Origin(text, "0" * 16),
    )
    take = make_take()
    take = replace(take, tune=lm.Tune(take.tune.roll, text, take.tune.config))
    safe = export(run, tmp_path / "safe.html", takes={"one": take})
    found = export(hostile, tmp_path / "page.html", takes={text: take})
    rows = ("tr", "td", "th")  # there are more settings
    names, usual = ([name for name, _ in each.elements if name not in rows] for each in (found, safe))
    assert names == usual
    assert {key for _, attributes in found.elements for key in attributes} == {
        key for _, attributes in safe.elements for key in attributes
    }
    assert all(link["href"].startswith("data:audio/midi;base64,") for link in attributes_of(found, "a"))
    assert compile(found.views[-1]["state"]["code"], "code", "exec")


def test_page_names_folders_but_not_where_they_are(run: lm.Run, tmp_path: Path) -> None:
    windows = "C:\\Users\\someone\\secret\\my music\\"
    for folder, called in ((HOME, HOME), (windows, windows), (HOME, f"a sample of 5 tunes of the 9 of {HOME}")):
        of_folder = replace(
            run,
            music=f"{called}, 12 + 3 tunes",
            source=Source("folder", folder, held_out=0.3),
            started_from=Origin("/home/someone/secret/runs/before", "0" * 16),
        )
        path = tmp_path / "page.html"
        found = export(of_folder, path)
        assert "someone" not in path.read_text()
        assert "secret" not in path.read_text()
        assert "my music, 12 + 3 tunes" in words(found, "dd")[0]
        assert "lm.load_folder('my music'" in found.views[-1]["state"]["code"]
        assert "lm.load_start('runs/before'" in found.views[-1]["state"]["code"]


@pytest.mark.parametrize("source", [None, Source("stored", "/home/someone/secret/all.corpus")])
def test_page_does_not_say_where_music_of_another_source_is(source: Source | None, run: lm.Run, tmp_path: Path) -> None:
    found = export(replace(run, music=f"{HOME}, 12 + 3 tunes", source=source), tmp_path / "page.html")
    assert words(found, "dd")[0] == "my music, 12 + 3 tunes"
    assert "someone" not in (tmp_path / "page.html").read_text()


def test_damaged_favourite_is_reported_and_an_existing_page_is_unharmed(run: lm.Run, tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text("before")
    (run.path / "favourites").mkdir()
    (run.path / "favourites/broken.safetensors").write_bytes(b"broken")
    with pytest.raises(lm.CheckpointError, match=r"broken\.safetensors .*; move it away"):
        lm.export_page(run, path)
    assert path.read_text() == "before"


def test_link_at_the_path_is_replaced_and_not_followed(run: lm.Run, tmp_path: Path) -> None:
    kept, link = tmp_path / "kept.html", tmp_path / "page.html"
    kept.write_text("kept")
    link.symlink_to(kept)
    lm.export_page(run, link)
    assert kept.read_text() == "kept"
    assert not link.is_symlink()


def test_wrong_arguments_are_refused(run: lm.Run, tmp_path: Path) -> None:
    with pytest.raises(lm.ConfigError, match=r"the suffix of a page is '\.pdf'; it must be one of \.html, \.htm"):
        lm.export_page(run, tmp_path / "page.pdf")
    with pytest.raises(lm.ConfigError, match="tempo is 0"):
        lm.export_page(run, tmp_path / "page.html", tempo=0)
    takes = dict.fromkeys(map(str, range(MOST_TAKES + 1)), make_take())
    with pytest.raises(lm.ConfigError, match="takes has 101 takes; a page has at most 100"):
        lm.export_page(run, tmp_path / "page.html", takes=takes)
    assert list(tmp_path.glob("page*")) == []
