from __future__ import annotations

from pathlib import Path

import ipywidgets as widgets
import pytest

from lstmmusic.studio.controls import button, close_all, column, list_all, text, widen_label
from lstmmusic.studio.controls import choice as make_choice
from lstmmusic.studio.looks import arrange, layout, show, style
from tests.studios import Recorder, open_studio

pytestmark = pytest.mark.usefixtures("closed_views")


def test_widgets_that_look_alike_share_a_layout_and_a_style() -> None:
    first, second = text(), text()
    assert first.layout is second.layout
    assert first.style is second.style
    assert first.layout is not text(lines=2).layout
    assert layout() is layout(width=None) is not layout(width="auto")
    assert style(widgets.Text, description_width="1px") is not style(widgets.Checkbox, description_width="1px")


def test_a_change_of_looks_concerns_one_widget_only() -> None:
    first, second, alone = text(), text(), widgets.HTML()
    show(first, False)
    arrange(first, width="9px")
    assert (first.layout.display, first.layout.width, first.layout.min_height) == ("none", "9px", "1.4em")
    assert (second.layout.display, second.layout.width) == (None, None)
    show(first)
    arrange(first, width=None)
    assert first.layout is second.layout

    own = alone.layout
    show(alone, False)
    assert alone.layout is own
    assert own.display == "none"

    menus = [make_choice("Menu", "", ["a"]) for _ in range(2)]
    widen_label(menus[0], "3px")
    assert [menu.style.description_width for menu in menus] == ["3px", "118px"]


def test_a_shared_layout_cannot_be_changed() -> None:
    with pytest.raises(AttributeError, match="width of a shared Layout"):
        text().layout.width = "1px"


def test_what_is_closed_leaves_the_looks_of_others() -> None:
    kept, closed = text(), column(text(), button("a", "", lambda action: action(), lambda: None))
    close_all(closed)
    assert kept.layout.comm is not None
    widgets.Widget.close_all()
    assert text().layout.comm is not None


def test_studio_has_few_widgets_and_leaves_only_looks(tmp_path: Path, player: Recorder) -> None:
    widgets.Widget.close_all()  # those of other tests
    studio = open_studio(tmp_path, player)
    # Fewer widgets are opened at once, sent once more to a page that is reloaded, and lost by a busy front end.
    made = list_all(studio.box)
    looks = {look for each in made for look in (each.layout, getattr(each, "style", None))}
    assert len(made) + len(looks) < 550
    studio.close()
    left = [each["model_name"] for each in widgets.Widget.get_manager_state()["state"].values()]
    assert all(name.endswith(("LayoutModel", "StyleModel")) for name in left), left
    assert len(left) < 100
