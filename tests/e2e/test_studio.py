"""The studio in a real JupyterLab: what a user sees, presses and hears."""

from __future__ import annotations

import io
import os
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Locator, TimeoutError, expect

from lstmmusic import Tune, find_notes, read_midi, write_midi

from .studio_page import QUICK, SAMPLE_RATE, SCROLLING, SLOW, WRITTEN, StudioPage

pytestmark = pytest.mark.browser

PRIMER = 16  # steps by default
AUDIBLE = 100  # of 32768, root mean square
NUMBER = r"\d\.\d\d"
CHANGED = re.compile(r"^[\d,]+ cells changed from step \d+ onwards$")
TABS = ("Music", "Network", "Training", "Listening", "Inside", "Runs")


def test_from_opening_to_sound_then_train_generate_and_save(open_studio):
    studio = open_studio()
    studio.open("Listening")
    assert studio.count_notes() > 20
    assert studio.coloured(studio.roll) > 0.005

    studio.wait_until(lambda: studio.recording.tail(1).size == SAMPLE_RATE, "the sound card runs")
    assert studio.recording.level(seconds=600) == 0
    play_and_stop(studio)

    studio.enter("Training", "Epochs", "1")
    studio.button("Start").click()
    losses = studio.read_losses(updates=50)
    assert len(set(losses)) > 5
    studio.expect_status("Finished", 2 * SLOW)
    first = losses[0]

    def has_learned() -> bool:
        last = studio.read_losses(updates=50)[-1]
        return last.last < 0.85 * first.first and last.validation < 0.9 * first.validation

    studio.wait_until(has_learned, "both losses are lower than in the beginning")

    studio.open("Listening")
    before = studio.roll.get_attribute("aria-label")
    studio.button("Generate").click()
    studio.count_notes(before)
    play_and_stop(studio)
    notes = studio.count_notes()  # only now: the first tune that is shown may be one of the end of the training

    saved = find_notes(read_midi(save_midi(studio)))
    assert len(saved) == notes
    assert (saved[:, 0] >= PRIMER).sum() > 20


def test_primer_is_recorded_on_the_keys_of_the_computer(open_studio):
    studio = open_studio()
    studio.open("Listening")
    studio.count_notes()
    studio.button("Record").click()
    piano = studio.picture("Piano: ")
    piano.press("Space")
    for key in "asd":
        piano.press(key, delay=350)
    piano.press("Space")
    expect(piano).to_be_hidden()  # its piano roll is shown instead
    name = re.compile("^Player: Take 1 after recorded 1, ")
    expect(studio.player).to_have_attribute("aria-label", name, timeout=SLOW * 1000)
    notes = find_notes(read_midi(save_midi(studio)))
    assert notes[:3, 2].tolist() == [60, 62, 64]
    assert len(notes) > 20


def save_midi(studio: StudioPage) -> Path:
    studio.button("Save MIDI").click()
    return studio.folder / re.search(r"tunes/\S+\.mid", studio.expect_message("Saved "))[0]


def play_and_stop(studio: StudioPage) -> None:
    studio.root.get_by_role("button", name=re.compile("^Play: Take 1 ")).click()
    studio.wait_until(lambda: studio.recording.level() > AUDIBLE, "the tune plays")
    spectrum = np.abs(np.fft.rfft(studio.recording.tail(0.5))) ** 2
    hertz = np.fft.rfftfreq(round(0.5 * SAMPLE_RATE), 1 / SAMPLE_RATE)
    # A piano rather than noise; a busy machine leaves gaps in the recording, which sound bright.
    assert spectrum[(hertz > 30) & (hertz < 3000)].sum() > 0.7 * spectrum.sum()
    use_player_row(studio)
    studio.player.get_by_role("button", name="Stop", exact=True).click()
    studio.wait_until(lambda: studio.recording.level() < 1, "the tune falls silent")


def use_player_row(studio: StudioPage) -> None:
    """Switch to another take at the same place, and move the playhead by a click on the piano roll."""
    studio.expect_playing()
    studio.root.get_by_role("button", name=re.compile("^Take 3 .*, seed [0-9]+$")).click()
    expect(studio.player).to_have_attribute("aria-label", re.compile("^Player: Take 3 "))
    studio.expect_playing()
    assert studio.player.bounding_box()["height"] <= 40
    studio.roll.click()  # in its middle, once it stands still
    expect(studio.player.locator(".time")).to_have_text(re.compile("^0:3[0-9] / 1:04"))


