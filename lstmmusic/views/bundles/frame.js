// Made by scripts/bundle: 9298b19c696104c9917c63537e8d8afb51bc684f3223a7dac7146c17bc6d8d0b
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

// lstmmusic/views/bubble.js
var GAP = 12;
var MARGIN = 6;
var CORNER = 18;
var SIDES = ["below", "above", "right", "left"];
var SIDES_IN_COLUMN = ["right", "below", "above", "left"];
function placeBubble(target, bubble, page, sides = SIDES) {
  const [left, top] = [Math.max(target.left, 0), Math.max(target.top, 0)];
  const [right, bottom] = [Math.min(target.right, page.width), Math.min(target.bottom, page.height)];
  const spare = {
    below: page.height - bottom - bubble.height,
    above: top - bubble.height,
    right: page.width - right - bubble.width,
    left: left - bubble.width
  };
  const roomy = sides.find((side2) => spare[side2] >= GAP + MARGIN);
  const side = roomy ?? sides.reduce((best, each) => spare[each] > spare[best] ? each : best);
  const vertical = side === "below" || side === "above";
  const [x, y] = [(left + right) / 2, (top + bottom) / 2];
  const wanted = {
    below: [x - bubble.width / 2, bottom + GAP],
    above: [x - bubble.width / 2, top - GAP - bubble.height],
    right: [right + GAP, y - bubble.height / 2],
    left: [left - GAP - bubble.width, y - bubble.height / 2]
  }[side];
  const [placeX, placeY] = [
    clamp(wanted[0], MARGIN, Math.max(MARGIN, page.width - bubble.width - MARGIN)),
    clamp(wanted[1], MARGIN, Math.max(MARGIN, page.height - bubble.height - MARGIN))
  ].map(Math.round);
  const [along, edge] = vertical ? [x - placeX, bubble.width] : [y - placeY, bubble.height];
  return { side, left: placeX, top: placeY, arrow: Math.round(clamp(along, CORNER, Math.max(CORNER, edge - CORNER))) };
}
var reachable = (part) => {
  const found = [part, ...part.querySelectorAll("*")];
  return (
    /** @type {HTMLElement[]} */
    found.find((each) => each.tabIndex >= 0 && !each.hasAttribute("disabled"))
  );
};
function openBubble(studio, { name, content, buttons, before, find, leave }) {
  const close = makeButton("Close", { title: "Close (Escape)" });
  const arrow = element("span", { class: "lstmmusic-arrow" });
  const ring = element("span", { class: "lstmmusic-ring" });
  const row = element("div", { class: "lstmmusic-bubble-buttons" }, ...buttons, close);
  const words = element("div", { id: `lstmmusic-bubble-${Math.random().toString(36).slice(2)}` }, ...content);
  const own = { class: "lstmmusic-bubble", tabindex: -1, popover: "manual", ...NO_SHORTCUTS };
  const named = { role: "dialog", "aria-label": name, "aria-describedby": words.id };
  const bubble = element("div", { ...own, ...named }, words, row, arrow, ring);
  const end = new AbortController();
  const { signal } = end;
  let target = null;
  let [request, shown, isFirst] = [0, "", true];
  const follow = () => {
    request = requestAnimationFrame(follow);
    target = find();
    bubble.toggleAttribute("data-lost", !target);
    if (!target) return;
    const { left, top, right, bottom } = target.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = bubble;
    const state = `${[left, top, right, bottom, width, height, innerWidth, innerHeight]}`;
    if (shown !== state) {
      shown = state;
      const page = { width: innerWidth, height: innerHeight };
      const sides = target.closest(".lstmmusic-controls") ? SIDES_IN_COLUMN : SIDES;
      const place = placeBubble({ left, top, right, bottom }, { width, height }, page, sides);
      bubble.dataset.side = place.side;
      bubble.style.inset = `${place.top}px auto auto ${place.left}px`;
      arrow.style.setProperty("--along", `${place.arrow}px`);
      ring.style.inset = `${top - 3}px auto auto ${left - 3}px`;
      ring.style.width = `${right - left + 6}px`;
      ring.style.height = `${bottom - top + 6}px`;
    }
    if (isFirst) (buttons.at(-1) ?? bubble).focus({ preventScroll: true });
    isFirst = false;
  };
  const press = (event) => {
    if (event.defaultPrevented) return;
    if (event.key === "Escape") {
      leave();
    } else if (event.key === "Tab" && target) {
      const to = reachable(target);
      if (to && !event.shiftKey && event.target === close) to.focus();
      else if (to && event.shiftKey && event.target === to) (buttons.at(-1) ?? close).focus();
      else return;
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };
  close.addEventListener("click", leave);
  document.addEventListener("keydown", press, { signal });
  studio.append(bubble);
  bubble.showPopover?.();
  follow();
  return (giveBack) => {
    end.abort();
    cancelAnimationFrame(request);
    const had = bubble.contains(document.activeElement) || document.activeElement === document.body;
    bubble.remove();
    if (giveBack && had && before instanceof HTMLElement) before.focus({ preventScroll: true });
  };
}

// lstmmusic/views/pictures.js
var [WIDTH, HEIGHT] = [240, 64];
var bar = (x, height, kind) => ({ tag: "rect", attributes: { class: kind, x, y: 60 - height, width: 9, height } });
var bars = (x, heights, kind = () => "") => heights.map((each, at) => bar(x + 14 * at, each, kind(each)));
var write = (x, y, text) => ({ tag: "text", attributes: { x, y }, text });
var draw = (path, kind) => ({ tag: "path", attributes: { class: kind, d: path } });
var dot = (cx, cy, r, kind) => ({ tag: "circle", attributes: { class: kind, cx, cy, r } });
function descend(x, places) {
  const points = places.map((at) => [x + 6 + 68 * at, 20 + 168 * at * (1 - at)]);
  const curve = draw(`M ${x + 6} 20 Q ${x + 40} 104 ${x + 74} 20`, "curve");
  return [curve, draw(`M ${points.join(" L ")}`, "line"), ...points.map(([cx, cy]) => dot(cx, cy, 3, "dot"))];
}
function unit(x, off) {
  const cross = draw(`M ${x - 13} 19 L ${x + 13} 45 M ${x + 13} 19 L ${x - 13} 45`, "line");
  return off ? [dot(x, 32, 12, "faint"), cross] : [dot(x, 32, 12, "")];
}
function note(at, taken) {
  const place = { x: 6 + 9.6 * at, y: 34 - 7 * Math.abs(at % 5 - 2), width: 8, height: 7 };
  return { tag: "rect", attributes: { class: taken ? "" : "faint", ...place } };
}
var CUT = 24;
var PICTURES = {
  temperature: {
    words: "A low temperature makes likely notes likelier: one high bar; a high one makes all bars nearly equal",
    shapes: [
      ...bars(12, [3, 7, 38, 12, 5, 2]),
      ...bars(140, [15, 20, 30, 23, 18, 13]),
      write(12, 12, "low: daring less"),
      write(140, 12, "high: daring more")
    ]
  },
  threshold: {
    words: "A line cuts the bars: notes whose bar ends below it are never played",
    shapes: [
      ...bars(24, [8, 40, 16, 52, 12, 30, 20, 46, 10, 34, 14, 22, 6], (each) => each < CUT ? "faint" : ""),
      draw(`M 8 ${60 - CUT} H 232`, "line")
    ]
  },
  dropout: {
    words: "Some units of a layer are crossed out: in each update others, at random, are left out",
    shapes: [20, 54, 88, 122, 156, 190, 224].flatMap((x, at) => unit(x, [1, 4, 5].includes(at)))
  },
  length: {
    words: "A row of steps, each a column of the piano roll; the length is how many of them there are",
    shapes: [
      ...Array.from({ length: 24 }, (_, at) => note(at, at < 15)),
      draw("M 6 54 H 149 M 6 49 V 59 M 149 49 V 59", "line")
    ]
  },
  rate: {
    words: "Steps down a curve: small ones take long, good ones arrive, and those that are too large jump out",
    shapes: [
      ...descend(0, [0.04, 0.09, 0.14, 0.19]),
      ...descend(80, [0.08, 0.28, 0.42, 0.5]),
      ...descend(160, [0.35, 0.7, 0.2, 0.92]),
      write(6, 12, "too small"),
      write(98, 12, "good"),
      write(166, 12, "too large")
    ]
  }
};
function drawn({ tag, attributes, text = "" }) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, `${value}`);
  made.textContent = text;
  return made;
}
function makePicture(name) {
  const { words, shapes } = PICTURES[name];
  const own = { class: "lstmmusic-picture", role: "img", "aria-label": words };
  const made = drawn({ tag: "svg", attributes: { ...own, viewBox: `0 0 ${WIDTH} ${HEIGHT}` } });
  made.append(...shapes.map(drawn));
  return made;
}

