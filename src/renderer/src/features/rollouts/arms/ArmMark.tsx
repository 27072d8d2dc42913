import type { Arm } from "../../../../../shared/contract/rollout-plan.ts";
import classes from "./ArmMark.module.css";
import { armWords } from "../rollout-labels.ts";

/** An arm as shape, colour and word: a blue square for stable, an amber triangle for the canary. */
export function ArmMark({ arm }: { readonly arm: Arm }) {
  return (
    <span className={classes.armMark} data-arm={arm}>
      <svg viewBox="0 0 12 12" width={12} height={12} aria-hidden>
        <path d={arm === "stable" ? "M1.5 1.5H10.5V10.5H1.5Z" : "M6 1 11.5 11H.5Z"} fill="currentColor" />
      </svg>
      {armWords[arm]}
    </span>
  );
}