def test_without_a_sound_card_the_page_plays(open_studio):
    studio = open_studio(sound_card=False)
    studio.open("Listening")
    place = studio.root.get_by_text(re.compile("^Sound: "))
    studio.button("Instrument").click()
    if place.inner_text().endswith("through pygame"):
        pytest.skip("this machine has a sound card")
    expect(place).to_have_text("Sound: in this page, as pygame cannot play")
    assert "no sound card" in place.get_attribute("title")
    assert studio.count_notes() > 20
    studio.root.get_by_role("button", name=re.compile("^Play: Take 1 ")).click()
    studio.expect_playing()
    studio.player.get_by_role("button", name="Stop", exact=True).click()
    expect(studio.player.locator(".time")).to_have_text(re.compile("^0:00 / "))
    studio.player.get_by_role("button", name="Play", exact=True).click()
    studio.expect_playing()
    use_player_row(studio)


def test_endless_music_plays_during_training(open_studio):
    studio = open_studio(sound_card=False)
    studio.enter("Training", "Epochs", "100000")
    made = studio.train(updates=3).updates
    studio.open("Listening")
    studio.count_notes()
    endless = studio.root.get_by_role("button", name="Endless")
    endless.click()
    # The primer lasts 4.8 seconds; what comes after it was generated later.
    expect(studio.player.locator(".time")).to_have_text(re.compile(r"^0:1\d / "), timeout=SLOW * 1000)
    expect(studio.player.get_by_role("button", name="Pause", exact=True)).to_be_visible()
    assert int(re.search(r"in (\d+) steps", studio.roll.get_attribute("aria-label"))[1]) >= 16 * 4
    endless.click()
    expect(studio.player.get_by_role("button", name="Play", exact=True)).to_be_visible()
    studio.open("Training")
    assert studio.read_losses(updates=made + 1)[-1].updates > made + 10
    assert studio.button("Pause").is_enabled()


def test_rates_change_during_training_and_pause_resume_step_and_stop(open_studio):
    studio = open_studio()
    studio.train(updates=3)
    studio.control("Training", "Rate, layer 1").press("ArrowLeft")
    expect(studio.loss).to_have_attribute("aria-label", re.compile(", 1 change$"), timeout=SLOW * 1000)
    studio.enter("Training", "Mini-batch (crops)", "4")
    expect(studio.loss).to_have_attribute("aria-label", re.compile(", 2 changes$"), timeout=SLOW * 1000)
    now = studio.read_losses(updates=1)[-1].updates
    studio.read_losses(updates=now + 10)
    studio.expect_status("Running")

    studio.button("Pause").click()
    made = count_updates(studio.expect_status("Paused"))
    expect(studio.loss).to_have_attribute("aria-label", re.compile(rf"^Loss curve: {made} updates?"))
    with pytest.raises(TimeoutError):
        studio.read_label(studio.loss, studio.loss.get_attribute("aria-label"), seconds=2)

    for count in (1, 2):
        expect(studio.button("Step")).to_be_enabled()
        studio.button("Step").click()
        expect(studio.status).to_contain_text(f"update {made + count:,}", timeout=SLOW * 1000)
    studio.expect_status("Paused")

    studio.button("Resume").click()
    studio.expect_status("Running")
    studio.read_losses(updates=made + 5)

    studio.button("Stop").click()
    studio.expect_status("Stopped")
    expect(studio.button("Stop")).to_be_disabled()
    expect(studio.button("Start")).to_be_enabled()


def count_updates(status: str) -> int:
    return int(re.search(r"update ([\d,]+)", status)[1].replace(",", ""))


