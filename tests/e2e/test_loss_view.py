"""The loss view in an empty page: what it writes, and how the pointer, the wheel and the keys zoom."""

from __future__ import annotations

import re

import numpy as np
import pytest
from playwright.sync_api import expect

from lstmmusic.views import LossView, OverlaidRun
from lstmmusic.views.palette import PALETTE

from .bare_view import BOX_TEXTS, check_boxes
from .heard_view import HeardView

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("closed_views")]

WIDTH, HEIGHT = 800, 240
LEFT, RIGHT, MIDDLE = 56, WIDTH - 28, 150  # of the plot
UPDATES = 20_000


@pytest.fixture(autouse=True)
def clock(page):
    page.clock.install()


def place(update, first=0, last=UPDATES):
    return LEFT + (update - first) / (last - first) * (RIGHT - LEFT)


@pytest.fixture
def loss():
    view = LossView(height=HEIGHT)
    updates = np.arange(1.0, UPDATES + 1)
    losses = 5 + np.random.default_rng(0).uniform(-0.2, 0.2, UPDATES) + 20 * np.exp(-updates / 300)
    checks = np.arange(0.0, UPDATES + 1, 200)
    view.show(updates, losses, checks, 5.5 + ((checks - 12_000) / 10_000) ** 2)
    return view


def drag(page, start, end):
    page.mouse.move(start, MIDDLE)
    page.mouse.down()
    page.mouse.move(end, MIDDLE, steps=4)
    page.mouse.up()


def part(shown):
    """Return the first and last update that were requested last; the page waits 0.2 s between two requests."""
    shown.page.clock.fast_forward(250)
    return tuple(shown.sent()[-1][name] for name in ("from", "to"))


def point(shown, x, y=MIDDLE):
    shown.page.mouse.move(x, y)
    shown.settle()
    return shown.written()


def test_drag_zooms_in_and_double_click_shows_all(page, loss):
    loss.baseline = 19.0  # far above what will be looked at
    shown = HeardView(page, loss, WIDTH)
    assert "20" in shown.written()  # the loss at the beginning
    label = shown.label
    drag(page, place(8000), place(10_000))
    assert part(shown) == pytest.approx((8000, 10_000), abs=60)
    shown.answer()
    written = shown.written()
    assert "20" not in written  # the other axis fits what is visible
    assert {"9,000", "drag to zoom, double-click: all"} <= set(written)
    assert shown.label == label
    page.mouse.dblclick(400, MIDDLE)
    assert part(shown) == (None, None)
    assert "20" in shown.written()


def test_click_and_cancelled_drag_do_not_zoom(page, loss):
    shown = HeardView(page, loss, WIDTH)
    shown.canvas.click(position={"x": 400, "y": MIDDLE})
    page.mouse.move(300, MIDDLE)
    page.mouse.down()
    page.mouse.move(500, MIDDLE)
    page.keyboard.press("Escape")
    page.mouse.up()
    assert shown.sent() == []


def test_keys_zoom_and_pan_and_escape_shows_all(page, loss):
    shown = HeardView(page, loss, WIDTH)
    page.keyboard.press("Tab")
    page.keyboard.press("+")
    first, last = part(shown)
    assert last - first == pytest.approx(UPDATES / 1.5)
    assert first + last == pytest.approx(UPDATES)
    page.keyboard.press("ArrowRight")
    moved, _ = part(shown)
    assert moved - first == pytest.approx(0.2 * UPDATES / 1.5)
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    assert part(shown)[1] == UPDATES  # it does not leave what there is
    page.keyboard.press("-")
    page.keyboard.press("Escape")
    assert part(shown) == (None, None)


def test_wheel_zooms_only_with_focus_or_control(page, loss):
    shown = HeardView(page, loss, WIDTH)
    page.evaluate("document.body.style.height = '5000px'; scrollTo(0, 50)")
    page.mouse.move(place(5000), MIDDLE - 50)
    page.mouse.wheel(0, -20)
    page.wait_for_function("scrollY < 50")
    page.mouse.wheel(0, -200)
    page.wait_for_function("scrollY === 0")
    assert shown.sent() == []
    page.keyboard.down("Control")
    page.mouse.wheel(0, -200)
    page.wait_for_function("window.views[0].model.sent.length > 0")
    page.keyboard.up("Control")
    first, last = part(shown)
    assert last - first < 0.7 * UPDATES
    assert (5000 - first) / (last - first) == pytest.approx(0.25, abs=0.01)  # what is at the pointer stays there
    shown.canvas.focus()
    page.mouse.wheel(0, 2000)
    page.wait_for_function("window.views[0].model.sent.at(-1).from === null")
    assert page.evaluate("scrollY") == 0


