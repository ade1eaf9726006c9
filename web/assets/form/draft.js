/** Drafts: `form[data-draft-url]` keeps what is typed, says when it is kept, and says so when it is not. */
import { RequestError, requestJson } from "../page/request.js";
import { keptAnswers } from "./answers.js";

const PAUSE = 800;
const RETRY = 15000;

/** HH:MM out of the server's time, as the server wrote it. */
export function clockText(time) {
  return /(?:T|^|\s)(\d{2}:\d{2})/.exec(time ?? "")?.[1] ?? "";
}

class Draft {
  constructor(form) {
    this.form = form;
    this.version = Number(form.dataset.draftVersion || 0);
    this.kept = JSON.stringify(keptAnswers(form));
    this.timer = 0;
    this.busy = false;
    this.stopped = false;
  }

  say(state, values = {}) {
    for (const place of document.querySelectorAll("[data-draft-state]")) {
      const text = place.dataset[`text${state[0].toUpperCase()}${state.slice(1)}`] ?? "";
      place.dataset.state = state;
      place.textContent = values.sentence || text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
    }
  }

  soon(delay = PAUSE) {
    clearTimeout(this.timer);
    if (!this.stopped) this.timer = setTimeout(() => this.save(), delay);
  }

  async save({ keepalive = false } = {}) {
    clearTimeout(this.timer);
    const answers = keptAnswers(this.form);
    const text = JSON.stringify(answers);
    if (this.stopped || !this.form.isConnected || text === this.kept) return;
    if (this.busy && !keepalive) { this.soon(); return; }
    this.busy = true;
    this.say("saving");
    try {
      const body = { answers, version: this.version };
      const reply = await requestJson(this.form.dataset.draftUrl, { method: "PUT", body, keepalive });
      this.kept = text;
      this.version = reply?.version ?? this.version + 1;
      const field = this.form.elements.namedItem("_version");
      if (field) field.value = this.version;
      this.say("saved", { time: clockText(reply?.saved_at) });
    } catch (error) {
      this.failed(error);
    } finally {
      this.busy = false;
    }
  }

  failed(error) {
    if (error instanceof RequestError && error.status === 409) {
      this.stopped = true;
      this.say("conflict", { sentence: error.message });
    } else if (error instanceof RequestError && error.status < 500 && error.status !== 429) {
      this.say("failed", { sentence: error.message }); // asking again with the same answers would not help
    } else {
      this.say("failed");
      this.soon(RETRY);
    }
  }
}

/** Bind a form. Browsers cap a keepalive body at 64 KB, so a large draft may lose its last 800 ms when a page closes. */
export function startDraft(form) {
  if (!form.dataset.draftUrl) return;
  const draft = new Draft(form);
  for (const name of ["input", "change", "rows", "attached"]) form.addEventListener(name, () => draft.soon());
  form.addEventListener("focusout", () => draft.soon(50));
  form.addEventListener("submit", (event) => {
    setTimeout(() => { if (!event.defaultPrevented) { draft.stopped = true; clearTimeout(draft.timer); } });
  });
  document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && draft.save({ keepalive: true }));
  window.addEventListener("pagehide", () => draft.save({ keepalive: true }));
  window.addEventListener("pageshow", (event) => { if (event.persisted) draft.stopped = false; });
  window.addEventListener("online", () => draft.soon(50));
  document.addEventListener("click", (event) => {
    if (!event.target.closest?.("[data-save-draft]")) return;
    event.preventDefault();
    draft.kept = "";
    draft.save();
  });
}
