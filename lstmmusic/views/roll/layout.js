// Where everything is in the picture of a roll, at any size.

import { shownRows } from "./pitches.js";
import { shownSteps } from "./window.js";

/** @import { Context, Edges, Size, Style } from "../canvas.js" */
/** @import { Model } from "../model.js" */
/** @import { Metre } from "./bars.js" */
/** @import { Data, Roll } from "./cells.js" */
/** @import { Facts } from "./inspector.js" */
/** @import { Following } from "./follow.js" */
/** @typedef {{ title: string, note: string, empty: string, compact: boolean, legend: boolean }} Head */
/** @typedef {{ height: number, fill: boolean }} Height */
/** @typedef {{ selectable: boolean, selection: [number, number] | null, first: number, span: number }} Interaction */
/** @typedef {{ tools: boolean, pitch_first: number, pitch_span: number }} Work */
/** @typedef {{ editable: boolean, editing: boolean }} Editing */
/** @typedef {{ count: number, polyphony: number, bars: Metre[], lane: boolean, underlay: boolean }} Others */
/** @typedef {Data & Facts & Following & Head & Height & Interaction & Work & Editing & Others} State */
/** @typedef {{ name: "in" | "out", text: string, left: number, right: number }} Button */
/** @typedef {{ plot: Edges, lane: Edges | null, namesPrimer: boolean, map: Edges | null, buttons: Button[] }} Places */
/** @typedef {ReturnType<typeof layGrid>} Grid */
/** @typedef {Pick<Grid, "pitches" | "low" | "high">} Range */
/** @typedef {{ context: Context, size: Size, style: Style, model: Model<State>, grid: Grid }} Scene */

const SHORT = 130; // pixels of height below which a row of text is omitted
const LEAST_COLUMN = 1; // pixels of a step below which there is a map of the whole, if there is room for it
const BUTTON = 18;
const LANE = { height: 56, compact: 30, gap: 5 };

/** @param {Model<State>} model */
export const isHot = (model) => model.get("palette") === "probability";
/** Whether probabilities lie under the notes of a tune: @param {Model<State>} model */
export const isUnderlaid = (model) => {
  return !isHot(model) && model.get("underlay") && model.get("probabilities").byteLength > 0;
};
/** Whether notes differ in velocity: @param {Model<State>} model */
export const isDynamic = (model) => !isHot(model) && model.get("velocities")[0] < model.get("velocities")[1];
/** Pixels that the lane of velocities takes, with the gap above it: @param {Model<State>} model */
export const laneRoom = (model) => {
  return isDynamic(model) && model.get("lane") ? LANE.gap + (model.get("compact") ? LANE.compact : LANE.height) : 0;
};
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
 * Edges of the plot, and of the lane and of the map of the whole below it with its buttons, if there are any.
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
  const room = laneRoom(model);
  const lane = room ? { ...plot, top: plot.bottom - room + LANE.gap } : null;
  plot.bottom -= room;
  if (!mapped) return { plot, lane, namesPrimer, map: null, buttons: [] };
  const bottom = size.height - (compact ? 3 : 5);
  const map = { left: plot.left, right: plot.right, top: bottom - (compact ? 5 : 9), bottom };
  if (compact || model.get("tools")) return { plot, lane, namesPrimer, map, buttons: [] };
  map.right -= 2 * BUTTON + 4;
  const middle = plot.right - BUTTON;
  return {
    ...{ plot, lane, namesPrimer, map },
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
    floor: (places.lane ?? plot).bottom, // where the axis of time is
    primer: Math.min(model.get("primer"), roll.steps),
    level: roll.cells.level(column * size.ratio),
    x: (/** @type {number} */ step) => plot.left + (step - window.first) * column,
    y: (/** @type {number} */ pitch) => plot.top + (bottom + rows - 1 - pitch) * row,
    pitchAt: (/** @type {number} */ y) => Math.floor(bottom + rows - (y - plot.top) / row),
  };
}
