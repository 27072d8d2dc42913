import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decide } from "../../../../src/main/rollouts/decision/decide.ts";
import type { CommandRequest, RolloutFacts } from "../../../../src/main/rollouts/decision/rollout-facts.ts";
import { initialStatus, isActive, nextTimerAtMs } from "../../../../src/main/rollouts/decision/rollout-status.ts";
import { rolloutPlan, type RolloutPlan } from "../../../../src/shared/contract/rollout-plan.ts";
import {
  type RolloutCommand,
  rolloutCommand,
  type RolloutStatus,
} from "../../../../src/shared/contract/rollout-status.ts";
import { stepsOf } from "../../../../src/shared/rollout-labels.ts";
import { calm } from "../../../kit/calm-facts.ts";
import { ada, bySystem } from "../../../kit/actors.ts";

const minuteMs = 60_000;

/** A rollout under test: each call decides once more, at a time and on facts of its own. */
class Driven {
  readonly plan: RolloutPlan;
  status: RolloutStatus;
  facts: RolloutFacts;
  nowMs = 1_000_000;
  readonly said: string[] = [];

  constructor(plan: Parameters<typeof rolloutPlan.parse>[0], facts: Partial<RolloutFacts> = {}) {
    this.plan = rolloutPlan.parse(plan);
    this.status = initialStatus(this.plan, this.nowMs);
    this.facts = { ...calm, ...facts };
    this.look();
  }

  look(facts: Partial<RolloutFacts> = {}, asked: CommandRequest | null = null): this {
    this.facts = { ...this.facts, ...facts };
    const { status, events } = decide(this.plan, this.status, this.facts, this.nowMs, asked);
    this.status = status;
    this.said.push(...events.map(({ type }) => type));
    return this;
  }

  ask(command: RolloutCommand, reason: string | null = null): this {
    return this.look({}, { command, by: ada, reason });
  }

  after(spanMs: number, facts: Partial<RolloutFacts> = {}): this {
    this.nowMs += spanMs;
    return this.look(facts);
  }

  get is(): string {
    const { state, pause, candidatePercent } = this.status;
    return `${state}${pause ? ` (${pause.reason})` : ""} ${candidatePercent} %`;
  }
}

const units = (stable: number, candidate: number) => ({ units: { stable, candidate } });
const canary = {
  strategy: "canary" as const,
  steps: [
    { type: "weight" as const, percent: 10 },
    { type: "analysis" as const, units: 100, withinMs: 10 * minuteMs },
    { type: "weight" as const, percent: 50 },
    { type: "pause" as const, forMs: 5 * minuteMs },
  ],
};

const suiteGate = { type: "suite_gate" as const, suiteId: "019ab000-0000-7000-8000-000000000001" };

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

test("invariant 3: an abort beats a full promotion that is under way", () => {
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
      expect(rollout.said.filter((type) => type === "promoting" || type === "switched")).toHaveLength(1);
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
    expect(rollout.said).not.toContain("deadline");
    expect(rollout.after(59 * minuteMs).said).not.toContain("deadline");
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
    expect(rollout.said.filter((type) => type === "deadline")).toHaveLength(1);
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
      expect(rollout.said.filter((type) => type === "step")).toHaveLength(1);
      expect(rollout.after(60 * minuteMs, { assigned: true }).status).toMatchObject({
        state: "healthy",
        step: stepsOf(rollout.plan).length,
      });
    }
  });

  test("is not told of a rollout that has no steps to skip", () => {
    expect(new Driven({ strategy: "all_at_once" }, window).said).not.toContain("step");
  });
});

test("invariant 13: a failure while it promotes takes every call back", () => {
  const rollout = new Driven({ ...canary, holdbackPercent: 10 }).ask("promote_fully");
  expect(rollout.look({ evidence: 20 }).is).toBe("degraded 0 %");
});

