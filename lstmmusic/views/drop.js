// A box to drop files on. Python is told their names and sizes, and asks for one after the other.

const MOST_FILES = 10001; // one more than Python takes, which then says so
const LONGEST_NAME = 200; // ten thousand of them are a message that the kernel still gets

/** Batches of this page that have not ended: their files, and whether Python has begun to ask for them. */
const batches = new Map();

function make(kind, name, text = "") {
  const made = document.createElement(kind);
  if (name) made.className = `lstmmusic-drop-${name}`;
  made.textContent = text;
  return made;
}

/** The files in a folder and in those below it, but not what is hidden; null for what cannot be read. */
async function walk(entry, found) {
  if (found.length >= MOST_FILES) return;
  const name = entry.fullPath.replace(/^\//, "");
  if (entry.isFile) {
    found.push({ name, file: await new Promise((resolve) => entry.file(resolve, () => resolve(null))) });
    return;
  }
  const reader = entry.createReader();
  for (;;) {
    const entries = await new Promise((resolve) => reader.readEntries(resolve, () => resolve(null)));
    if (entries === null) found.push({ name, file: null });
    if (!entries?.length) return; // a reader gives some hundred at a time, and at last none
    for (const each of entries) if (!each.name.startsWith(".")) await walk(each, found);
  }
}

async function collect(transfer) {
  // After the first wait the items are gone, so all are asked for at once.
  const items = [...transfer.items].filter((item) => item.kind === "file");
  const dropped = items.map((item) => [item.webkitGetAsEntry(), item.getAsFile()]);
  const found = [];
  for (const [entry, file] of dropped) {
    if (entry?.isDirectory) await walk(entry, found);
    else if (file) found.push({ name: file.name, file });
  }
  return found;
}

/** Give Python the file that it asks for. This belongs to the model, so that it goes on where no box is shown. */
function initialize({ model }) {
  const answer = async () => {
    const { batch, index } = model.get("upload");
    for (const [name, offer] of batches) {
      if (name === batch) offer.begun = true;
      if (name === batch ? index === null : offer.begun) batches.delete(name);
    }
    const offer = batches.get(batch);
    if (!offer) return;
    try {
      const content = await offer.files[index].file.arrayBuffer();
      const { name } = offer.files[index];
      model.send({ kind: "file", batch, index, name, count: offer.files.length }, undefined, [content]);
    } catch {
      model.send({ kind: "unreadable", batch, index });
    }
  };
  model.on("change:upload", answer);
  return () => model.off("change:upload", answer);
}

function render({ model, el }) {
  let waiting = ""; // the batch of which Python has not heard yet

  const input = make("input", "");
  input.type = "file";
  input.multiple = true;
  input.hidden = true;
  const choose = make("button", "", "Choose files");
  choose.type = "button";
  const cancel = make("button", "", "Cancel");
  cancel.type = "button";
  const text = make("span", "text");
  const hint = make("span", "hint");
  const bar = make("progress", "progress");
  const box = make("div", "box");
  box.append(choose, text, hint, bar, cancel, input);
  const message = make("div", "message");
  message.setAttribute("role", "status");
  el.classList.add("lstmmusic-view", "lstmmusic-drop");
  el.append(box, message);

  const busy = () => waiting !== "" || Number.isInteger(model.get("upload").index);

  const show = () => {
    const { batch, index, answered, count } = model.get("upload");
    if (batch === waiting) waiting = "";
    const kind = model.get("kind");
    const sending = Number.isInteger(index);
    text.textContent = `Drop ${kind} files or a folder here`;
    if (waiting) text.textContent = "Waiting until the notebook is free";
    else if (sending) text.textContent = `Sending ${answered + 1} of ${count}${batches.has(batch) ? "" : ", from another page"}`;
    hint.textContent = `at most ${(model.get("limit") / 1e6).toLocaleString("en", { maximumFractionDigits: 1 })} MB a file`;
    bar.max = count ?? 1;
    if (sending && !waiting) bar.value = answered;
    else bar.removeAttribute("value");
    bar.setAttribute("aria-label", text.textContent);
    const focused = [choose, cancel].includes(document.activeElement);
    for (const each of [choose, hint]) each.hidden = busy();
    for (const each of [bar, cancel]) each.hidden = !busy();
    if (focused) (busy() ? cancel : choose).focus();
    input.accept = model.get("endings").join();
    message.textContent = model.get("message");
  };

  const offer = (files) => {
    if (files.length === 0) return;
    waiting = [...crypto.getRandomValues(new Uint32Array(4))].map((word) => word.toString(36)).join("-");
    batches.set(waiting, { files, begun: false });
    const listed = files.map(({ name, file }) => ({ name: name.slice(-LONGEST_NAME), size: file?.size ?? -1 }));
    model.send({ kind: "begin", batch: waiting, files: listed });
    show();
  };

  const drag = (event) => {
    if (![...event.dataTransfer.types].includes("Files")) return;
    event.preventDefault(); // or the browser would leave the notebook and open the file
    event.stopPropagation();
    event.dataTransfer.dropEffect = busy() ? "none" : "copy";
    box.classList.toggle("lstmmusic-drop-over", !busy());
  };
  box.addEventListener("dragenter", drag);
  box.addEventListener("dragover", drag);
  box.addEventListener("dragleave", (event) => {
    if (!box.contains(event.relatedTarget)) box.classList.remove("lstmmusic-drop-over");
  });
  box.addEventListener("drop", async (event) => {
    drag(event);
    box.classList.remove("lstmmusic-drop-over");
    const found = await collect(event.dataTransfer);
    if (!busy()) offer(found);
  });
  choose.addEventListener("click", () => input.click());
  input.addEventListener("change", () => {
    const files = [...input.files].map((file) => ({ name: file.name, file }));
    input.value = ""; // so that the same file can be chosen again
    offer(files);
  });
  cancel.addEventListener("click", () => {
    waiting = "";
    model.send({ kind: "cancel" });
    show();
  });

  const listeners = ["upload", "message", "limit", "endings", "kind"].map((name) => `change:${name}`);
  for (const name of listeners) model.on(name, show);
  show();
  return () => {
    for (const name of listeners) model.off(name, show);
  };
}

export default { initialize, render };
