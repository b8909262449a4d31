// Connects the page's own player with its widget: the samples, the commands of Python, and the page in which it sounds.

import { bytes, onChange, onMessage, save } from "../model.js";
import { KEY } from "./events.js";
import { LiveKeys } from "./live.js";
import { makePlayerView } from "./row.js";
import { Player } from "./scheduler.js";
import { loadTunes, makeTransport, readTunes } from "./transport.js";
import { decodeBank, makeOutput, NOTE, plainBank, schedule } from "./voices.js";

/** @import { Model } from "../model.js" */
/** @import { Key } from "./events.js" */
/** @import { State } from "./transport.js" */
/** @import { Place, Sample } from "./voices.js" */
/** @typedef {{ zones: Place[], samples: Sample[] }} Instrument */
/** @typedef {{ instrument: Instrument, samples: DataView, appended: number, notes: DataView, page: string }} Sounds */

const REPORT_PERIOD = 1000; // milliseconds between two positions: at each, JupyterLab shows the kernel as busy
const FALLBACK = "This browser cannot decode the samples of the piano; a plain tone plays instead";
const SILENT = "This browser has no Web Audio, so nothing can be heard; another browser can";

export default makePlayerView((/** @type {Model<State & Sounds>} */ model, signal) => {
  const page = `${Math.random()}`;
  let waits = false; // the kernel wants sound, but the user touched another page last
  let reported = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  const loadBank = async () => {
    const { zones, samples } = model.get("instrument");
    try {
      return await decodeBank(zones, samples, bytes(model.get("samples")).buffer);
    } catch {
      save(model, { problem: FALLBACK });
      return plainBank();
    }
  };
  const possible = typeof AudioContext === "function" && typeof OfflineAudioContext === "function";
  if (!possible) save(model, { problem: SILENT });
  const player = new Player(possible ? loadBank() : Promise.resolve([]));
  const begin = (/** @type {number} */ seconds) => {
    waits = false;
    if (possible) player.play(seconds);
  };
  const transport = makeTransport(model, player, begin, signal, () => waits);

  const isHere = () => model.get("page") === page;
  const showChange = () => player.dispatchEvent(new Event("change"));
  const readNotes = () => {
    const all = new Float32Array(bytes(model.get("notes")).buffer);
    let start = 0;
    return readTunes(model).map((tune) => {
      return { ...tune, notes: all.subarray(start, (start += (tune.count ?? 0) * NOTE)) };
    });
  };
  const report = () => {
    clearTimeout(timer);
    timer = undefined;
    reported = performance.now();
    save(model, { playing: player.playing, position: player.position, ended: player.ended });
  };
  /** Sound in this page from now on, since the user touched it last. */
  const claim = () => {
    if (!isHere()) save(model, { page });
  };
  /** @type {Record<string, (message: { seconds: number }) => void>} */
  const commands = {
    play: () => {
      if (isHere()) begin(model.get("position"));
      else {
        waits = true;
        showChange();
      }
    },
    pause: () => player.playing && player.pause(),
    stop: () => player.stop(),
    seek: ({ seconds }) => player.seek(seconds),
  };
  let retuning = false; // both traits may change in one message
  const retune = () => {
    if (!possible || retuning) return;
    retuning = true;
    queueMicrotask(() => {
      retuning = false;
      player.bank = loadBank();
    });
  };
  const keys = new LiveKeys(player);
  const onKey = (/** @type {CustomEvent<Key>} */ { detail: { id, pitch, velocity, down } }) => {
    if (id !== model.get("ident") || !possible) return;
    if (!down) keys.release(pitch);
    else if (isHere()) keys.press(pitch, velocity);
  };

  let sounded = false;
  player.addEventListener("change", () => {
    // A page that does not play has only one thing to report: that it has stopped.
    if (player.playing || sounded) report();
    sounded = player.playing;
  });
  player.addEventListener("move", () => {
    if (player.playing) timer ??= setTimeout(report, Math.max(0, reported + REPORT_PERIOD - performance.now()));
  });
  onMessage(model, signal, (message) => commands[message.kind]?.(message));
  onChange(model, signal, ["instrument", "samples"], retune);
  onChange(model, signal, ["loaded"], () => {
    if (!model.get("keeps_place")) waits = false;
    loadTunes(model, player, readNotes());
  });
  onChange(model, signal, ["appended"], () => player.lengthen(readNotes()));
  onChange(model, signal, ["position"], () => {
    if (!player.playing) player.seek(model.get("position"));
  });
  onChange(model, signal, ["playing"], () => {
    if (!model.get("playing")) waits = false;
    showChange();
  });
  onChange(model, signal, ["page"], () => {
    if (!isHere() && player.playing) player.pause();
  });
  for (const event of ["pointerdown", "keydown"]) document.addEventListener(event, claim, { capture: true, signal });
  document.addEventListener(KEY, /** @type {EventListener} */ (onKey), { signal });
  addEventListener("pagehide", () => player.playing && player.pause(), { signal });

  player.load(readNotes(), model.get("chosen"));
  player.seek(model.get("position"));
  // A click that led to this widget came before its module did.
  const active = navigator.userActivation?.hasBeenActive ?? false;
  const first = model.get("page") === "";
  if (active && (first || document.hasFocus())) claim();
  if (first && model.get("playing")) commands.play({ seconds: 0 });
  signal.addEventListener("abort", () => {
    clearTimeout(timer);
    player.close();
  });
  return transport;
});
export { LiveKeys, Player, decodeBank, makeOutput, plainBank, schedule };
