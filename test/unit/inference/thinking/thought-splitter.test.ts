import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type AnswerPart, ThoughtSplitter } from "../../../../src/main/inference/thinking/thought-splitter.ts";

/** What came out, neighbours of a kind joined. */
function split(...chunks: string[]): string[] {
  const splitter = new ThoughtSplitter();
  const parts: AnswerPart[] = [...chunks.flatMap((chunk) => splitter.push(chunk)), ...splitter.end()];
  const joined: string[] = [];
  let last = "";
  for (const part of parts) {
    if (part.type === "text_was_thought") joined.push(`all of that was thought: ${part.marker}`);
    else if (part.type === last) joined[joined.length - 1] += part.text;
    else joined.push(`${part.type}: ${part.text}`);
    last = part.type;
  }
  return joined;
}

describe("a thought is kept apart", () => {
  test.each([
    ["<think>He asks.</think>\n\nIt was night.", "He asks.", "It was night."],
    ["\n<think>\nHe asks.\n</think>\nIt was night.", "He asks.\n", "It was night."],
    ["<THINK>He asks.</THINK>It was night.", "He asks.", "It was night."],
    ["<thinking>He asks.</thinking> It was night.", "He asks.", "It was night."],
    ["<thought>He asks.</thought>It was night.", "He asks.", "It was night."],
    ["<seed:think>He asks.</seed:think>It was night.", "He asks.", "It was night."],
    ["[THINK]He asks.[/THINK]It was night.", "He asks.", "It was night."],
    ["◁think▷He asks.◁/think▷It was night.", "He asks.", "It was night."],
    [
      "<|START_THINKING|>He asks.<|END_THINKING|><|START_RESPONSE|>It was night.<|END_RESPONSE|>",
      "He asks.",
      "It was night.",
    ],
    [
      "<|begin_of_thought|>He asks.<|end_of_thought|>\n<|begin_of_solution|>It was night.<|end_of_solution|>",
      "He asks.",
      "It was night.",
    ],
    [
      "<|channel|>analysis<|message|>He asks.<|end|><|start|>assistant<|channel|>final<|message|>It was night.<|return|>",
      "He asks.",
      "It was night.",
    ],
    [
      "<|channel|>analysis<|message|>He asks.<|start|>assistant<|channel|>final<|message|>It was night.",
      "He asks.",
      "It was night.",
    ],
    ["analysisHe asks.assistantfinalIt was night.", "He asks.", "It was night."],
    ["<|channel>thought\nHe asks.<channel|>It was night.", "He asks.", "It was night."],
    [
      "<think>I write <b> & </b>, and <thin air.</think>It was night.",
      "I write <b> & </b>, and <thin air.",
      "It was night.",
    ],
  ])("%s", (output, thought, text) => {
    expect(split(output)).toEqual([`thought: ${thought}`, `text: ${text}`]);
  });

  test("also between two parts of an answer, on lines of its own", () => {
    expect(split("Hello.\n<think>\nHm.\n</think>\nBye.")).toEqual(["text: Hello.\n", "thought: Hm.\n", "text: Bye."]);
  });

  test("and is no thought where there is nothing in it", () => {
    expect(split("<think>\n\n</think>\n\nIt was night.")).toEqual(["text: It was night."]);
  });

  test("and stays one where the model never ends it", () => {
    expect(split("<think>He asks for")).toEqual(["thought: He asks for"]);
  });
});

describe("a thought that the chat template opened is noticed when it ends", () => {
  test.each([
    ["He asks.\n</think>\n\nIt was night.", "He asks.\n", "</think>"],
    ["He asks.</think>It was night.", "He asks.", "</think>"],
    ["He asks.</think> It was night.", "He asks.", "</think>"],
    ["He asks for a scene</think>\n\nIt was night.", "He asks for a scene", "</think>"],
    ["He asks.[/THINK]It was night.", "He asks.", "[/THINK]"],
    ["He asks.\n</thinking>\nIt was night.", "He asks.\n", "</thinking>"],
  ])("%s", (output, thought, marker) => {
    expect(split(output)).toEqual([`text: ${thought}`, `all of that was thought: ${marker}`, "text: It was night."]);
  });
});

describe("what merely mentions a marker stays text", () => {
  test.each([
    "Models put <think> before and </think> after what they think.",
    "Wrap it in <think>...</think>\nand answer.",
    "He wrote </think> on the wall. She laughed.",
    "The tag `</think>` ends it.",
    "Look:\n```\n<think>\nHm.\n</think>\n```\nThat is all.",
    "They say [THINK] and mean it.",
    "analysis of the body showed nothing.",
    "Analysis: nothing.",
    "a < b <",
    "The end <|end|> of it.",
    "An <unused94>thought passes.",
  ])("%s", (output) => {
    expect(split(output)).toEqual([`text: ${output}`]);
  });
});

const piece = fc.constantFrom(
  ..."<think>,</think>,[THINK],[/THINK],<|channel|>analysis<|message|>,<|end|>,<|start|>assistant,<|channel|>final<|message|>,analysis,assistantfinal".split(
    ",",
  ),
  "It was night. ",
  "He",
  "\n",
  "\n\n",
  "```\n",
  " ",
  "<",
  "/",
  "`",
);

test("the parts do not depend on how the stream was cut, and no word is lost", () => {
  const output = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(""));
  fc.assert(
    fc.property(output, fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 9 }), (text, sizes) => {
      const chunks: string[] = [];
      for (let at = 0, index = 0; at < text.length; index += 1) {
        chunks.push(text.slice(at, at + (sizes[index % sizes.length] ?? 1)));
        at += chunks.at(-1)?.length ?? 1;
      }
      expect(split(...chunks)).toEqual(split(text));
      const nights = (of: string): number => of.split("It was night.").length;
      expect(nights(split(text).join(""))).toBe(nights(text));
    }),
    { numRuns: 2_000 },
  );
});
