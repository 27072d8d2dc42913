import { type Finding, maxListedFindings, severity, type Verdict } from "./contract/guardrails.ts";

export function verdictOf(findings: readonly Finding[]): Verdict {
  return { severity: worst(findings)?.severity ?? "none", findings: [...findings] };
}

/** The verdict with as many findings as lists hold: the first, and the worst where that comes later. */
export function listedVerdict(verdict: Verdict): Verdict {
  const { severity, findings } = verdict;
  const gravest = worst(findings);
  if (gravest === null || findings.length <= maxListedFindings) return verdict;
  const listed = findings.slice(0, maxListedFindings);
  if (!listed.includes(gravest)) listed.splice(-1, 1, gravest);
  return { severity, findings: listed, found: findings.length };
}

/** The most severe finding, the earliest of equals; null of none. */
export function worst(findings: readonly Finding[]): Finding | null {
  let worstSoFar: Finding | null = null;
  for (const finding of findings) {
    const more = worstSoFar === null ? 1 : rank(finding) - rank(worstSoFar);
    if (worstSoFar === null || more > 0 || (more === 0 && finding.start < worstSoFar.start)) worstSoFar = finding;
  }
  return worstSoFar;
}

function rank(finding: Finding): number {
  return severity.options.indexOf(finding.severity);
}
