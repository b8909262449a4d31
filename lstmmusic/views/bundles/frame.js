// Made by scripts/bundle: 1a95b4055161c4d57fc2c680eaab34859fee9705789c484577a0e1a8e9da7188
// lstmmusic/views/model.js
function withSignal(show) {
  return ({ model, el }) => {
    const end = new AbortController();
    show(model, el, end.signal);
    return () => end.abort();
  };
}

// lstmmusic/views/frame.js
function nameSliders(root) {
  for (const handle of root.querySelectorAll(".noUi-handle:not([aria-label])")) {
    const label = handle.closest(".widget-inline-hbox")?.querySelector(".widget-label")?.textContent;
    if (!label) continue;
    const several = (handle.closest(".noUi-target")?.querySelectorAll(".noUi-handle") ?? []).length > 1;
    const which = handle.classList.contains("noUi-handle-upper") ? "highest" : "lowest";
    handle.setAttribute("aria-label", several ? `${label}, ${which}` : label);
  }
}
function explain({ target }) {
  const control = target instanceof Element && target.closest(".lstmmusic-studio .widget-inline-hbox");
  if (!(control instanceof HTMLElement)) return;
  const named = [...control.querySelectorAll(
    /** @type {"span"} */
    "label span[title]"
  )];
  const title = named.at(-1)?.title;
  if (!title) return;
  for (const part of [control, ...control.querySelectorAll("input, select")]) part.setAttribute("title", title);
}
var render = withSignal((_, el, signal) => {
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
  for (const event of ["pointerover", "focusin"]) document.addEventListener(event, explain, { signal });
  signal.addEventListener("abort", () => {
    changes.disconnect();
    appear.disconnect();
  });
});
var frame_default = { render };
export {
  frame_default as default
};
