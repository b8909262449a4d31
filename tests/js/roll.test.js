import assert from "node:assert/strict";
import { test } from "node:test";
import { findLines, placeInBars } from "../../lstmmusic/views/roll/bars.js";
import { findNotes, findRange, makeLayer, pitchName } from "../../lstmmusic/views/roll/cells.js";
import { encodeNotes, firstChange, listNotes, replaceNote, withNotes } from "../../lstmmusic/views/roll/edits.js";
import { dragRange } from "../../lstmmusic/views/roll/gestures.js";
import { reason, formatDistinct } from "../../lstmmusic/views/roll/inspector.js";
import { densest, shownRows } from "../../lstmmusic/views/roll/pitches.js";
import { pathOf } from "../../lstmmusic/views/roll/playhead.js";
import { readTempoMap } from "../../lstmmusic/views/roll/tempo.js";

const NONE = new Uint8Array();
/** Cells of one pitch: @param {string} steps */
const cells = (steps) => Uint8Array.from(steps, (step) => (step === "x" ? 255 : 0));

test("pitches have the names that Python gives them", () => {
  assert.deepEqual([21, 60, 61, 70, 108].map(pitchName), ["A0", "C4", "C♯4", "B♭4", "C8"]);
});

test("notes are runs of cells, and an onset starts a new one", () => {
  assert.deepEqual(findNotes(cells("xx.x"), NONE, 1, 0, 4), [
    { pitch: 0, start: 0, end: 2 },
    { pitch: 0, start: 3, end: 4 },
  ]);
  const onsets = cells("x.x.");
  assert.deepEqual(findNotes(cells("xxxx"), onsets, 1, 0, 4).map(({ start, end }) => [start, end]), [[0, 2], [2, 4]]);
});

test("notes of a window are found, also those that started before it", () => {
  const layer = makeLayer(cells("xxxxx.x...x"), NONE, 1);
  assert.deepEqual(layer.notes(3, 7, 0).map(({ start, end }) => [start, end]), [[0, 5], [6, 7]]);
  assert.deepEqual(layer.notes(7, 10, 0), []);
});

test("a coarse copy loses no short note", () => {
  const layer = makeLayer(cells("...x...."), NONE, 1);
  assert.deepEqual([layer.level(1), layer.level(0.5), layer.level(0.2)], [0, 1, 3]);
  assert.deepEqual(layer.notes(0, 8, 2), [{ pitch: 0, start: 0, end: 4 }]);
});

test("at least two octaves are shown, around what sounds", () => {
  const layer = new Uint8Array(88);
  assert.deepEqual(findRange([layer], 88), [32, 55]);
  layer[40] = 255;
  const [low, high] = findRange([layer], 88);
  assert.ok(low <= 38 && high >= 42 && high - low === 23);
  layer[0] = layer[87] = 255;
  assert.deepEqual(findRange([layer], 88), [0, 87]);
});

test("a reason names the two numbers that were compared", () => {
  assert.equal(reason(true, 0.515, 0.429, 0.1), "random number 0.429 is below 0.515: sounds");
  assert.equal(reason(false, 0.515, 0.6, 0.1), "random number 0.600 is not below 0.515: silent");
  assert.equal(reason(false, 0.04, 0.01, 0.1), "0.040 is below the threshold 0.10: never sounds");
});

test("a reason agrees with what sounds, though the numbers are rounded", () => {
  assert.equal(reason(true, 0.61711, 0.61711, 0), "random number 0.617 is just below 0.617: sounds");
  assert.equal(reason(false, 0.61711, 0.6171, 0), "random number 0.617 is not below 0.617: silent");
  assert.equal(reason(false, 0.2, 0.01, 0.2), "just below the threshold 0.20: never sounds");
});

test("numbers have as many digits as distinguish them", () => {
  assert.deepEqual(formatDistinct(0.1234, 0.1239), ["0.123", "0.124"]);
  assert.deepEqual(formatDistinct(0.61682, 0.61714), ["0.6168", "0.6171"]);
  assert.equal(formatDistinct(0.1, 0.1), null);
});

