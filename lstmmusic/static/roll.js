// A grid of steps against pitches: a tune as ink on paper, or the probability of each note as colours.

// Viridis by Smith and van der Walt (CC0): brighter is always likelier, also for colour-blind eyes and in print.
const VIRIDIS = [
  [68, 1, 84], [71, 45, 123], [59, 82, 139], [44, 114, 142], [33, 145, 140],
  [40, 174, 128], [94, 201, 98], [173, 220, 48], [253, 231, 37],
];
const PITCH_NAMES = ["C", "C♯", "D", "E♭", "E", "F", "F♯", "G", "A♭", "A", "B♭", "B"];
const BLACK_KEYS = [1, 3, 6, 8, 10];
const SOUNDS = 128; // from here on a byte is a note: a probability of a half
const VISIBLE = 6; // a probability of about 0.02, the least that keeps its pitch in the picture
const NOTE_LINE = "#ff4d6d";
const PLAIN = "probability"; // the meaning of a number that needs no more words

const pitchName = (pitch) => `${PITCH_NAMES[pitch % 12]}${Math.floor(pitch / 12) - 1}`;

/** 256 colours, red, green and blue after each other. */
const COLOURS = new Uint8Array(256 * 3);
for (let value = 0; value < 256; value++) {
  const position = (value / 255) * (VIRIDIS.length - 1);
  const index = Math.min(Math.floor(position), VIRIDIS.length - 2);
  for (let channel = 0; channel < 3; channel++) {
    const [from, to] = [VIRIDIS[index][channel], VIRIDIS[index + 1][channel]];
    COLOURS[value * 3 + channel] = Math.round(from + (to - from) * (position - index));
  }
}

/** Notes as [pitch column, first step, step after the last]; an onset begins a new one. */
function findNotes(cells, onsets, steps, pitches) {
  const notes = [];
  for (let pitch = 0; pitch < pitches; pitch++) {
    let start = -1;
    for (let step = 0; step <= steps; step++) {
      const cell = step * pitches + pitch;
      const sounds = step < steps && cells[cell] >= SOUNDS;
      if (start >= 0 && (!sounds || onsets[cell] >= SOUNDS)) {
        notes.push([pitch, start, step]);
        start = -1;
      }
      if (sounds && start < 0) start = step;
    }
  }
  return notes;
}

/** First and last pitch column worth showing: two beyond those that sound, and at least two octaves. */
function findRange(layers, steps, pitches) {
  let low = pitches;
  let high = -1;
  for (const cells of layers) {
    for (let cell = 0; cell < cells.length; cell++) {
      if (cells[cell] < VISIBLE) continue;
      const pitch = cell % pitches;
      if (pitch < low) low = pitch;
      if (pitch > high) high = pitch;
    }
  }
  if (high < 0) [low, high] = [Math.floor(pitches / 2), Math.floor(pitches / 2)];
  const missing = Math.max(0, 24 - (high - low + 5));
  low = Math.max(0, low - 2 - Math.ceil(missing / 2));
  high = Math.min(pitches - 1, Math.max(high + 2 + Math.floor(missing / 2), low + 23));
  return [Math.max(0, Math.min(low, high - 23)), high];
}

