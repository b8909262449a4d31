// What is said of a cell of a roll: its note, its probability, and why it sounds or does not.

import { pitchName, SOUNDS } from "./cells.js";

export const PLAIN = "probability"; // the meaning of a number that needs no more words
const WHOLE = 65535; // a probability of one
const NOT_DRAWN = 65535; // no random number is one

/** Two numbers with as many digits, at least three, as it takes to see that the first is lower; null if five do not. */
function tellApart(lower, higher) {
  for (let digits = 3; digits <= 5; digits++) {
    const texts = [lower.toFixed(digits), higher.toFixed(digits)];
    if (Number(texts[0]) < Number(texts[1])) return texts;
  }
  return null;
}

/**
 * Why a cell sounds or not: a note sounds where its random number lies below its probability, and that is no lower than
 * the threshold. The numbers are rounded, so what sounds is the truth, and the words agree with it.
 */
function reason(sounds, chance, drawn, threshold) {
  const about = chance.toFixed(3);
  if (sounds) {
    const texts = tellApart(drawn, chance);
    return texts ? `${texts[0]} drawn, below ${texts[1]}: sounds` : `${about} drawn, just below ${about}: sounds`;
  }
  const rounding = 2 / WHOLE;
  if (chance < threshold || (drawn < chance - rounding && chance < threshold + rounding)) {
    const limit = Number(threshold.toFixed(5));
    const limitText = limit.toFixed(2).length < String(limit).length ? String(limit) : limit.toFixed(2);
    const texts = tellApart(chance, threshold);
    return texts
      ? `${texts[0]}, below the threshold ${limitText}: never sounds`
      : `just below the threshold ${limitText}: never sounds`;
  }
  const texts = tellApart(chance, drawn) ?? [about, about];
  return `${texts[1]} drawn, not below ${texts[0]}: silent`;
}

/** Lines about a cell; with `short` as few as there can be. */
export function describeCell(model, roll, step, pitch, short) {
  const hot = model.get("palette") === "probability";
  const { steps, pitches, probabilities, uniforms } = roll;
  const cell = step * pitches + pitch;
  const sounding = (hot ? roll.notes : roll.cells).cells;
  const sounds = sounding[cell] >= SOUNDS;
  const given = step < model.get("primer");
  const name = pitchName(model.get("lowest") + pitch);
  const state = sounding.length ? `${name} ${sounds ? "sounds" : "is silent"}` : name;
  const place = `step ${step}, ${(step * model.get("step")).toFixed(2)} ${model.get("unit")}`;
  const lines = short ? [`${state}, ${place}`] : [state, place];
  const chance = probabilities.length ? probabilities[cell] / WHOLE : hot ? roll.cells.cells[cell] / 255 : null;
  const drawn = uniforms[cell - (steps * pitches - uniforms.length)] ?? NOT_DRAWN;
  const explained = chance !== null && sounding.length > 0 && !given && drawn !== NOT_DRAWN;
  if (chance !== null) {
    const meaning = (given && model.get("primer_meaning")) || model.get("meaning");
    lines.push(meaning === PLAIN ? `${PLAIN} ${chance.toFixed(2)}` : `${chance.toFixed(2)} ${meaning}`);
    if (explained && !short) lines.push(`at temperature ${model.get("temperature").toFixed(2)}`);
  }
  if (given) lines.push("given by the primer");
  if (explained) lines.push(reason(sounds, chance, drawn / WHOLE, model.get("threshold")));
  return lines;
}
