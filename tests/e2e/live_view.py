"""A view in an empty page with its Python half behind it, and nothing between but the messages of a notebook."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page

from lstmmusic.views.base import View
from tests.wires import page_code, receive

from .studio_page import QUICK

ADDRESS = "http://127.0.0.1/view"

# Stands for the model of a widget, as a notebook's page has it. `toPython` gives back what Python sends meanwhile.
MOUNT = """async ({ module, state, width }) => {
  const pack = (buffer) => btoa(Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join(""));
  const unpack = (text) => new DataView(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer);
  const listeners = [];
  const unsaved = new Set();
  let last = Promise.resolve();
  const change = (values) => {
    const fresh = Object.keys(values).filter((name) => JSON.stringify(state[name]) !== JSON.stringify(values[name]));
    Object.assign(state, values);
    for (const name of fresh) {
      for (const [event, listener] of [...listeners]) if (event === `change:${name}`) listener();
    }
  };
  const receive = (messages) => messages.forEach(change);
  const post = (message) => (last = Promise.all([last, toPython(message).then(receive)]));
  const model = {
    get: (name) => (state[name]?.base64 === undefined ? state[name] : unpack(state[name].base64)),
    set: (name, value) => {
      unsaved.add(name);
      change({ [name]: value });
    },
    save_changes: () => {
      post({ state: Object.fromEntries([...unsaved].map((name) => [name, state[name]])) });
      unsaved.clear();
    },
    send: (content, callbacks, buffers = []) => post({ content, buffers: buffers.map(pack) }),
    on: (event, listener) => listeners.push([event, listener]),
    off: (event, listener) => {
      const at = listeners.findIndex((each) => each[0] === event && each[1] === listener);
      if (at >= 0) listeners.splice(at, 1);
    },
  };
  const el = document.createElement("main");
  el.style.width = `${width}px`;
  document.body.append(el);
  const { default: view } = await import(URL.createObjectURL(new Blob([module], { type: "text/javascript" })));
  view.initialize?.({ model });
  const end = view.render({ model, el });
  window.view = { receive, end, el, listeners, settle: () => last };
}"""


class LiveView:
    """A view in a page, this wide in pixels.

    Attributes
    ----------
    heard : list of dict
        Messages of the page, in their order, other than changes of traits.
    busy : bool
        Let what the page sends wait until `free`, as it does while a cell runs.
    """

    def __init__(self, page: Page, view: View, width: int = 800) -> None:
        self.page, self.view = page, view
        self.heard: list[dict[str, Any]] = []
        self.busy = False
        self._waiting: list[dict[str, Any]] = []
        self._sent: list[dict[str, Any]] = []
        view.comm = self
        # A folder can only be read by a page with an address.
        page.route(ADDRESS, lambda route: route.fulfill(body="<!doctype html>", content_type="text/html"))
        page.goto(ADDRESS)
        page.add_style_tag(content=page_code(view)[1])
        page.expose_function("toPython", self._on_message)
        self._mount(view, width)

    def mount_beside(self, view: View, width: int = 800) -> None:
        """Put another view into the page, with no Python behind it."""
        self.page.evaluate("window.first = window.view")
        self._mount(view, width)
        self.page.evaluate("window.view = window.first")

    def _mount(self, view: View, width: int) -> None:
        state = {name: value for name, value in view.get_state().items() if name[0] != "_" and name != "layout"}
        self.page.evaluate(MOUNT, {"module": page_code(view)[0], "state": _pack(state), "width": width})

    def resize(self, width: int) -> None:
        self.page.evaluate("width => { view.el.style.width = `${width}px`; }", width)

    def pass_on(self) -> None:
        """Let the page know what Python has changed meanwhile."""
        self.page.evaluate("messages => view.receive(messages)", self.take_sent())

    def settle(self) -> None:
        """Wait until Python has received what the page has sent so far, and the page the answers."""
        self.page.evaluate("async () => void (await view.settle())")

    def end(self) -> None:
        """Take the view out of the page."""
        self.page.evaluate("view.end()")

    def listened_to(self) -> list[str]:
        """Return the events of the model that something in the page listens to."""
        return self.page.evaluate("view.listeners.map(([event]) => event)")

    def wait_for(self, messages: int) -> None:
        """Wait until the page has sent this many messages that Python, being busy, has not received."""
        deadline = time.monotonic() + QUICK
        while len(self._waiting) < messages:
            if time.monotonic() > deadline:
                raise TimeoutError(f"the page has sent {self._waiting}, and not {messages} messages")
            self.page.evaluate("() => new Promise(requestAnimationFrame)")

    def free(self) -> None:
        """Let Python receive what the page has sent while it was busy, which it is again afterwards."""
        waiting, self._waiting = self._waiting, []
        for message in waiting:
            self._deliver(message)
        self.pass_on()

    def _on_message(self, message: dict[str, Any]) -> list[dict[str, Any]]:
        if self.busy:
            self._waiting.append(message)
            return []
        self._deliver(message)
        return self.take_sent()

    def _deliver(self, message: dict[str, Any]) -> None:
        if "content" in message:
            self.heard.append(message["content"])
            receive(self.view, message["content"], [base64.b64decode(buffer) for buffer in message["buffers"]])
        else:
            self.view.set_state(message["state"])

    def take_sent(self) -> list[dict[str, Any]]:
        """Take what Python has sent since the last time."""
        taken, self._sent = self._sent, []
        return taken

    # What a widget needs of its connection to the browser.
    comm_id = "live"

    def send(self, data: dict[str, Any], buffers: list[bytes]) -> None:
        if data["method"] == "update":
            names = [path[0] for path in data["buffer_paths"]]
            self._sent.append(_pack(data["state"] | dict(zip(names, buffers, strict=True))))

    def on_msg(self, callback: Callable[[dict[str, Any]], None]) -> None:
        self.handle_msg = callback

    def close(self, *_: object, **__: object) -> None:
        pass


def _pack(state: dict[str, Any]) -> dict[str, Any]:
    return {
        name: {"base64": base64.b64encode(value).decode()} if isinstance(value, bytes | memoryview) else value
        for name, value in state.items()
    }
