import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Progress } from "../../../src/main/suites/progress.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("tells the first move at once and a burst of moves as one", async () => {
  const emittedAtMs: number[] = [];
  const beganAtMs = Date.now();
  const progress = new Progress(50, async () => void emittedAtMs.push(Date.now() - beganAtMs));
  for (let move = 0; move < 30; move += 1) {
    progress.changed();
    await vi.advanceTimersByTimeAsync(5);
  }
  await progress.end();
  expect(emittedAtMs).toEqual([0, 50, 100, 150]);
});

test("after its end nothing is told, and no timer is waited for", async () => {
  let emitted = 0;
  const progress = new Progress(600_000, async () => void (emitted += 1));
  progress.changed();
  await vi.advanceTimersByTimeAsync(5);
  progress.changed();
  await progress.end();
  progress.changed();
  expect(vi.getTimerCount()).toBe(0);
  await vi.advanceTimersByTimeAsync(1_200_000);
  expect(emitted).toBe(1);
});

test("what telling throws is thrown by the end", async () => {
  const progress = new Progress(1, async () => {
    throw new Error("disk");
  });
  progress.changed();
  await expect(progress.end()).rejects.toThrow("disk");
});
