// Made by scripts/bundle: 9684721c95966184ea5e6c4003f0655ec0fa64277a3472ef246cf108f50aba14
// lstmmusic/views/constants.js
var PALETTE = {
  "light": {
    "brand": "#1976d2",
    "warn": "#e65100",
    "second": "#0c4025",
    "third": "#5f1064",
    "given": "#878787",
    "run0": "#1144aa",
    "run1": "#ff4411",
    "run2": "#8800ff",
    "run3": "#3399dd",
    "run4": "#881100",
    "run5": "#aa6677",
    "run6": "#110044",
    "run7": "#330011"
  },
  "dark": {
    "brand": "#42a5f5",
    "warn": "#ffa726",
    "second": "#5dfea6",
    "third": "#b22286",
    "given": "#a1a1a1",
    "run0": "#66ffdd",
    "run1": "#ffbb66",
    "run2": "#aabbff",
    "run3": "#eeff00",
    "run4": "#cc0011",
    "run5": "#9900ff",
    "run6": "#336699",
    "run7": "#cc5566"
  }
};

// lstmmusic/views/model.js
var GONE = ["restarting", "autorestarting", "dead"];
function listen(model, signal, event, listener) {
  model.on(event, listener);
  signal.addEventListener("abort", () => model.off(event, listener));
}
function onChange(model, signal, names, listener) {
  for (const name of names) listen(model, signal, `change:${name}`, listener);
}
function save(model, traits) {
  for (const name in traits) model.set(
    name,
    /** @type {S[typeof name]} */
    traits[name]
  );
  model.save_changes();
}
function bytes(value) {
  return new Uint8Array(value.buffer, value.byteOffset, value.byteLength).slice();
}
function onKernelLost(model, signal, listener) {
  const kernel = model.widget_manager?.kernel;
  if (!kernel?.statusChanged || !kernel.disposed) return;
  const check = (_, status) => {
    if (GONE.includes(status)) listener();
  };
  kernel.statusChanged.connect(check);
  kernel.disposed.connect(listener);
  signal.addEventListener("abort", () => {
    kernel.statusChanged.disconnect(check);
    kernel.disposed.disconnect(listener);
  });
}
function sendable(model, signal) {
  let lost = false;
  onKernelLost(model, signal, () => lost = true);
  return {
    get: (name) => model.get(name),
    set: (name, value) => {
      const same = JSON.stringify(model.get(name)) === JSON.stringify(value);
      if (!same || ArrayBuffer.isView(value)) model.set(name, value);
    },
    save_changes: () => void (lost || model.save_changes()),
    send: (...message) => void (lost || model.send(...message)),
    on: (event, listener) => model.on(event, listener),
    off: (event, listener) => model.off(event, listener),
    widget_manager: model.widget_manager
  };
}
function withSignal(show) {
  return ({ model, el }) => {
    const end = new AbortController();
    show(sendable(model, end.signal), el, end.signal);
    return () => end.abort();
  };
}

// lstmmusic/views/element.js
function element(kind, attributes = {}, ...children) {
  const made = document.createElement(kind);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, `${value}`);
  made.append(...children.filter((child) => child !== ""));
  return made;
}
function makeButton(text, attributes = {}) {
  return element("button", { type: "button", ...attributes }, text);
}
var NO_SHORTCUTS = { "data-lm-suppress-shortcuts": "true" };
var OWN_KEYS = { tabindex: 0, ...NO_SHORTCUTS };

// lstmmusic/views/names.js
var END = 14;
var SHORT = 12;
var WORD = 8;
function partName(name) {
  const letters = [...name];
  if (letters.length < SHORT) return [name, ""];
  const least = Math.max(Math.ceil(letters.length / 2), letters.length - END);
  const space = letters.indexOf(" ", least);
  const cut = space >= 0 && space < least + WORD ? space : least;
  return [letters.slice(0, cut).join(""), letters.slice(cut).join("")];
}
function fillName(el, name) {
  const [start, end] = partName(name.replaceAll(/\s/g, " "));
  el.classList.add("lstmmusic-name");
  el.dir = "auto";
  if (name) el.title = name;
  el.append(element("span", {}, start), element("span", {}, element("bdi", {}, end)));
}

