import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { GateStep } from "../../../src/main/guardrails/checking/gate.ts";
import { checkText } from "../../../src/main/guardrails/checking/check.ts";
import { isBlocking, Scanner } from "../../../src/main/guardrails/checking/scanner.ts";
import { rules } from "../../../src/main/guardrails/rules/all.ts";
import { createStreamGate } from "../../../src/main/guardrails/checking/stream-gate.ts";
import { examples } from "./examples.ts";
import { transforms } from "./transforms.ts";

const heldExamples = rules.filter((rule) => isBlocking(rule.severity)).map((rule) => examples[rule.id]?.caught ?? "");
const words = [
  "the",
  "lantern",
  "moved",
  "on",
  "water",
  "and",
  "nobody",
  "it",
  "old",
  "Captain",
  "grey",
  "of",
  "I",
  "Mr.",
  "in",
  "1912",
  "🌊",
  "é",
  "a",
  "b",
  "\n\n",
];
const benignWord = fc.constantFrom(...words);
const separator = fc.constantFrom(" ", " ", " ", " ", ". ", ", ", "! ", '." ', "\n", "… ");
const benign = fc
  .array(fc.tuple(benignWord, separator), { maxLength: 120 })
  .map((parts) => parts.map((part) => part.join("")).join(""));
const disguise = fc.constantFrom(
  (text: string) => text,
  (text: string) => text,
  ...Object.values(transforms),
);
const held = fc.tuple(fc.constantFrom(...heldExamples), disguise).map(([text, apply]) => apply(text));
const storied = fc
  .tuple(benign, fc.option(held, { nil: "" }), benign)
  .map(([before, middle, after]) => `${before} ${middle} ${after}`);
const anyText = fc.oneof(
  { weight: 3, arbitrary: storied },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 400 }) },
);

/** Everything a gate gave out for a text that came in these pieces. */
function pass(pieces: readonly string[]) {
  const gate = createStreamGate();
  const steps: GateStep[] = [...pieces.map((piece) => gate.push(piece)), gate.end()];
  return {
    released: steps.map((step) => step.released).join(""),
    findings: steps.flatMap((step) => step.findings),
    held: steps.flatMap((step) => step.blocked ?? []),
    verdict: gate.verdict(),
    original: gate.original(),
  };
}

function cutAt(text: string, cuts: readonly number[]): string[] {
  const positions = [
    0,
    ...cuts.map((cut) => cut % (text.length + 1)).toSorted((left, right) => left - right),
    text.length,
  ];
  return positions.slice(1).map((position, index) => text.slice(positions[index], position));
}

describe("any text in any pieces", () => {
  test("is released and found alike, also unit by unit", () => {
    fc.assert(
      fc.property(anyText, fc.array(fc.nat(), { maxLength: 20 }), (text, cuts) => {
        const whole = pass([text]);
        expect(pass(cutAt(text, cuts))).toEqual(whole);
        expect(pass(text.split(""))).toEqual(whole);
      }),
      { numRuns: 200 },
    );
  });

  test("comes out as a prefix of what went in, and whole when nothing was held", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const { released, held: closed, original } = pass([text]);
        expect(text.startsWith(released)).toBe(true);
        expect(original).toBe(text);
        expect(released.length === text.length).toBe(closed.length === 0 || text === "");
      }),
      { numRuns: 300 },
    );
  });

  test("leaks nothing of a held span, and has the verdict of the whole text when nothing was held", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const { released, held: closed, verdict } = pass(text.split(""));
        const whole = checkText(text);
        const stops = whole.findings.filter((finding) => isBlocking(finding.severity));
        for (const finding of stops) expect(released.length).toBeLessThanOrEqual(finding.start);
        expect(closed).toHaveLength(stops.length === 0 ? 0 : 1);
        expect(stops.length > 0 || isDeepStrictEqual(verdict, whole)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  test("never waits with more than 160 visible characters", () => {
    fc.assert(
      fc.property(benign, (text) => {
        const gate = createStreamGate();
        let waiting = "";
        for (const unit of text) {
          waiting = (waiting + unit).slice(gate.push(unit).released.length);
          expect(waiting.length).toBeLessThanOrEqual(160);
        }
      }),
      { numRuns: 100 },
    );
  });
});

