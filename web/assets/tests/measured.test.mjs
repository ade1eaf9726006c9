import assert from "node:assert/strict";
import { test } from "node:test";
import { measuredVerdict } from "../form/checklist.js";

test("a measurement is judged by the limits that are given", () => {
  assert.equal(measuredVerdict("", { min: "0", max: "8" }), "");
  assert.equal(measuredVerdict("6.5", { min: "0", max: "8" }), "yes");
  assert.equal(measuredVerdict("9", { min: "0", max: "8" }), "no");
  assert.equal(measuredVerdict("55", { min: "60" }), "no");
  assert.equal(measuredVerdict("75", { min: "60" }), "yes");
  assert.equal(measuredVerdict("-3", {}), "yes");
});
