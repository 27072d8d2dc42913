import { readFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";

/**
 * Bytes that can be taken before this machine, or the container this runs in, has to swap or kill. What the kernel would give
 * back by itself (caches of files) counts as free; files that this process has mapped do not, for they are in use.
 */
export async function freeMemoryBytes(): Promise<number> {
  if (process.platform !== "linux") return process.availableMemory();
  const [machine, container, mapped] = await Promise.all([machineFree(), containerFree(), mappedHere()]);
  return Math.max(0, Math.min(machine, container) - mapped);
}

async function machineFree(): Promise<number> {
  return kilobytesOf(await readFile("/proc/meminfo", "utf8"), "MemAvailable") ?? process.availableMemory();
}

async function mappedHere(): Promise<number> {
  return kilobytesOf(await readFile("/proc/self/status", "utf8"), "RssFile") ?? 0;
}

/** The tightest limit of the control groups this process is in, less what they use; Infinity where none is set. */
async function containerFree(): Promise<number> {
  const membership = await readFile("/proc/self/cgroup", "utf8").catch(() => "");
  const freeByteCounts = await Promise.all(memoryGroups(membership).map(freeBytesIn));
  return Math.min(Number.POSITIVE_INFINITY, ...freeByteCounts);
}

interface MemoryGroup {
  readonly directory: string;
  readonly version: 1 | 2;
}

/** A process's groups and all above them, where a limit may be set too; inside a container the own one is the root. */
export function memoryGroups(membership: string): MemoryGroup[] {
  const groups: MemoryGroup[] = [];
  for (const line of membership.split("\n")) {
    const [, hierarchy, controllers, path] = /^(\d+):([^:]*):(\/.*)$/.exec(line) ?? [];
    const version = hierarchy === "0" ? 2 : controllers?.split(",").includes("memory") === true ? 1 : null;
    if (path === undefined || version === null) continue;
    const root = version === 2 ? "/sys/fs/cgroup" : "/sys/fs/cgroup/memory";
    const parts = path.split("/").filter((part) => part !== "" && part !== "..");
    for (let length = parts.length; length >= 0; length -= 1)
      groups.push({ directory: join(root, ...parts.slice(0, length)), version });
  }
  return groups;
}

async function freeBytesIn({ directory, version }: MemoryGroup): Promise<number> {
  const read = (name: string): Promise<string> => readFile(join(directory, name), "utf8");
  try {
    const [limit, used, statistics] = await Promise.all(
      version === 2
        ? [read("memory.max"), read("memory.current"), read("memory.stat")]
        : [read("memory.limit_in_bytes"), read("memory.usage_in_bytes"), read("memory.stat")],
    );
    return groupFreeBytes(limit, used, statistics);
  } catch {
    return Number.POSITIVE_INFINITY; // no limit is set there, or the group is not ours to see
  }
}

/** What a group may still take, from its limit, its use and its statistics as the kernel writes them. */
export function groupFreeBytes(limit: string, used: string, statistics: string): number {
  if (limit.trim() === "max") return Number.POSITIVE_INFINITY;
  const counted = (name: string): number | undefined => {
    const found = new RegExp(`^${name} (\\d+)$`, "m").exec(statistics)?.[1];
    return found === undefined ? undefined : Number(found);
  };
  // Version 1 counts the group alone under the plain names, and with its children under `total_`.
  const cached = ["inactive_file", "active_file"].map((name) => counted(`total_${name}`) ?? counted(name) ?? 0);
  const freeBytes = Number(limit) - Number(used) + cached.reduce((sum, bytes) => sum + bytes, 0);
  return Number.isNaN(freeBytes) ? Number.POSITIVE_INFINITY : Math.max(0, freeBytes);
}

function kilobytesOf(text: string, name: string): number | null {
  const found = new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(text)?.[1];
  return found === undefined ? null : Number(found) * 1024;
}
