// Made by scripts/bundle: 85d2e5f9f3c474fce006c1e471e568953a9693b1fe4a5e964d9e5c0ad835dd2e
// lstmmusic/views/canvas.js
var FONT_SIZE = 12;
var SMALL_FONT_SIZE = 11;
function bytes(model, name) {
  const value = model.get(name);
  return new Uint8Array(value.buffer ?? value, value.byteOffset ?? 0, value.byteLength).slice();
}
function ticks(low, high, count, steps = [1, 2, 5], base = 10) {
  const wanted = (high - low) / Math.max(count, 1);
  const power = base ** Math.floor(Math.log(wanted) / Math.log(base));
  const distance = power * ([...steps, base].find((step) => step * power >= wanted * 0.999) ?? base);
  const values = [];
  const first = Math.ceil(low / distance - 1e-9) || 0;
  for (let index = first; index * distance <= high + distance * 1e-9; index++) {
    values.push(index * distance);
  }
  return { distance, values };
}
function tickText(value, distance) {
  let digits = 0;
  while (digits < 6 && Math.abs(Number(distance.toFixed(digits)) - distance) > distance * 1e-6) digits++;
  return value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}
function look(element) {
  const style = getComputedStyle(element);
  const names = ["ink", "faint", "paper", "raised", "line", "brand", "warn", "second", "third", "given"];
  const colours = names.map((name) => [name, style.getPropertyValue(`--view-${name}`).trim()]);
  return {
    ...Object.fromEntries(colours),
    font: `${FONT_SIZE}px ${style.fontFamily}`,
    smallFont: `${SMALL_FONT_SIZE}px ${style.fontFamily}`,
    boldFont: `600 ${FONT_SIZE}px ${style.fontFamily}`
  };
}
function write(context, text, x, y, { font, colour, align = "left", baseline = "middle" }) {
  context.font = font;
  context.fillStyle = colour;
  context.textAlign = align;
  context.textBaseline = baseline;
  context.fillText(text, x, y);
}
function shorten(context, text, font, width) {
  context.font = font;
  if (context.measureText(text).width <= width) return text;
  const letters = [...text];
  while (letters.length && context.measureText(`${letters.join("")}…`).width > width) letters.pop();
  return `${letters.join("")}…`;
}
function line(context, x1, y1, x2, y2) {
  context.beginPath();
  context.moveTo(x1, y1);
  context.lineTo(x2, y2);
  context.stroke();
}
function tooltip(context, size, style, point, lines) {
  context.font = style.smallFont;
  const width = Math.max(...lines.map((text) => context.measureText(text).width)) + 16;
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
  lines.forEach((text, index) => {
    write(context, text, Math.round(left) + 8, Math.round(top) + 12 + index * 16, {
      font: style.smallFont,
      colour: style.ink
    });
  });
}
function keepDrawn({ model, el, traits, moving = [], label, paint, overlay, attach }) {
  const canvas = document.createElement("canvas");
  const still = document.createElement("canvas");
  let shownWidth = 0;
  let pointer = null;
  let request = 0;
  let stale = true;
  const draw = () => {
    request = 0;
    if (stale) canvas.setAttribute("aria-label", label());
    canvas.style.height = `${model.get("height")}px`;
    if (shownWidth === 0) return;
    const size = { width: shownWidth, height: model.get("height"), ratio: devicePixelRatio || 1 };
    const width = Math.round(size.width * size.ratio);
    const height = Math.round(size.height * size.ratio);
    const style = look(el);
    if (stale || still.width !== width || still.height !== height) {
      for (const each of [still, canvas]) {
        each.width = width;
        each.height = height;
      }
      const context2 = still.getContext("2d");
      context2.scale(size.ratio, size.ratio);
      paint(context2, size, style);
      stale = false;
    }
    const context = canvas.getContext("2d");
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
    shownWidth = contentRect.width;
    change();
  });
  sizes.observe(canvas);
  const themes = new MutationObserver(change);
  themes.observe(document.body, { attributeFilter: ["data-jp-theme-name"] });
  const scheme = matchMedia("(prefers-color-scheme: dark)");
  scheme.addEventListener("change", change);
  const listeners = [
    ...["height", ...traits].map((name) => [`change:${name}`, change]),
    ...moving.map((name) => [`change:${name}`, move])
  ];
  for (const [name, listener] of listeners) model.on(name, listener);
  const detach = attach?.({ canvas, change, move });
  draw();
  return () => {
    for (const [name, listener] of listeners) model.off(name, listener);
    detach?.();
    cancelAnimationFrame(request);
    sizes.disconnect();
    themes.disconnect();
    scheme.removeEventListener("change", change);
    canvas.remove();
  };
}

