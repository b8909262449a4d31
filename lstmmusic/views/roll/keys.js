// Keys on a roll: walk over its cells, select steps, zoom, and seek or loop on the player that it follows.

import { OWN_KEYS } from "../element.js";
import { save } from "../model.js";
import { clamp } from "../numbers.js";
import { copyAt } from "./copies.js";
import { nameStretch } from "./inspector.js";
import { selectedSteps, ZOOM } from "./window.js";

/** @import { Point } from "../canvas.js" */
/** @import { Model } from "../model.js" */
/** @import { Followed } from "./follow.js" */
/** @import { Grid, State } from "./layout.js" */
/** @import { Pencil } from "./pencil.js" */
/** @import { makePitchWindow } from "./pitches.js" */
/** @import { makeWindow } from "./window.js" */
/** @typedef {[number, number]} Cell  step and pitch column */

const OCTAVE = 12;
/** Steps and pitches by which a key moves a cell or a note: @type {Record<string, [number, number]>} */
export const MOVES = {
  ...{ ArrowLeft: [-1, 0], ArrowRight: [1, 0] },
  ...{ ArrowDown: [0, -1], ArrowUp: [0, 1], PageDown: [0, -OCTAVE], PageUp: [0, OCTAVE] },
};

/**
 * Listen to the keys of a canvas; `select` sets the selection, `hear` plays what a
 * step is a copy of, `pointer()` is where the pointer is, and the rest is as
 * in `attachGestures`.
 *
 * Returns `cell()`, the cell that is inspected, and `leave()`, which puts it away.
 * @param {{
 *   model: Model<State>, canvas: HTMLCanvasElement, shownGrid: () => Grid | null, player: Followed, move: () => void,
 *   speak: (said: Cell | string | null) => void, pencil: Pencil, window: ReturnType<typeof makeWindow>,
 *   pitches: ReturnType<typeof makePitchWindow>, select: (start: number, stop: number) => void,
 *   hear: (step: number) => void, pointer: () => Point | null,
 * }} roll
 */
