// What the pointer reads in a cell of a roll: its note, its probability, and why it sounds or does not.

import { REASONS, WHOLE } from "../constants.js";
import { countOf } from "../numbers.js";
import { placeInBars } from "./bars.js";
import { pitchName, SOUNDS } from "./cells.js";

/** @import { Model } from "../model.js" */
/** @import { Metre } from "./bars.js" */
/** @import { Note, Roll } from "./cells.js" */
/**
 * @typedef {{
 *   palette: "roll" | "probability", primer: number, lowest: number, step: number, unit: "seconds" | "beats",
 *   bars: Metre[], velocities: [number, number], meaning: string, primer_meaning: string, temperature: number,
 *   threshold: number,
 * }} Facts
 */

export const PLAIN = "probability"; // the meaning of a number that needs no more words
const NOT_DRAWN = WHOLE; // random numbers are below 1

/** Fill a sentence: @param {string} sentence @param {Record<string, string>} parts */
const fill = (sentence, parts) => sentence.replace(/\{(\w+)\}/g, (_, name) => parts[name]);

/**
 * Two numbers with as many digits, at least `least`, as it takes to see that the first is lower; null if five do not.
 * @param {number} lower @param {number} higher
 */
export function formatDistinct(lower, higher, least = 3) {
  for (let digits = least; digits <= 5; digits++) {
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

/** Where a step is, in few words: @param {Model<Facts>} model @param {number} step */
function namePlace(model, step) {
  return model.get("bars").length ? placeInBars(model.get("bars"), step) : describePlace(model, step);
}

/** Where a step is: @param {Model<Facts>} model @param {number} step */
function describePlace(model, step) {
  const place = `step ${step}, ${(step * model.get("step")).toFixed(2)} ${model.get("unit")}`;
  return model.get("bars").length ? `${placeInBars(model.get("bars"), step)}, ${place}` : place;
}

/**
 * A note in words, "C5, bar 5 beat 2, 4 steps".
 * @param {Model<Facts>} model @param {Note & { velocity: number }} note
 */
export function nameNote(model, { pitch, start, end, velocity }) {
  const count = countOf(end - start, "step");
  const place = namePlace(model, start);
  return `${pitchName(model.get("lowest") + pitch)}, ${place}, ${count}${velocity ? `, velocity ${velocity}` : ""}`;
}

/** A stretch of steps in words: @param {Model<Facts>} model @param {number} start @param {number} stop */
export function nameStretch(model, start, stop) {
  const metres = model.get("bars");
  if (!metres.length) return `steps ${start} to ${stop}`;
  return `${placeInBars(metres, start)} to ${placeInBars(metres, stop)}`;
}

/**
 * What a cell has: whether it sounds, its probability and what that means, its random number, or null where there are
 * none.
 * @param {Model<Facts>} model @param {Roll} roll @param {number} step @param {number} pitch
 */
function readCell(model, roll, step, pitch) {
  const hot = model.get("palette") === "probability";
  const { steps, pitches, probabilities, uniforms } = roll;
  const cell = step * pitches + pitch;
  const sounding = (hot ? roll.notes : roll.cells).cells;
  const sounds = sounding[cell] >= SOUNDS;
  const given = step < model.get("primer");
  const heard = hot ? "sounds" : describeNote(roll, cell, model.get("velocities")[1] > 0);
  const drawn = uniforms[cell - (steps * pitches - uniforms.length)] ?? NOT_DRAWN;
  return {
    ...{ sounds, given, name: pitchName(model.get("lowest") + pitch) },
    state: !sounding.length ? "" : sounds ? heard : "is silent",
    chance: probabilities.length ? probabilities[cell] / WHOLE : hot ? roll.cells.cells[cell] / 255 : null,
    meaning: (given && model.get("primer_meaning")) || model.get("meaning"),
    drawn: sounding.length > 0 && !given && drawn !== NOT_DRAWN ? drawn / WHOLE : null,
  };
}

/** A probability without the zero before its point: @param {string} number */
const bare = (number) => number.replace(/^0/, "");

/**
 * One line about a cell: "C5, bar 5 beat 2: struck, p .43, drawn .21".
 * @param {Model<Facts>} model @param {Roll} roll @param {number} step @param {number} pitch
 */
export function summariseCell(model, roll, step, pitch) {
  const { given, name, state, chance, meaning, drawn } = readCell(model, roll, step, pitch);
  const facts = state ? [state.replace(/^is /, "")] : [];
  if (chance !== null && drawn !== null) {
    const limit = model.get("threshold");
    const order = drawn < chance ? [drawn, chance] : [chance, drawn];
    const numbers = formatDistinct(order[0], order[1], 2) ?? order.map((number) => number.toFixed(2));
    const [probability, random] = drawn < chance ? [numbers[1], numbers[0]] : numbers;
    facts.push(`p ${bare(probability)}`, `drawn ${bare(random)}`);
    if (chance < limit) facts.push(`below the threshold ${bare(Number(limit.toFixed(5)).toString())}`);
  } else if (chance !== null) {
    facts.push(`p ${bare(chance.toFixed(2))}${meaning === PLAIN ? "" : ` ${meaning}`}`);
  }
  if (given) facts.push(REASONS.primer);
  return `${name}, ${namePlace(model, step)}${facts.length ? `: ${facts.join(", ")}` : ""}`;
}

/**
 * Lines about a cell; with `short`, as few as possible.
 * @param {Model<Facts>} model @param {Roll} roll @param {number} step @param {number} pitch @param {boolean} short
 */
export function describeCell(model, roll, step, pitch, short) {
  const { sounds, given, name, state, chance, meaning, drawn } = readCell(model, roll, step, pitch);
  const [note, place] = [state ? `${name} ${state}` : name, describePlace(model, step)];
  const lines = short ? [`${note}, ${place}`] : [note, place];
  if (chance !== null) {
    lines.push(meaning === PLAIN ? `${PLAIN} ${chance.toFixed(2)}` : `${chance.toFixed(2)} ${meaning}`);
    if (drawn !== null && !short) lines.push(`at temperature ${model.get("temperature").toFixed(2)}`);
  }
  if (given) lines.push(REASONS.primer);
  if (chance !== null && drawn !== null) lines.push(reason(sounds, chance, drawn, model.get("threshold")));
  return lines;
}
