// What the pointer reads in a cell of a roll: its note, its probability, and why it sounds or does not.

import { REASONS, WHOLE } from "../constants.js";
import { pitchName, SOUNDS } from "./cells.js";

/** @import { Model } from "../model.js" */
/** @import { Roll } from "./cells.js" */
/**
 * @typedef {{
 *   palette: "roll" | "probability", primer: number, lowest: number, step: number, unit: "seconds" | "beats",
 *   velocities: [number, number], meaning: string, primer_meaning: string, temperature: number, threshold: number,
 * }} Facts
 */

export const PLAIN = "probability"; // the meaning of a number that needs no more words
const NOT_DRAWN = WHOLE; // random numbers are below 1

/** Fill a sentence: @param {string} sentence @param {Record<string, string>} parts */
const fill = (sentence, parts) => sentence.replace(/\{(\w+)\}/g, (_, name) => parts[name]);

/**
 * Two numbers with as many digits, at least three, as it takes to see that the first is lower; null if five do not.
 * @param {number} lower @param {number} higher
 */
export function formatDistinct(lower, higher) {
  for (let digits = 3; digits <= 5; digits++) {
    const texts = [lower.toFixed(digits), higher.toFixed(digits)];
    if (Number(texts[0]) < Number(texts[1])) return texts;
  }
  return null;
}

/**
 * Why a cell sounds or not: a note sounds where its random number lies below its probability, and that is no lower than
 * the threshold. The numbers are rounded, so what sounds is the truth, and the words agree with it.
 * @param {boolean} sounds @param {number} chance @param {number} random @param {number} limit
 */
export function reason(sounds, chance, random, limit) {
  const about = chance.toFixed(3);
  if (sounds) {
    const texts = formatDistinct(random, chance);
    if (texts) return fill(REASONS.sounds, { random: texts[0], probability: texts[1] });
    return fill(REASONS.just_sounds, { random: about, probability: about });
  }
  const rounding = 2 / WHOLE;
  if (chance < limit || (random < chance - rounding && chance < limit + rounding)) {
    const short = Number(limit.toFixed(5));
    const threshold = short.toFixed(2).length < String(short).length ? String(short) : short.toFixed(2);
    const texts = formatDistinct(chance, limit);
    if (texts) return fill(REASONS.below_threshold, { probability: texts[0], threshold });
    return fill(REASONS.just_below_threshold, { threshold });
  }
  const [probability, number] = formatDistinct(chance, random) ?? [about, about];
  return fill(REASONS.silent, { random: number, probability });
}

/**
 * What a note does in a cell where it sounds, as far as it is known.
 * @param {Roll} roll @param {number} cell @param {boolean} hasVelocities
 */
function describeNote({ cells: { cells }, onsets, pitches }, cell, hasVelocities) {
  const before = cells[cell - pitches] >= SOUNDS;
  const begins = before ? "is struck again" : "is struck";
  const state = onsets.length ? (!before || onsets[cell] >= SOUNDS ? begins : "is held") : "sounds";
  return hasVelocities ? `${state}, velocity ${cells[cell] - SOUNDS}` : state;
}

/**
 * Lines about a cell; with `short`, as few as possible.
 * @param {Model<Facts>} model @param {Roll} roll @param {number} step @param {number} pitch @param {boolean} short
 */
export function describeCell(model, roll, step, pitch, short) {
  const hot = model.get("palette") === "probability";
  const { steps, pitches, probabilities, uniforms } = roll;
  const cell = step * pitches + pitch;
  const sounding = (hot ? roll.notes : roll.cells).cells;
  const sounds = sounding[cell] >= SOUNDS;
  const given = step < model.get("primer");
  const name = pitchName(model.get("lowest") + pitch);
  const heard = hot ? "sounds" : describeNote(roll, cell, model.get("velocities")[1] > 0);
  const state = sounding.length ? `${name} ${sounds ? heard : "is silent"}` : name;
  const place = `step ${step}, ${(step * model.get("step")).toFixed(2)} ${model.get("unit")}`;
  const lines = short ? [`${state}, ${place}`] : [state, place];
  const chance = probabilities.length ? probabilities[cell] / WHOLE : hot ? roll.cells.cells[cell] / 255 : null;
  const drawn = uniforms[cell - (steps * pitches - uniforms.length)] ?? NOT_DRAWN;
  const explained = sounding.length > 0 && !given && drawn !== NOT_DRAWN;
  if (chance !== null) {
    const meaning = (given && model.get("primer_meaning")) || model.get("meaning");
    lines.push(meaning === PLAIN ? `${PLAIN} ${chance.toFixed(2)}` : `${chance.toFixed(2)} ${meaning}`);
    if (explained && !short) lines.push(`at temperature ${model.get("temperature").toFixed(2)}`);
  }
  if (given) lines.push(REASONS.primer);
  if (chance !== null && explained) lines.push(reason(sounds, chance, drawn / WHOLE, model.get("threshold")));
  return lines;
}