def test_the_pointer_explains_a_cell_and_another_temperature_changes_only_some_cells(open_studio):
    studio = open_studio()
    for tab, name, words in (
        (
            "Network",
            "Skip connections",
            "Connects the input to every layer, and every layer to the output. Default: on",
        ),
        (
            "Training",
            "Preset",
            "A set of proven values for all settings of training and of the network. Default: recommended",
        ),
    ):
        control = studio.control(tab, name)
        control.hover()
        expect(control).to_have_attribute("title", words)
    studio.open("Listening")
    studio.count_notes()
    studio.roll.hover()
    words = r"^[A-G][♯♭]?\d, (?:bar \d+ beat [\d.]+|step \d+, [\d.]+ \w+): (silent|struck|held)"
    cell = re.compile(words + r".*, p (1?\.\d+), drawn (\.\d+)$")
    expect(studio.root.locator(".lstmmusic-line").filter(visible=True)).to_have_text(cell)
    state, chance, drawn = cell.match(studio.root.locator(".lstmmusic-line").filter(visible=True).inner_text()).groups()
    assert (float(drawn) < float(chance)) == (state != "silent")
    studio.control("Listening", "Heat map").select_option("each note by itself (12 samples)")
    studio.roll.hover()
    # Without the random numbers, which were compared with others.
    alone = re.compile(words + r".*, p 1?\.\d+ by itself \(12 samples\)$")
    expect(studio.root.locator(".lstmmusic-line").filter(visible=True)).to_have_text(alone, timeout=SLOW * 1000)
    studio.control("Listening", "Heat map").select_option("as sampled")
    studio.roll.hover()
    expect(studio.root.locator(".lstmmusic-line").filter(visible=True)).to_have_text(cell)

    before = studio.roll.get_attribute("aria-description")
    notes = int(re.search(r"(\d+) notes", studio.roll.get_attribute("aria-label"))[1])
    studio.page.evaluate(WRITTEN)
    studio.control("Listening", "Temperature").press("PageUp")
    expect(studio.roll).not_to_have_attribute("aria-description", before, timeout=SLOW * 1000)
    expect(studio.roll).to_have_attribute("aria-description", CHANGED)
    # The first steps come first, with a title of their own.
    written = "canvas => window.written.includes(canvas.ariaDescription) && canvas.ariaDescription"
    description = studio.page.wait_for_function(
        written, arg=studio.roll.element_handle(), timeout=QUICK * 1000
    ).json_value()
    count, step = (int(number) for number in re.findall(r"\d+", description.replace(",", "")))
    assert 1 < count < notes * 10
    assert step >= PRIMER


def test_broken_files_are_left_out_with_reasons_and_names_are_escaped(open_studio, tmp_path):
    studio = open_studio()
    missing, album = tmp_path / "no such folder", tmp_path / "album"
    studio.root.get_by_role("combobox", name="Music", exact=True).select_option("My folder")
    studio.enter("Music", "Folder", str(missing))
    studio.button("Load music").click()
    assert str(missing) in studio.expect_message(".*no such folder")
    table = studio.root.get_by_role("grid", name="Tunes")
    expect(table.get_by_role("checkbox").nth(1)).to_be_checked()  # the current music stays

    album.mkdir()
    rng = np.random.default_rng(0)
    hostile = "<img src=x onerror=window.harmed=1>"
    for name in ("one", "two", hostile):
        write_midi(Tune(rng.random((60, 88)) < 0.05, name), album / f"{name}.mid")
    broken = {"garbage.mid": b"no MIDI", f"{hostile} again.mid": b"MThd", "empty.mid": b""}
    for name, content in broken.items():
        (album / name).write_bytes(content)
    studio.enter("Music", "Folder", str(album))
    studio.button("Load music").click()
    expect(studio.root.get_by_label("Left out only (3)")).to_be_visible(timeout=SLOW * 1000)
    verdicts = {
        row.locator(".lstmmusic-tunes-name").get_attribute("title"): (
            row.get_by_role("gridcell").first.inner_text(),
            row.locator(".lstmmusic-tunes-reason").inner_text(),
        )
        for row in table.get_by_role("row").all()[1:]
    }
    assert len(verdicts) == 6
    for name, (mark, reason) in verdicts.items():
        assert mark == ("✕" if name in broken else ""), name
        assert re.fullmatch(r"60 steps, \d+ notes", reason) if name not in broken else reason, name
    for row in table.get_by_role("row").filter(has_text="<img").all():
        row.click()
    studio.open("Listening")
    expect(studio.root.get_by_role("combobox", name="Primer")).to_contain_text(hostile)
    studio.count_notes()
    assert studio.root.locator("img").count() == 0
    assert studio.page.evaluate("window.harmed") is None


