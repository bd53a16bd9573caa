// Makes the files a browser loads, in target/site: style sheet, scripts, WebAssembly modules and face, each under a name
// that holds a hash, with its compressed forms beside it, and manifest.json that says which is which. The console's module
// is split: what the first page needs, and the groups of app/src/pages/later.rs, which are fetched when they are opened.
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
const { css: _css, font: _font, ...scripts } = before;
const manifest = cssOnly ? scripts : {};

manifest.font = write("inter", "woff2", readFileSync(require.resolve("@fontsource-variable/inter/files/inter-latin-wght-normal.woff2")));
manifest.css = write("porchlight", "css", css(manifest.font));
// No wasm-opt: measured, it shrinks the module by 18 % and its compressed form, which is what travels, not at all.
if (!cssOnly) Object.assign(manifest, bind());
writeFileSync(manifestFile, JSON.stringify(manifest, null, 2) + "\n");
sweep();

/** Compiles style/main.scss, with the face under its hashed name. */
function css(font) {
  const sass = require("sass");
  const { css } = sass.compile(join(root, "style", "main.scss"), { style: "compressed" });
  return Buffer.from(css.replaceAll("/pkg/inter.woff2", font));
}

/** Splits the module and makes its scripts; returns the paths of all that came of it. */
function bind() {
  if (!existsSync(module)) fail(`${module} is not there: run make bundle`);
  const out = mkdtempSync(join(tmpdir(), "porchlight-bundle-"));
  try {
    run(tool("WASM_SPLIT", "wasm-split-cli"), [module, out, "--target", "web", "--out-name", "main"]);
    const sources = readFileSync(module).toString("latin1").match(/porchlight sources [0-9a-f]{16}/)?.[0];
    if (!sources) fail(`${module} does not say which sources it was made of`);
    const groups = readdirSync(out).filter((file) => file.endsWith(".wasm") && file !== "main.wasm");
    run(tool("WASM_BINDGEN", "wasm-bindgen"), ["--target", "web", "--no-typescript", "--keep-lld-exports", "--remove-name-section", "--remove-producers-section", "--out-name", "main", "--out-dir", out, join(out, "main.wasm")]);
    return { sources, ...publish((file) => readFileSync(join(out, file)), groups) };
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}

/** Writes modules and scripts. The two scripts name each other, so one hash is in the names of both. */
function publish(read, groups) {
  const paths = { wasm: write("porchlight", "wasm", read("main_bg.wasm")) };
  let loader = read("__wasm_split.js").toString();
  for (const file of groups) {
    const name = /^split_([a-z]+)_pages/.exec(file)?.[1] ?? `shared${parseInt(file.slice("chunk_".length), 10)}`;
    paths[name] = write(name, "wasm", read(file));
    loader = loader.replaceAll(`./${file}`, paths[name]);
  }
  const script = read("main.js").toString();
  const both = hash(script + loader);
  paths.js = write("porchlight", "js", Buffer.from(script.replaceAll(`from "./__wasm_split.js"`, `from "./loader.${both}.js"`)), both);
  paths.loader = write("loader", "js", Buffer.from(loader.replace(`from "./main.js"`, `from "./porchlight.${both}.js"`)), both);
  return paths;
}

/** A program: as the environment names it, else cargo's own, else the one on PATH. */
function tool(variable, name) {
  const own = join(homedir(), ".cargo", "bin", name);
  return process.env[variable] ?? (existsSync(own) ? own : name);
}

function hash(content) {
  return createHash("sha256").update(content).digest("hex").slice(0, 16);
}

/** Writes a file under its hashed name with its compressed forms; returns its path from the site's root. */
function write(name, extension, content, version = hash(content)) {
  const file = `${name}.${version}.${extension}`;
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
  const kept = new Set(Object.values(manifest).filter((path) => path?.startsWith("/pkg/")).map((path) => path.slice("/pkg/".length)));
  for (const file of readdirSync(pkg)) {
    const hashed = /^[a-z0-9]+\.[0-9a-f]{16}\.[a-z0-9]+/.exec(file)?.[0];
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
