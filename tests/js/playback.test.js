import assert from "node:assert/strict";
import { test } from "node:test";
import { layKeys } from "../../lstmmusic/views/playback/keys.js";
import { clock } from "../../lstmmusic/views/playback/row.js";
import { fitLoop, loopOf } from "../../lstmmusic/views/playback/transport.js";

test("a loop is cut at the end of the tune", () => {
  assert.deepEqual(loopOf([1, 3], { duration: 4 }), [1, 3]);
  assert.deepEqual(loopOf([1, 9], { duration: 4 }), [1, 4]);
});

test("a loop that is too short or beyond the tune is none", () => {
  assert.deepEqual(loopOf([], { duration: 4 }), []);
  assert.deepEqual(loopOf([1, 1.01], { duration: 4 }), []);
  assert.deepEqual(loopOf([5, 6], { duration: 4 }), []);
});

test("the ends of a new loop are moved apart", () => {
  assert.deepEqual(fitLoop(1, 2, 4), [1, 2]);
  assert.deepEqual(fitLoop(3, 9, 4), [3, 4]);
  assert.deepEqual(fitLoop(2, 2, 4), [1.95, 2]);
  assert.deepEqual(fitLoop(-1, 0, 4), [0, 0.05]);
});

test("seconds are written as a clock", () => {
  assert.deepEqual([0, 9.9, 60, 3725].map(clock), ["0:00", "0:09", "1:00", "62:05"]);
});

test("the white keys fill the width, and the black keys lie on top of them", () => {
  const keys = layKeys(48, { width: 220, height: 100, ratio: 1 });
  assert.equal(keys.length, 37);
  const white = keys.filter(({ height }) => height === 100);
  assert.deepEqual([white.length, white[0].x, white[21].x + white[21].width], [22, 0, 220]);
  assert.ok(keys.slice(22).every(({ height }) => height < 100));
});
