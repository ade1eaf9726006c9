/** The on-site checklist: verdicts reveal what they need, counts stand per section and in the bar, next open item. */
import { show } from "./conditions.js";

/** An item's state: its verdict (`yes`, `no`, `na`), for a measured item by its limits (data-min, data-max); else empty. */
export function verdictOf(item) {
  const picked = [...item.querySelectorAll("input[data-verdict]")].find((control) => control.checked);
  if (picked) return picked.dataset.verdict;
  const value = item.querySelector("[data-answer]");
  return value ? measuredVerdict(value.value, value.dataset) : "";
}

/** The verdict on a typed measurement; limits that are not given do not bind. */
export function measuredVerdict(text, { min, max } = {}) {
  if (text.trim() === "") return "";
  const number = Number(text);
  const outside = (min !== undefined && number < Number(min)) || (max !== undefined && number > Number(max));
  return outside ? "no" : "yes";
}

/** Count verdicts: total, answered, failed, left. */
export function tally(verdicts) {
  const answered = verdicts.filter(Boolean).length;
  const failed = verdicts.filter((verdict) => verdict === "no").length;
  return { total: verdicts.length, answered, failed, left: verdicts.length - answered };
}

function refreshItem(item) {
  const verdict = verdictOf(item);
  item.classList.toggle("answered", verdict !== "");
  item.classList.toggle("failed", verdict === "no");
  for (const part of item.querySelectorAll("[data-when]")) show(part, part.dataset.when.split(/\s+/).includes(verdict));
}

const itemsOf = (root) => [...root.querySelectorAll("[data-item]")].filter((item) => !item.closest("[hidden]"));

function writeCounts(root, places) {
  const counts = tally(itemsOf(root).map(verdictOf));
  for (const place of places) {
    const { count } = place.dataset;
    if (place instanceof HTMLProgressElement) { place.max = counts.total || 1; place.value = counts.answered; }
    else if (place.textContent !== String(counts[count])) place.textContent = counts[count];
    const hide = place.closest("[data-hide-zero]");
    if (hide) hide.hidden = counts[count] === 0;
  }
}

function refreshCounts(form) {
  for (const section of form.querySelectorAll("[data-section]")) writeCounts(section, section.querySelectorAll("[data-count]"));
  const outside = [...document.querySelectorAll("[data-count]")].filter((place) => !place.closest("[data-section]"));
  writeCounts(form, outside);
  const next = nextOpen(form, null);
  for (const label of document.querySelectorAll("[data-next-label]")) label.textContent = next?.dataset.label ?? "";
  for (const button of document.querySelectorAll("[data-next-unanswered]")) button.hidden = !next;
  for (const button of document.querySelectorAll("[data-when-complete]")) button.hidden = Boolean(next);
}

/** The first open item after `from`, else the first of all. */
function nextOpen(form, from) {
  const items = itemsOf(form);
  const open = items.filter((item) => verdictOf(item) === "");
  const start = from ? items.indexOf(from) : -1;
  return open.find((item) => items.indexOf(item) > start) ?? open[0];
}

function goTo(item) {
  const fold = item.closest("details[data-section]");
  if (fold) fold.open = true;
  item.scrollIntoView({ block: "center", behavior: "smooth" });
  item.querySelector("input:not([type=hidden]), textarea, select")?.focus({ preventScroll: true });
}

/** Bind a form that has `[data-item]`s. Buttons may stand outside it. */
export function startChecklist(form) {
  if (!form.querySelector("[data-item]")) return;
  let last = null;
  const refresh = (event) => {
    const item = event?.target.closest?.("[data-item]");
    if (item) { last = item; refreshItem(item); }
    refreshCounts(form);
  };
  form.addEventListener("input", refresh);
  form.addEventListener("change", refresh);
  form.addEventListener("conditions", () => refreshCounts(form));
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-next-unanswered], [data-fold-all]");
    if (!button || !form.isConnected) return;
    event.preventDefault();
    if (button.matches("[data-fold-all]")) foldAll(form);
    else { const next = nextOpen(form, last); if (next) { last = next; goTo(next); } }
  });
  for (const item of form.querySelectorAll("[data-item]")) refreshItem(item);
  refreshCounts(form);
}

function foldAll(form) {
  const folds = [...form.querySelectorAll("details[data-section]")];
  const open = folds.some((fold) => fold.open);
  for (const fold of folds) fold.open = !open;
}
