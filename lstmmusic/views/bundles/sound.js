// Made by scripts/bundle: 9406d7436dc23716faadcc06900ccf62d340d5c8d06eb86cfbb319fc1a62cc1b
// lstmmusic/views/playback/row.js
var EMPTY = "There is nothing to play yet";
var KEYS = `Keys: Space plays and pauses, ← and → go two seconds, Home and End to the start and the end,
L loops and I and O set where the loop begins and ends, Escape ends it,
P and G mute the primer and what was generated, 1 to 9 choose the tune that is heard`;
var LOOP = "Play a part again and again: drag it on the roll, or set its ends with the keys I and O (key L)";
var FINEST = 100;
var MOVING = ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End", "PageUp", "PageDown"];
var clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;
function element(kind, attributes, parent, text = "") {
  const made = document.createElement(kind);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.textContent = text;
  parent.append(made);
  return made;
}
function slider(parent, name, attributes, say, choose) {
  const label = element("label", { class: name.toLowerCase() }, parent);
  element("span", { class: "name" }, label, name);
  const input = element("input", { type: "range", "aria-label": name, ...attributes }, label);
  const output = element("span", { class: "value" }, label);
  input.addEventListener("input", () => choose(input.valueAsNumber));
  return (value) => {
    input.value = value;
    output.textContent = say(value);
    input.setAttribute("aria-valuetext", say(value));
    input.title = `${attributes.title}: ${say(value)}`;
  };
}
function toggleButton(parent, text, attributes, act) {
  const made = element("button", { type: "button", ...attributes }, parent, text);
  made.addEventListener("click", act);
  return made;
}
function tuneButtons(parent, choose) {
  const group = element("span", { class: "tunes", role: "group", "aria-label": "Which tune is heard" }, parent);
  let shown = "";
  return ({ tunes, chosen }) => {
    const texts = tunes.map(({ label, name }, place) => [label || `${place + 1}`, name]);
    group.hidden = tunes.length < 2;
    if (shown !== JSON.stringify(texts)) {
      shown = JSON.stringify(texts);
      group.replaceChildren();
      texts.forEach(([text, name], place) => {
        const title = `Hear ${name || `tune ${text}`} from the same place on (key ${text})`;
        element("button", { type: "button", title }, group, text).addEventListener("click", () => choose(place));
      });
    }
    [...group.children].forEach((button, place) => button.setAttribute("aria-pressed", place === chosen));
  };
}
function showRow(model, el, { player, waiting, begin, tell, toggle, seek, toggleLoop, switchTo, press }) {
  el.classList.add("lstmmusic-view");
  const row = element("div", { class: "lstmmusic-sound", role: "group", tabindex: "0", title: KEYS }, el);
  row.setAttribute("data-lm-suppress-shortcuts", "true");
  const play = element("button", { type: "button", class: "play" }, row, "Play");
  const stop = element("button", { type: "button", title: "Be silent, and go back to the start" }, row, "Stop");
  const hear = element("button", { type: "button", class: "hear" }, row, "Click to hear");
  const showTunes = tuneButtons(row, switchTo);
  const range = { type: "range", class: "place", min: 0, step: 0.01, "aria-label": "Place in the tune" };
  const place = element("input", { ...range, title: KEYS }, row);
  const time = element("span", { class: "time" }, row);
  const loop = toggleButton(row, "Loop", { title: LOOP }, toggleLoop);
  const parts = element("span", { class: "parts" }, row);
  const mute = (name) => () => tell({ [name]: !model.get(name) });
  const primer = { "aria-label": "Mute primer", title: "Do not hear the primer (key P)" };
  const generated = { "aria-label": "Mute generated", title: "Do not hear what the network made (key G)" };
  const mutePrimer = toggleButton(parts, "Primer", primer, mute("mute_primer"));
  const muteGenerated = toggleButton(parts, "Generated", generated, mute("mute_generated"));
  const showTempo = slider(
    row,
    "Tempo",
    { min: -2, max: 2, step: 0.05, title: "How fast it is played, from a quarter to four times" },
    (power) => `${(2 ** power).toFixed(2)}×`,
    (power) => tell({ tempo: 2 ** power })
  );
  const showVolume = slider(
    row,
    "Volume",
    { min: 0, max: 1, step: 0.01, title: "How loud it is played" },
    (volume) => `${Math.round(volume * 100)} %`,
    (volume) => tell({ volume })
  );
  const problem = element("span", { class: "problem", role: "status" }, row);
  play.addEventListener("click", toggle);
  stop.addEventListener("click", () => {
    player.stop();
    tell({ playing: false, position: 0 });
  });
  hear.addEventListener("click", () => player.playing ? player.unblock() : begin(model.get("position")));
  place.addEventListener("input", () => seek(place.valueAsNumber));
  row.addEventListener("keydown", (event) => {
    const { key, target } = event;
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (target instanceof HTMLInputElement && target !== place && MOVING.includes(key)) return;
    if (target instanceof HTMLButtonElement && key === " ") return;
    if (!press(key)) return;
    event.preventDefault();
    event.stopPropagation();
  });
  const move = () => {
    const { duration } = player.tune;
    const text = `${clock(player.position)} / ${clock(duration)}`;
    const moved = Math.abs(player.position - place.valueAsNumber);
    if (!player.playing || moved > duration / FINEST) place.value = player.position;
    if (time.textContent !== text) {
      time.textContent = text;
      place.setAttribute("aria-valuetext", text);
    }
  };
  const change = () => {
    const { duration, name } = player.tune;
    row.hidden = model.get("bare");
    row.setAttribute("aria-label", name ? `Player: ${name}` : "Player");
    play.textContent = player.playing ? "Pause" : "Play";
    play.title = player.playing ? "Hold on" : duration > 0 ? `Hear ${name || "the tune"}` : EMPTY;
    for (const control of [play, stop, place]) control.disabled = duration <= 0;
    hear.hidden = !(player.blocked || waiting.here);
    showTunes(player);
    loop.hidden = duration <= 0;
    parts.hidden = !player.tunes.some(({ primerEnd }) => primerEnd > 0);
    loop.setAttribute("aria-pressed", model.get("loop").length > 0);
    mutePrimer.setAttribute("aria-pressed", model.get("mute_primer"));
    muteGenerated.setAttribute("aria-pressed", model.get("mute_generated"));
    problem.textContent = model.get("problem");
    problem.hidden = !problem.textContent;
    problem.title = problem.textContent;
    place.max = duration;
    showTempo(Math.log2(model.get("tempo")));
    showVolume(model.get("volume"));
    move();
  };
  const traits = ["problem", "bare", "tempo", "volume", "loop", "mute_primer", "mute_generated"];
  const names = traits.map((name) => `change:${name}`);
  for (const name of names) model.on(name, change);
  player.addEventListener("change", change);
  player.addEventListener("move", move);
  change();
  return () => {
    for (const name of names) model.off(name, change);
    player.removeEventListener("change", change);
    player.removeEventListener("move", move);
    row.remove();
  };
}
function makePlayerView(connect2) {
  let connection;
  return {
    initialize({ model }) {
      connection = connect2(model);
      return connection.close;
    },
    render: ({ model, el }) => showRow(model, el, connection)
  };
}

