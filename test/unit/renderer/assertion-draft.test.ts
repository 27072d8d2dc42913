import { expect, test } from "vitest";
import { versionId } from "../../../src/shared/contract/ids.ts";
import { type Assertion, assertion } from "../../../src/shared/contract/suites.ts";
import {
  assertionDraft,
  type AssertionType,
  newAssertion,
  readAssertions,
} from "../../../src/renderer/src/features/suites/cases/assertion-draft.ts";

const version = versionId.parse("01890a5d-ac96-774b-bcce-b302099a8057");

const every: readonly Assertion[] = [
  { type: "contains", text: "lamp", expected: false, caseSensitive: true },
  { type: "regex", pattern: "\\blamp\\b", flags: "i", expected: true },
  { type: "json_schema", schema: "json" },
  { type: "json_schema", schema: { type: "object", required: ["title"] } },
  { type: "max_tokens", tokens: 200 },
  { type: "latency", metric: "firstTokenMs", atMostMs: 250.5 },
  { type: "no_violation", severity: "low" },
  { type: "similarity", reference: "The lamp went out.", atLeast: 0.8, embeddingVersionId: version },
  { type: "judge", criterion: "It names the lamp.", judgeVersionId: version },
];

test("every kind of assertion comes back from its form as it was", () => {
  expect(readAssertions(every.map(assertionDraft))).toEqual({ assertions: every, errors: {} });
  expect(new Set(every.map(({ type }) => type))).toEqual(
    new Set(assertion.options.map((option) => option.shape.type.value)),
  );
});

test("a fresh form says what it still needs, unless its usual values will do", () => {
  const types = assertion.options.map((option): AssertionType => option.shape.type.value);
  const drafts = types.map(newAssertion);
  const { assertions, errors } = readAssertions(drafts);
  expect(assertions).toEqual([
    { type: "max_tokens", tokens: 200 },
    { type: "latency", metric: "totalMs", atMostMs: 5_000 },
    { type: "no_violation", severity: "medium" },
  ]);
  expect(Object.fromEntries(drafts.map(({ type, key }) => [type, Object.keys(errors[key] ?? {})]))).toEqual({
    contains: ["text"],
    regex: ["pattern"],
    json_schema: ["schema"],
    max_tokens: [],
    latency: [],
    no_violation: [],
    similarity: ["reference", "versionId"],
    judge: ["criterion", "versionId"],
  });
});

test("a pattern that is none and flags that are none are said apart", () => {
  const wrong = (pattern: string, flags: string) => {
    const draft = { ...newAssertion("regex"), key: "it", pattern, flags };
    return Object.keys(readAssertions([draft]).errors["it"] ?? {});
  };
  expect([wrong("lamp(", "iu"), wrong("lamp", "ii"), wrong("lamp", "x"), wrong("lamp", "")]).toEqual([
    ["pattern"],
    ["flags"],
    ["flags"],
    [],
  ]);
});
