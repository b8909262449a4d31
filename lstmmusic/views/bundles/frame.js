// Made by scripts/bundle: 178e167333846bccb055db45db70b96495306cebd5d734e80e9a0a5c42509957
// lstmmusic/views/model.js
var GONE = ["restarting", "autorestarting", "dead"];
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
async function closeAll(model) {
  if (!model) return;
  const parts = [...model.get("children") ?? [], model.get("layout"), model.get("style")];
  model.trigger("comm:close");
  await model.close(true);
  model.clear({ silent: true });
  for (const part of parts) await closeAll(part);
}

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

// lstmmusic/views/numbers.js
var clamp = (value, low, high) => Math.max(low, Math.min(value, high));

// lstmmusic/views/room.js
var NARROW = 1080;
var LOW = 600;
var MARGIN = 4;
var OWN_MARGIN = 40;
function scrollersOf(studio) {
  const found = [];
  for (let each = studio.parentElement; each && each !== document.body; each = each.parentElement) {
    if (/auto|scroll/.test(getComputedStyle(each).overflowY)) found.push(each);
  }
  return found;
}
function roomOf(studio, scrollers) {
  const { marginBottom } = studio.style;
  studio.style.marginBottom = `${2 * innerHeight}px`;
  const { top } = studio.getBoundingClientRect();
  let [room, above] = [innerHeight, top + scrollY];
  for (const each of scrollers) {
    if (each.clientHeight === 0 || each.clientHeight >= room) continue;
    [room, above] = [each.clientHeight, top - each.getBoundingClientRect().top + each.scrollTop];
  }
  studio.style.marginBottom = marginBottom;
  return Math.round(room - 2 * (above < OWN_MARGIN ? above : MARGIN));
}
function addDrawer(place, controls, plots, signal) {
  controls.id ||= `lstmmusic-controls-${Math.random().toString(36).slice(2)}`;
  const button = makeButton("Controls", { class: "lstmmusic-drawer", "aria-controls": controls.id });
  const isOpen = () => place.classList.contains("lstmmusic-open");
  const open = (on) => {
    place.classList.toggle("lstmmusic-open", on);
    button.setAttribute("aria-expanded", `${on}`);
    button.title = on ? "Hide the controls (Escape)" : "Show the controls of this place";
  };
  const leave = (event) => {
    if (event.key !== "Escape" || !isOpen() || button.offsetWidth === 0) return;
    setTimeout(() => {
      open(false);
      button.focus();
    });
  };
  button.addEventListener("click", () => open(!isOpen()), { signal });
  for (const each of [button, controls]) each.addEventListener("keydown", leave, { signal, capture: true });
  plots.addEventListener("focusin", ({ target }) => {
    if (target instanceof Element && target.matches(":focus-visible")) open(false);
  }, { signal });
  open(false);
  place.prepend(button);
  signal.addEventListener("abort", () => button.remove());
  return open;
}
function showMain(plots) {
  const main = plots.querySelector(".lstmmusic-main");
  if (!main || plots.clientHeight === 0) return;
  const [box, room] = [main, plots].map((each) => each.getBoundingClientRect());
  plots.scrollTop += clamp(box.bottom - room.bottom, 0, Math.max(0, box.top - room.top));
}
function fitRoom(studio, signal) {
  const drawers = /* @__PURE__ */ new Map();
  const watched = /* @__PURE__ */ new WeakSet();
  let request = 0;
  const fit = () => {
    request = 0;
    if (studio.clientWidth === 0) return;
    const scrollers = scrollersOf(studio);
    for (const each of [studio, ...scrollers]) {
      if (!watched.has(each)) sizes.observe(each);
      watched.add(each);
    }
    const height = roomOf(studio, scrollers);
    const same = studio.style.height === `${height}px`;
    studio.style.height = `${height}px`;
    studio.classList.toggle("lstmmusic-low", height < LOW);
    const narrow = studio.clientWidth < NARROW;
    if (narrow !== studio.classList.contains("lstmmusic-narrow")) {
      const focused = document.activeElement;
      for (const { controls, open } of drawers.values()) open(narrow && controls.contains(focused));
      studio.classList.toggle("lstmmusic-narrow", narrow);
    } else if (same) return;
    for (const { plots } of drawers.values()) showMain(plots);
  };
  const change = () => {
    request ||= requestAnimationFrame(fit);
  };
  const sizes = new ResizeObserver(change);
  const opened = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      if (isIntersecting && target instanceof HTMLElement) showMain(target);
    }
  });
  sizes.observe(studio);
  watched.add(studio);
  window.addEventListener("resize", change, { signal });
  signal.addEventListener("abort", () => {
    cancelAnimationFrame(request);
    sizes.disconnect();
    opened.disconnect();
  });
  return () => {
    for (const place of studio.querySelectorAll(".lstmmusic-place")) {
      if (!(place instanceof HTMLElement) || drawers.has(place)) continue;
      const [controls, plots] = ["controls", "plots"].map((name) => place.querySelector(`:scope > .lstmmusic-${name}`));
      if (!(controls instanceof HTMLElement) || !(plots instanceof HTMLElement)) continue;
      drawers.set(place, { controls, plots, open: addDrawer(place, controls, plots, signal) });
      opened.observe(plots);
    }
  };
}

