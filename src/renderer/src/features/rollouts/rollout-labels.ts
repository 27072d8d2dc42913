import type { Arm, RolloutMetric, RolloutPlan } from "../../../../shared/contract/rollout-plan.ts";
import type { MetricEvidence, RolloutMeasure, RolloutStatus } from "../../../../shared/contract/rollout-status.ts";
import { assertNever } from "../../ui/assert-never.ts";
import type { Tone } from "../../ui/marks/StateMark.tsx";

export const strategyWords: Record<RolloutPlan["strategy"], string> = {
  canary: "Canary",
  blue_green: "Blue-green",
  all_at_once: "All at once",
};

/** What the two arms are called, wherever their colours stand. */
export const armWords: Record<Arm, string> = { stable: "Stable", candidate: "Canary" };

export const metricWords: Record<RolloutMetric, string> = {
  msPerToken: "Latency a token",
  totalMs: "Whole answer",
  firstTokenMs: "First token",
  tail: "Slow answers",
  errors: "Errors",
  violations: "Violations",
  fallbacks: "Fallbacks",
  rating: "Rating",
};

const measureWords: Record<RolloutMeasure, string> = {
  serverMsPerToken: "the servers’ clock",
  ownMsPerToken: "our clock, by token",
  msPerByte: "our clock, by length of the text",
  msPerToken: "the time of a token",
  totalMs: "the whole answer",
  firstTokenMs: "the first token",
  tail: "the time given",
  rating: "the rating",
};

/**
 * What of a metric is set aside since only one arm has it, or one more than the other, with both arms' shares, and what counts in
 * its place; null while nothing is.
 */
export function setAsideSentence({ measures }: Pick<MetricEvidence, "measures">): string | null {
  const aside = measures.filter(({ isSetAside }) => isSetAside);
  if (aside.length === 0) return null;
  const words = aside.map(({ measure, stable, candidate }) => {
    const lacks = `missing in ${percentWords(shareOf(stable))} of the stable units and ${percentWords(shareOf(candidate))} of the canary’s`;
    return `Set aside: ${measureWords[measure]}, ${lacks}.`;
  });
  const left = measures.filter(({ isSetAside }) => !isSetAside).map(({ measure }) => measureWords[measure]);
  return [...words, left.length === 0 ? "Nothing else measures it." : `What counts: ${left.join("; ")}.`].join(" ");
}

function shareOf({ missing, units }: { readonly missing: number; readonly units: number }): number {
  return units === 0 ? 0 : missing / units;
}

const stuck = { tone: "warn", word: "Stuck" } as const;

/** A rollout's state as a mark: what it is, and whether somebody is needed. */
export function stateMark({ state, pause, stuckReported }: RolloutStatus): {
  readonly tone: Tone;
  readonly word: string;
} {
  switch (state) {
    case "scheduled":
      return { tone: "quiet", word: "Scheduled" };
    case "progressing":
      return stuckReported ? stuck : { tone: "busy", word: "Progressing" };
    case "paused":
      switch (pause?.reason) {
        case "timed":
          return { tone: "quiet", word: "Paused for a time" };
        case "gate":
          return stuckReported ? stuck : { tone: "warn", word: "At a gate" };
        case "inconclusive":
          return { tone: "warn", word: "Inconclusive" };
        case "person":
        case undefined:
          return { tone: "warn", word: "Paused" };
        default:
          return assertNever(pause as never); // all reasons are above
      }
    case "promoting":
      return { tone: "busy", word: "Promoting" };
    case "healthy":
      return { tone: "good", word: "Promoted" };
    case "aborting":
      return { tone: "bad", word: "Rolling back" };
    case "degraded":
      return { tone: "bad", word: "Rolled back" };
    default:
      return assertNever(state);
  }
}

/** "90 s", "10 min", "2 h", "3 days": a length of time as a plan gives it. */
export function spanWords(ms: number): string {
  if (ms % 86_400_000 === 0) return `${ms / 86_400_000} ${ms === 86_400_000 ? "day" : "days"}`;
  if (ms % 3_600_000 === 0) return `${ms / 3_600_000} h`;
  if (ms % 60_000 === 0) return `${ms / 60_000} min`;
  return `${Math.round(ms / 100) / 10} s`;
}

/** A share from 0 to 1 as "27 %", never broken over two lines; only all of them are 100 %, and only none are 0 %. */
export function percentWords(share: number): string {
  const percent = share * 100;
  if (percent === 0 || percent === 100) return `${percent}\u00a0%`;
  if (percent > 99) return ">99\u00a0%";
  if (percent < 1) return "<1\u00a0%";
  return `${Math.round(percent)}\u00a0%`;
}

/** An evidence value: three digits, whole above a hundred. */
export function evidenceWords(value: number): string {
  if (value > 10_000) return ">10,000";
  if (value >= 100) return Math.round(value).toLocaleString("en");
  if (value < 0.01) return "<0.01";
  return value.toFixed(value < 10 ? 2 : Number.isInteger(value) ? 0 : 1);
}
