import { expect, test } from "vitest";
import { textsIn } from "../../../../src/main/inference/call/wire-text.ts";

const line = (text: string) =>
  JSON.stringify({ model: "m", message: { role: "assistant", content: text }, done: false });

test("a text that comes in pieces is put together, whatever stands between them", () => {
  expect(textsIn(`${line("4111 11")}\n${line("11 1111\n")}\n${line('"1111"')}\n`)).toContain('4111 1111 1111\n"1111"');
  const chunks = ["4111 11", "11"].map(
    (content) => `data: ${JSON.stringify({ choices: [{ delta: { content } }] })}\n\n`,
  );
  expect(textsIn(chunks.join(""))).toContain("4111 1111");
});

test("a text that was cut off counts as far as it came, inside an escape too", () => {
  expect(textsIn(`${line("4111 ")}\n{"message":{"content":"11\\u0031`)).toContain("4111 111");
  expect(textsIn('{"message":{"content":"4111\\')).toContain("4111");
});

test("bytes that are no JSON are told as they are", () => {
  expect(textsIn("the runner fell over")).toEqual(["the runner fell over"]);
});

test("a long text takes time in proportion", () => {
  const startedAt = performance.now();
  for (const text of ['"'.repeat(256 * 1024), `"${"a\\".repeat(128 * 1024)}`, `${'"a" '.repeat(64 * 1024)}`])
    textsIn(text);
  expect(performance.now() - startedAt).toBeLessThan(10_000); // minutes, where it is not
});