def test_fast_zooming_sends_few_messages_and_the_last_state(page, loss):
    shown = HeardView(page, loss, WIDTH)
    shown.canvas.focus()
    page.evaluate(
        """() => {
          const press = (key) =>
            document.querySelector("canvas").dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
          for (let time = 0; time < 50; time++) press(time % 2 ? "ArrowLeft" : "+");
        }"""
    )
    part(shown)
    times = [message["at"] for message in shown.sent()]
    assert len(times) == 2
    assert times[1] - times[0] >= 195
    assert shown.sent()[-1]["to"] - shown.sent()[-1]["from"] == pytest.approx(4)  # the narrowest part


def test_zoomed_part_stays_while_training_continues(page):
    losses = np.linspace(9, 5, 3000)
    view = LossView(height=HEIGHT)
    view.show(np.arange(1, 1001), losses[:1000])
    shown = HeardView(page, view, WIDTH)
    drag(page, place(400, 0, 1000), place(600, 0, 1000))
    asked = part(shown)
    view.show(np.arange(1, 3001), losses)
    assert {"450", "500", "550"} <= set(shown.written())
    assert part(shown) == asked
    view.show(np.arange(1, 11), losses[:10])  # a new run
    assert "drag to zoom, double-click: all" not in shown.written()
    assert part(shown) == (None, None)


def test_pointer_reads_the_flags_of_changes(page, loss):
    loss.marks = [
        {"update": 4000, "text": "<b>clip</b> 30 → 10"},
        {"update": 15_000, "text": "rate 1"},
        {"update": 15_100, "text": "rate 2"},
    ]
    shown = HeardView(page, loss, WIDTH)
    assert shown.label.endswith(", 3 changes")
    assert "2" in shown.written()  # those two share a flag
    assert "4,000: <b>clip</b> 30 → 10" in point(shown, place(4000))
    assert {"15,000: rate 1", "15,100: rate 2"} <= set(point(shown, place(15_050)))
    assert not any("rate" in text or "clip" in text for text in point(shown, place(9000)))
    loss.marks = loss.marks[:1]
    shown.send()
    assert shown.label.endswith(", 1 change")


def test_many_changes_at_once_share_a_flag(page, loss):
    loss.marks = [{"update": 4000 + number, "text": f"rate {number}"} for number in range(12)]
    shown = HeardView(page, loss, WIDTH)
    written = point(shown, place(4000))
    assert "9+" in written
    assert sum(": rate" in text for text in written) == 5
    assert "and 7 more: zoom in" in written


def test_best_validation_is_ringed_and_named_at_the_pointer(page, loss):
    shown = HeardView(page, loss, WIDTH)
    assert "best 5.50 at update 12,000" in point(shown, place(12_000))
    assert not any("best" in text for text in point(shown, place(14_000)))


def test_overfitting_is_shaded_and_named(page, loss):
    pixel = "canvas => [...canvas.getContext('2d').getImageData(650, 60, 1, 1).data]"
    shown = HeardView(page, loss, WIDTH)
    before = shown.canvas.evaluate(pixel)
    loss.overfitting = 13_000.0
    assert "overfitting" in shown.written()
    assert shown.label.endswith(", overfitting since update 13000")
    assert shown.canvas.evaluate(pixel) != before
    loss.overfitting = None
    assert "overfitting" not in shown.written()
    assert shown.canvas.evaluate(pixel) == before


# Keeps the colour and the dashes of each thick line that a canvas draws from now on.
LINES = """() => {
  const stroke = CanvasRenderingContext2D.prototype.stroke;
  window.lines = [];
  CanvasRenderingContext2D.prototype.stroke = function () {
    if (this.lineWidth === 2) window.lines.push([this.strokeStyle, this.getLineDash().join()]);
    return stroke.call(this);
  };
}"""