// lstmmusic/views/canvas.js
var FONT_SIZE = 12;
var SMALL_FONT_SIZE = 11;
var KEPT = 3;
var OF_THEME = ["ink", "faint", "paper", "raised", "line"];
function contextOf(canvas) {
  return (
    /** @type {Context} */
    canvas.getContext("2d")
  );
}
var known = /* @__PURE__ */ new Map();
function isDark(colour) {
  const kept = known.get(colour);
  if (kept !== void 0) return kept;
  const context = contextOf(new OffscreenCanvas(1, 1));
  context.fillStyle = colour;
  context.fillRect(0, 0, 1, 1);
  const [red, green, blue] = context.getImageData(0, 0, 1, 1).data;
  const dark = 0.2126 * red + 0.7152 * green + 0.0722 * blue < 128;
  known.set(colour, dark);
  return dark;
}
function readStyle(element2) {
  const style = getComputedStyle(element2);
  const colours = Object.fromEntries(OF_THEME.map((name) => [name, style.getPropertyValue(`--view-${name}`).trim()]));
  return {
    .../** @type {Record<Colour, string>} */
    { ...colours, ...PALETTE[isDark(colours.paper) ? "dark" : "light"] },
    font: `${FONT_SIZE}px ${style.fontFamily}`,
    smallFont: `${SMALL_FONT_SIZE}px ${style.fontFamily}`,
    boldFont: `600 ${FONT_SIZE}px ${style.fontFamily}`
  };
}
function write(context, text, x, y, { font, colour, align = "left" }) {
  context.font = font;
  context.fillStyle = colour;
  context.textAlign = align;
  context.textBaseline = "middle";
  context.fillText(text, x, y);
}
function widthOf(context, text, font) {
  context.font = font;
  return context.measureText(text).width;
}
function shorten(context, text, font, width) {
  if (widthOf(context, text, font) <= width) return text;
  const [start, end] = partName(text).map((part) => [...part]);
  const shown = () => `${start.join("")}…${end.join("")}`;
  const isWide = () => widthOf(context, shown(), font) > width;
  while (start.length > KEPT && isWide()) start.pop();
  while (end.length && isWide()) end.shift();
  while (start.length && isWide()) start.pop();
  return shown();
}
function line(context, x1, y1, x2, y2) {
  context.beginPath();
  context.moveTo(x1, y1);
  context.lineTo(x2, y2);
  context.stroke();
}
function writeEmpty(context, size, style, text) {
  const shown = shorten(context, text, style.font, size.width - 16);
  write(context, shown, size.width / 2, size.height / 2, { font: style.font, colour: style.faint, align: "center" });
}
function tooltip(context, size, style, point, lines) {
  const width = Math.max(...lines.map((text) => widthOf(context, text, style.smallFont))) + 16;
  const height = lines.length * 16 + 8;
  const beside = point.x + 12 + width <= size.width ? point.x + 12 : point.x - 12 - width;
  const left = Math.max(0, beside);
  const above = point.y > size.height / 2 ? point.y - 12 - height : point.y + 12;
  const top = Math.max(0, Math.min(beside < 0 ? above : point.y - height / 2, size.height - height));
  context.fillStyle = style.raised;
  context.strokeStyle = style.faint;
  context.lineWidth = 1;
  context.beginPath();
  context.roundRect(Math.round(left) + 0.5, Math.round(top) + 0.5, Math.round(width), height - 1, 3);
  context.fill();
  context.stroke();
  const font = { font: style.smallFont, colour: style.ink };
  lines.forEach((text, index) => write(context, text, Math.round(left) + 8, Math.round(top) + 12 + index * 16, font));
}
function keepDrawn(view) {
  const { model, el, signal, traits, moving = [], label, paint, overlay } = view;
  const { extra = () => 0, needed = () => 0, sized = () => false } = view;
  const canvas = document.createElement("canvas");
  const still = document.createElement("canvas");
  let [shownWidth, shownHeight] = [0, 0];
  let pointer = null;
  let request = 0;
  let stale = true;
  const draw = () => {
    request = 0;
    const fill = model.get("fill");
    const laidOut = fill || sized();
    if (stale) {
      canvas.setAttribute("aria-label", label());
      el.classList.toggle("lstmmusic-filling", fill);
      el.style.setProperty("--view-height", `${model.get("height") + (fill ? needed() : extra())}px`);
    }
    const tall = laidOut ? shownHeight : model.get("height") + extra();
    canvas.style.height = laidOut ? "" : `${tall}px`;
    if (shownWidth === 0 || tall === 0) return;
    const size = { width: shownWidth, height: tall, ratio: devicePixelRatio || 1 };
    const width = Math.round(size.width * size.ratio);
    const height = Math.round(size.height * size.ratio);
    const style = readStyle(el);
    if (stale || still.width !== width || still.height !== height) {
      for (const each of [still, canvas]) [each.width, each.height] = [width, height];
      const context2 = contextOf(still);
      context2.scale(size.ratio, size.ratio);
      paint(context2, size, style);
      stale = false;
    }
    const context = contextOf(canvas);
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, width, height);
    context.drawImage(still, 0, 0);
    context.scale(size.ratio, size.ratio);
    overlay(context, size, style, pointer);
  };
  const move = () => {
    request ||= requestAnimationFrame(draw);
  };
  const change = () => {
    stale = true;
    move();
  };
  const point = (event) => {
    pointer = event.type === "pointerleave" ? null : { x: event.offsetX, y: event.offsetY };
    move();
  };
  el.classList.add("lstmmusic-view");
  canvas.setAttribute("role", "img");
  canvas.addEventListener("pointermove", point);
  canvas.addEventListener("pointerleave", point);
  el.append(canvas);
  const sizes = new ResizeObserver(([{ contentRect }]) => {
    if (contentRect.width === 0) return;
    [shownWidth, shownHeight] = [contentRect.width, contentRect.height];
    change();
  });
  sizes.observe(canvas);
  const themes = new MutationObserver(change);
  themes.observe(document.body, { attributeFilter: ["data-jp-theme-name"] });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", change, { signal });
  const drawNow = () => {
    stale = true;
    draw();
  };
  addEventListener("beforeprint", drawNow, { signal });
  addEventListener("afterprint", change, { signal });
  onChange(model, signal, ["height", "fill", ...traits], change);
  onChange(model, signal, moving, move);
  signal.addEventListener("abort", () => {
    cancelAnimationFrame(request);
    sizes.disconnect();
    themes.disconnect();
    canvas.remove();
  });
  draw();
  return { canvas, change, move };
}

