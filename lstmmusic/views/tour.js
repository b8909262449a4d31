// "Show me": bubbles that lead through a first run, from control to control. What they say comes from Python.

import { openBubble } from "./bubble.js";
import { element, makeButton } from "./element.js";

/** @typedef {{ title: string, place: string, target: string, done: string, words: string }} Stop */

/** What a bubble is called: @param {Stop[]} stops @param {number} index */
export const nameOf = (stops, index) => `Show me, ${index + 1} of ${stops.length}: ${stops[index].title}`;

/**
 * Open the drawer of a narrow page that a control is in, or close the one that lies over it, once its place is open.
 * Returns a function that closes the one that was opened.
 * @param {Element} target
 */
function turnDrawer(target) {
  const drawer = target.closest(".lstmmusic-place")?.querySelector(":scope > .lstmmusic-drawer");
  const wanted = `${target.closest(".lstmmusic-controls") !== null}`;
  const turn = (/** @type {string} */ expanded) => {
    const visible = drawer instanceof HTMLElement && drawer.offsetWidth > 0;
    if (visible && drawer.ariaExpanded !== expanded) drawer.click();
    return visible;
  };
  const turned = drawer?.ariaExpanded !== wanted && turn(wanted);
  return turned && wanted === "true" ? () => void turn("false") : () => {};
}

/** Scroll to a part of the studio, and leave the studio in view: @param {HTMLElement} studio @param {Element} part */
function show(studio, part) {
  part.scrollIntoView({ block: "nearest" });
  studio.scrollIntoView({ block: "start" });
}

/**
 * Let a studio lead through stops until the signal; returns a function that begins at the first one.
 * @param {HTMLElement} studio @param {Stop[]} stops
 * @param {(place: string) => void} open opens a place @param {AbortSignal} signal
 */
export function makeTour(studio, stops, open, signal) {
  let at = -1; // the stop that is shown
  /** @type {Element | null} */
  let before = null;
  /** @type {(giveBack: boolean) => void} */
  let end = () => {};

  const leave = (giveBack = true) => {
    at = -1;
    end(giveBack);
    end = () => {};
  };
  const go = (/** @type {number} */ index) => {
    end(false);
    at = index;
    const { title, place, target, words } = stops[index];
    open(place);
    const isLast = index === stops.length - 1;
    const back = makeButton("Back", { title: "Show the bubble before" });
    const next = makeButton(isLast ? "Done" : "Next", { title: isLast ? "End" : "Show the next bubble" });
    back.disabled = index === 0;
    back.addEventListener("click", () => go(index - 1));
    next.addEventListener("click", () => (isLast ? leave() : go(index + 1)));
    let [seen, still] = [false, true];
    // Until the user does something, what changes by itself, as a place does that opens, moves nothing out of view.
    const own = new AbortController();
    for (const kind of ["wheel", "pointerdown", "keydown"]) {
      document.addEventListener(kind, () => (still = false), { signal: own.signal, capture: true, passive: true });
    }
    let closeDrawer = () => {};
    const find = () => {
      for (const each of studio.querySelectorAll(target)) {
        if (!seen) closeDrawer = turnDrawer(each);
        if (each.getClientRects().length === 0) continue;
        seen = true;
        if (still) show(studio, each);
        return each;
      }
      return null;
    };
    const heading = element("b", { "aria-hidden": "true" }, `${index + 1} of ${stops.length}: ${title}`);
    const content = [heading, element("p", {}, words)];
    const parts = { name: nameOf(stops, index), content, buttons: [back, next], before, find, leave };
    const close = openBubble(studio, parts);
    end = (giveBack) => {
      own.abort();
      close(giveBack);
      closeDrawer();
    };
  };
  studio.addEventListener("click", ({ target }) => {
    const done = at >= 0 && stops[at].done;
    if (!done || !(target instanceof Element) || !target.closest(done)) return;
    if (at < stops.length - 1) go(at + 1);
    else leave(false);
  }, { signal });
  signal.addEventListener("abort", () => leave(false));
  return () => {
    before = document.activeElement;
    go(0);
  };
}
