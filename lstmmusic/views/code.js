// Code to copy: shown as text, with a button.

import { element, makeButton } from "./element.js";
import { onChange, withSignal } from "./model.js";

/** @import { Model } from "./model.js" */

const render = withSignal((/** @type {Model<{ code: string }>} */ model, el, signal) => {
  el.classList.add("lstmmusic-code");
  const button = makeButton("Copy", { class: "jupyter-button lm-mod-primary mod-primary" });
  const text = element("pre", { tabindex: 0 });
  const show = () => {
    text.textContent = model.get("code") || "Choose a run: the code that repeats it appears here.";
    button.disabled = !model.get("code");
    button.textContent = "Copy";
  };
  button.addEventListener("click", async () => {
    // A page that is not served securely may not write to the clipboard; its text can still be selected.
    getSelection()?.selectAllChildren(text);
    try {
      await navigator.clipboard.writeText(model.get("code"));
      button.textContent = "Copied";
    } catch {
      button.textContent = "Selected: press Ctrl+C";
    }
  });
  onChange(model, signal, ["code"], show);
  el.append(button, text);
  show();
});

export default { render };
