import { describe, expect, test } from "vitest";
import type { DialectAnswer } from "../../../../kit/answers/dialect-answer.ts";
import { dialectAnswers, streamOf, written } from "../../../../kit/answers/dialect-answers.ts";
import { type Read, readAnswer } from "../../../../kit/answers/read-answer.ts";

const bytes = (text: string) => [Buffer.from(text)];

describe.each(dialectAnswers.map((answer) => [answer.server, answer] as const))("%s", (_server, answer) => {
  const { api, meant } = answer;

  test("its answer is read as it was meant, in one piece and byte by byte, with a mark of the byte order before it", async () => {
    const body = streamOf(answer);
    const whole = meantBy(answer);
    expect(await readAnswer(api, bytes(body))).toMatchObject(whole);
    expect(
      await readAnswer(
        api,
        [...Buffer.from(body)].map((byte) => Buffer.from([byte])),
      ),
    ).toMatchObject(whole);
    expect(await readAnswer(api, bytes(`\uFEFF${body}`))).toMatchObject(whole);
  });

  test("cut at any byte it is whole or a named failure, and never a short text told as whole", async () => {
    const body = Buffer.from(streamOf(answer));
    for (let at = 0; at < body.length; at++) {
      const read = await readAnswer(api, [body.subarray(0, at)]);
      if (read.type === "whole") expect({ at, read }).toMatchObject({ at, read: wordsOf(meant) });
      else expectNamed(read, `cut at ${at}`);
    }
  });

  test("with any field absent, null, empty, of another type or twice, it is what is left of it or a named failure", async () => {
    let tried = 0;
    for (const { what, chunks } of mutationsOf(answer.chunks)) {
      const read = await readAnswer(api, bytes(streamOf(answer, chunks)));
      expectHonest(answer, chunks, read, what);
      tried++;
    }
    expect(tried).toBeGreaterThan(50);
  });

  test("with any chunk twice, late or in another's place, it is what its words are in that order or a named failure", async () => {
    const { chunks } = answer;
    for (let from = 0; from < chunks.length; from++) {
      for (let to = 0; to < chunks.length; to++) {
        const moved = chunks.toSpliced(from, 1).toSpliced(to, 0, chunks[from] ?? {});
        expectHonest(answer, moved, await readAnswer(api, bytes(streamOf(answer, moved))), `${from} at ${to}`);
      }
      const twice = chunks.toSpliced(from, 0, chunks[from] ?? {});
      expectHonest(answer, twice, await readAnswer(api, bytes(streamOf(answer, twice))), `${from} twice`);
    }
  });

  test("whole instead of streamed, and cut at any byte, it is as it was meant or a named failure", async () => {
    const body = Buffer.from(JSON.stringify(wholeOf(answer)));
    expect(await readAnswer(api, [body])).toMatchObject({ type: "whole", ...wordsOf(meant) });
    for (let at = 0; at < body.length; at++)
      expectNamed(await readAnswer(api, [body.subarray(0, at)]), `whole, cut at ${at}`);
    for (const { what, chunks } of mutationsOf([wholeOf(answer)])) {
      const read = await readAnswer(api, bytes(written(chunks[0])));
      expectHonest(answer, chunks, read, `whole, ${what}`);
    }
  });
});

/** Everything that a `Read` of an undamaged answer says. */
function meantBy({ meant }: DialectAnswer) {
  const { finishReason, promptTokens, completionTokens } = meant;
  const result = {
    finishReason,
    ...(promptTokens !== undefined && { promptTokens }),
    ...(completionTokens !== undefined && { completionTokens }),
  };
  return { type: "whole", ...wordsOf(meant), result };
}

function wordsOf({ text, thought = "", calls = [] }: DialectAnswer["meant"]) {
  return { text, thought, calls };
}

/** Its class is one of those with a next step, and its words and remedy say something. */
function expectNamed(read: Read, what: string): void {
  if (read.type !== "failed") throw new Error(`${what}: told as whole: ${JSON.stringify(read)}`);
  const { errorClass, message, remedy } = read.error;
  expect({ what, errorClass }).not.toMatchObject({ errorClass: "internal" });
  expect({ what, message: message !== "", remedy: remedy !== "" }).toEqual({ what, message: true, remedy: true });
}

