import { expect, test } from "vitest";
import { z } from "zod";
import { issueText } from "../../src/shared/issue-text.ts";

const schema = z.strictObject({
  limit: z.number().int().min(1).max(200).optional(),
  name: z.string().trim().min(1).max(5).optional(),
  tags: z.array(z.string()).max(2).optional(),
  mode: z.enum(["fast", "careful"]).optional(),
  id: z.uuid().optional(),
  address: z.url({ error: "an http:// address, such as http://127.0.0.1" }).optional(),
  step: z
    .discriminatedUnion("type", [z.object({ type: z.literal("pause") }), z.object({ type: z.literal("weight") })])
    .optional(),
  key: z.string().max(3).optional(),
  needed: z.boolean().default(true),
  on: z.literal(true).optional(),
});

const messageFor = (input: object): string => {
  const { field, message, remedy } = issueText(schema.safeParse(input).error?.issues[0], input);
  expect(field === "" || message.startsWith(field)).toBe(true);
  return `${message} ${remedy}`;
};

test.each([
  [{ limit: 0 }, "limit is 0. Give limit as a number of at least 1."],
  [{ limit: 201 }, "limit is 201. Give limit as a number of at most 200."],
  [{ limit: 1.5 }, "limit is 1.5. Give limit as a whole number."],
  [{ limit: "12" }, "limit is 12. Give limit as a number."],
  [{ name: "  " }, "name is empty. Give name as a text of at least 1 character."],
  [{ name: "Marguerite" }, "name has 10 characters. Give name as a text of at most 5 characters."],
  [{ tags: ["a", "b", "c"] }, "tags has 3 entries. Give tags as a list of at most 2."],
  [{ mode: "slow" }, "mode is slow. Give mode as one of fast, careful."],
  [{ id: "12" }, "id is 12. Give id as an id, such as 019ac1f0-5d7c-7000-8000-00009043adbe."],
  [{ address: "ftp" }, "address is ftp. Give address as an http:// address, such as http://127.0.0.1."],
  [{ step: { type: "jump" } }, "step.type is jump. Give step.type as one of pause, weight."],
  [{ limt: 4 }, "The input has limt, which nothing is known of. Leave it out."],
  [{ on: false }, "on is false. Give on as true."],
  [{ needed: null }, "needed is null. Give needed as true or false."],
])("%j", (input, sentence) => {
  expect(messageFor(input)).toBe(sentence);
});

test("a secret is not repeated, and what is missing is called so", () => {
  expect(messageFor({ key: "hunter2" })).toBe("key has 7 characters. Give key as a text of at most 3 characters.");
  expect(issueText(schema.safeParse({ key: 12_345 }).error?.issues[0], { key: 12_345 })).toMatchObject({
    value: "(not shown)",
    message: "key is a value that is not shown.",
  });
  const needed = z.object({ prompt: z.string() });
  expect(issueText(needed.safeParse({}).error?.issues[0], {}).message).toBe("prompt is missing.");
});