// lstmmusic/views/playback/events.js
var PLAYHEAD = "lstmmusic-playhead";
var WISH = "lstmmusic-wish";
var KEY = "lstmmusic-key";

// lstmmusic/views/playback/transport.js
var JUMP = 2;
var SHORTEST_LOOP = 0.05;
var NOTHING = { notes: new Float32Array(), duration: 0, primerEnd: 0, name: "", label: "" };
function tellModel(model, state) {
  for (const [name, value] of Object.entries(state)) model.set(name, value);
  model.save_changes();
}
function readTunes(model) {
  const tunes = model.get("tunes").map(({ primer_end: primerEnd, ...tune }) => ({ ...NOTHING, ...tune, primerEnd }));
  return tunes.length ? tunes : [NOTHING];
}
function loadTunes(model, player, tunes) {
  if (model.get("goes_on")) player.choose(model.get("chosen"), tunes);
  else player.load(tunes, model.get("chosen"));
}
function loopOf([start, stop], { duration }) {
  const end = Math.min(stop, duration);
  return end - start >= SHORTEST_LOOP ? [start, end] : [];
}
function makeTransport(model, player, begin) {
  const tell = (state) => tellModel(model, state);
  const announce = () => {
    const { position: seconds, playing, chosen: tune } = player;
    const [id, loop, rate] = [model.get("ident"), model.get("loop"), player.moving ? model.get("tempo") : 0];
    const detail = { id, tune, name: player.tune.name, seconds, playing, rate, loop };
    document.dispatchEvent(new CustomEvent(PLAYHEAD, { detail }));
  };
  const adjust = () => {
    player.set({
      tempo: model.get("tempo"),
      volume: model.get("volume"),
      loop: model.get("loop"),
      mutePrimer: model.get("mute_primer"),
      muteGenerated: model.get("mute_generated")
    });
    announce();
  };
  const choose = () => {
    const chosen = model.get("chosen");
    if (chosen !== player.chosen && player.tunes[chosen]) player.choose(chosen);
  };
  const toggle = () => player.playing ? player.pause() : begin(player.position);
  const seek = (seconds) => {
    player.seek(seconds);
    if (!player.playing) tell({ position: player.position });
  };
  let looped = [];
  const setLoop = (start, end) => {
    if (model.get("loop").length) looped = model.get("loop");
    const stop = Math.min(end, player.tune.duration);
    tell({ loop: [Math.max(0, Math.min(start, stop - SHORTEST_LOOP)), Math.max(stop, SHORTEST_LOOP)] });
  };
  const endLoop = () => {
    looped = model.get("loop");
    tell({ loop: [] });
  };
  const toggleLoop = () => {
    const { duration } = player.tune;
    if (model.get("loop").length) endLoop();
    else setLoop(...looped[1] <= duration ? looped : [0, duration]);
  };
  const switchTo = (chosen) => {
    if (chosen !== player.chosen) player.choose(chosen);
    tell({ chosen });
  };
  const keys = {
    " ": toggle,
    ArrowLeft: () => seek(player.position - JUMP),
    ArrowRight: () => seek(player.position + JUMP),
    Home: () => seek(0),
    End: () => seek(player.tune.duration),
    l: toggleLoop,
    i: () => {
      const [, stop] = model.get("loop");
      setLoop(player.position, stop > player.position ? stop : player.tune.duration);
    },
    o: () => {
      const [start] = model.get("loop");
      setLoop(start < player.position ? start : 0, player.position);
    },
    p: () => tell({ mute_primer: !model.get("mute_primer") }),
    g: () => tell({ mute_generated: !model.get("mute_generated") })
  };
  const press = (key) => {
    const { tunes, tune } = player;
    if (tune.duration <= 0) return false;
    const name = key.toLowerCase();
    const which = tunes.findIndex(({ label }, place) => [label.toLowerCase(), `${place + 1}`].includes(name));
    if (tunes.length > 1 && which >= 0) switchTo(which);
    else if (key === "Escape" && model.get("loop").length) endLoop();
    else if (keys[key] ?? keys[name]) (keys[key] ?? keys[name])();
    else return false;
    return true;
  };
  const grant = (event) => {
    const { id, tune, seek: seconds, loop, key } = event.detail;
    if (id !== model.get("ident")) return;
    if (seconds !== void 0 && tune < player.tunes.length) {
      if (tune !== player.chosen) switchTo(tune);
      seek(seconds);
    }
    if (loop) setLoop(...loop);
    if (key && press(key)) event.preventDefault();
    announce();
  };
  const listeners = [
    ["change:chosen", choose],
    ...["tempo", "volume", "loop", "mute_primer", "mute_generated"].map((name) => [`change:${name}`, adjust])
  ];
  for (const [name, listener] of listeners) model.on(name, listener);
  for (const name of ["change", "move"]) player.addEventListener(name, announce);
  document.addEventListener(WISH, grant);
  adjust();
  const close = () => {
    for (const [name, listener] of listeners) model.off(name, listener);
    document.removeEventListener(WISH, grant);
  };
  return { begin, tell, toggle, seek, toggleLoop, switchTo, press, close };
}

