// The curves of one run or two: as Python sends them, and drawn.

import { bytes } from "../model.js";
import { firstIndex } from "../numbers.js";

/** @import { Colour, Context, Style } from "../canvas.js" */
/** @import { Model } from "../model.js" */
/** @typedef {"training" | "smoothed" | "validation"} CurveName */
/** @typedef {{ x: Float32Array, y: Float32Array, size: number }} Curve  updates and losses */
/** @typedef {{ x: number, y: number } | null} Best  the best validation loss, if there is one */
/** @typedef {Record<CurveName, Colour>} Colours */
/** @typedef {Record<CurveName, Curve> & { name: string, colours: Colours, present: boolean, best: Best }} Run */
/** @typedef {Record<CurveName | `compared_${CurveName}`, DataView> & { name: string, compared_name: string }} Curves */
/**
 * Where an update and a loss are on the canvas, and which of them are visible.
 * @typedef {{
 *   x: (update: number) => number, y: (loss: number) => number, update: (x: number) => number,
 *   shows: (update: number) => boolean, visible: [number, number], losses: [number, number],
 * }} Place
 */

/** @type {CurveName[]} */
export const CURVES = ["training", "smoothed", "validation"];
/**
 * Prefixes of the traits of each run, and its colours.
 * @type {{ prefix: "" | "compared_", nameless: string, colours: Colours }[]}
 */
const RUNS = [
  { prefix: "", nameless: "this run", colours: { training: "brand", smoothed: "brand", validation: "warn" } },
  {
    prefix: "compared_",
    nameless: "the other",
    colours: { training: "second", smoothed: "second", validation: "third" },
  },
];
/** The traits that the curves are read from. */
export const TRAITS = RUNS.flatMap(({ prefix }) =>
  /** @type {const} */ (["training", "smoothed", "validation", "name"]).map(
    (name) => /** @type {keyof Curves} */ (prefix + name),
  ),
);
export const BEST = 5; // radius in pixels of the ring around the best validation

/** A curve from the bytes of all updates, then all losses: @param {DataView} value @returns {Curve} */
function readCurve(value) {
  const numbers = new Float32Array(bytes(value).buffer);
  const size = numbers.length / 2;
  return { x: numbers.subarray(0, size), y: numbers.subarray(size), size };
}

/** A loss with at least three significant digits: @param {number} loss */
export function lossText(loss) {
  const digits = loss === 0 ? 1 : 2 - Math.floor(Math.log10(Math.abs(loss)));
  return loss.toFixed(Math.min(6, Math.max(1, digits)));
}

/** Both runs, of which the second may have no points: @param {Model<Curves>} model @returns {Run[]} */
export function readRuns(model) {
  return RUNS.map(({ prefix, nameless, colours }) => {
    const [training, smoothed, validation] = CURVES.map((name) => readCurve(model.get(`${prefix}${name}`)));
    const { x, y, size } = validation;
    let least = 0;
    for (let index = 1; index < size; index++) if (y[index] < y[least]) least = index;
    return {
      ...{ training, smoothed, validation, colours },
      name: model.get(`${prefix}name`) || nameless,
      present: training.size + size > 0,
      best: size ? { x: x[least], y: y[least] } : null,
    };
  });
}

/**
 * The part of a curve from one update to another, with `beyond` points more at each end.
 * @param {Curve} curve @param {[number, number]} visible @returns {Curve}
 */
export function slice({ x, y }, [from, to], beyond = 0) {
  const start = Math.max(0, firstIndex(x.length, (index) => x[index] >= from) - beyond);
  const end = firstIndex(x.length, (index) => x[index] > to) + beyond;
  const part = { x: x.subarray(start, end), y: y.subarray(start, end) };
  return { ...part, size: part.x.length };
}

/** Index of the last point at or before an update, at least 0: @param {Float32Array} updates @param {number} update */
export function before(updates, update) {
  return Math.max(0, firstIndex(updates.length, (index) => updates[index] > update) - 1);
}

/** @param {Context} context @param {Place} place @param {Curve} whole @param {string} colour @param {number} width */
function paintCurve(context, place, whole, colour, width) {
  const { x, y, size } = slice(whole, place.visible, 1);
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.lineJoin = "round";
  context.beginPath();
  for (let index = 0; index < size; index++) {
    const height = place.y(y[index]);
    if (Number.isFinite(height)) context.lineTo(place.x(x[index]), height);
  }
  context.stroke();
}

/** @param {Context} context @param {Place} place @param {number} update @param {number} loss @param {number} radius */
function circle(context, place, update, loss, radius) {
  context.beginPath();
  context.arc(place.x(update), place.y(loss), radius, 0, 2 * Math.PI);
}

/**
 * @param {Context} context @param {Place} place @param {number} update @param {number} loss @param {string} colour
 * @param {number} radius
 */
export function paintDot(context, place, update, loss, colour, radius) {
  context.fillStyle = colour;
  circle(context, place, update, loss, radius);
  context.fill();
}

/**
 * The lines of a run: the loss of each update faint, the smoothed and the validation loss strong.
 * @param {Context} context @param {Place} place @param {Style} style @param {Run} run
 */
export function paintRun(context, place, style, { training, smoothed, validation, colours }) {
  context.globalAlpha = 0.35;
  paintCurve(context, place, training, style[colours.training], 1);
  context.globalAlpha = 1;
  paintCurve(context, place, smoothed, style[colours.smoothed], 2);
  paintCurve(context, place, validation, style[colours.validation], 2);
}

/**
 * Dots where there are few points, and a ring around the best validation.
 * @param {Context} context @param {Place} place @param {Style} style @param {Run} run
 */
export function paintDots(context, place, style, { training, validation, colours, best }) {
  const checks = slice(validation, place.visible);
  if (training.size === 1) paintDot(context, place, training.x[0], training.y[0], style[colours.training], 3);
  if (checks.size < 40) {
    const colour = style[colours.validation];
    checks.x.forEach((update, index) => paintDot(context, place, update, checks.y[index], colour, 3));
  }
  if (!best || !place.shows(best.x)) return;
  context.strokeStyle = style[colours.validation];
  context.lineWidth = 2;
  circle(context, place, best.x, best.y, BEST);
  context.stroke();
}