// lstmmusic/views/help.js
var CONTROLS = ".widget-inline-hbox:not(.widget-html, .widget-hprogress), .lstmmusic-number";
var MARK = "lstmmusic-help";
var HOLD = { milliseconds: 600, pixels: 10 };
function splitHelp(tooltip) {
  const [sentence, value = ""] = tooltip.split(/[.;] Default: /);
  return [/[.?!)]$/.test(sentence) ? sentence : `${sentence}.`, value];
}
function labelOf(control) {
  const labels = [...control.children].filter((each) => each instanceof HTMLLabelElement);
  return labels.findLast((label) => label.textContent && label.style.display !== "none");
}
function tooltipOf(label) {
  const named = [label, ...label.querySelectorAll("[title]")].filter((each) => each.getAttribute("title"));
  return named.at(-1)?.getAttribute("title") ?? "";
}
var marked = /* @__PURE__ */ new WeakSet();
function markLabels(studio) {
  for (const control of studio.querySelectorAll(CONTROLS)) {
    if (marked.has(control)) continue;
    const label = labelOf(control);
    const tooltip = label && tooltipOf(label);
    if (!label || !tooltip) continue;
    marked.add(control);
    label.after(element("span", { class: MARK }));
    if (control.classList.contains("lstmmusic-number")) continue;
    for (const part of [control, ...control.querySelectorAll("input, select")]) part.setAttribute("title", tooltip);
  }
}
function findHelp(asked) {
  const control = asked.closest(CONTROLS);
  const label = control && labelOf(control);
  if (label) return { name: label.textContent ?? "", tooltip: tooltipOf(label), target: control };
  const titled = asked.closest(".lstmmusic-studio [title]");
  if (!titled) return null;
  const name = asked.getAttribute("aria-label") || titled.getAttribute("aria-label") || titled.textContent || "";
  return { name, tooltip: titled.getAttribute("title") ?? "", target: titled };
}
function pictureOf(control) {
  const name = Object.keys(PICTURES).find((each) => control.classList.contains(`lstmmusic-picture-${each}`));
  return name ? [makePicture(name)] : [];
}
function offerByTouch(studio, show2, signal) {
  let held = null;
  let explained = false;
  const forget = () => {
    clearTimeout(held?.timer);
    held = null;
  };
  studio.addEventListener("pointerdown", ({ target, pointerType, isPrimary, clientX: x, clientY: y }) => {
    forget();
    explained = false;
    if (pointerType !== "touch" || !isPrimary || !(target instanceof Element)) return;
    const asked = target.closest("button");
    if (!asked) return;
    const timer = window.setTimeout(() => {
      explained = show2(asked);
    }, HOLD.milliseconds);
    held = { timer, x, y };
  }, { signal });
  studio.addEventListener("pointermove", ({ clientX, clientY }) => {
    if (held && Math.hypot(clientX - held.x, clientY - held.y) > HOLD.pixels) forget();
  }, { signal });
  for (const end of ["pointerup", "pointercancel"]) studio.addEventListener(end, forget, { signal });
  for (const kind of ["click", "contextmenu"]) {
    studio.addEventListener(kind, (event) => {
      if (!explained) return;
      event.preventDefault();
      event.stopPropagation();
      if (kind === "click") explained = false;
    }, { signal, capture: true });
  }
  signal.addEventListener("abort", forget);
}
function findDisabled(studio, { clientX: x, clientY: y }) {
  return [...studio.querySelectorAll("button:disabled")].find((button) => {
    const { left, right, top, bottom } = button.getBoundingClientRect();
    return left <= x && x < right && top <= y && y < bottom;
  });
}
function offerByAsking(studio, show2, signal) {
  const isButton = (target) => target instanceof Element && target.closest(".lstmmusic-ask, .lstmmusic-bubble") !== null;
  const isAsking = () => studio.classList.contains("lstmmusic-asking");
  const ask = (on) => {
    studio.classList.toggle("lstmmusic-asking", on);
    studio.querySelector(".lstmmusic-ask")?.setAttribute("aria-pressed", `${on}`);
  };
  const answer = (asked) => {
    if (show2(asked)) ask(false);
  };
  const keep = (event) => {
    event.preventDefault();
    event.stopPropagation();
  };
  for (const kind of ["pointerdown", "mousedown", "dblclick"]) {
    studio.addEventListener(kind, (event) => {
      if (isAsking() && !isButton(event.target)) keep(event);
    }, { signal, capture: true });
  }
  studio.addEventListener("click", (event) => {
    if (!(event.target instanceof Element)) return;
    if (event.target.closest(".lstmmusic-ask")) ask(!isAsking());
    else if (isAsking() && !isButton(event.target)) {
      keep(event);
      answer(findDisabled(studio, event) ?? event.target);
    }
  }, { signal, capture: true });
  studio.addEventListener("keydown", (event) => {
    if (!isAsking() || !(event.target instanceof Element) || isButton(event.target)) return;
    if (event.key === "Enter" || event.key === " ") answer(event.target);
    else if (event.key === "Escape") ask(false);
    else return;
    keep(event);
  }, { signal, capture: true });
  studio.querySelector(".lstmmusic-ask")?.setAttribute("aria-pressed", "false");
}
function offerHelp(studio, signal) {
  let end = () => {
  };
  let open = null;
  const leave = (giveBack = true) => {
    open = null;
    end(giveBack);
    end = () => {
    };
  };
  const show2 = (asked) => {
    const help = findHelp(asked);
    const again = help?.target === open;
    leave();
    if (!help?.tooltip || again) return false;
    const { name, tooltip, target } = help;
    open = target;
    const [sentence, value] = splitHelp(tooltip);
    const content = [element("b", { "aria-hidden": "true" }, name), element("p", {}, sentence), ...pictureOf(target)];
    if (value) content.push(element("p", {}, element("b", {}, "Default: "), value));
    const find = () => target.isConnected && target.getClientRects().length > 0 ? target : null;
    const before = asked.classList.contains(MARK) ? reachable(target) ?? null : document.activeElement;
    end = openBubble(studio, { name: `Help: ${name}`, content, buttons: [], before, find, leave });
    return true;
  };
  studio.addEventListener("click", (event) => {
    if (!(event.target instanceof Element) || !event.target.classList.contains(MARK)) return;
    event.preventDefault();
    show2(event.target);
  }, { signal });
  offerByTouch(studio, show2, signal);
  offerByAsking(studio, show2, signal);
  studio.addEventListener("keydown", (event) => {
    const asks = event.key === "F1" || event.altKey && (event.key === "?" || event.code === "Slash");
    if (!asks || !(event.target instanceof Element)) return;
    const inBubble = open !== null && event.target.closest(".lstmmusic-bubble");
    if (inBubble) leave();
    else if (!show2(event.target) && open) return;
    event.preventDefault();
    event.stopPropagation();
  }, { signal, capture: true });
  document.addEventListener("pointerdown", ({ target }) => {
    if (open && target instanceof Element && !target.closest(`.lstmmusic-bubble, .${MARK}`)) leave(false);
  }, { signal });
  signal.addEventListener("abort", () => leave(false));
}

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
function withSignal(show2) {
  return ({ model, el }) => {
    const end = new AbortController();
    show2(sendable(model, end.signal), el, end.signal);
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

// lstmmusic/views/room.js
var NARROW = 1080;
var LOW = 600;
var MARGIN2 = 4;
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
  return Math.round(room - 2 * (above < OWN_MARGIN ? above : MARGIN2));
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

// lstmmusic/views/tour.js
var nameOf = (stops, index) => `Show me, ${index + 1} of ${stops.length}: ${stops[index].title}`;
function turnDrawer(target) {
  const drawer = target.closest(".lstmmusic-place")?.querySelector(":scope > .lstmmusic-drawer");
  const wanted = `${target.closest(".lstmmusic-controls") !== null}`;
  const turn = (expanded) => {
    const visible = drawer instanceof HTMLElement && drawer.offsetWidth > 0;
    if (visible && drawer.ariaExpanded !== expanded) drawer.click();
    return visible;
  };
  const turned = drawer?.ariaExpanded !== wanted && turn(wanted);
  return turned && wanted === "true" ? () => void turn("false") : () => {
  };
}
function show(studio, part) {
  part.scrollIntoView({ block: "nearest" });
  studio.scrollIntoView({ block: "start" });
}
function makeTour(studio, stops, open, signal) {
  let at = -1;
  let before = null;
  let end = () => {
  };
  const leave = (giveBack = true) => {
    at = -1;
    end(giveBack);
    end = () => {
    };
  };
  const go = (index) => {
    end(false);
    at = index;
    const { title, place, target, words } = stops[index];
    open(place);
    const isLast = index === stops.length - 1;
    const back = makeButton("Back", { title: "Show the bubble before" });
    const next = makeButton(isLast ? "Done" : "Next", { title: isLast ? "End" : "Show the next bubble" });
    back.disabled = index === 0;
    back.addEventListener("click", () => go(index - 1));
    next.addEventListener("click", () => isLast ? leave() : go(index + 1));
    let [seen, still] = [false, true];
    const own = new AbortController();
    for (const kind of ["wheel", "pointerdown", "keydown"]) {
      document.addEventListener(kind, () => still = false, { signal: own.signal, capture: true, passive: true });
    }
    let closeDrawer = () => {
    };
    const find = () => {
      for (const each of studio.querySelectorAll(target)) {
        if (!seen) closeDrawer = turnDrawer(each);
        if (each.getClientRects().length === 0) continue;
        seen = true;
        if (still) show(studio, each);
        return each;
      }
      return null;
    };
    const heading = element("b", { "aria-hidden": "true" }, `${index + 1} of ${stops.length}: ${title}`);
    const content = [heading, element("p", {}, words)];
    const parts = { name: nameOf(stops, index), content, buttons: [back, next], before, find, leave };
    const close = openBubble(studio, parts);
    end = (giveBack) => {
      own.abort();
      close(giveBack);
      closeDrawer();
    };
  };
  studio.addEventListener("click", ({ target }) => {
    const done = at >= 0 && stops[at].done;
    if (!done || !(target instanceof Element) || !target.closest(done)) return;
    if (at < stops.length - 1) go(at + 1);
    else leave(false);
  }, { signal });
  signal.addEventListener("abort", () => leave(false));
  return () => {
    before = document.activeElement;
    go(0);
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
      "aria-disabled": String(slider?.hasAttribute("disabled")),
      title: control?.getAttribute("title") ?? ""
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
      offerHelp(studio, signal);
      const lead = makeTour(studio, model.get("tour"), (place) => model.send({ kind: "place", place }), signal);
      studio.addEventListener("click", ({ target }) => {
        if (target instanceof Element && target.closest(".lstmmusic-show-me")) lead();
      }, { signal });
    }
    studio.setAttribute("data-lm-suppress-shortcuts", "true");
    addDrawers();
    markLabels(studio);
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
