import { expect, test } from "vitest";
import { checkText } from "../../../src/main/guardrails/checking/check.ts";
import { describeBlocked, fallbackFor } from "../../../src/main/guardrails/checking/fallback.ts";
import { hazardCategories } from "../../../src/shared/contract/guardrails.ts";

test.each(hazardCategories)(
  "the fallback for %s is one clean sentence that does not address the reader",
  (category) => {
    const sentence = fallbackFor({ category });
    expect(sentence).toMatch(/^[A-Z][^.!?]+\.$/);
    expect(sentence).not.toMatch(/\b(?:you|your|sorry|held|content|policy|AI)\b/i);
    expect(checkText(sentence)).toEqual({ severity: "none", findings: [] });
  },
);

test("the person at the desk is told what was held and why", () => {
  const [finding] = checkText("It reads 4111 1111 1111 1111 on the front.").findings;
  expect(finding && describeBlocked(finding)).toBe(
    "Held: a payment card number that passes its check digit (S7, critical); a written fallback stands in its place.",
  );
});
