/** From rows, columns and ways to coordinates: sizes of cells and channels, ports, tracks, way points. */
import { directionOf } from "./route.mjs";
import { assignTracks } from "./tracks.mjs";

const TRACK = { across: 24, upright: 16 };
const PAD = { across: 16, upright: 20 };
const LABEL_GAP = 5;

/** The room a cell needs around its middle: left/right (half), up, down. Also says where the node's own label stands. */
export function roomOf(node, ports) {
  const half = node.height / 2;
  const room = { half: node.width / 2, up: half, down: half };
  if (node.label) labelRoom(node, ports, room, half);
  for (const event of node.attached) if (event.label) room.down = Math.max(room.down, half + 6 + event.label.height);
  if (node.attached.length) room.down = Math.max(room.down, half + 20);
  return room;
}

function labelRoom(node, ports, room, half) {
  const { width, height } = node.label;
  const free = node.kind === "event" ? ["down", "up"] : ["up", "down"];
  const side = free.find((each) => !ports.has(each));
  node.labelSide = side ?? "corner";
  if (side) {
    room.half = Math.max(room.half, width / 2 + 2);
    room[side] = half + LABEL_GAP + height;
  } else { // both taken: upper right, beside the flow that leaves upwards
    room.half = Math.max(room.half, width + 8);
    room.up = half + height + 4;
  }
}

/** Straight pieces of each flow's way: {flow, upright, line, from, to} in grid lines, first and last marked. */
function piecesOf(flow, grid) {
  const point = (at) => [at % grid.wide, Math.floor(at / grid.wide)];
  const pieces = [];
  for (let index = 1; index < flow.way.length; index += 1) {
    const [x0, y0] = point(flow.way[index - 1]);
    const [x1, y1] = point(flow.way[index]);
    const upright = x0 === x1;
    const last = pieces.at(-1);
    if (last && last.upright === upright) last.to = upright ? y1 : x1;
    else pieces.push({ flow, upright, line: upright ? x0 : y0, from: upright ? y0 : x0, to: upright ? y1 : x1, offset: 0 });
  }
  return pieces;
}

/** Spread several flows at one side of a task; a straight one keeps the middle. */
function spreadPorts(flows, grid) {
  const sides = new Map();
  const put = (node, side, piece, other) => {
    if (node.kind !== "task" && node.kind !== "subprocess") return;
    const key = `${node.id} ${side}`;
    sides.set(key, [...(sides.get(key) ?? []), { piece, other, size: side === "left" || side === "right" ? node.height : node.width }]);
  };
  for (const flow of flows) {
    const first = flow.pieces[0];
    const last = flow.pieces.at(-1);
    const direct = flow.pieces.length === 1;
    if (!flow.boundary) put(flow.source, directionOf(grid, flow.way[0], flow.way[1]), first, direct ? 0 : first.line - (flow.pieces[1].to - flow.pieces[1].from) * -1);
    const side = { right: "left", left: "right", down: "up", up: "down" }[directionOf(grid, flow.way.at(-2), flow.way.at(-1))];
    put(flow.target, side, last, direct ? 0 : flow.pieces.at(-2).from);
  }
  for (const list of sides.values()) if (list.length > 1) spread(list);
}

function spread(list) {
  const rank = ({ piece, other }) => (piece.flow.pieces.length === 1 ? 0 : Math.sign(other - piece.line) || 0);
  list.sort((a, b) => rank(a) - rank(b) || a.other - b.other);
  const straight = list.findIndex(({ piece }) => piece.flow.pieces.length === 1);
  const middle = straight >= 0 ? straight : (list.length - 1) / 2;
  const gap = Math.min(20, (list[0].size / 2 - 12) / Math.max(middle, list.length - 1 - middle));
  list.forEach(({ piece }, index) => { piece.offset = (index - middle) * gap; });
}

/** Where boundary events sit along the host's lower edge: an offset from its middle. */
export function boundaryOffset(host, index) {
  const share = host.width / Math.max(host.attached.length, 1);
  return host.attached.length === 1 && host.kind === "task" ? -host.width / 2 + 30 : -host.width / 2 + Math.min(share, 160) * index + 34;
}

