import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { RolloutPlan } from "../../../../src/shared/contract/rollout-plan.ts";
import type { RolloutStatus } from "../../../../src/shared/contract/rollout-status.ts";
import { stepsOf } from "../../../../src/shared/rollout-labels.ts";
import { minuteMs, Driven, units, canary, suiteGate } from "./driven-rollout.ts";
import { histories, replay, reachable } from "./rollout-histories.ts";

describe("invariant 1: the states and the ways between them", () => {
  test("a canary goes from its first weight over its steps to healthy", () => {
    const rollout = new Driven(canary);
    expect(rollout.is).toBe("progressing 10 %");
    expect(rollout.look(units(90, 10)).is).toBe("paused (timed) 50 %");
    expect(rollout.after(5 * minuteMs).is).toBe("promoting 100 %");
    expect(rollout.look({ assigned: true }).is).toBe("healthy 100 %");
  });

  test("whatever is asked and found, every change of state is one that is allowed", () => {
    const allowed: Record<RolloutStatus["state"], readonly RolloutStatus["state"][]> = {
      scheduled: ["progressing", "aborting"],
      progressing: ["paused", "promoting", "aborting"],
      paused: ["progressing", "promoting", "aborting"],
      promoting: ["paused", "healthy", "aborting"],
      aborting: ["degraded", "progressing"],
      degraded: ["progressing"],
      healthy: [],
    };
    fc.assert(
      fc.property(histories, (history) => {
        replay(history, (before, after) => {
          // One decision may pass through several states; each is reached over allowed ones only.
          expect(reachable(before.state, allowed)).toContain(after.state);
        });
      }),
      { numRuns: 500 },
    );
  });

  test("degraded is left by retry alone", () => {
    const rollout = new Driven(canary).ask("abort");
    for (const command of ["step", "pause", "resume", "promote", "abort"] as const)
      expect(rollout.ask(command).is).toBe("degraded 0 %");
    expect(rollout.look({ evidence: 1, assigned: true }).is).toBe("degraded 0 %");
    expect(rollout.ask("retry").is).toBe("progressing 10 %");
  });
});

describe("invariant 2: abort", () => {
  test("sets weight and step to 0 at once, from every active state", () => {
    for (const rollout of [
      new Driven(canary),
      new Driven(canary).look(units(90, 10)),
      new Driven(canary).look(units(90, 10)).after(5 * minuteMs),
    ]) {
      const { status } = rollout.ask("abort", "it repeats itself");
      expect(status).toMatchObject({
        state: "degraded",
        candidatePercent: 0,
        step: 0,
        pause: null,
      });
      expect(status.reason).toContain("it repeats itself");
    }
  });

  test("never raises a weight, and neither does anything that follows it, until a retry", () => {
    fc.assert(
      fc.property(histories, (history) => {
        let aborted = false;
        let of: RolloutPlan | null = null;
        replay([...history, { asked: "abort" }], (_before, after, asked, plan) => {
          if (of !== plan) aborted = false;
          of = plan;
          if (asked === "retry" || asked === "promote_fully") aborted = false;
          if (after.state === "degraded" || after.state === "aborting") aborted = true;
          expect(aborted ? after.candidatePercent : 0).toBe(0);
        });
      }),
      { numRuns: 500 },
    );
  });
});

test("invariant 3: an abort beats a full promotion that is in progress", () => {
  const rollout = new Driven({ ...canary, holdbackPercent: 10 }).ask("promote_fully");
  expect(rollout.is).toBe("promoting 90 %");
  expect(rollout.ask("abort").is).toBe("degraded 0 %");
});

describe("invariant 4: promoting", () => {
  test("skips the current step with its analysis, and only that", () => {
    expect(new Driven(canary).ask("promote").is).toBe("paused (timed) 50 %");
  });

  test("fully clears an abort and skips the rest", () => {
    expect(new Driven(canary).ask("abort").ask("promote_fully").is).toBe("promoting 100 %");
  });

  test("fully after an abort loads the candidate first, as a retry does: it may have been unloaded since", () => {
    const rollout = new Driven({ ...canary, holdbackPercent: 10 })
      .ask("abort")
      .after(600 * minuteMs, { warmed: false });
    expect(rollout.ask("promote_fully").is).toBe("progressing 0 %");
    expect(rollout.status).toMatchObject({ warmed: false, stepSinceMs: rollout.nowMs });
    expect(rollout.look({ warmed: true }).is).toBe("promoting 90 %");
  });

  test("fully while the watch after the last step is paused ends it, and begins no other", () => {
    const watched = [
      { ...canary, holdbackPercent: 10 },
      { strategy: "blue_green" as const },
      { strategy: "all_at_once" as const },
    ];
    for (const plan of watched) {
      const rollout = new Driven(plan);
      if (plan.strategy === "canary") rollout.ask("promote_fully");
      rollout.after(minuteMs).ask("pause").ask("promote_fully");
      expect(rollout.is).toBe("promoting 100 %");
      expect(rollout.reply.filter((type) => type === "promoting" || type === "switched")).toHaveLength(1);
      expect(rollout.look({ assigned: true }).is).toBe("healthy 100 %");
    }
  });
});

test("invariant 5: weights are between 0 and 100, and the stable version has the rest", () => {
  fc.assert(
    fc.property(histories, (history) => {
      replay(history, (_before, { candidatePercent }) => {
        expect(candidatePercent).toBeGreaterThanOrEqual(0);
        expect(100 - candidatePercent).toBeGreaterThanOrEqual(0);
      });
    }),
  );
});

