import type { Finding, Verdict } from "../../../shared/contract/guardrails.ts";
import { verdictOf } from "../../../shared/verdict.ts";
import { piecesOf, Slices } from "../../base/slices.ts";
import { Scanner } from "./scanner.ts";

/**
 * Checks a whole text by the rules: the same scan a stream goes through, carried on past findings that would have closed
 * the gate. Linear in the text's length, synchronous, no network.
 */
export function checkText(text: string): Verdict {
  const scanner = new Scanner({ stopWhenBlocked: false });
  return verdictOf([...scanner.push(text).findings, ...scanner.end().findings]);
}

/** The same in slices, so that nothing else waits for a text of megabytes. */
export async function checkTextInSlices(text: string, slices = new Slices()): Promise<Verdict> {
  const scanner = new Scanner({ stopWhenBlocked: false });
  const findings: Finding[] = [];
  for (const piece of piecesOf(text)) {
    for (const finding of scanner.push(piece).findings) findings.push(finding);
    await slices.spend(piece.length);
  }
  for (const finding of scanner.end().findings) findings.push(finding);
  return verdictOf(findings);
}
