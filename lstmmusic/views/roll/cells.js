// What is in a roll: its notes, its range of pitches and coarser copies of it. Computed once for each change of the
// data, so that any stretch of a long roll is drawn fast. Knows nothing about pictures.

import { PITCH_CLASSES } from "../constants.js";
import { bytes } from "../model.js";
import { firstIndex } from "../numbers.js";

/** @import { Model } from "../model.js" */
/** @typedef {{ pitch: number, start: number, end: number }} Note  in steps, and in columns of pitches */
/** @typedef {{ cells: DataView, notes: DataView, onsets: DataView, changed: DataView }} Layers */
/** @typedef {{ version: number, shape: [number, number], velocities: [number, number] }} Extent */
/** @typedef {Layers & Extent & { probabilities: DataView, uniforms: DataView }} Data */
/** @typedef {ReturnType<typeof makeLayer>} Layer */
/** @typedef {NonNullable<ReturnType<typeof readRoll>>} Roll */

export const SOUNDS = 128; // the least byte that is a note: a probability of a half; velocities are added to it
const VISIBLE = 6; // a probability of about 0.02, the least that keeps its pitch in the picture

/** @param {number} pitch */
export const pitchName = (pitch) => `${PITCH_CLASSES[pitch % 12]}${Math.floor(pitch / 12) - 1}`;

/**
 * Notes that sound in steps [from, to), in the order of their starts; an onset starts a new one.
 * @param {Uint8Array} cells @param {Uint8Array} onsets @param {number} pitches @param {number} from @param {number} to
 */
export function findNotes(cells, onsets, pitches, from, to) {
  /** @type {Note[]} */
  const notes = [];
  /** @type {(Note | null)[]} */
  const open = new Array(pitches).fill(null);
  for (let step = from; step < to; step++) {
    for (let pitch = 0; pitch < pitches; pitch++) {
      const cell = step * pitches + pitch;
      const held = open[pitch];
      if (cells[cell] < SOUNDS) {
        open[pitch] = null;
      } else if (held && !(onsets.length && onsets[cell] >= SOUNDS)) {
        held.end = step + 1;
      } else {
        const note = { pitch, start: step, end: step + 1 };
        open[pitch] = note;
        notes.push(note);
      }
    }
  }
  return notes;
}

/** Half as many steps, the higher of each two cells: @param {Uint8Array} cells @param {number} pitches */
function halve(cells, pitches) {
  const steps = cells.length / pitches;
  const halved = new Uint8Array(Math.ceil(steps / 2) * pitches);
  for (let step = 0; step < steps; step++) {
    const [from, to] = [step * pitches, (step >> 1) * pitches];
    for (let pitch = 0; pitch < pitches; pitch++) {
      if (cells[from + pitch] > halved[to + pitch]) halved[to + pitch] = cells[from + pitch];
    }
  }
  return halved;
}

/**
 * A grid of bytes that returns any stretch of itself at any scale, in a time that does not depend on its length.
 * @param {Uint8Array} cells @param {Uint8Array} onsets @param {number} pitches
 */
export function makeLayer(cells, onsets, pitches) {
  const steps = cells.length / pitches;
  const copies = [cells]; // by level: a step of a copy is 2 ** level steps of the roll
  /** @type {Note[] | null} */
  let notes = null;
  /** @type {Float64Array} */
  let reach; // for each note, the latest end of it and those that start before it

  const copy = (/** @type {number} */ level) => {
    while (copies.length <= level) copies.push(halve(copies[copies.length - 1], pitches));
    return copies[level];
  };
  const allNotes = () => {
    if (notes) return notes;
    notes = findNotes(cells, onsets, pitches, 0, steps);
    let latest = 0;
    reach = Float64Array.from(notes, ({ end }) => (latest = Math.max(latest, end)));
    return notes;
  };

  return {
    cells,
    copy,
    /**
     * The finest level at which a step of the copy is at least a pixel wide, so that no short note is lost.
     * @param {number} pixelsPerStep
     */
    level: (pixelsPerStep) => Math.max(0, Math.ceil(-Math.log2(pixelsPerStep))),
    /**
     * Notes in steps [from, to); where many steps share a pixel, what looks the same.
     * @param {number} from @param {number} to @param {number} level
     */
    notes: (from, to, level) => {
      if (level === 0) {
        const all = allNotes();
        const first = firstIndex(all.length, (at) => reach[at] > from);
        return all.slice(first, firstIndex(all.length, (at) => all[at].start >= to));
      }
      const length = 2 ** level;
      const last = Math.min(Math.ceil(to / length), copy(level).length / pitches);
      const runs = findNotes(copy(level), new Uint8Array(), pitches, Math.floor(from / length), last);
      return runs.map(({ pitch, start, end }) => {
        return { pitch, start: start * length, end: Math.min(end * length, steps) };
      });
    },
  };
}

