import assert from "node:assert/strict";
import { test } from "node:test";
import { closeAll, save, withSignal } from "../../lstmmusic/views/model.js";

/** A model with traits that keeps what is sent, and a kernel whose status a test changes. */
function makeModel(traits) {
  const slots = { statusChanged: new Set(), disposed: new Set() };
  const signal = (name) => {
    return { connect: (slot) => slots[name].add(slot), disconnect: (slot) => slots[name].delete(slot) };
  };
  const sent = [];
  return {
    slots,
    sent,
    emit: (name, value) => slots[name].forEach((slot) => slot(null, value)),
    get: (name) => traits[name],
    set: (name, value) => sent.push({ [name]: value }),
    save_changes: () => sent.push("saved"),
    send: (content) => sent.push(content),
    on: () => {},
    off: () => {},
    widget_manager: { kernel: { statusChanged: signal("statusChanged"), disposed: signal("disposed") } },
  };
}

/** Show a model, and return the one that its view gets, and a function that ends the view. */
function show(model) {
  let seen;
  const end = withSignal((shown) => (seen = shown))({ model, el: {} });
  return [seen, end];
}

test("a view sends nothing once its kernel is gone", () => {
  for (const [name, value] of [["statusChanged", "restarting"], ["statusChanged", "autorestarting"], ["disposed"]]) {
    const model = makeModel({});
    const [shown] = show(model);
    model.emit("statusChanged", "busy");
    shown.send("before");
    assert.deepEqual(model.sent, ["before"]);
    model.emit(name, value);
    shown.send("after");
    shown.save_changes();
    assert.deepEqual(model.sent, ["before"]);
  }
});

test("a view that has ended does not listen to its kernel", () => {
  const model = makeModel({});
  const [, end] = show(model);
  assert.equal(model.slots.statusChanged.size, 1);
  end();
  assert.deepEqual([model.slots.statusChanged.size, model.slots.disposed.size], [0, 0]);
});

test("a front end without a kernel is served too", () => {
  const model = makeModel({});
  delete model.widget_manager;
  show(model)[0].send("message");
  assert.deepEqual(model.sent, ["message"]);
});

test("a value that a trait has already is not set again", () => {
  const model = makeModel({ loop: [1, 2], tempo: 1 });
  const [shown] = show(model);
  save(shown, { loop: [1, 2], tempo: 1 });
  assert.deepEqual(model.sent, ["saved"]);
  save(shown, { loop: [1, 3] });
  assert.deepEqual(model.sent, ["saved", { loop: [1, 3] }, "saved"]);
});

test("closing a model closes all below it", async () => {
  const closed = [];
  const make = (name, parts = {}) => ({
    get: (part) => parts[part],
    trigger: (event) => closed.push(`${name} ${event}`),
    close: async () => void closed.push(`${name} closed`),
    clear: () => (parts = {}),
  });
  const button = make("button", { layout: make("layout"), style: make("style") });
  await closeAll(make("box", { children: [button], layout: null }));
  const names = ["box", "button", "layout", "style"];
  assert.deepEqual(closed, names.flatMap((name) => [`${name} comm:close`, `${name} closed`]));
});
