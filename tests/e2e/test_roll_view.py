"""The piano roll in an empty page: what it writes and draws, and what the pointer and the keys do."""

from __future__ import annotations

import itertools
import re

import numpy as np
import pytest
from playwright.sync_api import expect

from lstmmusic.views import RollEdit, RollView
from tests.wires import Wire, receive

from .bare_view import BOX_TEXTS, BareView, check_boxes

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("closed_views")]

BARS = [(-12.0, 16.0, 4.0), (20.0, 12.0, 4.0)]

TICK = 100  # milliseconds between two messages

COUNT = """() => {
  for (const name of ["fillRect", "strokeRect", "putImageData"]) {
    for (const kind of [CanvasRenderingContext2D, OffscreenCanvasRenderingContext2D]) {
      const draw = kind.prototype[name];
      kind.prototype[name] = function (...place) {
        const cells = name === "putImageData" ? place[0].width * place[0].height : 1;
        window.drawn = (window.drawn ?? 0) + cells;
        return draw.apply(this, place);
      };
    }
  }
}"""


def tune(steps: int, pitches: int = 24) -> np.ndarray:
    """A note of three steps every fourth step."""
    roll = np.zeros((steps, pitches))
    for start in range(0, steps, 4):
        roll[start : start + 3, 6 + start % 12] = 1
    return roll


def strike(roll: np.ndarray) -> np.ndarray:
    """Velocities from 20 to 119, where notes start."""
    starts = (roll > 0) & (np.pad(roll, ((1, 0), (0, 0)))[:-1] == 0)
    return starts * (20 + np.arange(roll.size).reshape(roll.shape) % 100)


@pytest.fixture
def show(page):
    page.set_content("<body style='margin: 0'></body>")

    def show(roll, width=600, show=None, **traits) -> BareView:
        view = RollView(**{"height": 180, **traits})
        view.show(roll, **(show or {}))
        return BareView(page, view, width)

    return show


def at(bare: BareView, step: float, height: float = 0.5) -> tuple[float, float]:
    """Place of a step on the page, where the plot goes from 40 to 12 pixels before the right edge."""
    box = bare.canvas.bounding_box()
    steps, first, span = bare.get("shape")[0], bare.get("first"), bare.get("span")
    share = (step - first) / (span or steps)
    return box["x"] + 40 + share * (box["width"] - 52), box["y"] + height * box["height"]


def drag(bare: BareView, start: float, stop: float, moves: int = 5) -> None:
    bare.page.mouse.move(*at(bare, start))
    bare.page.mouse.down()
    bare.page.mouse.move(*at(bare, stop), steps=moves)
    bare.page.mouse.up()


def cursor(bare: BareView, step: float) -> str:
    bare.page.mouse.move(*at(bare, step))
    return bare.canvas.evaluate("canvas => canvas.style.cursor")


def test_selection_is_dragged_by_edges_and_middle_or_replaced(show):
    bare = show(tune(100), selectable=True, selection=(16, 40))
    assert [cursor(bare, step) for step in (16, 28, 40, 70)] == ["ew-resize", "grab", "ew-resize", "crosshair"]
    drag(bare, 40, 3)
    assert bare.get("selection") == [16, 17]  # a step stays
    drag(bare, 17, 60)
    assert bare.get("selection") == [16, 60]
    drag(bare, 16, 90)
    assert bare.get("selection") == [59, 60]
    drag(bare, 59, 20)
    drag(bare, 40, 95)
    assert bare.get("selection") == [60, 100]  # as long as before
    drag(bare, 50.2, 20.8)
    assert bare.get("selection") == [20, 51]
    drag(bare, 70, 70)
    assert bare.get("selection") == [20, 51]  # a click makes none
    assert bare.saved()[-1]["selection"] == [20, 51]


def test_drag_sends_few_messages_and_the_last_state(show):
    bare = show(tune(100), selectable=True, selection=(16, 40))
    drag(bare, 40, 90, moves=60)
    saved = bare.saved()
    assert saved[-1]["selection"] == [16, 90]
    times = [each["at"] for each in saved[:-1]]  # the last one comes at once
    assert all(later - earlier > 0.9 * TICK for earlier, later in itertools.pairwise(times))


def test_late_answer_of_the_kernel_does_not_disturb_a_drag(show):
    bare = show(tune(100), selectable=True, selection=(16, 40))
    bare.page.mouse.move(*at(bare, 40))
    bare.page.mouse.down()
    bare.page.mouse.move(*at(bare, 60))
    bare.page.evaluate("window.views[0].model.receive({ selection: [16, 45] })")
    assert bare.get("selection") == [16, 60]
    bare.page.mouse.up()
    bare.page.evaluate("window.views[0].model.receive({ selection: [16, 45] })")
    assert bare.get("selection") == [16, 45]


def test_keys_move_the_selection_and_it_is_announced(show):
    bare = show(tune(100), selectable=True, selection=(16, 40))
    slider = bare.page.get_by_role("slider", name="Piano roll: 25 notes in 100 steps")
    slider.focus()
    expected = {
        "ArrowRight": "17 to 41",
        "Shift+ArrowRight": "17 to 42",
        "Shift+ArrowLeft": "17 to 41",
        "Home": "0 to 24",
        "ArrowLeft": "0 to 24",
        "PageUp": "24 to 48",
        "Shift+End": "24 to 100",
        "Shift+Home": "24 to 25",
        "End": "99 to 100",
    }
    for key, steps in expected.items():
        bare.page.keyboard.press(key)
        assert slider.get_attribute("aria-valuetext") == f"primer: steps {steps}"
    bare.page.wait_for_function("window.views[0].model.saved.at(-1).selection[0] === 99")
    bare.view.selectable = False
    bare.send()
    assert bare.canvas.get_attribute("role") == "img"
    assert bare.canvas.get_attribute("aria-valuetext") is None


