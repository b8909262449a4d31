// Made by scripts/bundle: 6aad88899fe8c49a513319a3760c2044afce1b59c6d6feab8b4f06ac31e4869e
// lstmmusic/views/element.js
function element(kind, attributes = {}, ...children) {
  const made = document.createElement(kind);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, `${value}`);
  made.append(...children.filter((child) => child !== ""));
  return made;
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
function save(model, traits) {
  for (const name in traits) model.set(
    name,
    /** @type {S[typeof name]} */
    traits[name]
  );
  model.save_changes();
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

// lstmmusic/views/number.js
var valueText = (value, percent) => String(Number((percent ? value * 100 : value).toPrecision(12)));
var boundText = (value, percent) => {
  const [shown, unit] = percent ? [value * 100, "%"] : [value, ""];
  const plain = shown === 0 || Math.abs(shown) >= 1e-4 && Math.abs(shown) < 1e7;
  const text = plain ? shown.toLocaleString("en", { maximumSignificantDigits: 9 }) : shown.toExponential();
  return text.replace("e+", "e") + unit;
};
function readNumber(text, { whole, percent }) {
  const plain = text.replace(/[\s%'’_]/g, "").replaceAll(",", whole ? "" : ".");
  const value = plain === "" ? NaN : Number(plain);
  return percent ? Number((value / 100).toPrecision(15)) : value;
}
function refuse(value, { low, high, whole, percent }) {
  if (value >= low && value <= high && (!whole || Number.isInteger(value))) return "";
  const kind = whole ? "a whole number" : "a number";
  return `Type ${kind} from ${boundText(low, percent)} to ${boundText(high, percent)}`;
}
function positionOf(value, { slider: [low, high], logarithmic }) {
  const inside = clamp(value, low, high);
  return logarithmic ? Math.log10(inside) : inside;
}
function valueAt(position, logarithmic) {
  return Number((logarithmic ? 10 ** position : position).toPrecision(logarithmic ? 3 : 12));
}
var render = withSignal((model, el, signal) => {
  const allowed = () => {
    return { low: model.get("low"), high: model.get("high"), whole: model.get("whole"), percent: model.get("percent") };
  };
  const positionNow = (value) => {
    return positionOf(value, { slider: model.get("slider"), logarithmic: model.get("logarithmic") });
  };
  const hasSlider = model.get("slider").length > 0;
  const id = `lstmmusic-number-${crypto.getRandomValues(new Uint32Array(1))[0]}`;
  const label = element("label", { for: id });
  const range = element("input", { type: "range" });
  const field = element("input", { type: "text", inputmode: "decimal", autocomplete: "off", spellcheck: "false" });
  const unit = element("span", { class: "lstmmusic-unit" }, model.get("percent") ? "%" : "");
  const message = element("span", { class: "lstmmusic-refused", id: `${id}-refused`, role: "alert", hidden: "" });
  (hasSlider ? range : field).id = id;
  field.setAttribute("aria-describedby", message.id);
  el.classList.add("lstmmusic-number", hasSlider ? "lstmmusic-slider" : "lstmmusic-field");
  el.append(label, ...hasSlider ? [range] : [], field, unit, message);
  let typed = false;
  const say = (words) => {
    message.textContent = words;
    message.hidden = !words;
    field.setAttribute("aria-invalid", String(words !== ""));
  };
  const write = (value) => {
    typed = false;
    field.value = valueText(value, model.get("percent"));
    range.setAttribute("aria-valuetext", `${field.value}${unit.textContent}`);
    say("");
  };
  const show = () => {
    const value = model.get("value");
    if (hasSlider) {
      [range.min, range.max] = model.get("slider").map((end) => String(positionNow(end)));
      range.step = String(model.get("step"));
      range.value = String(positionNow(value));
    }
    if (!typed || document.activeElement !== field) write(value);
  };
  const dress = () => {
    label.textContent = model.get("description");
    label.style.width = model.get("label_width");
    if (hasSlider) field.setAttribute("aria-label", `${model.get("description")}, number`);
    for (const part of [label, range, field]) part.title = model.get("tooltip");
    for (const part of [range, field]) {
      part.disabled = model.get("disabled");
      part.setAttribute("aria-disabled", String(part.disabled));
    }
  };
  const choose = (value) => {
    write(value);
    if (value !== model.get("value")) save(model, { value });
  };
  const accept = () => {
    if (!typed) return;
    const value = readNumber(field.value, allowed());
    const reason = refuse(value, allowed());
    if (reason) say(`${reason}. It stays ${valueText(model.get("value"), model.get("percent"))}${unit.textContent}.`);
    else choose(value);
  };
  range.addEventListener("input", () => {
    const value = valueAt(Number(range.value), model.get("logarithmic"));
    if (model.get("continuous_update")) choose(value);
    else write(value);
  });
  range.addEventListener("change", () => choose(valueAt(Number(range.value), model.get("logarithmic"))));
  range.addEventListener("keydown", (event) => {
    if (/^(Arrow|Page|Home|End)/.test(event.key)) event.stopPropagation();
  });
  field.addEventListener("input", () => {
    typed = true;
    say("");
  });
  field.addEventListener("change", accept);
  field.addEventListener("keydown", (event) => {
    const direction = { ArrowUp: 1, ArrowDown: -1 }[event.key];
    if (event.key === "Enter") accept();
    else if (event.key === "Escape") write(model.get("value"));
    else if (direction && !hasSlider) {
      event.preventDefault();
      const { low, high } = allowed();
      choose(clamp(Number((model.get("value") + direction * model.get("step")).toPrecision(12)), low, high));
    } else return;
    event.stopPropagation();
  });
  onChange(model, signal, ["value", "slider", "step"], show);
  onChange(model, signal, ["description", "label_width", "tooltip", "disabled"], dress);
  dress();
  show();
});
var number_default = { render };
export {
  number_default as default,
  positionOf,
  readNumber,
  refuse,
  valueAt,
  valueText
};
