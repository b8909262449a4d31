// What applies to the studio as a whole: its keys are its own, its controls have names and help, it is in view and fits
// there, it shows the way, and it says so when its kernel is gone.

import { markLabels, offerHelp } from "./help.js";
import { closeAll, onKernelLost, withSignal } from "./model.js";
import { fitRoom } from "./room.js";
import { makeTour } from "./tour.js";

/** @import { Model } from "./model.js" */
/** @import { Stop } from "./tour.js" */
/** @typedef {{ period: number, studio: string, tour: Stop[] }} State */

/**
 * Give the handles of ipywidgets' sliders the labels beside them as names, and the values that are shown, for screen
 * readers; by themselves they say a position, and not that they are locked.
 * @param {Element} root
 */
function nameSliders(root) {
  for (const handle of root.querySelectorAll(".noUi-handle")) {
    const control = handle.closest(".widget-inline-hbox");
    const label = control?.querySelector(".widget-label")?.textContent;
    if (!label) continue;
    const slider = handle.closest(".noUi-target");
    const several = (slider?.querySelectorAll(".noUi-handle") ?? []).length > 1;
    const isUpper = handle.classList.contains("noUi-handle-upper");
    const values = (control?.querySelector(".widget-readout")?.textContent ?? "").split(/ (?:–|-|to) /);
    const attributes = {
      "aria-label": several ? `${label}, ${isUpper ? "highest" : "lowest"}` : label,
      "aria-valuetext": values[several && isUpper ? 1 : 0] ?? "",
      "aria-disabled": String(slider?.hasAttribute("disabled")),
      title: control?.getAttribute("title") ?? "",
    };
    for (const [name, value] of Object.entries(attributes)) {
      if (handle.getAttribute(name) !== value) handle.setAttribute(name, value);
    }
  }
}

/** Name buttons that show a sign, such as ↶, by their tooltips, for screen readers: @param {Element} root */
function nameSigns(root) {
  for (const button of root.querySelectorAll(".jupyter-button")) {
    const name = /\p{Letter}/u.test(button.textContent ?? "") ? null : button.getAttribute("title");
    if (button.getAttribute("aria-label") === name) continue;
    if (name) button.setAttribute("aria-label", name);
    else button.removeAttribute("aria-label");
  }
}

/** Let Tab go to the selected tab, instead of always to the first: @param {Element} root */
function reachSelectedTab(root) {
  for (const tab of root.querySelectorAll('.widget-tab [role="tab"]')) {
    const wanted = tab.getAttribute("aria-selected") === "true" ? "0" : "-1";
    if (tab.getAttribute("tabindex") !== wanted) tab.setAttribute("tabindex", wanted);
  }
}

/** Replace titles that are the HTML of a label, as ipywidgets gives to check boxes: @param {Element} root */
function cleanTitles(root) {
  for (const part of root.querySelectorAll('[title^="<span"]')) {
    const title = part.closest("label")?.querySelector('[title]:not([title^="<span"])')?.getAttribute("title");
    part.setAttribute("title", title ?? "");
  }
}

/** Say whether a key means undo or redo, but not where text is edited: @param {KeyboardEvent} event */
function undoOf(event) {
  const written = event.target instanceof Element && event.target.closest("input:not([type=range]), textarea, select");
  if (written || event.altKey || !(event.ctrlKey || event.metaKey)) return null;
  const key = event.key.toLowerCase();
  if (key === "z") return event.shiftKey ? "redo" : "undo";
  return key === "y" ? "redo" : null;
}

const render = withSignal((/** @type {Model<State>} */ model, el, signal) => {
  el.classList.add("lstmmusic-frame");
  el.role = "alert";
  let lost = false;
  const lose = () => {
    lost = true;
    const again = document.body.dataset.voila ? "reload the page" : "run the cell again";
    el.textContent = `The kernel was restarted: ${again}`;
    const parts = el.closest(".lstmmusic-studio")?.children ?? [];
    for (const part of parts) part.toggleAttribute("inert", !part.contains(el));
  };
  onKernelLost(model, signal, lose);
  const report = () => model.send({ kind: "page" });
  const timer = setInterval(report, 1000 * model.get("period"));
  report();
  /** @type {HTMLElement | null} */
  let studio = null;
  let addDrawers = () => {};
  const undo = (/** @type {Event} */ event) => {
    const kind = event instanceof KeyboardEvent && undoOf(event);
    if (!kind) return;
    event.preventDefault();
    event.stopPropagation(); // the notebook would undo in a cell
    model.send({ kind });
  };
  const look = () => {
    if (!studio) {
      studio = el.closest(".lstmmusic-studio");
      if (!studio) return;
      const attributeFilter = ["aria-selected", "aria-valuenow", "disabled", "tabindex", "title"];
      changes.observe(studio, { attributeFilter, subtree: true });
      studio.addEventListener("keydown", undo, { signal });
      addDrawers = fitRoom(studio, signal);
      offerHelp(studio, signal);
      const lead = makeTour(studio, model.get("tour"), (place) => model.send({ kind: "place", place }), signal);
      studio.addEventListener("click", ({ target }) => {
        if (target instanceof Element && target.closest(".lstmmusic-show-me")) lead();
      }, { signal });
    }
    // Otherwise "x" in a picture that has the focus would cut the notebook's cell.
    studio.setAttribute("data-lm-suppress-shortcuts", "true");
    addDrawers();
    markLabels(studio);
    nameSliders(studio);
    nameSigns(studio);
    reachSelectedTab(studio);
    cleanTitles(studio);
  };
  // A widget is put into the page after it was rendered, and its neighbours come later.
  const changes = new MutationObserver(look);
  changes.observe(document.body, { childList: true, subtree: true });
  const appear = new IntersectionObserver(([entry]) => {
    if (!entry.isIntersecting && entry.boundingClientRect.width === 0) return;
    appear.disconnect();
    look();
    // The notebook was saved with its widgets, and opened with another kernel.
    if (el.classList.contains("jupyter-widgets-disconnected")) lose();
    studio?.scrollIntoView({ block: "start" });
  });
  appear.observe(el);
  signal.addEventListener("abort", () => {
    clearInterval(timer);
    if (lost) setTimeout(async () => closeAll((await model.widget_manager?.get_model(model.get("studio"))) ?? null));
    changes.disconnect();
    appear.disconnect();
  });
});

export default { render };
