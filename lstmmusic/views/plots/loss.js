// The loss while a model learns: of each update (faint), smoothed, and on the validation tunes; beside a baseline, or
// several runs, each with one line.

import { keepDrawn, line, shorten, SMALL_FONT_SIZE, tooltip, widthOf, write, writeEmpty } from "../canvas.js";
import { onChange, withSignal } from "../model.js";
import { countOf, ticks, tickText } from "../numbers.js";
import {
  before, BEST, CURVES, fitted, lossText, paintDot, paintDots, paintRun, readRuns, slice, strongest, TRAITS,
} from "./curves.js";
import { FLAG_ROOM, flagTexts, gatherFlags, paintFlags } from "./flags.js";
import { paintLegend } from "./legend.js";
import { addMarker } from "./marker.js";
import { addRunLegend, cutLimit, describeRun, paintCuts, paintEdge } from "./overlay.js";
import { addTools } from "./tools.js";
import { makeZoom } from "./zoom.js";

/** @import { Colour, Context, Edges, Point, Size, Style } from "../canvas.js" */
/** @import { Model } from "../model.js" */
/** @import { Curve, CurveName, Curves, Place, Run } from "./curves.js" */
/** @import { Flag, Mark } from "./flags.js" */
/** @import { Entry } from "./legend.js" */
/** @import { Heard } from "./marker.js" */
/** @typedef {{ baseline: number | null, baseline_label: string, overfitting: number | null, marks: Mark[] }} Beside */
/** @typedef {{ logarithmic: boolean, help: string, live: boolean }} Switches */
/** @typedef {{ unit: string, validation_unit: string, empty: string }} Texts */
/** @typedef {{ height: number, fill: boolean } & Texts & Switches} Look */
/** @typedef {{ x: number, y: number, colour: Colour, corners: boolean }} Dot */

const BASELINE = [2, 4]; // dashes
const SILENCE = 1000; // milliseconds without a curve after which the kernel gets a tick

const FEWEST_TICKS = 4;
const OUTLYING = 10; // times the loss that one in a hundred exceeds

/**
 * Ticks and their texts for losses: about `count` of them, and at least four.
 * @param {number} low @param {number} high @param {number} count @param {boolean} logarithmic
 */
export function lossTicks(low, high, count, logarithmic) {
  if (logarithmic) {
    const values = [];
    for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power++) {
      for (const step of [1, 2, 5]) values.push(step * 10 ** power);
    }
    const inside = values.filter((value) => value >= low && value <= high);
    if (inside.length >= FEWEST_TICKS) return inside.map((value) => ({ value, text: tickText(value, value) }));
  }
  let found = ticks(low, high, count);
  for (let more = count + 1; found.values.length < FEWEST_TICKS; more++) found = ticks(low, high, more);
  return found.values.map((value) => ({ value, text: tickText(value, found.distance) }));
}

/**
 * The loss above which a few outliers would flatten all else, or Infinity: @param {number[]} losses
 */
export function outlierLimit(losses) {
  if (losses.length < 100) return Infinity;
  const sorted = Float64Array.from(losses).sort();
  const usual = sorted[Math.floor(0.99 * (sorted.length - 1))];
  return usual > 0 && sorted[sorted.length - 1] > OUTLYING * usual ? 2 * usual : Infinity;
}

