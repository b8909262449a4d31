// Keeps the clock of the audio device supplied with notes, a stretch ahead. Knows nothing about widgets.

import { clamp } from "../numbers.js";
import { loopOf, NO_TUNE } from "./transport.js";
import { cut, FADE, makeOutput, schedule, shape } from "./voices.js";

/** @import { Settings, Tune } from "./transport.js" */
/** @import { Output, Voice, Zone } from "./voices.js" */
/** @typedef {{ time: number, seconds: number, tempo: number }} Anchor  from this time on the tune continues there */

const LOOK_AHEAD = 1.5; // what is on the clock plays, however busy the page: a timer of a hidden page may take a second
const PERIOD = 100; // milliseconds between two times of scheduling
const LEAD = 0.03; // between a request and its sound, so that the first note is not late
const WARM_UP = 0.25; // a limiter that has just been made lets less through

/**
 * Plays one of several tunes, which share a playhead, through this page's audio device. Sends "change" when it starts,
 * stops, is unblocked or plays another tune, and "move" ten times a second while it plays.
 *
 * More of a tune that is `unfinished` will come; at the end of what there is, it waits.
 */
export class Player extends EventTarget {
  tunes = [NO_TUNE];
  chosen = 0; // which of them is heard
  playing = false;
  ended = false; // whether the tune sounded to its end
  /** @type {Settings} */
  settings = { tempo: 1, volume: 1, loop: [], mutePrimer: false, muteGenerated: false };
  #bank;
  /** @type {Zone[]} */
  #zones = []; // of the bank
  /** @type {{ context: AudioContext, output: Output } | null} */
  #audio = null;
  /** @type {Voice[]} */
  #voices = [];
  /** @type {Anchor[]} */
  #anchors = [];
  #cursor = 0; // up to which second of the tune notes are on the clock
  #rest = 0; // the position while it does not play
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #timer;
  #requests = 0; // how often it was asked to play or to be silent

  /** `bank` is awaited before the first note: @param {Promise<Zone[]>} bank */
  constructor(bank) {
    super();
    this.#bank = bank;
  }

  /** Use other zones, from the next note on. */
  set bank(/** @type {Promise<Zone[]>} */ bank) {
    this.#bank = bank;
    this.#loadZones();
  }

  /** Whether it plays, but the page may not sound before it is clicked. */
  get blocked() {
    return this.playing && this.#audio !== null && this.#audio.context.state !== "running";
  }

  /** The audio graph, once it is open. */
  get output() {
    return this.#audio?.output;
  }

  /** The second of the tune that is heard now. */
  get position() {
    if (!this.playing || !this.#anchors.length) return this.#rest;
    return this.#secondsAt(this.#heard);
  }

  /** The time of the clock that is heard now. */
  get #heard() {
    const { context } = this.#open();
    return context.currentTime - (context.outputLatency || 0);
  }

