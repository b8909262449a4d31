// Made by scripts/bundle: 1d119cff9e3612d8af66a17c3f1ad187c85ee060fdd90ca121c9226756e78a09
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
      "aria-disabled": String(slider?.hasAttribute("disabled"))
    };
    for (const [name, value] of Object.entries(attributes)) {
      if (handle.getAttribute(name) !== value) handle.setAttribute(name, value);
    }
  }
}
function reachSelectedTab(root) {
  for (const tab of root.querySelectorAll('.widget-tab [role="tab"]')) {
    const wanted = tab.getAttribute("aria-selected") === "true" ? "0" : "-1";
    if (tab.getAttribute("tabindex") !== wanted) tab.setAttribute("tabindex", wanted);
  }
}
function cleanTitles(root) {
  for (const part of root.querySelectorAll('[title^="<span"]')) {
    const title = part.closest("label")?.querySelector('[title]:not([title^="<span"])')?.getAttribute("title");
    part.setAttribute("title", title ?? "");
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
    if (!studio) {
      studio = el.closest(".lstmmusic-studio");
      if (!studio) return;
      const attributeFilter = ["aria-selected", "aria-valuenow", "disabled", "tabindex", "title"];
      changes.observe(studio, { attributeFilter, subtree: true });
    }
    studio.setAttribute("data-lm-suppress-shortcuts", "true");
    nameSliders(studio);
    reachSelectedTab(studio);
    cleanTitles(studio);
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
