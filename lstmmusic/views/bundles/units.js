// Made by scripts/bundle: dd2d4d7a4b47789fd0b85b3280ab03fc4701f41965e3989380202c5abf1c3e4d
// lstmmusic/views/constants.js
var DIVERGING = {
  "light": [
    "#7b2d8e",
    "#1b7a3d"
  ],
  "dark": [
    "#d48be6",
    "#74dd92"
  ]
};
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

// lstmmusic/views/model.js
var GONE = ["restarting", "autorestarting", "dead"];
function listen(model, signal, event, listener) {
  model.on(event, listener);
  signal.addEventListener("abort", () => model.off(event, listener));
}
function onChange(model, signal, names, listener) {
  for (const name of names) listen(model, signal, `change:${name}`, listener);
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
function timeTicks(step, unit, first, span, count) {
  const [from, to] = [first * step, (first + span) * step];
  return unit === "beats" ? ticks(from, to, count, [1], 2) : ticks(from, to, count);
}
function tickText(value, distance) {
  let digits = 0;
  while (digits < 6 && Math.abs(Number(distance.toFixed(digits)) - distance) > distance * 1e-6) digits++;
  return value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
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
    if (waiting) save();
  };
  const save = () => {
    waiting = timer !== void 0;
    if (waiting) return;
    model.save_changes();
    timer = setTimeout(wake, SAVE_EVERY);
  };
  const finish = () => {
    clearTimeout(timer);
    wake();
  };
  return { save, finish };
}
function shownSteps(model) {
  const [steps] = model.get("shape");
  const span = model.get("span");
  if (!(span > 0 && span < steps)) return { first: 0, span: steps, steps };
  return { first: clamp(model.get("first"), 0, steps - span), span, steps };
}
function makeWindow(model, plot, pitches, save) {
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
    save();
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

// lstmmusic/views/roll/bars.js
var SMALL = 1e-6;
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
    const sounds = detail.tune === model.get("follows_tune") && (detail.playing || detail.seconds > 0);
    const before = loop;
    [rate, time] = [detail.rate, performance.now()];
    loop = detail.loop.map(tempo.toSteps);
    model.set("playhead", sounds ? tempo.toSteps(detail.seconds) : -1);
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

// lstmmusic/views/units/cells.js
var DECADES = 6;
var ZERO = 127;
var numberOf = (byte, { signed, limit }) => {
  return signed ? (byte - ZERO) / ZERO * limit : byte / 255 * limit;
};
var zeroOf = ({ signed }) => signed ? ZERO : 0;
function gather(values, units, from, to, columns, rows, zero) {
  const [width, height] = [Math.max(1, Math.min(to - from, columns)), Math.max(1, Math.min(units, rows))];
  const cells = new Uint8Array(width * height).fill(zero);
  for (let step = from; step < to; step++) {
    const x = Math.floor((step - from) * width / (to - from));
    for (let unit = 0; unit < units; unit++) {
      const cell = Math.floor(unit * height / units) * width + x;
      const value = values[step * units + unit];
      if (Math.abs(value - zero) > Math.abs(cells[cell] - zero)) cells[cell] = value;
    }
  }
  return { cells, width, height };
}
var channelsOf = (colour) => [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));
function makeColours(signed, paper, dark) {
  if (!signed) return COLOURS;
  const ends = DIVERGING[dark ? "dark" : "light"].map(channelsOf);
  const colours = new Uint8Array(256 * 3);
  for (let byte = 0; byte < 256; byte++) {
    const share = Math.sqrt(Math.min(1, Math.abs(byte - ZERO) / ZERO));
    const end = ends[byte < ZERO ? 0 : 1];
    for (let at = 0; at < 3; at++) colours[3 * byte + at] = Math.round(paper[at] + share * (end[at] - paper[at]));
  }
  return colours;
}
function pastHeights(weights) {
  const most = weights.reduce((highest, weight) => Math.max(highest, weight), 0);
  return Array.from(weights, (weight) => weight > 0 ? Math.max(0, 1 + Math.log10(weight / most) / DECADES) : 0);
}

