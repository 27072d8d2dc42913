import { severity } from "../../shared/contract/guardrails.ts";
import type { Assertion } from "../../shared/contract/suites.ts";
import { type Answer, type AssertionOf, judged, type Judgement, milliseconds, quoted } from "./answer.ts";

/** Assertions that follow from the answer alone; the others have a file each. */
export type PlainAssertion = Exclude<Assertion, { type: "regex" | "json_schema" | "similarity" | "judge" }>;

/** Whether an answer is what the assertion wants, and what was found. */
export function judge(assertion: PlainAssertion, answer: Answer): Judgement {
  switch (assertion.type) {
    case "contains":
      return judgeContains(assertion, answer);
    case "max_tokens":
      return judgeMaxTokens(assertion, answer);
    case "latency":
      return judgeLatency(assertion, answer);
    case "no_violation":
      return judgeNoViolation(assertion, answer);
  }
}

/** Ignores case by default, in every script; texts are compared in Unicode normal form, so the encoding of accents makes no difference. */
function judgeContains({ text, expected, caseSensitive }: AssertionOf<"contains">, answer: Answer): Judgement {
  const fold = caseSensitive ? (value: string) => value.normalize("NFC") : foldCase;
  const found = fold(answer.text).includes(fold(text));
  const how = caseSensitive ? " in exactly these letters" : "";
  return judged(
    found === expected,
    found ? `The answer contains ${quoted(text)}${how}.` : `The answer does not contain ${quoted(text)}${how}.`,
  );
}

/** By way of capitals, so that ß meets SS and the final sigma the others. */
function foldCase(text: string): string {
  return text.normalize("NFC").toUpperCase().toLowerCase().replaceAll("ς", "σ").normalize("NFC");
}

/** Fails where the server did not count: what is not known is no pass. */
function judgeMaxTokens({ tokens }: AssertionOf<"max_tokens">, { completionTokens }: Answer): Judgement {
  const limit = `at most ${tokens.toLocaleString("en-US")} were allowed`;
  if (completionTokens === null) return judged(false, `The server did not say how many tokens it wrote; ${limit}.`);
  const unit = completionTokens === 1 ? "token" : "tokens";
  return judged(completionTokens <= tokens, `${completionTokens.toLocaleString("en-US")} ${unit}, ${limit}.`);
}

function judgeLatency({ metric, atMostMs }: AssertionOf<"latency">, { timings }: Answer): Judgement {
  const what = metric === "firstTokenMs" ? "First token" : "Whole answer";
  const limit = `at most ${milliseconds(atMostMs)} was allowed`;
  const found = timings[metric];
  if (found === null) return judged(false, `${what} never came; ${limit}.`);
  return judged(found <= atMostMs, `${what} after ${milliseconds(found)}, ${limit}.`);
}

function judgeNoViolation({ severity: limit }: AssertionOf<"no_violation">, { verdict }: Answer): Judgement {
  const rank = (value: (typeof severity.options)[number]) => severity.options.indexOf(value);
  const worst = verdict.findings
    .filter((finding) => rank(finding.severity) >= rank(limit))
    .toSorted((a, b) => rank(b.severity) - rank(a.severity) || b.score - a.score);
  const [first] = worst;
  if (!first) return judged(true, `Nothing of severity ${limit} or worse was found.`);
  const more = worst.length > 1 ? `, and ${worst.length - 1} more` : "";
  return judged(
    false,
    `Found ${first.category}, ${first.severity}, score ${first.score.toFixed(2)}: ${first.message}${more}.`,
  );
}
