// How well each layer learns: its gradient norm over time, and bars for what is clipped or saturated.

import { keepDrawn, shorten, SMALL_FONT_SIZE, tooltip, widthOf, write, writeEmpty } from "../canvas.js";
import { bytes, withSignal } from "../model.js";

/** @import { Context, Point, Size, Style } from "../canvas.js" */
/** @import { Model } from "../model.js" */
/** @typedef {{ names: string[], history: DataView, empty: string, by_norm: boolean }} Data */
/** @typedef {Data & { height: number, fill: boolean }} State */
/** @typedef {[number, number]} Ends  left and right edge of a column */

const HEAD = 20; // pixels, of the headings
const LEAST = 1e-9; // the least norm that is drawn, where a layer has stopped learning
// What is shown of each layer. A share above its level gets the warning colour.
const NORM = {
  heading: "gradient norm",
  level: Infinity,
  texts: [
    "How strongly the loss pulls at this layer: the newest value, and its history on a logarithmic scale.",
    "Near zero: it has stopped learning, so raise its rate. Jumping up: lower its rate or the clip.",
  ],
};
const CLIPPED = {
  heading: "clipped",
  level: 0.9,
  texts: [
    "Share of the layer's gradient that was larger than the clip, and cut down to it.",
    "Above 90% little but the sign is left: raise the clip.",
  ],
};
const UPDATES_CLIPPED = {
  heading: "updates clipped",
  level: Infinity,
  texts: [
    "Share of the last updates whose gradient, of all layers together, was longer than the clip, and shortened to it.",
    "Its direction stays, so that even 100% does no harm; if learning is slow, raise the clip.",
  ],
};
const SATURATED = {
  heading: "saturated gates",
  level: 0.5,
  texts: [
    "Share of the layer's gates that are nearly shut or wide open, where they hardly learn.",
    "Above 50%: lower the layer's rate, or start with smaller weights.",
  ],
};

/**
 * The layers, each with its name, its norms over time, and the newest share clipped and saturated.
 * @param {Model<State>} model
 */
function readLayers(model) {
  const names = model.get("names");
  const numbers = new Float32Array(bytes(model.get("history")).buffer);
  const width = names.length * 3;
  const calls = width ? Math.floor(numbers.length / width) : 0;
  if (calls === 0) return [];
  const last = (calls - 1) * width;
  return names.map((name, layer) => ({
    name,
    norms: Array.from({ length: calls }, (_, call) => numbers[call * width + layer * 3]),
    norm: numbers[last + layer * 3],
    shares: [numbers[last + layer * 3 + 1], numbers[last + layer * 3 + 2]],
  }));
}

/** A norm in a few characters, since it may be of any size: @param {number} norm */
export function normText(norm) {
  if (!Number.isFinite(norm)) return "not finite";
  if (norm === 0) return "0";
  if (norm < 0.001 || norm >= 99_999.5) return norm.toExponential(0);
  return norm.toLocaleString("en", { maximumSignificantDigits: norm >= 1000 ? 5 : 3 });
}

/** A share in percent, where 0 means none at all and 100 means all: @param {number} share */
export function percentText(share) {
  const percent = Math.round(share * 100);
  if (percent === 0 && share > 0) return "<1%";
  if (percent === 100 && share < 1) return ">99%";
  return `${percent}%`;
}

/**
 * Lines of whole words, none wider than `width`.
 * @param {Context} context @param {string[]} texts @param {string} font @param {number} width
 */
function wrap(context, texts, font, width) {
  return texts.flatMap((text) => {
    const lines = [""];
    for (const word of text.split(" ")) {
      const longer = `${lines[lines.length - 1]} ${word}`.trim();
      if (widthOf(context, longer, font) <= width) lines[lines.length - 1] = longer;
      else lines.push(word);
    }
    return lines;
  });
}

