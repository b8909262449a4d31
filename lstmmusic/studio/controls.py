"""Labelled controls that look alike, the boxes that arrange them, and how they are freed."""

from __future__ import annotations

import html
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import ipywidgets as widgets

from lstmmusic.studio.looks import arrange, is_shared, layout, restyle, show, style
from lstmmusic.views import NumberView

Widget = Any  # ipywidgets has no types

# Runs what a control asks for, and turns an error into a message on the page.
Act = Callable[[Callable[[], None]], None]


class _Quiet(threading.local):
    """Controls that this thread sets by itself; meanwhile the user may set them from another thread."""

    controls: frozenset[Widget] = frozenset()


_quiet = _Quiet()


def on_choice(widget: Widget, trait: str, act: Act, action: Callable[[], None]) -> None:
    """Run an action whenever the user changes a control; see `quietly`."""
    on_value(widget, trait, act, lambda _: action())


def on_value(widget: Widget, trait: str, act: Act, action: Callable[[Any], None]) -> None:
    """Run an action with the new value whenever the user changes a control, which may show another one by then."""
    # A trait notifies in the thread that sets it.
    widget.observe(lambda change: None if widget in _quiet.controls else act(partial(action, change["new"])), trait)


@contextmanager
def quietly(*controls: Widget) -> Iterator[None]:
    """Set controls in this block without running the actions of the user's changes."""
    before, _quiet.controls = _quiet.controls, _quiet.controls.union(controls)
    try:
        yield
    finally:
        _quiet.controls = before


def control(kind: type[Widget], label: str, tooltip: str, **traits: Any) -> Widget:
    """Make a control that fills its column, with its label to the left."""
    # Many controls of ipywidgets show no tooltip: the label carries it, and frame.js copies it to what is beside it.
    return kind(
        description=f'<span title="{html.escape(tooltip)}">{html.escape(label)}</span>',
        description_allow_html=True,
        tooltip=tooltip,
        style=style(kind, description_width="118px"),
        layout=layout(width="auto"),
        **traits,
    )


def choice(label: str, tooltip: str, options: dict[str, Any] | list[str]) -> Widget:
    """Make a menu; of a dict, it shows the keys and has the values, none of which is None: that shows no entry."""
    return control(
        widgets.Dropdown, label, tooltip, options=list(options.items() if isinstance(options, dict) else options)
    )


def number(label: str, tooltip: str, bounds: tuple[float, float], value: float, **traits: Any) -> NumberView:
    """Make a field for a number within bounds, both included; see `NumberView`."""
    return NumberView(
        description=label,
        tooltip=tooltip,
        low=bounds[0],
        high=bounds[1],
        value=value,
        layout=layout(width="auto"),
        **traits,
    )


def whole(label: str, tooltip: str, low: int, high: int, value: int) -> NumberView:
    """Make a field for a whole number."""
    return number(label, tooltip, (low, high), value, whole=True)


def slider(label: str, tooltip: str, bounds: tuple[float, float], value: float, **traits: Any) -> NumberView:
    """Make a field for a number with a slider from bound to bound, which reports its value when it is released."""
    return number(label, tooltip, bounds, value, slider=list(bounds), **traits)


def illustrate(made: Widget, picture: str) -> None:
    """Let the help of a control show a picture of pictures.js."""
    made.add_class(f"lstmmusic-picture-{picture}")


def widen_label(made: Widget, width: str) -> None:
    """Set the width of the label of a control, in CSS."""
    if isinstance(made, NumberView):
        made.label_width = width
    else:
        restyle(made, description_width=width)


def button(label: str, tooltip: str, act: Act, action: Callable[[], None], colour: str = "") -> Widget:
    """Make a button; its `colour` is a `button_style` of ipywidgets."""
    made = widgets.Button(
        description=label,
        tooltip=tooltip,
        button_style=colour,
        style=style(widgets.Button),
        layout=layout(width="auto", flex="0 0 auto"),
    )
    made.on_click(lambda _: act(action))
    return made


def toggle(label: str, tooltip: str) -> Widget:
    """Make a button that stays pressed until it is clicked again."""
    return widgets.ToggleButton(
        description=label,
        tooltip=tooltip,
        style=style(widgets.ToggleButton),
        layout=layout(width="auto", flex="0 0 auto"),
    )


def text(lines: int = 1) -> Widget:
    """Make a place for text, with room for some lines at the line height of text rather than of a button."""
    place = widgets.HTML(tooltip="", style=style(widgets.HTML), layout=layout(min_height=f"{1.4 * lines:.1f}em"))
    place.add_class("lstmmusic-text")
    return place


