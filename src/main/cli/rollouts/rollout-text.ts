import { waitingSentence } from "../../../shared/rollout-waiting-text.ts";
import { actorLabel } from "../../../shared/actor-label.ts";
import type { RolloutPlan } from "../../../shared/contract/rollout-plan.ts";
import type { Calibration } from "../../../shared/contract/rollout-simulation.ts";
import type { Rollout, RolloutAnalysis, RolloutEvent, RolloutStatus } from "../../../shared/contract/rollout-status.ts";
import type { RolloutView } from "../../../shared/contract/rollouts.ts";
import { stepsOf } from "../../../shared/rollout-labels.ts";
import { nameOf } from "../named-version.ts";
import { counted } from "../../../shared/format.ts";
import { facts, localTime, milliseconds, plain, table } from "../text.ts";

/** One line for where a rollout stands: state, step, both weights, and what it waits for. */
export function rolloutLine({ rollout, analysis }: RolloutView): string {
  const { status, plan } = rollout;
  const parts = [
    stateOf(rollout.status),
    stepOf(plan, status.step),
    weights(status.candidatePercent),
    evidenceOf(analysis),
  ];
  return `${parts.join("  ")}  ${oneLine(waitingSentence(rollout.waitingFor, Date.now()))}\n`;
}

export function rolloutTable(rollouts: readonly Rollout[]): string {
  return table(
    ["USE CASE", "CANDIDATE", "STABLE", "STATE", "CANDIDATE %", "STARTED", "ID"],
    rollouts.map((rollout) => [
      rollout.useCase,
      nameOf(rollout.candidate),
      nameOf(rollout.stable),
      stateOf(rollout.status),
      rollout.status.candidatePercent,
      localTime(rollout.startedAtMs),
      rollout.id,
    ]),
  );
}

/** Everything a person asks of one rollout, with the events that led there. */
export function rolloutDetails(
  { rollout, analysis }: RolloutView,
  events: readonly RolloutEvent[],
  calibration: Calibration | null,
): string {
  const { status, plan } = rollout;
  const { arms, units, sessions } = analysis;
  const column = (arm: "stable" | "candidate") => [
    arm,
    nameOf(rollout[arm]),
    units[arm],
    sessions[arm],
    milliseconds(arms[arm].totalP50Ms),
    milliseconds(arms[arm].totalP95Ms),
    milliseconds(arms[arm].firstTokenP50Ms),
    arms[arm].errors,
    arms[arm].violations,
    arms[arm].held,
    arms[arm].fallbacks,
  ];
  return [
    facts([
      ["Rollout", rollout.id],
      ["Use case", rollout.useCase],
      ["Strategy", plan.strategy.replaceAll("_", " ")],
      ["State", stateOf(rollout.status)],
      ["Step", stepOf(plan, status.step)],
      ["Weights", weights(status.candidatePercent)],
      ["Evidence", evidenceOf(analysis)],
      ["Not slower", `${threeDigits(analysis.pass)} of ${threeDigits(analysis.passThreshold)}`],
      ["Started", localTime(rollout.startedAtMs)],
      ["Finished", rollout.finishedAtMs === null ? null : localTime(rollout.finishedAtMs)],
      ["Waits for", rollout.finishedAtMs === null ? waitingSentence(rollout.waitingFor, Date.now()) : null],
      ["Because", status.reason],
    ]),
    "\n",
    table(
      ["ARM", "VERSION", "UNITS", "SESSIONS", "P50", "P95", "FIRST P50", "ERRORS", "VIOLATIONS", "HELD", "FALLBACKS"],
      [column("stable"), column("candidate")],
    ),
    "\n",
    ...events.map(eventLine),
    ...(calibration ? [`\nPredicted, and what happened: ${oneLine(calibration.sentences.join(" "))}\n`] : []),
  ].join("");
}

export function eventLine({ atMs, message, by, candidatePercent }: RolloutEvent): string {
  return `${localTime(atMs)}  ${String(candidatePercent).padStart(3)} %  ${oneLine(message)}${by.kind === "system" ? "" : ` (${plain(actorLabel(by))})`}\n`;
}

/** Twenty cells, of which the candidate's are filled. */
export function weights(candidatePercent: number): string {
  return `stable ${shown(100 - candidatePercent)} % ${bar(candidatePercent / 100)} ${shown(candidatePercent)} % candidate`;
}

/** On the scale on which each unit counts alike: from no evidence at all to where it is rolled back. */
function evidenceOf({ evidence, threshold, units }: RolloutAnalysis): string {
  const share = Math.log(Math.max(1, evidence)) / Math.log(threshold);
  const what = `${threeDigits(evidence)} of ${threeDigits(threshold)}`;
  return `evidence ${bar(share, 10)} ${what} after ${counted(units.stable + units.candidate, "unit")}`;
}

export function stateOf({ state, pause }: RolloutStatus): string {
  return pause === null ? state : `${state} (${pause.reason})`;
}

export function stepOf(plan: RolloutPlan, step: number): string {
  const steps = stepsOf(plan).length;
  return step >= steps ? "all steps done" : `step ${step + 1} of ${steps}`;
}

function bar(share: number, cells = 20): string {
  const filled = Math.round(Math.min(1, Math.max(0, share)) * cells);
  return `[${"#".repeat(filled)}${"-".repeat(cells - filled)}]`;
}

export function threeDigits(value: number): string {
  if (value !== 0 && (value >= 1e6 || value < 1e-3)) return value.toExponential(1);
  return value.toLocaleString("en-US", { maximumSignificantDigits: 3 });
}

function shown(percent: number): string {
  return percent.toLocaleString("en-US", { maximumFractionDigits: 1 });
}

function oneLine(text: string): string {
  return plain(text).replaceAll(/\s+/g, " ").trim();
}
