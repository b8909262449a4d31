// Made by scripts/bundle: 23f30cc21d55a9428c1ae90c99afb02b166b73be2f60299be358f64fb81c00a6
// lstmmusic/views/element.js
function element(kind, attributes = {}, ...children) {
  const made = document.createElement(kind);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, `${value}`);
  made.append(...children.filter((child) => child !== ""));
  return made;
}
function makeButton(text, attributes = {}) {
  return element("button", { type: "button", ...attributes }, text);
}

// lstmmusic/views/model.js
function listen(model, signal, event, listener) {
  model.on(event, listener);
  signal.addEventListener("abort", () => model.off(event, listener));
}
function onChange(model, signal, names, listener) {
  for (const name of names) listen(model, signal, `change:${name}`, listener);
}
function withSignal(show) {
  return ({ model, el }) => {
    const end = new AbortController();
    show(model, el, end.signal);
    return () => end.abort();
  };
}

// lstmmusic/views/code.js
var render = withSignal((model, el, signal) => {
  el.classList.add("lstmmusic-code");
  const button = makeButton("Copy", { class: "jupyter-button lm-mod-primary mod-primary" });
  const text = element("pre", { tabindex: 0 });
  const show = () => {
    text.textContent = model.get("code") || "Choose a run: the code that repeats it appears here.";
    button.disabled = !model.get("code");
    button.textContent = "Copy";
  };
  button.addEventListener("click", async () => {
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
var code_default = { render };
export {
  code_default as default
};
