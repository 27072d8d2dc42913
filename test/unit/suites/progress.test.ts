import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { Progress } from "../../../src/main/suites/progress.ts";

test("tells the first move at once and a burst of moves as one", async () => {
  const toldAtMs: number[] = [];
  const progress = new Progress(50, async () => void toldAtMs.push(performance.now()));
  for (let move = 0; move < 30; move += 1) {
    progress.moved();
    await sleep(5);
  }
  await progress.end();
  expect(toldAtMs.length).toBeGreaterThanOrEqual(2);
  const gaps = toldAtMs.slice(1).map((atMs, index) => atMs - (toldAtMs[index] ?? 0));
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(49);
});

test("after its end nothing is told, and no timer is waited for", async () => {
  let told = 0;
  const progress = new Progress(600_000, async () => void (told += 1));
  progress.moved();
  await sleep(5);
  progress.moved();
  await progress.end();
  progress.moved();
  await sleep(5);
  expect(told).toBe(1);
});

test("what telling throws is thrown by the end", async () => {
  const progress = new Progress(1, async () => {
    throw new Error("disk");
  });
  progress.moved();
  await expect(progress.end()).rejects.toThrow("disk");
});
