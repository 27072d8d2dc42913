import { execFile, execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import Sqlite from "better-sqlite3";
import { afterEach, beforeEach, expect, test } from "vitest";
import { WebSocket } from "ws";
import { startBackend } from "../kit/backend.ts";
import { openLink, startHeadless } from "../kit/headless.ts";
import { assignOllama, collect, startStory } from "../kit/narrative.ts";
import { streamText } from "../kit/servers/ollama-scripts.ts";
import { startOllamaServer } from "../kit/servers/ollama-server.ts";
import { transports } from "../kit/transports.ts";

const source = (entry: string) => resolve(import.meta.dirname, "../../src/main", entry);
let directory: string;
beforeEach(async () => void (directory = await mkdtemp(join(tmpdir(), "taleward-storage-"))));
afterEach(() => rm(directory, { recursive: true, force: true }));

const storage = (message: RegExp) => ({
  code: "STORAGE",
  message: expect.stringMatching(message),
  data: { remedy: expect.stringMatching(/\S/) },
});

test("a database that is none is left as it is, and said", async () => {
  const path = join(directory, "taleward.db");
  await writeFile(path, "this is not a database, and was not one yesterday either. ".repeat(100));
  const before = await readFile(path);
  await expect(startBackend({ dataDirectory: directory })).rejects.toMatchObject(storage(/not a readable database/));
  expect(await readFile(path)).toEqual(before);
});

test("data of a newer Taleward is refused rather than guessed at", async () => {
  const db = new Sqlite(join(directory, "taleward.db"));
  db.pragma("user_version = 999");
  db.close();
  await expect(startBackend({ dataDirectory: directory })).rejects.toMatchObject(storage(/newer Taleward/));
});

test("a data directory that cannot be made is said by its path", async () => {
  const file = join(directory, "a-file");
  await writeFile(file, "");
  await expect(startBackend({ dataDirectory: join(file, "data") })).rejects.toMatchObject({
    ...storage(/cannot create/),
    data: { field: "dataDirectory", value: join(file, "data"), remedy: expect.stringMatching(/--data-dir/) },
  });
});

test("a second backend on the same directory is told so, and the first goes on", async () => {
  const first = await startBackend({ dataDirectory: directory });
  await expect(startBackend({ dataDirectory: directory })).rejects.toMatchObject({
    code: "CONFLICT",
    data: { field: "dataDirectory", value: directory },
  });
  const { client, close } = await transports[0][1](first.router);
  expect((await client.story.create({ title: "Still here" })).title).toBe("Still here");
  await close();
  await first.close();
  const again = await startBackend({ dataDirectory: directory });
  await again.close();
});

test("a second start of the browser's host gives a fresh link to the first, and the terminal asks the first", async () => {
  const first = await startHeadless(directory);
  try {
    const second = await promisify(execFile)(process.execPath, [source("headless.ts"), "--data-dir", directory]);
    const link = /^Taleward is open at (\S+)/m.exec(second.stdout)?.[1] ?? "";
    expect(second.stdout).toContain("already running");
    expect(new URL(link).origin).toBe(first.origin);
    expect((await fetch(link, { redirect: "manual" })).status).toBe(303);
    expect((await fetch(link, { redirect: "manual" })).status).toBe(401);
    const { client, close } = await first.connect();
    await assignOllama(client, "http://127.0.0.1:9");
    close();
    const listed = await promisify(execFile)(process.execPath, [
      source("cli.ts"),
      "models",
      "list",
      "--json",
      "--data-dir",
      directory,
    ]);
    const versions = listed.stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(versions).toContainEqual(
      expect.objectContaining({ model: "storyteller", assignedTo: ["story_generation"] }),
    );
  } finally {
    await first.stop();
  }
});

test("a tab that was open when the browser's host was killed is let in again after a restart", async () => {
  const first = await startHeadless(directory);
  const { cookie, pageKey } = await openLink(first.link);
  await first.kill();
  const second = await startHeadless(directory);
  try {
    expect(second.origin).toBe(first.origin);
    const socket = new WebSocket(`${second.origin.replace("http", "ws")}/rpc`, [`taleward.${pageKey}`], {
      headers: { cookie },
    });
    await once(socket, "open");
    socket.terminate();
    await expect(once(new WebSocket(`${second.origin.replace("http", "ws")}/rpc`), "open")).rejects.toThrow("401");
  } finally {
    await second.stop();
  }
});

const small = process.platform === "linux" && process.getuid?.() === 0;
test.skipIf(!small)(
  "a full disk is said, nothing is half done, and with space again it goes on (needs root on Linux)",
  async () => {
    const disk = join(directory, "disk");
    await mkdir(disk);
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=3m", "tmpfs", disk]);
    const server = await startOllamaServer({ script: streamText("All was well.") });
    const backend = await startBackend({ dataDirectory: disk });
    const { client, close } = await transports[0][1](backend.router);
    try {
      await assignOllama(client, server.url);
      const { passage } = await startStory(client);
      const saved = await client.story.savePassage({ passageId: passage.id, text: "Kept.", caret: 5, baseRevision: 0 });
      await writeFile(join(disk, "ballast"), Buffer.alloc(1_500_000));
      const text = "x".repeat(3_500_000);
      await expect(
        client.story.savePassage({ passageId: passage.id, text, caret: 0, baseRevision: saved.revision }),
      ).rejects.toMatchObject({ ...storage(/full|failed/), defined: true });
      expect(await client.story.passage({ passageId: passage.id })).toMatchObject({
        text: "Kept.",
        revision: saved.revision,
      });
      await rm(join(disk, "ballast"));
      const events = await collect(await client.story.generate({ passageId: passage.id, prompt: "Go on" }));
      expect(events.at(-1)).toMatchObject({ type: "done" });
    } finally {
      await close();
      await backend.close();
      await server.close();
      execFileSync("umount", ["-l", disk]);
    }
  },
);
