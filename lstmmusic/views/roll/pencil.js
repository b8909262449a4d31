// The pencil: draws, moves, lengthens and deletes notes of a roll, by pointer and by keys. An edit is previewed while
// it is made, and sent as a whole at its end.

import { VELOCITY } from "../constants.js";
import { clamp } from "../numbers.js";
import { encodeNotes, findNote, firstChange, hasVelocities, listNotes, replaceNote, withNotes } from "./edits.js";
import { STILL } from "./gestures.js";
import { nameNote } from "./inspector.js";
import { MOVES } from "./keys.js";

/** @import { Point } from "../canvas.js" */
/** @import { Model } from "../model.js" */
/** @import { Roll } from "./cells.js" */
/** @import { Struck } from "./edits.js" */
/** @import { Cell } from "./keys.js" */
/** @import { Grid, State } from "./layout.js" */
/** @typedef {ReturnType<typeof makePencil>} Pencil */
/**
 * What is edited: a note as it was, or null where one is drawn, where the pointer took it, and what it is now.
 * @typedef {{
 *   kind: "draw" | "move" | "end", old: Struck | null, step: number, pitch: number, now: Struck | null,
 * }} Held
 */

const EDGE = 6; // pixels from the end of a note in which it is lengthened
const PAUSE = 350; // milliseconds without a key after which what the keys did is sent as one edit

/**
 * `current()` is the roll without a preview, and `preview` shows other notes of it, or with null ends that; `keep`
 * shows them from now on, until Python sends a tune. `speak` says what a key did.
 * @param {{
 *   model: Model<State>, signal: AbortSignal, grid: () => Grid, current: () => Roll,
 *   preview: (roll: Roll | null) => void, keep: (roll: Roll) => void, speak: (text: string) => void,
 *   stepAt: (x: number) => number, follow: (step: number, pitch: number) => void,
 * }} roll
 */
