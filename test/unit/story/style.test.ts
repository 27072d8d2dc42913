import { expect, test } from "vitest";
import type { StoryStyle } from "../../../src/shared/contract/story.ts";
import { assemblePrompt } from "../../../src/main/story/prompting/prompt.ts";

function asked(instruction: string, style: StoryStyle = {}, storyText = "It rained."): string {
  const { messages } = assemblePrompt({
    instruction,
    storyText,
    style,
    contextTokens: 4_096,
    maxTokens: 260,
    estimateTokens: (text) => text.length,
  });
  return messages.map(({ content }) => content).join("\n");
}

test.each(["Second person, present tense", "Item description, two sentences", "Dialogue", "Five barks of a guard"])(
  "nothing is ordered that the writer did not choose: %s",
  (instruction) => {
    for (const storyText of ["", "You open the door."]) {
      const prompt = asked(instruction, {}, storyText);
      expect(prompt).toContain(instruction);
      expect(prompt.replace(instruction, "")).not.toMatch(/person|tense|scene|novel|prose|sentence|dialogue|happens/i);
    }
  },
);

test.each(["Continue", "continue.", "Go on", "Weiter", "続けて"])(
  "%s continues the text, and names no scene",
  (word) => {
    const prompt = asked(word);
    expect(prompt).toMatch(/Continue the text above from where it ends\.$/);
    expect(prompt).not.toMatch(/scene/i);
  },
);

test("what the writer chose is said, and each choice alone", () => {
  expect(asked("Go", { person: "second" })).toContain("Write in the second person.");
  expect(asked("Go", { tense: "present" })).toContain("Write in the present tense.");
  expect(asked("Go", { tone: "dry, weary" })).toContain("Tone: dry, weary.");
  expect(asked("Go", { words: 60 })).toContain("about 60 words");
  expect(asked("The door opens", { kind: "dialogue" })).toMatch(/Write the dialogue.*: The door opens\.$/s);
  expect(asked("Go", { tense: "present" })).not.toMatch(/person|words|Tone/);
});
