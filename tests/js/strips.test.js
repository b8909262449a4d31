import assert from "node:assert/strict";
import { test } from "node:test";
import { buttonTexts, nameOf } from "../../lstmmusic/views/strips/strips.js";
import { unpackBits } from "../../lstmmusic/views/thumbnail.js";

const strip = { label: "2", title: "Take 2, seed 7", given: 0, favourite: false, depth: 0, shape: [1, 1] };

test("bits of a thumbnail have the first cell in the highest bit", () => {
  assert.deepEqual([...unpackBits(Uint8Array.of(0b10000001, 0b01000000), 10)], [1, 0, 0, 0, 0, 0, 0, 1, 0, 1]);
  assert.equal(unpackBits(new Uint8Array(), 0).length, 0);
});

test("the name of a strip says all that its marks show", () => {
  assert.equal(nameOf(strip, false), "Take 2, seed 7");
  assert.equal(nameOf(strip, true), "Take 2, seed 7, shown");
  assert.equal(nameOf({ ...strip, favourite: true, depth: 1 }, true), "Take 2, seed 7, branch, favourite, shown");
  assert.equal(nameOf({ ...strip, depth: 3 }, false), "Take 2, seed 7, branch of level 3");
});

test("a button says what it does, and a star is full for a favourite", () => {
  assert.deepEqual(buttonTexts("favourite", strip), ["☆", "Add to favourites: Take 2, seed 7"]);
  const kept = { ...strip, favourite: true };
  assert.deepEqual(buttonTexts("favourite", kept), ["★", "Remove from favourites: Take 2, seed 7"]);
  const actions = /** @type {const} */ (["play", "download", "delete"]);
  const words = actions.map((action) => buttonTexts(action, strip)[1]);
  assert.deepEqual(words, ["Play: Take 2, seed 7", "Download: Take 2, seed 7", "Delete: Take 2, seed 7"]);
});
