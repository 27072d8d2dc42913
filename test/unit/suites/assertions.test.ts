import { describe, expect, test } from "vitest";
import type { Answer } from "../../../src/main/suites/answer.ts";
import { judge, type PlainAssertion } from "../../../src/main/suites/assertions.ts";
import { judgePattern, patternProblem } from "../../../src/main/suites/pattern.ts";
import { cosine, judgeSimilarity } from "../../../src/main/suites/similarity.ts";
import type { VersionId } from "../../../src/shared/contract/ids.ts";
import { assertion } from "../../../src/shared/contract/suites.ts";
import { waitFor } from "../../kit/wait-for.ts";

const embeddingVersionId = "019ab000-0000-7000-8000-000000000001" as VersionId; // any id: nothing looks it up here

function answering(text: string, fields: Partial<Answer> = {}): Answer {
  return {
    messages: [{ role: "user", content: "Go on" }],
    text,
    completionTokens: 42,
    timings: { queueMs: 0, loadMs: null, prefillMs: 3, decodeMs: 300, firstTokenMs: 120.4, totalMs: 1_532.6 },
    verdict: { severity: "none", findings: [] },
    ...fields,
  };
}

/** An assertion as it comes out of the contract, with its defaults. */
function asserted(input: object): PlainAssertion {
  const parsed = assertion.parse(input);
  if (
    parsed.type === "regex" ||
    parsed.type === "json_schema" ||
    parsed.type === "similarity" ||
    parsed.type === "judge"
  )
    throw new Error("judged by a file of its own");
  return parsed;
}

describe("contains", () => {
  test.each([
    ["capitals", "THE KEEPER", "the Keeper climbed", true],
    ["sharp s and SS", "STRASSE", "auf der Straße", true],
    ["Greek with its final sigma", "ΟΔΥΣΣΕΥΣ", "Ὁ δὲ οδυσσευς", true],
    ["Turkish capitals as everybody else's", "İZMİR", "i̇zmi̇r", true],
    ["accents composed and not", "caf\u00e9", "CAFE\u0301", true],
    ["what is not there", "map", "the lamp", false],
  ])("finds %s whatever their case", (_what, text, answer, found) => {
    const outcome = found ? "passed" : "failed";
    expect(judge(asserted({ type: "contains", text }), answering(answer))).toMatchObject({ outcome });
  });

  test("tells upper from lower case where that is asked for, and says so", () => {
    expect(judge(asserted({ type: "contains", text: "Map", caseSensitive: true }), answering("a map"))).toEqual({
      outcome: "failed",
      detail: "The answer does not contain “Map” in exactly these letters.",
    });
  });

  test("can want a text nowhere", () => {
    expect(judge(asserted({ type: "contains", text: "dragon", expected: false }), answering("a Dragon"))).toEqual({
      outcome: "failed",
      detail: "The answer contains “dragon”.",
    });
  });
});

describe("limits", () => {
  test.each([
    [{ type: "max_tokens", tokens: 42 }, "passed", "42 tokens, at most 42 were allowed."],
    [{ type: "max_tokens", tokens: 41 }, "failed", "42 tokens, at most 41 were allowed."],
    [
      { type: "latency", metric: "totalMs", atMostMs: 1_532.6 },
      "passed",
      "Whole answer after 1,532.6 ms, at most 1,532.6 ms was allowed.",
    ],
    [
      { type: "latency", metric: "firstTokenMs", atMostMs: 100 },
      "failed",
      "First token after 120.4 ms, at most 100 ms was allowed.",
    ],
  ])("%o is judged %s with both numbers", (input, outcome, detail) => {
    expect(judge(asserted(input), answering("x"))).toEqual({ outcome, detail });
  });

  test("what was not counted or never came is no pass", () => {
    const { timings } = answering("");
    const unknown = answering("x", { completionTokens: null, timings: { ...timings, firstTokenMs: null } });
    expect(judge(asserted({ type: "max_tokens", tokens: 9 }), unknown)).toMatchObject({ outcome: "failed" });
    const first = asserted({ type: "latency", metric: "firstTokenMs", atMostMs: 9 });
    expect(judge(first, unknown)).toEqual({
      outcome: "failed",
      detail: "First token never came; at most 9 ms was allowed.",
    });
  });
});

