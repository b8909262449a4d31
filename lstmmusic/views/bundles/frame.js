// Made by scripts/bundle: 91a5b80e13d86f0b01fbeb5b1243e9308002196c5464a0168ee5222df72effbb
// lstmmusic/views/frame.js
function nameSliders(root) {
  for (const handle of root.querySelectorAll(".noUi-handle:not([aria-label])")) {
    const label = handle.closest(".jupyter-widgets")?.querySelector(".widget-label");
    if (!label) continue;
    const several = handle.closest(".noUi-target").querySelectorAll(".noUi-handle").length > 1;
    const which = handle.classList.contains("noUi-handle-upper") ? "highest" : "lowest";
    handle.setAttribute("aria-label", several ? `${label.textContent}, ${which}` : label.textContent);
  }
}
function explain({ target }) {
  const control = target.closest?.(".lstmmusic-studio .widget-inline-hbox");
  const words = [...control?.querySelectorAll("label span[title]") ?? []].at(-1)?.title;
  if (!words) return;
  for (const part of [control, ...control.querySelectorAll("input, select")]) part.title = words;
}
function render({ el }) {
  el.classList.add("lstmmusic-frame");
  let studio = null;
  const look = () => {
    studio ??= el.closest(".lstmmusic-studio");
    if (!studio) return;
    studio.setAttribute("data-lm-suppress-shortcuts", "true");
    nameSliders(studio);
  };
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
var frame_default = { render };
export {
  frame_default as default
};
