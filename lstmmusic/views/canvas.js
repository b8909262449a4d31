// What the loss curve and the roll share: a crisp canvas that follows its container, its theme and its pointer.
// Python puts this text before a view's own, because the module of a widget is a single text.

export const FONT_SIZE = 12;
export const SMALL_FONT_SIZE = 11;

/** The bytes of a trait, copied so that wider numbers are aligned. */
export function bytes(model, name) {
  const value = model.get(name);
  return new Uint8Array(value.buffer ?? value, value.byteOffset ?? 0, value.byteLength).slice();
}

/** Round numbers from low to high, about `count` of them; their distance comes from `steps` times a power of `base`. */
export function ticks(low, high, count, steps = [1, 2, 5], base = 10) {
  const wanted = (high - low) / Math.max(count, 1);
  const power = base ** Math.floor(Math.log(wanted) / Math.log(base));
  const distance = power * ([...steps, base].find((step) => step * power >= wanted * 0.999) ?? base);
  const values = [];
  const first = Math.ceil(low / distance - 1e-9) || 0; // never -0, which would be written as such
  for (let index = first; index * distance <= high + distance * 1e-9; index++) {
    values.push(index * distance);
  }
  return { distance, values };
}

export function tickText(value, distance) {
  let digits = 0;
  while (digits < 6 && Math.abs(Number(distance.toFixed(digits)) - distance) > distance * 1e-6) digits++;
  return value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** The colours and fonts that hold for an element now. */
function look(element) {
  const style = getComputedStyle(element);
  const names = ["ink", "faint", "paper", "raised", "line", "brand", "warn", "second", "third", "given"];
  const colours = names.map((name) => [name, style.getPropertyValue(`--view-${name}`).trim()]);
  return {
    ...Object.fromEntries(colours),
    font: `${FONT_SIZE}px ${style.fontFamily}`,
    smallFont: `${SMALL_FONT_SIZE}px ${style.fontFamily}`,
    boldFont: `600 ${FONT_SIZE}px ${style.fontFamily}`,
  };
}

export function write(context, text, x, y, { font, colour, align = "left", baseline = "middle" }) {
  context.font = font;
  context.fillStyle = colour;
  context.textAlign = align;
  context.textBaseline = baseline;
  context.fillText(text, x, y);
}

/** The text, or its beginning if it is too wide. */
export function shorten(context, text, font, width) {
  context.font = font;
  if (context.measureText(text).width <= width) return text;
  const letters = [...text];
  while (letters.length && context.measureText(`${letters.join("")}…`).width > width) letters.pop();
  return `${letters.join("")}…`;
}

export function line(context, x1, y1, x2, y2) {
  context.beginPath();
  context.moveTo(x1, y1);
  context.lineTo(x2, y2);
  context.stroke();
}

/** A box of text lines beside a point, inside the picture. */
export function tooltip(context, size, style, point, lines) {
  context.font = style.smallFont;
  const width = Math.max(...lines.map((text) => context.measureText(text).width)) + 16;
  const height = lines.length * 16 + 8;
  const beside = point.x + 12 + width <= size.width ? point.x + 12 : point.x - 12 - width;
  const left = Math.max(0, beside);
  // Where there is no room beside the point, above or below it, so that it stays in sight.
  const above = point.y > size.height / 2 ? point.y - 12 - height : point.y + 12;
  const top = Math.max(0, Math.min(beside < 0 ? above : point.y - height / 2, size.height - height));
  context.fillStyle = style.raised;
  context.strokeStyle = style.faint;
  context.lineWidth = 1;
  context.beginPath();
  context.roundRect(Math.round(left) + 0.5, Math.round(top) + 0.5, Math.round(width), height - 1, 3);
  context.fill();
  context.stroke();
  lines.forEach((text, index) => {
    write(context, text, Math.round(left) + 8, Math.round(top) + 12 + index * 16, {
      font: style.smallFont,
      colour: style.ink,
    });
  });
}

/**
 * Put a canvas into `el` and keep it drawn; returns the function that takes it away.
 *
 * `paint` draws what changes with the data, which is kept; `overlay` draws on a copy of it, for the pointer and for
 * what moves (`moving` traits). `label` says what a reader who cannot see the canvas should know. `attach`, if given,
 * gets the canvas and the functions that draw it anew (`change`) and its overlay (`move`), and may return what ends it.
 */
export function keepDrawn({ model, el, traits, moving = [], label, paint, overlay, attach }) {
  const canvas = document.createElement("canvas");
  const still = document.createElement("canvas");
  let shownWidth = 0;
  let pointer = null;
  let request = 0;
  let stale = true;

  const draw = () => {
    request = 0;
    if (stale) canvas.setAttribute("aria-label", label());
    canvas.style.height = `${model.get("height")}px`;
    if (shownWidth === 0) return;
    const size = { width: shownWidth, height: model.get("height"), ratio: devicePixelRatio || 1 };
    const width = Math.round(size.width * size.ratio);
    const height = Math.round(size.height * size.ratio);
    const style = look(el);
    if (stale || still.width !== width || still.height !== height) {
      for (const each of [still, canvas]) {
        each.width = width;
        each.height = height;
      }
      const context = still.getContext("2d");
      context.scale(size.ratio, size.ratio);
      paint(context, size, style);
      stale = false;
    }
    const context = canvas.getContext("2d");
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
  const point = (event) => {
    pointer = event.type === "pointerleave" ? null : { x: event.offsetX, y: event.offsetY };
    move();
  };

  el.classList.add("lstmmusic-view");
  canvas.setAttribute("role", "img");
  canvas.addEventListener("pointermove", point);
  canvas.addEventListener("pointerleave", point);
  el.append(canvas);
  const sizes = new ResizeObserver(([{ contentRect }]) => {
    // JupyterLab hides the page for a moment while it changes the theme, and no resize need tell of its return.
    if (contentRect.width === 0) return;
    shownWidth = contentRect.width;
    change();
  });
  sizes.observe(canvas);
  const themes = new MutationObserver(change);
  themes.observe(document.body, { attributeFilter: ["data-jp-theme-name"] });
  const scheme = matchMedia("(prefers-color-scheme: dark)");
  scheme.addEventListener("change", change);
  const listeners = [
    ...["height", ...traits].map((name) => [`change:${name}`, change]),
    ...moving.map((name) => [`change:${name}`, move]),
  ];
  for (const [name, listener] of listeners) model.on(name, listener);
  const detach = attach?.({ canvas, change, move });
  draw();

  return () => {
    for (const [name, listener] of listeners) model.off(name, listener);
    detach?.();
    cancelAnimationFrame(request);
    sizes.disconnect();
    themes.disconnect();
    scheme.removeEventListener("change", change);
    canvas.remove();
  };
}
