import assert from "node:assert/strict";
import { test } from "node:test";
import { copyAt } from "../../lstmmusic/views/roll/copies.js";
import { gatherMost, topOf } from "../../lstmmusic/views/roll/surprise.js";

/** A model with these traits only: @param {Record<string, unknown>} traits @returns {any} */
const modelOf = (traits) => ({ get: (/** @type {string} */ name) => traits[name] });

test("where steps share a pixel, the most surprising is drawn", () => {
  const nats = Float32Array.from([NaN, 1, 5, 2, 0, 3, 4]);
  assert.deepEqual([...gatherMost(nats, 0, 7, 10).most], [[1, 1], [2, 5], [3, 2], [5, 3], [6, 4]]);
  const { most, stride } = gatherMost(nats, 1, 9, 0.5);
  assert.equal(stride, 2);
  assert.deepEqual([...most], [[0, 1], [2, 5], [4, 3], [6, 4]]);
});

test("the top of the lane is a round number, or the one that is set", () => {
  const nats = Float32Array.from([NaN, 7, 5]);
  assert.equal(topOf(modelOf({ surprise_top: 0 }), nats), 10);
  assert.equal(topOf(modelOf({ surprise_top: 40 }), nats), 40);
  assert.equal(topOf(modelOf({ surprise_top: 0 }), Float32Array.from([5000])), 5000);
});

test("of copies that overlap, the longest has a step", () => {
  const model = modelOf({ copies: [[2, 6, ""], [4, 12, ""], [5, 8, ""]] });
  assert.deepEqual([1, 2, 4, 5, 11, 12].map((step) => copyAt(model, step)), [-1, 0, 1, 1, 1, -1]);
});
