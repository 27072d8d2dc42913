import type { RolloutPlan } from "../../../shared/contract/rollout-plan.ts";

export interface ManifestNames {
  /** Made into a Kubernetes name: lower case letters, digits and dashes. */
  readonly useCase: string;
  readonly candidate: { readonly model: string; readonly version: string };
}

/** First in every manifest. */
export function heading({ useCase, candidate }: ManifestNames): string {
  return `${candidate.model} ${candidate.version} for ${useCase}, exported by Taleward.`;
}

/** What neither Argo Rollouts nor KServe has fields for, a comment each. */
export function limitations(plan: RolloutPlan): string[] {
  const { errors, held } = plan.limits;
  return [
    "Sessions are not kept on their version by the weights alone: set session affinity in your ingress or mesh.",
    ...(plan.startAtMs === undefined
      ? []
      : [`Not expressed: it starts at ${new Date(plan.startAtMs).toISOString()}; apply it then.`]),
    ...(plan.shadowPercent > 0
      ? [`Not expressed: ${plan.shadowPercent} % of the calls are also given to the candidate, as shadow responses.`]
      : []),
    ...(errors === undefined ? [] : [`Not expressed: more than ${errors} failed calls end it at once.`]),
    ...(held === undefined ? [] : [`Not expressed: more than ${held} held answers end it at once.`]),
    ...plan.objectives.map(({ metric, atMost }) => `Not expressed: the objective of ${metric} of at most ${atMost}.`),
    ...(plan.strategy === "all_at_once"
      ? [`Not expressed: it is watched for ${seconds(plan.watchMs)} s after the switch.`]
      : []),
    ...(plan.strategy === "blue_green" && plan.previewSteps.filter(({ type }) => type !== "pause").length > 1
      ? ["Not expressed: the order of the gates; all of them are decided before the switch."]
      : []),
  ];
}

/** At least one. */
export function seconds(spanMs: number): number {
  return Math.max(1, Math.round(spanMs / 1_000));
}

/** As RFC 1123 has labels, with room for what is appended. */
export function kubernetesName(text: string): string {
  const name = text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-+/g, "")
    .slice(0, 40)
    .replaceAll(/-+$/g, "");
  return name === "" ? "taleward-model" : /^[a-z]/.test(name) ? name : `m-${name}`;
}
