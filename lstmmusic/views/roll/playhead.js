// The playhead: an element that the page moves by itself while music plays. To draw a picture thirty times a second, or
// only to ask for it, takes a third of a core from whatever else the machine does, such as training.

const ASTRAY = 15; // milliseconds from where the player says it is, beyond which it is put right

/** The whole way that a playhead goes, again and again or once: from a step, to a step. */
function wayOf({ step, loop }, steps) {
  const [start, stop] = loop;
  if (stop === undefined || step >= stop) return { from: 0, to: steps, rounds: 1 };
  return step < start ? { from: 0, to: stop, rounds: 1 } : { from: start, to: stop, rounds: Infinity };
}

/** Make the playhead; `place` puts it on a grid, where it is and as fast as it goes: `pace`, in steps a second. */
export function makePlayhead(el) {
  const plot = document.createElement("div"); // beyond which it is not seen
  plot.className = "lstmmusic-plot";
  const line = document.createElement("div");
  line.className = "lstmmusic-playhead";
  plot.append(line);
  el.append(plot);
  let motion = null;
  let shown = ""; // where the motion goes

  const halt = () => {
    motion?.cancel();
    [motion, shown] = [null, ""];
  };
  const place = (grid, course) => {
    const { step, pace, time } = course;
    line.hidden = !grid || !(step >= 0 && step <= grid.steps);
    if (line.hidden) {
      halt();
      return;
    }
    const { left, right, top, bottom } = grid.plot;
    const frame = `left: ${left}px; top: ${top}px; width: ${right - left}px; height: ${bottom - top}px`;
    if (plot.getAttribute("style") !== frame) plot.setAttribute("style", frame);
    const at = (there) => `translateX(${grid.x(there) - left - 1}px)`;
    if (!pace) {
      halt();
      line.style.transform = at(step);
      return;
    }
    const { from, to, rounds } = wayOf(course, grid.steps);
    const way = [at(from), at(to)];
    const timing = { duration: (1000 * (to - from)) / pace, iterations: rounds, fill: "forwards" };
    const passed = (1000 * (step - from)) / pace + performance.now() - time;
    if (shown !== JSON.stringify([way, timing])) {
      halt();
      shown = JSON.stringify([way, timing]);
      motion = line.animate(way.map((transform) => ({ transform })), timing);
    }
    const astray = (motion.currentTime ?? 0) - passed;
    const round = timing.duration * Math.round(astray / timing.duration); // it may have gone round more often
    if (Math.abs(rounds > 1 ? astray - round : astray) > ASTRAY) motion.currentTime = passed;
  };
  const remove = () => {
    halt();
    plot.remove();
  };
  return { place, remove };
}
