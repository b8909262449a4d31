// A grid of steps against pitches: a tune as ink on paper, or the probability of each note as colours.

import { keepDrawn, tooltip, write } from "../canvas.js";
import { readRoll } from "./cells.js";
import { followPlayer } from "./follow.js";
import { attachGestures, selectedSteps } from "./gestures.js";
import { miniature } from "./heat.js";
import { describeCell, PLAIN } from "./inspector.js";
import { isHot, layGrid } from "./layout.js";
import { paintAxes, paintFrame, paintHead, paintMap } from "./margins.js";
import { makePlayhead } from "./playhead.js";
import { inPlot, paintLoop, paintPlot, paintSelection } from "./plot.js";

const DATA = ["shape", "cells", "notes", "onsets", "probabilities", "uniforms", "changed"];
const MANNER = [
  ...["palette", "lowest", "step", "unit", "primer", "meaning", "primer_meaning", "threshold", "temperature"],
  ...["count", "polyphony", "title", "note", "empty", "legend", "compact", "selectable", "first", "span"],
];
const HINT = "click: go there, drag: loop";

function render({ model, el }) {
  let roll; // what there is, null if there is nothing, undefined until it is read
  let small = {}; // the map's picture of it, and what that was made for
  let grid = null; // what is shown and where, or null
  let player = null; // that the roll follows
  let hands = null;

  const label = () => {
    const steps = model.get("shape")[0];
    const which = model.get("meaning") === PLAIN ? "" : ` ${model.get("meaning")}`;
    const polyphony = model.get("polyphony").toFixed(1);
    if (isHot(model)) return `Note probabilities${which}: ${steps} steps, mean polyphony ${polyphony}`;
    return `Piano roll: ${model.get("count")} notes in ${steps} steps`;
  };
  const selectionText = () => {
    const [start, stop] = selectedSteps(model);
    return start === stop ? "primer: no steps" : `primer: steps ${start} to ${stop}`;
  };
  const loopText = ([start, stop]) => `loop: steps ${start} to ${stop}`;
  const cellLines = (step, pitch, short) => describeCell(model, grid, step, pitch, short);

  const mapImage = ({ size, style }) => {
    const pixels = (grid.map.right - grid.map.left) * size.ratio;
    const key = [pixels, style.faint, model.get("palette")].join();
    const layer = isHot(model) && grid.notes.cells.length ? grid.notes : grid.cells;
    if (small.key !== key) small = { key, image: miniature(layer, grid, pixels / grid.steps, style.faint) };
    return small.image;
  };

  const paint = (context, size, style) => {
    if (roll === undefined) [roll, small] = [readRoll(model), {}];
    grid = roll && layGrid(model, size, roll);
    placePlayhead();
    const scene = { context, size, style, model, grid };
    paintHead(scene);
    if (!grid) {
      const text = { font: style.font, colour: style.faint, align: "center" };
      write(context, model.get("empty"), size.width / 2, size.height / 2, text);
      return;
    }
    paintPlot(scene);
    if (model.get("compact")) paintFrame(context, grid, style.line);
    else paintAxes(scene);
    if (grid.map) paintMap(scene, mapImage(scene));
  };

  const playhead = makePlayhead(el);
  const placePlayhead = () => player && playhead.place(grid, player.course());

  /** The cell that is inspected, by keys or else by the pointer, and where its text goes. */
  const inspected = (pointer) => {
    const { plot, row } = grid;
    if (hands.cell()) {
      const [step, pitch] = [Math.min(hands.cell()[0], grid.steps - 1), hands.cell()[1]];
      return { step, pitch, x: grid.x(step + 1), y: grid.y(pitch) + row / 2 };
    }
    if (!pointer || pointer.x < plot.left || pointer.x >= plot.right) return null;
    if (pointer.y < plot.top || pointer.y >= plot.bottom) return null;
    const step = Math.floor(grid.first + (pointer.x - plot.left) / grid.column);
    const pitch = grid.high - Math.floor((pointer.y - plot.top) / row);
    return { step: Math.min(step, grid.steps - 1), pitch: Math.max(pitch, grid.low), ...pointer };
  };

  const overlay = (context, size, style, pointer) => {
    if (!grid) return;
    const { column, row } = grid;
    const scene = { context, size, style, model, grid };
    const drag = hands.drag();
    const selectable = model.get("selectable");
    if (selectable) paintSelection(scene);
    paintLoop(scene, (!selectable && drag?.now) || player.loop());
    if (drag?.now && pointer) {
      tooltip(context, size, style, pointer, [selectable ? selectionText() : loopText(drag.now)]);
    }
    const cell = drag ? null : inspected(pointer);
    if (!cell) return;
    context.strokeStyle = style.warn;
    context.lineWidth = 1;
    inPlot(context, grid, () => context.strokeRect(grid.x(cell.step), grid.y(cell.pitch), column, row));
    const lines = cellLines(cell.step, cell.pitch, false);
    if (player.follows() && !selectable && !player.loop().length) lines.push(HINT);
    const fits = lines.length * 16 + 8 <= size.height;
    tooltip(context, size, style, cell, fits ? lines : cellLines(cell.step, cell.pitch, true));
  };

  const spoken = document.createElement("div"); // what keys find, for who cannot see the canvas
  spoken.className = "lstmmusic-spoken";
  spoken.setAttribute("role", "status");

  /** Say what can be done with the canvas, and what is selected. */
  const announce = (canvas) => {
    const selectable = model.get("selectable");
    canvas.setAttribute("role", selectable ? "slider" : "img");
    canvas.setAttribute("aria-description", model.get("note"));
    const [start] = selectedSteps(model);
    const values = { valuemin: 0, valuemax: model.get("shape")[0], valuenow: start, valuetext: selectionText() };
    for (const [name, value] of Object.entries(values)) {
      if (selectable) canvas.setAttribute(`aria-${name}`, value);
      else canvas.removeAttribute(`aria-${name}`);
    }
  };

  const attach = ({ canvas, move }) => {
    const forget = () => {
      roll = undefined;
    };
    const say = () => announce(canvas);
    const speak = (cell) => {
      spoken.textContent = cell ? cellLines(...cell, false).join(", ") : "";
    };
    player = followPlayer(model, move, placePlayhead);
    hands = attachGestures({ model, canvas, grid: () => grid, player, move, speak });
    el.append(spoken);
    placePlayhead();
    const listeners = [
      ["change:playhead", () => player.follows() || placePlayhead()],
      ...DATA.map((name) => [`change:${name}`, forget]),
      ...["selectable", "selection", "shape", "note"].map((name) => [`change:${name}`, say]),
    ];
    for (const [name, listener] of listeners) model.on(name, listener);
    say();
    return () => {
      for (const [name, listener] of listeners) model.off(name, listener);
      player.detach();
      hands.detach();
      playhead.remove();
      spoken.remove();
    };
  };

  const traits = [...DATA, ...MANNER];
  return keepDrawn({ model, el, traits, moving: ["selection"], label, paint, overlay, attach });
}

export default { render };
