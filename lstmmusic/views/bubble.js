// A bubble beside a part of the studio: it points at that part, follows it, and takes neither its place nor its clicks.

import { element, makeButton, NO_SHORTCUTS } from "./element.js";
import { clamp } from "./numbers.js";

/** @typedef {{ left: number, top: number, right: number, bottom: number }} Box */
/** @typedef {{ width: number, height: number }} Size */
/** @typedef {"below" | "above" | "right" | "left"} Side */

const GAP = 12; // pixels between a bubble and what it points at
const MARGIN = 6; // between it and the edge of the window
const CORNER = 18; // between the tip of its arrow and its own corners, at least
/** @type {Side[]} */
const SIDES = ["below", "above", "right", "left"];
/** Of a control in a column, which is one of several: @type {Side[]} */
const SIDES_IN_COLUMN = ["right", "below", "above", "left"];

/**
 * Where a bubble stands so that it does not cover what it points at: at the first side with room for it, or, where no
 * side has, at the one that lacks least. `arrow` is how far along its edge it points.
 * @param {Box} target @param {Size} bubble @param {Size} page the window @param {Side[]} sides the best one first
 * @returns {{ side: Side, left: number, top: number, arrow: number }}
 */
export function placeBubble(target, bubble, page, sides = SIDES) {
  const [left, top] = [Math.max(target.left, 0), Math.max(target.top, 0)];
  const [right, bottom] = [Math.min(target.right, page.width), Math.min(target.bottom, page.height)];
  const spare = {
    below: page.height - bottom - bubble.height,
    above: top - bubble.height,
    right: page.width - right - bubble.width,
    left: left - bubble.width,
  };
  const roomy = sides.find((side) => spare[side] >= GAP + MARGIN);
  const side = roomy ?? sides.reduce((best, each) => (spare[each] > spare[best] ? each : best));
  const vertical = side === "below" || side === "above";
  const [x, y] = [(left + right) / 2, (top + bottom) / 2];
  const wanted = {
    below: [x - bubble.width / 2, bottom + GAP],
    above: [x - bubble.width / 2, top - GAP - bubble.height],
    right: [right + GAP, y - bubble.height / 2],
    left: [left - GAP - bubble.width, y - bubble.height / 2],
  }[side];
  const [placeX, placeY] = [
    clamp(wanted[0], MARGIN, Math.max(MARGIN, page.width - bubble.width - MARGIN)),
    clamp(wanted[1], MARGIN, Math.max(MARGIN, page.height - bubble.height - MARGIN)),
  ].map(Math.round);
  const [along, edge] = vertical ? [x - placeX, bubble.width] : [y - placeY, bubble.height];
  return { side, left: placeX, top: placeY, arrow: Math.round(clamp(along, CORNER, Math.max(CORNER, edge - CORNER))) };
}

/** What the keyboard reaches in a part of the page: @param {Element} part @returns {HTMLElement | undefined} */
export const reachable = (part) => {
  const found = [part, ...part.querySelectorAll("*")];
  return /** @type {HTMLElement[]} */ (found).find((each) => each.tabIndex >= 0 && !each.hasAttribute("disabled"));
};

/**
 * Open a bubble; it has the focus from when its target is seen. Returns a function that closes it, and gives the focus
 * back if asked to.
 * @param {HTMLElement} studio
 * @param {{
 *   name: string, content: Element[], buttons: HTMLButtonElement[], before: Element | null,
 *   find: () => Element | null, leave: () => void,
 * }} parts `find` finds what it points at, which may come later; `leave` is called when the user wants no bubble;
 * Close is added to the buttons, of which the last has the focus at first; `before` had it before
 */
export function openBubble(studio, { name, content, buttons, before, find, leave }) {
  const close = makeButton("Close", { title: "Close (Escape)" });
  const arrow = element("span", { class: "lstmmusic-arrow" });
  const ring = element("span", { class: "lstmmusic-ring" });
  const row = element("div", { class: "lstmmusic-bubble-buttons" }, ...buttons, close);
  const words = element("div", { id: `lstmmusic-bubble-${Math.random().toString(36).slice(2)}` }, ...content);
  const own = { class: "lstmmusic-bubble", tabindex: -1, popover: "manual", ...NO_SHORTCUTS };
  const named = { role: "dialog", "aria-label": name, "aria-describedby": words.id };
  const bubble = element("div", { ...own, ...named }, words, row, arrow, ring);
  const end = new AbortController();
  const { signal } = end;
  /** @type {Element | null} */
  let target = null;
  let [request, shown, isFirst] = [0, "", true];

  /** Stand beside the target, or where it was when nothing of it is in view. */
  const follow = () => {
    request = requestAnimationFrame(follow);
    target = find();
    bubble.toggleAttribute("data-lost", !target);
    if (!target) return;
    const { left, top, right, bottom } = target.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = bubble;
    const state = `${[left, top, right, bottom, width, height, innerWidth, innerHeight]}`;
    if (shown !== state) {
      shown = state;
      const page = { width: innerWidth, height: innerHeight };
      const sides = target.closest(".lstmmusic-controls") ? SIDES_IN_COLUMN : SIDES;
      const place = placeBubble({ left, top, right, bottom }, { width, height }, page, sides);
      bubble.dataset.side = place.side;
      bubble.style.inset = `${place.top}px auto auto ${place.left}px`;
      arrow.style.setProperty("--along", `${place.arrow}px`);
      ring.style.inset = `${top - 3}px auto auto ${left - 3}px`;
      ring.style.width = `${right - left + 6}px`;
      ring.style.height = `${bottom - top + 6}px`;
    }
    if (isFirst) (buttons.at(-1) ?? bubble).focus({ preventScroll: true });
    isFirst = false;
  };
  const press = (/** @type {KeyboardEvent} */ event) => {
    if (event.defaultPrevented) return;
    if (event.key === "Escape") {
      leave();
    } else if (event.key === "Tab" && target) {
      // The bubble stands in the page after all places: Tab leads on to what it points at, and back.
      const to = reachable(target);
      if (to && !event.shiftKey && event.target === close) to.focus();
      else if (to && event.shiftKey && event.target === to) (buttons.at(-1) ?? close).focus();
      else return;
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };
  close.addEventListener("click", leave);
  document.addEventListener("keydown", press, { signal });
  studio.append(bubble);
  bubble.showPopover?.();
  follow();
  return (/** @type {boolean} */ giveBack) => {
    end.abort();
    cancelAnimationFrame(request);
    const had = bubble.contains(document.activeElement) || document.activeElement === document.body;
    bubble.remove();
    if (giveBack && had && before instanceof HTMLElement) before.focus({ preventScroll: true });
  };
}