const render = withSignal((/** @type {Model<State>} */ model, el, signal) => {
  /** @type {ReturnType<typeof readLayers>} */
  let layers = [];
  /** @type {Ends[]} */
  let edges = []; // of each column
  const columns = () => [NORM, model.get("by_norm") ? UPDATES_CLIPPED : CLIPPED, SATURATED];

  const label = () => {
    const parts = readLayers(model).map(({ name, norm, shares: [clipped, saturated] }) => {
      const what = model.get("by_norm") ? "of updates clipped" : "clipped";
      const texts = [`gradient norm ${normText(norm)}`, `${percentText(clipped)} ${what}`];
      if (!Number.isNaN(saturated)) texts.push(`${percentText(saturated)} of gates saturated`);
      return `${name}: ${texts.join(", ")}`;
    });
    return `Health of the layers: ${parts.length ? parts.join("; ") : "nothing yet"}`;
  };

  /** @param {Context} context @param {number} width @param {Style} style @returns {Ends[]} */
  const layOut = (context, width, style) => {
    const names = Math.min(width * 0.22, Math.max(...layers.map(({ name }) => widthOf(context, name, style.font))));
    const left = 8 + names + 14;
    const share = (width - left - 8) / 10; // the norm has four of ten, a bar three
    return [[left, left + share * 4 - 14], [left + share * 4, left + share * 7 - 14], [left + share * 7, width - 8]];
  };

  /** @param {Context} context @param {Style} style @param {number[]} norms @param {number} y @param {number} height */
  const paintNorms = (context, style, norms, y, height) => {
    const [left, right] = edges[0];
    const norm = norms[norms.length - 1];
    const colour = Number.isFinite(norm) ? style.ink : style.warn;
    write(context, normText(norm), right, y, { font: style.smallFont, colour, align: "right" });
    const scale = (/** @type {number} */ value) => Math.log(Math.max(value, LEAST));
    const heights = norms.filter(Number.isFinite).map(scale);
    const middle = (Math.min(...heights) + Math.max(...heights)) / 2;
    const span = Math.max(Math.max(...heights) - Math.min(...heights), Math.log(4)); // a steady norm looks steady
    const end = right - 56; // left of the number
    const step = (end - left) / Math.max(1, norms.length - 1);
    context.strokeStyle = style.brand;
    context.lineWidth = 1.5;
    context.lineJoin = "round";
    context.beginPath();
    norms.forEach((value, call) => {
      if (!Number.isFinite(value)) return;
      context.lineTo(left + call * step, y - ((scale(value) - middle) / span) * height);
    });
    context.stroke();
    if (norms.length > 1 || !Number.isFinite(norm)) return;
    context.fillStyle = style.brand;
    context.fillRect(left, y - 1, 3, 3);
  };

  /** @param {Context} context @param {Style} style @param {number} share @param {number} column @param {number} y */
  const paintShare = (context, style, share, column, y) => {
    const [[left, right], { level }] = [edges[column], columns()[column]];
    if (Number.isNaN(share)) {
      write(context, "no gates", right, y, { font: style.smallFont, colour: style.faint, align: "right" });
      return;
    }
    const high = share > level;
    const font = high ? style.boldFont.replace(/\d+px/, `${SMALL_FONT_SIZE}px`) : style.smallFont;
    write(context, percentText(share), right, y, { font, colour: style.ink, align: "right" });
    const width = right - 48 - left;
    context.fillStyle = style.line;
    context.fillRect(left, y - 4, width, 8);
    context.fillStyle = high ? style.warn : style.brand;
    context.fillRect(left, y - 4, width * share, 8);
    if (level > 1) return;
    context.fillStyle = style.faint;
    context.fillRect(Math.round(left + width * level), y - 6, 1, 12);
  };

  /** @param {Context} context @param {Size} size @param {Style} style */
  const paint = (context, size, style) => {
    layers = readLayers(model);
    if (layers.length === 0) {
      writeEmpty(context, size, style, model.get("empty"));
      return;
    }
    edges = layOut(context, size.width, style);
    const heading = { font: style.smallFont, colour: style.faint };
    columns().forEach((column, index) => write(context, column.heading, edges[index][0], HEAD / 2 + 1, heading));
    const row = (size.height - HEAD - 2) / layers.length;
    layers.forEach((layer, index) => {
      const y = Math.round(HEAD + (index + 0.5) * row);
      const name = shorten(context, layer.name, style.font, edges[0][0] - 22);
      write(context, name, 8, y, { font: style.font, colour: style.ink });
      paintNorms(context, style, layer.norms, y, row * 0.7);
      layer.shares.forEach((share, at) => paintShare(context, style, share, at + 1, y));
    });
  };

  /** @param {Context} context @param {Size} size @param {Style} style @param {Point | null} pointer */
  const overlay = (context, size, style, pointer) => {
    if (!pointer || layers.length === 0) return;
    const column = columns()[edges.findIndex(([, right]) => pointer.x <= right + 14)];
    if (!column) return;
    const width = Math.min(330, size.width - 40);
    tooltip(context, size, style, pointer, wrap(context, column.texts, style.smallFont, width));
  };

  keepDrawn({ model, el, signal, traits: ["names", "history", "empty", "by_norm"], label, paint, overlay });
});

export default { render };
