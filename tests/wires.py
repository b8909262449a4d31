"""The connection between a view and its page, where there is no browser."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


class Wire:
    """Stands for the connection to a browser and keeps what was sent."""

    comm_id = "wire"

    def __init__(self):
        self.sent = []
        self.handle_msg = None

    def send(self, data, buffers=None):
        self.sent.append((data, buffers or []))

    def on_msg(self, callback):
        self.handle_msg = callback

    def close(self, *args, **options):
        pass


def receive(view: Any, content: object, buffers: Iterable[bytes] = ()) -> None:
    """Deliver a message of the page to a view."""
    data = {"method": "custom", "content": content}
    view.comm.handle_msg({"content": {"data": data}, "buffers": [memoryview(buffer) for buffer in buffers]})


def page_code(view: Any) -> tuple[str, str]:
    """Return the module and the style sheet that a view sends to the page."""
    state = view.get_state(["_esm", "_css"])
    return state["_esm"], state.get("_css", "")
