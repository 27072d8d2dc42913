import { expect, test } from "vitest";
import { Fields } from "../../../src/main/gateway/fields.ts";
import { openaiErrorText } from "../../../src/main/gateway/openai/dialect.ts";
import { bodySessionKey, sessionKeyOf } from "../../../src/main/gateway/session-key.ts";

function keyOf(headers: Record<string, string>, body: object): string | null {
  return sessionKeyOf(headers, bodySessionKey(new Fields(body, openaiErrorText)));
}

/** In order: the first that is sent counts. */
const inHeaders = ["x-taleward-session", "x-session-id", "x-openwebui-chat-id", "x-conversation-id", "session_id"];
const inBody: readonly (readonly [string, (key: string) => object])[] = [
  ["conversation", (key) => ({ conversation: key })],
  ["session_id", (key) => ({ session_id: key })],
  ["chat_id", (key) => ({ chat_id: key })],
  ["metadata.session_id", (key) => ({ metadata: { session_id: key } })],
  ["user", (key) => ({ user: key })],
  ["safety_identifier", (key) => ({ safety_identifier: key })],
  ["prompt_cache_key", (key) => ({ prompt_cache_key: key })],
  ["metadata.user_id", (key) => ({ metadata: { user_id: key } })],
];

test.each(inHeaders)("the header %s names a session", (name) => {
  expect(keyOf({ [name]: " chat 7 " }, {})).toBe("chat 7");
});

test.each(inBody)("the body's %s names a session", (_name, bodyWith) => {
  expect(keyOf({}, bodyWith("chat 7"))).toBe("chat 7");
});

test("a conversation is named by its id where it is an object", () => {
  expect(keyOf({}, { conversation: { id: "conv_1" } })).toBe("conv_1");
});

test("headers come before the body, a chat before a person, each in the documented order", () => {
  const sent: string[] = [];
  const headers: Record<string, string> = {};
  const body: Record<string, unknown> = { metadata: {} };
  for (const [name, bodyWith] of inBody.toReversed()) {
    const { metadata, ...fields } = { metadata: {}, ...bodyWith(name) };
    Object.assign(body, fields, { metadata: { ...(body["metadata"] as object), ...metadata } });
    expect(keyOf(headers, body)).toBe(name);
    sent.push(name);
  }
  for (const name of inHeaders.toReversed()) {
    headers[name] = name;
    expect(keyOf(headers, body)).toBe(name);
  }
  expect(sent.length).toBe(inBody.length);
});

test("what is empty, or of another type than a text, names none", () => {
  const headers = { "x-session-id": "  " };
  expect(keyOf(headers, { conversation: 7, user: "", metadata: "x", prompt_cache_key: null })).toBeNull();
});

test("two long keys that begin alike stay two", () => {
  const [one, other] = [keyOf({}, { user: `${"x".repeat(500)}1` }), keyOf({}, { user: `${"x".repeat(500)}2` })];
  expect(one).not.toBe(other);
  expect([one?.length, other?.length]).toEqual([177, 177]);
});
