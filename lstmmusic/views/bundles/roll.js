// Made by scripts/bundle: 242cedc173d980ed8538c2fcd769b69652e3c21c2acea677bfbddf63c5129b7d
// lstmmusic/views/constants.js
var NOTE_LINE = ["#ffffff", "#000000"];
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
var PITCH_CLASSES = ["C", "C♯", "D", "E♭", "E", "F", "F♯", "G", "A♭", "A", "B♭", "B"];
var REASONS = {
  "sounds": "random number {random} is below {probability}: sounds",
  "just_sounds": "random number {random} is just below {probability}: sounds",
  "silent": "random number {random} is not below {probability}: silent",
  "below_threshold": "{probability} is below the threshold {threshold}: never sounds",
  "just_below_threshold": "just below the threshold {threshold}: never sounds",
  "primer": "given by the primer",
  "edited": "given by an edit"
};
var VELOCITY = 80;
var VIRIDIS = [
  "#440154",
  "#472d7b",
  "#3b528b",
  "#2c728e",
  "#21918c",
  "#28ae80",
  "#5ec962",
  "#addc30",
  "#fde725"
];
var WHOLE = 65535;

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
  const kept2 = known.get(colour);
  if (kept2 !== void 0) return kept2;
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
    const fill2 = model.get("fill");
    const laidOut = fill2 || sized();
    if (stale) {
      canvas.setAttribute("aria-label", label());
      el.classList.toggle("lstmmusic-filling", fill2);
      el.style.setProperty("--view-height", `${model.get("height") + (fill2 ? needed() : extra())}px`);
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
function timeTicks(step, unit, first, span, count) {
  const [from, to] = [first * step, (first + span) * step];
  return unit === "beats" ? ticks(from, to, count, [1], 2) : ticks(from, to, count);
}
function tickText(value, distance) {
  let digits = 0;
  while (digits < 6 && Math.abs(Number(distance.toFixed(digits)) - distance) > distance * 1e-6) digits++;
  return value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

// lstmmusic/views/roll/cells.js
var SOUNDS = 128;
var VISIBLE = 6;
var pitchName = (pitch) => `${PITCH_CLASSES[pitch % 12]}${Math.floor(pitch / 12) - 1}`;
function findNotes(cells, onsets, pitches, from, to) {
  const notes = [];
  const open = new Array(pitches).fill(null);
  for (let step = from; step < to; step++) {
    for (let pitch = 0; pitch < pitches; pitch++) {
      const cell = step * pitches + pitch;
      const held = open[pitch];
      if (cells[cell] < SOUNDS) {
        open[pitch] = null;
      } else if (held && !(onsets.length && onsets[cell] >= SOUNDS)) {
        held.end = step + 1;
      } else {
        const note = { pitch, start: step, end: step + 1 };
        open[pitch] = note;
        notes.push(note);
      }
    }
  }
  return notes;
}
function halve(cells, pitches) {
  const steps = cells.length / pitches;
  const halved = new Uint8Array(Math.ceil(steps / 2) * pitches);
  for (let step = 0; step < steps; step++) {
    const [from, to] = [step * pitches, (step >> 1) * pitches];
    for (let pitch = 0; pitch < pitches; pitch++) {
      if (cells[from + pitch] > halved[to + pitch]) halved[to + pitch] = cells[from + pitch];
    }
  }
  return halved;
}
function makeLayer(cells, onsets, pitches) {
  const steps = cells.length / pitches;
  const copies = [cells];
  let notes = null;
  let reach;
  const copy = (level) => {
    while (copies.length <= level) copies.push(halve(copies[copies.length - 1], pitches));
    return copies[level];
  };
  const allNotes = () => {
    if (notes) return notes;
    notes = findNotes(cells, onsets, pitches, 0, steps);
    let latest = 0;
    reach = Float64Array.from(notes, ({ end }) => latest = Math.max(latest, end));
    return notes;
  };
  return {
    cells,
    copy,
    /**
     * The finest level at which a step of the copy is at least a pixel wide, so that no short note is lost.
     * @param {number} pixelsPerStep
     */
    level: (pixelsPerStep) => Math.max(0, Math.ceil(-Math.log2(pixelsPerStep))),
    /**
     * Notes in steps [from, to); where many steps share a pixel, what looks the same.
     * @param {number} from @param {number} to @param {number} level
     */
    notes: (from, to, level) => {
      if (level === 0) {
        const all = allNotes();
        const first = firstIndex(all.length, (at) => reach[at] > from);
        return all.slice(first, firstIndex(all.length, (at) => all[at].start >= to));
      }
      const length = 2 ** level;
      const last = Math.min(Math.ceil(to / length), copy(level).length / pitches);
      const runs = findNotes(copy(level), new Uint8Array(), pitches, Math.floor(from / length), last);
      return runs.map(({ pitch, start, end }) => {
        return { pitch, start: start * length, end: Math.min(end * length, steps) };
      });
    }
  };
}
function countSteps(layers, pitches) {
  const counts = new Uint32Array(pitches);
  for (const cells of layers) {
    for (let cell = 0; cell < cells.length; cell++) if (cells[cell] >= SOUNDS) counts[cell % pitches]++;
  }
  return counts;
}
function findRange(layers, pitches) {
  const highest = new Uint8Array(pitches);
  for (const cells of layers) {
    for (let start = 0; start < cells.length; start += pitches) {
      for (let pitch = 0; pitch < pitches; pitch++) {
        if (cells[start + pitch] > highest[pitch]) highest[pitch] = cells[start + pitch];
      }
    }
  }
  let low = highest.findIndex((value) => value >= VISIBLE);
  let high = highest.findLastIndex((value) => value >= VISIBLE);
  if (high < 0) [low, high] = [Math.floor(pitches / 2), Math.floor(pitches / 2)];
  const missing = Math.max(0, 24 - (high - low + 5));
  low = Math.max(0, low - 2 - Math.ceil(missing / 2));
  high = Math.min(pitches - 1, Math.max(high + 2 + Math.floor(missing / 2), low + 23));
  return [Math.max(0, Math.min(low, high - 23)), high];
}
function findStrikes({ cells, notes }, steps, pitches) {
  const strikes = new Uint8Array(steps);
  for (const { pitch, start } of notes(0, steps, 0)) {
    strikes[start] = Math.max(strikes[start], cells[start * pitches + pitch]);
  }
  return makeLayer(strikes, new Uint8Array(), 1);
}
function readRoll(model) {
  const [[steps, pitches], velocities] = [model.get("shape"), model.get("velocities")];
  if (steps === 0 || pitches === 0) return null;
  const read = (name) => bytes(model.get(name));
  const [cells, notes, onsets, changed] = [read("cells"), read("notes"), read("onsets"), read("changed")];
  const changes = new Uint8Array(changed.length / pitches);
  for (let step = 0; step < changes.length; step++) {
    if (changed.subarray(step * pitches, (step + 1) * pitches).some(Boolean)) changes[step] = 255;
  }
  const struck = makeLayer(cells, onsets, pitches);
  const [low, high] = findRange([cells, notes, changed], pitches);
  const probabilities = new Uint16Array(bytes(model.get("probabilities")).buffer);
  return {
    ...{ steps, pitches, low, high, probabilities },
    counts: countSteps([cells, notes], pitches),
    chances: makeLayer(Uint8Array.from(probabilities, (chance) => chance >> 8), new Uint8Array(), pitches),
    uniforms: new Uint16Array(bytes(model.get("uniforms")).buffer),
    onsets,
    cells: struck,
    strikes: velocities[1] ? findStrikes(struck, steps, pitches) : makeLayer(new Uint8Array(), new Uint8Array(), 1),
    notes: makeLayer(notes, onsets, pitches),
    changed: makeLayer(changed, new Uint8Array(), pitches),
    changes: makeLayer(changes, new Uint8Array(), 1)
  };
}

// lstmmusic/views/roll/pitches.js
var ROW = { least: 7.5, most: 20 };
var FEWEST = 12;
function densest(counts, low, high, rows) {
  let sum = 0;
  for (let pitch = low; pitch < low + rows; pitch++) sum += counts[pitch];
  let [most, first, last] = [sum, low, low];
  for (let bottom = low + 1; bottom + rows <= high + 1; bottom++) {
    sum += counts[bottom + rows - 1] - counts[bottom - 1];
    if (sum > most) [most, first] = [sum, bottom];
    if (sum === most) last = bottom;
  }
  return Math.floor((first + last) / 2);
}
function shownRows({ tools, pitch_first, pitch_span }, { low, high, pitches, counts }, height) {
  const used = high - low + 1;
  if (!tools) return { bottom: low, rows: used };
  if (pitch_span > 0) {
    const rows2 = clamp(pitch_span, Math.min(FEWEST, pitches), pitches);
    return { bottom: clamp(pitch_first, 0, pitches - rows2), rows: rows2 };
  }
  const rows = clamp(used, Math.ceil(height / ROW.most), Math.floor(height / ROW.least));
  const possible = clamp(rows, Math.min(FEWEST, pitches), pitches);
  if (possible <= used) return { bottom: densest(counts, low, high, possible), rows: possible };
  return { bottom: clamp(low - Math.floor((possible - used) / 2), 0, pitches - possible), rows: possible };
}
function makePitchWindow(model, grid, save2) {
  const scrolls = () => model.get("tools") && grid().rows < grid().pitches;
  const now = () => {
    const { plot, bottom, rows } = grid();
    if (!model.get("pitch_span")) return { bottom, rows };
    const wanted = { tools: true, pitch_first: model.get("pitch_first"), pitch_span: model.get("pitch_span") };
    return shownRows(wanted, grid(), plot.bottom - plot.top);
  };
  const show = (bottom, rows = now().rows) => {
    const { pitches } = grid();
    const possible = clamp(rows, Math.min(FEWEST, pitches), pitches);
    model.set("pitch_span", possible);
    model.set("pitch_first", clamp(bottom, 0, pitches - possible));
    save2();
  };
  const zoom = (factor, y = NaN) => {
    const { bottom, rows } = now();
    const { plot } = grid();
    const share = y >= plot.top && y <= plot.bottom ? (plot.bottom - y) / (plot.bottom - plot.top) : 0.5;
    show(bottom + share * (rows - rows / factor), rows / factor);
  };
  const follow = (pitch) => {
    if (!scrolls()) return;
    const { bottom, rows } = now();
    if (pitch < bottom) show(pitch);
    else if (pitch + 1 > bottom + rows) show(pitch + 1 - rows);
  };
  const scroll = (pixels) => {
    const { bottom, rows } = now();
    const wanted = clamp(bottom - pixels / grid().row, 0, grid().pitches - rows);
    if (wanted === bottom) return false;
    show(wanted);
    return true;
  };
  const hold = () => {
    if (scrolls() && !model.get("pitch_span")) show(now().bottom);
  };
  const reset = () => {
    model.set("pitch_span", 0);
    model.set("pitch_first", 0);
    save2();
  };
  return { scrolls, now, show, zoom, follow, scroll, hold, reset };
}
function thumbOf({ plot, bottom, rows, pitches }) {
  const height = plot.bottom - plot.top;
  const y = (pitch) => plot.bottom - pitch / pitches * height;
  return { left: plot.right + 3, right: plot.right + 9, top: y(bottom + rows), bottom: y(bottom) };
}

// lstmmusic/views/roll/window.js
var ZOOM = 1.5;
var SAVE_EVERY = 100;
var LEAST_SPAN = 8;
var LINE = 40;
function makeSaver(model) {
  let timer;
  let waiting = false;
  const wake = () => {
    timer = void 0;
    if (waiting) save2();
  };
  const save2 = () => {
    waiting = timer !== void 0;
    if (waiting) return;
    model.save_changes();
    timer = setTimeout(wake, SAVE_EVERY);
  };
  const finish = () => {
    clearTimeout(timer);
    wake();
  };
  return { save: save2, finish };
}
function shownSteps(model) {
  const [steps] = model.get("shape");
  const span = model.get("span");
  if (!(span > 0 && span < steps)) return { first: 0, span: steps, steps };
  return { first: clamp(model.get("first"), 0, steps - span), span, steps };
}
function selectedSteps(model) {
  const [steps] = model.get("shape");
  const [start, stop] = model.get("selection") ?? [0, 0];
  return [clamp(start, 0, steps), clamp(stop, clamp(start, 0, steps), steps)];
}
function makeWindow(model, plot, pitches, save2) {
  const shown = () => shownSteps(model);
  const stepAt = (x) => {
    const { left, right } = plot();
    return shown().first + (x - left) / (right - left) * shown().span;
  };
  const show = (first, span = shown().span) => {
    const { steps } = shown();
    const whole = span >= steps;
    model.set("span", whole ? 0 : span);
    model.set("first", whole ? 0 : clamp(first, 0, steps - span));
    save2();
  };
  const zoom = (factor, x) => {
    const { first, span, steps } = shown();
    const { left, right } = plot();
    const share = x >= left && x <= right ? (x - left) / (right - left) : 0.5;
    const wanted = Math.max(Math.min(LEAST_SPAN, steps), span / factor);
    show(first + share * (span - wanted), wanted);
  };
  const follow = (step) => {
    const { first, span } = shown();
    if (step < first) show(step);
    else if (step > first + span) show(step - span);
  };
  const wheel = (event) => {
    const { first, span, steps } = shown();
    const { left, right } = plot();
    const pixels = event.deltaMode === WheelEvent.DOM_DELTA_PIXEL ? 1 : LINE;
    if (event.ctrlKey) {
      event.preventDefault();
      const factor = Math.exp(-(event.deltaY || event.deltaX) * pixels * 3e-3);
      if (model.get("tools") && (event.shiftKey || event.offsetX < left)) pitches.zoom(factor, event.offsetY);
      else zoom(factor, event.offsetX);
      return;
    }
    const along = event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY);
    if (!along && pitches.scrolls()) {
      if (pitches.scroll(event.deltaY * pixels)) event.preventDefault();
      return;
    }
    const delta = (Math.abs(event.deltaX) > Math.abs(event.deltaY) ? event.deltaX : event.deltaY) * pixels;
    const wanted = clamp(first + delta / (right - left) * span, 0, steps - span);
    if (wanted === first) return;
    event.preventDefault();
    show(wanted);
  };
  let before = -1;
  const turn = () => {
    const { first, span, steps } = shown();
    const playhead = model.get("playhead");
    const inside2 = (step) => step >= first && step < first + span;
    if (playhead >= 0 && playhead < steps && (before < 0 || inside2(before)) && !inside2(playhead)) show(playhead);
    before = playhead;
  };
  const reset = () => {
    show(0, Infinity);
    pitches.reset();
  };
  return { shown, stepAt, show, zoom, follow, wheel, turn, reset };
}

// lstmmusic/views/roll/layout.js
var SHORT2 = 130;
var LEAST_COLUMN = 1;
var BUTTON = 18;
var BAND = { height: 8, compact: 5, gap: 3 };
var NATS = { height: 44, compact: 24, gap: 5 };
var LANE = { height: 56, compact: 30, gap: 5 };
var isHot = (model) => model.get("palette") === "probability";
var isUnderlaid = (model) => {
  return !isHot(model) && model.get("underlay") && model.get("probabilities").byteLength > 0;
};
var isDynamic = (model) => !isHot(model) && model.get("velocities")[0] < model.get("velocities")[1];
var sizeLanes = (model) => {
  const shown = [model.get("copying"), model.get("surprising"), isDynamic(model) && model.get("lane")];
  return [BAND, NATS, LANE].map(({ gap, height, compact }, number) => {
    return shown[number] ? [gap, model.get("compact") ? compact : height] : [0, 0];
  });
};
var laneRoom = (model) => sizeLanes(model).flat().reduce((sum, pixels) => sum + pixels, 0);
var measuredRoom = (model) => sizeLanes(model).slice(0, 2).flat().reduce((sum, pixels) => sum + pixels, 0);
var isShort = (model, size) => size.height - laneRoom(model) < SHORT2;
var isTight = (model, size) => model.get("tools") || isShort(model, size);
var hasLegend = (model) => model.get("legend") && model.get("primer") > 0 && !isHot(model);
var isNumbered = (model, size) => {
  return !model.get("compact") && !isShort(model, size) && model.get("bars").length > 0;
};
function layOut(model, size, roll, span) {
  const compact = model.get("compact");
  const named = model.get("title") || model.get("note") || isDynamic(model);
  const headed = named || model.get("tools") || !compact && (isHot(model) || hasLegend(model));
  const short = isShort(model, size);
  const plot = { left: 40, right: size.width - 12, top: headed ? 24 : 8, bottom: size.height - 36 };
  if (compact) Object.assign(plot, { left: 4, right: size.width - 4, top: headed ? 20 : 4, bottom: size.height - 4 });
  else if (isTight(model, size)) plot.bottom += 16;
  const namesPrimer = !compact && !short && model.get("primer") > 0 && !hasLegend(model);
  if (namesPrimer || isNumbered(model, size)) plot.top += 14;
  const narrow = (plot.right - plot.left) / roll.steps < LEAST_COLUMN;
  const mapped = span < roll.steps || narrow && !compact && !short;
  if (mapped) plot.bottom -= compact ? 9 : 16;
  const floor = plot.bottom;
  plot.bottom -= laneRoom(model);
  let top = plot.bottom;
  const [band, nats, lane] = sizeLanes(model).map(([gap, height]) => {
    const edges = { ...plot, top: top + gap, bottom: top + gap + height };
    top = edges.bottom;
    return height ? edges : null;
  });
  const laid = { plot, band, nats, lane, floor, namesPrimer };
  if (!mapped) return { ...laid, map: null, buttons: [] };
  const bottom = size.height - (compact ? 3 : 5);
  const map = { left: plot.left, right: plot.right, top: bottom - (compact ? 5 : 9), bottom };
  if (compact || model.get("tools")) return { ...laid, map, buttons: [] };
  map.right -= 2 * BUTTON + 4;
  const middle = plot.right - BUTTON;
  return {
    ...laid,
    map,
    buttons: [
      { name: "out", text: "−", left: middle - BUTTON, right: middle },
      { name: "in", text: "+", left: middle, right: plot.right }
    ]
  };
}
function layGrid(model, size, roll) {
  const window = shownSteps(model);
  const places = layOut(model, size, roll, window.span);
  const { plot } = places;
  const column = (plot.right - plot.left) / window.span;
  const wanted = {
    tools: model.get("tools"),
    pitch_first: model.get("pitch_first"),
    pitch_span: model.get("pitch_span")
  };
  const { bottom, rows } = shownRows(wanted, roll, plot.bottom - plot.top);
  const row = (plot.bottom - plot.top) / rows;
  return {
    ...roll,
    ...window,
    ...places,
    column,
    bottom,
    rows,
    row,
    low: Math.floor(bottom),
    // of the pitches that are in the window
    high: Math.ceil(bottom + rows) - 1,
    primer: Math.min(model.get("primer"), roll.steps),
    level: roll.cells.level(column * size.ratio),
    x: (step) => plot.left + (step - window.first) * column,
    y: (pitch) => plot.top + (bottom + rows - 1 - pitch) * row,
    pitchAt: (y) => Math.floor(bottom + rows - (y - plot.top) / row)
  };
}

// lstmmusic/views/roll/bars.js
var LEAST = { bar: 6, beat: 10 };
var SMALL = 1e-6;
var NUMBER_ROOM = 34;
function findLines(metres, which, from, to, least) {
  const lines = [];
  let number = metres.length && metres[0][0] < 0 ? 0 : 1;
  metres.forEach((metre, index) => {
    const [start, length] = [metre[0], metre[which]];
    const count = (end2) => Math.ceil((end2 - start) / length - SMALL);
    const end = index + 1 < metres.length ? metres[index + 1][0] : to;
    if (length >= least) {
      for (let place = Math.max(0, count(from)); place < count(Math.min(end, to)); place++) {
        lines.push({ step: start + place * length, length, number: number + place });
      }
    }
    number += count(end);
  });
  return lines;
}
function placeInBars(metres, step) {
  const at = Math.max(0, metres.findLastIndex(([start2]) => start2 <= step + SMALL));
  const [start, bar, beat] = metres[at];
  const counted = findLines(metres.slice(0, at + 1), 1, start, start + bar * (1 - SMALL), 0);
  const passed = Math.floor((step - start) / bar + SMALL);
  const within = 1 + (step - start - passed * bar) / beat;
  return `bar ${counted[0].number + passed} beat ${Number(within.toFixed(2))}`;
}
function paintBars({ context, style, model, grid }, { left, top, bottom }) {
  const { first, span, column } = grid;
  const metres = model.get("bars");
  context.strokeStyle = isHot(model) ? "#fff" : style.ink;
  context.lineWidth = 1;
  for (
    const [which, least, alpha] of
    /** @type {const} */
    [[2, LEAST.beat, 0.1], [1, LEAST.bar, 0.22]]
  ) {
    context.globalAlpha = alpha;
    for (const { step } of findLines(metres, which, first, first + span, least / column)) {
      const x = Math.round(grid.x(step)) + 0.5;
      if (x > left + 1) line(context, x, top, x, bottom);
    }
  }
  context.globalAlpha = 1;
}
function paintBarNumbers({ context, size, style, model, grid }, left) {
  if (!isNumbered(model, size)) return;
  const { plot, first, span, column } = grid;
  const metres = model.get("bars");
  for (const { step, length, number } of findLines(metres, 1, first, first + span, LEAST.bar / column)) {
    const apart = 2 ** Math.max(0, Math.ceil(Math.log2(NUMBER_ROOM / (length * column))));
    const [x, text] = [grid.x(step), `${number}`];
    const right = x + widthOf(context, text, style.smallFont);
    if ((number - 1) % apart || x < left || right > plot.right) continue;
    write(context, text, x, plot.top - 7, { font: style.smallFont, colour: style.faint });
    left = right + 6;
  }
}

// lstmmusic/views/roll/heat.js
var SCALE = VIRIDIS.map((colour) => [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16)));
var COLOURS = new Uint8Array(256 * 3);
for (let value = 0; value < 256; value++) {
  const position = value / 255 * (SCALE.length - 1);
  const index = Math.min(Math.floor(position), SCALE.length - 2);
  for (let channel = 0; channel < 3; channel++) {
    const [from, to] = [SCALE[index][channel], SCALE[index + 1][channel]];
    COLOURS[value * 3 + channel] = Math.round(from + (to - from) * (position - index));
  }
}
function colourInk(data, at, value) {
  data[at] = COLOURS[value * 3];
  data[at + 1] = COLOURS[value * 3 + 1];
  data[at + 2] = COLOURS[value * 3 + 2];
  data[at + 3] = 255;
}
var opacityOf = (value) => value < 3 ? 0 : Math.min(255, 45 + 1.3 * value);
function paleInk(data, at, value, column) {
  colourInk(data, at, value, column);
  data[at + 3] = opacityOf(value);
}
function noteInk(data, at, value) {
  if (value >= SOUNDS) data[at + 3] = 255;
}
function makeImage(cells, { pitches, low, high }, from, to, ink) {
  const width = to - from;
  const image = new ImageData(width, high - low + 1);
  for (let step = from; step < to; step++) {
    for (let pitch = low; pitch <= high; pitch++) {
      ink(image.data, ((high - pitch) * width + step - from) * 4, cells[step * pitches + pitch], step);
    }
  }
  const canvas = new OffscreenCanvas(width, high - low + 1);
  contextOf(canvas).putImageData(image, 0, 0);
  return canvas;
}
function tint(image, colour) {
  const context = contextOf(image);
  context.globalCompositeOperation = "source-in";
  context.fillStyle = colour;
  context.fillRect(0, 0, image.width, image.height);
}
function paintImage(context, grid, layer, ink, dye = () => {
}) {
  const { pitches, first, span, column, level } = grid;
  const copy = layer.copy(level);
  const length = 2 ** level;
  const from = Math.floor(first / length);
  const to = Math.min(Math.ceil((first + span) / length), copy.length / pitches);
  if (to <= from) return;
  const image = makeImage(copy, grid, from, to, ink);
  dye(image);
  const width = (to - from) * length * column;
  context.imageSmoothingEnabled = false;
  context.drawImage(image, grid.x(from * length), grid.y(grid.high), width, (grid.high - grid.low + 1) * grid.row);
}
function paintHeat({ context, grid }) {
  paintImage(context, grid, grid.cells, colourInk);
}
function paintUnderlay({ context, grid }) {
  paintImage(context, grid, grid.chances, paleInk);
}
function paintScale(context, left, y, length, pale) {
  for (let x = 0; x < length; x++) {
    const value = Math.round(x / (length - 1) * 255);
    const opacity = pale ? opacityOf(value) / 255 : 1;
    context.fillStyle = `rgba(${COLOURS.subarray(3 * value, 3 * value + 3).join()}, ${opacity})`;
    context.fillRect(left + x, y - 5, 1, 10);
  }
}
function miniature(layer, grid, pixelsPerStep, colour) {
  const copy = layer.copy(layer.level(pixelsPerStep));
  const image = makeImage(copy, grid, 0, copy.length / grid.pitches, noteInk);
  tint(image, colour);
  return image;
}

