import assert from "node:assert/strict";
import { test } from "node:test";
import { DIVERGING, VIRIDIS } from "../../lstmmusic/views/constants.js";
import { gather, makeColours, numberOf, pastHeights, zeroOf } from "../../lstmmusic/views/units/cells.js";
import { changeText, describeEffect } from "../../lstmmusic/views/units/effect.js";
import { describeCurve } from "../../lstmmusic/views/units/past.js";
import { numberText, stepName, unitName } from "../../lstmmusic/views/units/units.js";

const SIGNED = { signed: true, limit: 2.5 };
const PAPER = [17, 18, 19];

test("bytes of signed numbers reach from -limit to limit, others from 0 to 1", () => {
  assert.deepEqual([0, 127, 254].map((byte) => numberOf(byte, SIGNED)), [-2.5, 0, 2.5]);
  assert.deepEqual([0, 255].map((byte) => numberOf(byte, { signed: false, limit: 1 })), [0, 1]);
  assert.equal(numberOf(zeroOf(SIGNED), SIGNED), 0);
});

test("a cell that several numbers share has the farthest from zero", () => {
  const values = Uint8Array.of(127, 130, 10, 127, 127, 127, 200, 140); // 4 steps of 2 units
  assert.deepEqual([...gather(values, 2, 0, 4, 2, 2, 127).cells], [10, 200, 130, 140]);
  assert.deepEqual([...gather(values, 2, 0, 4, 4, 1, 127).cells], [130, 10, 127, 200]);
  const part = gather(values, 2, 1, 3, 100, 100, 127);
  assert.deepEqual([part.width, part.height, ...part.cells], [2, 2, 10, 127, 127, 127]);
});

test("zero is the paper, the ends are two colours, and gates are viridis", () => {
  const colours = makeColours(true, PAPER, true);
  const at = (/** @type {number} */ byte) => [...colours.subarray(3 * byte, 3 * byte + 3)];
  assert.deepEqual(at(127), PAPER);
  const hex = (/** @type {number} */ byte) => `#${at(byte).map((part) => part.toString(16).padStart(2, "0")).join("")}`;
  assert.deepEqual([hex(0), hex(254)], DIVERGING.dark);
  const gates = makeColours(false, PAPER, true);
  assert.equal(`#${Buffer.from(gates.subarray(0, 3)).toString("hex")}`, VIRIDIS[0]);
});

test("a cell is named by unit, layer, number and place", () => {
  assert.equal(unitName(17, 2), "unit 17 of layer 2");
  assert.deepEqual([numberText(-0.431), numberText(-0.001), numberText(0.5)], ["−0.43", "0.00", "0.50"]);
  assert.equal(stepName([[0, 16, 4]], 68), "at bar 5 beat 2");
  assert.equal(stepName([], 68), "at step 68");
});

test("the notes of a unit are named, the strongest first", () => {
  assert.deepEqual([changeText(0.1204), changeText(-0.05)], ["+0.120", "−0.050"]);
  const values = [0, 0.1, -0.2, 0.3, 0.0001];
  assert.equal(
    describeEffect(values, 60, "unit 3"),
    "unit 3 raises E♭4 +0.300, C♯4 +0.100; lowers D4 −0.200",
  );
  assert.equal(describeEffect([0], 60, "unit 3"), "unit 3 raises no note; lowers no note");
});

test("the curve of memory is put into words, as far as it is measured", () => {
  assert.equal(
    describeCurve([1, 2, 4], [0.5, 0.03]),
    "Memory: predictions change by 0.50 nats after 1 step, 0.030 nats after 2 steps",
  );
  assert.equal(describeCurve([1, 2], []), "Memory: not measured yet");
});

test("bars of the past reach from a millionth to the most", () => {
  const heights = pastHeights(Float32Array.of(0, 2e-9, 2e-3, 2));
  assert.deepEqual(heights.map((height) => Number(height.toFixed(4))), [0, 0, 0.5, 1]);
  assert.deepEqual(pastHeights(new Float32Array(2)), [0, 0]);
});
