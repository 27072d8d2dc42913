import { describe, expect, test } from "vitest";
import { decide } from "../../../../src/main/rollouts/decision/decide.ts";
import type { RolloutFacts } from "../../../../src/main/rollouts/decision/rollout-facts.ts";
import { initialStatus } from "../../../../src/main/rollouts/decision/rollout-status.ts";
import { waitingSentence } from "../../../../src/shared/rollout-waiting-text.ts";
import { waitingFor } from "../../../../src/main/rollouts/decision/explain.ts";
import { rolloutMetric, rolloutPlan } from "../../../../src/shared/contract/rollout-plan.ts";
import { rolloutEvent, type RolloutCommand } from "../../../../src/shared/contract/rollout-status.ts";
import { definitions, eventTitles } from "../../../../src/shared/rollout-labels.ts";
import { calm } from "../../../kit/calm-facts.ts";
import { ada } from "../../../kit/actors.ts";

const minuteMs = 60_000;
const analysis = [
  { type: "weight", percent: 10 },
  { type: "analysis", units: 100 },
];

/** What is said of a plan after it was decided once at 0, looked at `atMs`. */
function reply(
  plan: object,
  facts: Partial<RolloutFacts> = {},
  { atMs = 0, command }: { atMs?: number; command?: RolloutCommand } = {},
) {
  const parsed = rolloutPlan.parse(plan);
  const known = { ...calm, ...facts };
  const first = decide(parsed, initialStatus(parsed, 0), { ...known, units: calm.units }, 0).status;
  const asked = command ? { command, by: ada, reason: "it repeats itself" } : null;
  const { status } = decide(parsed, first, known, atMs, asked);
  return waitingSentence(waitingFor(parsed, status, known, atMs, "session"), atMs);
}
const canary = (steps: readonly object[], more: object = {}) => ({ strategy: "canary", steps, ...more });

describe("what a rollout waits for", () => {
  test.each([
    [
      "units",
      reply(canary(analysis), { units: { stable: 75, candidate: 7 }, evidence: 3.14 }),
      "Waiting for 18 more sessions; evidence 3.14 of 20 against the candidate",
    ],
    [
      "one unit",
      reply(canary(analysis), { units: { stable: 92, candidate: 7 } }),
      "Waiting for 1 more session; evidence 1 of 20 against the candidate",
    ],
    [
      "units within a time",
      reply(
        canary([analysis[0] ?? {}, { type: "analysis", units: 100, withinMs: 120 * minuteMs }]),
        {},
        { atMs: 15 * minuteMs },
      ),
      "Waiting for 100 more sessions; evidence 1 of 20 against the candidate; at most 1 h 45 min more",
    ],
    [
      "a first unit on the candidate",
      reply(canary(analysis), { units: { stable: 150, candidate: 0 } }),
      "Waiting for a first session on the candidate; evidence 1 of 20 against the candidate",
    ],
    [
      "proof",
      reply(canary([analysis[0] ?? {}, { type: "analysis", units: 100, proof: true }]), {
        units: { stable: 90, candidate: 10 },
        pass: 4.2,
      }),
      "Waiting for proof that the candidate is not slower by more than a quarter: 4.2 of 10; evidence 1 of 20 against the candidate",
    ],
    ["the model", reply(canary(analysis), { warmed: false }), "Waiting for the candidate to be loaded and to answer"],
    [
      "the model, which cannot be loaded",
      reply(canary(analysis), {
        warmed: false,
        failing: { what: "warm_up", step: 0, tries: 1, error: "Nothing listens there. Start Ollama." },
      }),
      "Waiting for the candidate to be loaded and to answer. That did not work yet, and is tried again: Nothing listens there. Start Ollama.",
    ],
    ["its start", reply(canary(analysis, { startAtMs: 90 * minuteMs }), {}, { atMs: minuteMs }), "Starts in 89 min"],
    [
      "a timer",
      reply(canary([{ type: "pause", forMs: 10 * minuteMs }]), {}, { atMs: 9 * minuteMs }),
      "Paused by the plan for 60 s more",
    ],
    [
      "a person of the plan",
      reply(canary([{ type: "pause" }])),
      "Waiting for a person to resume it: the plan waits for a person here",
    ],
    [
      "a person who paused it",
      reply(canary(analysis), {}, { command: "pause" }),
      "Waiting for a person to resume it: paused by Ada: it repeats itself",
    ],
    [
      "a decision on what is inconclusive",
      reply(canary([analysis[0] ?? {}, { type: "analysis", units: 100, withinMs: minuteMs }]), {}, { atMs: minuteMs }),
      "Waiting for a person to resume or abort it: its time is up with 0 of 100 units",
    ],
    ["a gate", reply(canary([{ type: "person_gate", question: "Is it good?" }])), "Waiting at a gate: Is it good?"],
    [
      "the end of the holdback",
      reply(canary([{ type: "weight", percent: 50 }], { holdbackPercent: 10, holdbackMs: 60 * minuteMs })),
      "Watching the candidate for 60 min more; 10 % stay on the old version for comparison",
    ],
    [
      "the assignment",
      reply(canary([{ type: "weight", percent: 50 }])),
      "Waiting for the candidate to be recorded as the stable version",
    ],
    [
      "nothing",
      reply(canary([{ type: "weight", percent: 50 }]), { assigned: true }),
      "Nothing: the candidate is the stable version now",
    ],
    [
      "a retry",
      reply(canary(analysis), {}, { command: "abort" }),
      "Rolled back: aborted by Ada: it repeats itself. Retry it, or roll out another version",
    ],
  ])("%s", (_what, sentence, expected) => {
    expect(sentence).toBe(expected);
  });

  test("calls are called calls where they are the unit", () => {
    const plan = rolloutPlan.parse(canary(analysis));
    const { status } = decide(plan, initialStatus(plan, 0), calm, 0);
    expect(waitingSentence(waitingFor(plan, status, calm, 0, "call"), 0)).toContain("100 more calls");
  });
});

