// Made by scripts/bundle: c676f5892f1883542fc2e04655b4e9c11df1eb38322428a8725298f6e0d4cf3b
// lstmmusic/views/constants.js
var MOST_FILES = 1e4;

// lstmmusic/views/element.js
function element(kind, attributes = {}, ...children) {
  const made = document.createElement(kind);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, `${value}`);
  made.append(...children.filter((child) => child !== ""));
  return made;
}
function makeButton(text, attributes = {}) {
  return element("button", { type: "button", ...attributes }, text);
}
var NO_SHORTCUTS = { "data-lm-suppress-shortcuts": "true" };
var OWN_KEYS = { tabindex: 0, ...NO_SHORTCUTS };

// lstmmusic/views/model.js
var GONE = ["restarting", "autorestarting", "dead"];
function listen(model, signal, event, listener) {
  model.on(event, listener);
  signal.addEventListener("abort", () => model.off(event, listener));
}
function onChange(model, signal, names, listener) {
  for (const name of names) listen(model, signal, `change:${name}`, listener);
}
function onKernelLost(model, signal, listener) {
  const kernel = model.widget_manager?.kernel;
  if (!kernel?.statusChanged || !kernel.disposed) return;
  const check = (_, status) => {
    if (GONE.includes(status)) listener();
  };
  kernel.statusChanged.connect(check);
  kernel.disposed.connect(listener);
  signal.addEventListener("abort", () => {
    kernel.statusChanged.disconnect(check);
    kernel.disposed.disconnect(listener);
  });
}
function sendable(model, signal) {
  let lost = false;
  onKernelLost(model, signal, () => lost = true);
  return {
    get: (name) => model.get(name),
    set: (name, value) => {
      const same = JSON.stringify(model.get(name)) === JSON.stringify(value);
      if (!same || ArrayBuffer.isView(value)) model.set(name, value);
    },
    save_changes: () => void (lost || model.save_changes()),
    send: (...message) => void (lost || model.send(...message)),
    on: (event, listener) => model.on(event, listener),
    off: (event, listener) => model.off(event, listener),
    widget_manager: model.widget_manager
  };
}
function withSignal(show) {
  return ({ model, el }) => {
    const end = new AbortController();
    show(sendable(model, end.signal), el, end.signal);
    return () => end.abort();
  };
}