describe("invariant 8: pauses", () => {
  test("are absolute times: looking again, however often, neither repeats nor skips one", () => {
    const rollout = new Driven(canary).look(units(90, 10));
    const until = rollout.status.pause?.untilMs;
    expect(rollout.after(minuteMs).status.pause?.untilMs).toBe(until);
    // As after a restart: the status was read back from disk.
    rollout.status = JSON.parse(JSON.stringify(rollout.status));
    expect(rollout.after(4 * minuteMs - 1).is).toBe("paused (timed) 50 %");
    expect(rollout.after(1).is).toBe("promoting 100 %");
  });

  test("a person's pause outlives a timer that runs out", () => {
    const rollout = new Driven(canary).look(units(90, 10)).ask("pause");
    expect(rollout.after(60 * minuteMs).is).toBe("paused (person) 50 %");
    expect(rollout.ask("resume").is).toBe("promoting 100 %");
  });

  test("a person's pause inside a timed one gives the rest of the time back", () => {
    const rollout = new Driven(canary).look(units(90, 10)).ask("pause").after(minuteMs);
    expect(rollout.ask("resume").is).toBe("paused (timed) 50 %");
    expect(rollout.after(4 * minuteMs).is).toBe("promoting 100 %");
  });
});

describe("invariant 9: the progress deadline", () => {
  const plan = { ...canary, progressDeadlineMs: 60 * minuteMs };
  test("does not run while it is paused", () => {
    const rollout = new Driven(plan)
      .ask("pause")
      .after(600 * minuteMs)
      .ask("resume");
    expect(rollout.reply).not.toContain("deadline");
    expect(rollout.after(59 * minuteMs).reply).not.toContain("deadline");
  });

  test("tells once, and aborts only when asked to", () => {
    const patient = {
      ...plan,
      steps: [
        { type: "weight" as const, percent: 10 },
        { type: "analysis" as const, units: 100 },
      ],
    };
    const rollout = new Driven(patient).after(61 * minuteMs).after(minuteMs);
    expect(rollout.reply.filter((type) => type === "deadline")).toHaveLength(1);
    expect(rollout.is).toBe("progressing 10 %");
    expect(new Driven({ ...patient, abortOnDeadline: true }).after(61 * minuteMs).is).toBe("degraded 0 %");
  });
});

describe("invariant 10: inconclusive", () => {
  test("pauses and never rolls back, and no data is inconclusive", () => {
    const rollout = new Driven(canary).after(10 * minuteMs);
    expect(rollout.is).toBe("paused (inconclusive) 10 %");
    expect(rollout.after(1_000 * minuteMs).is).toBe("paused (inconclusive) 10 %");
  });

  test("resuming goes on and does not ask again", () => {
    expect(new Driven(canary).after(10 * minuteMs).ask("resume").is).toBe("paused (timed) 50 %");
  });

  test("calls that do not fall on the arms as the weight says hold the rollout and do not roll it back", () => {
    const rollout = new Driven(canary).look({ sampleRatio: 1_000 });
    expect(rollout.is).toBe("paused (inconclusive) 10 %");
    expect(rollout.ask("resume").look(units(90, 10)).is).toBe("paused (timed) 50 %");
  });

  test("a proof that is asked for is waited for", () => {
    const steps = [canary.steps[0], { ...canary.steps[1], proof: true }];
    const rollout = new Driven({ ...canary, steps } as never).look({ ...units(90, 10), pass: 9 });
    expect(rollout.is).toBe("progressing 10 %");
    expect(rollout.look({ pass: 10 }).is).toBe("promoting 100 %");
  });
});

test("invariant 11: a limit is a tolerated count, breached when it is exceeded", () => {
  const rollout = new Driven({ ...canary, limits: { errors: 2, held: 0 } }).look({ errors: 2 });
  expect(rollout.is).toBe("progressing 10 %");
  expect(rollout.look({ errors: 3 }).is).toBe("degraded 0 %");
  expect(new Driven({ ...canary, limits: { held: 0 } }).look({ held: 1 }).is).toBe("degraded 0 %");
});

describe("invariant 12: going back within the rollback window", () => {
  const window = { withinRollbackWindow: true };

  test("skips steps and analysis, says so, and stands beyond them", () => {
    for (const plan of [canary, { strategy: "blue_green", previewSteps: [suiteGate, { type: "pause" }] }] as never[]) {
      const rollout = new Driven(plan, window);
      expect(rollout.is).toBe("promoting 100 %");
      expect(rollout.status.step).toBe(stepsOf(rollout.plan).length);
      expect(rollout.reply.filter((type) => type === "step")).toHaveLength(1);
      expect(rollout.after(60 * minuteMs, { assigned: true }).status).toMatchObject({
        state: "healthy",
        step: stepsOf(rollout.plan).length,
      });
    }
  });

  test("is not told of a rollout that has no steps to skip", () => {
    expect(new Driven({ strategy: "all_at_once" }, window).reply).not.toContain("step");
  });
});

test("invariant 13: a failure while it promotes takes every call back", () => {
  const rollout = new Driven({ ...canary, holdbackPercent: 10 }).ask("promote_fully");
  expect(rollout.look({ evidence: 20 }).is).toBe("degraded 0 %");
});
