import { totalmem } from "node:os";
import { expect, test } from "vitest";
import {
  freeMemoryBytes,
  groupFreeBytes,
  memoryGroups,
} from "../../../../src/main/inference/providers/embedded/free-memory.ts";

const statistics = "anon 1000\nfile 900\ninactive_file 300\nactive_file 200\nunevictable 0\n";

test("what this machine has free is some of what it has", async () => {
  const free = await freeMemoryBytes();
  expect(free).toBeGreaterThan(0);
  expect(free).toBeLessThan(totalmem());
});

test("a container's limit counts, and caches of files in it as free", () => {
  expect(groupFreeBytes("5000\n", "2000\n", statistics)).toBe(3_500);
  expect(groupFreeBytes("5000", "2000", `${statistics}total_inactive_file 700\ntotal_active_file 100\n`)).toBe(3_800);
});

test("a container that is over its limit has nothing free, and one without a limit as much as the machine", () => {
  expect(groupFreeBytes("1000", "9000", statistics)).toBe(0);
  expect(groupFreeBytes("max\n", "2000", statistics)).toBe(Number.POSITIVE_INFINITY);
  expect(groupFreeBytes("what", "2000", statistics)).toBe(Number.POSITIVE_INFINITY);
});

test("the limits of all groups above count, in both versions", () => {
  expect(memoryGroups("4:memory:/a/b\n3:cpuset:/\n0::/c\n")).toEqual([
    { directory: "/sys/fs/cgroup/memory/a/b", version: 1 },
    { directory: "/sys/fs/cgroup/memory/a", version: 1 },
    { directory: "/sys/fs/cgroup/memory", version: 1 },
    { directory: "/sys/fs/cgroup/c", version: 2 },
    { directory: "/sys/fs/cgroup", version: 2 },
  ]);
  expect(memoryGroups("0::/../../x")).toEqual([
    { directory: "/sys/fs/cgroup/x", version: 2 },
    { directory: "/sys/fs/cgroup", version: 2 },
  ]);
  expect(memoryGroups("")).toEqual([]);
});
