// Gestures on a roll, by pointer and by keys: select steps, walk over cells, move the window, and seek or loop on the
// player that it follows.

import { OWN_KEYS } from "../element.js";
import { onChange } from "../model.js";
import { clamp } from "../numbers.js";
import { makeSaver, makeWindow } from "./window.js";

/** @import { Point } from "../canvas.js" */
/** @import { Model } from "../model.js" */
/** @import { Followed } from "./follow.js" */
/** @import { Grid, State } from "./layout.js" */
/** @typedef {"start" | "stop" | "middle" | "empty" | "map" | "in" | "out"} Target */
/** @typedef {[number, number]} Cell  step and pitch column */
/**
 * What the pointer drags: where it started, in pixels and in steps, the range at that time, and the range now.
 * @typedef {{
 *   kind: Target, from: number, step: number, range: number[], moved: boolean, offset: number, now?: number[],
 * }} Drag
 */

const EDGE = 7; // pixels around an edge of the selection in which it can be grabbed
const STILL = 3; // pixels that a pointer may move in a click
const ZOOM = 1.5; // of a key or a button
const OCTAVE = 12;
/** @type {Record<Target, string>} */
const CURSORS = {
  ...{ start: "ew-resize", stop: "ew-resize", middle: "grab", empty: "crosshair" },
  ...{ map: "pointer", in: "pointer", out: "pointer" },
};

/** The selected steps, in the roll: @param {Model<State>} model */
export function selectedSteps(model) {
  const [steps] = model.get("shape");
  const [start, stop] = model.get("selection");
  return [clamp(start, 0, steps), clamp(stop, clamp(start, 0, steps), steps)];
}

/**
 * The range that is dragged from `drag` to a step, of whole steps.
 * @param {Pick<Drag, "kind" | "range" | "step">} drag @param {number} step @param {number} steps
 * @returns {[number, number]}
 */
export function dragRange({ kind, range: [start, stop], step: origin }, step, steps) {
  if (kind === "start") return [Math.min(Math.round(step), stop - 1), stop];
  if (kind === "stop") return [start, Math.max(Math.round(step), start + 1)];
  if (kind === "middle") {
    const begin = clamp(start + Math.round(step - origin), 0, steps - (stop - start));
    return [begin, begin + stop - start];
  }
  const begin = clamp(Math.floor(Math.min(step, origin)), 0, steps - 1);
  return [begin, clamp(Math.ceil(Math.max(step, origin)), begin + 1, steps)];
}

/**
 * Listen to a canvas. `shownGrid()` is what is shown and where, or null; `player` is the one that the roll follows;
 * `move` draws the overlay again; `speak` describes a cell. Dragged steps become the selection if the roll is
 * selectable, otherwise the player's loop, which is requested at the end of the drag.
 *
 * Returns `cell()`, the cell that is inspected by keys, and `drag()`, what the pointer drags.
 * @param {{
 *   model: Model<State>, signal: AbortSignal, canvas: HTMLCanvasElement, shownGrid: () => Grid | null,
 *   player: Followed, move: () => void, speak: (cell: Cell | null) => void,
 * }} roll
 */
