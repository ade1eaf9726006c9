/** Many items in slices, with progress: `form[data-bulk-run]` whose `_ids` are sent ten at a time to its own address. */
import { csrfToken, problemText } from "./request.js";

const SLICE = 10;

/** The ids in pieces of at most `size`. */
export function slices(ids, size = SLICE) {
  const pieces = [];
  for (let at = 0; at < ids.length; at += size) pieces.push(ids.slice(at, at + size));
  return pieces;
}

async function send(url, body) {
  const response = await fetch(url, {
    method: "POST", body, credentials: "same-origin", headers: { Accept: "application/json", "X-CSRFToken": csrfToken() },
  });
  const text = await response.text();
  if (!response.ok) throw Object.assign(new Error(problemText(text)), { status: response.status });
  return JSON.parse(text).results;
}

function tell(dialog, text) {
  const line = document.createElement("li");
  line.textContent = text;
  dialog.querySelector("[data-bulk-refused]").append(line);
}

function show(dialog, done, total) {
  dialog.querySelector("[data-bulk-done]").textContent = done;
  dialog.querySelector("[data-bulk-total]").textContent = total;
  Object.assign(dialog.querySelector("progress"), { value: done, max: total });
}

function end(dialog, back) {
  const link = dialog.querySelector("[data-bulk-back]");
  Object.assign(link, { href: back, hidden: false });
  link.focus();
}

async function run(form, url, ids, dialog) {
  const given = new FormData(form);
  const back = given.get("_next") || "/inbox";
  let done = 0;
  let refused = 0;
  show(dialog, 0, ids.length);
  dialog.showModal();
  for (const piece of slices(ids)) {
    given.delete("_ids");
    piece.forEach((id) => given.append("_ids", id));
    try {
      for (const one of (await send(url, given)).filter((result) => !result.is_done)) {
        refused += 1;
        tell(dialog, `${one.business_key ?? ""} ${one.problem.detail}`.trim());
      }
    } catch (error) {
      if (error.status === 422 && done === 0) { dialog.close(); form.removeAttribute("data-bulk-run"); form.requestSubmit(); return; } // the page says what is wrong with the answers
      tell(dialog, error.message || dialog.querySelector("[data-text-stopped]").dataset.textStopped);
      return end(dialog, back);
    }
    show(dialog, done += piece.length, ids.length);
  }
  if (refused) end(dialog, back); else location.assign(back);
}

/** Listen on the document once; short selections are simply sent. */
export function startBulk() {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    const dialog = document.getElementById("bulk-progress");
    if (!form.matches?.("form[data-bulk-run]") || event.defaultPrevented || !dialog) return;
    const button = event.submitter;
    const ids = new FormData(form).getAll("_ids");
    if (ids.length <= SLICE || button?.name || button?.hasAttribute("data-bulk-asks")) return;
    event.preventDefault();
    run(form, button?.getAttribute("formaction") ?? form.action, ids, dialog);
  });
}
