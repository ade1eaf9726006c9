/** Repeated rows: `[data-repeat="lots"]` with `[data-rows]`, `[data-row]` and a `<template data-row-template>`. */
import { mount } from "../page/mount.js";
import { toast } from "../page/toast.js";

const PLACE = "__i__";
const ATTRIBUTES = ["name", "id", "for", "list", "data-repeat", "data-path", "data-field", "data-for", "href", "aria-describedby",
  "aria-labelledby", "aria-controls", "aria-owns", "aria-label", "data-dialog"];

/** Give every `prefix.<number>` (or `prefix.__i__`) in an attribute's value the place `index`. */
export function placed(value, prefix, index) {
  const plain = prefix.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const pattern = new RegExp(`(^|[\\s#-])${plain}\\.(?:\\d+|${PLACE})(?=[.\\s-]|$)`, "g");
  return value.replace(pattern, (_, before) => `${before}${prefix}.${index}`);
}

function placeAll(root, prefix, index) {
  for (const element of root.querySelectorAll("*")) {
    for (const name of ATTRIBUTES) {
      const value = element.getAttribute(name);
      if (value === null) continue;
      const next = placed(value, prefix, index);
      if (next !== value) element.setAttribute(name, next);
    }
    if (element instanceof HTMLTemplateElement) placeAll(element.content, prefix, index);
  }
}

const rowsOf = (repeat) => [...repeat.querySelectorAll("[data-row]")].filter((row) => row.closest("[data-repeat]") === repeat);
const own = (repeat, selector) => [...repeat.querySelectorAll(selector)].find((each) => each.closest("[data-repeat]") === repeat);

function renumber(repeat) {
  const prefix = repeat.dataset.repeat;
  const rows = rowsOf(repeat);
  const checked = [...repeat.querySelectorAll("input[type=radio]:checked")]; // renaming radios can make groups collide for a moment
  rows.forEach((row, index) => {
    const holder = { querySelectorAll: () => [row, ...row.querySelectorAll("*")] };
    placeAll(holder, prefix, index);
    for (const place of row.querySelectorAll("[data-row-number]")) place.textContent = index + 1;
  });
  for (const radio of checked) radio.checked = true;
  limit(repeat, rows.length);
}

function limit(repeat, count) {
  const add = own(repeat, "[data-add-row]");
  if (add) add.disabled = count >= Number(repeat.dataset.max || Infinity);
  for (const row of rowsOf(repeat)) {
    const remove = own(repeat, "[data-remove-row]") && row.querySelector("[data-remove-row]");
    if (remove) remove.disabled = count <= Number(repeat.dataset.min || 0);
  }
}

function changed(repeat) {
  renumber(repeat);
  repeat.dispatchEvent(new CustomEvent("rows", { bubbles: true }));
}

function addRow(repeat) {
  const template = own(repeat, "template[data-row-template]");
  const index = rowsOf(repeat).length;
  if (!template || index >= Number(repeat.dataset.max || Infinity)) return;
  const fragment = template.content.cloneNode(true);
  placeAll(fragment, repeat.dataset.repeat, index);
  const row = fragment.querySelector("[data-row]");
  own(repeat, "[data-rows]").append(fragment);
  changed(repeat);
  mount(row);
  row.querySelector("input:not([type=hidden]), select, textarea")?.focus();
}

function removeRow(repeat, row) {
  const holder = row.parentElement;
  const after = row.nextElementSibling;
  row.remove();
  changed(repeat);
  own(repeat, "[data-add-row]")?.focus();
  const back = () => {
    holder.insertBefore(row, after?.parentElement === holder ? after : null);
    changed(repeat);
  };
  const { textRemoved, textUndo } = repeat.dataset;
  if (textRemoved) toast(textRemoved, { action: textUndo ? { label: textUndo, run: back } : null, seconds: 10 });
}

/** Bind one repeat group or repeat table. */
export function startRepeat(repeat) {
  repeat.addEventListener("click", (event) => {
    const button = event.target.closest("[data-add-row], [data-remove-row]");
    if (!button || button.closest("[data-repeat]") !== repeat) return;
    event.preventDefault();
    if (button.matches("[data-add-row]")) addRow(repeat);
    else removeRow(repeat, button.closest("[data-row]"));
  });
  limit(repeat, rowsOf(repeat).length);
}