class Axis {
  /** Lines of one direction: odd ones are cells' middles, even ones channels with tracks. */
  constructor(count) {
    this.middle = new Array(count * 2 + 1).fill(0);
    this.start = new Array(count * 2 + 1).fill(0);
    this.size = new Array(count * 2 + 1).fill(0);
  }

  /** Lay cells ({before, after} of the middle) and channels ({size}) one after another. */
  lay(cells, channels) {
    let at = 0;
    channels.forEach((size, index) => {
      this.start[index * 2] = at;
      this.size[index * 2] = size;
      this.middle[index * 2] = at + size / 2;
      at += size;
      if (index >= cells.length) return;
      const line = index * 2 + 1;
      this.start[line] = at;
      this.size[line] = cells[index].before + cells[index].after;
      this.middle[line] = at + cells[index].before;
      at += this.size[line];
    });
    this.total = at;
  }
}

/** Runs in channels, by channel line. */
function runsIn(flows, upright, where) {
  const runs = new Map();
  for (const flow of flows) {
    flow.pieces.forEach((piece, index) => {
      if (piece.upright !== upright || piece.line % 2 === 1) return;
      const ends = [[piece.from, flow.pieces[index - 1]], [piece.to, flow.pieces[index + 1]]].filter(([, other]) => other).map(([line, other]) => {
        const away = other.from === piece.line ? other.to : other.from;
        return { at: where(line, other), side: Math.sign(away - piece.line) };
      });
      const [a, b] = [ends[0].at, ends.at(-1).at];
      const run = { piece, from: Math.min(a, b), to: Math.max(a, b), ends };
      runs.set(piece.line, [...(runs.get(piece.line) ?? []), run]);
    });
  }
  return runs;
}

/** Turn a routed scope into coordinates relative to its own corner. `lanesOfRows` names each row's lane. */
export function placeScope({ nodes, flows, grid, columns, rows, row, laneOfRow }) {
  for (const flow of flows) flow.pieces = piecesOf(flow, grid);
  const boundaryAt = new Map(nodes.flatMap((node) => node.attached.map((event, index) => [event.id, boundaryOffset(node, index)])));
  spreadPorts(flows, grid);
  for (const flow of flows) if (flow.boundary) flow.pieces[0].offset = boundaryAt.get(flow.boundary);
  const rooms = new Map(nodes.map((node) => [node, roomOf(node, sidesUsed(node, flows, grid))]));

  const across = runsIn(flows, false, (line, other) => line * 1000 + other.offset);
  const acrossTracks = new Map([...across].map(([line, runs]) => [line, assignTracks(runs)]));
  const y = new Axis(rows);
  const cellsY = Array.from({ length: rows }, (_, index) => {
    const here = nodes.filter((node) => row.get(node) === index).map((node) => rooms.get(node));
    return { before: Math.max(24, ...here.map((room) => room.up)), after: Math.max(24, ...here.map((room) => room.down)) };
  });
  y.lay(cellsY, Array.from({ length: rows + 1 }, (_, index) => {
    const tracks = acrossTracks.get(index * 2) ?? 0;
    const border = index === 0 || index === rows || laneOfRow[index] !== laneOfRow[index - 1];
    return (tracks ? PAD.across * 2 + (tracks - 1) * TRACK.across : border ? 20 : 16) + (border && tracks ? 8 : 0);
  }));
  for (const [line, runs] of across) {
    const first = y.start[line] + (y.size[line] - ((acrossTracks.get(line) ?? 1) - 1) * TRACK.across) / 2 + 2;
    for (const run of runs) run.piece.fixed = first + run.track * TRACK.across;
  }
  for (const flow of flows) for (const piece of flow.pieces) if (!piece.upright && piece.line % 2 === 1) piece.fixed = y.middle[piece.line] + piece.offset;

  const upright = runsIn(flows, true, (line, other) => other.fixed);
  const uprightTracks = new Map([...upright].map(([line, runs]) => [line, assignTracks(runs)]));
  const x = new Axis(columns);
  const cellsX = Array.from({ length: columns }, (_, index) => {
    const half = Math.max(25, ...nodes.filter((node) => node.column === index).map((node) => rooms.get(node).half));
    return { before: half, after: half };
  });
  x.lay(cellsX, Array.from({ length: columns + 1 }, (_, index) => {
    const tracks = uprightTracks.get(index * 2) ?? 0;
    const width = PAD.upright * 2 + Math.max(0, tracks - 1) * TRACK.upright;
    if (index === 0 || index === columns) return tracks ? width : 20;
    return Math.max(width, labelDemand(flows, nodes, cellsX, index, tracks));
  }));
  for (const [line, runs] of upright) {
    const last = x.start[line] + x.size[line] - PAD.upright;
    const count = uprightTracks.get(line) ?? 1;
    const labelled = x.size[line] > PAD.upright * 2 + (count - 1) * TRACK.upright;
    const first = labelled ? last - (count - 1) * TRACK.upright : x.start[line] + PAD.upright;
    for (const run of runs) run.piece.fixed = first + run.track * TRACK.upright;
  }
  for (const flow of flows) for (const piece of flow.pieces) if (piece.upright && piece.line % 2 === 1) piece.fixed = x.middle[piece.line] + piece.offset;

  for (const node of nodes) putNode(node, x.middle[node.column * 2 + 1], y.middle[row.get(node) * 2 + 1]);
  for (const flow of flows) flow.points = pointsOf(flow, grid);
  return { width: x.total, height: y.total, y, x };
}

