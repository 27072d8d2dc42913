import type { Finding, Verdict } from "../../shared/contract/guardrails.ts";

/** What one step of the gate let through, and what it found while doing so. */
export interface GateStep {
  /** Text that this step releases to the reader, exactly as written; may be empty. */
  readonly released: string;
  /** Findings new in this step, offsets into the whole text so far. */
  readonly findings: readonly Finding[];
  /** The finding that closed the gate: nothing after `released` may be shown, and the model should be stopped. */
  readonly blocked: Finding | null;
}

/**
 * Stands between a model and a reader. Text is released only when it has passed; a high or critical finding closes the gate for
 * good, and none of the characters of its span have been released. What is released and found depends on the whole text
 * alone, never on how it was cut into pushes. At most 160 characters, or the current sentence, wait inside.
 */
export interface StreamGate {
  push(text: string): GateStep;
  /** No more text comes: passes or blocks what is left. */
  end(): GateStep;
  /** Over everything pushed so far. */
  verdict(): Verdict;
  /** Everything pushed so far, shown or not; for reviewers only. */
  original(): string;
}
