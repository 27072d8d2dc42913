import { execFileSync, spawnSync } from "node:child_process";
import { chmod, mkdir, mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { startBackend } from "../kit/backend.ts";
import { entry } from "../kit/built.ts";

let parent: string;
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), "taleward-private-"));
});
afterEach(() => rm(parent, { recursive: true, force: true }));

const modeOf = async (path: string) => ((await stat(path)).mode & 0o777).toString(8);

describe.skipIf(process.platform === "win32")("another account on this machine", () => {
  const modesWhileOpen = async (dataDirectory: string) => {
    const backend = await startBackend({ dataDirectory });
    try {
      const names = (await readdir(dataDirectory)).filter((name) => name.startsWith("taleward."));
      expect(names).toEqual(expect.arrayContaining(["taleward.db", "taleward.db-wal", "taleward.lock"]));
      return {
        folder: await modeOf(dataDirectory),
        files: [...new Set(await Promise.all(names.map((name) => modeOf(join(dataDirectory, name)))))],
      };
    } finally {
      await backend.close();
    }
  };

  test("reads nothing of a new data folder, and cannot hold its lock", async () => {
    const before = process.umask(0o022);
    try {
      expect(await modesWhileOpen(join(parent, "deep", "data"))).toEqual({ folder: "700", files: ["600"] });
    } finally {
      process.umask(before);
    }
  });

  test("is shut out of a folder from before, whose files everybody could read", async () => {
    const directory = join(parent, "data");
    await (await startBackend({ dataDirectory: directory })).close();
    await chmod(directory, 0o755);
    for (const name of await readdir(directory)) await chmod(join(directory, name), 0o644).catch(() => {});
    expect(await modesWhileOpen(directory)).toEqual({ folder: "700", files: ["600"] });
  });

  test("keeps its way into a folder that holds other things, but not into ours", async () => {
    await chmod(parent, 0o755);
    await writeFile(join(parent, "letter.txt"), "Dear Ada");
    expect(await modesWhileOpen(parent)).toEqual({ folder: "755", files: ["600"] });
    expect(await modeOf(join(parent, "letter.txt"))).not.toBe("600");
  });
});

const isRoot = process.platform === "linux" && process.getuid?.() === 0;
test.skipIf(!isRoot)(
  "a folder on a read-only disk is said in words by every host (needs root on Linux)",
  async () => {
    const disk = join(parent, "disk");
    await mkdir(disk);
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=3m", "tmpfs", disk]);
    try {
      await (await startBackend({ dataDirectory: join(disk, "used") })).close();
      execFileSync("mount", ["-o", "remount,ro", disk]);
      for (const folder of ["used", "new"])
        for (const [host, ...args] of [["headless"], ["cli", "models", "list"]] as const) {
          const dataDirectory = join(disk, folder);
          const { status, stdout, stderr } = spawnSync(
            process.execPath,
            [fileURLToPath(entry(host)), ...args, "--data-dir", dataDirectory],
            { encoding: "utf8", timeout: 60_000 },
          );
          expect({ host, folder, status, stdout }).toEqual({ host, folder, status: 1, stdout: "" });
          expect(stderr).toContain(disk);
          expect(stderr).toMatch(/with another by --data-dir\.\n$/);
          expect(stderr.trim().split("\n")).toHaveLength(1);
        }
    } finally {
      execFileSync("umount", [disk]);
    }
  },
  120_000,
);
