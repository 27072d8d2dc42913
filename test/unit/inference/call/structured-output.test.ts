import { expect, test } from "vitest";
import { repairMessages, withoutFence } from "../../../../src/main/inference/call/structured-output.ts";
import { schemas } from "../../../kit/schemas.ts";

const choices = {
  type: "object",
  required: ["choices"],
  properties: { choices: { type: "array", minItems: 2, items: { type: "string" } } },
};

test("an answer that fits its schema is given, with or without a fence around it", async () => {
  const check = await schemas.checkerFor(choices);
  const text = '{"choices":["stay","go"]}';
  const fits = { ok: true, text };
  expect(await check(text)).toEqual(fits);
  for (const fenced of ["```json\n%\n```\n", "```\n%\n```", "  ``` json \n%```"])
    expect(await check(fenced.replace("%", text))).toEqual(fits);
});

test("an answer that does not fit says where, in a sentence", async () => {
  const check = await schemas.checkerFor(choices);
  expect([await check('{"choices":["stay"]}'), await check("{}"), await check('{"choices":[1,2]}')]).toEqual([
    { ok: false, problem: "`choices` must NOT have fewer than 2 items." },
    { ok: false, problem: "The answer must have required property 'choices'." },
    { ok: false, problem: "`choices.0` must be string." },
  ]);
});

test("what is not JSON never fits, and any JSON fits `json`", async () => {
  const check = await schemas.checkerFor("json");
  expect(await check("Once upon a time")).toMatchObject({ ok: false, problem: expect.stringContaining("not JSON") });
  expect(await check('{"a":1} and more')).toMatchObject({ ok: false });
  expect(await check("[1]")).toEqual({ ok: true, text: "[1]" });
});

test("nothing is no answer, which is said, and there is nothing to repair in it", async () => {
  for (const answer of ["", " \n", "```json\n\n```"])
    expect(await (await schemas.checkerFor("json"))(answer)).toEqual({ ok: false, problem: "It is empty." });
  expect(repairMessages("\n", "It is empty.")).toEqual([]);
  expect(repairMessages("No.", "It is not JSON.").map(({ role }) => role)).toEqual(["assistant", "user"]);
});

test("a fence that never ends is left as it is, whatever follows it", () => {
  for (const text of [`\`\`\`${"\n".repeat(60_000)}x`, `\`\`\`json\n{}`, "```", "``` {} ```", '```yaml\na: "b"\n```'])
    expect(withoutFence(text)).toBe(text);
});