// lstmmusic/views/playback/voices.js
var DECODING_RATE = 48e3;
var ATTACK = 1e-3;
var FADE = 4e-3;
var GONE = 8;
var DECIBELS_100 = Math.log(1e5);
var POLYPHONY = 96;
var LEVEL = 0.5;
var LIMIT = { threshold: -9, knee: 6, ratio: 20, attack: 2e-3, release: 0.2 };
var BEND = 0.6;
var CEILING = 0.98;
var CURVE = 4096;
var NOTE = 4;
function copied(value) {
  return new Uint8Array(value.buffer ?? value, value.byteOffset ?? 0, value.byteLength).slice().buffer;
}
function decodePlain(context, data, rate) {
  const samples = new Int16Array(data);
  const buffer = context.createBuffer(1, samples.length, rate);
  const channel = buffer.getChannelData(0);
  for (let index = 0; index < samples.length; index++) channel[index] = samples[index] / 32768;
  return buffer;
}
async function decodeBank(zones, samples, data) {
  const context = new OfflineAudioContext(1, 1, DECODING_RATE);
  const decoded = samples.map(({ start, stop, rate, vorbis }) => {
    const part = data.slice(start, stop);
    return vorbis ? context.decodeAudioData(part) : decodePlain(context, part, rate);
  });
  const buffers = await Promise.all(decoded);
  return zones.map((zone) => ({ ...zone, buffer: buffers[zone.sample] }));
}
function plainBank() {
  const [rate, length] = [24e3, 3];
  const context = new OfflineAudioContext(1, 1, rate);
  const zones = [];
  for (let root = 24; root <= 108; root += 12) {
    const frequency = 440 * 2 ** ((root - 69) / 12);
    const buffer = context.createBuffer(1, rate * length, rate);
    const channel = buffer.getChannelData(0);
    for (let partial = 1; partial <= 6 && partial * frequency < rate / 3; partial++) {
      const fading = (0.8 + frequency / 400) * (1 + partial / 3);
      for (let index = 0; index < channel.length; index++) {
        const time = index / rate;
        const envelope = Math.exp(-fading * time) * (1 - time / length) * 2.2 ** -partial;
        channel[index] += envelope * Math.sin(2 * Math.PI * frequency * partial * time);
      }
    }
    const range = { lowest: root - 6, highest: root + 5, root, tuning: 0, loop: null };
    zones.push({ ...range, gain: 0.5, hold: 10, decay: 10, sustain: 1, release: 0.8, buffer });
  }
  return zones;
}
function zonesOf(bank, pitch) {
  const found = bank.filter((zone) => zone.lowest <= pitch && pitch <= zone.highest);
  if (found.length || !bank.length) return found;
  const distance = (zone) => Math.max(zone.lowest - pitch, pitch - zone.highest);
  return [bank.reduce((best, zone) => distance(zone) < distance(best) ? zone : best)];
}
function bend(value) {
  const [size, room] = [Math.abs(value), CEILING - BEND];
  return size < BEND ? value : Math.sign(value) * (BEND + room * Math.tanh((size - BEND) / room));
}
function makeOutput(context, destination) {
  const [primer, generated, volume, half] = [0, 1, 2, 3].map(() => context.createGain());
  const limiter = context.createDynamicsCompressor();
  for (const [name, value] of Object.entries(LIMIT)) limiter[name].value = value;
  const last = context.createWaveShaper();
  last.curve = Float32Array.from({ length: CURVE + 1 }, (_, index) => bend(2 * (2 * index / CURVE - 1)));
  half.gain.value = 0.5;
  primer.connect(volume);
  generated.connect(volume);
  volume.connect(limiter).connect(half).connect(last).connect(destination);
  return { primer, generated, volume, last };
}
function shape(voice, from) {
  const { gain } = voice.envelope;
  gain.cancelScheduledValues(from);
  const [fading, damping] = [voice.zone.decay / DECIBELS_100, voice.zone.release / DECIBELS_100];
  if (voice.fades >= from) gain.setTargetAtTime(voice.level * voice.zone.sustain, voice.fades, fading);
  gain.setTargetAtTime(0, voice.released, damping);
  voice.gone = voice.released + GONE * damping;
  voice.source.stop(voice.gone);
}
function cut(voice, time) {
  if (voice.gone <= time) return;
  const { gain } = voice.envelope;
  gain.cancelScheduledValues(time);
  gain.setTargetAtTime(0, time, FADE);
  voice.released = Math.min(voice.released, time);
  voice.gone = voice.begins >= time ? time : time + GONE * FADE;
  voice.source.stop(Math.max(voice.gone, 0));
}
function startVoice(context, destination, zone, note, begins, released, elapsed) {
  const source = context.createBufferSource();
  const envelope = context.createGain();
  const speed = 2 ** (((note.pitch - zone.root) * 100 + zone.tuning) / 1200);
  source.buffer = zone.buffer;
  source.playbackRate.value = speed;
  if (zone.loop && zone.loop[1] <= zone.buffer.duration) {
    [source.loop, source.loopStart, source.loopEnd] = [true, ...zone.loop];
  }
  const attack = elapsed > 0 ? FADE : ATTACK;
  const faded = Math.max(0, elapsed - zone.hold) * (DECIBELS_100 / zone.decay);
  const level = zone.gain * LEVEL * (note.velocity / 127) ** 2;
  const fades = begins + Math.max(zone.hold - elapsed, GONE * attack);
  const voice = { ...note, zone, level, source, envelope, begins, fades, released };
  envelope.gain.setValueAtTime(0, begins);
  envelope.gain.setTargetAtTime(level * Math.max(Math.exp(-faded), zone.sustain), begins, attack);
  source.connect(envelope).connect(destination);
  source.onended = () => envelope.disconnect();
  source.start(begins, elapsed * speed);
  shape(voice, fades);
  return voice;
}
function schedule(context, output, bank, tune, stretch) {
  const { from, until = Infinity, at, limit = Infinity, held = false, voices = [] } = stretch;
  const { notes, primerEnd } = tune;
  const made = [];
  let sounding = voices;
  for (let index = firstFrom(notes, held ? -Infinity : from); index < notes.length; index += NOTE) {
    const [start, end, pitch, velocity] = notes.subarray(index, index + NOTE);
    if (start >= until) break;
    if (start < from && end < from + SHORTEST_LOOP) continue;
    const stop = Math.min(end, limit);
    const begins = at(Math.max(start, from));
    sounding = sounding.filter((voice) => voice.gone > begins);
    if (sounding.length >= POLYPHONY) {
      const oldest = sounding.reduce((best, voice) => voice.released < best.released ? voice : best);
      cut(oldest, Math.max(begins, oldest.begins));
      sounding = sounding.filter((voice) => voice !== oldest);
    }
    const note = { start, end, pitch, velocity };
    const elapsed = at(Math.max(start, from)) - at(start);
    const group = start < primerEnd ? output.primer : output.generated;
    for (const zone of zonesOf(bank, pitch)) {
      const voice = startVoice(context, group, zone, note, begins, Math.max(at(stop), begins + 0.02), elapsed);
      made.push(voice);
      sounding.push(voice);
    }
  }
  return made;
}
function firstFrom(notes, seconds) {
  let [low, high] = [0, notes.length / NOTE];
  while (low < high) {
    const middle = low + high >> 1;
    if (notes[middle * NOTE] < seconds) low = middle + 1;
    else high = middle;
  }
  return low * NOTE;
}

