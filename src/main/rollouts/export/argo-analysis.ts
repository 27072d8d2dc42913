import type { RolloutStep } from "../../../shared/contract/rollout-plan.ts";
import { passThreshold } from "../statistics/rollout-evidence.ts";
import { type ManifestNames, seconds } from "./manifest.ts";
import type { ManifestMap } from "./manifest-yaml.ts";

type Analysis = Extract<RolloutStep, { type: "analysis" }>;

/** How often a cluster asks for the evidence. */
const intervalMs = 60_000;

/** The AnalysisTemplate of a step that has one; `threshold` is the evidence at which it fails. */
export function templateOf(
  step: RolloutStep,
  name: string,
  { candidate }: ManifestNames,
  threshold: number,
): ManifestMap[] {
  if (step.type !== "analysis" && step.type !== "suite_gate") return [];
  const metric = step.type === "analysis" ? evidenceMetric(step, threshold) : suiteMetric(step.atLeastPercent);
  return [
    {
      apiVersion: "argoproj.io/v1alpha1",
      kind: "AnalysisTemplate",
      metadata: { name },
      spec: {
        args: [
          {
            "#":
              step.type === "analysis"
                ? 'Answers {"analysis":{"evidence":1.2,"units":140,"pass":0.8}}, with the units of this step: `taleward rollouts analyse --json` behind a small server.'
                : `Answers {"analysis":{"passedPercent":100}}: \`taleward test run ${step.suiteId} --versions ${shellWord(`${candidate.model}@${candidate.version}`)} --json\` behind a small server.`,
            name: "address",
            value: "http://taleward.example.org/analysis",
          },
        ],
        metrics: [metric],
      },
    },
  ];
}

export function templateName(name: string, index: number): string {
  return `${name}-step-${index + 1}`;
}

/** Neither condition holds while there are too few units: that is inconclusive, and asked again. */
function evidenceMetric({ units, withinMs, proof }: Analysis, threshold: number): ManifestMap {
  const count = withinMs === undefined ? undefined : Math.max(1, Math.ceil(withinMs / intervalMs));
  const proven = proof ? ` && result.pass >= ${passThreshold}` : "";
  return {
    name: "evidence",
    interval: `${seconds(intervalMs)}s`,
    count,
    successCondition: `result.evidence < ${threshold} && result.units >= ${units}${proven}`,
    failureCondition: `result.evidence >= ${threshold}`,
    failureLimit: 0,
    consecutiveSuccessLimit: 1,
    inconclusiveLimit: count ?? 1_000_000,
    provider: { web: { url: "{{args.address}}", jsonPath: "{$.analysis}" } },
  };
}

function suiteMetric(atLeastPercent: number): ManifestMap {
  return {
    name: "test-suite",
    count: 1,
    successCondition: `result.passedPercent >= ${atLeastPercent}`,
    provider: { web: { url: "{{args.address}}", jsonPath: "{$.analysis}", timeoutSeconds: 600 } },
  };
}

/** As a shell reads it as one word. */
function shellWord(text: string): string {
  return /^[\w.@:/-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
