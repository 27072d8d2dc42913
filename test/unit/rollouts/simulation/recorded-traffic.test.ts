import { expect, test } from "vitest";
import { pastCallOf } from "../../../../src/main/rollouts/simulator/recorded-traffic.ts";

const call = {
  startedAtMs: 7,
  session: "a",
  outcome: "completed",
  severity: "none",
  completionTokens: 10,
  textBytes: 40,
  loadMs: null,
  decodeMs: 200,
  firstTokenMs: 100,
  totalMs: 320,
  byItsArm: true,
} as const;

test("a recorded call is counted as a rollout counts it", () => {
  const common = { atMs: 7, session: "a", error: false, violation: false, held: false };
  expect(pastCallOf(call)).toEqual({ ...common, msPerToken: 20, tokens: 10, firstTokenMs: 100 });
  expect(pastCallOf({ ...call, decodeMs: null })).toMatchObject({ msPerToken: 220 / 9 });
  expect(pastCallOf({ ...call, outcome: "held", severity: "high" })).toEqual({
    ...common,
    tokens: 10,
    firstTokenMs: 100,
    violation: true,
    held: true,
  });
  const nothing = { completionTokens: null, decodeMs: null, firstTokenMs: null };
  expect(pastCallOf({ ...call, ...nothing, outcome: "failed" })).toEqual({ ...common, error: true });
  // What another version of the chain had to answer is a failure of this one, however long that took.
  expect(pastCallOf({ ...call, byItsArm: false })).toEqual({ ...common, error: true });
  expect(pastCallOf({ ...call, loadMs: 60 })).toEqual({ ...common, msPerToken: 20, tokens: 10, firstTokenMs: 40 });
});
