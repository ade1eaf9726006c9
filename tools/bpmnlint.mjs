/** Check BPMN files by rules: `node tools/bpmnlint.mjs FOLDER|FILE…`, configured in tools/.bpmnlintrc. An empty folder is in order. */
import { readFile, readdir, stat } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { BpmnModdle } from "bpmn-moddle";

const require = createRequire(import.meta.url);
const { Linter } = require("bpmnlint");
const NodeResolver = require("bpmnlint/lib/resolver/node-resolver");
const HERE = dirname(fileURLToPath(import.meta.url));

async function filesIn(path) {
  if (!(await stat(path)).isDirectory()) return [path];
  return (await readdir(path)).filter((name) => name.endsWith(".bpmn")).sort().map((name) => join(path, name));
}

async function lint(linter, file) {
  const { rootElement, warnings } = await new BpmnModdle().fromXML(await readFile(file, "utf8"));
  const found = warnings.map(({ message }) => ({ category: "error", rule: "readable", message }));
  for (const [rule, reports] of Object.entries(await linter.lint(rootElement))) found.push(...reports.map((report) => ({ rule, ...report })));
  for (const { category, rule, id, message } of found) console.log(`${file}: ${category}: ${id ? `${id}: ` : ""}${message} (${rule})`);
  return found.filter(({ category }) => category === "error" || category === "rule-error").length;
}

const config = JSON.parse(await readFile(join(HERE, ".bpmnlintrc"), "utf8"));
const files = (await Promise.all(process.argv.slice(2).map(filesIn))).flat();
let errors = 0;
// a linter of its own for each file: some rules remember what they saw
for (const file of files) errors += await lint(new Linter({ config, resolver: new NodeResolver({ require }) }), file);
console.log(`${files.length} models, ${errors} errors`);
process.exitCode = errors ? 1 : 0;
