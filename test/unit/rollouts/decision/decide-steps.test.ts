import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decide } from "../../../../src/main/rollouts/decision/decide.ts";
import { nextTimerAtMs } from "../../../../src/main/rollouts/decision/rollout-status.ts";
import type { RolloutCommand, RolloutStatus } from "../../../../src/shared/contract/rollout-status.ts";
import { ada, bySystem } from "../../../kit/actors.ts";
import { minuteMs, Driven, canary, suiteGate } from "./driven-rollout.ts";
import { histories, replay } from "./rollout-histories.ts";

describe("shadows, before the candidate gets any call", () => {
  const gate = { type: "person_gate" as const, question: "Do they hold up?" };
  const slower = { shadowEvidence: 20 };

  test("that show it to be slower hold it for a person and roll nothing back", () => {
    const rollout = new Driven(canary, { warmed: false }).look(slower);
    expect(rollout.is).toBe("paused (inconclusive) 0 %");
    expect(rollout.status.pause?.message).toBe(
      "On the same prompts it is slower: the evidence of its shadow responses reached 20 of 20",
    );
    expect(rollout.reply).toEqual(["inconclusive", "paused"]);
    expect(rollout.look({ warmed: true, shadowEvidence: 900 }).is).toBe("paused (inconclusive) 0 %");
    expect(new Driven(canary, { warmed: false }).look({ shadowEvidence: 19.9 }).is).toBe("progressing 0 %");
  });

  test("are asked about once: whoever goes on is not asked again, in this step or another", () => {
    for (const command of ["resume", "step", "promote", "promote_fully"] as const) {
      const rollout = new Driven({ ...canary, steps: [gate, { type: "pause" }, ...canary.steps] }).look(slower);
      expect(rollout.is).toBe("paused (inconclusive) 0 %");
      while (rollout.ask(command).status.candidatePercent === 0 && rollout.reply.length < 40);
      expect(rollout.status.candidatePercent).toBeGreaterThan(0);
      expect(rollout.reply.filter((type) => type === "inconclusive")).toHaveLength(1);
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
  expect(rollout.reply).not.toContain("deadline");
});

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
  const stuck = ({ reply }: Driven) => reply.filter((type) => type === "stuck").length;

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
