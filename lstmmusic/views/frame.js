// What applies to the studio as a whole: its keys are its own, its controls have names and tooltips, and it is in view.

import { withSignal } from "./model.js";

/** Give the handles of sliders the labels beside them as names, for screen readers: @param {Element} root */
function nameSliders(root) {
  for (const handle of root.querySelectorAll(".noUi-handle:not([aria-label])")) {
    const label = handle.closest(".widget-inline-hbox")?.querySelector(".widget-label")?.textContent;
    if (!label) continue;
    const several = (handle.closest(".noUi-target")?.querySelectorAll(".noUi-handle") ?? []).length > 1;
    const which = handle.classList.contains("noUi-handle-upper") ? "highest" : "lowest";
    handle.setAttribute("aria-label", several ? `${label}, ${which}` : label);
  }
}

/** Give a control the tooltip of its label: ipywidgets gives many none, and a check box the HTML of its label. */
function explain(/** @type {Event} */ { target }) {
  const control = target instanceof Element && target.closest(".lstmmusic-studio .widget-inline-hbox");
  if (!(control instanceof HTMLElement)) return;
  /** @type {HTMLElement[]} */
  const named = [...control.querySelectorAll(/** @type {"span"} */ ("label span[title]"))];
  const title = named.at(-1)?.title; // the innermost
  if (!title) return;
  for (const part of [control, ...control.querySelectorAll("input, select")]) part.setAttribute("title", title);
}

const render = withSignal((_, el, signal) => {
  el.classList.add("lstmmusic-frame");
  /** @type {Element | null} */
  let studio = null;
  const look = () => {
    studio ??= el.closest(".lstmmusic-studio");
    if (!studio) return;
    // Otherwise "x" in a picture that has the focus would cut the notebook's cell.
    studio.setAttribute("data-lm-suppress-shortcuts", "true");
    nameSliders(studio);
  };
  // A widget is put into the page after it was rendered, and its neighbours come later.
  const changes = new MutationObserver(look);
  changes.observe(document.body, { childList: true, subtree: true });
  const appear = new IntersectionObserver(([entry]) => {
    if (!entry.isIntersecting && entry.boundingClientRect.width === 0) return;
    appear.disconnect();
    look();
    studio?.scrollIntoView({ block: "start" });
  });
  appear.observe(el);
  for (const event of ["pointerover", "focusin"]) document.addEventListener(event, explain, { signal });
  signal.addEventListener("abort", () => {
    changes.disconnect();
    appear.disconnect();
  });
});

export default { render };
