// The curves of one run or two: as Python sends them, and drawn.

import { bytes } from "../model.js";
import { firstIndex } from "../numbers.js";

/** @import { Colour, Context, Style } from "../canvas.js" */
/** @import { Model } from "../model.js" */
/** @typedef {"training" | "smoothed" | "validation"} CurveName */
/** @typedef {{ x: Float32Array, y: Float32Array, size: number }} Curve  updates and losses */
/** @typedef {{ x: number, y: number } | null} Best  the best validation loss, if there is one */
/** @typedef {{ colours: Record<CurveName, Colour>, dash: number[], dashed: number[], corners: boolean }} Look */
/** @typedef {Record<CurveName, Curve> & { name: string, look: Look, present: boolean, best: Best }} Run */
/** @typedef {Record<CurveName | `compared_${CurveName}`, DataView> & { name: string, compared_name: string }} Curves */
/**
 * Where an update and a loss are on the canvas, which of them are visible, and the highest loss there is, which may lie
 * above.
 * @typedef {{
 *   x: (update: number) => number, y: (loss: number) => number, update: (x: number) => number,
 *   shows: (update: number) => boolean, visible: [number, number], losses: [number, number], highest: number,
 * }} Place
 */

/** @type {CurveName[]} */
export const CURVES = ["training", "smoothed", "validation"];
/**
 * Prefixes of the traits of each run, and its look, which differs in more than colours: the dashes of its training line
 * and of its validation line, and whether its marks have corners.
 * @type {{ prefix: "" | "compared_", nameless: string, look: Look }[]}
 */
const RUNS = [
  {
    prefix: "",
    nameless: "this run",
    look: {
      colours: { training: "brand", smoothed: "brand", validation: "warn" },
      ...{ dash: [], dashed: [8, 3], corners: false },
    },
  },
  {
    prefix: "compared_",
    nameless: "the other",
    look: {
      colours: { training: "second", smoothed: "second", validation: "third" },
      ...{ dash: [2, 2], dashed: [8, 3, 2, 3], corners: true },
    },
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
  return RUNS.map(({ prefix, nameless, look }) => {
    const [training, smoothed, validation] = CURVES.map((name) => readCurve(model.get(`${prefix}${name}`)));
    const { x, y, size } = validation;
    let least = 0;
    for (let index = 1; index < size; index++) if (y[index] < y[least]) least = index;
    return {
      ...{ training, smoothed, validation, look },
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

/**
 * @param {Context} context @param {Place} place @param {Curve} whole @param {string} colour @param {number} width
 * @param {number[]} dash
 */
function paintCurve(context, place, whole, colour, width, dash = []) {
  const { x, y, size } = slice(whole, place.visible, 1);
  if (size === 0) return;
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.lineJoin = "round";
  context.setLineDash(dash);
  context.beginPath();
  for (let index = 0; index < size; index++) {
    const height = place.y(y[index]);
    if (Number.isFinite(height)) context.lineTo(place.x(x[index]), height);
  }
  context.stroke();
  context.setLineDash([]);
}

/**
 * The outline of a mark: a circle, or a square as wide.
 * @param {Context} context @param {number} x @param {number} y @param {number} radius @param {boolean} corners
 */
export function outlineMark(context, x, y, radius, corners) {
  context.beginPath();
  if (corners) context.rect(x - radius, y - radius, 2 * radius, 2 * radius);
  else context.arc(x, y, radius, 0, 2 * Math.PI);
}

/**
 * @param {Context} context @param {Place} place @param {number} update @param {number} loss @param {string} colour
 * @param {number} radius @param {boolean} corners
 */
export function paintDot(context, place, update, loss, colour, radius, corners) {
  context.fillStyle = colour;
  outlineMark(context, place.x(update), place.y(loss), radius, corners);
  context.fill();
}

/**
 * The lines of a run: the loss of each update faint, the smoothed and the validation loss strong.
 * @param {Context} context @param {Place} place @param {Style} style @param {Run} run
 */
export function paintRun(context, place, style, { training, smoothed, validation, look }) {
  const { colours, dash, dashed } = look;
  context.globalAlpha = 0.35;
  paintCurve(context, place, training, style[colours.training], 1);
  context.globalAlpha = 1;
  paintCurve(context, place, smoothed, style[colours.smoothed], 2, dash);
  paintCurve(context, place, validation, style[colours.validation], 2, dashed);
}

/**
 * Dots where there are few points, and a ring around the best validation.
 * @param {Context} context @param {Place} place @param {Style} style @param {Run} run
 */
export function paintDots(context, place, style, { training, validation, look, best }) {
  const { colours, corners } = look;
  const checks = slice(validation, place.visible);
  const [first] = training.y;
  if (training.size === 1) paintDot(context, place, training.x[0], first, style[colours.training], 3, corners);
  if (checks.size < 40) {
    const colour = style[colours.validation];
    checks.x.forEach((update, index) => paintDot(context, place, update, checks.y[index], colour, 3, corners));
  }
  if (!best || !place.shows(best.x)) return;
  context.strokeStyle = style[colours.validation];
  context.lineWidth = 2;
  outlineMark(context, place.x(best.x), place.y(best.y), BEST, corners);
  context.stroke();
}
