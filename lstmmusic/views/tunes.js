// A table of tunes, or of other things that have names; Python sends the page that is shown.

import { readStyle } from "./canvas.js";
import { element, makeButton, OWN_KEYS } from "./element.js";
import { bytes, onChange, save, withSignal } from "./model.js";
import { fillName } from "./names.js";
import { clamp } from "./numbers.js";
import { lookOf, makeSwatch } from "./plots/look.js";
import { maskOf } from "./thumbnail.js";

/** @import { Model } from "./model.js" */
/**
 * @typedef {{
 *   index: number, name: string, reason: string, cells: string[], used: boolean, usable: boolean,
 *   shape: [number, number], look: number,
 * }} Row
 */
/**
 * @typedef {{
 *   rows_shown: Row[], thumbnails: DataView, first: number, matching: number, matching_usable: number,
 *   matching_used: number, total: number, left_out: number, only_left_out: boolean, find: string, sorted_by: number,
 *   descending: boolean, columns: string[], can_tick: boolean, page_size: number, empty: string, selected: number,
 *   label: string, compact: boolean, fill: boolean,
 *   widths: number[], verb: string, only: string, hint: string,
 * }} State
 */

const FIND_PAUSE = 150; // milliseconds without a key before a search
const MOST_ROWS = 50; // on a page

/** An element with a class of this view: @param {string} name @param {string} text */
const make = (name, text = "") => element("div", name ? { class: `lstmmusic-tunes-${name}` } : {}, text);

/** A text that may be cut, and is whole in its tooltip: @param {string} name @param {string} text */
function cut(name, text) {
  const made = make(name, text);
  if (text) made.title = text;
  return made;
}

/** A text that may be cut in the middle: @param {string} name @param {string} text */
function cutWithin(name, text) {
  const made = make(name);
  fillName(made, text);
  return made;
}

/** @param {HTMLElement} made @param {string} spoken  if it is not what is written */
function asCell(made, spoken = "") {
  made.setAttribute("role", "gridcell");
  if (spoken) made.setAttribute("aria-label", spoken);
  return made;
}

/** A cell of a column, as wide as asked for: @param {HTMLElement} made @param {number | undefined} width */
function widen(made, width) {
  if (width === 0) made.classList.add("lstmmusic-tunes-wide");
  else if (width) made.style.flexBasis = `${width}px`;
  return made;
}

/** A cell of a row; one as wide as is left has words: @param {string} text @param {number | undefined} width */
function makeCell(text, width) {
  return width === 0 ? widen(asCell(cutWithin("cell", text), text), width) : widen(asCell(cut("cell", text)), width);
}

const count = (/** @type {number} */ number) => number.toLocaleString("en");

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
  const notes = make("notes");
  notes.style.maskImage = maskOf(cells, [steps, pitches]);
  made.append(notes);
  return made;
}