describe("a held text", () => {
  test("is found wherever it stands in text that never ends a sentence", () => {
    const filler =
      "the grey water moved under the boats and nobody spoke of it while the lamps went out along the quay and ";
    for (const example of heldExamples) {
      for (let shift = 0; shift < 60; shift += 7) {
        const before = filler.repeat(3).slice(shift);
        const text = `${before}then ${example} and ${filler.repeat(2)}`;
        const { released, held: closed } = pass(text.split(""));
        expect(closed).toHaveLength(1);
        expect(released.length).toBeLessThanOrEqual(before.length + 5 + example.length);
        expect(released.includes(example)).toBe(false);
      }
    }
  });

  test.each(Object.entries(transforms))("is found in the middle of such text under %s", (_, transform) => {
    const filler = "the grey water moved under the boats and nobody spoke of it while the lamps went out and ";
    for (let shift = 0; shift < 40; shift += 3) {
      const before = transform(filler.repeat(2).slice(shift));
      const { released, held: closed } = pass([
        `${before} ${transform("then you should kill yourself and")} ${filler}`,
      ]);
      expect(closed).toMatchObject([{ ruleId: "S11.encourage" }]);
      expect(released.length).toBeLessThanOrEqual(closed[0]?.start ?? 0);
    }
  });

  test("closes the gate for good", () => {
    const gate = createStreamGate();
    gate.push("You should kill yourself. Then ");
    expect(gate.push("the sun came up. It was day. ")).toEqual({ released: "", findings: [], blocked: null });
    expect(gate.end()).toEqual({ released: "", findings: [], blocked: null });
    expect(gate.original()).toBe("You should kill yourself. Then the sun came up. It was day. ");
    expect(gate.verdict().severity).toBe("critical");
  });

  test("does not slip out through dots that look like the ends of sentences", () => {
    for (const text of [
      "Please k. i. l. l. y. o. u. r. s. e. l. f. Now.",
      "Please K. I. L. L. Y. O. U. R. S. E. L. F. Now.",
    ]) {
      expect(pass(text.split(""))).toMatchObject({ released: "", held: [{ ruleId: "S11.encourage" }] });
    }
  });
});

describe("a reader", () => {
  test("gets each sentence when the next one starts", () => {
    const gate = createStreamGate();
    expect(gate.push("The sea was calm. ").released).toBe("");
    expect(gate.push("T").released).toBe("The sea was calm. ");
    expect(gate.push('hen Mr. Hale said, "Go!" He went. "No."').released).toBe('Then Mr. Hale said, "Go!" He went. ');
    expect(gate.end().released).toBe('"No."');
  });

  test("sees text with low and medium findings, which are reported", () => {
    const text = "The roulette wheel turned. Copyright 2019 said the sign.";
    expect(pass([text])).toMatchObject({
      released: text,
      held: [],
      verdict: { severity: "medium", findings: [{ ruleId: "A6.in-world" }, { ruleId: "S8.copied-notice" }] },
    });
  });
});

test("work grows in step with the text, with and without sentence ends", () => {
  for (const unit of [
    "the grey water moved under the boats and ",
    "The grey water moved. Nobody spoke of it at all. ",
  ]) {
    const workOf = (repeats: number) => {
      const scanner = new Scanner({ stopWhenBlocked: true });
      for (let at = 0; at < repeats; at += 1) scanner.push(unit);
      scanner.end();
      return scanner.work.charactersScanned / (unit.length * repeats);
    };
    expect(workOf(2_000)).toBeLessThan(workOf(200) * 1.1);
    expect(workOf(2_000)).toBeLessThan(20);
  }
});
