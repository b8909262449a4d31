// The row with which a player is played: buttons, place, tempo, volume, and keys.

const EMPTY = "There is nothing to play yet";
const KEYS = `Keys: Space plays and pauses, ← and → go two seconds, Home and End to the start and the end,
L loops and I and O set where the loop begins and ends, Escape ends it,
P and G mute the primer and what was generated, 1 to 9 choose the tune that is heard`;
const LOOP = "Play a part again and again: drag it on the roll, or set its ends with the keys I and O (key L)";
const FINEST = 100; // places of the slider while it plays
const MOVING = ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End", "PageUp", "PageDown"];

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

/** A button for each tune, by its label or its number; returns what shows which are there, and which is heard. */
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
  // JupyterLab has commands for keys, too.
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

  play.addEventListener("click", toggle);
  stop.addEventListener("click", () => {
    player.stop();
    tell({ playing: false, position: 0 });
  });
  hear.addEventListener("click", () => (player.playing ? player.unblock() : begin(model.get("position"))));
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
    // To lay the row out anew takes more than all the rest of playing.
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

/** The widget of a player: `connect` makes it, once for each model. */
export function makePlayerView(connect) {
  let connection;
  return {
    initialize({ model }) {
      connection = connect(model);
      return connection.close;
    },
    render: ({ model, el }) => showRow(model, el, connection),
  };
}
