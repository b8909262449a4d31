// The loss while a model learns: each update faint, its smoothed course strong, validation and a floor to compare with.

const CURVES = ["training", "smoothed", "validation"];
const SILENCE = 1000; // milliseconds without a curve after which the kernel is asked for one

/** A curve as it was sent: all places, then all losses. */
function curve(model, name) {
  const numbers = new Float32Array(bytes(model, name).buffer);
  const size = numbers.length / 2;
  return { x: numbers.subarray(0, size), y: numbers.subarray(size), size };
}

function lossText(loss) {
  const digits = loss === 0 ? 1 : 2 - Math.floor(Math.log10(Math.abs(loss)));
  return loss.toFixed(Math.min(6, Math.max(1, digits)));
}

/** Index of the last point at or before x, at least 0. */
function before(places, x) {
  let low = 0;
  let high = places.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (places[middle] <= x) low = middle;
    else high = middle;
  }
  return low;
}

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
  let curves;
  let place; // where an update and a loss lie on the canvas
  let plot; // edges of the plot

  const label = () => {
    const [training, smoothed, validation] = CURVES.map((name) => curve(model, name));
    if (training.size === 0) return "Loss curve: 0 updates";
    const first = lossText(training.y[0]);
    const last = lossText(smoothed.y[smoothed.size - 1]);
    const updates = training.x[training.size - 1];
    const text = `Loss curve: ${updates} updates, training from ${first} to ${last} ${model.get("unit")}`;
    return validation.size ? `${text}, validation ${lossText(validation.y[validation.size - 1])}` : text;
  };

  const paintLegend = (context, width, style) => {
    const floor = model.get("floor");
    const entries = [{ text: "training", colour: style.brand, dash: [] }];
    if (curves.validation.size) entries.push({ text: "validation", colour: style.warn, dash: [] });
    if (floor !== null) entries.push({ text: model.get("floor_label"), colour: style.faint, dash: [5, 4] });
    const left = 8;
    context.font = style.boldFont;
    let x = left + context.measureText(model.get("unit")).width + 20;
    let y = 12;
    write(context, model.get("unit"), left, y, { font: style.boldFont, colour: style.ink });
    for (const { text, colour, dash } of entries) {
      context.font = style.font;
      const needed = 28 + context.measureText(text).width;
      if (x + needed > width && x > left) {
        x = left;
        y += 18;
      }
      context.strokeStyle = colour;
      context.lineWidth = 2;
      context.setLineDash(dash);
      line(context, x, y, x + 20, y);
      context.setLineDash([]);
      write(context, text, x + 26, y, { font: style.font, colour: style.ink });
      x += needed + 16;
    }
    return y + 16;
  };

  const range = (logarithmic) => {
    const floor = model.get("floor");
    const losses = [...curves.training.y, ...curves.validation.y, ...(floor === null ? [] : [floor])];
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

  const paintAxes = (context, size, style, top) => {
    const logarithmic = model.get("logarithmic");
    const [low, high] = range(logarithmic);
    const updates = [curves.training, curves.validation].filter((each) => each.size);
    const first = Math.min(0, ...updates.map((each) => each.x[0]));
    const last = Math.max(first + 1, ...updates.map((each) => each.x[each.size - 1]));
    plot = { left: 56, right: size.width - 24, top, bottom: size.height - 40 };
    const scale = logarithmic ? Math.log : (value) => value;
    const [bottom, span] = [scale(low), scale(high) - scale(low)];
    place = {
      x: (update) => plot.left + ((update - first) / (last - first)) * (plot.right - plot.left),
      y: (loss) => plot.bottom - ((scale(loss) - bottom) / span) * (plot.bottom - plot.top),
      update: (x) => first + ((x - plot.left) / (plot.right - plot.left)) * (last - first),
    };
    context.strokeStyle = style.line;
    context.lineWidth = 1;
    const text = { font: style.smallFont, colour: style.faint };
    for (const tick of lossTicks(low, high, (plot.bottom - plot.top) / 36, logarithmic)) {
      const y = Math.round(place.y(tick.value)) + 0.5;
      line(context, plot.left, y, plot.right, y);
      write(context, tick.text, plot.left - 8, y, { ...text, align: "right" });
    }
    const across = ticks(first, last, Math.min(10, (plot.right - plot.left) / 80));
    context.strokeStyle = style.faint;
    for (const update of across.values) {
      if (update % 1) continue;
      const x = Math.round(place.x(update)) + 0.5;
      line(context, x, plot.bottom, x, plot.bottom + 4);
      write(context, tickText(update, 1), x, plot.bottom + 13, { ...text, align: "center" });
    }
    line(context, plot.left, plot.bottom + 0.5, plot.right, plot.bottom + 0.5);
    write(context, "updates", (plot.left + plot.right) / 2, size.height - 9, { ...text, align: "center" });
  };

  const paintCurve = (context, { x, y, size }, colour, width) => {
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.lineJoin = "round";
    context.beginPath();
    for (let index = 0; index < size; index++) {
      const height = place.y(y[index]);
      if (Number.isFinite(height)) context.lineTo(place.x(x[index]), height);
    }
    context.stroke();
  };

  const paintPoints = (context, { x, y, size }, colour, radius) => {
    context.fillStyle = colour;
    for (let index = 0; index < size; index++) {
      context.beginPath();
      context.arc(place.x(x[index]), place.y(y[index]), radius, 0, 2 * Math.PI);
      context.fill();
    }
  };

  const paint = (context, size, style) => {
    curves = Object.fromEntries(CURVES.map((name) => [name, curve(model, name)]));
    const { training, smoothed, validation } = curves;
    if (training.size === 0 && validation.size === 0) {
      place = null;
      const text = { font: style.font, colour: style.faint, align: "center" };
      write(context, "Press Start: the loss appears here", size.width / 2, size.height / 2, text);
      return;
    }
    paintAxes(context, size, style, paintLegend(context, size.width, style));
    const floor = model.get("floor");
    if (floor !== null) {
      const y = Math.round(place.y(floor)) + 0.5;
      context.strokeStyle = style.faint;
      context.setLineDash([5, 4]);
      line(context, plot.left, y, plot.right, y);
      context.setLineDash([]);
    }
    context.globalAlpha = 0.35;
    paintCurve(context, training, style.brand, 1);
    context.globalAlpha = 1;
    paintCurve(context, smoothed, style.brand, 2);
    paintCurve(context, validation, style.warn, 2);
    if (training.size === 1) paintPoints(context, training, style.brand, 3);
    if (validation.size < 40) paintPoints(context, validation, style.warn, 3);
  };

  const overlay = (context, size, style, pointer) => {
    if (!pointer || !place || pointer.x < plot.left || pointer.x > plot.right) return;
    const { training, smoothed, validation } = curves;
    const update = place.update(pointer.x);
    const lines = [];
    const points = [];
    const mark = (name, { x, y }, index, colour) => {
      lines.push(`${name} ${lossText(y[index])}`);
      points.push([{ x: [x[index]], y: [y[index]], size: 1 }, colour]);
    };
    if (training.size) {
      const at = before(training.x, update);
      lines.push(`update ${tickText(training.x[at], 1)}`, `training ${lossText(training.y[at])}`);
      mark("smoothed", smoothed, before(smoothed.x, training.x[at]), style.brand);
    }
    if (validation.size && validation.x[0] <= update) {
      mark("validation", validation, before(validation.x, update), style.warn);
    }
    context.strokeStyle = style.faint;
    context.lineWidth = 1;
    line(context, Math.round(pointer.x) + 0.5, plot.top, Math.round(pointer.x) + 0.5, plot.bottom);
    line(context, plot.left, Math.round(pointer.y) + 0.5, plot.right, Math.round(pointer.y) + 0.5);
    for (const [point, colour] of points) paintPoints(context, point, colour, 4);
    tooltip(context, size, style, pointer, lines);
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

  const traits = [...CURVES, "floor", "floor_label", "logarithmic", "unit"];
  const takeAway = keepDrawn({ model, el, traits, label, paint, overlay });
  return () => {
    clearTimeout(timer);
    for (const name of heard) model.off(name, listen);
    takeAway();
  };
}

export default { render };
