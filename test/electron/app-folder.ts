import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join, resolve } from "node:path";

const project = resolve(import.meta.dirname, "../..");
const modules = join(project, "node_modules");
const prepared = join(modules, ".cache", "taleward-electron");

/** One fault put into the built main process, to see which spec notices. */
export interface Mutation {
  readonly name: string;
  readonly find: string;
  readonly replace: string;
}

export interface AppFolder {
  readonly path: string;
  readonly env: Readonly<Record<string, string>>;
}

/**
 * A folder in which the built project runs in this Electron, prepared once for each build. An Electron older than the one we
 * build for gets what it lacks here and only here: a better-sqlite3 that asks for Node-API 9, and a shim for the rest.
 */
export function prepareAppFolder(electron: string, mutation?: Mutation): AppFolder {
  const old = electronMajor(electron) < 45;
  const build = readFileSync(join(project, "out", "built-from"), "utf8");
  const recipe = readFileSync(import.meta.filename) + readFileSync(join(import.meta.dirname, "napi9.c"), "utf8");
  const key = createHash("sha256")
    .update(JSON.stringify([build, recipe, old, mutation]))
    .digest("hex")
    .slice(0, 16);
  const path = join(prepared, key);
  const env: Record<string, string> = old ? { LD_PRELOAD: join(path, "libnapi9.so") } : {};
  if (existsSync(path)) return { path, env };

  removeOldFolders();
  const unfinished = `${path}.${process.pid}`;
  copyProject(unfinished);
  if (old) lowerNodeApi(unfinished);
  if (old) fillRuntime(unfinished);
  if (mutation !== undefined) mutate(unfinished, mutation);
  renameSync(unfinished, path);
  return { path, env };
}

/** Each is 30 MB. One of an earlier build is no use any more; one of this hour may be another run's. */
function removeOldFolders(): void {
  if (!existsSync(prepared)) return;
  for (const name of readdirSync(prepared)) {
    const folder = join(prepared, name);
    if (Date.now() - statSync(folder).mtimeMs > 3_600_000) rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs the binary as plain Node: it needs no display for that, and says which Electron it is. */
function electronMajor(electron: string): number {
  const version = execFileSync(electron, ["-p", "process.versions.electron"], {
    encoding: "utf8",
    env: { ...process.env, ELECTRON_RUN_AS_NODE: "1" },
  });
  return Number.parseInt(version, 10);
}

/** `out` is copied, because a link would resolve its modules in the project; the modules themselves are linked. */
function copyProject(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, "node_modules"), { recursive: true });
  for (const entry of ["package.json", "out", "resources"]) {
    cpSync(join(project, entry), join(folder, entry), { recursive: true });
  }
  for (const entry of readdirSync(modules)) {
    if (entry !== "better-sqlite3") symlinkSync(join(modules, entry), join(folder, "node_modules", entry));
  }
  cpSync(join(modules, "better-sqlite3"), join(folder, "node_modules", "better-sqlite3"), { recursive: true });
}

function lowerNodeApi(folder: string): void {
  const binary = join(folder, "node_modules/better-sqlite3/prebuilds/linux-x64.node");
  const bytes = readFileSync(binary);
  const declaration = bytes.indexOf(Buffer.from("f30f1efab80a000000c3", "hex")); // endbr64; mov eax, 10; ret
  if (declaration < 0) throw new Error("better-sqlite3's binary does not declare Node-API 10 where it did in 13.2.0");
  bytes[declaration + 5] = 9;
  const sections = execFileSync("readelf", ["-SW", binary], { encoding: "utf8" });
  const strings = /\.dynstr\s+\S+\s+\S+\s+(\S+)\s+(\S+)/.exec(sections);
  const start = Number.parseInt(strings?.[1] ?? "", 16);
  const size = Number.parseInt(strings?.[2] ?? "", 16);
  for (const name of ["napi_create_reference", "napi_get_reference_value", "napi_delete_reference"]) {
    const at = bytes.indexOf(`\0${name}\0`, start);
    if (at < 0 || at > start + size) throw new Error(`better-sqlite3 no longer imports ${name}`);
    bytes[at + 1] = "x".charCodeAt(0);
  }
  writeFileSync(binary, bytes);
  const source = join(import.meta.dirname, "napi9.c");
  execFileSync("gcc", ["-O2", "-shared", "-fPIC", "-o", join(folder, "libnapi9.so"), source]);
}

/** Node 20 has none of these; the app's entry runs behind a file that adds them. */
function fillRuntime(folder: string): void {
  const shim = `
    const zlib = require("node:zlib");
    zlib.createZstdDecompress ??= function createZstdDecompress() { throw new Error("this runtime has no zstd"); };
    require("node:worker_threads").markAsUncloneable ??= function markAsUncloneable() {};
    require("node:module").syncBuiltinESMExports();
    Promise.withResolvers ??= function withResolvers() {
      let resolve, reject;
      const promise = new this((yes, no) => { resolve = yes; reject = no; });
      return { promise, resolve, reject };
    };`;
  writeFileSync(join(folder, "old-runtime.cjs"), shim);
  writeFileSync(join(folder, "old-runtime.mjs"), 'import "./old-runtime.cjs";\nawait import("./out/main/index.js");\n');
  const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  writeFileSync(join(folder, "package.json"), JSON.stringify({ ...manifest, main: "old-runtime.mjs" }));
}

/** The fault must hit exactly one place, or what a spec then notices would prove nothing. */
function mutate(folder: string, { name, find, replace }: Mutation): void {
  const main = join(folder, "out", "main");
  const files = readdirSync(main, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".js"));
  const hits = files.filter((file) => readFileSync(join(main, file), "utf8").includes(find));
  const hit = hits[0];
  if (hit === undefined || hits.length > 1) throw new Error(`"${name}" fits ${hits.length} files of the built main`);
  const parts = readFileSync(join(main, hit), "utf8").split(find);
  if (parts.length !== 2) throw new Error(`"${name}" fits ${parts.length - 1} places in ${hit}`);
  writeFileSync(join(main, hit), parts.join(replace));
}
