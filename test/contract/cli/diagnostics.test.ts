import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import Sqlite from "better-sqlite3";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type HeadlessProcess, startHeadless } from "../../kit/headless.ts";
import { assignOllama, collect, startStory } from "../../kit/narrative.ts";
import { streamText } from "../../kit/servers/ollama-scripts.ts";
import { type OllamaServer, startOllamaServer } from "../../kit/servers/ollama-server.ts";
import { runCommand } from "../../kit/terminal.ts";
import { waitFor } from "../../kit/wait-for.ts";

// Every command is a process of its own: a second each on an idle machine.
vi.setConfig({ testTimeout: 180_000 });

let directory: string;
let file: string;
let server: OllamaServer;
let host: HeadlessProcess | null = null;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "taleward-diagnostics-"));
  file = join(directory, "report.json.gz");
  server = await startOllamaServer({ script: streamText("Quillfeather hid the ledger under the floor.") });
});
afterEach(async () => {
  await host?.stop();
  host = null;
  await server.close();
  await rm(directory, { recursive: true, force: true });
});

const diagnose = (...args: string[]) => runCommand(directory, ["diagnostics", ...args]);
const unpacked = async () => gunzipSync(await readFile(file)).toString();

/** Lets a write wait for another's lock, as it waits for a slow disk, for so long. */
async function slowDown(holdMs: number, write: () => Promise<unknown>): Promise<void> {
  const other = new Sqlite(join(directory, "taleward.db"));
  try {
    other.exec("BEGIN IMMEDIATE");
    const writing = write();
    await new Promise((resolve) => setTimeout(resolve, holdMs));
    other.exec("COMMIT");
    await writing;
  } finally {
    other.close();
  }
}

test("packs versions, counts, settings and slow queries beside a running host and without one, and no text or key", async () => {
  host = await startHeadless(directory, { env: { TALEWARD_STARTER_MODEL: "" } }); // no model but the one that is assigned
  const { client, close } = await host.connect();
  await assignOllama(client, server.url);
  const { passage } = await startStory(client, "The Marzipan Heist");
  const events = await collect(
    await client.story.generate({ passageId: passage.id, prompt: "Let Brackenshaw betray his brother." }),
  );
  expect(events.at(-1)).toMatchObject({ type: "done" });
  const { key } = await client.gateway.configure({ enabled: true, port: 0 });
  // How long the write takes to come to the lock is the machine's affair: longer holds follow until it was slow.
  const logFile = join(directory, "diagnostics", "taleward.log");
  for (let holdMs = 100; !(await readFile(logFile, "utf8")).includes('"renamePassage"'); holdMs *= 2)
    await slowDown(holdMs, () => client.story.renamePassage({ passageId: passage.id, title: "Wolfsbane" }));
  await expect(client.story.renamePassage({ passageId: "Hemlock" as typeof passage.id, title: "x" })).rejects.toThrow();
  close();

  const packed = await diagnose(file, "--json");
  expect(packed).toMatchObject({ code: 0, stderr: "", objects: [{ file, logLines: expect.any(Number) }] });
  await rm(file);
  expect(await host.stop()).toBe(0);
  host = null;
  expect((await diagnose(file)).stdout).toContain("No prompt, answer, story or key is in it.");

  const text = await unpacked();
  const report = JSON.parse(text) as { slowQueries: unknown[]; log: unknown[] }; // checked below
  expect(report).toMatchObject({
    format: "taleward-diagnostics-1",
    versions: { taleward: expect.any(String), node: process.versions.node, platform: process.platform },
    lastStarted: { event: "started", host: "browser" },
    files: { "taleward.db": expect.any(Number) },
    database: {
      rows: { stories: 1, passages: 1, inferences: 1 },
      settings: { gateway: { enabled: true, port: 0 } },
      versions: [{ provider: "ollama", status: expect.any(String), versions: 1, drifted: 0 }],
      lastCalls: [{ provider: "ollama", outcome: "completed", errorClass: null, calls: 1 }],
    },
  });
  expect(report.slowQueries).toContainEqual(
    expect.objectContaining({ query: "renamePassage", maxMs: expect.any(Number) }),
  );
  const slowLine = { level: "warn", event: "slow query", query: "renamePassage", thread: "writer" };
  expect(report.log).toContainEqual(expect.objectContaining(slowLine));
  expect(key).toEqual(expect.any(String));
  const secrets = ["Marzipan", "Brackenshaw", "Quillfeather", "Wolfsbane", "Hemlock", String(key), directory];
  expect(secrets.filter((secret) => text.includes(secret))).toEqual([]);
});

test("works on a folder that holds nothing yet, creates nothing in it, and writes for its owner alone", async () => {
  const empty = join(directory, "empty");
  const ended = await runCommand(empty, ["diagnostics", file]);
  expect(ended).toMatchObject({ code: 0, stderr: "" });
  expect(JSON.parse(await unpacked())).toMatchObject({ database: null, files: {}, log: [], lastStarted: null });
  await expect(stat(empty)).rejects.toThrow("ENOENT");
  if (process.platform !== "win32") expect((await stat(file)).mode & 0o777).toBe(0o600);
});

test("a file that is there stays as it is, and is refused in words", async () => {
  await writeFile(file, "mine");
  const ended = await diagnose(file);
  expect(ended).toMatchObject({ code: 2, stdout: "" });
  expect(ended.stderr).toBe(`${file} is there already. Name another file, or move that one away.\n`);
  expect(await readFile(file, "utf8")).toBe("mine");
});

test("a database that cannot be read and half a line of the log are no reason to give up", async () => {
  await writeFile(join(directory, "taleward.db"), "The heir is the gardener, and this is no database.".repeat(100));
  host = null;
  expect((await diagnose(file)).code).toBe(0);
  const text = await unpacked();
  expect(JSON.parse(text)).toMatchObject({ database: { unreadable: { type: "SqliteError", code: "SQLITE_NOTADB" } } });
  expect(text).not.toContain("gardener");
});

test("a log that cannot be written does not keep the host from working", async () => {
  await writeFile(join(directory, "diagnostics"), "a file where the folder should be");
  host = await startHeadless(directory);
  const { client, close } = await host.connect();
  await waitFor(async () => expect((await client.app.info()).host).toBe("browser"));
  expect((await startStory(client)).story.title).toBe("The Salt Road");
  close();
  expect(host.errors()).toBe("");
});