def test_keys_inspect_cells_and_explain_them(show):
    row = 12  # where the keys start, in step 6
    roll, chances, drawn = tune(13), np.full((13, 24), 0.3), np.full((10, 24), 0.9)
    roll[:, row] = 0
    cases = [  # from step 5 on: sounds, probability, random number, and their description
        (1, 0.6171, 0.3123, "0.62 {}, at temperature 1.50, random number 0.312 is below 0.617: sounds"),
        (0, 0.6171, 0.7021, "0.62 {}, at temperature 1.50, random number 0.702 is not below 0.617: silent"),
        (0, 0.0414, 0.5, "0.04 {}, at temperature 1.50, 0.041 is below the threshold 0.20: never sounds"),
        (1, 0.6171, 0.6168, "0.62 {}, at temperature 1.50, random number 0.6168 is below 0.6171: sounds"),
        (1, 0.61711, 0.61712, "0.62 {}, at temperature 1.50, random number 0.617 is just below 0.617: sounds"),
        (0, 0.61711, 0.61711, "0.62 {}, at temperature 1.50, random number 0.617 is not below 0.617: silent"),
        (0, 0.1999, 0.01, "0.20 {}, at temperature 1.50, 0.1999 is below the threshold 0.20: never sounds"),
        (0, 0.199999, 0.01, "0.20 {}, at temperature 1.50, just below the threshold 0.20: never sounds"),
    ]
    for step, (sounds, chance, number, _) in enumerate(cases, start=5):
        roll[step, row], chances[step, row], drawn[step - 3, row] = sounds, chance, number
    words = {"meaning": "as sampled", "primer_meaning": "given the true lower notes"}
    layers = {"probabilities": chances, "uniforms": drawn}
    bare = show(roll, show=layers, primer=3, threshold=0.2, temperature=1.5, lowest=60 - row, **words)
    spoken = bare.page.locator(".lstmmusic-spoken")
    bare.canvas.focus()
    bare.page.keyboard.press("ArrowRight")
    assert spoken.inner_text().startswith("C4 is silent, step 6, 6.00 seconds, 0.62 as sampled")
    for _ in range(2):
        bare.page.keyboard.press("ArrowLeft")
    for step, (sounds, *_, said) in enumerate(cases, start=5):
        bare.page.keyboard.press("ArrowRight")
        state = "sounds" if sounds else "is silent"
        assert spoken.inner_text() == f"C4 {state}, step {step}, {step}.00 seconds, " + said.format(words["meaning"])
    bare.page.keyboard.press("Home")
    bare.page.keyboard.press("ArrowUp")
    assert spoken.inner_text() == (
        "C♯4 is silent, step 0, 0.00 seconds, 0.30 given the true lower notes, given by the primer"
    )
    bare.page.keyboard.press("Escape")
    assert spoken.inner_text() == ""


def test_pointer_explains_cells_as_keys_do(show):
    bare = show(np.zeros((10, 24)), show={"probabilities": np.full((10, 24), 0.25), "uniforms": np.full((10, 24), 0.5)})
    bare.page.evaluate(BOX_TEXTS)
    bare.page.mouse.move(*at(bare, 3.5))
    bare.settle()
    texts = [each["text"] for each in bare.page.evaluate("boxes")]
    assert texts[1:] == [
        *("step 3, 3.00 seconds", "probability 0.25", "at temperature 1.00"),
        "random number 0.500 is not below 0.250: silent",
    ]
    assert texts[0].endswith("is silent")


def test_wheel_scrolls_the_window_or_else_the_page(show):
    bare = show(tune(400))
    bare.page.evaluate("document.body.style.height = '3000px'")
    scrolled = "window.scrollY"
    bare.page.mouse.move(*at(bare, 100))
    bare.page.mouse.wheel(0, 50)
    bare.page.wait_for_function(f"{scrolled} === 50")
    bare.page.evaluate("window.scrollTo(0, 0)")

    bare.view.span = 100.0
    bare.send()
    bare.page.mouse.move(*at(bare, 50))
    bare.page.mouse.wheel(0, 274)  # half of the plot
    bare.page.wait_for_function("window.views[0].model.get('first') === 50")
    bare.page.mouse.wheel(-137, 0)
    bare.page.wait_for_function("window.views[0].model.get('first') === 25")
    bare.page.wait_for_function("window.views[0].model.saved.at(-1).first === 25")
    assert bare.page.evaluate(scrolled) == 0
    bare.page.mouse.wheel(0, -400)
    bare.page.wait_for_function("window.views[0].model.get('first') === 0")
    bare.page.mouse.wheel(0, 10_000)
    bare.page.wait_for_function("window.views[0].model.get('first') === 300")
    bare.page.mouse.wheel(0, 60)  # nothing is left here
    bare.page.wait_for_function(f"{scrolled} === 60")


