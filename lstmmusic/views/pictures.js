// Small pictures that explain controls: bars are probabilities of notes, in the colours of the theme.

/** @typedef {{ tag: string, attributes: Record<string, string | number>, text?: string }} Shape */

const [WIDTH, HEIGHT] = [240, 64];

/** A bar on the ground line: @param {number} x @param {number} height @param {string} kind a class */
const bar = (x, height, kind) => ({ tag: "rect", attributes: { class: kind, x, y: 60 - height, width: 9, height } });

/** Bars beside each other: @param {number} x @param {number[]} heights @param {(height: number) => string} kind */
const bars = (x, heights, kind = () => "") => heights.map((each, at) => bar(x + 14 * at, each, kind(each)));

/** @param {number} x @param {number} y @param {string} text @returns {Shape} */
const write = (x, y, text) => ({ tag: "text", attributes: { x, y }, text });

/** @param {string} path @param {string} kind @returns {Shape} */
const draw = (path, kind) => ({ tag: "path", attributes: { class: kind, d: path } });

/** @param {number} cx @param {number} cy @param {number} r @param {string} kind @returns {Shape} */
const dot = (cx, cy, r, kind) => ({ tag: "circle", attributes: { class: kind, cx, cy, r } });

/**
 * A curve that falls and rises, and steps between places from 0 to 1 on it.
 * @param {number} x @param {number[]} places
 */
function descend(x, places) {
  const points = places.map((at) => [x + 6 + 68 * at, 20 + 168 * at * (1 - at)]);
  const curve = draw(`M ${x + 6} 20 Q ${x + 40} 104 ${x + 74} 20`, "curve");
  return [curve, draw(`M ${points.join(" L ")}`, "line"), ...points.map(([cx, cy]) => dot(cx, cy, 3, "dot"))];
}

/** A unit of a layer, crossed out if it is `off`: @param {number} x @param {boolean} off */
function unit(x, off) {
  const cross = draw(`M ${x - 13} 19 L ${x + 13} 45 M ${x + 13} 19 L ${x - 13} 45`, "line");
  return off ? [dot(x, 32, 12, "faint"), cross] : [dot(x, 32, 12, "")];
}

/** A note of a row of steps: @param {number} at @param {boolean} taken @returns {Shape} */
function note(at, taken) {
  const place = { x: 6 + 9.6 * at, y: 34 - 7 * Math.abs((at % 5) - 2), width: 8, height: 7 };
  return { tag: "rect", attributes: { class: taken ? "" : "faint", ...place } };
}

const CUT = 24; // the height of a threshold

/** @type {Record<string, { words: string, shapes: Shape[] }>} */
export const PICTURES = {
  temperature: {
    words: "A low temperature makes likely notes likelier: one high bar; a high one makes all bars nearly equal",
    shapes: [
      ...bars(12, [3, 7, 38, 12, 5, 2]),
      ...bars(140, [15, 20, 30, 23, 18, 13]),
      write(12, 12, "low: daring less"),
      write(140, 12, "high: daring more"),
    ],
  },
  threshold: {
    words: "A line cuts the bars: notes whose bar ends below it are never played",
    shapes: [
      ...bars(24, [8, 40, 16, 52, 12, 30, 20, 46, 10, 34, 14, 22, 6], (each) => (each < CUT ? "faint" : "")),
      draw(`M 8 ${60 - CUT} H 232`, "line"),
    ],
  },
  dropout: {
    words: "Some units of a layer are crossed out: in each update others, at random, are left out",
    shapes: [20, 54, 88, 122, 156, 190, 224].flatMap((x, at) => unit(x, [1, 4, 5].includes(at))),
  },
  length: {
    words: "A row of steps, each a column of the piano roll; the length is how many of them there are",
    shapes: [
      ...Array.from({ length: 24 }, (_, at) => note(at, at < 15)),
      draw("M 6 54 H 149 M 6 49 V 59 M 149 49 V 59", "line"),
    ],
  },
  rate: {
    words: "Steps down a curve: small ones take long, good ones arrive, and those that are too large jump out",
    shapes: [
      ...descend(0, [0.04, 0.09, 0.14, 0.19]),
      ...descend(80, [0.08, 0.28, 0.42, 0.5]),
      ...descend(160, [0.35, 0.7, 0.2, 0.92]),
      write(6, 12, "too small"),
      write(98, 12, "good"),
      write(166, 12, "too large"),
    ],
  },
};

/** An element of SVG: @param {Shape} shape */
function drawn({ tag, attributes, text = "" }) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, `${value}`);
  made.textContent = text;
  return made;
}

/** A picture by its name: @param {string} name */
export function makePicture(name) {
  const { words, shapes } = PICTURES[name];
  const own = { class: "lstmmusic-picture", role: "img", "aria-label": words };
  const made = drawn({ tag: "svg", attributes: { ...own, viewBox: `0 0 ${WIDTH} ${HEIGHT}` } });
  made.append(...shapes.map(drawn));
  return made;
}
