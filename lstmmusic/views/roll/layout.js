// Where everything is in the picture of a roll, at any size.

import { shownRows } from "./pitches.js";
import { shownSteps } from "./window.js";

/** @import { Context, Edges, Size, Style } from "../canvas.js" */
/** @import { Model } from "../model.js" */
/** @import { Metre } from "./bars.js" */
/** @import { Data, Roll } from "./cells.js" */
/** @import { Copy } from "./copies.js" */
/** @import { Facts } from "./inspector.js" */
/** @import { Following } from "./follow.js" */
/** @import { Mark } from "./surprise.js" */
/** @typedef {{ title: string, note: string, empty: string, waiting: boolean }} Words */
/** @typedef {Words & { compact: boolean, legend: boolean }} Head */
/** @typedef {{ height: number, fill: boolean }} Height */
/** @typedef {{ selectable: boolean, selection: [number, number] | null, first: number, span: number }} Interaction */
/** @typedef {{ tools: boolean, pitch_first: number, pitch_span: number }} Work */
/** @typedef {{ editable: boolean, editing: boolean }} Editing */
/** @typedef {{ measured: boolean, surprising: boolean, copying: boolean }} Measuring */
/** @typedef {{ surprise: DataView, surprise_top: number, marks: Mark[], copies: Copy[] }} Measured */
/** @typedef {{ count: number, polyphony: number, bars: Metre[], lane: boolean, underlay: boolean }} Others */
/** @typedef {Data & Facts & Following & Head & Height & Interaction & Work & Editing & Others} Plain */
/** @typedef {Plain & Measuring & Measured} State */
/** @typedef {{ name: "in" | "out", text: string, left: number, right: number }} Button */
/** @typedef {{ band: Edges | null, nats: Edges | null, lane: Edges | null }} Lanes  copies, surprise, velocities */
/** @typedef {{ plot: Edges, floor: number, namesPrimer: boolean }} Laid  the floor is where the axis of time is */
/** @typedef {Laid & Lanes & { map: Edges | null, buttons: Button[] }} Places */
/** @typedef {ReturnType<typeof layGrid>} Grid */
/** @typedef {Pick<Grid, "pitches" | "low" | "high">} Range */
/** @typedef {{ context: Context, size: Size, style: Style, model: Model<State>, grid: Grid }} Scene */

const SHORT = 130; // pixels of height below which a row of text is omitted
const LEAST_COLUMN = 1; // pixels of a step below which there is a map of the whole, if there is room for it
const BUTTON = 18;
// Pixels of each lane below the plot, from the top down.
const BAND = { height: 8, compact: 5, gap: 3 };
const NATS = { height: 44, compact: 24, gap: 5 };
const LANE = { height: 56, compact: 30, gap: 5 };

/** @param {Model<State>} model */
export const isHot = (model) => model.get("palette") === "probability";
/** Whether probabilities lie under the notes of a tune: @param {Model<State>} model */
export const isUnderlaid = (model) => {
  return !isHot(model) && model.get("underlay") && model.get("probabilities").byteLength > 0;
};
/** Whether notes differ in velocity: @param {Model<State>} model */
export const isDynamic = (model) => !isHot(model) && model.get("velocities")[0] < model.get("velocities")[1];
/** Pixels of the gap above each lane, and of the lane, from the top down; 0 of one that is not shown. */
const sizeLanes = (/** @type {Model<State>} */ model) => {
  const shown = [model.get("copying"), model.get("surprising"), isDynamic(model) && model.get("lane")];
  return [BAND, NATS, LANE].map(({ gap, height, compact }, number) => {
    return shown[number] ? [gap, model.get("compact") ? compact : height] : [0, 0];
  });
};
/** Pixels that all lanes take, with the gaps above them: @param {Model<State>} model */
export const laneRoom = (model) => sizeLanes(model).flat().reduce((sum, pixels) => sum + pixels, 0);
/** Pixels of those that measure the tune: @param {Model<State>} model */
export const measuredRoom = (model) => sizeLanes(model).slice(0, 2).flat().reduce((sum, pixels) => sum + pixels, 0);
/** Whether a row of text is omitted: @param {Model<State>} model @param {Size} size */
const isShort = (model, size) => size.height - laneRoom(model) < SHORT;
/** Whether the unit of time is in the row of its numbers: @param {Model<State>} model @param {Size} size */
export const isTight = (model, size) => model.get("tools") || isShort(model, size);
/** @param {Model<State>} model */
export const hasLegend = (model) => model.get("legend") && model.get("primer") > 0 && !isHot(model);
/** Whether the numbers of bars have a row above the plot: @param {Model<State>} model @param {Size} size */
export const isNumbered = (model, size) => {
  return !model.get("compact") && !isShort(model, size) && model.get("bars").length > 0;
};

