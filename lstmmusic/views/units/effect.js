// The notes that a unit raises and lowers: a bar on each key of a small keyboard.

import { keepDrawn, tooltip, widthOf, write, writeEmpty } from "../canvas.js";
import { bytes, withSignal } from "../model.js";
import { pitchName } from "../roll/cells.js";

/** @import { Context, Point, Size, Style } from "../canvas.js" */
/** @import { Model } from "../model.js" */
/** @typedef {{ values: DataView, lowest: number, name: string, empty: string, height: number, fill: boolean }} State */

const BLACK_KEYS = [1, 3, 6, 8, 10];
const HEAD = 20;
const KEYS = 12; // pixels of a key
const NAMES = 14;
const NAMED = 3; // notes in the label, of each kind
const LEAST = 0.0005; // that is named

/** A change of a probability, such as "+0.120": @param {number} value */
export const changeText = (value) => `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(3)}`;

/**
 * What a unit raises most and lowers most, in words.
 * @param {ArrayLike<number>} values @param {number} lowest @param {string} name
 */
export function describeEffect(values, lowest, name) {
  const notes = Array.from(values, (value, at) => ({ value, pitch: lowest + at }));
  const list = (/** @type {number} */ sign) => {
    const some = notes.filter(({ value }) => sign * value >= LEAST).sort((a, b) => sign * (b.value - a.value));
    return some.slice(0, NAMED).map(({ pitch, value }) => `${pitchName(pitch)} ${changeText(value)}`).join(", ");
  };
  return `${name} raises ${list(1) || "no note"}; lowers ${list(-1) || "no note"}`;
}

const render = withSignal((/** @type {Model<State>} */ model, el, signal) => {
  const read = () => new Float32Array(bytes(model.get("values")).buffer);
  const label = () => {
    const values = read();
    return values.length ? describeEffect(values, model.get("lowest"), model.get("name")) : "Notes of a unit: none";
  };
  const layOut = (/** @type {Size} */ { width, height }, /** @type {number} */ count) => {
    const [left, right] = [8, width - 8];
    const middle = (HEAD + height - KEYS - NAMES) / 2;
    return { left, right, column: (right - left) / count, middle, keys: height - KEYS - NAMES };
  };

  /** @param {Context} context @param {Size} size @param {Style} style */
  const paint = (context, size, style) => {
    const values = read();
    if (!values.length) {
      writeEmpty(context, size, style, model.get("empty"));
      return;
    }
    const lowest = model.get("lowest");
    const { left, right, column, middle, keys } = layOut(size, values.length);
    const most = values.reduce((highest, value) => Math.max(highest, Math.abs(value)), LEAST);
    const small = { font: style.smallFont, colour: style.faint };
    write(context, "raises ▲", left, 9, { font: style.smallFont, colour: style.brand });
    const start = left + context.measureText("raises ▲").width + 10;
    write(context, "lowers ▼", start, 9, { font: style.smallFont, colour: style.warn });
    write(context, `probability, to ±${most.toFixed(3)}`, right, 9, { ...small, align: "right" });
    for (let at = 0; at < values.length; at++) {
      const pitch = lowest + at;
      const x = left + at * column;
      const black = BLACK_KEYS.includes(pitch % 12);
      context.fillStyle = black ? style.ink : style.paper;
      context.fillRect(x, keys, column, black ? KEYS * 0.65 : KEYS);
      context.strokeStyle = style.line;
      context.lineWidth = 1;
      context.strokeRect(x, keys, column, KEYS);
      const named = pitch % 12 === 0 && x + widthOf(context, pitchName(pitch), style.smallFont) <= size.width;
      if (named) write(context, pitchName(pitch), x, keys + KEYS + NAMES / 2, small);
      const height = (Math.abs(values[at]) / most) * (keys - HEAD) * 0.48;
      context.fillStyle = values[at] > 0 ? style.brand : style.warn;
      context.fillRect(x, values[at] > 0 ? middle - height : middle, Math.max(1, column - 1), height);
    }
    context.fillStyle = style.faint;
    context.fillRect(left, Math.round(middle), right - left, 1);
  };
  /** @param {Context} context @param {Size} size @param {Style} style @param {Point | null} pointer */
  const overlay = (context, size, style, pointer) => {
    const values = read();
    if (!pointer || !values.length) return;
    const { left, column } = layOut(size, values.length);
    const at = Math.floor((pointer.x - left) / column);
    if (at < 0 || at >= values.length) return;
    const name = pitchName(model.get("lowest") + at);
    tooltip(context, size, style, pointer, [`${name}: probability ${changeText(values[at])}`]);
  };
  keepDrawn({ model, el, signal, traits: ["values", "lowest", "name", "empty"], label, paint, overlay });
});

export default { render };
