// The "?" at each label, and what it opens: the sentence that the control has as its tooltip, its default, a picture.

import { openBubble, reachable } from "./bubble.js";
import { element } from "./element.js";
import { makePicture, PICTURES } from "./pictures.js";

const CONTROLS = ".widget-inline-hbox:not(.widget-html, .widget-hprogress), .lstmmusic-number";
const MARK = "lstmmusic-help";
const HOLD = { milliseconds: 600, pixels: 10 }; // for which a finger rests on what it asks about, and how still

/** The sentence of a tooltip, and the default at its end, or "": @param {string} tooltip */
export function splitHelp(tooltip) {
  const [sentence, value = ""] = tooltip.split(/[.;] Default: /);
  return [/[.?!)]$/.test(sentence) ? sentence : `${sentence}.`, value];
}

/** The label of a control, which has its tooltip: @param {Element} control @returns {HTMLElement | undefined} */
function labelOf(control) {
  const labels = [...control.children].filter((each) => each instanceof HTMLLabelElement);
  return labels.findLast((label) => label.textContent && label.style.display !== "none");
}

/** The tooltip of a label, by the innermost element that has one: @param {HTMLElement} label */
function tooltipOf(label) {
  const named = [label, ...label.querySelectorAll("[title]")].filter((each) => each.getAttribute("title"));
  return named.at(-1)?.getAttribute("title") ?? "";
}

/** Controls that have their mark: @type {WeakSet<Element>} */
const marked = new WeakSet();

/**
 * Mark each label that has a tooltip, and give the tooltip to the control itself, so that it describes the control for
 * screen readers; ipywidgets gives many none. The page changes often: each control is marked once.
 * @param {HTMLElement} studio
 */
export function markLabels(studio) {
  for (const control of studio.querySelectorAll(CONTROLS)) {
    if (marked.has(control)) continue;
    const label = labelOf(control);
    const tooltip = label && tooltipOf(label);
    if (!label || !tooltip) continue;
    marked.add(control);
    label.after(element("span", { class: MARK }));
    if (control.classList.contains("lstmmusic-number")) continue; // it has its own
    for (const part of [control, ...control.querySelectorAll("input, select")]) part.setAttribute("title", tooltip);
  }
}

/** What is explained where the user asks for it: @param {Element} asked */
function findHelp(asked) {
  const control = asked.closest(CONTROLS);
  const label = control && labelOf(control);
  if (label) return { name: label.textContent ?? "", tooltip: tooltipOf(label), target: control };
  const titled = asked.closest(".lstmmusic-studio [title]");
  if (!titled) return null;
  const name = asked.getAttribute("aria-label") || titled.getAttribute("aria-label") || titled.textContent || "";
  return { name, tooltip: titled.getAttribute("title") ?? "", target: titled };
}

/** The picture of a control, as its class says: @param {Element} control */
function pictureOf(control) {
  const name = Object.keys(PICTURES).find((each) => control.classList.contains(`lstmmusic-picture-${each}`));
  return name ? [makePicture(name)] : [];
}

/**
 * Explain what a finger rests on, rather than press it.
 * @param {HTMLElement} studio @param {(asked: Element) => boolean} show @param {AbortSignal} signal
 */
function offerByTouch(studio, show, signal) {
  /** @type {{ timer: number, x: number, y: number } | null} */
  let held = null;
  let explained = false; // what the finger rests on: letting go is no click
  const forget = () => {
    clearTimeout(held?.timer);
    held = null;
  };
  studio.addEventListener("pointerdown", ({ target, pointerType, isPrimary, clientX: x, clientY: y }) => {
    forget();
    explained = false;
    if (pointerType !== "touch" || !isPrimary || !(target instanceof Element)) return;
    const asked = target.closest("button");
    if (!asked) return;
    const timer = window.setTimeout(() => {
      explained = show(asked);
    }, HOLD.milliseconds);
    held = { timer, x, y };
  }, { signal });
  studio.addEventListener("pointermove", ({ clientX, clientY }) => {
    if (held && Math.hypot(clientX - held.x, clientY - held.y) > HOLD.pixels) forget();
  }, { signal });
  for (const end of ["pointerup", "pointercancel"]) studio.addEventListener(end, forget, { signal });
  for (const kind of ["click", "contextmenu"]) {
    studio.addEventListener(kind, (event) => {
      if (!explained) return;
      event.preventDefault();
      event.stopPropagation();
      if (kind === "click") explained = false;
    }, { signal, capture: true });
  }
  signal.addEventListener("abort", forget);
}

/**
 * The button under a click that cannot be pressed, and so gets none.
 * @param {HTMLElement} studio @param {MouseEvent} event
 */
