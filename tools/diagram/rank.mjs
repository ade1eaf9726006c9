/** Columns: each node stands right of everything that leads to it; flows that lead back are found first. */

/** Lists of items by what `key` says of each. */
export function groupBy(items, key) {
  const groups = new Map();
  for (const item of items) groups.set(key(item), [...(groups.get(key(item)) ?? []), item]);
  return groups;
}

/** Mark the flows that close a loop (`flow.back`), by a walk from the starts. */
export function findLoops({ nodes, flows }) {
  const state = new Map();
  const out = groupBy(flows, (flow) => flow.source);
  const walk = (node) => {
    state.set(node, "open");
    for (const flow of out.get(node) ?? []) {
      flow.back = state.get(flow.target) === "open";
      if (!state.has(flow.target)) walk(flow.target);
    }
    state.set(node, "done");
  };
  const entered = new Set(flows.map((flow) => flow.target));
  for (const node of [...nodes.filter((each) => !entered.has(each)), ...nodes]) if (!state.has(node)) walk(node);
}

/** Give each node its column (`node.column`), the longest way from a start; returns how many there are. */
export function rank(scope) {
  findLoops(scope);
  const nodes = scope.nodes.filter((node) => !node.alone);
  const forward = scope.flows.filter((flow) => !flow.back);
  const before = groupBy(forward, (flow) => flow.target);
  const after = groupBy(forward, (flow) => flow.source);
  const known = new Map();
  const columnOf = (node) => {
    if (!known.has(node)) known.set(node, Math.max(-1, ...(before.get(node) ?? []).map((flow) => columnOf(flow.source))) + 1);
    return known.get(node);
  };
  for (const node of nodes) node.column = columnOf(node);
  for (const node of nodes) { // a later start stands just before what it starts
    if (!before.has(node) && after.has(node)) node.column = Math.min(...after.get(node).map((flow) => flow.target.column)) - 1;
  }
  return Math.max(0, ...nodes.map((node) => node.column)) + 1;
}
