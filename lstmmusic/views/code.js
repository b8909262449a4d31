// Code to take away: shown as text, with a button that copies it.

function render({ model, el }) {
  el.classList.add("lstmmusic-code");
  const button = document.createElement("button");
  button.className = "jupyter-button lm-mod-primary mod-primary";
  button.textContent = "Copy";
  const text = document.createElement("pre");
  text.tabIndex = 0;
  const show = () => {
    text.textContent = model.get("code") || "Choose a run: the code that repeats it appears here.";
    button.disabled = !model.get("code");
    button.textContent = "Copy";
  };
  const copy = async () => {
    // A page that is not served securely may not write to the clipboard; its text can still be selected.
    getSelection().selectAllChildren(text);
    try {
      await navigator.clipboard.writeText(model.get("code"));
      button.textContent = "Copied";
    } catch {
      button.textContent = "Selected: press Ctrl+C";
    }
  };
  button.addEventListener("click", copy);
  model.on("change:code", show);
  el.append(button, text);
  show();
  return () => model.off("change:code", show);
}

export default { render };