function findDisabled(studio, { clientX: x, clientY: y }) {
  return [...studio.querySelectorAll("button:disabled")].find((button) => {
    const { left, right, top, bottom } = button.getBoundingClientRect();
    return left <= x && x < right && top <= y && y < bottom;
  });
}

/**
 * Explain what is clicked next, or reached and pressed by keys, rather than press it, once the user has pressed "?".
 * @param {HTMLElement} studio @param {(asked: Element) => boolean} show @param {AbortSignal} signal
 */
function offerByAsking(studio, show, signal) {
  const isButton = (/** @type {EventTarget | null} */ target) =>
    target instanceof Element && target.closest(".lstmmusic-ask, .lstmmusic-bubble") !== null;
  const isAsking = () => studio.classList.contains("lstmmusic-asking");
  const ask = (/** @type {boolean} */ on) => {
    studio.classList.toggle("lstmmusic-asking", on);
    studio.querySelector(".lstmmusic-ask")?.setAttribute("aria-pressed", `${on}`);
  };
  const answer = (/** @type {Element} */ asked) => {
    if (show(asked)) ask(false);
  };
  const keep = (/** @type {Event} */ event) => {
    event.preventDefault();
    event.stopPropagation();
  };
  for (const kind of ["pointerdown", "mousedown", "dblclick"]) {
    studio.addEventListener(kind, (event) => {
      if (isAsking() && !isButton(event.target)) keep(event);
    }, { signal, capture: true });
  }
  studio.addEventListener("click", (event) => {
    if (!(event.target instanceof Element)) return;
    if (event.target.closest(".lstmmusic-ask")) ask(!isAsking());
    else if (isAsking() && !isButton(event.target)) {
      keep(event);
      answer(findDisabled(studio, event) ?? event.target);
    }
  }, { signal, capture: true });
  studio.addEventListener("keydown", (event) => {
    if (!isAsking() || !(event.target instanceof Element) || isButton(event.target)) return;
    if (event.key === "Enter" || event.key === " ") answer(event.target);
    else if (event.key === "Escape") ask(false);
    else return;
    keep(event);
  }, { signal, capture: true });
  studio.querySelector(".lstmmusic-ask")?.setAttribute("aria-pressed", "false");
}

/**
 * Explain what the user asks about, until the signal: by its "?", by F1 or Alt+? while it has the focus, by a finger
 * that rests on it, or by the "?" beside "Show me", as buttons have none.
 * @param {HTMLElement} studio @param {AbortSignal} signal
 */
export function offerHelp(studio, signal) {
  /** @type {(giveBack: boolean) => void} */
  let end = () => {};
  /** @type {Element | null} */
  let open = null;

  const leave = (giveBack = true) => {
    open = null;
    end(giveBack);
    end = () => {};
  };
  const show = (/** @type {Element} */ asked) => {
    const help = findHelp(asked);
    const again = help?.target === open;
    leave();
    if (!help?.tooltip || again) return false;
    const { name, tooltip, target } = help;
    open = target;
    const [sentence, value] = splitHelp(tooltip);
    const content = [element("b", { "aria-hidden": "true" }, name), element("p", {}, sentence), ...pictureOf(target)];
    if (value) content.push(element("p", {}, element("b", {}, "Default: "), value));
    const find = () => (target.isConnected && target.getClientRects().length > 0 ? target : null);
    const before = asked.classList.contains(MARK) ? reachable(target) ?? null : document.activeElement;
    end = openBubble(studio, { name: `Help: ${name}`, content, buttons: [], before, find, leave });
    return true;
  };
  studio.addEventListener("click", (event) => {
    if (!(event.target instanceof Element) || !event.target.classList.contains(MARK)) return;
    event.preventDefault();
    show(event.target);
  }, { signal });
  offerByTouch(studio, show, signal);
  offerByAsking(studio, show, signal);
  // Text fields of ipywidgets let no key through.
  studio.addEventListener("keydown", (event) => {
    const asks = event.key === "F1" || (event.altKey && (event.key === "?" || event.code === "Slash"));
    if (!asks || !(event.target instanceof Element)) return;
    const inBubble = open !== null && event.target.closest(".lstmmusic-bubble");
    if (inBubble) leave();
    else if (!show(event.target) && open) return;
    event.preventDefault();
    event.stopPropagation();
  }, { signal, capture: true });
  document.addEventListener("pointerdown", ({ target }) => {
    if (open && target instanceof Element && !target.closest(`.lstmmusic-bubble, .${MARK}`)) leave(false);
  }, { signal });
  signal.addEventListener("abort", () => leave(false));
}
