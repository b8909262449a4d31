// The plot of a roll: paper or colours, notes, what was given, what changed, what is selected.

import { line } from "../canvas.js";
import { NOTE_LINE } from "../constants.js";
import { clamp } from "../numbers.js";
import { paintBars } from "./bars.js";
import { SOUNDS } from "./cells.js";
import { noteInk, paintHeat, paintImage, paintUnderlay, tint } from "./heat.js";
import { isDynamic, isHot, isUnderlaid } from "./layout.js";
import { shadesOf } from "./shades.js";
import { selectedSteps } from "./window.js";

/** @import { Context, Edges } from "../canvas.js" */
/** @import { Layer, Note } from "./cells.js" */
/** @import { Grid, Scene } from "./layout.js" */

const BLACK_KEYS = [1, 3, 6, 8, 10];
const FRAME = 1.5; // pixels of the line around a note on probabilities
const BAND = 7; // pixels above marked steps
const GRIP = { width: 7, height: 22 }; // pixels of a handle

/** @param {Grid} grid @param {Layer} layer */
const shownNotes = (grid, layer) => layer.notes(grid.first, grid.first + grid.span, grid.level);

/** Draw inside a rectangle only: @param {Context} context @param {Edges} edges @param {() => void} draw */
export function inside(context, { left, right, top, bottom }, draw) {
  context.save();
  context.beginPath();
  context.rect(left, top, right - left, bottom - top);
  context.clip();
  draw();
  context.restore();
}

/** Draw inside the plot only: @param {Context} context @param {Grid} grid @param {() => void} draw */
export const inPlot = (context, { plot }, draw) => inside(context, plot, draw);

/** @param {Scene} scene */
function paintPaper({ context, style, model, grid }) {
  const { plot, low, high, row, primer } = grid;
  const width = plot.right - plot.left;
  context.fillStyle = style.paper;
  context.fillRect(plot.left, plot.top, width, plot.bottom - plot.top);
  context.fillStyle = style.ink;
  context.globalAlpha = 0.06;
  for (let pitch = low; pitch <= high; pitch++) {
    if (BLACK_KEYS.includes((model.get("lowest") + pitch) % 12)) {
      context.fillRect(plot.left, grid.y(pitch), width, row);
    }
  }
  context.globalAlpha = 0.14;
  context.fillStyle = style.given;
  context.fillRect(grid.x(0), plot.top, primer * grid.column, plot.bottom - plot.top);
  context.globalAlpha = 1;
}

/** @param {Scene} scene */
function paintNotes({ context, style, model, grid }) {
  const { column, row, primer, level, pitches } = grid;
  const shade = shadesOf(style, primer, isDynamic(model));
  if (level > 0) {
    // Where steps are narrower than pixels there may be a note in each: an image is drawn faster than rectangles.
    const opacity = isUnderlaid(model) ? 170 : 255;
    paintImage(context, grid, grid.cells, (data, at, value, step) => {
      if (value >= SOUNDS) data.set([...shade(value, step * 2 ** level).channels, opacity], at);
    });
    return;
  }
  const gap = Math.min(2, column * 0.3); // so that a note that is struck again is seen as another
  const framed = isUnderlaid(model) && row > 2 * FRAME && column > FRAME; // its probability is seen inside
  context.lineWidth = FRAME;
  context.strokeStyle = style.ink;
  for (const { pitch, start, end } of shownNotes(grid, grid.cells)) {
    const [top, height] = [grid.y(pitch) + row * 0.08, Math.max(1, row * 0.84)];
    const seam = clamp(primer, start, end);
    const value = grid.cells.cells[start * pitches + pitch];
    for (const [from, to] of [[start, seam], [seam, end]]) {
      if (from >= to) continue;
      const width = (to - from) * column - (to === end ? gap : 0);
      context.fillStyle = shade(value, from).css;
      if (!framed) context.fillRect(grid.x(from), top, width, height);
      else if (width > FRAME) context.strokeRect(grid.x(from) + FRAME / 2, top, width - FRAME, height);
    }
  }
}

/**
 * A line for a note on colours, with edges, since no one colour differs from all of them for all eyes.
 * @param {Context} context @param {number} left @param {number} top @param {number} width @param {number} height
 */
export function paintNoteLine(context, left, top, width, height) {
  const [core, edges] = NOTE_LINE;
  context.fillStyle = edges;
  context.fillRect(left, top, width, height);
  context.fillStyle = core;
  context.fillRect(left + 1, top + 1, Math.max(1, width - 2), Math.max(1, height - 2));
}

/** A line in the middle of its row leaves the colours around it visible, also in low rows: @param {Scene} scene */
function paintNoteLines({ context, grid }) {
  const { column, row } = grid;
  const height = clamp(Math.round(row * 0.4), 2, 5);
  const gap = Math.min(2, column * 0.3);
  for (const { pitch, start, end } of shownNotes(grid, grid.notes)) {
    const top = Math.round(grid.y(pitch) + (row - height) / 2);
    paintNoteLine(context, grid.x(start), top, (end - start) * column - gap, height);
  }
}

/** @param {Scene} scene */
function paintPrimer({ context, style, model, grid }) {
  const { plot, primer, first } = grid;
  if (primer <= first) return;
  const x = Math.round(grid.x(primer)) + 0.5;
  if (isHot(model)) {
    context.globalAlpha = 0.35;
    context.fillStyle = style.given;
    context.fillRect(plot.left, plot.top, x - plot.left, plot.bottom - plot.top);
    context.globalAlpha = 1;
  }
  context.strokeStyle = style.faint;
  context.lineWidth = 1;
  line(context, x, plot.top, x, plot.bottom);
}

