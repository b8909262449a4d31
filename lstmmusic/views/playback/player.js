// The page's side of a player on the notebook's machine, which gets its commands from here.

import { onChange } from "../model.js";
import { clamp } from "../numbers.js";
import { makePlayerView } from "./row.js";
import { loadTunes, loopOf, makeTransport, NO_TUNE, readTunes } from "./transport.js";

/** @import { Model } from "../model.js" */
/** @import { Settings, State, Tune } from "./transport.js" */
/** @typedef {State & { reports: number }} MachineState */

const PERIOD = 100; // milliseconds between two moves

/**
 * Behaves like the page's own player, and sends commands to the kernel. Between the kernel's reports, it computes the
 * position by the page's clock.
 */
class MachinePlayer extends EventTarget {
  tunes = [NO_TUNE];
  chosen = 0;
  playing = false;
  blocked = false; // no page keeps a machine from sounding
  #model;
  /** @type {Settings} */
  #settings = { tempo: 1, volume: 1, loop: [], mutePrimer: false, muteGenerated: false };
  #anchor = { seconds: 0, time: 0 };
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #timer;

  /** @param {Model<MachineState>} model */
  constructor(model) {
    super();
    this.#model = model;
  }

  get tune() {
    return this.tunes[this.chosen];
  }

  get moving() {
    return this.playing && this.position < this.tune.duration;
  }

  get position() {
    const { seconds, time } = this.#anchor;
    if (!this.playing) return seconds;
    const reached = seconds + ((performance.now() - time) / 1000) * this.#settings.tempo;
    const [start, stop] = loopOf(this.#settings.loop, this.tune);
    return reached < stop || stop === undefined
      ? Math.min(reached, this.tune.duration)
      : start + ((reached - start) % (stop - start));
  }

  /** @param {Tune[]} tunes @param {number} chosen */
  load(tunes, chosen) {
    [this.tunes, this.chosen] = [tunes, chosen];
    this.#reset(false, 0);
  }

  /** @param {number} chosen */
  choose(chosen, tunes = this.tunes) {
    const { position } = this;
    [this.tunes, this.chosen] = [tunes, chosen];
    this.#reset(this.playing, position < this.tune.duration ? position : 0);
  }

  /** @param {number} seconds */
  play(seconds) {
    if (this.tune.duration <= 0) return;
    this.seek(seconds < this.tune.duration ? seconds : 0);
    this.#command("play", this.position, true);
  }

  pause() {
    this.#command("pause", this.position, false);
  }

  stop() {
    this.#command("stop", 0, false);
  }

  /** @param {number} seconds */
  seek(seconds) {
    this.#command("seek", clamp(seconds, 0, this.tune.duration), this.playing);
  }

  /** Change the settings; the kernel has them by the model: @param {Settings} settings */
  set(settings) {
    const { position } = this;
    this.#settings = settings;
    this.#reset(this.playing, position);
  }

  unblock() {}

  /** Adopt what the kernel reports. */
  adopt() {
    this.#reset(this.#model.get("playing"), this.#model.get("position"));
  }

  close() {
    clearInterval(this.#timer);
  }

  /**
   * Send a command, and behave as if it had been carried out.
   * @param {string} kind @param {number} seconds @param {boolean} playing
   */
  #command(kind, seconds, playing) {
    this.#model.send({ kind, seconds });
    this.#reset(playing, seconds);
  }

  /** Play or rest from this position on: @param {boolean} playing @param {number} seconds */
  #reset(playing, seconds) {
    this.playing = playing;
    this.#anchor = { seconds, time: performance.now() };
    clearInterval(this.#timer);
    if (playing) this.#timer = setInterval(() => this.#tick(), PERIOD);
    this.dispatchEvent(new Event("change"));
  }

  #tick() {
    if (this.moving) this.dispatchEvent(new Event("move"));
    else {
      clearInterval(this.#timer);
      this.#model.send({ kind: "report" }); // it should have ended by now
    }
  }
}

export default makePlayerView((/** @type {Model<MachineState>} */ model, signal) => {
  const player = new MachinePlayer(model);
  player.load(readTunes(model), model.get("chosen"));
  const transport = makeTransport(model, player, (seconds) => player.play(seconds), signal);
  onChange(model, signal, ["loaded"], () => loadTunes(model, player, readTunes(model)));
  onChange(model, signal, ["reports"], () => player.adopt());
  player.adopt();
  if (player.playing) model.send({ kind: "report" }); // the last report may be old
  signal.addEventListener("abort", () => player.close());
  return transport;
});
