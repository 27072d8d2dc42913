import type { Finding } from "../../../shared/contract/guardrails.ts";
import { verdictOf } from "../../../shared/verdict.ts";
import type { GateStep, StreamGate } from "./gate.ts";
import { Scanner } from "./scanner.ts";
import type { ScanStep } from "./scanner.ts";

/**
 * A gate for one stream. A sentence is released when the next one starts, a long sentence piece by piece; what is blocked
 * stays blocked with the whole waiting part around it, and everything pushed after it. Low and medium findings are reported
 * and released. `Scanner` argues why nothing leaks and why chunking does not matter. `end` is called once, last.
 */
export function createStreamGate(): StreamGate {
  const scanner = new Scanner({ stopWhenBlocked: true });
  const pushed: string[] = [];
  const findings: Finding[] = [];
  let waiting = "";
  let releasedTo = 0;
  let closed = false;

  const pass = (step: ScanStep): GateStep => {
    const released = waiting.slice(0, step.passedTo - releasedTo);
    waiting = waiting.slice(released.length);
    releasedTo = step.passedTo;
    for (const finding of step.findings) findings.push(finding);
    if (step.blocked !== null) {
      closed = true;
      waiting = "";
    }
    return { released, findings: step.findings, blocked: step.blocked };
  };

  return {
    push(text) {
      pushed.push(text);
      if (closed) return { released: "", findings: [], blocked: null };
      waiting += text;
      return pass(scanner.push(text));
    },
    end() {
      if (closed) return { released: "", findings: [], blocked: null };
      return pass(scanner.end());
    },
    verdict: () => verdictOf(findings),
    original: () => pushed.join(""),
  };
}
