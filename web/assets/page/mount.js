/** Behaviours are tied to markup: each runs once per matching element, now and after every htmx swap. */

const behaviours = [];
const done = new WeakMap();

/** Run `start(element)` once for every present and future element that matches `selector`. */
export function behaviour(selector, start) {
  behaviours.push({ selector, start });
  if (document.readyState !== "loading") apply({ selector, start }, document);
}

/** Look for new elements below `root`, which was just added to the page. */
export function mount(root = document) {
  for (const each of behaviours) apply(each, root);
}

function apply({ selector, start }, root) {
  const own = root instanceof Element && root.matches(selector) ? [root] : [];
  for (const element of [...own, ...root.querySelectorAll(selector)]) {
    const seen = done.get(element) ?? new Set();
    if (seen.has(start)) continue;
    done.set(element, seen.add(start));
    start(element);
  }
}

document.addEventListener("DOMContentLoaded", () => mount());
document.addEventListener("htmx:after:swap", () => mount());
