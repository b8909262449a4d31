// Made by scripts/bundle: 03ddff41e62e67b16c6a06ec3b992b46bd53079bd41ad82d6ae63cddbdd3fff8
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

// lstmmusic/views/numbers.js
var countOf = (number, noun) => `${number} ${noun}${number === 1 ? "" : "s"}`;

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

// lstmmusic/views/plots/magnitudes.js
var KINDS = ["weights", "gradients"];
var HELP = ["If they grow without end, lower the rate.", "If all are near zero, this part learns nothing."];
var [HEAD, FOOT, GAP] = [18, 16, 10];
var FAINTEST = 8;
var BETWEEN = 3;
var powerText = (power) => power >= -2 && power <= 2 ? `${10 ** power}` : `1e${power}`;
var magnitudeText = (value) => value < 1e-3 ? value.toExponential(0) : `${Number(value.toPrecision(1))}`;
function middleOf(shares, [lowest, highest]) {
  const total = shares.reduce((sum, share) => sum + share, 0) - shares[0];
  if (total === 0) return null;
  let below = -shares[0];
  const bin = shares.findIndex((share) => (below += share) >= total / 2);
  return 10 ** (lowest + (bin - 0.5) * (highest - lowest) / (shares.length - 1));
}
var render = withSignal((model, el, signal) => {
  let shares = new Uint8Array();
  let panels = [];
  const bins = () => shares.length / (2 * model.get("names").length * model.get("updates").length);
  const histogram = (call, kind, part) => {
    const start = ((call * 2 + kind) * model.get("names").length + part) * bins();
    return shares.subarray(start, start + bins());
  };
  const describe = (call, kind, part) => {
    const middle = middleOf(histogram(call, kind, part), model.get("powers"));
    return middle === null ? `no ${KINDS[kind]}` : `${KINDS[kind]} around ${magnitudeText(middle)}`;
  };
  const label = () => {
    shares = bytes(model.get("shares"));
    const last = model.get("updates").length - 1;
    if (last < 0) return "Weights and gradients: nothing yet";
    const words = (part) => KINDS.map((_, kind) => describe(last, kind, part)).join(", ");
    const parts = model.get("names").map((name, part) => `${name}: ${words(part)}`);
    return `Weights and gradients after ${countOf(model.get("updates")[last], "update")}: ${parts.join("; ")}`;
  };
  const layOut = (context, size, style) => {
    const count = model.get("names").length;
    const left = 22 + Math.max(...[-6, -3].map((power) => widthOf(context, powerText(power), style.smallFont)));
    const [width, height] = [(size.width - left - 4) / count, (size.height - HEAD - FOOT) / 2];
    return KINDS.flatMap((_, kind) => model.get("names").map((_2, part) => {
      const [x, y] = [left + part * width, HEAD + kind * height];
      return { kind, part, plot: { left: x, right: x + width - GAP, top: y, bottom: y + height - GAP / 2 } };
    }));
  };
  const paintPanel = (context, { kind, part, plot }) => {
    const calls = model.get("updates").length;
    const height = bins();
    const image = new ImageData(calls, height);
    for (let call = 0; call < calls; call++) {
      histogram(call, kind, part).forEach((share, bin) => {
        if (share < FAINTEST) return;
        const colour = [...COLOURS.subarray(share * 3, share * 3 + 3), 255];
        image.data.set(colour, ((height - 1 - bin) * calls + call) * 4);
      });
    }
    const canvas = new OffscreenCanvas(calls, height);
    contextOf(canvas).putImageData(image, 0, 0);
    context.imageSmoothingEnabled = false;
    context.drawImage(canvas, plot.left, plot.top, plot.right - plot.left, plot.bottom - plot.top);
  };
  const paintAxes = (context, style, { kind, part, plot }) => {
    const small = { font: style.smallFont, colour: style.faint };
    const [lowest, highest] = model.get("powers");
    context.strokeStyle = style.line;
    context.lineWidth = 1;
    context.strokeRect(plot.left - 0.5, plot.top - 0.5, plot.right - plot.left + 1, plot.bottom - plot.top + 1);
    if (part === 0) {
      for (let power = Math.ceil((lowest + 1) / BETWEEN) * BETWEEN; power < highest; power += BETWEEN) {
        const share = (1 + (power - lowest) / (highest - lowest) * (bins() - 1)) / bins();
        const y2 = plot.bottom - share * (plot.bottom - plot.top);
        write(context, powerText(power), plot.left - 4, y2, { ...small, align: "right" });
      }
      context.save();
      context.translate(8, (plot.top + plot.bottom) / 2);
      context.rotate(-Math.PI / 2);
      write(context, KINDS[kind], 0, 0, { ...small, align: "center" });
      context.restore();
    }
    if (kind === 0) {
      const name = shorten(context, model.get("names")[part], style.font, plot.right - plot.left);
      write(context, name, plot.left, HEAD / 2, { font: style.font, colour: style.ink });
      return;
    }
    const updates = model.get("updates");
    const [first, last] = [updates[0], updates[updates.length - 1]].map((update) => update.toLocaleString("en"));
    const y = plot.bottom + FOOT / 2 + 2;
    write(context, last, plot.right, y, { ...small, align: "right" });
    const room = plot.right - plot.left - widthOf(context, last, style.smallFont) - 8;
    const text = part === 0 ? `update ${first}` : first;
    if (updates.length > 1 && widthOf(context, text, style.smallFont) < room) write(context, text, plot.left, y, small);
  };
  const paint = (context, size, style) => {
    panels = [];
    if (model.get("updates").length === 0) {
      writeEmpty(context, size, style, model.get("empty"));
      return;
    }
    panels = layOut(context, size, style);
    for (const panel of panels) {
      paintPanel(context, panel);
      paintAxes(context, style, panel);
    }
  };
  const overlay = (context, size, style, pointer) => {
    const under = pointer && panels.find(({ plot }) => pointer.x >= plot.left && pointer.x <= plot.right && pointer.y >= plot.top && pointer.y <= plot.bottom);
    if (!pointer || !under) return;
    const updates = model.get("updates");
    const share = (pointer.x - under.plot.left) / (under.plot.right - under.plot.left);
    const call = Math.min(updates.length - 1, Math.floor(share * updates.length));
    tooltip(context, size, style, pointer, [
      `${model.get("names")[under.part]}, update ${updates[call].toLocaleString("en")}: ` + describe(call, under.kind, under.part),
      HELP[under.kind]
    ]);
  };
  keepDrawn({ model, el, signal, traits: ["names", "powers", "updates", "shares", "empty"], label, paint, overlay });
});
var magnitudes_default = { render };
export {
  magnitudes_default as default,
  magnitudeText,
  middleOf,
  powerText
};
