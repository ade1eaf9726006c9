/** Naming people in a textarea: after `@` a list of those who may see the case; the chosen id goes along as `mention`. */
import { requestJson } from "./request.js";

/** The word after the last `@` before the caret, or null. An @ inside an address of mail names nobody. */
export function wordBefore(text, caret) {
  const found = /(?:^|[^A-Za-z0-9._%+-])@([^\s@]{0,20})$/.exec(text.slice(0, caret));
  return found ? found[1] : null;
}

class Mentions {
  constructor(area) {
    this.area = area;
    this.list = area.parentElement.querySelector("[role=listbox]");
    this.active = -1;
    this.timer = 0;
  }

  options() { return [...this.list.children]; }

  close() {
    this.list.hidden = true;
    this.area.removeAttribute("aria-activedescendant");
    this.active = -1;
  }

  point(index) {
    const options = this.options();
    this.active = (index + options.length) % options.length;
    options.forEach((option, place) => option.setAttribute("aria-selected", String(place === this.active)));
    this.area.setAttribute("aria-activedescendant", options[this.active].id);
    options[this.active].scrollIntoView({ block: "nearest" });
  }

  soon() { clearTimeout(this.timer); this.timer = setTimeout(() => this.ask(), 150); }

  async ask() {
    this.running?.abort();
    const word = wordBefore(this.area.value, this.area.selectionStart);
    if (word === null) return this.close();
    this.running = new AbortController();
    const url = new URL(this.area.dataset.mentionUrl, document.baseURI);
    url.searchParams.set("q", word);
    try {
      this.fill(await requestJson(url, { signal: this.running.signal }));
    } catch (error) {
      if (error.name !== "AbortError") this.close();
    }
  }

  fill(people) {
    this.list.replaceChildren(...people.map((each, index) => this.option(each, index)));
    if (!people.length || document.activeElement !== this.area) return this.close();
    this.list.hidden = false;
    this.point(0);
  }

  option({ id, name, hint }, index) {
    const item = document.createElement("li");
    item.id = `${this.list.id}-${index}`;
    item.setAttribute("role", "option");
    const small = document.createElement("small");
    small.textContent = hint;
    item.append(name, small);
    item.addEventListener("pointerdown", (event) => event.preventDefault());
    item.addEventListener("click", () => this.pick(id, name));
    return item;
  }

  pick(id, name) {
    const { area } = this;
    const word = wordBefore(area.value, area.selectionStart) ?? "";
    area.setRangeText(`${name} `, area.selectionStart - word.length, area.selectionStart, "end");
    const chosen = document.createElement("input");
    Object.assign(chosen, { type: "hidden", name: "mention", value: id });
    area.form.append(chosen);
    this.close();
    area.focus();
  }

  key(event) {
    if (this.list.hidden || event.isComposing) return;
    const act = { ArrowDown: () => this.point(this.active + 1), ArrowUp: () => this.point(this.active - 1), Escape: () => this.close(), Enter: () => this.options()[this.active].click(), Tab: () => this.options()[this.active].click() }[event.key];
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  }
}

/** Bind one textarea that has its listbox beside it. */
export function startMentions(area) {
  const mentions = new Mentions(area);
  area.setAttribute("aria-autocomplete", "list");
  area.setAttribute("aria-controls", mentions.list.id);
  area.addEventListener("input", () => mentions.soon());
  area.addEventListener("keydown", (event) => mentions.key(event));
  area.addEventListener("blur", () => mentions.close());
}