// lstmmusic/views/plots/curves.js
var CURVES = ["training", "smoothed", "validation"];
var RUNS = [
  { prefix: "", nameless: "this run", colours: { training: "brand", smoothed: "brand", validation: "warn" } },
  {
    prefix: "compared_",
    nameless: "the other",
    colours: { training: "second", smoothed: "second", validation: "third" }
  }
];
var BEST = 5;
function curve(model, name) {
  const numbers = new Float32Array(bytes(model, name).buffer);
  const size = numbers.length / 2;
  return { x: numbers.subarray(0, size), y: numbers.subarray(size), size };
}
function lossText(loss) {
  const digits = loss === 0 ? 1 : 2 - Math.floor(Math.log10(Math.abs(loss)));
  return loss.toFixed(Math.min(6, Math.max(1, digits)));
}
function readRuns(model) {
  return RUNS.map(({ prefix, nameless, colours }) => {
    const curves = Object.fromEntries(CURVES.map((name) => [name, curve(model, prefix + name)]));
    const { x, y, size } = curves.validation;
    let least = 0;
    for (let index = 1; index < size; index++) if (y[index] < y[least]) least = index;
    return {
      ...curves,
      name: model.get(`${prefix}name`) || nameless,
      colours,
      present: curves.training.size + size > 0,
      best: size ? { x: x[least], y: y[least] } : null
    };
  });
}
function slice({ x, y }, [from, to], beyond = 0) {
  let start = before(x, from);
  if (x[start] < from) start += 1;
  const end = x.length && x[0] <= to ? before(x, to) + 1 : 0;
  const part = [x, y].map((each) => each.subarray(Math.max(0, start - beyond), end + beyond));
  return { x: part[0], y: part[1], size: part[0].length };
}
function before(places, x) {
  let low = 0;
  let high = places.length;
  while (high - low > 1) {
    const middle = low + high >> 1;
    if (places[middle] <= x) low = middle;
    else high = middle;
  }
  return low;
}
function paintCurve(context, place, whole, colour, width) {
  const { x, y, size } = slice(whole, place.visible, 1);
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.lineJoin = "round";
  context.beginPath();
  for (let index = 0; index < size; index++) {
    const height = place.y(y[index]);
    if (Number.isFinite(height)) context.lineTo(place.x(x[index]), height);
  }
  context.stroke();
}
function paintPoints(context, place, { x, y, size }, colour, radius) {
  context.fillStyle = colour;
  for (let index = 0; index < size; index++) {
    context.beginPath();
    context.arc(place.x(x[index]), place.y(y[index]), radius, 0, 2 * Math.PI);
    context.fill();
  }
}
function paintRun(context, place, style, { training, smoothed, validation, colours }) {
  context.globalAlpha = 0.35;
  paintCurve(context, place, training, style[colours.training], 1);
  context.globalAlpha = 1;
  paintCurve(context, place, smoothed, style[colours.smoothed], 2);
  paintCurve(context, place, validation, style[colours.validation], 2);
}
function paintDots(context, place, style, { training, validation, colours, best }) {
  const checks = slice(validation, place.visible);
  if (training.size === 1) paintPoints(context, place, training, style[colours.training], 3);
  if (checks.size < 40) paintPoints(context, place, checks, style[colours.validation], 3);
  if (!best || !place.shows(best.x)) return;
  context.strokeStyle = style[colours.validation];
  context.lineWidth = 2;
  context.beginPath();
  context.arc(place.x(best.x), place.y(best.y), BEST, 0, 2 * Math.PI);
  context.stroke();
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
    const last = flags[flags.length - 1];
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
  context.font = style.boldFont;
  let x = left + context.measureText(title).width + 20;
  let y = 12;
  write(context, title, left, y, { font: style.boldFont, colour: style.ink });
  for (const entries of groups) {
    context.font = style.font;
    const needed = entries.map(({ text, dash }) => (dash ? 42 : 16) + context.measureText(text).width);
    if (x + needed.reduce((sum, each) => sum + each) - 16 > width && x > left) {
      x = left;
      y += ROW;
    }
    entries.forEach(({ text, colour, dash }, index) => {
      if (dash) {
        context.strokeStyle = colour;
        context.lineWidth = 2;
        context.setLineDash(dash);
        line(context, x, y, x + 20, y);
        context.setLineDash([]);
      }
      const at = dash ? x + 26 : x;
      const shown = shorten(context, text, style.font, width - at);
      write(context, shown, at, y, { font: style.font, colour: dash ? style.ink : style.faint });
      x += needed[index];
    });
  }
  return y + ROW;
}

