import type { Rollout, RolloutCommand } from "../../../../../shared/contract/rollout-status.ts";
import { versionName } from "../../../../../shared/format.ts";
import { watchText } from "../../../../../shared/rollout-watch-text.ts";
import { stepsOf } from "../../../../../shared/rollout-labels.ts";
import { spanWords } from "../rollout-labels.ts";

/** Something that can be asked of a rollout as it stands, with what it will do. */
export interface Offer {
  readonly command: RolloutCommand;
  readonly label: string;
  readonly keys: string;
  readonly consequence: string;
  /** It is asked for again, with what speaks against it. */
  readonly confirms?: boolean;
}

type Standing = Pick<Rollout, "plan" | "status" | "stable" | "candidate">;

/** What can be asked of it now, the likeliest first and the abort last. */
export function offersOf(rollout: Standing): readonly Offer[] {
  const { state, switched } = rollout.status;
  switch (state) {
    case "scheduled":
      return [promoteFully(rollout), abort(rollout)];
    case "progressing":
      return [...stepping(rollout), pause(rollout), promoteFully(rollout), abort(rollout)];
    case "paused":
      return switched
        ? [resume(rollout), endWatch(rollout), abort(rollout)]
        : [resume(rollout), ...stepping(rollout), promoteFully(rollout), abort(rollout)];
    case "promoting":
      return [...(rollout.status.watchUntilMs === null ? [] : [endWatch(rollout)]), pause(rollout), abort(rollout)];
    case "degraded":
      return [retry(rollout), promoteFully(rollout)];
    case "aborting":
    case "healthy":
      return [];
  }
}

/** Nothing where no step is left: what it waits for then cannot be skipped. */
function stepping(rollout: Standing): Offer[] {
  const current = stepsOf(rollout.plan)[rollout.status.step];
  if (!current) return [];
  return current.type === "weight" ? [step(rollout)] : [step(rollout), promote(rollout)];
}

function step({ plan, status }: Standing): Offer {
  const steps = stepsOf(plan);
  const next = steps.slice(status.step + 1).find(({ type }) => type === "weight");
  const then = next?.type === "weight" ? `gives the candidate ${next.percent} % of the calls` : ends(plan);
  return { command: "step", label: "Step", keys: "S", consequence: `Skips ahead to the next weight and ${then}.` };
}

function promote({ plan, status }: Standing): Offer {
  const current = stepsOf(plan)[status.step];
  return {
    command: "promote",
    label: "Promote",
    keys: "M",
    consequence:
      current === undefined
        ? `Skips what it waits for and ${ends(plan)}.`
        : `Skips ${skipped(current.type)} alone; the steps after it are taken as planned.`,
  };
}

function skipped(type: ReturnType<typeof stepsOf>[number]["type"]): string {
  switch (type) {
    case "weight":
      return "this weight";
    case "pause":
      return "this pause";
    case "analysis":
      return "this analysis";
    case "suite_gate":
      return "the test suite";
    case "person_gate":
      return "this gate";
  }
}

function endWatch({ candidate }: Standing): Offer {
  return {
    command: "promote",
    label: "Promote",
    keys: "M",
    consequence: `Ends the watch now: ${versionName(candidate)} becomes the stable version.`,
  };
}

function pause({ plan, status: { candidatePercent } }: Standing): Offer {
  return {
    command: "pause",
    label: "Pause",
    keys: "P",
    consequence: `Keeps the candidate at ${candidatePercent} % until you resume. ${watchText(plan, candidatePercent)}`,
  };
}

function resume({ status: { pause: paused, candidatePercent } }: Standing): Offer {
  const consequence = {
    timed: "Ends the pause now and takes the next step.",
    person: "Goes on with the plan from where it stands.",
    inconclusive:
      candidatePercent === 0
        ? "Goes on although its shadow responses are slower; that is not asked again."
        : "Goes on although nothing was shown; it is not asked again in this step.",
    gate: "Lets the candidate through this gate. A test suite that is still running is waited for.",
  }[paused?.reason ?? "person"];
  return { command: "resume", label: "Resume", keys: "P", consequence };
}

function promoteFully({ plan, status, candidate }: Standing): Offer {
  const passed =
    status.state === "degraded"
      ? `Clears the rollback, ${plan.warmUp ? "loads the candidate, " : ""}skips every step`
      : "Skips every step that is left";
  const watch = watchWords(plan);
  return {
    command: "promote_fully",
    label: "Promote fully",
    keys: "F",
    confirms: status.state === "degraded",
    consequence: `${passed} and ${ends(plan)}${watch === "" ? `: ${versionName(candidate)} becomes the stable version` : watch}.${
      watch === "" ? "" : ` ${watchText(plan, plan.strategy === "canary" ? 100 - plan.holdbackPercent : 100)}`
    }`,
  };
}

function abort({ stable, status }: Standing): Offer {
  const calls = status.candidatePercent === 0 ? "No call ever goes" : "From the next call on, none goes";
  return {
    command: "abort",
    label: "Abort",
    keys: "A",
    consequence: `${calls} to the candidate; ${versionName(stable)} answers all. Retry takes it back.`,
  };
}

function retry({ plan }: Standing): Offer {
  return {
    command: "retry",
    label: "Retry",
    keys: "R",
    consequence: `Starts again from the first step${plan.warmUp ? ", loading the candidate first" : ""}, with fresh counts.`,
  };
}

function ends(plan: Standing["plan"]): string {
  if (plan.strategy !== "canary") return "switches all calls to the candidate";
  return `gives the candidate ${100 - plan.holdbackPercent} % of the calls`;
}

function watchWords(plan: Standing["plan"]): string {
  switch (plan.strategy) {
    case "canary":
      return plan.holdbackPercent > 0
        ? `, with ${plan.holdbackPercent} % held back for ${spanWords(plan.holdbackMs)}`
        : "";
    case "blue_green":
      return `, with the old version kept loaded for ${spanWords(plan.standbyMs)}`;
    case "all_at_once":
      return `, and watches it for ${spanWords(plan.watchMs)}`;
  }
}
