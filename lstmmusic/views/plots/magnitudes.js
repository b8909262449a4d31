// How large the weights and the gradients of each part of a network are, over time: small heat maps side by side.

import { contextOf, keepDrawn, shorten, tooltip, widthOf, write, writeEmpty } from "../canvas.js";
import { bytes, withSignal } from "../model.js";
import { countOf } from "../numbers.js";
import { COLOURS } from "../roll/heat.js";

/** @import { Context, Edges, Point, Size, Style } from "../canvas.js" */
/** @import { Model } from "../model.js" */
/** @typedef {{ names: string[], powers: [number, number], updates: number[], shares: DataView, empty: string }} Data */
/** @typedef {Data & { height: number, fill: boolean }} State */
/** @typedef {{ kind: number, part: number, plot: Edges }} Panel */

const KINDS = ["weights", "gradients"];
const HELP = ["If they grow without end, lower the rate.", "If all are near zero, this part learns nothing."];
const [HEAD, FOOT, GAP] = [18, 16, 10]; // pixels of the names, of the updates, and between two heat maps
const FAINTEST = 8; // of 255: what is rarer is not drawn
const BETWEEN = 3; // powers of ten between two labels of the axis

/** A power of ten as it is written: @param {number} power */
export const powerText = (power) => (power >= -2 && power <= 2 ? `${10 ** power}` : `1e${power}`);

/** A magnitude in a few characters: @param {number} value */
export const magnitudeText = (value) => (value < 0.001 ? value.toExponential(0) : `${Number(value.toPrecision(1))}`);

/**
 * The magnitude that half of a histogram is below, without the first bin, which has the zeros; null if that is empty.
 * @param {Uint8Array} shares @param {[number, number]} powers
 */
export function middleOf(shares, [lowest, highest]) {
  const total = shares.reduce((sum, share) => sum + share, 0) - shares[0];
  if (total === 0) return null;
  let below = -shares[0];
  const bin = shares.findIndex((share) => (below += share) >= total / 2);
  return 10 ** (lowest + ((bin - 0.5) * (highest - lowest)) / (shares.length - 1));
}

