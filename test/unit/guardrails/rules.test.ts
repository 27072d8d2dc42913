import { describe, expect, test } from "vitest";
import { checkText } from "../../../src/main/guardrails/checking/check.ts";
import { isBlocking } from "../../../src/main/guardrails/checking/scanner.ts";
import { rules } from "../../../src/main/guardrails/rules/all.ts";
import { compileRule } from "../../../src/main/guardrails/rules/rule.ts";
import { hazardCategories } from "../../../src/shared/contract/guardrails.ts";
import { examples } from "./examples.ts";

test("every rule has its example, and no example is without a rule", () => {
  expect(Object.keys(examples).toSorted()).toEqual(rules.map((rule) => rule.id).toSorted());
});

test("every category has a rule, and a rule's id starts with its category", () => {
  expect(new Set(rules.map((rule) => rule.category))).toEqual(new Set(hazardCategories));
  expect(rules.filter((rule) => !rule.id.startsWith(`${rule.category}.`))).toEqual([]);
});

describe.each(rules)("$id", (rule) => {
  const example = examples[rule.id] ?? { caught: "", passes: "" };

  test("finds what it is for, with its severity, on the words themselves", () => {
    const mine = checkText(example.caught).findings.filter((finding) => finding.ruleId === rule.id);
    expect(mine).toHaveLength(1);
    const [finding] = mine;
    expect(finding).toMatchObject({ category: rule.category, severity: rule.severity, score: rule.score });
    expect(example.caught.slice(finding?.start, finding?.end).trim().length).toBeGreaterThan(2);
  });

  test("finds it in the middle of a story, at the same words", () => {
    const before = "The lamps were lit along the quay. ";
    const alone = checkText(example.caught).findings.find((finding) => finding.ruleId === rule.id);
    const inside = checkText(`${before}${example.caught} Then the rain came.`).findings.find(
      (finding) => finding.ruleId === rule.id,
    );
    expect(inside).toEqual({
      ...alone,
      start: (alone?.start ?? 0) + before.length,
      end: (alone?.end ?? 0) + before.length,
    });
  });

  test("leaves its fiction alone", () => {
    const found = checkText(example.passes).findings;
    expect(
      found.filter(
        (finding) => isBlocking(finding.severity) || (finding.ruleId === rule.id && finding.severity === rule.severity),
      ),
    ).toEqual([]);
  });

  test("can be told by its anchors wherever its pattern matches", () => {
    const { anchors } = compileRule(rule);
    const letters = checkText(example.caught)
      .findings.filter((finding) => finding.ruleId === rule.id)
      .map((finding) =>
        example.caught
          .slice(finding.start, finding.end)
          .toLowerCase()
          .replace(/[^a-z0-9]/g, ""),
      );
    const untold = letters.filter((word) => !anchors.some((anchor) => word.includes(anchor)));
    expect(untold).toEqual(anchors.length === 0 ? letters : []);
  });
});

test.each([
  "You'll hurt yourself if you kill yourself with work, the foreman said.",
  "The soldiers shot every man on the bridge, and the river ran red.",
  'The killer wiped the knife. "You should have stayed away," she whispered.',
  "He was molested as a child, and it took him thirty years to say so.",
  "In the casino below the palace, the gods played dice for the souls of sailors.",
  "They made love until the candles drowned, and in the morning she was gone.",
  "The poisoner kept her bottles in a row: one for sleep, one for silence, one for kings.",
  "Saying that refugees are vermin is how it always starts, the teacher said.",
])("dark fiction passes: %s", (text) => {
  expect(checkText(text).findings.filter((finding) => isBlocking(finding.severity))).toEqual([]);
});

test("overlapping hits of one rule are one finding", () => {
  const text = "Just kill yourself, just kill yourself.";
  const found = checkText(text).findings.map((finding) => [finding.ruleId, finding.start, finding.end]);
  expect(found).toEqual([
    ["S11.encourage", 0, 18],
    ["S11.encourage", 20, 38],
  ]);
});

test("an example is checked without a call that grows faster than the text", () => {
  const hostile = rules.flatMap((rule) => compileRule(rule).anchors).join(" ");
  const startedAt = performance.now();
  checkText(`${hostile} `.repeat(Math.ceil(20_000 / hostile.length)));
  expect(performance.now() - startedAt).toBeLessThan(15_000);
});
