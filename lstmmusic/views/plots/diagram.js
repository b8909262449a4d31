// The diagram of a network: boxes as wide as its layers, as dark as their units are active, and lines as thick as the
// weights of its connections. A click on a layer asks to see its units.

import { NO_SHORTCUTS } from "../element.js";
import { onChange, withSignal } from "../model.js";

/** @import { Model } from "../model.js" */
/**
 * @typedef {{
 *   pitches: number, units: number[], skip: boolean, connections: [string, string, number][], activity: number[],
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
    width: 176 + 144 * (size / most), // the least has room for "16 units, activity 0.12"
  }));
}

const render = withSignal((/** @type {Model<State>} */ model, el, signal) => {
  el.classList.add("lstmmusic-diagram");

  const paint = () => {
    const [units, activity] = [model.get("units"), model.get("activity")];
    const boxes = layOut(model.get("pitches"), units);
    const bottom = boxes[0].top + HEIGHT;
    const last = boxes.length - 1;
    const strengths = new Map(model.get("connections").map(([from, to, strength]) => [`${from} to ${to}`, strength]));
    const strongest = Math.max(0, ...strengths.values());
    const nameOf = (/** @type {number} */ place) =>
      place === 0 ? "input" : place === last ? "output" : `layer ${place}`;

    const arrow = (/** @type {string} */ d, /** @type {number} */ from, /** @type {number} */ to) => {
      const name = `${nameOf(from)} to ${nameOf(to)}`;
      const strength = strengths.get(name);
      return draw("path", {
        d, class: from === to ? "own" : "", "marker-end": `url(#${TIP})`,
        "stroke-width": thicknessOf(strength, strongest).toFixed(2),
      }, draw("title", {}, strength === undefined ? name : `${name}: weights of ${strength.toFixed(3)} on average`));
    };
    /** @param {number} x @param {number} y @param {number} bend @param {number} toX @param {number} toY */
    const curve = (x, y, bend, toX, toY) => `M ${x} ${y} C ${bend} ${y}, ${bend} ${toY}, ${toX} ${toY}`;
    const centre = (/** @type {number} */ place) => boxes[place].top + HEIGHT / 2;
    const half = (/** @type {number} */ place) => boxes[place].width / 2;

    const lines = [];
    for (let place = 1; place <= last; place++) {
      lines.push(arrow(`M ${MIDDLE} ${boxes[place - 1].top} V ${boxes[place].top + HEIGHT + 6}`, place - 1, place));
    }
    units.forEach((_, layer) => {
      const [place, right] = [layer + 1, MIDDLE + half(layer + 1)];
      lines.push(arrow(`M ${right} ${boxes[place].top + 10} c 34 -8 34 32 4 24`, place, place));
      if (!model.get("skip")) return;
      if (layer > 0) {
        const bend = MIDDLE - 175 - 35 * place;
        const d = curve(MIDDLE - half(0), centre(0), bend, MIDDLE - half(place) - 6, centre(place));
        lines.push(arrow(d, 0, place));
      }
      if (place < last - 1) {
        const bend = MIDDLE + 175 + 35 * (last - place);
        const d = curve(right, centre(place) + 8, bend, MIDDLE + half(last) + 6, centre(last));
        lines.push(arrow(d, place, last));
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
    const note = strengths.size
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
  onChange(model, signal, ["pitches", "units", "skip", "connections", "activity"], paint);
  paint();
});

export default { render };
