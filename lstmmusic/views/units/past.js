// A curve: how much predictions change where only the last steps are known, against their number.

import { keepDrawn, line, tooltip, write, writeEmpty } from "../canvas.js";
import { bytes, withSignal } from "../model.js";
import { clamp, countOf, ticks, tickText } from "../numbers.js";

/** @import { Context, Point, Size, Style } from "../canvas.js" */
/** @import { Model } from "../model.js" */
/**
 * @typedef {{
 *   lengths: number[], divergences: DataView, chosen: number | null, empty: string, height: number, fill: boolean,
 * }} State
 */

const EDGES = { left: 40, right: 12, top: 22, bottom: 30 };

/** A point of the curve in words: @param {number} length @param {number} divergence */
export const describePoint = (length, divergence) => {
  return `${divergence.toFixed(divergence < 0.1 ? 3 : 2)} nats after ${countOf(length, "step")}`;
};

/** The curve in words: @param {number[]} lengths @param {ArrayLike<number>} divergences */
export function describeCurve(lengths, divergences) {
  const points = Array.from(divergences, (divergence, at) => describePoint(lengths[at], divergence));
  return points.length ? `Memory: predictions change by ${points.join(", ")}` : "Memory: not measured yet";
}

const render = withSignal((/** @type {Model<State>} */ model, el, signal) => {
  const read = () => new Float32Array(bytes(model.get("divergences")).buffer);
  const layOut = (/** @type {Size} */ { width, height }, /** @type {Float32Array} */ values) => {
    const lengths = model.get("lengths");
    const [left, right] = [EDGES.left, width - EDGES.right];
    const [top, bottom] = [EDGES.top, height - EDGES.bottom];
    const [low, high] = [Math.log2(lengths[0]), Math.log2(lengths[lengths.length - 1])];
    const most = Math.max(...values, 0.01);
    return {
      ...{ left, right, top, bottom, most },
      x: (/** @type {number} */ length) => left + ((Math.log2(length) - low) / (high - low || 1)) * (right - left),
      y: (/** @type {number} */ value) => bottom - (value / most) * (bottom - top),
    };
  };
  /** @param {Context} context @param {Size} size @param {Style} style */
  const paint = (context, size, style) => {
    const values = read();
    const lengths = model.get("lengths");
    if (!values.length || !lengths.length) {
      writeEmpty(context, size, style, model.get("empty"));
      return;
    }
    const { left, right, top, bottom, most, x, y } = layOut(size, values);
    const small = { font: style.smallFont, colour: style.faint };
    write(context, "Change of predictions, nats per step", 8, 10, { font: style.boldFont, colour: style.ink });
    context.lineWidth = 1;
    const { distance, values: heights } = ticks(0, most, (bottom - top) / 26);
    for (const value of heights) {
      context.strokeStyle = style.line;
      const at = Math.round(y(value)) + 0.5;
      line(context, left, at, right, at);
      write(context, tickText(value, distance), left - 5, at, { ...small, align: "right" });
    }
    let end = 0;
    for (const length of lengths) {
      const half = context.measureText(`${length}`).width / 2;
      if (x(length) - half < end) continue;
      write(context, `${length}`, Math.min(x(length), size.width - half), bottom + 9, { ...small, align: "center" });
      end = x(length) + half + 6;
    }
    write(context, "steps of the past that are known", (left + right) / 2, bottom + 22, { ...small, align: "center" });
    const chosen = model.get("chosen");
    if (chosen !== null) {
      const at = clamp(x(chosen), left, right);
      context.strokeStyle = style.warn;
      context.setLineDash([4, 3]);
      line(context, at, top, at, bottom);
      context.setLineDash([]);
    }
    context.strokeStyle = context.fillStyle = style.brand;
    context.lineWidth = 2;
    context.beginPath();
    values.forEach((value, at) => context.lineTo(x(lengths[at]), y(value)));
    context.stroke();
    values.forEach((value, at) => context.fillRect(x(lengths[at]) - 2.5, y(value) - 2.5, 5, 5));
  };
  /** @param {Context} context @param {Size} size @param {Style} style @param {Point | null} pointer */
  const overlay = (context, size, style, pointer) => {
    const values = read();
    if (!pointer || !values.length) return;
    const { x } = layOut(size, values);
    const lengths = model.get("lengths").slice(0, values.length);
    const far = (/** @type {number} */ at) => Math.abs(x(lengths[at]) - pointer.x);
    const nearest = lengths.reduce((best, _, at) => (far(at) < far(best) ? at : best), 0);
    tooltip(context, size, style, pointer, [describePoint(lengths[nearest], values[nearest])]);
  };
  const label = () => describeCurve(model.get("lengths"), read());
  keepDrawn({ model, el, signal, traits: ["divergences", "lengths", "chosen", "empty"], label, paint, overlay });
});

export default { render };
