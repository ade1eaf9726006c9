/**
 * Ways of flows on a coarse grid. Even lines are channels between columns and rows, odd lines run through cells.
 * A way may use any channel and any empty cell; ways that share a cell's middle line or cross are dear.
 */

const STEP = 1;
const BEND = 3;
const CROSS = 3;
const SHARE = 40;
const MOVES = { right: [1, 0], left: [-1, 0], down: [0, 1], up: [0, -1] };
const OPPOSITE = { right: "left", left: "right", down: "up", up: "down" };
const BACKWARD = 3; // to the left, for a flow that leads on
const NEVER = Infinity;

const flat = (direction) => direction === "left" || direction === "right";

/** What it costs to leave a node in a direction. */
function leaving(flow, direction) {
  if (flow.boundary) return direction === "down" ? 0 : NEVER;
  const { kind } = flow.source;
  if (kind === "gateway") return { right: 0, down: 0.6, up: 0.8, left: NEVER }[direction];
  if (flow.back) return { right: 1, down: 2, up: 2, left: NEVER }[direction];
  return direction === "right" ? 0 : NEVER;
}

/** What it costs to arrive at a node, moving in a direction. */
function arriving(flow, direction) {
  const { kind, attached } = flow.target;
  if (direction === "left") return NEVER;
  if (direction === "right") return flow.back && kind === "gateway" ? 1 : 0;
  if (kind === "gateway") return 0.5;
  if (kind === "event") return 6;
  return (flow.back ? 1.5 : 5) + (direction === "up" && attached.length ? 20 : 0);
}

export class Grid {
  /** `cells` maps "column/row" to the node that stands there. */
  constructor(columns, rows, cells) {
    this.wide = columns * 2 + 1;
    this.high = rows * 2 + 1;
    this.cells = new Map([...cells].map(([key, node]) => { const [column, row] = key.split("/"); return [this.at(column * 2 + 1, row * 2 + 1), node]; }));
    this.place = new Map([...this.cells].map(([at, node]) => [node, at]));
    this.steps = new Map(); // middle-line step → how many ways use it
    this.passing = new Map(); // point → [ways passing flat, ways passing upright, ways turning]
    this.ports = new Map(); // node and side → [in, out]
  }

  at(x, y) { return y * this.wide + x; }

  /** Count a way in (`sign` 1) or out (-1). */
  count(flow, sign) {
    const { way } = flow;
    for (let index = 1; index < way.length; index += 1) {
      const { key, middle } = this.step(way[index - 1], way[index]);
      if (middle) this.steps.set(key, (this.steps.get(key) ?? 0) + sign);
      if (index + 1 < way.length) this.pass(way, index, sign);
    }
    const first = `${this.place.get(flow.source)}${directionOf(this, way[0], way[1])}${flow.boundary ?? ""}`;
    const last = `${this.place.get(flow.target)}${OPPOSITE[directionOf(this, way.at(-2), way.at(-1))]}`;
    this.port(first, 1, sign);
    this.port(last, 0, sign);
  }

  port(key, index, sign) {
    const counts = this.ports.get(key) ?? [0, 0];
    counts[index] += sign;
    this.ports.set(key, counts);
  }

  pass(way, index, sign) {
    const counts = this.passing.get(way[index]) ?? [0, 0, 0];
    const before = way[index] - way[index - 1];
    const after = way[index + 1] - way[index];
    const kind = before === after ? (Math.abs(before) === 1 ? 0 : 1) : 2;
    counts[kind] += sign;
    this.passing.set(way[index], counts);
  }

  step(from, to) {
    const low = Math.min(from, to);
    const across = Math.abs(from - to) === 1;
    const [x, y] = [low % this.wide, Math.floor(low / this.wide)];
    return { key: low * 2 + (across ? 0 : 1), middle: across ? y % 2 === 1 : x % 2 === 1 };
  }

  portCost(node, side, outgoing, boundary) {
    const [into, out] = this.ports.get(`${this.place.get(node)}${side}${boundary ?? ""}`) ?? [0, 0];
    const [same, other] = outgoing ? [out, into] : [into, out];
    const shared = node.kind === "task" || node.kind === "subprocess" ? 2 : 4;
    return same * shared + other * 25;
  }