// lstmmusic/views/plots/zoom.js
var PAUSE = 200;
var FEWEST = 4;
var MOVED = 5;
function makeZoom(model) {
  let part = null;
  let whole = [0, 1];
  let plot = null;
  let drag = null;
  let canvas;
  let change;
  let move;
  let timer = 0;
  let asked = null;
  const visible = () => part ?? whole;
  const update = (x) => {
    const [from, to] = visible();
    return from + (x - plot.left) / (plot.right - plot.left) * (to - from);
  };
  const place = (at) => {
    const [from, to] = visible();
    return plot.left + (at - from) / (to - from) * (plot.right - plot.left);
  };
  const within = (x) => Math.min(plot.right, Math.max(plot.left, x));
  const ask = () => {
    if (timer || asked === part) return;
    asked = part;
    model.send({ kind: "zoom", from: part ? part[0] : null, to: part ? part[1] : null });
    timer = setTimeout(() => {
      timer = 0;
      ask();
    }, PAUSE);
  };
  const show = (from, to) => {
    const span = whole[1] - whole[0];
    const width = Math.max(to - from, Math.min(FEWEST, span));
    const first = Math.min(Math.max((from + to - width) / 2, whole[0]), whole[1] - width);
    const next = width >= span ? null : [first, first + width];
    if (String(next) === String(part)) return false;
    part = next;
    change();
    ask();
    return true;
  };
  const all = () => show(...whole);
  const scale = (factor, around) => {
    const [from, to] = visible();
    return show(around - (around - from) * factor, around + (to - around) * factor);
  };
  const shift = (share) => {
    const [from, to] = visible();
    const distance = Math.min(Math.max(share * (to - from), whole[0] - from), whole[1] - to);
    return show(from + distance, to + distance);
  };
  const press = (event) => {
    if (!plot || event.button !== 0 || within(event.offsetX) !== event.offsetX) return;
    drag = { from: update(event.offsetX), x: event.offsetX };
    canvas.setPointerCapture(event.pointerId);
  };
  const pull = (event) => {
    if (drag) drag.x = within(event.offsetX);
  };
  const release = () => {
    if (!drag) return;
    const [one, other] = [drag.from, update(drag.x)].sort((a, b) => a - b);
    drag = null;
    if (place(other) - place(one) >= MOVED) show(one, other);
    else move();
  };
  const cancel = () => {
    drag = null;
    move();
  };
  const turn = (event) => {
    const control = event.ctrlKey || event.metaKey;
    if (!plot || !(control || document.activeElement === canvas)) return;
    const lines = Math.sign(event.deltaY) * Math.min(3, Math.abs(event.deltaY) / (event.deltaMode === 0 ? 50 : 1.5));
    if (scale(1.15 ** lines, update(within(event.offsetX))) || control) event.preventDefault();
  };
  const keys = {
    "+": () => scale(1 / 1.5, (visible()[0] + visible()[1]) / 2),
    "-": () => scale(1.5, (visible()[0] + visible()[1]) / 2),
    ArrowLeft: () => shift(-0.2),
    ArrowRight: () => shift(0.2),
    Escape: () => drag ? cancel() : all()
  };
  keys["="] = keys["+"];
  const type = (event) => {
    const key = keys[event.key];
    if (!key || !plot || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    key();
  };
  const attach = (given) => {
    ({ canvas, change, move } = given);
    canvas.tabIndex = 0;
    canvas.style.cursor = "crosshair";
    canvas.style.touchAction = "pan-y";
    canvas.dataset.lmSuppressShortcuts = "true";
    canvas.setAttribute("aria-keyshortcuts", "+ - ArrowLeft ArrowRight Escape");
    canvas.addEventListener("pointerdown", press);
    canvas.addEventListener("pointermove", pull);
    canvas.addEventListener("pointerup", release);
    canvas.addEventListener("pointercancel", cancel);
    canvas.addEventListener("dblclick", all);
    canvas.addEventListener("wheel", turn, { passive: false });
    canvas.addEventListener("keydown", type);
    return () => {
      clearTimeout(timer);
      if (asked) model.send({ kind: "zoom", from: null, to: null });
    };
  };
  const cover = (updates) => {
    const anew = updates[1] < whole[1];
    whole = updates;
    if (anew && part) {
      part = null;
      ask();
    }
  };
  const lay = (edges) => {
    plot = edges;
    return visible();
  };
  const paint = (context, style) => {
    if (!drag) return;
    const [left, right] = [within(place(drag.from)), drag.x].sort((a, b) => a - b);
    context.fillStyle = style.brand;
    context.globalAlpha = 0.18;
    context.fillRect(left, plot.top, right - left, plot.bottom - plot.top);
    context.globalAlpha = 1;
  };
  return { attach, cover, lay, paint, active: () => part !== null, clear: () => plot = null };
}

// lstmmusic/views/plots/loss.js
var SILENCE = 1e3;
function lossTicks(low, high, count, logarithmic) {
  if (logarithmic) {
    const values2 = [];
    for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power++) {
      for (const step of [1, 2, 5]) values2.push(step * 10 ** power);
    }
    const inside = values2.filter((value) => value >= low && value <= high);
    if (inside.length > 2) return inside.map((value) => ({ value, text: tickText(value, value) }));
  }
  const { distance, values } = ticks(low, high, count);
  return values.map((value) => ({ value, text: tickText(value, distance) }));
}
function render({ model, el }) {
  const zoom = makeZoom(model);
  let runs;
  let place;
  let plot;
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
  const legend = (context, style) => {
    const groups = runs.filter((run) => run.present).map(({ name, validation, colours }) => {
      const prefix = compared() ? `${shorten(context, name, style.font, 130)}: ` : "";
      const entries = [{ text: `${prefix}training`, colour: style[colours.training], dash: [] }];
      if (validation.size) entries.push({ text: "validation", colour: style[colours.validation], dash: [] });
      return entries;
    });
    if (zoom.active()) groups.push([{ text: "drag to zoom, double-click: all" }]);
    else if (model.get("floor") !== null) {
      groups.push([{ text: model.get("floor_label"), colour: style.faint, dash: [5, 4] }]);
    }
    return compared() ? groups : groups.flat().map((entry) => [entry]);
  };
  const range = (visible, logarithmic) => {
    const curves = runs.flatMap(({ training, validation }) => [training, validation]);
    const inside = (beyond) => curves.flatMap((each) => [...slice(each, visible, beyond).y]);
    const floor = zoom.active() ? null : model.get("floor");
    let losses = [...inside(0), ...floor === null ? [] : [floor]];
    if (losses.length === 0) losses = inside(1);
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
      x: (update) => plot.left + (update - first) / (last - first) * (plot.right - plot.left),
      y: (loss) => plot.bottom - (scale(loss) - bottom) / span * (plot.bottom - plot.top),
      update: (x) => first + (x - plot.left) / (plot.right - plot.left) * (last - first),
      shows: (update) => update >= first && update <= last,
      visible: [first, last],
      losses: [low, high]
    };
    flags = gatherFlags(model.get("marks"), place.x, plot.left, plot.right);
  };
  const paintAxes = (context, size, style) => {
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
    context.font = style.smallFont;
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
  const readAt = ({ training, smoothed, validation, best, colours }, update, x) => {
    const [texts, notes, points] = [[], [], []];
    const read = (name, { x: places, y }, at) => {
      const index = before(places, at);
      texts.push(`${name} ${lossText(y[index])}`);
      points.push({ point: { x: [places[index]], y: [y[index]], size: 1 }, colour: colours[name] });
    };
    const last = Math.max(...[training, validation].map(({ x: places, size }) => size ? places[size - 1] : 0));
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
    ...["floor", "floor_label", "logarithmic", "marks", "overfitting", "unit", "empty"]
  ];
  const takeAway = keepDrawn({ model, el, traits, label, paint, overlay, attach: zoom.attach });
  return () => {
    clearTimeout(timer);
    for (const name of heard) model.off(name, listen);
    takeAway();
  };
}
var loss_default = { render };
export {
  loss_default as default
};
