import { expect, test } from "vitest";
import { WakeUp } from "../../../src/main/base/wake-up.ts";

test("wakes all that wait", async () => {
  const woken = new WakeUp();
  expect(woken.isAwaited).toBe(false);
  const waiting = Promise.all([woken.wait(), woken.wait()]);
  expect(woken.isAwaited).toBe(true);
  woken.wake();
  await waiting;
  expect(woken.isAwaited).toBe(false);
});

test("keeps one wake-up for the next wait, however often it was woken", async () => {
  const woken = new WakeUp();
  woken.wake();
  woken.wake();
  await woken.wait();
  const next = woken.wait();
  expect(woken.isAwaited).toBe(true);
  woken.wake();
  await next;
});

test("a wake-up that somebody waited for is not kept for the next wait", async () => {
  const woken = new WakeUp(true);
  await woken.wait();
  const waiting = woken.wait();
  woken.wake();
  await waiting;
  void woken.wait();
  expect(woken.isAwaited).toBe(true);
});

test("forgets the wake-up about what is looked at now", () => {
  const woken = new WakeUp(true);
  woken.clear();
  void woken.wait();
  expect(woken.isAwaited).toBe(true);
});