// lstmmusic/views/roll/shades.js
var SOFTEST = 0.4;
var LOUDEST = 0.5;
var kept = /* @__PURE__ */ new Map();
function makeShades(colour, { paper, ink }) {
  const key = [colour, paper, ink].join();
  const known2 = kept.get(key);
  if (known2) return known2;
  const context = contextOf(new OffscreenCanvas(128, 1));
  const cover = (x, fill2, share) => {
    context.globalAlpha = share;
    context.fillStyle = fill2;
    context.fillRect(x, 0, 1, 1);
  };
  for (let velocity = 0; velocity < 128; velocity++) {
    cover(velocity, paper, 1);
    cover(velocity, colour, Math.min(1, SOFTEST + (1 - SOFTEST) * velocity / VELOCITY));
    if (velocity > VELOCITY) cover(velocity, ink, LOUDEST * (velocity - VELOCITY) / (127 - VELOCITY));
  }
  const { data } = context.getImageData(0, 0, 128, 1);
  const shades = Array.from({ length: 128 }, (_, at) => {
    const channels = [...data.subarray(4 * at, 4 * at + 3)];
    return { channels, css: `rgb(${channels.join()})` };
  });
  kept.set(key, shades);
  return shades;
}
function shadesOf(style, primer, dynamic) {
  const [given, generated] = [makeShades(style.given, style), makeShades(style.brand, style)];
  return (value, step) => (step < primer ? given : generated)[dynamic ? value - SOUNDS : VELOCITY];
}

