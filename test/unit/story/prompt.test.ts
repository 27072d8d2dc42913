import fc from "fast-check";
import { expect, test } from "vitest";
import { Failure } from "../../../src/main/base/failure.ts";
import { assemblePrompt, type PromptFacts } from "../../../src/main/story/prompting/prompt.ts";
import { isWhole } from "../../../src/main/story/shaping/sentences.ts";

const inWords = (text: string): number => text.split(/\s+/).filter((word) => word !== "").length;
const facts: PromptFacts = {
  instruction: "Mara opens the door",
  storyText: "",
  contextTokens: 2_048,
  maxTokens: 260,
  estimateTokens: inWords,
};

test("a first passage is asked for with the instruction alone", () => {
  const { messages, leftOut, included } = assemblePrompt(facts);
  expect(messages.map(({ role }) => role)).toEqual(["system", "user"]);
  expect(messages[1]?.content).toMatch(/Mara opens the door\.$/);
  expect({ leftOut, storyCharacters: included.storyCharacters }).toEqual({ leftOut: [], storyCharacters: 0 });
});

test("a story that fits is sent whole, the instruction after it", () => {
  const storyText = "It rained. Mara could not sleep.";
  const { messages, leftOut } = assemblePrompt({ ...facts, storyText });
  expect(messages[1]?.content.startsWith(storyText)).toBe(true);
  expect(leftOut).toEqual([]);
});

test("of a long story the end is sent, from a sentence's start, and what was left out is told", () => {
  const sentences = Array.from({ length: 400 }, (_, index) => `Sentence number ${index} was told.`);
  const storyText = sentences.join(" ");
  const { messages, leftOut, included } = assemblePrompt({ ...facts, storyText });
  const sent = storyText.slice(-included.storyCharacters);
  expect(messages[1]?.content.startsWith(sent)).toBe(true);
  expect(sent).toMatch(/^Sentence number \d+ was told\. /);
  // A quarter of a small window, to the last sentence that fits.
  expect(inWords(sent)).toBeGreaterThan(2_048 / 4 - 6);
  expect(leftOut).toEqual([
    { part: "storyText", characters: storyText.length - sent.length, reason: expect.stringContaining("2048 tokens") },
  ]);
});

test("an instruction without room is refused, naming the field", () => {
  const call = () => assemblePrompt({ ...facts, instruction: "word ".repeat(2_000) });
  expect(call).toThrow(Failure);
  expect(call).toThrow(
    expect.objectContaining({ code: "BAD_REQUEST", data: expect.objectContaining({ field: "prompt" }) }),
  );
});

test("system, user and answer never exceed the window", () => {
  const text = fc
    .array(fc.constantFrom("The sea", " was cold. ", "\n\n", "word ", '"Go!" ', "x".repeat(200), "海。"), {
      maxLength: 300,
    })
    .map((pieces) => pieces.join(""));
  const estimates = [inWords, (part: string) => Math.ceil(part.length / 3), (part: string) => part.length];
  fc.assert(
    fc.property(
      text,
      fc.string({ minLength: 1, maxLength: 60 }),
      fc.integer({ min: 256, max: 4_096 }),
      fc.integer({ min: 1, max: 600 }),
      fc.constantFrom(...estimates),
      (storyText, instruction, contextTokens, maxTokens, estimateTokens) => {
        try {
          const { messages } = assemblePrompt({ storyText, instruction, contextTokens, maxTokens, estimateTokens });
          const sent = messages.reduce((sum, { content }) => sum + estimateTokens(content), 0);
          expect(sent + maxTokens).toBeLessThanOrEqual(contextTokens);
        } catch (error) {
          if (!(error instanceof Failure)) throw error;
          expect(error.code).toBe("BAD_REQUEST");
        }
      },
    ),
  );
});

test("of a story of four million characters only what could fit is looked at", () => {
  const storyText = "The sea was cold and the night was long. ".repeat(100_000);
  let looked = 0;
  const estimateTokens = (part: string): number => {
    looked += part.length;
    return Math.ceil(part.length / 3);
  };
  const { messages } = assemblePrompt({ ...facts, storyText, estimateTokens });
  expect(looked).toBeLessThan(facts.contextTokens * 100);
  expect(isWhole(messages[1]?.content ?? "")).toBe(true);
});
