// A button that downloads a file of the kernel's machine: its parts are requested one by one, and slowly, as Jupyter's
// server drops what is more than 1 MB in a second.

import { element, makeButton } from "./element.js";
import { bytes, onChange, withSignal } from "./model.js";

/** @import { Model } from "./model.js" */
/**
 * @typedef {{
 *   name: string, size: number, offers: number, start: number, part: DataView, answers: number,
 * }} State
 */
/**
 * What is being downloaded.
 * @typedef {{ offer: number, parts: Uint8Array[], received: number, asked: number }} Course
 */

const PAUSE = 600; // milliseconds from one request to the next
const AGAIN = 10_000; // after which a part that has not come is requested again

const render = withSignal((/** @type {Model<State>} */ model, el, signal) => {
  el.classList.add("lstmmusic-download");
  /** @type {Course | null} */
  let course = null;
  let offer = model.get("offers");
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const start = makeButton("", { class: "jupyter-button" });
  const cancel = makeButton("Cancel", { class: "jupyter-button" });
  const words = element("span", { role: "status" });

  const show = (/** @type {string} */ said = "") => {
    const [name, size] = [model.get("name"), model.get("size")];
    start.textContent = `Download ${name} (${Math.ceil(size / 1e5) / 10} MB)`;
    start.hidden = course !== null || name === "";
    cancel.hidden = course === null;
    words.textContent = course ? `Downloading ${name}: ${Math.floor((100 * course.received) / size)} %` : said;
  };
  const end = (/** @type {string} */ said = "") => {
    clearTimeout(timer);
    if (course) model.send({ kind: "end", offer: course.offer });
    course = null;
    show(said);
  };
  const ask = () => {
    if (!course) return;
    course.asked = performance.now();
    model.send({ kind: "part", offer: course.offer, start: course.received });
    clearTimeout(timer);
    timer = setTimeout(ask, AGAIN);
  };
  const receive = () => {
    if (!course || course.offer !== model.get("offers") || course.received !== model.get("start")) return;
    const part = bytes(model.get("part"));
    if (part.length === 0) {
      end("The file cannot be read any more: it was moved, changed or deleted.");
      return;
    }
    course.parts.push(part);
    course.received += part.length;
    clearTimeout(timer);
    if (course.received < model.get("size")) {
      timer = setTimeout(ask, Math.max(0, PAUSE - (performance.now() - course.asked)));
      show();
    } else finish(course.parts);
  };
  const finish = (/** @type {Uint8Array[]} */ parts) => {
    const url = URL.createObjectURL(new Blob(/** @type {BlobPart[]} */ (parts)));
    element("a", { href: url, download: model.get("name") }).click();
    setTimeout(() => URL.revokeObjectURL(url), AGAIN); // the browser may still read it
    end(`Downloaded ${model.get("name")}.`);
  };

  start.addEventListener("click", () => {
    course = { offer, parts: [], received: 0, asked: 0 };
    show();
    ask();
  });
  cancel.addEventListener("click", () => end());
  onChange(model, signal, ["answers"], receive);
  onChange(model, signal, ["offers"], () => {
    if (offer === model.get("offers")) return;
    offer = model.get("offers");
    end();
  });
  signal.addEventListener("abort", () => clearTimeout(timer));
  el.append(start, cancel, words);
  show();
});

export default { render };
