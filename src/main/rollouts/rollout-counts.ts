import type { Arm, RolloutPlan } from "../../shared/contract/rollout-plan.ts";
import type { RolloutAnalysis, StableRecord } from "../../shared/contract/rollout-status.ts";
import type { LeadingMetric } from "../../shared/contract/rollout-waiting.ts";
import type { EvidencePoint } from "../../shared/contract/rollouts.ts";
import { evidenceFacts, passThreshold, RolloutEvidence } from "./statistics/rollout-evidence.ts";
import { ArmFigures } from "./statistics/arm-figures.ts";
import type { RolloutFacts } from "./decision/rollout-facts.ts";
import { eventsOf } from "./statistics/measures.ts";
import { type BegunCall, type EndedCall, failureFlagsOf, metricsOf } from "./statistics/call-metrics.ts";
import type { InferenceId } from "../../shared/contract/ids.ts";
import { EvidenceLine } from "./statistics/evidence-line.ts";
import { ObjectiveWatches } from "./statistics/objectives.ts";
import { type ClosedUnit, RoutedUnits } from "./statistics/routed-units.ts";
import { Safeguard } from "./statistics/safeguard.ts";
import { Settling } from "./statistics/settling.ts";
import { ShadowPairs } from "./statistics/shadow-pairs.ts";

/** The same prompt on both: milliseconds a token, or milliseconds where a server does not count. */
export interface ShadowPair {
  readonly stable: number;
  readonly candidate: number;
}

/**
 * What a rollout's calls say. Each is reported when it is routed and when it has ended; one whose beginning was not reported does not
 * count. Figures, limits and objectives count a call at its end, evidence takes units as `RoutedUnits` gives them. The same calls give the
 * same numbers, whether they come as they happen or from the log after a restart.
 */
export class RolloutCounts {
  readonly #evidence: RolloutEvidence;
  readonly #objectives: ObjectiveWatches;
  readonly #safeguard: Safeguard | null;
  readonly #running = new Set<InferenceId>();
  readonly #units = new RoutedUnits();
  readonly #settling: Settling;
  readonly #pairs = new ShadowPairs();
  readonly #line = new EvidenceLine();
  readonly #arms = new ArmFigures();
  readonly #sessionUnits: Record<Arm, number> = { stable: 0, candidate: 0 };
  readonly #settlingUnits: Record<Arm, number> = { stable: 0, candidate: 0 };
  #hasSessions = false;
  /** Calls that the candidate has ended with no control beside it. */
  #alone = 0;

  /** `stableBefore`: what the log has of the stable version until the rollout began, where it is known. */
  constructor(plan: RolloutPlan, stableBefore?: StableRecord) {
    this.#safeguard = plan.safeguard ? new Safeguard(stableBefore ?? null) : null;
    this.#evidence = new RolloutEvidence(plan.analysis.metrics, plan.analysis.alpha);
    this.#settling = new Settling(plan.analysis.settleCalls);
    this.#objectives = new ObjectiveWatches(plan.objectives, plan.analysis.alpha);
  }

  /** The candidate was warmed up before it got its first call: to be reported before that, once or more often. */
  warmedUp(): void {
    this.#settling.warmedUp();
  }

  /** A call was routed. */
  begun({ id, arm, armPercent, session, startedAtMs }: BegunCall): void {
    this.#running.add(id);
    if (session !== null) this.#hasSessions = true;
    this.#units.begun(id, { atMs: startedAtMs, session, arm, weight: armPercent / 100 });
    if (arm === "candidate") this.#objectives.begun();
  }

  ended(call: EndedCall): void {
    if (!this.#running.delete(call.id)) return;
    const metrics = metricsOf(call);
    this.#arms.call(call);
    this.#safeguard?.[call.arm](failureFlagsOf(call));
    this.#units.ended(call.id, call.finishedAtMs, metrics);
    if (call.arm !== "candidate") return;
    this.#objectives.ended(metrics);
    if (call.armPercent >= 100) this.#alone += 1;
  }

  /** How a call ended will not be known. */
  lost(id: InferenceId): void {
    if (this.#running.delete(id)) this.#units.lost(id);
  }

  /** Takes the units that are complete by now as evidence; returns how many they were. */
  passed(nowMs: number): number {
    const closed = this.#units.passed(nowMs);
    for (const unit of closed) this.#unit(unit);
    return closed.length;
  }

  /** When time alone will next complete a unit; null where none is in progress. */
  get nextAtMs(): number | null {
    return this.#units.nextAtMs;
  }

  pair({ stable, candidate }: ShadowPair): void {
    this.#pairs.pair(stable, candidate);
  }

  /** Whether any of its units is a session. */
  get hasSessions(): boolean {
    return this.#hasSessions;
  }

  get facts(): Omit<RolloutFacts, "warmed" | "gate" | "failing" | "assigned" | "withinRollbackWindow"> {
    return {
      ...evidenceFacts(this.#evidence),
      unitsInProgress: this.#units.inProgress,
      shadowEvidence: this.#pairs.value,
      shadowThreshold: this.#evidence.threshold,
      errors: this.#arms.errors,
      held: this.#arms.held,
      leading: this.#leading,
      breach: this.#safeguard?.breach ?? null,
      missedObjectives: this.#objectives.missed,
    };
  }

  get analysis(): RolloutAnalysis {
    const { stable, candidate } = this.#evidence.units;
    return {
      units: { stable, candidate: candidate + this.#alone },
      sessions: { ...this.#sessionUnits },
      settling: { ...this.#settlingUnits },
      evidence: this.#evidence.evidence,
      threshold: this.#evidence.threshold,
      metrics: this.#evidence.metrics,
      pass: this.#evidence.pass,
      passThreshold,
      sampleRatio: this.#evidence.sampleRatio,
      shadowPairs: this.#pairs.figures,
      arms: this.#arms.figures,
    };
  }

  get line(): EvidencePoint[] {
    return this.#line.points;
  }

  get #leading(): LeadingMetric | null {
    const metric = this.#evidence.leading;
    if (metric === null) return null;
    return {
      metric,
      stable: this.#arms.figureOf(metric, "stable"),
      candidate: this.#arms.figureOf(metric, "candidate"),
    };
  }

  #unit(unit: ClosedUnit): void {
    if (unit.session !== undefined) this.#sessionUnits[unit.arm] += 1;
    const settled = this.#settling.isSettled;
    const cold = this.#settling.unit(unit.arm, unit.calls, unit.metrics.loadMs !== undefined);
    if (!settled || cold) this.#settlingUnits[unit.arm] += 1;
    this.#evidence.unit({ ...unit, metrics: cold ? eventsOf(unit.metrics) : unit.metrics, settled });
    const { stable, candidate } = this.#evidence.units;
    this.#line.add({
      atMs: Math.round(unit.endedAtMs),
      units: stable + candidate,
      candidatePercent: unit.weight * 100,
      evidence: this.#evidence.evidence,
      pass: this.#evidence.pass,
    });
  }
}
