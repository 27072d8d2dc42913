import { expect, test } from "vitest";
import { retryAfterMs } from "../../../src/main/base/retry-after.ts";

test("is read as seconds or as an HTTP date, and what is neither says nothing", () => {
  const nowMs = Date.parse("2026-11-24T12:00:00Z");
  expect(retryAfterMs("120", nowMs)).toBe(120_000);
  expect(retryAfterMs(" 0 ", nowMs)).toBe(0);
  expect(retryAfterMs("1.5", nowMs)).toBe(1_500);
  expect(retryAfterMs("Tue, 24 Nov 2026 12:00:30 GMT", nowMs)).toBe(30_000);
  expect(retryAfterMs("Tuesday, 24-Nov-26 12:00:30 GMT", nowMs)).toBe(30_000);
  expect(retryAfterMs("2026-11-24T12:00:30Z", nowMs)).toBe(30_000);
  // Longer than anybody waits, and not the same as nothing said.
  expect(retryAfterMs("99999999999999", nowMs)).toBe(99_999_999_999_999_000);
  expect(retryAfterMs("Tue, 24 Nov 2026 11:00:00 GMT", nowMs)).toBe(0);
  for (const odd of [null, undefined, "", "soon", "-5", "1e9", "Tue, nonsense"])
    expect(retryAfterMs(odd, nowMs)).toBeNull();
});
