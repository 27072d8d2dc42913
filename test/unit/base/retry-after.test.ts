import { expect, test } from "vitest";
import { retryAfterMs } from "../../../src/main/base/retry-after.ts";

test("is read as seconds or as an HTTP date, and what is neither says nothing", () => {
  const nowMs = Date.parse("2026-11-24T12:00:00Z");
  expect(retryAfterMs("120", nowMs)).toBe(120_000);
  expect(retryAfterMs(" 0 ", nowMs)).toBe(0);
  expect(retryAfterMs("1.5", nowMs)).toBe(1_500);
  expect(retryAfterMs("Tue, 24 Nov 2026 12:00:30 GMT", nowMs)).toBe(30_000);
  expect(retryAfterMs("Tuesday, 24-Nov-26 12:00:30 GMT", nowMs)).toBe(30_000);
  expect(retryAfterMs("Tue, 24 Nov 2026 11:00:00 GMT", nowMs)).toBe(0);
  for (const odd of [null, undefined, "", "soon", "-5", "1e9", "Tue, nonsense", "99999999999999"])
    expect(retryAfterMs(odd, nowMs)).toBeNull();
});
