// How runs differ on a plot: each has a colour and dashes of its own, and marks with corners or without.

/** @import { Colour, Style } from "../canvas.js" */
/** @import { CurveName } from "./curves.js" */
/** @typedef {{ colours: Record<CurveName, Colour>, dash: number[], dashed: number[], corners: boolean }} Look */

const SVG = "http://www.w3.org/2000/svg";
const SWATCH = { width: 30, height: 10 }; // pixels

const DASHES = [[], [8, 3], [2, 2], [8, 3, 2, 3], [14, 4], [5, 5], [14, 3, 2, 3, 2, 3], [1, 4]];

/** The look of a run that has a plot of its own: the dashes are those of its training and of its validation. */
export const ALONE = /** @type {Look} */ ({
  colours: { training: "brand", smoothed: "brand", validation: "warn" },
  ...{ dash: [], dashed: [8, 3], corners: false },
});

/** The look of one of several runs, by its number: @param {number} number @returns {Look} */
export function lookOf(number) {
  const colour = /** @type {Colour} */ (`run${number}`);
  const dash = DASHES[number % DASHES.length];
  return {
    colours: { training: colour, smoothed: colour, validation: colour },
    ...{ dash, dashed: dash, corners: number % 2 === 1 },
  };
}

/** A short line in the look of a run: @param {Look} look @param {Style} style */
export function makeSwatch({ colours, dash }, style) {
  const [picture, stroke] = [document.createElementNS(SVG, "svg"), document.createElementNS(SVG, "line")];
  const { width, height } = SWATCH;
  const ends = { x1: 1, x2: width - 1, y1: height / 2, y2: height / 2 };
  const drawn = { stroke: style[colours.validation], "stroke-width": 2.5, "stroke-dasharray": dash.join(" ") };
  for (const [name, value] of Object.entries({ width, height, "aria-hidden": "true" })) {
    picture.setAttribute(name, `${value}`);
  }
  for (const [name, value] of Object.entries({ ...ends, ...drawn })) stroke.setAttribute(name, `${value}`);
  picture.append(stroke);
  return picture;
}
