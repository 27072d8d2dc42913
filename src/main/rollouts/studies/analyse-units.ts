import {
  type Arm,
  type RolloutMetric,
  rolloutMetric,
  type RolloutPlan,
} from "../../../shared/contract/rollout-plan.ts";
import { analysisUnit, type AnalysisUnit } from "../../../shared/contract/rollout-status.ts";
import { issueText } from "../../../shared/issue-text.ts";
import { Failure } from "../../base/failure.ts";
import { passThreshold, RolloutEvidence, sampleRatioThreshold } from "../statistics/rollout-evidence.ts";
import { SessionSummary } from "../statistics/session-summary.ts";

export interface AnalysedMetric {
  /** A metric; or all of them together, that it is not slower by more than a quarter, or that labels fall as the coin says. */
  readonly metric: RolloutMetric | "combined" | "not_slower" | "sample_ratio";
  /** Its share of the combined evidence; null where it is none of it. */
  readonly share: number | null;
  /** E at the last unit, and the highest it was at any. */
  readonly evidence: number;
  readonly highest: number;
  /** What E has to reach; null where only the combined one is held against anything. */
  readonly threshold: number | null;
  /** Those that have it. */
  readonly units: Readonly<Record<Arm, number>>;
  /** In a sentence. */
  readonly verdict: string;
}

/** Reads units from lines of JSON; empty lines are passed over. Fails with BAD_REQUEST that names the line, field and value. */
export function* parseUnits(lines: Iterable<string>): Generator<AnalysisUnit> {
  let number = 0;
  for (const line of lines) {
    number += 1;
    if (line.trim() === "") continue;
    let given: unknown;
    try {
      given = JSON.parse(line);
    } catch {
      throw refused(`line ${number}`, line, `Line ${number} is not JSON`);
    }
    const parsed = analysisUnit.safeParse(given);
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      const { field, message, remedy } = issueText(issue, given);
      throw refused(
        `line ${number}${field === "" ? "" : `, ${field}`}`,
        line,
        `Line ${number} cannot be used: ${message} ${remedy}`.replace(/\.$/, ""),
      );
    }
    yield parsed.data;
  }
}

/**
 * The evidence in a list of units, in the order in which they were routed. Lines that share a session are calls of one unit,
 * which stands where the first of them does and has its label. Without an analysis it is of all metrics that any unit has, by
 * their usual shares. Fails with BAD_REQUEST when a session is on both arms.
 */
export function analyseUnits(lines: Iterable<AnalysisUnit>, analysis?: RolloutPlan["analysis"]): AnalysedMetric[] {
  const folded = foldSessions(lines);
  const { metrics, alpha } = analysis ?? { metrics: sharesOf(folded), alpha: 0.05 };
  const evidence = new RolloutEvidence(metrics, alpha);
  const highest = new Map<string, number>();
  const note = (name: string, value: number) => highest.set(name, Math.max(highest.get(name) ?? 1, value));
  for (const unit of folded) {
    evidence.unit(unit);
    for (const { metric, value } of evidence.metrics) note(metric, value);
    note("combined", evidence.evidence);
    note("not_slower", evidence.pass);
    note("sample_ratio", evidence.sampleRatio);
  }
  const row = (
    metric: AnalysedMetric["metric"],
    value: number,
    threshold: number | null,
    verdictOf: (reached: boolean) => string,
    share: number | null = null,
  ): AnalysedMetric => {
    const most = highest.get(metric) ?? 1;
    const units = isMetric(metric) ? unitsWith(metric, folded) : { ...evidence.units };
    return {
      metric,
      share,
      evidence: value,
      highest: most,
      threshold,
      units,
      verdict: verdictOf(threshold !== null && most >= threshold),
    };
  };
  return [
    row("combined", evidence.evidence, evidence.threshold, (reached) =>
      reached ? "The candidate is worse: it would be rolled back" : "Not enough speaks against the candidate",
    ),
    ...evidence.metrics.map(({ metric, value, share }) =>
      row(metric, value, null, () => (value > 1 ? "Speaks against the candidate" : "Speaks for no difference"), share),
    ),
    row("not_slower", evidence.pass, passThreshold, (reached) =>
      reached ? "It is shown not to be slower by more than a quarter" : "It is not shown that it is no slower",
    ),
    row("sample_ratio", evidence.sampleRatio, sampleRatioThreshold, (reached) =>
      reached
        ? "Units do not fall on the arms as their weights say: the comparison is not to be trusted"
        : "Units fall on the arms as their weights say",
    ),
  ];
}

/** How much of the evidence each metric is beside the others, where nobody says. */
const usualShares: Readonly<Record<RolloutMetric, number>> = {
  msPerToken: 0.5,
  totalMs: 0.2,
  firstTokenMs: 0.15,
  tail: 0.2,
  errors: 0.15,
  violations: 0.15,
  fallbacks: 0.15,
  rating: 0.15,
};

function sharesOf(units: readonly AnalysisUnit[]): RolloutPlan["analysis"]["metrics"] {
  const found = rolloutMetric.options.filter((metric) => units.some((unit) => hasMetric(unit, metric)));
  return Object.fromEntries(found.map((metric) => [metric, usualShares[metric]]));
}

function unitsWith(metric: RolloutMetric, units: readonly AnalysisUnit[]): Record<Arm, number> {
  const counts = { stable: 0, candidate: 0 };
  for (const unit of units) if (unit.weight > 0 && unit.weight < 1 && hasMetric(unit, metric)) counts[unit.arm] += 1;
  return counts;
}

/** The tail is of whatever latency there is. */
function hasMetric({ metrics }: AnalysisUnit, metric: RolloutMetric): boolean {
  if (metric !== "tail") return metrics[metric] !== undefined;
  return (metrics.tail ?? metrics.totalMs ?? metrics.msPerToken) !== undefined;
}

function isMetric(name: AnalysedMetric["metric"]): name is RolloutMetric {
  return name in usualShares;
}

function foldSessions(lines: Iterable<AnalysisUnit>): AnalysisUnit[] {
  const units = new Map<string | symbol, { readonly first: AnalysisUnit; readonly summary: SessionSummary }>();
  for (const line of lines) {
    const key = line.session ?? Symbol("a unit of its own");
    const known = units.get(key);
    if (known && known.first.arm !== line.arm)
      throw refused(
        "session",
        String(line.session),
        `Session ${String(line.session)} is on both arms: a session is assigned once`,
      );
    const unit = known ?? { first: line, summary: new SessionSummary() };
    unit.summary.add(line.metrics);
    units.set(key, unit);
  }
  return [...units.values()].map(({ first, summary }) =>
    // One line's own figures are not rounded by a logarithm and back.
    summary.calls === 1 ? first : { ...first, metrics: summary.metrics() },
  );
}

function refused(field: string, value: string, message: string): Failure {
  return new Failure("BAD_REQUEST", message, {
    field,
    value: value.slice(0, 200),
    remedy: 'Give one unit a line: {"arm":"stable","weight":0.1,"metrics":{"msPerToken":31},"session":"a"}.',
  });
}
