/** Choosing a record: a text input (`data-choose-url`) with a listbox fed by the server; the id goes into a hidden input. */
import { requestJson } from "../page/request.js";

class Chooser {
  constructor(input) {
    this.input = input;
    const box = input.closest(".chooser");
    this.hidden = box.querySelector("input[type=hidden]");
    this.list = box.querySelector("[role=listbox]");
    this.active = -1;
    this.label = input.value;
    this.timer = 0;
  }

  options() { return [...this.list.querySelectorAll("[role=option]:not([aria-disabled])")]; }

  open(shown) {
    this.list.hidden = !shown;
    this.input.setAttribute("aria-expanded", String(shown));
    if (!shown) this.point(-1);
  }

  point(index) {
    const options = this.options();
    this.active = options.length && index >= 0 ? (index + options.length) % options.length : -1;
    options.forEach((option, place) => option.setAttribute("aria-selected", String(place === this.active)));
    const here = options[this.active];
    if (here) { this.input.setAttribute("aria-activedescendant", here.id); here.scrollIntoView({ block: "nearest" }); }
    else this.input.removeAttribute("aria-activedescendant");
  }

  soon() { clearTimeout(this.timer); this.timer = setTimeout(() => this.ask(), 200); }

  async ask() {
    this.running?.abort();
    this.running = new AbortController();
    const url = new URL(this.input.dataset.chooseUrl, document.baseURI);
    url.searchParams.set("q", this.input.value.trim());
    try {
      const found = await requestJson(url, { signal: this.running.signal });
      this.fill(found);
    } catch (error) {
      if (error.name !== "AbortError") this.fill([], this.input.dataset.textFailed);
    }
  }

  fill(found, note = this.input.dataset.textNone) {
    this.list.replaceChildren(...found.map((each, index) => this.option(each, index)));
    if (!found.length) {
      const empty = document.createElement("li");
      Object.assign(empty, { textContent: note ?? "" });
      empty.setAttribute("role", "option");
      empty.setAttribute("aria-disabled", "true");
      this.list.append(empty);
    }
    this.open(document.activeElement === this.input);
  }

  option({ id, label, hint }, index) {
    const item = document.createElement("li");
    item.id = `${this.list.id}-${index}`;
    item.setAttribute("role", "option");
    item.setAttribute("aria-selected", "false");
    item.append(label);
    if (hint) { const small = document.createElement("small"); small.textContent = hint; item.append(small); }
    item.addEventListener("pointerdown", (event) => event.preventDefault());
    item.addEventListener("click", () => this.pick(id, label));
    return item;
  }

  pick(id, label) {
    this.hidden.value = id;
    this.input.value = label;
    this.label = label;
    this.open(false);
    this.hidden.dispatchEvent(new Event("change", { bubbles: true }));
  }

  left() {
    this.open(false);
    if (this.input.value.trim() === "") { if (this.hidden.value) this.pick("", ""); } else this.input.value = this.label;
  }

  key(event) {
    const closed = this.list.hidden;
    const steps = { ArrowDown: () => (closed ? this.ask() : this.point(this.active + 1)), ArrowUp: () => (closed ? this.ask() : this.point(this.active < 0 ? this.options().length - 1 : this.active - 1)) };
    if (event.isComposing) return;
    if (steps[event.key]) { event.preventDefault(); steps[event.key](); }
    else if (event.key === "Escape" && !closed) { event.preventDefault(); event.stopPropagation(); this.open(false); }
    else if (event.key === "Enter" && !closed) { event.preventDefault(); this.options()[Math.max(this.active, 0)]?.click(); }
  }
}

/** Bind one input. Texts: data-text-none, data-text-failed. */
export function startChooser(input) {
  const chooser = new Chooser(input);
  input.addEventListener("input", () => chooser.soon());
  input.addEventListener("keydown", (event) => chooser.key(event));
  input.addEventListener("click", () => chooser.list.hidden && chooser.ask());
  input.addEventListener("blur", () => chooser.left());
}
