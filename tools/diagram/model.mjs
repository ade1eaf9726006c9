/** Read a BPMN file into what a layout needs: scopes (process, sub-processes) of nodes, flows and lanes. */
import { BpmnModdle } from "bpmn-moddle";
import { boxOf } from "./text.mjs";

const is = (element, type) => element.$instanceOf(`bpmn:${type}`);
const NOT_DRAWN = ["TextAnnotation", "DataObjectReference", "DataStoreReference", "Group"];

/** Parse a file's text. Throws when it is not one that can be laid out. */
export async function readModel(text) {
  const { rootElement, warnings } = await new BpmnModdle().fromXML(text);
  if (warnings.length) throw new Error(warnings.map((warning) => warning.message).join("; "));
  const processes = rootElement.rootElements.filter((element) => is(element, "Process"));
  if (processes.length !== 1) throw new Error(`expected one process, found ${processes.length}`);
  const collaboration = rootElement.rootElements.find((element) => is(element, "Collaboration"));
  const [process] = processes;
  return { process, lanes: lanesOf(process), scope: scopeOf(process), collaboration };
}

function lanesOf(process) {
  return (process.laneSets ?? []).flatMap((set) => set.lanes ?? []).map((lane) => {
    if (lane.childLaneSet) throw new Error(`lane ${lane.id}: lanes within lanes are not laid out`);
    return { id: lane.id, name: lane.name ?? "", members: new Set((lane.flowNodeRef ?? []).map((node) => node.id)) };
  });
}

function scopeOf(container) {
  const elements = container.flowElements ?? [];
  const odd = [...elements, ...(container.artifacts ?? [])].find((element) => NOT_DRAWN.some((type) => is(element, type)));
  if (odd) throw new Error(`${odd.id}: ${odd.$type} is not laid out`);
  const nodes = elements.filter((element) => is(element, "FlowNode") && !is(element, "BoundaryEvent")).map(nodeOf);
  const byId = new Map(nodes.map((node) => [node.id, node]));
  for (const event of elements.filter((element) => is(element, "BoundaryEvent"))) {
    byId.get(event.attachedToRef.id).attached.push({ ...nodeOf(event), host: event.attachedToRef.id });
  }
  for (const node of nodes) widen(node);
  const flows = elements.filter((element) => is(element, "SequenceFlow")).map((flow) => flowOf(flow, byId));
  return { nodes, flows, byId };
}

/** Room for the labels of several boundary events along one edge. */
function widen(node) {
  if (node.kind === "task") node.width = Math.max(120, node.attached.length * 112);
}

function kindOf(element) {
  if (is(element, "Gateway")) return "gateway";
  if (is(element, "Event")) return "event";
  return is(element, "SubProcess") ? "subprocess" : "task";
}

function nodeOf(element) {
  const kind = kindOf(element);
  const node = { id: element.id, name: element.name ?? "", kind, type: element.$type, attached: [], inner: null, alone: false };
  const size = { gateway: 50, event: 36 }[kind];
  Object.assign(node, size ? { width: size, height: size } : { width: 120, height: 80 });
  if (size && node.name) node.label = boxOf(node.name, kind === "gateway" ? 96 : 96);
  if (kind === "subprocess") {
    node.inner = scopeOf(element);
    node.alone = element.triggeredByEvent === true;
  }
  return node;
}

function flowOf(flow, byId) {
  const boundary = is(flow.sourceRef, "BoundaryEvent") ? flow.sourceRef.id : null;
  const source = boundary ? flow.sourceRef.attachedToRef.id : flow.sourceRef.id;
  return {
    id: flow.id, name: flow.name ?? "", source: byId.get(source), target: byId.get(flow.targetRef.id), boundary,
    main: flow.sourceRef.default === flow, label: flow.name ? boxOf(flow.name, 70) : null,
  };
}
