import fc from "fast-check";
import { expect, test } from "vitest";
import { Failure } from "../../../src/main/base/failure.ts";
import { assemblePrompt, type PromptFacts } from "../../../src/main/story/prompting/prompt.ts";
import { isWhole } from "../../../src/main/story/shaping/sentences.ts";

const inWords = (text: string): number => text.split(/\s+/).filter((word) => word !== "").length;
const facts: PromptFacts = {
  instruction: "Mara opens the door",
  storyText: "",
  style: {},
  contextTokens: 2_048,
  maxTokens: 260,
  estimateTokens: inWords,
};

test("a first passage is asked for with the instruction alone", () => {
  const { messages, leftOutCharacters, storyCharacters } = assemblePrompt(facts);
  expect(messages.map(({ role }) => role)).toEqual(["system", "user"]);
  expect(messages[1]?.content).toMatch(/Mara opens the door\.$/);
  expect({ leftOutCharacters, storyCharacters }).toEqual({ leftOutCharacters: 0, storyCharacters: 0 });
});

test("a story that fits is sent whole, the instruction after it", () => {
  const storyText = "It rained. Mara could not sleep.";
  const { messages, leftOutCharacters } = assemblePrompt({ ...facts, storyText });
  expect(messages[1]?.content.startsWith(storyText)).toBe(true);
  expect(leftOutCharacters).toBe(0);
});

test("a long story fills the window to the last sentence that fits, and what was left out is counted", () => {
  const sentences = Array.from({ length: 4_000 }, (_, index) => `Sentence number ${index} was told.`);
  const storyText = sentences.join(" ");
  for (const contextTokens of [2_048, 8_192]) {
    const { messages, leftOutCharacters, storyCharacters } = assemblePrompt({ ...facts, contextTokens, storyText });
    const sent = storyText.slice(-storyCharacters);
    expect(messages[1]?.content.startsWith(sent)).toBe(true);
    expect(sent).toMatch(/^Sentence number \d+ was told\. /);
    const all = messages.reduce((sum, { content }) => sum + inWords(content), 0);
    expect(all + facts.maxTokens).toBeGreaterThan(contextTokens - 40);
    expect(leftOutCharacters).toBe(storyText.length - sent.length);
  }
});

test("a long story without the end of a sentence is cut between two words, not left out", () => {
  const storyText = "word ".repeat(10_000);
  const { storyCharacters } = assemblePrompt({ ...facts, storyText });
  expect(storyCharacters).toBeGreaterThan(8_000);
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
          const { messages } = assemblePrompt({
            ...facts,
            storyText,
            instruction,
            contextTokens,
            maxTokens,
            estimateTokens,
          });
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
