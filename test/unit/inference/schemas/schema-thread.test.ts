import { expect, test } from "vitest";
import { SchemaThread } from "../../../../src/main/inference/schemas/schema-thread.ts";
import { schemas, schemaWorker } from "../../../kit/schemas.ts";

const fits = async (schema: object, value: unknown): Promise<boolean> => {
  const check = await schemas.checkerFor(JSON.parse(JSON.stringify(schema)));
  return (await check(JSON.stringify(value))).ok;
};
const refusal = (schema: object) => schemas.checkerFor(schema as never).catch((error: unknown) => error); // hostile

const many = (count: number) =>
  Object.fromEntries(
    Array.from({ length: count }, (_, index) => [`p${index}`, { type: "string", enum: ["a", `v${index}`] }]),
  );

test.each([
  "http://json-schema.org/draft-04/schema#",
  "https://json-schema.org/draft-04/schema",
  "http://json-schema.org/draft-06/schema#",
  "http://json-schema.org/draft-07/schema#",
  "http://json-schema.org/draft-07/schema",
  "https://json-schema.org/draft-07/schema#",
  "https://json-schema.org/draft/2019-09/schema",
  "https://json-schema.org/draft/2019-09/schema#",
  "https://json-schema.org/draft/2020-12/schema",
  "http://json-schema.org/draft/2020-12/schema#",
  "http://json-schema.org/schema#",
])("a schema of %s is taken, and checked", async ($schema) => {
  const definitions = { line: { type: "string", minLength: 1, format: "uri" } };
  const schema = {
    $schema,
    type: "object",
    properties: { lines: { type: "array", items: { $ref: "#/definitions/line" } } },
    required: ["lines"],
    additionalProperties: false,
    definitions,
  };
  expect([await fits(schema, { lines: ["Who is there?"] }), await fits(schema, { lines: [""] })]).toEqual([
    true,
    false,
  ]);
});

test("what only an older draft says means there what it meant, also where `$schema` is left out", async () => {
  const tuple = { items: [{ type: "string" }, { type: "number" }], additionalItems: false };
  const bound = { type: "number", minimum: 1, exclusiveMinimum: true };
  for (const [draft, schema, good, bad] of [
    ["draft-07", tuple, ["a", 1], ["a", "b"]],
    ["draft-04", bound, 2, 1],
    ["draft-06", { const: 1 }, 1, 2],
    ["draft-07", JSON.parse('{"if":{"type":"string"},"then":{"minLength":2}}'), "ab", "a"],
    ["draft/2019-09", { dependentRequired: { a: ["b"] } }, { a: 1, b: 1 }, { a: 1 }],
    ["draft/2020-12", { prefixItems: [{ type: "string" }], items: false }, ["a"], ["a", "b"]],
  ] as const) {
    for (const named of [{ $schema: `http://json-schema.org/${draft}/schema#`, ...schema }, schema])
      expect([draft, await fits(named, good), await fits(named, bad)]).toEqual([draft, true, false]);
  }
});

test("`nullable` adds null wherever it stands, and a property of that name stays one", async () => {
  const name = { $ref: "#/$defs/name", nullable: true };
  const $defs = { name: { type: "string" } };
  expect(await fits({ $defs, properties: { name } }, { name: null })).toBe(true);
  expect(await fits({ $defs, properties: { name } }, { name: 1 })).toBe(false);
  expect(await fits({ type: "string", nullable: true }, null)).toBe(true);
  expect(await fits({ type: "string", enum: ["a"], nullable: true }, null)).toBe(true);
  expect(await fits({ anyOf: [{ type: "string" }], nullable: false }, null)).toBe(false);
  expect(await fits({ properties: { nullable: { type: "boolean" } } }, { nullable: "yes" })).toBe(false);
});

test("a `$schema` that nobody knows is refused by name, with those that are known", async () => {
  expect(await refusal({ $schema: "https://example.com/my-own", type: "string" })).toMatchObject({
    code: "BAD_REQUEST",
    message: expect.stringContaining("https://example.com/my-own"),
    data: {
      field: "options.format.$schema",
      value: "https://example.com/my-own",
      remedy: expect.stringMatching(/draft-04.*2020-12/),
    },
  });
});

test("what is no schema is refused with its field, its reason and a remedy", async () => {
  for (const [schema, reason] of [
    [{ type: "sentence" }, /type/],
    [{ $ref: "https://example.com/elsewhere.json" }, /elsewhere/],
    [{ pattern: "(" }, /regular expression/i],
  ] as const)
    expect(await refusal(schema)).toMatchObject({
      code: "BAD_REQUEST",
      message: expect.stringMatching(reason),
      data: { field: "options.format", remedy: expect.stringMatching(/\S/) },
    });
});

test("two schemas with one `$id` do not meet", async () => {
  expect(await fits({ $id: "x", type: "string" }, "a")).toBe(true);
  expect(await fits({ $id: "x", type: "number" }, 1)).toBe(true);
});

test("schemas that refer to themselves, or are nested for ever, end in a word and not in a crash", async () => {
  const tree = { type: "object", properties: { child: { $ref: "#" } }, additionalProperties: false };
  expect([await fits(tree, { child: { child: {} } }), await fits(tree, { child: { leaf: 1 } })]).toEqual([true, false]);
  const endless = await (await schemas.checkerFor({ $ref: "#" }))("1");
  expect(endless).toEqual({ ok: false, problem: expect.stringContaining("without end") });
  let nested: Record<string, unknown> = { type: "string" };
  for (let depth = 0; depth < 5_000; depth += 1) nested = { type: "array", items: nested };
  expect(await refusal(nested)).toMatchObject({ code: "BAD_REQUEST", data: { field: "options.format" } });
});

test("a pattern that would run for ever is given up, and the next text is checked as ever", async () => {
  const thread = new SchemaThread(schemaWorker, { schemaMs: 20_000, textMs: 2_000 });
  const check = await thread.checkerFor({ type: "string", pattern: "^(a+)+$" });
  expect(await check(JSON.stringify(`${"a".repeat(40)}!`))).toEqual({
    ok: false,
    problem: "Checking it took longer than 2 s.",
  });
  expect(await check('"aaa"')).toEqual({ ok: true, text: '"aaa"' });
  await thread.close();
});

test("a schema that takes longer than it may is refused as one that does", async () => {
  const thread = new SchemaThread(schemaWorker, { schemaMs: 1, textMs: 2_000 });
  await expect(thread.checkerFor({ type: "object", properties: many(4_000) })).rejects.toMatchObject({
    code: "BAD_REQUEST",
    message: expect.stringContaining("reading it takes longer than 0.001 s"),
  });
  await thread.close();
});

test("a schema of 2,000 properties is compiled and checked beside the event loop, not on it", async () => {
  let turns = 0;
  const counting = setInterval(() => (turns += 1), 0);
  const check = await schemas.checkerFor({ type: "object", properties: many(2_000) });
  clearInterval(counting);
  expect(turns).toBeGreaterThan(3); // compiling takes hundreds of milliseconds, in which the loop goes round
  expect(await check('{"p7":"v8"}')).toMatchObject({ ok: false, problem: expect.stringContaining("`p7`") });
});