describe("shadows, before the candidate gets any call", () => {
  const gate = { type: "person_gate" as const, question: "Do they hold up?" };
  const slower = { shadowEvidence: 20 };

  test("that show it to be slower hold it for a person and roll nothing back", () => {
    const rollout = new Driven(canary, { warmed: false }).look(slower);
    expect(rollout.is).toBe("paused (inconclusive) 0 %");
    expect(rollout.status.pause?.message).toBe(
      "On the same prompts it is slower: the evidence of its shadow responses reached 20 of 20",
    );
    expect(rollout.said).toEqual(["inconclusive", "paused"]);
    expect(rollout.look({ warmed: true, shadowEvidence: 900 }).is).toBe("paused (inconclusive) 0 %");
    expect(new Driven(canary, { warmed: false }).look({ shadowEvidence: 19.9 }).is).toBe("progressing 0 %");
  });

  test("are asked about once: whoever goes on is not asked again, in this step or another", () => {
    for (const command of ["resume", "step", "promote", "promote_fully"] as const) {
      const rollout = new Driven({ ...canary, steps: [gate, { type: "pause" }, ...canary.steps] }).look(slower);
      expect(rollout.is).toBe("paused (inconclusive) 0 %");
      while (rollout.ask(command).status.candidatePercent === 0 && rollout.said.length < 40);
      expect(rollout.status.candidatePercent).toBeGreaterThan(0);
      expect(rollout.said.filter((type) => type === "inconclusive")).toHaveLength(1);
    }
  });

  test("do not answer the question of a gate, and no resume skips a pause that was not reached", () => {
    const atGate = new Driven({ ...canary, steps: [gate, ...canary.steps] }).look(slower);
    expect(atGate.ask("resume").is).toBe("paused (gate) 0 %");
    expect(atGate.ask("resume").is).toBe("progressing 10 %");
    const steps = [{ type: "pause" as const }, ...canary.steps];
    const loading = new Driven({ ...canary, steps }, { warmed: false }).look({ ...slower, warmed: true });
    expect(loading.ask("resume").is).toBe("paused (person) 0 %");
  });

  test("that were accepted do not make an analysis accepted, and are forgotten by a retry", () => {
    const rollout = new Driven(canary, { warmed: false }).look(slower).ask("resume").look({ warmed: true });
    expect(rollout.is).toBe("progressing 10 %");
    expect(rollout.after(10 * minuteMs).is).toBe("paused (inconclusive) 10 %");
    expect(rollout.ask("resume").is).toBe("paused (timed) 50 %");
    rollout.ask("abort").look({ warmed: false }).ask("retry");
    expect(rollout.is).toBe("paused (inconclusive) 0 %");
  });

  test("ask a person who is waited for already only when they go on, and say nothing once it gets calls", () => {
    const rollout = new Driven({ ...canary, steps: [{ type: "pause" }, ...canary.steps] }).look(slower);
    expect(rollout.is).toBe("paused (person) 0 %");
    expect(rollout.ask("resume").is).toBe("paused (inconclusive) 0 %");
    expect(new Driven(canary).look(slower).is).toBe("progressing 10 %");
  });
});

describe("invariant 14: blue-green", () => {
  const plan = {
    strategy: "blue_green" as const,
    previewSteps: [{ type: "person_gate" as const, question: "Is it good?" }],
  };
  test("previews without traffic, switches when let through, and keeps the old one until its standby is over", () => {
    const rollout = new Driven(plan);
    expect(rollout.is).toBe("paused (gate) 0 %");
    expect(rollout.ask("resume").is).toBe("promoting 100 %");
    expect(rollout.look({ assigned: true }).is).toBe("promoting 100 %");
    expect(rollout.after(10 * minuteMs).is).toBe("healthy 100 %");
  });

  test("a failure after the switch switches back", () => {
    const rollout = new Driven({ ...plan, limits: { errors: 0 } }).ask("resume");
    expect(rollout.look({ errors: 1 }).is).toBe("degraded 0 %");
  });
});

test("all at once switches after the warm-up and is watched against its objectives", () => {
  const plan = { strategy: "all_at_once" as const, watchMs: 10 * minuteMs };
  const rollout = new Driven(plan, { warmed: false });
  expect(rollout.is).toBe("progressing 0 %");
  expect(rollout.look({ warmed: true }).is).toBe("promoting 100 %");
  expect(rollout.look({ missedObjectives: ["A call takes longer than 5 s"] }).is).toBe("degraded 0 %");
  expect(new Driven(plan).after(10 * minuteMs, { assigned: true }).is).toBe("healthy 100 %");
});

