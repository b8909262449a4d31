// Ties the page's own player to its widget: the samples, what Python orders, and in which page it sounds.

import { makePlayerView } from "./row.js";
import { KEY } from "./events.js";
import { LiveKeys } from "./live.js";
import { Player } from "./scheduler.js";
import { loadTunes, makeTransport, readTunes, tellModel } from "./transport.js";
import { copied, decodeBank, makeOutput, NOTE, plainBank, schedule } from "./voices.js";

const REPORT_PERIOD = 1000; // milliseconds between two messages about the position: each makes JupyterLab show a busy kernel
const FALLBACK = "This browser cannot decode the samples of the piano; a plain tone plays instead";
const SILENT = "This browser has no Web Audio, so nothing can be heard; another browser can";

/** Make the player of a model; returns what the row needs, and the function that ends it. */
function connect(model) {
  const page = `${Math.random()}`;
  const waiting = { here: false }; // the kernel wants sound, but the user's hand was last on another page
  let reported = 0;
  let timer = 0;

  const loadBank = async () => {
    const { zones, samples } = model.get("instrument");
    try {
      return await decodeBank(zones, samples, copied(model.get("samples")));
    } catch {
      tellModel(model, { problem: FALLBACK });
      return plainBank();
    }
  };
  const possible = typeof AudioContext === "function" && typeof OfflineAudioContext === "function";
  if (!possible) tellModel(model, { problem: SILENT });
  const player = new Player(possible ? loadBank() : []);
  const begin = (seconds) => {
    waiting.here = false;
    if (possible) player.play(seconds);
  };
  const transport = makeTransport(model, player, begin);

  const readNotes = () => {
    const all = new Float32Array(copied(model.get("notes")));
    let start = 0;
    return readTunes(model).map((tune) => ({ ...tune, notes: all.subarray(start, (start += tune.count * NOTE)) }));
  };
  const report = () => {
    clearTimeout(timer);
    timer = 0;
    reported = performance.now();
    tellModel(model, { playing: player.playing, position: player.position, ended: player.ended });
  };
  const reportSoon = () => {
    timer ||= setTimeout(report, Math.max(0, reported + REPORT_PERIOD - performance.now()));
  };
  /** Here the user's hand was last, so here it sounds. */
  const claim = () => {
    if (model.get("page") !== page) tellModel(model, { page });
  };
  const orders = {
    play: () => {
      if (model.get("page") === page) begin(model.get("position"));
      else {
        waiting.here = true;
        player.dispatchEvent(new Event("change"));
      }
    },
    pause: () => player.playing && player.pause(),
    stop: () => player.stop(),
    seek: ({ seconds }) => player.seek(seconds),
  };
  const obey = (message) => orders[message.kind]?.(message);
  const load = () => {
    if (!model.get("goes_on")) waiting.here = false;
    loadTunes(model, player, readNotes());
  };
  const lengthen = () => player.lengthen(readNotes());
  let retuning = false; // both traits may change in one message
  const retune = () => {
    if (!possible || retuning) return;
    retuning = true;
    queueMicrotask(() => {
      retuning = false;
      player.bank = loadBank();
    });
  };
  const follow = () => {
    if (!player.playing) player.seek(model.get("position"));
  };
  const wait = () => {
    if (!model.get("playing")) waiting.here = false;
    player.dispatchEvent(new Event("change"));
  };
  const yieldTo = () => {
    if (model.get("page") !== page && player.playing) player.pause();
  };
  const hands = new LiveKeys(player);
  const touch = ({ detail: { id, pitch, velocity, down } }) => {
    if (id !== model.get("ident") || !possible) return;
    if (!down) hands.release(pitch);
    else if (model.get("page") === page) hands.press(pitch, velocity);
  };

  let sounded = false;
  player.addEventListener("change", () => {
    // A page that does not play has nothing to say, but that it played until now.
    if (player.playing || sounded) report();
    sounded = player.playing;
  });
  player.addEventListener("move", () => player.playing && reportSoon());
  const leave = () => player.playing && player.pause();
  const listeners = [
    ["msg:custom", obey],
    ["change:instrument", retune],
    ["change:samples", retune],
    ["change:loaded", load],
    ["change:appended", lengthen],
    ["change:position", follow],
    ["change:playing", wait],
    ["change:page", yieldTo],
  ];
  for (const [name, listener] of listeners) model.on(name, listener);
  for (const gesture of ["pointerdown", "keydown"]) document.addEventListener(gesture, claim, true);
  document.addEventListener(KEY, touch);
  addEventListener("pagehide", leave);

  player.load(readNotes(), model.get("chosen"));
  player.seek(model.get("position"));
  // A click that asked for this widget came before its module did.
  const active = navigator.userActivation?.hasBeenActive ?? false;
  const first = model.get("page") === "";
  if (active && (first || document.hasFocus())) claim();
  if (first && model.get("playing")) orders.play();

  const close = () => {
    clearTimeout(timer);
    for (const [name, listener] of listeners) model.off(name, listener);
    for (const gesture of ["pointerdown", "keydown"]) document.removeEventListener(gesture, claim, true);
    document.removeEventListener(KEY, touch);
    removeEventListener("pagehide", leave);
    transport.close();
    player.close();
  };
  return { ...transport, player, waiting, close };
}

export default makePlayerView(connect);
export { LiveKeys, Player, decodeBank, makeOutput, plainBank, schedule };
