"""A view in an empty page, without a kernel or JupyterLab: quick, and all that it sends is kept."""

from __future__ import annotations

import base64
import itertools
from typing import Any

from playwright.sync_api import Locator, Page

from lstmmusic.views.base import View
from tests.wires import page_code

# Stands for the model of a widget: traits, who listens to them, and the messages that would go to the kernel.
MOUNT = """async ({ module, css, state, width }) => {
  const style = document.createElement("style");
  style.textContent = css;
  document.head.append(style);
  const parse = (value) => {
    if (!value?.base64 && value?.base64 !== "") return value;
    return new DataView(Uint8Array.from(atob(value.base64), (letter) => letter.charCodeAt(0)).buffer);
  };
  const values = Object.fromEntries(Object.entries(state).map(([name, value]) => [name, parse(value)]));
  const listeners = [];
  let unsaved = {};
  const emit = (name) => {
    for (const [event, listener] of [...listeners]) if (event === `change:${name}`) listener();
  };
  const model = {
    saved: [],
    get: (name) => values[name],
    set: (name, value) => {
      if (JSON.stringify(values[name]) === JSON.stringify(value) && !(value instanceof DataView)) return;
      [values[name], unsaved[name]] = [value, value];
      emit(name);
    },
    receive: (received) => {
      for (const [name, value] of Object.entries(received)) values[name] = parse(value);
      Object.keys(received).forEach(emit);
    },
    save_changes: () => {
      if (Object.keys(unsaved).length) model.saved.push({ at: performance.now(), ...unsaved });
      unsaved = {};
    },
    on: (event, listener) => listeners.push([event, listener]),
    off: (event, listener) => {
      const at = listeners.findIndex((each) => each[0] === event && each[1] === listener);
      if (at >= 0) listeners.splice(at, 1);
    },
    sent: [],
    send: (content, _, buffers = []) => {
      const bytes = buffers.length ? { bytes: buffers.map((buffer) => [...new Uint8Array(buffer)]) } : {};
      model.sent.push({ at: performance.now(), ...content, ...bytes });
    },
  };
  const { default: view } = await import(URL.createObjectURL(new Blob([module], { type: "text/javascript" })));
  const el = document.createElement("div");
  el.style.width = `${width}px`;
  document.body.append(el);
  window.views ??= [];
  window.views.push({ model, listeners, el, end: view.render({ model, el }) });
  return window.views.length - 1;
}"""


# Keeps every text that a canvas writes from now on, with the box that it takes.
BOX_TEXTS = """() => {
  const write = CanvasRenderingContext2D.prototype.fillText;
  window.boxes = [];
  CanvasRenderingContext2D.prototype.fillText = function (text, x, y) {
    const box = this.measureText(text);
    const [left, right] = [x - box.actualBoundingBoxLeft, x + box.actualBoundingBoxRight];
    const [top, bottom] = [y - box.actualBoundingBoxAscent, y + box.actualBoundingBoxDescent];
    if (text) window.boxes.push({ text, left, right, top, bottom });
    return write.call(this, text, x, y);
  };
}"""


def check_boxes(page: Page, width: int, height: int) -> list[str]:
    """Check that no text in a picture of this size is cut or overlaps another, and return the texts."""
    boxes = list({str(box): box for box in page.evaluate("boxes")}.values())  # it may be drawn more than once
    for box in boxes:
        assert min(box["left"], box["top"]) >= 0, box
        assert box["right"] <= width, box
        assert box["bottom"] <= height, box
    for one, other in itertools.combinations(boxes, 2):
        beside = one["right"] <= other["left"] or other["right"] <= one["left"]
        assert beside or one["bottom"] <= other["top"] or other["bottom"] <= one["top"], (one, other)
    return [box["text"] for box in boxes]


def sendable(value: object) -> object:
    """Return what can be sent to a page: bytes as text."""
    if isinstance(value, bytes | bytearray | memoryview):
        return {"base64": base64.b64encode(value).decode()}
    return value


class BareView:
    """A view in a page, this wide in pixels."""

    def __init__(self, page: Page, view: View, width: int) -> None:
        self.page, self.view = page, view
        module, css = page_code(view)
        arguments = {"module": module, "css": css, "state": self._state(), "width": width}
        self.number = page.evaluate(MOUNT, arguments)
        self.canvas: Locator = page.locator(".lstmmusic-view > canvas").nth(self.number)
        self.settle()

    def _state(self) -> dict[str, object]:
        return {name: sendable(value) for name, value in self.view.get_state().items() if not name.startswith("_")}

    def settle(self) -> None:
        """Wait until it is drawn."""
        self.page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")

    def send(self) -> None:
        """Let the page see the view as it is now in Python."""
        script = "([number, state]) => window.views[number].model.receive(state)"
        self.page.evaluate(script, [self.number, self._state()])
        self.settle()

    def get(self, name: str) -> Any:
        """Value of a trait in the page."""
        return self.page.evaluate("([number, name]) => window.views[number].model.get(name)", [self.number, name])

    def sent(self) -> list[Any]:
        """Return the messages of the page other than traits, each with the millisecond `at` which it was sent.

        Buffers are lists of `bytes`.
        """
        return self.page.evaluate("number => window.views[number].model.sent", self.number)

    def saved(self) -> list[dict[str, Any]]:
        """Return the traits that were sent to the kernel, each time with the millisecond `at` which they were."""
        return self.page.evaluate("number => window.views[number].model.saved", self.number)