export function makePencil({ model, signal, grid, current, preview, keep, speak, stepAt, follow }) {
  /** @type {Held | null} */
  let held = null;
  /** @type {Point | null} */
  let from = null; // where the pointer took it
  /** @type {{ pitch: number, start: number } | null} */
  let selected = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  const editing = () => model.get("editable") && model.get("editing");
  const select = (/** @type {Struck | null | undefined} */ note) => {
    selected = note ? { pitch: note.pitch, start: note.start } : null;
  };
  /** The selected note, as it is now, or undefined where a new tune no longer has it. */
  const chosen = () => {
    const wanted = selected;
    if (held?.now) return held.now;
    if (!wanted) return undefined;
    return listNotes(current()).find(({ pitch, start }) => pitch === wanted.pitch && start === wanted.start);
  };
  const newVelocity = () => (hasVelocities(current()) ? VELOCITY : 0);
  const edited = (/** @type {Held} */ { old, now }) => {
    const notes = listNotes(current());
    const same = old && notes.find(({ pitch, start }) => pitch === old.pitch && start === old.start);
    return { notes: replaceNote(notes, same ?? null, now), lost: old !== null && !same };
  };
  const send = (/** @type {Struck[]} */ notes) => {
    const [before, after] = [current(), withNotes(current(), notes)];
    const first = firstChange(before, after);
    preview(null);
    if (first < 0) return;
    keep(after);
    const { buffer } = encodeNotes(notes, model.get("lowest"));
    model.send({ kind: "edit", first, version: model.get("version") }, undefined, [buffer]);
  };
  /** Show what is held; what a new tune no longer has is let go. */
  const renew = () => {
    if (!held?.now) return;
    const { notes, lost } = edited(held);
    if (lost) cancel();
    else preview(withNotes(current(), notes));
  };
  const cancel = () => {
    clearTimeout(timer);
    [held, from, timer] = [null, null, undefined];
    preview(null);
  };
  /** Send what is held. */
  const drop = () => {
    const done = held;
    clearTimeout(timer);
    [held, from, timer] = [null, null, undefined];
    if (!done?.now) return;
    select(done.now);
    send(edited(done).notes);
  };
  const erase = (/** @type {Struck} */ note) => {
    drop();
    const notes = listNotes(current());
    const gone = findNote(notes, note.start, note.pitch);
    select(null);
    if (gone) send(replaceNote(notes, gone, null));
  };

  /** What the pointer would do at a point, and to which note. */
  const touch = (/** @type {Point} */ { x, y }) => {
    const [step, pitch] = [stepAt(x), grid().pitchAt(y)];
    const notes = listNotes(current());
    const note = findNote(notes, step, pitch) ?? findNote(notes, stepAt(x - STILL), pitch);
    const inner = note ? Math.min(EDGE, ((note.end - note.start) * grid().column) / 3) : 0;
    /** @type {Held["kind"]} */
    const kind = !note ? "draw" : x >= grid().x(note.end) - inner ? "end" : "move";
    return { kind, note: note ?? null, step, pitch };
  };
  const cursor = (/** @type {Point} */ point) => {
    return { draw: "crosshair", move: "move", end: "ew-resize" }[held?.kind ?? touch(point).kind];
  };
  const press = (/** @type {Point} */ point) => {
    drop();
    const { kind, note, step, pitch } = touch(point);
    select(note);
    from = point;
    held = { kind, old: note, step, pitch, now: null };
  };
  const pull = (/** @type {Point} */ { x, y }) => {
    if (!held || !from) return;
    if (!held.now && Math.max(Math.abs(x - from.x), Math.abs(y - from.y)) <= STILL) return;
    const { steps, pitches } = current();
    const [step, pitch] = [clamp(stepAt(x), 0, steps), clamp(grid().pitchAt(y), 0, pitches - 1)];
    const { kind, old } = held;
    if (!old) {
      const start = clamp(Math.floor(Math.min(step, held.step)), 0, steps - 1);
      const end = clamp(Math.ceil(Math.max(step, held.step)), start + 1, steps);
      held.now = { pitch: held.pitch, start, end, velocity: newVelocity() };
    } else if (kind === "end") {
      held.now = { ...old, end: clamp(Math.round(step), old.start + 1, steps) };
    } else {
      held.now = moved(old, Math.round(step - held.step), pitch - held.pitch);
    }
    follow(step, kind === "move" ? pitch : held.pitch);
    renew();
  };
  const moved = (/** @type {Struck} */ note, /** @type {number} */ across, /** @type {number} */ up) => {
    const { steps, pitches } = current();
    const start = clamp(note.start + across, 0, steps - (note.end - note.start));
    return { ...note, start, end: start + note.end - note.start, pitch: clamp(note.pitch + up, 0, pitches - 1) };
  };

  /** Move or lengthen the selected note by keys, in a preview until they pause. */
  const nudge = (/** @type {Struck} */ note, /** @type {KeyboardEvent} */ { key, shiftKey }) => {
    if (!MOVES[key]) return null;
    const [across, up] = MOVES[key];
    const longer = { ...note, end: clamp(note.end + across, note.start + 1, current().steps) };
    const now = shiftKey && !up ? longer : moved(note, across, up);
    held = { kind: "move", old: held?.now ? held.old : note, step: note.start, pitch: note.pitch, now };
    select(now);
    renew();
    clearTimeout(timer);
    timer = setTimeout(drop, PAUSE);
    follow(shiftKey ? now.end : now.start, now.pitch);
    speak(nameNote(model, now));
    return now;
  };
  /**
   * Handle a key at the cell that is inspected, if there is one; returns whether it did, and the cell to go to.
   * @param {KeyboardEvent} event @param {Cell | null} cell @returns {{ cell: Cell | null } | null}
   */
  const key = (event, cell) => {
    if (!editing()) return null;
    const note = chosen();
    const under = cell ? findNote(listNotes(current()), ...cell) : undefined;
    if (event.key === "Delete" || event.key === "Backspace") {
      const gone = note ?? under;
      if (!gone) return null;
      erase(gone);
      speak(`${nameNote(model, gone)}, deleted`);
      return { cell: [gone.start, gone.pitch] };
    }
    if (from) {
      if (event.key === "Escape") cancel();
      return { cell };
    }
    if (note) {
      if (event.key === "Enter" || event.key === "Escape") {
        drop();
        select(null);
        speak(`${nameNote(model, note)}, no longer selected`);
        return { cell: [note.start, note.pitch] };
      }
      const now = nudge(note, event);
      return now && { cell: [now.start, now.pitch] };
    }
    if (event.key !== "Enter" || !cell) return null;
    const drawn = { pitch: cell[1], start: cell[0], end: cell[0] + 1, velocity: newVelocity() };
    select(under ?? drawn);
    if (!under) send(replaceNote(listNotes(current()), null, drawn));
    speak(`${nameNote(model, under ?? drawn)}, ${under ? "selected" : "drawn"}`);
    return { cell: under ? [under.start, under.pitch] : cell };
  };
  signal.addEventListener("abort", () => clearTimeout(timer));
  /** Send what keys did. */
  const settle = () => {
    if (!from) drop();
  };
  const isHeld = () => Boolean(held?.now);
  return { editing, cursor, press, pull, drop, cancel, renew, key, chosen, touch, erase, settle, isHeld };
}
