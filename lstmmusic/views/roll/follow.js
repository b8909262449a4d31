// A roll that follows a player in the page: its playhead, its loop, and requests to it.

import { onChange } from "../model.js";
import { PLAYHEAD, REQUEST } from "../playback/events.js";

/** @import { Model } from "../model.js" */
/** @import { Playhead } from "../playback/events.js" */
/** @typedef {{ follows: string, follows_tune: number, seconds_per_step: number, playhead: number }} Following */
/** @typedef {{ step: number, pace: number, time: number, loop: number[] }} Course  steps a second since a time */
/** @typedef {ReturnType<typeof followPlayer>} Followed */

/**
 * Listen to the player that a roll follows; `move` draws the overlay again, `place` the playhead.
 * @param {Model<Following>} model @param {AbortSignal} signal @param {() => void} move @param {() => void} place
 */
export function followPlayer(model, signal, move, place) {
  /** @type {number[]} */
  let loop = []; // steps, or nothing
  let pace = 0; // steps a second
  let time = 0; // when the player sent this

  const follows = () => model.get("follows") !== "";
  const onPlayhead = (/** @type {CustomEvent<Playhead>} */ { detail }) => {
    if (!follows() || detail.id !== model.get("follows")) return;
    const step = model.get("seconds_per_step");
    const sounds = detail.tune === model.get("follows_tune") && (detail.playing || detail.seconds > 0);
    const before = loop;
    [pace, time] = [detail.rate / step, performance.now()];
    loop = detail.loop.map((end) => end / step);
    model.set("playhead", sounds ? detail.seconds / step : -1);
    place(); // also where only the pace has changed
    if (String(loop) !== String(before)) move();
  };
  /**
   * Request a place (`seek`) or a `loop` in steps, or the action of a `key`; returns whether the key has one.
   * @param {{ seek?: number, loop?: number[], key?: string }} wanted
   */
  const request = ({ seek, loop: wanted, key }) => {
    if (!follows()) return false;
    const [id, tune] = [model.get("follows"), model.get("follows_tune")];
    const seconds = (/** @type {number} */ step) => step * model.get("seconds_per_step");
    const detail = { id, tune, key, seek: seek === undefined ? seek : seconds(seek), loop: wanted?.map(seconds) };
    return !document.dispatchEvent(new CustomEvent(REQUEST, { detail, cancelable: true }));
  };
  const turnTo = () => {
    [loop, pace] = [[], 0];
    if (follows()) request({}); // the player then sends its state
    else model.set("playhead", -1);
    move();
  };
  onChange(model, signal, ["follows", "follows_tune", "seconds_per_step"], turnTo);
  document.addEventListener(PLAYHEAD, /** @type {EventListener} */ (onPlayhead), { signal });
  return {
    follows,
    request,
    loop: () => loop,
    /** @returns {Course} */
    course: () => ({ step: model.get("playhead"), pace, time, loop }),
  };
}