/** How wide the channel must be for the names of flows that leave the column before it to the right. */
function labelDemand(flows, nodes, cells, index, tracks) {
  const leaving = flows.filter((flow) => flow.label && !flow.boundary && flow.source.column === index - 1 && !flow.pieces[0].upright && flow.pieces[0].to > flow.pieces[0].from);
  return Math.max(0, ...leaving.map((flow) => {
    const bends = flow.pieces.length > 1 ? PAD.upright + Math.max(0, tracks - 1) * TRACK.upright : 0;
    return flow.label.width + 16 + bends - (cells[index - 1].after - flow.source.width / 2);
  }));
}

function sidesUsed(node, flows, grid) {
  const sides = new Set();
  for (const flow of flows) {
    if (flow.source === node && !flow.boundary) sides.add(directionOf(grid, flow.way[0], flow.way[1]));
    if (flow.target === node) sides.add({ right: "left", left: "right", down: "up", up: "down" }[directionOf(grid, flow.way.at(-2), flow.way.at(-1))]);
  }
  return sides;
}

function putNode(node, x, y) {
  node.x = x - node.width / 2;
  node.y = y - node.height / 2;
  node.attached.forEach((event, index) => {
    event.x = x + boundaryOffset(node, index) - 18;
    event.y = y + node.height / 2 - 18;
    if (event.label) Object.assign(event.label, { x: event.x + 36 + 4, y: y + node.height / 2 + 5 });
  });
  if (!node.label) return;
  const { width, height } = node.label;
  if (node.labelSide === "corner") Object.assign(node.label, { x: x + 8, y: node.y - height - 2 });
  else Object.assign(node.label, { x: x - width / 2, y: node.labelSide === "up" ? node.y - LABEL_GAP - height : node.y + node.height + LABEL_GAP });
}

function pointsOf(flow, grid) {
  const { pieces, source, target } = flow;
  const border = (node, direction, piece) => {
    const middle = { x: node.x + node.width / 2, y: node.y + node.height / 2 };
    if (direction === "left" || direction === "right") return { x: direction === "right" ? node.x + node.width : node.x, y: piece.fixed };
    return { x: piece.fixed ?? middle.x, y: direction === "down" ? node.y + node.height : node.y };
  };
  const out = directionOf(grid, flow.way[0], flow.way[1]);
  const into = { right: "left", left: "right", down: "up", up: "down" }[directionOf(grid, flow.way.at(-2), flow.way.at(-1))];
  const points = [border(source, out, pieces[0])];
  if (flow.boundary) points[0].y += 18;
  for (let index = 1; index < pieces.length; index += 1) {
    const [a, b] = [pieces[index - 1], pieces[index]];
    points.push(a.upright ? { x: a.fixed, y: b.fixed } : { x: b.fixed, y: a.fixed });
  }
  points.push(border(target, into, pieces.at(-1)));
  return points;
}