def test_two_runs_are_compared(open_studio):
    studio = open_studio(sound_card=False)
    studio.page.set_viewport_size({"width": 1280, "height": 800})
    studio.open("Training")
    studio.button("More settings").click()
    for seed in ("1", "2"):
        studio.enter("Training", "Seed", seed)
        studio.train(updates=3)
        studio.button("Stop").click()
        studio.expect_status("Stopped")
    studio.open("Runs")
    runs = studio.root.get_by_role("grid", name="Runs").locator("[data-index]")
    expect(runs).to_have_count(2)
    expect(runs.first).to_have_attribute("aria-selected", "true")  # the current run
    for place, seed in enumerate("21"):
        expect(runs.nth(place)).to_contain_text(f"Seed {seed}")
        runs.nth(place).get_by_role("checkbox").click()
        expect(runs.nth(place).get_by_role("checkbox")).to_be_checked()
    label = re.compile("Loss curve: 2 runs, A: .*; B: ")
    expect(studio.loss).to_have_attribute("aria-label", label, timeout=SLOW * 1000)
    for roll in studio.picture("Piano roll").all():
        expect(roll).to_have_attribute("aria-label", re.compile("Piano roll: [1-9]"), timeout=SLOW * 1000)
    player = studio.player
    studio.button("Play A").click()
    expect(player.locator(".time")).to_have_text(re.compile("^0:0[1-9] "), timeout=SLOW * 1000)
    player.get_by_role("button", name="B", exact=True).click()
    expect(player.locator(".time")).to_have_text(re.compile("^0:(0[1-9]|1)"))  # at the same place
    expect(player.get_by_role("button", name="B", exact=True)).to_have_attribute("aria-pressed", "true")
    studio.button("Blind test").click()
    for roll in studio.picture("Piano roll").all():
        studio.expect_label(roll, "Piano roll: 0 notes")
    expect(player).to_have_attribute("aria-label", "Player: X")
    studio.button("X is A").click()
    result = studio.root.get_by_text(re.compile("^(Right|Wrong): X was [AB]"))
    expect(result).to_have_text(re.compile(r"[01] of 1 right; guessing does as well in (50|100)%"))
    assert studio.root.bounding_box()["height"] <= 690
    studio.button("End test").click()
    for roll in studio.picture("Piano roll").all():
        expect(roll).to_have_attribute("aria-label", re.compile("Piano roll: [1-9]"))
    runs.first.get_by_role("checkbox").click()
    expect(studio.loss).not_to_have_attribute("aria-label", label)
    expect(studio.picture("Piano roll")).to_have_count(1)  # that of the other run gives its room to the first


def test_studio_works_by_keyboard_alone(open_studio):
    studio = open_studio(sound_card=False)
    keyboard = studio.page.keyboard
    studio.tab("Music").focus()
    walk(studio, "Shift+Tab", studio.button("Start"))
    keyboard.press("Enter")
    studio.expect_status("Running")
    walk(studio, "Tab", studio.tab("Music"))
    for tab in TABS[1:4]:
        keyboard.press("ArrowRight")
        expect(studio.tab(tab)).to_be_focused()
    keyboard.press("Enter")
    expect(studio.tab("Listening")).to_have_attribute("aria-selected", "true")
    play = studio.root.get_by_role("button", name=re.compile("^Play: Take 1 "))
    expect(play).to_be_visible(timeout=SLOW * 1000)
    walk(studio, "Tab", play)
    keyboard.press("Enter")
    studio.expect_playing()


def walk(studio: StudioPage, key: str, goal: Locator) -> None:
    """Press a key until the goal has the focus."""
    for _ in range(60):
        if goal.evaluate("element => element === document.activeElement"):
            return
        studio.page.keyboard.press(key)
    expect(goal).to_be_focused()


def test_studio_fits_the_screen_in_the_dark_theme(open_studio):
    studio = open_studio(theme="Dark")
    expect(studio.page.locator("body")).to_have_attribute("data-jp-theme-name", "JupyterLab Dark")
    studio.page.set_viewport_size({"width": 1280, "height": 800})
    studio.root.get_by_role("combobox", name="Music", exact=True).select_option("My folder")
    studio.train(updates=20)
    assert studio.coloured(studio.loss) > 0.002
    for tab in TABS:
        studio.open(tab)
        if tab == "Listening":
            studio.count_notes()
            assert studio.coloured(studio.roll) > 0.002
        assert studio.root.bounding_box()["height"] <= 690, tab
        assert studio.root.evaluate(SCROLLING) == [], tab


def take_picture(studio: StudioPage, name: str, clip: Locator | None = None) -> None:
    """Write a picture of the studio, or of a part of it with some pixels around, in few colours."""
    studio.page.mouse.move(0, 0)
    if clip is None:
        studio.page.evaluate("document.activeElement.blur()")
        image = studio.root.screenshot()
    else:
        box = clip.bounding_box()
        sides = {"x": box["x"] - 100, "y": box["y"] - 90, "width": box["width"] + 200, "height": box["height"] + 180}
        image = studio.page.screenshot(clip=sides)
    picture = Image.open(io.BytesIO(image)).convert("RGB")
    path = Path(os.environ["LSTMMUSIC_SCREENSHOTS"]) / f"{name}.png"
    few = [picture.quantize(256, method, dither=Image.Dither.NONE) for method in (0, 1, 2)]  # each suits some pictures
    best = min(few, key=lambda each: float(np.square(np.subtract(each.convert("RGB"), picture, dtype=float)).mean()))
    best.save(path, optimize=True)
    assert path.stat().st_size <= 120_000