// lstmmusic/views/roll/plot.js
var BLACK_KEYS = [1, 3, 6, 8, 10];
var FRAME = 1.5;
var BAND2 = 7;
var GRIP = { width: 7, height: 22 };
var shownNotes = (grid, layer) => layer.notes(grid.first, grid.first + grid.span, grid.level);
function inside(context, { left, right, top, bottom }, draw) {
  context.save();
  context.beginPath();
  context.rect(left, top, right - left, bottom - top);
  context.clip();
  draw();
  context.restore();
}
var inPlot = (context, { plot }, draw) => inside(context, plot, draw);
function paintPaper({ context, style, model, grid }) {
  const { plot, low, high, row, primer } = grid;
  const width = plot.right - plot.left;
  context.fillStyle = style.paper;
  context.fillRect(plot.left, plot.top, width, plot.bottom - plot.top);
  context.fillStyle = style.ink;
  context.globalAlpha = 0.06;
  for (let pitch = low; pitch <= high; pitch++) {
    if (BLACK_KEYS.includes((model.get("lowest") + pitch) % 12)) {
      context.fillRect(plot.left, grid.y(pitch), width, row);
    }
  }
  context.globalAlpha = 0.14;
  context.fillStyle = style.given;
  context.fillRect(grid.x(0), plot.top, primer * grid.column, plot.bottom - plot.top);
  context.globalAlpha = 1;
}
function paintNotes({ context, style, model, grid }) {
  const { column, row, primer, level, pitches } = grid;
  const shade = shadesOf(style, primer, isDynamic(model));
  if (level > 0) {
    const opacity = isUnderlaid(model) ? 170 : 255;
    paintImage(context, grid, grid.cells, (data, at, value, step) => {
      if (value >= SOUNDS) data.set([...shade(value, step * 2 ** level).channels, opacity], at);
    });
    return;
  }
  const gap = Math.min(2, column * 0.3);
  const framed = isUnderlaid(model) && row > 2 * FRAME && column > FRAME;
  context.lineWidth = FRAME;
  context.strokeStyle = style.ink;
  for (const { pitch, start, end } of shownNotes(grid, grid.cells)) {
    const [top, height] = [grid.y(pitch) + row * 0.08, Math.max(1, row * 0.84)];
    const seam = clamp(primer, start, end);
    const value = grid.cells.cells[start * pitches + pitch];
    for (const [from, to] of [[start, seam], [seam, end]]) {
      if (from >= to) continue;
      const width = (to - from) * column - (to === end ? gap : 0);
      context.fillStyle = shade(value, from).css;
      if (!framed) context.fillRect(grid.x(from), top, width, height);
      else if (width > FRAME) context.strokeRect(grid.x(from) + FRAME / 2, top, width - FRAME, height);
    }
  }
}
function paintNoteLine(context, left, top, width, height) {
  const [core, edges] = NOTE_LINE;
  context.fillStyle = edges;
  context.fillRect(left, top, width, height);
  context.fillStyle = core;
  context.fillRect(left + 1, top + 1, Math.max(1, width - 2), Math.max(1, height - 2));
}
function paintNoteLines({ context, grid }) {
  const { column, row } = grid;
  const height = clamp(Math.round(row * 0.4), 2, 5);
  const gap = Math.min(2, column * 0.3);
  for (const { pitch, start, end } of shownNotes(grid, grid.notes)) {
    const top = Math.round(grid.y(pitch) + (row - height) / 2);
    paintNoteLine(context, grid.x(start), top, (end - start) * column - gap, height);
  }
}
function paintPrimer({ context, style, model, grid }) {
  const { plot, primer, first } = grid;
  if (primer <= first) return;
  const x = Math.round(grid.x(primer)) + 0.5;
  if (isHot(model)) {
    context.globalAlpha = 0.35;
    context.fillStyle = style.given;
    context.fillRect(plot.left, plot.top, x - plot.left, plot.bottom - plot.top);
    context.globalAlpha = 1;
  }
  context.strokeStyle = style.faint;
  context.lineWidth = 1;
  line(context, x, plot.top, x, plot.bottom);
}
function paintChanges({ context, style, model, grid }) {
  const { plot, column, row } = grid;
  context.fillStyle = style.warn;
  for (const { start, end } of shownNotes(grid, grid.changes)) {
    context.fillRect(grid.x(start), plot.top, (end - start) * column, 3);
  }
  if (grid.level > 0 || row < 3) {
    context.globalAlpha = 0.5;
    paintImage(context, grid, grid.changed, noteInk, (image) => tint(image, style.warn));
    context.globalAlpha = 1;
    return;
  }
  context.strokeStyle = style.warn;
  context.lineWidth = 1;
  const sounding = isHot(model) ? grid.notes.cells : grid.cells.cells;
  for (const { pitch, start, end } of shownNotes(grid, grid.changed)) {
    context.setLineDash(sounding[start * grid.pitches + pitch] >= SOUNDS ? [] : [2, 2]);
    context.strokeRect(grid.x(start) + 0.5, grid.y(pitch) + 0.5, Math.max(1, (end - start) * column - 1), row - 1);
  }
  context.setLineDash([]);
}
function paintPlot(scene) {
  inPlot(scene.context, scene.grid, () => {
    if (isHot(scene.model)) paintHeat(scene);
    else paintPaper(scene);
    if (isUnderlaid(scene.model)) paintUnderlay(scene);
    paintBars(scene, scene.grid.plot);
    if (!isHot(scene.model)) paintNotes(scene);
    paintPrimer(scene);
    if (isHot(scene.model)) paintNoteLines(scene);
    paintChanges(scene);
  });
}
function paintLoop({ context, style, grid }, loop) {
  if (!loop.length) return;
  const { plot } = grid;
  const [left, right] = loop.map((step) => grid.x(step));
  inPlot(context, grid, () => {
    context.fillStyle = style.third;
    context.globalAlpha = 0.14;
    context.fillRect(left, plot.top, right - left, plot.bottom - plot.top);
    context.globalAlpha = 1;
    context.fillRect(left, plot.bottom - 3, right - left, 3);
    for (const x of [left, right - 2]) context.fillRect(x, plot.top, 2, plot.bottom - plot.top);
  });
}
function paintMark({ context, style, grid }, steps) {
  const { plot, floor } = grid;
  const [left, right] = steps.map((step) => clamp(grid.x(step), plot.left, plot.right));
  if (left >= right) return;
  context.fillStyle = style.brand;
  context.globalAlpha = 0.12;
  context.fillRect(left, plot.top, right - left, plot.bottom - plot.top);
  context.globalAlpha = 0.35;
  context.fillRect(left, plot.top - BAND2, right - left, BAND2);
  context.globalAlpha = 1;
  context.strokeStyle = style.brand;
  context.lineWidth = 2;
  context.setLineDash([5, 4]);
  for (const step of steps) {
    const x = grid.x(step);
    if (x < plot.left - 1 || x > plot.right + 1) continue;
    line(context, x, plot.top, x, floor);
    context.fillRect(x - 2, plot.top - BAND2, 4, BAND2);
  }
  context.setLineDash([]);
}
function paintChosen({ context, style, grid }, { pitch, start, end }) {
  const [left, top, width] = [grid.x(start), grid.y(pitch), (end - start) * grid.column];
  inPlot(context, grid, () => {
    context.strokeStyle = style.ink;
    context.lineWidth = 2;
    context.strokeRect(left - 1, top - 1, width + 2, grid.row + 2);
    context.fillStyle = style.ink;
    context.fillRect(left + width - 3, top, 3, grid.row);
  });
}
function paintSelection({ context, style, model, grid }) {
  const { plot } = grid;
  const [start, stop] = selectedSteps(model);
  const [left, right, height] = [grid.x(start), grid.x(stop), plot.bottom - plot.top];
  if (start === stop) return;
  inPlot(context, grid, () => {
    context.fillStyle = style.paper;
    context.globalAlpha = 0.6;
    context.fillRect(plot.left, plot.top, left - plot.left, height);
    context.fillRect(right, plot.top, plot.right - right, height);
    context.fillStyle = style.brand;
    context.globalAlpha = 0.16;
    context.fillRect(left, plot.top, right - left, height);
    context.globalAlpha = 1;
    context.fillRect(left, plot.top, right - left, 2);
    context.fillRect(left, plot.bottom - 2, right - left, 2);
  });
  for (const x of [left, right]) {
    if (x < plot.left - 1 || x > plot.right + 1) continue;
    const tall = Math.min(GRIP.height, height);
    context.fillStyle = style.brand;
    context.fillRect(x - 1, plot.top, 2, height);
    context.beginPath();
    context.roundRect(x - GRIP.width / 2, (plot.top + plot.bottom - tall) / 2, GRIP.width, tall, 3);
    context.fill();
    context.strokeStyle = style.paper;
    context.lineWidth = 1;
    context.stroke();
  }
}

// lstmmusic/views/roll/copies.js
var PATTERN = 6;
function paintCopies({ context, style, model, grid }) {
  const { band } = grid;
  if (!band) return;
  const height = band.bottom - band.top;
  context.fillStyle = style.line;
  context.globalAlpha = 0.5;
  context.fillRect(band.left, band.top, band.right - band.left, height);
  context.globalAlpha = 1;
  inside(context, band, () => {
    for (const [start, stop] of model.get("copies")) {
      const [left, right] = [start, stop].map((step) => clamp(grid.x(step), band.left - 2, band.right + 2));
      if (right <= left) continue;
      context.fillStyle = style.second;
      context.fillRect(left, band.top, Math.max(2, right - left - 1), height);
      context.strokeStyle = style.paper;
      context.lineWidth = 1;
      context.globalAlpha = 0.6;
      context.beginPath();
      for (let x = left - left % PATTERN - height; x < right; x += PATTERN) {
        context.moveTo(Math.max(x, left), band.bottom - Math.max(0, left - x));
        context.lineTo(Math.min(x + height, right), band.bottom - Math.min(height, right - x));
      }
      context.stroke();
      context.globalAlpha = 1;
    }
  });
}
function copyAt(model, step) {
  const copies = model.get("copies");
  let found = -1;
  copies.forEach(([start, stop], index) => {
    const longer = found < 0 || stop - start > copies[found][1] - copies[found][0];
    if (step >= start && step < stop && longer) found = index;
  });
  return found;
}
function findCopy(model, grid, { x, y }) {
  const { band, plot, column, first } = grid;
  if (!band || x < band.left || x >= band.right || y < band.top - 2 || y >= band.bottom + 2) return null;
  const step = Math.floor(first + (x - plot.left) / column);
  const index = copyAt(model, step);
  return index < 0 ? null : { index, step };
}
function describeCopy(model, copy) {
  return copy ? [model.get("copies")[copy.index][2], "click or key C: hear it there"] : [];
}

