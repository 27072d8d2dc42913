import { copyFileSync, existsSync, readFileSync, readdirSync, renameSync, rmSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import Sqlite from "better-sqlite3";
import { DatabasePool } from "../../src/main/db/pool.ts";
import { databaseWorker } from "../kit/backend.ts";

let directory: string;
let pool: DatabasePool;
const at = (name: string) => join(directory, name);
const path = () => at("taleward.db");

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "taleward-files-"));
  pool = await DatabasePool.open(databaseWorker, directory);
});
afterEach(async () => {
  await pool.close();
  await rm(directory, { recursive: true, force: true });
});

const save = (title: string) => pool.write("putSetting", { key: title, value: title });
const saved = (file: string): string[] => {
  const db = new Sqlite(file, { readonly: true });
  const rows = db.prepare("SELECT key FROM settings ORDER BY key").pluck().all();
  db.close();
  return rows as string[]; // of a column of texts
};
const refusal = (message: RegExp, remedy: RegExp) => ({
  code: "STORAGE",
  message: expect.stringMatching(message),
  data: { field: "dataDirectory", value: directory, remedy: expect.stringMatching(remedy) },
});

test("a database deleted under a running host is noticed: nothing is acknowledged after it, and all before is in a rescued file", async () => {
  await save("before");
  rmSync(path());
  await expect(save("after")).rejects.toMatchObject(refusal(/deleted or moved/, /rename taleward-rescued\.db/));
  expect(saved(at("taleward-rescued.db"))).toEqual(["before"]);
  await expect(save("later")).rejects.toMatchObject(refusal(/Nothing more is saved/, /Put it back/));
  expect(readdirSync(directory).filter((name) => name.startsWith("taleward-rescued"))).toHaveLength(1);
});

test("a database moved away and put back goes on, and has everything that was acknowledged", async () => {
  await save("before");
  renameSync(path(), at("elsewhere.db"));
  await expect(save("meanwhile")).rejects.toMatchObject(refusal(/deleted or moved/, /Put it back/));
  renameSync(at("elsewhere.db"), path());
  await save("after");
  await pool.close();
  expect(saved(path())).toEqual(["after", "before"]);
});

test("a database replaced by a backup is noticed, and the backup is left as it is", async () => {
  await save("in the backup");
  await pool.close();
  copyFileSync(path(), at("backup.db"));
  pool = await DatabasePool.open(databaseWorker, directory);
  await save("before");
  copyFileSync(at("backup.db"), at("incoming.db"));
  renameSync(at("incoming.db"), path());
  await expect(save("after")).rejects.toMatchObject(refusal(/replaced by another file/, /taleward-rescued\.db/));
  await pool.close();
  expect(readFileSync(path())).toEqual(readFileSync(at("backup.db")));
  expect(saved(at("taleward-rescued.db"))).toEqual(["before", "in the backup"]);
});

test("a database overwritten in place is noticed without a save, and what was put there is never mixed with what was there", async () => {
  await save("in the backup");
  await pool.close();
  copyFileSync(path(), at("backup.db"));
  pool = await DatabasePool.open(databaseWorker, directory);
  await save("before");
  copyFileSync(at("backup.db"), path());
  await expect
    .poll(() => save("after").then(String, ({ message }: Error) => message))
    .toMatch(/has written into .*taleward\.db while Taleward had it open/);
  await pool.close();
  expect(readFileSync(path())).toEqual(readFileSync(at("backup.db")));
  expect(existsSync(at("taleward-last-changes.wal"))).toBe(true);
});

test("a deleted write-ahead log is noticed, and what was acknowledged is in the database", async () => {
  await save("before");
  rmSync(at("taleward.db-wal"));
  await expect(save("after")).rejects.toMatchObject(refusal(/taleward\.db-wal was deleted/, /start it again/));
  await pool.close();
  expect(saved(path())).toEqual(["before"]);
});

test("garbage in the lock's file names that file, and leaves it and the database as they are", async () => {
  await pool.close();
  await writeFile(at("taleward.lock"), "no lock at all. ".repeat(64));
  await expect(DatabasePool.open(databaseWorker, directory)).rejects.toMatchObject({
    code: "STORAGE",
    message: expect.stringContaining(`${at("taleward.lock")} is not the lock`),
    data: { field: "dataDirectory", value: directory, remedy: expect.stringContaining("Delete that file") },
  });
  expect(readFileSync(at("taleward.lock"), "utf8")).toMatch(/^no lock/);
  rmSync(at("taleward.lock"));
  pool = await DatabasePool.open(databaseWorker, directory);
});

test("a database that another program keeps locked is said as such, without a stack", async () => {
  const other = new Sqlite(path(), { timeout: 0 });
  try {
    other.exec("BEGIN IMMEDIATE");
    const refused = await save("while locked").catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: "STORAGE", message: expect.stringMatching(/Another program holds/) });
    expect(String(refused)).not.toMatch(/ at |SqliteError/);
  } finally {
    other.close();
  }
  await save("after");
});

test("a writer thread that dies is started again: what was acknowledged is there, and what was not is said", async () => {
  await pool.close();
  vi.spyOn(console, "error").mockImplementation(() => {});
  pool = await DatabasePool.open(new URL("mortal-writer.ts", import.meta.url), directory);
  await save("before");
  await expect(save("the end of the thread")).rejects.toMatchObject({
    code: "STORAGE",
    message: expect.stringMatching(/may not be saved/),
    data: { remedy: expect.stringMatching(/do it again/) },
  });
  await Promise.all([save("after"), save("and after")]);
  await pool.close();
  expect(saved(path())).toEqual(["after", "and after", "before"]);
});
