import { expect, test } from "vitest";
import { grammarSchema } from "../../../../src/main/inference/providers/embedded/grammar-schema.ts";

type Schema = Parameters<typeof grammarSchema>[0];

test.each<[string, Schema, Schema]>([
  [
    "an object's properties, without what a grammar cannot say of them",
    {
      type: "object",
      properties: { name: { type: "string", pattern: "^A", maxLength: 30 }, age: { type: "integer", minimum: 1 } },
      required: ["name"],
    },
    { type: "object", properties: { name: { type: "string", maxLength: 30 }, age: { type: "integer" } } },
  ],
  ["an object of anything", { type: "object" }, { type: "object", properties: {}, additionalProperties: true }],
  [
    "an object of texts under any name",
    { type: "object", additionalProperties: { type: "string" }, minProperties: 2 },
    { type: "object", properties: {}, additionalProperties: { type: "string" }, minProperties: 2 },
  ],
  [
    "anyOf, and a single allOf",
    { anyOf: [{ type: "string" }, { allOf: [{ type: "null" }] }] },
    { oneOf: [{ type: "string" }, { type: "null" }] },
  ],
  [
    "types side by side",
    { type: ["array", "null"], items: { enum: ["a", 1, null] } },
    { oneOf: [{ type: "array", items: { enum: ["a", 1, null] } }, { type: "null" }] },
  ],
  [
    "definitions under their old name",
    {
      $ref: "#/definitions/knight",
      definitions: { knight: { type: "object", properties: { name: { const: "Ywain" } } } },
    },
    { $ref: "#/$defs/knight", $defs: { knight: { type: "object", properties: { name: { const: "Ywain" } } } } },
  ],
  ["a date", { type: "string", format: "date", maxLength: 4 }, { type: "string", format: "date" }],
  ["a form of text it does not know", { type: "string", format: "email" }, { type: "string" }],
  [
    "a bound that would make the grammar huge",
    { type: "string", minLength: 1, maxLength: 1_000_000 },
    { type: "string", minLength: 1 },
  ],
  [
    "a tuple",
    { type: "array", prefixItems: [{ type: "number" }], items: false },
    { type: "array", prefixItems: [{ type: "number" }], maxItems: 1 },
  ],
  [
    "a schema that names no type",
    { properties: { a: { type: "boolean" } } },
    { type: "object", properties: { a: { type: "boolean" } } },
  ],
])("%s is put as a grammar", (_what, schema, expected) => {
  expect(grammarSchema(schema)).toEqual(expected);
});

const nested = (depth: number): Schema =>
  depth === 0 ? { type: "string" } : { type: "array", items: nested(depth - 1) };

test.each<[string, Schema]>([
  ["a schema of no type", { not: {} }],
  ["a property of no type", { type: "object", properties: { a: {} } }],
  ["a required property that is not described", { type: "object", properties: {}, required: ["a"] }],
  ["two schemas at once", { allOf: [{ type: "string" }, { minLength: 2 }] }],
  ["a reference to elsewhere", { $ref: "https://example.org/knight.json" }],
  ["a reference to nothing", { $ref: "#/$defs/none" }],
  ["an enum of objects", { enum: [{ a: 1 }] }],
  ["an unknown type", { type: "knight" }],
  ["a schema deeper than any answer", nested(60)],
  ["properties that cannot be there", { type: "object", additionalProperties: false, minProperties: 1 }],
])("%s is left to the check of the answer", (_what, schema) => {
  expect(grammarSchema(schema)).toBeNull();
});
