// Made by scripts/bundle: f7e40202dfb6ab494ded9a1e5b193bd5d46901d6f15d7e40e15cb1fc542eb4f1
// lstmmusic/views/model.js
var GONE = ["restarting", "autorestarting", "dead"];
function listen(model, signal, event, listener) {
  model.on(event, listener);
  signal.addEventListener("abort", () => model.off(event, listener));
}
function onChange(model, signal, names, listener) {
  for (const name of names) listen(model, signal, `change:${name}`, listener);
}
function save(model, traits) {
  for (const name in traits) model.set(
    name,
    /** @type {S[typeof name]} */
    traits[name]
  );
  model.save_changes();
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

// lstmmusic/views/numbers.js
var clamp = (value, low, high) => Math.max(low, Math.min(value, high));

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

// lstmmusic/views/constants.js
var SHORTEST_LOOP = 0.05;

// lstmmusic/views/playback/events.js
var PLAYHEAD = "lstmmusic-playhead";
var REQUEST = "lstmmusic-request";

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

// lstmmusic/views/playback/player.js
var PERIOD = 100;
var MachinePlayer = class extends EventTarget {
  tunes = [NO_TUNE];
  chosen = 0;
  playing = false;
  blocked = false;
  // no page keeps a machine from sounding
  #model;
  /** @type {Settings} */
  #settings = { tempo: 1, volume: 1, loop: [], mutePrimer: false, muteGenerated: false };
  #anchor = { seconds: 0, time: 0 };
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #timer;
  /** @param {Model<MachineState>} model */
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
    const reached = seconds + (performance.now() - time) / 1e3 * this.#settings.tempo;
    const [start, stop] = loopOf(this.#settings.loop, this.tune);
    return reached < stop || stop === void 0 ? Math.min(reached, this.tune.duration) : start + (reached - start) % (stop - start);
  }
  /** @param {Tune[]} tunes @param {number} chosen */
  load(tunes, chosen) {
    [this.tunes, this.chosen] = [tunes, chosen];
    this.#reset(false, 0);
  }
  /** @param {number} chosen */
  choose(chosen, tunes = this.tunes) {
    const { position } = this;
    [this.tunes, this.chosen] = [tunes, chosen];
    this.#reset(this.playing, position < this.tune.duration ? position : 0);
  }
  /** @param {number} seconds */
  play(seconds) {
    if (this.tune.duration <= 0) return;
    this.seek(seconds < this.tune.duration ? seconds : 0);
    this.#command("play", this.position, true);
  }
  pause() {
    this.#command("pause", this.position, false);
  }
  stop() {
    this.#command("stop", 0, false);
  }
  /** @param {number} seconds */
  seek(seconds) {
    this.#command("seek", clamp(seconds, 0, this.tune.duration), this.playing);
  }
  /** Change the settings; the kernel has them by the model: @param {Settings} settings */
  set(settings) {
    const { position } = this;
    this.#settings = settings;
    this.#reset(this.playing, position);
  }
  unblock() {
  }
  /** Adopt what the kernel reports. */
  adopt() {
    this.#reset(this.#model.get("playing"), this.#model.get("position"));
  }
  close() {
    clearInterval(this.#timer);
  }
  /**
   * Send a command, and behave as if it had been carried out.
   * @param {string} kind @param {number} seconds @param {boolean} playing
   */
  #command(kind, seconds, playing) {
    this.#model.send({ kind, seconds });
    this.#reset(playing, seconds);
  }
  /** Play or rest from this position on: @param {boolean} playing @param {number} seconds */
  #reset(playing, seconds) {
    this.playing = playing;
    this.#anchor = { seconds, time: performance.now() };
    clearInterval(this.#timer);
    if (playing) this.#timer = setInterval(() => this.#tick(), PERIOD);
    this.dispatchEvent(new Event("change"));
  }
  #tick() {
    if (this.moving) this.dispatchEvent(new Event("move"));
    else {
      clearInterval(this.#timer);
      this.#model.send({ kind: "report" });
    }
  }
};
var player_default = makePlayerView((model, signal) => {
  const player = new MachinePlayer(model);
  player.load(readTunes(model), model.get("chosen"));
  const transport = makeTransport(model, player, (seconds) => player.play(seconds), signal);
  onChange(model, signal, ["loaded"], () => loadTunes(model, player, readTunes(model)));
  onChange(model, signal, ["reports"], () => player.adopt());
  player.adopt();
  if (player.playing) model.send({ kind: "report" });
  signal.addEventListener("abort", () => player.close());
  return transport;
});
export {
  player_default as default
};