test("numbers, times and suites are data, behind a pause as well", () => {
  const parsed = rolloutPlan.parse(canary([analysis[0] ?? {}, { type: "analysis", units: 100, withinMs: minuteMs }]));
  const first = decide(parsed, initialStatus(parsed, 0), calm, 0).status;
  expect(waitingFor(parsed, first, { ...calm, unitsInProgress: 2 }, 0, "session")).toEqual([
    { kind: "units", left: 100, unit: "session", inProgress: 2 },
    { kind: "evidence", evidence: 1, threshold: 20 },
    { kind: "step_ends", atMs: minuteMs },
  ]);
  const late = decide(parsed, first, calm, minuteMs).status;
  expect(waitingFor(parsed, late, calm, minuteMs, "session")).toEqual([
    {
      kind: "person",
      toDecide: "resume_or_abort",
      message: "Its time is up with 0 of 100 units",
      cause: { kind: "too_few_units", units: 0, wanted: 100 },
    },
  ]);
  const suiteId = "019ab000-0000-7000-8000-000000000001";
  const gated = rolloutPlan.parse(canary([{ type: "suite_gate", suiteId }]));
  const atGate = decide(gated, initialStatus(gated, 0), calm, 0).status;
  expect(waitingFor(gated, atGate, calm, 0, "session")).toMatchObject([{ kind: "gate", suiteId }]);
});

test("every metric and every number has a definition that is a sentence", () => {
  for (const metric of rolloutMetric.options) expect(definitions[metric]).toBeDefined();
  for (const [name, text] of Object.entries(definitions))
    expect([name, text]).toEqual([name, expect.stringMatching(/^[A-Z].*\.$/s)]);
});

test("every event has a title of its own", () => {
  expect(Object.keys(eventTitles).toSorted()).toEqual(rolloutEvent.shape.type.options.toSorted());
  const titles = Object.values(eventTitles);
  expect(new Set(titles).size).toBe(titles.length);
});
