import { expect, test } from "vitest";
import type { ViolationSummary } from "../../../src/shared/contract/guardrails.ts";
import { beginningsOf } from "../../../src/renderer/src/features/stories/proposals/beginnings.ts";
import { groupEqual } from "../../../src/renderer/src/features/violations/equal-violations.ts";

test("variants are told apart by their first words, by as many as it takes", () => {
  expect(beginningsOf(["The rain fell on the harbour.", "Mara ran.", ""])).toEqual([
    "The rain fell on…",
    "Mara ran.",
    "",
  ]);
  expect(beginningsOf(["He went down to the quay at dawn", "He went down to the church at dawn"])).toEqual([
    "He went down to the quay…",
    "He went down to the church…",
  ]);
  const same = "one two three four five six seven eight nine ten eleven twelve thirteen";
  expect(beginningsOf([same, same])[0]).toBe("one two three four five six seven eight nine ten eleven twelve…");
});

test("thirty equal findings are one row with their number, in the place of the newest; what differs in anything stays apart", () => {
  const equal = Array.from({ length: 30 }, (_, index) => finding(`e${index}`, {}));
  const other = finding("other", { excerpt: "another card" });
  const decided = finding("decided", { decision: "confirmed" });
  const groups = groupEqual([...equal.slice(0, 10), other, ...equal.slice(10), decided]);
  expect(groups.map(({ newest, all }) => [newest.id, all.length])).toEqual([
    ["e0", 30],
    ["other", 1],
    ["decided", 1],
  ]);
});

function finding(id: string, given: Partial<ViolationSummary>): ViolationSummary {
  return {
    id: id as ViolationSummary["id"], // as the contract types it
    inferenceId: `i${id}` as ViolationSummary["inferenceId"], // likewise
    atMs: 1,
    category: "S7",
    severity: "critical",
    ruleId: "card",
    message: "a payment card number",
    excerpt: "the card was",
    useCase: "story_generation",
    model: "smollm2",
    version: "1",
    decision: "open",
    ...given,
  };
}
