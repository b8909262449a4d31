// What the lines of a plot mean, in as few rows as they need.

import { line, shorten, widthOf, write } from "../canvas.js";
import { outlineMark } from "./curves.js";

/** @import { Context, Style } from "../canvas.js" */
/**
 * With a line if it has a dash, and with a mark on it if `corners` says which.
 * @typedef {{ text: string, colour?: string, dash?: number[], corners?: boolean }} Entry
 */

const ROW = 16; // pixels

/**
 * Write a title and groups of entries, each in one row; returns where the last row ends.
 * @param {Context} context @param {number} width @param {Style} style @param {string} title @param {Entry[][]} groups
 */
export function paintLegend(context, width, style, title, groups) {
  const left = 8;
  let x = left + widthOf(context, title, style.boldFont) + 20;
  let y = 12;
  write(context, title, left, y, { font: style.boldFont, colour: style.ink });
  for (const entries of groups) {
    const needed = entries.map(({ text, dash }) => (dash ? 42 : 16) + widthOf(context, text, style.font));
    if (x + needed.reduce((sum, each) => sum + each) - 16 > width && x > left) {
      x = left;
      y += ROW;
    }
    entries.forEach(({ text, colour = style.faint, dash, corners }, index) => {
      if (dash) {
        context.strokeStyle = colour;
        context.lineWidth = 2;
        context.setLineDash(dash);
        line(context, x, y, x + 20, y);
        context.setLineDash([]);
      }
      if (corners !== undefined) {
        context.fillStyle = colour;
        outlineMark(context, x + 10, y, 3, corners);
        context.fill();
      }
      const at = dash ? x + 26 : x;
      const shown = shorten(context, text, style.font, width - at);
      write(context, shown, at, y, { font: style.font, colour: dash ? style.ink : style.faint });
      x += needed[index];
    });
  }
  return y + ROW;
}
