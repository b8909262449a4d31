// A grid of steps against pitches: a tune as ink on paper, or the probability of each note as colours.

import { keepDrawn, tooltip, writeEmpty } from "../canvas.js";
import { element } from "../element.js";
import { onChange, withSignal } from "../model.js";
import { clamp, countOf } from "../numbers.js";
import { readRoll } from "./cells.js";
import { describeCopy, findCopy, paintCopies } from "./copies.js";
import { followPlayer } from "./follow.js";
import { attachGestures } from "./gestures.js";
import { miniature } from "./heat.js";
import { describeCell, nameNote, nameStretch, PLAIN, summariseCell } from "./inspector.js";
import { addLaneButton, describeStrikes, paintLane } from "./lane.js";
import { isDynamic, isHot, laneRoom, measuredRoom, layGrid } from "./layout.js";
import { paintAxes, paintFrame, paintHead, paintMap } from "./margins.js";
import { makePencil } from "./pencil.js";
import { makePlayhead } from "./playhead.js";
import { inPlot, paintChosen, paintLoop, paintMark, paintPlot, paintSelection } from "./plot.js";
import { describeSurprise, markOf, nameMark, paintMarks, paintSurprise } from "./surprise.js";
import { addTools } from "./tools.js";
import { selectedSteps } from "./window.js";

/** @import { Context, Edges, Point, Size, Style } from "../canvas.js" */
/** @import { Model } from "../model.js" */
/** @import { Data, Roll } from "./cells.js" */
/** @import { Cell } from "./keys.js" */
/** @import { Grid, Scene, State } from "./layout.js" */

/** @type {(keyof Data)[]} */
const DATA = ["version", "shape", "cells", "notes", "onsets", "probabilities", "uniforms", "changed", "velocities"];
/** @type {(keyof State)[]} */
const LOOK = [
  "palette", "lowest", "step", "unit", "primer", "meaning", "primer_meaning", "threshold", "temperature", "count",
  "polyphony", "title", "note", "empty", "legend", "compact", "selectable", "first", "span", "pitch_first",
  "pitch_span", "bars", "lane", "underlay", "surprising", "copying", "surprise", "surprise_top", "marks", "copies",
];
// Of each hint, the first that fits is shown.
const HINTS = ["click: jump here, drag: loop", "click: jump, drag: loop"];
const MARK_HINTS = [`${HINTS[0]}, drag along the axis: mark`, `${HINTS[1]}, along the axis: mark`, HINTS[1]];
const EDIT_HINTS = [
  "drag: draw, move, or lengthen at the end; double click or Delete: delete",
  "drag: draw, move, lengthen; Delete: delete", "drag: draw, move",
];

