// The window onto the pitches of a roll: which rows are shown, and how they are scrolled and zoomed.

import { clamp } from "../numbers.js";

/** @import { Edges } from "../canvas.js" */
/** @import { Model } from "../model.js" */
/** @import { Roll } from "./cells.js" */
/** @import { Grid, State } from "./layout.js" */
/** @typedef {{ bottom: number, rows: number }} Rows  the lowest column shown, and how many */

const ROW = { least: 7.5, most: 20 }; // pixels: a note takes 84 % of its row, and is then at least 6 high
const FEWEST = 12; // rows

/**
 * The `rows` pitches within [low, high] that sound in most steps; the middle ones where several stretches do.
 * @param {ArrayLike<number>} counts @param {number} low @param {number} high @param {number} rows
 */
export function densest(counts, low, high, rows) {
  let sum = 0;
  for (let pitch = low; pitch < low + rows; pitch++) sum += counts[pitch];
  let [most, first, last] = [sum, low, low];
  for (let bottom = low + 1; bottom + rows <= high + 1; bottom++) {
    sum += counts[bottom + rows - 1] - counts[bottom - 1];
    if (sum > most) [most, first] = [sum, bottom];
    if (sum === most) last = bottom;
  }
  return Math.floor((first + last) / 2);
}

/**
 * The rows that are shown at a height of the plot: those that are asked for, or else the tune's with a margin, as far
 * as they are high enough; more where there is room.
 * @param {Pick<State, "tools" | "pitch_first" | "pitch_span">} wanted
 * @param {Pick<Roll, "low" | "high" | "pitches" | "counts">} roll @param {number} height @returns {Rows}
 */
export function shownRows({ tools, pitch_first, pitch_span }, { low, high, pitches, counts }, height) {
  const used = high - low + 1;
  if (!tools) return { bottom: low, rows: used };
  if (pitch_span > 0) {
    const rows = clamp(pitch_span, Math.min(FEWEST, pitches), pitches);
    return { bottom: clamp(pitch_first, 0, pitches - rows), rows };
  }
  const rows = clamp(used, Math.ceil(height / ROW.most), Math.floor(height / ROW.least));
  const possible = clamp(rows, Math.min(FEWEST, pitches), pitches);
  if (possible <= used) return { bottom: densest(counts, low, high, possible), rows: possible };
  return { bottom: clamp(low - Math.floor((possible - used) / 2), 0, pitches - possible), rows: possible };
}

/**
 * Moves the window; `grid()` is what is shown, and `save` sends how it was moved.
 * @param {Model<State>} model @param {() => Grid} grid @param {() => void} save
 */
export function makePitchWindow(model, grid, save) {
  const scrolls = () => model.get("tools") && grid().rows < grid().pitches;
  /** The rows that are asked for: several events may come between two pictures. */
  const now = () => {
    const { plot, bottom, rows } = grid();
    if (!model.get("pitch_span")) return { bottom, rows };
    const wanted = { tools: true, pitch_first: model.get("pitch_first"), pitch_span: model.get("pitch_span") };
    return shownRows(wanted, grid(), plot.bottom - plot.top);
  };
  const show = (/** @type {number} */ bottom, rows = now().rows) => {
    const { pitches } = grid();
    const possible = clamp(rows, Math.min(FEWEST, pitches), pitches);
    model.set("pitch_span", possible);
    model.set("pitch_first", clamp(bottom, 0, pitches - possible));
    save();
  };
  /** Show more or fewer rows around a height in the plot, or around its middle. */
  const zoom = (/** @type {number} */ factor, y = NaN) => {
    const { bottom, rows } = now();
    const { plot } = grid();
    const share = y >= plot.top && y <= plot.bottom ? (plot.bottom - y) / (plot.bottom - plot.top) : 0.5;
    show(bottom + share * (rows - rows / factor), rows / factor);
  };
  /** Scroll just far enough to show a pitch. */
  const follow = (/** @type {number} */ pitch) => {
    if (!scrolls()) return;
    const { bottom, rows } = now();
    if (pitch < bottom) show(pitch);
    else if (pitch + 1 > bottom + rows) show(pitch + 1 - rows);
  };
  /** Scroll by pixels; returns whether anything was left to scroll. */
  const scroll = (/** @type {number} */ pixels) => {
    const { bottom, rows } = now();
    const wanted = clamp(bottom - pixels / grid().row, 0, grid().pitches - rows);
    if (wanted === bottom) return false;
    show(wanted);
    return true;
  };
  /** Keep the rows that are shown, also for a tune with others. */
  const hold = () => {
    if (scrolls() && !model.get("pitch_span")) show(now().bottom);
  };
  const reset = () => {
    model.set("pitch_span", 0);
    model.set("pitch_first", 0);
    save();
  };
  return { scrolls, now, show, zoom, follow, scroll, hold, reset };
}

/** Where the handle of the window is beside the plot: @param {Grid} grid @returns {Edges} */
export function thumbOf({ plot, bottom, rows, pitches }) {
  const height = plot.bottom - plot.top;
  const y = (/** @type {number} */ pitch) => plot.bottom - (pitch / pitches) * height;
  return { left: plot.right + 3, right: plot.right + 9, top: y(bottom + rows), bottom: y(bottom) };
}
