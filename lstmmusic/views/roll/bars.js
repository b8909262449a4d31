// Bar lines and beats behind the notes of a roll, and the numbers of its bars, where the metre is known.

import { line, widthOf, write } from "../canvas.js";
import { isHot, isNumbered } from "./layout.js";

/** @import { Edges } from "../canvas.js" */
/** @import { Scene } from "./layout.js" */
/** @typedef {[start: number, bar: number, beat: number]} Metre  in steps: see `RollView` */
/** @typedef {{ step: number, length: number, number: number }} Line  the number is that of the bar, or of the beat */

const LEAST = { bar: 6, beat: 10 }; // pixels from one line to the next
const SMALL = 1e-6; // of a bar: rounding
const NUMBER_ROOM = 34; // pixels of a bar's number, and of the gap beside it

/**
 * Where bars (1) or beats (2) begin in steps [from, to), in metres in which they are `least` steps or longer.
 * The first whole bar has the number 1.
 * @param {Metre[]} metres @param {1 | 2} which @param {number} from @param {number} to @param {number} least
 */
export function findLines(metres, which, from, to, least) {
  /** @type {Line[]} */
  const lines = [];
  let number = metres.length && metres[0][0] < 0 ? 0 : 1;
  metres.forEach((metre, index) => {
    const [start, length] = [metre[0], metre[which]];
    const count = (/** @type {number} */ end) => Math.ceil((end - start) / length - SMALL);
    const end = index + 1 < metres.length ? metres[index + 1][0] : to;
    if (length >= least) {
      for (let place = Math.max(0, count(from)); place < count(Math.min(end, to)); place++) {
        lines.push({ step: start + place * length, length, number: number + place });
      }
    }
    number += count(end);
  });
  return lines;
}

/** The bar and the beat of a step, such as "bar 5 beat 2.5": @param {Metre[]} metres @param {number} step */
export function placeInBars(metres, step) {
  const at = Math.max(0, metres.findLastIndex(([start]) => start <= step + SMALL));
  const [start, bar, beat] = metres[at];
  const counted = findLines(metres.slice(0, at + 1), 1, start, start + bar * (1 - SMALL), 0); // the first of this metre
  const passed = Math.floor((step - start) / bar + SMALL);
  const within = 1 + (step - start - passed * bar) / beat;
  return `bar ${counted[0].number + passed} beat ${Number(within.toFixed(2))}`;
}

/** Fainter where a beat is no bar; in the plot or the lane: @param {Scene} scene @param {Edges} edges */
export function paintBars({ context, style, model, grid }, { left, top, bottom }) {
  const { first, span, column } = grid;
  const metres = model.get("bars");
  context.strokeStyle = isHot(model) ? "#fff" : style.ink;
  context.lineWidth = 1;
  for (const [which, least, alpha] of /** @type {const} */ ([[2, LEAST.beat, 0.1], [1, LEAST.bar, 0.22]])) {
    context.globalAlpha = alpha;
    for (const { step } of findLines(metres, which, first, first + span, least / column)) {
      const x = Math.round(grid.x(step)) + 0.5;
      if (x > left + 1) line(context, x, top, x, bottom);
    }
  }
  context.globalAlpha = 1;
}

/** The numbers of bars above the plot, from `left` on: @param {Scene} scene @param {number} left */
export function paintBarNumbers({ context, size, style, model, grid }, left) {
  if (!isNumbered(model, size)) return;
  const { plot, first, span, column } = grid;
  const metres = model.get("bars");
  for (const { step, length, number } of findLines(metres, 1, first, first + span, LEAST.bar / column)) {
    const apart = 2 ** Math.max(0, Math.ceil(Math.log2(NUMBER_ROOM / (length * column))));
    const [x, text] = [grid.x(step), `${number}`];
    const right = x + widthOf(context, text, style.smallFont);
    if ((number - 1) % apart || x < left || right > plot.right) continue;
    write(context, text, x, plot.top - 7, { font: style.smallFont, colour: style.faint });
    left = right + 6;
  }
}
