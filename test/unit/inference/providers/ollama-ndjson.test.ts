import fc from "fast-check";
import { expect, test } from "vitest";
import { LineError } from "../../../../src/main/inference/providers/http/line-error.ts";
import { NdjsonParser } from "../../../../src/main/inference/providers/ollama/ndjson.ts";

/** Feeds bytes cut at the given places; what came before a fault, and the fault. */
function parse(
  bytes: Uint8Array,
  cuts: readonly number[] = [],
  maxLineBytes?: number,
): { values: unknown[]; fault: string | null } {
  const parser = new NdjsonParser(maxLineBytes);
  const values: unknown[] = [];
  const positions = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((left, right) => left - right);
  try {
    let start = 0;
    for (const end of [...positions, bytes.length]) {
      for (const value of parser.push(bytes.subarray(start, end))) values.push(value);
      start = end;
    }
    for (const value of parser.end()) values.push(value);
    return { values, fault: null };
  } catch (error) {
    if (!(error instanceof LineError)) throw error;
    return { values, fault: error.kind };
  }
}

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const anyObject = fc.dictionary(fc.string({ unit: "grapheme" }), fc.jsonValue({ stringUnit: "grapheme" }));
const lineEnd = fc.constantFrom("\n", "\r\n", "\n\n", "\r\n \t\r\n");

test("objects come out whole wherever the bytes are cut, with any line ends", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(anyObject, lineEnd), { maxLength: 8 }),
      fc.boolean(),
      fc.array(fc.nat(), { maxLength: 30 }),
      (lines, endsWithNewline, cuts) => {
        const text = lines.map(([value, end]) => JSON.stringify(value) + end).join("");
        const bytes = bytesOf(endsWithNewline ? text : text.trimEnd());
        // JSON turns -0 into 0: compare with what JSON itself reads back.
        const expected = lines.map(([value]) => JSON.parse(JSON.stringify(value)) as unknown);
        expect(parse(bytes, cuts)).toEqual({ values: expected, fault: null });
      },
    ),
    { numRuns: 500 },
  );
});

test("any bytes at all give objects or a fault, and the same however they are cut", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.array(fc.nat(), { maxLength: 20 }), (bytes, cuts) => {
      expect(parse(bytes, cuts)).toEqual(parse(bytes));
    }),
    { numRuns: 2_000 },
  );
});

test("every proper prefix of a line is unfinished, never a shorter answer", () => {
  const bytes = bytesOf('{"message":{"content":"Łódź 🚀"},"done":false}');
  for (let length = 1; length < bytes.length; length++) {
    expect(parse(bytes.subarray(0, length))).toEqual({ values: [], fault: "unfinished" });
  }
});

test.each([
  ["words", "hello\n"],
  ["a number", "5\n"],
  ["null", "null\n"],
  ["a list", "[]\n"],
  ["two objects on a line", "{} {}\n"],
])("%s is garbage, after what stood before it", (_name, line) => {
  expect(parse(bytesOf(`{"a":1}\n${line}{"b":2}\n`))).toEqual({ values: [{ a: 1 }], fault: "garbage" });
});

test("an invalid UTF-8 byte inside a string is garbage", () => {
  const bytes = Buffer.concat([bytesOf('{"a":"'), Buffer.of(0xff), bytesOf('"}\n')]);
  expect(parse(bytes)).toEqual({ values: [], fault: "garbage" });
});

test("a line is as long as the limit allows and no longer, whether or not its end has come", () => {
  const line = bytesOf(`{"a":"${"x".repeat(92)}"}`);
  expect(line).toHaveLength(100);
  expect(parse(line, [], 100)).toMatchObject({ fault: null });
  expect(parse(line, [50], 99)).toEqual({ values: [], fault: "oversized" });
  expect(parse(line.subarray(0, 90), [10, 20, 30], 80)).toEqual({ values: [], fault: "oversized" });
});

test("a fault quotes the start of the line, without control characters", () => {
  const parser = new NdjsonParser();
  const line = `\u001b[31m${"é".repeat(500)}\n`;
  expect(() => [...parser.push(bytesOf(line))]).toThrow(
    expect.objectContaining({ kind: "garbage", line: `[31m${"é".repeat(116)}…` }),
  );
});