const render = withSignal((/** @type {Model<State>} */ model, el, signal) => {
  let shares = new Uint8Array();
  /** @type {Panel[]} */
  let panels = [];
  const bins = () => shares.length / (2 * model.get("names").length * model.get("updates").length);

  /** A histogram: @param {number} call @param {number} kind @param {number} part */
  const histogram = (call, kind, part) => {
    const start = ((call * 2 + kind) * model.get("names").length + part) * bins();
    return shares.subarray(start, start + bins());
  };

  /** What a part is at a call, in words: @param {number} call @param {number} kind @param {number} part */
  const describe = (call, kind, part) => {
    const middle = middleOf(histogram(call, kind, part), model.get("powers"));
    return middle === null ? `no ${KINDS[kind]}` : `${KINDS[kind]} around ${magnitudeText(middle)}`;
  };

  const label = () => {
    shares = bytes(model.get("shares"));
    const last = model.get("updates").length - 1;
    if (last < 0) return "Weights and gradients: nothing yet";
    const words = (/** @type {number} */ part) => KINDS.map((_, kind) => describe(last, kind, part)).join(", ");
    const parts = model.get("names").map((name, part) => `${name}: ${words(part)}`);
    return `Weights and gradients after ${countOf(model.get("updates")[last], "update")}: ${parts.join("; ")}`;
  };

  /** @param {Context} context @param {Size} size @param {Style} style @returns {Panel[]} */
  const layOut = (context, size, style) => {
    const count = model.get("names").length;
    const left = 22 + Math.max(...[-6, -3].map((power) => widthOf(context, powerText(power), style.smallFont)));
    const [width, height] = [(size.width - left - 4) / count, (size.height - HEAD - FOOT) / 2];
    return KINDS.flatMap((_, kind) =>
      model.get("names").map((_, part) => {
        const [x, y] = [left + part * width, HEAD + kind * height];
        return { kind, part, plot: { left: x, right: x + width - GAP, top: y, bottom: y + height - GAP / 2 } };
      }));
  };

  /** @param {Context} context @param {Panel} panel */
  const paintPanel = (context, { kind, part, plot }) => {
    const calls = model.get("updates").length;
    const height = bins();
    const image = new ImageData(calls, height);
    for (let call = 0; call < calls; call++) {
      histogram(call, kind, part).forEach((share, bin) => {
        if (share < FAINTEST) return;
        const colour = [...COLOURS.subarray(share * 3, share * 3 + 3), 255];
        image.data.set(colour, ((height - 1 - bin) * calls + call) * 4);
      });
    }
    const canvas = new OffscreenCanvas(calls, height);
    contextOf(canvas).putImageData(image, 0, 0);
    context.imageSmoothingEnabled = false;
    context.drawImage(canvas, plot.left, plot.top, plot.right - plot.left, plot.bottom - plot.top);
  };

  /** @param {Context} context @param {Style} style @param {Panel} panel */
  const paintAxes = (context, style, { kind, part, plot }) => {
    const small = { font: style.smallFont, colour: style.faint };
    const [lowest, highest] = model.get("powers");
    context.strokeStyle = style.line;
    context.lineWidth = 1;
    context.strokeRect(plot.left - 0.5, plot.top - 0.5, plot.right - plot.left + 1, plot.bottom - plot.top + 1);
    if (part === 0) {
      for (let power = Math.ceil((lowest + 1) / BETWEEN) * BETWEEN; power < highest; power += BETWEEN) {
        const share = (1 + ((power - lowest) / (highest - lowest)) * (bins() - 1)) / bins();
        const y = plot.bottom - share * (plot.bottom - plot.top);
        write(context, powerText(power), plot.left - 4, y, { ...small, align: "right" });
      }
      context.save();
      context.translate(8, (plot.top + plot.bottom) / 2);
      context.rotate(-Math.PI / 2);
      write(context, KINDS[kind], 0, 0, { ...small, align: "center" });
      context.restore();
    }
    if (kind === 0) {
      const name = shorten(context, model.get("names")[part], style.font, plot.right - plot.left);
      write(context, name, plot.left, HEAD / 2, { font: style.font, colour: style.ink });
      return;
    }
    const updates = model.get("updates");
    const [first, last] = [updates[0], updates[updates.length - 1]].map((update) => update.toLocaleString("en"));
    const y = plot.bottom + FOOT / 2 + 2;
    write(context, last, plot.right, y, { ...small, align: "right" });
    const room = plot.right - plot.left - widthOf(context, last, style.smallFont) - 8;
    const text = part === 0 ? `update ${first}` : first;
    if (updates.length > 1 && widthOf(context, text, style.smallFont) < room) write(context, text, plot.left, y, small);
  };

  /** @param {Context} context @param {Size} size @param {Style} style */
  const paint = (context, size, style) => {
    panels = [];
    if (model.get("updates").length === 0) {
      writeEmpty(context, size, style, model.get("empty"));
      return;
    }
    panels = layOut(context, size, style);
    for (const panel of panels) {
      paintPanel(context, panel);
      paintAxes(context, style, panel);
    }
  };

  /** @param {Context} context @param {Size} size @param {Style} style @param {Point | null} pointer */
  const overlay = (context, size, style, pointer) => {
    const under = pointer && panels.find(({ plot }) =>
      pointer.x >= plot.left && pointer.x <= plot.right && pointer.y >= plot.top && pointer.y <= plot.bottom);
    if (!pointer || !under) return;
    const updates = model.get("updates");
    const share = (pointer.x - under.plot.left) / (under.plot.right - under.plot.left);
    const call = Math.min(updates.length - 1, Math.floor(share * updates.length));
    tooltip(context, size, style, pointer, [
      `${model.get("names")[under.part]}, update ${updates[call].toLocaleString("en")}: ` +
        describe(call, under.kind, under.part),
      HELP[under.kind],
    ]);
  };

  keepDrawn({ model, el, signal, traits: ["names", "powers", "updates", "shares", "empty"], label, paint, overlay });
});

export default { render };
