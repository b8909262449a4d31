// A piano to play notes in on. What sounds, and when, is told to the document; what was recorded, to Python.

import { keepDrawn, write } from "../canvas.js";
import { KEY } from "./events.js";

const OCTAVES = 3; // that are drawn, from a C
const [LOWEST, FIRST, HIGHEST] = [12, 48, 84]; // where they may begin, and where they do at first
const MOST_SECONDS = 120;
const MOST_NOTES = 2000;
const BLACK = 0.6; // how long a black key is, of a white one
const VELOCITY = 80; // of keys that cannot tell how hard they are struck
const WHITE = [0, 2, 4, 5, 7, 9, 11];
// Places of keys, not letters, so that they lie like a piano's on every keyboard.
const CODES = [
  ...["KeyA", "KeyW", "KeyS", "KeyE", "KeyD", "KeyF", "KeyT", "KeyG", "KeyY", "KeyH", "KeyU", "KeyJ"],
  ...["KeyK", "KeyO", "KeyL", "KeyP", "Semicolon"],
];
const LETTERS = ["A", "W", "S", "E", "D", "F", "T", "G", "Y", "H", "U", "J", "K", "O", "L", "P", ";"];
const INVITATION = "Press Record, then play: here, on the keys A to ; or on a MIDI keyboard";

const isWhite = (pitch) => WHITE.includes(pitch % 12);

/** What is played: which keys are down, and the notes since Record was pressed. */
class Recorder extends EventTarget {
  recording = false;
  notes = []; // [start, end, pitch, velocity]; seconds from the first of them
  down = new Map(); // from pitch to its note, if it is recorded
  #origin = null;
  #timer = 0;

  start() {
    this.recording = true;
    this.notes = [];
    this.#origin = null;
    this.#timer = setTimeout(() => this.stop(performance.now()), 1000 * MOST_SECONDS);
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
    return Math.max(0, time - this.#origin) / 1000;
  }

  #sound(pitch, velocity, down) {
    this.dispatchEvent(new CustomEvent("sound", { detail: { pitch, velocity, down } }));
    this.#changed();
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}

/** Let MIDI keyboards play on a recorder; `say` is told which there are. Returns the function that ends it. */
async function connectMidi(recorder, say) {
  if (!navigator.requestMIDIAccess) {
    say("This browser knows no MIDI keyboards; Chrome, Edge and Firefox do");
    return () => {};
  }
  let access;
  try {
    access = await navigator.requestMIDIAccess();
  } catch {
    say("The browser did not allow the MIDI keyboard; allow MIDI for this site, and press the button again");
    return () => {};
  }
  const hear = ({ data: [status, pitch, velocity], timeStamp }) => {
    const kind = status & 0xf0;
    if (kind === 0x90 && velocity > 0) recorder.press(pitch, velocity, timeStamp);
    else if (kind === 0x80 || kind === 0x90) recorder.release(pitch, timeStamp);
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

/** Where each key lies: { pitch, x, width, height } of a piano from `low` up; black keys last, since they lie on top. */
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
  let first = FIRST; // the lowest key that is drawn
  let keys = [];
  let disconnect = () => {};
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
  const base = () => first + 12; // of the computer's keyboard
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
        align: "center",
      });
    }
    context.globalAlpha = 1;
  };
  const overlay = (context, size, style) => {
    for (const { pitch, x, width, height } of keys) {
      if (!recorder.down.has(pitch)) continue;
      context.globalAlpha = 0.6;
      context.fillStyle = style.brand;
      const top = isWhite(pitch) ? height * BLACK : 0; // below the black keys
      context.fillRect(x + 1, top, width - 2, height - top - 2);
      context.globalAlpha = 1;
    }
  };
  const label = () =>
    "Piano: the keys A to ; of the computer's keyboard play, Z and X shift by an octave, space begins and ends a recording";

  const attach = ({ canvas, change, move }) => {
    canvas.tabIndex = 0;
    canvas.classList.add("lstmmusic-piano");
    const shift = (octaves) => {
      recorder.releaseAll(performance.now());
      first = Math.min(Math.max(LOWEST, first + 12 * octaves), HIGHEST);
      change();
    };
    let held = null; // by the pointer
    const at = (event) =>
      keys.findLast(({ x, width, height }) => event.offsetX >= x && event.offsetX < x + width && event.offsetY < height);
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
    const typed = new Map(); // from the code of a key to the pitch that it plays
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

export default { render };
