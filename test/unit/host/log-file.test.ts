import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { log, logTo } from "../../../src/main/base/logger.ts";
import { diagnosticsFolder, logFile, openLogFile } from "../../../src/main/host/log-file.ts";
import { RotatingFile } from "../../../src/main/host/rotating-file.ts";

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "taleward-log-"))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const lines = () =>
  readFileSync(logFile(folder), "utf8")
    .trimEnd()
    .split("\n")
    .map((line): unknown => JSON.parse(line));

test("a line has its time, level, event, context and the facts of an error, and stands on disk at once", () => {
  using file = openLogFile(folder);
  using _logging = logTo(file);
  expect(existsSync(diagnosticsFolder(folder))).toBe(false);
  log.info("started", { version: "1.2.3" });
  log.warn("slow query", { query: "logs", elapsedMs: 44 });
  log.error("a bug in a route", new TypeError("the heir is the gardener"));
  const of = { time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/), pid: process.pid };
  expect(lines()).toEqual([
    { ...of, level: "info", event: "started", version: "1.2.3" },
    { ...of, level: "warn", event: "slow query", query: "logs", elapsedMs: 44 },
    { ...of, level: "error", event: "a bug in a route", thrown: expect.objectContaining({ type: "TypeError" }) },
  ]);
});

test.skipIf(process.platform === "win32")("only its owner reads the log", () => {
  using file = openLogFile(folder);
  file.write({ level: "info", event: "started", context: {}, error: null });
  expect(statSync(diagnosticsFolder(folder)).mode & 0o777).toBe(0o700);
  expect(statSync(logFile(folder)).mode & 0o777).toBe(0o600);
});

test("the log is bounded: the newest lines stay, in so many files of such a size", () => {
  const file = new RotatingFile(join(folder, "log", "a.log"), { maxBytes: 100, maxFiles: 3 });
  for (let index = 0; index < 100; index += 1) file.write(`line ${String(index).padStart(3, "0")}\n`);
  file.close();
  const names = readdirSync(join(folder, "log")).toSorted();
  expect(names).toEqual(["a.log", "a.log.1", "a.log.2"]);
  const kept = names.toReversed().map((name) => readFileSync(join(folder, "log", name), "utf8"));
  for (const text of kept) expect(text.length).toBeLessThanOrEqual(100);
  const numbers = kept
    .join("")
    .trimEnd()
    .split("\n")
    .map((line) => Number(line.slice(5)));
  expect(numbers).toEqual(Array.from(numbers, (_, index) => 100 - numbers.length + index));
});

test("a log that cannot be written breaks nothing, says nothing, and goes on once it can", () => {
  const stdout = vi.spyOn(process.stdout, "write");
  const stderr = vi.spyOn(process.stderr, "write");
  let nowMs = 0;
  const path = join(folder, "taken", "a.log");
  writeFileSync(join(folder, "taken"), "a file where the folder should be");
  const file = new RotatingFile(path, { maxBytes: 100, maxFiles: 2 }, () => nowMs);
  file.write("lost\n");
  rmSync(join(folder, "taken"));
  file.write("lost too: the disk is left alone for a while\n");
  nowMs = 5_000;
  file.write("kept\n");
  file.close();
  expect(readFileSync(path, "utf8")).toBe("kept\n");
  expect([stdout, stderr].map(({ mock }) => mock.calls)).toEqual([[], []]);
  vi.restoreAllMocks();
});
