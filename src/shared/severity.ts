import { type Finding, severity, type Verdict } from "./contract/guardrails.ts";

/** From the mildest to the worst. */
const order: readonly Verdict["severity"][] = ["none", ...severity.options];

/** The worse of a verdict's severity and some findings'. */
export function worseOf(known: Verdict["severity"], findings: readonly Finding[]): Verdict["severity"] {
  return findings.reduce<Verdict["severity"]>(
    (worst, finding) => (order.indexOf(finding.severity) > order.indexOf(worst) ? finding.severity : worst),
    known,
  );
}
