import assert from "node:assert/strict";
import test from "node:test";
import { readModel } from "../diagram/model.mjs";
import { rank } from "../diagram/rank.mjs";
import { boxOf } from "../diagram/text.mjs";
import { assignTracks } from "../diagram/tracks.mjs";
import { laidOut } from "../layout.mjs";

const wrap = (process, more = "") => `<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="definitions" targetNamespace="https://sujian.example/bpmn">
  <process id="p" name="样例" isExecutable="true">${process}</process>${more}
</definitions>
`;

const PLAIN = `
    <!-- the author's own words -->
    <startEvent id="a" name="开始" />
    <userTask id="b" name="办理" />
    <exclusiveGateway id="c" name="通过吗？" default="c_d" />
    <endEvent id="d" name="结束" />
    <sequenceFlow id="a_b" sourceRef="a" targetRef="b" />
    <sequenceFlow id="b_c" sourceRef="b" targetRef="c" />
    <sequenceFlow id="c_d" name="通过" sourceRef="c" targetRef="d" />
    <sequenceFlow id="c_b" name="退回" sourceRef="c" targetRef="b" />
  `;
const LANES = `<laneSet id="lanes"><lane id="one" name="甲"><flowNodeRef>a</flowNodeRef><flowNodeRef>b</flowNodeRef></lane>
  <lane id="two" name="乙"><flowNodeRef>c</flowNodeRef><flowNodeRef>d</flowNodeRef></lane></laneSet>`;

test("columns follow the longest way, and the flow that closes a loop is found", async () => {
  const { scope } = await readModel(wrap(PLAIN));
  assert.equal(rank(scope), 4);
  assert.deepEqual(scope.nodes.map((node) => node.column), [0, 1, 2, 3]);
  assert.deepEqual(scope.flows.filter((flow) => flow.back).map((flow) => flow.id), ["c_b"]);
});

test("everything is drawn and the author's text stays", async () => {
  const source = wrap(PLAIN);
  const { text, missed } = await laidOut(source);
  assert.deepEqual(missed, []);
  for (const id of ["a", "b", "c", "d", "a_b", "b_c", "c_d", "c_b"]) assert.match(text, new RegExp(`bpmnElement="${id}"`));
  assert.match(text, /the author's own words/);
  assert.match(text, /bpmnElement="p"/);
});

test("laying out again gives the same file", async () => {
  const once = (await laidOut(wrap(LANES + PLAIN))).text;
  assert.equal((await laidOut(once)).text, once);
});

test("lanes get a pool around them", async () => {
  const { text } = await laidOut(wrap(LANES + PLAIN));
  assert.match(text, /<participant id="p_participant" name="样例" processRef="p" \/>/);
  for (const id of ["p_participant", "one", "two"]) assert.match(text, new RegExp(`bpmnElement="${id}" isHorizontal="true"`));
});

test("what cannot be laid out is refused by name", async () => {
  await assert.rejects(readModel(wrap(`${PLAIN}<textAnnotation id="note" />`)), /note/);
  await assert.rejects(readModel(wrap(PLAIN, '<process id="q" />')), /one process/);
});

test("a long name is broken into like lines, none beginning with a comma", () => {
  assert.equal(boxOf("通过", 70).lines, 1);
  assert.equal(boxOf("退回补充现场记录", 70).lines, 2);
  const { width } = boxOf("飞行检查，不告知", 70);
  assert.ok(width > 5 * 13);
});

test("runs that meet get tracks of their own, runs apart share one", () => {
  const run = (from, to) => ({ from, to, ends: [{ at: from, side: -1 }, { at: to, side: 1 }] });
  const [a, b, c] = [run(0, 10), run(5, 15), run(30, 40)];
  assert.equal(assignTracks([a, b, c]), 2);
  assert.notEqual(a.track, b.track);
});
