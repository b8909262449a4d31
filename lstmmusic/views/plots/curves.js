// The curves of a run, or of several: as Python sends them, and drawn.

import { bytes } from "../model.js";
import { firstIndex } from "../numbers.js";
import { ALONE, lookOf } from "./look.js";

/** @import { Context, Style } from "../canvas.js" */
/** @import { Model } from "../model.js" */
/** @import { Look } from "./look.js" */
/** @typedef {"training" | "smoothed" | "validation"} CurveName */
/** @typedef {{ x: Float32Array, y: Float32Array, size: number }} Curve  updates and losses */
/** @typedef {{ x: number, y: number } | null} Best  the best validation loss, if there is one */
/** @typedef {{ name: string, number: number, look: Look, present: boolean, best: Best }} About */
/** @typedef {Record<CurveName, Curve> & About} Run */
/** @typedef {{ name: string, look: number, sizes: [number, number] }} Overlaid  points smoothed, and of validation */
/** @typedef {Record<CurveName | "overlaid_curves", DataView> & { name: string, overlaid: Overlaid[] }} Curves */
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
/** The traits that the curves are read from: @type {(keyof Curves)[]} */
export const TRAITS = [...CURVES, "name", "overlaid", "overlaid_curves"];
export const BEST = 5; // radius in pixels of the ring around the best validation

/** A curve from all its updates, then all losses: @param {Float32Array} numbers @returns {Curve} */
function makeCurve(numbers) {
  const size = numbers.length / 2;
  return { x: numbers.subarray(0, size), y: numbers.subarray(size), size };
}

/** @param {DataView} value */
const numbersOf = (value) => new Float32Array(bytes(value).slice().buffer);

/** A loss with at least three significant digits: @param {number} loss */
export function lossText(loss) {
  const digits = loss === 0 ? 1 : 2 - Math.floor(Math.log10(Math.abs(loss)));
  return loss.toFixed(Math.min(6, Math.max(1, digits)));
}

/**
 * @param {Record<CurveName, Curve>} curves @param {string} name @param {number} number @param {Look} look
 * @returns {Run}
 */
function makeRun(curves, name, number, look) {
  const { x, y, size } = curves.validation;
  let least = 0;
  for (let index = 1; index < size; index++) if (y[index] < y[least]) least = index;
  const present = curves.training.size + curves.smoothed.size + size > 0;
  return { ...curves, name, number, look, present, best: size ? { x: x[least], y: y[least] } : null };
}

/** The runs of a plot: those that are overlaid, or else the one: @param {Model<Curves>} model @returns {Run[]} */
export function readRuns(model) {
  const overlaid = model.get("overlaid");
  if (overlaid.length === 0) {
    const [training, smoothed, validation] = CURVES.map((name) => makeCurve(numbersOf(model.get(name))));
    return [makeRun({ training, smoothed, validation }, model.get("name"), 0, ALONE)];
  }
  const numbers = numbersOf(model.get("overlaid_curves"));
  const training = makeCurve(numbers.subarray(0, 0));
  let at = 0;
  return overlaid.map(({ name, look, sizes }) => {
    const [smoothed, validation] = sizes.map((size) => makeCurve(numbers.subarray(at, (at += 2 * size))));
    return makeRun({ training, smoothed, validation }, name, look, lookOf(look));
  });
}

/** The curve by which a run is compared with others: @param {Run} run */
export function strongest({ smoothed, validation }) {
  return validation.size ? validation : smoothed;
}

/** The curves of a run to which the axes fit: @param {Run} run */
export function fitted({ training, smoothed, validation }) {
  return [training.size ? training : smoothed, validation];
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
 * The lines of a run: the loss of each update faint, the smoothed and the validation loss strong. Of several runs, only
 * one line of each is strong.
 * @param {Context} context @param {Place} place @param {Style} style @param {Run} run @param {number} strength
 */
export function paintRun(context, place, style, run, strength = 1) {
  const { training, smoothed, validation, look } = run;
  const { colours, dash, dashed } = look;
  context.globalAlpha = 0.35 * strength;
  if (look === ALONE) paintCurve(context, place, training, style[colours.training], 1);
  else if (validation.size) paintCurve(context, place, smoothed, style[colours.smoothed], 1);
  context.globalAlpha = strength;
  if (look === ALONE || !validation.size) paintCurve(context, place, smoothed, style[colours.smoothed], 2, dash);
  paintCurve(context, place, validation, style[colours.validation], 2, dashed);
  context.globalAlpha = 1;
}

/**
 * Dots where there are few points, and a ring around the best validation.
 * @param {Context} context @param {Place} place @param {Style} style @param {Run} run @param {number} strength
 */
export function paintDots(context, place, style, { training, validation, look, best }, strength = 1) {
  const { colours, corners } = look;
  context.globalAlpha = strength;
  const checks = slice(validation, place.visible);
  const [first] = training.y;
  if (training.size === 1) paintDot(context, place, training.x[0], first, style[colours.training], 3, corners);
  if (checks.size < 40) {
    const colour = style[colours.validation];
    checks.x.forEach((update, index) => paintDot(context, place, update, checks.y[index], colour, 3, corners));
  }
  if (best && place.shows(best.x)) {
    context.strokeStyle = style[colours.validation];
    context.lineWidth = 2;
    outlineMark(context, place.x(best.x), place.y(best.y), BEST, corners);
    context.stroke();
  }
  context.globalAlpha = 1;
}
