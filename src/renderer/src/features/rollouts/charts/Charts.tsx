import { lazy, Suspense } from "react";
import type { Rollout, RolloutAnalysis, RolloutEvent } from "../../../../../shared/contract/rollout-status.ts";
import type { ShownNumber } from "../../../../../shared/rollout-labels.ts";
import type { EvidencePoint } from "../../../../../shared/contract/rollouts.ts";
import { Boundary } from "../../../ui/states/Boundary.tsx";
import { CopyButton } from "../../../ui/controls/CopyButton.tsx";
import { toCsv } from "../../../ui/csv.ts";
import { useNow } from "../../../ui/use-now.ts";
import { Defined } from "../../../ui/text/Defined.tsx";
import parts from "../Parts.module.css";
import classes from "./Charts.module.css";
import { evidenceWords } from "../rollout-labels.ts";

const EvidenceChart = lazy(() => import("./EvidenceChart.tsx"));
const WeightsChart = lazy(() => import("./WeightsChart.tsx"));

const glanceMs = 5_000;

interface ChartsProps {
  readonly rollout: Rollout;
  readonly analysis: RolloutAnalysis;
  readonly evidence: readonly EvidencePoint[];
  readonly events: readonly RolloutEvent[];
}

/** The evidence against both of its thresholds, and the weights, over the same time. */
export function Charts({ rollout, analysis, evidence, events }: ChartsProps) {
  const { threshold, passThreshold } = analysis;
  const nowMs = useNow(glanceMs);
  const untilMs = rollout.finishedAtMs ?? nowMs;
  return (
    <div className={classes.charts}>
      <figure
        className={classes.chart}
        aria-label={`Evidence over time: ${evidenceWords(analysis.evidence)} of ${evidenceWords(threshold)} against the canary, ${evidenceWords(analysis.pass)} of ${evidenceWords(passThreshold)} that it is not slower`}
      >
        <figcaption className={classes.caption}>
          <span className={parts.partTitle}>
            <Defined what="evidence">Evidence</Defined>
          </span>
          <Key
            what="evidence"
            label={`against the canary ${evidenceWords(analysis.evidence)}`}
            color="var(--tw-critical)"
          />
          <Key what="pass" label={`not slower ${evidenceWords(analysis.pass)}`} color="var(--tw-good)" dashed />
          <span className={classes.spacer} />
          <CopyButton label="Copy evidence as CSV" word="CSV" text={() => evidenceCsv(evidence)} />
        </figcaption>
        <div className={classes.plot}>
          <Boundary fallback={null}>
            <Suspense>
              <EvidenceChart
                points={evidence}
                startedAtMs={rollout.startedAtMs}
                untilMs={untilMs}
                threshold={threshold}
                passThreshold={passThreshold}
              />
            </Suspense>
          </Boundary>
        </div>
      </figure>
      <figure
        className={classes.chart}
        aria-label={`Weights over time: the canary gets ${rollout.status.candidatePercent} % now`}
      >
        <figcaption className={classes.caption}>
          <span className={parts.partTitle}>
            <Defined what="candidatePercent">Weights</Defined>
          </span>
          <Key label="stable" color="var(--tw-arm-stable)" />
          <Key label="canary" color="var(--tw-arm-canary)" />
        </figcaption>
        <div className={classes.plot}>
          <Boundary fallback={null}>
            <Suspense>
              <WeightsChart events={events} startedAtMs={rollout.startedAtMs} untilMs={untilMs} />
            </Suspense>
          </Boundary>
        </div>
      </figure>
    </div>
  );
}

interface KeyProps {
  readonly label: string;
  /** Where a number stands in the label. */
  readonly what?: ShownNumber;
  readonly color: string;
  readonly dashed?: boolean;
}

function Key({ label, what, color, dashed = false }: KeyProps) {
  return (
    <span className={classes.key}>
      <svg width={16} height={8} aria-hidden>
        <line
          x1={0}
          y1={4}
          x2={16}
          y2={4}
          stroke={color}
          strokeWidth={2.5}
          strokeDasharray={dashed ? "4 3" : undefined}
        />
      </svg>
      {what === undefined ? label : <Defined what={what}>{label}</Defined>}
    </span>
  );
}

function evidenceCsv(points: readonly EvidencePoint[]): string {
  return toCsv(
    ["at", "units", "candidate_percent", "evidence", "pass"],
    points.map(({ atMs, units, candidatePercent, evidence, pass }) => [
      new Date(atMs).toISOString(),
      units,
      candidatePercent,
      evidence,
      pass,
    ]),
  );
}
