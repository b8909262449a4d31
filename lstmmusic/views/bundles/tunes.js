// Made by scripts/bundle: 4e4f07c9619e8fdfa32cdbf7ac7895e34508a1a255269024c3999acc1f9bc131
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
  const cut2 = space >= 0 && space < least + WORD ? space : least;
  return [letters.slice(0, cut2).join(""), letters.slice(cut2).join("")];
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

// lstmmusic/views/numbers.js
var clamp = (value, low, high) => Math.max(low, Math.min(value, high));

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

// lstmmusic/views/thumbnail.js
function maskOf(cells, [steps, pitches]) {
  const canvas = document.createElement("canvas");
  canvas.width = steps;
  canvas.height = pitches;
  const context = contextOf(canvas);
  const image = context.createImageData(steps, pitches);
  for (let step = 0; step < steps; step++) {
    for (let pitch = 0; pitch < pitches; pitch++) {
      const pixel = (pitches - 1 - pitch) * steps + step;
      image.data[pixel * 4 + 3] = cells[step * pitches + pitch] * 255;
    }
  }
  context.putImageData(image, 0, 0);
  return `url(${canvas.toDataURL()})`;
}

// lstmmusic/views/tunes.js
var FIND_PAUSE = 150;
var MOST_ROWS = 50;
var make = (name, text = "") => element("div", name ? { class: `lstmmusic-tunes-${name}` } : {}, text);
function cut(name, text) {
  const made = make(name, text);
  if (text) made.title = text;
  return made;
}
function cutWithin(name, text) {
  const made = make(name);
  fillName(made, text);
  return made;
}
function asCell(made, spoken = "") {
  made.setAttribute("role", "gridcell");
  if (spoken) made.setAttribute("aria-label", spoken);
  return made;
}
function widen(made, width) {
  if (width === 0) made.classList.add("lstmmusic-tunes-wide");
  else if (width) made.style.flexBasis = `${width}px`;
  return made;
}
function makeCell(text, width) {
  return width === 0 ? widen(asCell(cutWithin("cell", text), text), width) : widen(asCell(cut("cell", text)), width);
}
var count = (number) => number.toLocaleString("en");
function thumbnail(cells, [steps, pitches]) {
  const made = make("thumbnail");
  made.setAttribute("aria-hidden", "true");
  if (steps === 0 || pitches === 0) {
    made.classList.add("lstmmusic-tunes-none");
    return made;
  }
  const notes = make("notes");
  notes.style.maskImage = maskOf(cells, [steps, pitches]);
  made.append(notes);
  return made;
}
var render = withSignal((model, el, signal) => {
  const prefix = `lstmmusic-tunes-${Math.random().toString(36).slice(2)}`;
  let pause = 0;
  let requested = { index: -1, ticked: false };
  const search = { type: "search", maxlength: 200, placeholder: model.get("hint") };
  const find = element("input", { class: "lstmmusic-tunes-find", ...search });
  const only = element("input", { type: "checkbox" });
  const onlyText = element("span");
  const [previous, next] = [makeButton("Previous"), makeButton("Next")];
  const place = element("span", { class: "lstmmusic-tunes-place", role: "status" });
  const [pager, bar] = [make("pager"), make("bar")];
  pager.append(previous, place, next);
  bar.append(element("label", {}, "Find", find), element("label", {}, only, onlyText), pager);
  only.parentElement.hidden = !model.get("only");
  const labels = { role: "grid", "aria-label": model.get("label"), "aria-multiselectable": "false" };
  const grid = element("div", { class: "lstmmusic-tunes-grid", ...OWN_KEYS, ...labels });
  const all = element("input", { type: "checkbox" });
  const head = element("div", { class: "lstmmusic-tunes-row lstmmusic-tunes-head", role: "row" });
  const body = element("div", { class: "lstmmusic-tunes-body", role: "rowgroup" });
  grid.append(head, body);
  const spoken = element("div", { class: "lstmmusic-spoken", "aria-live": "polite" });
  el.classList.add("lstmmusic-view", "lstmmusic-tunes");
  el.classList.toggle("lstmmusic-tunes-compact", model.get("compact"));
  el.append(bar, grid, spoken);
  const request = (first) => {
    clearTimeout(pause);
    model.send({ kind: "page", first, find: find.value, only_left_out: only.checked });
  };
  const select = (index) => save(model, { selected: index });
  const page = () => ({ shown: model.get("rows_shown"), first: model.get("first"), matching: model.get("matching") });
  const title = (name, ...children) => element("div", { class: `lstmmusic-tunes-${name}`, role: "columnheader" }, ...children);
  const makeHead = () => {
    const sorts = ["Name", ...model.get("columns")].map((text, column) => {
      const arrow = element("span", { class: "lstmmusic-tunes-arrow", "aria-hidden": "true" });
      const sort = makeButton(text, { title: `Sort by ${text.toLowerCase()}` });
      sort.append(arrow);
      sort.addEventListener("click", () => model.send({ kind: "sort", column }));
      return column === 0 ? title("tune", sort) : widen(title("cell", sort), model.get("widths")[column - 1]);
    });
    head.replaceChildren(title("tick", all), title("roll", "Roll"), ...sorts);
  };
  const fillHead = () => {
    const [sorted, descending] = [model.get("sorted_by"), model.get("descending")];
    head.querySelectorAll("[role=columnheader]:has(button)").forEach((header, column) => {
      const order = descending ? "descending" : "ascending";
      header.setAttribute("aria-sort", column === sorted ? order : "none");
      const arrow = header.querySelector(".lstmmusic-tunes-arrow");
      if (arrow) arrow.textContent = column !== sorted ? "" : descending ? "▼" : "▲";
    });
    const [usable, used] = [model.get("matching_usable"), model.get("matching_used")];
    all.checked = usable > 0 && used === usable;
    all.indeterminate = used > 0 && used < usable;
    all.disabled = usable === 0 || !model.get("can_tick");
    all.title = `${model.get("verb")} all listed: ${count(used)} of ${count(usable)}`;
    all.setAttribute("aria-label", all.title);
  };
  const tickOf = ({ name, used, usable }) => {
    if (!usable) return element("span", { class: "lstmmusic-tunes-bad", role: "img", "aria-label": "Unusable" }, "✕");
    const tick = element("input", { type: "checkbox", tabindex: -1, "aria-label": `${model.get("verb")} ${name}` });
    tick.checked = used;
    tick.disabled = !model.get("can_tick");
    return tick;
  };
  let made = (
    /** @type {{ of: string, row: HTMLElement }[]} */
    []
  );
  const makeRow = (tune, position, picture) => {
    const { index, name, reason, cells, used, usable, shape } = tune;
    const isPale = !usable || !used && model.get("only") !== "";
    const row = make(isPale ? "row lstmmusic-tunes-left-out" : "row");
    row.id = `${prefix}-${index}`;
    row.dataset.index = `${index}`;
    row.setAttribute("role", "row");
    row.setAttribute("aria-rowindex", `${position + 2}`);
    const [tick, roll] = [asCell(make("tick")), asCell(make("roll"))];
    const words = asCell(make("tune"), [name, model.get("compact") ? "" : reason].filter(Boolean).join(", "));
    tick.append(tickOf(tune));
    roll.append(thumbnail(picture, shape));
    const called = cutWithin("name", name);
    if (tune.look >= 0) called.prepend(makeSwatch(lookOf(tune.look), readStyle(el)));
    words.append(called, cut("reason", reason));
    row.append(tick, roll, words);
    if (cells.length) {
      const widths = model.get("widths");
      row.append(...model.get("columns").map((_, column) => makeCell(cells[column] ?? "", widths[column])));
    }
    return row;
  };
  const fill = () => {
    const { shown, first, matching } = page();
    const pictures = bytes(model.get("thumbnails"));
    let at = 0;
    const latin = new TextDecoder("latin1");
    const rows = shown.map((tune, offset) => {
      const size = tune.shape[0] * tune.shape[1];
      const picture = pictures.subarray(at, at + size);
      at += size;
      const of = JSON.stringify([tune, first + offset, model.get("can_tick")]) + latin.decode(picture);
      const same = made.find((each) => each.of === of);
      return same ?? { of, row: makeRow(tune, first + offset, picture) };
    });
    made = rows;
    const why = model.get("total") === 0 ? model.get("empty") : "Nothing matches the search";
    const wanted = rows.length ? rows.map(({ row }) => row) : [make("empty", why)];
    for (const row of [...body.children]) if (!wanted.includes(
      /** @type {HTMLElement} */
      row
    )) row.remove();
    wanted.forEach((row, place2) => {
      if (body.children[place2] !== row) body.insertBefore(row, body.children[place2] ?? null);
    });
    body.style.minHeight = `calc(${model.get("page_size")} * var(--row-height))`;
    grid.setAttribute("aria-rowcount", `${matching + 1}`);
    const last = first + shown.length;
    place.textContent = shown.length ? `${count(first + 1)}–${count(last)} of ${count(matching)}` : "0 of 0";
    previous.disabled = first === 0;
    next.disabled = last >= matching;
    onlyText.textContent = `${model.get("only")} (${count(model.get("left_out"))})`;
    only.checked = model.get("only_left_out");
    if (document.activeElement !== find) find.value = model.get("find");
    fillHead();
    mark();
    speak();
  };
  const speak = () => {
    const row = page().shown.find(({ index, used }) => index === requested.index && used === requested.ticked);
    if (!row) return;
    spoken.textContent = `${row.name}: ${row.used ? "ticked" : row.reason || "no longer ticked"}`;
    requested = { index: -1, ticked: false };
  };
  const mark = () => {
    const selected = model.get("selected");
    grid.removeAttribute("aria-activedescendant");
    for (const row of body.querySelectorAll("[role=row]")) {
      const chosen = row.id === `${prefix}-${selected}`;
      row.setAttribute("aria-selected", `${chosen}`);
      if (chosen) grid.setAttribute("aria-activedescendant", row.id);
    }
  };
  const go = (position) => {
    const { shown, first, matching } = page();
    if (matching === 0) return;
    const wanted = clamp(position, 0, matching - 1);
    const row = shown[wanted - first];
    if (row) select(row.index);
    else model.send({ kind: "select", position: wanted });
  };
  const toggle = (wanted) => {
    const row = page().shown.find(({ index }) => index === wanted);
    if (!row?.usable || !model.get("can_tick")) return;
    requested = { index: wanted, ticked: !row.used };
    model.send({ kind: "tick", ...requested });
  };
  const press = (event) => {
    if (event.target !== grid || event.ctrlKey || event.metaKey || event.altKey) return;
    const { shown, first, matching } = page();
    const selected = model.get("selected");
    const offset = shown.findIndex((row) => row.index === selected);
    const here = offset < 0 ? null : first + offset;
    const size = model.get("page_size");
    const moves = {
      ArrowDown: () => go(here === null ? first : here + 1),
      ArrowUp: () => go(here === null ? first + shown.length - 1 : here - 1),
      PageDown: () => go((here ?? first) + size),
      PageUp: () => go((here ?? first) - size),
      Home: () => go(0),
      End: () => go(matching - 1),
      " ": () => toggle(selected),
      Enter: () => void (here !== null && model.send({ kind: "open", index: selected }))
    };
    if (!Object.hasOwn(moves, event.key)) return;
    event.preventDefault();
    event.stopPropagation();
    moves[event.key]();
  };
  const targetOf = ({ target }) => {
    const row = target instanceof Element ? target.closest("[data-index]") : null;
    const onTick = row !== null && target instanceof Element && target.closest(".lstmmusic-tunes-tick") !== null;
    return { index: row instanceof HTMLElement ? Number(row.dataset.index) : null, onTick };
  };
  body.addEventListener("click", (event) => {
    const { index, onTick } = targetOf(event);
    if (index === null) return;
    if (!onTick) return select(index);
    event.preventDefault();
    grid.focus();
    toggle(index);
  });
  body.addEventListener("dblclick", (event) => {
    const { index, onTick } = targetOf(event);
    if (index !== null && !onTick) model.send({ kind: "open", index });
  });
  all.addEventListener("click", (event) => {
    event.preventDefault();
    model.send({ kind: "tick_all", ticked: model.get("matching_used") < model.get("matching_usable") });
  });
  grid.addEventListener("keydown", press);
  previous.addEventListener("click", () => request(model.get("first") - model.get("page_size")));
  next.addEventListener("click", () => request(model.get("first") + model.get("page_size")));
  only.addEventListener("change", () => request(0));
  find.addEventListener("input", () => {
    clearTimeout(pause);
    pause = setTimeout(() => request(0), FIND_PAUSE);
  });
  let frame = 0;
  const change = () => {
    frame ||= requestAnimationFrame(() => {
      frame = 0;
      fill();
    });
  };
  onChange(model, signal, ["rows_shown", "thumbnails", "first", "matching", "total", "left_out"], change);
  onChange(model, signal, ["only_left_out", "find", "page_size", "empty", "can_tick"], change);
  onChange(model, signal, ["matching_usable", "matching_used", "sorted_by", "descending"], change);
  onChange(model, signal, ["selected"], mark);
  const makeAnew = () => {
    made = [];
    change();
  };
  const themes = new MutationObserver(makeAnew);
  themes.observe(document.body, { attributeFilter: ["data-jp-theme-name"] });
  signal.addEventListener("abort", () => themes.disconnect());
  onChange(model, signal, ["columns", "widths"], () => {
    makeHead();
    makeAnew();
  });
  signal.addEventListener("abort", () => {
    clearTimeout(pause);
    cancelAnimationFrame(frame);
  });
  makeHead();
  fill();
  if (!model.get("fill")) return;
  el.classList.add("lstmmusic-filling");
  const sizes = new ResizeObserver(() => {
    const room = grid.clientHeight - head.offsetHeight;
    const row = Number.parseFloat(getComputedStyle(el).getPropertyValue("--row-height"));
    if (room > 0) save(model, { page_size: clamp(Math.floor(room / row), 1, MOST_ROWS) });
  });
  sizes.observe(grid);
  signal.addEventListener("abort", () => sizes.disconnect());
});
var tunes_default = { render };
export {
  tunes_default as default
};
