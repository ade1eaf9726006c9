/** Within a channel, parallel runs get tracks of their own, in an order that crosses least. */

const SAME = 0.5;

/** A run: `from` < `to` along the channel, `ends` [{at, side}] where it turns to the smaller (-1) or larger (1) side. */
function pairCost(first, second) {
  let cost = 0;
  for (const { at, side } of first.ends) if (side > 0) cost += touch(at, second, 1);
  for (const { at, side } of second.ends) if (side < 0) cost += touch(at, first, -1);
  return cost;
}

/** What a piece that leaves a run at `at`, over the other run's track, costs. */
function touch(at, other, side) {
  const meets = other.ends.find((end) => Math.abs(end.at - at) < SAME);
  if (meets) return meets.side === -side ? 12 : 0.5;
  return at > other.from && at < other.to ? 1 : 0;
}

function orderCost(runs) {
  let cost = 0;
  for (let first = 0; first < runs.length; first += 1) {
    for (let second = first + 1; second < runs.length; second += 1) cost += pairCost(runs[first], runs[second]);
  }
  return cost;
}

/** Give each run its `track`; returns how many tracks there are. */
export function assignTracks(runs) {
  const order = [...runs].sort((a, b) => a.from - b.from || a.to - b.to);
  let cost = orderCost(order);
  for (let better = true; better;) {
    better = false;
    for (let from = 0; from < order.length; from += 1) {
      for (let to = 0; to < order.length; to += 1) {
        if (from === to) continue;
        const [run] = order.splice(from, 1);
        order.splice(to, 0, run);
        const next = orderCost(order);
        if (next < cost) { cost = next; better = true; } else { order.splice(to, 1); order.splice(from, 0, run); }
      }
    }
  }
  order.forEach((run, index) => {
    const beside = order.slice(0, index).filter((other) => other.from <= run.to + SAME && run.from <= other.to + SAME);
    run.track = Math.max(-1, ...beside.map((other) => other.track)) + 1;
  });
  return Math.max(-1, ...order.map((run) => run.track)) + 1;
}
