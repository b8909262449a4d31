// What a user can do with a player, in the page or on this machine, and what is sent to pictures in the page about it.

import { SHORTEST_LOOP } from "../constants.js";
import { onChange, save } from "../model.js";
import { PLAYHEAD, REQUEST } from "./events.js";

/** @import { Model } from "../model.js" */
/** @import { Playhead, Request } from "./events.js" */
/** @typedef {{ duration: number, name: string, primerEnd: number, label: string, unfinished?: boolean }} Facts */
/** @typedef {Facts & { notes: Float32Array, count?: number }} Tune  four numbers for each note, sorted by start */
/** @typedef {number[]} Loop  start and stop in seconds, or nothing */
/** @typedef {{ tempo: number, volume: number, loop: Loop, mutePrimer: boolean, muteGenerated: boolean }} Settings */
/**
 * @typedef {{
 *   ident: string, loaded: number, keeps_place: boolean, tunes: (Omit<Facts, "primerEnd"> & { primer_end: number })[],
 *   chosen: number, tempo: number, volume: number, loop: Loop, mute_primer: boolean, mute_generated: boolean,
 *   bare: boolean, playing: boolean, position: number, ended: boolean, problem: string,
 * }} State
 */
/**
 * What a transport plays with. It sends "change" when it starts, stops or plays another tune, and "move" as it plays.
 * @typedef {EventTarget & {
 *   tunes: Tune[], chosen: number, playing: boolean,
 *   readonly tune: Tune, readonly position: number, readonly moving: boolean, readonly blocked: boolean,
 *   load(tunes: Tune[], chosen: number): void, choose(chosen: number, tunes?: Tune[]): void,
 *   pause(): void, stop(): void, seek(seconds: number): void, set(settings: Settings): void, unblock(): void,
 * }} AnyPlayer
 */
/** @typedef {ReturnType<typeof makeTransport>} Transport */

const JUMP = 2; // seconds for an arrow key
/** @type {Tune} */
export const NO_TUNE = { notes: new Float32Array(), duration: 0, primerEnd: 0, name: "", label: "" };

/** The tunes of a model without their notes; there is always one: @param {Model<State>} model @returns {Tune[]} */
export function readTunes(model) {
  const tunes = model.get("tunes").map(({ primer_end: primerEnd, ...tune }) => ({ ...NO_TUNE, ...tune, primerEnd }));
  return tunes.length ? tunes : [NO_TUNE];
}

/**
 * Replace the tunes of a player by those of its model.
 * @param {Model<State>} model @param {AnyPlayer} player @param {Tune[]} tunes
 */
export function loadTunes(model, player, tunes) {
  if (model.get("keeps_place")) player.choose(model.get("chosen"), tunes);
  else player.load(tunes, model.get("chosen"));
}

/**
 * The part of a tune that is looped, or nothing.
 * @param {Loop} loop @param {{ duration: number }} tune @returns {Loop}
 */
export function loopOf([start, stop], { duration }) {
  const end = Math.min(stop, duration);
  return end - start >= SHORTEST_LOOP ? [start, end] : [];
}

/**
 * The nearest loop that is long enough.
 * @param {number} start @param {number} stop @param {number} duration @returns {Loop}
 */
export function fitLoop(start, stop, duration) {
  const end = Math.min(stop, duration);
  return [Math.max(0, Math.min(start, end - SHORTEST_LOOP)), Math.max(end, SHORTEST_LOOP)];
}

/**
 * Let a user play; `begin` plays from a given second. `waiting` returns whether a click in this page is needed first.
 * @param {Model<State>} model @param {AnyPlayer} player @param {(seconds: number) => void} begin
 * @param {AbortSignal} signal
 */
