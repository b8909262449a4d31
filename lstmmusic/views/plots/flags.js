// Flags above a plot: what was changed, and when. Those that would cover each other share one, with their number.

import { line, write } from "../canvas.js";
import { tickText } from "../numbers.js";

/** @import { Context, Edges, Style } from "../canvas.js" */
/** @typedef {{ update: number, text: string }} Mark */
/** @typedef {{ x: number, marks: Mark[] }} Flag */

export const FLAG_ROOM = 14; // pixels above the plot
const APART = 16; // pixels between two flags
const NEAR = 7; // pixels around a flag within which the pointer reads it
const MOST_TEXTS = 5;

/**
 * Flags from left to right; `place` returns the x of an update.
 * @param {Mark[]} marks @param {(update: number) => number} place @param {number} left @param {number} right
 */
export function gatherFlags(marks, place, left, right) {
  /** @type {Flag[]} */
  const flags = [];
  for (const mark of [...marks].sort((one, other) => one.update - other.update)) {
    const x = place(mark.update);
    if (x < left || x > right) continue;
    const last = flags.at(-1);
    if (last && x - last.x < APART) last.marks.push(mark);
    else flags.push({ x, marks: [mark] });
  }
  return flags;
}

/** @param {Context} context @param {Style} style @param {Flag[]} flags @param {Edges} plot */
export function paintFlags(context, style, flags, plot) {
  const font = style.boldFont.replace(/\d+px/, "9px");
  context.lineWidth = 1;
  for (const { x, marks } of flags) {
    const at = Math.round(x) + 0.5;
    const top = plot.top - FLAG_ROOM + 1;
    context.strokeStyle = context.fillStyle = style.faint;
    context.globalAlpha = 0.6;
    line(context, at, top, at, plot.bottom);
    context.globalAlpha = 1;
    context.beginPath();
    if (marks.length === 1) {
      context.moveTo(at, top);
      context.lineTo(at + 9, top + 4);
      context.lineTo(at, top + 8);
    } else {
      context.rect(at, top, 13, 11);
    }
    context.fill();
    if (marks.length > 1) {
      const text = marks.length > 9 ? "9+" : String(marks.length);
      write(context, text, at + 6.5, top + 6, { font, colour: style.raised, align: "center" });
    }
  }
}

/** What the pointer reads at x: a line for each mark of the nearest flag: @param {Flag[]} flags @param {number} x */
export function flagTexts(flags, x) {
  const near = flags.filter((flag) => x >= flag.x - NEAR && x <= flag.x + NEAR * 2);
  if (near.length === 0) return [];
  const distance = (/** @type {Flag} */ flag) => Math.abs(flag.x - x);
  const { marks } = near.reduce((best, flag) => (distance(flag) < distance(best) ? flag : best));
  const texts = marks.slice(0, MOST_TEXTS).map(({ update, text }) => `${tickText(update, 1)}: ${text}`);
  return marks.length > MOST_TEXTS ? [...texts, `and ${marks.length - MOST_TEXTS} more: zoom in`] : texts;
}
