// The marker below a plot: which weights of the run are heard. Pointer and keyboard move it from snapshot to snapshot.

import { write } from "../canvas.js";
import { element, NO_SHORTCUTS } from "../element.js";
import { onChange, save } from "../model.js";
import { clamp, tickText } from "../numbers.js";

/** @import { Context, Edges, Style } from "../canvas.js" */
/** @import { Model } from "../model.js" */
/** @import { Place } from "./curves.js" */
/** @typedef {{ snapshots: number[], heard: number | null, last: "newest" | "best" }} Heard */
/** @typedef {{ update: number, heard: number | null, text: string, spoken: string }} Stop  `heard`: of the trait */
/** @typedef {{ updates: number, best: number | null }} Ends  updates of the run, and where its best weights are */

export const MARKER_ROOM = 18; // pixels below the numbers of the updates
const BEYOND = 8; // pixels by which the lane is wider than the plot at each end

/**
 * Where the marker can be, from left to right: at each snapshot, and at the last weights.
 * @param {Heard} trait @param {Ends} ends @returns {Stop[]}
 */
export function listStops({ snapshots, last }, { updates, best }) {
  const of = ` of ${tickText(updates, 1)}`;
  const stops = snapshots.map((update) => {
    const text = `update ${tickText(update, 1)}`;
    return { update, heard: /** @type {number | null} */ (update), text, spoken: text + of };
  });
  const end = last === "best" && best !== null ? best : updates;
  const at = `update ${tickText(end, 1)}`;
  const [text, spoken] = last === "best" ? [`best: ${at}`, `best, ${at}${of}`] : [last, `${last}, ${at}`];
  return [...stops, { update: end, heard: null, text, spoken }].sort((one, other) => one.update - other.update);
}

/** The stop nearest to x, the last of those that are as near: @param {Stop[]} stops @param {(s: Stop) => number} far */
export function nearestStop(stops, far) {
  return stops.reduce((best, stop) => (far(stop) <= far(best) ? stop : best));
}

/**
 * Put the marker into `el`.
 * @template {Heard} S
 * @param {Model<S>} model @param {HTMLElement} el @param {AbortSignal} signal
 */
export function addMarker(model, el, signal) {
  const handle = element("div", { role: "slider", tabindex: 0, "aria-label": "Heard update", ...NO_SHORTCUTS });
  const label = element("span", { "aria-hidden": "true" });
  const title = "Which weights are heard: drag it, or use the arrow keys, to hear how the network has learned";
  const lane = element("div", { class: "lstmmusic-heard", title, hidden: "" }, handle, label);
  const pole = element("div", { class: "lstmmusic-heard-pole", hidden: "" });
  el.append(pole, lane);
  /** @type {{ place: Place, plot: Edges, stops: Stop[], updates: number } | null} */
  let shown = null;

  const current = (/** @type {Stop[]} */ stops) => {
    return stops.find(({ heard }) => heard === model.get("heard")) ?? stops[stops.length - 1];
  };
  const put = () => {
    lane.hidden = pole.hidden = !shown;
    if (!shown) return;
    const { place, plot, stops, updates } = shown;
    const { update, text, spoken } = current(stops);
    const width = plot.right - plot.left + 2 * BEYOND;
    const x = BEYOND + clamp(place.x(update) - plot.left, 0, plot.right - plot.left);
    Object.assign(lane.style, { left: `${plot.left - BEYOND}px`, top: `${plot.bottom + 22}px`, width: `${width}px` });
    const [left, height] = [`${plot.left - BEYOND + x}px`, `${plot.bottom + 22 - plot.top}px`];
    Object.assign(pole.style, { left, top: `${plot.top}px`, height });
    pole.hidden = !place.shows(update);
    handle.style.left = `${x}px`;
    for (const [name, value] of Object.entries({ min: 0, max: updates, now: update, text: spoken })) {
      handle.setAttribute(`aria-value${name}`, `${value}`);
    }
    label.textContent = text;
    const beside = x + 12 + label.offsetWidth <= width ? x + 10 : x - 10 - label.offsetWidth;
    label.style.left = `${beside}px`;
  };
  const choose = (/** @type {Stop | undefined} */ stop) => {
    if (stop && stop.heard !== model.get("heard")) save(model, /** @type {Partial<S>} */ ({ heard: stop.heard }));
  };
  const point = (/** @type {PointerEvent} */ event) => {
    if (!shown) return;
    const { place, plot, stops } = shown;
    const x = event.clientX - lane.getBoundingClientRect().left - BEYOND + plot.left;
    choose(nearestStop(stops, ({ update }) => Math.abs(place.x(update) - x)));
  };

  lane.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    event.preventDefault(); // no text is selected
    lane.setPointerCapture(event.pointerId);
    handle.focus();
    point(event);
  });
  lane.addEventListener("pointermove", (event) => {
    if (lane.hasPointerCapture(event.pointerId)) point(event);
  });
  handle.addEventListener("keydown", (event) => {
    if (!shown || event.ctrlKey || event.metaKey || event.altKey) return;
    const { stops } = shown;
    const [at, end] = [stops.indexOf(current(stops)), stops.length - 1];
    /** @type {{ [key: string]: number }} */
    const to = { ArrowLeft: at - 1, ArrowDown: at - 1, ArrowRight: at + 1, ArrowUp: at + 1, Home: 0, End: end };
    if (!(event.key in to)) return;
    event.preventDefault();
    event.stopPropagation();
    choose(stops[to[event.key]]);
  });
  onChange(model, signal, ["heard"], put);
  signal.addEventListener("abort", () => {
    lane.remove();
    pole.remove();
  });

  return {
    /** Pixels that it takes below the plot. */
    room: () => (model.get("snapshots").length ? MARKER_ROOM : 0),
    /**
     * Paint the snapshots, and put the marker below a plot; null where there is none.
     * @param {{ context: Context, style: Style, place: Place, plot: Edges, ends: Ends } | null} picture
     */
    show: (picture) => {
      shown = null;
      if (picture && model.get("snapshots").length) {
        const { context, style, place, plot, ends } = picture;
        const trait = { snapshots: model.get("snapshots"), heard: model.get("heard"), last: model.get("last") };
        const stops = listStops(trait, ends);
        shown = { place, plot, stops, updates: ends.updates };
        const y = plot.bottom + 22 + MARKER_ROOM / 2;
        const font = { font: style.smallFont, colour: style.faint };
        write(context, "heard", plot.left - 8 - BEYOND, y, { ...font, align: "right" });
        context.fillStyle = style.faint;
        for (const { update } of stops.filter((stop) => place.shows(stop.update))) {
          context.fillRect(Math.round(place.x(update)) - 1, y - 3, 2, 6);
        }
      }
      put();
    },
  };
}