export function makeTransport(model, player, begin, signal, waiting = () => false) {
  const set = (/** @type {Partial<State>} */ traits) => save(model, traits);
  const announce = () => {
    const { position: seconds, playing, chosen: tune } = player;
    const [id, loop, rate] = [model.get("ident"), model.get("loop"), player.moving ? model.get("tempo") : 0];
    /** @type {Playhead} */
    const detail = { id, tune, name: player.tune.name, seconds, playing, rate, loop };
    document.dispatchEvent(new CustomEvent(PLAYHEAD, { detail }));
  };
  const adjust = () => {
    player.set({
      tempo: model.get("tempo"),
      volume: model.get("volume"),
      loop: model.get("loop"),
      mutePrimer: model.get("mute_primer"),
      muteGenerated: model.get("mute_generated"),
    });
    announce();
  };

  const toggle = () => (player.playing ? player.pause() : begin(player.position));
  const seek = (/** @type {number} */ seconds) => {
    player.seek(seconds);
    if (!player.playing) set({ position: player.position });
  };
  /** @type {Loop} */
  let looped = []; // the loop before the current one
  const setLoop = (/** @type {number} */ start, /** @type {number} */ stop) => {
    if (model.get("loop").length) looped = model.get("loop");
    set({ loop: fitLoop(start, stop, player.tune.duration) });
  };
  const endLoop = () => {
    looped = model.get("loop");
    set({ loop: [] });
  };
  const toggleLoop = () => {
    const { duration } = player.tune;
    if (model.get("loop").length) endLoop();
    else if (looped[1] <= duration) setLoop(looped[0], looped[1]);
    else setLoop(0, duration);
  };
  const switchTo = (/** @type {number} */ chosen) => {
    if (chosen !== player.chosen) player.choose(chosen);
    set({ chosen });
  };
  const mutePrimer = () => set({ mute_primer: !model.get("mute_primer") });
  const muteGenerated = () => set({ mute_generated: !model.get("mute_generated") });
  /** @type {Record<string, () => void>} */
  const keys = {
    " ": toggle,
    ArrowLeft: () => seek(player.position - JUMP),
    ArrowRight: () => seek(player.position + JUMP),
    Home: () => seek(0),
    End: () => seek(player.tune.duration),
    l: toggleLoop,
    i: () => {
      const [, stop] = model.get("loop");
      setLoop(player.position, stop > player.position ? stop : player.tune.duration);
    },
    o: () => {
      const [start] = model.get("loop");
      setLoop(start < player.position ? start : 0, player.position);
    },
    p: mutePrimer,
    g: muteGenerated,
  };
  /** Carry out the action of a key; returns whether it has one: @param {string} key */
  const press = (key) => {
    const { tunes, tune } = player;
    if (tune.duration <= 0) return false;
    const name = key.toLowerCase();
    const which = tunes.findIndex(({ label }, place) => [label.toLowerCase(), `${place + 1}`].includes(name));
    const act = keys[key] ?? keys[name];
    if (tunes.length > 1 && which >= 0) switchTo(which);
    else if (key === "Escape" && model.get("loop").length) endLoop();
    else if (act) act();
    else return false;
    return true;
  };
  const onRequest = (/** @type {CustomEvent<Request>} */ event) => {
    const { id, tune, seek: seconds, loop, key } = event.detail;
    if (id !== model.get("ident")) return;
    if (seconds !== undefined && tune < player.tunes.length) {
      if (tune !== player.chosen) switchTo(tune);
      seek(seconds);
    }
    if (loop) setLoop(...loop);
    if (key && press(key)) event.preventDefault();
    announce();
  };

  onChange(model, signal, ["chosen"], () => {
    const chosen = model.get("chosen");
    if (chosen !== player.chosen && player.tunes[chosen]) player.choose(chosen);
  });
  onChange(model, signal, ["tempo", "volume", "loop", "mute_primer", "mute_generated"], adjust);
  for (const event of ["change", "move"]) player.addEventListener(event, announce, { signal });
  document.addEventListener(REQUEST, /** @type {EventListener} */ (onRequest), { signal });
  adjust();
  return { player, waiting, begin, set, toggle, seek, toggleLoop, switchTo, mutePrimer, muteGenerated, press };
}
