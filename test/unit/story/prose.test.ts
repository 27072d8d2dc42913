import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createProseShaper, type ProseOptions } from "../../../src/main/story/shaping/prose.ts";
import { isWhole, wordsOf } from "../../../src/main/story/shaping/sentences.ts";

/** What a reader gets of a model's whole output, and why it was stopped. */
function shape(chunks: readonly string[], options: ProseOptions = {}) {
  const shaper = createProseShaper(options);
  let text = "";
  for (const chunk of chunks) {
    const step = shaper.push(chunk);
    text += step.text;
    if (step.stop !== null) break;
  }
  const last = shaper.end("stop");
  return { text: text + last.text, stop: last.stop };
}

describe("passes on the story", () => {
  test.each([
    ["whole sentences as they are", "The keeper rose. The sea was loud.", "The keeper rose. The sea was loud."],
    ["paragraphs as they are", "The keeper rose.\n\nThe sea was loud.", "The keeper rose.\n\nThe sea was loud."],
    ["no chatty preamble", "Sure, here is a scene:\n\nThe keeper rose.", "The keeper rose."],
    ["no title", "**The Map**\n\nThe keeper rose.", "The keeper rose."],
    ["no plain title", "The Map of the Sea\nThe keeper rose.", "The keeper rose."],
    ["no sentence begun and not finished", "The keeper rose. He looked at the", "The keeper rose."],
    ["no line that leads nowhere", "The keeper rose.\n\nHe said:", "The keeper rose."],
    ["a line that leads to the next", 'The keeper read:\n"Come."\nHe went.', 'The keeper read:\n"Come."\nHe went.'],
    ["no break at an abbreviation", "It was Mr. Hale who", "It was Mr. Hale who"],
    ["no break inside speech", 'He rose. "Go!" she said. And', 'He rose. "Go!" she said.'],
    ["a quotation closed that was cut off", 'He said, "Wait for me. I will', 'He said, "Wait for me."'],
    ["sentences of scripts without spaces", "他看见了海。他走了。然后", "他看见了海。他走了。"],
    ["Sure as a word of the story", "Sure feet took him down. He ran.", "Sure feet took him down. He ran."],
    ["a passage one can walk through", "This passage led down. He ran.", "This passage led down. He ran."],
    ["the text as it came where nothing else is left", "one two three", "one two three"],
    ["a list that is all there is", "1. One\n2. Two", "1. One\n2. Two"],
  ])("%s", (_, output, expected) => {
    expect(shape([output]).text).toBe(expected);
  });
});

describe("stops", () => {
  const third = "The sea was cold here. He said the sea was cold. She knew the sea was cold. He slept.";
  test.each([
    [
      "before a phrase of four words is said a third time",
      third,
      "The sea was cold here. He said the sea was cold.",
      "repetition",
    ],
    [
      "at a sentence said before",
      "He went down to the sea. Rain fell. He went down to the sea.",
      "He went down to the sea. Rain fell.",
      "repetition",
    ],
    ["at a list", "He found these things.\n1. A map\n2. A key", "He found these things.", "list"],
    ["at a bulleted list", "He found these things.\n- A map\n- A key", "He found these things.", "list"],
    ["at a heading", "He slept.\n\n## Chapter 2\n\nHe woke.", "He slept.", "list"],
    ["at talk about the text", "He slept. I hope you enjoyed it! Bye.", "He slept.", "list"],
  ] as const)("%s", (_, output, text, stop) => {
    expect(shape([output])).toEqual({ text, stop });
  });

  test("at a sentence of the story so far", () => {
    const storyText = "Mara went down to the sea.";
    expect(shape(["Rain fell. Mara went down to the sea. It"], { storyText })).toEqual({
      text: "Rain fell.",
      stop: "repetition",
    });
  });

  test("and passes on nothing after that", () => {
    const shaper = createProseShaper();
    expect(shaper.push("He slept.\n- A map\n")).toEqual({ text: "He slept.", stop: "list" });
    expect(shaper.push("He woke. He ran. ")).toEqual({ text: "", stop: "list" });
    expect(shaper.end("stop")).toEqual({ text: "", stop: "list" });
  });
});

describe("the reader", () => {
  const output = 'The wind rose. You feel it on your face. "You came," she said. "I knew you would. You always do."';
  test("is not spoken to outside of speech", () => {
    expect(shape([output]).text).toBe('The wind rose. "You came," she said. "I knew you would. You always do."');
  });

  test("may be, where the prompt or the story does so", () => {
    expect(shape([output], { instruction: "You wake up in a cave" }).text).toBe(output);
    expect(shape([output], { storyText: "You woke up." }).text).toBe(output);
  });
});

test("a sentence is passed on as soon as the next one begins", () => {
  const shaper = createProseShaper();
  expect(shaper.push("The keeper rose.").text).toBe("");
  expect(shaper.push(" T").text).toBe("The keeper rose.");
  expect(shaper.push("he sea was loud.\n").text).toBe(" The sea was loud.");
});

test("text without the end of a sentence is not held for ever", () => {
  const shaper = createProseShaper();
  const passed = shaper.push("word ".repeat(400)).text;
  expect(passed.length).toBeGreaterThan(900);
});

const piece = fc.oneof(
  fc.constantFrom(
    "The sea was cold. ",
    "He ran",
    ". ",
    "\n\n",
    "\n1. ",
    '"Go!" ',
    "“",
    "” ",
    "you ",
    "# A\n",
    "Sure! ",
    "Mr. ",
    "…",
    "他走了。",
  ),
  fc.constantFrom("the sea was cold ", "I hope you like it. ", "   ", "- ", "a".repeat(300), " word ".repeat(60)),
  fc.string({ maxLength: 12 }),
);
const output = fc.array(piece, { maxLength: 24 }).map((pieces) => pieces.join(""));

test("the outcome does not depend on how the stream was cut", () => {
  fc.assert(
    fc.property(output, fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 30 }), (text, sizes) => {
      const chunks: string[] = [];
      for (let at = 0, index = 0; at < text.length; index += 1) {
        const size = sizes[index % sizes.length] ?? 1;
        chunks.push(text.slice(at, at + size));
        at += size;
      }
      expect(shape(chunks)).toEqual(shape([text]));
    }),
    { numRuns: 2_000 },
  );
});

test("no phrase of four words is passed on three times, once a sentence has been", () => {
  const words = fc.array(fc.constantFrom("the", "sea", "was", "cold", "night"), { minLength: 1, maxLength: 9 });
  const sentences = fc.array(
    words.map((list) => `${list.join(" ")}.`),
    { minLength: 1, maxLength: 12 },
  );
  fc.assert(
    fc.property(sentences, (list) => {
      const { text } = shape([`Rain. ${list.map((sentence) => `So ${sentence}`).join(" ")}`]);
      const reply = wordsOf(text);
      const counts = new Map<string, number>();
      for (let at = 0; at + 4 <= reply.length; at += 1) {
        const phrase = reply.slice(at, at + 4).join(" ");
        counts.set(phrase, (counts.get(phrase) ?? 0) + 1);
      }
      expect(Math.max(0, ...counts.values())).toBeLessThan(3);
      expect(isWhole(text)).toBe(true);
    }),
  );
});