const render = withSignal((/** @type {Model<State>} */ model, el, signal) => {
  const prefix = `lstmmusic-tunes-${Math.random().toString(36).slice(2)}`;
  let pause = 0;
  let requested = { index: -1, ticked: false };

  const search = { type: "search", maxlength: 200, placeholder: model.get("hint") };
  const find = element("input", { class: "lstmmusic-tunes-find", ...search });
  const only = element("input", { type: "checkbox" });
  const onlyText = element("span");
  const [previous, next] = [makeButton("Previous"), makeButton("Next")];
  const place = element("span", { class: "lstmmusic-tunes-place", role: "status" });
  const [pager, bar] = [make("pager"), make("bar")];
  pager.append(previous, place, next);
  bar.append(element("label", {}, "Find", find), element("label", {}, only, onlyText), pager);
  /** @type {HTMLElement} */ (only.parentElement).hidden = !model.get("only");

  const labels = { role: "grid", "aria-label": model.get("label"), "aria-multiselectable": "false" };
  const grid = element("div", { class: "lstmmusic-tunes-grid", ...OWN_KEYS, ...labels });
  const all = element("input", { type: "checkbox" });
  const head = element("div", { class: "lstmmusic-tunes-row lstmmusic-tunes-head", role: "row" });
  const body = element("div", { class: "lstmmusic-tunes-body", role: "rowgroup" });
  grid.append(head, body);
  const spoken = element("div", { class: "lstmmusic-spoken", "aria-live": "polite" });
  el.classList.add("lstmmusic-view", "lstmmusic-tunes");
  el.classList.toggle("lstmmusic-tunes-compact", model.get("compact"));
  el.append(bar, grid, spoken);

  const request = (/** @type {number} */ first) => {
    clearTimeout(pause);
    model.send({ kind: "page", first, find: find.value, only_left_out: only.checked });
  };
  const select = (/** @type {number} */ index) => save(model, { selected: index });
  /** The rows on the page, the number of the first, and of all that match. */
  const page = () => ({ shown: model.get("rows_shown"), first: model.get("first"), matching: model.get("matching") });

  const title = (/** @type {string} */ name, /** @type {(Node | string)[]} */ ...children) =>
    element("div", { class: `lstmmusic-tunes-${name}`, role: "columnheader" }, ...children);

  const makeHead = () => {
    const sorts = ["Name", ...model.get("columns")].map((text, column) => {
      const arrow = element("span", { class: "lstmmusic-tunes-arrow", "aria-hidden": "true" });
      const sort = makeButton(text, { title: `Sort by ${text.toLowerCase()}` });
      sort.append(arrow);
      sort.addEventListener("click", () => model.send({ kind: "sort", column }));
      return column === 0 ? title("tune", sort) : widen(title("cell", sort), model.get("widths")[column - 1]);
    });
    head.replaceChildren(title("tick", all), title("roll", "Roll"), ...sorts);
  };

  const fillHead = () => {
    const [sorted, descending] = [model.get("sorted_by"), model.get("descending")];
    head.querySelectorAll("[role=columnheader]:has(button)").forEach((header, column) => {
      const order = descending ? "descending" : "ascending";
      header.setAttribute("aria-sort", column === sorted ? order : "none");
      const arrow = header.querySelector(".lstmmusic-tunes-arrow");
      if (arrow) arrow.textContent = column !== sorted ? "" : descending ? "▼" : "▲";
    });
    const [usable, used] = [model.get("matching_usable"), model.get("matching_used")];
    all.checked = usable > 0 && used === usable;
    all.indeterminate = used > 0 && used < usable;
    all.disabled = usable === 0 || !model.get("can_tick");
    all.title = `${model.get("verb")} all listed: ${count(used)} of ${count(usable)}`;
    all.setAttribute("aria-label", all.title);
  };

  const tickOf = (/** @type {Row} */ { name, used, usable }) => {
    if (!usable) return element("span", { class: "lstmmusic-tunes-bad", role: "img", "aria-label": "Unusable" }, "✕");
    const tick = element("input", { type: "checkbox", tabindex: -1, "aria-label": `${model.get("verb")} ${name}` });
    tick.checked = used;
    tick.disabled = !model.get("can_tick");
    return tick;
  };

  /** The rows on the page as they are, each with what it was made of. */
  let made = /** @type {{ of: string, row: HTMLElement }[]} */ ([]);

  const makeRow = (/** @type {Row} */ tune, /** @type {number} */ position, /** @type {Uint8Array} */ picture) => {
    const { index, name, reason, cells, used, usable, shape } = tune;
    const isPale = !usable || (!used && model.get("only") !== "");
    const row = make(isPale ? "row lstmmusic-tunes-left-out" : "row");
    row.id = `${prefix}-${index}`;
    row.dataset.index = `${index}`;
    row.setAttribute("role", "row");
    row.setAttribute("aria-rowindex", `${position + 2}`); // the head is the first
    const [tick, roll] = [asCell(make("tick")), asCell(make("roll"))];
    const words = asCell(make("tune"), [name, model.get("compact") ? "" : reason].filter(Boolean).join(", "));
    tick.append(tickOf(tune));
    roll.append(thumbnail(picture, shape));
    const called = cutWithin("name", name);
    if (tune.look >= 0) called.prepend(makeSwatch(lookOf(tune.look), readStyle(el)));
    words.append(called, cut("reason", reason));
    row.append(tick, roll, words);
    if (cells.length) {
      const widths = model.get("widths");
      row.append(...model.get("columns").map((_, column) => makeCell(cells[column] ?? "", widths[column])));
    } // or the reason takes their place
    return row;
  };

  const fill = () => {
    const { shown, first, matching } = page();
    const pictures = bytes(model.get("thumbnails"));
    let at = 0;
    const latin = new TextDecoder("latin1");
    const rows = shown.map((tune, offset) => {
      const size = tune.shape[0] * tune.shape[1];
      const picture = pictures.subarray(at, at + size);
      at += size;
      // A row that is the same stays: it may be pressed just now, and a click ends where it began.
      const of = JSON.stringify([tune, first + offset, model.get("can_tick")]) + latin.decode(picture);
      const same = made.find((each) => each.of === of);
      return same ?? { of, row: makeRow(tune, first + offset, picture) };
    });
    made = rows;
    const why = model.get("total") === 0 ? model.get("empty") : "Nothing matches the search";
    const wanted = rows.length ? rows.map(({ row }) => row) : [make("empty", why)];
    for (const row of [...body.children]) if (!wanted.includes(/** @type {HTMLElement} */ (row))) row.remove();
    wanted.forEach((row, place) => {
      if (body.children[place] !== row) body.insertBefore(row, body.children[place] ?? null);
    });
    body.style.minHeight = `calc(${model.get("page_size")} * var(--row-height))`;
    grid.setAttribute("aria-rowcount", `${matching + 1}`);

    const last = first + shown.length;
    place.textContent = shown.length ? `${count(first + 1)}–${count(last)} of ${count(matching)}` : "0 of 0";
    previous.disabled = first === 0;
    next.disabled = last >= matching;
    onlyText.textContent = `${model.get("only")} (${count(model.get("left_out"))})`;
    only.checked = model.get("only_left_out");
    // A user who types here is ahead of Python's answer.
    if (document.activeElement !== find) find.value = model.get("find");
    fillHead();
    mark();
    speak();
  };

  /** Say what has become of the tick that was requested. */
  const speak = () => {
    const row = page().shown.find(({ index, used }) => index === requested.index && used === requested.ticked);
    if (!row) return;
    spoken.textContent = `${row.name}: ${row.used ? "ticked" : row.reason || "no longer ticked"}`;
    requested = { index: -1, ticked: false };
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

  /** Request the other state of a tick; Python's answer shows it. */
  const toggle = (/** @type {number} */ wanted) => {
    const row = page().shown.find(({ index }) => index === wanted);
    if (!row?.usable || !model.get("can_tick")) return;
    requested = { index: wanted, ticked: !row.used };
    model.send({ kind: "tick", ...requested });
  };

  const press = (/** @type {KeyboardEvent} */ event) => {
    if (event.target !== grid || event.ctrlKey || event.metaKey || event.altKey) return;
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
      " ": () => toggle(selected),
      Enter: () => void (here !== null && model.send({ kind: "open", index: selected })),
    };
    if (!Object.hasOwn(moves, event.key)) return;
    event.preventDefault();
    event.stopPropagation();
    moves[event.key]();
  };

  const targetOf = (/** @type {Event} */ { target }) => {
    const row = target instanceof Element ? target.closest("[data-index]") : null;
    const onTick = row !== null && target instanceof Element && target.closest(".lstmmusic-tunes-tick") !== null;
    return { index: row instanceof HTMLElement ? Number(row.dataset.index) : null, onTick };
  };
  body.addEventListener("click", (event) => {
    const { index, onTick } = targetOf(event);
    if (index === null) return;
    if (!onTick) return select(index);
    event.preventDefault(); // the tick changes when Python has changed it
    grid.focus(); // since the element that was clicked will be replaced
    toggle(index);
  });
  body.addEventListener("dblclick", (event) => {
    const { index, onTick } = targetOf(event);
    if (index !== null && !onTick) model.send({ kind: "open", index });
  });
  all.addEventListener("click", (event) => {
    event.preventDefault();
    model.send({ kind: "tick_all", ticked: model.get("matching_used") < model.get("matching_usable") });
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
  onChange(model, signal, ["only_left_out", "find", "page_size", "empty", "can_tick"], change);
  onChange(model, signal, ["matching_usable", "matching_used", "sorted_by", "descending"], change);
  onChange(model, signal, ["selected"], mark);
  const makeAnew = () => {
    made = [];
    change();
  };
  const themes = new MutationObserver(makeAnew);
  themes.observe(document.body, { attributeFilter: ["data-jp-theme-name"] });
  signal.addEventListener("abort", () => themes.disconnect());
  onChange(model, signal, ["columns", "widths"], () => {
    makeHead();
    makeAnew();
  });
  signal.addEventListener("abort", () => {
    clearTimeout(pause);
    cancelAnimationFrame(frame);
  });
  makeHead();
  fill();

  if (!model.get("fill")) return;
  el.classList.add("lstmmusic-filling");
  const sizes = new ResizeObserver(() => {
    const room = grid.clientHeight - head.offsetHeight;
    const row = Number.parseFloat(getComputedStyle(el).getPropertyValue("--row-height"));
    if (room > 0) save(model, { page_size: clamp(Math.floor(room / row), 1, MOST_ROWS) });
  });
  sizes.observe(grid);
  signal.addEventListener("abort", () => sizes.disconnect());
});

export default { render };