const render = withSignal((/** @type {Model<Curves & Beside & Look & Heard>} */ model, el, signal) => {
  /** @type {Run[]} */
  let runs = []; // that are drawn
  /** @type {Place | null} */
  let shown = null; // where an update and a loss are, if there are any
  /** @type {Edges} */
  let plot;
  /** @type {Flag[]} */
  let flags = [];
  const isOverlaid = () => model.get("overlaid").length > 0;

  const ofValidation = () => (model.get("validation_unit") ? `, ${model.get("validation_unit")}` : "");

  const label = () => {
    const all = readRuns(model);
    if (isOverlaid()) return `Loss curve: ${countOf(all.length, "run")}, ${all.map(describeRun).join("; ")}`;
    const [{ training, smoothed, validation }] = all;
    const parts = ["Loss curve: 0 updates"];
    if (training.size) {
      const first = lossText(training.y[0]);
      const last = lossText(smoothed.y[smoothed.size - 1]);
      const updates = training.x[training.size - 1];
      parts[0] = `Loss curve: ${countOf(updates, "update")}, training from ${first} to ${last} ${model.get("unit")}`;
      if (validation.size) {
        parts.push(`validation ${lossText(validation.y[validation.size - 1])}${ofValidation()}`);
      }
    }
    const overfitting = model.get("overfitting");
    if (overfitting !== null) parts.push(`overfitting since update ${overfitting}`);
    const changes = model.get("marks").length;
    if (changes) parts.push(countOf(changes, "change"));
    return parts.join(", ");
  };

  /** Entries of the legend, in groups that stay in one row. */
  const legend = (/** @type {Style} */ style) => {
    /** @type {Entry[]} */
    const entries = [];
    if (!isOverlaid()) {
      const [{ validation, look: { colours, dash, dashed, corners } }] = runs;
      entries.push({ text: "training", colour: style[colours.training], dash });
      const text = `validation${ofValidation()}`;
      if (validation.size) entries.push({ text, colour: style[colours.validation], dash: dashed, corners });
    }
    // In a zoomed plot, the baseline is usually not visible.
    if (zoom.isActive()) entries.push({ text: "drag to zoom, double-click: all" });
    else if (model.get("baseline") !== null) entries.push({ text: model.get("baseline_label"), dash: BASELINE });
    return entries.map((entry) => [entry]);
  };

  /**
   * The lowest and the highest loss to draw, and the highest that there is.
   * @param {[number, number]} visible @returns {[number, number, number]}
   */
  const range = (visible) => {
    const curves = runs.flatMap(fitted);
    const inside = (/** @type {number} */ beyond) => curves.flatMap((each) => [...slice(each, visible, beyond).y]);
    const baseline = zoom.isActive() ? null : model.get("baseline"); // a zoomed part fills the picture
    let losses = [...inside(0), ...(baseline === null ? [] : [baseline])];
    if (losses.length === 0) losses = inside(1); // between two points
    if (model.get("logarithmic")) losses = losses.filter((loss) => loss > 0);
    if (losses.length === 0) return [0.1, 1, 1];
    let low = Math.min(...losses);
    const highest = Math.max(...losses);
    const firsts = runs.filter((run) => strongest(run).size).map((run) => strongest(run).y[0]);
    let high = Math.min(highest, isOverlaid() ? cutLimit(firsts, losses) : outlierLimit(losses));
    if (model.get("logarithmic")) {
      const margin = low === high ? 2 : (high / low) ** 0.05;
      return [low / margin, high * margin, highest];
    }
    if (low === high) [low, high] = [low - 1, high + 1];
    const { distance } = ticks(low, high, 6);
    return [Math.floor(low / distance) * distance, Math.ceil(high / distance) * distance, highest];
  };

  /** The first and the last update of all curves: @returns {[number, number]} */
  const extent = () => {
    const curves = runs.flatMap(fitted).filter((each) => each.size);
    const start = Math.min(0, ...curves.map((each) => each.x[0]));
    return [start, Math.max(start + 1, ...curves.map((each) => each.x[each.size - 1]))];
  };

  /** @param {Size} size @param {number} top @returns {Place} */
  const layOut = (size, top) => {
    const room = model.get("marks").length ? FLAG_ROOM : 0;
    plot = { left: 56, right: size.width - 28, top: top + room, bottom: size.height - 22 - marker.room() };
    const { left, right, bottom } = plot;
    const visible = zoom.layOut(plot);
    const [first, last] = visible;
    const [low, high, highest] = range(visible);
    const scale = model.get("logarithmic") ? Math.log : (/** @type {number} */ value) => value;
    const [lowest, span] = [scale(low), scale(high) - scale(low)];
    const most = highest > high ? high : Infinity; // outliers are drawn along the upper edge
    return {
      x: (update) => left + ((update - first) / (last - first)) * (right - left),
      y: (loss) => bottom - ((scale(Math.min(loss, most)) - lowest) / span) * (bottom - plot.top),
      update: (x) => first + ((x - left) / (right - left)) * (last - first),
      shows: (update) => update >= first && update <= last,
      ...{ visible, losses: [low, high], highest },
    };
  };

  /** @param {Context} context @param {Size} size @param {Style} style @param {Place} place */
  const paintAxes = (context, size, style, place) => {
    context.strokeStyle = style.line;
    context.lineWidth = 1;
    const text = { font: style.smallFont, colour: style.faint };
    const [low, high] = place.losses;
    let free = Infinity; // above which there is room for a number
    for (const tick of lossTicks(low, high, (plot.bottom - plot.top) / 36, model.get("logarithmic"))) {
      const y = Math.round(place.y(tick.value)) + 0.5;
      line(context, plot.left, y, plot.right, y);
      if (y > free) continue;
      free = y - SMALL_FONT_SIZE - 2;
      write(context, tick.text, plot.left - 8, y, { ...text, align: "right" });
    }
    const across = ticks(...place.visible, Math.min(10, (plot.right - plot.left) / 80));
    context.strokeStyle = style.faint;
    for (const update of across.values) {
      if (update % 1) continue;
      const x = Math.round(place.x(update)) + 0.5;
      line(context, x, plot.bottom, x, plot.bottom + 4);
      const width = widthOf(context, tickText(update, 1), style.smallFont);
      if (x - width / 2 < plot.left - 4 || x + width / 2 > size.width) continue;
      write(context, tickText(update, 1), x, plot.bottom + 13, { ...text, align: "center" });
    }
    line(context, plot.left, plot.bottom + 0.5, plot.right, plot.bottom + 0.5);
    write(context, "updates", plot.left - 8, plot.bottom + 13, { ...text, align: "right" });
  };

  /** Where the shade of overfitting starts, or null: @param {Place} place */
  const shadeLeft = (place) => {
    const since = model.get("overfitting");
    return since === null || since >= place.visible[1] ? null : Math.max(plot.left, place.x(since));
  };

  /** @param {Context} context @param {Style} style @param {Place} place */
  const paintShade = (context, style, place) => {
    const left = shadeLeft(place);
    if (left === null) return;
    context.fillStyle = style.warn;
    context.globalAlpha = 0.1;
    context.fillRect(left, plot.top, plot.right - left, plot.bottom - plot.top);
    context.globalAlpha = 1;
  };

  /**
   * Write at the upper edge of the plot, legibly even over the curves.
   * @param {Context} context @param {Style} style @param {string} text @param {number} left @param {number} row
   */
  const writeOver = (context, style, text, left, row) => {
    const y = plot.top + 9 + row * (SMALL_FONT_SIZE + 2);
    const x = Math.min(left, plot.right - 4 - widthOf(context, text, style.smallFont));
    context.strokeStyle = style.raised;
    context.lineWidth = 4;
    context.textAlign = "left";
    context.textBaseline = "middle";
    context.strokeText(text, x, y);
    write(context, text, x, y, { font: style.smallFont, colour: style.ink });
  };

  /**
   * Name the shade of overfitting, and say what lies above the plot.
   * @param {Context} context @param {Style} style @param {Place} place
   */
  const nameParts = (context, style, place) => {
    const left = shadeLeft(place);
    if (left !== null) writeOver(context, style, "overfitting", left + 5, 0);
    if (place.highest <= place.losses[1]) return;
    const highest = place.highest.toLocaleString("en", { maximumSignificantDigits: 2 });
    writeOver(context, style, `↑ up to ${highest}`, plot.left + 5, left === null ? 0 : 1);
  };

  /** @param {Context} context @param {Style} style @param {Place} place */
  const paintBaseline = (context, style, place) => {
    const baseline = model.get("baseline");
    if (baseline === null) return;
    const y = Math.round(place.y(baseline)) + 0.5;
    context.strokeStyle = style.faint;
    context.lineWidth = 1;
    context.setLineDash(BASELINE);
    line(context, plot.left, y, plot.right, y);
    context.setLineDash([]);
  };

  /** @param {Context} context @param {Size} size @param {Style} style */
  const paint = (context, size, style) => {
    const all = readRuns(model);
    runs = all.filter((run) => !(isOverlaid() && runLegend.isHidden(run)));
    const below = runLegend.show(isOverlaid() ? all : [], style);
    if (!all.some((run) => run.present)) {
      shown = null;
      zoom.layOut(null);
      tools.show(null);
      marker.show(null);
      writeEmpty(context, size, style, model.get("empty"));
      return;
    }
    zoom.cover(extent());
    tools.show(zoom.isActive()); // first: while they are hidden, they have no width
    const room = size.width - tools.width();
    const beside = paintLegend(context, room, style, model.get("unit"), legend(style));
    const top = isOverlaid() ? below : beside;
    const place = (shown = layOut(size, top));
    flags = gatherFlags(model.get("marks"), place.x, plot.left, plot.right);
    paintShade(context, style, place);
    paintAxes(context, size, style, place);
    paintFlags(context, style, flags, plot);
    context.save();
    if (zoom.isActive()) {
      context.beginPath();
      context.rect(plot.left, plot.top, plot.right - plot.left, plot.bottom - plot.top);
      context.clip();
    }
    paintBaseline(context, style, place);
    const strength = isOverlaid() ? runLegend.strengthOf : () => 1;
    for (const run of runs) paintRun(context, place, style, run, strength(run));
    context.restore();
    for (const run of runs) paintDots(context, place, style, run, strength(run));
    if (isOverlaid() && place.highest > place.losses[1]) {
      paintEdge(context, plot);
      paintCuts(context, place, plot, style, runs);
    } else nameParts(context, style, place);
    const [{ training, best }] = all;
    const ends = { updates: training.size ? training.x[training.size - 1] : 0, best: best && best.x };
    marker.show({ context, style, place, plot, ends });
  };

  /**
   * The losses of a run at an update, as texts and dots; none after its last update if another run is longer.
   * @param {Run} run @param {number} update @param {Place} place @param {number} x
   */
  const readAt = ({ training, smoothed, validation, best, look }, update, place, x) => {
    /** @type {{ texts: string[], notes: string[], dots: Dot[] }} */
    const found = { texts: [], notes: [], dots: [] };
    const read = (/** @type {CurveName} */ name, /** @type {Curve} */ { x: updates, y }, /** @type {number} */ at) => {
      const index = before(updates, at);
      found.texts.push(`${name} ${lossText(y[index])}`);
      found.dots.push({ x: updates[index], y: y[index], colour: look.colours[name], corners: look.corners });
    };
    const last = Math.max(...[smoothed, validation].map((curve) => (curve.size ? curve.x[curve.size - 1] : 0)));
    if (isOverlaid() && update > last) return found;
    if (training.size) {
      const index = before(training.x, update);
      found.texts.push(`training ${lossText(training.y[index])}`);
      read("smoothed", smoothed, training.x[index]);
    } else if (smoothed.size) read("smoothed", smoothed, update);
    if (validation.size && validation.x[0] <= update) read("validation", validation, update);
    if (best && Math.abs(place.x(best.x) - x) <= 2 * BEST) {
      found.notes.push(`best ${lossText(best.y)} at update ${tickText(best.x, 1)}`);
    }
    return found;
  };

  /** @param {Context} context @param {Size} size @param {Style} style @param {Point | null} pointer */
  const overlay = (context, size, style, pointer) => {
    if (!shown) return;
    const place = shown;
    zoom.paint(context, style);
    if (!pointer || pointer.x < plot.left || pointer.x > plot.right) return;
    const update = place.update(pointer.x);
    const updates = isOverlaid() ? null : runs[0].training.x;
    const at = updates?.length ? updates[before(updates, update)] : Math.max(0, Math.round(update));
    const lines = [`update ${tickText(at, 1)}`];
    /** @type {Dot[]} */
    const dots = [];
    for (const run of runs.filter((each) => each.present)) {
      const found = readAt(run, update, place, pointer.x);
      const name = shorten(context, run.name, style.smallFont, 110);
      dots.push(...found.dots);
      if (!isOverlaid()) lines.push(...found.texts, ...found.notes);
      else if (found.texts.length) {
        lines.push(...[found.texts.join(", "), ...found.notes].map((text) => `${name}: ${text}`));
      }
    }
    lines.push(...flagTexts(flags, pointer.x));
    context.strokeStyle = style.faint;
    context.lineWidth = 1;
    line(context, Math.round(pointer.x) + 0.5, plot.top, Math.round(pointer.x) + 0.5, plot.bottom);
    line(context, plot.left, Math.round(pointer.y) + 0.5, plot.right, Math.round(pointer.y) + 0.5);
    for (const { x, y, colour, corners } of dots) {
      if (place.shows(x)) paintDot(context, place, x, y, style[colour], 4, corners);
    }
    const room = size.width - 24;
    tooltip(context, size, style, pointer, lines.map((text) => shorten(context, text, style.smallFont, room)));
  };

  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const listen = () => {
    clearTimeout(timer);
    if (!model.get("live")) return;
    timer = setTimeout(() => {
      model.send({ kind: "tick" });
      listen();
    }, SILENCE);
  };
  onChange(model, signal, ["live", ...CURVES], listen);
  signal.addEventListener("abort", () => clearTimeout(timer));
  listen();

  const marker = addMarker(model, el, signal);
  /** @type {(keyof (Beside & Look & Heard))[]} */
  const others = ["baseline", "baseline_label", "logarithmic", "marks", "overfitting", "empty"];
  const traits = [...TRAITS, ...others, ...(/** @type {const} */ (["unit", "validation_unit", "snapshots", "last"]))];
  const picture = keepDrawn({ model, el, signal, traits, label, extra: marker.room, paint, overlay });
  const zoom = makeZoom(model, picture, signal);
  const runLegend = addRunLegend(el, signal, picture.change);
  const tools = addTools(model, el, signal, zoom);
});

export default { render };
