import { expect, test } from "vitest";
import { ShortenedPrompt } from "../../../../src/main/inference/call/shortened-prompt.ts";
import type { Message } from "../../../../src/shared/contract/inference.ts";

const system: Message = { role: "system", content: "Be brief." };
const turn = (index: number): Message[] => [
  { role: "user", content: `Question ${index}` },
  { role: "assistant", content: `Answer ${index}` },
];
const last: Message = { role: "user", content: "And now?" };

function contents({ messages }: ShortenedPrompt): string[] {
  return messages.map(({ content }) => content);
}

test("the oldest turns go first, whole, and the system text and the last turn stay", () => {
  const prompt = new ShortenedPrompt([system, ...turn(1), ...turn(2), last]);
  expect([contents(prompt).length, prompt.droppedMessages]).toEqual([6, 0]);
  expect(prompt.shorten()).toBe(true);
  expect([contents(prompt), prompt.droppedMessages]).toEqual([["Be brief.", "Question 2", "Answer 2", "And now?"], 2]);
  expect(prompt.shorten()).toBe(true);
  expect([contents(prompt), prompt.droppedMessages]).toEqual([["Be brief.", "And now?"], 4]);
  expect(prompt.shorten()).toBe(false);
});

test("a tool's answer never stays without the call it answers", () => {
  const toolCalls = [{ id: "1", name: "look", arguments: {} }];
  const called: Message[] = [
    { role: "user", content: "Look." },
    { role: "assistant", content: "", toolCalls },
    { role: "tool", content: "Water.", toolCallId: "1" },
  ];
  const prompt = new ShortenedPrompt([...turn(1), ...called]);
  expect([prompt.shorten(), prompt.messages, prompt.shorten()]).toEqual([true, called, false]);
});

test("a system text in the middle stays where it is", () => {
  const prompt = new ShortenedPrompt([...turn(1), system, last]);
  prompt.shorten();
  expect([contents(prompt), prompt.droppedMessages]).toEqual([["Be brief.", "And now?"], 2]);
});

test("a long chat is shortened in few steps, each by about a seventh", () => {
  const prompt = new ShortenedPrompt([system, ...Array.from({ length: 500 }, (_, index) => turn(index)).flat(), last]);
  let steps = 0;
  for (let before = prompt.messages.length; prompt.shorten(); before = prompt.messages.length, steps += 1)
    if (before > 100) expect(prompt.messages.length / before).toBeGreaterThan(0.8);
  expect(steps).toBeLessThan(60);
  expect(contents(prompt)).toEqual(["Be brief.", "And now?"]);
});

test.each([
  ["one message", [last]],
  ["a system text and one message", [system, last]],
  ["system texts alone", [system, system]],
  ["nothing", []],
])("of %s nothing can be dropped", (_what, messages) => {
  const prompt = new ShortenedPrompt(messages);
  expect([prompt.shorten(), prompt.messages, prompt.droppedMessages]).toEqual([false, messages, 0]);
});
