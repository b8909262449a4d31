import assert from "node:assert/strict";
import { test } from "node:test";
import { before, lossText, slice } from "../../lstmmusic/views/plots/curves.js";
import { flagTexts, gatherFlags } from "../../lstmmusic/views/plots/flags.js";
import { normText, percentText } from "../../lstmmusic/views/plots/health.js";
import { layOut, thicknessOf } from "../../lstmmusic/views/plots/diagram.js";
import { lookOf } from "../../lstmmusic/views/plots/look.js";
import { lossTicks, outlierLimit } from "../../lstmmusic/views/plots/loss.js";
import { magnitudeText, middleOf, powerText } from "../../lstmmusic/views/plots/magnitudes.js";
import { listStops, nearestStop } from "../../lstmmusic/views/plots/marker.js";
import { cutLimit } from "../../lstmmusic/views/plots/overlay.js";
import { fitPart, scalePart, shiftPart } from "../../lstmmusic/views/plots/zoom.js";

/** @param {number[]} updates */
const curve = (updates) => ({ x: Float32Array.from(updates), y: Float32Array.from(updates), size: updates.length });

test("a part stays in the whole and does not become too narrow", () => {
  assert.deepEqual(fitPart(-50, 50, [0, 1000]), [0, 100]);
  assert.deepEqual(fitPart(990, 1010, [0, 1000]), [980, 1000]);
  assert.deepEqual(fitPart(500, 500, [0, 1000]), [498, 502]);
});

test("a part as wide as the whole is none", () => {
  assert.equal(fitPart(0, 1000, [0, 1000]), null);
  assert.equal(fitPart(1, 2, [0, 3]), null); // fewer updates than fill a picture
});

test("a part is scaled around an update that stays in its place", () => {
  assert.deepEqual(scalePart([100, 200], 0.5, 150), [125, 175]);
  assert.deepEqual(scalePart([100, 200], 0.5, 100), [100, 150]);
});

test("a part is shifted up to the ends of the whole", () => {
  assert.deepEqual(shiftPart([100, 200], 0.2, [0, 1000]), [120, 220]);
  assert.deepEqual(shiftPart([100, 200], -2, [0, 1000]), [0, 100]);
  assert.deepEqual(shiftPart([900, 990], 1, [0, 1000]), [910, 1000]);
});

test("a slice has the points inside and those asked for beyond", () => {
  const all = curve([1, 2, 3, 4, 5]);
  assert.deepEqual([...slice(all, [2, 4]).x], [2, 3, 4]);
  assert.deepEqual([...slice(all, [2.5, 2.6], 1).x], [2, 3]);
  assert.deepEqual([...slice(all, [-9, 0]).x], []);
  assert.deepEqual([...slice(curve([]), [0, 1], 1).x], []);
});

test("the point before an update is found", () => {
  assert.deepEqual([0, 1, 2.5, 9].map((update) => before(curve([1, 2, 3]).x, update)), [0, 0, 1, 2]);
});

test("losses and their ticks have the digits that they need", () => {
  assert.deepEqual([0, 0.01234, 1.234, 12.34, 1234].map(lossText), ["0.0", "0.0123", "1.23", "12.3", "1234.0"]);
  assert.deepEqual(lossTicks(5, 20, 4, false).map(({ text }) => text), ["5", "10", "15", "20"]);
  assert.deepEqual(lossTicks(0.09, 2.5, 4, true).map(({ text }) => text), ["0.1", "0.2", "0.5", "1", "2"]);
  const narrow = lossTicks(10, 11, 2, true).map(({ text }) => text); // too few powers
  assert.deepEqual(narrow, ["10.0", "10.2", "10.4", "10.6", "10.8", "11.0"]);
});

test("a loss has at least four ticks, whatever its range", () => {
  for (const logarithmic of [false, true]) {
    for (let count = 1; count < 6; count++) {
      for (const low of [1e-5, 0.02, 0.7, 3.4, 19.99, 800]) {
        for (const factor of [1.0001, 1.03, 1.5, 2.2, 4, 30, 1e4]) {
          const found = lossTicks(low, low * factor, count, logarithmic);
          assert.ok(found.length >= 4, `${low} to ${low * factor}`);
          assert.ok(found.every(({ value }) => value >= low * 0.999 && value <= low * factor * 1.001));
        }
      }
    }
  }
});

test("flags that would cover each other share one", () => {
  const marks = [9, 2, 3, 99].map((update) => ({ update, text: `mark ${update}` }));
  const flags = gatherFlags(marks, (update) => update * 5, 0, 200);
  assert.deepEqual(flags.map(({ x, marks: shared }) => [x, shared.length]), [[10, 2], [45, 1]]);
  assert.deepEqual(flagTexts(flags, 12), ["2: mark 2", "3: mark 3"]);
  assert.deepEqual(flagTexts(flags, 100), []);
});

