import { readdir, readFile, stat } from "node:fs/promises";
import { release } from "node:os";
import { basename, join } from "node:path";
import { percentile } from "../base/percentile.ts";
import { inspectDatabase } from "../db/inspect.ts";
import { diagnosticsFolder, logFile } from "./log-file.ts";
import { platformFacts } from "./process-log.ts";

export interface SlowQuery {
  readonly query: string;
  readonly times: number;
  readonly medianMs: number | null;
  readonly maxMs: number;
}

type LoggedLine = Readonly<Record<string, unknown>>;

/** What a bug report needs to know of an installation. */
export interface Diagnostics {
  readonly format: "taleward-diagnostics-1";
  readonly createdAt: string;
  readonly versions: Readonly<Record<string, unknown>>;
  /** The last host that stayed, as it said itself when it started; null where the log has none. */
  readonly lastStarted: LoggedLine | null;
  /** Sizes in bytes of the database's files, by name. */
  readonly files: Readonly<Record<string, number>>;
  readonly models: { readonly count: number; readonly bytes: number };
  readonly database: ReturnType<typeof inspectDatabase>;
  readonly slowQueries: readonly SlowQuery[];
  /** All lines of the log that are kept, oldest first. */
  readonly log: readonly LoggedLine[];
}

/**
 * Gathers versions, sizes, counts and the log of a data directory, whether or not a host has it open. No prompt, answer, story,
 * address or key is among it: the log holds none, and of the database only counts, states and switches are read.
 */
export async function gatherDiagnostics(
  dataDirectory: string,
  { version, nowMs }: { readonly version: string; readonly nowMs: number },
): Promise<Diagnostics> {
  const log = await loggedLines(dataDirectory);
  const names = ["taleward.db", "taleward.db-wal", "taleward.db-shm", "taleward.lock"];
  const sizes = await Promise.all(names.map(async (name) => [name, await sizeOf(join(dataDirectory, name))] as const));
  return {
    format: "taleward-diagnostics-1",
    createdAt: new Date(nowMs).toISOString(),
    versions: { taleward: version, ...platformFacts(), release: release() },
    lastStarted: log.findLast(({ event }) => event === "started") ?? null,
    files: Object.fromEntries(sizes.flatMap(([name, size]) => (size === null ? [] : [[name, size]]))),
    models: await modelsIn(join(dataDirectory, "models")),
    database: inspectDatabase(dataDirectory),
    slowQueries: slowQueriesIn(log),
    log,
  };
}

/** By name, those that took the longest first. */
export function slowQueriesIn(log: readonly LoggedLine[]): SlowQuery[] {
  const byQuery = new Map<string, number[]>();
  for (const { event, query, elapsedMs } of log) {
    if (event !== "slow query" || typeof query !== "string" || typeof elapsedMs !== "number") continue;
    byQuery.set(query, [...(byQuery.get(query) ?? []), elapsedMs]);
  }
  return [...byQuery]
    .map(([query, took]) => {
      return { query, times: took.length, medianMs: percentile(took, 0.5), maxMs: Math.max(...took) };
    })
    .toSorted((a, b) => b.maxMs - a.maxMs);
}

/** The oldest file has the highest number; half a line, where a disk was full, is left out. */
async function loggedLines(dataDirectory: string): Promise<LoggedLine[]> {
  const folder = diagnosticsFolder(dataDirectory);
  const current = basename(logFile(dataDirectory));
  const ageOf = (name: string) => Number(name.slice(current.length + 1));
  const names = (await readdir(folder).catch(() => []))
    .filter((name) => name.startsWith(current))
    .toSorted((a, b) => ageOf(b) - ageOf(a));
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), "utf8").catch(() => "")));
  return texts.flatMap((text) => text.split("\n").flatMap(parsedLine));
}

function parsedLine(line: string): LoggedLine[] {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null ? [value as LoggedLine] : []; // an object has names and values
  } catch {
    return [];
  }
}

async function sizeOf(file: string): Promise<number | null> {
  return stat(file).then(
    ({ size }) => size,
    () => null,
  );
}

async function modelsIn(folder: string): Promise<Diagnostics["models"]> {
  const names = await readdir(folder).catch(() => []);
  const sizes = await Promise.all(names.map((name) => sizeOf(join(folder, name))));
  return { count: names.length, bytes: sizes.reduce<number>((total, size) => total + (size ?? 0), 0) };
}