// lstmmusic/views/drop.js
var LONGEST_NAME = 200;
var batches = /* @__PURE__ */ new Map();
var isFolder = (entry) => entry.isDirectory;
var isFile = (entry) => entry.isFile;
async function walk(entry, found) {
  if (found.length > MOST_FILES) return;
  const name = entry.fullPath.replace(/^\//, "");
  if (isFile(entry)) {
    found.push({ name, file: await new Promise((resolve) => entry.file(resolve, () => resolve(null))) });
  } else if (isFolder(entry)) {
    const reader = entry.createReader();
    for (; ; ) {
      const entries = await new Promise((resolve) => reader.readEntries(resolve, () => resolve(null)));
      if (entries === null) found.push({ name, file: null });
      if (!entries?.length) return;
      for (const each of entries) if (!each.name.startsWith(".")) await walk(each, found);
    }
  }
}
async function collect(transfer) {
  const items = [...transfer.items].filter((item) => item.kind === "file");
  const dropped = items.map((item) => ({ entry: item.webkitGetAsEntry(), file: item.getAsFile() }));
  const found = [];
  for (const { entry, file } of dropped) {
    if (entry?.isDirectory) await walk(entry, found);
    else if (file) found.push({ name: file.name, file });
  }
  return found;
}
var initialize = withSignal((model, _, signal) => {
  const answer = async () => {
    const { batch = "", index } = model.get("upload");
    for (const [name, offer2] of batches) {
      if (name === batch) offer2.started = true;
      if (name === batch ? index === null : offer2.started) batches.delete(name);
    }
    const offer = batches.get(batch);
    if (!offer) return;
    try {
      const { name, file } = offer.files[
        /** @type {number} */
        index
      ];
      const content = await /** @type {File} */
      file.arrayBuffer();
      model.send({ kind: "file", batch, index, name, count: offer.files.length }, void 0, [content]);
    } catch {
      model.send({ kind: "unreadable", batch, index });
    }
  };
  onChange(model, signal, ["upload"], answer);
});
var render = withSignal((model, el, signal) => {
  let waiting = "";
  const input = element("input", { type: "file", multiple: "", hidden: "" });
  const choose = makeButton("Choose files");
  const cancel = makeButton("Cancel");
  const text = element("span", { class: "lstmmusic-drop-text" });
  const hint = element("span", { class: "lstmmusic-drop-hint" });
  const bar = element("progress", { class: "lstmmusic-drop-progress" });
  const box = element("div", { class: "lstmmusic-drop-box" }, choose, text, hint, bar, cancel, input);
  const message = element("div", { class: "lstmmusic-drop-message", role: "status" });
  el.classList.add("lstmmusic-view", "lstmmusic-drop");
  el.append(box, message);
  const isSending = () => Number.isInteger(model.get("upload").index);
  const isBusy = () => waiting !== "" || isSending();
  const show = () => {
    const { batch = "", answered = 0, count = 1 } = model.get("upload");
    if (batch === waiting) waiting = "";
    text.textContent = "Drop music files here";
    if (waiting) text.textContent = "Waiting until the notebook is free";
    else if (isSending()) {
      text.textContent = `Sending ${answered + 1} of ${count}${batches.has(batch) ? "" : ", from another page"}`;
    }
    const limit = (model.get("limit") / 1e6).toLocaleString("en", { maximumFractionDigits: 1 });
    hint.textContent = `or a folder; at most ${limit} MB a file`;
    bar.max = count;
    if (isSending() && !waiting) bar.value = answered;
    else bar.removeAttribute("value");
    bar.setAttribute("aria-label", text.textContent);
    const focused = document.activeElement === choose || document.activeElement === cancel;
    for (const each of [choose, hint]) each.hidden = isBusy();
    for (const each of [bar, cancel]) each.hidden = !isBusy();
    if (focused) (isBusy() ? cancel : choose).focus();
    input.accept = model.get("endings").join();
    message.textContent = model.get("message");
  };
  const offer = (files) => {
    if (files.length === 0) return;
    waiting = [...crypto.getRandomValues(new Uint32Array(4))].map((word) => word.toString(36)).join("-");
    batches.set(waiting, { files, started: false });
    const listed = files.map(({ name, file }) => ({ name: name.slice(-LONGEST_NAME), size: file?.size ?? -1 }));
    model.send({ kind: "begin", batch: waiting, files: listed });
    show();
  };
  const drag = (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    event.stopPropagation();
    event.dataTransfer.dropEffect = isBusy() ? "none" : "copy";
    box.classList.toggle("lstmmusic-drop-over", !isBusy());
  };
  box.addEventListener("dragenter", drag);
  box.addEventListener("dragover", drag);
  box.addEventListener("dragleave", ({ relatedTarget }) => {
    if (!box.contains(
      /** @type {Node | null} */
      relatedTarget
    )) box.classList.remove("lstmmusic-drop-over");
  });
  box.addEventListener("drop", async (event) => {
    drag(event);
    box.classList.remove("lstmmusic-drop-over");
    const found = event.dataTransfer ? await collect(event.dataTransfer) : [];
    if (!isBusy()) offer(found);
  });
  choose.addEventListener("click", () => input.click());
  input.addEventListener("change", () => {
    const files = [...input.files ?? []].map((file) => ({ name: file.name, file }));
    input.value = "";
    offer(files);
  });
  cancel.addEventListener("click", () => {
    waiting = "";
    model.send({ kind: "cancel" });
    show();
  });
  onChange(model, signal, ["upload", "message", "limit", "endings"], show);
  show();
});
var drop_default = { initialize, render };
export {
  drop_default as default
};
