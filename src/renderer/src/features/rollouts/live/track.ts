import { whole } from "../../../../../shared/format.ts";
import type { RolloutPlan, RolloutStep } from "../../../../../shared/contract/rollout-plan.ts";
import type { RolloutEvent, RolloutStatus } from "../../../../../shared/contract/rollout-status.ts";
import { type ShownNumber, stepsOf } from "../../../../../shared/rollout-labels.ts";
import { spanWords } from "../rollout-labels.ts";

/** One station of a rollout on its way. */
export interface Station {
  readonly key: string;
  /** Weights are stations with a number; the others are what stands between them. */
  readonly kind: "weight" | "between";
  readonly label: string;
  /** What the number in the label is; null where it has none. */
  readonly what: ShownNumber | null;
  /** `failed` is the weight at which it was rolled back. */
  readonly at: "done" | "current" | "coming" | "failed";
}

/** The way a plan takes, and where on it a rollout stands. `failedPercent` is the weight it was rolled back from. */
export function trackOf(plan: RolloutPlan, status: RolloutStatus, failedPercent: number | null): readonly Station[] {
  const stations = [...stepsOf(plan).map(stopFrom), ...ending(plan)];
  const current = currentIndex(stations, plan, status);
  const failed = stations.findIndex(({ percent }) => percent !== undefined && percent === failedPercent);
  return stations.map(({ key, kind, label, what, percent }, index) => ({
    key,
    kind,
    label,
    what,
    at: at({ kind, percent }, index, current, status, failed),
  }));
}

/** The candidate's weight when it was last rolled back; null where it never was, or had none. */
export function failedPercentOf(events: readonly RolloutEvent[]): number | null {
  const end = events.findLastIndex(({ type }) => type === "aborting");
  const before = events.slice(0, Math.max(0, end)).findLast(({ type }) => type === "weight" || type === "retried");
  return before === undefined || before.candidatePercent === 0 ? null : before.candidatePercent;
}

type Stop = Omit<Station, "at"> & { readonly percent?: number };

function stopFrom(step: RolloutStep, index: number): Stop {
  return { key: `step ${index}`, ...labelFrom(step) };
}

function labelFrom(step: RolloutStep): Omit<Stop, "key"> {
  switch (step.type) {
    case "weight":
      return { kind: "weight", label: `${step.percent} %`, what: "candidatePercent", percent: step.percent };
    case "pause":
      return step.forMs === undefined
        ? { kind: "between", label: "a person", what: null }
        : { kind: "between", label: spanWords(step.forMs), what: "planTime" };
    case "analysis":
      return {
        kind: "between",
        label: `${whole(step.units)} units${step.proof ? ", proof" : ""}`,
        what: "units",
      };
    case "suite_gate":
      return { kind: "between", label: "test suite", what: null };
    case "person_gate":
      return { kind: "between", label: "a person’s yes", what: null };
  }
}

/** What follows the steps: the promotion or the switch, what is watched after it, and the end. */
function ending(plan: RolloutPlan): readonly Stop[] {
  const done: Stop = { key: "end", kind: "weight", label: "100 %", what: "candidatePercent", percent: 100 };
  switch (plan.strategy) {
    case "canary": {
      const { holdbackPercent, holdbackMs } = plan;
      if (holdbackPercent === 0)
        return endsFull(plan) ? [{ ...done, kind: "between", label: "stable", what: null }] : [done];
      const percent = 100 - holdbackPercent;
      return [
        { key: "switch", kind: "weight", label: `${percent} %`, what: "candidatePercent", percent },
        { key: "watch", kind: "between", label: `hold back ${spanWords(holdbackMs)}`, what: "planTime" },
        done,
      ];
    }
    case "blue_green":
      return [
        { key: "switch", kind: "weight", label: "Switch", what: null, percent: 100 },
        { key: "watch", kind: "between", label: `stand by ${spanWords(plan.standbyMs)}`, what: "planTime" },
        { ...done, label: "Stable", what: null },
      ];
    case "all_at_once":
      return [
        { key: "switch", kind: "weight", label: "Switch", what: null, percent: 100 },
        { key: "watch", kind: "between", label: `watch ${spanWords(plan.watchMs)}`, what: "planTime" },
        { ...done, label: "Stable", what: null },
      ];
  }
}

function endsFull(plan: RolloutPlan): boolean {
  const last = stepsOf(plan).findLast(({ type }) => type === "weight");
  return last?.type === "weight" && last.percent === 100;
}

/** The index it stands at; one beyond the last when it is through. */
function currentIndex(stations: readonly Stop[], plan: RolloutPlan, status: RolloutStatus): number {
  if (status.state === "healthy") return stations.length;
  if (!status.switched) return Math.min(status.step, stations.length - 1);
  const watch = stations.findIndex(({ key }) => key === "watch");
  return watch === -1 ? stepsOf(plan).length : watch;
}

function at(
  { kind, percent }: Pick<Stop, "kind"> & { readonly percent: number | undefined },
  index: number,
  current: number,
  { state, candidatePercent }: RolloutStatus,
  failed: number,
): Station["at"] {
  if (state === "degraded" || state === "aborting") return index === failed ? "failed" : "coming";
  if (state === "scheduled") return "coming";
  if (index < current) return "done";
  // A weight that is given is a stop it has reached, also while it still waits there.
  return index === current
    ? kind === "weight" && percent === candidatePercent && candidatePercent > 0
      ? "done"
      : "current"
    : "coming";
}
