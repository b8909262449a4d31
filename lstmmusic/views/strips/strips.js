// A horizontal list of tunes: a toolbar with a toggle button for each, and buttons for the one that has the focus.

import { element, makeButton, NO_SHORTCUTS } from "../element.js";
import { bytes, onChange, withSignal } from "../model.js";
import { clamp } from "../numbers.js";
import { maskOf, unpackBits } from "../thumbnail.js";

/** @import { Model } from "../model.js" */
/**
 * @typedef {{
 *   label: string, title: string, given: number, favourite: boolean, depth: number, shape: [number, number],
 * }} Strip
 */
/** @typedef {"play" | "favourite" | "download" | "delete"} Action */
/**
 * @typedef {{
 *   name: string, chosen: number | null, actions: Action[], height: number, empty: string,
 *   strips: Strip[], thumbnails: DataView,
 * }} State
 */

/** What an arrow key adds to the index: @type {Record<string, number>} */
const MOVES = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -1, ArrowDown: 1, Home: -Infinity, End: Infinity };

/** What a strip is called to those who do not see it: @param {Strip} strip @param {boolean} shown */
export function nameOf({ title, favourite, depth }, shown) {
  const branch = depth > 1 ? `branch of level ${depth}` : depth ? "branch" : "";
  return [title, branch, favourite ? "favourite" : "", shown ? "shown" : ""].filter(Boolean).join(", ");
}

/** The sign and the words of a button: @param {Action} action @param {Strip} strip @returns {[string, string]} */
export function buttonTexts(action, { title, favourite }) {
  if (action === "play") return ["▶", `Play: ${title}`];
  if (action === "download") return ["⤓", `Download: ${title}`];
  if (action === "delete") return ["✕", `Delete: ${title}`];
  return favourite ? ["★", `Remove from favourites: ${title}`] : ["☆", `Add to favourites: ${title}`];
}

/** The number of bytes of a thumbnail: @param {Strip} strip */
const sizeOf = ({ shape: [steps, pitches] }) => Math.ceil((steps * pitches) / 8);

/** The notes of a strip, those of the primer paler: @param {Strip} strip @param {Uint8Array} packed */
function thumbnail({ shape, given }, packed) {
  const notes = element("span", { class: "lstmmusic-strip-notes", "aria-hidden": "true" });
  const count = shape[0] * shape[1];
  if (count) notes.style.maskImage = maskOf(unpackBits(packed, count), shape);
  notes.style.setProperty("--given", `${given * 100}%`);
  return notes;
}