test("a drag selects whole steps in the roll", () => {
  assert.deepEqual(dragRange({ kind: "empty", range: [], step: 3.7 }, 6.2, 10), [3, 7]);
  assert.deepEqual(dragRange({ kind: "empty", range: [], step: 9.9 }, 12, 10), [9, 10]);
  assert.deepEqual(dragRange({ kind: "start", range: [2, 5], step: 2 }, 8, 10), [4, 5]);
  assert.deepEqual(dragRange({ kind: "stop", range: [2, 5], step: 5 }, 0, 10), [2, 3]);
  assert.deepEqual(dragRange({ kind: "middle", range: [2, 5], step: 3 }, 9.4, 10), [7, 10]);
});

test("a playhead runs to the end, into a loop, or round in it", () => {
  assert.deepEqual(pathOf({ step: 3, loop: [] }, 9), { from: 0, to: 9, rounds: 1 });
  assert.deepEqual(pathOf({ step: 1, loop: [2, 5] }, 9), { from: 0, to: 5, rounds: 1 });
  assert.deepEqual(pathOf({ step: 3, loop: [2, 5] }, 9), { from: 2, to: 5, rounds: Infinity });
  assert.deepEqual(pathOf({ step: 6, loop: [2, 5] }, 9), { from: 0, to: 9, rounds: 1 });
});

test("steps are played tempo by tempo", () => {
  const tempo = readTempoMap([[0, 0.5], [4, 1], [6.5, 0.25]]);
  for (const [step, seconds] of [[0, 0], [2, 1], [4, 2], [5, 3], [6.5, 4.5], [8.5, 5]]) {
    assert.equal(tempo.toSeconds(step), seconds);
    assert.equal(tempo.toSteps(seconds), step);
  }
  assert.deepEqual(tempo.changes(0, 6.5), [4]);
  assert.equal(readTempoMap([[0, 0.25]]).toSteps(1.5), 6);
});

test("bars are numbered from the first whole one, across changes of metre", () => {
  /** @type {import("../../lstmmusic/views/roll/bars.js").Metre[]} */
  const metres = [[-12, 16, 4], [20, 12, 4], [50, 8, 4]]; // the bar before the last change is cut short
  const found = (/** @type {number} */ from, /** @type {number} */ to, least = 1) => {
    return findLines(metres, 1, from, to, least).map(({ step, number }) => [step, number]);
  };
  assert.deepEqual(found(0, 60), [[4, 1], [20, 2], [32, 3], [44, 4], [50, 5], [58, 6]]);
  assert.deepEqual(found(30, 58), [[32, 3], [44, 4], [50, 5]]);
  assert.deepEqual(found(0, 60, 10), [[4, 1], [20, 2], [32, 3], [44, 4]]); // 8 steps are too short, but counted
  assert.deepEqual(findLines([[0.5, 3, 1]], 2, 0, 3, 1).map(({ step }) => step), [0.5, 1.5, 2.5]);
  assert.deepEqual(findLines([], 1, 0, 9, 1), []);
});

test("a step has a bar and a beat, also before the first whole bar and after a change of metre", () => {
  /** @type {import("../../lstmmusic/views/roll/bars.js").Metre[]} */
  const metres = [[-12, 16, 4], [20, 12, 4]];
  const places = [0, 3, 4, 9, 20, 31, 32].map((step) => placeInBars(metres, step));
  assert.deepEqual(places, [
    ...["bar 0 beat 4", "bar 0 beat 4.75", "bar 1 beat 1", "bar 1 beat 2.25"],
    ...["bar 2 beat 1", "bar 2 beat 3.75", "bar 3 beat 1"],
  ]);
  assert.equal(placeInBars([[0.5, 3, 1]], 0), "bar 0 beat 3.5");
});

