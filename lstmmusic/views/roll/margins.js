// What surrounds the plot of a roll: title, axes, and the map of the whole.

import { FONT_SIZE, line, shorten, widthOf, write } from "../canvas.js";
import { tickText, timeTicks } from "../numbers.js";
import { paintBarNumbers } from "./bars.js";
import { pitchName } from "./cells.js";
import { paintScale } from "./heat.js";
import { hasLegend, isDynamic, isHot, isTight, isUnderlaid } from "./layout.js";
import { hasKeys, paintKeys, paintThumb } from "./piano.js";
import { paintNoteLine } from "./plot.js";

/** @import { Context, Edges, Style } from "../canvas.js" */
/** @import { Grid, Scene } from "./layout.js" */

const LANE_BUTTON = 74; // pixels of the button that shows the lane of velocities, and of the gap beside it

/** The font of small texts: @param {Style} style @param {CanvasTextAlign} align */
const makeFont = (style, align = "left") => ({ font: style.smallFont, colour: style.faint, align });

/** @param {Scene} scene */
function paintPitches({ context, style, model, grid }) {
  const { plot, low, high, row } = grid;
  const lowest = model.get("lowest");
  const apart = Math.ceil((FONT_SIZE + 2) / (12 * row)); // octaves from one name to the next
  for (let octave = Math.ceil((lowest + low) / 12); octave * 12 <= lowest + high; octave += apart) {
    const y = grid.y(octave * 12 - lowest) + row / 2;
    line(context, plot.left - 4, Math.round(y) + 0.5, plot.left, Math.round(y) + 0.5);
    const text = makeFont(style, "right");
    write(context, pitchName(octave * 12), plot.left - 7, y, text);
  }
}

/** @param {Scene} scene */
function paintTimes({ context, size, style, model, grid }) {
  const { plot, floor, first, span } = grid;
  const [step, unit] = [model.get("step"), model.get("unit")];
  const text = makeFont(style, "center");
  const short = isTight(model, size); // then the unit is in the row of the numbers
  const y = floor + 13;
  context.font = style.smallFont;
  const end = short ? plot.right - context.measureText(unit).width - 8 : size.width - 2;
  const count = Math.min(12, (plot.right - plot.left) / 70);
  const { distance, values } = timeTicks(step, unit, first, span, count);
  for (const value of values) {
    const x = Math.round(grid.x(value / step)) + 0.5;
    line(context, x, floor, x, floor + 4);
    const number = tickText(value, distance);
    const half = context.measureText(number).width / 2;
    if (!short || x + half <= end) write(context, number, Math.min(x, end - half), y, text);
  }
  if (short) write(context, unit, plot.right, y, { ...text, align: "right" });
  else write(context, unit, (plot.left + plot.right) / 2, y + 16, text);
}

/** @param {Context} context @param {Grid} grid @param {string} colour */
export function paintFrame(context, { plot }, colour) {
  context.strokeStyle = colour;
  context.lineWidth = 1;
  context.strokeRect(plot.left - 0.5, plot.top - 0.5, plot.right - plot.left + 1, plot.bottom - plot.top + 1);
}

/** @param {Scene} scene */
export function paintAxes(scene) {
  const { context, size, style, model, grid } = scene;
  const { plot, floor, namesPrimer, primer, first } = grid;
  context.strokeStyle = style.faint;
  context.lineWidth = 1;
  if (hasKeys(scene)) paintKeys(scene);
  else paintPitches(scene);
  if (model.get("tools")) paintThumb(scene);
  paintTimes(scene);
  paintFrame(context, grid, style.faint);
  const text = makeFont(style);
  const named = namesPrimer && primer > first;
  if (named) write(context, "primer", plot.left, plot.top - 7, text);
  paintBarNumbers(scene, plot.left + (named ? widthOf(context, "primer", style.smallFont) + 8 : 0));
  if (isTight(model, size) || !isHot(model) || !grid.notes.cells.length) return;
  const y = floor + 29;
  write(context, "sounds", plot.right, y, { ...text, align: "right" });
  paintNoteLine(context, plot.right - context.measureText("sounds").width - 22, y - 2, 16, 4);
}

/**
 * The whole roll in miniature, with the window on it, and the buttons that zoom.
 * @param {Scene} scene @param {Edges} map @param {OffscreenCanvas} image
 */
