// The curves of one run or two: as Python sends them, and drawn. `place` says where an update and a loss lie.

import { bytes } from "../canvas.js";

export const CURVES = ["training", "smoothed", "validation"];
// What the names of a run's traits begin with, and its colours.
export const RUNS = [
  { prefix: "", nameless: "this run", colours: { training: "brand", smoothed: "brand", validation: "warn" } },
  {
    prefix: "compared_",
    nameless: "the other",
    colours: { training: "second", smoothed: "second", validation: "third" },
  },
];
export const BEST = 5; // radius in pixels of the ring around the best validation

/** A curve as it was sent: all places, then all losses. */
function curve(model, name) {
  const numbers = new Float32Array(bytes(model, name).buffer);
  const size = numbers.length / 2;
  return { x: numbers.subarray(0, size), y: numbers.subarray(size), size };
}

/** A loss with at least three digits that count. */
export function lossText(loss) {
  const digits = loss === 0 ? 1 : 2 - Math.floor(Math.log10(Math.abs(loss)));
  return loss.toFixed(Math.min(6, Math.max(1, digits)));
}

/** The curves of both runs, of which the second may have no points, with the best validation of each. */
export function readRuns(model) {
  return RUNS.map(({ prefix, nameless, colours }) => {
    const curves = Object.fromEntries(CURVES.map((name) => [name, curve(model, prefix + name)]));
    const { x, y, size } = curves.validation;
    let least = 0;
    for (let index = 1; index < size; index++) if (y[index] < y[least]) least = index;
    return {
      ...curves,
      name: model.get(`${prefix}name`) || nameless,
      colours,
      present: curves.training.size + size > 0,
      best: size ? { x: x[least], y: y[least] } : null,
    };
  });
}

/** The part of a curve from one update to another, with a point beyond each end if it is asked for. */
export function slice({ x, y }, [from, to], beyond = 0) {
  let start = before(x, from);
  if (x[start] < from) start += 1;
  const end = x.length && x[0] <= to ? before(x, to) + 1 : 0;
  const part = [x, y].map((each) => each.subarray(Math.max(0, start - beyond), end + beyond));
  return { x: part[0], y: part[1], size: part[0].length };
}

/** Index of the last point at or before x, at least 0. */
export function before(places, x) {
  let low = 0;
  let high = places.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (places[middle] <= x) low = middle;
    else high = middle;
  }
  return low;
}

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

export function paintPoints(context, place, { x, y, size }, colour, radius) {
  context.fillStyle = colour;
  for (let index = 0; index < size; index++) {
    context.beginPath();
    context.arc(place.x(x[index]), place.y(y[index]), radius, 0, 2 * Math.PI);
    context.fill();
  }
}

/** The lines of a run: each update faint, the smoothed course and the validation strong. */
export function paintRun(context, place, style, { training, smoothed, validation, colours }) {
  context.globalAlpha = 0.35;
  paintCurve(context, place, training, style[colours.training], 1);
  context.globalAlpha = 1;
  paintCurve(context, place, smoothed, style[colours.smoothed], 2);
  paintCurve(context, place, validation, style[colours.validation], 2);
}

/** Dots where there are few points, and a ring around the best validation. */
export function paintDots(context, place, style, { training, validation, colours, best }) {
  const checks = slice(validation, place.visible);
  if (training.size === 1) paintPoints(context, place, training, style[colours.training], 3);
  if (checks.size < 40) paintPoints(context, place, checks, style[colours.validation], 3);
  if (!best || !place.shows(best.x)) return;
  context.strokeStyle = style[colours.validation];
  context.lineWidth = 2;
  context.beginPath();
  context.arc(place.x(best.x), place.y(best.y), BEST, 0, 2 * Math.PI);
  context.stroke();
}