def lines(shown):
    """Return the colour and the dashes of the lines and of their entries in the legend."""
    shown.page.evaluate("() => { window.lines = []; }")
    shown.written()
    return {tuple(each) for each in shown.page.evaluate("window.lines")}


def test_curves_of_a_run_differ_in_colour_and_dashes(page, loss):
    colours = PALETTE["light"]
    page.evaluate(LINES)
    shown = HeardView(page, loss, WIDTH)
    assert {"training", "validation"} <= set(shown.written())
    assert lines(shown) == {(colours["brand"], ""), (colours["warn"], "8,3"), (colours["warn"], "")}  # a ring


def make_runs(count, *, size=10_000):
    """Make runs that fall from 20 to different losses, validated ten times each."""
    updates, checks = np.arange(1.0, size + 1), np.linspace(0, size, 10)
    return [
        OverlaidRun(
            f"<i>run {n}",
            n,
            (updates, np.linspace(20, 7 + n, size)),
            (checks, np.linspace(21, 8 + n, 10)),
        )
        for n in range(count)
    ]


def test_several_runs_differ_in_colour_and_dashes_and_are_named(page, loss):
    page.evaluate(LINES)
    shown = HeardView(page, loss, WIDTH)
    runs = make_runs(7)
    runs[3] = runs[3]._replace(validation=((), ()))
    loss.overlay(runs)
    shown.send()
    entries = page.get_by_role("group", name="Curves").get_by_role("button")
    names = [f"<i>run {n}: " + ("training, no validation" if n == 3 else f"best {8 + n:.1f}") for n in range(7)]
    names[0], names[1] = "<i>run 0: best 8.00", "<i>run 1: best 9.00"
    expect(entries).to_have_text(names)
    assert shown.label == f"Loss curve: 7 runs, {'; '.join(names)}"
    drawn = lines(shown)
    colours = [PALETTE["light"][f"run{n}"] for n in range(7)]
    assert {colour for colour, _ in drawn} == set(colours)
    assert len({dashes for _, dashes in drawn}) >= 7  # each has its own
    lines_of = point(shown, place(8000, 0, 10_000))
    assert sum("validation" in text for text in lines_of) == 6
    assert any(text.startswith("<i>run 3: smoothed") for text in lines_of)
    loss.overlay([])
    shown.send()
    expect(page.get_by_role("group", name="Curves")).to_be_hidden()
    assert "training" in shown.written()


def test_names_that_are_alike_can_be_told_apart_in_the_legend(page, loss):
    names = [f"which learning rate is best learning rate {rate}" for rate in (0.002, 0.004)]
    loss.overlay([run._replace(name=name) for run, name in zip(make_runs(2), names, strict=True)])
    shown = HeardView(page, loss, WIDTH)
    for number, name in enumerate(names):
        entry = page.get_by_role("button", name=f"{name}: best {8 + number}.00", exact=True)
        start, end = (entry.locator("span > span").nth(place) for place in (0, 1))
        assert start.evaluate("start => start.scrollWidth > start.clientWidth")
        expect(end).to_have_text(re.compile(rf"{name[-5:]}:"))
        assert end.evaluate(
            "end => end.getBoundingClientRect().right <= end.parentElement.getBoundingClientRect().right"
        )
    written = point(shown, place(8000, 0, 10_000))
    assert [any(re.match(rf"whi.*….*{name[-5:]}: ", text) for text in written) for name in names] == [True, True]


def test_legend_hides_and_points_out_curves_by_keyboard(page, loss):
    page.evaluate(LINES)
    loss.overlay(make_runs(3))
    shown = HeardView(page, loss, WIDTH)
    entries = page.get_by_role("group", name="Curves").get_by_role("button")
    colours = [PALETTE["light"][f"run{n}"] for n in range(3)]
    entries.nth(1).focus()
    page.keyboard.press("Enter")
    expect(entries.nth(1)).to_have_attribute("aria-pressed", "false")
    expect(entries.nth(1)).to_be_focused()
    shown.settle()
    assert {colour for colour, _ in lines(shown)} == {colours[0], colours[2]}
    loss.overlay(make_runs(3, size=20))  # as a run is saved again
    shown.send()
    expect(entries.nth(1)).to_have_attribute("aria-pressed", "false")
    page.keyboard.press("Space")
    expect(entries.nth(1)).to_have_attribute("aria-pressed", "true")
    shown.settle()
    assert {colour for colour, _ in lines(shown)} == set(colours)


