import type { Verdict } from "../../shared/contract/guardrails.ts";
import type { ErrorClass, Message, Timings } from "../../shared/contract/inference.ts";
import type { Assertion } from "../../shared/contract/suites.ts";

/** What a version answered to a case: the facts that assertions are about. */
export interface Answer {
  readonly messages: readonly Message[];
  /** What the reader was shown. */
  readonly text: string;
  readonly completionTokens: number | null;
  readonly timings: Timings;
  readonly verdict: Verdict;
}

export type AssertionOf<Type extends Assertion["type"]> = Extract<Assertion, { type: Type }>;

/** `error` where it could not be judged: neither a pass nor a fail. `detail` is a sentence for a person, with units. */
export type Judgement =
  | { readonly outcome: "passed" | "failed"; readonly detail: string }
  | { readonly outcome: "error"; readonly error: JudgementError };

export interface JudgementError {
  readonly errorClass: ErrorClass;
  readonly message: string;
  readonly remedy: string;
}

export function judged(passed: boolean, detail: string): Judgement {
  return { outcome: passed ? "passed" : "failed", detail };
}

/** A text as a detail quotes it: on one line, cut at 80 characters. */
export function quoted(text: string): string {
  const line = text.replaceAll(/\s+/g, " ").trim();
  const characters = Array.from(line);
  return `“${characters.length > 80 ? `${characters.slice(0, 79).join("")}…` : line}”`;
}

/** Milliseconds as a person compares them, to a tenth. */
export function milliseconds(value: number): string {
  return `${value.toLocaleString("en-US", { maximumFractionDigits: 1 })} ms`;
}