export function paintMap({ context, style, grid }, map, image) {
  const { buttons, steps, first, span } = grid;
  const [width, height] = [map.right - map.left, map.bottom - map.top];
  context.fillStyle = style.line;
  context.globalAlpha = 0.5;
  context.fillRect(map.left, map.top, width, height);
  context.globalAlpha = 1;
  context.imageSmoothingEnabled = true;
  context.drawImage(image, map.left, map.top, width, height);
  if (span < steps) {
    const length = Math.max(6, (span / steps) * width);
    const left = map.left + (first / (steps - span)) * (width - length);
    context.fillStyle = style.brand;
    context.globalAlpha = 0.25;
    context.fillRect(left, map.top - 1, length, height + 2);
    context.globalAlpha = 1;
    context.strokeStyle = style.brand;
    context.lineWidth = 1;
    context.strokeRect(left + 0.5, map.top - 0.5, length - 1, height + 1);
  }
  for (const { name, text, left: from, right: to } of buttons) {
    context.globalAlpha = name === "in" || span < steps ? 1 : 0.35;
    const font = { font: style.boldFont, colour: style.ink, align: /** @type {const} */ ("center") };
    write(context, text, (from + to) / 2, (map.top + map.bottom) / 2, font);
  }
  context.globalAlpha = 1;
}

/**
 * The scale of a heat map at the right, labelled if text of the `wanted` width leaves room; returns where text may end.
 * @param {Scene} scene @param {number} right @param {number} y @param {number} wanted
 */
function paintScaleOfHeat({ context, size, style, model }, right, y, wanted) {
  const text = makeFont(style, "right");
  const length = size.width < 400 ? 56 : 96;
  const left = right - 12 - length;
  paintScale(context, left, y, length, !isHot(model));
  write(context, "1", right, y, text);
  const name = wanted + 100 < left ? "probability 0" : "0";
  write(context, name, left - 5, y, text);
  return left - 17 - context.measureText(name).width;
}

/**
 * What the colours of notes mean; returns where text beside it may end.
 * @param {Scene} scene @param {number} right @param {number} y
 */
function paintLegend({ context, style }, right, y) {
  const text = makeFont(style, "right");
  for (const [name, colour] of [["generated", style.brand], ["primer", style.given]]) {
    write(context, name, right, y, text);
    right -= context.measureText(name).width + 15;
    context.fillStyle = colour;
    context.fillRect(right, y - 5, 10, 10);
    right -= 12;
  }
  return right;
}

/**
 * Title and note from the left, and at the right what the colours mean.
 * @param {Omit<Scene, "grid"> & { grid: Grid | null }} scene
 */
export function paintHead(scene) {
  const { context, size, style, model, grid } = scene;
  const [title, note, compact] = [model.get("title"), model.get("note"), model.get("compact")];
  const [left, y] = compact ? [4, 10] : [8, 12];
  const noteWidth = note ? widthOf(context, note, style.smallFont) + 12 : 0;
  let right = size.width - (compact ? 4 : 12) - (isDynamic(model) && !model.get("tools") ? LANE_BUTTON : 0);
  if (grid && !compact && (isHot(model) || isUnderlaid(model))) {
    right = paintScaleOfHeat({ ...scene, grid }, right, y, widthOf(context, title, style.boldFont) + noteWidth);
  } else if (grid && !compact && hasLegend(model)) {
    right = paintLegend({ ...scene, grid }, right, y);
  }
  // The note, which is new, is written whole as long as the title can still be recognised.
  const titleRoom = Math.max(right - left - noteWidth, note ? 0.3 * (right - left) : 0);
  const shown = shorten(context, title, style.boldFont, titleRoom);
  write(context, shown, left, y, { font: style.boldFont, colour: style.ink });
  if (!note) return;
  const start = shown ? left + widthOf(context, shown, style.boldFont) + 12 : left;
  paintNote(scene, note, start, right, y);
}

const CHANGE = { side: 9, gap: 5 }; // pixels of the mark of a changed cell in the legend

/**
 * What is new; where cells have changed, with the marks of those that sound and of those that are silent now.
 * @param {Omit<Scene, "grid">} scene @param {string} note @param {number} left @param {number} right @param {number} y
 */
function paintNote({ context, style, model }, note, left, right, y) {
  const font = { font: style.smallFont, colour: style.faint };
  const { side, gap } = CHANGE;
  const mark = (/** @type {number} */ x, /** @type {number[]} */ dash) => {
    context.strokeStyle = style.warn;
    context.lineWidth = 1;
    context.setLineDash(dash);
    context.strokeRect(Math.round(x) + 0.5, Math.round(y - side / 2) - 0.5, side, side);
    context.setLineDash([]);
  };
  const marked = model.get("changed").byteLength > 0 && /^\d/.test(note);
  if (!marked) {
    write(context, shorten(context, note, style.smallFont, right - left), left, y, font);
    return;
  }
  mark(left, []);
  left += side + gap;
  write(context, shorten(context, note, style.smallFont, right - left), left, y, font);
  left += widthOf(context, note, style.smallFont) + 2 * gap;
  if (left + side + gap + widthOf(context, "silent now", style.smallFont) > right) return;
  mark(left, [2, 2]);
  write(context, "silent now", left + side + gap, y, font);
}
