// Makes the files a browser loads, in target/site: style sheet, script, WebAssembly module and face, each under a name
// that holds the hash of its content, with its compressed forms beside it, and manifest.json that says which is which.
//
//   node app/bundle.mjs              everything; the module must have been compiled (make bundle does both)
//   node app/bundle.mjs --css-only   the style sheet and the face: the console works without a script

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { homedir, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const here = dirname(fileURLToPath(import.meta.url));
const root = dirname(here);
const site = join(root, "target", "site");
const module = join(root, "target", "wasm32-unknown-unknown", "wasm-release", "porchlight_app.wasm");
const require = createRequire(import.meta.url);
const cssOnly = process.argv.includes("--css-only");

const pkg = join(site, "pkg");
mkdirSync(pkg, { recursive: true });
const manifestFile = join(site, "manifest.json");
const before = existsSync(manifestFile) ? JSON.parse(readFileSync(manifestFile, "utf8")) : {};
const manifest = cssOnly ? { js: before.js, wasm: before.wasm } : {};

manifest.font = write("inter", "woff2", readFileSync(require.resolve("@fontsource-variable/inter/files/inter-latin-wght-normal.woff2")));
manifest.css = write("porchlight", "css", css(manifest.font));
if (!cssOnly) {
  const { js, wasm } = bind();
  // No wasm-opt: measured, it shrinks the module by 18 % and its compressed form, which is what travels, not at all.
  manifest.wasm = write("porchlight", "wasm", wasm);
  manifest.js = write("porchlight", "js", js);
}
writeFileSync(manifestFile, JSON.stringify(manifest, null, 2) + "\n");
sweep();

/** Compiles style/main.scss, with the face under its hashed name. */
function css(font) {
  const sass = require("sass");
  const { css } = sass.compile(join(root, "style", "main.scss"), { style: "compressed" });
  return Buffer.from(css.replaceAll("/pkg/inter.woff2", font));
}

/** Makes the module's script with the wasm-bindgen of the version that Cargo.lock pins. */
function bind() {
  if (!existsSync(module)) fail(`${module} is not there: run make bundle`);
  const own = join(homedir(), ".cargo", "bin", "wasm-bindgen");
  const program = process.env.WASM_BINDGEN ?? (existsSync(own) ? own : "wasm-bindgen");
  const out = mkdtempSync(join(tmpdir(), "porchlight-bundle-"));
  try {
    run(program, ["--target", "web", "--no-typescript", "--remove-name-section", "--remove-producers-section", "--out-name", "porchlight", "--out-dir", out, module]);
    return { js: readFileSync(join(out, "porchlight.js")), wasm: readFileSync(join(out, "porchlight_bg.wasm")) };
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}

/** Writes a file under its hashed name with its compressed forms; returns its path from the site's root. */
function write(name, extension, content) {
  const hash = createHash("sha256").update(content).digest("hex").slice(0, 16);
  const file = `${name}.${hash}.${extension}`;
  const forms = [["", content]];
  if (extension !== "woff2") {
    const brotli = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: content.length };
    forms.push([".br", brotliCompressSync(content, { params: brotli })], [".gz", gzipSync(content, { level: 9 })]);
  }
  for (const [suffix, bytes] of forms) writeFileSync(join(pkg, file + suffix), bytes);
  console.log(`${file.padEnd(40)} ${forms.map(([suffix, bytes]) => `${suffix || "plain"} ${bytes.length}`).join("  ")}`);
  return `/pkg/${file}`;
}

/** Takes away what earlier bundles left. */
function sweep() {
  const kept = new Set(Object.values(manifest).filter(Boolean).map((path) => path.slice("/pkg/".length)));
  for (const file of readdirSync(pkg)) {
    const hashed = /^[a-z]+\.[0-9a-f]{16}\.[a-z0-9]+/.exec(file)?.[0];
    if (hashed && !kept.has(hashed)) rmSync(join(pkg, file));
  }
}

function run(program, args) {
  const began = Date.now();
  const { status, error } = spawnSync(program, args, { stdio: ["ignore", "inherit", "inherit"] });
  if (error) fail(`${program}: ${error.message}`);
  if (status !== 0) fail(`${program} ended with ${status}`);
  console.log(`${program.split("/").pop()} ${args.find((arg) => !arg.includes("/")) ?? ""} ${((Date.now() - began) / 1000).toFixed(1)} s`);
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
