// The room of the studio: it is as high as what the page shows at once, so that its bars stay in view, and where it is
// narrow, the controls of each place are a drawer, which opens over what they act on.

import { makeButton } from "./element.js";
import { clamp } from "./numbers.js";

const NARROW = 1080; // pixels of width below which controls beside plots would leave too little to these
const LOW = 600; // pixels of height below which plots need even what is kept free for messages
const MARGIN = 4; // above the studio in view, and below it
const OWN_MARGIN = 40; // pixels above the studio up to which nothing else can be there

/** The elements around the studio that scroll: @param {HTMLElement} studio */
function scrollersOf(studio) {
  const found = [];
  for (let each = studio.parentElement; each && each !== document.body; each = each.parentElement) {
    if (/auto|scroll/.test(getComputedStyle(each).overflowY)) found.push(each);
  }
  return found;
}

/**
 * The height in pixels that the page shows of the studio at once.
 * @param {HTMLElement} studio @param {HTMLElement[]} scrollers
 */
function roomOf(studio, scrollers) {
  const { marginBottom } = studio.style;
  studio.style.marginBottom = `${2 * innerHeight}px`; // what is less high in spite of it has a height of its own
  const { top } = studio.getBoundingClientRect();
  let [room, above] = [innerHeight, top + scrollY];
  for (const each of scrollers) {
    if (each.clientHeight === 0 || each.clientHeight >= room) continue;
    [room, above] = [each.clientHeight, top - each.getBoundingClientRect().top + each.scrollTop];
  }
  studio.style.marginBottom = marginBottom;
  return Math.round(room - 2 * (above < OWN_MARGIN ? above : MARGIN));
}

/**
 * Give a place the button of its drawer; returns a function that opens it or closes it.
 * @param {HTMLElement} place @param {HTMLElement} controls @param {HTMLElement} plots @param {AbortSignal} signal
 */
function addDrawer(place, controls, plots, signal) {
  controls.id ||= `lstmmusic-controls-${Math.random().toString(36).slice(2)}`;
  const button = makeButton("Controls", { class: "lstmmusic-drawer", "aria-controls": controls.id });
  const isOpen = () => place.classList.contains("lstmmusic-open");
  const open = (/** @type {boolean} */ on) => {
    place.classList.toggle("lstmmusic-open", on);
    button.setAttribute("aria-expanded", `${on}`);
    button.title = on ? "Hide the controls (Escape)" : "Show the controls of this place";
  };
  const leave = (/** @type {KeyboardEvent} */ event) => {
    if (event.key !== "Escape" || !isOpen() || button.offsetWidth === 0) return;
    setTimeout(() => { // a field undoes first what was typed into it
      open(false);
      button.focus();
    });
  };
  button.addEventListener("click", () => open(!isOpen()), { signal });
  // Text fields of ipywidgets let no key through.
  for (const each of [button, controls]) each.addEventListener("keydown", leave, { signal, capture: true });
  plots.addEventListener("focusin", ({ target }) => {
    // The drawer would lie over what the keyboard has reached.
    if (target instanceof Element && target.matches(":focus-visible")) open(false);
  }, { signal });
  open(false);
  place.prepend(button);
  signal.addEventListener("abort", () => button.remove());
  return open;
}

/** Scroll what a place is about into view, but not the page: @param {HTMLElement} plots */
function showMain(plots) {
  const main = plots.querySelector(".lstmmusic-main");
  if (!main || plots.clientHeight === 0) return;
  const [box, room] = [main, plots].map((each) => each.getBoundingClientRect());
  plots.scrollTop += clamp(box.bottom - room.bottom, 0, Math.max(0, box.top - room.top));
}

/**
 * Fit the studio into the page until the signal; returns a function to call when there may be more places.
 * @param {HTMLElement} studio @param {AbortSignal} signal
 */
export function fitRoom(studio, signal) {
  /** @type {Map<HTMLElement, { controls: HTMLElement, plots: HTMLElement, open: (on: boolean) => void }>} */
  const drawers = new Map();
  /** @type {WeakSet<Element>} */
  const watched = new WeakSet();
  let request = 0;

  const fit = () => {
    request = 0;
    if (studio.clientWidth === 0) return; // the page hides it
    const scrollers = scrollersOf(studio);
    for (const each of [studio, ...scrollers]) {
      if (!watched.has(each)) sizes.observe(each);
      watched.add(each);
    }
    const height = roomOf(studio, scrollers);
    const same = studio.style.height === `${height}px`;
    studio.style.height = `${height}px`;
    studio.classList.toggle("lstmmusic-low", height < LOW);
    const narrow = studio.clientWidth < NARROW;
    if (narrow !== studio.classList.contains("lstmmusic-narrow")) {
      const focused = document.activeElement;
      for (const { controls, open } of drawers.values()) open(narrow && controls.contains(focused));
      studio.classList.toggle("lstmmusic-narrow", narrow);
    } else if (same) return;
    for (const { plots } of drawers.values()) showMain(plots);
  };
  const change = () => {
    request ||= requestAnimationFrame(fit);
  };
  const sizes = new ResizeObserver(change);
  // A place has a size from when it is opened.
  const opened = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      if (isIntersecting && target instanceof HTMLElement) showMain(target);
    }
  });
  sizes.observe(studio);
  watched.add(studio);
  window.addEventListener("resize", change, { signal });
  signal.addEventListener("abort", () => {
    cancelAnimationFrame(request);
    sizes.disconnect();
    opened.disconnect();
  });

  return () => {
    for (const place of studio.querySelectorAll(".lstmmusic-place")) {
      if (!(place instanceof HTMLElement) || drawers.has(place)) continue;
      const [controls, plots] = ["controls", "plots"].map((name) => place.querySelector(`:scope > .lstmmusic-${name}`));
      if (!(controls instanceof HTMLElement) || !(plots instanceof HTMLElement)) continue;
      drawers.set(place, { controls, plots, open: addDrawer(place, controls, plots, signal) });
      opened.observe(plots);
    }
  };
}
