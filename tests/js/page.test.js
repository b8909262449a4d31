import assert from "node:assert/strict";
import { test } from "node:test";
import { deflateSync } from "node:zlib";
import { onChange, save } from "../../lstmmusic/views/model.js";
import { makeModel } from "../../lstmmusic/views/page/page.js";

const CONTENT = Uint8Array.from({ length: 1000 }, (_, place) => place % 7);
const base64 = (bytes) => Buffer.from(bytes).toString("base64");
const saved = (bytes) => ({ view: "roll", state: { first: 0, title: "before" }, bytes });

test("a model of a page has the bytes that were saved, packed or not", async () => {
  const model = await makeModel(
    saved({
      cells: { packed: true, base64: base64(deflateSync(CONTENT)) },
      notes: { packed: false, base64: base64(CONTENT) },
      onsets: { packed: false, base64: "" },
    }),
  );
  for (const name of ["cells", "notes"]) {
    const { buffer, byteOffset, byteLength } = model.get(name);
    assert.deepEqual(new Uint8Array(buffer, byteOffset, byteLength), CONTENT);
  }
  assert.equal(model.get("onsets").byteLength, 0);
  assert.equal(model.get("title"), "before");
});

test("views of a page hear of each other's changes until they end", async () => {
  const model = await makeModel(saved({}));
  const end = new AbortController();
  const heard = [];
  onChange(model, end.signal, ["first"], () => heard.push(model.get("first")));
  save(model, { first: 3, title: "after" });
  assert.deepEqual(heard, [3]);
  model.send({ kind: "edit" }); // which nobody gets
  end.abort();
  save(model, { first: 4 });
  assert.deepEqual(heard, [3]);
});
