// What the units of a layer do in each step of a tune: a heat map, the traces of one unit, and what a step depends on.

import { keepDrawn, tooltip, writeEmpty } from "../canvas.js";
import { element, OWN_KEYS } from "../element.js";
import { bytes, onChange, withSignal } from "../model.js";
import { clamp, countOf } from "../numbers.js";
import { placeInBars } from "../roll/bars.js";
import { followPlayer } from "../roll/follow.js";
import { makePlayhead } from "../roll/playhead.js";
import { makeSaver, makeWindow, ZOOM } from "../roll/window.js";
import { numberOf } from "./cells.js";
import { layGrid } from "./layout.js";
import { paintAll, paintChosen, paintsOf } from "./paint.js";

/** @import { Context, Point, Size, Style } from "../canvas.js" */
/** @import { Model } from "../model.js" */
/** @import { Grid, State } from "./layout.js" */
/** @typedef {{ step: number, place: number }} Cell  the place of a unit from the top */

/** @type {(keyof State)[]} */
const LOOK = [
  "values", "shape", "order", "signed", "limit", "bars", "step", "unit", "first", "span", "traces", "past", "switched",
  "title", "note", "empty",
];
const PAGE = 10; // units
/** Steps and units by which a key moves: @type {Record<string, [number, number]>} */
const MOVES = {
  ...{ ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] },
  ...{ PageUp: [0, -PAGE], PageDown: [0, PAGE], Home: [-Infinity, 0], End: [Infinity, 0] },
};
const HINT = "click: choose this unit and this step";

/** A number as it is spoken: @param {number} value */
export const numberText = (value) => value.toFixed(2).replace("-", "−").replace(/^−(0\.00)$/, "$1");

/** The name of a unit, counted from 0, and of its layer, counted from 1: @param {number} unit @param {number} layer */
export const unitName = (unit, layer) => `unit ${unit} of layer ${layer}`;

/**
 * Where a step is, such as "at bar 5 beat 2" or "at step 80".
 * @param {import("../roll/bars.js").Metre[]} bars @param {number} step
 */
export const stepName = (bars, step) => (bars.length ? `at ${placeInBars(bars, step)}` : `at step ${step}`);

