// Made by scripts/bundle: 41634262fec8751c778fed787baa67953db28d58a7414c11f75c1ac7026438c2
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
var VELOCITY = 80;

// lstmmusic/views/model.js
var GONE = ["restarting", "autorestarting", "dead"];
function listen(model, signal, event, listener) {
  model.on(event, listener);
  signal.addEventListener("abort", () => model.off(event, listener));
}
function onChange(model, signal, names, listener) {
  for (const name of names) listen(model, signal, `change:${name}`, listener);
}
function onMessage(model, signal, listener) {
  listen(model, signal, "msg:custom", listener);
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
function write(context, text, x, y, { font, colour, align = "left" }) {
  context.font = font;
  context.fillStyle = colour;
  context.textAlign = align;
  context.textBaseline = "middle";
  context.fillText(text, x, y);
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

// lstmmusic/views/playback/events.js
var KEY = "lstmmusic-key";

// lstmmusic/views/playback/keys.js
var OCTAVES = 3;
var [LOWEST, FIRST, HIGHEST] = [12, 48, 84];
var MOST_SECONDS = 120;
var MOST_NOTES = 2e3;
var BLACK = 0.6;
var WHITE = [0, 2, 4, 5, 7, 9, 11];
var CODES = [
  ...["KeyA", "KeyW", "KeyS", "KeyE", "KeyD", "KeyF", "KeyT", "KeyG", "KeyY", "KeyH", "KeyU", "KeyJ"],
  ...["KeyK", "KeyO", "KeyL", "KeyP", "Semicolon"]
];
var LETTERS = ["A", "W", "S", "E", "D", "F", "T", "G", "Y", "H", "U", "J", "K", "O", "L", "P", ";"];
var LABEL = `Piano: the keys A to ; of the computer's keyboard play, Z and X shift by an octave, space starts and ends a recording`;
var INVITATION = "Press Record, then play: here, on the keys A to ; or on a MIDI keyboard";
var isWhite = (pitch) => WHITE.includes(pitch % 12);
var Recorder = class extends EventTarget {
  recording = false;
  /** @type {Note[]} */
  notes = [];
  /** @type {Map<number, Note | null>} */
  down = /* @__PURE__ */ new Map();
  // from pitch to its note, if it is recorded
  /** @type {number | null} */
  #origin = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  start() {
    this.recording = true;
    this.notes = [];
    this.#origin = null;
    this.#timer = setTimeout(() => this.stop(performance.now()), 1e3 * MOST_SECONDS);
    this.#changed();
  }
  /** End the recording; notes that are held end with it: @param {number} time */
  stop(time) {
    if (!this.recording) return;
    clearTimeout(this.#timer);
    for (const note of this.down.values()) if (note) note[1] = this.#seconds(time);
    this.down.forEach((_, pitch) => this.down.set(pitch, null));
    this.recording = false;
    this.dispatchEvent(new Event("recorded"));
    this.#changed();
  }
  /** End the recording, and discard it. */
  discard() {
    this.down.forEach((_, pitch) => this.down.set(pitch, null));
    this.notes = [];
    this.stop(performance.now());
  }
  /** @param {number} pitch @param {number} velocity @param {number} time */
  press(pitch, velocity, time) {
    if (this.down.has(pitch)) return;
    this.down.set(pitch, null);
    if (this.recording) {
      this.#origin ??= time;
      const note = [this.#seconds(time), Infinity, pitch, velocity];
      this.notes.push(note);
      this.down.set(pitch, note);
    }
    this.#sound(pitch, velocity, true);
    if (this.recording && this.notes.length >= MOST_NOTES) this.stop(time);
  }
  /** @param {number} pitch @param {number} time */
  release(pitch, time) {
    if (!this.down.has(pitch)) return;
    const note = this.down.get(pitch);
    if (note) note[1] = this.#seconds(time);
    this.down.delete(pitch);
    this.#sound(pitch, 0, false);
  }
  /** @param {number} time */
  releaseAll(time) {
    for (const pitch of [...this.down.keys()]) this.release(pitch, time);
  }
  close() {
    clearTimeout(this.#timer);
    this.releaseAll(performance.now());
  }
  /** @param {number} time */
  #seconds(time) {
    return Math.max(0, time - (this.#origin ?? time)) / 1e3;
  }
  /** @param {number} pitch @param {number} velocity @param {boolean} down */
  #sound(pitch, velocity, down) {
    this.dispatchEvent(new CustomEvent("sound", { detail: { pitch, velocity, down } }));
    this.#changed();
  }
  #changed() {
    this.dispatchEvent(new Event("change"));
  }
};
async function connectMidi(recorder, signal, show) {
  if (!navigator.requestMIDIAccess) {
    show("This browser does not support MIDI keyboards; Chrome, Edge and Firefox do");
    return;
  }
  let access;
  try {
    access = await navigator.requestMIDIAccess();
  } catch {
    show("The browser did not allow the MIDI keyboard; allow MIDI for this site, and press the button again");
    return;
  }
  const onNote = ({ data, timeStamp }) => {
    const [status, pitch, velocity] = data ?? [0];
    const kind = status & 240;
    if (kind === 144 && velocity > 0) recorder.press(pitch, velocity, timeStamp);
    else if (kind === 128 || kind === 144) recorder.release(pitch, timeStamp);
  };
  const listen2 = () => {
    const inputs = [...access.inputs.values()].filter(({ state }) => state === "connected");
    for (const input of inputs) input.onmidimessage = onNote;
    const names = inputs.map(({ name }) => name).join(", ");
    show(names ? `Connected: ${names}` : "No MIDI keyboard is connected; connect one, and play");
  };
  signal.addEventListener("abort", () => {
    access.onstatechange = null;
    for (const input of access.inputs.values()) input.onmidimessage = null;
  });
  if (signal.aborted) return;
  access.onstatechange = listen2;
  listen2();
}
function layKeys(low, { width, height }) {
  const whites = OCTAVES * 7 + 1;
  const step = width / whites;
  const keys = [];
  let white = 0;
  for (let pitch = low; pitch <= low + OCTAVES * 12; pitch++) {
    if (isWhite(pitch)) keys.push({ pitch, x: white++ * step, width: step, height });
    else keys.push({ pitch, x: (white - 0.3) * step, width: step * 0.6, height: height * BLACK });
  }
  return keys.sort((one, other) => Number(isWhite(other.pitch)) - Number(isWhite(one.pitch)));
}
var render = withSignal((model, el, signal) => {
  const recorder = new Recorder();
  let first = FIRST;
  let keys = [];
  let midiEnd = new AbortController();
  const record = makeButton("Record", { title: "Starts with the first note that you play (space)" });
  const lower = makeButton("Octave −", { title: "Play an octave lower (Z)" });
  const higher = makeButton("Octave +", { title: "Play an octave higher (X)" });
  const midi = makeButton("MIDI keyboard", { title: "Play on a keyboard that is connected to this computer" });
  const status = element("span", { class: "status", role: "status" });
  const row = element("div", { class: "lstmmusic-keys" }, record, lower, higher, midi, status);
  el.append(row);
  const show = (text) => {
    status.textContent = status.title = text;
  };
  const countNotes = () => countOf(recorder.notes.length, "note");
  const toggle = (time) => {
    if (recorder.recording) recorder.stop(time);
    else recorder.start();
  };
  const base = () => first + 12;
  const inRange = (pitch) => model.get("lowest") <= pitch && pitch <= model.get("highest");
  const paint = (context, size, style) => {
    keys = layKeys(first, size);
    for (const { pitch, x, width, height } of keys) {
      const white = isWhite(pitch);
      context.globalAlpha = inRange(pitch) ? 1 : 0.35;
      context.fillStyle = white ? "#fbfbfb" : "#2b2b2b";
      context.strokeStyle = "#8a8a8a";
      context.lineWidth = 1;
      context.beginPath();
      context.roundRect(x + 0.5, -3, width - 1, height + 2, 3);
      context.fill();
      context.stroke();
      const letter = LETTERS[pitch - base()] ?? "";
      const text = pitch % 12 === 0 && !letter ? `C${pitch / 12 - 1}` : letter;
      write(context, text, x + width / 2, height - 10, {
        font: style.smallFont,
        colour: white ? "#555555" : "#e0e0e0",
        align: "center"
      });
    }
    context.globalAlpha = 1;
  };
  const overlay = (context, size, style) => {
    for (const { pitch, x, width, height } of keys) {
      if (!recorder.down.has(pitch)) continue;
      context.globalAlpha = 0.6;
      context.fillStyle = style.brand;
      const top = isWhite(pitch) ? height * BLACK : 0;
      context.fillRect(x + 1, top, width - 2, height - top - 2);
      context.globalAlpha = 1;
    }
  };
  const traits = ["lowest", "highest"];
  const { canvas, change, move } = keepDrawn({ model, el, signal, traits, label: () => LABEL, paint, overlay });
  canvas.tabIndex = 0;
  canvas.classList.add("lstmmusic-piano");
  const shift = (octaves) => {
    recorder.releaseAll(performance.now());
    first = clamp(first + 12 * octaves, LOWEST, HIGHEST);
    change();
  };
  let held = null;
  const glide = ({ offsetX, offsetY, timeStamp }) => {
    const under = keys.findLast(({ x, width, height }) => offsetX >= x && offsetX < x + width && offsetY < height);
    const pitch = under?.pitch ?? null;
    if (pitch === held) return;
    if (held !== null) recorder.release(held, timeStamp);
    held = pitch;
    if (held !== null) recorder.press(held, VELOCITY, timeStamp);
  };
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    canvas.focus();
    canvas.setPointerCapture(event.pointerId);
    glide(event);
  });
  canvas.addEventListener("pointermove", (event) => canvas.hasPointerCapture(event.pointerId) && glide(event));
  for (const end of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(end, ({ timeStamp }) => {
      if (held !== null) recorder.release(held, timeStamp);
      held = null;
    });
  }
  const typed = /* @__PURE__ */ new Map();
  canvas.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const index = CODES.indexOf(event.code);
    if (event.repeat && (index >= 0 || event.code === "Space")) event.preventDefault();
    else if (index >= 0) {
      typed.set(event.code, base() + index);
      recorder.press(base() + index, VELOCITY, event.timeStamp);
    } else if (event.code === "KeyZ" || event.code === "KeyX") shift(event.code === "KeyX" ? 1 : -1);
    else if (event.code === "Space") toggle(event.timeStamp);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  canvas.addEventListener("keyup", ({ code, timeStamp }) => {
    const pitch = typed.get(code);
    if (pitch !== void 0) recorder.release(pitch, timeStamp);
    typed.delete(code);
  });
  canvas.addEventListener("blur", () => recorder.releaseAll(performance.now()));
  const buttons = [[record, toggle], [lower, () => shift(-1)], [higher, () => shift(1)]];
  for (const [button, act] of buttons) {
    button.addEventListener("click", ({ timeStamp }) => {
      act(timeStamp);
      canvas.focus();
    });
  }
  midi.addEventListener("click", () => {
    midiEnd.abort();
    midiEnd = new AbortController();
    connectMidi(recorder, midiEnd.signal, show);
  });
  recorder.addEventListener("change", () => {
    record.textContent = recorder.recording ? "Stop" : "Record";
    record.setAttribute("aria-pressed", `${recorder.recording}`);
    if (recorder.recording) show(recorder.notes.length ? countNotes() : "Play: recording starts with your first note");
    move();
  });
  recorder.addEventListener("sound", (event) => {
    const { detail } = (
      /** @type {CustomEvent<object>} */
      event
    );
    document.dispatchEvent(new CustomEvent(KEY, { detail: { ...detail, id: model.get("sounds") } }));
  });
  recorder.addEventListener("recorded", () => {
    if (recorder.notes.length) model.send({ kind: "played", notes: recorder.notes });
    show(recorder.notes.length ? `${countNotes()} recorded` : INVITATION);
  });
  onMessage(model, signal, ({ kind }) => kind === "discard" && recorder.discard());
  signal.addEventListener("abort", () => {
    midiEnd.abort();
    recorder.close();
    row.remove();
  });
  show(INVITATION);
});
var keys_default = { render };
export {
  keys_default as default,
  layKeys
};