def beside(made: Widget, words: Widget, width: int = 76) -> Widget:
    """Arrange a control, and what its value means, in one line; `width` is the room for those words, in pixels."""
    arrange(made, flex="1 1 0", min_width="0")
    arrange(words, flex=f"0 0 {width}px", min_height="0")
    return widgets.HBox((made, words), layout=layout(align_items="center"))


def table(rows: dict[str, str]) -> str:
    """Return an HTML table with a heading in each row."""
    cells = "".join(f"<tr><th>{name}</th><td>{html.escape(value)}</td></tr>" for name, value in rows.items())
    return f"<table>{cells}</table>"


def success(words: str) -> str:
    """Return HTML of a line that says what has succeeded."""
    return f'<span role="status" style="color: var(--jp-success-color1)">✓ {html.escape(words)}</span>'


def row(*children: Widget) -> Widget:
    """Arrange controls side by side, in several lines where the page is narrow."""
    return widgets.HBox(children, layout=layout(flex_flow="row wrap", align_items="center"))


def column(*children: Widget, padding: str = "0") -> Widget:
    """Arrange controls below each other."""
    return widgets.VBox(children, layout=layout(padding=padding, min_width="0"))


def side_by_side(left: tuple[Widget, ...], right: tuple[Widget, ...]) -> Widget:
    """Arrange two columns of equal width beside each other."""
    columns = [column(*left), column(*right)]
    for each in columns:
        arrange(each, flex="1 1 0", width="auto")
    return widgets.HBox(columns, layout=layout(grid_gap="12px"))


def pages(parts: dict[str, Widget], *others: Widget, tooltips: Sequence[str] = ()) -> Widget:
    """Arrange controls as pages, with a button for each; other controls stay beside these buttons."""
    tooltips = list(tooltips or parts)
    chosen = widgets.ToggleButtons(
        options=list(parts), style=style(widgets.ToggleButtons, button_width="auto"), tooltips=tooltips
    )
    for part in parts.values():
        arrange(part, width="100%")
    stack = widgets.Stack(list(parts.values()), selected_index=0, layout=layout(width="100%"))
    link = widgets.jslink((chosen, "index"), (stack, "selected_index"))
    stack.observe(lambda _: link.close(), "comm")  # a widget too, which `close_all` does not find in a box
    return column(row(chosen, *others), stack)


def open_page(made: Widget) -> int:
    """Return the number of the page that is open, of what `pages` has made."""
    return int(made.children[1].selected_index)


def more(*children: Widget) -> Widget:
    """Arrange controls behind a button that shows them."""
    opened, hidden = toggle("More ▸", "Show the controls that are needed rarely"), column(*children)
    show(hidden, False)

    def switch(_: Any) -> None:
        opened.description = "Less ▾" if opened.value else "More ▸"
        show(hidden, opened.value)

    opened.observe(switch, "value")
    return column(row(opened), hidden)


def halves(left: Widget, right: Widget, narrowest: int = 350, main: Widget | None = None) -> Widget:
    """Arrange controls beside what they act on, which takes the remaining width; each scrolls by itself.

    The controls are 350 pixels wide, or as wide as is left where `narrowest` is less; in a narrow page room.js makes a
    drawer of them. `main`, what the place is about, gets the most height of all views that fill theirs.
    """
    arrange(left, flex=f"4 1 {narrowest}px", width="auto", max_width="350px")
    arrange(right, flex="20 1 400px", min_width="0")
    place = widgets.HBox((left, right), layout=layout(grid_gap="0 16px"))
    parts = {"place": place, "controls": left, "plots": right} | ({"main": main} if main else {})
    for name, part in parts.items():
        part.add_class(f"lstmmusic-{name}")
    return place


def keep_order(widget: Widget) -> None:
    """Handle the user's actions on a widget, and on all below it, in the order in which they were done.

    ipykernel 7.4 passes a message to the thread that last wrote to the widget, through the method of a comm that is
    hidden here: the text of a field and the click on a button right after it may then be handled in either order.
    Without that method it uses the thread that the page asks for, which is one for all widgets, as versions without it
    do.
    """
    for each in list_all(widget):
        if hasattr(each.comm, "_reply_subshell_for"):
            each.comm._reply_subshell_for = None


def close_all(widget: Widget) -> None:
    """Close a widget and all below it; closing a box alone leaves its children, layouts and styles open."""
    for each in list_all(widget):
        for part in (getattr(each, "style", None), each.layout):
            if isinstance(part, widgets.Widget) and not is_shared(part):
                part.close()
        each.close()


def list_all(widget: Widget) -> list[Widget]:
    """Return all widgets below a widget, and the widget itself last."""
    return [each for child in getattr(widget, "children", ()) for each in list_all(child)] + [widget]
