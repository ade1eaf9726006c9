/** Where the names of flows stand: beside their line, near its beginning, clear of everything else. */
import { boxOf } from "./text.mjs";

const GAP = 3;

const overlap = (a, b, gap = 0) => a.x < b.x + b.width + gap && b.x < a.x + a.width + gap && a.y < b.y + b.height + gap && b.y < a.y + a.height + gap;

/** The thin box of a straight piece between two points. */
export function strip(a, b) {
  return { x: Math.min(a.x, b.x), y: Math.min(a.y, b.y), width: Math.abs(a.x - b.x), height: Math.abs(a.y - b.y) };
}

function* spots(flow, box) {
  let way = 0;
  for (let index = 1; index < flow.points.length; index += 1) {
    const [a, b] = [flow.points[index - 1], flow.points[index]];
    const length = Math.abs(a.x - b.x) + Math.abs(a.y - b.y);
    const upright = a.x === b.x;
    const need = upright ? box.height : box.width;
    for (let at = 3; at + Math.min(need, length) <= length + 12; at += 4) {
      yield* besides(a, b, upright, at, box, way + at);
    }
    way += length;
  }
}

function* besides(a, b, upright, at, box, cost) {
  const sign = Math.sign(upright ? b.y - a.y : b.x - a.x);
  if (upright) {
    const y = sign > 0 ? a.y + at : a.y - at - box.height;
    yield { x: a.x + GAP + 1, y, cost: cost + 3 };
    yield { x: a.x - GAP - 1 - box.width, y, cost: cost + 8 };
  } else {
    const x = sign > 0 ? a.x + at : a.x - at - box.width;
    yield { x, y: a.y - GAP - box.height, cost };
    yield { x, y: a.y + GAP, cost: cost + 6 };
  }
}

/** Put the names; returns those for which no free place was found. `borders` are lane borders, avoided where possible. */
export function putNames(flows, shapes, borders) {
  const strips = flows.flatMap((flow) => flow.points.slice(1).map((point, index) => strip(flow.points[index], point)));
  const boxes = [...shapes];
  const missed = [];
  for (const flow of flows.filter((each) => each.name)) {
    const place = best(flow, boxes, strips, borders);
    if (!place) missed.push(flow.id);
    flow.label = place ?? { ...boxOf(flow.name, 70), x: flow.points[0].x + 4, y: flow.points[0].y - 24 };
    boxes.push(flow.label);
  }
  return missed;
}

function best(flow, boxes, strips, borders) {
  let found = null;
  for (const limit of [70, 44, 130, 30]) {
    const size = boxOf(flow.name, limit);
    for (const spot of spots(flow, size)) {
      const box = { ...size, ...spot, cost: spot.cost + (limit === 70 ? 0 : 14) };
      if (found && box.cost >= found.cost) continue;
      if (boxes.some((other) => overlap(box, other, 2)) || strips.some((line) => overlap(box, line, 1))) continue;
      if (borders.some((line) => overlap(box, line, 0))) box.cost += 25;
      if (!found || box.cost < found.cost) found = box;
    }
  }
  return found;
}
