// The picture of a layer's units: heat map, axes, the traces of a unit, and the gradient through the past of a step.

import { contextOf, line, shorten, widthOf, write } from "../canvas.js";
import { clamp, ticks, tickText, timeTicks } from "../numbers.js";
import { findLines } from "../roll/bars.js";
import { inside } from "../roll/plot.js";
import { gather, makeColours, pastHeights, zeroOf } from "./cells.js";

/** @import { Context, Edges, Style } from "../canvas.js" */
/** @import { Grid, Scene } from "./layout.js" */
/** @typedef {{ colours: Uint8Array, scale: import("./cells.js").Scale }} Paints */

const BAR_LINE = 6; // pixels from one bar line to the next, at least
const MARK = 5; // pixels of the mark beside a unit that is switched
/** The lines of a unit's traces, in their order: @type {{ colour: import("../canvas.js").Colour, dash: number[] }[]} */
export const LINES = [
  { colour: "brand", dash: [] },
  { colour: "warn", dash: [7, 3] },
  { colour: "second", dash: [2, 2] },
  { colour: "third", dash: [8, 3, 2, 3] },
  { colour: "given", dash: [4, 4] },
];

/** Red, green and blue of a colour in any notation of CSS: @param {string} colour */
function readChannels(colour) {
  const context = contextOf(new OffscreenCanvas(1, 1));
  context.fillStyle = colour;
  context.fillRect(0, 0, 1, 1);
  return [...context.getImageData(0, 0, 1, 1).data.subarray(0, 3)];
}

/** The colours of a layer's numbers on this paper: @param {Pick<Scene, "model" | "style">} scene @returns {Paints} */
export function paintsOf({ model, style }) {
  const scale = { signed: model.get("signed"), limit: model.get("limit") };
  const paper = readChannels(style.paper);
  const dark = 0.2126 * paper[0] + 0.7152 * paper[1] + 0.0722 * paper[2] < 128;
  return { colours: makeColours(scale.signed, paper, dark), scale };
}

/** @param {Scene} scene @param {Uint8Array} values @param {Paints} paints */
export function paintUnits({ context, size, grid }, values, { colours, scale }) {
  const { plot, first, span, steps, units } = grid;
  const [from, to] = [Math.floor(first), Math.min(Math.ceil(first + span), steps)];
  const columns = Math.round(((plot.right - plot.left) * size.ratio * (to - from)) / span);
  const rows = Math.round((plot.bottom - plot.top) * size.ratio);
  const { cells, width, height } = gather(values, units, from, to, columns, rows, zeroOf(scale));
  const image = new ImageData(width, height);
  cells.forEach((byte, cell) => {
    for (let at = 0; at < 3; at++) image.data[4 * cell + at] = colours[3 * byte + at];
    image.data[4 * cell + 3] = 255;
  });
  const canvas = new OffscreenCanvas(width, height);
  contextOf(canvas).putImageData(image, 0, 0);
  context.imageSmoothingEnabled = false;
  inside(context, plot, () => {
    context.drawImage(canvas, grid.x(from), plot.top, (to - from) * grid.column, plot.bottom - plot.top);
  });
}

/** Where bars begin: @param {Scene} scene @param {Edges} edges */
function paintBars({ context, style, model, grid }, { left, top, bottom }) {
  const { first, span, column } = grid;
  context.strokeStyle = style.ink;
  context.lineWidth = 1;
  context.globalAlpha = 0.22;
  for (const { step } of findLines(model.get("bars"), 1, first, first + span, BAR_LINE / column)) {
    const x = Math.round(grid.x(step)) + 0.5;
    if (x > left + 1) line(context, x, top, x, bottom);
  }
  context.globalAlpha = 1;
}

/** @param {Context} context @param {Edges} edges @param {string} colour */
function paintFrame(context, { left, right, top, bottom }, colour) {
  context.strokeStyle = colour;
  context.lineWidth = 1;
  context.strokeRect(left - 0.5, top - 0.5, right - left + 1, bottom - top + 1);
}

/** A word along an axis that goes up: @param {Scene} scene @param {Edges} edges @param {string} text */
function writeUpwards({ context, style }, { top, bottom }, text) {
  if (widthOf(context, text, style.smallFont) > bottom - top) return;
  context.save();
  context.translate(9, (top + bottom) / 2);
  context.rotate(-Math.PI / 2);
  write(context, text, 0, 0, { font: style.smallFont, colour: style.faint, align: "center" });
  context.restore();
}

/**
 * Numbers of units beside the heat map if they are in this order, and marks of those that are switched.
 * @param {Scene} scene
 */
