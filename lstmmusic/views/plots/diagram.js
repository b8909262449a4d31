// The diagram of a network: boxes as wide as its layers, as dark as their units are active, and lines as thick as the
// weights of its connections. A click on a layer asks to see its units.

import { NO_SHORTCUTS } from "../element.js";
import { onChange, withSignal } from "../model.js";

/** @import { Model } from "../model.js" */
/**
 * @typedef {{
 *   pitches: number, units: number[], skip: boolean, strengths: number[][], activity: number[],
 * }} State
 */

const MIDDLE = 300; // of the picture, which is 600 wide
const [HEIGHT, GAP] = [44, 54]; // of a box, and between two
const [PLAIN, THINNEST, THICKEST] = [1.5, 0.75, 5]; // of lines
const [PALEST, DARKEST] = ["#e3f2fd", "#64b5f6"]; // of a layer, behind dark text in both themes
const MOST_ACTIVE = 0.5; // units are never all at their limits
const TIP = "lstmmusic-tip"; // the id of the head of an arrow

/**
 * Make an element of a drawing.
 * @param {string} kind @param {Record<string, string | number>} attributes @param {(Node | string)[]} children
 */
function draw(kind, attributes, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", kind);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, `${value}`);
  made.append(...children);
  return made;
}

/** How thick a connection is drawn: @param {number | undefined} strength @param {number} strongest */
export function thicknessOf(strength, strongest) {
  if (strength === undefined || strongest === 0) return PLAIN;
  return THINNEST + (THICKEST - THINNEST) * (strength / strongest);
}

/**
 * The boxes from the bottom to the top: their names, sizes, places and widths.
 * @param {number} pitches @param {number[]} units
 */
export function layOut(pitches, units) {
  const sizes = [pitches, ...units, pitches];
  const names = ["Input notes", ...units.map((_, layer) => `Layer ${layer + 1}`), "Predicted notes"];
  const most = Math.max(512, ...sizes);
  return sizes.map((size, place) => ({
    name: names[place],
    size,
    top: 4 + (sizes.length - 1 - place) * (HEIGHT + GAP),
    width: 120 + 200 * (size / most),
  }));
}

