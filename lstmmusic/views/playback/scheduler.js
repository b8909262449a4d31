// Keeps the clock of the audio device fed with notes, a stretch ahead. Knows nothing of widgets.

import { loopOf, NOTHING } from "./transport.js";
import { cut, FADE, makeOutput, schedule, shape } from "./voices.js";

const LOOK_AHEAD = 1.5; // what is on the clock plays, however busy the page: a timer of a hidden page may take a second
const PERIOD = 100; // milliseconds between two looks ahead
const LEAD = 0.03; // between a wish and its sound, so that the first note is not late
const WARM_UP = 0.25; // a limiter that has just been made lets less through

/**
 * Plays one of some tunes through this page's audio device; all have one playhead. Sends "change" when it starts,
 * stops, is let through or plays another, and "move" ten times a second while it plays.
 *
 * A tune has `notes` (four numbers each, sorted by start), `duration`, `primerEnd`, and whether it is `unfinished`:
 * more will come, and at the end of what there is it waits.
 */
export class Player extends EventTarget {
  tunes = [NOTHING];
  chosen = 0; // which of them is heard
  playing = false;
  ended = false; // whether the tune sounded to its end
  settings = { tempo: 1, volume: 1, loop: [], mutePrimer: false, muteGenerated: false };
  #bank; // a promise
  #zones = []; // what it came to
  #context = null;
  #output = null;
  #voices = [];
  #anchors = []; // { time, seconds, tempo }: from this time on the tune goes on from these seconds
  #cursor = 0; // up to which second of the tune notes are on the clock
  #rest = 0; // where it stands while it does not play
  #timer = 0;
  #wishes = 0; // how often it was told to play or to be silent

  /** `bank` is a promise of zones, which are awaited before the first note. */
  constructor(bank) {
    super();
    this.#bank = bank;
  }

  /** From the next note that is begun on, other zones sound: a promise of them. */
  set bank(bank) {
    this.#bank = bank;
    this.#takeUp();
  }

  /** Whether it plays, but the page may not sound before it is clicked. */
  get blocked() {
    return this.playing && this.#context !== null && this.#context.state !== "running";
  }

  /** The audio graph, for whoever measures it. */
  get output() {
    return this.#output;
  }

  /** The second of the tune that is heard now. */
  get position() {
    if (!this.playing || !this.#anchors.length) return this.#rest;
    return this.#secondsAt(this.#heard);
  }

  /** What of the clock is heard now. */
  get #heard() {
    return this.#context.currentTime - (this.#context.outputLatency || 0);
  }