function paintNames(scene) {
  const { context, style, model, grid } = scene;
  const { plot, units, row } = grid;
  const order = model.get("order");
  const font = { font: style.smallFont, colour: style.faint, align: /** @type {const} */ ("right") };
  context.strokeStyle = style.faint;
  context.lineWidth = 1;
  if (order.every((unit, place) => unit === place)) {
    const { values } = ticks(0, units - 1, Math.max(2, (plot.bottom - plot.top) / 34));
    for (const value of values.filter(Number.isInteger)) {
      const y = grid.y(value + 0.5);
      line(context, plot.left - 4, Math.round(y) + 0.5, plot.left, Math.round(y) + 0.5);
      write(context, `${value}`, plot.left - 7, y, font);
    }
  }
  writeUpwards(scene, plot, "unit");
  context.fillStyle = style.warn;
  for (const unit of model.get("switched")) {
    const place = order.indexOf(unit);
    if (place < 0) continue;
    const y = grid.y(place + 0.5);
    context.beginPath();
    context.moveTo(plot.right + 2, y);
    context.lineTo(plot.right + 2 + MARK, y - Math.max(MARK - 1, row / 2));
    context.lineTo(plot.right + 2 + MARK, y + Math.max(MARK - 1, row / 2));
    context.fill();
  }
}

/** Times below everything: @param {Scene} scene */
function paintTimes({ context, style, model, grid }) {
  const { plot, floor, first, span } = grid;
  const font = { font: style.smallFont, colour: style.faint, align: /** @type {const} */ ("center") };
  const y = floor + 11;
  context.strokeStyle = style.faint;
  context.lineWidth = 1;
  const [step, unit] = [model.get("step"), model.get("unit")];
  write(context, unit, plot.right, y, { ...font, align: "right" });
  const end = plot.right - context.measureText(unit).width - 8;
  const { distance, values } = timeTicks(step, unit, first, span, Math.min(12, (plot.right - plot.left) / 70));
  for (const value of values) {
    const x = Math.round(grid.x(value / step)) + 0.5;
    line(context, x, floor, x, floor + 4);
    const text = tickText(value, distance);
    if (x + context.measureText(text).width / 2 <= end) write(context, text, x, y, font);
  }
}

/** Title and note, and at the right the scale with its numbers: @param {Scene} scene @param {Paints} paints */
function paintHead({ context, size, style, model }, { colours, scale }) {
  const font = { font: style.smallFont, colour: style.faint, align: /** @type {const} */ ("right") };
  const length = size.width < 460 ? 60 : 120;
  const bytes = scale.signed ? 254 : 255;
  const most = tickText(scale.limit, scale.limit < 1 ? 0.01 : 0.1).replace(/\.0$/, "");
  const least = scale.signed ? `−${most}` : "0";
  let right = size.width - 12;
  write(context, most, right, 12, font);
  right -= context.measureText(most).width + 5;
  for (let x = 0; x < length; x++) {
    const byte = Math.round((x / (length - 1)) * bytes);
    context.fillStyle = `rgb(${colours.subarray(3 * byte, 3 * byte + 3).join()})`;
    context.fillRect(right - length + x, 7, 1, 10);
  }
  paintFrame(context, { left: right - length, right, top: 7, bottom: 17 }, style.faint);
  if (scale.signed) {
    context.fillStyle = style.ink;
    context.fillRect(right - length / 2, 5, 1, 14); // zero
  }
  right -= length + 5;
  write(context, least, right, 12, font);
  right -= context.measureText(least).width + 12;
  const [title, note] = [model.get("title"), model.get("note")];
  const noteWidth = note ? widthOf(context, note, style.smallFont) + 12 : 0;
  const shown = shorten(context, title, style.boldFont, Math.max(right - 8 - noteWidth, 0.4 * (right - 8)));
  write(context, shown, 8, 12, { font: style.boldFont, colour: style.ink });
  if (!note) return;
  const start = 8 + widthOf(context, shown, style.boldFont) + 12;
  const fitting = shorten(context, note, style.smallFont, right - start);
  write(context, fitting, start, 12, { ...font, align: "left" });
}

/** What the lines mean, above them: @param {Scene} scene @param {Edges} edges @param {string} name */
function paintLegend({ context, style, model, grid }, { top }, name) {
  const y = top - 9;
  let x = grid.plot.left;
  write(context, name, x, y, { font: style.boldFont, colour: style.ink });
  x += widthOf(context, name, style.boldFont) + 14;
  model.get("trace_names").forEach((text, at) => {
    const width = widthOf(context, text, style.smallFont);
    if (x + 28 + width > grid.plot.right) return;
    const { colour, dash } = LINES[at % LINES.length];
    context.strokeStyle = style[colour];
    context.lineWidth = 2;
    context.setLineDash(dash);
    line(context, x, y, x + 22, y);
    context.setLineDash([]);
    write(context, text, x + 27, y, { font: style.smallFont, colour: style.ink });
    x += 27 + width + 14;
  });
}

const CHOOSE = "Click a unit above, or choose one with the arrow keys: its output, cell and gates appear here";

