import type { Finding } from "../../shared/contract/guardrails.ts";
import type { Guard } from "./ports.ts";

/** What a caller makes of a text that was blocked: `reason` is why, in a sentence, and `fallback` what is shown instead otherwise. */
export type HeldText = (held: { readonly reason: string; readonly fallback: string }) => string;

/** The guardrails with a caller's own words in place of what is blocked, which the log has too. */
export function markedGuard(guard: Guard, heldText: HeldText): Guard {
  return {
    createGate: () => guard.createGate(),
    checkText: (text) => guard.checkText(text),
    checkTextInSlices: (text) => guard.checkTextInSlices(text),
    describeBlocked: (finding) => guard.describeBlocked(finding),
    fallbackFor: (finding: Finding) =>
      heldText({ reason: guard.describeBlocked(finding), fallback: guard.fallbackFor(finding) }),
  };
}
