import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { writeFileAtomic, writeFileAtomicSync } from "../../../src/main/base/write-file-atomic.ts";

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "taleward-atomic-"))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const writers = [
  ["asynchronously", writeFileAtomic],
  ["at once", async (...args: Parameters<typeof writeFileAtomicSync>) => writeFileAtomicSync(...args)],
] as const;

test.each(writers)(
  "puts a file in place whole, for its owner alone, and leaves nothing beside it (%s)",
  async (_how, write) => {
    const file = join(folder, "state.json");
    writeFileSync(file, "the old one, which is longer");
    chmodSync(file, 0o644);
    await write(file, "new");
    expect(readFileSync(file, "utf8")).toBe("new");
    expect(readdirSync(folder)).toEqual(["state.json"]);
    expect(statSync(file).mode & 0o077).toBe(process.platform === "win32" ? expect.anything() : 0);
  },
);

test.each(writers)("leaves the old file and nothing else where it cannot be put in place (%s)", async (_how, write) => {
  const taken = join(folder, "taken");
  mkdirSync(join(taken, "inside"), { recursive: true });
  await expect(write(taken, "new")).rejects.toThrow();
  expect(readdirSync(folder)).toEqual(["taken"]);
  expect(readdirSync(taken)).toEqual(["inside"]);
});

test.each(writers)("many writes at once leave one of them, never a mixture (%s)", async (_how, write) => {
  const file = join(folder, "state.json");
  const texts = Array.from({ length: 20 }, (_, index) => String(index).repeat(10_000));
  await Promise.all(texts.map((text) => write(file, text)));
  expect(texts).toContain(readFileSync(file, "utf8"));
  expect(readdirSync(folder)).toEqual(["state.json"]);
});
