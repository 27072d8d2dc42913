import fc from "fast-check";
import { expect, test } from "vitest";
import { piecesOf, sliceCharacters, Slices } from "../../../src/main/base/slices.ts";
import { checkText, checkTextInSlices } from "../../../src/main/guardrails/checking/check.ts";
import { characterLimit, inSlices } from "../../../src/main/inference/event-slices.ts";
import { NdjsonParser } from "../../../src/main/inference/providers/ollama/ndjson.ts";
import { PendingBytes } from "../../../src/main/inference/providers/http/pending-bytes.ts";
import { SseParser } from "../../../src/main/inference/providers/openai/sse.ts";
import type { ProviderEvent } from "../../../src/main/inference/provider.ts";

/** Counts what is done between two pauses; `most` is the longest stretch. */
function counted() {
  let since = 0;
  const count = { most: 0, pauses: 0, add: (units: number) => (count.most = Math.max(count.most, (since += units))) };
  const slices = new Slices(sliceCharacters, async () => {
    since = 0;
    count.pauses += 1;
  });
  return { count, slices };
}

const hostile = fc.oneof(
  fc.string({ unit: "binary", maxLength: 2_000 }),
  fc
    .tuple(
      fc.constantFrom("\n", "a", "k i l l ", "call 212-867-5309, ", "\u{1f600}", "\u{e0041}", "QUJD"),
      fc.integer({ min: 1, max: 1_500 }),
    )
    .map(([part, times]) => part.repeat(times)),
);

test("a text of any kind is cut into pieces that are it together, none longer than a slice, no code point in half", () => {
  fc.assert(
    fc.property(hostile, (text) => {
      const pieces = [...piecesOf(text)];
      expect(pieces.join("")).toBe(text);
      for (const piece of pieces) expect(piece.length).toBeLessThanOrEqual(sliceCharacters);
      if (text.isWellFormed()) expect(pieces.every((piece) => piece.isWellFormed())).toBe(true);
    }),
    { numRuns: 40, endOnFailure: true },
  );
});

test("a check in slices finds what a check at once finds, and pauses after every slice of work", async () => {
  await fc.assert(
    fc.asyncProperty(hostile, async (text) => {
      const { count, slices } = counted();
      const verdict = await checkTextInSlices(text, slices);
      expect(verdict).toEqual(checkText(text));
      expect(count.pauses).toBeGreaterThanOrEqual(Math.floor(text.length / sliceCharacters) - 1);
    }),
    { numRuns: 12, endOnFailure: true },
  );
});

test("whatever a server sends at once, no more than two slices of it are passed on between two pauses", async () => {
  const text = fc
    .tuple(fc.constantFrom("text" as const, "thought" as const), hostile)
    .map(([type, words]) => ({ type, text: words }));
  const call = { type: "tool_call" as const, call: { id: "1", name: "look", arguments: {} } };
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof(text, fc.constant(call)), { maxLength: 20 }),
      async (events: ProviderEvent[]) => {
        const { count, slices } = counted();
        const passed: ProviderEvent[] = [];
        for await (const event of inSlices(burst(events), slices)) {
          count.add("text" in event ? event.text.length : 1);
          passed.push(event);
        }
        expect(count.most).toBeLessThanOrEqual(2 * sliceCharacters);
        const words = (all: readonly ProviderEvent[]) =>
          all.map((event) => ("text" in event ? event.text : "|")).join("");
        expect(words(passed)).toBe(words(events));
      },
    ),
    { numRuns: 12, endOnFailure: true },
  );
});

test("2,000 tool calls in a burst are passed on with hundreds of pauses among them", async () => {
  const { count, slices } = counted();
  const calls = Array.from({ length: 2_000 }, (_, index): ProviderEvent => ({
    type: "tool_call",
    call: { id: `${index}`, name: "look", arguments: {} },
  }));
  let passed = 0;
  for await (const _ of inSlices(burst(calls), slices)) passed += 1;
  expect([passed, count.pauses]).toEqual([2_000, 250]);
});

test("a line in pieces of one byte is copied a few times at most, however long it is", () => {
  const bytes = 1_000_000;
  const pending = new PendingBytes();
  const one = new Uint8Array([0x61]);
  for (let index = 0; index < bytes; index += 1) pending.append(one);
  expect(pending.take(one)).toHaveLength(bytes + 1);
  expect(pending.copied).toBeLessThan(4 * bytes);
});

test("answers in pieces of one byte are read as in one piece, in both formats", () => {
  const words = "The lamp “went” out. ".repeat(40);
  const line = Buffer.from(`${JSON.stringify({ message: { content: words } })}\n\n`);
  const event = Buffer.from(`data: ${JSON.stringify({ words })}\r\n\r\n`);
  const ndjson = new NdjsonParser();
  const sse = new SseParser();
  const lines = Array.from(line, (byte) => [...ndjson.push(Buffer.from([byte]))]).flat();
  const events = Array.from(event, (byte) => [...sse.push(Buffer.from([byte]))]).flat();
  expect(lines).toEqual([{ message: { content: words } }]);
  expect(events).toEqual([{ name: "message", data: JSON.stringify({ words }), unfinished: false }]);
});

async function* burst(events: readonly ProviderEvent[]): AsyncGenerator<ProviderEvent> {
  yield* events;
}

test("an answer without end is left at its limit, and ends as one that reached it", async () => {
  let sent = 0;
  async function* endless(): AsyncGenerator<ProviderEvent> {
    for (;;) {
      sent += 1;
      yield { type: "text", text: "and on " };
    }
  }
  const limit = characterLimit(10);
  let text = "";
  let end: ProviderEvent | undefined;
  for await (const event of inSlices(endless(), undefined, limit)) {
    if (event.type === "text") text += event.text;
    end = event;
  }
  expect(text).toHaveLength(limit);
  expect(end).toMatchObject({ type: "result", result: { finishReason: "length" } });
  expect(sent).toBeLessThanOrEqual(limit / "and on ".length + 2);
  expect(characterLimit(undefined)).toBeLessThan(1_000_000);
});
