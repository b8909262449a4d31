// Cells as colours: the heat map with its scale, and the small picture of a whole roll.

import { contextOf } from "../canvas.js";
import { VIRIDIS } from "../constants.js";
import { SOUNDS } from "./cells.js";

/** @import { Context } from "../canvas.js" */
/** @import { Layer } from "./cells.js" */
/** @import { Grid, Range, Scene } from "./layout.js" */
/**
 * Writes the colour of a byte in a column of an image.
 * @typedef {(data: Uint8ClampedArray, at: number, value: number, column: number) => void} Ink
 */

const SCALE = VIRIDIS.map((colour) => [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16)));

/** Red, green and blue of 256 colours, one colour after the other. */
export const COLOURS = new Uint8Array(256 * 3);
for (let value = 0; value < 256; value++) {
  const position = (value / 255) * (SCALE.length - 1);
  const index = Math.min(Math.floor(position), SCALE.length - 2);
  for (let channel = 0; channel < 3; channel++) {
    const [from, to] = [SCALE[index][channel], SCALE[index + 1][channel]];
    COLOURS[value * 3 + channel] = Math.round(from + (to - from) * (position - index));
  }
}

/** @type {Ink} */
function colourInk(data, at, value) {
  data[at] = COLOURS[value * 3];
  data[at + 1] = COLOURS[value * 3 + 1];
  data[at + 2] = COLOURS[value * 3 + 2];
  data[at + 3] = 255;
}

/** How opaque a probability is on paper, where what is unlikely should not be the darkest: @param {number} value */
const opacityOf = (value) => (value < 3 ? 0 : Math.min(255, 45 + 1.3 * value));

/** @type {Ink} */
function paleInk(data, at, value, column) {
  colourInk(data, at, value, column);
  data[at + 3] = opacityOf(value);
}

/** @type {Ink} */
export function noteInk(data, at, value) {
  if (value >= SOUNDS) data[at + 3] = 255;
}

/**
 * Steps [from, to) of a grid of bytes as an image of one pixel a cell.
 * @param {Uint8Array} cells @param {Range} grid @param {number} from @param {number} to @param {Ink} ink
 */
function makeImage(cells, { pitches, low, high }, from, to, ink) {
  const width = to - from;
  const image = new ImageData(width, high - low + 1);
  for (let step = from; step < to; step++) {
    for (let pitch = low; pitch <= high; pitch++) {
      ink(image.data, ((high - pitch) * width + step - from) * 4, cells[step * pitches + pitch], step);
    }
  }
  const canvas = new OffscreenCanvas(width, high - low + 1);
  contextOf(canvas).putImageData(image, 0, 0);
  return canvas;
}

/**
 * Colour what is not empty in an image.
 * @param {OffscreenCanvas} image @param {string} colour
 */
export function tint(image, colour) {
  const context = contextOf(image);
  context.globalCompositeOperation = "source-in";
  context.fillStyle = colour;
  context.fillRect(0, 0, image.width, image.height);
}

/**
 * Draw the window onto a layer as an image; `dye` may colour it. Its columns are those of a copy of the layer.
 * @param {Context} context @param {Grid} grid @param {Layer} layer @param {Ink} ink
 * @param {(image: OffscreenCanvas) => void} dye
 */
export function paintImage(context, grid, layer, ink, dye = () => {}) {
  const { pitches, first, span, column, level } = grid;
  const copy = layer.copy(level);
  const length = 2 ** level;
  const from = Math.floor(first / length);
  const to = Math.min(Math.ceil((first + span) / length), copy.length / pitches);
  if (to <= from) return;
  const image = makeImage(copy, grid, from, to, ink);
  dye(image);
  const width = (to - from) * length * column;
  context.imageSmoothingEnabled = false;
  context.drawImage(image, grid.x(from * length), grid.y(grid.high), width, (grid.high - grid.low + 1) * grid.row);
}

/** The probabilities in the window. Where many steps share a pixel, it shows the highest: @param {Scene} scene */
export function paintHeat({ context, grid }) {
  paintImage(context, grid, grid.cells, colourInk);
}

/** The probabilities in the window, on paper: @param {Scene} scene */
export function paintUnderlay({ context, grid }) {
  paintImage(context, grid, grid.chances, paleInk);
}

/**
 * The colours of probabilities; `pale` as on paper.
 * @param {Context} context @param {number} left @param {number} y @param {number} length @param {boolean} pale
 */
export function paintScale(context, left, y, length, pale) {
  for (let x = 0; x < length; x++) {
    const value = Math.round((x / (length - 1)) * 255);
    const opacity = pale ? opacityOf(value) / 255 : 1;
    context.fillStyle = `rgba(${COLOURS.subarray(3 * value, 3 * value + 3).join()}, ${opacity})`;
    context.fillRect(left + x, y - 5, 1, 10);
  }
}

/**
 * The notes of a whole roll as an image in one colour, with at most two pixels for each pixel on the screen.
 * @param {Layer} layer @param {Range} grid @param {number} pixelsPerStep @param {string} colour
 */
export function miniature(layer, grid, pixelsPerStep, colour) {
  const copy = layer.copy(layer.level(pixelsPerStep));
  const image = makeImage(copy, grid, 0, copy.length / grid.pitches, noteInk);
  tint(image, colour);
  return image;
}
