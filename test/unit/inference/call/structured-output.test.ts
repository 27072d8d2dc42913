import { expect, test } from "vitest";
import { formatChecker, repairMessages } from "../../../../src/main/inference/call/structured-output.ts";

const choices = {
  type: "object",
  required: ["choices"],
  properties: { choices: { type: "array", minItems: 2, items: { type: "string" } } },
};

test("an answer that fits its schema gives its value, with or without a fence around it", () => {
  const check = formatChecker(choices);
  const text = '{"choices":["stay","go"]}';
  const fits = { ok: true, text, value: { choices: ["stay", "go"] } };
  expect(check(text)).toEqual(fits);
  expect(check(`\`\`\`json\n${text}\n\`\`\`\n`)).toEqual(fits);
});

test("an answer that does not fit says where, in a sentence", () => {
  const check = formatChecker(choices);
  expect([check('{"choices":["stay"]}'), check("{}"), check('{"choices":[1,2]}')]).toEqual([
    { ok: false, problem: "`choices` must NOT have fewer than 2 items." },
    { ok: false, problem: "The answer must have required property 'choices'." },
    { ok: false, problem: "`choices.0` must be string." },
  ]);
});

test("what is not JSON never fits, and any JSON fits `json`", () => {
  const check = formatChecker("json");
  expect(check("Once upon a time")).toMatchObject({ ok: false, problem: expect.stringContaining("not JSON") });
  expect(check('{"a":1} and more')).toMatchObject({ ok: false });
  expect(check("[1]")).toEqual({ ok: true, text: "[1]", value: [1] });
});

test("nothing is no answer, which is said, and there is nothing to repair in it", () => {
  for (const answer of ["", " \n", "```json\n\n```"])
    expect(formatChecker("json")(answer)).toEqual({ ok: false, problem: "It is empty." });
  expect(repairMessages("\n", "It is empty.")).toEqual([]);
  expect(repairMessages("No.", "It is not JSON.").map(({ role }) => role)).toEqual(["assistant", "user"]);
});

test("two schemas with one `$id` do not meet", () => {
  expect(formatChecker({ $id: "x", type: "string" })('"a"').ok).toBe(true);
  expect(formatChecker({ $id: "x", type: "number" })("1").ok).toBe(true);
});

test("what is no schema is refused with its field and a remedy", () => {
  expect(() => formatChecker({ type: "sentence" })).toThrow(
    expect.objectContaining({ code: "BAD_REQUEST", data: expect.objectContaining({ field: "options.format" }) }),
  );
});

test("a pattern that would run for ever is given up", () => {
  const check = formatChecker({ type: "string", pattern: "^(a+)+$" });
  expect(check(JSON.stringify(`${"a".repeat(40)}!`))).toMatchObject({ ok: false });
});