def test_zoom_is_around_the_pointer_and_double_click_shows_all(show):
    bare = show(tune(400))
    bare.page.mouse.move(*at(bare, 100))
    bare.page.keyboard.down("Control")
    bare.page.mouse.wheel(0, -200)
    bare.page.keyboard.up("Control")
    bare.page.wait_for_function("window.views[0].model.get('span') > 0")
    first, span = bare.get("first"), bare.get("span")
    assert span == pytest.approx(400 * np.exp(-0.6))
    assert first + span / 4 == pytest.approx(100)
    bare.canvas.focus()
    bare.page.keyboard.press("+")
    assert bare.get("span") == pytest.approx(span / 1.5)
    bare.settle()
    box = bare.canvas.bounding_box()
    bare.page.mouse.dblclick(box["x"] + box["width"] - 21, box["y"] + box["height"] - 8)  # the button
    assert bare.get("span") == pytest.approx(span / 1.5**3)
    bare.page.mouse.dblclick(*at(bare, bare.get("first") + 1))
    assert (bare.get("first"), bare.get("span")) == (0, 0)


def test_map_can_be_dragged(show):
    bare = show(tune(1000), first=0.0, span=100.0)
    box = bare.canvas.bounding_box()
    left, right, y = box["x"] + 40, box["x"] + box["width"] - 52, box["y"] + box["height"] - 8
    bare.page.mouse.move(left + 5, y)
    bare.page.mouse.down()
    bare.page.mouse.move((left + right) / 2 + 5, y, steps=3)
    assert bare.get("first") == pytest.approx(500, abs=3)
    bare.page.mouse.move(right + 300, y, steps=3)
    assert bare.get("first") == 900
    bare.page.mouse.up()
    assert bare.saved()[-1]["first"] == 900


def test_playhead_stands_at_its_step_inside_the_plot(show):
    bare = show(tune(100), first=20.0, span=40.0)
    head = bare.page.locator(".lstmmusic-playhead")
    expect(head).to_be_hidden()
    places = []
    for playhead in (20, 30.5, 40, 59):
        bare.page.evaluate("step => window.views[0].model.receive({ playhead: step })", playhead)
        expect(head).to_be_visible()
        places.append(head.bounding_box())
    box = bare.canvas.bounding_box()
    for place in places:
        assert box["x"] < place["x"] < box["x"] + box["width"]
        assert box["y"] < place["y"] < place["y"] + place["height"] < box["y"] + box["height"]
    first, middle, half, last = (place["x"] for place in places)
    assert middle - first == pytest.approx((last - first) * 10.5 / 39, abs=1)
    assert half - first == pytest.approx((last - first) * 20 / 39, abs=1)
    for playhead in (-1, 101):
        bare.page.evaluate("step => window.views[0].model.receive({ playhead: step })", playhead)
        expect(head).to_be_hidden()
        expect(bare.page.locator(".lstmmusic-plot")).to_be_hidden()  # it would not follow a change of width


def test_playhead_turns_the_page_unless_the_user_has_scrolled_away(show):
    bare = show(tune(1000), first=0.0, span=100.0)
    sound = "step => window.views[0].model.receive({ playhead: step })"
    for playhead, first in ((99.5, 0), (100.5, 100.5), (150, 100.5)):
        bare.page.evaluate(sound, playhead)
        assert bare.get("first") == first
    bare.page.evaluate("window.views[0].model.receive({ first: 700 })")
    bare.page.evaluate(sound, 160)
    bare.page.evaluate(sound, 170)
    assert bare.get("first") == 700
    bare.page.evaluate(sound, -1)
    bare.page.evaluate(sound, 180)  # played again
    assert bare.get("first") == 180


def test_ten_thousand_notes_scroll_at_30_frames_a_second_while_they_play(followed, page):
    bare = followed()
    roll = np.zeros((8000, 88))
    roll[np.arange(0, 8000, 2)[:, None], [20, 40, 60]] = 1
    bare.view.show(roll)
    bare.view.span = 200.0
    assert bare.view.count > 10_000
    bare.send()
    apart = page.evaluate(
        """async () => {
          const times = [];
          for (let frame = 0; frame < 60; frame++) {
            views[0].model.set("first", 7 * frame);
            announce({ seconds: 3.5 * frame, loop: [10, 200] });
            times.push(await new Promise(requestAnimationFrame));
          }
          return times.slice(1).map((time, index) => time - times[index]);
        }"""
    )
    assert np.median(apart) < 1000 / 30


@pytest.mark.parametrize("palette", ["roll", "velocities", "probability"])
def test_long_roll_is_drawn_as_fast_as_a_short_one(show, page, palette):
    page.evaluate(COUNT)
    dynamic, palette = palette == "velocities", palette.replace("velocities", "roll")
    for span in (200.0, 5000.0):
        drawn = []
        for steps in (6000, 20_000):
            roll = tune(steps)
            layers = {"notes": roll} if palette == "probability" else {"velocities": strike(roll)} if dynamic else {}
            bare = show(roll, palette=palette, show=layers, first=100.0, span=span)
            page.evaluate("window.drawn = 0")
            page.evaluate("([number, first]) => window.views[number].model.receive({ first })", [bare.number, steps])
            bare.settle()
            drawn.append(page.evaluate("window.drawn"))
        assert 0 < drawn[0] < 60_000
        assert drawn[1] == pytest.approx(drawn[0], rel=0.1)


