"""An exported page, opened from disk without a network: it can be heard, read, downloaded from and printed."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

import lstmmusic as lm
from lstmmusic.runs.listing import read_run
from tests.ears import attacks, cents
from tests.pages.test_document import HOSTILE
from tests.runs.test_listing import make_run

from .ear import Ear
from .studio_page import SLOW, StudioPage

pytestmark = pytest.mark.browser
# A busy machine loses moments of what its audio device plays.
live_sound = pytest.mark.flaky(reruns=2)

PITCHES = (60, 67, 72)
STEP = 0.25  # seconds
NAMES = ("A scale", HOSTILE[0])

Open = Callable[..., Page]


def make_take(pitches: tuple[int, ...] = PITCHES, beat: int = 4) -> lm.Take:
    """A take in which one pitch after the other sounds for so many steps, again and again."""
    roll = np.zeros((4 * beat * len(pitches), 88), np.uint8)
    for step in range(len(roll)):
        roll[step, pitches[step // beat % len(pitches)] - 21] = 1
    zeros = np.zeros(roll.shape, np.float32)
    return lm.Take(lm.Tune(roll, "made", lm.RollConfig(STEP)), 0, zeros, zeros, 1.0, 0.0, 7)


@pytest.fixture
def open_page(page: Page, tmp_path: Path) -> Open:
    """Export a run, and open its page from disk, with no network; requests of the page are errors."""

    def start(scheme: str = "light", width: int = 1280, **options: object) -> Page:
        make_run(tmp_path / "runs/Études/run.safetensors", 30, change=True)
        takes = dict(zip(NAMES, (make_take(), make_take((48, 55))), strict=True))
        path = tmp_path / "page.html"
        lm.export_page(read_run(tmp_path / "runs/Études"), path, takes=takes, **options)
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.context.set_offline(True)
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": 800})
        page.goto(path.as_uri())
        expect(page.get_by_role("button", name="Copy")).to_be_visible()  # the last view
        assert asked == [path.as_uri()]
        return page

    return start


@live_sound
def test_exported_page_plays_sound_without_a_network(page: Page, open_page: Open) -> None:
    ear = Ear(page)
    open_page()
    take = page.get_by_role("article", name=NAMES[0])
    take.get_by_role("button", name=f"Play {NAMES[0]}").click()
    expect(take.get_by_role("button", name=f"Pause {NAMES[0]}")).to_be_visible()
    expect(page.get_by_role("group", name=f"Player: {NAMES[0]}")).to_contain_text("0:04 / 0:12", timeout=20_000)
    sound, rate = ear.remember()
    struck = attacks(sound, 0.3, rate)
    gaps = np.diff(struck)
    assert np.median(gaps) == pytest.approx(4 * STEP, abs=0.01)
    for pitch, at in zip(PITCHES, struck, strict=False):  # the first three of the tune
        assert abs(cents(sound, at + 0.1, pitch, rate)) < 20
    take.get_by_role("button", name=f"Pause {NAMES[0]}").click()
    expect(take.get_by_role("button", name=f"Play {NAMES[0]}")).to_be_visible()


def test_each_take_has_a_button_for_the_one_player(page: Page, open_page: Open) -> None:
    open_page()
    first, second = (page.get_by_role("article", name=name) for name in NAMES)
    playing = page.get_by_role("button", name=re.compile("^Pause"))
    first.get_by_role("button", name="Play").click()
    second.get_by_role("button", name="Play").click()
    expect(second.get_by_role("button", name="Pause")).to_be_visible()
    expect(first.get_by_role("button", name="Play")).to_be_visible()
    player = page.get_by_role("group", name=f"Player: {NAMES[1]}")
    player.press("Home")
    expect(player.get_by_role("button", name="Pause")).to_be_visible()
    expect(playing).to_have_count(2)  # that of the take, and that of the player
    second.get_by_role("button", name="Pause").press("Enter")
    expect(playing).to_have_count(0)
    first.get_by_role("img").click(position={"x": 400, "y": 100})
    expect(page.get_by_role("group", name=f"Player: {NAMES[0]}")).not_to_contain_text("0:00 /")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_page_shows_takes_losses_settings_changes_and_code(
    page: Page, open_page: Open, scheme: str, width: int
) -> None:
    open_page(scheme, width)
    expect(page).to_have_title("Études – LSTMmusic")
    expect(page.get_by_role("heading", level=1)).to_have_text("Études")
    assert page.get_by_role("heading", level=2).all_inner_texts() == ["Takes", "Loss", "Changes", "Settings", "Code"]
    expect(page.get_by_role("img", name="Piano roll: 12 notes in 48 steps")).to_be_visible()
    expect(
        page.get_by_role("img", name=re.compile(r"^Loss curve: \d+ updates, training from .* validation"))
    ).to_be_visible()
    expect(page.get_by_role("row", name="After update Change")).to_be_visible()
    expect(page.get_by_role("row", name="2 clip 1 → 0.5")).to_be_visible()
    expect(page.get_by_role("row", name="Units 6, 7, 8 120, 120, 120")).to_be_visible()
    expect(page.get_by_role("region", name="Code").locator("pre")).to_contain_text("lm.save_run(trainer")
    expect(page.get_by_role("heading", name=NAMES[1])).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(17, 17, 17)"
    assert dark == (scheme == "dark")
    colour = """(canvas) => {
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      let ink = 0;
      for (let at = 3; at < data.length; at += 4) ink += data[at] > 0;
      return ink / (data.length / 4);
    }"""
    for canvas in page.locator("canvas").all():
        assert canvas.evaluate(colour) > 0.001


def test_take_is_downloaded_as_midi(page: Page, open_page: Open, tmp_path: Path) -> None:
    open_page()
    with page.expect_download() as found:
        page.get_by_role("link", name=f"Download {NAMES[0]} as MIDI").click()
    assert found.value.suggested_filename == "take A scale.mid"
    found.value.save_as(tmp_path / "take.mid")
    tune = lm.read_midi(tmp_path / "take.mid", lm.RollConfig(STEP))
    np.testing.assert_array_equal(tune.roll, make_take().tune.roll)


def test_page_that_is_printed_is_light(page: Page, open_page: Open) -> None:
    open_page("dark")
    paper = "getComputedStyle(document.body).backgroundColor"
    papers = page.evaluate(f"""() => {{
      const found = [{paper}];
      dispatchEvent(new Event("beforeprint"));
      const canvas = document.querySelector("canvas");
      const [red, green, blue] = canvas.getContext("2d").getImageData(canvas.width / 2, canvas.height / 2, 1, 1).data;
      found.push({paper}, `rgb(${{red}}, ${{green}}, ${{blue}})`);
      dispatchEvent(new Event("afterprint"));
      return [...found, {paper}];
    }}""")
    assert [papers[0], papers[1], papers[3]] == ["rgb(17, 17, 17)", "rgb(255, 255, 255)", "rgb(17, 17, 17)"]
    assert min(map(int, re.findall(r"\d+", papers[2]))) > 200


def test_page_is_exported_from_the_studio_and_opened(
    page: Page, open_studio: Callable[..., StudioPage], tmp_path: Path
) -> None:
    studio = open_studio()
    studio.train(2)
    studio.button("Stop").click()
    studio.expect_status("Stopped", SLOW)
    studio.open("Runs")
    studio.button("Export page").click()
    question = studio.root.get_by_text("has no favourites. Which take is to be on its page?")
    expect(question).to_be_visible()
    studio.button("New take").click()
    studio.expect_message(r"Saved .*\.html", SLOW)
    expect(question).not_to_be_visible()
    with page.expect_download() as found:
        studio.root.get_by_role("link", name="Download the .html file").click(timeout=SLOW * 1000)
    found.value.save_as(tmp_path / "page.html")
    page.goto((tmp_path / "page.html").as_uri())
    page.get_by_role("button", name="Play Generated for this page by the best weights").click()
    expect(page.get_by_role("button", name="Pause Generated for this page")).to_be_visible()


@pytest.mark.skipif("LSTMMUSIC_SCREENSHOTS" not in os.environ, reason="LSTMMUSIC_SCREENSHOTS names no folder for it")
def test_screenshot_of_a_page(page: Page, tmp_path: Path) -> None:
    music = lm.load_pieces(quiet=True)
    training, validation = music.split(0.2)
    trainer = lm.Trainer(training, validation, lm.NetworkConfig(hidden=(24, 24, 24)), device="cpu")
    for update in trainer.steps():
        if update.number == 40:
            trainer.change(clip=2.0)
        if update.number == 120:
            break
    run = tmp_path / "runs/First nocturnes"
    lm.save_run(trainer, run / "run.safetensors")
    network, grid = lm.load_bundled("piano")
    takes = {f"Take {seed}": lm.generate(network, None, 120, config=grid, seed=seed, quiet=True) for seed in (1, 2)}
    lm.export_page(read_run(run), tmp_path / "page.html", takes=takes)
    page.goto((tmp_path / "page.html").as_uri())
    expect(page.get_by_role("button", name="Copy")).to_be_visible()
    page.get_by_role("button", name="Play Take 1").click()
    expect(page.get_by_role("group", name="Player: Take 1")).to_contain_text("0:03 /")
    page.screenshot(path=Path(os.environ["LSTMMUSIC_SCREENSHOTS"]) / "page.png")
