// Fetches the starter model and prints its path on stdout; what it does stands on stderr. Needs Node 20 and nothing else.
import { readFile } from "node:fs/promises";
import process from "node:process";
import {
  fetchStarter,
  installedStarter,
  modelCacheDirectory,
  StarterError,
} from "../src/main/inference/local-models/starter/fetch.mjs";

const manifest = JSON.parse(await readFile(new URL("../resources/starter-model.json", import.meta.url), "utf8"));
const directory = modelCacheDirectory(process.env);
const startedMs = performance.now();
let lastLineMs = startedMs;

try {
  if ((await installedStarter(manifest, directory)) === null) {
    report(`fetching ${manifest.name} (${megabytes(manifest.bytes)} MB, ${manifest.licence}) into ${directory}`);
  }
  console.log(await fetchStarter({ manifest, directory, onProgress: reportProgress, signal: interruption() }));
} catch (error) {
  if (!(error instanceof StarterError)) throw error;
  report(error.message);
  report(error.remedy);
  process.exitCode = 1;
}

/** Progress is worth a line only where somebody would begin to wonder. */
function reportProgress({ state, bytesDone, bytesTotal, bytesPerSecond, source }) {
  const nowMs = performance.now();
  if (nowMs - startedMs < 5_000 || nowMs - lastLineMs < 2_000) return;
  lastLineMs = nowMs;
  const speed = bytesPerSecond === null ? "" : `, ${megabytes(bytesPerSecond)} MB/s`;
  report(`${state}, ${megabytes(bytesDone)} of ${megabytes(bytesTotal)} MB from ${source}${speed}`);
}

function interruption() {
  const interrupted = new AbortController();
  process.once("SIGINT", () => {
    interrupted.abort(new StarterError("unreachable", "Stopped.", "Run it again to go on from here."));
  });
  return interrupted.signal;
}

function megabytes(bytes) {
  return (bytes / 1_000_000).toFixed(1);
}

function report(line) {
  console.error(`starter model: ${line}`);
}
