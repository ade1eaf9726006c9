/** `data-shown-if` and `data-required-if`: FEEL against the current answers. The server decides again, with the same words. */
import { scopeAt, shownAnswers } from "./answers.js";
import { distance_m } from "./places.js";

const ROUNDS = 6; // a shown question may show another, and so on

/** Whether the condition holds; `fallback` when it cannot be read (the server will say). */
export function holds(expression, scope, evaluate, fallback) {
  try {
    const result = evaluate(expression, { ...scope, distance_m });
    return (result && typeof result === "object" && "value" in result ? result.value : result) === true;
  } catch {
    return fallback;
  }
}

/** The path of the row or checklist item that an element stands in. */
export function pathOf(element) {
  const row = element.parentElement?.closest("[data-row], [data-item]");
  if (!row) return "";
  if (row.matches("[data-item]")) return row.dataset.path ?? "";
  const repeat = row.closest("[data-repeat]");
  const rows = [...repeat.querySelectorAll("[data-row]")].filter((each) => each.closest("[data-repeat]") === repeat);
  return `${repeat.dataset.repeat}.${rows.indexOf(row)}`;
}

/** Hide or show a question: hidden controls are disabled, so they are neither sent nor checked. */
export function show(element, shown) {
  const changed = element.hidden === shown;
  element.hidden = !shown;
  for (const control of element.querySelectorAll("input, select, textarea")) {
    const away = control.parentElement.closest("[data-shown-if][hidden], [data-when][hidden]") !== null;
    if (away && !control.disabled) { control.disabled = true; control.dataset.away = ""; }
    else if (!away && "away" in control.dataset) { control.disabled = false; delete control.dataset.away; }
  }
  return changed;
}

function demand(element, needed) {
  const title = element.querySelector("label:not(.check), legend, .check > span");
  title?.classList.toggle("required", needed);
  for (const control of element.querySelectorAll("input, select, textarea")) {
    if (needed) control.setAttribute("aria-required", "true");
    else control.removeAttribute("aria-required");
  }
}

/** Apply all conditions of a form until nothing changes. `extra` are names from outside the form (facts of the case). */
export function applyConditions(form, evaluate, extra = {}) {
  for (let round = 0; round < ROUNDS; round += 1) {
    const answers = { ...extra, ...shownAnswers(form) };
    let changed = false;
    for (const element of form.querySelectorAll("[data-shown-if]")) {
      const scope = scopeAt(answers, pathOf(element));
      changed = show(element, holds(element.dataset.shownIf, scope, evaluate, true)) || changed;
    }
    if (changed) continue;
    for (const element of form.querySelectorAll("[data-required-if]")) {
      demand(element, holds(element.dataset.requiredIf, scopeAt(answers, pathOf(element)), evaluate, false));
    }
    return;
  }
}

/** Watch a form; FEEL is fetched only when a condition is there. */
export async function startConditions(form) {
  if (!holder(form)) return;
  const { evaluate } = await import("feelin");
  const extra = JSON.parse(form.dataset.facts || "{}");
  let timer = 0;
  const apply = () => { applyConditions(form, evaluate, extra); form.dispatchEvent(new CustomEvent("conditions")); };
  const soon = () => { clearTimeout(timer); timer = setTimeout(apply, 60); };
  form.addEventListener("input", soon);
  form.addEventListener("change", soon);
  form.addEventListener("rows", soon);
  apply();
}

function holder(form) {
  const wanted = "[data-shown-if], [data-required-if]";
  return form.querySelector(wanted) || [...form.querySelectorAll("template")].some((each) => each.content.querySelector(wanted));
}
