// The row with which a player is controlled: buttons, place, tempo, volume, and keys.

import { element, makeButton, OWN_KEYS } from "../element.js";
import { onChange, withSignal } from "../model.js";

/** @import { Model } from "../model.js" */
/** @import { AnyPlayer, State, Transport } from "./transport.js" */

const EMPTY = "There is nothing to play yet";
const KEYS = `Keys: Space plays and pauses, ← and → move by two seconds, Home and End to the start and the end,
L loops and I and O set where the loop starts and ends, Escape ends it,
P and G mute the primer and the generated part, 1 to 9 choose which tune plays`;
const LOOP = "Play a part repeatedly: drag it on the roll, or set its ends with the keys I and O (key L)";
const FINEST = 100; // positions of the slider while it plays
const SLIDER_KEYS = ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End", "PageUp", "PageDown"];

/** Minutes and seconds: @param {number} seconds */
export const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;

/**
 * Append a labelled slider; `format` writes its number, `choose` gets what the user chose. Returns what shows a number.
 * @param {HTMLElement} parent @param {string} name @param {Record<string, string | number>} attributes
 * @param {(value: number) => string} format @param {(value: number) => void} choose
 */
function addSlider(parent, name, attributes, format, choose) {
  const input = element("input", { type: "range", "aria-label": name, ...attributes });
  const output = element("span", { class: "value" });
  const title = element("span", { class: "name" }, name);
  parent.append(element("label", { class: name.toLowerCase() }, title, input, output));
  input.addEventListener("input", () => choose(input.valueAsNumber));
  return (/** @type {number} */ value) => {
    input.value = `${value}`;
    output.textContent = format(value);
    input.setAttribute("aria-valuetext", format(value));
    input.title = `${attributes.title}: ${format(value)}`;
  };
}

/**
 * Append a button for each tune, if they have labels; returns what shows which there are, and which is heard.
 * @param {HTMLElement} parent @param {(chosen: number) => void} choose
 */
function addTuneButtons(parent, choose) {
  const group = element("span", { class: "tunes", role: "group", "aria-label": "Which tune is heard" });
  parent.append(group);
  let shown = "";
  return (/** @type {AnyPlayer} */ { tunes, chosen }) => {
    const texts = tunes.map(({ label, name }, place) => [label || `${place + 1}`, name]);
    group.hidden = tunes.length < 2 || tunes.every(({ label }) => !label);
    if (shown !== JSON.stringify(texts)) {
      shown = JSON.stringify(texts);
      const buttons = texts.map(([text, name], place) => {
        const button = makeButton(text, { title: `Play ${name || `tune ${text}`} from the same place (key ${text})` });
        button.addEventListener("click", () => choose(place));
        return button;
      });
      group.replaceChildren(...buttons);
    }
    [...group.children].forEach((button, place) => button.setAttribute("aria-pressed", `${place === chosen}`));
  };
}

