import { expect, test } from "vitest";
import { AnswerReader } from "../../../../src/main/inference/call/answer-reader.ts";
import { GuardedStream } from "../../../../src/main/inference/call/guarded-stream.ts";
import { createProseShaper } from "../../../../src/main/story/shaping/prose.ts";
import type { InferenceEvent } from "../../../../src/shared/contract/inference.ts";
import { answerAfter, noAnswer } from "../../../../src/shared/answer-so-far.ts";
import { fakeGuard } from "../../../kit/llm-client.ts";

const json = { hasFormat: true, isRaw: false };
const prose = { hasFormat: false, isRaw: false };
const card = "My card is 4111 1111 1111 1111, exp 09/29, cvv 123.";

/** A stream, what reads an answer into it, and what a reader is sent. */
function reading(kind: { hasFormat: boolean; isRaw: boolean }) {
  const events: InferenceEvent[] = [];
  const stream = new GuardedStream(fakeGuard, (event) => events.push(event), null);
  return { stream, events, reader: new AnswerReader(stream, kind) };
}

const text = (piece: string) => ({ type: "text", text: piece }) as const;

test("a thought before JSON is no part of it, however it is cut", () => {
  const { stream, reader } = reading(json);
  for (const piece of ["<thi", "nk>A numb", "er?</think>", '\n{"a"', ":1}"]) reader.push(text(piece));
  reader.end();
  expect(stream.unvalidated).toBe('{"a":1}');
  expect(stream.answer().thoughts).toBe("A number?");
});

test("a thought before JSON that the chat template opened is none either", () => {
  const { stream, reader } = reading(json);
  for (const piece of ["A number? I say 1.\n</thi", 'nk>\n\n{"a":1}']) reader.push(text(piece));
  reader.end();
  expect(stream.unvalidated).toBe('{"a":1}');
  expect(stream.answer().thoughts).toBe("A number? I say 1.\n");
});

test("what waits to become a marker is kept where the stream breaks", () => {
  const { stream, reader } = reading(prose);
  reader.push(text("It was dark. He saw a <thi"));
  reader.end();
  stream.fail();
  expect(stream.answer()).toMatchObject({ shown: "It was dark. He saw a <thi", raw: "It was dark. He saw a <thi" });
});

test("an answer to a raw prompt stays as the model writes it", () => {
  const { stream, reader } = reading({ hasFormat: false, isRaw: true });
  reader.push(text("<think>A number?</think>1"));
  reader.end();
  stream.end("stop");
  expect(stream.answer()).toMatchObject({ shown: "<think>A number?</think>1", thoughts: "" });
});

test("what was blocked in a thought that only ends later stays blocked, and what was shown of it is taken back", () => {
  const { stream, reader, events } = reading(prose);
  reader.push(text("He asks. I write it.\n</think>\n\nIt was night. "));
  reader.push(text("He slept."));
  reader.end();
  stream.end("stop");
  expect(stream.answer()).toMatchObject({ shown: "It was night. He slept.", thoughts: "He asks. I write it.\n" });
  expect(events.reduce(answerAfter, noAnswer).text).toBe("It was night. He slept.");
});

test.each([
  ["left out", `Sure, here is a scene:\n\nHe rose. I hope you enjoyed it! ${card} He slept.`],
  ["a preamble", `Sure, here is a scene with a card, ${card}\n\nHe rose.`],
  ["a loop", `${"He went down to the sea. ".repeat(3)}${card}`],
])("what would be %s is judged before it is", (_, output) => {
  const { stream, reader, events } = reading(prose);
  stream.shapeBy(() => createProseShaper());
  const cut = reader.push(text(output)) ?? reader.end();
  const isBlocked = cut === "held" || stream.end("stop");
  expect(isBlocked).toBe(true);
  const { verdict, shown, raw, original } = stream.answer();
  expect(verdict.severity).toBe("critical");
  expect(JSON.stringify([events, shown, raw])).not.toContain("4111");
  expect(original).toContain("4111");
});

test("what a reader is sent, with what was left out, is what the model wrote", () => {
  const { stream, reader, events } = reading(prose);
  stream.shapeBy(() => createProseShaper());
  const output = "Sure, here is a scene:\n\nHe rose. He sat.\n\nWould you like me to continue? He";
  for (const piece of output.match(/.{1,5}/gs) ?? []) reader.push(text(piece));
  reader.end();
  stream.end("length");
  const { shown, raw, leftOut } = stream.answer();
  expect([shown, raw]).toEqual(["He rose. He sat.", output]);
  expect(events.reduce(answerAfter, noAnswer)).toEqual({ text: shown, raw, leftOut });
});
