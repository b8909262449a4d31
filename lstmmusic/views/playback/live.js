// Plays keys as they are pressed, in addition to the tune that plays.

import { shape, startVoice, zonesOf } from "./voices.js";

/** @import { Player } from "./scheduler.js" */
/** @import { Voice } from "./voices.js" */

const SOON = 0.005; // seconds until a key that was pressed sounds
const LONGEST_KEY = 60; // seconds; then a piano has long been silent

/** Keys that are held, through the output of a player. */
export class LiveKeys {
  #player;
  /** @type {Map<number, Promise<Voice[]>>} */
  #held = new Map(); // by pitch

  /** @param {Player} player */
  constructor(player) {
    this.#player = player;
  }

  /** @param {number} pitch @param {number} velocity */
  press(pitch, velocity) {
    if (!this.#held.has(pitch)) this.#held.set(pitch, this.#start(pitch, velocity));
  }

  /** @param {number} pitch */
  async release(pitch) {
    const voices = this.#held.get(pitch) ?? [];
    this.#held.delete(pitch);
    for (const voice of await voices) {
      const time = Math.max(voice.source.context.currentTime, voice.begins);
      voice.released = time;
      shape(voice, time);
    }
  }

  /** @param {number} pitch @param {number} velocity */
  async #start(pitch, velocity) {
    const { context, output, zones } = await this.#player.ready();
    const begins = context.currentTime + SOON;
    const released = begins + LONGEST_KEY;
    const note = { start: 0, end: LONGEST_KEY, pitch, velocity };
    return zonesOf(zones, pitch).map((zone) => startVoice(context, output.volume, zone, note, begins, released, 0));
  }
}
