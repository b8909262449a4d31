// What hands do with a roll, by pointer and by keys: select steps, walk over its cells, move the window onto it, and say
// to the player that it follows where to play.

import { clamp } from "./cells.js";
import { makeTeller, makeWindow } from "./window.js";

const EDGE = 7; // pixels around an edge of the selection in which it can be taken hold of
const STILL = 3; // pixels that a pointer may move in a click
const ZOOM = 1.5; // of a key or a button
const OCTAVE = 12;
const CURSORS = {
  ...{ start: "ew-resize", stop: "ew-resize", middle: "grab", empty: "crosshair" },
  ...{ map: "pointer", in: "pointer", out: "pointer" },
};

/** The selected steps, in the roll. */
export function selectedSteps(model) {
  const [steps] = model.get("shape");
  const [start, stop] = model.get("selection");
  return [clamp(start, 0, steps), clamp(stop, clamp(start, 0, steps), steps)];
}

/**
 * Listen to the hands on a canvas. `grid()` says what is shown and where, or is null; `player` is the one that the roll
 * follows; `move` draws the overlay anew; `speak` tells of a cell. Steps that are dragged are the selection where there
 * can be one, or else the player's loop, which it is told at the end. The result says what is held: `cell()`, which is inspected by keys, and `drag()`.
 */
