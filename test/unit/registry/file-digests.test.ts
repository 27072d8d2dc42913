import { createHash } from "node:crypto";
import { mkdtemp, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { DatabasePool } from "../../../src/main/db/pool.ts";
import { FileDigests } from "../../../src/main/registry/file-digests.ts";
import { databaseWorker } from "../../kit/backend.ts";

const never = new AbortController().signal;
/** Six parts, so that something can happen between them. */
const large = 3_000_000;

let home: string;
let directory: string;
let database: DatabasePool;
let digests: FileDigests;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "taleward-digests-"));
  database = await DatabasePool.open(databaseWorker, home);
});
afterAll(async () => {
  await database.close();
  await rm(home, { recursive: true, force: true });
});
beforeEach(async () => {
  directory = await mkdtemp(join(home, "files-"));
  digests = new FileDigests(database);
});
afterEach(async () => {
  vi.restoreAllMocks();
  await digests.close();
});

async function file(name: string, bytes = large): Promise<string> {
  const path = join(directory, name);
  await writeFile(path, Buffer.alloc(bytes, name));
  return path;
}

const digestOf = (name: string, bytes = large) =>
  `sha256:${createHash("sha256").update(Buffer.alloc(bytes, name)).digest("hex")}`;

test("the digest is that of the content, and how far it has come is told to the end", async () => {
  const path = await file("a");
  const received: number[] = [];
  expect(await digests.now(path, never, (bytesDone, bytesTotal) => void received.push(bytesDone / bytesTotal))).toBe(
    digestOf("a"),
  );
  expect(received.at(-1)).toBe(1);
  expect(received.length).toBeGreaterThan(2);
  expect(received).toEqual([...received].sort((left, right) => left - right));
});

test("what is waited for is read before what nobody waits for, although that was begun", async () => {
  const [behind, queued, wanted] = [await file("behind"), await file("queued"), await file("wanted")];
  vi.spyOn(database, "read").mockResolvedValue(null); // nobody is ahead for having been answered first
  const order: string[] = [];
  const done = (name: string) => () => order.push(name);
  const background = [digests.later(behind).then(done("behind")), digests.later(queued).then(done("queued"))];
  await digests.now(wanted, never).then(done("wanted"));
  await Promise.all(background);
  expect(order).toEqual(["wanted", "behind", "queued"]);
});

test("one that was begun behind others is waited for like any other", async () => {
  const path = await file("a");
  const behind = digests.later(path);
  expect(await digests.now(path, never)).toBe(digestOf("a"));
  expect(await behind).toBe(digestOf("a"));
});

test("cancelling stops the reading, remembers nothing, and a later one begins afresh", async () => {
  const path = await file("a");
  const stop = new AbortController();
  let parts = 0;
  const reading = digests.now(path, stop.signal, () => {
    parts += 1;
    if (parts === 2) stop.abort(new Error("cancelled"));
  });
  await expect(reading).rejects.toThrow("cancelled");
  expect(parts).toBe(2);
  expect(await digests.known(path)).toBeNull();
  expect(await digests.now(path, never)).toBe(digestOf("a"));
});

test("one of two who cancels leaves the other the reading", async () => {
  const path = await file("a");
  const stop = new AbortController();
  const cancelled = digests.now(path, stop.signal, () => stop.abort(new Error("cancelled")));
  const other = digests.now(path, never);
  await expect(cancelled).rejects.toThrow("cancelled");
  expect(await other).toBe(digestOf("a"));
});

test("another size than the content had is told without reading, and no size tells of a content never seen", async () => {
  const path = await file("a");
  const digest = await digests.later(path);
  expect(await digests.hasOtherSize(path, digest)).toBe(false);
  await file("a", large - 1);
  expect(await digests.hasOtherSize(path, digest)).toBe(true);
  expect(await digests.hasOtherSize(path, digestOf("b"))).toBe(false);
});

test("a file put in the place of one that was known is found by what another process remembered of it", async () => {
  const path = await file("a");
  await digests.later(path);
  await file("a", 10);
  await utimes(path, 1, 1);
  const elsewhere = new FileDigests(database);
  await elsewhere.later(path);
  expect(await digests.known(path)).toBe(digestOf("a", 10));
  await elsewhere.close();
});

test("closing stops what is read and what waits its turn", async () => {
  const [read, queued, wanted] = [await file("a"), await file("b"), await file("c")];
  const reading = [digests.later(read), digests.later(queued), digests.now(wanted, never)];
  const ended = Promise.allSettled(reading);
  await digests.close();
  expect((await ended).map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
});
