/** Lay out BPMN files in place: `node tools/layout.mjs bpmn/*.bpmn`. Old diagrams are discarded, everything else stays. */
import { readFile, writeFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";
import { layModel } from "./diagram/layout.mjs";
import { readModel } from "./diagram/model.mjs";
import { written } from "./diagram/write.mjs";

/** The text of a BPMN file with a new diagram; `missed` are flows whose name found no free place. */
export async function laidOut(text) {
  const model = await readModel(text);
  const drawing = layModel(model);
  return { text: written(text, model, drawing), missed: drawing.missed };
}

async function main(files) {
  if (!files.length) throw new Error("usage: node tools/layout.mjs FILE…");
  for (const file of files) {
    const begun = performance.now();
    const { text, missed } = await laidOut(await readFile(file, "utf8"));
    await writeFile(file, text);
    const seconds = ((performance.now() - begun) / 1000).toFixed(1);
    console.log(`${file}: laid out in ${seconds} s${missed.length ? `; no free place for the names of ${missed.join(", ")}` : ""}`);
  }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  main(process.argv.slice(2)).catch((error) => { console.error(error.message); process.exitCode = 1; });
}