// lstmmusic/views/frame.js
function nameSliders(root) {
  for (const handle of root.querySelectorAll(".noUi-handle")) {
    const control = handle.closest(".widget-inline-hbox");
    const label = control?.querySelector(".widget-label")?.textContent;
    if (!label) continue;
    const slider = handle.closest(".noUi-target");
    const several = (slider?.querySelectorAll(".noUi-handle") ?? []).length > 1;
    const isUpper = handle.classList.contains("noUi-handle-upper");
    const values = (control?.querySelector(".widget-readout")?.textContent ?? "").split(/ (?:–|-|to) /);
    const attributes = {
      "aria-label": several ? `${label}, ${isUpper ? "highest" : "lowest"}` : label,
      "aria-valuetext": values[several && isUpper ? 1 : 0] ?? "",
      "aria-disabled": String(slider?.hasAttribute("disabled"))
    };
    for (const [name, value] of Object.entries(attributes)) {
      if (handle.getAttribute(name) !== value) handle.setAttribute(name, value);
    }
  }
}
function nameSigns(root) {
  for (const button of root.querySelectorAll(".jupyter-button")) {
    const name = /\p{Letter}/u.test(button.textContent ?? "") ? null : button.getAttribute("title");
    if (button.getAttribute("aria-label") === name) continue;
    if (name) button.setAttribute("aria-label", name);
    else button.removeAttribute("aria-label");
  }
}
function reachSelectedTab(root) {
  for (const tab of root.querySelectorAll('.widget-tab [role="tab"]')) {
    const wanted = tab.getAttribute("aria-selected") === "true" ? "0" : "-1";
    if (tab.getAttribute("tabindex") !== wanted) tab.setAttribute("tabindex", wanted);
  }
}
function cleanTitles(root) {
  for (const part of root.querySelectorAll('[title^="<span"]')) {
    const title = part.closest("label")?.querySelector('[title]:not([title^="<span"])')?.getAttribute("title");
    part.setAttribute("title", title ?? "");
  }
}
function explain({ target }) {
  const control = target instanceof Element && target.closest(".lstmmusic-studio .widget-inline-hbox");
  if (!(control instanceof HTMLElement)) return;
  const named = [...control.querySelectorAll(
    /** @type {"span"} */
    "label span[title]"
  )];
  const title = named.at(-1)?.title;
  if (!title) return;
  for (const part of [control, ...control.querySelectorAll("input, select")]) part.setAttribute("title", title);
}
function undoOf(event) {
  const written = event.target instanceof Element && event.target.closest("input:not([type=range]), textarea, select");
  if (written || event.altKey || !(event.ctrlKey || event.metaKey)) return null;
  const key = event.key.toLowerCase();
  if (key === "z") return event.shiftKey ? "redo" : "undo";
  return key === "y" ? "redo" : null;
}
var render = withSignal((model, el, signal) => {
  el.classList.add("lstmmusic-frame");
  el.role = "alert";
  let lost = false;
  const lose = () => {
    lost = true;
    const again = document.body.dataset.voila ? "reload the page" : "run the cell again";
    el.textContent = `The kernel was restarted: ${again}`;
    const parts = el.closest(".lstmmusic-studio")?.children ?? [];
    for (const part of parts) part.toggleAttribute("inert", !part.contains(el));
  };
  onKernelLost(model, signal, lose);
  const report = () => model.send({ kind: "page" });
  const timer = setInterval(report, 1e3 * model.get("period"));
  report();
  let studio = null;
  let addDrawers = () => {
  };
  const undo = (event) => {
    const kind = event instanceof KeyboardEvent && undoOf(event);
    if (!kind) return;
    event.preventDefault();
    event.stopPropagation();
    model.send({ kind });
  };
  const look = () => {
    if (!studio) {
      studio = el.closest(".lstmmusic-studio");
      if (!studio) return;
      const attributeFilter = ["aria-selected", "aria-valuenow", "disabled", "tabindex", "title"];
      changes.observe(studio, { attributeFilter, subtree: true });
      studio.addEventListener("keydown", undo, { signal });
      addDrawers = fitRoom(studio, signal);
    }
    studio.setAttribute("data-lm-suppress-shortcuts", "true");
    addDrawers();
    nameSliders(studio);
    nameSigns(studio);
    reachSelectedTab(studio);
    cleanTitles(studio);
  };
  const changes = new MutationObserver(look);
  changes.observe(document.body, { childList: true, subtree: true });
  const appear = new IntersectionObserver(([entry]) => {
    if (!entry.isIntersecting && entry.boundingClientRect.width === 0) return;
    appear.disconnect();
    look();
    if (el.classList.contains("jupyter-widgets-disconnected")) lose();
    studio?.scrollIntoView({ block: "start" });
  });
  appear.observe(el);
  for (const event of ["pointerover", "focusin"]) document.addEventListener(event, explain, { signal });
  signal.addEventListener("abort", () => {
    clearInterval(timer);
    if (lost) setTimeout(async () => closeAll(await model.widget_manager?.get_model(model.get("studio")) ?? null));
    changes.disconnect();
    appear.disconnect();
  });
});
var frame_default = { render };
export {
  frame_default as default
};
