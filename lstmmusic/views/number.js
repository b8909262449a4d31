// A number that is typed exactly, or set with a slider. What cannot be allowed is refused in words, never changed.

import { element } from "./element.js";
import { onChange, save, withSignal } from "./model.js";
import { clamp } from "./numbers.js";

/** @import { Model } from "./model.js" */
/** @typedef {{ low: number, high: number, whole: boolean, percent: boolean }} Allowed */
/** @typedef {{ slider: number[], logarithmic: boolean, step: number, continuous_update: boolean }} Slider */
/** @typedef {{ value: number, description: string, tooltip: string, label_width: string, disabled: boolean }} Look */

/** A value as it is typed: @param {number} value @param {boolean} percent */
export const valueText = (value, percent) => String(Number((percent ? value * 100 : value).toPrecision(12)));

/** A bound in words: @param {number} value @param {boolean} percent */
const boundText = (value, percent) => {
  const [shown, unit] = percent ? [value * 100, "%"] : [value, ""];
  const plain = shown === 0 || (Math.abs(shown) >= 1e-4 && Math.abs(shown) < 1e7);
  const text = plain ? shown.toLocaleString("en", { maximumSignificantDigits: 9 }) : shown.toExponential();
  return text.replace("e+", "e") + unit;
};

/**
 * The number that a text says, or NaN; in a whole one a comma separates thousands, else it is a decimal point.
 * @param {string} text @param {Pick<Allowed, "whole" | "percent">} kind
 */
export function readNumber(text, { whole, percent }) {
  const plain = text.replace(/[\s%'’_]/g, "").replaceAll(",", whole ? "" : ".");
  const value = plain === "" ? NaN : Number(plain);
  return percent ? Number((value / 100).toPrecision(15)) : value;
}

/** Why a number is not allowed, or "": @param {number} value @param {Allowed} allowed */
export function refuse(value, { low, high, whole, percent }) {
  if (value >= low && value <= high && (!whole || Number.isInteger(value))) return "";
  const kind = whole ? "a whole number" : "a number";
  return `Type ${kind} from ${boundText(low, percent)} to ${boundText(high, percent)}`;
}

/** Where a slider is for a value: @param {number} value @param {Pick<Slider, "slider" | "logarithmic">} slider */
export function positionOf(value, { slider: [low, high], logarithmic }) {
  const inside = clamp(value, low, high);
  return logarithmic ? Math.log10(inside) : inside;
}

/** The value where a slider is: @param {number} position @param {boolean} logarithmic */
export function valueAt(position, logarithmic) {
  return Number((logarithmic ? 10 ** position : position).toPrecision(logarithmic ? 3 : 12));
}

const render = withSignal((/** @type {Model<Allowed & Slider & Look>} */ model, el, signal) => {
  /** @returns {Allowed} */
  const allowed = () => {
    return { low: model.get("low"), high: model.get("high"), whole: model.get("whole"), percent: model.get("percent") };
  };
  const positionNow = (/** @type {number} */ value) => {
    return positionOf(value, { slider: model.get("slider"), logarithmic: model.get("logarithmic") });
  };
  const hasSlider = model.get("slider").length > 0;
  const id = `lstmmusic-number-${crypto.getRandomValues(new Uint32Array(1))[0]}`; // each widget has its own module
  const label = element("label", { for: id });
  const range = element("input", { type: "range" });
  const field = element("input", { type: "text", inputmode: "decimal", autocomplete: "off", spellcheck: "false" });
  const unit = element("span", { class: "lstmmusic-unit" }, model.get("percent") ? "%" : "");
  const message = element("span", { class: "lstmmusic-refused", id: `${id}-refused`, role: "alert", hidden: "" });
  (hasSlider ? range : field).id = id;
  field.setAttribute("aria-describedby", message.id);
  el.classList.add("lstmmusic-number", hasSlider ? "lstmmusic-slider" : "lstmmusic-field");
  el.append(label, ...(hasSlider ? [range] : []), field, unit, message);
  let typed = false; // whether the field has what was not accepted yet

  const say = (/** @type {string} */ words) => {
    message.textContent = words;
    message.hidden = !words;
    field.setAttribute("aria-invalid", String(words !== ""));
  };
  const write = (/** @type {number} */ value) => {
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
  const choose = (/** @type {number} */ value) => {
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
  // A notebook would keep the keys that move a slider from doing so.
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

export default { render };
