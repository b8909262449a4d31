// The part of the updates that is looked at: chosen with the pointer, the wheel and the keyboard, and asked of Python.

const PAUSE = 200; // milliseconds between two questions
const FEWEST = 4; // updates that still fill a picture
const MOVED = 5; // pixels from which on a press is a drag

/** What `attach` of `keepDrawn` takes, what part of the whole to draw, and the rectangle while it is dragged. */
export function makeZoom(model) {
  let part = null; // first and last update that are looked at, or null: all of them
  let whole = [0, 1];
  let plot = null; // edges of the plot
  let drag = null; // the update at which the pointer was pressed, and where it is now
  let canvas;
  let change;
  let move;
  let timer = 0;
  let asked = null;

  const visible = () => part ?? whole;
  const update = (x) => {
    const [from, to] = visible();
    return from + ((x - plot.left) / (plot.right - plot.left)) * (to - from);
  };
  const place = (at) => {
    const [from, to] = visible();
    return plot.left + ((at - from) / (to - from)) * (plot.right - plot.left);
  };
  const within = (x) => Math.min(plot.right, Math.max(plot.left, x));

  const ask = () => {
    if (timer || asked === part) return;
    asked = part;
    model.send({ kind: "zoom", from: part ? part[0] : null, to: part ? part[1] : null });
    timer = setTimeout(() => {
      timer = 0;
      ask();
    }, PAUSE);
  };

  /** Look at a part; says whether that is another one than before. */
  const show = (from, to) => {
    const span = whole[1] - whole[0];
    const width = Math.max(to - from, Math.min(FEWEST, span));
    const first = Math.min(Math.max((from + to - width) / 2, whole[0]), whole[1] - width);
    const next = width >= span ? null : [first, first + width];
    if (String(next) === String(part)) return false;
    part = next;
    change();
    ask();
    return true;
  };
  const all = () => show(...whole);
  const scale = (factor, around) => {
    const [from, to] = visible();
    return show(around - (around - from) * factor, around + (to - around) * factor);
  };
  const shift = (share) => {
    const [from, to] = visible();
    const distance = Math.min(Math.max(share * (to - from), whole[0] - from), whole[1] - to);
    return show(from + distance, to + distance);
  };

  const press = (event) => {
    if (!plot || event.button !== 0 || within(event.offsetX) !== event.offsetX) return;
    drag = { from: update(event.offsetX), x: event.offsetX };
    canvas.setPointerCapture(event.pointerId);
  };
  const pull = (event) => {
    if (drag) drag.x = within(event.offsetX);
  };
  const release = () => {
    if (!drag) return;
    const [one, other] = [drag.from, update(drag.x)].sort((a, b) => a - b);
    drag = null;
    if (place(other) - place(one) >= MOVED) show(one, other);
    else move();
  };
  const cancel = () => {
    drag = null;
    move();
  };
  const turn = (event) => {
    const control = event.ctrlKey || event.metaKey;
    if (!plot || !(control || document.activeElement === canvas)) return; // the page scrolls
    const lines = Math.sign(event.deltaY) * Math.min(3, Math.abs(event.deltaY) / (event.deltaMode === 0 ? 50 : 1.5));
    if (scale(1.15 ** lines, update(within(event.offsetX))) || control) event.preventDefault();
  };
  const keys = {
    "+": () => scale(1 / 1.5, (visible()[0] + visible()[1]) / 2),
    "-": () => scale(1.5, (visible()[0] + visible()[1]) / 2),
    ArrowLeft: () => shift(-0.2),
    ArrowRight: () => shift(0.2),
    Escape: () => (drag ? cancel() : all()),
  };
  keys["="] = keys["+"]; // the same key without Shift
  const type = (event) => {
    const key = keys[event.key];
    if (!key || !plot || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    key();
  };

  const attach = (given) => {
    ({ canvas, change, move } = given);
    canvas.tabIndex = 0;
    canvas.style.cursor = "crosshair";
    canvas.style.touchAction = "pan-y";
    canvas.dataset.lmSuppressShortcuts = "true"; // JupyterLab would take the keys for its own
    canvas.setAttribute("aria-keyshortcuts", "+ - ArrowLeft ArrowRight Escape");
    canvas.addEventListener("pointerdown", press);
    canvas.addEventListener("pointermove", pull);
    canvas.addEventListener("pointerup", release);
    canvas.addEventListener("pointercancel", cancel);
    canvas.addEventListener("dblclick", all);
    canvas.addEventListener("wheel", turn, { passive: false });
    canvas.addEventListener("keydown", type);
    return () => {
      clearTimeout(timer);
      if (asked) model.send({ kind: "zoom", from: null, to: null });
    };
  };

  /** Tell the first and the last update that there are, before anything is drawn. */
  const cover = (updates) => {
    const anew = updates[1] < whole[1]; // other curves: the part would be of those before
    whole = updates;
    if (anew && part) {
      part = null;
      ask();
    }
  };

  /** Tell where the plot lies; returns the updates to draw. */
  const lay = (edges) => {
    plot = edges;
    return visible();
  };

  const paint = (context, style) => {
    if (!drag) return;
    const [left, right] = [within(place(drag.from)), drag.x].sort((a, b) => a - b);
    context.fillStyle = style.brand;
    context.globalAlpha = 0.18;
    context.fillRect(left, plot.top, right - left, plot.bottom - plot.top);
    context.globalAlpha = 1;
  };

  return { attach, cover, lay, paint, active: () => part !== null, clear: () => (plot = null) };
}
