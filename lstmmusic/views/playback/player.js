// The page's side of a player that sounds elsewhere: on the machine of the notebook, which is told what to do.

import { makePlayerView } from "./row.js";
import { loadTunes, loopOf, makeTransport, NOTHING, readTunes } from "./transport.js";

const PERIOD = 100; // milliseconds between two moves

/**
 * Has the face of the page's own player, and asks the kernel. Where the tune is in between, it reckons by the page's
 * clock, from where the kernel said that it was.
 */
class MachinePlayer extends EventTarget {
  tunes = [NOTHING];
  chosen = 0;
  playing = false;
  blocked = false; // no page keeps a machine from sounding
  #model;
  #settings = {};
  #anchor = { seconds: 0, time: 0 };
  #timer = 0;

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

  load(tunes, chosen) {
    [this.tunes, this.chosen] = [tunes, chosen];
    this.#stand(false, 0);
  }

  choose(chosen, tunes = this.tunes) {
    const { position } = this;
    [this.tunes, this.chosen] = [tunes, chosen];
    this.#stand(this.playing, position < this.tune.duration ? position : 0);
  }

  play(seconds) {
    if (this.tune.duration <= 0) return;
    this.seek(seconds < this.tune.duration ? seconds : 0);
    this.#ask("play", this.position, true);
  }

  pause() {
    this.#ask("pause", this.position, false);
  }

  stop() {
    this.#ask("stop", 0, false);
  }

  seek(seconds) {
    this.#ask("seek", Math.min(Math.max(0, seconds), this.tune.duration), this.playing);
  }

  /** Change some of the settings; the kernel hears of them by the model. */
  set(settings) {
    const { position } = this;
    this.#settings = { ...this.#settings, ...settings };
    this.#stand(this.playing, position);
  }

  /** Take over what the kernel says. */
  told() {
    this.#stand(this.#model.get("playing"), this.#model.get("position"));
  }

  close() {
    clearInterval(this.#timer);
  }

  /** Ask the kernel, and do as if it had done so already. */
  #ask(kind, seconds, playing) {
    this.#model.send({ kind, seconds });
    this.#stand(playing, seconds);
  }

  #stand(playing, seconds) {
    this.playing = playing;
    this.#anchor = { seconds, time: performance.now() };
    clearInterval(this.#timer);
    if (playing) this.#timer = setInterval(() => this.#look(), PERIOD);
    this.dispatchEvent(new Event("change"));
  }

  #look() {
    if (this.moving) this.dispatchEvent(new Event("move"));
    else {
      clearInterval(this.#timer);
      this.#model.send({ kind: "look" }); // it should be over by now
    }
  }
}

/** Make the player of a model; returns what the row needs, and the function that ends it. */
function connect(model) {
  const player = new MachinePlayer(model);
  player.load(readTunes(model), model.get("chosen"));
  const transport = makeTransport(model, player, (seconds) => player.play(seconds));
  const listeners = [
    ["change:loaded", () => loadTunes(model, player, readTunes(model))],
    ["change:told", () => player.told()],
  ];
  for (const [name, listener] of listeners) model.on(name, listener);
  player.told();
  if (player.playing) model.send({ kind: "look" }); // what was told last may be long ago
  const close = () => {
    for (const [name, listener] of listeners) model.off(name, listener);
    transport.close();
    player.close();
  };
  return { ...transport, player, waiting: { here: false }, close };
}

export default makePlayerView(connect);
