// Numbers of a layer as bytes: what they mean, and their colours. Knows nothing about pictures.

import { DIVERGING } from "../constants.js";
import { COLOURS } from "../roll/heat.js";

/** @import { Style } from "../canvas.js" */
/** @typedef {{ signed: boolean, limit: number }} Scale  whether numbers reach from -limit to limit, or from 0 to it */

const DECADES = 6; // of the weights of past steps that are shown
const ZERO = 127; // the byte of zero where numbers are signed; 254 is the limit

/** The number that a byte stands for: @param {number} byte @param {Scale} scale */
export const numberOf = (byte, { signed, limit }) => {
  return signed ? ((byte - ZERO) / ZERO) * limit : (byte / 255) * limit;
};

/** The byte of zero: @param {Scale} scale */
export const zeroOf = ({ signed }) => (signed ? ZERO : 0);

/**
 * Steps [from, to) of a grid of bytes in at most so many columns, and its units in at most so many rows. Where several
 * numbers share a cell it has the one that is farthest from zero, so that nothing short is lost.
 * @param {Uint8Array} values @param {number} units @param {number} from @param {number} to
 * @param {number} columns @param {number} rows @param {number} zero
 */
export function gather(values, units, from, to, columns, rows, zero) {
  const [width, height] = [Math.max(1, Math.min(to - from, columns)), Math.max(1, Math.min(units, rows))];
  const cells = new Uint8Array(width * height).fill(zero);
  for (let step = from; step < to; step++) {
    const x = Math.floor(((step - from) * width) / (to - from));
    for (let unit = 0; unit < units; unit++) {
      const cell = Math.floor((unit * height) / units) * width + x;
      const value = values[step * units + unit];
      if (Math.abs(value - zero) > Math.abs(cells[cell] - zero)) cells[cell] = value;
    }
  }
  return { cells, width, height };
}

/** Red, green and blue of a colour such as "#1f77b4": @param {string} colour */
const channelsOf = (colour) => [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));

/**
 * Red, green and blue of the 256 bytes: signed numbers go from the paper to one of two colours, by the root of their
 * size, so that small ones can be seen; others are viridis.
 * @param {boolean} signed @param {number[]} paper @param {boolean} dark
 */
export function makeColours(signed, paper, dark) {
  if (!signed) return COLOURS;
  const ends = DIVERGING[dark ? "dark" : "light"].map(channelsOf);
  const colours = new Uint8Array(256 * 3);
  for (let byte = 0; byte < 256; byte++) {
    const share = Math.sqrt(Math.min(1, Math.abs(byte - ZERO) / ZERO));
    const end = ends[byte < ZERO ? 0 : 1];
    for (let at = 0; at < 3; at++) colours[3 * byte + at] = Math.round(paper[at] + share * (end[at] - paper[at]));
  }
  return colours;
}

/** Heights of bars, 0 to 1, from a millionth of the largest weight to it: @param {Float32Array} weights */
export function pastHeights(weights) {
  const most = weights.reduce((highest, weight) => Math.max(highest, weight), 0);
  return Array.from(weights, (weight) => (weight > 0 ? Math.max(0, 1 + Math.log10(weight / most) / DECADES) : 0));
}