// lstmmusic/views/playback/events.js
var PLAYHEAD = "lstmmusic-playhead";
var REQUEST = "lstmmusic-request";

// lstmmusic/views/roll/tempo.js
function readTempoMap(tempi) {
  const begins = [0];
  for (let place = 1; place < tempi.length; place++) {
    const [step, length] = tempi[place - 1];
    begins.push(begins[place - 1] + (tempi[place][0] - step) * length);
  }
  const last = (isLater) => {
    return Math.max(firstIndex(tempi.length, isLater) - 1, 0);
  };
  return {
    /** @param {number} step */
    toSeconds: (step) => {
      const place = last((index) => tempi[index][0] > step);
      return begins[place] + (step - tempi[place][0]) * tempi[place][1];
    },
    /** @param {number} seconds */
    toSteps: (seconds) => {
      const place = last((index) => begins[index] > seconds);
      return tempi[place][0] + (seconds - begins[place]) / tempi[place][1];
    },
    /** Steps between two others at which the tempo changes: @param {number} from @param {number} to */
    changes: (from, to) => tempi.map(([step]) => step).filter((step) => step > from && step < to)
  };
}

// lstmmusic/views/roll/follow.js
function followPlayer(model, signal, move, place) {
  let loop = [];
  let rate = 0;
  let time = 0;
  let tempo = readTempoMap(model.get("tempo_map"));
  const follows = () => model.get("follows") !== "";
  const onPlayhead = ({ detail }) => {
    if (!follows() || detail.id !== model.get("follows")) return;
    const sounds2 = detail.tune === model.get("follows_tune") && (detail.playing || detail.seconds > 0);
    const before = loop;
    [rate, time] = [detail.rate, performance.now()];
    loop = detail.loop.map(tempo.toSteps);
    model.set("playhead", sounds2 ? tempo.toSteps(detail.seconds) : -1);
    place();
    if (String(loop) !== String(before)) move();
  };
  const request = ({ seek, loop: wanted, key }) => {
    if (!follows()) return false;
    const [id, tune] = [model.get("follows"), model.get("follows_tune")];
    const { toSeconds } = tempo;
    const detail = { id, tune, key, seek: seek === void 0 ? seek : toSeconds(seek), loop: wanted?.map(toSeconds) };
    return !document.dispatchEvent(new CustomEvent(REQUEST, { detail, cancelable: true }));
  };
  const turnTo = () => {
    [loop, rate] = [[], 0];
    tempo = readTempoMap(model.get("tempo_map"));
    if (follows()) request({});
    else model.set("playhead", -1);
    move();
  };
  onChange(model, signal, ["follows", "follows_tune", "tempo_map"], turnTo);
  document.addEventListener(
    PLAYHEAD,
    /** @type {EventListener} */
    onPlayhead,
    { signal }
  );
  return {
    follows,
    request,
    loop: () => loop,
    /** @returns {Course} */
    course: () => ({ step: model.get("playhead"), rate, time, loop, tempo })
  };
}

// lstmmusic/views/roll/inspector.js
var PLAIN = "probability";
var NOT_DRAWN = WHOLE;
var fill = (sentence, parts) => sentence.replace(/\{(\w+)\}/g, (_, name) => parts[name]);
function formatDistinct(lower, higher, least = 3) {
  for (let digits = least; digits <= 5; digits++) {
    const texts = [lower.toFixed(digits), higher.toFixed(digits)];
    if (Number(texts[0]) < Number(texts[1])) return texts;
  }
  return null;
}
function reason(sounds2, chance, random, limit) {
  const about = chance.toFixed(3);
  if (sounds2) {
    const texts = formatDistinct(random, chance);
    if (texts) return fill(REASONS.sounds, { random: texts[0], probability: texts[1] });
    return fill(REASONS.just_sounds, { random: about, probability: about });
  }
  const rounding = 2 / WHOLE;
  if (chance < limit || random < chance - rounding && chance < limit + rounding) {
    const short = Number(limit.toFixed(5));
    const threshold = short.toFixed(2).length < String(short).length ? String(short) : short.toFixed(2);
    const texts = formatDistinct(chance, limit);
    if (texts) return fill(REASONS.below_threshold, { probability: texts[0], threshold });
    return fill(REASONS.just_below_threshold, { threshold });
  }
  const [probability, number] = formatDistinct(chance, random) ?? [about, about];
  return fill(REASONS.silent, { random: number, probability });
}
function describeNote({ cells: { cells }, onsets, pitches }, cell, hasVelocities2) {
  const before = cells[cell - pitches] >= SOUNDS;
  const begins = before ? "is struck again" : "is struck";
  const state = onsets.length ? !before || onsets[cell] >= SOUNDS ? begins : "is held" : "sounds";
  return hasVelocities2 ? `${state}, velocity ${cells[cell] - SOUNDS}` : state;
}
function namePlace(model, step) {
  return model.get("bars").length ? placeInBars(model.get("bars"), step) : describePlace(model, step);
}
function describePlace(model, step) {
  const place = `step ${step}, ${(step * model.get("step")).toFixed(2)} ${model.get("unit")}`;
  return model.get("bars").length ? `${placeInBars(model.get("bars"), step)}, ${place}` : place;
}
function nameNote(model, { pitch, start, end, velocity }) {
  const count = countOf(end - start, "step");
  const place = namePlace(model, start);
  return `${pitchName(model.get("lowest") + pitch)}, ${place}, ${count}${velocity ? `, velocity ${velocity}` : ""}`;
}
function nameStretch(model, start, stop) {
  const metres = model.get("bars");
  if (!metres.length) return `steps ${start} to ${stop}`;
  return `${placeInBars(metres, start)} to ${placeInBars(metres, stop)}`;
}
function readCell(model, roll, step, pitch) {
  const hot = model.get("palette") === "probability";
  const { steps, pitches, probabilities, uniforms } = roll;
  const cell = step * pitches + pitch;
  const sounding = (hot ? roll.notes : roll.cells).cells;
  const sounds2 = sounding[cell] >= SOUNDS;
  const given = step < model.get("primer");
  const heard = hot ? "sounds" : describeNote(roll, cell, model.get("velocities")[1] > 0);
  const drawn = uniforms[cell - (steps * pitches - uniforms.length)] ?? NOT_DRAWN;
  return {
    ...{ sounds: sounds2, given, name: pitchName(model.get("lowest") + pitch) },
    state: !sounding.length ? "" : sounds2 ? heard : "is silent",
    chance: probabilities.length ? probabilities[cell] / WHOLE : hot ? roll.cells.cells[cell] / 255 : null,
    meaning: given && model.get("primer_meaning") || model.get("meaning"),
    drawn: sounding.length > 0 && !given && drawn !== NOT_DRAWN ? drawn / WHOLE : null
  };
}
var bare = (number) => number.replace(/^0/, "");
function summariseCell(model, roll, step, pitch) {
  const { given, name, state, chance, meaning, drawn } = readCell(model, roll, step, pitch);
  const facts = state ? [state.replace(/^is /, "")] : [];
  if (chance !== null && drawn !== null) {
    const limit = model.get("threshold");
    const order = drawn < chance ? [drawn, chance] : [chance, drawn];
    const numbers = formatDistinct(order[0], order[1], 2) ?? order.map((number) => number.toFixed(2));
    const [probability, random] = drawn < chance ? [numbers[1], numbers[0]] : numbers;
    facts.push(`p ${bare(probability)}`, `drawn ${bare(random)}`);
    if (chance < limit) facts.push(`below the threshold ${bare(Number(limit.toFixed(5)).toString())}`);
  } else if (chance !== null) {
    facts.push(`p ${bare(chance.toFixed(2))}${meaning === PLAIN ? "" : ` ${meaning}`}`);
  }
  if (given) facts.push(REASONS.primer);
  return `${name}, ${namePlace(model, step)}${facts.length ? `: ${facts.join(", ")}` : ""}`;
}
function describeCell(model, roll, step, pitch, short) {
  const { sounds: sounds2, given, name, state, chance, meaning, drawn } = readCell(model, roll, step, pitch);
  const [note, place] = [state ? `${name} ${state}` : name, describePlace(model, step)];
  const lines = short ? [`${note}, ${place}`] : [note, place];
  if (chance !== null) {
    lines.push(meaning === PLAIN ? `${PLAIN} ${chance.toFixed(2)}` : `${chance.toFixed(2)} ${meaning}`);
    if (drawn !== null && !short) lines.push(`at temperature ${model.get("temperature").toFixed(2)}`);
  }
  if (given) lines.push(REASONS.primer);
  if (chance !== null && drawn !== null) lines.push(reason(sounds2, chance, drawn, model.get("threshold")));
  return lines;
}

