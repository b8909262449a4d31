// What holds for the whole studio in the page: its keys are its own, its controls have names and tooltips, and it stands in view.

/** Give the handles of sliders the names that stand beside them, for those who do not see them. */
function nameSliders(root) {
  for (const handle of root.querySelectorAll(".noUi-handle:not([aria-label])")) {
    const label = handle.closest(".jupyter-widgets")?.querySelector(".widget-label");
    if (!label) continue;
    const several = handle.closest(".noUi-target").querySelectorAll(".noUi-handle").length > 1;
    const which = handle.classList.contains("noUi-handle-upper") ? "highest" : "lowest";
    handle.setAttribute("aria-label", several ? `${label.textContent}, ${which}` : label.textContent);
  }
}

/** Give a control the tooltip that its name has: ipywidgets gives many none, and a box to tick the HTML of its name. */
function explain({ target }) {
  const control = target.closest?.(".lstmmusic-studio .widget-inline-hbox");
  const words = [...(control?.querySelectorAll("label span[title]") ?? [])].at(-1)?.title; // the innermost
  if (!words) return;
  for (const part of [control, ...control.querySelectorAll("input, select")]) part.title = words;
}

function render({ el }) {
  el.classList.add("lstmmusic-frame");
  let studio = null;
  const look = () => {
    studio ??= el.closest(".lstmmusic-studio");
    if (!studio) return;
    // Otherwise "x" in a picture that has the focus would cut the notebook's cell.
    studio.setAttribute("data-lm-suppress-shortcuts", "true");
    nameSliders(studio);
  };
  // A widget is put into the page after it was rendered, and its neighbours come when they will.
  const changes = new MutationObserver(look);
  changes.observe(document.body, { childList: true, subtree: true });
  const appear = new IntersectionObserver(([entry]) => {
    if (!entry.isIntersecting && entry.boundingClientRect.width === 0) return;
    appear.disconnect();
    look();
    studio?.scrollIntoView({ block: "start" });
  });
  appear.observe(el);
  for (const reached of ["pointerover", "focusin"]) document.addEventListener(reached, explain);
  return () => {
    for (const reached of ["pointerover", "focusin"]) document.removeEventListener(reached, explain);
    changes.disconnect();
    appear.disconnect();
  };
}

export default { render };