  /** Find the cheapest way of a flow, given all the others; returns its cost. */
  find(flow) {
    const [from, to] = [this.place.get(flow.source), this.place.get(flow.target)];
    const [tx, ty] = [to % this.wide, Math.floor(to / this.wide)];
    const rest = (point) => Math.abs((point % this.wide) - tx) + Math.abs(Math.floor(point / this.wide) - ty);
    const heap = new Heap();
    const best = new Map();
    const push = (point, direction, cost, previous) => {
      const key = point * 4 + DIRECTIONS.indexOf(direction);
      if (cost >= (best.get(key)?.cost ?? NEVER)) return;
      const state = { point, direction, cost, previous };
      best.set(key, state);
      heap.push(cost + rest(point), state);
    };
    for (const direction of DIRECTIONS) {
      const price = leaving(flow, direction) + this.portCost(flow.source, direction, true, flow.boundary);
      if (price < NEVER) this.advance(flow, { point: from, direction, cost: price, previous: null }, direction, to, push);
    }
    for (let state = heap.pop(); state; state = heap.pop()) {
      if (state.cost > best.get(state.point * 4 + DIRECTIONS.indexOf(state.direction)).cost) continue;
      if (state.point === to) { flow.way = trace(state); return state.cost; }
      for (const direction of DIRECTIONS) if (direction !== OPPOSITE[state.direction]) this.advance(flow, state, direction, to, push);
    }
    throw new Error(`${flow.id}: no way from ${flow.source.id} to ${flow.target.id}`);
  }

  advance(flow, state, direction, to, push) {
    const [dx, dy] = MOVES[direction];
    const [x, y] = [(state.point % this.wide) + dx, Math.floor(state.point / this.wide) + dy];
    if (x < 0 || y < 0 || x >= this.wide || y >= this.high) return;
    const next = this.at(x, y);
    const node = this.cells.get(next);
    if (node && next !== to) return;
    let cost = state.cost + STEP + (direction === "left" && !flow.back ? BACKWARD : 0);
    if (state.previous) cost += this.turnCost(state, direction);
    const { key, middle } = this.step(state.point, next);
    const atNode = !state.previous || next === to; // there the ports say what sharing costs
    if (middle && !atNode) cost += (this.steps.get(key) ?? 0) * SHARE;
    if (!middle) cost += 0.1;
    if (next === to) cost += arriving(flow, direction) + this.portCost(flow.target, OPPOSITE[direction], false);
    if (cost < NEVER) push(next, direction, cost, state);
  }

  turnCost(state, direction) {
    const [across, upright, turning] = this.passing.get(state.point) ?? [0, 0, 0];
    if (state.direction !== direction) return BEND + (across + upright) * CROSS * 0.5 + turning * 0.4;
    return (flat(direction) ? upright : across) * CROSS + turning * CROSS * 0.4;
  }
}

const DIRECTIONS = Object.keys(MOVES);

/** The direction from one point of a grid to the next. */
export function directionOf(grid, from, to) {
  const step = to - from;
  if (Math.abs(step) === 1 && grid.wide > 1) return step === 1 ? "right" : "left";
  return step > 0 ? "down" : "up";
}

function trace(state) {
  const way = [];
  for (let each = state; each; each = each.previous) way.push(each.point);
  return way.reverse();
}

class Heap {
  constructor() { this.items = []; }

  push(rank, value) {
    const { items } = this;
    let at = items.push({ rank, value }) - 1;
    while (at > 0) {
      const up = (at - 1) >> 1;
      if (items[up].rank <= items[at].rank) break;
      [items[up], items[at]] = [items[at], items[up]];
      at = up;
    }
  }

  pop() {
    const { items } = this;
    if (!items.length) return null;
    const [top] = items;
    const last = items.pop();
    if (items.length) { items[0] = last; this.sink(); }
    return top.value;
  }

  sink() {
    const { items } = this;
    for (let at = 0; ;) {
      let least = at;
      for (const child of [at * 2 + 1, at * 2 + 2]) if (child < items.length && items[child].rank < items[least].rank) least = child;
      if (least === at) return;
      [items[least], items[at]] = [items[at], items[least]];
      at = least;
    }
  }
}

/** Find ways for all flows; each is then looked for again, knowing the others. Returns the grid and what it all costs. */
export function routeAll(columns, rows, cells, flows, rounds = 3) {
  const grid = new Grid(columns, rows, cells);
  const span = (flow) => Math.abs(grid.place.get(flow.source) % grid.wide - grid.place.get(flow.target) % grid.wide)
    + Math.abs(Math.floor(grid.place.get(flow.source) / grid.wide) - Math.floor(grid.place.get(flow.target) / grid.wide)) * 1.5;
  const order = [...flows].sort((a, b) => Number(a.back) - Number(b.back) || span(a) - span(b));
  for (const flow of order) { grid.find(flow); grid.count(flow, 1); }
  let cost = 0;
  for (let round = 0; round < rounds; round += 1) {
    cost = 0;
    for (const flow of order) { grid.count(flow, -1); cost += grid.find(flow); grid.count(flow, 1); }
  }
  return { grid, cost };
}