const render = withSignal((/** @type {Model<State>} */ model, el, signal) => {
  el.classList.add("lstmmusic-diagram");

  const paint = () => {
    const [units, strengths, activity] = [model.get("units"), model.get("strengths"), model.get("activity")];
    const boxes = layOut(model.get("pitches"), units);
    const bottom = boxes[0].top + HEIGHT;
    const [fromInput = [], toItself = [], toNext = [], toOutput = []] = strengths;
    const strongest = Math.max(0, ...strengths.flat());
    const known = strengths.length > 0;

    const arrow = (/** @type {string} */ d, /** @type {number | undefined} */ strength, /** @type {string} */ name) =>
      draw("path", {
        d, class: name.endsWith("itself") ? "own" : "", "marker-end": `url(#${TIP})`,
        "stroke-width": thicknessOf(strength, strongest).toFixed(2),
      }, draw("title", {}, known ? `${name}: weights of ${(strength ?? 0).toFixed(3)} on average` : name));
    /** @param {number} x @param {number} y @param {number} bend @param {number} toX @param {number} toY */
    const curve = (x, y, bend, toX, toY) => `M ${x} ${y} C ${bend} ${y}, ${bend} ${toY}, ${toX} ${toY}`;
    const centre = (/** @type {number} */ place) => boxes[place].top + HEIGHT / 2;
    const half = (/** @type {number} */ place) => boxes[place].width / 2;

    const lines = [];
    const last = boxes.length - 1;
    for (let place = 1; place <= last; place++) {
      const strength = place === 1 ? fromInput[0] : place === last ? toOutput[last - 2] : toNext[place - 2];
      const name = `${boxes[place - 1].name} to ${boxes[place].name}`;
      lines.push(arrow(`M ${MIDDLE} ${boxes[place - 1].top} V ${boxes[place].top + HEIGHT + 6}`, strength, name));
    }
    units.forEach((_, layer) => {
      const [place, right] = [layer + 1, MIDDLE + half(layer + 1)];
      const d = `M ${right} ${boxes[place].top + 10} c 34 -8 34 32 4 24`;
      lines.push(arrow(d, toItself[layer], `${boxes[place].name} to itself`));
      if (!model.get("skip")) return;
      if (layer > 0) {
        const bend = MIDDLE - 175 - 35 * place;
        const d = curve(MIDDLE - half(0), centre(0), bend, MIDDLE - half(place) - 6, centre(place));
        lines.push(arrow(d, fromInput[layer], `${boxes[0].name} to ${boxes[place].name}`));
      }
      if (place < last - 1) {
        const bend = MIDDLE + 175 + 35 * (last - place);
        const d = curve(right, centre(place) + 8, bend, MIDDLE + half(last) + 6, centre(last));
        lines.push(arrow(d, toOutput[layer], `${boxes[place].name} to ${boxes[last].name}`));
      }
    });

    const shapes = boxes.map(({ name, size, top, width }, place) => {
      const layer = place - 1;
      const inside = place > 0 && place < last;
      const active = inside ? activity[layer] : undefined;
      const words = [`${size} ${inside ? "units" : "pitches"}`];
      if (active !== undefined) words.push(`activity ${active.toFixed(2)}`);
      const rect = draw("rect", { x: MIDDLE - width / 2, y: top, width, height: HEIGHT, rx: 6 });
      const text = [
        draw("text", { x: MIDDLE, y: top + 18, class: "name" }, name),
        draw("text", { x: MIDDLE, y: top + 34 }, words.join(", ")),
      ];
      if (!inside) return draw("g", {}, rect, ...text);
      const share = Math.round(100 * Math.min(1, (active ?? 0.2) / MOST_ACTIVE));
      rect.style.fill = `color-mix(in srgb, ${DARKEST} ${share}%, ${PALEST})`;
      const group = draw("g", {
        class: "layer", role: "button", tabindex: 0, "data-layer": layer, ...NO_SHORTCUTS,
        "aria-label": `${name}, ${words.join(", ")}: show its units`,
      }, draw("title", {}, "Click: see what its units do"), rect, ...text);
      return group;
    });
    const tip = draw("marker", {
      id: TIP, viewBox: "0 0 8 8", refX: 6, refY: 4, markerWidth: 13, markerHeight: 13, orient: "auto",
      markerUnits: "userSpaceOnUse",
    }, draw("path", { d: "M 0 0 L 8 4 L 0 8 z" }));
    const note = known
      ? "Lines are as thick as their weights are large, layers as dark as their units are active."
      : "Once a run trains, lines are as thick as their weights, layers as dark as their units are active.";
    const label = `The network: ${model.get("pitches")} input pitches, three layers of ${units.join(", ")} units, ` +
      `${model.get("pitches")} predicted pitches`;
    const focused = document.activeElement?.getAttribute("data-layer");
    const hadFocus = el.contains(document.activeElement);
    el.replaceChildren(draw("svg", { role: "group", "aria-label": label, viewBox: `0 0 600 ${bottom + 28}` },
      draw("defs", {}, tip), ...lines, ...shapes,
      draw("text", { x: MIDDLE, y: bottom + 22, class: "note" }, note)));
    const again = hadFocus && el.querySelector(`[data-layer="${focused}"]`);
    if (again instanceof SVGElement) again.focus();
  };

  const choose = (/** @type {Event} */ event) => {
    const layer = event.target instanceof Element && event.target.closest("[data-layer]")?.getAttribute("data-layer");
    if (!layer) return;
    event.preventDefault();
    model.send({ kind: "layer", layer: Number(layer) });
  };
  el.addEventListener("click", choose, { signal });
  el.addEventListener("keydown", (event) => {
    if (event.key === "Enter" || event.key === " ") choose(event);
  }, { signal });
  onChange(model, signal, ["pitches", "units", "skip", "strengths", "activity"], paint);
  paint();
});

export default { render };