/** The lines of a unit: @param {Scene} scene @param {Edges} edges @param {Float32Array} traces @param {string} name */
function paintTraces(scene, edges, traces, name) {
  const { context, style, model, grid } = scene;
  const { steps, first, span } = grid;
  const { top, bottom, left, right } = edges;
  if (!traces.length) {
    const place = (left + right) / 2;
    const hint = { font: style.font, colour: style.faint, align: /** @type {const} */ ("center") };
    write(context, shorten(context, CHOOSE, style.font, right - left), place, (top + bottom) / 2, hint);
    return;
  }
  const limit = model.get("trace_limit");
  const y = (/** @type {number} */ value) => (top + bottom) / 2 - (value / limit) * ((bottom - top) / 2 - 2);
  const font = { font: style.smallFont, colour: style.faint, align: /** @type {const} */ ("right") };
  paintBars(scene, edges);
  context.strokeStyle = style.line;
  context.lineWidth = 1;
  const { distance, values } = ticks(-limit, limit, (bottom - top) / 22);
  for (const value of values) {
    const at = Math.round(y(value)) + 0.5;
    line(context, left, at, right, at);
    write(context, tickText(value, distance).replace("-", "−"), left - 6, clamp(at, top + 5, bottom - 5), font);
  }
  const [from, to] = [Math.max(0, Math.floor(first) - 1), Math.min(steps, Math.ceil(first + span) + 1)];
  inside(context, edges, () => {
    context.lineJoin = "round";
    for (let at = model.get("trace_names").length - 1; at >= 0; at--) {
      const { colour, dash } = LINES[at % LINES.length];
      context.strokeStyle = style[colour];
      context.lineWidth = at === 0 ? 2 : 1.5;
      context.setLineDash(dash);
      context.beginPath();
      for (let step = from; step < to; step++) context.lineTo(grid.x(step + 0.5), y(traces[at * steps + step]));
      context.stroke();
    }
    context.setLineDash([]);
  });
  paintFrame(context, edges, style.faint);
  paintLegend(scene, edges, name);
}

/**
 * How much the loss of a step depends on each step before it, as bars on a logarithmic scale.
 * @param {Scene} scene @param {Edges} edges @param {Float32Array} past
 */
function paintPast({ context, style, grid }, edges, past) {
  const { top, bottom, left } = edges;
  const font = { font: style.smallFont, colour: style.faint };
  const caption = "How much the chosen step depends on each one before, compared with the most";
  write(context, shorten(context, caption, style.smallFont, edges.right - left), left, top - 8, font);
  write(context, "most", left - 6, top + 5, { ...font, align: "right" });
  write(context, "10⁻⁶", left - 6, bottom - 5, { ...font, align: "right" });
  const heights = pastHeights(past);
  const gap = grid.column > 4 ? 1 : 0;
  inside(context, edges, () => {
    context.fillStyle = style.third;
    heights.forEach((share, step) => {
      const height = share * (bottom - top - 1);
      context.fillRect(grid.x(step), bottom - height, Math.max(1, grid.column - gap), height);
    });
  });
  paintFrame(context, edges, style.faint);
}

/**
 * @param {Scene} scene @param {Paints} paints
 * @param {{ values: Uint8Array, traces: Float32Array, past: Float32Array, name: string }} shown
 */
export function paintAll(scene, paints, { values, traces, past, name }) {
  const { context, style, grid } = scene;
  paintHead(scene, paints);
  paintUnits(scene, values, paints);
  paintBars(scene, grid.plot);
  paintFrame(context, grid.plot, style.faint);
  paintNames(scene);
  if (grid.traces) paintTraces(scene, grid.traces, traces, name);
  if (grid.past) paintPast(scene, grid.past, past);
  paintTimes(scene);
}

/**
 * The chosen unit and step, each with a line across everything that it belongs to.
 * @param {Scene} scene @param {number | null} place @param {number | null} step
 */
export function paintChosen({ context, style, grid }, place, step) {
  const { plot, row, column, floor } = grid;
  context.strokeStyle = style.ink;
  context.lineWidth = 1.5;
  if (place !== null) {
    const height = Math.max(row, 3);
    context.strokeRect(plot.left, grid.y(place) + (row - height) / 2, plot.right - plot.left, height);
    context.fillStyle = style.ink;
    context.beginPath();
    const y = grid.y(place + 0.5);
    context.moveTo(plot.left, y);
    context.lineTo(plot.left - 7, y - 4);
    context.lineTo(plot.left - 7, y + 4);
    context.fill();
  }
  if (step === null || step < grid.first || step >= grid.first + grid.span) return;
  context.lineWidth = 1;
  context.setLineDash([3, 3]);
  const x = Math.round(grid.x(step) + column / 2) + 0.5;
  line(context, x, plot.top, x, floor);
  context.setLineDash([]);
}
