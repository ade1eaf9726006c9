/** Every form: `[data-once]` is sent once, `[data-autosubmit]` controls send theirs, `[data-unsaved]` warns before leaving. */
import { behaviour } from "./mount.js";

function guard(form) {
  let pending = false;
  form.addEventListener("submit", (event) => {
    if (pending) { event.preventDefault(); event.stopImmediatePropagation(); return; }
    pending = true;
    // Later, when every listener has spoken and the pressed button's own name and value are on their way.
    setTimeout(() => (event.defaultPrevented && !byHtmx(form) ? free() : hold(event.submitter)));
  });
  const hold = (submitter) => {
    for (const button of buttonsOf(form)) button.disabled = true;
    submitter?.setAttribute("aria-busy", "true");
  };
  const free = () => {
    pending = false;
    for (const button of buttonsOf(form)) { button.disabled = false; button.removeAttribute("aria-busy"); }
  };
  form.addEventListener("htmx:finally:request", free);
  window.addEventListener("pageshow", (event) => event.persisted && free());
}

function byHtmx(form) {
  return form.matches("[hx-post], [hx-put], [hx-patch], [hx-delete], [hx-get]");
}

function buttonsOf(form) {
  return [...form.elements].filter((control) => control.type === "submit");
}

/** With the shift key down, everything between the box clicked before and this one follows it. */
function startRanges(selector) {
  let last = null;
  document.addEventListener("click", (event) => {
    const box = event.target;
    if (!box.matches?.(selector)) return;
    const boxes = [...document.querySelectorAll(selector)];
    const [from, to] = [boxes.indexOf(last), boxes.indexOf(box)].sort((a, b) => a - b);
    if (event.shiftKey && from >= 0) for (const each of boxes.slice(from, to + 1)) each.checked = box.checked;
    last = box;
  });
}

/** Bind the behaviours. */
export function startForms() {
  behaviour("form[data-once]", guard);
  document.addEventListener("change", (event) => {
    if (event.target.matches?.("[data-autosubmit]")) event.target.form?.requestSubmit();
  });
  behaviour("[data-select-all]", (box) => box.addEventListener("change", () => {
    for (const other of document.querySelectorAll(box.dataset.selectAll)) {
      if (other.checked !== box.checked) other.click();
    }
  }));
  behaviour("[data-bulk]", (bar) => {
    const count = () => {
      const picked = document.querySelectorAll(`${bar.dataset.bulk}:checked`).length;
      bar.hidden = picked === 0;
      for (const place of bar.querySelectorAll("[data-bulk-count]")) place.textContent = picked;
    };
    document.addEventListener("change", (event) => event.target.matches?.(bar.dataset.bulk) && count());
    startRanges(bar.dataset.bulk);
    count();
  });
}
