// Several runs on one plot: a legend of buttons that hide their curves or point them out, and marks where they are cut.

import { line, SMALL_FONT_SIZE, widthOf, write } from "../canvas.js";
import { element, makeButton, NO_SHORTCUTS } from "../element.js";
import { fillName } from "../names.js";
import { lossText, slice, strongest } from "./curves.js";
import { makeSwatch } from "./look.js";

/** @import { Context, Edges, Style } from "../canvas.js" */
/** @import { Place, Run } from "./curves.js" */

const OUTLYING = 10; // times the first loss of most runs
const ARROW = 5; // pixels
const TOP = 24; // pixels above the legend

/**
 * The loss above which curves are cut, or Infinity: a run that diverges would flatten all others.
 * @param {number[]} firsts @param {number[]} losses  the first loss of each run, and all that would be drawn
 */
export function cutLimit(firsts, losses) {
  const usual = firsts.toSorted((one, other) => one - other)[Math.floor((firsts.length - 1) / 2)];
  return usual > 0 && Math.max(...losses) > OUTLYING * usual ? 2 * usual : Infinity;
}

/** How many points of a run lie above a loss, and where the first of them is: @param {Run} run @param {Place} place */
export function findCut(run, place) {
  const { x, y } = slice(strongest(run), place.visible);
  const above = [...x].filter((_, index) => y[index] > place.losses[1]);
  return { count: above.length, first: above[0] };
}

/**
 * Arrows at the upper edge of a plot, where curves are cut, with the number of points above.
 * @param {Context} context @param {Place} place @param {Edges} plot @param {Style} style @param {Run[]} runs
 */
export function paintCuts(context, place, plot, style, runs) {
  let free = plot.left; // from where there is room
  for (const run of runs) {
    const { count, first } = findCut(run, place);
    if (count === 0) continue;
    const text = `${count} above`;
    const width = 2 * ARROW + 6 + widthOf(context, text, style.smallFont);
    const x = Math.min(Math.max(place.x(first), free), plot.right - width);
    free = x + width + 8;
    context.fillStyle = style[run.look.colours.validation];
    context.beginPath();
    context.moveTo(x, plot.top + 2 * ARROW);
    context.lineTo(x + ARROW, plot.top);
    context.lineTo(x + 2 * ARROW, plot.top + 2 * ARROW);
    context.fill();
    const y = plot.top + SMALL_FONT_SIZE / 2 + 1;
    write(context, text, x + 2 * ARROW + 4, y, { font: style.smallFont, colour: style.ink });
  }
}

/** A line across the plot at the loss above which it is cut: @param {Context} context @param {Edges} plot */
export function paintEdge(context, plot) {
  context.setLineDash([3, 3]);
  line(context, plot.left, plot.top + 0.5, plot.right, plot.top + 0.5);
  context.setLineDash([]);
}

/** The best validation loss of a run in words, or why there is none: @param {Run} run */
function bestOf({ best, present }) {
  if (!present) return "no updates";
  return best ? `best ${lossText(best.y)}` : "training, no validation";
}

/** A run of several, to readers who cannot see it: @param {Run} run */
export function describeRun(run) {
  return `${run.name}: ${bestOf(run)}`;
}

/**
 * Put the legend into `el`: a button for each run, pressed while its curve is drawn. The curve of the one that has the
 * focus or the pointer is pointed out.
 * @param {HTMLElement} el @param {AbortSignal} signal @param {() => void} change
 */
export function addRunLegend(el, signal, change) {
  const labels = { role: "group", "aria-label": "Curves" };
  const box = element("div", { class: "lstmmusic-loss-runs", hidden: "", ...labels, ...NO_SHORTCUTS });
  el.append(box);
  /** @type {Set<number>} */
  const hidden = new Set();
  /** @type {number | null} */
  let pointed = null;
  let shown = "";
  const point = (/** @type {number | null} */ number) => {
    if (pointed === number) return;
    pointed = number;
    change();
  };
  const makeEntry = (/** @type {Run} */ run, /** @type {Style} */ style) => {
    const { number } = run;
    const words = describeRun(run);
    const title = `${words}. Press to hide or show its curve`;
    const state = { "aria-pressed": `${!hidden.has(number)}`, "data-run": `${number}` };
    const entry = makeButton("", { title, "aria-label": words, ...state });
    const name = element("span");
    fillName(name, `${run.name}:`);
    entry.append(makeSwatch(run.look, style), name, element("em", {}, `\xa0${bestOf(run)}`));
    entry.addEventListener("click", () => {
      if (!hidden.delete(number)) hidden.add(number);
      change();
    });
    entry.addEventListener("focus", () => point(number));
    entry.addEventListener("pointerenter", () => point(number));
    for (const event of ["blur", "pointerleave"]) entry.addEventListener(event, () => point(null));
    return entry;
  };
  signal.addEventListener("abort", () => box.remove());
  return {
    isHidden: (/** @type {Run} */ run) => hidden.has(run.number),
    /** How strongly a run is drawn, 0 to 1: @param {Run} run */
    strengthOf: ({ number }) => (pointed === null || pointed === number ? 1 : 0.2),
    /** Show these runs, or no legend if there are none; returns where the plot begins: @param {Run[]} runs */
    show: (runs, /** @type {Style} */ style) => {
      box.hidden = runs.length === 0;
      const state = JSON.stringify([runs.map((run) => [describeRun(run), run.number]), [...hidden], style.paper]);
      if (state !== shown) {
        shown = state;
        const focused = box.contains(document.activeElement) ? document.activeElement : null;
        const again = focused instanceof HTMLElement ? focused.dataset.run : undefined;
        box.replaceChildren(...runs.map((run) => makeEntry(run, style)));
        const entry = again === undefined ? null : box.querySelector(`[data-run="${again}"]`);
        if (entry instanceof HTMLElement) entry.focus({ preventScroll: true });
      }
      return TOP + box.offsetHeight + 6;
    },
  };
}
