// A table of tunes; Python sends the page that is shown.

import { contextOf } from "./canvas.js";
import { element, makeButton, OWN_KEYS } from "./element.js";
import { bytes, onChange, save, withSignal } from "./model.js";
import { clamp } from "./numbers.js";

/** @import { Model } from "./model.js" */
/** @typedef {{ index: number, name: string, used: boolean, reason: string, shape: [number, number] }} Row */
/**
 * @typedef {{
 *   rows_shown: Row[], thumbnails: DataView, first: number, matching: number, total: number, left_out: number,
 *   only_left_out: boolean, find: string, page_size: number, empty: string, selected: number,
 * }} State
 */

const FIND_PAUSE = 150; // milliseconds without a key before a search

/** An element with a class of this view: @param {string} name @param {string} text */
const make = (name, text = "") => element("div", name ? { class: `lstmmusic-tunes-${name}` } : {}, text);

/** @param {string} name @param {string} text */
function cell(name, text) {
  const made = make(name, text);
  made.setAttribute("role", "gridcell");
  if (text) made.title = text;
  return made;
}

/**
 * A picture of the notes, as a mask, so that the style sheet has its colour.
 * @param {Uint8Array} cells @param {[number, number]} shape
 */
function thumbnail(cells, [steps, pitches]) {
  const made = make("thumbnail");
  made.setAttribute("aria-hidden", "true");
  if (steps === 0 || pitches === 0) {
    made.classList.add("lstmmusic-tunes-none");
    return made;
  }
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
  const notes = make("notes");
  notes.style.maskImage = `url(${canvas.toDataURL()})`;
  made.append(notes);
  return made;
}