  /** Whether the position advances: not while it waits for samples, for a click or for more of the tune. */
  get moving() {
    if (!this.playing || !this.#anchors.length || this.blocked || this.position >= this.tune.duration) return false;
    return this.#heard >= this.#anchors[0].time;
  }

  get tune() {
    return this.tunes[this.chosen];
  }

  /** @param {Tune[]} tunes */
  load(tunes, chosen = 0) {
    this.#silence();
    [this.tunes, this.chosen] = [tunes, chosen];
    this.#rest = 0;
    this.ended = false;
    this.#mix();
    this.#changed();
  }

  /**
   * Continue with another of the tunes, or of other tunes, at the same place; one that ends before starts again.
   * @param {number} chosen
   */
  choose(chosen, tunes = this.tunes) {
    const sounds = this.playing && this.#anchors.length > 0;
    const when = sounds ? this.#now + LEAD : 0;
    const seconds = sounds ? this.#secondsAt(when) : this.#rest;
    [this.tunes, this.chosen] = [tunes, chosen];
    this.#mix();
    if (!sounds) this.#rest = Math.min(seconds, this.tune.duration);
    else if (seconds >= this.#limit) this.#begin(this.#loop[0] ?? 0);
    else {
      for (const voice of this.#voices) cut(voice, when); // until then it sounds, so that there is no gap
      this.#continue(when, seconds);
      this.#advance(true);
    }
    this.#changed();
  }

  /** Replace the tunes by longer ones. What sounds continues: @param {Tune[]} tunes */
  lengthen(tunes) {
    const end = this.tune.duration;
    this.tunes = tunes;
    this.#changed();
    if (!this.playing || !this.#anchors.length) return;
    const now = this.#now;
    if (this.#loop.length) this.#retime();
    else if (this.#secondsAt(now, end) < end) this.#advance();
    else {
      // It has waited at the end, and continues from there.
      this.#anchors = [{ time: now, seconds: end, tempo: 0 }];
      this.#continue(now + LEAD, end);
      this.#advance();
    }
  }

  async play(seconds = this.#rest) {
    if (this.tune.duration <= 0) return;
    this.#silence();
    this.playing = true;
    this.ended = false;
    this.#rest = seconds < this.tune.duration ? Math.max(0, seconds) : 0;
    const ready = this.ready();
    this.#changed();
    const request = this.#requests;
    await ready;
    if (request !== this.#requests) return; // another request came meanwhile
    this.#begin(this.#rest);
    this.#timer = setInterval(() => this.#tick(), PERIOD);
    this.#moved();
  }

  /** Open the audio device, from within a click, and wait for the samples; returns what makes sound. */
  async ready() {
    const audio = this.#open();
    audio.context.resume();
    await this.#loadZones();
    return { ...audio, zones: this.#zones };
  }

  /** Let the page sound, from within a click. */
  unblock() {
    this.#audio?.context.resume();
  }

  pause() {
    this.#rest = this.position;
    this.#silence();
    this.#changed();
  }

  stop() {
    this.#silence();
    this.#rest = 0;
    this.#changed();
  }

  /** @param {number} seconds */
  seek(seconds) {
    this.#rest = clamp(seconds, 0, this.tune.duration);
    if (this.playing && this.#anchors.length) this.#begin(this.#rest);
    this.#moved();
  }

  /** Change some of the settings, at once: @param {Partial<Settings>} settings */
  set(settings) {
    const before = this.settings;
    this.settings = { ...before, ...settings };
    this.#mix();
    const moved = before.tempo !== this.settings.tempo || String(before.loop) !== String(this.settings.loop);
    if (moved && this.playing && this.#anchors.length) this.#retime();
  }

  close() {
    this.#silence();
    this.#audio?.context.close();
    this.#audio = null;
  }

  /** Use the newest bank, once it is loaded. */
  async #loadZones() {
    for (let bank; bank !== this.#bank; ) {
      bank = this.#bank;
      const zones = await bank;
      if (bank === this.#bank) this.#zones = zones;
    }
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }

  #moved() {
    this.dispatchEvent(new Event("move"));
  }

  get #now() {
    return this.#open().context.currentTime;
  }

  #open() {
    if (this.#audio) return this.#audio;
    const context = new AudioContext();
    context.addEventListener("statechange", () => this.#changed());
    this.#audio = { context, output: makeOutput(context, context.destination) };
    this.#mix();
    return this.#audio;
  }

  #mix() {
    if (!this.#audio) return;
    const { context, output } = this.#audio;
    const { volume, mutePrimer, muteGenerated } = this.settings;
    // Without a primer there are no parts: what was muted of the tune before does not silence this one.
    const parts = this.tune.primerEnd > 0;
    const levels = /** @type {const} */ ([
      [output.volume, volume],
      [output.primer, parts && mutePrimer ? 0 : 1],
      [output.generated, parts && muteGenerated ? 0 : 1],
    ]);
    for (const [{ gain }, level] of levels) gain.setTargetAtTime(level, context.currentTime, FADE);
  }

  get #loop() {
    return loopOf(this.settings.loop, this.tune);
  }

  /** Where the loop, or the tune, ends. */
  get #limit() {
    return this.#loop[1] ?? this.tune.duration;
  }

  /** Where all notes end; where more of the tune will come, a note may reach into it. */
  get #noteLimit() {
    return this.tune.unfinished && !this.#loop.length ? Infinity : this.#limit;
  }

  /** @param {number} time */
  #anchorAt(time) {
    return this.#anchors.findLast((anchor) => anchor.time <= time) ?? this.#anchors[0];
  }

  /** @param {number} time */
  #secondsAt(time, end = this.tune.duration) {
    const anchor = this.#anchorAt(time);
    const seconds = anchor.seconds + Math.max(0, time - anchor.time) * anchor.tempo;
    return Math.min(seconds, end);
  }

  /** Let the tune continue from these seconds, from a time on: @param {number} time @param {number} seconds */
  #continue(time, seconds) {
    const before = this.#anchors.filter((anchor) => anchor.time < time);
    this.#anchors = [...before, { time, seconds, tempo: this.settings.tempo }];
    this.#cursor = seconds;
  }

  /** Play from a second on, instead of what was scheduled: @param {number} seconds */
  #begin(seconds) {
    const { context } = this.#open();
    const now = context.currentTime;
    for (const voice of this.#voices) cut(voice, now);
    const start = seconds >= this.#limit ? (this.#loop[0] ?? seconds) : seconds;
    this.#anchors = [];
    const begins = Math.max(now + LEAD, WARM_UP);
    this.#continue(begins, start);
    this.#advance(true);
    const latency = context.outputLatency || 0;
    setTimeout(() => this.#moved(), 1000 * (begins + latency - now) + 10); // until then it does not move
  }

  /** Continue in another tempo, or in another loop. */
  #retime() {
    const now = this.#now + LEAD;
    const seconds = this.#secondsAt(now);
    if (seconds >= this.#limit) {
      this.#begin(seconds);
      return;
    }
    this.#continue(now, seconds);
    for (const voice of this.#voices) {
      if (voice.begins >= now) cut(voice, now);
      else if (voice.released > now) {
        const end = Math.max(seconds, Math.min(voice.end, this.#noteLimit));
        voice.released = now + (end - seconds) / this.settings.tempo;
        shape(voice, now);
      }
    }
    this.#advance();
  }

  /** Schedule what sounds soon. */
  #advance(held = false) {
    const { context, output } = this.#open();
    const { currentTime } = context;
    this.#voices = this.#voices.filter((voice) => voice.gone > currentTime);
    this.#anchors = this.#anchors.slice(this.#anchors.indexOf(this.#anchorAt(currentTime - 1)));
    for (;;) {
      const anchor = this.#anchors[this.#anchors.length - 1];
      const at = (/** @type {number} */ seconds) => anchor.time + (seconds - anchor.seconds) / anchor.tempo;
      const limit = this.#limit;
      const until = Math.min(limit, anchor.seconds + (currentTime + LOOK_AHEAD - anchor.time) * anchor.tempo);
      if (until > this.#cursor) {
        const stretch = { from: this.#cursor, until, at, limit: this.#noteLimit, held, voices: this.#voices };
        this.#voices.push(...schedule(context, output, this.#zones, this.tune, stretch));
        this.#cursor = until;
      }
      const [start] = this.#loop;
      if (until < limit || start === undefined) break;
      this.#anchors.push({ time: at(limit), seconds: start, tempo: anchor.tempo });
      this.#cursor = start;
      held = true;
    }
    const waits = this.#loop.length || this.tune.unfinished;
    if (!waits && this.position >= this.tune.duration) this.#finish();
  }

  #finish() {
    clearInterval(this.#timer);
    this.playing = false; // the last note may die away
    this.ended = true;
    this.#anchors = [];
    this.#rest = 0;
    this.#changed();
  }

  #tick() {
    this.#advance();
    if (this.playing) this.#moved();
  }

  #silence() {
    this.#requests += 1;
    this.playing = false;
    clearInterval(this.#timer);
    for (const voice of this.#voices) cut(voice, this.#now);
    this.#voices = [];
    this.#anchors = [];
  }
}
