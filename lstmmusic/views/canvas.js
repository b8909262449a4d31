// What all views with a canvas share: it stays sharp, and follows the size of its container, the theme and the pointer.

import { PALETTE } from "./constants.js";
import { onChange } from "./model.js";
import { partName } from "./names.js";

/** @import { Model } from "./model.js" */
/** @typedef {CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D} Context */
/** @typedef {{ x: number, y: number }} Point */
/** @typedef {{ width: number, height: number, ratio: number }} Size */
/** @typedef {{ left: number, right: number, top: number, bottom: number }} Edges */
/** @typedef {ReturnType<typeof readStyle>} Style */
/** @typedef {keyof typeof PALETTE.light | "ink" | "faint" | "paper" | "raised" | "line"} Colour */
/** @typedef {{ font: string, colour: string, align?: CanvasTextAlign }} Font */

export const FONT_SIZE = 12;
export const SMALL_FONT_SIZE = 11;
const KEPT = 3; // letters at the start of a text that is cut: "A: "
/** @type {Colour[]} */
const OF_THEME = ["ink", "faint", "paper", "raised", "line"];

/** The 2D context of a canvas: @param {HTMLCanvasElement | OffscreenCanvas} canvas */
export function contextOf(canvas) {
  return /** @type {Context} */ (canvas.getContext("2d"));
}

/** @type {Map<string, boolean>} */
const known = new Map(); // whether a colour is dark: each movement of the pointer asks for that of the paper

/** Whether a colour is dark, in any notation of CSS: @param {string} colour */
function isDark(colour) {
  const kept = known.get(colour);
  if (kept !== undefined) return kept;
  const context = contextOf(new OffscreenCanvas(1, 1));
  context.fillStyle = colour;
  context.fillRect(0, 0, 1, 1);
  const [red, green, blue] = context.getImageData(0, 0, 1, 1).data;
  const dark = 0.2126 * red + 0.7152 * green + 0.0722 * blue < 128;
  known.set(colour, dark);
  return dark;
}

/** The colours and fonts of an element in the current theme: @param {HTMLElement} element */
export function readStyle(element) {
  const style = getComputedStyle(element);
  const colours = Object.fromEntries(OF_THEME.map((name) => [name, style.getPropertyValue(`--view-${name}`).trim()]));
  return {
    .../** @type {Record<Colour, string>} */ ({ ...colours, ...PALETTE[isDark(colours.paper) ? "dark" : "light"] }),
    font: `${FONT_SIZE}px ${style.fontFamily}`,
    smallFont: `${SMALL_FONT_SIZE}px ${style.fontFamily}`,
    boldFont: `600 ${FONT_SIZE}px ${style.fontFamily}`,
  };
}

/** @param {Context} context @param {string} text @param {number} x @param {number} y @param {Font} font */
export function write(context, text, x, y, { font, colour, align = "left" }) {
  context.font = font;
  context.fillStyle = colour;
  context.textAlign = align;
  context.textBaseline = "middle";
  context.fillText(text, x, y);
}

/** @param {Context} context @param {string} text @param {string} font */
export function widthOf(context, text, font) {
  context.font = font;
  return context.measureText(text).width;
}

/**
 * The text, or its start and its end if it is too wide, or as much of both as there is room for.
 * @param {Context} context @param {string} text @param {string} font @param {number} width
 */
export function shorten(context, text, font, width) {
  if (widthOf(context, text, font) <= width) return text;
  const [start, end] = partName(text).map((part) => [...part]);
  const shown = () => `${start.join("")}…${end.join("")}`;
  const isWide = () => widthOf(context, shown(), font) > width;
  while (start.length > KEPT && isWide()) start.pop();
  while (end.length && isWide()) end.shift();
  while (start.length && isWide()) start.pop();
  return shown();
}

/** @param {Context} context @param {number} x1 @param {number} y1 @param {number} x2 @param {number} y2 */
export function line(context, x1, y1, x2, y2) {
  context.beginPath();
  context.moveTo(x1, y1);
  context.lineTo(x2, y2);
  context.stroke();
}

/**
 * Write in the middle of a picture that has nothing to show.
 * @param {Context} context @param {Size} size @param {Style} style @param {string} text
 */
export function writeEmpty(context, size, style, text) {
  const shown = shorten(context, text, style.font, size.width - 16);
  write(context, shown, size.width / 2, size.height / 2, { font: style.font, colour: style.faint, align: "center" });
}

/**
 * A box of text lines beside a point, inside the picture.
 * @param {Context} context @param {Size} size @param {Style} style @param {Point} point @param {string[]} lines
 */
