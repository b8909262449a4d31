// Made by scripts/bundle: 3ae11634ea94d38cc99deee8070d5b9b4baa57f3dc44b5c39caaf0d2d93e37d8
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

// lstmmusic/views/numbers.js
var clamp = (value, low, high) => Math.max(low, Math.min(value, high));

// lstmmusic/views/canvas.js
function contextOf(canvas) {
  return (
    /** @type {Context} */
    canvas.getContext("2d")
  );
}

// lstmmusic/views/thumbnail.js
function unpackBits(packed, count) {
  return Uint8Array.from({ length: count }, (_, place) => packed[place >> 3] >> 7 - (place & 7) & 1);
}
function maskOf(cells, [steps, pitches]) {
  const canvas = document.createElement("canvas");
  canvas.width = steps;
  canvas.height = pitches;
  const context = contextOf(canvas);
  const image = context.createImageData(steps, pitches);
  for (let step = 0; step < steps; step++) {
    for (let pitch = 0; pitch < pitches; pitch++) {
      const pixel = (pitches - 1 - pitch) * steps + step;
      image.data[pixel * 4 + 3] = cells[step * pitches + pitch] * 255;
    }
  }
  context.putImageData(image, 0, 0);
  return `url(${canvas.toDataURL()})`;
}

// lstmmusic/views/strips/strips.js
var MOVES = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -1, ArrowDown: 1, Home: -Infinity, End: Infinity };
function nameOf({ title, favourite, depth }, shown) {
  const branch = depth > 1 ? `branch of level ${depth}` : depth ? "branch" : "";
  return [title, branch, favourite ? "favourite" : "", shown ? "shown" : ""].filter(Boolean).join(", ");
}
function buttonTexts(action, { title, favourite }) {
  if (action === "play") return ["▶", `Play: ${title}`];
  if (action === "download") return ["⤓", `Download: ${title}`];
  if (action === "delete") return ["✕", `Delete: ${title}`];
  return favourite ? ["★", `Remove from favourites: ${title}`] : ["☆", `Add to favourites: ${title}`];
}
var sizeOf = ({ shape: [steps, pitches] }) => Math.ceil(steps * pitches / 8);
function thumbnail({ shape, given }, packed) {
  const notes = element("span", { class: "lstmmusic-strip-notes", "aria-hidden": "true" });
  const count = shape[0] * shape[1];
  if (count) notes.style.maskImage = maskOf(unpackBits(packed, count), shape);
  notes.style.setProperty("--given", `${given * 100}%`);
  return notes;
}
var render = withSignal((model, el, signal) => {
  const attributes = { role: "toolbar", class: "lstmmusic-strips", "aria-orientation": "horizontal" };
  const list = element("div", { ...attributes, ...NO_SHORTCUTS });
  el.classList.add("lstmmusic-view");
  el.append(list);
  let current = 0;
  const act = (action, index) => model.send({ kind: "act", action, index });
  const children = () => (
    /** @type {HTMLElement[]} */
    [...list.querySelectorAll(".lstmmusic-strip")]
  );
  const makeStrip = (strip, index, packed) => {
    const show = makeButton("", { class: "lstmmusic-strip-show", "data-action": "show" });
    show.append(thumbnail(strip, packed));
    const label = element("span", { class: "lstmmusic-strip-label", "aria-hidden": "true" }, strip.label);
    const buttons = model.get("actions").map((action) => {
      const [sign, words] = buttonTexts(action, strip);
      return makeButton(sign, { "data-action": action, "aria-label": words, title: words });
    });
    const line = element("span", { class: "lstmmusic-strip-line" }, label, ...buttons);
    const made = element("div", { class: "lstmmusic-strip", role: "group", "aria-label": strip.title }, show, line);
    made.dataset.index = `${index}`;
    if (strip.depth) made.dataset.branch = "└".padStart(strip.depth, "·");
    return made;
  };
  const mark = () => {
    const [strips, chosen] = [model.get("strips"), model.get("chosen")];
    children().forEach((made, index) => {
      const shown = index === chosen;
      made.toggleAttribute("data-shown", shown);
      for (const button of made.querySelectorAll("button")) button.tabIndex = index === current ? 0 : -1;
      const show = (
        /** @type {HTMLElement} */
        made.firstChild
      );
      show.setAttribute("aria-pressed", `${shown}`);
      show.setAttribute("aria-label", nameOf(strips[index], shown));
      show.title = nameOf(strips[index], shown);
    });
  };
  const reveal = (made) => {
    if (!made) return;
    const [left, right] = [made.offsetLeft, made.offsetLeft + made.offsetWidth];
    if (left < list.scrollLeft) list.scrollLeft = left;
    else if (right > list.scrollLeft + list.clientWidth) list.scrollLeft = right - list.clientWidth;
  };
  const follow = () => {
    const [chosen, made] = [model.get("chosen"), children()];
    if (made.length !== model.get("strips").length) return;
    if (chosen !== null) current = chosen;
    mark();
    if (chosen !== null) reveal(made[chosen]);
  };
  const fill = () => {
    const [strips, all] = [model.get("strips"), bytes(model.get("thumbnails"))];
    if (all.length !== strips.reduce((sum, strip) => sum + sizeOf(strip), 0)) return;
    const focused = list.contains(document.activeElement) ? document.activeElement : null;
    const action = focused instanceof HTMLElement ? focused.dataset.action : void 0;
    const scrolled = list.scrollLeft;
    let at = 0;
    const made = strips.map((strip, index) => makeStrip(strip, index, all.subarray(at, at += sizeOf(strip))));
    if (made.length === 0) made.push(element("div", { class: "lstmmusic-strips-empty" }, model.get("empty")));
    list.replaceChildren(...made);
    list.scrollLeft = scrolled;
    current = clamp(current, 0, Math.max(0, strips.length - 1));
    follow();
    const again = made[current]?.querySelector(`[data-action="${action}"]`);
    if (action && again instanceof HTMLElement) again.focus({ preventScroll: true });
  };
  let visible = false;
  const appear = new ResizeObserver(() => {
    const [was, chosen] = [visible, model.get("chosen")];
    visible = list.clientWidth > 0;
    if (visible && !was && chosen !== null) reveal(children()[chosen]);
  });
  appear.observe(list);
  const size = () => {
    list.setAttribute("aria-label", model.get("name"));
    list.style.height = `${model.get("height")}px`;
  };
  const indexOf = (target) => {
    const made = target instanceof Element ? target.closest(".lstmmusic-strip") : null;
    return made instanceof HTMLElement ? Number(made.dataset.index) : -1;
  };
  list.addEventListener("click", ({ target }) => {
    const index = indexOf(target);
    if (index < 0 || !(target instanceof Element)) return;
    const button = target.closest("button");
    current = index;
    mark();
    act(button?.dataset.action ?? "show", index);
  });
  list.addEventListener("keydown", (event) => {
    const index = indexOf(event.target);
    if (index < 0 || !Object.hasOwn(MOVES, event.key) || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation();
    const all = children();
    const wanted = clamp(index + MOVES[event.key], 0, all.length - 1);
    current = wanted;
    mark();
    reveal(all[wanted]);
    all[wanted].firstChild.focus({ preventScroll: true });
    if (wanted !== model.get("chosen")) act("show", wanted);
  });
  onChange(model, signal, ["strips", "thumbnails", "actions", "empty"], fill);
  onChange(model, signal, ["chosen"], follow);
  onChange(model, signal, ["name", "height"], size);
  signal.addEventListener("abort", () => {
    appear.disconnect();
    list.remove();
  });
  size();
  fill();
});
var strips_default = { render };
export {
  buttonTexts,
  strips_default as default,
  nameOf
};
