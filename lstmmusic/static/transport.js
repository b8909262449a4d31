// Ties a player to its widget, and to the pictures in the page that follow it.

const REPORT_PERIOD = 200; // milliseconds between two messages about the position
const JUMP = 2; // seconds for an arrow key
const PLAYHEAD = "lstmmusic-playhead"; // an event of the document, for pictures that follow
const WISH = "lstmmusic-wish"; // one that they send
const FALLBACK = "This browser cannot decode the samples of the piano; a plain tone plays instead";
const SILENT = "This browser has no Web Audio, so nothing can be heard; another browser can";

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

  const readTunes = () => {
    const all = new Float32Array(copied(model.get("notes")));
    let start = 0;
    const tunes = model.get("tunes").map(({ count, primer_end: primerEnd, ...tune }) => {
      return { ...tune, primerEnd, notes: all.subarray(start, (start += count * NOTE)) };
    });
    return tunes.length ? tunes : [NOTHING];
  };
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
    const { position: seconds, playing, chosen: tune } = player;
    const [id, loop] = [model.get("ident"), model.get("loop")];
    const detail = { id, tune, name: player.tune.name, seconds, playing, loop };
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
    const [tunes, chosen] = [readTunes(), model.get("chosen")];
    if (model.get("goes_on")) player.choose(chosen, tunes);
    else {
      waiting.here = false;
      player.load(tunes, chosen);
    }
  };
  const lengthen = () => player.lengthen(readTunes());
  const choose = () => {
    const chosen = model.get("chosen");
    if (chosen !== player.chosen && player.tunes[chosen]) player.choose(chosen);
  };
  const adjust = () => {
    player.set(readSettings());
    announce();
  };
  const retune = () => {
    if (possible) player.bank = loadBank();
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

  const toggle = () => (player.playing ? player.pause() : begin(player.position));
  const seek = (seconds) => {
    player.seek(seconds);
    if (!player.playing) tell({ position: player.position });
  };
  let looped = []; // what was looped before
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
    else setLoop(...(looped[1] <= duration ? looped : [0, duration]));
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
    g: () => tell({ mute_generated: !model.get("mute_generated") }),
  };
  /** Do what a key means; returns whether it means anything. */
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
  /** A picture wishes for a place, a loop or what a key means, or only to be told how things stand. */
  const grant = (event) => {
    const { id, tune, seek: seconds, loop, key } = event.detail;
    if (id !== model.get("ident")) return;
    if (seconds !== undefined && tune < player.tunes.length) {
      if (tune !== player.chosen) switchTo(tune);
      seek(seconds);
    }
    if (loop) setLoop(...loop);
    if (key && press(key)) event.preventDefault();
    announce();
  };

  const hands = new LiveKeys(player);
  const touch = ({ detail: { id, pitch, velocity, down } }) => {
    if (id !== model.get("ident") || !possible) return;
    if (!down) hands.release(pitch);
    else if (model.get("page") === page) hands.press(pitch, velocity);
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
    ["change:samples", retune],
    ["change:loaded", load],
    ["change:appended", lengthen],
    ["change:chosen", choose],
    ["change:position", follow],
    ["change:playing", wait],
    ["change:page", yieldTo],
    ...["tempo", "volume", "loop", "mute_primer", "mute_generated"].map((name) => [`change:${name}`, adjust]),
  ];
  for (const [name, listener] of listeners) model.on(name, listener);
  for (const gesture of ["pointerdown", "keydown"]) document.addEventListener(gesture, claim, true);
  document.addEventListener(WISH, grant);
  document.addEventListener(KEY, touch);
  addEventListener("pagehide", leave);

  adjust();
  player.load(readTunes(), model.get("chosen"));
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
    document.removeEventListener(WISH, grant);
    document.removeEventListener(KEY, touch);
    removeEventListener("pagehide", leave);
    player.close();
  };
  return { player, waiting, begin, tell, toggle, seek, toggleLoop, switchTo, press, close };
}