export function tooltip(context, size, style, point, lines) {
  const width = Math.max(...lines.map((text) => widthOf(context, text, style.smallFont))) + 16;
  const height = lines.length * 16 + 8;
  const beside = point.x + 12 + width <= size.width ? point.x + 12 : point.x - 12 - width;
  const left = Math.max(0, beside);
  // If there is no room beside the point, the box goes above or below it, so that the point stays visible.
  const above = point.y > size.height / 2 ? point.y - 12 - height : point.y + 12;
  const top = Math.max(0, Math.min(beside < 0 ? above : point.y - height / 2, size.height - height));
  context.fillStyle = style.raised;
  context.strokeStyle = style.faint;
  context.lineWidth = 1;
  context.beginPath();
  context.roundRect(Math.round(left) + 0.5, Math.round(top) + 0.5, Math.round(width), height - 1, 3);
  context.fill();
  context.stroke();
  const font = { font: style.smallFont, colour: style.ink };
  lines.forEach((text, index) => write(context, text, Math.round(left) + 8, Math.round(top) + 12 + index * 16, font));
}

/**
 * Put a canvas into `el` and keep it drawn until the signal; returns the canvas, a function that draws all of it again
 * (`change`), and one that draws only its overlay again (`move`).
 *
 * It is as many pixels high as `height` and `extra()` together, or where `fill` or `sized()` as the page lays it out,
 * with `fill` at least `height` and `needed()` together.
 * `paint` draws what depends on the data, which is kept; `overlay` draws on a copy of it, for the pointer and for what
 * moves (`moving` traits). `label` describes the picture to readers who cannot see it.
 * @template {{ height: number, fill: boolean }} S
 * @param {{
 *   model: Model<S>, el: HTMLElement, signal: AbortSignal,
 *   traits: (keyof S & string)[], moving?: (keyof S & string)[], label: () => string,
 *   extra?: () => number, needed?: () => number,
 *   sized?: () => boolean,
 *   paint: (context: Context, size: Size, style: Style) => void,
 *   overlay: (context: Context, size: Size, style: Style, pointer: Point | null) => void,
 * }} view
 */
export function keepDrawn(view) {
  const { model, el, signal, traits, moving = [], label, paint, overlay } = view;
  const { extra = () => 0, needed = () => 0, sized = () => false } = view;
  const canvas = document.createElement("canvas");
  const still = document.createElement("canvas");
  let [shownWidth, shownHeight] = [0, 0];
  /** @type {Point | null} */
  let pointer = null;
  let request = 0;
  let stale = true;

  const draw = () => {
    request = 0;
    const fill = model.get("fill");
    const laidOut = fill || sized();
    if (stale) {
      canvas.setAttribute("aria-label", label());
      el.classList.toggle("lstmmusic-filling", fill);
      el.style.setProperty("--view-height", `${model.get("height") + (fill ? needed() : extra())}px`);
    }
    const tall = laidOut ? shownHeight : model.get("height") + extra();
    canvas.style.height = laidOut ? "" : `${tall}px`;
    if (shownWidth === 0 || tall === 0) return;
    const size = { width: shownWidth, height: tall, ratio: devicePixelRatio || 1 };
    const width = Math.round(size.width * size.ratio);
    const height = Math.round(size.height * size.ratio);
    const style = readStyle(el);
    if (stale || still.width !== width || still.height !== height) {
      for (const each of [still, canvas]) [each.width, each.height] = [width, height];
      const context = contextOf(still);
      context.scale(size.ratio, size.ratio);
      paint(context, size, style);
      stale = false;
    }
    const context = contextOf(canvas);
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, width, height);
    context.drawImage(still, 0, 0);
    context.scale(size.ratio, size.ratio);
    overlay(context, size, style, pointer);
  };
  const move = () => {
    request ||= requestAnimationFrame(draw);
  };
  const change = () => {
    stale = true;
    move();
  };
  const point = (/** @type {PointerEvent} */ event) => {
    pointer = event.type === "pointerleave" ? null : { x: event.offsetX, y: event.offsetY };
    move();
  };

  el.classList.add("lstmmusic-view");
  canvas.setAttribute("role", "img");
  canvas.addEventListener("pointermove", point);
  canvas.addEventListener("pointerleave", point);
  el.append(canvas);
  const sizes = new ResizeObserver(([{ contentRect }]) => {
    // JupyterLab hides the page for a moment while it changes the theme, and its return may come without a resize.
    if (contentRect.width === 0) return;
    [shownWidth, shownHeight] = [contentRect.width, contentRect.height];
    change();
  });
  sizes.observe(canvas);
  const themes = new MutationObserver(change);
  themes.observe(document.body, { attributeFilter: ["data-jp-theme-name"] });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", change, { signal });
  const drawNow = () => {
    stale = true;
    draw();
  };
  addEventListener("beforeprint", drawNow, { signal }); // no frame comes before the page is printed
  addEventListener("afterprint", change, { signal });
  onChange(model, signal, ["height", "fill", ...traits], change);
  onChange(model, signal, moving, move);
  signal.addEventListener("abort", () => {
    cancelAnimationFrame(request);
    sizes.disconnect();
    themes.disconnect();
    canvas.remove();
  });
  draw();
  return { canvas, change, move };
}
/** @typedef {ReturnType<typeof keepDrawn>} Picture */
