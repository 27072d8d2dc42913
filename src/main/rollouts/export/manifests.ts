import type { RolloutPlan, RolloutStep } from "../../../shared/contract/rollout-plan.ts";
import { assertNever } from "../../base/failure.ts";
import { passThreshold } from "../statistics/rollout-evidence.ts";
import { stepsOf } from "../../../shared/rollout-labels.ts";
import { toYaml, type YamlMap, type YamlValue } from "./yaml.ts";

export interface ManifestNames {
  /** Made into a Kubernetes name: lower case letters, digits and dashes. */
  readonly useCase: string;
  readonly candidate: { readonly model: string; readonly version: string };
}

type Analysis = Extract<RolloutStep, { type: "analysis" }>;

/** How often a cluster asks for the evidence. */
const intervalMs = 60_000;

/**
 * The plan for Argo Rollouts: a Rollout, its services and an AnalysisTemplate for each analysis (fields as documented for
 * version 1.8). What it has no words for is told in comments.
 */
export function toArgoRollout(plan: RolloutPlan, names: ManifestNames): string {
  const name = kubernetesName(names.useCase);
  const { analysis } = plan;
  const templates = stepsOf(plan).flatMap((step, place) => templateOf(step, place, names, 1 / analysis.alpha));
  const services = servicesOf(plan, name).map((service): YamlMap => ({
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: service },
    spec: { selector: { app: name }, ports: [{ port: 80, targetPort: 8080 }] },
  }));
  const rollout: YamlMap = {
    "#": [
      `${names.candidate.model} ${names.candidate.version} for ${names.useCase}, exported by Taleward.`,
      "Set the image, and the address that answers with the evidence, before you apply it.",
      ...untold(plan),
    ],
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Rollout",
    metadata: { name },
    spec: {
      replicas: 1,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: {
          containers: [
            {
              name: "model-server",
              image: "example.org/model-server:set-me",
              ports: [{ containerPort: 8080 }],
            },
          ],
        },
      },
      progressDeadlineSeconds: seconds(plan.progressDeadlineMs),
      progressDeadlineAbort: plan.abortOnDeadline,
      rollbackWindow: plan.rollbackWindow > 0 ? { revisions: plan.rollbackWindow } : undefined,
      strategy: argoStrategy(plan, name),
    },
  };
  return [rollout, ...services, ...templates].map(toYaml).join("---\n");
}

/**
 * The plan for KServe: an InferenceService at the plan's first weight. Its controller takes no steps of its own, so those that
 * follow, and all that is waited for between them, are comments.
 */
export function toKserve(plan: RolloutPlan, names: ManifestNames): string {
  const name = kubernetesName(names.useCase);
  const weights = stepsOf(plan).flatMap((step) => (step.type === "weight" ? [step.percent] : []));
  const previews = plan.strategy === "blue_green";
  const first = previews ? 0 : weights[0];
  return toYaml({
    "#": [
      `${names.candidate.model} ${names.candidate.version} for ${names.useCase}, exported by Taleward.`,
      "Traffic is split in KServe's serverless mode (Knative) alone. Set storageUri and modelFormat before you apply it.",
      "KServe takes back a revision that does not start; it does not compare answers, so it does not roll back a slower one.",
      ...(plan.strategy === "all_at_once"
        ? ["Without canaryTrafficPercent all traffic goes over when the revision is ready."]
        : kserveSteps(plan, name)),
      ...untold(plan),
    ],
    apiVersion: "serving.kserve.io/v1beta1",
    kind: "InferenceService",
    metadata: {
      name,
      annotations: previews ? { "serving.kserve.io/enable-tag-routing": "true" } : undefined,
    },
    spec: {
      predictor: {
        canaryTrafficPercent: first === undefined ? undefined : Math.round(first),
        model: { modelFormat: { name: "huggingface" }, storageUri: "pvc://models/set-me" },
      },
    },
  });
}

function argoStrategy(plan: RolloutPlan, name: string): YamlMap {
  switch (plan.strategy) {
    case "canary":
      return {
        canary: {
          "#": "Without trafficRouting weights are approximated by numbers of pods; add your ingress or mesh for exact ones.",
          stableService: `${name}-stable`,
          canaryService: `${name}-canary`,
          maxSurge: 1,
          maxUnavailable: 0,
          steps: [...plan.steps.map((step, place) => argoStep(step, place, name)), ...holdback(plan)],
        },
      };
    case "blue_green": {
      const waits = plan.previewSteps;
      const templates = waits.flatMap((step, place) =>
        step.type === "suite_gate" ? [{ templateName: templateName(name, place) }] : [],
      );
      const person = waits.some(
        (step) => step.type === "person_gate" || (step.type === "pause" && step.forMs === undefined),
      );
      const waitMs = waits.reduce((sum, step) => sum + (step.type === "pause" ? (step.forMs ?? 0) : 0), 0);
      return {
        blueGreen: {
          "#": waits.flatMap((step) =>
            step.type === "person_gate" ? [`Before it is promoted: ${step.question}`] : [],
          ),
          activeService: `${name}-active`,
          previewService: `${name}-preview`,
          autoPromotionEnabled: !person,
          autoPromotionSeconds: !person && waitMs > 0 ? seconds(waitMs) : undefined,
          prePromotionAnalysis: templates.length > 0 ? { templates } : undefined,
          scaleDownDelaySeconds: Math.max(30, seconds(plan.standbyMs)),
        },
      };
    }
    case "all_at_once":
      return {
        canary: {
          "#": "Without steps all pods are replaced at once.",
          maxSurge: "100%",
          maxUnavailable: 0,
        },
      };
    default:
      return assertNever(plan);
  }
}

