// A roll that follows the page's player: the playhead and the loop of what sounds, and what hands wish of it.

import { PLAYHEAD, WISH } from "../playback/events.js";

/** Listen to the player that a roll follows; `move` draws the overlay anew, `place` the playhead. */
export function followPlayer(model, move, place) {
  let loop = []; // steps, or nothing
  let pace = 0; // steps a second
  let time = 0; // when the player told this

  const follows = () => model.get("follows") !== "";
  const hear = ({ detail: { id, tune, seconds, playing, rate, loop: looped } }) => {
    if (!follows() || id !== model.get("follows")) return;
    const step = model.get("seconds_per_step");
    const sounds = tune === model.get("follows_tune") && (playing || seconds > 0);
    const before = loop;
    [pace, time] = [rate / step, performance.now()];
    loop = looped.map((end) => end / step);
    model.set("playhead", sounds ? seconds / step : -1);
    place(); // also where only the pace has changed
    if (String(loop) !== String(before)) move();
  };
  /** Ask for a place (`seek`) or a `loop` in steps, or for what a `key` means; returns whether a key means anything. */
  const ask = ({ seek, loop: wanted, key }) => {
    if (!follows()) return false;
    const [id, tune] = [model.get("follows"), model.get("follows_tune")];
    const seconds = (step) => step * model.get("seconds_per_step");
    const detail = { id, tune, key, seek: seek === undefined ? seek : seconds(seek), loop: wanted?.map(seconds) };
    return !document.dispatchEvent(new CustomEvent(WISH, { detail, cancelable: true }));
  };
  const turnTo = () => {
    [loop, pace] = [[], 0];
    if (follows()) ask({}); // to be told how things stand
    else model.set("playhead", -1);
    move();
  };
  const traits = ["follows", "follows_tune", "seconds_per_step"].map((name) => `change:${name}`);
  for (const name of traits) model.on(name, turnTo);
  document.addEventListener(PLAYHEAD, hear);
  if (follows()) ask({});
  return {
    follows,
    ask,
    loop: () => loop,
    course: () => ({ step: model.get("playhead"), pace, time, loop }),
    detach: () => {
      for (const name of traits) model.off(name, turnTo);
      document.removeEventListener(PLAYHEAD, hear);
    },
  };
}
