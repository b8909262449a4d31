// The part of the updates that is shown: chosen by pointer, wheel and keyboard, and requested from Python.

import { OWN_KEYS } from "../element.js";
import { clamp } from "../numbers.js";

/** @import { Context, Edges, Picture, Style } from "../canvas.js" */
/** @import { Model } from "../model.js" */
/** @typedef {[number, number]} Part  first and last update */

const PAUSE = 200; // milliseconds between two requests
const FEWEST = 4; // updates to which one can zoom
const STEP = 1.5; // of a key or a button
const MOVED = 5; // pixels that turn a press into a drag

/**
 * A part of about these updates within the whole; null if that is all of it.
 * @param {number} from @param {number} to @param {Part} whole @returns {Part | null}
 */
export function fitPart(from, to, whole) {
  const span = whole[1] - whole[0];
  const width = Math.max(to - from, Math.min(FEWEST, span));
  const first = clamp((from + to - width) / 2, whole[0], whole[1] - width);
  return width >= span ? null : [first, first + width];
}

/**
 * A part `factor` times as wide, in which an update stays in its place.
 * @param {Part} part @param {number} factor @param {number} update @returns {Part}
 */
export function scalePart([from, to], factor, update) {
  return [update - (update - from) * factor, update + (to - update) * factor];
}

/**
 * A part shifted by a share of its width, within the whole.
 * @param {Part} part @param {number} share @param {Part} whole @returns {Part}
 */
export function shiftPart([from, to], share, whole) {
  const distance = Math.min(Math.max(share * (to - from), whole[0] - from), whole[1] - to);
  return [from + distance, to + distance];
}

/**
 * Let the pointer and the keyboard choose a part on a picture.
 * @template S
 * @param {Model<S>} model @param {Picture} picture @param {AbortSignal} signal
 */
export function makeZoom(model, { canvas, change, move }, signal) {
  /** @type {Part | null} */
  let part = null; // null: all updates
  /** @type {Part} */
  let whole = [0, 1];
  /** @type {Edges | null} */
  let plot = null;
  /** @type {{ from: number, x: number } | null} */
  let drag = null; // the update at which the pointer was pressed, and where the pointer is now
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  /** @type {Part | null} */
  let requested = null;

  const visible = () => part ?? whole;
  const edges = () => /** @type {Edges} */ (plot); // the handlers below return early where there is no plot
  const within = (/** @type {number} */ x) => clamp(x, edges().left, edges().right);
  const update = (/** @type {number} */ x) => {
    const [[from, to], { left, right }] = [visible(), edges()];
    return from + ((x - left) / (right - left)) * (to - from);
  };
  const place = (/** @type {number} */ at) => {
    const [[from, to], { left, right }] = [visible(), edges()];
    return left + ((at - from) / (to - from)) * (right - left);
  };

  const request = () => {
    if (timer || requested === part) return;
    requested = part;
    model.send({ kind: "zoom", from: part ? part[0] : null, to: part ? part[1] : null });
    timer = setTimeout(() => {
      timer = undefined;
      request();
    }, PAUSE);
  };

  /** Show a part; returns whether it is a different one. */
  const show = (/** @type {Part} */ [from, to]) => {
    const next = fitPart(from, to, whole);
    if (String(next) === String(part)) return false;
    part = next;
    change();
    request();
    return true;
  };
  const showAll = () => show(whole);
  const cancel = () => {
    drag = null;
    move();
  };
  const scale = (/** @type {number} */ factor) => show(scalePart(visible(), factor, (visible()[0] + visible()[1]) / 2));
  const zoomIn = () => scale(1 / STEP);
  const zoomOut = () => scale(STEP);
  /** @type {{ [name: string]: () => void }} */
  const keys = {
    "+": zoomIn,
    "-": zoomOut,
    ArrowLeft: () => show(shiftPart(visible(), -0.2, whole)),
    ArrowRight: () => show(shiftPart(visible(), 0.2, whole)),
    Escape: () => void (drag ? cancel() : showAll()),
  };
  keys["="] = keys["+"]; // the same key without Shift

  canvas.style.cursor = "crosshair";
  canvas.style.touchAction = "pan-y";
  const attributes = { ...OWN_KEYS, "aria-keyshortcuts": "+ - ArrowLeft ArrowRight Escape" };
  for (const [name, value] of Object.entries(attributes)) canvas.setAttribute(name, `${value}`);
  canvas.addEventListener("pointerdown", (event) => {
    if (!plot || event.button !== 0 || within(event.offsetX) !== event.offsetX) return;
    drag = { from: update(event.offsetX), x: event.offsetX };
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (drag) drag.x = within(event.offsetX);
  });
  canvas.addEventListener("pointerup", () => {
    if (!drag) return;
    const [one, other] = [drag.from, update(drag.x)].sort((a, b) => a - b);
    drag = null;
    if (place(other) - place(one) >= MOVED) show([one, other]);
    else move();
  });
  canvas.addEventListener("pointercancel", cancel);
  canvas.addEventListener("dblclick", showAll);
  const turn = (/** @type {WheelEvent} */ event) => {
    const control = event.ctrlKey || event.metaKey;
    if (!plot || !(control || document.activeElement === canvas)) return; // the page scrolls
    const lines = Math.sign(event.deltaY) * Math.min(3, Math.abs(event.deltaY) / (event.deltaMode === 0 ? 50 : 1.5));
    const shown = show(scalePart(visible(), 1.15 ** lines, update(within(event.offsetX))));
    if (shown || control) event.preventDefault();
  };
  canvas.addEventListener("wheel", turn, { passive: false });
  canvas.addEventListener("keydown", (event) => {
    const act = keys[event.key];
    if (!act || !plot || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  });
  signal.addEventListener("abort", () => {
    clearTimeout(timer);
    if (requested) model.send({ kind: "zoom", from: null, to: null });
  });

  return {
    ...{ zoomIn, zoomOut, showAll },
    isActive: () => part !== null,
    /** Set the first and the last update that there are, before a picture: @param {Part} updates */
    cover: (updates) => {
      const replaced = updates[1] < whole[1]; // other curves: the part belongs to those before
      whole = updates;
      if (replaced && part) {
        part = null;
        request();
      }
    },
    /** Set where the plot is, or null for none; returns the updates to draw: @param {Edges | null} given */
    layOut: (given) => {
      plot = given;
      return visible();
    },
    /** Paint what is dragged: @param {Context} context @param {Style} style */
    paint: (context, style) => {
      if (!drag || !plot) return;
      const [left, right] = [within(place(drag.from)), drag.x].sort((a, b) => a - b);
      context.fillStyle = style.brand;
      context.globalAlpha = 0.18;
      context.fillRect(left, plot.top, right - left, plot.bottom - plot.top);
      context.globalAlpha = 1;
    },
  };
}
