import fc from "fast-check";
import { expect } from "vitest";
import { decide } from "../../../../src/main/rollouts/decision/decide.ts";
import type { RolloutFacts } from "../../../../src/main/rollouts/decision/rollout-facts.ts";
import { initialStatus, isActive } from "../../../../src/main/rollouts/decision/rollout-status.ts";
import { rolloutPlan, type RolloutPlan } from "../../../../src/shared/contract/rollout-plan.ts";
import {
  rolloutCommand,
  type RolloutCommand,
  type RolloutStatus,
} from "../../../../src/shared/contract/rollout-status.ts";
import { stepsOf } from "../../../../src/shared/rollout-labels.ts";
import { calm } from "../../../kit/calm-facts.ts";
import { ada } from "../../../kit/actors.ts";
import { canary, minuteMs, suiteGate } from "./driven-rollout.ts";

interface Turn {
  readonly asked?: RolloutCommand;
  readonly facts?: Partial<RolloutFacts>;
  readonly spanMs?: number;
}

export const histories: fc.Arbitrary<Turn[]> = fc.array(
  fc.oneof(
    fc.record({ asked: fc.constantFrom(...rolloutCommand.options) }),
    fc.record({ spanMs: fc.integer({ min: -10 * minuteMs, max: 30 * minuteMs }) }),
    fc.record({
      facts: fc.oneof(
        fc.record({ units: fc.record({ stable: fc.nat(200), candidate: fc.nat(200) }) }),
        fc.record({ evidence: fc.constantFrom(0.1, 1, 19, 20, 500) }),
        fc.record({ sampleRatio: fc.constantFrom(1, 999, 1_001) }),
        fc.record({ shadowEvidence: fc.constantFrom(1, 19, 20) }),
        fc.record({ errors: fc.nat(4) }),
        fc.record({ held: fc.nat(2) }),
        fc.record({ missedObjectives: fc.constantFrom([], ["A call takes longer than 5 s"]) }),
        fc.record({ withinRollbackWindow: fc.boolean() }),
        fc.record({
          failing: fc.constantFrom(
            null,
            { what: "warm_up" as const, step: 0, tries: 3, error: "Nothing listens there." },
            { what: "suite" as const, step: 0, tries: 2, error: "It broke off." },
            { what: "suite" as const, step: 0, tries: 3, error: "It broke off." },
          ),
        }),
        fc.record({ assigned: fc.boolean() }),
        fc.record({ warmed: fc.boolean() }),
        fc.record({ pass: fc.constantFrom(1, 11) }),
        fc.record({
          gate: fc.constantFrom(
            null,
            { step: 0, passed: true, message: "yes" },
            { step: 0, passed: false, message: "no" },
          ),
        }),
      ),
    }),
  ),
  { maxLength: 30 },
);

const historyBeginsAtMs = 1_000_000_000;

/** Runs a history through each strategy and shows every decision. */
export function replay(
  history: readonly Turn[],
  see: (
    before: RolloutStatus,
    after: RolloutStatus,
    asked: RolloutCommand | null,
    plan: RolloutPlan,
    facts: RolloutFacts,
    nowMs: number,
  ) => void,
): void {
  const plans = [
    { ...canary, holdbackPercent: 5, limits: { errors: 2, held: 1 } },
    { ...canary, startAtMs: historyBeginsAtMs + 15 * minuteMs, progressDeadlineMs: 40 * minuteMs },
    { strategy: "blue_green", previewSteps: [{ type: "person_gate", question: "Well?" }] },
    {
      strategy: "blue_green",
      previewSteps: [suiteGate, { type: "pause", forMs: 5 * minuteMs }],
      abortOnDeadline: true,
    },
    { strategy: "all_at_once", startAtMs: historyBeginsAtMs + 15 * minuteMs, limits: { held: 0 } },
    { strategy: "all_at_once" },
  ];
  for (const given of plans) {
    const plan = rolloutPlan.parse(given);
    let facts = calm;
    let nowMs = historyBeginsAtMs;
    let status = decide(plan, initialStatus(plan, nowMs), facts, nowMs).status;
    for (const turn of history) {
      facts = { ...facts, ...turn.facts };
      nowMs += turn.spanMs ?? 0;
      const asked = turn.asked ?? null;
      const next = decide(plan, status, facts, nowMs, asked && { command: asked, by: ada, reason: null }).status;
      see(status, next, asked, plan, facts, nowMs);
      expect(next.step).toBeLessThanOrEqual(stepsOf(plan).length);
      if (!isActive(next.state)) expect(next.pause).toBeNull();
      status = next;
    }
  }
}

export function reachable(
  from: RolloutStatus["state"],
  allowed: Record<RolloutStatus["state"], readonly RolloutStatus["state"][]>,
): Set<RolloutStatus["state"]> {
  const found = new Set([from]);
  for (const state of found) for (const next of allowed[state]) found.add(next);
  return found;
}
