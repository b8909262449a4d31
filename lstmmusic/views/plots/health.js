// How well each layer learns, in a row each: the course of its gradient norm, and bars for what is clipped and stuck.

import { bytes, keepDrawn, shorten, SMALL_FONT_SIZE, tooltip, write } from "../canvas.js";

const HEAD = 20; // pixels, of the headings
const LEAST = 1e-9; // the least norm that is drawn, where nothing is learned any more
// What is told of each layer. A share above its level gets the warning colour.
const COLUMNS = [
  {
    heading: "gradient norm",
    texts: [
      "How hard the loss pulls at this layer: the newest number, and its course on a logarithmic scale.",
      "Near nothing: it learns no more, so raise its rate. Leaping up: lower its rate or the clip.",
    ],
  },
  {
    heading: "clipped",
    level: 0.9,
    texts: [
      "Share of the layer's gradient that was larger than the clip, and cut down to it.",
      "Above 90 % little but the sign is left: raise the clip.",
    ],
  },
  {
    heading: "saturated gates",
    level: 0.5,
    texts: [
      "Share of the layer's gates that are nearly shut or wide open, where they hardly learn.",
      "Above 50 %: lower the layer's rate, or begin with smaller weights.",
    ],
  },
];

/** The layers, each with its name, its norms over time, and the newest share clipped and saturated. */
function readLayers(model) {
  const names = model.get("names");
  const numbers = new Float32Array(bytes(model, "history").buffer);
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

/** A norm in a few letters, since it may be of any size. */
function normText(norm) {
  if (!Number.isFinite(norm)) return "not finite";
  if (norm === 0) return "0";
  if (norm < 0.001 || norm >= 99_999.5) return norm.toExponential(0);
  return norm.toLocaleString("en", { maximumSignificantDigits: norm >= 1000 ? 5 : 3 });
}

/** A share as percent, where only nothing is 0 and only all is 100. */
function percentText(share) {
  const percent = Math.round(share * 100);
  if (percent === 0 && share > 0) return "<1 %";
  if (percent === 100 && share < 1) return ">99 %";
  return `${percent} %`;
}

/** Lines of whole words, none wider than `width`. */
function wrap(context, texts, font, width) {
  context.font = font;
  return texts.flatMap((text) => {
    const lines = [""];
    for (const word of text.split(" ")) {
      const longer = `${lines[lines.length - 1]} ${word}`.trim();
      if (context.measureText(longer).width <= width) lines[lines.length - 1] = longer;
      else lines.push(word);
    }
    return lines;
  });
}

function render({ model, el }) {
  let layers = [];
  let edges = []; // left and right edge of each column

  const label = () => {
    const told = readLayers(model).map(({ name, norm, shares: [clipped, saturated] }) => {
      const parts = [`gradient norm ${normText(norm)}`, `${percentText(clipped)} clipped`];
      if (!Number.isNaN(saturated)) parts.push(`${percentText(saturated)} of gates saturated`);
      return `${name}: ${parts.join(", ")}`;
    });
    return told.length ? `Health of the layers: ${told.join("; ")}` : "Health of the layers: nothing yet";
  };

  const layOut = (context, width, style) => {
    context.font = style.font;
    const names = Math.min(width * 0.22, Math.max(...layers.map(({ name }) => context.measureText(name).width)));
    const left = 8 + names + 14;
    const share = (width - left - 8) / 10; // the norm has four of ten, a bar three
    return [[left, left + share * 4 - 14], [left + share * 4, left + share * 7 - 14], [left + share * 7, width - 8]];
  };

  const paintNorm = (context, style, { norms, norm }, [left, right], y, height) => {
    const text = { font: style.smallFont, colour: Number.isFinite(norm) ? style.ink : style.warn, align: "right" };
    write(context, normText(norm), right, y, text);
    const scale = (value) => Math.log(Math.max(value, LEAST));
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

  const paintShare = (context, style, share, level, [left, right], y) => {
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
    context.fillStyle = style.faint;
    context.fillRect(Math.round(left + width * level), y - 6, 1, 12);
  };

  const paint = (context, size, style) => {
    layers = readLayers(model);
    if (layers.length === 0) {
      const text = { font: style.font, colour: style.faint, align: "center" };
      const shown = shorten(context, model.get("empty"), style.font, size.width - 16);
      write(context, shown, size.width / 2, size.height / 2, text);
      return;
    }
    edges = layOut(context, size.width, style);
    const heading = { font: style.smallFont, colour: style.faint };
    COLUMNS.forEach((column, index) => write(context, column.heading, edges[index][0], HEAD / 2 + 1, heading));
    const row = (size.height - HEAD - 2) / layers.length;
    layers.forEach((layer, index) => {
      const y = Math.round(HEAD + (index + 0.5) * row);
      const name = shorten(context, layer.name, style.font, edges[0][0] - 22);
      write(context, name, 8, y, { font: style.font, colour: style.ink });
      paintNorm(context, style, layer, edges[0], y, row * 0.7);
      layer.shares.forEach((share, at) => paintShare(context, style, share, COLUMNS[at + 1].level, edges[at + 1], y));
    });
  };

  const overlay = (context, size, style, pointer) => {
    if (!pointer || layers.length === 0) return;
    const column = COLUMNS[edges.findIndex(([, right]) => pointer.x <= right + 14)];
    if (!column) return;
    const width = Math.min(330, size.width - 40);
    tooltip(context, size, style, pointer, wrap(context, column.texts, style.smallFont, width));
  };

  return keepDrawn({ model, el, traits: ["names", "history", "empty"], label, paint, overlay });
}

export default { render };
