/** Photos and files: each is uploaded at once, shown with its state, retried when the connection is back. */
import { RequestError, uploadFile } from "../page/request.js";

const waiting = new Set();
let running = false;

/** Why a file may not be taken, as the name of the text to show; empty when it may. */
export function refusal(file, { count, max, maxBytes }) {
  if (count >= max) return "textTooMany";
  if (file.size > maxBytes) return "textTooBig";
  return file.size === 0 ? "textEmpty" : "";
}

/** Say an error beside a field: in its `[data-upload-error]`, which it shows or hides. */
export function sayError(field, text) {
  const place = field.closest("[data-upload], .field, .item")?.querySelector("[data-upload-error]");
  if (!place) return;
  place.textContent = text;
  place.hidden = !text;
}

class Upload {
  constructor(input, file) {
    this.input = input;
    this.file = file;
    this.thumb = document.createElement("figure");
    this.thumb.className = "thumb";
    this.draw();
    this.state("waiting");
    input.closest("label, .add").before(this.thumb);
    waiting.add(this);
  }

  draw() {
    const picture = this.file.type.startsWith("image/");
    const view = document.createElement(picture ? "img" : "span");
    if (picture) { view.src = URL.createObjectURL(this.file); view.alt = this.file.name; } else { view.className = "file-name"; view.textContent = this.file.name; }
    this.caption = document.createElement("figcaption");
    this.bar = document.createElement("progress");
    this.bar.max = 1;
    this.bar.setAttribute("aria-label", this.file.name);
    const retry = document.createElement("button");
    retry.type = "button";
    retry.className = "retry";
    retry.textContent = this.input.dataset.textRetry ?? "";
    retry.addEventListener("click", () => { this.state("waiting"); waiting.add(this); run(); });
    this.retry = retry;
    this.thumb.append(view, this.caption, this.bar, retry, removeButton(this.input));
    this.thumb.addEventListener("removed", () => { waiting.delete(this); this.request?.abort(); });
  }

  state(name) {
    const texts = { waiting: "textWaiting", uploading: "textUploading", done: "textDone", failed: "textRetry" };
    this.thumb.dataset.state = name;
    this.caption.textContent = this.input.dataset[texts[name]] ?? "";
    this.bar.hidden = name !== "uploading";
    this.retry.hidden = name !== "failed";
  }

  async send() {
    const { uploadUrl, field } = this.input.dataset;
    this.state("uploading");
    try {
      const reply = await uploadFile(uploadUrl, this.file, {
        field, progress: (share) => { this.bar.value = share; }, begun: (request) => { this.request = request; },
      });
      waiting.delete(this);
      this.keep(reply);
    } catch (error) {
      this.failed(error);
    }
  }

  keep(reply) {
    const hidden = document.createElement("input");
    hidden.type = "hidden";
    hidden.name = this.input.dataset.field;
    hidden.value = reply.id;
    hidden.dataset.multiple = "";
    this.thumb.append(hidden);
    this.state("done");
    if (!this.thumb.parentElement.querySelector('[data-state="failed"]')) sayError(this.input, "");
    this.thumb.dispatchEvent(new CustomEvent("attached", { bubbles: true }));
  }

  failed(error) {
    if (error.name === "AbortError") return;
    if (error instanceof RequestError && error.status < 500 && error.status !== 429) {
      waiting.delete(this);
      sayError(this.input, error.message || (this.input.dataset.textFailed ?? ""));
    }
    this.state("failed");
  }
}

function removeButton(input) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "remove";
  button.dataset.removeFile = "";
  button.setAttribute("aria-label", input.dataset.textRemove ?? "");
  return button;
}

async function run() {
  if (running) return;
  running = true;
  for (const upload of [...waiting]) {
    if (upload.thumb.dataset.state !== "uploading" && upload.thumb.isConnected) await upload.send();
  }
  running = false;
  if ([...waiting].some((upload) => upload.thumb.dataset.state === "waiting")) run();
}

function take(input) {
  const strip = input.closest(".photos, [data-upload]");
  const limits = { max: Number(input.dataset.max || Infinity), maxBytes: Number(input.dataset.maxBytes || Infinity) };
  sayError(input, "");
  for (const file of input.files) {
    const why = refusal(file, { ...limits, count: strip.querySelectorAll(".thumb").length });
    if (why) sayError(input, `${input.dataset[why] ?? ""}（${file.name}）`);
    else new Upload(input, file);
  }
  input.value = ""; // sent here already; not again with the form
  run();
}

/** Bind one `<input type=file data-upload-url>`. */
export function startUpload(input) {
  input.addEventListener("change", () => take(input));
  const strip = input.closest(".photos, [data-upload]");
  strip.addEventListener("click", (event) => {
    const button = event.target.closest("[data-remove-file]");
    if (!button) return;
    event.preventDefault();
    const thumb = button.closest(".thumb");
    const form = thumb.closest("form");
    thumb.dispatchEvent(new CustomEvent("removed"));
    thumb.remove();
    sayError(input, "");
    form?.dispatchEvent(new CustomEvent("attached"));
    input.focus();
  });
}

/** A form is not sent while one of its files is on its way. */
export function startUploadGuard(form) {
  form.addEventListener("submit", (event) => {
    const open = [...waiting].filter((upload) => form.contains(upload.thumb));
    if (!open.length || event.submitter?.matches("[formnovalidate][data-ignore-uploads]")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const [{ input, thumb }] = open;
    sayError(input, input.dataset.textPending ?? "");
    thumb.scrollIntoView({ block: "center" });
    run();
  }, { capture: true });
}

window.addEventListener("online", () => run());
