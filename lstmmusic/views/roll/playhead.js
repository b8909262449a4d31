// The playhead: an element that the page moves by itself while music plays. To draw a picture thirty times a second, or
// only to request it, takes a third of a core from everything else that the machine does, such as training.

import { element } from "../element.js";

/** @import { Course } from "./follow.js" */
/** @import { Grid } from "./layout.js" */

const ASTRAY = 15; // milliseconds from where the player says it is, beyond which it is corrected

/**
 * The whole way that a playhead goes, once or in rounds: from a step, to a step.
 * @param {Course} course @param {number} steps
 */
export function wayOf({ step, loop }, steps) {
  const [start, stop] = loop;
  if (stop === undefined || step >= stop) return { from: 0, to: steps, rounds: 1 };
  return step < start ? { from: 0, to: stop, rounds: 1 } : { from: start, to: stop, rounds: Infinity };
}

/**
 * Make a playhead; returns what puts it on a grid, where it is and as fast as it goes.
 * @param {HTMLElement} el @param {AbortSignal} signal
 */
export function makePlayhead(el, signal) {
  const line = element("div", { class: "lstmmusic-playhead" });
  const plot = element("div", { class: "lstmmusic-plot" }, line); // beyond which it is not seen
  el.append(plot);
  /** @type {Animation | null} */
  let motion = null;
  let shown = ""; // where the motion goes

  const halt = () => {
    motion?.cancel();
    [motion, shown] = [null, ""];
  };
  signal.addEventListener("abort", () => {
    halt();
    plot.remove();
  });
  return (/** @type {Grid | null} */ grid, /** @type {Course} */ course) => {
    const { step, pace, time } = course;
    line.hidden = !(grid && step >= 0 && step <= grid.steps);
    if (!grid || line.hidden) {
      halt();
      return;
    }
    const { left, right, top, bottom } = grid.plot;
    const frame = `left: ${left}px; top: ${top}px; width: ${right - left}px; height: ${bottom - top}px`;
    if (plot.getAttribute("style") !== frame) plot.setAttribute("style", frame);
    const at = (/** @type {number} */ there) => `translateX(${grid.x(there) - left - 1}px)`;
    if (!pace) {
      halt();
      line.style.transform = at(step);
      return;
    }
    const { from, to, rounds } = wayOf(course, grid.steps);
    const way = [at(from), at(to)];
    /** @type {KeyframeAnimationOptions & { duration: number }} */
    const timing = { duration: (1000 * (to - from)) / pace, iterations: rounds, fill: "forwards" };
    const passed = (1000 * (step - from)) / pace + performance.now() - time;
    if (!motion || shown !== JSON.stringify([way, timing])) {
      halt();
      shown = JSON.stringify([way, timing]);
      motion = line.animate(way.map((transform) => ({ transform })), timing);
    }
    const astray = Number(motion.currentTime ?? 0) - passed;
    const round = timing.duration * Math.round(astray / timing.duration); // it may have gone round more often
    if (Math.abs(rounds > 1 ? astray - round : astray) > ASTRAY) motion.currentTime = passed;
  };
}
