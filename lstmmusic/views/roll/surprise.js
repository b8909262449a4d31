// How little a network expected a tune: a lane below the plot of a roll with a bar for each step, and marks on notes.

import { line, write } from "../canvas.js";
import { bytes } from "../model.js";
import { clamp } from "../numbers.js";
import { paintBars } from "./bars.js";
import { pitchName, SOUNDS } from "./cells.js";
import { isHot } from "./layout.js";
import { inPlot, inside } from "./plot.js";

/** @import { Context, Point } from "../canvas.js" */
/** @import { Model } from "../model.js" */
/** @import { Grid, Scene, State } from "./layout.js" */
/** @typedef {[step: number, column: number, nats: number]} Mark */

const TOPS = [2, 5, 10, 20, 50, 100, 200, 500, 1000]; // nats at the top of the lane: few, so that it seldom changes
const SIGN = 4; // pixels from the middle of the sign of a note to its edge

/** The nats of each step: @param {Model<State>} model */
export const readSurprise = (model) => new Float32Array(bytes(model.get("surprise")).buffer);

/** The nats at the top of the lane: @param {Model<State>} model @param {Float32Array} nats */
export function topOf(model, nats) {
  const most = nats.reduce((known, each) => (each > known ? each : known), 0);
  return model.get("surprise_top") || (TOPS.find((top) => top >= most) ?? most);
}

/**
 * The most of so many numbers for each pixel, from a first pixel on; 0 where none is known.
 * @param {Float32Array} nats @param {number} from @param {number} to @param {number} column
 */
export function gatherMost(nats, from, to, column) {
  /** @type {Map<number, number>} */
  const most = new Map(); // by the step that is drawn for those that share its pixel
  const stride = Math.max(1, Math.floor(1 / column));
  for (let step = Math.max(0, Math.floor(from)); step < Math.min(Math.ceil(to), nats.length); step++) {
    const place = step - (step % stride);
    if (nats[step] > (most.get(place) ?? 0)) most.set(place, nats[step]);
  }
  return { most, stride };
}

/** @param {Scene} scene */
export function paintSurprise(scene) {
  const { context, style, model, grid } = scene;
  const { nats: lane, column, primer } = grid;
  if (!lane) return;
  const values = readSurprise(model);
  const top = topOf(model, values);
  const height = lane.bottom - lane.top;
  context.fillStyle = style.paper;
  context.fillRect(lane.left, lane.top, lane.right - lane.left, height);
  inside(context, lane, () => {
    paintBars(scene, lane);
    const { most, stride } = gatherMost(values, grid.first, grid.first + grid.span, column);
    const gap = column > 3 ? 1 : 0;
    for (const [step, nats] of most) {
      const tall = clamp(nats / top, 0, 1) * height;
      context.fillStyle = step < primer ? style.given : style.brand;
      context.fillRect(grid.x(step), lane.bottom - tall, Math.max(1, stride * column - gap), tall);
    }
  });
  context.strokeStyle = model.get("compact") ? style.line : style.faint;
  context.lineWidth = 1;
  context.strokeRect(lane.left - 0.5, lane.top - 0.5, lane.right - lane.left + 1, height + 1);
  if (model.get("compact")) return;
  const font = { font: style.smallFont, colour: style.faint, align: /** @type {const} */ ("right") };
  const labels = /** @type {[string, number][]} */ ([[`${top}`, lane.top + 5], ["0", lane.bottom - 5]]);
  if (height >= 36) labels.push(["nats", (lane.top + lane.bottom) / 2]);
  for (const [text, y] of labels) write(context, text, lane.left - 7, y, font);
  for (const y of [lane.top, lane.bottom - 1]) line(context, lane.left - 4, y + 0.5, lane.left, y + 0.5);
}

/** Whether the cell of a mark sounds: @param {Scene["model"]} model @param {Grid} grid @param {Mark} mark */
function sounds(model, grid, [step, column]) {
  const layer = isHot(model) && grid.notes.cells.length ? grid.notes : grid.cells;
  return layer.cells[step * grid.pitches + column] >= SOUNDS;
}

/** A triangle that points down, or a diamond: @param {Context} context @param {number} x @param {number} y */
function trace(context, x, y, diamond = false) {
  context.beginPath();
  if (diamond) context.moveTo(x, y - SIGN);
  else context.moveTo(x - SIGN, y - SIGN);
  context.lineTo(x + SIGN, diamond ? y : y - SIGN);
  context.lineTo(x, y + SIGN);
  if (diamond) context.lineTo(x - SIGN, y);
  context.closePath();
}

/**
 * The notes that surprised most: a frame and a full triangle for one that sounds, an empty diamond where one was
 * expected.
 * @param {Scene} scene
 */
export function paintMarks({ context, style, model, grid }) {
  if (!grid.nats) return;
  inPlot(context, grid, () => {
    for (const mark of model.get("marks")) {
      const [left, top] = [grid.x(mark[0]), grid.y(mark[1])];
      const middle = left + grid.column / 2;
      context.strokeStyle = context.fillStyle = style.warn;
      context.lineWidth = 2;
      if (sounds(model, grid, mark)) {
        context.strokeRect(left - 0.5, top - 0.5, Math.max(3, grid.column), grid.row + 1);
        trace(context, middle, Math.max(top - SIGN - 1, grid.plot.top + SIGN));
        context.fill();
        context.lineWidth = 1;
        context.strokeStyle = style.paper;
      } else trace(context, middle, top + grid.row / 2, true);
      context.stroke();
    }
  });
}

/** The mark of a cell: @param {Model<State>} model @param {number} step @param {number} column */
export const markOf = (model, step, column) => {
  return model.get("marks").find((mark) => mark[0] === step && mark[1] === column);
};

/**
 * A mark in words, such as "C5 surprised: 7.8 nats".
 * @param {Model<State>} model @param {Grid} grid @param {Mark} mark
 */
export function nameMark(model, grid, mark) {
  const name = pitchName(model.get("lowest") + mark[1]);
  const what = sounds(model, grid, mark) ? `${name} surprised` : `${name} was expected`;
  return `${what}: ${mark[2].toFixed(1)} nats`;
}

/**
 * Lines about the step at a point of the lane; none elsewhere.
 * @param {Model<State>} model @param {Grid} grid @param {Point} point
 */
export function describeSurprise(model, grid, { x, y }) {
  const { nats: lane, plot, column, first } = grid;
  if (!lane || x < lane.left || x >= lane.right || y < lane.top || y >= lane.bottom) return [];
  const values = readSurprise(model);
  const step = Math.floor(first + (x - plot.left) / column);
  if (!(step < values.length)) return [];
  const nats = values[step];
  const marks = model.get("marks").filter((mark) => mark[0] === step);
  const known = Number.isNaN(nats) ? "nothing predicts the first step" : `${nats.toFixed(2)} nats`;
  const place = `step ${step}, ${(step * model.get("step")).toFixed(2)} ${model.get("unit")}`;
  return [`${place}: ${known}`, ...marks.map((mark) => nameMark(model, grid, mark))];
}
