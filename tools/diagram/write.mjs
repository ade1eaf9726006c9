/** Put a drawing into a BPMN file's text as diagram interchange; the rest of the text stays as its author wrote it. */

const bounds = (box, pad) => `${pad}<dc:Bounds x="${box.x}" y="${box.y}" width="${box.width}" height="${box.height}" />`;

function shape(id, box, { label = null, attributes = "" } = {}) {
  const inside = [bounds(box, "        ")];
  if (label) inside.push("        <bpmndi:BPMNLabel>", bounds(label, "          "), "        </bpmndi:BPMNLabel>");
  return [`      <bpmndi:BPMNShape id="${id}_di" bpmnElement="${id}"${attributes}>`, ...inside, "      </bpmndi:BPMNShape>"].join("\n");
}

function edge({ id, points, label }) {
  const inside = points.map(({ x, y }) => `        <di:waypoint x="${x}" y="${y}" />`);
  if (label) inside.push("        <bpmndi:BPMNLabel>", bounds(label, "          "), "        </bpmndi:BPMNLabel>");
  return [`      <bpmndi:BPMNEdge id="${id}_di" bpmnElement="${id}">`, ...inside, "      </bpmndi:BPMNEdge>"].join("\n");
}

function attributesOf({ type, expanded }) {
  if (type === "bpmn:ExclusiveGateway") return ' isMarkerVisible="true"';
  return expanded ? ' isExpanded="true"' : "";
}

/** The text of the diagram, for the plane's element. */
export function diagramText(drawing, plane, participant) {
  const lines = [];
  if (drawing.pool && participant) lines.push(shape(participant, drawing.pool, { attributes: ' isHorizontal="true"' }));
  for (const lane of drawing.lanes) lines.push(shape(lane.id, lane, { attributes: ' isHorizontal="true"' }));
  for (const each of drawing.shapes) lines.push(shape(each.id, each, { label: each.label, attributes: attributesOf(each) }));
  for (const each of drawing.edges) lines.push(edge(each));
  return [
    `  <bpmndi:BPMNDiagram id="${drawing.process.id}_diagram">`,
    `    <bpmndi:BPMNPlane id="${drawing.process.id}_plane" bpmnElement="${plane}">`,
    ...lines, "    </bpmndi:BPMNPlane>", "  </bpmndi:BPMNDiagram>",
  ].join("\n");
}

const NAMESPACES = {
  bpmndi: "http://www.omg.org/spec/BPMN/20100524/DI", dc: "http://www.omg.org/spec/DD/20100524/DC", di: "http://www.omg.org/spec/DD/20100524/DI",
};

const escaped = (text) => text.replace(/[<>&"]/g, (sign) => ({ "<": "&lt;", ">": "&gt;", "&": "&amp;", '"': "&quot;" })[sign]);

/** The file's text with its old diagram replaced, a pool added where lanes need one, and namespaces declared. */
export function written(text, model, drawing) {
  let result = text.replace(/\s*<(\w+):BPMNDiagram[\s>][\s\S]*?<\/\1:BPMNDiagram>/g, "");
  const prefix = /<((?:\w+:)?)definitions[\s>]/.exec(result)[1];
  let plane = model.collaboration?.id ?? model.process.id;
  let participant = model.collaboration?.participants?.find((each) => each.processRef?.id === model.process.id)?.id;
  if (model.lanes.length && !model.collaboration) {
    plane = `${model.process.id}_collaboration`;
    participant = `${model.process.id}_participant`;
    const pool = `  <${prefix}collaboration id="${plane}">\n    <${prefix}participant id="${participant}" name="${escaped(model.process.name ?? model.process.id)}" processRef="${model.process.id}" />\n  </${prefix}collaboration>\n`;
    result = result.replace(new RegExp(`[ \\t]*<${prefix}process[\\s>]`), (begin) => pool + begin);
  }
  for (const [name, address] of Object.entries(NAMESPACES)) {
    if (!result.includes(`xmlns:${name}=`)) result = result.replace(/definitions\s/, `definitions xmlns:${name}="${address}" `);
  }
  return result.replace(new RegExp(`\\s*</${prefix}definitions>\\s*$`), `\n${diagramText(drawing, plane, participant)}\n</${prefix}definitions>\n`);
}
