import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { drillMs } from "../../../src/main/host/drill-option.ts";
import { Assignments } from "../../../src/main/registry/assignments.ts";
import { RegistryDrill } from "../../../src/main/registry/drill.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function create(forMs: number | null) {
  let reads = 0;
  const source = {
    liveAssignments: async () => {
      reads += 1;
      return [{ useCase: "story_generation", version: null, fallbacks: [], defaults: {} }];
    },
  };
  const drill = new RegistryDrill({ source, nowMs: Date.now, forMs });
  const assignments = new Assignments({ source: drill, changes: { announce: () => {} }, nowMs: Date.now });
  return { drill, assignments, reads: () => reads };
}

test("a drill makes the registry unreadable for its time, calls go on by what was read before, and then it is read again", async () => {
  vi.setSystemTime(0);
  const { drill, assignments, reads } = create(30_000);
  let over = false;
  void drill.run(assignments).then(() => (over = true));
  await vi.advanceTimersByTimeAsync(10_000);
  expect(drill.untilMs).toBe(30_000);
  expect(await assignments.resolve("story_generation")).toMatchObject({ stale: true });
  await assignments.refresh("broadcast");
  expect(assignments.reading).toEqual({ readAtMs: 0, by: "period", unreadableSinceMs: 0 });
  expect(reads()).toBe(1);
  await vi.advanceTimersByTimeAsync(20_000);
  expect(over).toBe(true);
  expect(drill.untilMs).toBeNull();
  expect(assignments.reading).toEqual({ readAtMs: 30_000, by: "period", unreadableSinceMs: null });
  assignments.close();
});

test("without a drill asked for, none is ever on", async () => {
  const { drill, assignments } = create(null);
  await drill.run(assignments);
  expect(drill.untilMs).toBeNull();
  expect(await assignments.resolve("story_generation")).toMatchObject({ stale: false });
  assignments.close();
});

test("--drill takes registry, with or without seconds, and refuses the rest by name", () => {
  expect(drillMs(undefined)).toBeUndefined();
  expect(drillMs("registry")).toBe(300_000);
  expect(drillMs("registry:90")).toBe(90_000);
  for (const value of ["", "disk", "registry:", "registry:0", "registry:-1", "registry:1e3", "registry:99999"])
    expect(() => drillMs(value)).toThrow(
      expect.objectContaining({ data: expect.objectContaining({ field: "--drill", value }) }),
    );
});
