// Made by scripts/bundle: b0a117f5666f5abda740763e2d8cd580da979f87cf6283b214d6cdc068be8ef8
// lstmmusic/views/canvas.js
var FONT_SIZE = 12;
var SMALL_FONT_SIZE = 11;
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

// lstmmusic/views/playback/events.js
var KEY = "lstmmusic-key";

// lstmmusic/views/playback/keys.js
var OCTAVES = 3;
var [LOWEST, FIRST, HIGHEST] = [12, 48, 84];
var MOST_SECONDS = 120;
var MOST_NOTES = 2e3;
var BLACK = 0.6;
var VELOCITY = 80;
var WHITE = [0, 2, 4, 5, 7, 9, 11];
var CODES = [
  ...["KeyA", "KeyW", "KeyS", "KeyE", "KeyD", "KeyF", "KeyT", "KeyG", "KeyY", "KeyH", "KeyU", "KeyJ"],
  ...["KeyK", "KeyO", "KeyL", "KeyP", "Semicolon"]
];
var LETTERS = ["A", "W", "S", "E", "D", "F", "T", "G", "Y", "H", "U", "J", "K", "O", "L", "P", ";"];
var INVITATION = "Press Record, then play: here, on the keys A to ; or on a MIDI keyboard";
var isWhite = (pitch) => WHITE.includes(pitch % 12);
var Recorder = class extends EventTarget {
  recording = false;
  notes = [];
  // [start, end, pitch, velocity]; seconds from the first of them
  down = /* @__PURE__ */ new Map();
  // from pitch to its note, if it is recorded
  #origin = null;
  #timer = 0;
  start() {
    this.recording = true;
    this.notes = [];
    this.#origin = null;
    this.#timer = setTimeout(() => this.stop(performance.now()), 1e3 * MOST_SECONDS);
    this.#changed();
  }
  /** End the recording; what is still held ends with it. */
  stop(time) {
    if (!this.recording) return;
    clearTimeout(this.#timer);
    for (const note of this.down.values()) if (note) note[1] = this.#seconds(time);
    this.down.forEach((_, pitch) => this.down.set(pitch, null));
    this.recording = false;
    this.dispatchEvent(new Event("recorded"));
    this.#changed();
  }
  /** End the recording, of which nothing is wanted. */
  forget() {
    this.down.forEach((_, pitch) => this.down.set(pitch, null));
    this.notes = [];
    this.stop(performance.now());
  }
  press(pitch, velocity, time) {
    if (this.down.has(pitch)) return;
    let note = null;
    if (this.recording) {
      this.#origin ??= time;
      note = [this.#seconds(time), Infinity, pitch, velocity];
      this.notes.push(note);
    }
    this.down.set(pitch, note);
    this.#sound(pitch, velocity, true);
    if (this.recording && this.notes.length >= MOST_NOTES) this.stop(time);
  }
  release(pitch, time) {
    if (!this.down.has(pitch)) return;
    const note = this.down.get(pitch);
    if (note) note[1] = this.#seconds(time);
    this.down.delete(pitch);
    this.#sound(pitch, 0, false);
  }
  releaseAll(time) {
    for (const pitch of [...this.down.keys()]) this.release(pitch, time);
  }
  close() {
    clearTimeout(this.#timer);
    this.releaseAll(performance.now());
  }
  #seconds(time) {
    return Math.max(0, time - this.#origin) / 1e3;
  }
  #sound(pitch, velocity, down) {
    this.dispatchEvent(new CustomEvent("sound", { detail: { pitch, velocity, down } }));
    this.#changed();
  }
  #changed() {
    this.dispatchEvent(new Event("change"));
  }
};
async function connectMidi(recorder, say) {
  if (!navigator.requestMIDIAccess) {
    say("This browser knows no MIDI keyboards; Chrome, Edge and Firefox do");
    return () => {
    };
  }
  let access;
  try {
    access = await navigator.requestMIDIAccess();
  } catch {
    say("The browser did not allow the MIDI keyboard; allow MIDI for this site, and press the button again");
    return () => {
    };
  }
  const hear = ({ data: [status, pitch, velocity], timeStamp }) => {
    const kind = status & 240;
    if (kind === 144 && velocity > 0) recorder.press(pitch, velocity, timeStamp);
    else if (kind === 128 || kind === 144) recorder.release(pitch, timeStamp);
  };
  const listen = () => {
    const inputs = [...access.inputs.values()].filter(({ state }) => state === "connected");
    for (const input of inputs) input.onmidimessage = hear;
    const names = inputs.map(({ name }) => name).join(", ");
    say(names ? `Hears ${names}` : "No MIDI keyboard is connected; it is heard as soon as it is");
  };
  access.onstatechange = listen;
  listen();
  return () => {
    access.onstatechange = null;
    for (const input of access.inputs.values()) input.onmidimessage = null;
  };
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
  return keys.sort((one, other) => isWhite(other.pitch) - isWhite(one.pitch));
}
function makeButton(row, text, title) {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = text;
  made.title = title;
  row.append(made);
  return made;
}
function render({ model, el }) {
  const recorder = new Recorder();
  let first = FIRST;
  let keys = [];
  let disconnect = () => {
  };
  let closed = false;
  const row = document.createElement("div");
  row.className = "lstmmusic-keys";
  const record = makeButton(row, "Record", "Begin with the first note that you play (space)");
  const lower = makeButton(row, "Octave −", "Play an octave lower (Z)");
  const higher = makeButton(row, "Octave +", "Play an octave higher (X)");
  const midi = makeButton(row, "MIDI keyboard", "Play on a keyboard that is connected to this computer");
  const status = document.createElement("span");
  status.className = "status";
  status.setAttribute("role", "status");
  row.append(status);
  el.append(row);
  const say = (text) => {
    status.textContent = status.title = text;
  };
  const toggle = (time) => {
    if (recorder.recording) recorder.stop(time);
    else recorder.start();
  };
  const base = () => first + 12;
  const counts = (pitch) => model.get("lowest") <= pitch && pitch <= model.get("highest");
  const paint = (context, size, style) => {
    keys = layKeys(first, size);
    for (const { pitch, x, width, height } of keys) {
      const white = isWhite(pitch);
      context.globalAlpha = counts(pitch) ? 1 : 0.35;
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
  const label = () => "Piano: the keys A to ; of the computer's keyboard play, Z and X shift by an octave, space begins and ends a recording";
  const attach = ({ canvas, change, move }) => {
    canvas.tabIndex = 0;
    canvas.classList.add("lstmmusic-piano");
    const shift = (octaves) => {
      recorder.releaseAll(performance.now());
      first = Math.min(Math.max(LOWEST, first + 12 * octaves), HIGHEST);
      change();
    };
    let held = null;
    const at = (event) => keys.findLast(({ x, width, height }) => event.offsetX >= x && event.offsetX < x + width && event.offsetY < height);
    const glide = (event) => {
      const pitch = at(event)?.pitch ?? null;
      if (pitch === held) return;
      if (held !== null) recorder.release(held, event.timeStamp);
      held = pitch;
      if (held !== null) recorder.press(held, VELOCITY, event.timeStamp);
    };
    const lift = (event) => {
      if (held !== null) recorder.release(held, event.timeStamp);
      held = null;
    };
    canvas.addEventListener("pointerdown", (event) => {
      if (event.button) return;
      canvas.focus();
      canvas.setPointerCapture(event.pointerId);
      glide(event);
    });
    canvas.addEventListener("pointermove", (event) => canvas.hasPointerCapture(event.pointerId) && glide(event));
    for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, lift);
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
    canvas.addEventListener("keyup", (event) => {
      recorder.release(typed.get(event.code), event.timeStamp);
      typed.delete(event.code);
    });
    canvas.addEventListener("blur", () => recorder.releaseAll(performance.now()));
    const follow = () => {
      record.textContent = recorder.recording ? "Stop" : "Record";
      record.setAttribute("aria-pressed", recorder.recording);
      if (recorder.recording) say(recorder.notes.length ? `${recorder.notes.length} notes` : "Play: it begins with you");
      move();
    };
    recorder.addEventListener("change", follow);
    record.addEventListener("click", (event) => {
      toggle(event.timeStamp);
      canvas.focus();
    });
    for (const [each, octaves] of [[lower, -1], [higher, 1]]) {
      each.addEventListener("click", () => {
        shift(octaves);
        canvas.focus();
      });
    }
    return () => recorder.removeEventListener("change", follow);
  };
  recorder.addEventListener("sound", ({ detail }) => {
    document.dispatchEvent(new CustomEvent(KEY, { detail: { ...detail, id: model.get("sounds") } }));
  });
  recorder.addEventListener("recorded", () => {
    if (recorder.notes.length) model.send({ kind: "played", notes: recorder.notes });
    say(recorder.notes.length ? `${recorder.notes.length} notes were played in` : INVITATION);
  });
  midi.addEventListener("click", async () => {
    disconnect();
    disconnect = await connectMidi(recorder, say);
    if (closed) disconnect();
  });
  say(INVITATION);
  const obey = ({ kind }) => kind === "forget" && recorder.forget();
  model.on("msg:custom", obey);
  const remove = keepDrawn({ model, el, traits: ["lowest", "highest"], label, paint, overlay, attach });
  return () => {
    closed = true;
    model.off("msg:custom", obey);
    disconnect();
    recorder.close();
    remove();
    row.remove();
  };
}
var keys_default = { render };
export {
  keys_default as default
};