@pytest.mark.parametrize("palette", ["roll", "velocities", "probability"])
def test_no_text_is_cut_or_overlaps_another_at_any_size(show, page, palette):
    page.evaluate(BOX_TEXTS)
    dynamic, palette = palette == "velocities", palette.replace("velocities", "roll")
    roll = np.random.default_rng(0).random((300, 88)) < 0.05
    title = "A tune after BWV 269 (held out), temperature 1, seed 0"
    layers = {"before": np.roll(roll, 1, axis=0), "notes": roll if palette == "probability" else None}
    layers |= {"velocities": strike(roll)} if dynamic else {}
    for height, width, zoomed in itertools.product((90, 129, 130, 260), (300, 420, 1200), (True, False)):
        page.evaluate("window.boxes = []")
        manner = {"unit": "beats", "step": 0.25, "first": 3.7, "span": 37.3, "bars": BARS} if zoomed else {"step": 0.3}
        manner |= {"height": height, "title": title, "primer": 16, "legend": zoomed}
        bare = show(roll, width, layers, palette=palette, **manner)
        texts = check_boxes(page, width, height + 61 * dynamic)
        assert any(re.fullmatch(r"C\d", text) for text in texts)
        assert {"pp", "mf", "ff"}.issubset(texts) == dynamic
        page.evaluate("number => { views[number].end(); views[number].el.remove(); }", bare.number)
        page.evaluate("window.views = []")


PLAYER = """() => {
  window.wishes = [];
  window.announce = (changes) => {
    const detail = { id: "p", tune: 0, seconds: 0, playing: true, loop: [], ...changes };
    document.dispatchEvent(new CustomEvent("lstmmusic-playhead", { detail }));
  };
  document.addEventListener("lstmmusic-request", (event) => {
    const { seek, loop, key } = event.detail;
    const wish = Object.entries({ seek, loop, key }).filter(([, value]) => value !== undefined);
    if (wish.length) window.wishes.push({ tune: event.detail.tune, ...Object.fromEntries(wish) });
    if (loop) window.announce({ loop });
    if (key === " ") event.preventDefault();
  });
}"""


@pytest.fixture
def followed(show, page):
    """Show a roll of a hundred steps that follows a player, each step half a second."""

    def show_followed(**traits) -> BareView:
        page.evaluate(PLAYER)
        return show(tune(100), follows="p", tempo_map=[(0, 0.5)], **traits)

    return show_followed


def test_click_seeks_and_drag_loops_where_a_player_is_followed(followed, page):
    bare = followed()
    page.mouse.click(*at(bare, 30.7))
    drag(bare, 20.3, 40.8)
    drag(bare, 41, 50)  # its end
    drag(bare, 30, 40)  # its middle
    page.mouse.click(*at(bare, 45.5))  # within it
    assert page.evaluate("wishes") == [
        *({"tune": 0, "seek": 15}, {"tune": 0, "loop": [10, 20.5]}),
        *({"tune": 0, "loop": [10, 25]}, {"tune": 0, "loop": [15, 30]}, {"tune": 0, "seek": 22.5}),
    ]
    assert bare.saved() == []  # without Python


def test_selection_is_dragged_also_where_a_player_is_followed(followed, page):
    bare = followed(selectable=True, selection=(16, 40))
    drag(bare, 40, 60)
    page.mouse.click(*at(bare, 80.5))
    assert bare.get("selection") == [16, 60]
    assert page.evaluate("wishes") == [{"tune": 0, "seek": 40}]


@pytest.mark.parametrize(("selectable", "stop"), [(False, 30), (False, 60), (True, 30)])
def test_gesture_that_scrolls_the_page_requests_nothing(followed, page, selectable, stop):
    bare = followed(selectable=selectable, selection=(16, 40))
    page.mouse.move(*at(bare, 30))
    page.mouse.down()
    page.mouse.move(*at(bare, stop))
    bare.canvas.dispatch_event("pointercancel")
    page.mouse.move(*at(bare, 70))
    page.mouse.up()
    assert page.evaluate("wishes") == []
    assert bare.get("selection") == [16, 40]


def test_keys_seek_and_loop_and_are_passed_to_the_player(followed, page):
    bare = followed()
    bare.canvas.focus()
    for key in ("ArrowRight", "Enter", "Shift+ArrowRight", "Shift+ArrowRight", "Shift+ArrowLeft", "Escape", "Escape"):
        page.keyboard.press(key)
    page.keyboard.press("Space")
    assert [wish for wish in page.evaluate("wishes") if wish.get("key") != "Shift"] == [
        {"tune": 0, "seek": 25},
        *({"tune": 0, "loop": [25, stop]} for stop in (25.5, 26, 25.5)),
        *({"tune": 0, "key": key} for key in ("Escape", " ")),  # the first Escape puts the cell away
    ]


def test_playhead_is_shown_for_the_tune_that_sounds(followed, page):
    bare = followed(follows_tune=1)
    page.evaluate("announce({ seconds: 4 })")
    assert bare.get("playhead") == -1
    page.evaluate("announce({ seconds: 4, tune: 1 })")
    assert bare.get("playhead") == 8
    page.evaluate("announce({ seconds: 5, tune: 1, id: 'another' })")
    assert bare.get("playhead") == 8
    page.evaluate("announce({ seconds: 5 })")
    assert bare.get("playhead") == -1
    page.mouse.click(*at(bare, 10.5))
    assert page.evaluate("wishes") == [{"tune": 1, "seek": 5}]


