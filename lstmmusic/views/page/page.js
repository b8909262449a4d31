// A page without a kernel: its views get their models from the state that the page has itself.

import code from "../code.js";
import { PLAYHEAD, REQUEST } from "../playback/events.js";
import sound from "../playback/sound.js";
import loss from "../plots/loss.js";
import roll from "../roll/roll.js";

/** @import { Model } from "../model.js" */
/** @import { Playhead, Request } from "../playback/events.js" */
/** @typedef {{ model: Model<any>, el: HTMLElement }} Shown */
/** @typedef {{ initialize?(shown: Shown): unknown, render(shown: Shown): unknown }} View */
/** @typedef {{ packed: boolean, base64: string }} Bytes */
/** @typedef {{ view: string, state: Record<string, unknown>, bytes: Record<string, Bytes> }} Saved */

/** @type {Record<string, View>} */
const VIEWS = { code, loss, roll, sound };

/** The bytes of a trait, which are packed where that makes them smaller: @param {Bytes} saved */
async function unpack({ packed, base64 }) {
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  if (!packed) return new DataView(bytes.buffer);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new DataView(await new Response(stream).arrayBuffer());
}

/**
 * A model whose traits are those that were saved, and change in the page only: what it sends, nobody gets.
 * @param {Saved} saved @returns {Promise<Model<any>>}
 */
export async function makeModel({ state, bytes }) {
  const traits = { ...state };
  for (const name in bytes) traits[name] = await unpack(bytes[name]);
  /** @type {[string, (message: any) => void][]} */
  let listeners = [];
  return {
    get: (name) => traits[/** @type {string} */ (name)],
    set: (name, value) => {
      traits[/** @type {string} */ (name)] = value;
      for (const [event, listener] of listeners) if (event === `change:${String(name)}`) listener(undefined);
    },
    save_changes: () => {},
    send: () => {},
    on: (event, listener) => void listeners.push([event, listener]),
    off: (event, listener) => {
      listeners = listeners.filter((each) => each[0] !== event || each[1] !== listener);
    },
  };
}

/**
 * Let the button of each take play and pause it, on the player of the page.
 * @param {string} id  of the player @param {HTMLButtonElement[]} buttons  in the order of its tunes
 */
function connectButtons(id, buttons) {
  /** @type {Pick<Playhead, "tune" | "seconds" | "playing">} */
  let latest = { tune: 0, seconds: 0, playing: false };
  const ask = (/** @type {Partial<Request>} */ wanted) => {
    document.dispatchEvent(new CustomEvent(REQUEST, { detail: { id, tune: 0, ...wanted }, cancelable: true }));
  };
  const show = () => {
    buttons.forEach((button, tune) => {
      const text = latest.playing && latest.tune === tune ? "Pause" : "Play";
      if (button.textContent === text) return;
      button.textContent = text;
      button.setAttribute("aria-label", `${text} ${button.dataset.name}`);
    });
  };
  buttons.forEach((button, tune) => {
    button.disabled = false;
    button.addEventListener("click", () => {
      if (tune !== latest.tune) ask({ tune, seek: 0 });
      else if (latest.playing) {
        ask({ key: " " });
        return;
      }
      if (!latest.playing) ask({ key: " " });
    });
  });
  document.addEventListener(PLAYHEAD, (event) => {
    const { detail } = /** @type {CustomEvent<Playhead>} */ (event);
    if (detail.id === id) latest = detail;
    show();
  });
  ask({}); // the player then sends its state
  show();
}

/** Show each view in the element that is meant for it. */
async function showAll() {
  /** @type {Saved[]} */
  const all = JSON.parse(document.getElementById("lstmmusic-views")?.textContent ?? "[]");
  const places = /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-view]"));
  for (const el of places) {
    const saved = all[Number(el.dataset.view)];
    const [view, model] = [VIEWS[saved.view], await makeModel(saved)];
    el.replaceChildren();
    view.initialize?.({ model, el });
    view.render({ model, el });
    if (saved.view !== "sound") continue;
    /** @type {NodeListOf<HTMLButtonElement>} */
    const buttons = document.querySelectorAll("button[data-name]");
    connectButtons(model.get("ident"), [...buttons]);
  }
}

/** Print in the light theme, for which the views draw themselves again: paper is white. */
function printLight() {
  const { classList } = document.documentElement;
  addEventListener("beforeprint", () => classList.add("printing"));
  addEventListener("afterprint", () => classList.remove("printing"));
}

if (typeof document !== "undefined") {
  printLight();
  showAll().catch((error) => {
    const problem = document.getElementById("lstmmusic-problem");
    if (problem) problem.hidden = false;
    throw error;
  });
}
