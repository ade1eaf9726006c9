/** The least of a page that the modules ask for when they are loaded outside a browser. */
export function listen() {
  const deaf = { addEventListener() {}, querySelectorAll: () => [], querySelector: () => null, readyState: "loading" };
  globalThis.document ??= deaf;
  globalThis.window ??= deaf;
}
