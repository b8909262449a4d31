// Made by scripts/bundle: 7817cd12d7dc289e747c4b0936328540ff9ecb98da9e10fef92ca79f297247de
// lstmmusic/views/model.js
var GONE = ["restarting", "autorestarting", "dead"];
function listen(model, signal, event, listener) {
  model.on(event, listener);
  signal.addEventListener("abort", () => model.off(event, listener));
}
function onChange(model, signal, names, listener) {
  for (const name of names) listen(model, signal, `change:${name}`, listener);
}
function onMessage(model, signal, listener) {
  listen(model, signal, "msg:custom", listener);
}
function save(model, traits) {
  for (const name in traits) model.set(
    name,
    /** @type {S[typeof name]} */
    traits[name]
  );
  model.save_changes();
}
function bytes(value) {
  return new Uint8Array(value.buffer, value.byteOffset, value.byteLength).slice();
}
function onKernelLost(model, signal, listener) {
  const kernel = model.widget_manager?.kernel;
  if (!kernel?.statusChanged || !kernel.disposed) return;
  const check = (_, status) => {
    if (GONE.includes(status)) listener();
  };
  kernel.statusChanged.connect(check);
  kernel.disposed.connect(listener);
  signal.addEventListener("abort", () => {
    kernel.statusChanged.disconnect(check);
    kernel.disposed.disconnect(listener);
  });
}
function sendable(model, signal) {
  let lost = false;
  onKernelLost(model, signal, () => lost = true);
  return {
    get: (name) => model.get(name),
    set: (name, value) => {
      const same = JSON.stringify(model.get(name)) === JSON.stringify(value);
      if (!same || ArrayBuffer.isView(value)) model.set(name, value);
    },
    save_changes: () => void (lost || model.save_changes()),
    send: (...message) => void (lost || model.send(...message)),
    on: (event, listener) => model.on(event, listener),
    off: (event, listener) => model.off(event, listener),
    widget_manager: model.widget_manager
  };
}
function withSignal(show) {
  return ({ model, el }) => {
    const end = new AbortController();
    show(sendable(model, end.signal), el, end.signal);
    return () => end.abort();
  };
}

// lstmmusic/views/playback/events.js
var PLAYHEAD = "lstmmusic-playhead";
var REQUEST = "lstmmusic-request";
var KEY = "lstmmusic-key";

// lstmmusic/views/constants.js
var SHORTEST_LOOP = 0.05;
var STRIKE_GAP = 0.03;