// lstmmusic/views/units/layout.js
var HEAD = 24;
var AXIS = 18;
var LEGEND = 18;
var TRACES = { share: 0.38, least: 50, most: 150, gap: 6 };
var PAST = { height: 40, gap: 16 };
function layOut({ width, height }, traced, past) {
  const [left, right] = [40, width - 12];
  let bottom = height - AXIS;
  const take = (room, gap2) => {
    const edges = { left, right, top: bottom - room, bottom };
    bottom -= room + gap2;
    return edges;
  };
  const ofPast = past ? take(PAST.height, PAST.gap) : null;
  const { share, least, most, gap } = TRACES;
  const ofTraces = traced ? take(clamp(share * (bottom - HEAD), least, most) - LEGEND, LEGEND + gap) : null;
  return { plot: { left, right, top: HEAD, bottom }, traces: ofTraces, past: ofPast };
}
function layGrid(model, size) {
  const window = shownSteps(model);
  const units = model.get("shape")[1];
  const places = layOut(size, model.get("shape")[0] > 0, model.get("past").byteLength > 0);
  const { plot } = places;
  const column = (plot.right - plot.left) / window.span;
  const row = (plot.bottom - plot.top) / units;
  return {
    ...window,
    ...places,
    units,
    column,
    row,
    floor: (places.past ?? places.traces ?? plot).bottom,
    // where the axis of time is
    x: (step) => plot.left + (step - window.first) * column,
    y: (place) => plot.top + place * row
  };
}

// lstmmusic/views/roll/plot.js
function inside(context, { left, right, top, bottom }, draw) {
  context.save();
  context.beginPath();
  context.rect(left, top, right - left, bottom - top);
  context.clip();
  draw();
  context.restore();
}

