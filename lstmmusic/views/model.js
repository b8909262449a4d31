// The model of a widget as its view sees it, and how a view stops listening to it.

/**
 * The part of anywidget's model that the views use; `S` has the synced traits.
 * @template S
 * @typedef {{
 *   get<K extends keyof S>(name: K): S[K],
 *   set<K extends keyof S>(name: K, value: S[K]): void,
 *   save_changes(): void,
 *   send(content: object, callbacks?: undefined, buffers?: ArrayBuffer[]): void,
 *   on(event: string, listener: (message: any) => void): void,
 *   off(event: string, listener: (message: any) => void): void,
 *   widget_manager?: { kernel?: Kernel | null, get_model(id: string): Promise<WidgetModel> },
 * }} Model
 */

/**
 * The kernel behind a page of Jupyter, as far as it is used here; other front ends show none.
 * @typedef {{ statusChanged: Signal<string>, disposed: Signal<void> }} Kernel
 */

/**
 * A model as the front end has it.
 * @typedef {{
 *   get(name: string): any,
 *   trigger(event: string): void,
 *   close(closed: boolean): Promise<void>,
 *   clear(options: { silent: boolean }): void,
 * }} WidgetModel
 */

/**
 * An event of JupyterLab.
 * @template T
 * @typedef {{ connect(slot: Slot<T>): void, disconnect(slot: Slot<T>): void }} Signal
 */
/** @template T @typedef {(sender: any, value: T) => void} Slot */

const GONE = ["restarting", "autorestarting", "dead"]; // what a kernel is when it no longer knows its widgets

/**
 * Listen to an event of a model until the signal.
 * @template S
 * @param {Model<S>} model @param {AbortSignal} signal @param {string} event @param {(message: any) => void} listener
 */
function listen(model, signal, event, listener) {
  model.on(event, listener);
  signal.addEventListener("abort", () => model.off(event, listener));
}

/**
 * Call a listener at each change of these traits, until the signal.
 * @template S
 * @param {Model<S>} model @param {AbortSignal} signal @param {(keyof S & string)[]} names @param {() => void} listener
 */
export function onChange(model, signal, names, listener) {
  for (const name of names) listen(model, signal, `change:${name}`, listener);
}

/**
 * Call a listener with each message of the kernel, until the signal.
 * @template S
 * @param {Model<S>} model @param {AbortSignal} signal @param {(message: any) => void} listener
 */
export function onMessage(model, signal, listener) {
  listen(model, signal, "msg:custom", listener);
}

/**
 * Set traits and send them to the kernel.
 * @template S
 * @param {Model<S>} model @param {Partial<S>} traits
 */
export function save(model, traits) {
  for (const name in traits) model.set(name, /** @type {S[typeof name]} */ (traits[name]));
  model.save_changes();
}

/** The bytes of a trait, copied, so that wider numbers are aligned: @param {DataView | Uint8Array} value */
export function bytes(value) {
  return new Uint8Array(value.buffer, value.byteOffset, value.byteLength).slice();
}

/**
 * Call a listener once the kernel of a model has been restarted, has died, or the page has got another one.
 * @template S
 * @param {Model<S>} model @param {AbortSignal} signal @param {() => void} listener
 */
export function onKernelLost(model, signal, listener) {
  const kernel = model.widget_manager?.kernel;
  if (!kernel?.statusChanged || !kernel.disposed) return;
  const check = (/** @type {unknown} */ _, /** @type {string} */ status) => {
    if (GONE.includes(status)) listener();
  };
  kernel.statusChanged.connect(check);
  kernel.disposed.connect(listener);
  signal.addEventListener("abort", () => {
    kernel.statusChanged.disconnect(check);
    kernel.disposed.disconnect(listener);
  });
}

/**
 * The same model, of which nothing is sent once its kernel is gone, since that is an error, and which changes only if a
 * value differs: marimo's would report a change, and listeners that set each other's traits would never end.
 * @template S
 * @param {Model<S>} model @param {AbortSignal} signal
 * @returns {Model<S>}
 */
function sendable(model, signal) {
  let lost = false;
  onKernelLost(model, signal, () => (lost = true));
  return {
    get: (name) => model.get(name),
    set: (name, value) => {
      const same = JSON.stringify(model.get(name)) === JSON.stringify(value);
      if (!same || ArrayBuffer.isView(value)) model.set(name, value);
    },
    save_changes: () => void (lost || model.save_changes()),
    send: (...message) => void (lost || model.send(...message)),
    on: (event, listener) => model.on(event, listener),
    off: (event, listener) => model.off(event, listener),
    widget_manager: model.widget_manager,
  };
}

/**
 * What anywidget calls to show a model: `show` gets a signal, which ends everything that it has started.
 * @template S
 * @param {(model: Model<S>, el: HTMLElement, signal: AbortSignal) => void} show
 */
export function withSignal(show) {
  return (/** @type {{ model: Model<S>, el: HTMLElement }} */ { model, el }) => {
    const end = new AbortController();
    show(sendable(model, end.signal), el, end.signal);
    return () => end.abort();
  };
}

/**
 * Close a model and all below it, as its kernel would have: a front end keeps them, several megabytes of each studio.
 * @param {WidgetModel | null} model
 */
export async function closeAll(model) {
  if (!model) return;
  const parts = [...(model.get("children") ?? []), model.get("layout"), model.get("style")];
  model.trigger("comm:close"); // upon which the front end forgets it
  await model.close(true);
  model.clear({ silent: true }); // a link may still refer to it
  for (const part of parts) await closeAll(part);
}
