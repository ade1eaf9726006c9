/** The process diagram of a case: read only, fitted, marked with what happened; each element says who, when and what. */
import NavigatedViewer from "bpmn-js/lib/NavigatedViewer";
import { requestJson } from "./page/request.js";
import { startTouch } from "./page/touch.js";

const STATES = ["passed", "current", "overdue", "incident"];
const READABLE = 0.6; // never fitted smaller than this: one rather scrolls
const FONT = 'system-ui, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "Noto Sans SC", sans-serif';

/** The size at which a drawing is shown: it fits, but stays readable and is never blown up. */
export function fittedScale(view, drawing) {
  const fit = Math.min(view.width / drawing.width, view.height / drawing.height);
  return Math.min(Math.max(fit, READABLE), 1);
}

/** Where the window stands: centred on `focus` where the drawing is larger than the window, and never beyond its edges. */
export function placedWindow(view, drawing, scale, focus) {
  const place = (start, size, room, middle) => {
    const seen = room / scale;
    if (size <= seen) return start - (seen - size) / 2;
    return Math.min(Math.max(middle - seen / 2, start), start + size - seen);
  };
  return {
    x: place(drawing.x, drawing.width, view.width, focus.x), y: place(drawing.y, drawing.height, view.height, focus.y),
    width: view.width / scale, height: view.height / scale,
  };
}

const middle = ({ x, y, width, height }) => ({ x: x + width / 2, y: y + height / 2 });

class Diagram {
  constructor(box, data) {
    this.box = box;
    this.data = data;
    this.canvasBox = document.createElement("div");
    this.canvasBox.className = "canvas";
    box.append(this.canvasBox);
    this.viewer = new NavigatedViewer({
      container: this.canvasBox, zoomScroll: { enabled: false },
      bpmnRenderer: { defaultFillColor: "var(--raised)", defaultStrokeColor: "var(--edge)", defaultLabelColor: "var(--text)" },
      textRenderer: { defaultStyle: { fontFamily: FONT, fontSize: 13, lineHeight: 1.25 }, externalStyle: { fontFamily: FONT, fontSize: 13, lineHeight: 1.25 } },
    });
  }

  get canvas() { return this.viewer.get("canvas"); }
  get registry() { return this.viewer.get("elementRegistry"); }

  async draw() {
    await this.viewer.importXML(this.data.xml);
    this.registry.forEach((element) => {
      if (/Participant|Lane$/.test(element.type)) this.canvas.addMarker(element, "zone");
      if (/SubProcess$/.test(element.type) && element.children?.length) this.canvas.addMarker(element, "frame");
      if (this.data.details?.[element.id]) this.canvas.addMarker(element, "reachable");
    });
    for (const state of STATES) this.mark(this.data[state], state);
    this.mark(this.data.flows, "passed");
    new ResizeObserver(() => this.fit()).observe(this.canvasBox);
    this.listen();
  }

  mark(ids, marker) {
    for (const id of ids ?? []) if (this.registry.get(id)) this.canvas.addMarker(id, marker);
  }

  fit() {
    const view = this.canvasBox.getBoundingClientRect();
    if (!view.width) return;
    this.canvas.resized();
    const { inner } = this.canvas.viewbox();
    const drawing = { x: inner.x - 12, y: inner.y - 12, width: inner.width + 24, height: inner.height + 24 };
    const here = [...(this.data.incident ?? []), ...(this.data.overdue ?? []), ...(this.data.current ?? [])].map((id) => this.registry.get(id)).find(Boolean);
    const focus = here ? middle(here) : { x: drawing.x, y: drawing.y };
    this.canvas.viewbox(placedWindow(view, drawing, fittedScale(view, drawing), focus));
  }

  zoom(factor) { this.canvas.zoom(Math.min(Math.max(this.canvas.zoom() * factor, 0.2), 3)); }

