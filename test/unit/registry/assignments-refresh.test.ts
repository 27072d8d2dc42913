import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { modelId, versionId } from "../../../src/shared/contract/ids.ts";
import type { ModelVersion } from "../../../src/shared/contract/registry.ts";
import { Assignments } from "../../../src/main/registry/assignments.ts";

const first = version("019ab000-0000-7000-8000-000000000001", "1");
const second = version("019ab000-0000-7000-8000-000000000002", "2");

let live = first;
let readable = true;
let reads = 0;
let staleChanges = 0;

beforeEach(() => {
  vi.useFakeTimers();
  [live, readable, reads, staleChanges] = [first, true, 0, 0];
});
afterEach(() => void vi.useRealTimers());

function create(): Assignments {
  return new Assignments({
    source: {
      liveAssignments: async () => {
        reads += 1;
        if (!readable) throw new Error("the registry cannot be read");
        return [
          { useCase: "story_generation", version: live, fallbacks: [other(live)], defaults: { seed: 7 } },
          { useCase: "coordination_layer", version: null, fallbacks: [], defaults: {} },
        ];
      },
    },
    changes: { announce: () => void (staleChanges += 1) },
    nowMs: Date.now,
  });
}

test("an update reaches a service at its first use", async () => {
  const assignments = create();
  expect(reads).toBe(0);
  expect(await assignments.resolve("story_generation")).toEqual({ ...asAssigned(first), stale: false });
  expect(await assignments.resolve("story_generation")).toEqual({ ...asAssigned(first), stale: false });
  expect(reads).toBe(1);
  assignments.close();
});

test("an update reaches a service when it is broadcast", async () => {
  const assignments = create();
  await assignments.resolve("story_generation");
  live = second;
  await assignments.refresh("broadcast");
  expect(await assignments.resolve("story_generation")).toEqual({ ...asAssigned(second), stale: false });
  assignments.close();
});

test("an update reaches a service within a minute when nobody tells it", async () => {
  const assignments = create();
  await assignments.resolve("story_generation");
  live = second;
  await vi.advanceTimersByTimeAsync(59_999);
  expect((await assignments.resolve("story_generation"))?.version).toEqual(first);
  await vi.advanceTimersByTimeAsync(1);
  expect((await assignments.resolve("story_generation"))?.version).toEqual(second);
  assignments.close();
});

test("an update told while a reading is under way is not missed", async () => {
  const assignments = create();
  const resolving = assignments.resolve("story_generation");
  live = second;
  await Promise.all([resolving, assignments.refresh("broadcast")]);
  expect((await assignments.resolve("story_generation"))?.version).toEqual(second);
  assignments.close();
});

test("the last known good assignment stays, marked stale, while the registry cannot be read", async () => {
  const assignments = create();
  await assignments.resolve("story_generation");
  readable = false;
  await assignments.refresh("broadcast");
  expect(await assignments.resolve("story_generation")).toEqual({ ...asAssigned(first), stale: true });
  expect(staleChanges).toBe(1);
  readable = true;
  await assignments.refresh("broadcast");
  expect(await assignments.resolve("story_generation")).toEqual({ ...asAssigned(first), stale: false });
  expect(staleChanges).toBe(2);
  assignments.close();
});

test("says when they were last read, what for, and since when they cannot be", async () => {
  vi.setSystemTime(1_000_000);
  const assignments = create();
  expect(assignments.reading).toEqual({ readAtMs: null, by: null, unreadableSinceMs: null });
  await assignments.resolve("story_generation");
  expect(assignments.reading).toEqual({ readAtMs: 1_000_000, by: "first_use", unreadableSinceMs: null });
  vi.setSystemTime(1_001_000);
  await assignments.refresh("broadcast");
  expect(assignments.reading).toEqual({ readAtMs: 1_001_000, by: "broadcast", unreadableSinceMs: null });
  await vi.advanceTimersByTimeAsync(60_000);
  const { readAtMs } = assignments.reading;
  expect(assignments.reading).toEqual({ readAtMs, by: "period", unreadableSinceMs: null });
  readable = false;
  vi.setSystemTime(1_100_000);
  await assignments.refresh("broadcast");
  vi.setSystemTime(1_200_000);
  await assignments.refresh("broadcast");
  expect(assignments.reading).toEqual({ readAtMs, by: "period", unreadableSinceMs: 1_100_000 });
  assignments.close();
});

test("tells why when the registry was never readable, and recovers at the next use", async () => {
  const assignments = create();
  readable = false;
  await expect(assignments.resolve("story_generation")).rejects.toThrow("the registry cannot be read");
  readable = true;
  expect((await assignments.resolve("story_generation"))?.version).toEqual(first);
  assignments.close();
});

test("tells a use case that does not exist from one that nothing is assigned to", async () => {
  const assignments = create();
  expect(await assignments.resolve("coordination_layer")).toEqual({
    version: null,
    fallbacks: [],
    defaults: {},
    stale: false,
  });
  expect(await assignments.resolve("poetry")).toBeUndefined();
  assignments.close();
});

function version(id: string, label: string): ModelVersion {
  return {
    id: versionId.parse(id),
    modelId: modelId.parse("019ab000-0000-7000-8000-00000000000a"),
    model: "smollm2",
    modelType: "self_hosted",
    provider: "ollama",
    version: label,
    status: "active",
    digest: null,
    configuration: {},
    createdAtMs: 1,
    assignedTo: [],
    tags: [],
    aliases: [],
    note: "",
    drift: null,
  };
}

function other(version: ModelVersion): ModelVersion {
  return version === first ? second : first;
}

function asAssigned(version: ModelVersion) {
  return { version, fallbacks: [other(version)], defaults: { seed: 7 } };
}
