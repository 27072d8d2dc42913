import type { RolloutPlan } from "./contract/rollout-plan.ts";

/**
 * What takes a candidate back by itself while it gets this share of the calls, in a sentence: true of this plan, or it says that
 * nothing does.
 *
 * @example
 * watchText(standardPlans.all_at_once, 100);
 * // "It is taken back by itself on more failed, held back or critical answers than the stable version had."
 */
export function watchText(plan: RolloutPlan, candidatePercent: number): string {
  if (candidatePercent <= 0) return "No call goes to it meanwhile.";
  const { limits, objectives, safeguard } = plan;
  const reasons = [
    ...(candidatePercent < 100 ? ["the evidence"] : []),
    ...(limits.errors === undefined ? [] : [`more than ${limits.errors} errors`]),
    ...(limits.held === undefined ? [] : [`more than ${limits.held} held answers`]),
    ...(objectives.length === 0 ? [] : ["a missed objective"]),
    ...(safeguard ? ["more failed, held back or critical answers than the stable version had"] : []),
  ];
  if (reasons.length === 0) return "Nothing takes it back by itself: the plan has no safeguard, limit or objective.";
  const [last, ...before] = reasons.toReversed();
  const list = before.length === 0 ? last : `${before.toReversed().join(", ")} or ${last}`;
  return `It is taken back by itself on ${list}.`;
}
