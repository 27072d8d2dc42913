import { expect, test } from "vitest";
import { readAnswer } from "../../../../kit/answers/read-answer.ts";

const named = (name: string, given?: unknown, more: object = {}) => ({
  ...more,
  function: { name, ...(given !== undefined && { arguments: given }) },
});
const more = (given: unknown, rest: object = {}) => ({ ...rest, function: { arguments: given } });
const sea = { name: "look", arguments: { where: "sea" } };
const sky = { name: "look", arguments: { where: "sky" } };
const waited = { name: "wait", arguments: {} };

/** Each list is one chunk's `tool_calls`. */
async function calls(...lists: unknown[]) {
  const deltas = lists.map((toolCalls) => ({ choices: [{ delta: { tool_calls: toolCalls } }] }));
  const chunks = [...deltas, { choices: [{ delta: {}, finish_reason: "tool_calls" }] }];
  const body = chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`).join("");
  const read = await readAnswer("openai", [Buffer.from(body)]);
  return read.type === "whole" ? read.calls : read.error;
}

test.each([
  [
    "two with index 0 and ids of their own, each whole",
    [
      [named("look", '{"where":"sea"}', { index: 0, id: "a" })],
      [named("look", '{"where":"sky"}', { index: 0, id: "b" })],
    ],
    [sea, sky],
  ],
  [
    "two with index 0 and ids of their own, in pieces",
    [
      [named("look", "", { index: 0, id: "a" })],
      [more('{"where":', { index: 0 })],
      [more('"sea"}', { index: 0 })],
      [named("look", "", { index: 0, id: "b" })],
      [more('{"where":"sky"}', { index: 0 })],
    ],
    [sea, sky],
  ],
  [
    "two with index 0 and no ids, each whole",
    [[named("look", '{"where":"sea"}', { index: 0 })], [named("look", '{"where":"sky"}', { index: 0 })]],
    [sea, sky],
  ],
  [
    "two with index 0 and no ids, the first without arguments",
    [[named("wait", "", { index: 0 })], [named("look", '{"where":"sky"}', { index: 0 })]],
    [waited, sky],
  ],
  [
    "the name in every piece",
    [
      [named("look", '{"whe', { index: 0, id: "a" })],
      [named("look", 're":"', { index: 0, id: "a" })],
      [named("look", 'sea"}', { index: 0, id: "a" })],
    ],
    [sea],
  ],
  [
    "the name in every piece, without an id or an index",
    [[named("look", '{"whe')], [named("look", 're":"sea"}')]],
    [sea],
  ],
  [
    "the name in pieces",
    [
      [named("lo", "", { index: 0, id: "a" })],
      [named("ok", "", { index: 0 })],
      [more('{"where":"sea"}', { index: 0 })],
    ],
    [sea],
  ],
  [
    "no index, but ids in every piece, interleaved",
    [
      [named("look", '{"where":', { id: "a" })],
      [named("look", '{"where":', { id: "b" })],
      [more('"sea"}', { id: "a" })],
      [more('"sky"}', { id: "b" })],
    ],
    [sea, sky],
  ],
  [
    "no index, an id at the start and empty ids after it",
    [[named("look", "", { id: "a" })], [more('{"where":"sea"}', { id: "", type: "" })]],
    [sea],
  ],
  ["an index of null", [[named("look", '{"where":"sea"}', { index: null, id: "a" })]], [sea]],
  [
    "an index that is a text",
    [
      [named("look", '{"where":', { index: "0" }), named("wait", "{}", { index: "1" })],
      [more('"sea"}', { index: "0" })],
    ],
    [sea, waited],
  ],
  [
    "ids that are numbers",
    [[named("look", '{"where":"sea"}', { index: 0, id: 1 })], [named("look", '{"where":"sky"}', { index: 0, id: 2 })]],
    [
      { ...sea, id: "1" },
      { ...sky, id: "2" },
    ],
  ],
  ["arguments of null", [[named("wait", null, { index: 0 })]], [waited]],
  ["no arguments", [[named("wait", undefined, { index: 0 })]], [waited]],
  ["arguments of an empty text", [[named("wait", "", { index: 0 })]], [waited]],
  ["arguments of the text null", [[named("wait", "null", { index: 0 })]], [waited]],
  ["arguments that are an object", [[named("look", { where: "sea" }, { index: 0 })]], [sea]],
  ["arguments that are JSON in JSON", [[named("look", JSON.stringify('{"where":"sea"}'), { index: 0 })]], [sea]],
  [
    "a whole call that comes twice under its id",
    [
      [named("look", '{"where":"sea"}', { index: 0, id: "a" })],
      [named("look", '{"where":"sea"}', { index: 0, id: "a" })],
    ],
    [sea],
  ],
  ["whole calls in one piece", [[named("look", '{"where":"sea"}'), named("look", '{"where":"sky"}')]], [sea, sky]],
  ["one call that is no list", [named("look", '{"where":"sea"}', { index: 0 })], [sea]],
  ["a call without `function` around it", [[{ id: "a", name: "look", arguments: '{"where":"sea"}' }]], [sea]],
  ["`tool_calls` of null, and an empty list", [null, [], [named("wait", "{}")], null], [waited]],
])("%s: as its sender meant it", async (_name, lists, meant) => {
  expect(await calls(...lists)).toMatchObject(meant);
  expect(await calls(...lists)).toHaveLength(meant.length);
});

test.each([
  ["without a name", [[more('{"where":"sea"}', { index: 0 })]], /^story called a tool without its name/],
  ["with arguments that are no object", [[named("look", "[1]", { index: 0 })]], /no JSON object: \[1\]/],
  ["with arguments nested without end", [[named("look", `{"a":${"[".repeat(9_000)}${"]".repeat(9_000)}}`)]], /no JSON/],
])("a call %s is invalid output in words", async (_name, lists, message) => {
  expect(await calls(...lists)).toMatchObject({
    errorClass: "invalid_output",
    message: expect.stringMatching(message),
  });
});
