"""The diagram of the network in an empty page: its lines, and its layers as buttons."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from lstmmusic.views import DiagramView
from tests.wires import receive

from .heard_view import HeardView

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("closed_views")]

LAYERS = ("layer 1", "layer 2", "layer 3")
CONNECTIONS = [
    *(("input", layer, 0.1) for layer in LAYERS),
    *((layer, layer, 0.1) for layer in LAYERS),
    *(("layer 1", "layer 2", 0.1), ("layer 2", "layer 3", 0.1)),
    *(("layer 1", "output", 0.02), ("layer 2", "output", 0.02), ("layer 3", "output", 0.4)),
]


class Drawn(HeardView):
    """The diagram, which is no canvas."""

    def widths(self) -> list[float]:
        """How thick the lines are, whose titles say from where to where they go."""
        return self.page.evaluate(
            "() => Object.fromEntries([...document.querySelectorAll('svg > path')].map(path => "
            "[path.querySelector('title').textContent.split(':')[0], Number(path.getAttribute('stroke-width'))]))"
        )


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_lines_are_as_thick_as_they_are_strong(page, theme):
    view = DiagramView(units=[120, 60, 240])
    shown = Drawn(page, view, 600, theme)
    assert len(set(shown.widths().values())) == 1
    picture = page.get_by_role("group", name="The network: 88 input pitches, three layers of 120, 60, 240 units")
    expect(picture).to_be_visible()
    view.connections, view.activity = CONNECTIONS, [0.1, 0.5, 0.9]
    shown.send()
    widths = shown.widths()
    assert len(widths) == 11
    assert max(widths, key=widths.get) == "layer 3 to output"
    assert min(widths, key=widths.get) in ("layer 1 to output", "layer 2 to output")
    view.skip = False
    shown.send()
    assert len(shown.widths()) == 7


def test_layer_is_a_button_for_pointer_and_keyboard(page):
    chosen = []
    view = DiagramView(chosen.append, activity=[0.1, 0.5, 0.9])
    shown = Drawn(page, view, 600)
    page.get_by_role("button", name="Layer 3, 1 units, activity 0.90: show its units").click()
    page.get_by_role("button", name="Layer 1").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    for content in shown.sent():
        receive(view, content)
    assert chosen == [2, 0, 1]
    view.activity = [0.2, 0.5, 0.9]
    shown.send()
    expect(page.get_by_role("button", name="Layer 2")).to_be_focused()