test("norms and shares fit into a few characters", () => {
  const texts = ["0", "4e-4", "0.0213", "12,346", "1e+7", "not finite"];
  assert.deepEqual([0, 0.0004, 0.02134, 12345.6, 1e7, NaN].map(normText), texts);
  assert.deepEqual([0, 0.001, 0.5, 0.999, 1].map(percentText), ["0%", "<1%", "50%", ">99%", "100%"]);
});

test("a few outliers are cut off, and a loss that falls far is not", () => {
  const losses = Array.from({ length: 1000 }, (_, update) => 5 + 60 * Math.exp(-update / 100));
  assert.equal(outlierLimit(losses), Infinity);
  const usual = losses.toSorted((one, other) => other - one)[10];
  assert.ok(Math.abs(outlierLimit([...losses, 1e6]) / (2 * usual) - 1) < 0.05);
  assert.equal(outlierLimit([1, 1e6]), Infinity);
});

test("the marker stops at snapshots and at the last weights, from left to right", () => {
  const snapshots = [0, 10, 1000];
  const newest = listStops({ snapshots, heard: 10, last: "newest" }, { updates: 1976, best: 500 });
  assert.deepEqual(newest.map(({ update, heard }) => [update, heard]), [[0, 0], [10, 10], [1000, 1000], [1976, null]]);
  assert.deepEqual(newest.map(({ text }) => text), ["update 0", "update 10", "update 1,000", "newest"]);
  assert.deepEqual(
    newest.map(({ spoken }) => spoken),
    ["update 0 of 1,976", "update 10 of 1,976", "update 1,000 of 1,976", "newest, update 1,976"],
  );
  const best = listStops({ snapshots, heard: null, last: "best" }, { updates: 1976, best: 500 });
  assert.deepEqual(best.map(({ update, heard }) => [update, heard]), [[0, 0], [10, 10], [500, null], [1000, 1000]]);
  assert.deepEqual([best[2].text, best[2].spoken], ["best: update 500", "best, update 500 of 1,976"]);
  const at = (/** @type {number} */ x) => nearestStop(newest, ({ update }) => Math.abs(update - x)).update;
  assert.deepEqual([-5, 4, 6, 504, 506, 1488, 1489, 9000].map(at), [0, 0, 10, 10, 1000, 1976, 1976, 1976]);
});

test("the middle of a histogram is where half of it is below", () => {
  const powers = /** @type {[number, number]} */ ([-2, 1]);
  assert.equal(middleOf(Uint8Array.of(0, 0, 255, 0), powers), 10 ** -0.5);
  assert.equal(middleOf(Uint8Array.of(255, 100, 255, 100), powers), 10 ** -0.5);
  assert.equal(middleOf(Uint8Array.of(255, 0, 0, 0), powers), null);
  assert.equal(middleOf(Uint8Array.of(0, 0, 0, 0), powers), null);
  assert.deepEqual([0.0832, 2e-5, 3].map(magnitudeText), ["0.08", "2e-5", "3"]);
  assert.deepEqual([-9, -2, 0, 1].map(powerText), ["1e-9", "0.01", "1", "10"]);
});

test("lines of a diagram are as thick as they are strong, and its boxes as wide as they are large", () => {
  assert.deepEqual([0, 1, 2].map((strength) => thicknessOf(strength, 2)), [0.75, 2.875, 5]);
  assert.equal(thicknessOf(undefined, 2), thicknessOf(1, 0));
  const boxes = layOut(88, [120, 1024, 16]);
  assert.deepEqual(boxes.map(({ name }) => name), ["Input notes", "Layer 1", "Layer 2", "Layer 3", "Predicted notes"]);
  assert.equal(boxes[2].width, 320);
  assert.ok(layOut(88, [1500]).every(({ width }) => width >= 115)); // which the names need
  assert.ok(boxes.every(({ top }, place) => place === 0 || top < boxes[place - 1].top));
});

test("each of several runs has a colour and dashes of its own", () => {
  const looks = Array.from({ length: 8 }, (_, number) => lookOf(number));
  for (const part of [looks.map(({ dash }) => dash.join()), looks.map(({ colours }) => colours.validation)]) {
    assert.equal(new Set(part).size, 8);
  }
});

test("a run that diverges is cut, and runs that fall far are not", () => {
  assert.equal(cutLimit([20, 21], [20, 21, 3, 0.1]), Infinity);
  assert.equal(cutLimit([20, 21], [20, 21, 3, 190]), Infinity);
  assert.equal(cutLimit([20, 21, 1e5], [20, 21, 3, 1e6]), 42);
  assert.equal(cutLimit([20, 1e5], [20, 3, 1e6]), 40); // of two, the lower one counts
  assert.equal(cutLimit([], []), Infinity);
});
