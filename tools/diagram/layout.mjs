/** Lay out a model: columns, rows, ways, coordinates; sub-processes from the inside out. */
import { putNames } from "./names.mjs";
import { placeScope } from "./place.mjs";
import { rank } from "./rank.mjs";
import { routeAll } from "./route.mjs";
import { arrange, move, numbers, settle } from "./rows.mjs";

const HEADER = 30; // of a participant and of a lane
const INNER = { left: 8, top: 30, right: 8, bottom: 14 };
const TRIES = 6;
const REFINE = 260;

function cellsOf(nodes, row) {
  return new Map(nodes.map((node) => [`${node.column}/${row.get(node)}`, node]));
}

/** What an arrangement costs when its flows are really routed. */
function measure(nodes, flows, columns, laneCount, places, rounds) {
  const { row, rows } = settle(nodes, laneCount, places);
  const cells = cellsOf(nodes, row);
  if (cells.size < nodes.length) return { cost: Infinity };
  const { grid, cost } = routeAll(columns, rows.length, cells, flows, rounds);
  return { grid, row, rows, cost: cost + rows.length * 7 };
}

/** Search: quick guesses first, then small moves judged by real routing. */
function search(nodes, flows, columns, laneCount, effort) {
  const starts = arrange(nodes, flows, laneCount).slice(0, TRIES);
  const tried = starts.map(({ places }) => ({ places, ...measure(nodes, flows, columns, laneCount, places, 2) })).sort((a, b) => a.cost - b.cost);
  let [best] = tried;
  for (const [seed, begin] of tried.slice(0, 2).entries()) {
    const random = numbers(seed + 11);
    let now = begin;
    for (let step = 0; step < effort; step += 1) {
      const places = new Map(now.places);
      move(nodes, places, random);
      const next = { places, ...measure(nodes, flows, columns, laneCount, places, 1) };
      if (next.cost <= now.cost) now = next;
    }
    now = { ...now, ...measure(nodes, flows, columns, laneCount, now.places, 3) };
    if (now.cost < best.cost) best = now;
  }
  return { ...best, ...measure(nodes, flows, columns, laneCount, best.places, 5) };
}

/** Lay out one scope; nodes and flows get coordinates relative to the scope's corner. */
export function layScope(scope, lanes = []) {
  for (const node of scope.nodes) if (node.inner) layInner(node);
  const nodes = scope.nodes.filter((node) => !node.alone);
  for (const node of nodes) node.lane = Math.max(0, lanes.findIndex((lane) => lane.members.has(node.id)));
  const columns = rank(scope);
  const effort = nodes.length < 4 ? 20 : REFINE;
  const found = search(nodes, scope.flows, columns, Math.max(1, lanes.length), effort);
  const placed = placeScope({ nodes, flows: scope.flows, grid: found.grid, columns, rows: found.rows.length, row: found.row, laneOfRow: found.rows });
  const bands = bandsOf(placed, found.rows, Math.max(1, lanes.length));
  const width = addAlone(scope, lanes, bands, placed.width);
  const height = bands.at(-1).y + bands.at(-1).height;
  const borders = bands.map(({ y }) => ({ x: 0, y, width, height: 0 }));
  const missed = putNames(scope.flows, shapesOf(scope), borders);
  return { width, height, bands, missed: [...missed, ...scope.nodes.flatMap((node) => node.missed ?? [])] };
}

function layInner(node) {
  const { width, height, missed } = layScope(node.inner);
  node.missed = missed;
  node.width = Math.max(width + INNER.left + INNER.right, 160);
  node.height = height + INNER.top + INNER.bottom;
}

/** Each lane's band: from the border above its first row to the one below its last. */
function bandsOf({ y, height }, rows, count) {
  const borders = [0];
  for (let index = 1; index < rows.length; index += 1) if (rows[index] !== rows[index - 1]) borders.push(y.start[index * 2] + 8);
  borders.push(height);
  return Array.from({ length: count }, (_, index) => ({ y: borders[index], height: borders[index + 1] - borders[index] }));
}

/** Event sub-processes stand at the foot of their lane, side by side; what is below moves down. */
function addAlone(scope, lanes, bands, width) {
  let widest = width;
  bands.forEach((band, index) => {
    const here = scope.nodes.filter((node) => node.alone && Math.max(0, lanes.findIndex((lane) => lane.members.has(node.id))) === index);
    if (!here.length) return;
    let x = 30;
    for (const node of here) { Object.assign(node, { x, y: band.y + band.height + 6 }); x += node.width + 30; }
    const extra = Math.max(...here.map((node) => node.height)) + 30;
    shiftBelow(scope, here, band.y + band.height - 1, extra);
    band.height += extra;
    for (const below of bands.slice(index + 1)) below.y += extra;
    widest = Math.max(widest, x);
  });
  return widest;
}

function shiftBelow(scope, except, from, by) {
  const shift = (box) => { if (box && box.y >= from) box.y += by; };
  for (const node of scope.nodes) {
    if (except.includes(node) || node.y === undefined) continue;
    for (const part of [node, node.label, ...node.attached.flatMap((event) => [event, event.label])]) shift(part);
  }
  for (const flow of scope.flows) flow.points.forEach(shift);
}

function shapesOf(scope) {
  return scope.nodes.flatMap((node) => [node, node.label, ...node.attached.flatMap((event) => [event, event.label])]).filter(Boolean);
}

/** Everything to draw, in absolute coordinates: {shapes, edges, pools}. */
export function layModel({ process, lanes, scope, collaboration }) {
  const { width, height, bands, missed } = layScope(scope, lanes);
  const framed = Boolean(lanes.length || collaboration);
  const origin = { x: 160 + (framed ? HEADER : 0) + (lanes.length ? HEADER : 0), y: 80 };
  const drawing = { shapes: [], edges: [], missed };
  if (framed) drawing.pool = { x: 160, y: origin.y, width: width + origin.x - 160, height };
  drawing.lanes = lanes.map((lane, index) => ({ id: lane.id, x: origin.x - HEADER, y: origin.y + bands[index].y, width: width + HEADER, height: bands[index].height }));
  drawing.process = process;
  collect(scope, origin, drawing);
  return drawing;
}

function collect(scope, { x, y }, drawing) {
  const moved = (box) => box && { x: Math.round(box.x + x), y: Math.round(box.y + y), width: Math.round(box.width), height: Math.round(box.height) };
  for (const node of scope.nodes) {
    drawing.shapes.push({ id: node.id, type: node.type, ...moved(node), label: moved(node.label), expanded: Boolean(node.inner) });
    if (node.inner) collect(node.inner, { x: x + node.x + INNER.left, y: y + node.y + INNER.top }, drawing);
  }
  for (const node of scope.nodes) for (const event of node.attached) drawing.shapes.push({ id: event.id, type: event.type, ...moved(event), label: moved(event.label) });
  for (const flow of scope.flows) {
    const points = flow.points.map((point) => ({ x: Math.round(point.x + x), y: Math.round(point.y + y) }));
    drawing.edges.push({ id: flow.id, points, label: flow.name ? moved(flow.label) : null });
  }
}