def find_units(studio: StudioPage) -> Locator:
    studio.open("Inside")
    units = studio.root.get_by_role("slider", name=re.compile("^Units of layer"))
    expect(units).to_be_visible(timeout=SLOW * 1000)
    return units


def picture_music(studio: StudioPage) -> None:
    """The table, sorted by how well the bundled network predicts each tune."""
    studio.open("Music")
    studio.button("Loss of each tune").click()
    studio.expect_message("The loss of each tune", 4 * SLOW)
    studio.root.get_by_role("grid", name="Tunes").get_by_role("row").nth(1).click()
    expect(studio.picture("Piano roll").last).to_have_attribute("aria-label", re.compile(": [1-9]"))
    take_picture(studio, "music")


def picture_memory(studio: StudioPage) -> None:
    """How far back the network remembers, and what a step depends on."""
    units = find_units(studio)
    studio.root.get_by_role("button", name="Memory", exact=True).click()
    units.click(position={"x": 500, "y": 60})
    curve = studio.root.get_by_role("img", name=re.compile(r"^Memory: predictions change by .* after 128 steps$"))
    expect(curve).to_be_visible(timeout=2 * SLOW * 1000)
    take_picture(studio, "memory")


def picture_copies(studio: StudioPage) -> None:
    """What surprised the network in a chorale, what it has in common with others, and what a unit does."""
    units = find_units(studio)
    studio.root.get_by_label("Tune", exact=True).filter(visible=True).select_option(label="BWV 359")
    for lane in ("Surprise", "Copies"):
        studio.root.get_by_role("button", name=lane, exact=True).filter(visible=True).click()
    copied = studio.root.get_by_text(re.compile("50% of the steps occur in the training music")).filter(visible=True)
    expect(copied).to_be_visible(timeout=2 * SLOW * 1000)
    units.click(position={"x": 500, "y": 60})
    studio.root.get_by_role("button", name="Unit", exact=True).click()
    moment = studio.root.get_by_role("button", name=re.compile(r"^▶ .*, step \d+: h −?\d")).first
    expect(moment).to_be_visible(timeout=2 * SLOW * 1000)
    take_picture(studio, "copies")


def picture_surgery(studio: StudioPage) -> None:
    """A unit that is switched off, and what that changes."""
    units = find_units(studio)
    studio.root.get_by_label("Order", exact=True).filter(visible=True).select_option("when they fire")
    units.click(position={"x": 400, "y": 120})
    studio.button("Off").click()
    expect(studio.root.get_by_text(re.compile(r"^Validation loss \d"))).to_be_visible(timeout=2 * SLOW * 1000)
    take_picture(studio, "inside")


def picture_tour(studio: StudioPage) -> None:
    """The bubble at the loss curve of the first run."""
    studio.button("Show me").click()
    bubble = studio.root.get_by_role("dialog")
    for _ in range(3):
        bubble.get_by_role("button", name="Next").click()
    expect(bubble).to_contain_text("The line shows")
    take_picture(studio, "show-me", bubble)
    bubble.get_by_role("button", name="Close").click()


def picture_network(studio: StudioPage) -> None:
    """The diagram of a network that trains."""
    studio.open("Network")
    layer = studio.root.get_by_role("button", name=re.compile("^Layer 1, .* activity"))
    expect(layer).to_be_visible(timeout=SLOW * 1000)
    take_picture(studio, "network")


def picture_heart(studio: StudioPage) -> None:
    """How much is copied along a run, and histograms of weights and gradients."""
    studio.train(updates=40)
    studio.button("Pause").click()
    studio.button("Weights").click()
    studio.button("By heart").click()
    curve = studio.root.get_by_role("img", name=re.compile("^Share of generated steps"))
    expect(curve).to_be_visible(timeout=4 * SLOW * 1000)
    expect(studio.root.get_by_text(re.compile("Measuring"))).to_be_hidden(timeout=8 * SLOW * 1000)
    take_picture(studio, "by-heart")