def test_run_that_diverges_is_cut_with_a_mark(page, loss):
    runs = make_runs(3)
    checks = np.linspace(0, 10_000, 10)
    runs[2] = runs[2]._replace(validation=(checks, np.geomspace(20, 1e6, 10)), training=((), ()))
    loss.overlay(runs)
    shown = HeardView(page, loss, WIDTH)
    shown.send()
    written = shown.written()
    assert "9 above" in written  # of the ten that were measured
    assert sum("above" in text for text in written) == 1
    assert "20" in written
    assert "100,000" not in written


def test_unit_of_validation_is_named_if_it_differs(page, loss):
    loss.unit, loss.validation_unit = "squared error", "nats per step"
    shown = HeardView(page, loss, WIDTH)
    assert {"squared error", "validation, nats per step"} <= set(shown.written())
    assert "squared error, validation 6.14, nats per step" in shown.label


def test_buttons_zoom_switch_the_scale_and_explain(page, loss):
    shown = HeardView(page, loss, WIDTH)
    button = {
        name: page.get_by_role("button", name=name) for name in ("Zoom in", "Zoom out", "Show all", "Logarithmic")
    }
    expect(button["Zoom out"]).to_be_disabled()
    button["Zoom in"].click()
    first, last = part(shown)
    assert last - first == pytest.approx(UPDATES / 1.5)
    button["Zoom in"].click()
    button["Zoom out"].click()
    assert part(shown) == pytest.approx((first, last))
    button["Show all"].click()
    assert part(shown) == (None, None)
    shown.settle()
    expect(button["Show all"]).to_be_disabled()
    button["Logarithmic"].click()
    expect(button["Logarithmic"]).to_have_attribute("aria-pressed", "true")
    assert shown.saved()[-1]["logarithmic"] is True
    ask, note = page.get_by_role("button", name="How to read"), page.get_by_role("note")
    expect(ask).to_be_hidden()  # nothing to say
    loss.help = "<b>Validation</b> may lie below training"
    shown.send()
    ask.click()
    expect(note).to_have_text("<b>Validation</b> may lie below training")
    ask.press("Enter")
    expect(note).to_be_hidden()


@pytest.mark.parametrize("losses", [(5.0, 5.2), (2.1, 30.0), (0.011, 0.013), (1.0, 9000.0)])
@pytest.mark.parametrize("logarithmic", [False, True])
def test_axis_of_losses_has_at_least_four_labels(page, losses, logarithmic):
    view = LossView(height=150, logarithmic=logarithmic)
    view.show(np.arange(1, 101), np.geomspace(*losses[::-1], 100))
    shown = HeardView(page, view, WIDTH)
    page.evaluate(BOX_TEXTS)
    shown.send()
    labels = {box["text"] for box in page.evaluate("boxes") if box["right"] <= LEFT - 6 and box["text"] != "updates"}
    assert len(labels) >= 4


@pytest.mark.parametrize("logarithmic", [False, True])
def test_outlier_does_not_flatten_the_curve_and_is_named(page, logarithmic):
    view = LossView(height=HEIGHT, logarithmic=logarithmic)
    losses = np.linspace(9, 6, 1000)
    losses[500] = 1e6
    view.show(np.arange(1, 1001), losses)
    shown = HeardView(page, view, WIDTH)
    written = set(shown.written())
    assert {"10", "↑ up to 1,000,000"} <= written
    losses[500] = 7.5
    view.show(np.arange(1, 1001), losses)
    assert not any("up to" in text for text in shown.written())


SNAPSHOTS = [0, 100, 3000, 8000, 14_000]


@pytest.fixture
def heard(page, loss):
    loss.snapshots = SNAPSHOTS
    return HeardView(page, loss, WIDTH)