/**
 * Edges of the plot and, if there are any, of the lanes and of the map of the whole below it with its buttons.
 * @param {Model<State>} model @param {Size} size @param {Roll} roll @param {number} span @returns {Places}
 */
function layOut(model, size, roll, span) {
  const compact = model.get("compact");
  const named = model.get("title") || model.get("note") || isDynamic(model);
  const headed = named || model.get("tools") || (!compact && (isHot(model) || hasLegend(model)));
  const short = isShort(model, size);
  const plot = { left: 40, right: size.width - 12, top: headed ? 24 : 8, bottom: size.height - 36 };
  if (compact) Object.assign(plot, { left: 4, right: size.width - 4, top: headed ? 20 : 4, bottom: size.height - 4 });
  else if (isTight(model, size)) plot.bottom += 16;
  const namesPrimer = !compact && !short && model.get("primer") > 0 && !hasLegend(model);
  if (namesPrimer || isNumbered(model, size)) plot.top += 14;
  const narrow = (plot.right - plot.left) / roll.steps < LEAST_COLUMN;
  const mapped = span < roll.steps || (narrow && !compact && !short);
  if (mapped) plot.bottom -= compact ? 9 : 16;
  const floor = plot.bottom;
  plot.bottom -= laneRoom(model);
  let top = plot.bottom;
  const [band, nats, lane] = sizeLanes(model).map(([gap, height]) => {
    const edges = { ...plot, top: top + gap, bottom: top + gap + height };
    top = edges.bottom;
    return height ? edges : null;
  });
  const laid = { plot, band, nats, lane, floor, namesPrimer };
  if (!mapped) return { ...laid, map: null, buttons: [] };
  const bottom = size.height - (compact ? 3 : 5);
  const map = { left: plot.left, right: plot.right, top: bottom - (compact ? 5 : 9), bottom };
  if (compact || model.get("tools")) return { ...laid, map, buttons: [] };
  map.right -= 2 * BUTTON + 4;
  const middle = plot.right - BUTTON;
  return {
    ...laid,
    map,
    buttons: [
      { name: "out", text: "−", left: middle - BUTTON, right: middle },
      { name: "in", text: "+", left: middle, right: plot.right },
    ],
  };
}

/**
 * Which part of a roll is shown, and where on a canvas of this size.
 * @param {Model<State>} model @param {Size} size @param {Roll} roll
 */
export function layGrid(model, size, roll) {
  const window = shownSteps(model);
  const places = layOut(model, size, roll, window.span);
  const { plot } = places;
  const column = (plot.right - plot.left) / window.span;
  const wanted = {
    tools: model.get("tools"), pitch_first: model.get("pitch_first"), pitch_span: model.get("pitch_span"),
  };
  const { bottom, rows } = shownRows(wanted, roll, plot.bottom - plot.top);
  const row = (plot.bottom - plot.top) / rows;
  return {
    ...roll, ...window, ...places, column, bottom, rows, row,
    low: Math.floor(bottom), // of the pitches that are in the window
    high: Math.ceil(bottom + rows) - 1,
    primer: Math.min(model.get("primer"), roll.steps),
    level: roll.cells.level(column * size.ratio),
    x: (/** @type {number} */ step) => plot.left + (step - window.first) * column,
    y: (/** @type {number} */ pitch) => plot.top + (bottom + rows - 1 - pitch) * row,
    pitchAt: (/** @type {number} */ y) => Math.floor(bottom + rows - (y - plot.top) / row),
  };
}
