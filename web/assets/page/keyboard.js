/** Keys: `/` to the search; in `[data-keylist]`: j/k move, Enter opens, c claims, x selects. Never while typing. */

function typing(event) {
  const target = event.target;
  return event.ctrlKey || event.metaKey || event.altKey || event.isComposing
    || target.isContentEditable || target.matches?.("input:not([type=checkbox]), select, textarea") || document.querySelector("dialog[open]");
}

/** The rows of a list: `[data-key-row]`, or its direct children. */
function rowsOf(list) {
  const marked = [...list.querySelectorAll("[data-key-row]")];
  return (marked.length ? marked : [...list.children]).filter((row) => !row.hidden);
}

function move(rows, step) {
  const at = rows.findIndex((row) => row.classList.contains("cursor"));
  const next = rows[nextIndex(at, step, rows.length)];
  rows[at]?.classList.remove("cursor");
  next.classList.add("cursor");
  (next.querySelector("[data-key-open], a[href]") ?? next).focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
}

/** Where the cursor goes: the first row when there was none, and never past either end. */
export function nextIndex(at, step, count) {
  if (at < 0) return step > 0 ? 0 : count - 1;
  return Math.min(Math.max(at + step, 0), count - 1);
}

const ACTIONS = {
  j: (rows) => move(rows, 1),
  k: (rows) => move(rows, -1),
  Enter: (rows, row) => row?.querySelector("[data-key-open], a[href]")?.click(),
  c: (rows, row) => row?.querySelector("[data-key-claim]")?.click(),
  x: (rows, row) => row?.querySelector("input[type=checkbox]")?.click(),
};

function onKey(event) {
  if (typing(event)) return;
  if (event.key === "/") {
    const search = document.querySelector("[data-search]");
    if (search) { event.preventDefault(); search.focus(); search.select(); }
    return;
  }
  const list = document.querySelector("[data-keylist]");
  const action = ACTIONS[event.key];
  if (!list || !action || (event.key === "Enter" && event.target.closest("a, button, summary"))) return;
  const rows = rowsOf(list);
  if (!rows.length) return;
  event.preventDefault();
  action(rows, rows.find((row) => row.classList.contains("cursor")));
}

/** Listen on the document once. */
export function startKeyboard() {
  document.addEventListener("keydown", onKey);
}
