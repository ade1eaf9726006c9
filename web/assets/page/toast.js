/** Short messages at the page's edge, with at most one action (undo). Texts come from the caller. */

function region() {
  let list = document.querySelector("[data-toasts]");
  if (!list) {
    list = document.createElement("div");
    list.dataset.toasts = "";
  }
  const top = document.querySelector("dialog[open]") ?? document.body;  // what lies below a dialog is not read
  if (list.parentElement !== top) top.append(list);
  list.classList.add("toasts");
  list.setAttribute("role", "status");
  list.setAttribute("aria-live", "polite");
  return list;
}

/** Show `text`; an `action` is `{label, run}`. Errors stay twice as long. Returns a function that takes it away. */
export function toast(text, { kind = "", action = null, seconds = kind === "bad" ? 12 : 6 } = {}) {
  const box = document.createElement("div");
  box.className = `toast ${kind}`.trim();
  const words = document.createElement("span");
  words.className = "grow";
  words.textContent = text;
  box.append(words);
  const close = () => box.remove();
  if (action) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn quiet";
    button.textContent = action.label;
    button.addEventListener("click", () => { close(); action.run(); });
    box.append(button);
  }
  region().append(box);
  keepWhileLookedAt(box, close, seconds);
  return close;
}

function keepWhileLookedAt(box, close, seconds) {
  let timer = setTimeout(close, seconds * 1000);
  const stay = () => clearTimeout(timer);
  const leave = () => { stay(); timer = setTimeout(close, seconds * 1000); };
  box.addEventListener("pointerenter", stay);
  box.addEventListener("focusin", stay);
  box.addEventListener("pointerleave", leave);
  box.addEventListener("focusout", leave);
}