const render = withSignal((/** @type {Model<State>} */ model, el, signal) => {
  const prefix = `lstmmusic-tunes-${Math.random().toString(36).slice(2)}`;
  let pause = 0;

  const search = { type: "search", maxlength: 200, placeholder: "a name" };
  const find = element("input", { class: "lstmmusic-tunes-find", ...search });
  const only = element("input", { type: "checkbox" });
  const onlyText = element("span");
  const [previous, next] = [makeButton("Previous"), makeButton("Next")];
  const place = element("span", { class: "lstmmusic-tunes-place", role: "status" });
  const [pager, bar] = [make("pager"), make("bar")];
  pager.append(previous, place, next);
  bar.append(element("label", {}, "Find", find), element("label", {}, only, onlyText), pager);

  const labels = { role: "grid", "aria-label": "Tunes", "aria-multiselectable": "false" };
  const grid = element("div", { class: "lstmmusic-tunes-grid", ...OWN_KEYS, ...labels });
  const titles = ["Roll", "Name", "Verdict", "Reason"].map((text) => element("div", { role: "columnheader" }, text));
  const head = element("div", { class: "lstmmusic-tunes-row lstmmusic-tunes-head", role: "row" }, ...titles);
  const body = element("div", { class: "lstmmusic-tunes-body", role: "rowgroup" });
  grid.append(head, body);
  el.classList.add("lstmmusic-view", "lstmmusic-tunes");
  el.append(bar, grid);

  const request = (/** @type {number} */ first) => {
    clearTimeout(pause);
    model.send({ kind: "page", first, find: find.value, only_left_out: only.checked });
  };
  const select = (/** @type {number} */ index) => save(model, { selected: index });
  /** The rows on the page, the number of the first, and of all that match. */
  const page = () => ({ shown: model.get("rows_shown"), first: model.get("first"), matching: model.get("matching") });

  const fill = () => {
    const { shown, first, matching } = page();
    const pictures = bytes(model.get("thumbnails"));
    let at = 0;
    const rows = shown.map(({ index, name, used, reason, shape }, offset) => {
      const row = make(used ? "row" : "row lstmmusic-tunes-left-out");
      row.id = `${prefix}-${index}`;
      row.dataset.index = `${index}`;
      row.setAttribute("role", "row");
      row.setAttribute("aria-rowindex", `${first + offset + 2}`); // the head is the first
      const roll = cell("roll", "");
      const size = shape[0] * shape[1];
      roll.append(thumbnail(pictures.subarray(at, at + size), shape));
      at += size;
      const symbol = element("span", { class: "lstmmusic-tunes-mark", "aria-hidden": "true" }, used ? "✓" : "✕");
      const verdict = cell("verdict", "");
      verdict.append(symbol, element("span", {}, used ? "used" : "left out"));
      row.append(roll, cell("name", name), verdict, cell("reason", reason));
      return row;
    });
    if (rows.length === 0) {
      const why = model.get("total") === 0 ? model.get("empty") : "No tune matches the search";
      rows.push(make("empty", why));
    }
    body.replaceChildren(...rows);
    body.style.minHeight = `calc(${model.get("page_size")} * var(--row-height))`;
    grid.setAttribute("aria-rowcount", `${matching + 1}`);

    const count = (/** @type {number} */ number) => number.toLocaleString("en");
    const last = first + shown.length;
    place.textContent = shown.length ? `${count(first + 1)}–${count(last)} of ${count(matching)}` : "0 of 0";
    previous.disabled = first === 0;
    next.disabled = last >= matching;
    onlyText.textContent = `Left out only (${count(model.get("left_out"))})`;
    only.checked = model.get("only_left_out");
    // A user who types here is ahead of Python's answer.
    if (document.activeElement !== find) find.value = model.get("find");
    mark();
  };

  const mark = () => {
    const selected = model.get("selected");
    grid.removeAttribute("aria-activedescendant");
    for (const row of body.querySelectorAll("[role=row]")) {
      const chosen = row.id === `${prefix}-${selected}`;
      row.setAttribute("aria-selected", `${chosen}`);
      if (chosen) grid.setAttribute("aria-activedescendant", row.id);
    }
  };

  /** Go to a row by its number among those that match the search. */
  const go = (/** @type {number} */ position) => {
    const { shown, first, matching } = page();
    if (matching === 0) return;
    const wanted = clamp(position, 0, matching - 1);
    const row = shown[wanted - first];
    if (row) select(row.index);
    else model.send({ kind: "select", position: wanted });
  };

  const press = (/** @type {KeyboardEvent} */ event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { shown, first, matching } = page();
    const selected = model.get("selected");
    const offset = shown.findIndex((row) => row.index === selected);
    const here = offset < 0 ? null : first + offset;
    const size = model.get("page_size");
    /** @type {Record<string, () => void>} */
    const moves = {
      ArrowDown: () => go(here === null ? first : here + 1),
      ArrowUp: () => go(here === null ? first + shown.length - 1 : here - 1),
      PageDown: () => go((here ?? first) + size),
      PageUp: () => go((here ?? first) - size),
      Home: () => go(0),
      End: () => go(matching - 1),
      Enter: () => void (here !== null && model.send({ kind: "open", index: selected })),
    };
    if (!Object.hasOwn(moves, event.key)) return;
    event.preventDefault();
    event.stopPropagation();
    moves[event.key]();
  };

  const indexOf = (/** @type {Event} */ { target }) => {
    const row = target instanceof Element ? target.closest("[data-index]") : null;
    return row instanceof HTMLElement ? Number(row.dataset.index) : null;
  };
  body.addEventListener("click", (event) => {
    const index = indexOf(event);
    if (index !== null) select(index);
  });
  body.addEventListener("dblclick", (event) => {
    const index = indexOf(event);
    if (index !== null) model.send({ kind: "open", index });
  });
  grid.addEventListener("keydown", press);
  previous.addEventListener("click", () => request(model.get("first") - model.get("page_size")));
  next.addEventListener("click", () => request(model.get("first") + model.get("page_size")));
  only.addEventListener("change", () => request(0));
  find.addEventListener("input", () => {
    clearTimeout(pause);
    pause = setTimeout(() => request(0), FIND_PAUSE);
  });

  let frame = 0;
  const change = () => {
    frame ||= requestAnimationFrame(() => {
      frame = 0;
      fill();
    });
  };
  onChange(model, signal, ["rows_shown", "thumbnails", "first", "matching", "total", "left_out"], change);
  onChange(model, signal, ["only_left_out", "find", "page_size", "empty"], change);
  onChange(model, signal, ["selected"], mark);
  signal.addEventListener("abort", () => {
    clearTimeout(pause);
    cancelAnimationFrame(frame);
  });
  fill();
});

export default { render };