// lstmmusic/views/units/paint.js
var BAR_LINE = 6;
var MARK = 5;
var LINES = [
  { colour: "brand", dash: [] },
  { colour: "warn", dash: [7, 3] },
  { colour: "second", dash: [2, 2] },
  { colour: "third", dash: [8, 3, 2, 3] },
  { colour: "given", dash: [4, 4] }
];
function readChannels(colour) {
  const context = contextOf(new OffscreenCanvas(1, 1));
  context.fillStyle = colour;
  context.fillRect(0, 0, 1, 1);
  return [...context.getImageData(0, 0, 1, 1).data.subarray(0, 3)];
}
function paintsOf({ model, style }) {
  const scale = { signed: model.get("signed"), limit: model.get("limit") };
  const paper = readChannels(style.paper);
  const dark = 0.2126 * paper[0] + 0.7152 * paper[1] + 0.0722 * paper[2] < 128;
  return { colours: makeColours(scale.signed, paper, dark), scale };
}
function paintUnits({ context, size, grid }, values, { colours, scale }) {
  const { plot, first, span, steps, units } = grid;
  const [from, to] = [Math.floor(first), Math.min(Math.ceil(first + span), steps)];
  const columns = Math.round((plot.right - plot.left) * size.ratio * (to - from) / span);
  const rows = Math.round((plot.bottom - plot.top) * size.ratio);
  const { cells, width, height } = gather(values, units, from, to, columns, rows, zeroOf(scale));
  const image = new ImageData(width, height);
  cells.forEach((byte, cell) => {
    for (let at = 0; at < 3; at++) image.data[4 * cell + at] = colours[3 * byte + at];
    image.data[4 * cell + 3] = 255;
  });
  const canvas = new OffscreenCanvas(width, height);
  contextOf(canvas).putImageData(image, 0, 0);
  context.imageSmoothingEnabled = false;
  inside(context, plot, () => {
    context.drawImage(canvas, grid.x(from), plot.top, (to - from) * grid.column, plot.bottom - plot.top);
  });
}
function paintBars2({ context, style, model, grid }, { left, top, bottom }) {
  const { first, span, column } = grid;
  context.strokeStyle = style.ink;
  context.lineWidth = 1;
  context.globalAlpha = 0.22;
  for (const { step } of findLines(model.get("bars"), 1, first, first + span, BAR_LINE / column)) {
    const x = Math.round(grid.x(step)) + 0.5;
    if (x > left + 1) line(context, x, top, x, bottom);
  }
  context.globalAlpha = 1;
}
function paintFrame(context, { left, right, top, bottom }, colour) {
  context.strokeStyle = colour;
  context.lineWidth = 1;
  context.strokeRect(left - 0.5, top - 0.5, right - left + 1, bottom - top + 1);
}
function writeUpwards({ context, style }, { top, bottom }, text) {
  if (widthOf(context, text, style.smallFont) > bottom - top) return;
  context.save();
  context.translate(9, (top + bottom) / 2);
  context.rotate(-Math.PI / 2);
  write(context, text, 0, 0, { font: style.smallFont, colour: style.faint, align: "center" });
  context.restore();
}
function paintNames(scene) {
  const { context, style, model, grid } = scene;
  const { plot, units, row } = grid;
  const order = model.get("order");
  const font = { font: style.smallFont, colour: style.faint, align: (
    /** @type {const} */
    "right"
  ) };
  context.strokeStyle = style.faint;
  context.lineWidth = 1;
  if (order.every((unit, place) => unit === place)) {
    const { values } = ticks(0, units - 1, Math.max(2, (plot.bottom - plot.top) / 34));
    for (const value of values.filter(Number.isInteger)) {
      const y = grid.y(value + 0.5);
      line(context, plot.left - 4, Math.round(y) + 0.5, plot.left, Math.round(y) + 0.5);
      write(context, `${value}`, plot.left - 7, y, font);
    }
  }
  writeUpwards(scene, plot, "unit");
  context.fillStyle = style.warn;
  for (const unit of model.get("switched")) {
    const place = order.indexOf(unit);
    if (place < 0) continue;
    const y = grid.y(place + 0.5);
    context.beginPath();
    context.moveTo(plot.right + 2, y);
    context.lineTo(plot.right + 2 + MARK, y - Math.max(MARK - 1, row / 2));
    context.lineTo(plot.right + 2 + MARK, y + Math.max(MARK - 1, row / 2));
    context.fill();
  }
}
function paintTimes({ context, style, model, grid }) {
  const { plot, floor, first, span } = grid;
  const font = { font: style.smallFont, colour: style.faint, align: (
    /** @type {const} */
    "center"
  ) };
  const y = floor + 11;
  context.strokeStyle = style.faint;
  context.lineWidth = 1;
  const [step, unit] = [model.get("step"), model.get("unit")];
  write(context, unit, plot.right, y, { ...font, align: "right" });
  const end = plot.right - context.measureText(unit).width - 8;
  const { distance, values } = timeTicks(step, unit, first, span, Math.min(12, (plot.right - plot.left) / 70));
  for (const value of values) {
    const x = Math.round(grid.x(value / step)) + 0.5;
    line(context, x, floor, x, floor + 4);
    const text = tickText(value, distance);
    if (x + context.measureText(text).width / 2 <= end) write(context, text, x, y, font);
  }
}
function paintHead({ context, size, style, model }, { colours, scale }) {
  const font = { font: style.smallFont, colour: style.faint, align: (
    /** @type {const} */
    "right"
  ) };
  const length = size.width < 460 ? 60 : 120;
  const bytes2 = scale.signed ? 254 : 255;
  const most = tickText(scale.limit, scale.limit < 1 ? 0.01 : 0.1).replace(/\.0$/, "");
  const least = scale.signed ? `−${most}` : "0";
  let right = size.width - 12;
  write(context, most, right, 12, font);
  right -= context.measureText(most).width + 5;
  for (let x = 0; x < length; x++) {
    const byte = Math.round(x / (length - 1) * bytes2);
    context.fillStyle = `rgb(${colours.subarray(3 * byte, 3 * byte + 3).join()})`;
    context.fillRect(right - length + x, 7, 1, 10);
  }
  paintFrame(context, { left: right - length, right, top: 7, bottom: 17 }, style.faint);
  if (scale.signed) {
    context.fillStyle = style.ink;
    context.fillRect(right - length / 2, 5, 1, 14);
  }
  right -= length + 5;
  write(context, least, right, 12, font);
  right -= context.measureText(least).width + 12;
  const [title, note] = [model.get("title"), model.get("note")];
  const noteWidth = note ? widthOf(context, note, style.smallFont) + 12 : 0;
  const shown = shorten(context, title, style.boldFont, Math.max(right - 8 - noteWidth, 0.4 * (right - 8)));
  write(context, shown, 8, 12, { font: style.boldFont, colour: style.ink });
  if (!note) return;
  const start = 8 + widthOf(context, shown, style.boldFont) + 12;
  const fitting = shorten(context, note, style.smallFont, right - start);
  write(context, fitting, start, 12, { ...font, align: "left" });
}
function paintLegend({ context, style, model, grid }, { top }, name) {
  const y = top - 9;
  let x = grid.plot.left;
  write(context, name, x, y, { font: style.boldFont, colour: style.ink });
  x += widthOf(context, name, style.boldFont) + 14;
  model.get("trace_names").forEach((text, at) => {
    const width = widthOf(context, text, style.smallFont);
    if (x + 28 + width > grid.plot.right) return;
    const { colour, dash } = LINES[at % LINES.length];
    context.strokeStyle = style[colour];
    context.lineWidth = 2;
    context.setLineDash(dash);
    line(context, x, y, x + 22, y);
    context.setLineDash([]);
    write(context, text, x + 27, y, { font: style.smallFont, colour: style.ink });
    x += 27 + width + 14;
  });
}
var CHOOSE = "Click a unit above, or choose one with the arrow keys: its output, cell and gates appear here";
function paintTraces(scene, edges, traces, name) {
  const { context, style, model, grid } = scene;
  const { steps, first, span } = grid;
  const { top, bottom, left, right } = edges;
  if (!traces.length) {
    const place = (left + right) / 2;
    const hint = { font: style.font, colour: style.faint, align: (
      /** @type {const} */
      "center"
    ) };
    write(context, shorten(context, CHOOSE, style.font, right - left), place, (top + bottom) / 2, hint);
    return;
  }
  const limit = model.get("trace_limit");
  const y = (value) => (top + bottom) / 2 - value / limit * ((bottom - top) / 2 - 2);
  const font = { font: style.smallFont, colour: style.faint, align: (
    /** @type {const} */
    "right"
  ) };
  paintBars2(scene, edges);
  context.strokeStyle = style.line;
  context.lineWidth = 1;
  const { distance, values } = ticks(-limit, limit, (bottom - top) / 22);
  for (const value of values) {
    const at = Math.round(y(value)) + 0.5;
    line(context, left, at, right, at);
    write(context, tickText(value, distance).replace("-", "−"), left - 6, clamp(at, top + 5, bottom - 5), font);
  }
  const [from, to] = [Math.max(0, Math.floor(first) - 1), Math.min(steps, Math.ceil(first + span) + 1)];
  inside(context, edges, () => {
    context.lineJoin = "round";
    for (let at = model.get("trace_names").length - 1; at >= 0; at--) {
      const { colour, dash } = LINES[at % LINES.length];
      context.strokeStyle = style[colour];
      context.lineWidth = at === 0 ? 2 : 1.5;
      context.setLineDash(dash);
      context.beginPath();
      for (let step = from; step < to; step++) context.lineTo(grid.x(step + 0.5), y(traces[at * steps + step]));
      context.stroke();
    }
    context.setLineDash([]);
  });
  paintFrame(context, edges, style.faint);
  paintLegend(scene, edges, name);
}
function paintPast({ context, style, grid }, edges, past) {
  const { top, bottom, left } = edges;
  const font = { font: style.smallFont, colour: style.faint };
  const caption = "How much the chosen step depends on each one before, compared with the most";
  write(context, shorten(context, caption, style.smallFont, edges.right - left), left, top - 8, font);
  write(context, "most", left - 6, top + 5, { ...font, align: "right" });
  write(context, "10⁻⁶", left - 6, bottom - 5, { ...font, align: "right" });
  const heights = pastHeights(past);
  const gap = grid.column > 4 ? 1 : 0;
  inside(context, edges, () => {
    context.fillStyle = style.third;
    heights.forEach((share, step) => {
      const height = share * (bottom - top - 1);
      context.fillRect(grid.x(step), bottom - height, Math.max(1, grid.column - gap), height);
    });
  });
  paintFrame(context, edges, style.faint);
}
function paintAll(scene, paints, { values, traces, past, name }) {
  const { context, style, grid } = scene;
  paintHead(scene, paints);
  paintUnits(scene, values, paints);
  paintBars2(scene, grid.plot);
  paintFrame(context, grid.plot, style.faint);
  paintNames(scene);
  if (grid.traces) paintTraces(scene, grid.traces, traces, name);
  if (grid.past) paintPast(scene, grid.past, past);
  paintTimes(scene);
}
function paintChosen({ context, style, grid }, place, step) {
  const { plot, row, column, floor } = grid;
  context.strokeStyle = style.ink;
  context.lineWidth = 1.5;
  if (place !== null) {
    const height = Math.max(row, 3);
    context.strokeRect(plot.left, grid.y(place) + (row - height) / 2, plot.right - plot.left, height);
    context.fillStyle = style.ink;
    context.beginPath();
    const y = grid.y(place + 0.5);
    context.moveTo(plot.left, y);
    context.lineTo(plot.left - 7, y - 4);
    context.lineTo(plot.left - 7, y + 4);
    context.fill();
  }
  if (step === null || step < grid.first || step >= grid.first + grid.span) return;
  context.lineWidth = 1;
  context.setLineDash([3, 3]);
  const x = Math.round(grid.x(step) + column / 2) + 0.5;
  line(context, x, plot.top, x, floor);
  context.setLineDash([]);
}

