import { expect, test } from "vitest";
import {
  alertFromDrift,
  alertFromEndpointDown,
  alertFromFailedDelivery,
  alertFromFailedWebhook,
  alertsFromRollout,
} from "../../../src/main/coordinator/rules/occasions.ts";
import { initialStatus } from "../../../src/main/rollouts/decision/rollout-status.ts";
import { rolloutId, subscriberId, versionId } from "../../../src/shared/contract/ids.ts";
import { rolloutPlan } from "../../../src/shared/contract/rollout-plan.ts";
import type { RolloutEvent, RolloutStatus } from "../../../src/shared/contract/rollout-status.ts";
import { bySystem, mara } from "../../kit/actors.ts";

const id = "019ab000-0000-7000-8000-000000000001";
const plan = rolloutPlan.parse({ strategy: "all_at_once" });
const rolloutIn = (status: Partial<RolloutStatus> = {}) => ({
  id: rolloutId.parse(id),
  useCase: "story_generation",
  plan,
  candidate: { versionId: versionId.parse(id), model: "llama", version: "2" },
  status: { ...initialStatus(plan, 0), ...status },
});
const paused = (reason: "timed" | "person" | "inconclusive" | "gate") =>
  rolloutIn({ state: "paused", pause: { reason, untilMs: null, message: "" } });
const event = (type: RolloutEvent["type"]) => ({ type, message: "So it was", by: bySystem });

const only = (rollout: Parameters<typeof alertsFromRollout>[0], ...types: RolloutEvent["type"][]) =>
  alertsFromRollout(rollout, types.map(event)).map(({ level, message }) => [level, message.split(":")[0]]);

test("of a rollout a person is told that it was rolled back, is inconclusive, is late, or waits for a person; and nothing else", () => {
  expect(alertsFromRollout(rolloutIn(), [event("degraded")])).toMatchObject([
    {
      kind: "rollout",
      level: "critical",
      message: "Rolled back: the rollout of llama 2 on story_generation. So it was",
      location: `rollouts/${id}`,
    },
  ]);
  expect(only(rolloutIn(), "inconclusive")).toEqual([["warning", "Inconclusive"]]);
  expect(only(rolloutIn(), "deadline")).toEqual([["warning", "No progress"]]);
  expect(only(paused("gate"), "paused")).toEqual([["info", "Waiting for a person"]]);
  expect(only(paused("person"), "paused")).toEqual([["info", "Waiting for a person"]]);
  expect(only(paused("inconclusive"), "paused")).toEqual([["warning", "Held"]]);
  expect(only(paused("timed"), "paused")).toEqual([]);
  expect(only(rolloutIn(), "stuck")).toEqual([["warning", "Stuck"]]);
  for (const type of ["started", "warmed", "step", "weight", "resumed", "promoting", "healthy", "retried"] as const)
    expect(only(rolloutIn(), type)).toEqual([]);
});

test("what is inconclusive is told once, a suite is waited for without anybody, and nobody is told what a person did", () => {
  expect(only(paused("inconclusive"), "inconclusive", "paused")).toEqual([["warning", "Inconclusive"]]);
  const suite = rolloutPlan.parse({ strategy: "canary", steps: [{ type: "suite_gate", suiteId: id }] });
  expect(only({ ...paused("gate"), plan: suite }, "paused")).toEqual([]);
  const byMara = { ...event("degraded"), by: mara };
  expect(alertsFromRollout(rolloutIn(), [byMara, { ...event("paused"), by: mara }])).toEqual([]);
});

test("a drift is graver on a version that answers a use case", () => {
  const drift = { endpoint: "http://127.0.0.1:1", foundDigest: `sha256:${"a".repeat(64)}`, foundAtMs: 0 };
  const version = { id: versionId.parse(id), model: "llama", version: "1", drift };
  expect(alertFromDrift({ ...version, assignedTo: [] }).level).toBe("info");
  expect(alertFromDrift({ ...version, assignedTo: ["story_generation"] })).toMatchObject({
    level: "warning",
    message: expect.stringContaining("it answers story_generation"),
    location: `models/version/${id}`,
  });
});

test("a server that is down is told of only where it answers a use case", () => {
  const down = { endpoint: "http://127.0.0.1:11434", lastError: "Nothing listens there. Start Ollama." };
  expect(alertFromEndpointDown(down, [])).toBeNull();
  expect(alertFromEndpointDown(down, ["story_generation"])).toMatchObject({
    message: "http://127.0.0.1:11434 is down, and it answers story_generation",
    remedy: "Nothing listens there. Start Ollama.",
  });
});

test("a delivery is told of after about four minutes of trying, then once a day", () => {
  const subscriber = { id: subscriberId.parse(id), name: "Build server" };
  const received = Array.from({ length: 600 }, (_, tries) => tries).filter(
    (tries) => alertFromFailedDelivery(subscriber, tries, "It answered 500.") !== null,
  );
  expect(received).toEqual([8, 288, 576]);
});

test("an alert of who could not be told leads to where that is mended", () => {
  const subscriber = { id: subscriberId.parse(id), name: "Build server" };
  expect(alertFromFailedDelivery(subscriber, 8, "It answered 500.")?.location).toBe(`alerts/subscribers/${id}`);
  expect(alertFromFailedWebhook("It answered 500.").location).toBe("alerts/rules");
});

test("what cannot go on is told with what can be done: a gate may be passed, a model has to be loaded", () => {
  expect(alertsFromRollout(paused("gate"), [event("stuck")])).toEqual([
    {
      kind: "rollout",
      level: "warning",
      message: "Stuck: the rollout of llama 2 on story_generation. So it was",
      remedy: "Mend that: it is tried again within a minute. Or promote it past the gate, or abort it.",
      location: `rollouts/${id}`,
    },
  ]);
  expect(alertsFromRollout(rolloutIn(), [event("stuck")])).toMatchObject([
    { remedy: "Mend that: it is tried again within a minute. Or abort it." },
  ]);
});