/** @param {Model<State>} model @param {HTMLElement} el @param {AbortSignal} signal @param {Transport} transport */
function showRow(model, el, signal, transport) {
  const { player, set, seek } = transport;
  const row = element("div", { class: "lstmmusic-sound", role: "group", title: KEYS, ...OWN_KEYS });
  const play = makeButton("Play", { class: "play" });
  const stop = makeButton("Stop", { title: "Stop, and return to the start" });
  const hear = makeButton("Click to hear", { class: "hear" });
  row.append(play, stop, hear);
  const showTunes = addTuneButtons(row, transport.switchTo);
  const what = element("span", { class: "what" });
  row.append(what);
  const range = { type: "range", class: "place", min: 0, step: 0.01, "aria-label": "Position" };
  const place = element("input", { ...range, title: KEYS });
  const time = element("span", { class: "time" });
  const loop = makeButton("Loop", { title: LOOP });
  const mutePrimer = makeButton("Primer", { "aria-label": "Mute primer", title: "Mute the primer (key P)" });
  const generated = { "aria-label": "Mute generated", title: "Mute what the network generated (key G)" };
  const muteGenerated = makeButton("Generated", generated);
  const parts = element("span", { class: "parts" }, mutePrimer, muteGenerated);
  row.append(place, time, loop, parts);
  const showSpeed = addSlider(
    row,
    "Speed",
    { min: -2, max: 2, step: 0.05, title: "Playback speed, from a quarter to four times" },
    (power) => `${(2 ** power).toFixed(2)}×`,
    (power) => set({ tempo: 2 ** power }),
  );
  const showVolume = addSlider(
    row,
    "Volume",
    { min: 0, max: 1, step: 0.01, title: "Playback volume" },
    (volume) => `${Math.round(volume * 100)}%`,
    (volume) => set({ volume }),
  );
  const problem = element("span", { class: "problem", role: "status" });
  row.append(problem);
  el.classList.add("lstmmusic-view");
  el.append(row);

  play.addEventListener("click", transport.toggle);
  stop.addEventListener("click", () => {
    player.stop();
    set({ playing: false, position: 0 });
  });
  hear.addEventListener("click", () => (player.playing ? player.unblock() : transport.begin(model.get("position"))));
  loop.addEventListener("click", transport.toggleLoop);
  mutePrimer.addEventListener("click", transport.mutePrimer);
  muteGenerated.addEventListener("click", transport.muteGenerated);
  place.addEventListener("input", () => seek(place.valueAsNumber));
  row.addEventListener("keydown", (event) => {
    const { key, target } = event;
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (target instanceof HTMLInputElement && target !== place && SLIDER_KEYS.includes(key)) return;
    if (target instanceof HTMLButtonElement && key === " ") return;
    if (!transport.press(key)) return;
    event.preventDefault();
    event.stopPropagation();
  });

  const move = () => {
    const { duration } = player.tune;
    const text = `${clock(player.position)} / ${clock(duration)}`;
    // Laying out the row again takes more time than everything else that playing needs.
    const moved = Math.abs(player.position - place.valueAsNumber);
    if (!player.playing || moved > duration / FINEST) place.value = `${player.position}`;
    if (time.textContent !== text) {
      time.textContent = text;
      place.setAttribute("aria-valuetext", text);
    }
  };
  const change = () => {
    const { duration, name } = player.tune;
    row.hidden = model.get("bare");
    what.textContent = what.title = name;
    row.setAttribute("aria-label", name ? `Player: ${name}` : "Player");
    play.textContent = player.playing ? "Pause" : "Play";
    play.title = player.playing ? "Pause" : duration > 0 ? `Play ${name || "the tune"}` : EMPTY;
    for (const control of [play, stop, place]) control.disabled = duration <= 0;
    hear.hidden = !(player.blocked || transport.waiting());
    showTunes(player);
    loop.hidden = duration <= 0;
    parts.hidden = !player.tunes.some(({ primerEnd }) => primerEnd > 0);
    loop.setAttribute("aria-pressed", `${model.get("loop").length > 0}`);
    mutePrimer.setAttribute("aria-pressed", `${model.get("mute_primer")}`);
    muteGenerated.setAttribute("aria-pressed", `${model.get("mute_generated")}`);
    problem.textContent = problem.title = model.get("problem");
    problem.hidden = !problem.textContent;
    place.max = `${duration}`;
    showSpeed(Math.log2(model.get("tempo")));
    showVolume(model.get("volume"));
    move();
  };
  onChange(model, signal, ["problem", "bare", "tempo", "volume", "loop", "mute_primer", "mute_generated"], change);
  player.addEventListener("change", change, { signal });
  player.addEventListener("move", move, { signal });
  signal.addEventListener("abort", () => row.remove());
  change();
}

/**
 * The widget of a player: `connect` makes what plays, once for each model.
 * @template {State} S
 * @param {(model: Model<S>, signal: AbortSignal) => Transport} connect
 */
export function makePlayerView(connect) {
  /** @type {Transport | undefined} */
  let transport;
  return {
    initialize: withSignal((/** @type {Model<S>} */ model, _, signal) => {
      transport = connect(model, signal);
      // A browser keeps the module for as long as the page, and what it refers to.
      signal.addEventListener("abort", () => (transport = undefined));
    }),
    render: withSignal((/** @type {Model<State>} */ model, el, signal) => {
      if (transport) showRow(model, el, signal, transport);
    }),
  };
}
