import { rm, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { AssignmentReading } from "../../shared/contract/assignment-reading.ts";
import { connectToRunning } from "./connect.ts";
import { bytes, counted } from "../../shared/format.ts";
import { Failure } from "../base/failure.ts";
import { gatherDiagnostics } from "../host/diagnostics.ts";
import { answer, type Terminal } from "./invocation.ts";

const askMs = 3_000;

/**
 * Packs what a bug report needs into one new file, without texts. It is JSON under gzip and not an archive of files: whoever
 * sends it can read in one go all that is in it (`gunzip -c FILE`), and no library is needed to write it.
 */
export async function packDiagnostics(terminal: Terminal): Promise<number> {
  const { dataDirectory, version } = terminal.installation();
  const nowMs = Date.now();
  const [named = `taleward-diagnostics-${new Date(nowMs).toISOString().slice(0, 19).replaceAll(":", "-")}.json.gz`] =
    terminal.rest;
  const file = resolve(named);
  const diagnostics = await gatherDiagnostics(dataDirectory, { version, nowMs });
  const registry = await readingOfRunning(dataDirectory);
  const packed = await promisify(gzip)(`${JSON.stringify({ ...diagnostics, registry }, null, 1)}\n`);
  await writeNew(file, packed);
  const { log, slowQueries } = diagnostics;
  const packedFacts = { file, sizeBytes: packed.length, logLines: log.length, slowQueries: slowQueries.length };
  answer(terminal, packedFacts, ({ sizeBytes, logLines }) =>
    [
      `Wrote ${bytes(sizeBytes)} to ${file}: versions, sizes, counts, settings and ${counted(logLines, "line")} of the log.`,
      "No prompt, answer, story or key is in it. Look at it by `gunzip -c`, and add it to your bug report.",
      "",
    ].join("\n"),
  );
  return 0;
}

/** How the Taleward that has the directory open knows its assignments; null where none can be asked. What happened before is in the log. */
async function readingOfRunning(dataDirectory: string): Promise<AssignmentReading | null> {
  const running = await connectToRunning(dataDirectory).catch(() => null); // of another version, or just gone
  if (running === null) return null;
  try {
    return await running.client.registry.reading(undefined, { signal: AbortSignal.timeout(askMs) });
  } catch {
    return null;
  } finally {
    await running.close();
  }
}

async function writeNew(file: string, content: Buffer): Promise<void> {
  try {
    await writeFile(file, content, { flag: "wx", mode: 0o600 });
  } catch (error) {
    const isThere = error instanceof Error && "code" in error && error.code === "EEXIST";
    if (!isThere) await rm(file, { force: true }).catch(() => undefined); // a full disk took half of it
    const what = isThere
      ? "is there already"
      : `cannot be written: ${error instanceof Error ? error.message : "unknown"}`;
    throw new Failure("BAD_REQUEST", `${file} ${what}.`, {
      field: "FILE",
      value: file,
      remedy: isThere ? "Name another file, or move that one away." : "Choose a folder that you may write to.",
    });
  }
}
