// What is in a roll: its notes, its range of pitches and coarser copies of it. Found once for each change of the data,
// so that any stretch of a long roll is drawn at once. Knows nothing about pictures.

import { bytes } from "../canvas.js";

const PITCH_NAMES = ["C", "C♯", "D", "E♭", "E", "F", "F♯", "G", "A♭", "A", "B♭", "B"];
export const SOUNDS = 128; // from here on a byte is a note: a probability of a half
const VISIBLE = 6; // a probability of about 0.02, the least that keeps its pitch in the picture

export const pitchName = (pitch) => `${PITCH_NAMES[pitch % 12]}${Math.floor(pitch / 12) - 1}`;

export const clamp = (value, low, high) => Math.max(low, Math.min(value, high));

/** Index of the first item for which `holds`, which holds for all after it too; their number if there is none. */
function firstIndex(size, holds) {
  let [low, high] = [0, size];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Notes that sound in steps [from, to), in the order of their beginnings; an onset begins a new one. */
function findNotes(cells, onsets, pitches, from, to) {
  const notes = [];
  const open = new Array(pitches).fill(null);
  for (let step = from; step < to; step++) {
    for (let pitch = 0; pitch < pitches; pitch++) {
      const cell = step * pitches + pitch;
      if (cells[cell] < SOUNDS) {
        open[pitch] = null;
      } else if (open[pitch] && !(onsets.length && onsets[cell] >= SOUNDS)) {
        open[pitch].end = step + 1;
      } else {
        open[pitch] = { pitch, start: step, end: step + 1 };
        notes.push(open[pitch]);
      }
    }
  }
  return notes;
}

/** Half as many steps: the higher of each two. */
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

/** A grid of bytes that gives any stretch of itself at any scale, in a time that does not grow with its length. */
function makeLayer(cells, onsets, pitches) {
  const steps = cells.length / pitches;
  const copies = [cells]; // the copy at each level has one step for 2 ** level of them
  let notes = null;
  let reach; // for each note, the latest end of it and those that begin before it

  const copy = (level) => {
    while (copies.length <= level) copies.push(halve(copies[copies.length - 1], pitches));
    return copies[level];
  };
  const index = () => {
    notes = findNotes(cells, onsets, pitches, 0, steps);
    let latest = 0;
    reach = Float64Array.from(notes, ({ end }) => (latest = Math.max(latest, end)));
  };

  return {
    cells,
    copy,
    /** The finest level at which a step of the copy is at least one pixel wide, so that no short note is lost. */
    level: (pixelsPerStep) => Math.max(0, Math.ceil(-Math.log2(pixelsPerStep))),
    /** Notes in steps [from, to); where many steps share a pixel, what looks the same. */
    notes: (from, to, level) => {
      if (level === 0) {
        if (!notes) index();
        const first = firstIndex(notes.length, (at) => reach[at] > from);
        return notes.slice(first, firstIndex(notes.length, (at) => notes[at].start >= to));
      }
      const length = 2 ** level;
      const last = Math.min(Math.ceil(to / length), copy(level).length / pitches);
      const runs = findNotes(copy(level), [], pitches, Math.floor(from / length), last);
      const scaled = ({ pitch, start, end }) => ({ pitch, start: start * length, end: Math.min(end * length, steps) });
      return runs.map(scaled);
    },
  };
}

/** First and last pitch column worth showing: two beyond those that sound, and at least two octaves. */
function findRange(layers, pitches) {
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

/** All that a model shows, or null while that is nothing. */
export function readRoll(model) {
  const [steps, pitches] = model.get("shape");
  if (steps === 0 || pitches === 0) return null;
  const [cells, notes, onsets, changed] = ["cells", "notes", "onsets", "changed"].map((name) => bytes(model, name));
  const [probabilities, uniforms] = ["probabilities", "uniforms"].map(
    (name) => new Uint16Array(bytes(model, name).buffer),
  );
  const changes = new Uint8Array(changed.length / pitches); // whether anything changed in a step
  for (let step = 0; step < changes.length; step++) {
    if (changed.subarray(step * pitches, (step + 1) * pitches).some(Boolean)) changes[step] = 255;
  }
  const [low, high] = findRange([cells, notes, changed], pitches);
  return {
    ...{ steps, pitches, low, high, probabilities, uniforms },
    cells: makeLayer(cells, onsets, pitches),
    notes: makeLayer(notes, onsets, pitches),
    changed: makeLayer(changed, [], pitches),
    changes: makeLayer(changes, [], 1),
  };
}