  /** Whether that goes on by itself: not while it waits for samples, for a click or for more of the tune. */
  get moving() {
    if (!this.playing || !this.#anchors.length || this.blocked || this.position >= this.tune.duration) return false;
    return this.#heard >= this.#anchors[0].time;
  }

  get tune() {
    return this.tunes[this.chosen];
  }

  load(tunes, chosen = 0) {
    this.#silence();
    [this.tunes, this.chosen] = [tunes, chosen];
    this.#rest = 0;
    this.ended = false;
    this.#mix();
    this.#changed();
  }

  /** Go on with another of the tunes, or with one of others, at the same place; one that ends before begins anew. */
  choose(chosen, tunes = this.tunes) {
    const sounds = this.playing && this.#anchors.length > 0;
    const when = sounds ? this.#context.currentTime + LEAD : 0;
    const seconds = sounds ? this.#secondsAt(when) : this.#rest;
    [this.tunes, this.chosen] = [tunes, chosen];
    this.#mix();
    if (!sounds) this.#rest = Math.min(seconds, this.tune.duration);
    else if (seconds >= this.#limit) this.#begin(this.#loop[0] ?? 0);
    else {
      for (const voice of this.#voices) cut(voice, when); // until then it sounds, so that there is no gap
      this.#goOn(when, seconds);
      this.#advance(true);
    }
    this.#changed();
  }

  /** Take the tunes as they are now: as before, but longer. What sounds goes on. */
  lengthen(tunes) {
    const end = this.tune.duration;
    this.tunes = tunes;
    this.#changed();
    if (!this.playing || !this.#anchors.length) return;
    const now = this.#context.currentTime;
    if (this.#loop.length) this.#retime();
    else if (this.#secondsAt(now, end) < end) this.#advance();
    else {
      // It has waited at the end, and goes on from there.
      this.#anchors = [{ time: now, seconds: end, tempo: 0 }];
      this.#goOn(now + LEAD, end);
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
    const wish = this.#wishes;
    await ready;
    if (wish !== this.#wishes) return; // it was taken back meanwhile
    this.#begin(this.#rest);
    this.#timer = setInterval(() => this.#look(), PERIOD);
    this.#moved();
  }

  /** Open the audio device, from within a click, and wait for the samples; returns what makes sound. */
  async ready() {
    this.#open();
    this.#context.resume();
    await this.#takeUp();
    return { context: this.#context, output: this.#output, zones: this.#zones };
  }

  /** Let sound out, from within a click. */
  unblock() {
    this.#context?.resume();
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

  seek(seconds) {
    this.#rest = Math.min(Math.max(0, seconds), this.tune.duration);
    if (this.playing && this.#anchors.length) this.#begin(this.#rest);
    this.#moved();
  }

  /** Change some of the settings, at once. */
  set(settings) {
    const before = this.settings;
    this.settings = { ...before, ...settings };
    this.#mix();
    const moved = before.tempo !== this.settings.tempo || String(before.loop) !== String(this.settings.loop);
    if (moved && this.playing && this.#anchors.length) this.#retime();
  }

  close() {
    this.#silence();
    this.#context?.close();
    this.#context = this.#output = null;
  }

  /** Let the newest bank sound, once it is there. */
  async #takeUp() {
    let bank, zones;
    while (bank !== this.#bank) {
      bank = this.#bank;
      zones = await bank;
    }
    this.#zones = zones;
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }

  #moved() {
    this.dispatchEvent(new Event("move"));
  }

  #open() {
    if (this.#context) return;
    this.#context = new AudioContext();
    this.#context.addEventListener("statechange", () => this.#changed());
    this.#output = makeOutput(this.#context, this.#context.destination);
    this.#mix();
  }

  #mix() {
    if (!this.#output) return;
    const { volume, mutePrimer, muteGenerated } = this.settings;
    // Without a primer there are no parts: what was muted of the tune before does not silence this one.
    const parts = this.tune.primerEnd > 0;
    const levels = { volume, primer: parts && mutePrimer ? 0 : 1, generated: parts && muteGenerated ? 0 : 1 };
    for (const [name, level] of Object.entries(levels)) {
      this.#output[name].gain.setTargetAtTime(level, this.#context.currentTime, FADE);
    }
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

  #anchorAt(time) {
    return this.#anchors.findLast((anchor) => anchor.time <= time) ?? this.#anchors[0];
  }

  #secondsAt(time, end = this.tune.duration) {
    const anchor = this.#anchorAt(time);
    const seconds = anchor.seconds + Math.max(0, time - anchor.time) * anchor.tempo;
    return Math.min(seconds, end);
  }

  /** From this time on, the tune goes on from these seconds. */
  #goOn(time, seconds) {
    const before = this.#anchors.filter((anchor) => anchor.time < time);
    this.#anchors = [...before, { time, seconds, tempo: this.settings.tempo }];
    this.#cursor = seconds;
  }

  /** Play from this second on, and nothing of what was to sound. */
  #begin(seconds) {
    const now = this.#context.currentTime;
    for (const voice of this.#voices) cut(voice, now);
    const start = seconds >= this.#limit ? (this.#loop[0] ?? seconds) : seconds;
    this.#anchors = [];
    const begins = Math.max(now + LEAD, WARM_UP);
    this.#goOn(begins, start);
    this.#advance(true);
    const latency = this.#context.outputLatency || 0;
    setTimeout(() => this.#moved(), 1000 * (begins + latency - now) + 10); // until then it stands
  }

  /** Let what sounds go on, in another tempo or to the end of another loop. */
  #retime() {
    const now = this.#context.currentTime + LEAD;
    const seconds = this.#secondsAt(now);
    if (seconds >= this.#limit) {
      this.#begin(seconds);
      return;
    }
    this.#goOn(now, seconds);
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

  /** Put on the clock what sounds soon. */
  #advance(held = false) {
    const { currentTime } = this.#context;
    this.#voices = this.#voices.filter((voice) => voice.gone > currentTime);
    this.#anchors = this.#anchors.slice(this.#anchors.indexOf(this.#anchorAt(currentTime - 1)));
    for (;;) {
      const anchor = this.#anchors.at(-1);
      const at = (seconds) => anchor.time + (seconds - anchor.seconds) / anchor.tempo;
      const limit = this.#limit;
      const until = Math.min(limit, anchor.seconds + (currentTime + LOOK_AHEAD - anchor.time) * anchor.tempo);
      if (until > this.#cursor) {
        const stretch = { from: this.#cursor, until, at, limit: this.#noteLimit, held, voices: this.#voices };
        this.#voices.push(...schedule(this.#context, this.#output, this.#zones, this.tune, stretch));
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

  #look() {
    this.#advance();
    if (this.playing) this.#moved();
  }

  #silence() {
    this.#wishes += 1;
    this.playing = false;
    clearInterval(this.#timer);
    for (const voice of this.#voices) cut(voice, this.#context.currentTime);
    this.#voices = [];
    this.#anchors = [];
  }
}
