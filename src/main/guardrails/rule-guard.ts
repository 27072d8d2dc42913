import type { Finding, Verdict } from "../../shared/contract/guardrails.ts";
import type { Guard } from "../inference/ports.ts";
import { checkText, checkTextInSlices } from "./checking/check.ts";
import { describeBlocked, fallbackFor } from "./checking/fallback.ts";
import type { StreamGate } from "./checking/gate.ts";
import { createStreamGate } from "./checking/stream-gate.ts";

/** The guardrails' rules as calls use them. */
export class RuleGuard implements Guard {
  createGate(): StreamGate {
    return createStreamGate();
  }

  checkText(text: string): Verdict {
    return checkText(text);
  }

  checkTextInSlices(text: string): Promise<Verdict> {
    return checkTextInSlices(text);
  }

  fallbackFor(finding: Finding): string {
    return fallbackFor(finding);
  }

  describeBlocked(finding: Finding): string {
    return describeBlocked(finding);
  }
}
