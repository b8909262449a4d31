// What hands do with a player, wherever it sounds, and what pictures in the page are told of it.

import { PLAYHEAD, WISH } from "./events.js";

const JUMP = 2; // seconds for an arrow key
export const SHORTEST_LOOP = 0.05; // seconds
export const NOTHING = { notes: new Float32Array(), duration: 0, primerEnd: 0, name: "", label: "" };

export function tellModel(model, state) {
  for (const [name, value] of Object.entries(state)) model.set(name, value);
  model.save_changes();
}

/** What is known of each tune; there is always one. */
export function readTunes(model) {
  const tunes = model.get("tunes").map(({ primer_end: primerEnd, ...tune }) => ({ ...NOTHING, ...tune, primerEnd }));
  return tunes.length ? tunes : [NOTHING];
}

/** Take the tunes that a model has, in place of those before. */
export function loadTunes(model, player, tunes) {
  if (model.get("goes_on")) player.choose(model.get("chosen"), tunes);
  else player.load(tunes, model.get("chosen"));
}

/** The part of a tune that is played again and again, or nothing. */
export function loopOf([start, stop], { duration }) {
  const end = Math.min(stop, duration);
  return end - start >= SHORTEST_LOOP ? [start, end] : [];
}

/** Let hands play; `begin` is asked to play from some second on. */
export function makeTransport(model, player, begin) {
  const tell = (state) => tellModel(model, state);
  const announce = () => {
    const { position: seconds, playing, chosen: tune } = player;
    const [id, loop, rate] = [model.get("ident"), model.get("loop"), player.moving ? model.get("tempo") : 0];
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
  const choose = () => {
    const chosen = model.get("chosen");
    if (chosen !== player.chosen && player.tunes[chosen]) player.choose(chosen);
  };

  const toggle = () => (player.playing ? player.pause() : begin(player.position));
  const seek = (seconds) => {
    player.seek(seconds);
    if (!player.playing) tell({ position: player.position });
  };
  let looped = []; // what was looped before
  const setLoop = (start, end) => {
    if (model.get("loop").length) looped = model.get("loop");
    const stop = Math.min(end, player.tune.duration);
    tell({ loop: [Math.max(0, Math.min(start, stop - SHORTEST_LOOP)), Math.max(stop, SHORTEST_LOOP)] });
  };
  const endLoop = () => {
    looped = model.get("loop");
    tell({ loop: [] });
  };
  const toggleLoop = () => {
    const { duration } = player.tune;
    if (model.get("loop").length) endLoop();
    else setLoop(...(looped[1] <= duration ? looped : [0, duration]));
  };
  const switchTo = (chosen) => {
    if (chosen !== player.chosen) player.choose(chosen);
    tell({ chosen });
  };
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
    p: () => tell({ mute_primer: !model.get("mute_primer") }),
    g: () => tell({ mute_generated: !model.get("mute_generated") }),
  };
  /** Do what a key means; returns whether it means anything. */
  const press = (key) => {
    const { tunes, tune } = player;
    if (tune.duration <= 0) return false;
    const name = key.toLowerCase();
    const which = tunes.findIndex(({ label }, place) => [label.toLowerCase(), `${place + 1}`].includes(name));
    if (tunes.length > 1 && which >= 0) switchTo(which);
    else if (key === "Escape" && model.get("loop").length) endLoop();
    else if (keys[key] ?? keys[name]) (keys[key] ?? keys[name])();
    else return false;
    return true;
  };
  /** A picture wishes for a place, a loop or what a key means, or only to be told how things stand. */
  const grant = (event) => {
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

  const listeners = [
    ["change:chosen", choose],
    ...["tempo", "volume", "loop", "mute_primer", "mute_generated"].map((name) => [`change:${name}`, adjust]),
  ];
  for (const [name, listener] of listeners) model.on(name, listener);
  for (const name of ["change", "move"]) player.addEventListener(name, announce);
  document.addEventListener(WISH, grant);
  adjust();
  const close = () => {
    for (const [name, listener] of listeners) model.off(name, listener);
    document.removeEventListener(WISH, grant);
  };
  return { begin, tell, toggle, seek, toggleLoop, switchTo, press, close };
}
