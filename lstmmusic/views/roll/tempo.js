// When the steps of a tune are played: a tempo, and perhaps others from later steps on.

import { firstIndex } from "../numbers.js";

/** @typedef {[number, number]} Tempo  the step from which it holds, and seconds per step */
/** @typedef {ReturnType<typeof readTempoMap>} TempoMap */

/** Conversions between steps and seconds of a tune: @param {Tempo[]} tempi  the first at step 0 */
export function readTempoMap(tempi) {
  const begins = [0]; // seconds at which each tempo begins
  for (let place = 1; place < tempi.length; place++) {
    const [step, length] = tempi[place - 1];
    begins.push(begins[place - 1] + (tempi[place][0] - step) * length);
  }
  const last = (/** @type {(place: number) => boolean} */ isLater) => {
    return Math.max(firstIndex(tempi.length, isLater) - 1, 0);
  };
  return {
    /** @param {number} step */
    toSeconds: (step) => {
      const place = last((index) => tempi[index][0] > step);
      return begins[place] + (step - tempi[place][0]) * tempi[place][1];
    },
    /** @param {number} seconds */
    toSteps: (seconds) => {
      const place = last((index) => begins[index] > seconds);
      return tempi[place][0] + (seconds - begins[place]) / tempi[place][1];
    },
    /** Steps between two others at which the tempo changes: @param {number} from @param {number} to */
    changes: (from, to) => tempi.map(([step]) => step).filter((step) => step > from && step < to),
  };
}