function argoStep(step: RolloutStep, place: number, name: string): YamlValue {
  switch (step.type) {
    case "weight":
      return {
        "#": Number.isInteger(step.percent)
          ? undefined
          : `The plan says ${step.percent} %; weights are whole numbers here.`,
        setWeight: Math.round(step.percent),
      };
    case "pause":
      return { pause: step.forMs === undefined ? {} : { duration: `${seconds(step.forMs)}s` } };
    case "person_gate":
      return { "#": `Promote it to let it through: ${step.question}`, pause: {} };
    case "analysis":
    case "suite_gate":
      return { analysis: { templates: [{ templateName: templateName(name, place) }] } };
    default:
      return assertNever(step);
  }
}

function holdback(plan: Extract<RolloutPlan, { strategy: "canary" }>): YamlValue[] {
  if (plan.holdbackPercent === 0) return [];
  return [
    {
      "#": "Holdback: the rest stays on the old version for comparison.",
      setWeight: Math.round(100 - plan.holdbackPercent),
    },
    { pause: { duration: `${seconds(plan.holdbackMs)}s` } },
  ];
}

function templateOf(
  step: RolloutStep,
  place: number,
  { useCase, candidate }: ManifestNames,
  threshold: number,
): YamlMap[] {
  if (step.type !== "analysis" && step.type !== "suite_gate") return [];
  const metric = step.type === "analysis" ? evidenceMetric(step, threshold) : suiteMetric(step.atLeastPercent);
  const name = templateName(kubernetesName(useCase), place);
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

/** Neither condition holds while there are too few units: that is inconclusive, and asked again. */
function evidenceMetric({ units, withinMs, proof }: Analysis, threshold: number): YamlMap {
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

function suiteMetric(atLeastPercent: number): YamlMap {
  return {
    name: "test-suite",
    count: 1,
    successCondition: `result.passedPercent >= ${atLeastPercent}`,
    provider: { web: { url: "{{args.address}}", jsonPath: "{$.analysis}", timeoutSeconds: 600 } },
  };
}

/** What neither of the two can be told. */
function untold(plan: RolloutPlan): string[] {
  const { errors, held } = plan.limits;
  return [
    "Sessions are not kept on their version by the weights alone: set session affinity in your ingress or mesh.",
    ...(plan.startAtMs === undefined
      ? []
      : [`Not told: it starts at ${new Date(plan.startAtMs).toISOString()}; apply it then.`]),
    ...(plan.shadowPercent > 0
      ? [`Not told: ${plan.shadowPercent} % of the calls are also given to the candidate, unseen.`]
      : []),
    ...(errors === undefined ? [] : [`Not told: more than ${errors} failed calls end it at once.`]),
    ...(held === undefined ? [] : [`Not told: more than ${held} held answers end it at once.`]),
    ...plan.objectives.map(({ metric, atMost }) => `Not told: the objective of ${metric} of at most ${atMost}.`),
    ...(plan.strategy === "all_at_once"
      ? [`Not told: it is watched for ${seconds(plan.watchMs)} s after the switch.`]
      : []),
    ...(plan.strategy === "blue_green" && plan.previewSteps.filter(({ type }) => type !== "pause").length > 1
      ? ["Not told: the order of the gates; all of them are asked before the switch."]
      : []),
  ];
}

function kserveSteps(plan: RolloutPlan, name: string): string[] {
  const patch = (percent: number) =>
    `kubectl patch inferenceservice ${name} --type merge -p '{"spec":{"predictor":{"canaryTrafficPercent":${Math.round(percent)}}}}'`;
  let weighed = false;
  const told = stepsOf(plan).flatMap((step, place): string[] => {
    const nth = `Step ${place + 1}:`;
    switch (step.type) {
      case "weight": {
        const first = !weighed;
        weighed = true;
        return [first ? `${nth} ${step.percent} %, as below` : `${nth} ${patch(step.percent)}`];
      }
      case "pause":
        return [`${nth} wait ${step.forMs === undefined ? "for a person" : `${seconds(step.forMs)} s`}`];
      case "analysis":
        return [`${nth} wait for ${step.units} units without enough evidence against it (taleward rollouts analyse)`];
      case "suite_gate":
        return [`${nth} at least ${step.atLeastPercent} % of the test suite must pass`];
      case "person_gate":
        return [`${nth} ask: ${step.question}`];
      default:
        return assertNever(step);
    }
  });
  const held = plan.strategy === "canary" && plan.holdbackPercent > 0 ? plan.holdbackPercent : 0;
  return [
    ...told,
    ...(held > 0 && plan.strategy === "canary"
      ? [`Then: ${patch(100 - held)}, and wait ${seconds(plan.holdbackMs)} s`]
      : []),
    "At the end, to promote it: remove canaryTrafficPercent. To roll back: set it to 0.",
  ];
}

function servicesOf(plan: RolloutPlan, name: string): string[] {
  switch (plan.strategy) {
    case "canary":
      return [`${name}-stable`, `${name}-canary`];
    case "blue_green":
      return [`${name}-active`, `${name}-preview`];
    case "all_at_once":
      return [name];
    default:
      return assertNever(plan);
  }
}

function templateName(name: string, place: number): string {
  return `${name}-step-${place + 1}`;
}

/** As a shell reads it as one word. */
function shellWord(text: string): string {
  return /^[\w.@:/-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

function seconds(spanMs: number): number {
  return Math.max(1, Math.round(spanMs / 1_000));
}

/** As RFC 1123 has labels, with room for what is appended. */
function kubernetesName(text: string): string {
  const name = text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-+/g, "")
    .slice(0, 40)
    .replaceAll(/-+$/g, "");
  return name === "" ? "taleward-model" : /^[a-z]/.test(name) ? name : `m-${name}`;
}
