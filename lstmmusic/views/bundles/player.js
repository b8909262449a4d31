// Made by scripts/bundle: ffcd14e28e9fb1b708376d677357b8f6569efa37d7b8488a792716ac9de2b906
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

// lstmmusic/views/playback/player.js
var PERIOD = 100;
var MachinePlayer = class extends EventTarget {
  tunes = [NOTHING];
  chosen = 0;
  playing = false;
  blocked = false;
  // no page keeps a machine from sounding
  #model;
  #settings = {};
  #anchor = { seconds: 0, time: 0 };
  #timer = 0;
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
  load(tunes, chosen) {
    [this.tunes, this.chosen] = [tunes, chosen];
    this.#stand(false, 0);
  }
  choose(chosen, tunes = this.tunes) {
    const { position } = this;
    [this.tunes, this.chosen] = [tunes, chosen];
    this.#stand(this.playing, position < this.tune.duration ? position : 0);
  }
  play(seconds) {
    if (this.tune.duration <= 0) return;
    this.seek(seconds < this.tune.duration ? seconds : 0);
    this.#ask("play", this.position, true);
  }
  pause() {
    this.#ask("pause", this.position, false);
  }
  stop() {
    this.#ask("stop", 0, false);
  }
  seek(seconds) {
    this.#ask("seek", Math.min(Math.max(0, seconds), this.tune.duration), this.playing);
  }
  /** Change some of the settings; the kernel hears of them by the model. */
  set(settings) {
    const { position } = this;
    this.#settings = { ...this.#settings, ...settings };
    this.#stand(this.playing, position);
  }
  /** Take over what the kernel says. */
  told() {
    this.#stand(this.#model.get("playing"), this.#model.get("position"));
  }
  close() {
    clearInterval(this.#timer);
  }
  /** Ask the kernel, and do as if it had done so already. */
  #ask(kind, seconds, playing) {
    this.#model.send({ kind, seconds });
    this.#stand(playing, seconds);
  }
  #stand(playing, seconds) {
    this.playing = playing;
    this.#anchor = { seconds, time: performance.now() };
    clearInterval(this.#timer);
    if (playing) this.#timer = setInterval(() => this.#look(), PERIOD);
    this.dispatchEvent(new Event("change"));
  }
  #look() {
    if (this.moving) this.dispatchEvent(new Event("move"));
    else {
      clearInterval(this.#timer);
      this.#model.send({ kind: "look" });
    }
  }
};
function connect(model) {
  const player = new MachinePlayer(model);
  player.load(readTunes(model), model.get("chosen"));
  const transport = makeTransport(model, player, (seconds) => player.play(seconds));
  const listeners = [
    ["change:loaded", () => loadTunes(model, player, readTunes(model))],
    ["change:told", () => player.told()]
  ];
  for (const [name, listener] of listeners) model.on(name, listener);
  player.told();
  if (player.playing) model.send({ kind: "look" });
  const close = () => {
    for (const [name, listener] of listeners) model.off(name, listener);
    transport.close();
    player.close();
  };
  return { ...transport, player, waiting: { here: false }, close };
}
var player_default = makePlayerView(connect);
export {
  player_default as default
};
