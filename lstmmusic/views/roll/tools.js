// The line below a roll: what the pointer or the keys inspect, and the buttons of the view.

import { element, makeButton, NO_SHORTCUTS } from "../element.js";
import { onChange, save } from "../model.js";
import { makeFullScreen } from "./fullscreen.js";
import { LANE_TITLE } from "./lane.js";
import { ZOOM } from "./window.js";

/** @import { Model } from "../model.js" */
/** @import { State } from "./layout.js" */

/** @typedef {"lane" | "underlay" | "surprising" | "copying" | "editing"} Trait  one that a button switches */

/** @type {{ trait: Trait, text: string, title: string }[]} */
const SWITCHES = [
  { trait: "lane", text: "Velocities", title: LANE_TITLE },
  { trait: "underlay", text: "Probabilities", title: "Show or hide the probability of each note, under the notes" },
  {
    trait: "surprising",
    text: "Surprise",
    title: "Show or hide how little the network expected each step, and the notes that it expected least (key N: next)",
  },
  {
    trait: "copying",
    text: "Copies",
    title: "Show or hide what occurs in the training music, in any key; a click there plays it (key C)",
  },
  {
    trait: "editing",
    text: "Edit",
    title: "Draw, move, lengthen and delete notes (key E): drag, or double-click a note to delete it",
  },
];

/**
 * Put the line into `el`; returns what writes into it. `has` says whether there is something to switch.
 * @param {{
 *   model: Model<State>, el: HTMLElement, signal: AbortSignal, has: (trait: Trait) => boolean,
 *   zoomTime: (factor: number) => void, zoomPitch: (factor: number) => void, showAll: () => void,
 * }} roll
 */
export function addTools({ model, el, signal, has, zoomTime, zoomPitch, showAll }) {
  const line = element("div", { class: "lstmmusic-line", "aria-hidden": "true" }); // keys speak it, too
  const press = (/** @type {HTMLElement} */ button, /** @type {() => void} */ act) => {
    button.addEventListener("click", act);
    return button;
  };
  const switches = SWITCHES.map(({ trait, text, title }) => {
    const button = makeButton(text, { title });
    const show = () => {
      button.hidden = !has(trait);
      button.setAttribute("aria-pressed", `${model.get(trait)}`);
    };
    onChange(model, signal, [trait, "shape", "velocities", "probabilities", "palette", "editable", "measured"], show);
    show();
    return press(button, () => save(model, { [trait]: !model.get(trait) }));
  });
  const pair = (/** @type {string} */ name, /** @type {(factor: number) => void} */ zoom) => {
    const make = (/** @type {string} */ text, /** @type {string} */ words, /** @type {number} */ factor) => {
      const button = makeButton(text, { "aria-label": `Zoom ${name} ${words}`, title: `Zoom ${name} ${words}` });
      return press(button, () => zoom(factor));
    };
    return element("span", {}, name, make("−", "out", 1 / ZOOM), make("+", "in", ZOOM));
  };
  const reset = makeButton("Reset", { "aria-label": "Reset the zoom", title: "Reset the zoom" });
  const whole = makeButton("", { "aria-label": "Full screen", "aria-pressed": "false", title: "Full screen" });
  whole.append(element("div", { class: "lstmmusic-corners" }));
  const screen = makeFullScreen(el, signal, (on) => {
    whole.setAttribute("aria-pressed", `${on}`);
    whole.title = on ? "Leave the full screen (Escape)" : "Full screen";
  });
  const bar = element("div", { class: "lstmmusic-tools", ...NO_SHORTCUTS }, line, ...switches);
  bar.append(pair("time", zoomTime), pair("pitch", zoomPitch), press(reset, showAll), press(whole, screen.toggle));
  el.append(bar);
  signal.addEventListener("abort", () => bar.remove());
  let written = "";
  return {
    /** Write the first of some texts that fits. */
    write: (/** @type {string[]} */ texts) => {
      const now = `${texts[0]} ${line.clientWidth}`;
      if (now === written) return;
      written = now;
      line.title = texts[0];
      for (const text of texts) {
        line.textContent = text;
        if (line.scrollWidth <= line.clientWidth) return;
      }
    },
  };
}