const render = withSignal((/** @type {Model<State>} */ model, el, signal) => {
  /** @type {Roll | null | undefined} */
  let roll; // what there is, null if there is nothing, undefined until it is read
  /** @type {Roll | null} */
  let preview = null; // what it becomes if what is edited now is let go
  /** @type {{ key: string, image: OffscreenCanvas } | null} */
  let small = null; // the map's picture of the roll, and what that depends on
  /** @type {Grid | null} */
  let grid = null; // what is shown and where

  /** The roll without what is edited now. */
  const current = () => {
    if (roll !== undefined) return roll;
    [roll, small, preview] = [readRoll(model), null, null];
    if (roll) gestures.pencil.renew();
    return roll;
  };

  const label = () => {
    const steps = model.get("shape")[0];
    const which = model.get("meaning") === PLAIN ? "" : ` ${model.get("meaning")}`;
    const polyphony = model.get("polyphony").toFixed(1);
    if (isHot(model)) return `Note probabilities${which}: ${countOf(steps, "step")}, mean polyphony ${polyphony}`;
    return `Piano roll: ${countOf(model.get("count"), "note")} in ${countOf(steps, "step")}`;
  };
  const selectionText = () => {
    const [start, stop] = selectedSteps(model);
    return start === stop ? "primer: no steps" : `primer: steps ${start} to ${stop}`;
  };

  const mapImage = (/** @type {Scene} */ scene, /** @type {Edges} */ map) => {
    const { size, style, grid: shown } = scene;
    const whole = /** @type {Roll} */ (roll); // there is a grid
    const pixels = (map.right - map.left) * size.ratio;
    const key = [pixels, style.faint, model.get("palette")].join();
    const layer = isHot(model) && shown.notes.cells.length ? shown.notes : shown.cells;
    if (small?.key !== key) small = { key, image: miniature(layer, whole, pixels / shown.steps, style.faint) };
    return small.image;
  };

  /** @param {Context} context @param {Size} size @param {Style} style */
  const paint = (context, size, style) => {
    current();
    const wanted = preview ?? roll;
    grid = wanted ? layGrid(model, size, wanted) : null;
    placePlayhead();
    paintHead({ context, size, style, model, grid });
    if (!grid) {
      writeEmpty(context, size, style, model.get("empty"));
      return;
    }
    const scene = { context, size, style, model, grid };
    paintPlot(scene);
    paintMarks(scene);
    paintCopies(scene);
    paintSurprise(scene);
    paintLane(scene);
    if (model.get("compact")) paintFrame(context, grid, style.line);
    else paintAxes(scene);
    if (grid.map) paintMap(scene, grid.map, mapImage(scene, grid.map));
  };

  /**
   * The cell that is inspected, by keys or by the pointer, and where its text goes.
   * @param {Grid} shown @param {Point | null} pointer
   */
  const inspected = (shown, pointer) => {
    const { plot, row } = shown;
    const cell = gestures.cell();
    if (cell) {
      const step = Math.min(cell[0], shown.steps - 1);
      return { step, pitch: cell[1], x: shown.x(step + 1), y: shown.y(cell[1]) + row / 2 };
    }
    if (!pointer || pointer.x < plot.left || pointer.x >= plot.right) return null;
    if (pointer.y < plot.top || pointer.y >= plot.bottom) return null;
    const step = Math.floor(shown.first + (pointer.x - plot.left) / shown.column);
    const pitch = clamp(shown.pitchAt(pointer.y), shown.low, shown.high);
    return { step: Math.min(step, shown.steps - 1), pitch, ...pointer };
  };

  const markText = () => {
    const [start, stop] = selectedSteps(model);
    return start < stop ? `marked: ${nameStretch(model, start, stop)}` : "";
  };
  const hints = () => {
    if (tools && gestures.pencil.editing()) return EDIT_HINTS;
    const marked = tools && markText();
    if (marked) return [marked];
    if (!player.follows() || model.get("selectable") || player.loop().length) return [""];
    return tools ? MARK_HINTS : HINTS;
  };

  /**
   * Draw what moves; returns what the line of tools says, if there is one: the first of these that fits.
   * @param {Scene} scene @param {Point | null} pointer
   */
  const paintOver = (scene, pointer) => {
    const { context, size, style, grid: shown } = scene;
    const drag = gestures.drag();
    let said = hints();
    /** Describe what is at a point: in the line of tools if there is one, otherwise in a box beside it. */
    const describe = (/** @type {Point} */ point, /** @type {string[]} */ lines) => {
      if (tools) said = [lines.join(", ")];
      else tooltip(context, size, style, point, lines);
    };
    const [selectable, marked] = [model.get("selectable"), model.get("selection")];
    if (selectable) paintSelection(scene);
    else if (marked) paintMark(scene, selectedSteps(model));
    paintLoop(scene, (!drag?.selects && drag?.now) || player.loop());
    if (drag?.now && pointer) {
      const [start, stop] = drag.now;
      const selected = selectable ? selectionText() : markText();
      describe(pointer, [drag.selects ? selected : `loop: ${nameStretch(model, start, stop)}`]);
    }
    const note = gestures.pencil.editing() ? gestures.pencil.chosen() : undefined;
    if (note) {
      paintChosen(scene, note);
      said = [nameNote(model, note)];
    }
    if (!drag && pointer) {
      const copied = describeCopy(model, findCopy(model, shown, pointer));
      const measured = copied.length ? copied : describeSurprise(model, shown, pointer);
      const struck = describeStrikes(model, shown, pointer);
      if (measured.length) tooltip(context, size, style, pointer, measured); // too long for the line of tools
      else if (struck.length) describe(pointer, struck);
    }
    const cell = drag || gestures.pencil.isHeld() ? null : inspected(shown, pointer);
    if (!cell) return said;
    context.strokeStyle = style.warn;
    context.lineWidth = 1;
    inPlot(context, shown, () => {
      context.strokeRect(shown.x(cell.step), shown.y(cell.pitch), shown.column, shown.row);
    });
    const mark = markOf(model, cell.step, cell.pitch);
    const surprise = mark ? [nameMark(model, shown, mark)] : [];
    if (tools) return [[summariseCell(model, shown, cell.step, cell.pitch), ...surprise].join("; ")];
    const described = describeCell(model, shown, cell.step, cell.pitch, false);
    const lines = [...described, ...surprise, hints()[0]].filter(Boolean);
    const fits = lines.length * 16 + 8 <= size.height;
    tooltip(context, size, style, cell, fits ? lines : describeCell(model, shown, cell.step, cell.pitch, true));
    return said;
  };

  /** @param {Context} context @param {Size} size @param {Style} style @param {Point | null} pointer */
  const overlay = (context, size, style, pointer) => {
    if (!grid) return;
    const said = paintOver({ context, size, style, model, grid }, pointer);
    tools?.write(said);
  };

  const putPlayhead = makePlayhead(el, signal);
  const placePlayhead = () => putPlayhead(grid, player.course());
  const traits = [...DATA, ...LOOK];
  const { canvas, change, move } = keepDrawn({
    ...{ model, el, signal, traits, moving: ["selection", "editing", "editable"], label, paint, overlay },
    extra: () => laneRoom(model),
    needed: () => measuredRoom(model),
    sized: () => model.get("tools"),
  });
  const player = followPlayer(model, signal, move, placePlayhead);
  player.request({}); // the player then sends its state
  const spoken = element("div", { class: "lstmmusic-spoken", role: "status" }); // what keys find, for screen readers
  const speak = (/** @type {Cell | string | null} */ said) => {
    let words = said;
    if (said instanceof Array && grid) {
      const mark = markOf(model, ...said);
      const lines = [...describeCell(model, grid, ...said, false), ...(mark ? [nameMark(model, grid, mark)] : [])];
      words = lines.join(", ");
    }
    spoken.textContent = typeof words === "string" ? words : "";
  };
  const gestures = attachGestures({
    ...{ model, signal, canvas, player, move, shownGrid: () => grid },
    speak,
    makePencil: (stepAt, follow) => makePencil({
      ...{ model, signal, stepAt, follow, speak },
      grid: () => /** @type {Grid} */ (grid),
      current: () => /** @type {Roll} */ (current()),
      preview: (shown) => {
        preview = shown;
        change();
      },
      keep: (kept) => {
        [roll, small] = [kept, null];
        change();
      },
    }),
  });
  el.append(spoken);
  const has = (/** @type {string} */ trait) => {
    if (trait === "editing") return model.get("editable");
    if (trait === "surprising" || trait === "copying") return model.get("measured");
    return trait === "lane" ? isDynamic(model) : !isHot(model) && model.get("probabilities").byteLength > 0;
  };
  const zooms = {
    zoomTime: (/** @type {number} */ factor) => grid && gestures.window.zoom(factor, -1),
    zoomPitch: (/** @type {number} */ factor) => grid && gestures.pitches.zoom(factor),
    showAll: () => grid && gestures.window.reset(),
  };
  el.classList.toggle("lstmmusic-tooled", model.get("tools"));
  const tools = model.get("tools") ? addTools({ model, el, signal, has, ...zooms }) : null;
  if (!tools) addLaneButton(model, el, signal);
  placePlayhead();

  /** Describe what can be done with the canvas, and what is selected. */
  const announce = () => {
    const selectable = model.get("selectable");
    canvas.setAttribute("role", selectable ? "slider" : "img");
    const [softest, loudest] = model.get("velocities");
    const range = isDynamic(model) ? `velocities ${softest} to ${loudest}` : "";
    const marked = selectable ? "" : markText();
    canvas.setAttribute("aria-description", [model.get("note"), range, marked].filter(Boolean).join(", "));
    const [start] = selectedSteps(model);
    const values = { valuemin: 0, valuemax: model.get("shape")[0], valuenow: start, valuetext: selectionText() };
    for (const [name, value] of Object.entries(values)) {
      if (selectable) canvas.setAttribute(`aria-${name}`, `${value}`);
      else canvas.removeAttribute(`aria-${name}`);
    }
  };
  const wait = () => {
    el.classList.toggle("lstmmusic-waiting", model.get("waiting"));
    canvas.setAttribute("aria-busy", `${model.get("waiting")}`);
  };
  onChange(model, signal, ["waiting"], wait);
  onChange(model, signal, ["playhead"], () => player.follows() || placePlayhead());
  onChange(model, signal, DATA, () => {
    roll = undefined;
  });
  onChange(model, signal, ["title"], () => speak(null)); // what was found is of another tune
  onChange(model, signal, ["selectable", "selection", "shape", "note", "velocities", "bars"], announce);
  signal.addEventListener("abort", () => spoken.remove());
  announce();
  wait();
});

export default { render };
