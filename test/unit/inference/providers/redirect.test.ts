import { expect, test } from "vitest";
import { redirectTarget } from "../../../../src/main/inference/providers/http/redirect.ts";

const asked = new URL("http://models.example/api/chat");

test.each([
  ["https://models.example/api/chat", "https://models.example"],
  ["https://other.example/login?token=secret", "https://other.example/login"],
  ["/elsewhere", "http://models.example/elsewhere"],
  ["https://user:secret@other.example/api/chat", "https://other.example"],
  ["mailto:someone@example.org", "that address"],
  [undefined, "that address"],
])("an answer that sends on to %s names %s", (location, named) => {
  expect(redirectTarget({ headers: { location } }, asked)).toBe(named);
});
