import { describe, expect, test } from "vitest";
import { checkText } from "../../../src/main/guardrails/checking/check.ts";
import { rules } from "../../../src/main/guardrails/rules/all.ts";
import { examples } from "./examples.ts";
import { leet, rot13, tagged, transforms } from "./transforms.ts";

const criticals = rules.filter((rule) => rule.severity === "critical");
const inWords = criticals.filter((rule) => rule.literal !== true && !/\d/.test(examples[rule.id]?.caught ?? ""));

function ruleIds(text: string): string[] {
  return checkText(text).findings.map((finding) => finding.ruleId);
}

describe.each(Object.entries(transforms))("%s", (name, transform) => {
  // Code with its letters apart does not run.
  const applicable = criticals.filter((rule) => name !== "spaced out" || rule.category !== "S14");
  test.each(applicable)("$id is still found", (rule) => {
    expect(ruleIds(transform(examples[rule.id]?.caught ?? ""))).toContain(rule.id);
  });

  test("harmless text stays harmless", () => {
    const text = "The keeper climbed the stairs with her lamp and looked out over the grey water.";
    expect(checkText(transform(text)).findings).toEqual([]);
  });
});

test.each(inWords)("$id is still found in leet", (rule) => {
  expect(ruleIds(leet(examples[rule.id]?.caught ?? ""))).toContain(rule.id);
});

test.each(inWords)("$id is still found under rot13", (rule) => {
  expect(ruleIds(rot13(examples[rule.id]?.caught ?? ""))).toContain(rule.id);
});

test.each(criticals)("$id is still found in base64", (rule) => {
  const encoded = Buffer.from(examples[rule.id]?.caught ?? "").toString("base64");
  expect(ruleIds(`The stone said ${encoded} and no more.`)).toContain(rule.id);
});

test.each(criticals)("$id is still found when written in tag characters alone", (rule) => {
  expect(ruleIds(`A flag \u{1f3f4}${tagged(examples[rule.id]?.caught ?? "")} hung there.`)).toContain(rule.id);
});