def test_loop_of_the_player_is_tinted(followed, page):
    bare = followed()
    inside = [*map(round, at(bare, 30.5))]
    colour = "place => [...document.querySelector('canvas').getContext('2d').getImageData(...place, 1, 1).data]"
    before = page.evaluate(colour, inside)
    page.evaluate("announce({ loop: [10, 20] })")
    bare.settle()
    assert page.evaluate(colour, inside) != before
    page.evaluate("views[0].model.receive({ follows: '' })")
    bare.settle()
    assert page.evaluate(colour, inside) == before


def test_closed_view_leaves_nothing_behind(show, page):
    bare = show(tune(20), selectable=True)
    page.evaluate("window.views[0].end()")
    assert page.evaluate("[window.views[0].listeners.length, window.views[0].el.childElementCount]") == [0, 0]
    assert bare.canvas.count() == 0


def test_bars_are_numbered_where_the_metre_is_known(show, page):
    page.evaluate(BOX_TEXTS)
    show(tune(64), 600, bars=BARS, step=0.25, unit="beats")
    assert {"1", "2", "3"} <= set(check_boxes(page, 600, 180))
    page.evaluate("window.boxes = []")
    show(tune(64), 600, step=0.25, unit="beats", compact=True, bars=BARS)
    assert check_boxes(page, 600, 180) == []


def test_bar_lines_are_drawn_behind_the_notes(show, page):
    count = """() => {
      const draw = CanvasRenderingContext2D.prototype.stroke;
      CanvasRenderingContext2D.prototype.stroke = function () {
        window.faint = (window.faint ?? 0) + (this.globalAlpha < 0.5);
        return draw.call(this);
      };
    }"""
    page.evaluate(count)
    for bars, lines in ((BARS, 5 + 15), ([], 0)):  # bars, and beats but the one at the edge
        page.evaluate("window.faint = 0")
        show(tune(64), 600, bars=bars, step=0.25, unit="beats")
        assert page.evaluate("faint") == lines


def row_height(bare: BareView) -> float:
    """Pixels from a pitch to the next, as the keys find them: the cell that is inspected is outlined."""
    bare.page.evaluate(
        """() => {
          const draw = CanvasRenderingContext2D.prototype.strokeRect;
          CanvasRenderingContext2D.prototype.strokeRect = function (...box) {
            if (this.strokeStyle !== window.outline) window.outlines = [...(window.outlines ?? []), box];
            return draw.apply(this, box);
          };
        }"""
    )
    bare.canvas.focus()
    bare.page.keyboard.press("ArrowUp")
    bare.settle()
    return bare.page.evaluate("outlines.at(-1)[3]")


@pytest.fixture
def tooled(show, page):
    """Show a roll with tools, whose tune uses 80 pitches in few steps, and a few pitches often."""

    def show_tooled(height=300, **traits) -> BareView:
        roll = tune(64, 88)
        roll[0, [4, 83]] = 1
        return show(roll, 700, tools=True, height=height, **traits)

    return show_tooled


def test_notes_are_six_pixels_high_where_not_all_pitches_fit(tooled, page):
    bare = tooled()
    assert bare.page.locator(".lstmmusic-view").bounding_box()["height"] == 300
    assert row_height(bare) * 0.84 >= 6
    spoken = page.locator(".lstmmusic-spoken")
    assert spoken.inner_text().startswith("E♭2")  # amid columns 3 to 32, which sound most


def test_pitches_scroll_and_zoom_and_reset(tooled, page):
    bare = tooled()
    rows = bare.get("pitch_span")
    assert rows == 0
    page.mouse.move(*at(bare, 30))
    page.mouse.wheel(0, -100)
    page.wait_for_function("views[0].model.get('pitch_first') > 0")
    first, rows = bare.get("pitch_first"), bare.get("pitch_span")
    page.mouse.wheel(0, 10_000)
    page.wait_for_function("views[0].model.get('pitch_first') === 0")
    bare.settle()
    x, y = at(bare, 0)
    page.mouse.move(x - 20, y)  # on the keys
    page.mouse.down()
    page.mouse.move(x - 20, y + 50, steps=3)
    page.mouse.up()
    assert 50 / bare.get("pitch_first") == pytest.approx(7.5, abs=1)
    bare.settle()
    page.get_by_role("button", name="Zoom pitch in").click()
    assert bare.get("pitch_span") == pytest.approx(rows / 1.5)
    bare.settle()
    page.get_by_role("button", name="Zoom pitch out").click()
    assert bare.get("pitch_span") == pytest.approx(rows)
    page.get_by_role("button", name="Zoom time in").click()
    assert bare.get("span") == pytest.approx(64 / 1.5)
    page.get_by_role("button", name="Zoom time out").click()
    page.get_by_role("button", name="Zoom time in").click()
    page.get_by_role("button", name="Reset the zoom").click()
    assert [bare.get(name) for name in ("first", "span", "pitch_first", "pitch_span")] == [0, 0, 0, 0]
    page.wait_for_function("views[0].model.saved.at(-1).pitch_span === 0")
    assert first > 0


def test_inspected_cell_is_in_a_line_that_covers_nothing(tooled, page):
    bare = tooled(bars=BARS, step=0.25, unit="beats")
    page.evaluate(BOX_TEXTS)
    line = page.locator(".lstmmusic-line")
    page.mouse.move(*at(bare, 9.5))
    expect(line).to_have_text(re.compile(r"^\S+, bar 1 beat 2.25: (silent|sounds)$"))
    assert not any("beat" in text for text in check_boxes(page, 700, 300) if text != "beats")
    box, canvas = line.bounding_box(), bare.canvas.bounding_box()
    assert box["y"] >= canvas["y"] + canvas["height"]
    page.mouse.move(*at(bare, 9.5, 2))
    expect(line).to_have_text("")


