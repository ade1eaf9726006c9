import assert from "node:assert/strict";
import test from "node:test";
import { listen } from "./page.mjs";

listen();
const { placed } = await import("../form/repeat.js");
const { tally } = await import("../form/checklist.js");
const { clockText } = await import("../form/draft.js");
const { refusal } = await import("../form/uploads.js");
const { partsOf } = await import("../form/position.js");
const { distance_m } = await import("../form/places.js");
const { inkBox } = await import("../form/signature.js");
const { slices } = await import("../page/bulk.js");
const { wordBefore } = await import("../page/mention.js");
const { nextIndex } = await import("../page/keyboard.js");
const { problemText } = await import("../page/request.js");

test("rows get their place in names, ids and references", () => {
  assert.equal(placed("lots.__i__.qty", "lots", 2), "lots.2.qty");
  assert.equal(placed("lots.7.qty", "lots", 0), "lots.0.qty");
  assert.equal(placed("f-lots.7.qty-hint f-lots.7.qty-error", "lots", 1), "f-lots.1.qty-hint f-lots.1.qty-error");
  assert.equal(placed("#f-lots.3", "lots", 1), "#f-lots.1");
});

test("only the group's own place changes", () => {
  assert.equal(placed("a.1.lots.7.qty", "lots", 0), "a.1.lots.7.qty");
  assert.equal(placed("lots.1.tests.5.value", "lots.1.tests", 0), "lots.1.tests.0.value");
  assert.equal(placed("lots.__i__.tests.__i__.value", "lots", 3), "lots.3.tests.__i__.value");
  assert.equal(placed("lots.3.tests.__i__.value", "lots.3.tests", 1), "lots.3.tests.1.value");
  assert.equal(placed("slots.3.qty", "lots", 1), "slots.3.qty");
});

test("a tally counts what is answered, failed and left", () => {
  assert.deepEqual(tally(["yes", "", "no", "na"]), { total: 4, answered: 3, failed: 1, left: 1 });
});

test("the clock is read as the server wrote it", () => {
  assert.equal(clockText("2026-11-22T10:32:07+08:00"), "10:32");
  assert.equal(clockText("10:32"), "10:32");
  assert.equal(clockText(undefined), "");
});

test("files are refused by number, size and emptiness", () => {
  const limits = { count: 1, max: 2, maxBytes: 100 };
  assert.equal(refusal({ size: 50 }, limits), "");
  assert.equal(refusal({ size: 50 }, { ...limits, count: 2 }), "textTooMany");
  assert.equal(refusal({ size: 101 }, limits), "textTooBig");
  assert.equal(refusal({ size: 0 }, limits), "textEmpty");
});

test("a position becomes texts", () => {
  const parts = partsOf({ coords: { latitude: 24.3264421, longitude: 109.41155, accuracy: 12.4 }, timestamp: 0 });
  assert.deepEqual(parts, { lat: "24.326442", lon: "109.411550", accuracy: "12", taken_at: "1970-01-01T00:00:00.000Z" });
});

test("the signature is cut to its ink, within the pad", () => {
  assert.deepEqual(inkBox([[[20, 30], [60, 50]]], 10, 100, 100), [10, 20, 60, 40]);
  assert.deepEqual(inkBox([[[2, 2], [99, 99]]], 10, 100, 100), [0, 0, 100, 100]);
});

test("the cursor stays in the list", () => {
  assert.equal(nextIndex(-1, 1, 3), 0);
  assert.equal(nextIndex(-1, -1, 3), 2);
  assert.equal(nextIndex(2, 1, 3), 2);
  assert.equal(nextIndex(1, -1, 3), 0);
});

test("problem details give their sentence", () => {
  assert.equal(problemText('{"title": "冲突", "detail": "已被他人修改"}'), "已被他人修改");
  assert.equal(problemText({ title: "冲突" }), "冲突");
  assert.equal(problemText("<html>"), "");
});

test("the distance to a place is the server's", () => {
  const site = { latitude: 24.3146, longitude: 109.4269 };
  assert.equal(distance_m({ latitude: "24.3146", longitude: "109.4269" }, site), 0);
  assert.equal(distance_m({ latitude: 24.32, longitude: 109.43 }, site), 677.7);
  assert.equal(distance_m({ latitude: "", longitude: "109.43" }, site), null);
  assert.equal(distance_m(null, site), null);
});

test("many items are sent in slices, none lost, none twice", () => {
  const ids = Array.from({ length: 25 }, (_, number) => String(number));
  assert.deepEqual(slices(ids).map((piece) => piece.length), [10, 10, 5]);
  assert.deepEqual(slices(ids).flat(), ids);
  assert.deepEqual(slices([]), []);
});

test("an @ begins a name, and not inside an address", () => {
  assert.equal(wordBefore("请@韦检", 4), "韦检");
  assert.equal(wordBefore("@", 1), "");
  assert.equal(wordBefore("@韦检 请补", 6), null);
  assert.equal(wordBefore("写信给 a@b.cn", 10), null);
});
