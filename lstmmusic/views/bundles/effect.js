// Made by scripts/bundle: 485ac9ba64d95dbcedd9ee11451bee0734851d8ee5b7faad48d0e2dbd6319e0e
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
var PITCH_CLASSES = ["C", "C♯", "D", "E♭", "E", "F", "F♯", "G", "A♭", "A", "B♭", "B"];

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

// lstmmusic/views/roll/cells.js
var pitchName = (pitch) => `${PITCH_CLASSES[pitch % 12]}${Math.floor(pitch / 12) - 1}`;

// lstmmusic/views/units/effect.js
var BLACK_KEYS = [1, 3, 6, 8, 10];
var HEAD = 20;
var KEYS = 12;
var NAMES = 14;
var NAMED = 3;
var LEAST = 5e-4;
var changeText = (value) => `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(3)}`;
function describeEffect(values, lowest, name) {
  const notes = Array.from(values, (value, at) => ({ value, pitch: lowest + at }));
  const list = (sign) => {
    const some = notes.filter(({ value }) => sign * value >= LEAST).sort((a, b) => sign * (b.value - a.value));
    return some.slice(0, NAMED).map(({ pitch, value }) => `${pitchName(pitch)} ${changeText(value)}`).join(", ");
  };
  return `${name} raises ${list(1) || "no note"}; lowers ${list(-1) || "no note"}`;
}
var render = withSignal((model, el, signal) => {
  const read = () => new Float32Array(bytes(model.get("values")).buffer);
  const label = () => {
    const values = read();
    return values.length ? describeEffect(values, model.get("lowest"), model.get("name")) : "Notes of a unit: none";
  };
  const layOut = ({ width, height }, count) => {
    const [left, right] = [8, width - 8];
    const middle = (HEAD + height - KEYS - NAMES) / 2;
    return { left, right, column: (right - left) / count, middle, keys: height - KEYS - NAMES };
  };
  const paint = (context, size, style) => {
    const values = read();
    if (!values.length) {
      writeEmpty(context, size, style, model.get("empty"));
      return;
    }
    const lowest = model.get("lowest");
    const { left, right, column, middle, keys } = layOut(size, values.length);
    const most = values.reduce((highest, value) => Math.max(highest, Math.abs(value)), LEAST);
    const small = { font: style.smallFont, colour: style.faint };
    write(context, "raises ▲", left, 9, { font: style.smallFont, colour: style.brand });
    const start = left + context.measureText("raises ▲").width + 10;
    write(context, "lowers ▼", start, 9, { font: style.smallFont, colour: style.warn });
    write(context, `probability, to ±${most.toFixed(3)}`, right, 9, { ...small, align: "right" });
    for (let at = 0; at < values.length; at++) {
      const pitch = lowest + at;
      const x = left + at * column;
      const black = BLACK_KEYS.includes(pitch % 12);
      context.fillStyle = black ? style.ink : style.paper;
      context.fillRect(x, keys, column, black ? KEYS * 0.65 : KEYS);
      context.strokeStyle = style.line;
      context.lineWidth = 1;
      context.strokeRect(x, keys, column, KEYS);
      const named = pitch % 12 === 0 && x + widthOf(context, pitchName(pitch), style.smallFont) <= size.width;
      if (named) write(context, pitchName(pitch), x, keys + KEYS + NAMES / 2, small);
      const height = Math.abs(values[at]) / most * (keys - HEAD) * 0.48;
      context.fillStyle = values[at] > 0 ? style.brand : style.warn;
      context.fillRect(x, values[at] > 0 ? middle - height : middle, Math.max(1, column - 1), height);
    }
    context.fillStyle = style.faint;
    context.fillRect(left, Math.round(middle), right - left, 1);
  };
  const overlay = (context, size, style, pointer) => {
    const values = read();
    if (!pointer || !values.length) return;
    const { left, column } = layOut(size, values.length);
    const at = Math.floor((pointer.x - left) / column);
    if (at < 0 || at >= values.length) return;
    const name = pitchName(model.get("lowest") + at);
    tooltip(context, size, style, pointer, [`${name}: probability ${changeText(values[at])}`]);
  };
  keepDrawn({ model, el, signal, traits: ["values", "lowest", "name", "empty"], label, paint, overlay });
});
var effect_default = { render };
export {
  changeText,
  effect_default as default,
  describeEffect
};
