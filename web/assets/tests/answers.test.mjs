import assert from "node:assert/strict";
import test from "node:test";
import { evaluate } from "feelin";
import { nest, scopeAt, typed } from "../form/answers.js";
import { holds } from "../form/conditions.js";

test("dots nest and whole numbers are list places", () => {
  const answers = nest([
    { name: "title", value: "检查" },
    { name: "lots.0.qty", value: "3" }, { name: "lots.1.qty", value: "4" },
    { name: "checklist.RN-2-1.result", value: "no" },
  ]);
  assert.deepEqual(answers, { title: "检查", lots: [{ qty: "3" }, { qty: "4" }], checklist: { "RN-2-1": { result: "no" } } });
});

test("places come in order and without holes", () => {
  assert.deepEqual(nest([{ name: "lots.10.q", value: 3 }, { name: "lots.2.q", value: 1 }, { name: "lots.7.q", value: 2 }]).lots.map((lot) => lot.q), [1, 2, 3]);
});

test("a repeated name gives a list, a marked one even when alone or empty", () => {
  assert.deepEqual(nest([{ name: "kinds", value: "a" }, { name: "kinds", value: "b" }]), { kinds: ["a", "b"] });
  assert.deepEqual(nest([{ name: "kinds", value: "a", list: true }]), { kinds: ["a"] });
  assert.deepEqual(nest([{ name: "kinds", value: undefined, list: true }]), { kinds: [] });
  assert.deepEqual(nest([{ name: "lots.0.photos", value: "p1", list: true }]), { lots: [{ photos: ["p1"] }] });
});

test("no name reaches an object's prototype", () => {
  nest([{ name: "__proto__.polluted", value: "yes" }]);
  assert.equal({}.polluted, undefined);
});

test("typed values: nothing, numbers, truth", () => {
  assert.equal(typed("", "number"), null);
  assert.equal(typed("6.5", "number"), 6.5);
  assert.equal(typed("abc", "number"), null);
  assert.equal(typed("true", "boolean"), true);
  assert.equal(typed("no", "text"), "no");
});

test("a row's names shadow the outer ones", () => {
  const answers = { result: "outer", lots: [{ result: "first" }, { other: 1, tests: [{ result: "deep" }] }] };
  assert.equal(scopeAt(answers, "").result, "outer");
  assert.equal(scopeAt(answers, "lots.0").result, "first");
  assert.equal(scopeAt(answers, "lots.1").result, "outer");
  assert.equal(scopeAt(answers, "lots.1.tests.0").result, "deep");
  assert.equal(scopeAt({ checklist: { "RN-2-1": { result: "no" } } }, "checklist.RN-2-1").result, "no");
});

test("conditions hold only when true", () => {
  assert.equal(holds('result = "no"', { result: "no" }, evaluate, true), true);
  assert.equal(holds('result = "no"', { result: null }, evaluate, true), false);
  assert.equal(holds('result = "no"', {}, evaluate, true), false);
  assert.equal(holds("qty > 3 and kind in (\"a\", \"b\")", { qty: 4, kind: "b" }, evaluate, true), true);
  assert.equal(holds('list contains(kinds, "sale")', { kinds: ["sale"] }, evaluate, true), true);
});

test("a condition that cannot be read falls back", () => {
  assert.equal(holds("((", {}, evaluate, true), true);
  assert.equal(holds("((", {}, evaluate, false), false);
});