// lstmmusic/views/numbers.js
var clamp = (value, low, high) => Math.max(low, Math.min(value, high));
function firstIndex(size, test) {
  let [low, high] = [0, size];
  while (low < high) {
    const middle = low + high >> 1;
    if (test(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

// lstmmusic/views/playback/voices.js
var DECODING_RATE = 48e3;
var ATTACK = 1e-3;
var FADE = 4e-3;
var GONE2 = 8;
var DECIBELS_100 = Math.log(1e5);
var POLYPHONY = 96;
var LEVEL = 0.5;
var LIMIT = { threshold: -9, knee: 6, ratio: 20, attack: 2e-3, release: 0.2 };
var BEND = 0.6;
var CEILING = 0.98;
var CURVE = 4096;
var NOTE = 4;
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
  const limiter = new DynamicsCompressorNode(context, LIMIT);
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
  const { zone, level, fades, released } = voice;
  const [fading, damping] = [zone.decay / DECIBELS_100, zone.release / DECIBELS_100];
  if (from <= fades && fades < released) gain.setTargetAtTime(level * zone.sustain, fades, fading);
  gain.setTargetAtTime(0, released, damping);
  voice.gone = released + GONE2 * damping;
  voice.source.stop(voice.gone);
}
function cut(voice, time, fade = FADE) {
  if (voice.gone <= time) return;
  const { gain } = voice.envelope;
  gain.cancelScheduledValues(time);
  gain.setTargetAtTime(0, time, fade);
  voice.released = Math.min(voice.released, time);
  voice.gone = voice.begins >= time ? time : time + GONE2 * fade;
  voice.source.stop(Math.max(voice.gone, 0));
}
function damp(voices, pitch, time, now) {
  for (const voice of voices) {
    if (voice.pitch !== pitch || voice.begins >= time) continue;
    const from = Math.max(now, time - STRIKE_GAP, (voice.begins + time) / 2);
    cut(voice, from, Math.max(FADE, time - from));
  }
}
function startVoice(context, destination, zone, note, begins, released, elapsed) {
  const source = context.createBufferSource();
  const envelope = new GainNode(context, { gain: 0 });
  const speed = 2 ** (((note.pitch - zone.root) * 100 + zone.tuning) / 1200);
  source.buffer = zone.buffer;
  source.playbackRate.value = speed;
  if (zone.loop && zone.loop[1] <= zone.buffer.duration) {
    source.loop = true;
    [source.loopStart, source.loopEnd] = zone.loop;
  }
  const attack = elapsed > 0 ? FADE : ATTACK;
  const faded = Math.max(0, elapsed - zone.hold) * (DECIBELS_100 / zone.decay);
  const level = zone.gain * LEVEL * (note.velocity / 127) ** 2;
  const fades = begins + Math.max(zone.hold - elapsed, GONE2 * attack);
  const voice = { ...note, zone, level, source, envelope, begins, fades, released, gone: Infinity };
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
  const first = held ? 0 : NOTE * firstIndex(notes.length / NOTE, (index) => notes[index * NOTE] >= from);
  let sounding = voices;
  for (let index = first; index < notes.length; index += NOTE) {
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
    if (!elapsed) damp(sounding, pitch, begins, context.currentTime);
    const group = start < primerEnd ? output.primer : output.generated;
    for (const zone of zonesOf(bank, pitch)) {
      const voice = startVoice(context, group, zone, note, begins, Math.max(at(stop), begins + 0.02), elapsed);
      made.push(voice);
      sounding.push(voice);
    }
  }
  return made;
}

// lstmmusic/views/playback/live.js
var SOON = 5e-3;
var LONGEST_KEY = 60;
var LiveKeys = class {
  #player;
  /** @type {Map<number, Promise<Voice[]>>} */
  #held = /* @__PURE__ */ new Map();
  // by pitch
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
};

// lstmmusic/views/element.js
function element(kind, attributes = {}, ...children) {
  const made = document.createElement(kind);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, `${value}`);
  made.append(...children.filter((child) => child !== ""));
  return made;
}
function makeButton(text, attributes = {}) {
  return element("button", { type: "button", ...attributes }, text);
}
var NO_SHORTCUTS = { "data-lm-suppress-shortcuts": "true" };
var OWN_KEYS = { tabindex: 0, ...NO_SHORTCUTS };

// lstmmusic/views/playback/row.js
var EMPTY = "There is nothing to play yet";
var KEYS = `Keys: Space plays and pauses, ← and → move by two seconds, Home and End to the start and the end,
L loops and I and O set where the loop starts and ends, Escape ends it,
P and G mute the primer and the generated part, 1 to 9 choose which tune plays`;
var LOOP = "Play a part repeatedly: drag it on the roll, or set its ends with the keys I and O (key L)";
var FINEST = 100;
var SLIDER_KEYS = ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End", "PageUp", "PageDown"];
var clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;
function addSlider(parent, name, attributes, format, choose) {
  const input = element("input", { type: "range", "aria-label": name, ...attributes });
  const output = element("span", { class: "value" });
  const title = element("span", { class: "name" }, name);
  parent.append(element("label", { class: name.toLowerCase() }, title, input, output));
  input.addEventListener("input", () => choose(input.valueAsNumber));
  return (value) => {
    input.value = `${value}`;
    output.textContent = format(value);
    input.setAttribute("aria-valuetext", format(value));
    input.title = `${attributes.title}: ${format(value)}`;
  };
}
function addTuneButtons(parent, choose) {
  const group = element("span", { class: "tunes", role: "group", "aria-label": "Which tune is heard" });
  parent.append(group);
  let shown = "";
  return ({ tunes, chosen }) => {
    const texts = tunes.map(({ label, name }, place) => [label || `${place + 1}`, name]);
    group.hidden = tunes.length < 2 || tunes.every(({ label }) => !label);
    if (shown !== JSON.stringify(texts)) {
      shown = JSON.stringify(texts);
      const buttons = texts.map(([text, name], place) => {
        const button = makeButton(text, { title: `Play ${name || `tune ${text}`} from the same place (key ${text})` });
        button.addEventListener("click", () => choose(place));
        return button;
      });
      group.replaceChildren(...buttons);
    }
    [...group.children].forEach((button, place) => button.setAttribute("aria-pressed", `${place === chosen}`));
  };
}
function showRow(model, el, signal, transport) {
  const { player, set, seek } = transport;
  const row = element("div", { class: "lstmmusic-sound", role: "group", title: KEYS, ...OWN_KEYS });
  const play = makeButton("Play", { class: "play" });
  const stop = makeButton("Stop", { title: "Stop, and return to the start" });
  const hear = makeButton("Click to hear", { class: "hear" });
  row.append(play, stop, hear);
  const showTunes = addTuneButtons(row, transport.switchTo);
  const what = element("span", { class: "what" });
  row.append(what);
  const range = { type: "range", class: "place", min: 0, step: 0.01, "aria-label": "Position" };
  const place = element("input", { ...range, title: KEYS });
  const time = element("span", { class: "time" });
  const loop = makeButton("Loop", { title: LOOP });
  const mutePrimer = makeButton("Primer", { "aria-label": "Mute primer", title: "Mute the primer (key P)" });
  const generated = { "aria-label": "Mute generated", title: "Mute what the network generated (key G)" };
  const muteGenerated = makeButton("Generated", generated);
  const parts = element("span", { class: "parts" }, mutePrimer, muteGenerated);
  row.append(place, time, loop, parts);
  const showSpeed = addSlider(
    row,
    "Speed",
    { min: -2, max: 2, step: 0.05, title: "Playback speed, from a quarter to four times" },
    (power) => `${(2 ** power).toFixed(2)}×`,
    (power) => set({ tempo: 2 ** power })
  );
  const showVolume = addSlider(
    row,
    "Volume",
    { min: 0, max: 1, step: 0.01, title: "Playback volume" },
    (volume) => `${Math.round(volume * 100)}%`,
    (volume) => set({ volume })
  );
  const problem = element("span", { class: "problem", role: "status" });
  row.append(problem);
  el.classList.add("lstmmusic-view");
  el.append(row);
  play.addEventListener("click", transport.toggle);
  stop.addEventListener("click", () => {
    player.stop();
    set({ playing: false, position: 0 });
  });
  hear.addEventListener("click", () => player.playing ? player.unblock() : transport.begin(model.get("position")));
  loop.addEventListener("click", transport.toggleLoop);
  mutePrimer.addEventListener("click", transport.mutePrimer);
  muteGenerated.addEventListener("click", transport.muteGenerated);
  place.addEventListener("input", () => seek(place.valueAsNumber));
  row.addEventListener("keydown", (event) => {
    const { key, target } = event;
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (target instanceof HTMLInputElement && target !== place && SLIDER_KEYS.includes(key)) return;
    if (target instanceof HTMLButtonElement && key === " ") return;
    if (!transport.press(key)) return;
    event.preventDefault();
    event.stopPropagation();
  });
  const move = () => {
    const { duration } = player.tune;
    const text = `${clock(player.position)} / ${clock(duration)}`;
    const moved = Math.abs(player.position - place.valueAsNumber);
    if (!player.playing || moved > duration / FINEST) place.value = `${player.position}`;
    if (time.textContent !== text) {
      time.textContent = text;
      place.setAttribute("aria-valuetext", text);
    }
  };
  const change = () => {
    const { duration, name } = player.tune;
    row.hidden = model.get("bare");
    what.textContent = what.title = name;
    row.setAttribute("aria-label", name ? `Player: ${name}` : "Player");
    play.textContent = player.playing ? "Pause" : "Play";
    play.title = player.playing ? "Pause" : duration > 0 ? `Play ${name || "the tune"}` : EMPTY;
    for (const control of [play, stop, place]) control.disabled = duration <= 0;
    hear.hidden = !(player.blocked || transport.waiting());
    showTunes(player);
    loop.hidden = duration <= 0;
    parts.hidden = !player.tunes.some(({ primerEnd }) => primerEnd > 0);
    loop.setAttribute("aria-pressed", `${model.get("loop").length > 0}`);
    mutePrimer.setAttribute("aria-pressed", `${model.get("mute_primer")}`);
    muteGenerated.setAttribute("aria-pressed", `${model.get("mute_generated")}`);
    problem.textContent = problem.title = model.get("problem");
    problem.hidden = !problem.textContent;
    place.max = `${duration}`;
    showSpeed(Math.log2(model.get("tempo")));
    showVolume(model.get("volume"));
    move();
  };
  onChange(model, signal, ["problem", "bare", "tempo", "volume", "loop", "mute_primer", "mute_generated"], change);
  player.addEventListener("change", change, { signal });
  player.addEventListener("move", move, { signal });
  signal.addEventListener("abort", () => row.remove());
  change();
}
function makePlayerView(connect) {
  let transport;
  return {
    initialize: withSignal((model, _, signal) => {
      transport = connect(model, signal);
      signal.addEventListener("abort", () => transport = void 0);
    }),
    render: withSignal((model, el, signal) => {
      if (transport) showRow(model, el, signal, transport);
    })
  };
}

// lstmmusic/views/playback/transport.js
var JUMP = 2;
var NO_TUNE = { notes: new Float32Array(), duration: 0, primerEnd: 0, name: "", label: "" };
function readTunes(model) {
  const tunes = model.get("tunes").map(({ primer_end: primerEnd, ...tune }) => ({ ...NO_TUNE, ...tune, primerEnd }));
  return tunes.length ? tunes : [NO_TUNE];
}
function loadTunes(model, player, tunes) {
  if (model.get("keeps_place")) player.choose(model.get("chosen"), tunes);
  else player.load(tunes, model.get("chosen"));
}
function loopOf([start, stop], { duration }) {
  const end = Math.min(stop, duration);
  return end - start >= SHORTEST_LOOP ? [start, end] : [];
}
function fitLoop(start, stop, duration) {
  const end = Math.min(stop, duration);
  return [Math.max(0, Math.min(start, end - SHORTEST_LOOP)), Math.max(end, SHORTEST_LOOP)];
}
function makeTransport(model, player, begin, signal, waiting = () => false) {
  const set = (traits) => save(model, traits);
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
  const toggle = () => player.playing ? player.pause() : begin(player.position);
  const seek = (seconds) => {
    player.seek(seconds);
    if (!player.playing) set({ position: player.position });
  };
  let looped = [];
  const setLoop = (start, stop) => {
    if (model.get("loop").length) looped = model.get("loop");
    set({ loop: fitLoop(start, stop, player.tune.duration) });
  };
  const endLoop = () => {
    looped = model.get("loop");
    set({ loop: [] });
  };
  const toggleLoop = () => {
    const { duration } = player.tune;
    if (model.get("loop").length) endLoop();
    else if (looped[1] <= duration) setLoop(looped[0], looped[1]);
    else setLoop(0, duration);
  };
  const switchTo = (chosen) => {
    if (chosen !== player.chosen) player.choose(chosen);
    set({ chosen });
  };
  const mutePrimer = () => set({ mute_primer: !model.get("mute_primer") });
  const muteGenerated = () => set({ mute_generated: !model.get("mute_generated") });
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
    p: mutePrimer,
    g: muteGenerated
  };
  const press = (key) => {
    const { tunes, tune } = player;
    if (tune.duration <= 0) return false;
    const name = key.toLowerCase();
    const which = tunes.findIndex(({ label }, place) => [label.toLowerCase(), `${place + 1}`].includes(name));
    const act = keys[key] ?? keys[name];
    if (tunes.length > 1 && which >= 0) switchTo(which);
    else if (key === "Escape" && model.get("loop").length) endLoop();
    else if (act) act();
    else return false;
    return true;
  };
  const onRequest = (event) => {
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
  onChange(model, signal, ["chosen"], () => {
    const chosen = model.get("chosen");
    if (chosen !== player.chosen && player.tunes[chosen]) player.choose(chosen);
  });
  onChange(model, signal, ["tempo", "volume", "loop", "mute_primer", "mute_generated"], adjust);
  for (const event of ["change", "move"]) player.addEventListener(event, announce, { signal });
  document.addEventListener(
    REQUEST,
    /** @type {EventListener} */
    onRequest,
    { signal }
  );
  adjust();
  return { player, waiting, begin, set, toggle, seek, toggleLoop, switchTo, mutePrimer, muteGenerated, press };
}

// lstmmusic/views/playback/scheduler.js
var LOOK_AHEAD = 1.5;
var PERIOD = 100;
var LEAD = 0.03;
var WARM_UP = 0.25;
var Player = class extends EventTarget {
  tunes = [NO_TUNE];
  chosen = 0;
  // which of them is heard
  playing = false;
  ended = false;
  // whether the tune sounded to its end
  /** @type {Settings} */
  settings = { tempo: 1, volume: 1, loop: [], mutePrimer: false, muteGenerated: false };
  #bank;
  /** @type {Zone[]} */
  #zones = [];
  // of the bank
  /** @type {{ context: AudioContext, output: Output } | null} */
  #audio = null;
  /** @type {Voice[]} */
  #voices = [];
  /** @type {Anchor[]} */
  #anchors = [];
  #cursor = 0;
  // up to which second of the tune notes are on the clock
  #rest = 0;
  // the position while it does not play
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #timer;
  #requests = 0;
  // how often it was asked to play or to be silent
  /** `bank` is awaited before the first note: @param {Promise<Zone[]>} bank */
  constructor(bank) {
    super();
    this.#bank = bank;
  }
  /** Use other zones, from the next note on. */
  set bank(bank) {
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
      for (const voice of this.#voices) cut(voice, when);
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
    if (request !== this.#requests) return;
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
    const parts = this.tune.primerEnd > 0;
    const levels = (
      /** @type {const} */
      [
        [output.volume, volume],
        [output.primer, parts && mutePrimer ? 0 : 1],
        [output.generated, parts && muteGenerated ? 0 : 1]
      ]
    );
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
    const start = seconds >= this.#limit ? this.#loop[0] ?? seconds : seconds;
    this.#anchors = [];
    const begins = Math.max(now + LEAD, WARM_UP);
    this.#continue(begins, start);
    this.#advance(true);
    const latency = context.outputLatency || 0;
    setTimeout(() => this.#moved(), 1e3 * (begins + latency - now) + 10);
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
    for (; ; ) {
      const anchor = this.#anchors[this.#anchors.length - 1];
      const at = (seconds) => anchor.time + (seconds - anchor.seconds) / anchor.tempo;
      const limit = this.#limit;
      const until = Math.min(limit, anchor.seconds + (currentTime + LOOK_AHEAD - anchor.time) * anchor.tempo);
      if (until > this.#cursor) {
        const stretch = { from: this.#cursor, until, at, limit: this.#noteLimit, held, voices: this.#voices };
        this.#voices.push(...schedule(context, output, this.#zones, this.tune, stretch));
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
};

// lstmmusic/views/playback/sound.js
var REPORT_PERIOD = 1e3;
var FALLBACK = "This browser cannot decode the samples of the piano; a plain tone plays instead";
var SILENT = "This browser has no Web Audio, so nothing can be heard; another browser can";
var sound_default = makePlayerView((model, signal) => {
  const page = `${Math.random()}`;
  let waits = false;
  let reported = 0;
  let timer;
  const loadBank = async () => {
    const { zones, samples } = model.get("instrument");
    try {
      return await decodeBank(zones, samples, bytes(model.get("samples")).buffer);
    } catch {
      save(model, { problem: FALLBACK });
      return plainBank();
    }
  };
  const possible = typeof AudioContext === "function" && typeof OfflineAudioContext === "function";
  if (!possible) save(model, { problem: SILENT });
  const player = new Player(possible ? loadBank() : Promise.resolve([]));
  const begin = (seconds) => {
    waits = false;
    if (possible) player.play(seconds);
  };
  const transport = makeTransport(model, player, begin, signal, () => waits);
  const isHere = () => model.get("page") === page;
  const showChange = () => player.dispatchEvent(new Event("change"));
  const readNotes = () => {
    const all = new Float32Array(bytes(model.get("notes")).buffer);
    let start = 0;
    return readTunes(model).map((tune) => {
      return { ...tune, notes: all.subarray(start, start += (tune.count ?? 0) * NOTE) };
    });
  };
  const report = () => {
    clearTimeout(timer);
    timer = void 0;
    reported = performance.now();
    save(model, { playing: player.playing, position: player.position, ended: player.ended });
  };
  const claim = () => {
    if (!isHere()) save(model, { page });
  };
  const commands = {
    play: () => {
      if (isHere()) begin(model.get("position"));
      else {
        waits = true;
        showChange();
      }
    },
    pause: () => player.playing && player.pause(),
    stop: () => player.stop(),
    seek: ({ seconds }) => player.seek(seconds)
  };
  let retuning = false;
  const retune = () => {
    if (!possible || retuning) return;
    retuning = true;
    queueMicrotask(() => {
      retuning = false;
      player.bank = loadBank();
    });
  };
  const keys = new LiveKeys(player);
  const onKey = ({ detail: { id, pitch, velocity, down } }) => {
    if (id !== model.get("ident") || !possible) return;
    if (!down) keys.release(pitch);
    else if (isHere()) keys.press(pitch, velocity);
  };
  let sounded = false;
  player.addEventListener("change", () => {
    if (player.playing || sounded) report();
    sounded = player.playing;
  });
  player.addEventListener("move", () => {
    if (player.playing) timer ??= setTimeout(report, Math.max(0, reported + REPORT_PERIOD - performance.now()));
  });
  onMessage(model, signal, (message) => commands[message.kind]?.(message));
  onChange(model, signal, ["instrument", "samples"], retune);
  onChange(model, signal, ["loaded"], () => {
    if (!model.get("keeps_place")) waits = false;
    loadTunes(model, player, readNotes());
  });
  onChange(model, signal, ["appended"], () => player.lengthen(readNotes()));
  onChange(model, signal, ["position"], () => {
    if (!player.playing) player.seek(model.get("position"));
  });
  onChange(model, signal, ["playing"], () => {
    if (!model.get("playing")) waits = false;
    showChange();
  });
  onChange(model, signal, ["page"], () => {
    if (!isHere() && player.playing) player.pause();
  });
  for (const event of ["pointerdown", "keydown"]) document.addEventListener(event, claim, { capture: true, signal });
  document.addEventListener(
    KEY,
    /** @type {EventListener} */
    onKey,
    { signal }
  );
  addEventListener("pagehide", () => player.playing && player.pause(), { signal });
  player.load(readNotes(), model.get("chosen"));
  player.seek(model.get("position"));
  const active = navigator.userActivation?.hasBeenActive ?? false;
  const first = model.get("page") === "";
  if (active && (first || document.hasFocus())) claim();
  if (first && model.get("playing")) commands.play({ seconds: 0 });
  signal.addEventListener("abort", () => {
    clearTimeout(timer);
    player.close();
  });
  return transport;
});
export {
  LiveKeys,
  Player,
  decodeBank,
  sound_default as default,
  makeOutput,
  plainBank,
  schedule
};