// lstmmusic/views/playback/live.js
var SOON = 5e-3;
var LONGEST_KEY = 60;
var LiveKeys = class {
  #player;
  #held = /* @__PURE__ */ new Map();
  // from pitch to a promise of voices
  constructor(player) {
    this.#player = player;
  }
  press(pitch, velocity) {
    if (!this.#held.has(pitch)) this.#held.set(pitch, this.#start(pitch, velocity));
  }
  async release(pitch) {
    const voices = this.#held.get(pitch) ?? [];
    this.#held.delete(pitch);
    for (const voice of await voices) {
      const time = Math.max(voice.source.context.currentTime, voice.begins);
      voice.released = time;
      shape(voice, time);
    }
  }
  async #start(pitch, velocity) {
    const { context, output, zones } = await this.#player.ready();
    const begins = context.currentTime + SOON;
    const released = begins + LONGEST_KEY;
    const note = { start: 0, end: LONGEST_KEY, pitch, velocity };
    return zonesOf(zones, pitch).map((zone) => startVoice(context, output.volume, zone, note, begins, released, 0));
  }
};

// lstmmusic/views/playback/scheduler.js
var LOOK_AHEAD = 1.5;
var PERIOD = 100;
var LEAD = 0.03;
var WARM_UP = 0.25;
var Player = class extends EventTarget {
  tunes = [NOTHING];
  chosen = 0;
  // which of them is heard
  playing = false;
  ended = false;
  // whether the tune sounded to its end
  settings = { tempo: 1, volume: 1, loop: [], mutePrimer: false, muteGenerated: false };
  #bank;
  // a promise
  #zones = [];
  // what it came to
  #context = null;
  #output = null;
  #voices = [];
  #anchors = [];
  // { time, seconds, tempo }: from this time on the tune goes on from these seconds
  #cursor = 0;
  // up to which second of the tune notes are on the clock
  #rest = 0;
  // where it stands while it does not play
  #timer = 0;
  #wishes = 0;
  // how often it was told to play or to be silent
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
      for (const voice of this.#voices) cut(voice, when);
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
    if (wish !== this.#wishes) return;
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
    const start = seconds >= this.#limit ? this.#loop[0] ?? seconds : seconds;
    this.#anchors = [];
    const begins = Math.max(now + LEAD, WARM_UP);
    this.#goOn(begins, start);
    this.#advance(true);
    const latency = this.#context.outputLatency || 0;
    setTimeout(() => this.#moved(), 1e3 * (begins + latency - now) + 10);
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
    for (; ; ) {
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
      if (until < limit || start === void 0) break;
      this.#anchors.push({ time: at(limit), seconds: start, tempo: anchor.tempo });
      this.#cursor = start;
      held = true;
    }
    const waits = this.#loop.length || this.tune.unfinished;
    if (!waits && this.position >= this.tune.duration) this.#finish();
  }
  #finish() {
    clearInterval(this.#timer);
    this.playing = false;
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
};

// lstmmusic/views/playback/sound.js
var REPORT_PERIOD = 1e3;
var FALLBACK = "This browser cannot decode the samples of the piano; a plain tone plays instead";
var SILENT = "This browser has no Web Audio, so nothing can be heard; another browser can";
function connect(model) {
  const page = `${Math.random()}`;
  const waiting = { here: false };
  let reported = 0;
  let timer = 0;
  const loadBank = async () => {
    const { zones, samples } = model.get("instrument");
    try {
      return await decodeBank(zones, samples, copied(model.get("samples")));
    } catch {
      tellModel(model, { problem: FALLBACK });
      return plainBank();
    }
  };
  const possible = typeof AudioContext === "function" && typeof OfflineAudioContext === "function";
  if (!possible) tellModel(model, { problem: SILENT });
  const player = new Player(possible ? loadBank() : []);
  const begin = (seconds) => {
    waiting.here = false;
    if (possible) player.play(seconds);
  };
  const transport = makeTransport(model, player, begin);
  const readNotes = () => {
    const all = new Float32Array(copied(model.get("notes")));
    let start = 0;
    return readTunes(model).map((tune) => ({ ...tune, notes: all.subarray(start, start += tune.count * NOTE) }));
  };
  const report = () => {
    clearTimeout(timer);
    timer = 0;
    reported = performance.now();
    tellModel(model, { playing: player.playing, position: player.position, ended: player.ended });
  };
  const reportSoon = () => {
    timer ||= setTimeout(report, Math.max(0, reported + REPORT_PERIOD - performance.now()));
  };
  const claim = () => {
    if (model.get("page") !== page) tellModel(model, { page });
  };
  const orders = {
    play: () => {
      if (model.get("page") === page) begin(model.get("position"));
      else {
        waiting.here = true;
        player.dispatchEvent(new Event("change"));
      }
    },
    pause: () => player.playing && player.pause(),
    stop: () => player.stop(),
    seek: ({ seconds }) => player.seek(seconds)
  };
  const obey = (message) => orders[message.kind]?.(message);
  const load = () => {
    if (!model.get("goes_on")) waiting.here = false;
    loadTunes(model, player, readNotes());
  };
  const lengthen = () => player.lengthen(readNotes());
  let retuning = false;
  const retune = () => {
    if (!possible || retuning) return;
    retuning = true;
    queueMicrotask(() => {
      retuning = false;
      player.bank = loadBank();
    });
  };
  const follow = () => {
    if (!player.playing) player.seek(model.get("position"));
  };
  const wait = () => {
    if (!model.get("playing")) waiting.here = false;
    player.dispatchEvent(new Event("change"));
  };
  const yieldTo = () => {
    if (model.get("page") !== page && player.playing) player.pause();
  };
  const hands = new LiveKeys(player);
  const touch = ({ detail: { id, pitch, velocity, down } }) => {
    if (id !== model.get("ident") || !possible) return;
    if (!down) hands.release(pitch);
    else if (model.get("page") === page) hands.press(pitch, velocity);
  };
  let sounded = false;
  player.addEventListener("change", () => {
    if (player.playing || sounded) report();
    sounded = player.playing;
  });
  player.addEventListener("move", () => player.playing && reportSoon());
  const leave = () => player.playing && player.pause();
  const listeners = [
    ["msg:custom", obey],
    ["change:instrument", retune],
    ["change:samples", retune],
    ["change:loaded", load],
    ["change:appended", lengthen],
    ["change:position", follow],
    ["change:playing", wait],
    ["change:page", yieldTo]
  ];
  for (const [name, listener] of listeners) model.on(name, listener);
  for (const gesture of ["pointerdown", "keydown"]) document.addEventListener(gesture, claim, true);
  document.addEventListener(KEY, touch);
  addEventListener("pagehide", leave);
  player.load(readNotes(), model.get("chosen"));
  player.seek(model.get("position"));
  const active = navigator.userActivation?.hasBeenActive ?? false;
  const first = model.get("page") === "";
  if (active && (first || document.hasFocus())) claim();
  if (first && model.get("playing")) orders.play();
  const close = () => {
    clearTimeout(timer);
    for (const [name, listener] of listeners) model.off(name, listener);
    for (const gesture of ["pointerdown", "keydown"]) document.removeEventListener(gesture, claim, true);
    document.removeEventListener(KEY, touch);
    removeEventListener("pagehide", leave);
    transport.close();
    player.close();
  };
  return { ...transport, player, waiting, close };
}
var sound_default = makePlayerView(connect);
export {
  LiveKeys,
  Player,
  decodeBank,
  sound_default as default,
  makeOutput,
  plainBank,
  schedule
};
