import { expect, test } from "vitest";
import { checkText } from "../../../src/main/guardrails/checking/check.ts";
import { Scanner } from "../../../src/main/guardrails/checking/scanner.ts";
import { maxListedFindings } from "../../../src/shared/contract/guardrails.ts";
import { listedVerdict } from "../../../src/shared/verdict.ts";

/** One sentence without an end: every number in it is a finding. */
const endless = (count: number) => "call 212-867-5309, ".repeat(count);

function workOn(text: string) {
  const scanner = new Scanner({ stopWhenBlocked: false });
  const found = scanner.push(text).findings.length + scanner.end().findings.length;
  return { found, ...scanner.work };
}

test("a text with ever more findings in one sentence takes work in proportion to its length", () => {
  const [few, many] = [workOn(endless(200)), workOn(endless(3_200))];
  expect(few.found).toBeGreaterThanOrEqual(200);
  expect(many.found).toBeGreaterThanOrEqual(16 * 199);
  expect(many.charactersScanned).toBeLessThan(20 * few.charactersScanned);
  expect(many.findingsCompared).toBeLessThan(20 * Math.max(200, few.findingsCompared));
});

test("findings come in the order of the text, however many there are, and none is lost", () => {
  const { findings } = checkText(endless(3_000));
  expect(findings.length).toBeGreaterThanOrEqual(3_000);
  const starts = findings.map(({ start }) => start);
  expect(starts).toEqual(starts.toSorted((left, right) => left - right));
});

test("lists hold the first findings and the worst of all, and say how many there were", () => {
  const verdict = checkText(`${endless(400)}. His card is 4111 1111 1111 1111.`);
  const listed = listedVerdict(verdict);
  expect(listed).toMatchObject({ severity: verdict.severity, found: verdict.findings.length });
  expect(listed.findings).toHaveLength(maxListedFindings);
  expect(listed.findings.some(({ severity }) => severity === verdict.severity)).toBe(true);
  const few = checkText("His card is 4111 1111 1111 1111.");
  expect(listedVerdict(few)).toBe(few);
});