def test_line_is_written_only_where_its_text_changes(tooled, page):
    bare = tooled(follows="p")  # whose hint the line has beside the plot
    page.mouse.move(*at(bare, 9.2))
    bare.settle()
    page.evaluate(
        """() => {
          window.written = 0;
          const count = new MutationObserver((records) => (window.written += records.length));
          count.observe(document.querySelector(".lstmmusic-line"), { childList: true });
        }"""
    )
    for step in (9.4, 9.6, 9.8):
        page.mouse.move(*at(bare, step))
        bare.settle()
    assert page.evaluate("written") == 0
    page.mouse.move(*at(bare, 12.5))
    bare.settle()
    assert page.evaluate("written") > 0


def test_line_has_the_probability_and_the_number_drawn(show, page):
    chances = np.full((10, 24), 0.4306)
    chances[:, :12] = 0.01
    layers = {"probabilities": chances, "uniforms": np.full((9, 24), 0.2149)}
    bare = show(np.ones((10, 24)), 700, layers, tools=True, height=300, primer=1, threshold=0.05, lowest=60)
    line = page.locator(".lstmmusic-line")
    page.mouse.move(*at(bare, 3.5, 0.3))
    expect(line).to_have_text(re.compile(r"^\S+, step 3, 3.00 seconds: sounds, p .43, drawn .21$"))
    page.mouse.move(*at(bare, 3.5, 0.6))
    expect(line).to_have_text(re.compile(r": sounds, p .01, drawn .21, below the threshold .05$"))
    page.mouse.move(*at(bare, 0.5, 0.3))
    expect(line).to_have_text(re.compile(r": sounds, p .43, given by the primer$"))


@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
def test_bar_moves_while_a_tune_is_still_to_come(show, page, motion):
    page.emulate_media(reduced_motion=motion)
    bare = show(tune(24), waiting=True)
    view = page.locator(".lstmmusic-view")
    # A tune that comes soon needs none.
    assert view.evaluate("view => getComputedStyle(view, '::after').animationDelay") == "0.4s"
    opacity = "Number(getComputedStyle(document.querySelector('.lstmmusic-view'), '::after').opacity)"
    page.wait_for_function(f"{opacity} === 1")
    expect(bare.canvas).to_have_attribute("aria-busy", "true")
    bare.view.waiting = False
    bare.send()
    expect(bare.canvas).to_have_attribute("aria-busy", "false")
    assert view.evaluate("view => getComputedStyle(view, '::after').content") == "none"


@pytest.mark.parametrize("granted", [True, False])
def test_full_screen_is_entered_by_a_button_and_left_by_escape(tooled, page, granted):
    if not granted:
        page.evaluate("() => { Element.prototype.requestFullscreen = () => Promise.reject(new Error('not here')); }")
    bare = tooled()
    view, button = page.locator(".lstmmusic-view"), page.get_by_role("button", name="Full screen")
    button.click()
    page.wait_for_function("granted => !!document.fullscreenElement === granted", arg=granted)
    expect(button).to_have_attribute("aria-pressed", "true")
    box = view.bounding_box()
    assert (box["x"], box["y"], box["width"], box["height"]) == (0, 0, *page.evaluate("[innerWidth, innerHeight]"))
    assert bare.canvas.bounding_box()["height"] > 0.9 * box["height"]
    page.keyboard.press("Escape")
    expect(button).to_have_attribute("aria-pressed", "false")
    page.wait_for_function("!document.fullscreenElement")
    page.wait_for_function("document.querySelector('.lstmmusic-view').getBoundingClientRect().height === 300")


def test_roll_takes_the_height_of_its_container_and_gives_it_back(tooled, page):
    bare = tooled(height=200, fill=True)
    assert page.locator(".lstmmusic-view").bounding_box()["height"] == 200
    for given, taken in (("700px", 700), ("420px", 420), ("auto", 200), ("100px", 200)):
        page.evaluate(
            """height => {
              const style = `margin: 0; display: flex; flex-direction: column; height: ${height}`;
              document.body.setAttribute("style", style);
            }""",
            given,
        )
        page.wait_for_function(
            "height => document.querySelector('.lstmmusic-view').getBoundingClientRect().height === height", arg=taken
        )
        bare.settle()
        canvas = bare.canvas.evaluate("canvas => [canvas.height, canvas.clientHeight]")
        assert canvas[0] == canvas[1]


def test_probabilities_lie_under_the_notes_where_they_are_switched_on(show, page):
    roll, chances = np.zeros((10, 24)), np.zeros((10, 24))
    roll[2:4], chances[2:6] = 1, 0.5
    bare = show(roll, 700, {"probabilities": chances}, tools=True, height=300)
    switch = page.get_by_role("button", name="Probabilities")
    colour = "place => [...document.querySelector('canvas').getContext('2d').getImageData(...place, 1, 1).data]"

    def colours() -> list[list[int]]:
        bare.settle()
        return [page.evaluate(colour, [round(axis) for axis in at(bare, step, 0.49)]) for step in (2.5, 4.5, 8.5)]

    plain = colours()
    assert plain[1] == plain[2]  # paper
    switch.click()
    expect(switch).to_have_attribute("aria-pressed", "true")
    assert bare.saved()[-1]["underlay"] is True
    under = colours()
    assert under[0] == under[1] != plain[1]  # also inside the frames of notes
    assert under[2] == plain[2]  # nothing is darkened where nothing is likely
    bare.view.show(roll)
    bare.view.underlay = True
    bare.send()
    expect(switch).to_be_hidden()
    assert colours() == plain