/** A whole answer says every word that the chunks say, in their order, and they name an end of it. */
function expectHonest(answer: DialectAnswer, chunks: readonly unknown[], read: Read, what: string): void {
  if (read.type === "failed") return expectNamed(read, what);
  const left = { text: "", thought: "" };
  const lost: string[] = [];
  for (const { path, value } of leavesOf(chunks)) {
    const name = path.findLast((part) => Number.isNaN(Number(part))) ?? "";
    const isThought = path.some((part) => /^(thinking|reasoning|reasoning_content)$/.test(part));
    if (/^(content|text|response|refusal|thinking|reasoning|reasoning_content)$/.test(name)) {
      if (isSecondName(path, chunks)) continue;
      if (typeof value !== "string" || value === beyondAll) lost.push(path.join("."));
      else if (isThought) left.thought += value;
      else left.text += value;
    }
  }
  expect({ what, lost, ...left }).toEqual({ what, lost: [], text: read.text, thought: read.thought });
  expect({ what, end: hasEnd(answer, chunks) }).toEqual({ what, end: true });
  const names = leavesOf(chunks).flatMap(({ path, value }) => (path.at(-1) === "name" ? [value] : []));
  for (const { name } of read.calls) expect({ what, names }).toMatchObject({ names: expect.arrayContaining([name]) });
}

/** vLLM says a thought by both of its names. */
function isSecondName(path: readonly string[], chunks: readonly unknown[]): boolean {
  const at = path.indexOf("reasoning");
  if (at === -1) return false;
  const siblings = path.slice(0, at).reduce<unknown>((value, part) => childOf(value, part), chunks);
  const other = childOf(siblings, "reasoning_content");
  return (typeof other === "string" || Array.isArray(other)) && other.length > 0;
}

/** Whether a chunk with an end comes, with nothing said after it. */
function hasEnd({ api }: DialectAnswer, chunks: readonly unknown[]): boolean {
  return leavesOf(chunks).some(({ path, value }) =>
    api === "ollama" ? path.at(-1) === "done" && value === true : path.at(-1) === "finish_reason" && Boolean(value),
  );
}

function wholeOf({ api, chunks, meant }: DialectAnswer): object {
  const { text, thought, calls = [], finishReason } = meant;
  const called = calls.map(({ id, name, arguments: given }, index) => ({
    id: id ?? `call_${index}`,
    type: "function",
    function: { name, arguments: api === "ollama" ? given : JSON.stringify(given) },
  }));
  const tools = called.length === 0 ? {} : { tool_calls: called };
  if (api === "ollama") {
    const message = { role: "assistant", content: text, ...(thought && { thinking: thought }), ...tools };
    const last = chunks.at(-1) ?? {};
    return "response" in last ? { ...last, response: text } : { ...last, message };
  }
  const message = { role: "assistant", content: text, ...(thought && { reasoning_content: thought }), ...tools };
  return { id: "1", object: "chat.completion", choices: [{ index: 0, message, finish_reason: finishReason }] };
}

/** `streamOf` writes it as a number that JSON reads as infinite. */
const beyondAll = "@1e400";

const others: readonly [string, unknown][] = [
  ["null", null],
  ["an empty text", ""],
  ["an empty object", {}],
  ["an empty list", []],
  ["a number", 42],
  ["a number beyond all", beyondAll],
  ["a truth", true],
  ["a text", "zzz"],
  ["a list in lists", [[["zzz"]]]],
  ["an object in objects", { zzz: { zzz: "zzz" } }],
];

/** Every copy of some chunks in which one field is absent, something else, or in a list with itself. */
function* mutationsOf(chunks: readonly object[]): Generator<{ what: string; chunks: readonly unknown[] }> {
  for (const { path, value } of nodesOf(chunks)) {
    const at = path.join(".");
    yield { what: `${at} absent`, chunks: changed(chunks, path, undefined) };
    for (const [what, other] of others) yield { what: `${at} ${what}`, chunks: changed(chunks, path, other) };
    yield { what: `${at} twice`, chunks: changed(chunks, path, [value, value]) };
    yield { what: `${at} as JSON`, chunks: changed(chunks, path, JSON.stringify(value)) };
  }
}

function changed(chunks: readonly object[], path: readonly string[], other: unknown): unknown[] {
  const copy: unknown[] = structuredClone([...chunks]);
  const parent = path.slice(0, -1).reduce<unknown>((value, part) => childOf(value, part), copy);
  Object.assign(parent ?? {}, { [path.at(-1) ?? ""]: other });
  return copy;
}

function* nodesOf(
  value: unknown,
  path: readonly string[] = [],
): Generator<{ path: readonly string[]; value: unknown }> {
  if (path.length > 1) yield { path, value };
  if (typeof value !== "object" || value === null) return;
  for (const [name, child] of Object.entries(value)) yield* nodesOf(child, [...path, name]);
}

function leavesOf(value: unknown): { path: readonly string[]; value: unknown }[] {
  return [...nodesOf(value)].filter(({ value: leaf }) => leaf !== undefined && typeof leaf !== "object");
}

function childOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}
