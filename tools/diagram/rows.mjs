/** Rows: within its lane, each node gets a row; a search keeps flows straight and cells on their way free. */

const ROWS = 4;

/** A small random generator that always gives the same numbers. */
export function numbers(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** Rows in use, from the top lane down: `row.get(node)` is the row among all, `rows` says each row's lane. */
export function settle(nodes, laneCount, places) {
  const used = new Set(nodes.map((node) => node.lane * ROWS + places.get(node)));
  for (let lane = 0; lane < laneCount; lane += 1) if (![...used].some((key) => Math.floor(key / ROWS) === lane)) used.add(lane * ROWS);
  const keys = [...used].sort((a, b) => a - b);
  const place = new Map(keys.map((key, index) => [key, index]));
  const row = new Map(nodes.map((node) => [node, place.get(node.lane * ROWS + places.get(node))]));
  return { row, rows: keys.map((key) => Math.floor(key / ROWS)) };
}

/** What an arrangement costs, quickly guessed: bends, ways through occupied cells, rows. */
export function guess(nodes, flows, laneCount, places) {
  const { row, rows } = settle(nodes, laneCount, places);
  const taken = new Map();
  let cost = rows.length * 4;
  for (const node of nodes) {
    const key = node.column * 100 + row.get(node);
    if (taken.has(key)) cost += 1000;
    taken.set(key, node);
  }
  const blocked = (line, from, to) => {
    let count = 0;
    for (let column = from + 1; column < to; column += 1) if (taken.has(column * 100 + line)) count += 1;
    return count;
  };
  for (const flow of flows) cost += flowCost(flow, row, blocked);
  return cost;
}

function flowCost(flow, row, blocked) {
  const from = row.get(flow.source);
  const to = row.get(flow.target);
  const apart = Math.abs(from - to);
  if (flow.back) return apart * 0.6;
  const [left, right] = [flow.source.column, flow.target.column];
  let cost = apart + (apart ? 2 : 0) + (apart ? 4 : 7) * Math.min(blocked(from, left, right), blocked(to, left, right));
  if (flow.boundary && to <= from) cost += 5;
  if (flow.main && apart && flow.source.lane === flow.target.lane) cost += 1.5;
  return cost;
}

/** Good arrangements, best first: cooled random moves from several beginnings. */
export function arrange(nodes, flows, laneCount, { seeds = 10, steps = 6000 } = {}) {
  const found = [];
  for (let seed = 1; seed <= seeds; seed += 1) {
    const random = numbers(seed * 7919);
    const places = new Map();
    const taken = new Set();
    for (const node of [...nodes].sort((a, b) => a.column - b.column)) {
      let place = 0;
      while (taken.has(`${node.column}/${node.lane}/${place}`) && place < ROWS - 1) place += 1;
      taken.add(`${node.column}/${node.lane}/${place}`);
      places.set(node, place);
    }
    found.push(cool(nodes, flows, laneCount, places, random, steps));
  }
  return found.sort((a, b) => a.cost - b.cost);
}

function cool(nodes, flows, laneCount, places, random, steps) {
  let cost = guess(nodes, flows, laneCount, places);
  let best = { places: new Map(places), cost };
  for (let step = 0; step < steps; step += 1) {
    const heat = 6 * (1 - step / steps) ** 2 + 0.05;
    const undo = move(nodes, places, random);
    const next = guess(nodes, flows, laneCount, places);
    if (next <= cost || random() < Math.exp((cost - next) / heat)) {
      cost = next;
      if (cost < best.cost) best = { places: new Map(places), cost };
    } else undo();
  }
  return best;
}

/** Move one node, swap two of a column, or move a run of neighbours; returns how to take it back. */
export function move(nodes, places, random) {
  const before = new Map(places);
  const node = nodes[Math.floor(random() * nodes.length)];
  const target = Math.floor(random() * ROWS);
  const kind = random();
  const from = places.get(node);
  if (kind < 0.6) {
    const other = nodes.find((each) => each !== node && each.column === node.column && each.lane === node.lane && places.get(each) === target);
    if (other) places.set(other, from);
    places.set(node, target);
  } else {
    const reach = 1 + Math.floor(random() * 4);
    for (const each of nodes) {
      if (each.lane !== node.lane || Math.abs(each.column - node.column) > reach) continue;
      if (places.get(each) === from) places.set(each, target);
      else if (places.get(each) === target) places.set(each, from);
    }
  }
  return () => { for (const [each, place] of before) places.set(each, place); };
}
