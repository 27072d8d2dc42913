import { actorLabel } from "../../../shared/actor-label.ts";
import { assertNever } from "../../base/failure.ts";
import type { StatusDraft } from "./status-draft.ts";
import type { CommandRequest } from "./rollout-facts.ts";
import { initialStatus, isActive } from "./rollout-status.ts";

/** What a person's command changes at once; one that means nothing in the rollout's state changes nothing. */
export function applyCommand(rollout: StatusDraft, { command, reason }: CommandRequest): void {
  const because = reason === null ? "" : `: ${reason}`;
  const { state } = rollout.status;
  const active = isActive(state);
  switch (command) {
    case "abort":
      if (active) rollout.abort(`Aborted by ${actorLabel(rollout.by)}${because}`);
      return;
    case "retry":
      if (state !== "degraded") return;
      rollout.status = {
        ...initialStatus(rollout.plan, rollout.nowMs, rollout.status.stableBefore),
        state: "progressing",
      };
      return rollout.addEvent("retried", `Started again from the first step${because}`);
    case "pause":
      if (!active || state === "scheduled") return;
      return rollout.pause("person", null, `Paused by ${actorLabel(rollout.by)}${because}`);
    case "resume":
      return resume(rollout, because);
    case "step":
    case "promote":
      if (!active || state === "scheduled") return;
      if (rollout.status.switched) return endWatch(rollout, because);
      return skip(rollout, command === "step" ? "next weight" : "this step", because);
    case "promote_fully":
      // It clears an abort, and an abort that comes after it wins: the last command stands.
      if (state === "healthy" || state === "promoting") return;
      if (rollout.status.switched) return endWatch(rollout, because);
      rollout.unpause();
      rollout.patch({
        state: "progressing",
        reason: null,
        cause: undefined,
        step: rollout.steps.length,
        // What is not asked any more may have been unloaded since.
        ...(state === "degraded" && {
          warmed: false,
          settled: false,
          stuckReported: false,
          stepSinceMs: rollout.nowMs,
        }),
        accepted: ["shadow"],
        progressAtMs: rollout.nowMs,
        deadlineReported: false,
      });
      return rollout.addEvent("resumed", `Promoted to the end${because}`);
    default:
      return assertNever(command);
  }
}

function skip(rollout: StatusDraft, what: "this step" | "next weight", because: string): void {
  accept(rollout);
  rollout.unpause();
  const current = rollout.step;
  // A weight is taken at once where it can be; skipped alone, what follows it would have nobody to compare.
  if (!current || (what === "this step" && current.type === "weight")) return;
  rollout.addEvent("resumed", `Skipped ${what === "this step" ? "the current step" : "to the next weight"}${because}`);
  rollout.nextStep();
  while (what === "next weight") {
    const next = rollout.step;
    if (!next || next.type === "weight") return;
    rollout.nextStep();
  }
}

/** All steps are done: what is left to skip is the watch. */
function endWatch(rollout: StatusDraft, because: string): void {
  rollout.unpause();
  if (rollout.status.watchUntilMs === null || rollout.status.watchUntilMs <= rollout.nowMs) return;
  rollout.patch({ watchUntilMs: rollout.nowMs });
  rollout.addEvent("resumed", `The watch was ended${because}`);
}

function resume(rollout: StatusDraft, because: string): void {
  const { pause } = rollout.status;
  if (rollout.status.state !== "paused" || !pause) return;
  accept(rollout);
  rollout.unpause();
  rollout.addEvent("resumed", `Resumed${because}`);
  const current = rollout.step;
  if (pause.reason === "inconclusive") return;
  if (pause.reason === "timed" || (current?.type === "pause" && current.forMs === undefined)) rollout.nextStep();
  else if (pause.reason === "gate" && current?.type === "person_gate") {
    rollout.addEvent("gate", `Let through by ${actorLabel(rollout.by)}${because}`);
    rollout.nextStep();
  }
}

/** What was inconclusive and a person goes on from is not asked again: in the same step, or of shadows in any. */
function accept(rollout: StatusDraft): void {
  const { pause, candidatePercent, accepted } = rollout.status;
  if (pause?.reason !== "inconclusive") return;
  // Arms are only compared where both get calls, shadows only before.
  const seen = candidatePercent === 0 ? (["shadow"] as const) : (["inconclusive", "sample_ratio"] as const);
  rollout.patch({ accepted: [...accepted.filter((one) => one === "shadow"), ...seen] });
}