export function attachGestures({ model, canvas, grid, player, move, speak }) {
  const { tell, finish } = makeTeller(model);
  const { shown, stepAt, show, zoom, follow, wheel, turn } = makeWindow(model, () => grid().plot, tell);
  let drag = null; // what the pointer holds, and where it took it
  let cell = null; // [step, pitch column]
  let pointer = null;

  const selectable = () => model.get("selectable");
  /** The steps that can be dragged; nothing where there is no loop. */
  const range = () => (selectable() ? selectedSteps(model) : player.loop());
  const select = (start, stop) => {
    model.set("selection", [start, stop]);
    tell();
  };
  const mapStep = (x) => ((x - grid().map.left) / (grid().map.right - grid().map.left)) * shown().steps;

  /** What lies under a point. */
  const target = ({ x, y }) => {
    const { plot, map, buttons } = grid();
    if (map && y >= map.top - 3) {
      const button = buttons.find(({ left, right }) => x >= left && x < right);
      return button ? button.name : x >= map.left && x <= map.right ? "map" : "";
    }
    if (y < plot.top || y > plot.bottom || x < plot.left - EDGE || x > plot.right + EDGE) return "";
    if (!selectable() && !player.follows()) return "";
    const [start, stop] = range();
    const [left, right] = [grid().x(start), grid().x(stop)];
    if (stop > start) {
      // The edges of a narrow selection reach outwards only, so that its middle can be taken hold of too.
      const inner = Math.min(EDGE, (right - left) / 4);
      if (x >= right - inner && x <= right + EDGE) return "stop";
      if (x >= left - EDGE && x <= left + inner) return "start";
      if (x > left && x < right) return "middle";
    }
    return "empty";
  };
  const point = () => {
    const holds = drag?.kind === "middle" || drag?.kind === "map";
    const under = drag?.kind ?? (grid() && pointer ? target(pointer) : "");
    canvas.style.cursor = holds ? "grabbing" : CURSORS[under] ?? "default";
  };

  const pull = () => {
    if (drag.kind === "map") {
      show(mapStep(pointer.x) - drag.offset);
      return;
    }
    drag.moved ||= Math.abs(pointer.x - drag.from) > STILL;
    if (!drag.moved) return;
    const { steps } = shown();
    const step = clamp(stepAt(pointer.x), 0, steps);
    const [start, stop] = drag.range;
    if (drag.kind === "start") drag.now = [Math.min(Math.round(step), stop - 1), stop];
    if (drag.kind === "stop") drag.now = [start, Math.max(Math.round(step), start + 1)];
    if (drag.kind === "middle") {
      const begin = clamp(start + Math.round(step - drag.step), 0, steps - (stop - start));
      drag.now = [begin, begin + stop - start];
    }
    if (drag.kind === "empty") {
      const begin = clamp(Math.floor(Math.min(step, drag.step)), 0, steps - 1);
      drag.now = [begin, clamp(Math.ceil(Math.max(step, drag.step)), begin + 1, steps)];
    }
    if (selectable()) select(...drag.now);
    follow(step);
    move();
  };
  const press = (event) => {
    pointer = { x: event.offsetX, y: event.offsetY };
    if (!grid() || event.button !== 0) return;
    const kind = target(pointer);
    if (kind === "in" || kind === "out") zoom(kind === "in" ? ZOOM : 1 / ZOOM, -1);
    else if (kind) {
      drag = { kind, from: pointer.x, step: stepAt(pointer.x), range: range().map(Math.round), moved: false };
      canvas.setPointerCapture(event.pointerId);
      if (kind === "map") {
        const { first, span } = shown();
        const at = mapStep(pointer.x);
        drag.offset = at >= first && at <= first + span ? at - first : span / 2;
        pull();
      }
    }
    point();
  };
  const pointed = (event) => {
    pointer = { x: event.offsetX, y: event.offsetY };
    cell = null;
    if (drag && grid()) pull();
    point();
  };
  const release = () => {
    if (!drag) return;
    const { kind, now, step } = drag;
    drag = null;
    if (kind !== "map" && !now) player.ask({ seek: clamp(Math.floor(step), 0, shown().steps) });
    if (now && !selectable()) player.ask({ loop: now });
    finish();
    point();
    move();
  };
  /** The page takes the gesture for its own, to scroll: it was no click. */
  const cancel = () => {
    drag = null;
    finish();
    point();
    move();
  };
  const leave = () => {
    pointer = null;
  };
  /** The kernel may still answer to what the hand held before. */
  const hold = () => {
    if (drag?.now && selectable() && String(drag.now) !== String(model.get("selection"))) select(...drag.now);
  };

  const moveSelection = (event) => {
    const { steps } = shown();
    const [start, stop] = selectedSteps(model);
    const length = stop - start;
    const moves = { ArrowLeft: -1, ArrowRight: 1, ArrowDown: -1, ArrowUp: 1, PageDown: -length, PageUp: length };
    const by = { ...moves, Home: -steps, End: steps }[event.key];
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
  const moveLoop = (event) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!by || !event.shiftKey || !player.follows()) return false;
    const { steps } = shown();
    const begin = clamp(Math.floor(cell?.[0] ?? model.get("playhead")), 0, steps - 1);
    const [start, stop] = player.loop().length ? player.loop().map(Math.round) : [begin, begin];
    const end = clamp(stop + by, start + 1, steps);
    player.ask({ loop: [start, end] });
    follow(end);
    return true;
  };
  const moveCell = (event) => {
    if (event.key === "Enter" && cell) return player.follows() && (player.ask({ seek: cell[0] }), true);
    if (event.key === "Escape" && cell) {
      cell = null;
      speak(null);
      move();
      return true;
    }
    const { steps, first, span } = shown();
    const { low, high } = grid();
    const across = { ArrowLeft: -1, ArrowRight: 1, Home: -steps, End: steps }[event.key] ?? 0;
    const up = { ArrowDown: -1, ArrowUp: 1, PageDown: -OCTAVE, PageUp: OCTAVE }[event.key] ?? 0;
    if (!across && !up) return false;
    if (cell) cell = [clamp(cell[0] + across, 0, steps - 1), clamp(cell[1] + up, low, high)];
    else cell = [Math.floor(first + span / 2), Math.round((low + high) / 2)]; // the first key shows where one is
    follow(cell[0]);
    follow(cell[0] + 1);
    speak(cell);
    move();
    return true;
  };
  const zoomByKey = (event) => {
    const x = cell ? grid().x(cell[0] + 0.5) : pointer?.x ?? -1;
    if (event.key === "+" || event.key === "=") zoom(ZOOM, x);
    else if (event.key === "-") zoom(1 / ZOOM, x);
    else if (event.key === "0") show(0, Infinity);
    else return false;
    return true;
  };
  const key = (event) => {
    if (!grid() || event.ctrlKey || event.metaKey || event.altKey) return;
    const moved = selectable() ? moveSelection(event) : moveLoop(event) || moveCell(event);
    if (!(zoomByKey(event) || moved || player.ask({ key: event.key }))) return;
    event.preventDefault();
    event.stopPropagation();
  };
  const blur = () => {
    cell = null;
    move();
  };

  const listeners = {
    ...{ pointerdown: press, pointermove: pointed, pointerup: release, pointercancel: cancel, pointerleave: leave },
    ...{ keydown: key, blur },
    wheel: (event) => grid() && wheel(event),
    dblclick: () => {
      const twice = grid() && pointer && target(pointer); // two presses of a button are two presses
      if (grid() && twice !== "in" && twice !== "out") show(0, Infinity);
    },
  };
  for (const [name, listener] of Object.entries(listeners)) canvas.addEventListener(name, listener, { passive: false });
  model.on("change:playhead", turn);
  model.on("change:selection", hold);
  canvas.tabIndex = 0;
  canvas.style.touchAction = "pan-y";
  canvas.dataset.lmSuppressShortcuts = "true"; // or the notebook takes the keys: "0" twice restarts its kernel
  return {
    cell: () => cell,
    drag: () => drag,
    detach: () => {
      finish();
      model.off("change:playhead", turn);
      model.off("change:selection", hold);
    },
  };
}