// lstmmusic/views/units/units.js
var LOOK = [
  "values",
  "shape",
  "order",
  "signed",
  "limit",
  "bars",
  "step",
  "unit",
  "first",
  "span",
  "traces",
  "past",
  "switched",
  "title",
  "note",
  "empty"
];
var PAGE = 10;
var MOVES = {
  ...{ ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] },
  ...{ PageUp: [0, -PAGE], PageDown: [0, PAGE], Home: [-Infinity, 0], End: [Infinity, 0] }
};
var HINT = "click: choose this unit and this step";
var numberText = (value) => value.toFixed(2).replace("-", "−").replace(/^−(0\.00)$/, "$1");
var unitName = (unit, layer) => `unit ${unit} of layer ${layer}`;
var stepName = (bars, step) => bars.length ? `at ${placeInBars(bars, step)}` : `at step ${step}`;
var render = withSignal((model, el, signal) => {
  let grid = null;
  let values = new Uint8Array();
  const read = () => {
    values = bytes(model.get("values"));
  };
  const [steps, units] = [() => model.get("shape")[0], () => model.get("shape")[1]];
  const isEmpty = () => steps() === 0 || units() === 0;
  const scale = () => ({ signed: model.get("signed"), limit: model.get("limit") });
  const unitAt = (place) => model.get("order")[place];
  const chosen = () => {
    const [unit, at] = [model.get("chosen"), model.get("at")];
    const place = unit === null ? -1 : model.get("order").indexOf(unit);
    return { place: place < 0 ? null : place, step: at === null || at >= steps() ? null : at };
  };
  const describe = ({ step, place }) => {
    const number = numberText(numberOf(values[step * units() + place], scale()));
    const name = unitName(unitAt(place), model.get("layer"));
    return `${name}, ${model.get("quantity")} ${number} ${stepName(model.get("bars"), step)}`;
  };
  const label = () => {
    if (isEmpty()) return "Units: none";
    return `Units of layer ${model.get("layer")}, ${model.get("quantity")}: ${countOf(units(), "unit")} in ${countOf(steps(), "step")}`;
  };
  const paint = (context, size, style) => {
    grid = isEmpty() ? null : layGrid(model, size);
    placePlayhead();
    if (!grid) {
      writeEmpty(context, size, style, model.get("empty"));
      return;
    }
    const floats = (name2) => new Float32Array(bytes(model.get(name2)).buffer);
    const unit = model.get("chosen");
    const name = unit === null ? "" : `Unit ${unit}`;
    const scene = { context, size, style, model, grid };
    paintAll(scene, paintsOf(scene), { values, traces: floats("traces"), past: floats("past"), name });
  };
  const cellAt = ({ x, y }) => {
    if (!grid) return null;
    const { plot, first, column, row } = grid;
    if (x < plot.left || x >= plot.right || y < plot.top || y >= plot.bottom) return null;
    const step = clamp(Math.floor(first + (x - plot.left) / column), 0, grid.steps - 1);
    return { step, place: clamp(Math.floor((y - plot.top) / row), 0, grid.units - 1) };
  };
  const overlay = (context, size, style, pointer) => {
    if (!grid) return;
    const { place, step } = chosen();
    paintChosen({ context, size, style, model, grid }, place, step);
    const cell = pointer && cellAt(pointer);
    if (cell && pointer) tooltip(context, size, style, pointer, [describe(cell), HINT]);
  };
  const putPlayhead = makePlayhead(el, signal);
  const placePlayhead = () => putPlayhead(grid, player.course());
  const { canvas, move } = keepDrawn({
    ...{ model, el, signal, traits: LOOK, moving: ["chosen", "at"], label, paint, overlay }
  });
  const player = followPlayer(model, signal, move, placePlayhead);
  player.request({});
  const { save, finish } = makeSaver(model);
  const still = { scrolls: () => false, scroll: () => false, zoom: () => {
  }, reset: () => {
  } };
  const window = makeWindow(model, () => (
    /** @type {Grid} */
    grid.plot
  ), still, save);
  const spoken = element("div", { class: "lstmmusic-spoken", role: "status" });
  el.append(spoken);
  const choose = ({ step, place }) => {
    model.set("chosen", unitAt(place));
    model.set("at", step);
    save();
    window.follow(step);
    window.follow(step + 1);
    spoken.textContent = describe({ step, place });
  };
  const leave = () => {
    model.set("chosen", null);
    model.set("at", null);
    save();
  };
  const announce = () => {
    const { place, step } = chosen();
    canvas.setAttribute("role", isEmpty() ? "img" : "slider");
    const unit = place === null ? "no unit chosen" : unitName(unitAt(place), model.get("layer"));
    const text = place === null || step === null ? unit : describe({ place, step });
    const valued = { valuemin: 0, valuemax: units() - 1, valuenow: place ?? 0, valuetext: text };
    for (const [name, value] of Object.entries({ orientation: "vertical", ...valued })) {
      if (isEmpty()) canvas.removeAttribute(`aria-${name}`);
      else canvas.setAttribute(`aria-${name}`, `${value}`);
    }
  };
  const walk = (key) => {
    const { first, span } = window.shown();
    if (!MOVES[key]) return false;
    const [across, down] = MOVES[key];
    const { place, step } = chosen();
    if (place === null) choose({ step: Math.floor(first + span / 2), place: Math.floor(units() / 2) });
    else {
      const from = step ?? Math.floor(first);
      choose({ step: clamp(from + across, 0, steps() - 1), place: clamp(place + down, 0, units() - 1) });
    }
    return true;
  };
  const seek = (key) => {
    const { step } = chosen();
    return key === "Enter" && step !== null && player.follows() && (player.request({ seek: step }), true);
  };
  const zoomByKey = (key) => {
    const { step } = chosen();
    const x = grid && step !== null ? grid.x(step + 0.5) : -1;
    if (key === "+" || key === "=") window.zoom(ZOOM, x);
    else if (key === "-") window.zoom(1 / ZOOM, x);
    else if (key === "0") window.reset();
    else return false;
    return true;
  };
  canvas.addEventListener("keydown", (event) => {
    const { key } = event;
    if (!grid || event.ctrlKey || event.metaKey || event.altKey) return;
    const left = key === "Escape" && model.get("chosen") !== null;
    if (left) leave();
    if (!(left || walk(key) || seek(key) || zoomByKey(key) || player.request({ key }))) return;
    event.preventDefault();
    event.stopPropagation();
  });
  canvas.addEventListener("pointerdown", (event) => {
    const cell = event.button === 0 && cellAt({ x: event.offsetX, y: event.offsetY });
    if (cell) choose(cell);
  });
  canvas.addEventListener("wheel", (event) => grid && window.wheel(event), { passive: false });
  for (const [name, value] of Object.entries(OWN_KEYS)) canvas.setAttribute(name, `${value}`);
  onChange(model, signal, ["values"], read);
  onChange(model, signal, ["values", "chosen", "at"], () => spoken.textContent = "");
  onChange(model, signal, ["values", "chosen", "at", "shape", "layer", "quantity", "order", "bars"], announce);
  signal.addEventListener("abort", () => {
    finish();
    spoken.remove();
  });
  read();
  placePlayhead();
  announce();
});
var units_default = { render };
export {
  units_default as default,
  numberText,
  stepName,
  unitName
};
