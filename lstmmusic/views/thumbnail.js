// Small pictures of notes.

import { contextOf } from "./canvas.js";

/** Ones and zeros of bits, the first in the highest: @param {Uint8Array} packed @param {number} count */
export function unpackBits(packed, count) {
  return Uint8Array.from({ length: count }, (_, place) => (packed[place >> 3] >> (7 - (place & 7))) & 1);
}

/**
 * A picture as a mask in CSS, so that the style sheet has its colour; pitches rise upwards.
 * @param {Uint8Array} cells @param {[number, number]} shape  steps and pitches, at least one of each
 */
export function maskOf(cells, [steps, pitches]) {
  const canvas = document.createElement("canvas");
  canvas.width = steps;
  canvas.height = pitches;
  const context = contextOf(canvas);
  const image = context.createImageData(steps, pitches);
  for (let step = 0; step < steps; step++) {
    for (let pitch = 0; pitch < pitches; pitch++) {
      const pixel = (pitches - 1 - pitch) * steps + step;
      image.data[pixel * 4 + 3] = cells[step * pitches + pitch] * 255;
    }
  }
  context.putImageData(image, 0, 0);
  return `url(${canvas.toDataURL()})`;
}