// lstmmusic/views/roll/keys.js
var OCTAVE = 12;
var MOVES = {
  ...{ ArrowLeft: [-1, 0], ArrowRight: [1, 0] },
  ...{ ArrowDown: [0, -1], ArrowUp: [0, 1], PageDown: [0, -OCTAVE], PageUp: [0, OCTAVE] }
};
function attachKeys(roll) {
  const { model, canvas, shownGrid, player, move, speak, window, pitches, pencil, select, hear, pointer } = roll;
  const grid = () => (
    /** @type {Grid} */
    shownGrid()
  );
  const { shown, zoom, follow, reset } = window;
  let cell = null;
  const moveSelection = (event) => {
    const { steps } = shown();
    const [start, stop] = selectedSteps(model);
    const length = stop - start;
    const moves = {
      ...{ ArrowLeft: -1, ArrowRight: 1, ArrowDown: -1, ArrowUp: 1 },
      ...{ PageDown: -length, PageUp: length, Home: -steps, End: steps }
    };
    const by = moves[event.key];
    if (by === void 0) return false;
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
  const moveLoop = (event) => {
    const by = event.key === "ArrowLeft" ? -1 : event.key === "ArrowRight" ? 1 : 0;
    if (!by || !event.shiftKey || !player.follows()) return false;
    const { steps } = shown();
    const begin = clamp(Math.floor(cell?.[0] ?? model.get("playhead")), 0, steps - 1);
    const [start, stop] = player.loop().length ? player.loop().map(Math.round) : [begin, begin];
    const end = clamp(stop + by, start + 1, steps);
    player.request({ loop: [start, end] });
    follow(end);
    return true;
  };
  const showCell = () => {
    if (!cell) return;
    follow(cell[0]);
    follow(cell[0] + 1);
    pitches.follow(cell[1]);
    speak(cell);
    move();
  };
  const moveCell = (event) => {
    if (event.key === "Enter" && cell) {
      if (player.follows()) player.request({ seek: cell[0] });
      return player.follows();
    }
    if (event.key === "Escape" && cell) {
      cell = null;
      speak(null);
      move();
      return true;
    }
    const { steps, first, span } = shown();
    const { low, high, pitches: all } = grid();
    const [lowest, highest] = pitches.scrolls() ? [0, all - 1] : [low, high];
    const moves = { ...MOVES, Home: [-steps, 0], End: [steps, 0] };
    if (!moves[event.key]) return false;
    const [across, up] = moves[event.key];
    if (cell) cell = [clamp(cell[0] + across, 0, steps - 1), clamp(cell[1] + up, lowest, highest)];
    else cell = [Math.floor(first + span / 2), Math.round((low + high) / 2)];
    showCell();
    return true;
  };
  const explain = (event) => {
    const [key, marks] = [event.key.toLowerCase(), model.get("marks")];
    if (key === "n" && model.get("surprising") && marks.length) {
      const at = marks.findIndex((mark2) => cell && mark2[0] === cell[0] && mark2[1] === cell[1]);
      const [next, column] = marks[(at + 1) % marks.length];
      cell = [next, column];
      showCell();
      return true;
    }
    const step = cell?.[0] ?? Math.floor(model.get("playhead"));
    if (key !== "c" || !model.get("copying") || copyAt(model, step) < 0) return false;
    hear(step);
    return true;
  };
  const zoomByKey = (event) => {
    const x = cell ? grid().x(cell[0] + 0.5) : pointer()?.x ?? -1;
    if (event.key === "+" || event.key === "=") zoom(ZOOM, x);
    else if (event.key === "-") zoom(1 / ZOOM, x);
    else if (event.key === "0") reset();
    else return false;
    return true;
  };
  const edit = (event) => {
    if (model.get("editable") && event.key.toLowerCase() === "e") {
      save(model, { editing: !model.get("editing") });
      speak(model.get("editing") ? "Edit: on" : "Edit: off");
      return true;
    }
    const edited = pencil.key(event, cell);
    if (!edited) return false;
    cell = edited.cell;
    move();
    return true;
  };
  const mark = ({ key }) => {
    if (!model.get("tools") || model.get("selectable")) return false;
    const marked = model.get("selection");
    if (key === "Escape" && marked && !cell) select(0, 0);
    else if (key.toLowerCase() === "m") {
      const step = cell?.[0] ?? Math.floor(model.get("playhead"));
      if (step < 0 || step >= shown().steps) return false;
      const [start, stop] = marked ?? [step, step + 1];
      select(Math.min(start, step), step < stop && step > start ? step + 1 : Math.max(stop, step + 1));
    } else return false;
    const now = model.get("selection");
    speak(now ? `marked: ${nameStretch(model, ...now)}` : "nothing marked");
    return true;
  };
  canvas.addEventListener("keydown", (event) => {
    if (!shownGrid() || event.ctrlKey || event.metaKey || event.altKey) return;
    const moved = () => model.get("selectable") ? moveSelection(event) : moveLoop(event) || moveCell(event);
    const own = () => edit(event) || mark(event) || explain(event) || moved() || zoomByKey(event);
    const done = own() || player.request({ key: event.key });
    if (!done) return;
    event.preventDefault();
    event.stopPropagation();
  });
  canvas.addEventListener("blur", () => {
    cell = null;
    pencil.settle();
    move();
  });
  for (const [name, value] of Object.entries(OWN_KEYS)) canvas.setAttribute(name, `${value}`);
  const leave = () => {
    cell = null;
  };
  return { cell: () => cell, leave };
}

// lstmmusic/views/roll/gestures.js
var EDGE = 7;
var SCROLLS = ["map", "keys", "thumb"];
var AXIS = 16;
var STILL = 3;
var CURSORS = {
  ...{ start: "ew-resize", stop: "ew-resize", middle: "grab", empty: "crosshair" },
  ...{ map: "pointer", in: "pointer", out: "pointer", note: "crosshair", keys: "ns-resize", thumb: "ns-resize" },
  copy: "pointer"
};
function dragRange({ kind, range: [start, stop], step: origin }, step, steps) {
  if (kind === "start") return [Math.min(Math.round(step), stop - 1), stop];
  if (kind === "stop") return [start, Math.max(Math.round(step), start + 1)];
  if (kind === "middle") {
    const begin2 = clamp(start + Math.round(step - origin), 0, steps - (stop - start));
    return [begin2, begin2 + stop - start];
  }
  const begin = clamp(Math.floor(Math.min(step, origin)), 0, steps - 1);
  return [begin, clamp(Math.ceil(Math.max(step, origin)), begin + 1, steps)];
}
function attachGestures({ model, signal, canvas, shownGrid, player, move, speak, makePencil: makePencil2 }) {
  const grid = () => (
    /** @type {Grid} */
    shownGrid()
  );
  const { save: save2, finish } = makeSaver(model);
  const pitches = makePitchWindow(model, grid, save2);
  const window = makeWindow(model, () => grid().plot, pitches, save2);
  const { shown, stepAt, show, zoom, follow, wheel, turn, reset } = window;
  const pencil = makePencil2(stepAt, (step, pitch) => {
    follow(step);
    pitches.hold();
    pitches.follow(pitch);
  });
  let drag = null;
  let pointer = null;
  const selectable = () => model.get("selectable");
  const selects = ({ y }, shift) => {
    const { plot, floor } = grid();
    return selectable() || model.get("tools") && (shift || y < plot.top || y > floor);
  };
  const range = (selected) => {
    if (selected) return selectable() ? selectedSteps(model) : [];
    return player.loop();
  };
  const select = (start, stop) => {
    model.set("selection", start < stop || selectable() ? [start, stop] : null);
    save2();
  };
  const mapStep = (x) => {
    const { left, right } = grid().map ?? grid().plot;
    return (x - left) / (right - left) * shown().steps;
  };
  const hear = (step) => {
    const at = Math.floor(step);
    model.send({ kind: "hear", copy: copyAt(model, at), step: at, version: model.get("version") });
  };
  const target = ({ x, y }, shift) => {
    const { plot, floor, map, buttons } = grid();
    const selected = selects({ x, y }, shift);
    if (map && y >= map.top - 3) {
      const button = buttons.find(({ left: left2, right: right2 }) => x >= left2 && x < right2);
      return button ? button.name : x >= map.left && x <= map.right ? "map" : null;
    }
    if (findCopy(model, grid(), { x, y })) return "copy";
    if (pitches.scrolls() && y >= plot.top && y < plot.bottom) {
      if (x < plot.left) return "keys";
      if (x >= thumbOf(grid()).left) return "thumb";
    }
    const axis = model.get("tools") ? AXIS : 0;
    if (y < plot.top - axis || y > floor + axis || x < plot.left - EDGE || x > plot.right + EDGE) return null;
    if (!selected && pencil.editing()) return y < plot.bottom ? "note" : null;
    if (!selected && !player.follows()) return null;
    const [start, stop] = range(selected);
    const [left, right] = [grid().x(start), grid().x(stop)];
    if (stop > start) {
      const inner = Math.min(EDGE, (right - left) / 4);
      if (x >= right - inner && x <= right + EDGE) return "stop";
      if (x >= left - EDGE && x <= left + inner) return "start";
      if (x > left && x < right) return "middle";
    }
    return "empty";
  };
  const point = () => {
    const holds = drag && ["middle", ...SCROLLS].includes(drag.kind);
    const under = drag?.kind ?? (shownGrid() && pointer ? target(pointer, false) : null);
    const plain = under ? CURSORS[under] : "default";
    canvas.style.cursor = under === "note" && pointer ? pencil.cursor(pointer) : holds ? "grabbing" : plain;
  };
  const pull = (held, { x, y }) => {
    if (held.kind === "map") {
      show(mapStep(x) - held.offset);
      return;
    }
    if (held.kind === "keys" || held.kind === "thumb") {
      const { plot, row, pitches: all } = grid();
      const down = y - held.from.y;
      pitches.show(held.bottom + (held.kind === "keys" ? down / row : -down / (plot.bottom - plot.top) * all));
      return;
    }
    if (held.kind === "note") {
      pencil.pull({ x, y });
      return;
    }
    held.moved ||= Math.abs(x - held.from.x) > STILL;
    if (!held.moved) return;
    const { steps } = shown();
    const step = clamp(stepAt(x), 0, steps);
    const now = held.now = dragRange(held, step, steps);
    if (held.selects) select(...now);
    follow(step);
    move();
  };
  const press = (event) => {
    const x = event.offsetX;
    pointer = { x, y: event.offsetY };
    if (!shownGrid() || event.button !== 0) return;
    const kind = target(pointer, event.shiftKey);
    const selected = selects(pointer, event.shiftKey);
    if (kind === "copy") hear(stepAt(x));
    else if (kind === "in" || kind === "out") zoom(kind === "in" ? ZOOM : 1 / ZOOM, -1);
    else if (kind) {
      drag = {
        ...{ kind, from: pointer, step: stepAt(x), range: range(selected).map(Math.round), moved: false, offset: 0 },
        ...{ bottom: pitches.now().bottom, selects: selected }
      };
      if (kind === "note") pencil.press(pointer);
      canvas.setPointerCapture(event.pointerId);
      if (kind === "map") {
        const { first, span } = shown();
        const at = mapStep(x);
        drag.offset = at >= first && at <= first + span ? at - first : span / 2;
        pull(drag, pointer);
      }
    }
    point();
  };
  const drop = () => {
    drag = null;
    finish();
    point();
    move();
  };
  const release = () => {
    if (!drag) return;
    const { kind, now, step, selects: selected } = drag;
    const marked = selected && !selectable() && model.get("selection");
    if (kind === "note") pencil.drop();
    else if (now && !selected) player.request({ loop: now });
    else if (!now && marked) select(0, 0);
    else if (!now && !SCROLLS.includes(kind)) player.request({ seek: clamp(Math.floor(step), 0, shown().steps) });
    drop();
  };
  const keys = attachKeys({
    ...{ model, canvas, shownGrid, player, move, speak, window, pitches, pencil, select, hear, pointer: () => pointer }
  });
  canvas.addEventListener("pointerdown", press);
  canvas.addEventListener("pointermove", (event) => {
    pointer = { x: event.offsetX, y: event.offsetY };
    keys.leave();
    if (drag && shownGrid()) pull(drag, pointer);
    point();
  });
  canvas.addEventListener("pointerup", release);
  canvas.addEventListener("pointercancel", () => {
    pencil.cancel();
    drop();
  });
  canvas.addEventListener("pointerleave", () => {
    pointer = null;
  });
  canvas.addEventListener("wheel", (event) => shownGrid() && wheel(event), { passive: false });
  canvas.addEventListener("dblclick", () => {
    const twice = shownGrid() && pointer && target(pointer, false);
    if (twice === "note" && pointer) {
      const { note } = pencil.touch(pointer);
      if (note) pencil.erase(note);
    } else if (shownGrid() && twice !== "in" && twice !== "out") reset();
  });
  onChange(model, signal, ["playhead"], turn);
  onChange(model, signal, ["selection"], () => {
    const now = drag?.now;
    if (now && drag?.selects && String(now) !== String(model.get("selection"))) select(now[0], now[1]);
  });
  signal.addEventListener("abort", finish);
  const touch = () => {
    canvas.style.touchAction = pencil.editing() ? "none" : "pan-y";
  };
  onChange(model, signal, ["editing", "editable"], touch);
  touch();
  return { cell: keys.cell, drag: () => drag, window, pitches, pencil };
}

// lstmmusic/views/roll/lane.js
var MARKS = [["pp", 33], ["mf", 80], ["ff", 112]];
var NEAR = 4;
var MOST_READ = 8;
function paintLane(scene) {
  const { context, style, model, grid } = scene;
  const { lane, column, level, primer } = grid;
  if (!lane) return;
  const [width, height] = [lane.right - lane.left, lane.bottom - lane.top];
  const y = (velocity) => lane.bottom - velocity / 127 * height;
  const shade = shadesOf(style, primer, true);
  const stem = (step, value, thick) => {
    const [x, top] = [grid.x(step), y(value - SOUNDS)];
    context.fillStyle = shade(value, step).css;
    context.fillRect(x, top, thick, lane.bottom - top);
    if (column < 6) return;
    context.beginPath();
    context.arc(x + thick / 2, top, 3, 0, 7);
    context.fill();
  };
  context.fillStyle = style.paper;
  context.fillRect(lane.left, lane.top, width, height);
  inside(context, lane, () => {
    paintBars(scene, lane);
    context.strokeStyle = style.line;
    context.lineWidth = 1;
    for (const [, velocity] of MARKS) {
      line(context, lane.left, Math.round(y(velocity)) + 0.5, lane.right, Math.round(y(velocity)) + 0.5);
    }
    const [from, to] = [grid.first, grid.first + grid.span];
    if (level > 0) {
      const length = 2 ** level;
      const loudest = grid.strikes.copy(level);
      const last = Math.min(Math.ceil(to / length), loudest.length);
      for (let at = Math.floor(from / length); at < last; at++) {
        if (loudest[at]) stem(at * length, loudest[at], Math.max(1, length * column));
      }
      return;
    }
    const struck = grid.cells.notes(from, to, 0).filter(({ start }) => start >= from - 1);
    const value = (note) => valueOf(grid, note);
    struck.sort((one, other) => value(other) - value(one));
    for (const note of struck) stem(note.start, value(note), Math.max(1, Math.min(2, column * 0.4)));
  });
  context.strokeStyle = model.get("compact") ? style.line : style.faint;
  context.strokeRect(lane.left - 0.5, lane.top - 0.5, width + 1, height + 1);
  if (model.get("compact")) return;
  const font = { font: style.smallFont, colour: style.faint, align: (
    /** @type {const} */
    "right"
  ) };
  for (const [name, velocity] of MARKS) write(context, name, lane.left - 7, y(velocity), font);
}
var valueOf = ({ cells, pitches }, { pitch, start }) => cells.cells[start * pitches + pitch];
function describeStrikes(model, grid, { x, y }) {
  const { lane, plot, column, first } = grid;
  if (!lane || x < lane.left || x >= lane.right || y < lane.top || y >= lane.bottom) return [];
  const at = first + (x - plot.left) / column;
  const reach = NEAR / column;
  const near = grid.cells.notes(at - reach, at + reach, 0).filter(({ start: start2 }) => Math.abs(start2 - at) <= reach);
  if (!near.length) return [];
  const apart = Math.min(...near.map(({ start: start2 }) => Math.abs(start2 - at)));
  const struck = near.filter(({ start: start2 }) => Math.abs(start2 - at) === apart).reverse();
  const { start } = struck[0];
  const lines = [`step ${start}, ${(start * model.get("step")).toFixed(2)} ${model.get("unit")}`];
  for (const note of struck.slice(0, MOST_READ)) {
    lines.push(`${pitchName(model.get("lowest") + note.pitch)}: velocity ${valueOf(grid, note) - SOUNDS}`);
  }
  if (struck.length > MOST_READ) lines.push(`and ${struck.length - MOST_READ} more`);
  return lines;
}
var LANE_TITLE = "Show or hide the velocity of each note, from soft (pp) to loud (ff)";
function addLaneButton(model, el, signal) {
  const button = makeButton("Velocities", {
    class: "lstmmusic-lane",
    title: LANE_TITLE,
    ...NO_SHORTCUTS
  });
  const show = () => {
    button.hidden = !isDynamic(model);
    button.setAttribute("aria-pressed", `${model.get("lane")}`);
  };
  button.addEventListener("click", () => save(model, { lane: !model.get("lane") }));
  onChange(model, signal, ["lane", "velocities", "palette"], show);
  signal.addEventListener("abort", () => button.remove());
  el.append(button);
  show();
}

// lstmmusic/views/roll/piano.js
var LEAST_ROW = 4;
var KEYS = 34;
var BLACK = 0.58;
var WHITE_KEYS = [0, 2, 4, 5, 7, 9, 11];
var NAME = { font: 10, least: 22 };
var hasKeys = ({ model, grid }) => model.get("tools") || grid.row >= LEAST_ROW;
function paintKeys({ context, style, model, grid }) {
  const { plot, low, high, row } = grid;
  const lowest = model.get("lowest");
  const left = plot.left - KEYS;
  const isWhite = (pitch) => WHITE_KEYS.includes((lowest + pitch) % 12);
  inside(context, { ...plot, left, right: plot.left }, () => {
    context.fillStyle = "#fff";
    context.fillRect(left, plot.top, KEYS, plot.bottom - plot.top);
    context.strokeStyle = "#9a9a9a";
    context.lineWidth = 1;
    const apart = Math.ceil(NAME.least / (12 * row));
    for (let pitch = low; pitch <= high; pitch++) {
      const y = grid.y(pitch);
      if (isWhite(pitch)) {
        const border = isWhite(pitch - 1) ? { by: 0, from: left } : { by: row / 2, from: left + KEYS * BLACK };
        const edge = Math.round(y + row + border.by) + 0.5;
        line(context, border.from, edge, plot.left, edge);
      } else {
        context.fillStyle = "#333";
        context.fillRect(left, y, KEYS * BLACK, row);
      }
      const octave = (lowest + pitch) / 12;
      if (!Number.isInteger(octave) || octave % apart || y + row > plot.bottom + 1 || y < plot.top) continue;
      const middle = Math.min(y + row / 2, plot.bottom - NAME.font / 2 + 1);
      const font = style.smallFont.replace(/\d+px/, `${NAME.font}px`);
      write(context, pitchName(lowest + pitch), plot.left - 2, middle, { font, colour: "#222", align: "right" });
    }
    context.strokeRect(left + 0.5, plot.top - 0.5, KEYS, plot.bottom - plot.top + 1);
  });
}
function paintThumb({ context, style, grid }) {
  if (grid.rows >= grid.pitches) return;
  const { left, right, top, bottom } = thumbOf(grid);
  context.fillStyle = style.line;
  context.fillRect(left, grid.plot.top, right - left, grid.plot.bottom - grid.plot.top);
  context.fillStyle = style.brand;
  context.beginPath();
  context.roundRect(left, top, right - left, bottom - top, 3);
  context.fill();
}

// lstmmusic/views/roll/margins.js
var LANE_BUTTON = 74;
var makeFont = (style, align = "left") => ({ font: style.smallFont, colour: style.faint, align });
function paintPitches({ context, style, model, grid }) {
  const { plot, low, high, row } = grid;
  const lowest = model.get("lowest");
  const apart = Math.ceil((FONT_SIZE + 2) / (12 * row));
  for (let octave = Math.ceil((lowest + low) / 12); octave * 12 <= lowest + high; octave += apart) {
    const y = grid.y(octave * 12 - lowest) + row / 2;
    line(context, plot.left - 4, Math.round(y) + 0.5, plot.left, Math.round(y) + 0.5);
    const text = makeFont(style, "right");
    write(context, pitchName(octave * 12), plot.left - 7, y, text);
  }
}
function paintTimes({ context, size, style, model, grid }) {
  const { plot, floor, first, span } = grid;
  const [step, unit] = [model.get("step"), model.get("unit")];
  const text = makeFont(style, "center");
  const short = isTight(model, size);
  const y = floor + 13;
  context.font = style.smallFont;
  const end = short ? plot.right - context.measureText(unit).width - 8 : size.width - 2;
  const count = Math.min(12, (plot.right - plot.left) / 70);
  const { distance, values } = timeTicks(step, unit, first, span, count);
  for (const value of values) {
    const x = Math.round(grid.x(value / step)) + 0.5;
    line(context, x, floor, x, floor + 4);
    const number = tickText(value, distance);
    const half = context.measureText(number).width / 2;
    if (!short || x + half <= end) write(context, number, Math.min(x, end - half), y, text);
  }
  if (short) write(context, unit, plot.right, y, { ...text, align: "right" });
  else write(context, unit, (plot.left + plot.right) / 2, y + 16, text);
}
function paintFrame(context, { plot }, colour) {
  context.strokeStyle = colour;
  context.lineWidth = 1;
  context.strokeRect(plot.left - 0.5, plot.top - 0.5, plot.right - plot.left + 1, plot.bottom - plot.top + 1);
}
function paintAxes(scene) {
  const { context, size, style, model, grid } = scene;
  const { plot, floor, namesPrimer, primer, first } = grid;
  context.strokeStyle = style.faint;
  context.lineWidth = 1;
  if (hasKeys(scene)) paintKeys(scene);
  else paintPitches(scene);
  if (model.get("tools")) paintThumb(scene);
  paintTimes(scene);
  paintFrame(context, grid, style.faint);
  const text = makeFont(style);
  const named = namesPrimer && primer > first;
  if (named) write(context, "primer", plot.left, plot.top - 7, text);
  paintBarNumbers(scene, plot.left + (named ? widthOf(context, "primer", style.smallFont) + 8 : 0));
  if (isTight(model, size) || !isHot(model) || !grid.notes.cells.length) return;
  const y = floor + 29;
  write(context, "sounds", plot.right, y, { ...text, align: "right" });
  paintNoteLine(context, plot.right - context.measureText("sounds").width - 22, y - 2, 16, 4);
}
function paintMap({ context, style, grid }, map, image) {
  const { buttons, steps, first, span } = grid;
  const [width, height] = [map.right - map.left, map.bottom - map.top];
  context.fillStyle = style.line;
  context.globalAlpha = 0.5;
  context.fillRect(map.left, map.top, width, height);
  context.globalAlpha = 1;
  context.imageSmoothingEnabled = true;
  context.drawImage(image, map.left, map.top, width, height);
  if (span < steps) {
    const length = Math.max(6, span / steps * width);
    const left = map.left + first / (steps - span) * (width - length);
    context.fillStyle = style.brand;
    context.globalAlpha = 0.25;
    context.fillRect(left, map.top - 1, length, height + 2);
    context.globalAlpha = 1;
    context.strokeStyle = style.brand;
    context.lineWidth = 1;
    context.strokeRect(left + 0.5, map.top - 0.5, length - 1, height + 1);
  }
  for (const { name, text, left: from, right: to } of buttons) {
    context.globalAlpha = name === "in" || span < steps ? 1 : 0.35;
    const font = { font: style.boldFont, colour: style.ink, align: (
      /** @type {const} */
      "center"
    ) };
    write(context, text, (from + to) / 2, (map.top + map.bottom) / 2, font);
  }
  context.globalAlpha = 1;
}
function paintScaleOfHeat({ context, size, style, model }, right, y, wanted) {
  const text = makeFont(style, "right");
  const length = size.width < 400 ? 56 : 96;
  const left = right - 12 - length;
  paintScale(context, left, y, length, !isHot(model));
  write(context, "1", right, y, text);
  const name = wanted + 100 < left ? "probability 0" : "0";
  write(context, name, left - 5, y, text);
  return left - 17 - context.measureText(name).width;
}
function paintLegend({ context, style }, right, y) {
  const text = makeFont(style, "right");
  for (const [name, colour] of [["generated", style.brand], ["primer", style.given]]) {
    write(context, name, right, y, text);
    right -= context.measureText(name).width + 15;
    context.fillStyle = colour;
    context.fillRect(right, y - 5, 10, 10);
    right -= 12;
  }
  return right;
}
function paintHead(scene) {
  const { context, size, style, model, grid } = scene;
  const [title, note, compact] = [model.get("title"), model.get("note"), model.get("compact")];
  const [left, y] = compact ? [4, 10] : [8, 12];
  const noteWidth = note ? widthOf(context, note, style.smallFont) + 12 : 0;
  let right = size.width - (compact ? 4 : 12) - (isDynamic(model) && !model.get("tools") ? LANE_BUTTON : 0);
  if (grid && !compact && (isHot(model) || isUnderlaid(model))) {
    right = paintScaleOfHeat({ ...scene, grid }, right, y, widthOf(context, title, style.boldFont) + noteWidth);
  } else if (grid && !compact && hasLegend(model)) {
    right = paintLegend({ ...scene, grid }, right, y);
  }
  const titleRoom = Math.max(right - left - noteWidth, note ? 0.3 * (right - left) : 0);
  const shown = shorten(context, title, style.boldFont, titleRoom);
  write(context, shown, left, y, { font: style.boldFont, colour: style.ink });
  if (!note) return;
  const start = shown ? left + widthOf(context, shown, style.boldFont) + 12 : left;
  paintNote(scene, note, start, right, y);
}
var CHANGE = { side: 9, gap: 5 };
function paintNote({ context, style, model }, note, left, right, y) {
  const font = { font: style.smallFont, colour: style.faint };
  const { side, gap } = CHANGE;
  const mark = (x, dash) => {
    context.strokeStyle = style.warn;
    context.lineWidth = 1;
    context.setLineDash(dash);
    context.strokeRect(Math.round(x) + 0.5, Math.round(y - side / 2) - 0.5, side, side);
    context.setLineDash([]);
  };
  const marked = model.get("changed").byteLength > 0 && /^\d/.test(note);
  if (!marked) {
    write(context, shorten(context, note, style.smallFont, right - left), left, y, font);
    return;
  }
  mark(left, []);
  left += side + gap;
  write(context, shorten(context, note, style.smallFont, right - left), left, y, font);
  left += widthOf(context, note, style.smallFont) + 2 * gap;
  if (left + side + gap + widthOf(context, "silent now", style.smallFont) > right) return;
  mark(left, [2, 2]);
  write(context, "silent now", left + side + gap, y, font);
}

// lstmmusic/views/roll/edits.js
var hasVelocities = (roll) => roll.strikes.cells.length > 0;
var listed = /* @__PURE__ */ new WeakMap();
function listNotes(roll) {
  const kept2 = listed.get(roll);
  if (kept2) return kept2;
  const { cells, pitches, steps } = roll;
  const known2 = hasVelocities(roll);
  const notes = cells.notes(0, steps, 0).map((note) => {
    return { ...note, velocity: known2 ? cells.cells[note.start * pitches + note.pitch] - SOUNDS : 0 };
  });
  listed.set(roll, notes);
  return notes;
}
function findNote(notes, step, pitch) {
  return notes.find((note) => note.pitch === pitch && note.start <= step && step < note.end);
}
function replaceNote(notes, old, note) {
  const kept2 = notes.filter((each) => each !== old);
  if (!note) return kept2;
  const others = kept2.map((each) => {
    if (each.pitch !== note.pitch || each.end <= note.start || each.start >= note.end) return each;
    return each.start < note.start ? { ...each, end: note.start } : { ...each, start: note.end };
  }).filter(({ start, end }) => start < end);
  const at = firstIndex(others.length, (index) => others[index].start >= note.start);
  return [...others.slice(0, at), note, ...others.slice(at)];
}
function withNotes(roll, notes) {
  const { steps, pitches } = roll;
  const [cells, onsets] = [new Uint8Array(steps * pitches), new Uint8Array(steps * pitches)];
  const known2 = hasVelocities(roll);
  for (const { pitch, start, end, velocity } of notes) {
    onsets[start * pitches + pitch] = 255;
    for (let step = start; step < end; step++) cells[step * pitches + pitch] = known2 ? SOUNDS + velocity : 255;
  }
  const layer = makeLayer(cells, onsets, pitches);
  return { ...roll, onsets, cells: layer, strikes: known2 ? findStrikes(layer, steps, pitches) : roll.strikes };
}
function firstChange(before, after) {
  const struck = ({ cells: { cells }, onsets, pitches }, cell2) => {
    return cells[cell2] >= SOUNDS && (!(cells[cell2 - pitches] >= SOUNDS) || onsets[cell2] >= SOUNDS);
  };
  const cell = before.cells.cells.findIndex((value, at) => {
    return value !== after.cells.cells[at] || struck(before, at) !== struck(after, at);
  });
  return cell < 0 ? cell : Math.floor(cell / before.pitches);
}
function encodeNotes(notes, lowest) {
  const rows = notes.map(({ pitch, start, end, velocity }) => [lowest + pitch, start, end - start, velocity]);
  return Int32Array.from(rows.flat());
}

// lstmmusic/views/roll/pencil.js
var EDGE2 = 6;
var PAUSE = 350;
function makePencil({ model, signal, grid, current, preview, keep, speak, stepAt, follow }) {
  let held = null;
  let from = null;
  let selected = null;
  let timer;
  const editing = () => model.get("editable") && model.get("editing");
  const select = (note) => {
    selected = note ? { pitch: note.pitch, start: note.start } : null;
  };
  const chosen = () => {
    const wanted = selected;
    if (held?.now) return held.now;
    if (!wanted) return void 0;
    return listNotes(current()).find(({ pitch, start }) => pitch === wanted.pitch && start === wanted.start);
  };
  const newVelocity = () => hasVelocities(current()) ? VELOCITY : 0;
  const edited = ({ old, now }) => {
    const notes = listNotes(current());
    const same = old && notes.find(({ pitch, start }) => pitch === old.pitch && start === old.start);
    return { notes: replaceNote(notes, same ?? null, now), lost: old !== null && !same };
  };
  const send = (notes) => {
    const [before, after] = [current(), withNotes(current(), notes)];
    const first = firstChange(before, after);
    preview(null);
    if (first < 0) return;
    keep(after);
    const { buffer } = encodeNotes(notes, model.get("lowest"));
    model.send({ kind: "edit", first, version: model.get("version") }, void 0, [buffer]);
  };
  const renew = () => {
    if (!held?.now) return;
    const { notes, lost } = edited(held);
    if (lost) cancel();
    else preview(withNotes(current(), notes));
  };
  const cancel = () => {
    clearTimeout(timer);
    [held, from, timer] = [null, null, void 0];
    preview(null);
  };
  const drop = () => {
    const done = held;
    clearTimeout(timer);
    [held, from, timer] = [null, null, void 0];
    if (!done?.now) return;
    select(done.now);
    send(edited(done).notes);
  };
  const erase = (note) => {
    drop();
    const notes = listNotes(current());
    const gone = findNote(notes, note.start, note.pitch);
    select(null);
    if (gone) send(replaceNote(notes, gone, null));
  };
  const touch = ({ x, y }) => {
    const [step, pitch] = [stepAt(x), grid().pitchAt(y)];
    const notes = listNotes(current());
    const note = findNote(notes, step, pitch) ?? findNote(notes, stepAt(x - STILL), pitch);
    const inner = note ? Math.min(EDGE2, (note.end - note.start) * grid().column / 3) : 0;
    const kind = !note ? "draw" : x >= grid().x(note.end) - inner ? "end" : "move";
    return { kind, note: note ?? null, step, pitch };
  };
  const cursor = (point) => {
    return { draw: "crosshair", move: "move", end: "ew-resize" }[held?.kind ?? touch(point).kind];
  };
  const press = (point) => {
    drop();
    const { kind, note, step, pitch } = touch(point);
    select(note);
    from = point;
    held = { kind, old: note, step, pitch, now: null };
  };
  const pull = ({ x, y }) => {
    if (!held || !from) return;
    if (!held.now && Math.max(Math.abs(x - from.x), Math.abs(y - from.y)) <= STILL) return;
    const { steps, pitches } = current();
    const [step, pitch] = [clamp(stepAt(x), 0, steps), clamp(grid().pitchAt(y), 0, pitches - 1)];
    const { kind, old } = held;
    if (!old) {
      const start = clamp(Math.floor(Math.min(step, held.step)), 0, steps - 1);
      const end = clamp(Math.ceil(Math.max(step, held.step)), start + 1, steps);
      held.now = { pitch: held.pitch, start, end, velocity: newVelocity() };
    } else if (kind === "end") {
      held.now = { ...old, end: clamp(Math.round(step), old.start + 1, steps) };
    } else {
      held.now = moved(old, Math.round(step - held.step), pitch - held.pitch);
    }
    follow(step, kind === "move" ? pitch : held.pitch);
    renew();
  };
  const moved = (note, across, up) => {
    const { steps, pitches } = current();
    const start = clamp(note.start + across, 0, steps - (note.end - note.start));
    return { ...note, start, end: start + note.end - note.start, pitch: clamp(note.pitch + up, 0, pitches - 1) };
  };
  const nudge = (note, { key: key2, shiftKey }) => {
    if (!MOVES[key2]) return null;
    const [across, up] = MOVES[key2];
    const longer = { ...note, end: clamp(note.end + across, note.start + 1, current().steps) };
    const now = shiftKey && !up ? longer : moved(note, across, up);
    held = { kind: "move", old: held?.now ? held.old : note, step: note.start, pitch: note.pitch, now };
    select(now);
    renew();
    clearTimeout(timer);
    timer = setTimeout(drop, PAUSE);
    follow(shiftKey ? now.end : now.start, now.pitch);
    speak(nameNote(model, now));
    return now;
  };
  const key = (event, cell) => {
    if (!editing()) return null;
    const note = chosen();
    const under = cell ? findNote(listNotes(current()), ...cell) : void 0;
    if (event.key === "Delete" || event.key === "Backspace") {
      const gone = note ?? under;
      if (!gone) return null;
      erase(gone);
      speak(`${nameNote(model, gone)}, deleted`);
      return { cell: [gone.start, gone.pitch] };
    }
    if (from) {
      if (event.key === "Escape") cancel();
      return { cell };
    }
    if (note) {
      if (event.key === "Enter" || event.key === "Escape") {
        drop();
        select(null);
        speak(`${nameNote(model, note)}, no longer selected`);
        return { cell: [note.start, note.pitch] };
      }
      const now = nudge(note, event);
      return now && { cell: [now.start, now.pitch] };
    }
    if (event.key !== "Enter" || !cell) return null;
    const drawn = { pitch: cell[1], start: cell[0], end: cell[0] + 1, velocity: newVelocity() };
    select(under ?? drawn);
    if (!under) send(replaceNote(listNotes(current()), null, drawn));
    speak(`${nameNote(model, under ?? drawn)}, ${under ? "selected" : "drawn"}`);
    return { cell: under ? [under.start, under.pitch] : cell };
  };
  signal.addEventListener("abort", () => clearTimeout(timer));
  const settle = () => {
    if (!from) drop();
  };
  const isHeld = () => Boolean(held?.now);
  return { editing, cursor, press, pull, drop, cancel, renew, key, chosen, touch, erase, settle, isHeld };
}

// lstmmusic/views/roll/playhead.js
var MOST_DRIFT = 15;
function pathOf({ step, loop }, steps) {
  const [start, stop] = loop;
  if (stop === void 0 || step >= stop) return { from: 0, to: steps, rounds: 1 };
  return step < start ? { from: 0, to: stop, rounds: 1 } : { from: start, to: stop, rounds: Infinity };
}
function makePlayhead(el, signal) {
  const line2 = element("div", { class: "lstmmusic-playhead" });
  const plot = element("div", { class: "lstmmusic-plot" }, line2);
  el.append(plot);
  let motion = null;
  let shown = "";
  let frame = "";
  const halt = () => {
    motion?.cancel();
    [motion, shown] = [null, ""];
  };
  signal.addEventListener("abort", () => {
    halt();
    plot.remove();
  });
  return (grid, course) => {
    const { step, rate, time, tempo } = course;
    plot.hidden = !(grid && step >= 0 && step <= grid.steps);
    if (!grid || plot.hidden) {
      halt();
      return;
    }
    const { left, right, top } = grid.plot;
    const wanted = `left: ${left}px; top: ${top}px; width: ${right - left}px; height: ${grid.floor - top}px`;
    if (frame !== wanted) plot.style.cssText = frame = wanted;
    const at = (where) => `translateX(${grid.x(where) - left - 1}px)`;
    if (!rate) {
      halt();
      line2.style.transform = at(step);
      return;
    }
    const { from, to, rounds } = pathOf(course, grid.steps);
    const begin = tempo.toSeconds(from);
    const length = tempo.toSeconds(to) - begin;
    const path = [from, ...tempo.changes(from, to), to].map((where) => {
      return { transform: at(where), offset: (tempo.toSeconds(where) - begin) / length };
    });
    const timing = { duration: 1e3 * length / rate, iterations: rounds, fill: "forwards" };
    const passed = 1e3 * (tempo.toSeconds(step) - begin) / rate + performance.now() - time;
    if (!motion || shown !== JSON.stringify([path, timing])) {
      halt();
      shown = JSON.stringify([path, timing]);
      motion = line2.animate(path, timing);
    }
    const drift = Number(motion.currentTime ?? 0) - passed;
    const round = timing.duration * Math.round(drift / timing.duration);
    if (Math.abs(rounds > 1 ? drift - round : drift) > MOST_DRIFT) motion.currentTime = passed;
  };
}

// lstmmusic/views/roll/surprise.js
var TOPS = [2, 5, 10, 20, 50, 100, 200, 500, 1e3];
var SIGN = 4;
var readSurprise = (model) => new Float32Array(bytes(model.get("surprise")).buffer);
function topOf(model, nats) {
  const most = nats.reduce((known2, each) => each > known2 ? each : known2, 0);
  return model.get("surprise_top") || (TOPS.find((top) => top >= most) ?? most);
}
function gatherMost(nats, from, to, column) {
  const most = /* @__PURE__ */ new Map();
  const stride = Math.max(1, Math.floor(1 / column));
  for (let step = Math.max(0, Math.floor(from)); step < Math.min(Math.ceil(to), nats.length); step++) {
    const place = step - step % stride;
    if (nats[step] > (most.get(place) ?? 0)) most.set(place, nats[step]);
  }
  return { most, stride };
}
function paintSurprise(scene) {
  const { context, style, model, grid } = scene;
  const { nats: lane, column, primer } = grid;
  if (!lane) return;
  const values = readSurprise(model);
  const top = topOf(model, values);
  const height = lane.bottom - lane.top;
  context.fillStyle = style.paper;
  context.fillRect(lane.left, lane.top, lane.right - lane.left, height);
  inside(context, lane, () => {
    paintBars(scene, lane);
    const { most, stride } = gatherMost(values, grid.first, grid.first + grid.span, column);
    const gap = column > 3 ? 1 : 0;
    for (const [step, nats] of most) {
      const tall = clamp(nats / top, 0, 1) * height;
      context.fillStyle = step < primer ? style.given : style.brand;
      context.fillRect(grid.x(step), lane.bottom - tall, Math.max(1, stride * column - gap), tall);
    }
  });
  context.strokeStyle = model.get("compact") ? style.line : style.faint;
  context.lineWidth = 1;
  context.strokeRect(lane.left - 0.5, lane.top - 0.5, lane.right - lane.left + 1, height + 1);
  if (model.get("compact")) return;
  const font = { font: style.smallFont, colour: style.faint, align: (
    /** @type {const} */
    "right"
  ) };
  const labels = (
    /** @type {[string, number][]} */
    [[`${top}`, lane.top + 5], ["0", lane.bottom - 5]]
  );
  if (height >= 36) labels.push(["nats", (lane.top + lane.bottom) / 2]);
  for (const [text, y] of labels) write(context, text, lane.left - 7, y, font);
  for (const y of [lane.top, lane.bottom - 1]) line(context, lane.left - 4, y + 0.5, lane.left, y + 0.5);
}
function sounds(model, grid, [step, column]) {
  const layer = isHot(model) && grid.notes.cells.length ? grid.notes : grid.cells;
  return layer.cells[step * grid.pitches + column] >= SOUNDS;
}
function trace(context, x, y, diamond = false) {
  context.beginPath();
  if (diamond) context.moveTo(x, y - SIGN);
  else context.moveTo(x - SIGN, y - SIGN);
  context.lineTo(x + SIGN, diamond ? y : y - SIGN);
  context.lineTo(x, y + SIGN);
  if (diamond) context.lineTo(x - SIGN, y);
  context.closePath();
}
function paintMarks({ context, style, model, grid }) {
  if (!grid.nats) return;
  inPlot(context, grid, () => {
    for (const mark of model.get("marks")) {
      const [left, top] = [grid.x(mark[0]), grid.y(mark[1])];
      const middle = left + grid.column / 2;
      context.strokeStyle = context.fillStyle = style.warn;
      context.lineWidth = 2;
      if (sounds(model, grid, mark)) {
        context.strokeRect(left - 0.5, top - 0.5, Math.max(3, grid.column), grid.row + 1);
        trace(context, middle, Math.max(top - SIGN - 1, grid.plot.top + SIGN));
        context.fill();
        context.lineWidth = 1;
        context.strokeStyle = style.paper;
      } else trace(context, middle, top + grid.row / 2, true);
      context.stroke();
    }
  });
}
var markOf = (model, step, column) => {
  return model.get("marks").find((mark) => mark[0] === step && mark[1] === column);
};
function nameMark(model, grid, mark) {
  const name = pitchName(model.get("lowest") + mark[1]);
  const what = sounds(model, grid, mark) ? `${name} surprised` : `${name} was expected`;
  return `${what}: ${mark[2].toFixed(1)} nats`;
}
function describeSurprise(model, grid, { x, y }) {
  const { nats: lane, plot, column, first } = grid;
  if (!lane || x < lane.left || x >= lane.right || y < lane.top || y >= lane.bottom) return [];
  const values = readSurprise(model);
  const step = Math.floor(first + (x - plot.left) / column);
  if (!(step < values.length)) return [];
  const nats = values[step];
  const marks = model.get("marks").filter((mark) => mark[0] === step);
  const known2 = Number.isNaN(nats) ? "nothing predicts the first step" : `${nats.toFixed(2)} nats`;
  const place = `step ${step}, ${(step * model.get("step")).toFixed(2)} ${model.get("unit")}`;
  return [`${place}: ${known2}`, ...marks.map((mark) => nameMark(model, grid, mark))];
}

// lstmmusic/views/roll/fullscreen.js
var WHOLE2 = "lstmmusic-whole";
function makeFullScreen(el, signal, changed) {
  let granted = false;
  const isOn = () => el.classList.contains(WHOLE2);
  const fill2 = (on) => {
    if (on === isOn()) return;
    el.classList.toggle(WHOLE2, on);
    changed(on);
  };
  const leave = () => {
    if (granted) document.exitFullscreen().catch(() => {
    });
    granted = false;
    fill2(false);
  };
  const toggle = async () => {
    if (isOn()) {
      leave();
      return;
    }
    fill2(true);
    granted = await (el.requestFullscreen?.().then(() => true, () => false) ?? false);
    if (signal.aborted || !isOn()) leave();
  };
  el.addEventListener("fullscreenchange", () => {
    const root = (
      /** @type {Document | ShadowRoot} */
      el.getRootNode()
    );
    if (root.fullscreenElement === el) return;
    granted = false;
    fill2(false);
  }, { signal });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !isOn()) return;
    event.preventDefault();
    leave();
  }, { signal });
  signal.addEventListener("abort", leave);
  return { toggle };
}