// lstmmusic/views/numbers.js
var clamp = (value, low, high) => Math.max(low, Math.min(value, high));
var countOf = (number, noun) => `${number} ${noun}${number === 1 ? "" : "s"}`;
function firstIndex(size, test) {
  let [low, high] = [0, size];
  while (low < high) {
    const middle = low + high >> 1;
    if (test(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
function ticks(low, high, count, steps = [1, 2, 5], base = 10) {
  const wanted = (high - low) / Math.max(count, 1);
  const power = base ** Math.floor(Math.log(wanted) / Math.log(base));
  const distance = power * ([...steps, base].find((step) => step * power >= wanted * 0.999) ?? base);
  const values = [];
  const first = Math.ceil(low / distance - 1e-9) || 0;
  for (let index = first; index * distance <= high + distance * 1e-9; index++) values.push(index * distance);
  return { distance, values };
}
function tickText(value, distance) {
  let digits = 0;
  while (digits < 6 && Math.abs(Number(distance.toFixed(digits)) - distance) > distance * 1e-6) digits++;
  return value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

// lstmmusic/views/plots/look.js
var SVG = "http://www.w3.org/2000/svg";
var SWATCH = { width: 30, height: 10 };
var DASHES = [[], [8, 3], [2, 2], [8, 3, 2, 3], [14, 4], [5, 5], [14, 3, 2, 3, 2, 3], [1, 4]];
var ALONE = (
  /** @type {Look} */
  {
    colours: { training: "brand", smoothed: "brand", validation: "warn" },
    ...{ dash: [], dashed: [8, 3], corners: false }
  }
);
function lookOf(number) {
  const colour = (
    /** @type {Colour} */
    `run${number}`
  );
  const dash = DASHES[number % DASHES.length];
  return {
    colours: { training: colour, smoothed: colour, validation: colour },
    ...{ dash, dashed: dash, corners: number % 2 === 1 }
  };
}
function makeSwatch({ colours, dash }, style) {
  const [picture, stroke] = [document.createElementNS(SVG, "svg"), document.createElementNS(SVG, "line")];
  const { width, height } = SWATCH;
  const ends = { x1: 1, x2: width - 1, y1: height / 2, y2: height / 2 };
  const drawn = { stroke: style[colours.validation], "stroke-width": 2.5, "stroke-dasharray": dash.join(" ") };
  for (const [name, value] of Object.entries({ width, height, "aria-hidden": "true" })) {
    picture.setAttribute(name, `${value}`);
  }
  for (const [name, value] of Object.entries({ ...ends, ...drawn })) stroke.setAttribute(name, `${value}`);
  picture.append(stroke);
  return picture;
}

// lstmmusic/views/plots/curves.js
var CURVES = ["training", "smoothed", "validation"];
var TRAITS = [...CURVES, "name", "overlaid", "overlaid_curves"];
var BEST = 5;
function makeCurve(numbers) {
  const size = numbers.length / 2;
  return { x: numbers.subarray(0, size), y: numbers.subarray(size), size };
}
var numbersOf = (value) => new Float32Array(bytes(value).slice().buffer);
function lossText(loss) {
  const digits = loss === 0 ? 1 : 2 - Math.floor(Math.log10(Math.abs(loss)));
  return loss.toFixed(Math.min(6, Math.max(1, digits)));
}
function makeRun(curves, name, number, look) {
  const { x, y, size } = curves.validation;
  let least = 0;
  for (let index = 1; index < size; index++) if (y[index] < y[least]) least = index;
  const present = curves.training.size + curves.smoothed.size + size > 0;
  return { ...curves, name, number, look, present, best: size ? { x: x[least], y: y[least] } : null };
}
function readRuns(model) {
  const overlaid = model.get("overlaid");
  if (overlaid.length === 0) {
    const [training2, smoothed, validation] = CURVES.map((name) => makeCurve(numbersOf(model.get(name))));
    return [makeRun({ training: training2, smoothed, validation }, model.get("name"), 0, ALONE)];
  }
  const numbers = numbersOf(model.get("overlaid_curves"));
  const training = makeCurve(numbers.subarray(0, 0));
  let at = 0;
  return overlaid.map(({ name, look, sizes }) => {
    const [smoothed, validation] = sizes.map((size) => makeCurve(numbers.subarray(at, at += 2 * size)));
    return makeRun({ training, smoothed, validation }, name, look, lookOf(look));
  });
}
function strongest({ smoothed, validation }) {
  return validation.size ? validation : smoothed;
}
function fitted({ training, smoothed, validation }) {
  return [training.size ? training : smoothed, validation];
}
function slice({ x, y }, [from, to], beyond = 0) {
  const start = Math.max(0, firstIndex(x.length, (index) => x[index] >= from) - beyond);
  const end = firstIndex(x.length, (index) => x[index] > to) + beyond;
  const part = { x: x.subarray(start, end), y: y.subarray(start, end) };
  return { ...part, size: part.x.length };
}
function before(updates, update) {
  return Math.max(0, firstIndex(updates.length, (index) => updates[index] > update) - 1);
}
function paintCurve(context, place, whole, colour, width, dash = []) {
  const { x, y, size } = slice(whole, place.visible, 1);
  if (size === 0) return;
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.lineJoin = "round";
  context.setLineDash(dash);
  context.beginPath();
  for (let index = 0; index < size; index++) {
    const height = place.y(y[index]);
    if (Number.isFinite(height)) context.lineTo(place.x(x[index]), height);
  }
  context.stroke();
  context.setLineDash([]);
}
function outlineMark(context, x, y, radius, corners) {
  context.beginPath();
  if (corners) context.rect(x - radius, y - radius, 2 * radius, 2 * radius);
  else context.arc(x, y, radius, 0, 2 * Math.PI);
}
function paintDot(context, place, update, loss, colour, radius, corners) {
  context.fillStyle = colour;
  outlineMark(context, place.x(update), place.y(loss), radius, corners);
  context.fill();
}
function paintRun(context, place, style, run, strength = 1) {
  const { training, smoothed, validation, look } = run;
  const { colours, dash, dashed } = look;
  context.globalAlpha = 0.35 * strength;
  if (look === ALONE) paintCurve(context, place, training, style[colours.training], 1);
  else if (validation.size) paintCurve(context, place, smoothed, style[colours.smoothed], 1);
  context.globalAlpha = strength;
  if (look === ALONE || !validation.size) paintCurve(context, place, smoothed, style[colours.smoothed], 2, dash);
  paintCurve(context, place, validation, style[colours.validation], 2, dashed);
  context.globalAlpha = 1;
}
function paintDots(context, place, style, { training, validation, look, best }, strength = 1) {
  const { colours, corners } = look;
  context.globalAlpha = strength;
  const checks = slice(validation, place.visible);
  const [first] = training.y;
  if (training.size === 1) paintDot(context, place, training.x[0], first, style[colours.training], 3, corners);
  if (checks.size < 40) {
    const colour = style[colours.validation];
    checks.x.forEach((update, index) => paintDot(context, place, update, checks.y[index], colour, 3, corners));
  }
  if (best && place.shows(best.x)) {
    context.strokeStyle = style[colours.validation];
    context.lineWidth = 2;
    outlineMark(context, place.x(best.x), place.y(best.y), BEST, corners);
    context.stroke();
  }
  context.globalAlpha = 1;
}

// lstmmusic/views/plots/flags.js
var FLAG_ROOM = 14;
var APART = 16;
var NEAR = 7;
var MOST_TEXTS = 5;
function gatherFlags(marks, place, left, right) {
  const flags = [];
  for (const mark of [...marks].sort((one, other) => one.update - other.update)) {
    const x = place(mark.update);
    if (x < left || x > right) continue;
    const last = flags.at(-1);
    if (last && x - last.x < APART) last.marks.push(mark);
    else flags.push({ x, marks: [mark] });
  }
  return flags;
}
function paintFlags(context, style, flags, plot) {
  const font = style.boldFont.replace(/\d+px/, "9px");
  context.lineWidth = 1;
  for (const { x, marks } of flags) {
    const at = Math.round(x) + 0.5;
    const top = plot.top - FLAG_ROOM + 1;
    context.strokeStyle = context.fillStyle = style.faint;
    context.globalAlpha = 0.6;
    line(context, at, top, at, plot.bottom);
    context.globalAlpha = 1;
    context.beginPath();
    if (marks.length === 1) {
      context.moveTo(at, top);
      context.lineTo(at + 9, top + 4);
      context.lineTo(at, top + 8);
    } else {
      context.rect(at, top, 13, 11);
    }
    context.fill();
    if (marks.length > 1) {
      const text = marks.length > 9 ? "9+" : String(marks.length);
      write(context, text, at + 6.5, top + 6, { font, colour: style.raised, align: "center" });
    }
  }
}
function flagTexts(flags, x) {
  const near = flags.filter((flag) => x >= flag.x - NEAR && x <= flag.x + NEAR * 2);
  if (near.length === 0) return [];
  const distance = (flag) => Math.abs(flag.x - x);
  const { marks } = near.reduce((best, flag) => distance(flag) < distance(best) ? flag : best);
  const texts = marks.slice(0, MOST_TEXTS).map(({ update, text }) => `${tickText(update, 1)}: ${text}`);
  return marks.length > MOST_TEXTS ? [...texts, `and ${marks.length - MOST_TEXTS} more: zoom in`] : texts;
}

// lstmmusic/views/plots/legend.js
var ROW = 16;
function paintLegend(context, width, style, title, groups) {
  const left = 8;
  let x = left + widthOf(context, title, style.boldFont) + 20;
  let y = 12;
  write(context, title, left, y, { font: style.boldFont, colour: style.ink });
  for (const entries of groups) {
    const needed = entries.map(({ text, dash }) => (dash ? 42 : 16) + widthOf(context, text, style.font));
    if (x + needed.reduce((sum, each) => sum + each) - 16 > width && x > left) {
      x = left;
      y += ROW;
    }
    entries.forEach(({ text, colour = style.faint, dash, corners }, index) => {
      if (dash) {
        context.strokeStyle = colour;
        context.lineWidth = 2;
        context.setLineDash(dash);
        line(context, x, y, x + 20, y);
        context.setLineDash([]);
      }
      if (corners !== void 0) {
        context.fillStyle = colour;
        outlineMark(context, x + 10, y, 3, corners);
        context.fill();
      }
      const at = dash ? x + 26 : x;
      const shown = shorten(context, text, style.font, width - at);
      write(context, shown, at, y, { font: style.font, colour: dash ? style.ink : style.faint });
      x += needed[index];
    });
  }
  return y + ROW;
}

// lstmmusic/views/plots/marker.js
var MARKER_ROOM = 18;
var BEYOND = 8;
function listStops({ snapshots, last }, { updates, best }) {
  const of = ` of ${tickText(updates, 1)}`;
  const stops = snapshots.map((update) => {
    const text2 = `update ${tickText(update, 1)}`;
    return { update, heard: (
      /** @type {number | null} */
      update
    ), text: text2, spoken: text2 + of };
  });
  const end = last === "best" && best !== null ? best : updates;
  const at = `update ${tickText(end, 1)}`;
  const [text, spoken] = last === "best" ? [`best: ${at}`, `best, ${at}${of}`] : [last, `${last}, ${at}`];
  return [...stops, { update: end, heard: null, text, spoken }].sort((one, other) => one.update - other.update);
}
function nearestStop(stops, far) {
  return stops.reduce((best, stop) => far(stop) <= far(best) ? stop : best);
}
function addMarker(model, el, signal) {
  const handle = element("div", { role: "slider", tabindex: 0, "aria-label": "Heard update", ...NO_SHORTCUTS });
  const label = element("span", { "aria-hidden": "true" });
  const title = "Which weights are heard: drag it, or use the arrow keys, to hear how the network has learned";
  const lane = element("div", { class: "lstmmusic-heard", title, hidden: "" }, handle, label);
  const pole = element("div", { class: "lstmmusic-heard-pole", hidden: "" });
  el.append(pole, lane);
  let shown = null;
  const current = (stops) => {
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
  const choose = (stop) => {
    if (stop && stop.heard !== model.get("heard")) save(
      model,
      /** @type {Partial<S>} */
      { heard: stop.heard }
    );
  };
  const point = (event) => {
    if (!shown) return;
    const { place, plot, stops } = shown;
    const x = event.clientX - lane.getBoundingClientRect().left - BEYOND + plot.left;
    choose(nearestStop(stops, ({ update }) => Math.abs(place.x(update) - x)));
  };
  lane.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    event.preventDefault();
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
    room: () => model.get("snapshots").length ? MARKER_ROOM : 0,
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
    }
  };
}

// lstmmusic/views/plots/overlay.js
var OUTLYING = 10;
var ARROW = 5;
var TOP = 24;
function cutLimit(firsts, losses) {
  const usual = firsts.toSorted((one, other) => one - other)[Math.floor((firsts.length - 1) / 2)];
  return usual > 0 && Math.max(...losses) > OUTLYING * usual ? 2 * usual : Infinity;
}
function findCut(run, place) {
  const { x, y } = slice(strongest(run), place.visible);
  const above = [...x].filter((_, index) => y[index] > place.losses[1]);
  return { count: above.length, first: above[0] };
}
function paintCuts(context, place, plot, style, runs) {
  let free = plot.left;
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
function paintEdge(context, plot) {
  context.setLineDash([3, 3]);
  line(context, plot.left, plot.top + 0.5, plot.right, plot.top + 0.5);
  context.setLineDash([]);
}
function bestOf({ best, present }) {
  if (!present) return "no updates";
  return best ? `best ${lossText(best.y)}` : "training, no validation";
}
function describeRun(run) {
  return `${run.name}: ${bestOf(run)}`;
}
function addRunLegend(el, signal, change) {
  const labels = { role: "group", "aria-label": "Curves" };
  const box = element("div", { class: "lstmmusic-loss-runs", hidden: "", ...labels, ...NO_SHORTCUTS });
  el.append(box);
  const hidden = /* @__PURE__ */ new Set();
  let pointed = null;
  let shown = "";
  const point = (number) => {
    if (pointed === number) return;
    pointed = number;
    change();
  };
  const makeEntry = (run, style) => {
    const { number } = run;
    const words = describeRun(run);
    const title = `${words}. Press to hide or show its curve`;
    const state = { "aria-pressed": `${!hidden.has(number)}`, "data-run": `${number}` };
    const entry = makeButton("", { title, "aria-label": words, ...state });
    const name = element("span");
    fillName(name, `${run.name}:`);
    entry.append(makeSwatch(run.look, style), name, element("em", {}, ` ${bestOf(run)}`));
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
    isHidden: (run) => hidden.has(run.number),
    /** How strongly a run is drawn, 0 to 1: @param {Run} run */
    strengthOf: ({ number }) => pointed === null || pointed === number ? 1 : 0.2,
    /** Show these runs, or no legend if there are none; returns where the plot begins: @param {Run[]} runs */
    show: (runs, style) => {
      box.hidden = runs.length === 0;
      const state = JSON.stringify([runs.map((run) => [describeRun(run), run.number]), [...hidden], style.paper]);
      if (state !== shown) {
        shown = state;
        const focused = box.contains(document.activeElement) ? document.activeElement : null;
        const again = focused instanceof HTMLElement ? focused.dataset.run : void 0;
        box.replaceChildren(...runs.map((run) => makeEntry(run, style)));
        const entry = again === void 0 ? null : box.querySelector(`[data-run="${again}"]`);
        if (entry instanceof HTMLElement) entry.focus({ preventScroll: true });
      }
      return TOP + box.offsetHeight + 6;
    }
  };
}

// lstmmusic/views/plots/tools.js
function addTools(model, el, signal, zoom) {
  const make = (text, name, act) => {
    const button = makeButton(text, { "aria-label": name, title: name });
    button.addEventListener("click", act);
    return button;
  };
  const scale = make("log", "Logarithmic scale", () => {
    save(
      model,
      /** @type {Partial<S>} */
      { logarithmic: !model.get("logarithmic") }
    );
  });
  const [out, closer, all] = [
    make("−", "Zoom out (wheel, or the key -)", zoom.zoomOut),
    make("+", "Zoom in (drag over a part, or the key +)", zoom.zoomIn),
    make("reset", "Show all updates (double-click, or Escape)", zoom.showAll)
  ];
  const note = element("div", { class: "lstmmusic-note", role: "note", hidden: "" });
  const ask = make("?", "How to read these lines", () => {
    note.hidden = !note.hidden;
    ask.setAttribute("aria-expanded", `${!note.hidden}`);
  });
  const bar = element("div", { class: "lstmmusic-loss-tools", ...NO_SHORTCUTS });
  bar.append(scale, out, closer, all, ask);
  el.append(bar, note);
  note.addEventListener("click", () => ask.click());
  const dress = () => {
    scale.setAttribute("aria-pressed", `${model.get("logarithmic")}`);
    note.textContent = model.get("help");
    ask.hidden = !model.get("help");
    if (ask.hidden) note.hidden = true;
    ask.setAttribute("aria-expanded", `${!note.hidden}`);
  };
  onChange(model, signal, ["logarithmic", "help"], dress);
  dress();
  signal.addEventListener("abort", () => {
    bar.remove();
    note.remove();
  });
  return {
    /** Pixels that the buttons take beside the legend. */
    width: () => bar.offsetWidth + 8,
    /** Show whether a part is zoomed; null where there is nothing to show: @param {boolean | null} zoomed */
    show: (zoomed) => {
      bar.hidden = zoomed === null;
      for (const button of [out, all]) button.disabled = !zoomed;
    }
  };
}

// lstmmusic/views/plots/zoom.js
var PAUSE = 200;
var FEWEST = 4;
var STEP = 1.5;
var MOVED = 5;
function fitPart(from, to, whole) {
  const span = whole[1] - whole[0];
  const width = Math.max(to - from, Math.min(FEWEST, span));
  const first = clamp((from + to - width) / 2, whole[0], whole[1] - width);
  return width >= span ? null : [first, first + width];
}
function scalePart([from, to], factor, update) {
  return [update - (update - from) * factor, update + (to - update) * factor];
}
function shiftPart([from, to], share, whole) {
  const distance = Math.min(Math.max(share * (to - from), whole[0] - from), whole[1] - to);
  return [from + distance, to + distance];
}
function makeZoom(model, { canvas, change, move }, signal) {
  let part = null;
  let whole = [0, 1];
  let plot = null;
  let drag = null;
  let timer;
  let requested = null;
  const visible = () => part ?? whole;
  const edges = () => (
    /** @type {Edges} */
    plot
  );
  const within = (x) => clamp(x, edges().left, edges().right);
  const update = (x) => {
    const [[from, to], { left, right }] = [visible(), edges()];
    return from + (x - left) / (right - left) * (to - from);
  };
  const place = (at) => {
    const [[from, to], { left, right }] = [visible(), edges()];
    return left + (at - from) / (to - from) * (right - left);
  };
  const request = () => {
    if (timer || requested === part) return;
    requested = part;
    model.send({ kind: "zoom", from: part ? part[0] : null, to: part ? part[1] : null });
    timer = setTimeout(() => {
      timer = void 0;
      request();
    }, PAUSE);
  };
  const show = ([from, to]) => {
    const next = fitPart(from, to, whole);
    if (String(next) === String(part)) return false;
    part = next;
    change();
    request();
    return true;
  };
  const showAll = () => show(whole);
  const cancel = () => {
    drag = null;
    move();
  };
  const scale = (factor) => show(scalePart(visible(), factor, (visible()[0] + visible()[1]) / 2));
  const zoomIn = () => scale(1 / STEP);
  const zoomOut = () => scale(STEP);
  const keys = {
    "+": zoomIn,
    "-": zoomOut,
    ArrowLeft: () => show(shiftPart(visible(), -0.2, whole)),
    ArrowRight: () => show(shiftPart(visible(), 0.2, whole)),
    Escape: () => void (drag ? cancel() : showAll())
  };
  keys["="] = keys["+"];
  canvas.style.cursor = "crosshair";
  canvas.style.touchAction = "pan-y";
  const attributes = { ...OWN_KEYS, "aria-keyshortcuts": "+ - ArrowLeft ArrowRight Escape" };
  for (const [name, value] of Object.entries(attributes)) canvas.setAttribute(name, `${value}`);
  canvas.addEventListener("pointerdown", (event) => {
    if (!plot || event.button !== 0 || within(event.offsetX) !== event.offsetX) return;
    drag = { from: update(event.offsetX), x: event.offsetX };
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (drag) drag.x = within(event.offsetX);
  });
  canvas.addEventListener("pointerup", () => {
    if (!drag) return;
    const [one, other] = [drag.from, update(drag.x)].sort((a, b) => a - b);
    drag = null;
    if (place(other) - place(one) >= MOVED) show([one, other]);
    else move();
  });
  canvas.addEventListener("pointercancel", cancel);
  canvas.addEventListener("dblclick", showAll);
  const turn = (event) => {
    const control = event.ctrlKey || event.metaKey;
    if (!plot || !(control || document.activeElement === canvas)) return;
    const lines = Math.sign(event.deltaY) * Math.min(3, Math.abs(event.deltaY) / (event.deltaMode === 0 ? 50 : 1.5));
    const shown = show(scalePart(visible(), 1.15 ** lines, update(within(event.offsetX))));
    if (shown || control) event.preventDefault();
  };
  canvas.addEventListener("wheel", turn, { passive: false });
  canvas.addEventListener("keydown", (event) => {
    const act = keys[event.key];
    if (!act || !plot || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  });
  signal.addEventListener("abort", () => {
    clearTimeout(timer);
    if (requested) model.send({ kind: "zoom", from: null, to: null });
  });
  return {
    ...{ zoomIn, zoomOut, showAll },
    isActive: () => part !== null,
    /** Set the first and the last update that there are, before a picture: @param {Part} updates */
    cover: (updates) => {
      const replaced = updates[1] < whole[1];
      whole = updates;
      if (replaced && part) {
        part = null;
        request();
      }
    },
    /** Set where the plot is, or null for none; returns the updates to draw: @param {Edges | null} given */
    layOut: (given) => {
      plot = given;
      return visible();
    },
    /** Paint what is dragged: @param {Context} context @param {Style} style */
    paint: (context, style) => {
      if (!drag || !plot) return;
      const [left, right] = [within(place(drag.from)), drag.x].sort((a, b) => a - b);
      context.fillStyle = style.brand;
      context.globalAlpha = 0.18;
      context.fillRect(left, plot.top, right - left, plot.bottom - plot.top);
      context.globalAlpha = 1;
    }
  };
}

// lstmmusic/views/plots/loss.js
var BASELINE = [2, 4];
var SILENCE = 1e3;
var FEWEST_TICKS = 4;
var OUTLYING2 = 10;
function lossTicks(low, high, count, logarithmic) {
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
function outlierLimit(losses) {
  if (losses.length < 100) return Infinity;
  const sorted = Float64Array.from(losses).sort();
  const usual = sorted[Math.floor(0.99 * (sorted.length - 1))];
  return usual > 0 && sorted[sorted.length - 1] > OUTLYING2 * usual ? 2 * usual : Infinity;
}
var render = withSignal((model, el, signal) => {
  let runs = [];
  let shown = null;
  let plot;
  let flags = [];
  const isOverlaid = () => model.get("overlaid").length > 0;
  const ofValidation = () => model.get("validation_unit") ? `, ${model.get("validation_unit")}` : "";
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
  const legend = (style) => {
    const entries = [];
    if (!isOverlaid()) {
      const [{ validation, look: { colours, dash, dashed, corners } }] = runs;
      entries.push({ text: "training", colour: style[colours.training], dash });
      const text = `validation${ofValidation()}`;
      if (validation.size) entries.push({ text, colour: style[colours.validation], dash: dashed, corners });
    }
    if (zoom.isActive()) entries.push({ text: "drag to zoom, double-click: all" });
    else if (model.get("baseline") !== null) entries.push({ text: model.get("baseline_label"), dash: BASELINE });
    return entries.map((entry) => [entry]);
  };
  const range = (visible) => {
    const curves = runs.flatMap(fitted);
    const inside = (beyond) => curves.flatMap((each) => [...slice(each, visible, beyond).y]);
    const baseline = zoom.isActive() ? null : model.get("baseline");
    let losses = [...inside(0), ...baseline === null ? [] : [baseline]];
    if (losses.length === 0) losses = inside(1);
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
  const extent = () => {
    const curves = runs.flatMap(fitted).filter((each) => each.size);
    const start = Math.min(0, ...curves.map((each) => each.x[0]));
    return [start, Math.max(start + 1, ...curves.map((each) => each.x[each.size - 1]))];
  };
  const layOut = (size, top) => {
    const room = model.get("marks").length ? FLAG_ROOM : 0;
    plot = { left: 56, right: size.width - 28, top: top + room, bottom: size.height - 22 - marker.room() };
    const { left, right, bottom } = plot;
    const visible = zoom.layOut(plot);
    const [first, last] = visible;
    const [low, high, highest] = range(visible);
    const scale = model.get("logarithmic") ? Math.log : (value) => value;
    const [lowest, span] = [scale(low), scale(high) - scale(low)];
    const most = highest > high ? high : Infinity;
    return {
      x: (update) => left + (update - first) / (last - first) * (right - left),
      y: (loss) => bottom - (scale(Math.min(loss, most)) - lowest) / span * (bottom - plot.top),
      update: (x) => first + (x - left) / (right - left) * (last - first),
      shows: (update) => update >= first && update <= last,
      ...{ visible, losses: [low, high], highest }
    };
  };
  const paintAxes = (context, size, style, place) => {
    context.strokeStyle = style.line;
    context.lineWidth = 1;
    const text = { font: style.smallFont, colour: style.faint };
    const [low, high] = place.losses;
    let free = Infinity;
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
  const shadeLeft = (place) => {
    const since = model.get("overfitting");
    return since === null || since >= place.visible[1] ? null : Math.max(plot.left, place.x(since));
  };
  const paintShade = (context, style, place) => {
    const left = shadeLeft(place);
    if (left === null) return;
    context.fillStyle = style.warn;
    context.globalAlpha = 0.1;
    context.fillRect(left, plot.top, plot.right - left, plot.bottom - plot.top);
    context.globalAlpha = 1;
  };
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
  const nameParts = (context, style, place) => {
    const left = shadeLeft(place);
    if (left !== null) writeOver(context, style, "overfitting", left + 5, 0);
    if (place.highest <= place.losses[1]) return;
    const highest = place.highest.toLocaleString("en", { maximumSignificantDigits: 2 });
    writeOver(context, style, `↑ up to ${highest}`, plot.left + 5, left === null ? 0 : 1);
  };
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
    tools.show(zoom.isActive());
    const room = size.width - tools.width();
    const beside = paintLegend(context, room, style, model.get("unit"), legend(style));
    const top = isOverlaid() ? below : beside;
    const place = shown = layOut(size, top);
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
  const readAt = ({ training, smoothed, validation, best, look }, update, place, x) => {
    const found = { texts: [], notes: [], dots: [] };
    const read = (name, { x: updates, y }, at) => {
      const index = before(updates, at);
      found.texts.push(`${name} ${lossText(y[index])}`);
      found.dots.push({ x: updates[index], y: y[index], colour: look.colours[name], corners: look.corners });
    };
    const last = Math.max(...[smoothed, validation].map((curve) => curve.size ? curve.x[curve.size - 1] : 0));
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
  const overlay = (context, size, style, pointer) => {
    if (!shown) return;
    const place = shown;
    zoom.paint(context, style);
    if (!pointer || pointer.x < plot.left || pointer.x > plot.right) return;
    const update = place.update(pointer.x);
    const updates = isOverlaid() ? null : runs[0].training.x;
    const at = updates?.length ? updates[before(updates, update)] : Math.max(0, Math.round(update));
    const lines = [`update ${tickText(at, 1)}`];
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
  let timer;
  const listen2 = () => {
    clearTimeout(timer);
    if (!model.get("live")) return;
    timer = setTimeout(() => {
      model.send({ kind: "tick" });
      listen2();
    }, SILENCE);
  };
  onChange(model, signal, ["live", ...CURVES], listen2);
  signal.addEventListener("abort", () => clearTimeout(timer));
  listen2();
  const marker = addMarker(model, el, signal);
  const others = ["baseline", "baseline_label", "logarithmic", "marks", "overfitting", "empty"];
  const traits = [...TRAITS, ...others, .../** @type {const} */
  ["unit", "validation_unit", "snapshots", "last"]];
  const picture = keepDrawn({ model, el, signal, traits, label, extra: marker.room, paint, overlay });
  const zoom = makeZoom(model, picture, signal);
  const runLegend = addRunLegend(el, signal, picture.change);
  const tools = addTools(model, el, signal, zoom);
});
var loss_default = { render };
export {
  loss_default as default,
  lossTicks,
  outlierLimit
};
