/** Draw a BPMN file as the product's viewer draws it: `node tools/render.mjs FILE OUT.svg|OUT.png [WIDTH]`, with a headless Chromium. */
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const VIEWER = join(ROOT, "node_modules/bpmn-js/dist/bpmn-viewer.production.min.js");
const BROWSERS = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const FONT = '"PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "Noto Sans SC", sans-serif';
const QUIET = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync", "--allow-file-access-from-files", "--hide-scrollbars"];
const MARGIN = 20;

const page = (viewer, xml) => `<!doctype html><meta charset="utf-8"><title>waiting</title>
<style>html,body{margin:0;background:#fff}#canvas{width:400px;height:400px}.bjs-powered-by{display:none}</style>
<div id="canvas"></div><script src="${pathToFileURL(viewer)}"></script><script>
const xml = ${JSON.stringify(xml).replace(/</g, "\\u003c")};
const style = { fontFamily: ${JSON.stringify(FONT)}, lineHeight: 1.25 };
const viewer = new BpmnJS({ container: "#canvas", textRenderer: { defaultStyle: { ...style, fontSize: 13 }, externalStyle: { ...style, fontSize: 13 } } });
viewer.importXML(xml).then(async ({ warnings }) => {
  const canvas = viewer.get("canvas"), { inner } = canvas.viewbox();
  const box = document.querySelector("#canvas").style, zoom = Number(location.hash.slice(1) || 1);
  box.width = (inner.width + ${2 * MARGIN}) * zoom + "px"; box.height = (inner.height + ${2 * MARGIN}) * zoom + "px";
  canvas.resized();
  canvas.viewbox({ x: inner.x - ${MARGIN}, y: inner.y - ${MARGIN}, width: inner.width + ${2 * MARGIN}, height: inner.height + ${2 * MARGIN} });
  const { svg } = await viewer.saveSVG();
  const out = document.createElement("script");
  out.type = "application/json"; out.id = "result";
  out.textContent = JSON.stringify({ svg, width: inner.width + ${2 * MARGIN}, height: inner.height + ${2 * MARGIN}, warnings: warnings.map(String) }).replace(/</g, "\\\\u003c");
  document.body.append(out);
}, (error) => { document.body.dataset.error = error.message; });
</script>`;

const run = promisify(execFile);

async function chromium(folder, parts) {
  const browser = BROWSERS.find((each) => each && existsSync(each));
  if (!browser) throw new Error("no Chromium found; name one in CHROMIUM");
  const { stdout } = await run(browser, [...QUIET, `--user-data-dir=${join(folder, "profile")}`, ...parts], { maxBuffer: 64e6, timeout: 60000 });
  return stdout;
}

/** Draw a file's text: {svg, width, height}. */
async function draw(folder, address) {
  const html = await chromium(folder, ["--virtual-time-budget=5000", "--dump-dom", address]);
  const found = /<script type="application\/json" id="result">(.*?)<\/script>/s.exec(html);
  if (!found) throw new Error(/data-error="([^"]*)"/.exec(html)?.[1] ?? "the viewer did not answer");
  const result = JSON.parse(found[1]);
  if (result.warnings.length) throw new Error(result.warnings.join("; "));
  return result;
}

async function main(file, out, width) {
  if (!file || !/\.(svg|png)$/.test(out ?? "")) throw new Error("usage: node tools/render.mjs FILE OUT.svg|OUT.png [WIDTH]");
  const folder = await mkdtemp(join(tmpdir(), "render-"));
  try {
    const place = join(folder, "page.html");
    await writeFile(place, page(VIEWER, await readFile(file, "utf8")));
    const address = pathToFileURL(place).href;
    const result = await draw(folder, address);
    if (out.endsWith(".svg")) { await writeFile(out, result.svg); return; }
    const scale = width ? Number(width) / result.width : 1;
    const size = [result.width, result.height].map((side) => Math.ceil(side * scale)).join(",");
    await chromium(folder, ["--virtual-time-budget=5000", `--window-size=${size}`, `--screenshot=${resolve(out)}`, `${address}#${scale}`]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

main(...process.argv.slice(2)).catch((error) => { console.error(error.message); process.exitCode = 1; });
