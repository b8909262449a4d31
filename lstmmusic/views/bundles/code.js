// Made by scripts/bundle: a8b2934b7c5891f5655325134ca15d6484ec6377982b13c4aebb8b2956b3b080
// lstmmusic/views/code.js
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
var code_default = { render };
export {
  code_default as default
};
