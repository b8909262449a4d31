// Gestures of the pointer on a roll: select steps, move the window, and seek or loop on the player that it follows.

import { onChange } from "../model.js";
import { clamp } from "../numbers.js";
import { copyAt, findCopy } from "./copies.js";
import { attachKeys } from "./keys.js";
import { makePitchWindow, thumbOf } from "./pitches.js";
import { makeSaver, makeWindow, selectedSteps, ZOOM } from "./window.js";

/** @import { Point } from "../canvas.js" */
/** @import { Model } from "../model.js" */
/** @import { Followed } from "./follow.js" */
/** @import { Grid, State } from "./layout.js" */
/** @import { Cell } from "./keys.js" */
/** @import { Pencil } from "./pencil.js" */
/** @typedef {"start" | "stop" | "middle" | "empty" | "map" | "in" | "out"} Place */
/** @typedef {Place | "keys" | "thumb" | "note" | "copy"} Target */
/**
 * What the pointer drags: where it started, in pixels and in steps, the range and the lowest row at that time, whether
 * that range is marked or the selection, and the range now.
 * @typedef {{
 *   kind: Target, from: Point, step: number, range: number[], bottom: number, selects: boolean, moved: boolean,
 *   offset: number, now?: number[],
 * }} Drag
 */

const EDGE = 7; // pixels around an edge of the selection in which it can be grabbed
/** @type {Target[]} */
const SCROLLS = ["map", "keys", "thumb"];
const AXIS = 16; // pixels of the numbers above and below the plot
export const STILL = 3; // pixels that a pointer may move in a click
/** @type {Record<Target, string>} */
const CURSORS = {
  ...{ start: "ew-resize", stop: "ew-resize", middle: "grab", empty: "crosshair" },
  ...{ map: "pointer", in: "pointer", out: "pointer", note: "crosshair", keys: "ns-resize", thumb: "ns-resize" },
  copy: "pointer",
};

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
 * `move` draws the overlay again; `speak` describes a cell or says a text. Dragged steps become the selection if the
 * roll is selectable, or if it has tools and they are dragged along its axis or with Shift; otherwise the player's
 * loop, which is requested at the end of the drag. `makePencil` makes what edits notes, in the windows given to it.
 *
 * Returns `cell()`, the cell that is inspected by keys, `drag()`, what the pointer drags, and the windows onto steps
 * and pitches.
 * @param {{
 *   model: Model<State>, signal: AbortSignal, canvas: HTMLCanvasElement, shownGrid: () => Grid | null,
 *   player: Followed, move: () => void, speak: (said: Cell | string | null) => void,
 *   makePencil: (stepAt: (x: number) => number, follow: (step: number, pitch: number) => void) => Pencil,
 * }} roll
 */
