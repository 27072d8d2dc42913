import fc from "fast-check";
import { expect, test } from "vitest";
import { decide } from "../../../../src/main/rollouts/decision/decide.ts";
import { isActive } from "../../../../src/main/rollouts/decision/rollout-status.ts";
import type { RolloutPlan } from "../../../../src/shared/contract/rollout-plan.ts";
import type { RolloutStatus } from "../../../../src/shared/contract/rollout-status.ts";
import { stepsOf } from "../../../../src/shared/rollout-labels.ts";
import { ada } from "../../../kit/actors.ts";
import { histories, replay } from "./rollout-histories.ts";

test("deciding again on the same facts changes nothing, whatever came before", () => {
  fc.assert(
    fc.property(histories, (history) => {
      replay(history, (_before, after, _asked, plan, facts, nowMs) => {
        expect(decide(plan, after, facts, nowMs)).toEqual({ status: after, events: [] });
      });
    }),
    { numRuns: 500 },
  );
});

test("a status read back from disk decides as the one in memory, over restarts and clocks that jump back", () => {
  fc.assert(
    fc.property(histories, (history) => {
      replay(history, (before, after, asked, plan, facts, nowMs) => {
        const thawed: RolloutStatus = JSON.parse(JSON.stringify(before));
        const command = asked === null ? null : { command: asked, by: ada, reason: null };
        expect(decide(plan, thawed, facts, nowMs, command).status).toEqual(after);
      });
    }),
    { numRuns: 300 },
  );
});

test("a breach never outlives a decision: no call goes to a candidate that exceeded a limit or missed an objective", () => {
  fc.assert(
    fc.property(histories, (history) => {
      replay(
        history,
        (_before, { state, candidatePercent }, _asked, { limits }, { errors, held, missedObjectives }) => {
          if (!isActive(state) || candidatePercent === 0) return;
          expect(missedObjectives).toEqual([]);
          expect(errors).toBeLessThanOrEqual(limits.errors ?? errors);
          expect(held).toBeLessThanOrEqual(limits.held ?? held);
        },
      );
    }),
    { numRuns: 300 },
  );
});

test("a weight falls by an abort alone, and then to nothing", () => {
  fc.assert(
    fc.property(histories, (history) => {
      let of: RolloutPlan | null = null;
      replay(history, (before, after, _asked, plan) => {
        const fell = of === plan && after.candidatePercent < before.candidatePercent;
        expect(fell ? `${after.state} at ${after.candidatePercent}` : "degraded at 0").toBe("degraded at 0");
        of = plan;
      });
    }),
    { numRuns: 300 },
  );
});

test("what was switched stands beyond its steps, and waits at no gate", () => {
  fc.assert(
    fc.property(histories, (history) => {
      replay(history, (_before, { switched, step, pause }, _asked, plan) => {
        if (!switched) return;
        expect(step).toBe(stepsOf(plan).length);
        expect(pause?.reason ?? "person").toBe("person");
      });
    }),
    { numRuns: 300 },
  );
});

test("before its time a scheduled rollout gives no call away, unless a person promotes or retries it", () => {
  fc.assert(
    fc.property(histories, (history) => {
      let of: RolloutPlan | null = null;
      let isEarly = true;
      replay(history, (_before, { candidatePercent }, asked, plan, _facts, nowMs) => {
        if (of !== plan) isEarly = true;
        of = plan;
        if (asked === "promote_fully" || asked === "retry" || nowMs >= (plan.startAtMs ?? 0)) isEarly = false;
        expect(isEarly ? candidatePercent : 0).toBe(0);
      });
    }),
    { numRuns: 300 },
  );
});
