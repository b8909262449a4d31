// Elements of the page.

/**
 * Make an element with these attributes and children.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} kind @param {Record<string, string | number>} attributes @param {(Node | string)[]} children
 */
export function element(kind, attributes = {}, ...children) {
  const made = document.createElement(kind);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, `${value}`);
  made.append(...children.filter((child) => child !== ""));
  return made;
}

/** A button: @param {string} text @param {Record<string, string>} attributes */
export function makeButton(text, attributes = {}) {
  return element("button", { type: "button", ...attributes }, text);
}

/** What keeps JupyterLab from taking keys in an element for commands. */
export const NO_SHORTCUTS = { "data-lm-suppress-shortcuts": "true" };
/** Attributes of an element that handles such keys. */
export const OWN_KEYS = { tabindex: 0, ...NO_SHORTCUTS };