export function attachGestures({ model, signal, canvas, shownGrid, player, move, speak }) {
  const grid = () => /** @type {Grid} */ (shownGrid()); // the listeners below return early where there is none
  const { save, finish } = makeSaver(model);
  const { shown, stepAt, show, zoom, follow, wheel, turn } = makeWindow(model, () => grid().plot, save);
  /** @type {Drag | null} */
  let drag = null;
  /** @type {Cell | null} */
  let cell = null;
  /** @type {Point | null} */
  let pointer = null;

  const selectable = () => model.get("selectable");
  /** The steps that can be dragged; nothing where there is no loop. */
  const range = () => (selectable() ? selectedSteps(model) : player.loop());
  const select = (/** @type {number} */ start, /** @type {number} */ stop) => {
    model.set("selection", [start, stop]);
    save();
  };
  const mapStep = (/** @type {number} */ x) => {
    const { left, right } = grid().map ?? grid().plot;
    return ((x - left) / (right - left)) * shown().steps;
  };

  /** What is under a point: @returns {Target | null} */
  const target = (/** @type {Point} */ { x, y }) => {
    const { plot, floor, map, buttons } = grid();
    if (map && y >= map.top - 3) {
      const button = buttons.find(({ left, right }) => x >= left && x < right);
      return button ? button.name : x >= map.left && x <= map.right ? "map" : null;
    }
    if (y < plot.top || y > floor || x < plot.left - EDGE || x > plot.right + EDGE) return null;
    if (!selectable() && !player.follows()) return null;
    const [start, stop] = range();
    const [left, right] = [grid().x(start), grid().x(stop)];
    if (stop > start) {
      // The edges of a narrow selection reach outwards only, so that its middle can be grabbed too.
      const inner = Math.min(EDGE, (right - left) / 4);
      if (x >= right - inner && x <= right + EDGE) return "stop";
      if (x >= left - EDGE && x <= left + inner) return "start";
      if (x > left && x < right) return "middle";
    }
    return "empty";
  };
  const point = () => {
    const holds = drag?.kind === "middle" || drag?.kind === "map";
    const under = drag?.kind ?? (shownGrid() && pointer ? target(pointer) : null);
    canvas.style.cursor = holds ? "grabbing" : under ? CURSORS[under] : "default";
  };

  const pull = (/** @type {Drag} */ held, /** @type {number} */ x) => {
    if (held.kind === "map") {
      show(mapStep(x) - held.offset);
      return;
    }
    held.moved ||= Math.abs(x - held.from) > STILL;
    if (!held.moved) return;
    const { steps } = shown();
    const step = clamp(stepAt(x), 0, steps);
    const now = (held.now = dragRange(held, step, steps));
    if (selectable()) select(...now);
    follow(step);
    move();
  };
  const press = (/** @type {PointerEvent} */ event) => {
    const x = event.offsetX;
    pointer = { x, y: event.offsetY };
    if (!shownGrid() || event.button !== 0) return;
    const kind = target(pointer);
    if (kind === "in" || kind === "out") zoom(kind === "in" ? ZOOM : 1 / ZOOM, -1);
    else if (kind) {
      drag = { kind, from: x, step: stepAt(x), range: range().map(Math.round), moved: false, offset: 0 };
      canvas.setPointerCapture(event.pointerId);
      if (kind === "map") {
        const { first, span } = shown();
        const at = mapStep(x);
        drag.offset = at >= first && at <= first + span ? at - first : span / 2;
        pull(drag, x);
      }
    }
    point();
  };
  /** End what is dragged. */
  const drop = () => {
    drag = null;
    finish();
    point();
    move();
  };
  const release = () => {
    if (!drag) return;
    const { kind, now, step } = drag;
    if (kind !== "map" && !now) player.request({ seek: clamp(Math.floor(step), 0, shown().steps) });
    if (now && !selectable()) player.request({ loop: now });
    drop();
  };

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
    const { low, high } = grid();
    /** @type {Record<string, [number, number]>} */
    const moves = {
      ...{ ArrowLeft: [-1, 0], ArrowRight: [1, 0], Home: [-steps, 0], End: [steps, 0] },
      ...{ ArrowDown: [0, -1], ArrowUp: [0, 1], PageDown: [0, -OCTAVE], PageUp: [0, OCTAVE] },
    };
    if (!moves[event.key]) return false;
    const [across, up] = moves[event.key];
    if (cell) cell = [clamp(cell[0] + across, 0, steps - 1), clamp(cell[1] + up, low, high)];
    else cell = [Math.floor(first + span / 2), Math.round((low + high) / 2)]; // the first key shows where one is
    follow(cell[0]);
    follow(cell[0] + 1);
    speak(cell);
    move();
    return true;
  };
  const zoomByKey = (/** @type {KeyboardEvent} */ event) => {
    const x = cell ? grid().x(cell[0] + 0.5) : (pointer?.x ?? -1);
    if (event.key === "+" || event.key === "=") zoom(ZOOM, x);
    else if (event.key === "-") zoom(1 / ZOOM, x);
    else if (event.key === "0") show(0, Infinity);
    else return false;
    return true;
  };

  canvas.addEventListener("pointerdown", press);
  canvas.addEventListener("pointermove", (event) => {
    pointer = { x: event.offsetX, y: event.offsetY };
    cell = null;
    if (drag && shownGrid()) pull(drag, pointer.x);
    point();
  });
  canvas.addEventListener("pointerup", release);
  canvas.addEventListener("pointercancel", drop); // the gesture scrolls the page: it was no click
  canvas.addEventListener("pointerleave", () => {
    pointer = null;
  });
  canvas.addEventListener("keydown", (event) => {
    if (!shownGrid() || event.ctrlKey || event.metaKey || event.altKey) return;
    const moved = selectable() ? moveSelection(event) : moveLoop(event) || moveCell(event);
    if (!(zoomByKey(event) || moved || player.request({ key: event.key }))) return;
    event.preventDefault();
    event.stopPropagation();
  });
  canvas.addEventListener("blur", () => {
    cell = null;
    move();
  });
  canvas.addEventListener("wheel", (event) => shownGrid() && wheel(event), { passive: false });
  canvas.addEventListener("dblclick", () => {
    const twice = shownGrid() && pointer && target(pointer); // on a button, a double click is two clicks
    if (shownGrid() && twice !== "in" && twice !== "out") show(0, Infinity);
  });
  onChange(model, signal, ["playhead"], turn);
  onChange(model, signal, ["selection"], () => {
    // The kernel may still answer to what was dragged before.
    const now = drag?.now;
    if (now && selectable() && String(now) !== String(model.get("selection"))) select(now[0], now[1]);
  });
  signal.addEventListener("abort", finish);
  for (const [name, value] of Object.entries(OWN_KEYS)) canvas.setAttribute(name, `${value}`);
  canvas.style.touchAction = "pan-y";
  return { cell: () => cell, drag: () => drag };
}
