import type { EndedCall } from "../../src/main/rollouts/statistics/call-metrics.ts";
import { type InferenceId, inferenceId, rolloutId } from "../../src/shared/contract/ids.ts";

export const callId = (position: number): InferenceId =>
  inferenceId.parse(`019ab000-0000-7000-8000-${position.toString(16).padStart(12, "0")}`);

/** A call that the candidate of a rollout answered, with ten tokens of 20 ms each. */
export const endedCall: EndedCall = {
  id: callId(1),
  rolloutId: rolloutId.parse("019ab000-0000-7000-8000-000000000001"),
  arm: "candidate",
  armPercent: 50,
  session: null,
  startedAtMs: 1_000,
  finishedAtMs: 2_000,
  outcome: "completed",
  severity: "none",
  byItsArm: true,
  completionTokens: 10,
  textBytes: 50,
  loadMs: null,
  decodeMs: 200,
  firstTokenMs: 50,
  totalMs: 300,
};
