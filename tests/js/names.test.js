import assert from "node:assert/strict";
import { test } from "node:test";
import { partName } from "../../lstmmusic/views/names.js";

test("names of a sweep are cut before the value in which they differ", () => {
  assert.deepEqual(partName("which rate learning rate 0.001"), ["which rate learning", " rate 0.001"]);
  assert.deepEqual(partName("sonata_in_c_sharp_minor_2.mid"), ["sonata_in_c_sha", "rp_minor_2.mid"]);
  assert.deepEqual(partName("ab"), ["ab", ""]);
  assert.deepEqual(partName(""), ["", ""]);
});

test("a name is whole, without half a character at the cut", () => {
  for (const name of ["one two", "a b", "𝄞𝄢", "  ", "x".repeat(50)]) {
    const [start, end] = partName(name);
    assert.equal(start + end, name);
    assert.ok(start.isWellFormed() && end.isWellFormed());
  }
});