// lstmmusic/views/roll/tools.js
var SWITCHES = [
  { trait: "lane", text: "Velocities", title: LANE_TITLE },
  { trait: "underlay", text: "Probabilities", title: "Show or hide the probability of each note, under the notes" },
  {
    trait: "surprising",
    text: "Surprise",
    title: "Show or hide how little the network expected each step, and the notes that it expected least (key N: next)"
  },
  {
    trait: "copying",
    text: "Copies",
    title: "Show or hide what occurs in the training music, in any key; a click there plays it (key C)"
  },
  {
    trait: "editing",
    text: "Edit",
    title: "Draw, move, lengthen and delete notes (key E): drag, or double-click a note to delete it"
  }
];
function addTools({ model, el, signal, has, zoomTime, zoomPitch, showAll }) {
  const line2 = element("div", { class: "lstmmusic-line", "aria-hidden": "true" });
  const press = (button, act) => {
    button.addEventListener("click", act);
    return button;
  };
  const switches = SWITCHES.map(({ trait, text, title }) => {
    const button = makeButton(text, { title });
    const show = () => {
      button.hidden = !has(trait);
      button.setAttribute("aria-pressed", `${model.get(trait)}`);
    };
    onChange(model, signal, [trait, "shape", "velocities", "probabilities", "palette", "editable", "measured"], show);
    show();
    return press(button, () => save(model, { [trait]: !model.get(trait) }));
  });
  const pair = (name, zoom) => {
    const make = (text, words, factor) => {
      const button = makeButton(text, { "aria-label": `Zoom ${name} ${words}`, title: `Zoom ${name} ${words}` });
      return press(button, () => zoom(factor));
    };
    return element("span", {}, name, make("−", "out", 1 / ZOOM), make("+", "in", ZOOM));
  };
  const reset = makeButton("Reset", { "aria-label": "Reset the zoom", title: "Reset the zoom" });
  const whole = makeButton("", { "aria-label": "Full screen", "aria-pressed": "false", title: "Full screen" });
  whole.append(element("div", { class: "lstmmusic-corners" }));
  const screen = makeFullScreen(el, signal, (on) => {
    whole.setAttribute("aria-pressed", `${on}`);
    whole.title = on ? "Leave the full screen (Escape)" : "Full screen";
  });
  const bar = element("div", { class: "lstmmusic-tools", ...NO_SHORTCUTS }, line2, ...switches);
  bar.append(pair("time", zoomTime), pair("pitch", zoomPitch), press(reset, showAll), press(whole, screen.toggle));
  el.append(bar);
  signal.addEventListener("abort", () => bar.remove());
  let written = "";
  return {
    /** Write the first of some texts that fits. */
    write: (texts) => {
      const now = `${texts[0]} ${line2.clientWidth}`;
      if (now === written) return;
      written = now;
      line2.title = texts[0];
      for (const text of texts) {
        line2.textContent = text;
        if (line2.scrollWidth <= line2.clientWidth) return;
      }
    }
  };
}

