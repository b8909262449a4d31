import assert from "node:assert/strict";
import { test } from "node:test";
import { positionOf, readNumber, refuse, valueAt, valueText } from "../../lstmmusic/views/number.js";

const rate = { low: 0, high: 1000, whole: false, percent: false };
const units = { low: 1, high: 8192, whole: true, percent: false };
const share = { low: 0, high: 0.95, whole: false, percent: true };

test("what was typed is what is kept and shown", () => {
  const typed = { ".8": "0.8", "0,8": "0.8", "0.79123456": "0.79123456", "1e-3": "0.001", " 4e-7": "4e-7", "-2": "-2" };
  for (const [text, shown] of Object.entries(typed)) assert.equal(valueText(readNumber(text, rate), false), shown);
  assert.deepEqual(["1024", "1,024", "1 024", "12.5"].map((text) => readNumber(text, units)), [1024, 1024, 1024, 12.5]);
  assert.deepEqual(["40", "40%", "12.3", "12,3 %"].map((text) => readNumber(text, share)), [0.4, 0.4, 0.123, 0.123]);
  assert.deepEqual([0.4, 0.123, 0.29].map((value) => valueText(value, true)), ["40", "12.3", "29"]);
  for (const text of ["", " ", "much", "1.2.3", "--1"]) assert.equal(readNumber(text, rate), NaN);
});

test("a number outside its bounds is refused in words", () => {
  assert.equal(refuse(8192, units), "");
  assert.equal(refuse(8193, units), "Type a whole number from 1 to 8,192");
  assert.equal(refuse(12.5, units), "Type a whole number from 1 to 8,192");
  assert.equal(refuse(NaN, rate), "Type a number from 0 to 1,000");
  assert.equal(refuse(0.96, share), "Type a number from 0% to 95%");
  assert.equal(refuse(0, { ...rate, low: 1e-9, high: 1e9 }), "Type a number from 1e-9 to 1e9");
});

test("a slider has a place for each value, also for one beyond it", () => {
  const slider = { slider: [1e-6, 1], logarithmic: true };
  assert.deepEqual([1e-6, 0.01, 1, 0, 5].map((value) => positionOf(value, slider)), [-6, -2, 0, -6, 0]);
  assert.deepEqual([-2, -2.45, 0].map((position) => valueAt(position, true)), [0.01, 0.00355, 1]);
  assert.equal(valueAt(0.1 + 0.2, false), 0.3);
  for (let step = -50; step < 50; step++) {
    assert.notEqual(valueAt(step * 0.02, true), valueAt((step + 1) * 0.02, true)); // a key would get stuck there
  }
});