describe("no violation", () => {
  const finding = { ruleId: "r", category: "S1", score: 0.5, start: 0, end: 1 } as const;
  const found = answering("x", {
    verdict: {
      severity: "high",
      findings: [
        { ...finding, severity: "low", message: "a brawl" },
        { ...finding, severity: "high", message: "praise for a real attack" },
      ],
    },
  });

  test.each([
    ["critical", "passed", "Nothing of severity critical or worse was found."],
    ["medium", "failed", "Found S1, high, score 0.50: praise for a real attack."],
    ["low", "failed", "Found S1, high, score 0.50: praise for a real attack, and 1 more."],
  ])("counts what is %s or worse: %s", (severity, outcome, detail) => {
    expect(judge(asserted({ type: "no_violation", severity }), found)).toEqual({ outcome, detail });
  });
});

describe("patterns", () => {
  const pattern = (fields: object) => ({ type: "regex", flags: "iu", expected: true, pattern: "", ...fields }) as const;

  test("find what they match, and quote it", async () => {
    const answer = answering("The Lamp\n went out.");
    // A busy machine may take 100 ms for any search: each is tried until it had its time.
    const judging = (fields: object) =>
      waitFor(async () => {
        const judgement = await judgePattern(pattern(fields), answer);
        expect(JSON.stringify(judgement)).not.toMatch(/took longer/);
        return judgement;
      });
    expect(await judging({ pattern: "lamp\\s+went" })).toEqual({
      outcome: "passed",
      detail: "/lamp\\s+went/iu matches “Lamp went”.",
    });
    expect(await judging({ pattern: "^went", flags: "" })).toEqual({
      outcome: "failed",
      detail: "/^went/ matches nothing.",
    });
    expect(await judging({ pattern: "dragon", expected: false })).toMatchObject({
      outcome: "passed",
    });
  });

  test.each([true, false])(
    "one that would backtrack for ever fails after 100 ms, wanted or not (%s), and holds nobody up",
    async (expected) => {
      let turns = 0;
      let judging = true;
      const others = () => {
        turns += 1;
        if (judging) setImmediate(others);
      };
      setImmediate(others);
      const text = `${"a".repeat(40)}b`;
      expect(await judgePattern(pattern({ pattern: "(a+)+$", expected }), { text })).toEqual({
        outcome: "failed",
        detail: "/(a+)+$/iu took longer than 100 ms.",
      });
      judging = false;
      expect(turns).toBeGreaterThan(10);
    },
  );

  test("what is no pattern is told, with the flags that do not go together", () => {
    expect(patternProblem({ pattern: "(", flags: "iu" })).toMatch(/group/i);
    expect(patternProblem({ pattern: "a", flags: "uv" })).toMatch(/flags/i);
    expect(patternProblem({ pattern: "\\p{L}+", flags: "iu" })).toBeNull();
  });
});

describe("similarity", () => {
  const wanted = (atLeast: number) => ({ type: "similarity", reference: "x", atLeast, embeddingVersionId }) as const;

  test("is the cosine, whatever the vectors' lengths", () => {
    expect(cosine([3, 0], [0.1, 0])).toBeCloseTo(1, 12);
    expect(cosine([1, 0], [0, 5])).toBe(0);
    expect(cosine([1, 2], [-2, -4])).toBeCloseTo(-1, 12);
    expect(judgeSimilarity(wanted(0.8), [1, 1], [1, 0])).toEqual({
      outcome: "failed",
      detail: "Similarity 0.71, at least 0.8 was wanted.",
    });
    expect(judgeSimilarity(wanted(1), [0.1, 0.2, 0.3], [0.2, 0.4, 0.6])).toMatchObject({ outcome: "passed" });
  });

  test("a value just below its limit is not shown as the limit", () => {
    expect(judgeSimilarity(wanted(0.707_2), [1, 1], [1, 0])).toEqual({
      outcome: "failed",
      detail: "Similarity 0.707, at least 0.7072 was wanted.",
    });
  });

  test.each([
    ["no vector", undefined, [1], /empty/],
    ["empty vectors", [], [], /empty/],
    ["vectors of different models", [1, 2], [1, 2, 3], /2 and 3 dimensions/],
    ["a vector without a direction", [0, 0], [1, 0], /no direction/],
    ["what is no number", [Number.NaN, 1], [1, 0], /no number/],
  ])("%s is an error, never a pass or a fail", (_what, a, b, message) => {
    expect(judgeSimilarity(wanted(-1), a, b)).toMatchObject({
      outcome: "error",
      error: { errorClass: "invalid_output", message: expect.stringMatching(message), remedy: expect.any(String) },
    });
  });
});