// lstmmusic/views/roll/roll.js
var DATA = ["version", "shape", "cells", "notes", "onsets", "probabilities", "uniforms", "changed", "velocities"];
var LOOK = [
  "palette",
  "lowest",
  "step",
  "unit",
  "primer",
  "meaning",
  "primer_meaning",
  "threshold",
  "temperature",
  "count",
  "polyphony",
  "title",
  "note",
  "empty",
  "legend",
  "compact",
  "selectable",
  "first",
  "span",
  "pitch_first",
  "pitch_span",
  "bars",
  "lane",
  "underlay",
  "surprising",
  "copying",
  "surprise",
  "surprise_top",
  "marks",
  "copies"
];
var HINTS = ["click: jump here, drag: loop", "click: jump, drag: loop"];
var MARK_HINTS = [`${HINTS[0]}, drag along the axis: mark`, `${HINTS[1]}, along the axis: mark`, HINTS[1]];
var EDIT_HINTS = [
  "drag: draw, move, or lengthen at the end; double click or Delete: delete",
  "drag: draw, move, lengthen; Delete: delete",
  "drag: draw, move"
];
var render = withSignal((model, el, signal) => {
  let roll;
  let preview = null;
  let small = null;
  let grid = null;
  const current = () => {
    if (roll !== void 0) return roll;
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
  const mapImage = (scene, map) => {
    const { size, style, grid: shown } = scene;
    const whole = (
      /** @type {Roll} */
      roll
    );
    const pixels = (map.right - map.left) * size.ratio;
    const key = [pixels, style.faint, model.get("palette")].join();
    const layer = isHot(model) && shown.notes.cells.length ? shown.notes : shown.cells;
    if (small?.key !== key) small = { key, image: miniature(layer, whole, pixels / shown.steps, style.faint) };
    return small.image;
  };
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
  const inspected = (shown, pointer) => {
    const { plot, row } = shown;
    const cell = gestures.cell();
    if (cell) {
      const step2 = Math.min(cell[0], shown.steps - 1);
      return { step: step2, pitch: cell[1], x: shown.x(step2 + 1), y: shown.y(cell[1]) + row / 2 };
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
  const paintOver = (scene, pointer) => {
    const { context, size, style, grid: shown } = scene;
    const drag = gestures.drag();
    let said = hints();
    const describe = (point, lines2) => {
      if (tools) said = [lines2.join(", ")];
      else tooltip(context, size, style, point, lines2);
    };
    const [selectable, marked] = [model.get("selectable"), model.get("selection")];
    if (selectable) paintSelection(scene);
    else if (marked) paintMark(scene, selectedSteps(model));
    paintLoop(scene, !drag?.selects && drag?.now || player.loop());
    if (drag?.now && pointer) {
      const [start, stop] = drag.now;
      const selected = selectable ? selectionText() : markText();
      describe(pointer, [drag.selects ? selected : `loop: ${nameStretch(model, start, stop)}`]);
    }
    const note = gestures.pencil.editing() ? gestures.pencil.chosen() : void 0;
    if (note) {
      paintChosen(scene, note);
      said = [nameNote(model, note)];
    }
    if (!drag && pointer) {
      const copied = describeCopy(model, findCopy(model, shown, pointer));
      const measured = copied.length ? copied : describeSurprise(model, shown, pointer);
      const struck = describeStrikes(model, shown, pointer);
      if (measured.length) tooltip(context, size, style, pointer, measured);
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
    sized: () => model.get("tools")
  });
  const player = followPlayer(model, signal, move, placePlayhead);
  player.request({});
  const spoken = element("div", { class: "lstmmusic-spoken", role: "status" });
  const speak = (said) => {
    let words = said;
    if (said instanceof Array && grid) {
      const mark = markOf(model, ...said);
      const lines = [...describeCell(model, grid, ...said, false), ...mark ? [nameMark(model, grid, mark)] : []];
      words = lines.join(", ");
    }
    spoken.textContent = typeof words === "string" ? words : "";
  };
  const gestures = attachGestures({
    ...{ model, signal, canvas, player, move, shownGrid: () => grid },
    speak,
    makePencil: (stepAt, follow) => makePencil({
      ...{ model, signal, stepAt, follow, speak },
      grid: () => (
        /** @type {Grid} */
        grid
      ),
      current: () => (
        /** @type {Roll} */
        current()
      ),
      preview: (shown) => {
        preview = shown;
        change();
      },
      keep: (kept2) => {
        [roll, small] = [kept2, null];
        change();
      }
    })
  });
  el.append(spoken);
  const has = (trait) => {
    if (trait === "editing") return model.get("editable");
    if (trait === "surprising" || trait === "copying") return model.get("measured");
    return trait === "lane" ? isDynamic(model) : !isHot(model) && model.get("probabilities").byteLength > 0;
  };
  const zooms = {
    zoomTime: (factor) => grid && gestures.window.zoom(factor, -1),
    zoomPitch: (factor) => grid && gestures.pitches.zoom(factor),
    showAll: () => grid && gestures.window.reset()
  };
  el.classList.toggle("lstmmusic-tooled", model.get("tools"));
  const tools = model.get("tools") ? addTools({ model, el, signal, has, ...zooms }) : null;
  if (!tools) addLaneButton(model, el, signal);
  placePlayhead();
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
    roll = void 0;
  });
  onChange(model, signal, ["title"], () => speak(null));
  onChange(model, signal, ["selectable", "selection", "shape", "note", "velocities", "bars"], announce);
  signal.addEventListener("abort", () => spoken.remove());
  announce();
  wait();
});
var roll_default = { render };
export {
  roll_default as default
};
