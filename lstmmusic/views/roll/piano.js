// The piano at the left of a roll, and the handle at its right that shows which pitches are in the window.

import { line, write } from "../canvas.js";
import { pitchName } from "./cells.js";
import { thumbOf } from "./pitches.js";
import { inside } from "./plot.js";

/** @import { Scene } from "./layout.js" */

const LEAST_ROW = 4; // pixels, below which there are no keys
export const KEYS = 34; // pixels of a white key
const BLACK = 0.58; // of its length
const WHITE_KEYS = [0, 2, 4, 5, 7, 9, 11];
const NAME = { font: 10, least: 22 }; // pixels: of its letters, and from one to the next

/** @param {Scene} scene */
export const hasKeys = ({ model, grid }) => model.get("tools") || grid.row >= LEAST_ROW;

/** The keys, with the names of each C: @param {Scene} scene */
export function paintKeys({ context, style, model, grid }) {
  const { plot, low, high, row } = grid;
  const lowest = model.get("lowest");
  const left = plot.left - KEYS;
  const isWhite = (/** @type {number} */ pitch) => WHITE_KEYS.includes((lowest + pitch) % 12);
  inside(context, { ...plot, left, right: plot.left }, () => {
    context.fillStyle = "#fff";
    context.fillRect(left, plot.top, KEYS, plot.bottom - plot.top);
    context.strokeStyle = "#9a9a9a";
    context.lineWidth = 1;
    const apart = Math.ceil(NAME.least / (12 * row));
    for (let pitch = low; pitch <= high; pitch++) {
      const y = grid.y(pitch);
      if (isWhite(pitch)) {
        // White keys meet in the middle of the black key between them.
        const border = isWhite(pitch - 1) ? { by: 0, from: left } : { by: row / 2, from: left + KEYS * BLACK };
        const edge = Math.round(y + row + border.by) + 0.5;
        line(context, border.from, edge, plot.left, edge);
      } else {
        context.fillStyle = "#333";
        context.fillRect(left, y, KEYS * BLACK, row);
      }
      const octave = (lowest + pitch) / 12;
      if (!Number.isInteger(octave) || octave % apart || y + row > plot.bottom + 1 || y < plot.top) continue;
      const middle = Math.min(y + row / 2, plot.bottom - NAME.font / 2 + 1);
      const font = style.smallFont.replace(/\d+px/, `${NAME.font}px`);
      write(context, pitchName(lowest + pitch), plot.left - 2, middle, { font, colour: "#222", align: "right" });
    }
    context.strokeRect(left + 0.5, plot.top - 0.5, KEYS, plot.bottom - plot.top + 1);
  });
}

/** @param {Scene} scene */
export function paintThumb({ context, style, grid }) {
  if (grid.rows >= grid.pitches) return;
  const { left, right, top, bottom } = thumbOf(grid);
  context.fillStyle = style.line;
  context.fillRect(left, grid.plot.top, right - left, grid.plot.bottom - grid.plot.top);
  context.fillStyle = style.brand;
  context.beginPath();
  context.roundRect(left, top, right - left, bottom - top, 3);
  context.fill();
}
