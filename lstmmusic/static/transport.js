// Ties a player to its widget, and shows the row with which it is played: buttons, place, tempo, volume.

const REPORT_PERIOD = 200; // milliseconds between two messages about the position
const JUMP = 2; // seconds for an arrow key
const PLAYHEAD = "lstmmusic-playhead"; // an event of the document, for pictures that follow
const FALLBACK = "This browser cannot decode the samples of the piano; a plain tone plays instead";
const SILENT = "This browser has no Web Audio, so nothing can be heard; another browser can";
const EMPTY = "There is nothing to play yet";

/** Make the player of a model; returns it and the function that ends it. */
function connect(model) {
  const page = `${Math.random()}`;
  const waiting = { here: false }; // the kernel wants sound, but the user's hand was last on another page
  let reported = 0;
  let timer = 0;

  const tell = (state) => {
    for (const [name, value] of Object.entries(state)) model.set(name, value);
    model.save_changes();
  };
  const loadBank = async () => {
    const { zones, samples } = model.get("instrument");
    try {
      return await decodeBank(zones, samples, copied(model.get("samples")));
    } catch {
      tell({ problem: FALLBACK });
      return plainBank();
    }
  };
  const possible = typeof AudioContext === "function" && typeof OfflineAudioContext === "function";
  if (!possible) tell({ problem: SILENT });
  const player = new Player(possible ? loadBank() : []);

  const readTune = () => ({
    notes: new Float32Array(copied(model.get("notes"))),
    duration: model.get("duration"),
    primerEnd: model.get("primer_end"),
  });
  const readSettings = () => ({
    tempo: model.get("tempo"),
    volume: model.get("volume"),
    loop: model.get("loop"),
    mutePrimer: model.get("mute_primer"),
    muteGenerated: model.get("mute_generated"),
  });
  const report = () => {
    clearTimeout(timer);
    timer = 0;
    reported = performance.now();
    tell({ playing: player.playing, position: player.position, ended: player.ended });
  };
  const reportSoon = () => {
    timer ||= setTimeout(report, Math.max(0, reported + REPORT_PERIOD - performance.now()));
  };
  const announce = () => {
    const { position: seconds, playing } = player;
    const detail = { id: model.get("ident"), name: model.get("name"), seconds, playing };
    document.dispatchEvent(new CustomEvent(PLAYHEAD, { detail }));
  };
  /** Here the user's hand was last, so here it sounds. */
  const claim = () => {
    if (model.get("page") !== page) tell({ page });
  };
  const begin = (seconds) => {
    waiting.here = false;
    if (possible) player.play(seconds);
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
    seek: ({ seconds }) => player.seek(seconds),
  };
  const obey = (message) => orders[message.kind]?.(message);
  const load = () => {
    waiting.here = false;
    player.load(readTune());
  };
  const adjust = () => player.set(readSettings());
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

  let sounded = false;
  player.addEventListener("change", () => {
    // A page that does not play has nothing to say, but that it played until now.
    if (player.playing || sounded) report();
    sounded = player.playing;
    announce();
  });
  player.addEventListener("move", () => {
    if (player.playing) reportSoon();
    announce();
  });
  const leave = () => player.playing && player.pause();
  const listeners = [
    ["msg:custom", obey],
    ["change:loaded", load],
    ["change:position", follow],
    ["change:playing", wait],
    ["change:page", yieldTo],
    ...["tempo", "volume", "loop", "mute_primer", "mute_generated"].map((name) => [`change:${name}`, adjust]),
  ];
  for (const [name, listener] of listeners) model.on(name, listener);
  for (const gesture of ["pointerdown", "keydown"]) document.addEventListener(gesture, claim, true);
  addEventListener("pagehide", leave);

  adjust();
  player.tune = readTune();
  player.seek(model.get("position"));
  // A click that asked for this widget came before its module did.
  const active = navigator.userActivation?.hasBeenActive ?? false;
  const first = model.get("page") === "";
  if (active && (first || document.hasFocus())) claim();
  if (first && model.get("playing")) orders.play();

  const close = () => {
    clearTimeout(timer);
    for (const [name, listener] of listeners) model.off(name, listener);
    for (const gesture of ["pointerdown", "keydown"]) document.removeEventListener(gesture, claim, true);
    removeEventListener("pagehide", leave);
    player.close();
  };
  return { player, waiting, begin, tell, close };
}

