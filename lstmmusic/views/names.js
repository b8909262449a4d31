// Names that are cut in the middle where there is no room: those of a sweep differ at their ends.

import { element } from "./element.js";

const END = 14; // letters that stay: the value of a setting, and the end of its name
const SHORT = 12; // letters of a name that is cut at its end
const WORD = 8; // of these, as many are left out so that what stays begins with a word

/**
 * A name in two parts, between which it is cut: the second stays, and is at most half of it.
 * @param {string} name @returns {[string, string]}
 */
export function partName(name) {
  const letters = [...name];
  if (letters.length < SHORT) return [name, ""];
  const least = Math.max(Math.ceil(letters.length / 2), letters.length - END);
  const space = letters.indexOf(" ", least);
  const cut = space >= 0 && space < least + WORD ? space : least;
  return [letters.slice(0, cut).join(""), letters.slice(cut).join("")];
}

/** Fill an element with a name, which is whole in its tooltip: @param {HTMLElement} el @param {string} name */
export function fillName(el, name) {
  const [start, end] = partName(name.replaceAll(/\s/g, " ")); // which the style sheet keeps, and no new lines
  el.classList.add("lstmmusic-name");
  el.dir = "auto";
  if (name) el.title = name;
  el.append(element("span", {}, start), element("span", {}, element("bdi", {}, end)));
}
