import { expect, test } from "vitest";
import { ProviderError } from "../../../../src/main/inference/provider.ts";
import { Agents } from "../../../../src/main/inference/providers/http/agent.ts";
import { bearer, withoutKey, withoutSecret } from "../../../../src/main/inference/providers/http/key.ts";

const key = 'sk-"quoted"-secret-1234';

test.each([
  ["as it is", `bad key: Bearer ${key}.`, "bad key: Bearer [key]."],
  ["more than once", `${key} ${key}`, "[key] [key]"],
  ["as JSON writes it", JSON.stringify({ error: key }), '{"error":"[key]"}'],
  ["cut short by a limit", `bad key: ${key.slice(0, 15)}`, "bad key: [key]"],
  ["cut short in a quote", `bad key: ${key.slice(0, -1)}…`, "bad key: [key]…"],
  ["not at all", "bad key", "bad key"],
])("a key that a text holds %s is blotted out", (_how, text, expected) => {
  expect(withoutSecret(text, key)).toBe(expected);
  expect(withoutSecret(text, null)).toBe(text);
});

test("an error stays the same one where it does not hold the key, and keeps what is decided by where it does", () => {
  const clean = new ProviderError("overloaded", "Too many.", "Wait.", { retryAfterMs: 5 });
  expect(withoutKey(clean, key)).toBe(clean);
  const received = new ProviderError("overloaded", `Too many for ${key}.`, "Wait.", { retryAfterMs: 5 });
  const message = "Too many for [key].";
  expect(withoutKey(received, key)).toMatchObject({
    name: "ProviderError",
    errorClass: "overloaded",
    message,
    remedy: "Wait.",
    retryAfterMs: 5,
  });
});

test("a key that no header can carry is not allowed, with what to do about it", () => {
  const url = new URL("http://127.0.0.1:9/api/chat");
  expect(bearer("sk-1", url)).toEqual({ authorization: "Bearer sk-1" });
  expect(bearer(null, url)).toEqual({});
  for (const wrong of ["sk-abc…xyz", "two words", "two\nlines", ""]) {
    expect(() => bearer(wrong, url)).toThrow(
      expect.objectContaining({
        errorClass: "not_allowed",
        message: expect.stringContaining("127.0.0.1:9"),
        remedy: "Save the key again for this endpoint on the Models screen.",
      }),
    );
  }
});

test("whatever deadlines calls come with, there are few agents, and the same one for the same deadline", async () => {
  const agents = new Agents();
  const made = new Set(Array.from({ length: 2_000 }, (_, index) => agents.of(10 + index * 300)));
  expect(made.size).toBeLessThanOrEqual(10);
  expect(agents.of(600_000)).toBe(agents.of(600_000));
  expect(agents.of(2_001)).not.toBe(agents.of(2_000));
  await agents.destroy();
});
