// A roll that follows a player in the page: its playhead, its loop, and requests to it.

import { onChange } from "../model.js";
import { PLAYHEAD, REQUEST } from "../playback/events.js";
import { readTempoMap } from "./tempo.js";

/** @import { Model } from "../model.js" */
/** @import { Playhead } from "../playback/events.js" */
/** @import { Tempo, TempoMap } from "./tempo.js" */
/** @typedef {{ follows: string, follows_tune: number, tempo_map: Tempo[], playhead: number }} Following */
/**
 * Where it is, and how many seconds of the tune pass per second since a time.
 * @typedef {{ step: number, rate: number, time: number, loop: number[], tempo: TempoMap }} Course
 */
/** @typedef {ReturnType<typeof followPlayer>} Followed */

/**
 * Listen to the player that a roll follows; `move` draws the overlay again, `place` the playhead.
 * @param {Model<Following>} model @param {AbortSignal} signal @param {() => void} move @param {() => void} place
 */
export function followPlayer(model, signal, move, place) {
  /** @type {number[]} */
  let loop = []; // steps, or nothing
  let rate = 0; // seconds of the tune per second
  let time = 0; // when the player sent this
  let tempo = readTempoMap(model.get("tempo_map"));

  const follows = () => model.get("follows") !== "";
  const onPlayhead = (/** @type {CustomEvent<Playhead>} */ { detail }) => {
    if (!follows() || detail.id !== model.get("follows")) return;
    const sounds = detail.tune === model.get("follows_tune") && (detail.playing || detail.seconds > 0);
    const before = loop;
    [rate, time] = [detail.rate, performance.now()];
    loop = detail.loop.map(tempo.toSteps);
    model.set("playhead", sounds ? tempo.toSteps(detail.seconds) : -1);
    place(); // also where only the rate has changed
    if (String(loop) !== String(before)) move();
  };
  /**
   * Request a place (`seek`) or a `loop` in steps, or the action of a `key`; returns whether the key has one.
   * @param {{ seek?: number, loop?: number[], key?: string }} wanted
   */
  const request = ({ seek, loop: wanted, key }) => {
    if (!follows()) return false;
    const [id, tune] = [model.get("follows"), model.get("follows_tune")];
    const { toSeconds } = tempo;
    const detail = { id, tune, key, seek: seek === undefined ? seek : toSeconds(seek), loop: wanted?.map(toSeconds) };
    return !document.dispatchEvent(new CustomEvent(REQUEST, { detail, cancelable: true }));
  };
  const turnTo = () => {
    [loop, rate] = [[], 0];
    tempo = readTempoMap(model.get("tempo_map"));
    if (follows()) request({}); // the player then sends its state
    else model.set("playhead", -1);
    move();
  };
  onChange(model, signal, ["follows", "follows_tune", "tempo_map"], turnTo);
  document.addEventListener(PLAYHEAD, /** @type {EventListener} */ (onPlayhead), { signal });
  return {
    follows,
    request,
    loop: () => loop,
    /** @returns {Course} */
    course: () => ({ step: model.get("playhead"), rate, time, loop, tempo }),
  };
}
