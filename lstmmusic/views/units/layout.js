// Where everything is in the picture of a layer's units, at any size.

import { clamp } from "../numbers.js";
import { shownSteps } from "../roll/window.js";

/** @import { Context, Edges, Size, Style } from "../canvas.js" */
/** @import { Model } from "../model.js" */
/** @import { Metre } from "../roll/bars.js" */
/** @import { Following } from "../roll/follow.js" */
/** @import { Scale } from "./cells.js" */
/** @typedef {{ values: DataView, shape: [number, number], order: number[], switched: number[] }} Data */
/** @typedef {{ bars: Metre[], step: number, unit: string, first: number, span: number }} Times */
/** @typedef {Scale & Times & { layer: number, quantity: string }} Meaning */
/** @typedef {{ title: string, note: string, empty: string, height: number, fill: boolean }} Look */
/** @typedef {{ chosen: number | null, at: number | null }} Chosen  a unit, and a step */
/** @typedef {{ traces: DataView, trace_names: string[], trace_limit: number, past: DataView }} Below */
/** @typedef {Data & Meaning & Look & Chosen & Below & Following} State */
/** @typedef {ReturnType<typeof layGrid>} Grid */
/** @typedef {{ context: Context, size: Size, style: Style, model: Model<State>, grid: Grid }} Scene */

const HEAD = 24;
const AXIS = 18;
const LEGEND = 18;
const TRACES = { share: 0.38, least: 50, most: 150, gap: 6 };
const PAST = { height: 40, gap: 16 };

/**
 * Edges of the heat map, of the traces and of the bars of the past below it, which begin and end at the same pixels as
 * the plot of a roll.
 * @param {Size} size @param {boolean} traced @param {boolean} past
 */
function layOut({ width, height }, traced, past) {
  const [left, right] = [40, width - 12];
  let bottom = height - AXIS;
  const take = (/** @type {number} */ room, /** @type {number} */ gap) => {
    const edges = { left, right, top: bottom - room, bottom };
    bottom -= room + gap;
    return edges;
  };
  const ofPast = past ? take(PAST.height, PAST.gap) : null;
  const { share, least, most, gap } = TRACES;
  // Also before a unit is chosen: otherwise another one would be below the pointer once it is.
  const ofTraces = traced ? take(clamp(share * (bottom - HEAD), least, most) - LEGEND, LEGEND + gap) : null;
  return { plot: { left, right, top: HEAD, bottom }, traces: ofTraces, past: ofPast };
}

/**
 * What is shown, and where on a canvas of this size.
 * @param {Model<State>} model @param {Size} size
 */
export function layGrid(model, size) {
  const window = shownSteps(model);
  const units = model.get("shape")[1];
  const places = layOut(size, model.get("shape")[0] > 0, model.get("past").byteLength > 0);
  const { plot } = places;
  const column = (plot.right - plot.left) / window.span;
  const row = (plot.bottom - plot.top) / units;
  return {
    ...window, ...places, units, column, row,
    floor: (places.past ?? places.traces ?? plot).bottom, // where the axis of time is
    x: (/** @type {number} */ step) => plot.left + (step - window.first) * column,
    y: (/** @type {number} */ place) => plot.top + place * row,
  };
}
