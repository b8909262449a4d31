// Keeps the clock of the audio device fed with notes, a stretch ahead. Knows nothing of widgets.

const LOOK_AHEAD = 1.5; // what is on the clock plays, however busy the page: a timer of a hidden page may take a second
const PERIOD = 200; // milliseconds between two looks ahead
const LEAD = 0.03; // between a wish and its sound, so that the first note is not late
const WARM_UP = 0.25; // a limiter that has just been made lets less through

/**
 * Plays one tune at a time through this page's audio device. Sends "change" when it starts, stops or is let through,
 * and "move" on each frame while it plays.
 */
class Player extends EventTarget {
  tune = { notes: new Float32Array(), duration: 0, primerEnd: 0 };
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
  #frame = 0;

  /** `bank` is a promise of zones, which are awaited before the first note. */
  constructor(bank) {
    super();
    this.#bank = bank;
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
    return this.#secondsAt(this.#context.currentTime - (this.#context.outputLatency || 0));
  }

  load(tune) {
    this.#silence();
    this.tune = tune;
    this.#rest = 0;
    this.ended = false;
    this.#changed();
  }

  async play(seconds = this.#rest) {
    if (this.tune.duration <= 0) return;
    this.#silence();
    this.playing = true;
    this.ended = false;
    this.#rest = seconds < this.tune.duration ? Math.max(0, seconds) : 0;
    const tune = this.tune;
    this.#open();
    this.#context.resume();
    this.#changed();
    this.#zones = await this.#bank;
    if (!this.playing || this.tune !== tune || this.#anchors.length) return; // the wish was taken back meanwhile
    this.#begin(this.#rest);
    this.#timer = setInterval(() => this.#advance(), PERIOD);
    this.#frame = requestAnimationFrame(() => this.#move());
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
    this.dispatchEvent(new Event("move"));
  }

  /** Change some of the settings, at once. */
  set(settings) {
    const before = this.settings;
    this.settings = { ...before, ...settings };
    if (!this.#output) return;
    this.#mix();
    const moved = before.tempo !== this.settings.tempo || String(before.loop) !== String(this.settings.loop);
    if (moved && this.playing && this.#anchors.length) this.#retime();
  }

  close() {
    this.#silence();
    this.#context?.close();
    this.#context = this.#output = null;
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }

  #open() {
    if (this.#context) return;
    this.#context = new AudioContext();
    this.#context.addEventListener("statechange", () => this.#changed());
    this.#output = makeOutput(this.#context, this.#context.destination);
    this.#mix();
  }

  #mix() {
    const { volume, mutePrimer, muteGenerated } = this.settings;
    const levels = { volume, primer: mutePrimer ? 0 : 1, generated: muteGenerated ? 0 : 1 };
    for (const [name, level] of Object.entries(levels)) {
      this.#output[name].gain.setTargetAtTime(level, this.#context.currentTime, FADE);
    }
  }

  /** The loop that is inside the tune, or nothing. */
  get #loop() {
    const [start, stop] = this.settings.loop;
    const end = Math.min(stop, this.tune.duration);
    return end - start >= SHORTEST_LOOP ? [start, end] : [];
  }

  /** Where the loop, or the tune, ends. */
  get #limit() {
    return this.#loop[1] ?? this.tune.duration;
  }

  #anchorAt(time) {
    return this.#anchors.findLast((anchor) => anchor.time <= time) ?? this.#anchors[0];
  }

  #secondsAt(time) {
    const anchor = this.#anchorAt(time);
    const seconds = anchor.seconds + Math.max(0, time - anchor.time) * anchor.tempo;
    return Math.min(seconds, this.tune.duration);
  }

  /** Play from this second on, and nothing of what was to sound. */
  #begin(seconds) {
    const now = this.#context.currentTime;
    for (const voice of this.#voices) cut(voice, now);
    const start = seconds >= this.#limit ? (this.#loop[0] ?? seconds) : seconds;
    this.#anchors = [{ time: Math.max(now + LEAD, WARM_UP), seconds: start, tempo: this.settings.tempo }];
    this.#cursor = start;
    this.#advance(true);
  }

  /** Let what sounds go on, in another tempo or to the end of another loop. */
  #retime() {
    const now = this.#context.currentTime + LEAD;
    const seconds = this.#secondsAt(now);
    if (seconds >= this.#limit) {
      this.#begin(seconds);
      return;
    }
    const anchor = { time: now, seconds, tempo: this.settings.tempo };
    this.#anchors = [...this.#anchors.filter(({ time }) => time < now), anchor];
    for (const voice of this.#voices) {
      if (voice.begins >= now) cut(voice, now);
      else if (voice.released > now) {
        const end = Math.max(seconds, Math.min(voice.end, this.#limit));
        voice.released = now + (end - seconds) / anchor.tempo;
        shape(voice, now);
      }
    }
    this.#cursor = seconds;
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
        const stretch = { from: this.#cursor, until, at, limit, held, voices: this.#voices };
        this.#voices.push(...schedule(this.#context, this.#output, this.#zones, this.tune, stretch));
        this.#cursor = until;
      }
      const [start] = this.#loop;
      if (until < limit || start === undefined) break;
      this.#anchors.push({ time: at(limit), seconds: start, tempo: anchor.tempo });
      this.#cursor = start;
      held = true;
    }
    if (!this.#loop.length && this.position >= this.tune.duration) this.#finish();
  }

  #finish() {
    clearInterval(this.#timer);
    this.playing = false; // the last note may die away
    this.ended = true;
    this.#anchors = [];
    this.#rest = 0;
    this.#changed();
  }

  #move() {
    if (!this.playing) return;
    if (this.position >= this.tune.duration) this.#advance();
    this.dispatchEvent(new Event("move"));
    this.#frame = requestAnimationFrame(() => this.#move());
  }

  #silence() {
    this.playing = false;
    clearInterval(this.#timer);
    cancelAnimationFrame(this.#frame);
    for (const voice of this.#voices) cut(voice, this.#context.currentTime);
    this.#voices = [];
    this.#anchors = [];
  }
}
