// A piano to play notes on: events of the document announce its keys, and recordings go to Python.

import { keepDrawn, write } from "../canvas.js";
import { VELOCITY } from "../constants.js";
import { element, makeButton } from "../element.js";
import { onMessage, withSignal } from "../model.js";
import { clamp, countOf } from "../numbers.js";
import { KEY } from "./events.js";

/** @import { Context, Size, Style } from "../canvas.js" */
/** @import { Model } from "../model.js" */
/** @typedef {{ height: number, fill: boolean, sounds: string, lowest: number, highest: number }} State */
/** @typedef {[number, number, number, number]} Note  start, end, pitch and velocity; seconds from the first note */

const OCTAVES = 3; // drawn, from a C
const [LOWEST, FIRST, HIGHEST] = [12, 48, 84]; // pitches where they may start, and where they start at first
const MOST_SECONDS = 120;
const MOST_NOTES = 2000;
const BLACK = 0.6; // length of a black key, as a fraction of a white one
const WHITE = [0, 2, 4, 5, 7, 9, 11];
// Positions of keys, not letters, so that they are laid out like a piano's on every keyboard.
const CODES = [
  ...["KeyA", "KeyW", "KeyS", "KeyE", "KeyD", "KeyF", "KeyT", "KeyG", "KeyY", "KeyH", "KeyU", "KeyJ"],
  ...["KeyK", "KeyO", "KeyL", "KeyP", "Semicolon"],
];
const LETTERS = ["A", "W", "S", "E", "D", "F", "T", "G", "Y", "H", "U", "J", "K", "O", "L", "P", ";"];
const LABEL = `Piano: the keys A to ; of the computer's keyboard play, Z and X shift by an octave, \
space starts and ends a recording`;
const INVITATION = "Press Record, then play: here, on the keys A to ; or on a MIDI keyboard";

/** @param {number} pitch */
const isWhite = (pitch) => WHITE.includes(pitch % 12);

/** What is played: which keys are down, and the notes since Record was pressed. */
class Recorder extends EventTarget {
  recording = false;
  /** @type {Note[]} */
  notes = [];
  /** @type {Map<number, Note | null>} */
  down = new Map(); // from pitch to its note, if it is recorded
  /** @type {number | null} */
  #origin = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  start() {
    this.recording = true;
    this.notes = [];
    this.#origin = null;
    this.#timer = setTimeout(() => this.stop(performance.now()), 1000 * MOST_SECONDS);
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
      /** @type {Note} */
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
    return Math.max(0, time - (this.#origin ?? time)) / 1000;
  }

  /** @param {number} pitch @param {number} velocity @param {boolean} down */
  #sound(pitch, velocity, down) {
    this.dispatchEvent(new CustomEvent("sound", { detail: { pitch, velocity, down } }));
    this.#changed();
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}

/**
 * Let MIDI keyboards play until the signal; `show` gets a text that names them.
 * @param {Recorder} recorder @param {AbortSignal} signal @param {(text: string) => void} show
 */
async function connectMidi(recorder, signal, show) {
  if (!navigator.requestMIDIAccess) {
    show("This browser does not support MIDI keyboards; Chrome, Edge and Firefox do");
    return;
  }
  /** @type {MIDIAccess} */
  let access;
  try {
    access = await navigator.requestMIDIAccess();
  } catch {
    show("The browser did not allow the MIDI keyboard; allow MIDI for this site, and press the button again");
    return;
  }
  const onNote = (/** @type {MIDIMessageEvent} */ { data, timeStamp }) => {
    const [status, pitch, velocity] = data ?? [0];
    const kind = status & 0xf0;
    if (kind === 0x90 && velocity > 0) recorder.press(pitch, velocity, timeStamp);
    else if (kind === 0x80 || kind === 0x90) recorder.release(pitch, timeStamp);
  };
  const listen = () => {
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
  access.onstatechange = listen;
  listen();
}

/**
 * The rectangle of each key of a piano from `low` up; black keys last, since they are on top.
 * @param {number} low @param {Size} size
 */
export function layKeys(low, { width, height }) {
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

const render = withSignal((/** @type {Model<State>} */ model, el, signal) => {
  const recorder = new Recorder();
  let first = FIRST; // the lowest key that is drawn
  /** @type {ReturnType<typeof layKeys>} */
  let keys = [];
  let midiEnd = new AbortController(); // of the MIDI keyboards that are connected

  const record = makeButton("Record", { title: "Starts with the first note that you play (space)" });
  const lower = makeButton("Octave −", { title: "Play an octave lower (Z)" });
  const higher = makeButton("Octave +", { title: "Play an octave higher (X)" });
  const midi = makeButton("MIDI keyboard", { title: "Play on a keyboard that is connected to this computer" });
  const status = element("span", { class: "status", role: "status" });
  const row = element("div", { class: "lstmmusic-keys" }, record, lower, higher, midi, status);
  el.append(row);

  const show = (/** @type {string} */ text) => {
    status.textContent = status.title = text;
  };
  const countNotes = () => countOf(recorder.notes.length, "note");
  const toggle = (/** @type {number} */ time) => {
    if (recorder.recording) recorder.stop(time);
    else recorder.start();
  };
  const base = () => first + 12; // of the computer's keyboard
  const inRange = (/** @type {number} */ pitch) => model.get("lowest") <= pitch && pitch <= model.get("highest");

  /** @param {Context} context @param {Size} size @param {Style} style */
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
        align: "center",
      });
    }
    context.globalAlpha = 1;
  };
  /** @param {Context} context @param {Size} size @param {Style} style */
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

  /** @type {(keyof State)[]} */
  const traits = ["lowest", "highest"];
  const { canvas, change, move } = keepDrawn({ model, el, signal, traits, label: () => LABEL, paint, overlay });
  canvas.tabIndex = 0;
  canvas.classList.add("lstmmusic-piano");
  const shift = (/** @type {number} */ octaves) => {
    recorder.releaseAll(performance.now());
    first = clamp(first + 12 * octaves, LOWEST, HIGHEST);
    change();
  };
  /** @type {number | null} */
  let held = null; // by the pointer
  const glide = (/** @type {PointerEvent} */ { offsetX, offsetY, timeStamp }) => {
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
  /** @type {Map<string, number>} */
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
  canvas.addEventListener("keyup", ({ code, timeStamp }) => {
    const pitch = typed.get(code);
    if (pitch !== undefined) recorder.release(pitch, timeStamp);
    typed.delete(code);
  });
  canvas.addEventListener("blur", () => recorder.releaseAll(performance.now()));
  /** @type {[HTMLButtonElement, (time: number) => void][]} */
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
    const { detail } = /** @type {CustomEvent<object>} */ (event);
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

export default { render };
