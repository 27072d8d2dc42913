import { beforeEach, expect, test } from "vitest";
import { Cooldowns } from "../../../src/main/inference/cooldowns.ts";

let nowMs = 0;
let cooldowns: Cooldowns;
beforeEach(() => {
  nowMs = 1_000;
  cooldowns = new Cooldowns(() => nowMs);
});
const fail = (times: number, unreachable = false) => {
  for (let time = 0; time < times; time += 1) cooldowns.failed("a", "it failed", unreachable);
};

test("two failures in a row change nothing, a third leaves the endpoint alone for 5 s, and others are not touched", () => {
  fail(2);
  expect(cooldowns.isOpen("a")).toBe(true);
  fail(1);
  expect([cooldowns.isOpen("a"), cooldowns.isOpen("b"), cooldowns.remainingMs("a")]).toEqual([false, true, 5_000]);
  expect(cooldowns.lastError("a")).toBe("it failed");
});

test("a success between failures starts the count anew", () => {
  fail(2);
  cooldowns.succeeded("a");
  fail(2);
  expect(cooldowns.isOpen("a")).toBe(true);
});

test("when its time is up one call at a time probes it, and its success ends the cooling", () => {
  fail(3);
  nowMs += 5_000;
  expect(cooldowns.isOpen("a")).toBe(true);
  cooldowns.began("a");
  expect(cooldowns.isOpen("a")).toBe(false);
  cooldowns.succeeded("a");
  expect([cooldowns.isOpen("a"), cooldowns.remainingMs("a"), cooldowns.lastError("a")]).toEqual([true, null, null]);
});

test("a probe that fails doubles the time, up to five minutes", () => {
  fail(3);
  const waits = [];
  for (let probe = 0; probe < 8; probe += 1) {
    nowMs += cooldowns.remainingMs("a") ?? 0;
    cooldowns.began("a");
    fail(1);
    waits.push(cooldowns.remainingMs("a"));
  }
  expect(waits).toEqual([10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000, 300_000]);
});

test("a server seen to answer is called again if it could not be reached before, and not if it failed in other ways", () => {
  fail(3, true);
  cooldowns.answered("a");
  expect(cooldowns.isOpen("a")).toBe(true);
  fail(3);
  cooldowns.answered("a");
  expect(cooldowns.isOpen("a")).toBe(false);
});

test("a probe that was stopped lets the next call probe", () => {
  fail(3);
  nowMs += 5_000;
  cooldowns.began("a");
  cooldowns.abstained("a");
  expect(cooldowns.isOpen("a")).toBe(true);
});
