import type { Assertion } from "../../../../../shared/contract/suites.ts";
import { assertNever } from "../../../ui/assert-never.ts";
import { duration, whole } from "../../../../../shared/format.ts";
import { severityWords } from "../../../ui/marks/SeverityMark.tsx";

/** The kinds of assertion, in the order they are offered. */
export const assertionNames: Record<Assertion["type"], string> = {
  contains: "Contains a text",
  regex: "Matches a pattern",
  json_schema: "Is JSON of a schema",
  max_tokens: "At most so many tokens",
  latency: "Answers in time",
  no_violation: "Passes the checks",
  similarity: "Is similar to a text",
  judge: "Judged by a model",
};

/** An assertion in a few words, as "contains “lighthouse”". */
export function assertionWords(assertion: Assertion): string {
  switch (assertion.type) {
    case "contains":
      return `${assertion.expected ? "contains" : "does not contain"} “${cut(assertion.text)}”`;
    case "regex":
      return `${assertion.expected ? "matches" : "does not match"} /${cut(assertion.pattern)}/${assertion.flags}`;
    case "json_schema":
      return assertion.schema === "json" ? "is JSON" : "is JSON of the schema";
    case "max_tokens":
      return `at most ${whole(assertion.tokens)} tokens`;
    case "latency":
      return `${assertion.metric === "totalMs" ? "whole answer" : "first token"} within ${duration(assertion.atMostMs)}`;
    case "no_violation":
      return `nothing found of severity ${severityWords[assertion.severity].toLowerCase()} or worse`;
    case "similarity":
      return `at least ${assertion.atLeast} similar to “${cut(assertion.reference)}”`;
    case "judge":
      return `judged: ${cut(assertion.criterion)}`;
    default:
      return assertNever(assertion);
  }
}

function cut(text: string): string {
  const line = text.replaceAll(/\s+/g, " ").trim();
  return line.length <= 60 ? line : `${line.slice(0, 59)}…`;
}
