// A view that fills the screen, or where the browser refuses that, the frame that it is in; Escape leaves it.

const WHOLE = "lstmmusic-whole";

/**
 * Returns `toggle()`; `changed` is called with whether the view fills the screen.
 * @param {HTMLElement} el @param {AbortSignal} signal @param {(on: boolean) => void} changed
 */
export function makeFullScreen(el, signal, changed) {
  let granted = false; // by the browser
  const isOn = () => el.classList.contains(WHOLE);
  const fill = (/** @type {boolean} */ on) => {
    if (on === isOn()) return;
    el.classList.toggle(WHOLE, on);
    changed(on);
  };
  const leave = () => {
    if (granted) document.exitFullscreen().catch(() => {}); // it was left by the browser's own key
    granted = false;
    fill(false);
  };
  const toggle = async () => {
    if (isOn()) {
      leave();
      return;
    }
    fill(true);
    // A frame may not be allowed to; then the view fills the frame.
    granted = await (el.requestFullscreen?.().then(() => true, () => false) ?? false);
    if (signal.aborted || !isOn()) leave();
  };
  el.addEventListener("fullscreenchange", () => {
    const root = /** @type {Document | ShadowRoot} */ (el.getRootNode());
    if (root.fullscreenElement === el) return;
    granted = false;
    fill(false);
  }, { signal });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !isOn()) return;
    event.preventDefault();
    leave();
  }, { signal });
  signal.addEventListener("abort", leave);
  return { toggle };
}
