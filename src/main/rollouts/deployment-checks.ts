import type { SuiteId, VersionId } from "../../shared/contract/ids.ts";
import type { ModelVersion } from "../../shared/contract/registry.ts";
import type { RolloutPlan } from "../../shared/contract/rollout-plan.ts";
import { Failure } from "../base/failure.ts";
import { stepsOf } from "../../shared/rollout-labels.ts";
import { planProblem } from "./decision/validate-plan.ts";
import type { GateSuites, ReachabilityCheck } from "./ports.ts";

export interface DeploymentCheckPorts {
  readonly suites: GateSuites;
  readonly reach: ReachabilityCheck;
  readonly nowMs: () => number;
}

/** Throws `Failure` where the candidate or the plan is not fit for a rollout. */
export async function checkDeployment(
  ports: DeploymentCheckPorts,
  candidate: ModelVersion,
  stableId: VersionId,
  { plan, useCase }: { readonly plan: RolloutPlan; readonly useCase: string },
): Promise<void> {
  const name = `${candidate.model} ${candidate.version}`;
  const refusal = (code: "CONFLICT" | "UNAVAILABLE", message: string, remedy: string) =>
    new Failure(code, message, { field: "candidateVersionId", value: candidate.id, remedy });
  if (candidate.id === stableId)
    throw refusal("CONFLICT", `${name} answers ${useCase} already.`, "Choose another version.");
  if (candidate.status === "retired")
    throw refusal("CONFLICT", `${name} is retired.`, "Set its status back to registered first, or choose another.");
  if (candidate.drift)
    throw refusal(
      "CONFLICT",
      `${name} is no longer what it was registered as on ${candidate.drift.endpoint}.`,
      "Register what is there now as a new version, or put the registered one back.",
    );
  const problem = planProblem(plan);
  if (problem) throw problem;
  for (const [index, step] of stepsOf(plan).entries())
    if (step.type === "suite_gate") await requireSuite(ports, step.suiteId, index, plan);
  if ((plan.startAtMs ?? 0) > ports.nowMs()) return; // it is asked again by warming up
  const unreachable = await ports.reach.unreachable(candidate);
  if (unreachable !== null)
    throw refusal("UNAVAILABLE", `${name} cannot be reached. ${unreachable}`, "Start its server, then try again.");
}

async function requireSuite(
  ports: DeploymentCheckPorts,
  suiteId: SuiteId,
  index: number,
  { strategy }: RolloutPlan,
): Promise<void> {
  const field = `plan.${strategy === "blue_green" ? "previewSteps" : "steps"}.${index}.suiteId`;
  const cases = await ports.suites.countCases(suiteId).catch((error: unknown) => {
    if (error instanceof Failure) throw new Failure(error.code, error.message, { ...error.data, field });
    throw error;
  });
  if (cases > 0) return;
  const remedy = "Add a case to it first, or take the gate out of the plan.";
  throw new Failure("CONFLICT", "The test suite of a gate has no cases.", { field, value: suiteId, remedy });
}