const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;

function element(kind, attributes, parent, text = "") {
  const made = document.createElement(kind);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.textContent = text;
  parent.append(made);
  return made;
}

/** A labelled slider; `say` words its number, `choose` is told what the user chose. */
function slider(parent, name, attributes, say, choose) {
  const label = element("label", {}, parent, name);
  const input = element("input", { type: "range", ...attributes }, label);
  const output = element("span", { class: "value" }, label);
  input.addEventListener("input", () => choose(input.valueAsNumber));
  return (value) => {
    input.value = value;
    output.textContent = say(value);
    input.setAttribute("aria-valuetext", say(value));
  };
}

function showTransport(model, el, { player, waiting, begin, tell }) {
  el.classList.add("lstmmusic-view");
  const row = element("div", { class: "lstmmusic-sound", role: "group", tabindex: "0" }, el);
  // JupyterLab has commands for keys, too.
  row.setAttribute("data-lm-suppress-shortcuts", "true");
  const play = element("button", { type: "button", class: "play" }, row, "Play");
  const stop = element("button", { type: "button", title: "Be silent, and go back to the start" }, row, "Stop");
  const hear = element("button", { type: "button", class: "hear" }, row, "Click to hear");
  const place = { type: "range", class: "place", min: 0, step: 0.01, "aria-label": "Place in the tune" };
  const seek = element("input", place, row);
  const time = element("span", { class: "time" }, row);
  const showTempo = slider(
    row,
    "Tempo",
    { min: -2, max: 2, step: 0.05, title: "How fast it is played, from a quarter to four times" },
    (power) => `${(2 ** power).toFixed(2)}×`,
    (power) => tell({ tempo: 2 ** power }),
  );
  const showVolume = slider(
    row,
    "Volume",
    { min: 0, max: 1, step: 0.01, title: "How loud it is played" },
    (volume) => `${Math.round(volume * 100)} %`,
    (volume) => tell({ volume }),
  );
  const problem = element("span", { class: "problem", role: "status" }, row);

  const toggle = () => (player.playing ? player.pause() : begin(player.position));
  const jump = (seconds) => {
    player.seek(seconds);
    if (!player.playing) tell({ position: player.position });
  };
  play.addEventListener("click", toggle);
  stop.addEventListener("click", () => {
    player.stop();
    tell({ playing: false, position: 0 });
  });
  hear.addEventListener("click", () => (player.playing ? player.unblock() : begin(model.get("position"))));
  seek.addEventListener("input", () => jump(seek.valueAsNumber));
  row.addEventListener("keydown", (event) => {
    const steps = { ArrowLeft: -JUMP, ArrowRight: JUMP }[event.key];
    const other = event.target instanceof HTMLInputElement && event.target !== seek;
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (steps && !other) jump(player.position + steps);
    else if (event.key === " " && !(event.target instanceof HTMLButtonElement)) toggle();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });

  const move = () => {
    const { duration } = player.tune;
    const text = `${clock(player.position)} / ${clock(duration)}`;
    seek.value = player.position;
    if (time.textContent !== text) {
      time.textContent = text;
      seek.setAttribute("aria-valuetext", text);
    }
  };
  const change = () => {
    const { duration } = player.tune;
    row.hidden = model.get("bare");
    row.setAttribute("aria-label", model.get("name") ? `Player: ${model.get("name")}` : "Player");
    play.textContent = player.playing ? "Pause" : "Play";
    play.title = player.playing ? "Hold on" : duration > 0 ? `Hear ${model.get("name") || "the tune"}` : EMPTY;
    for (const control of [play, stop, seek]) control.disabled = duration <= 0;
    hear.hidden = !(player.blocked || waiting.here);
    problem.textContent = model.get("problem");
    problem.hidden = !problem.textContent;
    problem.title = problem.textContent;
    seek.max = duration;
    showTempo(Math.log2(model.get("tempo")));
    showVolume(model.get("volume"));
    move();
  };
  const names = ["loaded", "name", "problem", "bare", "tempo", "volume"].map((name) => `change:${name}`);
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

export { Player, decodeBank, makeOutput, plainBank, schedule };

let connection; // a page loads this module once for each model

export default {
  initialize({ model }) {
    connection = connect(model);
    return connection.close;
  },
  render: ({ model, el }) => showTransport(model, el, connection),
};