const render = withSignal((/** @type {Model<State>} */ model, el, signal) => {
  /** @type {Grid | null} */
  let grid = null; // what is shown and where
  let values = new Uint8Array();
  const read = () => {
    values = bytes(model.get("values"));
  };
  const [steps, units] = [() => model.get("shape")[0], () => model.get("shape")[1]];
  const isEmpty = () => steps() === 0 || units() === 0;
  const scale = () => ({ signed: model.get("signed"), limit: model.get("limit") });
  const unitAt = (/** @type {number} */ place) => model.get("order")[place];
  /** The cell that is chosen, as far as it is. */
  const chosen = () => {
    const [unit, at] = [model.get("chosen"), model.get("at")];
    const place = unit === null ? -1 : model.get("order").indexOf(unit);
    return { place: place < 0 ? null : place, step: at === null || at >= steps() ? null : at };
  };
  const describe = (/** @type {Cell} */ { step, place }) => {
    const number = numberText(numberOf(values[step * units() + place], scale()));
    const name = unitName(unitAt(place), model.get("layer"));
    return `${name}, ${model.get("quantity")} ${number} ${stepName(model.get("bars"), step)}`;
  };
  const label = () => {
    if (isEmpty()) return "Units: none";
    return `Units of layer ${model.get("layer")}, ${model.get("quantity")}: ${countOf(units(), "unit")} in ${
      countOf(steps(), "step")}`;
  };

  /** @param {Context} context @param {Size} size @param {Style} style */
  const paint = (context, size, style) => {
    grid = isEmpty() ? null : layGrid(model, size);
    placePlayhead();
    if (!grid) {
      writeEmpty(context, size, style, model.get("empty"));
      return;
    }
    const floats = (/** @type {"traces" | "past"} */ name) => new Float32Array(bytes(model.get(name)).buffer);
    const unit = model.get("chosen");
    const name = unit === null ? "" : `Unit ${unit}`;
    const scene = { context, size, style, model, grid };
    paintAll(scene, paintsOf(scene), { values, traces: floats("traces"), past: floats("past"), name });
  };
  /** @param {Point} point @returns {Cell | null} */
  const cellAt = ({ x, y }) => {
    if (!grid) return null;
    const { plot, first, column, row } = grid;
    if (x < plot.left || x >= plot.right || y < plot.top || y >= plot.bottom) return null;
    const step = clamp(Math.floor(first + (x - plot.left) / column), 0, grid.steps - 1);
    return { step, place: clamp(Math.floor((y - plot.top) / row), 0, grid.units - 1) };
  };
  /** @param {Context} context @param {Size} size @param {Style} style @param {Point | null} pointer */
  const overlay = (context, size, style, pointer) => {
    if (!grid) return;
    const { place, step } = chosen();
    paintChosen({ context, size, style, model, grid }, place, step);
    const cell = pointer && cellAt(pointer);
    if (cell && pointer) tooltip(context, size, style, pointer, [describe(cell), HINT]);
  };

  const putPlayhead = makePlayhead(el, signal);
  const placePlayhead = () => putPlayhead(grid, player.course());
  const { canvas, move } = keepDrawn({
    ...{ model, el, signal, traits: LOOK, moving: ["chosen", "at"], label, paint, overlay },
  });
  const player = followPlayer(model, signal, move, placePlayhead);
  player.request({}); // the player then sends its state
  const { save, finish } = makeSaver(model);
  const still = { scrolls: () => false, scroll: () => false, zoom: () => {}, reset: () => {} };
  const window = makeWindow(model, () => /** @type {Grid} */ (grid).plot, still, save);
  const spoken = element("div", { class: "lstmmusic-spoken", role: "status" }); // what keys find, for screen readers
  el.append(spoken);

  const choose = (/** @type {Cell} */ { step, place }) => {
    model.set("chosen", unitAt(place));
    model.set("at", step);
    save();
    window.follow(step);
    window.follow(step + 1);
    spoken.textContent = describe({ step, place });
  };
  const leave = () => {
    model.set("chosen", null);
    model.set("at", null);
    save();
  };
  /** Describe what can be done with the canvas, and what is chosen. */
  const announce = () => {
    const { place, step } = chosen();
    canvas.setAttribute("role", isEmpty() ? "img" : "slider");
    const unit = place === null ? "no unit chosen" : unitName(unitAt(place), model.get("layer"));
    const text = place === null || step === null ? unit : describe({ place, step });
    const valued = { valuemin: 0, valuemax: units() - 1, valuenow: place ?? 0, valuetext: text };
    for (const [name, value] of Object.entries({ orientation: "vertical", ...valued })) {
      if (isEmpty()) canvas.removeAttribute(`aria-${name}`);
      else canvas.setAttribute(`aria-${name}`, `${value}`);
    }
  };

  const walk = (/** @type {string} */ key) => {
    const { first, span } = window.shown();
    if (!MOVES[key]) return false;
    const [across, down] = MOVES[key];
    const { place, step } = chosen();
    // The first key shows where one is.
    if (place === null) choose({ step: Math.floor(first + span / 2), place: Math.floor(units() / 2) });
    else {
      const from = step ?? Math.floor(first);
      choose({ step: clamp(from + across, 0, steps() - 1), place: clamp(place + down, 0, units() - 1) });
    }
    return true;
  };
  const seek = (/** @type {string} */ key) => {
    const { step } = chosen();
    return key === "Enter" && step !== null && player.follows() && (player.request({ seek: step }), true);
  };
  const zoomByKey = (/** @type {string} */ key) => {
    const { step } = chosen();
    const x = grid && step !== null ? grid.x(step + 0.5) : -1;
    if (key === "+" || key === "=") window.zoom(ZOOM, x);
    else if (key === "-") window.zoom(1 / ZOOM, x);
    else if (key === "0") window.reset();
    else return false;
    return true;
  };
  canvas.addEventListener("keydown", (event) => {
    const { key } = event;
    if (!grid || event.ctrlKey || event.metaKey || event.altKey) return;
    const left = key === "Escape" && model.get("chosen") !== null;
    if (left) leave();
    if (!(left || walk(key) || seek(key) || zoomByKey(key) || player.request({ key }))) return;
    event.preventDefault();
    event.stopPropagation();
  });
  canvas.addEventListener("pointerdown", (event) => {
    const cell = event.button === 0 && cellAt({ x: event.offsetX, y: event.offsetY });
    if (cell) choose(cell);
  });
  canvas.addEventListener("wheel", (event) => grid && window.wheel(event), { passive: false });
  for (const [name, value] of Object.entries(OWN_KEYS)) canvas.setAttribute(name, `${value}`);
  onChange(model, signal, ["values"], read);
  // Of another tune, or of other weights, it is not true any more.
  onChange(model, signal, ["values", "chosen", "at"], () => (spoken.textContent = ""));
  onChange(model, signal, ["values", "chosen", "at", "shape", "layer", "quantity", "order", "bars"], announce);
  signal.addEventListener("abort", () => {
    finish();
    spoken.remove();
  });
  read();
  placePlayhead();
  announce();
});

export default { render };
