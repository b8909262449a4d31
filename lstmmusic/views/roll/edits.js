// Notes of a roll as a list, edited and written back to cells. Knows nothing about gestures or pictures.

import { firstIndex } from "../numbers.js";
import { findStrikes, makeLayer, SOUNDS } from "./cells.js";

/** @import { Note, Roll } from "./cells.js" */
/** @typedef {Note & { velocity: number }} Struck  its velocity is 0 where the roll has none */

/** Whether a roll has velocities: @param {Roll} roll */
export const hasVelocities = (roll) => roll.strikes.cells.length > 0;

/** @type {WeakMap<Roll, readonly Struck[]>} */
const listed = new WeakMap(); // each movement of the pencil asks for the notes of a roll

/** All notes of a roll: @param {Roll} roll @returns {readonly Struck[]} */
export function listNotes(roll) {
  const kept = listed.get(roll);
  if (kept) return kept;
  const { cells, pitches, steps } = roll;
  const known = hasVelocities(roll);
  const notes = cells.notes(0, steps, 0).map((note) => {
    return { ...note, velocity: known ? cells.cells[note.start * pitches + note.pitch] - SOUNDS : 0 };
  });
  listed.set(roll, notes);
  return notes;
}

/** The note that sounds in a cell: @param {readonly Struck[]} notes @param {number} step @param {number} pitch */
export function findNote(notes, step, pitch) {
  return notes.find((note) => note.pitch === pitch && note.start <= step && step < note.end);
}

/**
 * The notes with `note` instead of `old`, where either may be missing; others of its pitch end where it starts, or
 * start where it ends.
 * @param {readonly Struck[]} notes @param {Struck | null} old @param {Struck | null} note
 */
export function replaceNote(notes, old, note) {
  const kept = notes.filter((each) => each !== old);
  if (!note) return kept;
  const others = kept.map((each) => {
    if (each.pitch !== note.pitch || each.end <= note.start || each.start >= note.end) return each;
    return each.start < note.start ? { ...each, end: note.start } : { ...each, start: note.end };
  }).filter(({ start, end }) => start < end);
  const at = firstIndex(others.length, (index) => others[index].start >= note.start);
  return [...others.slice(0, at), note, ...others.slice(at)];
}

/** The roll with other notes, in the same window: @param {Roll} roll @param {Struck[]} notes @returns {Roll} */
export function withNotes(roll, notes) {
  const { steps, pitches } = roll;
  const [cells, onsets] = [new Uint8Array(steps * pitches), new Uint8Array(steps * pitches)];
  const known = hasVelocities(roll);
  for (const { pitch, start, end, velocity } of notes) {
    onsets[start * pitches + pitch] = 255;
    for (let step = start; step < end; step++) cells[step * pitches + pitch] = known ? SOUNDS + velocity : 255;
  }
  const layer = makeLayer(cells, onsets, pitches);
  return { ...roll, onsets, cells: layer, strikes: known ? findStrikes(layer, steps, pitches) : roll.strikes };
}

/**
 * The first step in which two rolls of the same shape differ, or -1; a note that is held differs from one struck again.
 * @param {Roll} before @param {Roll} after
 */
export function firstChange(before, after) {
  const struck = (/** @type {Roll} */ { cells: { cells }, onsets, pitches }, /** @type {number} */ cell) => {
    return cells[cell] >= SOUNDS && (!(cells[cell - pitches] >= SOUNDS) || onsets[cell] >= SOUNDS);
  };
  const cell = before.cells.cells.findIndex((value, at) => {
    return value !== after.cells.cells[at] || struck(before, at) !== struck(after, at);
  });
  return cell < 0 ? cell : Math.floor(cell / before.pitches);
}

/** Notes as numbers, four each: MIDI pitch, start, steps, velocity: @param {Struck[]} notes @param {number} lowest */
export function encodeNotes(notes, lowest) {
  const rows = notes.map(({ pitch, start, end, velocity }) => [lowest + pitch, start, end - start, velocity]);
  return Int32Array.from(rows.flat());
}
