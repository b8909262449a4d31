// Made by scripts/bundle: b095cda805efe63f7b8d86771057bfe31b55ef86011d7211fa527143931fe079
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

// lstmmusic/views/plots/health.js
var HEAD = 20;
var LEAST = 1e-9;
var NORM = {
  heading: "gradient norm",
  level: Infinity,
  texts: [
    "How strongly the loss pulls at this layer: the newest value, and its history on a logarithmic scale.",
    "Near zero: it has stopped learning, so raise its rate. Jumping up: lower its rate or the clip."
  ]
};
var CLIPPED = {
  heading: "clipped",
  level: 0.9,
  texts: [
    "Share of the layer's gradient that was larger than the clip, and cut down to it.",
    "Above 90% little but the sign is left: raise the clip."
  ]
};
var UPDATES_CLIPPED = {
  heading: "updates clipped",
  level: Infinity,
  texts: [
    "Share of the last updates whose gradient, of all layers together, was longer than the clip, and shortened to it.",
    "Its direction stays, so that even 100% does no harm; if learning is slow, raise the clip."
  ]
};
var SATURATED = {
  heading: "saturated gates",
  level: 0.5,
  texts: [
    "Share of the layer's gates that are nearly shut or wide open, where they hardly learn.",
    "Above 50%: lower the layer's rate, or start with smaller weights."
  ]
};
function readLayers(model) {
  const names = model.get("names");
  const numbers = new Float32Array(bytes(model.get("history")).buffer);
  const width = names.length * 3;
  const calls = width ? Math.floor(numbers.length / width) : 0;
  if (calls === 0) return [];
  const last = (calls - 1) * width;
  return names.map((name, layer) => ({
    name,
    norms: Array.from({ length: calls }, (_, call) => numbers[call * width + layer * 3]),
    norm: numbers[last + layer * 3],
    shares: [numbers[last + layer * 3 + 1], numbers[last + layer * 3 + 2]]
  }));
}
function normText(norm) {
  if (!Number.isFinite(norm)) return "not finite";
  if (norm === 0) return "0";
  if (norm < 1e-3 || norm >= 99999.5) return norm.toExponential(0);
  return norm.toLocaleString("en", { maximumSignificantDigits: norm >= 1e3 ? 5 : 3 });
}
function percentText(share) {
  const percent = Math.round(share * 100);
  if (percent === 0 && share > 0) return "<1%";
  if (percent === 100 && share < 1) return ">99%";
  return `${percent}%`;
}
function wrap(context, texts, font, width) {
  return texts.flatMap((text) => {
    const lines = [""];
    for (const word of text.split(" ")) {
      const longer = `${lines[lines.length - 1]} ${word}`.trim();
      if (widthOf(context, longer, font) <= width) lines[lines.length - 1] = longer;
      else lines.push(word);
    }
    return lines;
  });
}
var render = withSignal((model, el, signal) => {
  let layers = [];
  let edges = [];
  const columns = () => [NORM, model.get("by_norm") ? UPDATES_CLIPPED : CLIPPED, SATURATED];
  const label = () => {
    const parts = readLayers(model).map(({ name, norm, shares: [clipped, saturated] }) => {
      const what = model.get("by_norm") ? "of updates clipped" : "clipped";
      const texts = [`gradient norm ${normText(norm)}`, `${percentText(clipped)} ${what}`];
      if (!Number.isNaN(saturated)) texts.push(`${percentText(saturated)} of gates saturated`);
      return `${name}: ${texts.join(", ")}`;
    });
    return `Health of the layers: ${parts.length ? parts.join("; ") : "nothing yet"}`;
  };
  const layOut = (context, width, style) => {
    const names = Math.min(width * 0.22, Math.max(...layers.map(({ name }) => widthOf(context, name, style.font))));
    const left = 8 + names + 14;
    const share = (width - left - 8) / 10;
    return [[left, left + share * 4 - 14], [left + share * 4, left + share * 7 - 14], [left + share * 7, width - 8]];
  };
  const paintNorms = (context, style, norms, y, height) => {
    const [left, right] = edges[0];
    const norm = norms[norms.length - 1];
    const colour = Number.isFinite(norm) ? style.ink : style.warn;
    write(context, normText(norm), right, y, { font: style.smallFont, colour, align: "right" });
    const scale = (value) => Math.log(Math.max(value, LEAST));
    const heights = norms.filter(Number.isFinite).map(scale);
    const middle = (Math.min(...heights) + Math.max(...heights)) / 2;
    const span = Math.max(Math.max(...heights) - Math.min(...heights), Math.log(4));
    const end = right - 56;
    const step = (end - left) / Math.max(1, norms.length - 1);
    context.strokeStyle = style.brand;
    context.lineWidth = 1.5;
    context.lineJoin = "round";
    context.beginPath();
    norms.forEach((value, call) => {
      if (!Number.isFinite(value)) return;
      context.lineTo(left + call * step, y - (scale(value) - middle) / span * height);
    });
    context.stroke();
    if (norms.length > 1 || !Number.isFinite(norm)) return;
    context.fillStyle = style.brand;
    context.fillRect(left, y - 1, 3, 3);
  };
  const paintShare = (context, style, share, column, y) => {
    const [[left, right], { level }] = [edges[column], columns()[column]];
    if (Number.isNaN(share)) {
      write(context, "no gates", right, y, { font: style.smallFont, colour: style.faint, align: "right" });
      return;
    }
    const high = share > level;
    const font = high ? style.boldFont.replace(/\d+px/, `${SMALL_FONT_SIZE}px`) : style.smallFont;
    write(context, percentText(share), right, y, { font, colour: style.ink, align: "right" });
    const width = right - 48 - left;
    context.fillStyle = style.line;
    context.fillRect(left, y - 4, width, 8);
    context.fillStyle = high ? style.warn : style.brand;
    context.fillRect(left, y - 4, width * share, 8);
    if (level > 1) return;
    context.fillStyle = style.faint;
    context.fillRect(Math.round(left + width * level), y - 6, 1, 12);
  };
  const paint = (context, size, style) => {
    layers = readLayers(model);
    if (layers.length === 0) {
      writeEmpty(context, size, style, model.get("empty"));
      return;
    }
    edges = layOut(context, size.width, style);
    const heading = { font: style.smallFont, colour: style.faint };
    columns().forEach((column, index) => write(context, column.heading, edges[index][0], HEAD / 2 + 1, heading));
    const row = (size.height - HEAD - 2) / layers.length;
    layers.forEach((layer, index) => {
      const y = Math.round(HEAD + (index + 0.5) * row);
      const name = shorten(context, layer.name, style.font, edges[0][0] - 22);
      write(context, name, 8, y, { font: style.font, colour: style.ink });
      paintNorms(context, style, layer.norms, y, row * 0.7);
      layer.shares.forEach((share, at) => paintShare(context, style, share, at + 1, y));
    });
  };
  const overlay = (context, size, style, pointer) => {
    if (!pointer || layers.length === 0) return;
    const column = columns()[edges.findIndex(([, right]) => pointer.x <= right + 14)];
    if (!column) return;
    const width = Math.min(330, size.width - 40);
    tooltip(context, size, style, pointer, wrap(context, column.texts, style.smallFont, width));
  };
  keepDrawn({ model, el, signal, traits: ["names", "history", "empty", "by_norm"], label, paint, overlay });
});
var health_default = { render };
export {
  health_default as default,
  normText,
  percentText
};