/**
 * A bar above the steps in which anything changed, and the cells that did: outlined where they sound, with a broken
 * line where they no longer do, and tinted where many share a pixel.
 * @param {Scene} scene
 */
function paintChanges({ context, style, model, grid }) {
  const { plot, column, row } = grid;
  context.fillStyle = style.warn;
  for (const { start, end } of shownNotes(grid, grid.changes)) {
    context.fillRect(grid.x(start), plot.top, (end - start) * column, 3);
  }
  if (grid.level > 0 || row < 3) {
    context.globalAlpha = 0.5;
    paintImage(context, grid, grid.changed, noteInk, (image) => tint(image, style.warn));
    context.globalAlpha = 1;
    return;
  }
  context.strokeStyle = style.warn;
  context.lineWidth = 1;
  const sounding = isHot(model) ? grid.notes.cells : grid.cells.cells;
  for (const { pitch, start, end } of shownNotes(grid, grid.changed)) {
    context.setLineDash(sounding[start * grid.pitches + pitch] >= SOUNDS ? [] : [2, 2]);
    context.strokeRect(grid.x(start) + 0.5, grid.y(pitch) + 0.5, Math.max(1, (end - start) * column - 1), row - 1);
  }
  context.setLineDash([]);
}

/** @param {Scene} scene */
export function paintPlot(scene) {
  inPlot(scene.context, scene.grid, () => {
    if (isHot(scene.model)) paintHeat(scene);
    else paintPaper(scene);
    if (isUnderlaid(scene.model)) paintUnderlay(scene);
    paintBars(scene, scene.grid.plot);
    if (!isHot(scene.model)) paintNotes(scene);
    paintPrimer(scene);
    if (isHot(scene.model)) paintNoteLines(scene);
    paintChanges(scene);
  });
}

/** The steps of the loop: a tint, and a bracket around them: @param {Scene} scene @param {number[]} loop */
export function paintLoop({ context, style, grid }, loop) {
  if (!loop.length) return;
  const { plot } = grid;
  const [left, right] = loop.map((step) => grid.x(step));
  inPlot(context, grid, () => {
    context.fillStyle = style.third;
    context.globalAlpha = 0.14;
    context.fillRect(left, plot.top, right - left, plot.bottom - plot.top);
    context.globalAlpha = 1;
    context.fillRect(left, plot.bottom - 3, right - left, 3);
    for (const x of [left, right - 2]) context.fillRect(x, plot.top, 2, plot.bottom - plot.top);
  });
}

/**
 * Marked steps: a band above them with an edge at each end, and broken lines.
 * @param {Scene} scene @param {number[]} steps
 */
export function paintMark({ context, style, grid }, steps) {
  const { plot, floor } = grid;
  const [left, right] = steps.map((step) => clamp(grid.x(step), plot.left, plot.right));
  if (left >= right) return;
  context.fillStyle = style.brand;
  context.globalAlpha = 0.12;
  context.fillRect(left, plot.top, right - left, plot.bottom - plot.top);
  context.globalAlpha = 0.35;
  context.fillRect(left, plot.top - BAND, right - left, BAND);
  context.globalAlpha = 1;
  context.strokeStyle = style.brand;
  context.lineWidth = 2;
  context.setLineDash([5, 4]);
  for (const step of steps) {
    const x = grid.x(step);
    if (x < plot.left - 1 || x > plot.right + 1) continue;
    line(context, x, plot.top, x, floor);
    context.fillRect(x - 2, plot.top - BAND, 4, BAND);
  }
  context.setLineDash([]);
}

/** The note that the pencil holds, with a handle at its end: @param {Scene} scene @param {Note} note */
export function paintChosen({ context, style, grid }, { pitch, start, end }) {
  const [left, top, width] = [grid.x(start), grid.y(pitch), (end - start) * grid.column];
  inPlot(context, grid, () => {
    context.strokeStyle = style.ink;
    context.lineWidth = 2;
    context.strokeRect(left - 1, top - 1, width + 2, grid.row + 2);
    context.fillStyle = style.ink;
    context.fillRect(left + width - 3, top, 3, grid.row);
  });
}

/** The selected steps, with a handle at each edge; everything outside is paler: @param {Scene} scene */
export function paintSelection({ context, style, model, grid }) {
  const { plot } = grid;
  const [start, stop] = selectedSteps(model);
  const [left, right, height] = [grid.x(start), grid.x(stop), plot.bottom - plot.top];
  if (start === stop) return;
  inPlot(context, grid, () => {
    context.fillStyle = style.paper;
    context.globalAlpha = 0.6;
    context.fillRect(plot.left, plot.top, left - plot.left, height);
    context.fillRect(right, plot.top, plot.right - right, height);
    context.fillStyle = style.brand;
    context.globalAlpha = 0.16;
    context.fillRect(left, plot.top, right - left, height);
    context.globalAlpha = 1;
    context.fillRect(left, plot.top, right - left, 2);
    context.fillRect(left, plot.bottom - 2, right - left, 2);
  });
  for (const x of [left, right]) {
    if (x < plot.left - 1 || x > plot.right + 1) continue;
    const tall = Math.min(GRIP.height, height);
    context.fillStyle = style.brand;
    context.fillRect(x - 1, plot.top, 2, height);
    context.beginPath();
    context.roundRect(x - GRIP.width / 2, (plot.top + plot.bottom - tall) / 2, GRIP.width, tall, 3);
    context.fill();
    context.strokeStyle = style.paper;
    context.lineWidth = 1;
    context.stroke();
  }
}
