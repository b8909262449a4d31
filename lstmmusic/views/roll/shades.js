// Depth of colour: a soft note is close to the paper, one of the usual velocity has its plain colour, and a loud one is
// close to the ink, so that louder has more contrast in every theme.

import { contextOf } from "../canvas.js";
import { VELOCITY } from "../constants.js";
import { SOUNDS } from "./cells.js";

/** @import { Style } from "../canvas.js" */
/** @typedef {(value: number, step: number) => Colour} Shade  that of a cell that sounds */
/** @typedef {{ channels: number[], css: string }} Colour  as red, green and blue, and as the canvas takes it */

const SOFTEST = 0.4; // share of the colour in the softest note
const LOUDEST = 0.5; // share of the ink in the loudest

/** @type {Map<string, Colour[]>} */
const kept = new Map(); // by the colours that they are made of, which are those of a theme

/** The colours of velocities 0 to 127: @param {string} colour @param {Style} style */
function makeShades(colour, { paper, ink }) {
  const key = [colour, paper, ink].join();
  const known = kept.get(key);
  if (known) return known;
  const context = contextOf(new OffscreenCanvas(128, 1));
  const cover = (/** @type {number} */ x, /** @type {string} */ fill, /** @type {number} */ share) => {
    context.globalAlpha = share;
    context.fillStyle = fill;
    context.fillRect(x, 0, 1, 1);
  };
  for (let velocity = 0; velocity < 128; velocity++) {
    cover(velocity, paper, 1);
    cover(velocity, colour, Math.min(1, SOFTEST + ((1 - SOFTEST) * velocity) / VELOCITY));
    if (velocity > VELOCITY) cover(velocity, ink, (LOUDEST * (velocity - VELOCITY)) / (127 - VELOCITY));
  }
  const { data } = context.getImageData(0, 0, 128, 1);
  const shades = Array.from({ length: 128 }, (_, at) => {
    const channels = [...data.subarray(4 * at, 4 * at + 3)];
    return { channels, css: `rgb(${channels.join()})` };
  });
  kept.set(key, shades);
  return shades;
}

/**
 * The colour of each cell of a tune, of which the first steps are the primer; plain unless its velocities differ.
 * @param {Style} style @param {number} primer @param {boolean} dynamic @returns {Shade}
 */
export function shadesOf(style, primer, dynamic) {
  const [given, generated] = [makeShades(style.given, style), makeShades(style.brand, style)];
  return (value, step) => (step < primer ? given : generated)[dynamic ? value - SOUNDS : VELOCITY];
}
