// A box to drop files on. Python gets their names and sizes, and requests one after the other.

import { MOST_FILES } from "./constants.js";
import { element, makeButton } from "./element.js";
import { onChange, withSignal } from "./model.js";

/** @import { Model } from "./model.js" */
/** @typedef {{ name: string, file: File | null }} Found  null if the file cannot be read */
/** @typedef {{ batch?: string, index?: number | null, answered?: number, count?: number }} Upload */
/**
 * @typedef {{
 *   upload: Upload, message: string, limit: number, endings: string[],
 * }} State
 */

const LONGEST_NAME = 200; // ten thousand names of this length still fit into a message

/**
 * Batches of this page that have not ended: their files, and whether Python has started to request them.
 * @type {Map<string, { files: Found[], started: boolean }>}
 */
const batches = new Map();

/** @param {FileSystemEntry} entry @returns {entry is FileSystemDirectoryEntry} */
const isFolder = (entry) => entry.isDirectory;
/** @param {FileSystemEntry} entry @returns {entry is FileSystemFileEntry} */
const isFile = (entry) => entry.isFile;

/**
 * Add the files in a folder and in those below it, but none that are hidden, and at most one more than Python takes,
 * which then refuses them.
 * @param {FileSystemEntry} entry @param {Found[]} found
 */
async function walk(entry, found) {
  if (found.length > MOST_FILES) return;
  const name = entry.fullPath.replace(/^\//, "");
  if (isFile(entry)) {
    found.push({ name, file: await new Promise((resolve) => entry.file(resolve, () => resolve(null))) });
  } else if (isFolder(entry)) {
    const reader = entry.createReader();
    for (;;) {
      /** @type {FileSystemEntry[] | null} */
      const entries = await new Promise((resolve) => reader.readEntries(resolve, () => resolve(null)));
      if (entries === null) found.push({ name, file: null });
      if (!entries?.length) return; // a reader gives a hundred or so at a time, and none at the end
      for (const each of entries) if (!each.name.startsWith(".")) await walk(each, found);
    }
  }
}

/** @param {DataTransfer} transfer */
async function collect(transfer) {
  // After the first wait the items are gone, so all are read at once.
  const items = [...transfer.items].filter((item) => item.kind === "file");
  const dropped = items.map((item) => ({ entry: item.webkitGetAsEntry(), file: item.getAsFile() }));
  /** @type {Found[]} */
  const found = [];
  for (const { entry, file } of dropped) {
    if (entry?.isDirectory) await walk(entry, found);
    else if (file) found.push({ name: file.name, file });
  }
  return found;
}

/** Send Python the files that it requests. This belongs to the model, so it continues where no box is shown. */
const initialize = withSignal((/** @type {Model<State>} */ model, _, signal) => {
  const answer = async () => {
    const { batch = "", index } = model.get("upload");
    for (const [name, offer] of batches) {
      if (name === batch) offer.started = true;
      if (name === batch ? index === null : offer.started) batches.delete(name);
    }
    const offer = batches.get(batch);
    if (!offer) return;
    try {
      const { name, file } = offer.files[/** @type {number} */ (index)];
      const content = await /** @type {File} */ (file).arrayBuffer();
      model.send({ kind: "file", batch, index, name, count: offer.files.length }, undefined, [content]);
    } catch {
      model.send({ kind: "unreadable", batch, index });
    }
  };
  onChange(model, signal, ["upload"], answer);
});

const render = withSignal((/** @type {Model<State>} */ model, el, signal) => {
  let waiting = ""; // the batch that Python has not answered yet

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

  const offer = (/** @type {Found[]} */ files) => {
    if (files.length === 0) return;
    waiting = [...crypto.getRandomValues(new Uint32Array(4))].map((word) => word.toString(36)).join("-");
    batches.set(waiting, { files, started: false });
    const listed = files.map(({ name, file }) => ({ name: name.slice(-LONGEST_NAME), size: file?.size ?? -1 }));
    model.send({ kind: "begin", batch: waiting, files: listed });
    show();
  };

  /** Accept what is dragged, if it has files: @param {DragEvent} event */
  const drag = (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault(); // or the browser would leave the notebook and open the file
    event.stopPropagation();
    event.dataTransfer.dropEffect = isBusy() ? "none" : "copy";
    box.classList.toggle("lstmmusic-drop-over", !isBusy());
  };
  box.addEventListener("dragenter", drag);
  box.addEventListener("dragover", drag);
  box.addEventListener("dragleave", ({ relatedTarget }) => {
    if (!box.contains(/** @type {Node | null} */ (relatedTarget))) box.classList.remove("lstmmusic-drop-over");
  });
  box.addEventListener("drop", async (event) => {
    drag(event);
    box.classList.remove("lstmmusic-drop-over");
    const found = event.dataTransfer ? await collect(event.dataTransfer) : [];
    if (!isBusy()) offer(found);
  });
  choose.addEventListener("click", () => input.click());
  input.addEventListener("change", () => {
    const files = [...(input.files ?? [])].map((file) => ({ name: file.name, file }));
    input.value = ""; // so that the same file can be chosen again
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

export default { initialize, render };
