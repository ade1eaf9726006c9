/** Signing: a full-screen pad; the picture is uploaded like a photo and its id kept in a hidden field. */
import { uploadFile } from "../page/request.js";
import { sayError } from "./uploads.js";

/** The part of the pad that was written on, with a margin: [left, top, width, height]. */
export function inkBox(strokes, margin, width, height) {
  const points = strokes.flat();
  const xs = points.map(([x]) => x);
  const ys = points.map(([, y]) => y);
  const left = Math.max(Math.min(...xs) - margin, 0);
  const top = Math.max(Math.min(...ys) - margin, 0);
  return [left, top, Math.min(Math.max(...xs) + margin, width) - left, Math.min(Math.max(...ys) + margin, height) - top];
}

class Pad {
  constructor(canvas) {
    this.canvas = canvas;
    this.strokes = [];
    canvas.addEventListener("pointerdown", (event) => this.begin(event));
    canvas.addEventListener("pointermove", (event) => this.extend(event));
    for (const name of ["pointerup", "pointercancel"]) canvas.addEventListener(name, () => { this.stroke = null; });
    new ResizeObserver(() => this.fit()).observe(canvas);
  }

  fit() {
    const scale = window.devicePixelRatio || 1;
    const { width, height } = this.canvas.getBoundingClientRect();
    if (!width) return;
    this.canvas.width = Math.round(width * scale);
    this.canvas.height = Math.round(height * scale);
    this.draw();
  }

  point(event) {
    const box = this.canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  begin(event) {
    if (event.button > 0) return;
    event.preventDefault();
    this.canvas.setPointerCapture(event.pointerId);
    this.stroke = [this.point(event)];
    this.strokes.push(this.stroke);
    this.draw();
  }

  extend(event) {
    if (!this.stroke) return;
    for (const each of event.getCoalescedEvents?.() ?? [event]) this.stroke.push(this.point(each));
    this.draw();
  }

  undo() { this.strokes.pop(); this.draw(); }
  clear() { this.strokes = []; this.draw(); }

  draw() {
    const scale = window.devicePixelRatio || 1;
    const pen = this.canvas.getContext("2d");
    pen.setTransform(scale, 0, 0, scale, 0, 0);
    pen.clearRect(0, 0, this.canvas.width, this.canvas.height);
    write(pen, this.strokes);
  }

  /** The ink on white, cut to what was written, as a PNG. */
  picture() {
    const { width, height } = this.canvas.getBoundingClientRect();
    const [left, top, wide, high] = inkBox(this.strokes, 16, width, height);
    const sheet = document.createElement("canvas");
    sheet.width = Math.ceil(wide * 2);
    sheet.height = Math.ceil(high * 2);
    const pen = sheet.getContext("2d");
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, sheet.width, sheet.height);
    pen.setTransform(2, 0, 0, 2, -left * 2, -top * 2);
    write(pen, this.strokes);
    return new Promise((resolve) => sheet.toBlob(resolve, "image/png"));
  }
}

function write(pen, strokes) {
  Object.assign(pen, { lineWidth: 3, lineCap: "round", lineJoin: "round", strokeStyle: "#10201b", fillStyle: "#10201b" });
  for (const stroke of strokes) {
    pen.beginPath();
    if (stroke.length === 1) pen.arc(...stroke[0], 2, 0, 7);
    stroke.forEach(([x, y], index) => (index ? pen.lineTo(x, y) : pen.moveTo(x, y)));
    if (stroke.length === 1) pen.fill();
    else pen.stroke();
  }
}

async function openLarge(dialog) {
  dialog.showModal();
  try {
    await dialog.requestFullscreen?.({ navigationUI: "hide" });
    await screen.orientation?.lock?.("landscape");
  } catch { /* the dialog fills the window anyway */ }
}

function shut(dialog) {
  dialog.close();
  if (document.fullscreenElement) document.exitFullscreen();
}

/** Bind one `[data-signature]`: open button, dialog with canvas and buttons, picture, hidden input. */
export function startSignature(box) {
  const find = (selector) => box.querySelector(selector);
  const dialog = find("dialog");
  const pad = new Pad(find("canvas"));
  const hidden = find("input[type=hidden]");
  const image = find("img");
  const actions = {
    "[data-signature-open]": () => openLarge(dialog),
    "[data-signature-undo]": () => pad.undo(),
    "[data-signature-clear]": () => pad.clear(),
    "[data-signature-cancel]": () => shut(dialog),
    "[data-signature-save]": (button) => keep(button),
  };
  const keep = async (button) => {
    if (!pad.strokes.length) { sayPad(box.dataset.textEmpty); return; }
    button.disabled = true;
    try {
      const file = new File([await pad.picture()], "signature.png", { type: "image/png" });
      const reply = await uploadFile(box.dataset.uploadUrl, file, { field: hidden.name });
      hidden.value = reply.id;
      image.src = URL.createObjectURL(file);
      image.hidden = false;
      sayError(box, "");
      sayPad("");
      shut(dialog);
      box.dispatchEvent(new CustomEvent("attached", { bubbles: true }));
    } catch (error) {
      sayPad(error.message && error.status ? error.message : box.dataset.textFailed);
    } finally {
      button.disabled = false;
    }
  };
  const sayPad = (text) => { const place = find("[data-signature-error]"); if (place) place.textContent = text ?? ""; };
  box.addEventListener("click", (event) => {
    for (const [selector, act] of Object.entries(actions)) {
      const button = event.target.closest(selector);
      if (button) { event.preventDefault(); act(button); }
    }
  });
}
