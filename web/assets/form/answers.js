/** From named controls to nested answers. `lots.0.qty` is answers.lots[0].qty; whole-number segments are list places. */

const OWN_NAMES = /^(_|csrf_token$)/;
const SKIPPED_TYPES = new Set(["submit", "button", "reset", "image", "file", "password"]);

/** Nest a list of `{name, value, list}`; `list` marks names that always give a list. Repeated names give lists too. */
export function nest(entries) {
  const root = new Map();
  const lists = new Set(entries.filter((entry) => entry.list).map((entry) => entry.name));
  for (const { name, value } of entries) put(root, name.split("."), value, lists.has(name));
  return unfold(root);
}

function put(root, path, value, list) {
  let node = root;
  for (const segment of path.slice(0, -1)) {
    if (!(node.get(segment) instanceof Map)) node.set(segment, new Map());
    node = node.get(segment);
  }
  const last = path.at(-1);
  if (list) node.set(last, [...(node.get(last) ?? []), ...(value === undefined ? [] : [value])]);
  else if (node.has(last) && !(node.get(last) instanceof Map)) node.set(last, [].concat(node.get(last), value));
  else node.set(last, value);
}

function unfold(node) {
  if (!(node instanceof Map)) return node;
  const keys = [...node.keys()];
  if (keys.length && keys.every((key) => /^\d+$/.test(key))) {
    return keys.sort((a, b) => a - b).map((key) => unfold(node.get(key)));
  }
  return Object.fromEntries(keys.map((key) => [key, unfold(node.get(key))]));
}

/** What a text stands for in a condition: nothing, a number where the control is one, else itself. */
export function typed(text, kind) {
  if (text === "") return null;
  if (kind === "number") return /^[-+]?(\d+\.?\d*|\.\d+)$/.test(text.trim()) ? Number(text) : null;
  if (kind === "boolean") return text === "true";
  return text;
}

/** The value at a path such as `lots.0.tests`, or undefined. */
export function at(answers, path) {
  return path.split(".").reduce((node, segment) => node?.[segment], answers);
}

/** The names that a condition sees: outer answers, shadowed by those of each row or item on the way to `path`. */
export function scopeAt(answers, path) {
  const scope = { ...answers };
  const segments = path ? path.split(".") : [];
  segments.forEach((_, index) => {
    const here = at(answers, segments.slice(0, index + 1).join("."));
    if (here && typeof here === "object" && !Array.isArray(here)) Object.assign(scope, here);
  });
  return scope;
}

/** The kind of a control's value: `data-kind` on it or around it, or what its type says. */
function kindOf(control) {
  const said = control.closest("[data-kind]")?.dataset.kind;
  if (said) return said;
  if (control.type === "number" || control.inputMode === "decimal" || control.inputMode === "numeric") return "number";
  if (control.type === "checkbox" && control.value === "true") return "boolean";
  return "text";
}

function isList(control) {
  return control.multiple === true || Boolean(control.closest("[data-multiple]"));
}

/** The controls that carry answers. */
export function controlsOf(form) {
  return [...form.elements].filter((control) => control.name && !OWN_NAMES.test(control.name) && !SKIPPED_TYPES.has(control.type));
}

/** The answers as typed, for keeping: hidden questions included, so that nothing typed is lost. */
export function keptAnswers(form) {
  return nest(controlsOf(form).flatMap((control) => entriesOf(control, (text) => text)));
}

/** The answers as values, for conditions: hidden questions are null, numbers are numbers. */
export function shownAnswers(form) {
  const entries = [];
  const seen = new Set();
  for (const control of controlsOf(form)) {
    if (control.matches(":disabled")) continue;
    const kind = kindOf(control);
    entries.push(...entriesOf(control, (text) => typed(text, kind)));
  }
  for (const { name } of entries) seen.add(name);
  for (const { name } of controlsOf(form)) {
    if (!seen.has(name)) { seen.add(name); entries.push({ name, value: null }); }
  }
  return nest(entries);
}

function entriesOf(control, read) {
  const { name } = control;
  const list = isList(control);
  if (control.type === "radio") return control.checked ? [{ name, value: read(control.value) }] : [];
  if (control.type === "checkbox") return checkboxEntries(control, list, read);
  if (control.multiple && control.options) {
    const picked = [...control.selectedOptions].map((option) => ({ name, value: read(option.value), list: true }));
    return picked.length ? picked : [{ name, value: undefined, list: true }];
  }
  return list && control.value === "" ? [{ name, value: undefined, list }] : [{ name, value: read(control.value), list }];
}

function checkboxEntries(control, list, read) {
  const { name } = control;
  if (list) return [{ name, value: control.checked ? read(control.value) : undefined, list }];
  if (control.value === "true") return [{ name, value: control.checked }];
  return control.checked ? [{ name, value: read(control.value) }] : [];
}
