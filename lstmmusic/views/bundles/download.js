// Made by scripts/bundle: 57bdefd9716e226b36e7024364382b4f951ca53d7fc7c7479887c830f45917b6
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
function bytes(value) {
  return new Uint8Array(value.buffer, value.byteOffset, value.byteLength).slice();
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

// lstmmusic/views/download.js
var PAUSE = 600;
var AGAIN = 1e4;
var render = withSignal((model, el, signal) => {
  el.classList.add("lstmmusic-download");
  let course = null;
  let offer = model.get("offers");
  let timer;
  const start = makeButton("", { class: "jupyter-button" });
  const cancel = makeButton("Cancel", { class: "jupyter-button" });
  const words = element("span", { role: "status" });
  const show = (said = "") => {
    const [name, size] = [model.get("name"), model.get("size")];
    start.textContent = `Download ${name} (${Math.ceil(size / 1e5) / 10} MB)`;
    start.hidden = course !== null || name === "";
    cancel.hidden = course === null;
    words.textContent = course ? `Downloading ${name}: ${Math.floor(100 * course.received / size)} %` : said;
  };
  const end = (said = "") => {
    clearTimeout(timer);
    if (course) model.send({ kind: "end", offer: course.offer });
    course = null;
    show(said);
  };
  const ask = () => {
    if (!course) return;
    course.asked = performance.now();
    model.send({ kind: "part", offer: course.offer, start: course.received });
    clearTimeout(timer);
    timer = setTimeout(ask, AGAIN);
  };
  const receive = () => {
    if (!course || course.offer !== model.get("offers") || course.received !== model.get("start")) return;
    const part = bytes(model.get("part"));
    if (part.length === 0) {
      end("The file cannot be read any more: it was moved, changed or deleted.");
      return;
    }
    course.parts.push(part);
    course.received += part.length;
    clearTimeout(timer);
    if (course.received < model.get("size")) {
      timer = setTimeout(ask, Math.max(0, PAUSE - (performance.now() - course.asked)));
      show();
    } else finish(course.parts);
  };
  const finish = (parts) => {
    const url = URL.createObjectURL(new Blob(
      /** @type {BlobPart[]} */
      parts
    ));
    element("a", { href: url, download: model.get("name") }).click();
    setTimeout(() => URL.revokeObjectURL(url), AGAIN);
    end(`Downloaded ${model.get("name")}.`);
  };
  start.addEventListener("click", () => {
    course = { offer, parts: [], received: 0, asked: 0 };
    show();
    ask();
  });
  cancel.addEventListener("click", () => end());
  onChange(model, signal, ["answers"], receive);
  onChange(model, signal, ["offers"], () => {
    if (offer === model.get("offers")) return;
    offer = model.get("offers");
    end();
  });
  signal.addEventListener("abort", () => clearTimeout(timer));
  el.append(start, cancel, words);
  show();
});
var download_default = { render };
export {
  download_default as default
};