function render({ model, el }) {
  let grid; // what is shown and where, or null
  const hot = () => model.get("palette") === "probability";

  const label = () => {
    const steps = model.get("shape")[0];
    const which = model.get("meaning") === PLAIN ? "" : ` ${model.get("meaning")}`;
    if (hot()) return `Note probabilities${which}: ${steps} steps, mean polyphony ${model.get("polyphony").toFixed(1)}`;
    return `Piano roll: ${model.get("count")} notes in ${steps} steps`;
  };

  const measure = (size) => {
    const [steps, pitches] = model.get("shape");
    if (steps === 0 || pitches === 0) return null;
    const [cells, notes, onsets, probabilities] = ["cells", "notes", "onsets", "probabilities"].map((name) =>
      bytes(model, name),
    );
    const [low, high] = findRange([cells, notes], steps, pitches);
    const primer = Math.min(model.get("primer"), steps);
    const plot = { left: 40, right: size.width - 12, top: primer ? 40 : 26, bottom: size.height - 38 };
    const column = (plot.right - plot.left) / steps;
    const row = (plot.bottom - plot.top) / (high - low + 1);
    return {
      steps, pitches, cells, notes, onsets, probabilities, low, high, primer, plot, column, row,
      x: (step) => plot.left + step * column,
      y: (pitch) => plot.top + (high - pitch) * row,
    };
  };

  const paintPaper = (context, style) => {
    const { plot, low, high, row, primer } = grid;
    const width = plot.right - plot.left;
    context.fillStyle = style.paper;
    context.fillRect(plot.left, plot.top, width, plot.bottom - plot.top);
    context.fillStyle = style.ink;
    context.globalAlpha = 0.06;
    for (let pitch = low; pitch <= high; pitch++) {
      if (BLACK_KEYS.includes((model.get("lowest") + pitch) % 12)) {
        context.fillRect(plot.left, grid.y(pitch), width, row);
      }
    }
    context.globalAlpha = 0.14;
    context.fillStyle = style.given;
    context.fillRect(plot.left, plot.top, grid.x(primer) - plot.left, plot.bottom - plot.top);
    context.globalAlpha = 1;
  };

  const paintNotes = (context, style) => {
    const { cells, onsets, steps, pitches, column, row, primer } = grid;
    const gap = Math.min(1, column * 0.3);
    for (const [pitch, start, end] of findNotes(cells, onsets, steps, pitches)) {
      const [top, height] = [grid.y(pitch) + row * 0.08, row * 0.84];
      const parts = [[start, Math.min(end, primer), style.given], [Math.max(start, primer), end, style.brand]];
      for (const [from, to, colour] of parts) {
        if (from >= to) continue;
        context.fillStyle = colour;
        context.fillRect(grid.x(from), top, (to - from) * column - (to === end ? gap : 0), height);
      }
    }
  };

  const paintProbabilities = (context, size) => {
    const { cells, steps, pitches, low, high, plot } = grid;
    const width = Math.min(steps, Math.round((plot.right - plot.left) * size.ratio));
    const height = high - low + 1;
    const image = new ImageData(width, height);
    // Where many steps share a pixel the likeliest shows, so that no short note is lost.
    const likeliest = new Uint8Array(width * height);
    for (let step = 0; step < steps; step++) {
      const x = Math.floor((step * width) / steps);
      for (let pitch = low; pitch <= high; pitch++) {
        const pixel = (high - pitch) * width + x;
        const value = cells[step * pitches + pitch];
        if (value > likeliest[pixel]) likeliest[pixel] = value;
      }
    }
    likeliest.forEach((value, pixel) => {
      for (let channel = 0; channel < 3; channel++) image.data[pixel * 4 + channel] = COLOURS[value * 3 + channel];
      image.data[pixel * 4 + 3] = 255;
    });
    const colours = new OffscreenCanvas(width, height);
    colours.getContext("2d").putImageData(image, 0, 0);
    context.imageSmoothingEnabled = false;
    context.drawImage(colours, plot.left, plot.top, plot.right - plot.left, plot.bottom - plot.top);
  };

  // A line in the middle of its row leaves the colours around it in sight, also where a row is a few pixels high.
  const paintNoteLines = (context) => {
    const { notes, onsets, steps, pitches, column, row } = grid;
    const height = Math.max(1, Math.round(Math.min(3, row * 0.3)));
    const gap = Math.min(2, column * 0.3);
    context.fillStyle = NOTE_LINE;
    for (const [pitch, start, end] of findNotes(notes, onsets, steps, pitches)) {
      const top = Math.round(grid.y(pitch) + (row - height) / 2);
      context.fillRect(grid.x(start), top, (end - start) * column - gap, height);
    }
  };

  const paintPrimer = (context, style) => {
    const { plot, primer } = grid;
    if (primer === 0) return;
    const x = Math.round(grid.x(primer)) + 0.5;
    if (hot()) {
      context.globalAlpha = 0.35;
      context.fillStyle = style.given;
      context.fillRect(plot.left, plot.top, x - plot.left, plot.bottom - plot.top);
      context.globalAlpha = 1;
    }
    context.strokeStyle = style.faint;
    context.lineWidth = 1;
    line(context, x, plot.top, x, plot.bottom);
    write(context, "primer", plot.left, plot.top - 7, { font: style.smallFont, colour: style.faint });
  };

  const paintAxes = (context, size, style) => {
    const { plot, low, high, row, steps } = grid;
    const [lowest, step, unit] = ["lowest", "step", "unit"].map((name) => model.get(name));
    const text = { font: style.smallFont, colour: style.faint };
    context.strokeStyle = style.faint;
    context.lineWidth = 1;
    for (let pitch = low; pitch <= high; pitch++) {
      if ((lowest + pitch) % 12) continue;
      const y = grid.y(pitch) + row / 2;
      line(context, plot.left - 4, Math.round(y) + 0.5, plot.left, Math.round(y) + 0.5);
      write(context, pitchName(lowest + pitch), plot.left - 7, y, { ...text, align: "right" });
    }
    const count = Math.min(12, (plot.right - plot.left) / 70);
    const end = steps * step;
    const { distance, values } = unit === "beats" ? ticks(0, end, count, [1], 2) : ticks(0, end, count);
    for (const value of values) {
      const x = Math.round(grid.x(value / step)) + 0.5;
      line(context, x, plot.bottom, x, plot.bottom + 4);
      write(context, tickText(value, distance), x, plot.bottom + 13, { ...text, align: "center" });
    }
    write(context, unit, (plot.left + plot.right) / 2, size.height - 9, { ...text, align: "center" });
    if (hot() && grid.notes.length) {
      write(context, "sounds", plot.right, size.height - 9, { ...text, align: "right" });
      context.fillStyle = NOTE_LINE;
      context.fillRect(plot.right - context.measureText("sounds").width - 22, size.height - 11, 16, 3);
    }
    context.strokeRect(plot.left - 0.5, plot.top - 0.5, plot.right - plot.left + 1, plot.bottom - plot.top + 1);
  };

  /** The title, and the colour bar with what room is left for its name. */
  const paintTitle = (context, size, style) => {
    const [title, right, y, length] = [model.get("title"), size.width - 12, 12, 96];
    let room = size.width - 20;
    if (grid && hot()) {
      const text = { font: style.smallFont, colour: style.faint, align: "right" };
      const left = right - 12 - length;
      for (let x = 0; x < length; x++) {
        const value = Math.round((x / (length - 1)) * 255) * 3;
        context.fillStyle = `rgb(${COLOURS.subarray(value, value + 3).join()})`;
        context.fillRect(left + x, y - 5, 1.5, 10);
      }
      context.font = style.boldFont;
      const named = context.measureText(title).width < left - 110;
      write(context, "1", right, y, text);
      write(context, named ? "probability 0" : "0", left - 5, y, text);
      room = left - (named ? 110 : 30);
    }
    write(context, shorten(context, title, style.boldFont, room), 8, y, { font: style.boldFont, colour: style.ink });
  };

  const paint = (context, size, style) => {
    grid = measure(size);
    paintTitle(context, size, style);
    if (!grid) {
      const text = { font: style.font, colour: style.faint, align: "center" };
      write(context, model.get("empty"), size.width / 2, size.height / 2, text);
      return;
    }
    if (hot()) {
      paintProbabilities(context, size);
      paintPrimer(context, style);
      paintNoteLines(context);
    } else {
      paintPaper(context, style);
      paintNotes(context, style);
      paintPrimer(context, style);
    }
    paintAxes(context, size, style);
  };

  const describe = (step, pitch) => {
    const { cells, notes, probabilities, pitches, primer } = grid;
    const cell = step * pitches + pitch;
    const sounding = hot() ? notes : cells;
    const chances = hot() ? cells : probabilities;
    const state = sounding[cell] >= SOUNDS ? "sounds" : "is silent";
    const name = pitchName(model.get("lowest") + pitch);
    const lines = [
      sounding.length ? `${name} ${state}` : name,
      `step ${step}, ${(step * model.get("step")).toFixed(2)} ${model.get("unit")}`,
    ];
    if (chances.length) {
      const meaning = (step < primer && model.get("primer_meaning")) || model.get("meaning");
      const chance = (chances[cell] / 255).toFixed(2);
      lines.push(meaning === PLAIN ? `${PLAIN} ${chance}` : `${chance} ${meaning}`);
    }
    return lines;
  };

  const overlay = (context, size, style, pointer) => {
    if (!grid) return;
    const { plot, column, row, steps } = grid;
    const playhead = model.get("playhead");
    if (playhead >= 0 && playhead <= steps) {
      context.strokeStyle = style.warn;
      context.lineWidth = 2;
      line(context, grid.x(playhead), plot.top, grid.x(playhead), plot.bottom);
    }
    if (!pointer || pointer.x < plot.left || pointer.x >= plot.right) return;
    if (pointer.y < plot.top || pointer.y >= plot.bottom) return;
    const step = Math.floor((pointer.x - plot.left) / column);
    const pitch = grid.high - Math.floor((pointer.y - plot.top) / row);
    context.strokeStyle = style.warn;
    context.lineWidth = 1;
    context.strokeRect(grid.x(step), grid.y(pitch), column, row);
    tooltip(context, size, style, pointer, describe(step, pitch));
  };

  const traits = ["cells", "notes", "onsets", "probabilities", "shape", "count", "polyphony", "palette"];
  traits.push("lowest", "step", "unit", "primer", "title", "meaning", "primer_meaning", "empty");
  return keepDrawn({ model, el, traits, moving: ["playhead"], label, paint, overlay });
}

export default { render };
