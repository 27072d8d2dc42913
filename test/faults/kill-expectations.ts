import { expect } from "vitest";
import { broadcastThroughKills } from "./coordination-kills.ts";
import { killRollouts } from "./rollouts-kills.ts";

/**
 * Rollouts that were killed so many times kept every promise, and there was enough that could have broken one. A pause is
 * promised to keep its time to a second, which takes a machine that does nothing else.
 */
export async function expectRolloutsToOutliveKills(kills: number, seed: number, pauseErrorMs: number): Promise<void> {
  const { problems, pauseErrorsMs, pausesOnWatch, answered, interrupted } = await killRollouts(kills, seed);
  expect(problems).toEqual({
    lost: [],
    routedTwice: [],
    changedArm: [],
    misrouted: [],
    weightsAmiss: [],
    stepsAmiss: [],
    endedEarly: [],
    afterAbort: [],
  });
  expect(Math.max(...pauseErrorsMs)).toBeLessThanOrEqual(pauseErrorMs);
  expect(pauseErrorsMs.length).toBeGreaterThan((kills + 1) / 10);
  expect(pausesOnWatch).toBeGreaterThan(0);
  expect(answered).toBeGreaterThan(kills + 1);
  expect(interrupted).toBeGreaterThan(0);
}

/** Every subscriber did every update once, in order, though hosts were killed so many times and some of them failed. */
export async function expectDeliveredThroughKills(kills: number, seed: number): Promise<void> {
  const { missed, again, disordered, updates, requests, maxAtOnce } = await broadcastThroughKills(kills, seed);
  expect({ missed, again, disordered }).toEqual({ missed: [], again: [], disordered: [] });
  expect(requests).toBeGreaterThan(updates); // the faults did happen
  expect(maxAtOnce).toBe(1);
}