def marker(page):
    return page.get_by_role("slider", name="Heard update")


def grip(page):
    """Return the middle of the marker."""
    box = marker(page).bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def chosen(shown):
    return [saved["heard"] for saved in shown.saved()]


def test_marker_is_dragged_from_snapshot_to_snapshot_and_does_not_zoom(page, heard):
    expect(marker(page)).to_have_attribute("aria-valuetext", "newest, update 20,000")
    x, y = grip(page)
    assert x == pytest.approx(place(UPDATES), abs=2)
    assert y > HEIGHT - 22  # below the numbers of the updates
    page.mouse.move(x, y)
    page.mouse.down()
    for update in (19_000, 15_000, 9000, 7000, 2500):
        page.mouse.move(place(update), y - 60, steps=3)  # a hand is not that steady
    page.mouse.up()
    page.mouse.move(place(14_000), y)
    assert chosen(heard) == [14_000, 8000, 3000]
    assert heard.sent() == []
    expect(marker(page)).to_have_attribute("aria-valuetext", "update 3,000 of 20,000")
    expect(page.get_by_text("update 3,000", exact=True)).to_be_visible()
    assert grip(page)[0] == pytest.approx(place(3000), abs=2)
    page.mouse.click(place(7900), y)
    assert chosen(heard)[3:] == [8000]


def test_arrow_keys_move_the_marker_and_python_too(page, heard, loss):
    marker(page).focus()
    for key in ("ArrowLeft", "ArrowDown", "ArrowRight", "End", "ArrowRight", "Home", "ArrowLeft", "ArrowUp"):
        page.keyboard.press(key)
    assert chosen(heard) == [14_000, 8000, 14_000, None, 0, 100]
    assert heard.sent() == []  # the keys of the picture zoom
    loss.heard, loss.last = 8000, "best"
    heard.send()
    expect(marker(page)).to_have_attribute("aria-valuetext", "update 8,000 of 20,000")
    expect(marker(page)).to_have_attribute("aria-valuenow", "8000")
    loss.heard = None
    heard.send()
    expect(marker(page)).to_have_attribute("aria-valuetext", "best, update 12,000 of 20,000")
    assert grip(page)[0] == pytest.approx(place(12_000), abs=2)
    assert chosen(heard) == [14_000, 8000, 14_000, None, 0, 100]


def test_marker_follows_the_zoom_and_the_run(page, heard, loss):
    loss.heard = 3000
    heard.send()
    drag(page, place(2000), place(5000))
    heard.settle()
    first, last = part(heard)
    assert grip(page)[0] == pytest.approx(place(3000, first, last), abs=2)
    page.mouse.click(place(2500, first, last), grip(page)[1])
    assert chosen(heard) == []  # it is the only one of this part
    loss.snapshots = []
    heard.send()
    expect(marker(page)).to_be_hidden()
    assert heard.canvas.bounding_box()["height"] == HEIGHT


def test_closed_view_leaves_nothing_behind(page, loss):
    loss.snapshots = SNAPSHOTS
    shown = HeardView(page, loss, WIDTH)
    drag(page, place(8000), place(10_000))
    shown.end()
    assert shown.sent()[-1]["from"] is None  # so that Python sends no more details
    assert page.evaluate("window.views[0].listeners.length") == 0
    assert page.locator("canvas").count() == 0
    assert page.get_by_role("slider").count() == 0


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("width", "height"), [(400, 150), (1200, 300)])
def test_no_text_overlaps_another_or_is_cut(page, loss, width, height, theme):
    page.set_viewport_size({"width": 1280, "height": 400})
    loss.height, loss.baseline, loss.baseline_label = height, 9.3, "each note's own Markov chain"
    loss.marks = [{"update": update, "text": "rate"} for update in (4000, 15_000, 15_100)]
    loss.overfitting, loss.name = 19_900.0, "a long name of a run that was made yesterday"
    loss.snapshots, drawn = SNAPSHOTS, height + 18
    shown = HeardView(page, loss, width, theme)
    page.evaluate(BOX_TEXTS)
    loss.logarithmic = True
    shown.send()
    assert len(check_boxes(page, width, drawn)) > 10
    assert shown.canvas.bounding_box()["height"] == drawn
