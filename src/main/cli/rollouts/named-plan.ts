import { rolloutPlan, type RolloutPlan } from "../../../shared/contract/rollout-plan.ts";
import { issueText } from "../../../shared/issue-text.ts";
import { Failure } from "../../base/failure.ts";
import { standardPlans } from "../../../shared/standard-plans.ts";
import { readJson } from "../input-file.ts";

/** A standard plan by its name, or the JSON of a file, for the contract to check. */
export async function namedPlan(wanted: string): Promise<RolloutPlan> {
  const { [wanted.replaceAll("-", "_")]: standard } = standardPlans as Readonly<
    Record<string, RolloutPlan | undefined>
  >; // any name may be given
  if (standard) return standard;
  const shouldBe = "a JSON file of a plan, or canary, blue-green or all-at-once";
  return (await readJson(wanted, shouldBe)) as RolloutPlan; // the contract refuses what is none, by its field
}

/** The same, checked here. Throws `Failure` BAD_REQUEST with the field that is not right. */
export async function checkedPlan(wanted: string): Promise<RolloutPlan> {
  const plan = await namedPlan(wanted);
  const parsed = rolloutPlan.safeParse(plan);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const found = issueText(issue && { ...issue, path: ["plan", ...issue.path] }, { plan });
  throw new Failure("BAD_REQUEST", found.message, {
    field: found.field,
    value: found.value,
    remedy: `${found.remedy} Or name canary, blue-green or all-at-once.`,
  });
}
