// The window onto a long roll: which steps are shown, and how it is scrolled and zoomed.

import { clamp } from "../numbers.js";

/** @import { Edges } from "../canvas.js" */
/** @import { Model } from "../model.js" */
/** @typedef {{ shape: [number, number], first: number, span: number }} Windowed */
/** @typedef {Windowed & { playhead: number, tools?: boolean }} Moved */
/** @typedef {{ selection: [number, number] | null }} Selected */
/**
 * The window onto what goes up, as far as a wheel moves it; see `makePitchWindow`.
 * @typedef {{
 *   scrolls: () => boolean, scroll: (pixels: number) => boolean, zoom: (factor: number, y?: number) => void,
 *   reset: () => void,
 * }} Upwards
 */

export const ZOOM = 1.5; // of a button or a key
const SAVE_EVERY = 100; // milliseconds between two messages to the kernel
const LEAST_SPAN = 8; // steps
const LINE = 40; // pixels of a mouse wheel that counts in lines

/**
 * Saves changes of a model at a limited rate, and always the final state.
 * @template S
 * @param {Model<S>} model
 */
export function makeSaver(model) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let waiting = false;
  const wake = () => {
    timer = undefined;
    if (waiting) save();
  };
  const save = () => {
    waiting = timer !== undefined;
    if (waiting) return;
    model.save_changes();
    timer = setTimeout(wake, SAVE_EVERY);
  };
  const finish = () => {
    clearTimeout(timer);
    wake();
  };
  return { save, finish };
}

/** The steps that are shown, within those that there are: @param {Model<Windowed>} model */
export function shownSteps(model) {
  const [steps] = model.get("shape");
  const span = model.get("span");
  if (!(span > 0 && span < steps)) return { first: 0, span: steps, steps };
  return { first: clamp(model.get("first"), 0, steps - span), span, steps };
}

/** The selected steps, in the roll: @param {Model<Windowed & Selected>} model */
export function selectedSteps(model) {
  const [steps] = model.get("shape");
  const [start, stop] = model.get("selection") ?? [0, 0];
  return [clamp(start, 0, steps), clamp(stop, clamp(start, 0, steps), steps)];
}

/**
 * Moves the window; `plot()` returns where it is on the canvas, `pitches` is the window onto them, and `save` sends how
 * it was moved.
 * @param {Model<Moved>} model @param {() => Edges} plot @param {Upwards} pitches
 * @param {() => void} save
 */
export function makeWindow(model, plot, pitches, save) {
  // Several events may come between two pictures: each starts from what the model says, and not from what is drawn.
  const shown = () => shownSteps(model);
  const stepAt = (/** @type {number} */ x) => {
    const { left, right } = plot();
    return shown().first + ((x - left) / (right - left)) * shown().span;
  };
  const show = (/** @type {number} */ first, span = shown().span) => {
    const { steps } = shown();
    const whole = span >= steps;
    model.set("span", whole ? 0 : span);
    model.set("first", whole ? 0 : clamp(first, 0, steps - span));
    save();
  };
  const zoom = (/** @type {number} */ factor, /** @type {number} */ x) => {
    const { first, span, steps } = shown();
    const { left, right } = plot();
    const share = x >= left && x <= right ? (x - left) / (right - left) : 0.5;
    const wanted = Math.max(Math.min(LEAST_SPAN, steps), span / factor);
    show(first + share * (span - wanted), wanted);
  };
  /** Scroll just far enough to show a step. */
  const follow = (/** @type {number} */ step) => {
    const { first, span } = shown();
    if (step < first) show(step);
    else if (step > first + span) show(step - span);
  };
  const wheel = (/** @type {WheelEvent} */ event) => {
    const { first, span, steps } = shown();
    const { left, right } = plot();
    const pixels = event.deltaMode === WheelEvent.DOM_DELTA_PIXEL ? 1 : LINE;
    if (event.ctrlKey) {
      event.preventDefault(); // or the page is zoomed too
      const factor = Math.exp(-(event.deltaY || event.deltaX) * pixels * 0.003);
      if (model.get("tools") && (event.shiftKey || event.offsetX < left)) pitches.zoom(factor, event.offsetY);
      else zoom(factor, event.offsetX);
      return;
    }
    const along = event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY);
    if (!along && pitches.scrolls()) {
      if (pitches.scroll(event.deltaY * pixels)) event.preventDefault();
      return;
    }
    const delta = (Math.abs(event.deltaX) > Math.abs(event.deltaY) ? event.deltaX : event.deltaY) * pixels;
    const wanted = clamp(first + (delta / (right - left)) * span, 0, steps - span);
    if (wanted === first) return; // nothing is left to scroll here: the page scrolls
    event.preventDefault();
    show(wanted);
  };
  let before = -1;
  /** Turn the page where the playhead leaves the window; where it was outside already, a user has scrolled. */
  const turn = () => {
    const { first, span, steps } = shown();
    const playhead = model.get("playhead");
    const inside = (/** @type {number} */ step) => step >= first && step < first + span;
    if (playhead >= 0 && playhead < steps && (before < 0 || inside(before)) && !inside(playhead)) show(playhead);
    before = playhead;
  };
  const reset = () => {
    show(0, Infinity);
    pitches.reset();
  };
  return { shown, stepAt, show, zoom, follow, wheel, turn, reset };
}
