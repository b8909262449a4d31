// The loss while a model learns: each update faint, its smoothed course strong, validation, and what to compare with:
// a floor, or another run.

import { keepDrawn, line, shorten, SMALL_FONT_SIZE, ticks, tickText, tooltip, write } from "../canvas.js";
import { before, BEST, CURVES, lossText, paintDots, paintPoints, paintRun, readRuns, RUNS, slice } from "./curves.js";
import { FLAG_ROOM, flagTexts, gatherFlags, paintFlags } from "./flags.js";
import { paintLegend } from "./legend.js";
import { makeZoom } from "./zoom.js";

const SILENCE = 1000; // milliseconds without a curve after which the kernel is asked for one

function lossTicks(low, high, count, logarithmic) {
  if (logarithmic) {
    const values = [];
    for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power++) {
      for (const step of [1, 2, 5]) values.push(step * 10 ** power);
    }
    const inside = values.filter((value) => value >= low && value <= high);
    if (inside.length > 2) return inside.map((value) => ({ value, text: tickText(value, value) }));
  }
  const { distance, values } = ticks(low, high, count);
  return values.map((value) => ({ value, text: tickText(value, distance) }));
}

function render({ model, el }) {
  const zoom = makeZoom(model);
  let runs;
  let place; // where an update and a loss lie on the canvas
  let plot; // edges of the plot
  let flags = [];
  const compared = () => runs[0].present && runs[1].present;

  const label = () => {
    const [{ training, smoothed, validation }, other] = readRuns(model);
    const parts = ["Loss curve: 0 updates"];
    if (training.size) {
      const first = lossText(training.y[0]);
      const last = lossText(smoothed.y[smoothed.size - 1]);
      const updates = training.x[training.size - 1];
      parts[0] = `Loss curve: ${updates} updates, training from ${first} to ${last} ${model.get("unit")}`;
      if (validation.size) parts.push(`validation ${lossText(validation.y[validation.size - 1])}`);
    }
    if (other.present) parts.push(`compared with ${other.name}`);
    if (other.best) parts.push(`its best validation ${lossText(other.best.y)}`);
    const overfitting = model.get("overfitting");
    if (overfitting !== null) parts.push(`overfitting since update ${overfitting}`);
    const changes = model.get("marks").length;
    if (changes) parts.push(`${changes} ${changes === 1 ? "change" : "changes"}`);
    return parts.join(", ");
  };

  /** What the legend tells: groups that stay in one row. */
  const legend = (context, style) => {
    const groups = runs
      .filter((run) => run.present)
      .map(({ name, validation, colours }) => {
        const prefix = compared() ? `${shorten(context, name, style.font, 130)}: ` : "";
        const entries = [{ text: `${prefix}training`, colour: style[colours.training], dash: [] }];
        if (validation.size) entries.push({ text: "validation", colour: style[colours.validation], dash: [] });
        return entries;
      });
    if (zoom.active()) groups.push([{ text: "drag to zoom, double-click: all" }]); // the floor is mostly out of sight
    else if (model.get("floor") !== null) {
      groups.push([{ text: model.get("floor_label"), colour: style.faint, dash: [5, 4] }]);
    }
    return compared() ? groups : groups.flat().map((entry) => [entry]);
  };

  /** The lowest and the highest loss to draw. */
  const range = (visible, logarithmic) => {
    const curves = runs.flatMap(({ training, validation }) => [training, validation]);
    const inside = (beyond) => curves.flatMap((each) => [...slice(each, visible, beyond).y]);
    const floor = zoom.active() ? null : model.get("floor"); // what is looked at closely fills the picture
    let losses = [...inside(0), ...(floor === null ? [] : [floor])];
    if (losses.length === 0) losses = inside(1); // between two points
    const shown = logarithmic ? losses.filter((loss) => loss > 0) : losses;
    if (shown.length === 0) return [0.1, 1];
    let low = Math.min(...shown);
    let high = Math.max(...shown);
    if (logarithmic) {
      const margin = low === high ? 2 : (high / low) ** 0.05;
      return [low / margin, high * margin];
    }
    if (low === high) [low, high] = [low - 1, high + 1];
    const { distance } = ticks(low, high, 6);
    return [Math.floor(low / distance) * distance, Math.ceil(high / distance) * distance];
  };

  /** The first and the last update of all curves. */
  const extent = () => {
    const curves = runs.flatMap(({ training, validation }) => [training, validation]).filter((each) => each.size);
    const start = Math.min(0, ...curves.map((each) => each.x[0]));
    return [start, Math.max(start + 1, ...curves.map((each) => each.x[each.size - 1]))];
  };

  const layOut = (size, top) => {
    const logarithmic = model.get("logarithmic");
    const room = model.get("marks").length ? FLAG_ROOM : 0;
    plot = { left: 56, right: size.width - 28, top: top + room, bottom: size.height - 22 };
    const [first, last] = zoom.lay(plot);
    const [low, high] = range([first, last], logarithmic);
    const scale = logarithmic ? Math.log : (value) => value;
    const [bottom, span] = [scale(low), scale(high) - scale(low)];
    place = {
      x: (update) => plot.left + ((update - first) / (last - first)) * (plot.right - plot.left),
      y: (loss) => plot.bottom - ((scale(loss) - bottom) / span) * (plot.bottom - plot.top),
      update: (x) => first + ((x - plot.left) / (plot.right - plot.left)) * (last - first),
      shows: (update) => update >= first && update <= last,
      visible: [first, last],
      losses: [low, high],
    };
    flags = gatherFlags(model.get("marks"), place.x, plot.left, plot.right);
  };

  const paintAxes = (context, size, style) => {
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
    context.font = style.smallFont; // that of the numbers, which are measured
    const across = ticks(...place.visible, Math.min(10, (plot.right - plot.left) / 80));
    context.strokeStyle = style.faint;
    for (const update of across.values) {
      if (update % 1) continue;
      const x = Math.round(place.x(update)) + 0.5;
      line(context, x, plot.bottom, x, plot.bottom + 4);
      const width = context.measureText(tickText(update, 1)).width;
      if (x - width / 2 < plot.left - 4 || x + width / 2 > size.width) continue;
      write(context, tickText(update, 1), x, plot.bottom + 13, { ...text, align: "center" });
    }
    line(context, plot.left, plot.bottom + 0.5, plot.right, plot.bottom + 0.5);
    write(context, "updates", plot.left - 8, plot.bottom + 13, { ...text, align: "right" });
  };

  /** Where the shade of overfitting begins, or null. */
  const shadeLeft = () => {
    const since = model.get("overfitting");
    return since === null || since >= place.visible[1] ? null : Math.max(plot.left, place.x(since));
  };

  const paintShade = (context, style) => {
    const left = shadeLeft();
    if (left === null) return;
    context.fillStyle = style.warn;
    context.globalAlpha = 0.1;
    context.fillRect(left, plot.top, plot.right - left, plot.bottom - plot.top);
    context.globalAlpha = 1;
  };

  /** What the shade means, legible above the curves too. */
  const nameShade = (context, style) => {
    const left = shadeLeft();
    if (left === null) return;
    context.font = style.smallFont;
    const room = plot.right - 4 - context.measureText("overfitting").width;
    const x = Math.min(left + 5, room);
    context.strokeStyle = style.raised;
    context.lineWidth = 4;
    context.textAlign = "left";
    context.textBaseline = "middle";
    context.strokeText("overfitting", x, plot.top + 9);
    write(context, "overfitting", x, plot.top + 9, { font: style.smallFont, colour: style.ink });
  };

  const paintFloor = (context, style) => {
    const floor = model.get("floor");
    if (floor === null) return;
    const y = Math.round(place.y(floor)) + 0.5;
    context.strokeStyle = style.faint;
    context.lineWidth = 1;
    context.setLineDash([5, 4]);
    line(context, plot.left, y, plot.right, y);
    context.setLineDash([]);
  };

  const paint = (context, size, style) => {
    runs = readRuns(model);
    if (!runs.some((run) => run.present)) {
      place = null;
      zoom.clear();
      const text = { font: style.font, colour: style.faint, align: "center" };
      write(context, model.get("empty"), size.width / 2, size.height / 2, text);
      return;
    }
    zoom.cover(extent());
    layOut(size, paintLegend(context, size.width, style, model.get("unit"), legend(context, style)));
    paintShade(context, style);
    paintAxes(context, size, style);
    paintFlags(context, style, flags, plot);
    context.save();
    if (zoom.active()) {
      context.beginPath();
      context.rect(plot.left, plot.top, plot.right - plot.left, plot.bottom - plot.top);
      context.clip();
    }
    paintFloor(context, style);
    for (const run of runs) paintRun(context, place, style, run);
    context.restore();
    for (const run of runs) paintDots(context, place, style, run);
    nameShade(context, style);
  };

  /** What a run says at an update, and where: nothing after its last one if another run goes on. */
  const readAt = ({ training, smoothed, validation, best, colours }, update, x) => {
    const [texts, notes, points] = [[], [], []];
    const read = (name, { x: places, y }, at) => {
      const index = before(places, at);
      texts.push(`${name} ${lossText(y[index])}`);
      points.push({ point: { x: [places[index]], y: [y[index]], size: 1 }, colour: colours[name] });
    };
    const last = Math.max(...[training, validation].map(({ x: places, size }) => (size ? places[size - 1] : 0)));
    if (compared() && update > last) return { texts, notes, points };
    if (training.size) {
      const index = before(training.x, update);
      if (!compared()) texts.push(`training ${lossText(training.y[index])}`);
      read("smoothed", smoothed, training.x[index]);
    }
    if (validation.size && validation.x[0] <= update) read("validation", validation, update);
    if (best && Math.abs(place.x(best.x) - x) <= 2 * BEST) {
      notes.push(`best ${lossText(best.y)} at update ${tickText(best.x, 1)}`);
    }
    return { texts, notes, points };
  };

  const overlay = (context, size, style, pointer) => {
    if (!place) return;
    zoom.paint(context, style);
    if (!pointer || pointer.x < plot.left || pointer.x > plot.right) return;
    const update = place.update(pointer.x);
    const { training } = runs[0];
    const at = training.size && !compared() ? training.x[before(training.x, update)] : Math.max(0, Math.round(update));
    const lines = [`update ${tickText(at, 1)}`];
    const points = [];
    for (const run of runs.filter((each) => each.present)) {
      const found = readAt(run, update, pointer.x);
      const name = shorten(context, run.name, style.smallFont, 110);
      points.push(...found.points);
      if (!compared()) lines.push(...found.texts, ...found.notes);
      else if (found.texts.length) {
        lines.push(...[found.texts.join(", "), ...found.notes].map((text) => `${name}: ${text}`));
      }
    }
    lines.push(...flagTexts(flags, pointer.x));
    context.strokeStyle = style.faint;
    context.lineWidth = 1;
    line(context, Math.round(pointer.x) + 0.5, plot.top, Math.round(pointer.x) + 0.5, plot.bottom);
    line(context, plot.left, Math.round(pointer.y) + 0.5, plot.right, Math.round(pointer.y) + 0.5);
    for (const { point, colour } of points) {
      if (place.shows(point.x[0])) paintPoints(context, place, point, style[colour], 4);
    }
    const room = size.width - 24;
    tooltip(context, size, style, pointer, lines.map((text) => shorten(context, text, style.smallFont, room)));
  };

  let timer = 0;
  const listen = () => {
    clearTimeout(timer);
    if (!model.get("live")) return;
    timer = setTimeout(() => {
      model.send({ kind: "tick" });
      listen();
    }, SILENCE);
  };
  const heard = ["live", ...CURVES].map((name) => `change:${name}`);
  for (const name of heard) model.on(name, listen);
  listen();

  const traits = [
    ...RUNS.flatMap(({ prefix }) => [...CURVES, "name"].map((name) => prefix + name)),
    ...["floor", "floor_label", "logarithmic", "marks", "overfitting", "unit", "empty"],
  ];
  const takeAway = keepDrawn({ model, el, traits, label, paint, overlay, attach: zoom.attach });
  return () => {
    clearTimeout(timer);
    for (const name of heard) model.off(name, listen);
    takeAway();
  };
}

export default { render };