def spot(bare: BareView, step: float, column: float) -> tuple[float, float]:
    """Place of a step and the middle of a column of pitches, on a roll with tools that shows all of its 24."""
    box = bare.canvas.bounding_box()
    return at(bare, step)[0], box["y"] + 24 + (23.5 - column) * (box["height"] - 44) / 24


def pull(bare: BareView, start: tuple[float, float], stop: tuple[float, float]) -> None:
    """Drag from a step and a column to others."""
    bare.page.mouse.move(*spot(bare, *start))
    bare.page.mouse.down()
    bare.page.mouse.move(*spot(bare, *stop), steps=4)
    bare.page.mouse.up()
    bare.settle()


@pytest.fixture
def pencil(show, page):
    """Show a roll that is edited, with notes of steps 10 to 15 and 20 to 29 in column 12."""

    def show_edited(**traits) -> BareView:
        roll = np.zeros((40, 24))
        roll[10:16, 12] = roll[20:30, 12] = 1
        return show(roll, 700, tools=True, height=300, lowest=60, editable=True, editing=True, **traits)

    return show_edited


def edits(bare: BareView) -> list[RollEdit]:
    """Return what the page sent, as Python reads it."""
    read: list[RollEdit] = []
    view = RollView(read.append, lowest=60)
    view.comm = Wire()
    view.show(np.zeros((40, 24)))
    for message in bare.sent():
        content = {"kind": message["kind"], "first": message["first"], "version": view.version}
        receive(view, content, [bytes(each) for each in message["bytes"]])
    assert len(read) == len(bare.sent())
    return read


def last_edit(bare: BareView) -> tuple[int, list[tuple[int, ...]]]:
    """First step that changed, and the pitch, start and steps of each note."""
    edit = edits(bare)[-1]
    return edit.first, [note[:3] for note in edit.notes]


def test_pencil_draws_moves_lengthens_and_deletes(pencil, page):
    bare = pencil()
    pull(bare, (2.5, 5), (6.5, 5))
    assert last_edit(bare) == (2, [(65, 2, 5), (72, 10, 6), (72, 20, 10)])
    pull(bare, (12.5, 12), (14.5, 15))
    assert last_edit(bare) == (10, [(65, 2, 5), (75, 12, 6), (72, 20, 10)])
    pull(bare, (17.95, 15), (15, 15))  # its end
    assert last_edit(bare) == (15, [(65, 2, 5), (75, 12, 3), (72, 20, 10)])
    pull(bare, (29.95, 12), (60, 12))
    assert last_edit(bare) == (30, [(65, 2, 5), (75, 12, 3), (72, 20, 20)])
    page.mouse.dblclick(*spot(bare, 4, 5))
    assert last_edit(bare) == (2, [(75, 12, 3), (72, 20, 20)])
    page.mouse.click(*spot(bare, 25, 12))
    page.keyboard.press("Delete")
    assert last_edit(bare) == (20, [(75, 12, 3)])
    page.mouse.click(*spot(bare, 30, 3))  # in empty space
    page.mouse.dblclick(*spot(bare, 30, 3))
    assert len(bare.sent()) == 6
    assert (bare.get("span"), bare.get("selection")) == (0, None)


def test_edited_note_cuts_others_of_its_pitch(pencil):
    bare = pencil()
    pull(bare, (22, 12), (14, 12))
    assert last_edit(bare) == (12, [(72, 10, 2), (72, 12, 10)])
    pull(bare, (11, 12), (13, 12))
    assert last_edit(bare) == (10, [(72, 12, 2), (72, 14, 8)])


def test_pencil_stays_and_what_is_dragged_is_kept_when_another_tune_comes(pencil, page):
    bare = pencil()
    page.mouse.move(*spot(bare, 2.5, 5))
    page.mouse.down()
    page.mouse.move(*spot(bare, 6.5, 5), steps=3)
    roll = np.zeros((40, 24))
    roll[30:32, 3] = 1
    bare.view.show(roll)
    bare.send()
    page.mouse.move(*spot(bare, 8.5, 5))
    page.mouse.up()
    assert last_edit(bare) == (2, [(65, 2, 7), (63, 30, 2)])
    assert bare.get("editing") is True

    page.mouse.move(*spot(bare, 31, 3))
    page.mouse.down()
    page.mouse.move(*spot(bare, 31, 8), steps=3)
    bare.view.show(np.zeros((40, 24)))  # the note that is moved is gone
    bare.send()
    page.mouse.move(*spot(bare, 31, 9))
    page.mouse.up()
    assert len(bare.sent()) == 1


def test_refused_edit_disappears(pencil, page):
    bare = pencil()
    inside = [round(axis) for axis in spot(bare, 4, 5)]
    colour = "place => [...document.querySelector('canvas').getContext('2d').getImageData(...place, 1, 1).data]"
    page.mouse.move(0, 0)
    paper = page.evaluate(colour, inside)
    pull(bare, (2.5, 5), (6.5, 5))
    page.keyboard.press("Escape")
    bare.settle()
    assert page.evaluate(colour, inside) != paper
    bare.view.restore()
    bare.send()
    page.mouse.move(0, 0)
    bare.settle()
    assert page.evaluate(colour, inside) == paper