export function attachKeys(roll) {
  const { model, canvas, shownGrid, player, move, speak, window, pitches, pencil, select, hear, pointer } = roll;
  const grid = () => /** @type {Grid} */ (shownGrid()); // the listener below returns early where there is none
  const { shown, zoom, follow, reset } = window;
  /** @type {Cell | null} */
  let cell = null;

  const moveSelection = (/** @type {KeyboardEvent} */ event) => {
    const { steps } = shown();
    const [start, stop] = selectedSteps(model);
    const length = stop - start;
    /** @type {Record<string, number>} */
    const moves = {
      ...{ ArrowLeft: -1, ArrowRight: 1, ArrowDown: -1, ArrowUp: 1 },
      ...{ PageDown: -length, PageUp: length, Home: -steps, End: steps },
    };
    const by = moves[event.key];
    if (by === undefined) return false;
    if (event.shiftKey) {
      const end = clamp(stop + by, Math.min(start + 1, steps), steps);
      select(start, end);
      follow(end);
    } else {
      const begin = clamp(start + by, 0, steps - length);
      select(begin, begin + length);
      follow(by > 0 ? begin + length : begin);
    }
    return true;
  };
  /** Let the loop end a step later or earlier; the first step of a new one is the cell, or what sounds. */
  const moveLoop = (/** @type {KeyboardEvent} */ event) => {
    const by = event.key === "ArrowLeft" ? -1 : event.key === "ArrowRight" ? 1 : 0;
    if (!by || !event.shiftKey || !player.follows()) return false;
    const { steps } = shown();
    const begin = clamp(Math.floor(cell?.[0] ?? model.get("playhead")), 0, steps - 1);
    const [start, stop] = player.loop().length ? player.loop().map(Math.round) : [begin, begin];
    const end = clamp(stop + by, start + 1, steps);
    player.request({ loop: [start, end] });
    follow(end);
    return true;
  };
  const showCell = () => {
    if (!cell) return;
    follow(cell[0]);
    follow(cell[0] + 1);
    pitches.follow(cell[1]);
    speak(cell);
    move();
  };
  const moveCell = (/** @type {KeyboardEvent} */ event) => {
    if (event.key === "Enter" && cell) {
      if (player.follows()) player.request({ seek: cell[0] });
      return player.follows();
    }
    if (event.key === "Escape" && cell) {
      cell = null;
      speak(null);
      move();
      return true;
    }
    const { steps, first, span } = shown();
    const { low, high, pitches: all } = grid();
    const [lowest, highest] = pitches.scrolls() ? [0, all - 1] : [low, high];
    /** @type {Record<string, [number, number]>} */
    const moves = { ...MOVES, Home: [-steps, 0], End: [steps, 0] };
    if (!moves[event.key]) return false;
    const [across, up] = moves[event.key];
    if (cell) cell = [clamp(cell[0] + across, 0, steps - 1), clamp(cell[1] + up, lowest, highest)];
    else cell = [Math.floor(first + span / 2), Math.round((low + high) / 2)]; // the first key shows where one is
    showCell();
    return true;
  };
  /** Go to the next of the notes that surprised most, from the first on, or hear where the step is copied from. */
  const explain = (/** @type {KeyboardEvent} */ event) => {
    const [key, marks] = [event.key.toLowerCase(), model.get("marks")];
    if (key === "n" && model.get("surprising") && marks.length) {
      const at = marks.findIndex((mark) => cell && mark[0] === cell[0] && mark[1] === cell[1]);
      const [next, column] = marks[(at + 1) % marks.length];
      cell = [next, column];
      showCell();
      return true;
    }
    const step = cell?.[0] ?? Math.floor(model.get("playhead"));
    if (key !== "c" || !model.get("copying") || copyAt(model, step) < 0) return false;
    hear(step);
    return true;
  };
  const zoomByKey = (/** @type {KeyboardEvent} */ event) => {
    const x = cell ? grid().x(cell[0] + 0.5) : (pointer()?.x ?? -1);
    if (event.key === "+" || event.key === "=") zoom(ZOOM, x);
    else if (event.key === "-") zoom(1 / ZOOM, x);
    else if (event.key === "0") reset();
    else return false;
    return true;
  };

  /** Switch the pencil, or edit with it. */
  const edit = (/** @type {KeyboardEvent} */ event) => {
    if (model.get("editable") && event.key.toLowerCase() === "e") {
      save(model, { editing: !model.get("editing") });
      speak(model.get("editing") ? "Edit: on" : "Edit: off");
      return true;
    }
    const edited = pencil.key(event, cell);
    if (!edited) return false;
    cell = edited.cell;
    move();
    return true;
  };
  /** Mark the step of the cell, or of what sounds, or let what is marked reach to it; Escape ends that. */
  const mark = (/** @type {KeyboardEvent} */ { key }) => {
    if (!model.get("tools") || model.get("selectable")) return false;
    const marked = model.get("selection");
    if (key === "Escape" && marked && !cell) select(0, 0);
    else if (key.toLowerCase() === "m") {
      const step = cell?.[0] ?? Math.floor(model.get("playhead"));
      if (step < 0 || step >= shown().steps) return false;
      const [start, stop] = marked ?? [step, step + 1];
      select(Math.min(start, step), step < stop && step > start ? step + 1 : Math.max(stop, step + 1));
    } else return false;
    const now = model.get("selection");
    speak(now ? `marked: ${nameStretch(model, ...now)}` : "nothing marked");
    return true;
  };

  canvas.addEventListener("keydown", (event) => {
    if (!shownGrid() || event.ctrlKey || event.metaKey || event.altKey) return;
    const moved = () => (model.get("selectable") ? moveSelection(event) : moveLoop(event) || moveCell(event));
    const own = () => edit(event) || mark(event) || explain(event) || moved() || zoomByKey(event);
    const done = own() || player.request({ key: event.key });
    if (!done) return;
    event.preventDefault();
    event.stopPropagation();
  });
  canvas.addEventListener("blur", () => {
    cell = null;
    pencil.settle();
    move();
  });
  for (const [name, value] of Object.entries(OWN_KEYS)) canvas.setAttribute(name, `${value}`);
  const leave = () => {
    cell = null;
  };
  return { cell: () => cell, leave };
}
