import { describe, expect, test } from "vitest";
import { parseScenario, replay } from "../../../../src/main/rollouts/studies/replay.ts";
import { ada } from "../../../kit/actors.ts";

const minuteMs = 60_000;
const plan = {
  strategy: "canary",
  steps: [
    { type: "weight", percent: 10 },
    { type: "analysis", units: 100, withinMs: 30 * minuteMs },
    { type: "weight", percent: 50 },
    { type: "pause", forMs: 5 * minuteMs },
  ],
};
const scenario = (timeline: readonly object[], more: object = {}) =>
  parseScenario(JSON.stringify({ plan, startedAtMs: 0, timeline, ...more }));
const story = (given: ReturnType<typeof scenario>) =>
  replay(given).map(({ atMs, status, weight, events }) => [
    atMs / minuteMs,
    status.state,
    weight,
    events.map(({ type }) => type).join(" "),
  ]);
const enough = { units: { stable: 90, candidate: 10 } };

test("a rollout that goes well is told moment by moment, with the timers between the entries", () => {
  expect(story(scenario([{ atMs: 3 * minuteMs, facts: enough }], { untilMs: 60 * minuteMs }))).toEqual([
    [0, "progressing", 10, "warmed weight step"],
    [3, "paused", 50, "step weight step paused"],
    [8, "healthy", 100, "resumed step weight promoting healthy"],
  ]);
});

test("evidence takes every call back, and a retry begins with none", () => {
  expect(
    story(
      scenario([
        { atMs: minuteMs, facts: { units: { stable: 40, candidate: 5 }, evidence: 21 } },
        { atMs: 2 * minuteMs, command: "retry", by: ada, reason: "the machine was busy" },
      ]),
    ),
  ).toEqual([
    [0, "progressing", 10, "warmed weight step"],
    [1, "degraded", 0, "evidence aborting degraded"],
    [2, "progressing", 10, "retried warmed weight step"],
  ]);
});

test("a timer at the end counts, and one a millisecond after it does not", () => {
  expect(story(scenario([], { untilMs: 30 * minuteMs })).at(-1)).toEqual([30, "paused", 10, "inconclusive paused"]);
  expect(story(scenario([], { untilMs: 30 * minuteMs - 1 }))).toHaveLength(1);
});

test("facts stand until they are given again", () => {
  const moments = replay(
    scenario([
      { atMs: 1, facts: { evidence: 19 } },
      { atMs: 2, facts: { errors: 1 } },
      { atMs: 3, facts: enough },
    ]),
  );
  expect(moments.at(-1)?.status.candidatePercent).toBe(50);
});

test("events are numbered through, and say who asked", () => {
  const events = replay(scenario([{ atMs: 5, command: "pause", by: ada, reason: "lunch" }])).flatMap(
    (moment) => moment.events,
  );
  expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_, position) => position + 1));
  expect(events.at(-1)).toMatchObject({ type: "paused", by: ada, message: "Paused by Ada: lunch", atMs: 5 });
});

test("the same scenario gives the same story", () => {
  const given = scenario([{ atMs: 3 * minuteMs, facts: enough }], { untilMs: 60 * minuteMs });
  expect(replay(given)).toEqual(replay(given));
});

describe("a scenario that cannot be used is refused with the field and what it is", () => {
  const whole = { plan, startedAtMs: 0, timeline: [] };
  test.each([
    ["scenario", "{", "is not JSON"],
    ["startedAtMs", JSON.stringify({ ...whole, startedAtMs: -5 }), "startedAtMs"],
    [
      "plan.steps[0].percent",
      JSON.stringify({ ...whole, plan: { strategy: "canary", steps: [{ type: "weight", percent: 101 }] } }),
      "percent",
    ],
    ["timeline[0].command", JSON.stringify({ ...whole, timeline: [{ atMs: 1, command: "stop" }] }), "command"],
    ["timeline[0].facts", JSON.stringify({ ...whole, timeline: [{ atMs: 1, facts: { evidense: 3 } }] }), "evidense"],
    ["timeline[1].atMs", JSON.stringify({ ...whole, timeline: [{ atMs: 9 }, { atMs: 3 }] }), "before 9"],
  ])("%s", (field, text, message) => {
    expect(() => parseScenario(text)).toThrow(
      expect.objectContaining({ code: "BAD_REQUEST", data: expect.objectContaining({ field }) }),
    );
    expect(() => parseScenario(text)).toThrow(message);
  });

  test("weights are not taken before the switch of a blue-green plan, where there is no traffic to weigh", () => {
    const text = JSON.stringify({
      ...whole,
      plan: { strategy: "blue_green", previewSteps: [{ type: "weight", percent: 10 }] },
    });
    expect(() => parseScenario(text)).toThrow("previewSteps");
  });
});