const render = withSignal((/** @type {Model<State>} */ model, el, signal) => {
  const attributes = { role: "toolbar", class: "lstmmusic-strips", "aria-orientation": "horizontal" };
  const list = element("div", { ...attributes, ...NO_SHORTCUTS });
  el.classList.add("lstmmusic-view");
  el.append(list);
  let current = 0; // the strip whose buttons Tab reaches

  const act = (/** @type {string} */ action, /** @type {number} */ index) =>
    model.send({ kind: "act", action, index });
  const children = () => /** @type {HTMLElement[]} */ ([...list.querySelectorAll(".lstmmusic-strip")]);

  /** @param {Strip} strip @param {number} index @param {Uint8Array} packed */
  const makeStrip = (strip, index, packed) => {
    const show = makeButton("", { class: "lstmmusic-strip-show", "data-action": "show" });
    show.append(thumbnail(strip, packed));
    const label = element("span", { class: "lstmmusic-strip-label", "aria-hidden": "true" }, strip.label);
    const buttons = model.get("actions").map((action) => {
      const [sign, words] = buttonTexts(action, strip);
      return makeButton(sign, { "data-action": action, "aria-label": words, title: words });
    });
    const line = element("span", { class: "lstmmusic-strip-line" }, label, ...buttons);
    const made = element("div", { class: "lstmmusic-strip", role: "group", "aria-label": strip.title }, show, line);
    made.dataset.index = `${index}`;
    if (strip.depth) made.dataset.branch = "└".padStart(strip.depth, "·");
    return made;
  };

  /** Let Tab reach the buttons of one strip only, and say which strip is shown. */
  const mark = () => {
    const [strips, chosen] = [model.get("strips"), model.get("chosen")];
    children().forEach((made, index) => {
      const shown = index === chosen;
      made.toggleAttribute("data-shown", shown);
      for (const button of made.querySelectorAll("button")) button.tabIndex = index === current ? 0 : -1;
      const show = /** @type {HTMLElement} */ (made.firstChild);
      show.setAttribute("aria-pressed", `${shown}`);
      show.setAttribute("aria-label", nameOf(strips[index], shown));
      show.title = nameOf(strips[index], shown);
    });
  };

  /** Scroll the list, and nothing around it. */
  const reveal = (/** @type {HTMLElement | undefined} */ made) => {
    if (!made) return;
    const [left, right] = [made.offsetLeft, made.offsetLeft + made.offsetWidth];
    if (left < list.scrollLeft) list.scrollLeft = left;
    else if (right > list.scrollLeft + list.clientWidth) list.scrollLeft = right - list.clientWidth;
  };

  const follow = () => {
    const [chosen, made] = [model.get("chosen"), children()];
    if (made.length !== model.get("strips").length) return; // the other traits follow
    if (chosen !== null) current = chosen;
    mark();
    if (chosen !== null) reveal(made[chosen]);
  };

  const fill = () => {
    const [strips, all] = [model.get("strips"), bytes(model.get("thumbnails"))];
    if (all.length !== strips.reduce((sum, strip) => sum + sizeOf(strip), 0)) return; // the other trait follows
    const focused = list.contains(document.activeElement) ? document.activeElement : null;
    const action = focused instanceof HTMLElement ? focused.dataset.action : undefined;
    const scrolled = list.scrollLeft;
    let at = 0;
    const made = strips.map((strip, index) => makeStrip(strip, index, all.subarray(at, (at += sizeOf(strip)))));
    if (made.length === 0) made.push(element("div", { class: "lstmmusic-strips-empty" }, model.get("empty")));
    list.replaceChildren(...made);
    list.scrollLeft = scrolled;
    current = clamp(current, 0, Math.max(0, strips.length - 1));
    follow();
    const again = made[current]?.querySelector(`[data-action="${action}"]`);
    if (action && again instanceof HTMLElement) again.focus({ preventScroll: true });
  };

  let visible = false;
  const appear = new ResizeObserver(() => {
    const [was, chosen] = [visible, model.get("chosen")];
    visible = list.clientWidth > 0;
    if (visible && !was && chosen !== null) reveal(children()[chosen]); // it may have been chosen while hidden
  });
  appear.observe(list);

  const size = () => {
    list.setAttribute("aria-label", model.get("name"));
    list.style.height = `${model.get("height")}px`;
  };

  const indexOf = (/** @type {EventTarget | null} */ target) => {
    const made = target instanceof Element ? target.closest(".lstmmusic-strip") : null;
    return made instanceof HTMLElement ? Number(made.dataset.index) : -1;
  };
  list.addEventListener("click", ({ target }) => {
    const index = indexOf(target);
    if (index < 0 || !(target instanceof Element)) return;
    const button = target.closest("button");
    current = index;
    mark();
    act(button?.dataset.action ?? "show", index);
  });
  list.addEventListener("keydown", (event) => {
    const index = indexOf(event.target);
    if (index < 0 || !Object.hasOwn(MOVES, event.key) || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation();
    const all = children();
    const wanted = clamp(index + MOVES[event.key], 0, all.length - 1);
    current = wanted;
    mark();
    reveal(all[wanted]);
    /** @type {HTMLElement} */ (all[wanted].firstChild).focus({ preventScroll: true });
    if (wanted !== model.get("chosen")) act("show", wanted);
  });

  onChange(model, signal, ["strips", "thumbnails", "actions", "empty"], fill);
  onChange(model, signal, ["chosen"], follow);
  onChange(model, signal, ["name", "height"], size);
  signal.addEventListener("abort", () => {
    appear.disconnect();
    list.remove();
  });
  size();
  fill();
});

export default { render };