test("the rows that fit are those with most notes, and all that are used where they fit", () => {
  const counts = new Uint32Array(88);
  counts.set([1, 9, 9], 60);
  counts[30] = 5;
  assert.equal(densest(counts, 28, 64, 12), 52); // in the middle of 51 to 53
  const roll = { low: 28, high: 64, pitches: 88, counts };
  const [tools, all] = [true, { pitch_first: 0, pitch_span: 0 }];
  assert.deepEqual(shownRows({ tools: false, ...all }, roll, 100), { bottom: 28, rows: 37 });
  assert.deepEqual(shownRows({ tools, ...all }, roll, 300), { bottom: 28, rows: 37 });
  assert.equal(shownRows({ tools, ...all }, roll, 120).rows, 16); // 7.5 pixels each
  assert.deepEqual(shownRows({ tools, ...all }, roll, 900), { bottom: 24, rows: 45 }); // no row of more than 20
  assert.deepEqual(shownRows({ tools, pitch_first: 80, pitch_span: 20 }, roll, 300), { bottom: 68, rows: 20 });
});

/** A roll of two pitches, with these velocities where notes start: @param {string} low @param {number} velocity */
function rollOf(low, velocity = 0) {
  const onsets = Uint8Array.from(low, (letter) => (letter === "X" ? 255 : 0));
  const bytes = Uint8Array.from(low, (letter) => (letter === "." ? 0 : velocity ? 128 + velocity : 255));
  const wide = (/** @type {Uint8Array} */ column) => Uint8Array.from([...column].flatMap((value) => [value, 0]));
  const layer = makeLayer(wide(bytes), wide(onsets), 2);
  const none = makeLayer(NONE, NONE, 2);
  const strikes = makeLayer(velocity ? new Uint8Array(low.length) : NONE, NONE, 1);
  return /** @type {import("../../lstmmusic/views/roll/cells.js").Roll} */ ({
    ...{ steps: low.length, pitches: 2, low: 0, high: 1, counts: new Uint32Array(2), onsets: wide(onsets) },
    ...{ cells: layer, strikes, notes: none, changed: none, changes: none, chances: none },
    ...{ probabilities: new Uint16Array(), uniforms: new Uint16Array() },
  });
}
const spans = (/** @type {{ pitch: number, start: number, end: number }[]} */ notes) => {
  return notes.map(({ pitch, start, end }) => [pitch, start, end]);
};

test("an edited note takes its place from others of its pitch", () => {
  const notes = listNotes(rollOf("XxxxXxXx"));
  assert.deepEqual(spans(notes), [[0, 0, 4], [0, 4, 6], [0, 6, 8]]);
  const put = (/** @type {number} */ pitch, /** @type {number} */ start, /** @type {number} */ end) => {
    return spans(replaceNote(notes, null, { pitch, start, end, velocity: 0 }));
  };
  assert.deepEqual(put(0, 2, 5), [[0, 0, 2], [0, 2, 5], [0, 5, 6], [0, 6, 8]]);
  assert.deepEqual(put(0, 1, 8), [[0, 0, 1], [0, 1, 8]]);
  assert.deepEqual(put(1, 1, 8), [[0, 0, 4], [1, 1, 8], [0, 4, 6], [0, 6, 8]]);
  assert.deepEqual(spans(replaceNote(notes, notes[1], null)), [[0, 0, 4], [0, 6, 8]]);
});

test("notes are written back to cells, with velocities where there are any", () => {
  for (const velocity of [0, 70]) {
    const roll = rollOf("XxxXx...", velocity);
    const again = withNotes(roll, listNotes(roll));
    assert.deepEqual([...again.cells.cells], [...roll.cells.cells]);
    assert.equal(firstChange(roll, again), -1);
    assert.deepEqual([...encodeNotes(listNotes(again), 60)], [60, 0, 3, velocity, 60, 3, 2, velocity]);
  }
});

test("the first change is a step in which something sounds, ends or is struck otherwise", () => {
  const roll = rollOf("..XxxXx.");
  const notes = listNotes(roll);
  const change = (/** @type {number} */ at, /** @type {object} */ by) => {
    return firstChange(roll, withNotes(roll, notes.map((note, index) => (index === at ? { ...note, ...by } : note))));
  };
  assert.equal(change(1, { end: 8 }), 7);
  assert.equal(change(1, { end: 6 }), 6);
  assert.equal(change(0, { start: 1 }), 1);
  assert.equal(change(0, { pitch: 1 }), 2);
  assert.equal(firstChange(roll, withNotes(roll, [{ ...notes[0], end: 7 }])), 5); // no longer struck again
});
