// What the lines of a plot mean, in as few rows as they need.

import { line, shorten, write } from "../canvas.js";

const ROW = 16; // pixels

/** Write a title and groups of { text, colour, dash } or { text }, each in one row; returns where the last row ends. */
export function paintLegend(context, width, style, title, groups) {
  const left = 8;
  context.font = style.boldFont;
  let x = left + context.measureText(title).width + 20;
  let y = 12;
  write(context, title, left, y, { font: style.boldFont, colour: style.ink });
  for (const entries of groups) {
    context.font = style.font;
    const needed = entries.map(({ text, dash }) => (dash ? 42 : 16) + context.measureText(text).width);
    if (x + needed.reduce((sum, each) => sum + each) - 16 > width && x > left) {
      x = left;
      y += ROW;
    }
    entries.forEach(({ text, colour, dash }, index) => {
      if (dash) {
        context.strokeStyle = colour;
        context.lineWidth = 2;
        context.setLineDash(dash);
        line(context, x, y, x + 20, y);
        context.setLineDash([]);
      }
      const at = dash ? x + 26 : x;
      const shown = shorten(context, text, style.font, width - at);
      write(context, shown, at, y, { font: style.font, colour: dash ? style.ink : style.faint });
      x += needed[index];
    });
  }
  return y + ROW;
}
