// Made by scripts/bundle: ae2842df77f660503bdd2c185e6b8a139583e9ffefff57c0378ff8be5d603539
// lstmmusic/views/canvas.js
function bytes(model, name) {
  const value = model.get(name);
  return new Uint8Array(value.buffer ?? value, value.byteOffset ?? 0, value.byteLength).slice();
}

// lstmmusic/views/tunes.js
var FIND_PAUSE = 150;
function make(kind, name, text = "") {
  const made = document.createElement(kind);
  if (name) made.className = `lstmmusic-tunes-${name}`;
  made.textContent = text;
  return made;
}
function cell(name, text, title = "") {
  const made = make("div", name, text);
  made.setAttribute("role", "gridcell");
  if (title) made.title = title;
  return made;
}
function thumbnail(cells, [steps, pitches]) {
  const made = make("div", "thumbnail");
  made.setAttribute("aria-hidden", "true");
  if (steps === 0 || pitches === 0) {
    made.classList.add("lstmmusic-tunes-none");
    return made;
  }
  const canvas = document.createElement("canvas");
  canvas.width = steps;
  canvas.height = pitches;
  const context = canvas.getContext("2d");
  const image = context.createImageData(steps, pitches);
  for (let step = 0; step < steps; step++) {
    for (let pitch = 0; pitch < pitches; pitch++) {
      const pixel = (pitches - 1 - pitch) * steps + step;
      image.data[pixel * 4 + 3] = cells[step * pitches + pitch] * 255;
    }
  }
  context.putImageData(image, 0, 0);
  const notes = make("div", "notes");
  notes.style.maskImage = `url(${canvas.toDataURL()})`;
  made.append(notes);
  return made;
}
function render({ model, el }) {
  const prefix = `lstmmusic-tunes-${Math.random().toString(36).slice(2)}`;
  let pause = 0;
  const find = make("input", "find");
  find.type = "search";
  find.maxLength = 200;
  find.placeholder = "a name";
  const findLabel = make("label", "", "Find");
  findLabel.append(find);
  const only = make("input", "");
  only.type = "checkbox";
  const onlyText = make("span", "");
  const onlyLabel = make("label", "");
  onlyLabel.append(only, onlyText);
  const [previous, next] = ["Previous", "Next"].map((text) => {
    const button = make("button", "", text);
    button.type = "button";
    return button;
  });
  const place = make("span", "place");
  place.setAttribute("role", "status");
  const pager = make("div", "pager");
  pager.append(previous, place, next);
  const bar = make("div", "bar");
  bar.append(findLabel, onlyLabel, pager);
  const grid = make("div", "grid");
  grid.tabIndex = 0;
  grid.setAttribute("role", "grid");
  grid.setAttribute("aria-label", "Tunes");
  grid.setAttribute("aria-multiselectable", "false");
  grid.dataset.lmSuppressShortcuts = "true";
  const head = make("div", "row lstmmusic-tunes-head");
  head.setAttribute("role", "row");
  for (const text of ["Roll", "Name", "Verdict", "Reason"]) {
    const title = make("div", "", text);
    title.setAttribute("role", "columnheader");
    head.append(title);
  }
  const body = make("div", "body");
  body.setAttribute("role", "rowgroup");
  grid.append(head, body);
  el.classList.add("lstmmusic-view", "lstmmusic-tunes");
  el.append(bar, grid);
  const ask = (first) => {
    clearTimeout(pause);
    model.send({ kind: "page", first, find: find.value, only_left_out: only.checked });
  };
  const select = (index) => {
    model.set("selected", index);
    model.save_changes();
  };
  const fill = () => {
    const [shown, first, matching] = ["rows_shown", "first", "matching"].map((name) => model.get(name));
    const pictures = bytes(model, "thumbnails");
    let at = 0;
    const rows = shown.map(({ index, name, used, reason, shape }, offset) => {
      const row = make("div", used ? "row" : "row lstmmusic-tunes-left-out");
      row.id = `${prefix}-${index}`;
      row.dataset.index = index;
      row.setAttribute("role", "row");
      row.setAttribute("aria-rowindex", first + offset + 2);
      const roll = cell("roll", "");
      const size = shape[0] * shape[1];
      roll.append(thumbnail(pictures.subarray(at, at + size), shape));
      at += size;
      const mark2 = make("span", "mark", used ? "✓" : "✕");
      mark2.setAttribute("aria-hidden", "true");
      const verdict = cell("verdict", "");
      verdict.append(mark2, make("span", "", used ? "used" : "left out"));
      row.append(roll, cell("name", name, name), verdict, cell("reason", reason, reason));
      return row;
    });
    if (rows.length === 0) {
      const why = model.get("total") === 0 ? model.get("empty") : "No row fits the search";
      rows.push(make("div", "empty", why));
    }
    body.replaceChildren(...rows);
    body.style.minHeight = `calc(${model.get("page_size")} * var(--row-height))`;
    grid.setAttribute("aria-rowcount", matching + 1);
    const count = (number) => number.toLocaleString("en");
    const last = first + shown.length;
    place.textContent = shown.length ? `${count(first + 1)}–${count(last)} of ${count(matching)}` : "0 of 0";
    previous.disabled = first === 0;
    next.disabled = last >= matching;
    onlyText.textContent = `Left out only (${count(model.get("left_out"))})`;
    only.checked = model.get("only_left_out");
    if (document.activeElement !== find) find.value = model.get("find");
    mark();
  };
  const mark = () => {
    const selected = model.get("selected");
    grid.removeAttribute("aria-activedescendant");
    for (const row of body.querySelectorAll("[role=row]")) {
      const chosen = Number(row.dataset.index) === selected;
      row.setAttribute("aria-selected", chosen);
      if (chosen) grid.setAttribute("aria-activedescendant", row.id);
    }
  };
  const go = (position) => {
    const [shown, first, matching] = ["rows_shown", "first", "matching"].map((name) => model.get(name));
    if (matching === 0) return;
    const wanted = Math.min(Math.max(position, 0), matching - 1);
    const row = shown[wanted - first];
    if (row) select(row.index);
    else model.send({ kind: "select", position: wanted });
  };
  const press = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const [shown, first, matching, selected] = ["rows_shown", "first", "matching", "selected"].map(
      (name) => model.get(name)
    );
    const offset = shown.findIndex((row) => row.index === selected);
    const here = offset < 0 ? null : first + offset;
    const size = model.get("page_size");
    const moves = {
      ArrowDown: () => go(here === null ? first : here + 1),
      ArrowUp: () => go(here === null ? first + shown.length - 1 : here - 1),
      PageDown: () => go((here ?? first) + size),
      PageUp: () => go((here ?? first) - size),
      Home: () => go(0),
      End: () => go(matching - 1),
      Enter: () => here !== null && model.send({ kind: "open", index: selected })
    };
    if (!Object.hasOwn(moves, event.key)) return;
    event.preventDefault();
    event.stopPropagation();
    moves[event.key]();
  };
  const rowOf = (event) => event.target.closest("[data-index]");
  body.addEventListener("click", (event) => rowOf(event) && select(Number(rowOf(event).dataset.index)));
  body.addEventListener("dblclick", (event) => {
    if (rowOf(event)) model.send({ kind: "open", index: Number(rowOf(event).dataset.index) });
  });
  grid.addEventListener("keydown", press);
  previous.addEventListener("click", () => ask(model.get("first") - model.get("page_size")));
  next.addEventListener("click", () => ask(model.get("first") + model.get("page_size")));
  only.addEventListener("change", () => ask(0));
  find.addEventListener("input", () => {
    clearTimeout(pause);
    pause = setTimeout(() => ask(0), FIND_PAUSE);
  });
  let request = 0;
  const change = () => {
    request ||= requestAnimationFrame(() => {
      request = 0;
      fill();
    });
  };
  const traits = ["rows_shown", "thumbnails", "first", "matching", "total", "left_out", "only_left_out", "find"];
  traits.push("page_size", "empty");
  const listeners = [...traits.map((name) => [`change:${name}`, change]), ["change:selected", mark]];
  for (const [name, listener] of listeners) model.on(name, listener);
  fill();
  return () => {
    clearTimeout(pause);
    cancelAnimationFrame(request);
    for (const [name, listener] of listeners) model.off(name, listener);
  };
}
var tunes_default = { render };
export {
  tunes_default as default
};
