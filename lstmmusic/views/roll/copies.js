// The stretches of a tune that occur in the training music: a band below the plot of a roll, where they can be heard.

import { clamp } from "../numbers.js";
import { inside } from "./plot.js";

/** @import { Point } from "../canvas.js" */
/** @import { Model } from "../model.js" */
/** @import { Grid, Scene, State } from "./layout.js" */
/** @typedef {[start: number, stop: number, words: string]} Copy  steps, and where they stand */

const PATTERN = 6; // pixels from one line of the pattern to the next

/** @param {Scene} scene */
export function paintCopies({ context, style, model, grid }) {
  const { band } = grid;
  if (!band) return;
  const height = band.bottom - band.top;
  context.fillStyle = style.line;
  context.globalAlpha = 0.5;
  context.fillRect(band.left, band.top, band.right - band.left, height);
  context.globalAlpha = 1;
  inside(context, band, () => {
    for (const [start, stop] of model.get("copies")) {
      const [left, right] = [start, stop].map((step) => clamp(grid.x(step), band.left - 2, band.right + 2));
      if (right <= left) continue;
      context.fillStyle = style.second;
      context.fillRect(left, band.top, Math.max(2, right - left - 1), height);
      context.strokeStyle = style.paper;
      context.lineWidth = 1;
      context.globalAlpha = 0.6;
      context.beginPath();
      // Lines that rise from the left, so that not the colour alone says what is copied.
      for (let x = left - (left % PATTERN) - height; x < right; x += PATTERN) {
        context.moveTo(Math.max(x, left), band.bottom - Math.max(0, left - x));
        context.lineTo(Math.min(x + height, right), band.bottom - Math.min(height, right - x));
      }
      context.stroke();
      context.globalAlpha = 1;
    }
  });
}

/**
 * The index of the longest copied stretch that has a step; -1 if it is in none.
 * @param {Model<State>} model @param {number} step
 */
export function copyAt(model, step) {
  const copies = model.get("copies");
  let found = -1;
  copies.forEach(([start, stop], index) => {
    const longer = found < 0 || stop - start > copies[found][1] - copies[found][0];
    if (step >= start && step < stop && longer) found = index;
  });
  return found;
}

/**
 * The copied stretch at a point of the band, and the step there; null elsewhere.
 * @param {Model<State>} model @param {Grid} grid @param {Point} point
 */
export function findCopy(model, grid, { x, y }) {
  const { band, plot, column, first } = grid;
  if (!band || x < band.left || x >= band.right || y < band.top - 2 || y >= band.bottom + 2) return null;
  const step = Math.floor(first + (x - plot.left) / column);
  const index = copyAt(model, step);
  return index < 0 ? null : { index, step };
}

/** Lines about a copied stretch: @param {Model<State>} model @param {{ index: number } | null} copy */
export function describeCopy(model, copy) {
  return copy ? [model.get("copies")[copy.index][2], "click or key C: hear it there"] : [];
}
