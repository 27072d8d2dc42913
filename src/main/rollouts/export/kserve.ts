import type { RolloutPlan } from "../../../shared/contract/rollout-plan.ts";
import { stepsOf } from "../../../shared/rollout-labels.ts";
import { assertNever } from "../../base/failure.ts";
import { heading, kubernetesName, limitations, type ManifestNames, seconds } from "./manifest.ts";
import { toManifestYaml } from "./manifest-yaml.ts";

/**
 * The plan for KServe: an InferenceService at the plan's first weight. Its controller takes no steps of its own, so those that
 * follow, and all that is waited for between them, are comments.
 */
export function toKserve(plan: RolloutPlan, names: ManifestNames): string {
  const name = kubernetesName(names.useCase);
  const weights = stepsOf(plan).flatMap((step) => (step.type === "weight" ? [step.percent] : []));
  const previews = plan.strategy === "blue_green";
  const first = previews ? 0 : weights[0];
  return toManifestYaml([
    {
      "#": [
        heading(names),
        "Traffic is split in KServe's serverless mode (Knative) alone. Set storageUri and modelFormat before you apply it.",
        "KServe takes back a revision that does not start; it does not compare answers, so it does not roll back a slower one.",
        ...(plan.strategy === "all_at_once"
          ? ["Without canaryTrafficPercent all traffic goes over when the revision is ready."]
          : kserveSteps(plan, name)),
        ...limitations(plan),
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
    },
  ]);
}

function kserveSteps(plan: RolloutPlan, name: string): string[] {
  const patch = (percent: number) =>
    `kubectl patch inferenceservice ${name} --type merge -p '{"spec":{"predictor":{"canaryTrafficPercent":${Math.round(percent)}}}}'`;
  let isWeighted = false;
  const steps = stepsOf(plan).flatMap((step, index): string[] => {
    const nth = `Step ${index + 1}:`;
    switch (step.type) {
      case "weight": {
        const first = !isWeighted;
        isWeighted = true;
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
  return [
    ...steps,
    ...(plan.strategy === "canary" && plan.holdbackPercent > 0
      ? [`Then: ${patch(100 - plan.holdbackPercent)}, and wait ${seconds(plan.holdbackMs)} s`]
      : []),
    "At the end, to promote it: remove canaryTrafficPercent. To roll back: set it to 0.",
  ];
}