test("a suite gate lets through or aborts by the suite's verdict", () => {
  const plan = {
    strategy: "blue_green" as const,
    previewSteps: [{ type: "suite_gate" as const, suiteId: "019ab000-0000-7000-8000-000000000001" }],
  };
  expect(new Driven(plan as never).look({ gate: { step: 0, passed: true, message: "12 of 12" } }).is).toBe(
    "promoting 100 %",
  );
  expect(new Driven(plan as never).look({ gate: { step: 0, passed: false, message: "8 of 12" } }).is).toBe(
    "degraded 0 %",
  );
});

test("the verdict on one gate does not open the next", () => {
  const gate = { type: "person_gate" as const, question: "Is it good?" };
  const rollout = new Driven({ strategy: "blue_green", previewSteps: [gate, gate] });
  rollout.look({ gate: { step: 0, passed: true, message: "Yes" } });
  expect(rollout.status).toMatchObject({ state: "paused", step: 1, pause: { reason: "gate" } });
  expect(rollout.look({ gate: { step: 1, passed: true, message: "Yes" } }).is).toBe("promoting 100 %");
});

test("time alone changes nothing before the next timer", () => {
  fc.assert(
    fc.property(histories, fc.integer({ min: 0, max: 100 * minuteMs }), (history, aheadMs) => {
      replay(history, (_before, after, _asked, plan, facts, nowMs) => {
        const timerAtMs = nextTimerAtMs(plan, after) ?? Number.POSITIVE_INFINITY;
        const laterMs = nowMs + aheadMs;
        // At the timer itself time may change something; what it changes is not looked at here.
        const lookMs = laterMs < timerAtMs ? laterMs : nowMs;
        expect(decide(plan, after, facts, lookMs)).toEqual({ status: after, events: [] });
      });
    }),
    { numRuns: 300 },
  );
});

test("what ended a rollout ends it again at once where its evidence was not reset before a retry or a full promotion", () => {
  const ended = () => new Driven({ ...canary, holdbackPercent: 10 }).look({ evidence: 20 });
  expect(ended().ask("retry").is).toBe("degraded 0 %");
  expect(ended().ask("promote_fully").is).toBe("degraded 0 %");
  const reset = (command: RolloutCommand) => ended().look({ evidence: 1 }, { command, by: ada, reason: null }).is;
  expect([reset("retry"), reset("promote_fully")]).toEqual(["progressing 10 %", "promoting 90 %"]);
});

test("a person promotes step by step through a plan of as many pauses as there may be", () => {
  const gates = Array.from({ length: 20 }, () => ({ type: "pause" as const }));
  const rollout = new Driven({ strategy: "blue_green", previewSteps: gates });
  for (const _ of gates) rollout.ask("promote");
  expect(rollout.is).toBe("promoting 100 %");
});

test("an aborted switch is not a switch any more", () => {
  const rollout = new Driven({ strategy: "blue_green" });
  expect(rollout.status.switched).toBe(true);
  expect(rollout.ask("abort").status).toMatchObject({
    state: "degraded",
    switched: false,
    candidatePercent: 0,
  });
});

test("evidence against the candidate rolls back in any step and while it is paused", () => {
  expect(new Driven(canary).look({ evidence: 20 }).is).toBe("degraded 0 %");
  expect(new Driven(canary).ask("pause").look({ evidence: 21 }).is).toBe("degraded 0 %");
  expect(new Driven(canary).look({ evidence: 19.9 }).is).toBe("progressing 10 %");
});

test("a scheduled rollout waits for its time, and its deadline counts from then", () => {
  const rollout = new Driven({
    ...canary,
    startAtMs: 1_000_000 + 600 * minuteMs,
    progressDeadlineMs: 60 * minuteMs,
  });
  expect(rollout.is).toBe("scheduled 0 %");
  expect(rollout.after(600 * minuteMs).is).toBe("progressing 10 %");
  expect(rollout.said).not.toContain("deadline");
});

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