/** In how many steps each pitch sounds, in any of these layers: @param {Uint8Array[]} layers @param {number} pitches */
function countSteps(layers, pitches) {
  const counts = new Uint32Array(pitches);
  for (const cells of layers) {
    for (let cell = 0; cell < cells.length; cell++) if (cells[cell] >= SOUNDS) counts[cell % pitches]++;
  }
  return counts;
}

/**
 * First and last pitch column worth showing: two beyond those that sound, and at least two octaves.
 * @param {Uint8Array[]} layers @param {number} pitches
 */
export function findRange(layers, pitches) {
  const highest = new Uint8Array(pitches);
  for (const cells of layers) {
    for (let start = 0; start < cells.length; start += pitches) {
      for (let pitch = 0; pitch < pitches; pitch++) {
        if (cells[start + pitch] > highest[pitch]) highest[pitch] = cells[start + pitch];
      }
    }
  }
  let low = highest.findIndex((value) => value >= VISIBLE);
  let high = highest.findLastIndex((value) => value >= VISIBLE);
  if (high < 0) [low, high] = [Math.floor(pitches / 2), Math.floor(pitches / 2)];
  const missing = Math.max(0, 24 - (high - low + 5));
  low = Math.max(0, low - 2 - Math.ceil(missing / 2));
  high = Math.min(pitches - 1, Math.max(high + 2 + Math.floor(missing / 2), low + 23));
  return [Math.max(0, Math.min(low, high - 23)), high];
}

/** The loudest note that begins in each step: @param {Layer} layer @param {number} steps @param {number} pitches */
export function findStrikes({ cells, notes }, steps, pitches) {
  const strikes = new Uint8Array(steps);
  for (const { pitch, start } of notes(0, steps, 0)) {
    strikes[start] = Math.max(strikes[start], cells[start * pitches + pitch]);
  }
  return makeLayer(strikes, new Uint8Array(), 1);
}

/** Everything that a model shows, or null if it is empty: @param {Model<Data>} model */
export function readRoll(model) {
  const [[steps, pitches], velocities] = [model.get("shape"), model.get("velocities")];
  if (steps === 0 || pitches === 0) return null;
  const read = (/** @type {keyof Layers} */ name) => bytes(model.get(name));
  const [cells, notes, onsets, changed] = [read("cells"), read("notes"), read("onsets"), read("changed")];
  const changes = new Uint8Array(changed.length / pitches); // whether anything changed in a step
  for (let step = 0; step < changes.length; step++) {
    if (changed.subarray(step * pitches, (step + 1) * pitches).some(Boolean)) changes[step] = 255;
  }
  const struck = makeLayer(cells, onsets, pitches);
  const [low, high] = findRange([cells, notes, changed], pitches);
  const probabilities = new Uint16Array(bytes(model.get("probabilities")).buffer);
  return {
    ...{ steps, pitches, low, high, probabilities },
    counts: countSteps([cells, notes], pitches),
    chances: makeLayer(Uint8Array.from(probabilities, (chance) => chance >> 8), new Uint8Array(), pitches),
    uniforms: new Uint16Array(bytes(model.get("uniforms")).buffer),
    onsets,
    cells: struck,
    strikes: velocities[1] ? findStrikes(struck, steps, pitches) : makeLayer(new Uint8Array(), new Uint8Array(), 1),
    notes: makeLayer(notes, onsets, pitches),
    changed: makeLayer(changed, new Uint8Array(), pitches),
    changes: makeLayer(changes, new Uint8Array(), 1),
  };
}
