/** Build the browser's files: web/assets → web/static/dist, each under a name with its content's hash, listed in manifest.json. */
import { createHash } from "node:crypto";
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { dirname, join, parse } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const HERE = dirname(fileURLToPath(import.meta.url));
const ASSETS = join(HERE, "assets");
const DIST = join(HERE, "static", "dist");
const ROOT = dirname(HERE);
const MODULES = join(ROOT, "node_modules");

/** Entry → the most it may weigh, gzipped, with the chunks it loads at once. */
const BUDGETS = { "app.js": 60_000, "task.js": 40_000, "app.css": 12_288 };
const ENTRIES = ["app.js", "task.js", "diagram.js", "api-docs.js", "app.css", "api-docs.css"];
const FONTS = {
  "NotoSansSC-Regular.ttf": "400Regular/NotoSansSC_400Regular.ttf",
  "NotoSansSC-Bold.ttf": "700Bold/NotoSansSC_700Bold.ttf",
};
// light-dark() is Chrome 123, Firefox 120, Safari 17.5; older ones get the light colours.
const TARGETS = ["chrome111", "firefox115", "safari16.4"];

const hashOf = (content) => createHash("sha256").update(content).digest("hex").slice(0, 10);
const inKilobytes = (bytes) => `${(bytes / 1000).toFixed(1)} KB`;

async function put(name, content, { hashed = true } = {}) {
  const { name: stem, ext } = parse(name);
  const file = hashed ? `${stem}-${hashOf(content)}${ext}` : name;
  await writeFile(join(DIST, file), content);
  return file;
}

async function bundle() {
  const { metafile } = await build({
    entryPoints: ENTRIES.map((name) => join(ASSETS, name)),
    outdir: DIST, absWorkingDir: ROOT, entryNames: "[name]-[hash]", chunkNames: "part-[hash]", assetNames: "[name]-[hash]",
    bundle: true, splitting: true, format: "esm", minify: true, metafile: true, legalComments: "linked",
    target: TARGETS, supported: { nesting: true }, charset: "utf8", loader: { ".svg": "file", ".png": "file" },
    logLevel: "warning",
  });
  return metafile.outputs;
}

function entriesOf(outputs) {
  const names = {};
  for (const [path, output] of Object.entries(outputs)) {
    if (ENTRIES.includes(parse(output.entryPoint ?? "").base)) names[parse(output.entryPoint).base] = path;
  }
  return names;
}

async function sprite() {
  const wanted = JSON.parse(await readFile(join(ASSETS, "icons.json"), "utf8"));
  const symbols = [];
  for (const [style, names] of Object.entries(wanted)) {
    for (const name of names) symbols.push(await symbol(style, name));
  }
  return `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>\n`;
}

async function symbol(style, name) {
  const source = await readFile(join(MODULES, "@tabler/icons/icons", style, `${name}.svg`), "utf8");
  const body = source.replace(/<!--.*?-->/gs, "").replace(/^.*?<svg[^>]*>/s, "").replace(/<\/svg>.*$/s, "").replace(/<path stroke="none" d="M0 0h24v24H0z" fill="none" ?\/>/, "").replace(/\s*\n\s*/g, "");
  const paint = style === "filled" ? ' fill="currentColor" stroke="none"' : "";
  return `<symbol id="${style === "filled" ? `${name}-filled` : name}" viewBox="0 0 24 24"${paint}>${body}</symbol>`;
}

async function gallery(manifest) {
  const page = await readFile(join(ASSETS, "components.html"), "utf8");
  return page.replace(/\{\{([\w.-]+)\}\}/g, (_, name) => manifest[name]);
}

async function weigh(outputs, path, seen = new Set()) {
  if (seen.has(path)) return 0;
  seen.add(path);
  let total = gzipSync(await readFile(join(ROOT, path)), { level: 9 }).length;
  for (const { path: next, kind, external } of outputs[path].imports) {
    if (kind === "import-statement" && !external) total += await weigh(outputs, next, seen);
  }
  return total;
}

async function report(outputs, entries) {
  const over = [];
  for (const [name, path] of Object.entries(entries)) {
    const weight = await weigh(outputs, path);
    const budget = BUDGETS[name];
    if (budget && weight > budget) over.push(name);
    console.log(`${name.padEnd(14)} ${inKilobytes(weight).padStart(9)} gz${budget ? `  (at most ${inKilobytes(budget)})` : ""}`);
  }
  if (over.length) throw new Error(`too heavy: ${over.join(", ")}`);
}

async function main() {
  const begun = performance.now();
  await rm(DIST, { recursive: true, force: true });
  await mkdir(DIST, { recursive: true });
  const outputs = await bundle();
  const entries = entriesOf(outputs);
  const manifest = Object.fromEntries(Object.entries(entries).map(([name, path]) => [name, parse(path).base]));
  manifest["icons.svg"] = await put("icons.svg", await sprite());
  for (const [name, source] of Object.entries(FONTS)) {
    const font = await readFile(join(MODULES, "@expo-google-fonts/noto-sans-sc", source));
    manifest[name] = await put(name, font, { hashed: false });
  }
  manifest["NotoSansSC-LICENSE.txt"] = await put("NotoSansSC-LICENSE.txt", await readFile(join(MODULES, "@expo-google-fonts/noto-sans-sc/LICENSE_FONT")), { hashed: false });
  if (process.argv.includes("--gallery")) await put("components.html", await gallery(manifest), { hashed: false });
  await writeFile(join(DIST, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  await report(outputs, entries);
  console.log(`${(await readdir(DIST)).length} files in ${((performance.now() - begun) / 1000).toFixed(1)} s`);
}

await main();