interface Turn {
  readonly asked?: RolloutCommand;
  readonly facts?: Partial<RolloutFacts>;
  readonly spanMs?: number;
}

const histories: fc.Arbitrary<Turn[]> = fc.array(
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
function replay(
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

function reachable(
  from: RolloutStatus["state"],
  allowed: Record<RolloutStatus["state"], readonly RolloutStatus["state"][]>,
): Set<RolloutStatus["state"]> {
  const found = new Set([from]);
  for (const state of found) for (const next of allowed[state]) found.add(next);
  return found;
}

test("what is held back never lowers a weight that sessions were routed by", () => {
  const rollout = new Driven({
    strategy: "canary",
    warmUp: false,
    steps: [{ type: "weight", percent: 95 }, { type: "pause" }],
    holdbackPercent: 10,
  });
  expect(rollout.ask("resume").is).toBe("promoting 95 %");
});

test("a full promotion has a deadline of its own, however long ago the abort was", () => {
  const rollout = new Driven({ ...canary, holdbackPercent: 10, abortOnDeadline: true, progressDeadlineMs: 60_000 });
  rollout.ask("abort");
  rollout.nowMs += 600_000;
  expect(rollout.ask("promote_fully").is).toBe("promoting 90 %");
});

test("a weight is not skipped alone: what follows it would have nobody to compare", () => {
  const plan = { ...canary, warmUp: true };
  const rollout = new Driven(plan, { warmed: false });
  expect(rollout.ask("promote").status.step).toBe(0);
});

describe("work that a step waits for and that keeps failing", () => {
  const failing = (what: "warm_up" | "suite", tries: number, step = 0) => ({
    failing: { what, tries, step, error: "Nothing listens there. Start Ollama." },
  });
  const stuck = ({ said }: Driven) => said.filter((type) => type === "stuck").length;

  test("is told after the third try, once, with what does not work and what mends it", () => {
    const rollout = new Driven(canary, { warmed: false }).look(failing("warm_up", 2));
    expect(stuck(rollout)).toBe(0);
    const { events } = decide(
      rollout.plan,
      rollout.status,
      { ...rollout.facts, ...failing("warm_up", 3) },
      rollout.nowMs,
    );
    expect(events).toEqual([
      {
        atMs: rollout.nowMs,
        type: "stuck",
        message: "The candidate could not be loaded in 3 tries. Nothing listens there. Start Ollama.",
        by: bySystem,
        candidatePercent: 0,
      },
    ]);
    for (const tries of [3, 4, 50]) rollout.look(failing("warm_up", tries));
    expect(stuck(rollout)).toBe(1);
    expect(rollout.look({ warmed: true, failing: null }).is).toBe("progressing 10 %");
  });

  test("is told of a suite while it waits at its gate, and again of the next one", () => {
    const rollout = new Driven({ ...canary, steps: [suiteGate, suiteGate] } as never, { warmed: false });
    rollout.look(failing("warm_up", 3)).look({ warmed: true, failing: null });
    expect(rollout.is).toBe("paused (gate) 0 %");
    expect(rollout.look(failing("suite", 2)).look(failing("suite", 3)).is).toBe("paused (gate) 0 %");
    expect(stuck(rollout)).toBe(2);
    // What is known is still of the suite before, as it is until the runner looks again.
    expect(stuck(rollout.ask("promote"))).toBe(2);
    expect(stuck(rollout.look(failing("suite", 3, 1)))).toBe(3);
  });

  test("is told anew after a retry, and not while a person has paused it", () => {
    const rollout = new Driven(canary, { warmed: false }).ask("pause").look(failing("warm_up", 5));
    expect(stuck(rollout)).toBe(0);
    expect(stuck(rollout.ask("resume"))).toBe(1);
    rollout.ask("abort").look({ failing: null }).ask("retry").look(failing("warm_up", 3));
    expect(stuck(rollout)).toBe(2);
  });

  test("is told where the status was kept before there was a word for it", () => {
    const rollout = new Driven(canary, { warmed: false });
    const { stuckReported: _, ...kept } = rollout.status;
    rollout.status = kept as RolloutStatus;
    expect(stuck(rollout.look(failing("warm_up", 3)))).toBe(1);
  });
});
