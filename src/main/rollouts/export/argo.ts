import type { RolloutPlan, RolloutStep } from "../../../shared/contract/rollout-plan.ts";
import { stepsOf } from "../../../shared/rollout-labels.ts";
import { assertNever } from "../../base/failure.ts";
import { heading, kubernetesName, limitations, type ManifestNames, seconds } from "./manifest.ts";
import { type ManifestMap, type ManifestValue, toManifestYaml } from "./manifest-yaml.ts";
import { templateName, templateOf } from "./argo-analysis.ts";

/**
 * The plan for Argo Rollouts: a Rollout, its services and an AnalysisTemplate for each analysis (fields as documented for
 * version 1.8). What Argo Rollouts has no fields for is said in comments.
 */
export function toArgoRollout(plan: RolloutPlan, names: ManifestNames): string {
  const name = kubernetesName(names.useCase);
  const threshold = 1 / plan.analysis.alpha;
  const templates = stepsOf(plan).flatMap((step, index) =>
    templateOf(step, templateName(name, index), names, threshold),
  );
  const services = servicesOf(plan, name).map((service): ManifestMap => ({
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: service },
    spec: { selector: { app: name }, ports: [{ port: 80, targetPort: 8080 }] },
  }));
  const rollout: ManifestMap = {
    "#": [
      heading(names),
      "Set the image, and the address that answers with the evidence, before you apply it.",
      ...limitations(plan),
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
  return toManifestYaml([rollout, ...services, ...templates]);
}

function argoStrategy(plan: RolloutPlan, name: string): ManifestMap {
  switch (plan.strategy) {
    case "canary":
      return {
        canary: {
          "#": "Without trafficRouting weights are approximated by numbers of pods; add your ingress or mesh for exact ones.",
          stableService: `${name}-stable`,
          canaryService: `${name}-canary`,
          maxSurge: 1,
          maxUnavailable: 0,
          steps: [...plan.steps.map((step, index) => argoStep(step, index, name)), ...holdback(plan)],
        },
      };
    case "blue_green":
      return blueGreen(plan, name);
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

function blueGreen(plan: Extract<RolloutPlan, { strategy: "blue_green" }>, name: string): ManifestMap {
  const waits = plan.previewSteps;
  const templates = waits.flatMap((step, index) =>
    step.type === "suite_gate" ? [{ templateName: templateName(name, index) }] : [],
  );
  const person = waits.some(
    (step) => step.type === "person_gate" || (step.type === "pause" && step.forMs === undefined),
  );
  const waitMs = waits.reduce((sum, step) => sum + (step.type === "pause" ? (step.forMs ?? 0) : 0), 0);
  return {
    blueGreen: {
      "#": waits.flatMap((step) => (step.type === "person_gate" ? [`Before it is promoted: ${step.question}`] : [])),
      activeService: `${name}-active`,
      previewService: `${name}-preview`,
      autoPromotionEnabled: !person,
      autoPromotionSeconds: !person && waitMs > 0 ? seconds(waitMs) : undefined,
      prePromotionAnalysis: templates.length > 0 ? { templates } : undefined,
      scaleDownDelaySeconds: Math.max(30, seconds(plan.standbyMs)),
    },
  };
}

function argoStep(step: RolloutStep, index: number, name: string): ManifestValue {
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
      return { analysis: { templates: [{ templateName: templateName(name, index) }] } };
    default:
      return assertNever(step);
  }
}

function holdback(plan: Extract<RolloutPlan, { strategy: "canary" }>): ManifestValue[] {
  if (plan.holdbackPercent === 0) return [];
  return [
    {
      "#": "Holdback: the rest stays on the old version for comparison.",
      setWeight: Math.round(100 - plan.holdbackPercent),
    },
    { pause: { duration: `${seconds(plan.holdbackMs)}s` } },
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
