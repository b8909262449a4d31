// The buttons in the corner of a loss curve: its scale, its zoom, and what explains it.

import { element, makeButton, NO_SHORTCUTS } from "../element.js";
import { onChange, save } from "../model.js";

/** @import { Model } from "../model.js" */
/** @typedef {{ zoomIn: () => void, zoomOut: () => void, showAll: () => void }} Zoom */

/**
 * Put the buttons into `el`.
 * @template {{ logarithmic: boolean, help: string }} S
 * @param {Model<S>} model @param {HTMLElement} el @param {AbortSignal} signal @param {Zoom} zoom
 */
export function addTools(model, el, signal, zoom) {
  const make = (/** @type {string} */ text, /** @type {string} */ name, /** @type {() => void} */ act) => {
    const button = makeButton(text, { "aria-label": name, title: name });
    button.addEventListener("click", act);
    return button;
  };
  const scale = make("log", "Logarithmic scale", () => {
    save(model, /** @type {Partial<S>} */ ({ logarithmic: !model.get("logarithmic") }));
  });
  const [out, closer, all] = [
    make("−", "Zoom out (wheel, or the key -)", zoom.zoomOut),
    make("+", "Zoom in (drag over a part, or the key +)", zoom.zoomIn),
    make("reset", "Show all updates (double-click, or Escape)", zoom.showAll),
  ];
  const note = element("div", { class: "lstmmusic-note", role: "note", hidden: "" });
  const ask = make("?", "How to read these lines", () => {
    note.hidden = !note.hidden;
    ask.setAttribute("aria-expanded", `${!note.hidden}`);
  });
  const bar = element("div", { class: "lstmmusic-loss-tools", ...NO_SHORTCUTS });
  bar.append(scale, out, closer, all, ask);
  el.append(bar, note);
  note.addEventListener("click", () => ask.click());
  const dress = () => {
    scale.setAttribute("aria-pressed", `${model.get("logarithmic")}`);
    note.textContent = model.get("help");
    ask.hidden = !model.get("help");
    if (ask.hidden) note.hidden = true;
    ask.setAttribute("aria-expanded", `${!note.hidden}`);
  };
  onChange(model, signal, ["logarithmic", "help"], dress);
  dress();
  signal.addEventListener("abort", () => {
    bar.remove();
    note.remove();
  });
  return {
    /** Pixels that the buttons take beside the legend. */
    width: () => bar.offsetWidth + 8,
    /** Show whether a part is zoomed; null where there is nothing to show: @param {boolean | null} zoomed */
    show: (zoomed) => {
      bar.hidden = zoomed === null;
      for (const button of [out, all]) button.disabled = !zoomed;
    },
  };
}