def picture_temperatures(studio: StudioPage) -> None:
    """A run at two temperatures, side by side."""
    studio.open("Runs")
    studio.button("Another temperature").click()
    expect(studio.picture("Piano roll")).to_have_count(2, timeout=SLOW * 1000)
    for roll in studio.picture("Piano roll").all():
        expect(roll).to_have_attribute("aria-label", re.compile("Piano roll: [1-9]"), timeout=SLOW * 1000)
    take_picture(studio, "temperatures")


def picture_listening(studio: StudioPage) -> None:
    """A take of a network that has learned for a while."""
    studio.train(updates=150)
    studio.open("Listening")
    before = studio.roll.get_attribute("aria-label")
    studio.button("Generate").click()
    studio.count_notes(before)
    take_picture(studio, "studio-dark")


def picture_training(studio: StudioPage) -> None:
    """A run from its start, and what is seen of it."""
    studio.train(updates=20)
    picture_network(studio)
    picture_tour(studio)
    studio.open("Training")
    studio.read_losses(150)
    take_picture(studio, "studio")


@pytest.mark.skipif("LSTMMUSIC_SCREENSHOTS" not in os.environ, reason="LSTMMUSIC_SCREENSHOTS names no folder for them")
@pytest.mark.parametrize(
    ("theme", "pictures"),
    [
        ("Light", (picture_memory, picture_copies, picture_music)),
        ("Light", (picture_training,)),
        ("Light", (picture_heart, picture_temperatures)),
        ("Dark", (picture_surgery, picture_listening)),
    ],
    ids=("bundled", "training", "heart", "dark"),
)
def test_pictures_for_the_readme(open_studio, theme, pictures):
    studio = open_studio(theme=theme)
    studio.page.set_viewport_size({"width": 1280, "height": 800})
    studio.open("Listening")
    studio.count_notes()
    for take in pictures:
        take(studio)


@pytest.mark.skipif("LSTMMUSIC_SCREENSHOTS" not in os.environ, reason="LSTMMUSIC_SCREENSHOTS names no folder for it")
def test_animation_for_the_readme(open_studio):
    """Start, the curve falls, and the tune is sampled again from the newer weights."""
    studio = open_studio()
    page = studio.page
    page.set_viewport_size({"width": 1280, "height": 800})
    frames, seconds = [], []

    def show(frame_seconds: float) -> None:
        picture = Image.open(io.BytesIO(studio.root.screenshot())).convert("RGB")
        frames.append(picture.resize((picture.width * 3 // 4, picture.height * 3 // 4), Image.Resampling.LANCZOS))
        seconds.append(frame_seconds)

    studio.open("Training")
    show(1.5)
    studio.button("Start").click()
    for update in (5, 20, 40, 70, 100, 150, 200):
        studio.read_losses(update)
        show(0.6)
    studio.open("Listening")
    for _ in range(7):
        page.mouse.move(0, 0)
        show(1.0)
        before = studio.root.get_by_role("button").filter(has_text="From update").inner_text().split(" ·")[0]
        expect(studio.root.get_by_role("button").filter(has_text="From update")).not_to_contain_text(
            f"{before} ·", timeout=SLOW * 1000
        )
    show(2.0)
    path = Path(os.environ["LSTMMUSIC_SCREENSHOTS"]) / "loop.gif"
    colours = [frame.quantize(64, dither=Image.Dither.NONE) for frame in frames]
    durations = [round(1000 * each) for each in seconds]
    colours[0].save(path, save_all=True, append_images=colours[1:], duration=durations, loop=0, optimize=True)
    assert path.stat().st_size <= 3_000_000


def test_network_ends_its_tune_and_the_last_chord_rings(open_studio):
    studio = open_studio()
    studio.open("Listening")
    # The first tune is from silence, until the primer is read.
    expect(studio.roll).to_have_attribute("aria-label", re.compile(f" in {PRIMER + 200} steps$"), timeout=SLOW * 1000)
    before = studio.roll.get_attribute("aria-label")
    studio.root.get_by_role("button", name=re.compile("^Take 4 .*, seed 3$")).click()  # the network ends it soon
    before = studio.read_label(studio.roll, before)
    studio.control("Listening", "Ending").select_option("until it ends, at most this length")
    label = studio.read_label(studio.roll, before, SLOW)
    notes, steps = (int(number) for number in re.findall(r"\d+", label))
    assert PRIMER < steps < PRIMER + 200
    saved = read_midi(save_midi(studio))
    assert len(find_notes(saved)) == notes
    assert len(saved) == find_notes(saved)[:, 1].max() > steps  # it sounds for about a second more
