// The playhead: an element that the browser animates while music plays. Drawing a picture thirty times a second, or
// only requesting it, takes a third of a core from everything else on the machine, training included.

import { element } from "../element.js";

/** @import { Course } from "./follow.js" */
/** @import { Edges } from "../canvas.js" */
/** @typedef {{ plot: Edges, steps: number, floor: number, x: (step: number) => number }} Grid */

const MOST_DRIFT = 15; // milliseconds from where the player says it is, beyond which it is corrected

/**
 * The path of a playhead: from a step to a step, once or in rounds.
 * @param {Pick<Course, "step" | "loop">} course @param {number} steps
 */
export function pathOf({ step, loop }, steps) {
  const [start, stop] = loop;
  if (stop === undefined || step >= stop) return { from: 0, to: steps, rounds: 1 };
  return step < start ? { from: 0, to: stop, rounds: 1 } : { from: start, to: stop, rounds: Infinity };
}

/**
 * Make a playhead; returns a function that puts it on a grid and lets it move.
 * @param {HTMLElement} el @param {AbortSignal} signal
 */
export function makePlayhead(el, signal) {
  const line = element("div", { class: "lstmmusic-playhead" });
  const plot = element("div", { class: "lstmmusic-plot" }, line); // hides the playhead outside the plot
  el.append(plot);
  /** @type {Animation | null} */
  let motion = null;
  let shown = ""; // the path and timing of the motion
  let frame = ""; // where the plot is

  const halt = () => {
    motion?.cancel();
    [motion, shown] = [null, ""];
  };
  signal.addEventListener("abort", () => {
    halt();
    plot.remove();
  });
  return (/** @type {Grid | null} */ grid, /** @type {Course} */ course) => {
    const { step, rate, time, tempo } = course;
    plot.hidden = !(grid && step >= 0 && step <= grid.steps);
    if (!grid || plot.hidden) {
      halt();
      return;
    }
    const { left, right, top } = grid.plot;
    const wanted = `left: ${left}px; top: ${top}px; width: ${right - left}px; height: ${grid.floor - top}px`;
    if (frame !== wanted) plot.style.cssText = frame = wanted; // an exported page refuses styles in attributes
    const at = (/** @type {number} */ where) => `translateX(${grid.x(where) - left - 1}px)`;
    if (!rate) {
      halt();
      line.style.transform = at(step);
      return;
    }
    const { from, to, rounds } = pathOf(course, grid.steps);
    const begin = tempo.toSeconds(from);
    const length = tempo.toSeconds(to) - begin;
    const path = [from, ...tempo.changes(from, to), to].map((where) => {
      return { transform: at(where), offset: (tempo.toSeconds(where) - begin) / length };
    });
    /** @type {KeyframeAnimationOptions & { duration: number }} */
    const timing = { duration: (1000 * length) / rate, iterations: rounds, fill: "forwards" };
    const passed = (1000 * (tempo.toSeconds(step) - begin)) / rate + performance.now() - time;
    if (!motion || shown !== JSON.stringify([path, timing])) {
      halt();
      shown = JSON.stringify([path, timing]);
      motion = line.animate(path, timing);
    }
    const drift = Number(motion.currentTime ?? 0) - passed;
    const round = timing.duration * Math.round(drift / timing.duration); // it may be whole rounds ahead
    if (Math.abs(rounds > 1 ? drift - round : drift) > MOST_DRIFT) motion.currentTime = passed;
  };
}
