import type { Severity } from "../../../../../shared/contract/guardrails.ts";
import type { VersionId } from "../../../../../shared/contract/ids.ts";
import { type Assertion, assertion as assertionSchema } from "../../../../../shared/contract/suites.ts";
import { issueText } from "../../../../../shared/issue-text.ts";
import { readJson, schemaProblem } from "../../../ui/json/json-text.ts";
import { assertNever } from "../../../ui/assert-never.ts";

export type AssertionType = Assertion["type"];

/** An assertion as typed. The fields of every kind are kept, so that trying another kind loses nothing. */
export interface AssertionDraft {
  readonly key: string;
  readonly type: AssertionType;
  readonly text: string;
  readonly pattern: string;
  readonly flags: string;
  readonly expected: boolean;
  readonly caseSensitive: boolean;
  readonly anyJson: boolean;
  readonly schema: string;
  readonly tokens: string;
  readonly metric: "firstTokenMs" | "totalMs";
  readonly atMostMs: string;
  readonly severity: Severity;
  readonly reference: string;
  readonly atLeast: string;
  readonly criterion: string;
  /** Who embeds, or who judges. */
  readonly versionId: VersionId | null;
}

export type AssertionField = Exclude<keyof AssertionDraft, "key" | "type">;
/** What is wrong with one assertion, by its field. */
export type AssertionErrors = Readonly<Partial<Record<AssertionField, string>>>;

export function newAssertion(type: AssertionType): AssertionDraft {
  return {
    key: crypto.randomUUID(),
    type,
    text: "",
    pattern: "",
    flags: "iu",
    expected: true,
    caseSensitive: false,
    anyJson: false,
    schema: "",
    tokens: "200",
    metric: "totalMs",
    atMostMs: "5000",
    severity: "medium",
    reference: "",
    atLeast: "0.8",
    criterion: "",
    versionId: null,
  };
}

/** A saved assertion as a draft to edit. */
export function assertionDraft(assertion: Assertion): AssertionDraft {
  const empty = newAssertion(assertion.type);
  switch (assertion.type) {
    case "contains":
    case "regex":
    case "no_violation":
      return { ...empty, ...assertion };
    case "json_schema":
      return assertion.schema === "json"
        ? { ...empty, anyJson: true }
        : { ...empty, schema: JSON.stringify(assertion.schema, null, 2) };
    case "max_tokens":
      return { ...empty, tokens: String(assertion.tokens) };
    case "latency":
      return { ...empty, metric: assertion.metric, atMostMs: String(assertion.atMostMs) };
    case "similarity":
      return {
        ...empty,
        reference: assertion.reference,
        atLeast: String(assertion.atLeast),
        versionId: assertion.embeddingVersionId,
      };
    case "judge":
      return { ...empty, criterion: assertion.criterion, versionId: assertion.judgeVersionId };
    default:
      return assertNever(assertion);
  }
}

/** The drafts as assertions; the errors, by the draft's key, are empty when all of them are right. */
export function readAssertions(drafts: readonly AssertionDraft[]): {
  readonly assertions: Assertion[];
  readonly errors: Readonly<Record<string, AssertionErrors>>;
} {
  const assertions: Assertion[] = [];
  const errors: Record<string, AssertionErrors> = {};
  for (const draft of drafts) {
    const wrong = whatIsWrong(draft);
    const parsed = assertionSchema.safeParse(written(draft));
    if (Object.keys(wrong).length > 0) errors[draft.key] = wrong;
    else if (parsed.success) assertions.push(parsed.data);
    else errors[draft.key] = { [fieldOf(draft.type)]: issueText(parsed.error.issues[0], written(draft)).remedy };
  }
  return { assertions, errors };
}

function written(draft: AssertionDraft): object {
  const { type, text, expected, caseSensitive, pattern, flags, metric, severity, reference, criterion, versionId } =
    draft;
  switch (type) {
    case "contains":
      return { type, text, expected, caseSensitive };
    case "regex":
      return { type, pattern, flags, expected };
    case "json_schema": {
      const reading = readJson(draft.schema);
      return { type, schema: draft.anyJson || reading.kind !== "value" ? "json" : reading.value };
    }
    case "max_tokens":
      return { type, tokens: Number(draft.tokens) };
    case "latency":
      return { type, metric, atMostMs: Number(draft.atMostMs) };
    case "no_violation":
      return { type, severity };
    case "similarity":
      return { type, reference, atLeast: Number(draft.atLeast), embeddingVersionId: versionId };
    case "judge":
      return { type, criterion, judgeVersionId: versionId };
    default:
      return assertNever(type);
  }
}

function whatIsWrong(draft: AssertionDraft): AssertionErrors {
  const { type, text, tokens, atMostMs, reference, atLeast, criterion, versionId } = draft;
  switch (type) {
    case "contains":
      return text === "" ? { text: "Write the text to look for." } : {};
    case "regex":
      return regexProblem(draft);
    case "json_schema":
      return draft.anyJson ? {} : schemaErrors(draft.schema);
    case "max_tokens":
      return isWhole(tokens, 1, 1_000_000) ? {} : { tokens: "Give a whole number from 1 to 1,000,000." };
    case "latency":
      return isBetween(atMostMs, 0, 86_400_000) ? {} : { atMostMs: "Give milliseconds from 0 to 86,400,000." };
    case "no_violation":
      return {};
    case "similarity":
      return {
        ...(reference === "" && { reference: "Write the text to compare with." }),
        ...(!isBetween(atLeast, -1, 1) && { atLeast: "Give a number from -1 to 1." }),
        ...(versionId === null && { versionId: "Choose the version that embeds." }),
      };
    case "judge":
      return {
        ...(criterion.trim() === "" && { criterion: "Write what has to hold." }),
        ...(versionId === null && { versionId: "Choose the version that judges." }),
      };
    default:
      return assertNever(type);
  }
}

function regexProblem({ pattern, flags }: AssertionDraft): AssertionErrors {
  if (pattern === "") return { pattern: "Write the pattern to look for." };
  try {
    void new RegExp(pattern, flags);
    return {};
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/^Invalid regular expression: /, "") : "";
    return /flags/i.test(reason)
      ? { flags: "Give flags of JavaScript, each once, such as iu." }
      : { pattern: `This is no pattern yet: ${reason}.` };
  }
}

function schemaErrors(schema: string): AssertionErrors {
  const reading = readJson(schema);
  if (reading.kind === "empty") return { schema: "Write the JSON Schema the answer has to fit." };
  if (reading.kind === "wrong") return { schema: reading.problem };
  const problem = schemaProblem(reading.value);
  return problem === null ? {} : { schema: problem };
}

function isBetween(typed: string, min: number, max: number): boolean {
  return typed.trim() !== "" && Number(typed) >= min && Number(typed) <= max;
}

function isWhole(typed: string, min: number, max: number): boolean {
  return isBetween(typed, min, max) && Number.isInteger(Number(typed));
}

/** The field that shows a refusal which none of them could foresee. */
function fieldOf(type: AssertionType): AssertionField {
  const fields: Record<AssertionType, AssertionField> = {
    contains: "text",
    regex: "pattern",
    json_schema: "schema",
    max_tokens: "tokens",
    latency: "atMostMs",
    no_violation: "severity",
    similarity: "reference",
    judge: "criterion",
  };
  return fields[type];
}
