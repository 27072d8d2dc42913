import type { Verdict } from "../../../shared/contract/guardrails.ts";
import { verdictOf } from "../../../shared/verdict.ts";
import { Scanner } from "./scanner.ts";

/**
 * Checks a whole text by the rules: the same scan a stream goes through, carried on past findings that would have closed
 * the gate. Linear in the text's length, synchronous, no network.
 */
export function checkText(text: string): Verdict {
  const scanner = new Scanner({ stopWhenBlocked: false });
  return verdictOf([...scanner.push(text).findings, ...scanner.end().findings]);
}
