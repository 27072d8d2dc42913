import type { Finding, Verdict } from "../../shared/contract/guardrails.ts";
import type { Guard } from "../inference/ports.ts";
import { checkText } from "./check.ts";
import { describeBlocked, fallbackFor } from "./fallback.ts";
import type { StreamGate } from "./gate.ts";
import { createStreamGate } from "./stream-gate.ts";

/** The guardrails' rules as calls use them. */
export class RuleGuard implements Guard {
  createGate(): StreamGate {
    return createStreamGate();
  }

  checkText(text: string): Verdict {
    return checkText(text);
  }

  fallbackFor(finding: Finding): string {
    return fallbackFor(finding);
  }

  describeBlocked(finding: Finding): string {
    return describeBlocked(finding);
  }
}