export function attachGestures({ model, signal, canvas, shownGrid, player, move, speak, makePencil }) {
  const grid = () => /** @type {Grid} */ (shownGrid()); // the listeners below return early where there is none
  const { save, finish } = makeSaver(model);
  const pitches = makePitchWindow(model, grid, save);
  const window = makeWindow(model, () => grid().plot, pitches, save);
  const { shown, stepAt, show, zoom, follow, wheel, turn, reset } = window;
  const pencil = makePencil(stepAt, (step, pitch) => {
    follow(step);
    pitches.hold(); // or the tune that answers to the edit might move under the pointer
    pitches.follow(pitch);
  });
  /** @type {Drag | null} */
  let drag = null;
  /** @type {Point | null} */
  let pointer = null;

  const selectable = () => model.get("selectable");
  /** Whether steps that are dragged from a point become the selection, and not the loop. */
  const selects = (/** @type {Point} */ { y }, /** @type {boolean} */ shift) => {
    const { plot, floor } = grid();
    return selectable() || (model.get("tools") && (shift || y < plot.top || y > floor));
  };
  /** The steps that can be dragged; none of a mark, as another one may begin anywhere, or where there is no loop. */
  const range = (/** @type {boolean} */ selected) => {
    if (selected) return selectable() ? selectedSteps(model) : [];
    return player.loop();
  };
  const select = (/** @type {number} */ start, /** @type {number} */ stop) => {
    model.set("selection", start < stop || selectable() ? [start, stop] : null);
    save();
  };
  const mapStep = (/** @type {number} */ x) => {
    const { left, right } = grid().map ?? grid().plot;
    return ((x - left) / (right - left)) * shown().steps;
  };

  /** Play what a step is a copy of. */
  const hear = (/** @type {number} */ step) => {
    const at = Math.floor(step);
    model.send({ kind: "hear", copy: copyAt(model, at), step: at, version: model.get("version") });
  };

  /** What is under a point: @returns {Target | null} */
  const target = (/** @type {Point} */ { x, y }, /** @type {boolean} */ shift) => {
    const { plot, floor, map, buttons } = grid();
    const selected = selects({ x, y }, shift);
    if (map && y >= map.top - 3) {
      const button = buttons.find(({ left, right }) => x >= left && x < right);
      return button ? button.name : x >= map.left && x <= map.right ? "map" : null;
    }
    if (findCopy(model, grid(), { x, y })) return "copy";
    if (pitches.scrolls() && y >= plot.top && y < plot.bottom) {
      if (x < plot.left) return "keys";
      if (x >= thumbOf(grid()).left) return "thumb";
    }
    const axis = model.get("tools") ? AXIS : 0;
    if (y < plot.top - axis || y > floor + axis || x < plot.left - EDGE || x > plot.right + EDGE) return null;
    if (!selected && pencil.editing()) return y < plot.bottom ? "note" : null;
    if (!selected && !player.follows()) return null;
    const [start, stop] = range(selected);
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
    const holds = drag && ["middle", ...SCROLLS].includes(drag.kind);
    const under = drag?.kind ?? (shownGrid() && pointer ? target(pointer, false) : null);
    const plain = under ? CURSORS[under] : "default";
    canvas.style.cursor = under === "note" && pointer ? pencil.cursor(pointer) : holds ? "grabbing" : plain;
  };

  const pull = (/** @type {Drag} */ held, /** @type {Point} */ { x, y }) => {
    if (held.kind === "map") {
      show(mapStep(x) - held.offset);
      return;
    }
    if (held.kind === "keys" || held.kind === "thumb") {
      const { plot, row, pitches: all } = grid();
      const down = y - held.from.y;
      pitches.show(held.bottom + (held.kind === "keys" ? down / row : (-down / (plot.bottom - plot.top)) * all));
      return;
    }
    if (held.kind === "note") {
      pencil.pull({ x, y });
      return;
    }
    held.moved ||= Math.abs(x - held.from.x) > STILL;
    if (!held.moved) return;
    const { steps } = shown();
    const step = clamp(stepAt(x), 0, steps);
    const now = (held.now = dragRange(held, step, steps));
    if (held.selects) select(...now);
    follow(step);
    move();
  };
  const press = (/** @type {PointerEvent} */ event) => {
    const x = event.offsetX;
    pointer = { x, y: event.offsetY };
    if (!shownGrid() || event.button !== 0) return;
    const kind = target(pointer, event.shiftKey);
    const selected = selects(pointer, event.shiftKey);
    if (kind === "copy") hear(stepAt(x));
    else if (kind === "in" || kind === "out") zoom(kind === "in" ? ZOOM : 1 / ZOOM, -1);
    else if (kind) {
      drag = {
        ...{ kind, from: pointer, step: stepAt(x), range: range(selected).map(Math.round), moved: false, offset: 0 },
        ...{ bottom: pitches.now().bottom, selects: selected },
      };
      if (kind === "note") pencil.press(pointer);
      canvas.setPointerCapture(event.pointerId);
      if (kind === "map") {
        const { first, span } = shown();
        const at = mapStep(x);
        drag.offset = at >= first && at <= first + span ? at - first : span / 2;
        pull(drag, pointer);
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
    const { kind, now, step, selects: selected } = drag;
    const marked = selected && !selectable() && model.get("selection");
    if (kind === "note") pencil.drop();
    else if (now && !selected) player.request({ loop: now });
    else if (!now && marked) select(0, 0);
    else if (!now && !SCROLLS.includes(kind)) player.request({ seek: clamp(Math.floor(step), 0, shown().steps) });
    drop();
  };

  const keys = attachKeys({
    ...{ model, canvas, shownGrid, player, move, speak, window, pitches, pencil, select, hear, pointer: () => pointer },
  });
  canvas.addEventListener("pointerdown", press);
  canvas.addEventListener("pointermove", (event) => {
    pointer = { x: event.offsetX, y: event.offsetY };
    keys.leave();
    if (drag && shownGrid()) pull(drag, pointer);
    point();
  });
  canvas.addEventListener("pointerup", release);
  canvas.addEventListener("pointercancel", () => {
    pencil.cancel();
    drop(); // the gesture scrolls the page: it was no click
  });
  canvas.addEventListener("pointerleave", () => {
    pointer = null;
  });
  canvas.addEventListener("wheel", (event) => shownGrid() && wheel(event), { passive: false });
  canvas.addEventListener("dblclick", () => {
    const twice = shownGrid() && pointer && target(pointer, false); // on a button, a double click is two clicks
    if (twice === "note" && pointer) {
      const { note } = pencil.touch(pointer);
      if (note) pencil.erase(note);
    } else if (shownGrid() && twice !== "in" && twice !== "out") reset();
  });
  onChange(model, signal, ["playhead"], turn);
  onChange(model, signal, ["selection"], () => {
    // The kernel may still answer to what was dragged before.
    const now = drag?.now;
    if (now && drag?.selects && String(now) !== String(model.get("selection"))) select(now[0], now[1]);
  });
  signal.addEventListener("abort", finish);
  const touch = () => {
    canvas.style.touchAction = pencil.editing() ? "none" : "pan-y";
  };
  onChange(model, signal, ["editing", "editable"], touch);
  touch();
  return { cell: keys.cell, drag: () => drag, window, pitches, pencil };
}
