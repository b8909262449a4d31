import assert from "node:assert/strict";
import { test } from "node:test";
import { countOf, firstIndex, ticks, tickText } from "../../lstmmusic/views/numbers.js";

test("ticks are round numbers in the range", () => {
  assert.deepEqual(ticks(0, 10, 5), { distance: 2, values: [0, 2, 4, 6, 8, 10] });
  assert.deepEqual(ticks(3, 17, 4).values, [5, 10, 15]);
  assert.deepEqual(ticks(-0.4, 0.4, 2).values.map((value) => tickText(value, 0.5)), ["0.0"]);
});

test("zero is never written with a minus sign", () => {
  assert.ok(Object.is(ticks(-1e-12, 1, 5).values[0], 0));
});

test("ticks of beats are powers of two apart", () => {
  assert.deepEqual(ticks(0, 16, 4, [1], 2).values, [0, 4, 8, 12, 16]);
  assert.equal(ticks(0, 1, 4, [1], 2).distance, 0.25);
});

test("a tick has as many decimals as its distance needs", () => {
  assert.deepEqual([tickText(1200, 100), tickText(0.5, 0.5), tickText(0.25, 0.05)], ["1,200", "0.5", "0.25"]);
});

test("the first index is found in any range", () => {
  for (const size of [0, 1, 2, 9]) {
    for (let from = 0; from <= size; from++) assert.equal(firstIndex(size, (index) => index >= from), from);
  }
});

test("one of a thing is no plural", () => {
  assert.deepEqual([0, 1, 2].map((number) => countOf(number, "note")), ["0 notes", "1 note", "2 notes"]);
});