  listen() {
    const bus = this.viewer.get("eventBus");
    const known = ({ element }) => (this.data.details?.[element.labelTarget?.id ?? element.id] ? element.labelTarget?.id ?? element.id : null);
    bus.on("element.hover", (event) => { const id = known(event); if (id && !this.pinned) this.tell(id); });
    bus.on("element.out", () => { if (!this.pinned) this.tell(null); });
    bus.on("element.click", (event) => { const id = known(event); this.pinned = id; this.tell(id); });
    this.canvasBox.addEventListener("wheel", (event) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      this.zoom(event.deltaY < 0 ? 1.15 : 1 / 1.15);
    }, { passive: false });
    startTouch(this.canvasBox, {
      move: (dx, dy) => this.canvas.scroll({ dx, dy }),
      zoom: (factor, point) => this.canvas.zoom(Math.min(Math.max(this.canvas.zoom() * factor, 0.2), 3), point),
    });
    this.box.addEventListener("keydown", (event) => this.key(event));
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const keys = {
      "+": () => this.zoom(1.25), "=": () => this.zoom(1.25), "-": () => this.zoom(0.8), 0: () => this.fit(),
      ArrowLeft: () => this.canvas.scroll({ dx: 60, dy: 0 }), ArrowRight: () => this.canvas.scroll({ dx: -60, dy: 0 }),
      ArrowUp: () => this.canvas.scroll({ dx: 0, dy: 60 }), ArrowDown: () => this.canvas.scroll({ dx: 0, dy: -60 }),
      Escape: () => { this.pinned = null; this.tell(null); },
    };
    if (!keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  }

  /** Show what is known about an element, or nothing. */
  tell(id) {
    if (this.told && this.registry.get(this.told)) this.canvas.removeMarker(this.told, "selected");
    this.told = id;
    this.note ??= this.box.appendChild(Object.assign(document.createElement("div"), { className: "bpmn-note" }));
    this.note.hidden = !id;
    if (!id) return;
    if (this.registry.get(id)) this.canvas.addMarker(id, "selected");
    this.note.replaceChildren(...this.words(id));
  }

  words(id) {
    const { title, who, when, what, href } = this.data.details[id];
    const line = (tag, text) => (text ? [Object.assign(document.createElement(tag), { textContent: text })] : []);
    const link = href ? [Object.assign(document.createElement("a"), { textContent: this.box.dataset.textOpen || title, href })] : [];
    return [...line("strong", title), ...line("small", who), ...line("small", when), ...line("span", what), ...link];
  }

  /** The same for those who do not see the drawing: a list of its elements, in the order they happened. */
  list() {
    const list = Object.assign(document.createElement("ul"), { className: "bpmn-list sr" });
    for (const [id, detail] of Object.entries(this.data.details ?? {})) {
      const state = STATES.filter((each) => this.data[each]?.includes(id)).map((each) => this.box.dataset[`text${each[0].toUpperCase()}${each.slice(1)}`]).filter(Boolean).at(-1);
      const words = [detail.title, state, detail.who, detail.when, detail.what].filter(Boolean).join(" · ");
      const entry = Object.assign(document.createElement(detail.href ? "a" : "button"), { textContent: words });
      if (detail.href) entry.href = detail.href;
      else entry.type = "button";
      entry.addEventListener("focus", () => { this.pinned = id; this.tell(id); this.reveal(id); });
      const item = document.createElement("li");
      item.append(entry);
      list.append(item);
    }
    this.box.append(list);
  }

  reveal(id) {
    const element = this.registry.get(id);
    if (element) this.canvas.scrollToElement(element, 40);
  }

  tools() {
    const bar = Object.assign(document.createElement("div"), { className: "bpmn-tools" });
    const acts = [["+", "textZoomIn", () => this.zoom(1.25)], ["−", "textZoomOut", () => this.zoom(0.8)], ["⤢", "textFit", () => this.fit()]];
    for (const [sign, name, act] of acts) {
      const button = Object.assign(document.createElement("button"), { type: "button", className: "btn", textContent: sign });
      button.setAttribute("aria-label", this.box.dataset[name] ?? sign);
      button.addEventListener("click", act);
      bar.append(button);
    }
    this.box.append(bar);
  }
}

/** Fill one `[data-diagram-url]`. When it cannot be drawn, its `data-text-failed` stands there instead. */
export async function showDiagram(box) {
  box.classList.add("bpmn");
  box.setAttribute("aria-busy", "true");
  try {
    const diagram = new Diagram(box, await requestJson(box.dataset.diagramUrl));
    await diagram.draw();
    diagram.tools();
    diagram.list();
  } catch (error) {
    box.textContent = error.message && error.status ? error.message : box.dataset.textFailed ?? "";
    box.classList.add("empty");
  } finally {
    box.removeAttribute("aria-busy");
  }
}
