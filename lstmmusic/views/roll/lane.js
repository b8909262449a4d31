// The lane of velocities below the plot of a roll: a stem for each onset, and the button that shows or hides the lane.

import { line, write } from "../canvas.js";
import { makeButton, NO_SHORTCUTS } from "../element.js";
import { onChange, save } from "../model.js";
import { paintBars } from "./bars.js";
import { pitchName, SOUNDS } from "./cells.js";
import { isDynamic } from "./layout.js";
import { inside } from "./plot.js";
import { shadesOf } from "./shades.js";

/** @import { Point } from "../canvas.js" */
/** @import { Model } from "../model.js" */
/** @import { Grid, Scene, State } from "./layout.js" */

/** @type {[string, number][]} */
const MARKS = [["pp", 33], ["mf", 80], ["ff", 112]]; // as most notation programs play them
const NEAR = 4; // pixels from a stem in which the pointer reads it
const MOST_READ = 8; // notes of a step that it reads

/** @param {Scene} scene */
export function paintLane(scene) {
  const { context, style, model, grid } = scene;
  const { lane, column, level, primer } = grid;
  if (!lane) return;
  const [width, height] = [lane.right - lane.left, lane.bottom - lane.top];
  const y = (/** @type {number} */ velocity) => lane.bottom - (velocity / 127) * height;
  const shade = shadesOf(style, primer, true);
  const stem = (/** @type {number} */ step, /** @type {number} */ value, /** @type {number} */ thick) => {
    const [x, top] = [grid.x(step), y(value - SOUNDS)];
    context.fillStyle = shade(value, step).css;
    context.fillRect(x, top, thick, lane.bottom - top);
    if (column < 6) return;
    context.beginPath();
    context.arc(x + thick / 2, top, 3, 0, 7);
    context.fill();
  };
  context.fillStyle = style.paper;
  context.fillRect(lane.left, lane.top, width, height);
  inside(context, lane, () => {
    paintBars(scene, lane);
    context.strokeStyle = style.line;
    context.lineWidth = 1;
    for (const [, velocity] of MARKS) {
      line(context, lane.left, Math.round(y(velocity)) + 0.5, lane.right, Math.round(y(velocity)) + 0.5);
    }
    const [from, to] = [grid.first, grid.first + grid.span];
    if (level > 0) {
      const length = 2 ** level;
      const loudest = grid.strikes.copy(level);
      const last = Math.min(Math.ceil(to / length), loudest.length);
      for (let at = Math.floor(from / length); at < last; at++) {
        if (loudest[at]) stem(at * length, loudest[at], Math.max(1, length * column));
      }
      return;
    }
    // The loudest of a chord first, so that its stem hides none of the others.
    const struck = grid.cells.notes(from, to, 0).filter(({ start }) => start >= from - 1);
    const value = (/** @type {{ pitch: number, start: number }} */ note) => valueOf(grid, note);
    struck.sort((one, other) => value(other) - value(one));
    for (const note of struck) stem(note.start, value(note), Math.max(1, Math.min(2, column * 0.4)));
  });
  context.strokeStyle = model.get("compact") ? style.line : style.faint;
  context.strokeRect(lane.left - 0.5, lane.top - 0.5, width + 1, height + 1);
  if (model.get("compact")) return;
  const font = { font: style.smallFont, colour: style.faint, align: /** @type {const} */ ("right") };
  for (const [name, velocity] of MARKS) write(context, name, lane.left - 7, y(velocity), font);
}

/** What is in the first cell of a note: @param {Grid} grid @param {{ pitch: number, start: number }} note */
const valueOf = ({ cells, pitches }, { pitch, start }) => cells.cells[start * pitches + pitch];

/**
 * Lines about the notes that are struck at a point of the lane; none where none is.
 * @param {Model<State>} model @param {Grid} grid @param {Point} point
 */
export function describeStrikes(model, grid, { x, y }) {
  const { lane, plot, column, first } = grid;
  if (!lane || x < lane.left || x >= lane.right || y < lane.top || y >= lane.bottom) return [];
  const at = first + (x - plot.left) / column;
  const reach = NEAR / column;
  const near = grid.cells.notes(at - reach, at + reach, 0).filter(({ start }) => Math.abs(start - at) <= reach);
  if (!near.length) return [];
  const apart = Math.min(...near.map(({ start }) => Math.abs(start - at)));
  const struck = near.filter(({ start }) => Math.abs(start - at) === apart).reverse(); // high notes first
  const { start } = struck[0];
  const lines = [`step ${start}, ${(start * model.get("step")).toFixed(2)} ${model.get("unit")}`];
  for (const note of struck.slice(0, MOST_READ)) {
    lines.push(`${pitchName(model.get("lowest") + note.pitch)}: velocity ${valueOf(grid, note) - SOUNDS}`);
  }
  if (struck.length > MOST_READ) lines.push(`and ${struck.length - MOST_READ} more`);
  return lines;
}

/** What the button of the lane does. */
export const LANE_TITLE = "Show or hide the velocity of each note, from soft (pp) to loud (ff)";

/**
 * Put a button into `el` that shows or hides the lane, where there is no line of tools for it.
 * @param {Model<State>} model @param {HTMLElement} el @param {AbortSignal} signal
 */
export function addLaneButton(model, el, signal) {
  const button = makeButton("Velocities", {
    class: "lstmmusic-lane",
    title: LANE_TITLE,
    ...NO_SHORTCUTS,
  });
  const show = () => {
    button.hidden = !isDynamic(model);
    button.setAttribute("aria-pressed", `${model.get("lane")}`);
  };
  button.addEventListener("click", () => save(model, { lane: !model.get("lane") }));
  onChange(model, signal, ["lane", "velocities", "palette"], show);
  signal.addEventListener("abort", () => button.remove());
  el.append(button);
  show();
}
