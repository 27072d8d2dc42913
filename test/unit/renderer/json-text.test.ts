import fc from "fast-check";
import { expect, test } from "vitest";
import { jsonFault } from "../../../src/renderer/src/ui/json/json-fault.ts";
import { readJson, schemaProblem } from "../../../src/renderer/src/ui/json/json-text.ts";

test("says the line, what belongs there and what stands there", () => {
  const problems = {
    '{ "type": "object",\n "properties": }': { line: 2, wanted: "a value", found: "“}”" },
    '{\n  "a": 1\n  "b": 2\n}': { line: 3, wanted: "“,” or “}”", found: '“"b”' },
    '{ "a": 1, }': { line: 1, wanted: "a name in double quotes", found: "“}”" },
    "{ title: 1 }": { line: 1, wanted: "a name in double quotes or “}”", found: "“title”" },
    '["a", "b"': { line: 1, wanted: "“,” or “]”", found: "its end" },
    "[1, 2]]": { line: 1, wanted: "nothing more", found: "“]”" },
    '{ "a" 1 }': { line: 1, wanted: "“:”", found: "“1”" },
    "[tru]": { line: 1, wanted: "a value or “]”", found: "“tru”" },
    '"no end': { line: 1, wanted: "a value", found: '“"no end”' },
    "[01]": { line: 1, wanted: "“,” or “]”", found: "“1”" },
  };
  expect(Object.fromEntries(Object.keys(problems).map((text) => [text, jsonFault(text)]))).toEqual(problems);
});

test("reads whatever is JSON, and names a place inside the text in whatever is not", () => {
  fc.assert(
    fc.property(fc.json(), fc.nat(), fc.string({ maxLength: 3 }), (json, position, put) => {
      const at = position % (json.length + 1);
      const text = json.slice(0, at) + put + json.slice(at + 1);
      const reading = readJson(text);
      const parsed = parse(text);
      if (parsed.ok) expect(reading).toEqual({ kind: "value", value: parsed.value });
      else if (text.trim() === "") expect(reading).toEqual({ kind: "empty" });
      else expect(reading.kind).toBe("wrong");
    }),
    { numRuns: 500 },
  );
});

test("names the part of a schema that cannot be one", () => {
  expect([
    schemaProblem({ type: "object", properties: { title: { type: "string" } }, required: ["title"] }),
    schemaProblem({ type: ["string", "null"] }),
    schemaProblem([]),
    schemaProblem({ properties: { title: { type: "text" } } }),
    schemaProblem({ required: "title" }),
    schemaProblem({ type: "array", items: { enum: 3 } }),
  ]).toEqual([
    null,
    null,
    'schema has to be an object, such as {"type": "object"}.',
    'schema.properties.title.type is "text"; it has to be one of string, number, integer, boolean, object, array, null.',
    'schema.required has to be a list of property names, such as ["title"].',
    "schema.items.enum has to be a list of values.",
  ]);
});

function parse(text: string): { readonly ok: true; readonly value: unknown } | { readonly ok: false } {
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch {
    return { ok: false };
  }
}
