import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LineError } from "../../../../src/main/inference/providers/http/line-error.ts";
import { type SseEvent, SseParser } from "../../../../src/main/inference/providers/openai/sse.ts";

function parse(chunks: readonly (string | Uint8Array)[], maxBytes?: number): SseEvent[] {
  const parser = new SseParser(maxBytes);
  const events: SseEvent[] = [];
  for (const chunk of chunks) events.push(...parser.push(Buffer.from(chunk)));
  return [...events, ...parser.end()];
}

function dataOf(...chunks: readonly (string | Uint8Array)[]): string[] {
  return parse(chunks).map(({ data }) => data);
}

function faultOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof LineError) return `${error.kind}: ${error.line}`;
  }
  throw new Error("no LineError");
}

describe("events", () => {
  test.each([
    ["LF", "data: a\n\ndata: b\n\n"],
    ["CRLF", "data: a\r\n\r\ndata: b\r\n\r\n"],
    ["CR", "data: a\r\rdata: b\r\r"],
    ["no space after the colon", "data:a\n\ndata:b\n\n"],
    ["comments, ids and retries between", ": hello\n\nid: 1\nretry: 10\ndata: a\n\n:\ndata: b\n\n"],
    ["no blank line at the end", "data: a\n\ndata: b"],
    ["more blank lines than needed", "\n\ndata: a\n\n\n\ndata: b\n\n\n"],
    ["a byte order mark", "\u{feff}data: a\n\ndata: b\n\n"],
  ])("are read with %s", (_name, text) => {
    expect(dataOf(text)).toEqual(["a", "b"]);
  });

  test("keep a space of their own, and the lines of one event together", () => {
    expect(dataOf("data:  two spaces\n\ndata: one\ndata: two\n\n")).toEqual([" two spaces", "one\ntwo"]);
  });

  test("have the name of their event, for themselves alone", () => {
    expect(parse(["event: error\ndata: a\n\ndata: b\n\nerror: c\n\n"])).toEqual([
      { name: "error", data: "a", unfinished: false },
      { name: "message", data: "b", unfinished: false },
      { name: "error", data: "c", unfinished: false },
    ]);
  });

  test("without data are no events", () => {
    expect(parse(["event: ping\n\nid: 3\n\n"])).toEqual([]);
  });

  test("are the same however their bytes are cut", () => {
    const text = ': note\r\ndata: {"t":"Łódź 灯台 👩‍🚀"}\r\n\r\nevent: error\ndata: x\n\ndata: [DONE]\n\n';
    const bytes = Buffer.from(text);
    const whole = parse([bytes]);
    expect(whole).toHaveLength(3);
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length), { maxLength: 20 }), (cuts) => {
        const at = [0, ...cuts.toSorted((left, right) => left - right), bytes.length];
        const chunks = at.slice(1).map((end, index) => bytes.subarray(at[index], end));
        expect(parse(chunks)).toEqual(whole);
      }),
    );
  });
});

describe("faults", () => {
  test("a line that is no field is garbage, after the events before it", () => {
    const parser = new SseParser();
    const seen: string[] = [];
    const read = () => {
      for (const { data } of parser.push(Buffer.from("data: a\n\n<html>\n"))) seen.push(data);
    };
    expect(faultOf(read)).toBe("garbage: <html>");
    expect(seen).toEqual(["a"]);
  });

  test("bytes that are not UTF-8 are garbage", () => {
    expect(faultOf(() => parse([Buffer.from("data: caf"), Buffer.of(0xe9), "\n\n"]))).toMatch(/^garbage: data: caf/);
  });

  test("a line over the limit is oversized before its end has come, in one piece or many", () => {
    expect(faultOf(() => parse(["data: 0123456789"], 10))).toBe("oversized: data: 0123456789");
    expect(
      faultOf(() =>
        parse(
          Array.from({ length: 20 }, () => "x"),
          10,
        ),
      ),
    ).toMatch(/^oversized: x+$/);
  });

  test("an event of many lines is held to the same limit", () => {
    expect(
      faultOf(() =>
        parse(
          Array.from({ length: 20 }, () => "data: 0123\n"),
          40,
        ),
      ),
    ).toMatch(/^oversized/);
  });

  test("an event cut inside a line says that it is unfinished", () => {
    expect(parse(['data: {"a'])).toEqual([{ name: "message", data: '{"a', unfinished: true }]);
    expect(parse(['data: {"a"\n'])).toEqual([{ name: "message", data: '{"a"', unfinished: false }]);
  });
});