def test_keys_draw_select_move_lengthen_and_delete(pencil, page):
    bare = pencil()
    spoken = page.locator(".lstmmusic-spoken")
    bare.canvas.focus()
    for key in ("ArrowUp", "ArrowDown", "Enter"):  # the first key shows where one is: step 20, in column 12
        page.keyboard.press(key)
    assert spoken.inner_text() == "B4, step 20, 20.00 seconds, 1 step, drawn"
    assert last_edit(bare) == (20, [(72, 10, 6), (71, 20, 1), (72, 20, 10)])
    for key in ("ArrowDown", "ArrowRight", "Shift+ArrowRight", "Shift+ArrowRight"):
        page.keyboard.press(key)
    assert spoken.inner_text() == "B♭4, step 21, 21.00 seconds, 3 steps"
    page.wait_for_function("views[0].model.sent.length === 2")  # what several keys did is one edit
    assert last_edit(bare) == (20, [(72, 10, 6), (72, 20, 10), (70, 21, 3)])
    page.keyboard.press("Escape")
    assert spoken.inner_text().endswith("no longer selected")
    for key in ("ArrowUp", "ArrowUp", "Enter"):
        page.keyboard.press(key)
    assert spoken.inner_text() == "C5, step 20, 20.00 seconds, 10 steps, selected"
    page.keyboard.press("Delete")
    assert spoken.inner_text() == "C5, step 20, 20.00 seconds, 10 steps, deleted"
    assert last_edit(bare) == (20, [(72, 10, 6), (70, 21, 3)])


def test_pencil_is_switched_by_its_button_and_by_a_key_where_python_takes_edits(pencil, page):
    bare = pencil()
    switch = page.get_by_role("button", name="Edit")
    expect(switch).to_have_attribute("aria-pressed", "true")
    bare.canvas.focus()
    page.keyboard.press("e")
    expect(switch).to_have_attribute("aria-pressed", "false")
    pull(bare, (2.5, 5), (6.5, 5))
    assert bare.sent() == []
    switch.click()
    assert bare.saved()[-1]["editing"] is True
    bare.view.editable = False
    bare.send()
    expect(switch).to_be_hidden()
    pull(bare, (2.5, 5), (6.5, 5))
    assert bare.sent() == []


def test_steps_are_marked_along_the_axis_with_shift_and_by_keys(followed, page):
    bare = followed(tools=True)
    box = bare.canvas.bounding_box()
    for y in (12, box["height"] - 8):  # the numbers of bars, and those of time
        # Another mark may begin at the edges of the one before, and in it.
        for start, stop, marked in (
            (20.3, 40.8, [20, 41]),
            (20.3, 30.2, [20, 31]),
            (31, 50, [31, 50]),
            (34.5, 20.5, [20, 35]),
        ):
            page.mouse.move(at(bare, start)[0], box["y"] + y)
            page.mouse.down()
            page.mouse.move(at(bare, stop)[0], box["y"] + y, steps=3)
            page.mouse.up()
            assert bare.saved()[-1]["selection"] == marked
        expect(bare.canvas).to_have_attribute("aria-description", "marked: steps 20 to 35")
        page.mouse.click(at(bare, 70)[0], box["y"] + y)
        assert bare.get("selection") is None
    page.keyboard.down("Shift")
    drag(bare, 60.5, 65.5)
    page.keyboard.up("Shift")
    assert bare.get("selection") == [60, 66]
    assert page.evaluate("wishes.filter(wish => !wish.key)") == []
    bare.canvas.focus()
    page.keyboard.press("Escape")
    assert bare.get("selection") is None
    spoken = page.locator(".lstmmusic-spoken")
    for key in ("ArrowUp", "m", "ArrowRight", "ArrowRight", "m"):
        page.keyboard.press(key)
    assert spoken.inner_text() == "marked: steps 50 to 53"
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("m")
    assert bare.get("selection") == [50, 52]
    for _ in range(2):
        page.keyboard.press("Escape")  # the first one puts the cell away
    assert bare.get("selection") is None
    page.wait_for_function("views[0].model.saved.at(-1).selection === null")


def test_what_changed_has_an_outline_where_steps_are_narrow_too(show, page):
    page.evaluate(
        """() => {
          const draw = CanvasRenderingContext2D.prototype.strokeRect;
          CanvasRenderingContext2D.prototype.strokeRect = function (...box) {
            window.broken = [...(window.broken ?? []), this.getLineDash().length > 0];
            return draw.apply(this, box);
          };
        }"""
    )
    before, roll = np.zeros((400, 24)), np.zeros((400, 24))
    before[100:110, 5] = roll[200:210, 5] = 1
    show(roll, 700, {"before": before}, tools=True, height=300)
    assert {False, True} <= set(page.evaluate("broken"))


def test_rows_stay_where_they_are_while_notes_are_edited(tooled, page):
    bare = tooled(editable=True, editing=True, place="here")
    top = bare.canvas.bounding_box()["y"]
    page.mouse.move(at(bare, 2)[0], top + 150)
    page.mouse.down()
    page.mouse.move(at(bare, 7)[0], top + 150, steps=3)
    page.mouse.up()
    assert len(bare.sent()) == 1
    rows = [bare.get(name) for name in ("pitch_first", "pitch_span")]
    assert rows[1] > 0
    bare.view.pitch_first, bare.view.pitch_span = rows
    bare.view.show(tune(64, 88)[:, ::-1])
    bare.send()
    assert [bare.get(name) for name in ("pitch_first", "pitch_span")] == rows
