import type { ResponseHead } from "./exchange.ts";

/**
 * How long a server asks to be left alone, in milliseconds: from `retry-after-ms`, else `retry-after` in seconds or as a
 * date. Null where it does not say, or says what cannot be read.
 */
export function retryAfterMsFrom(headers: ResponseHead["headers"], nowMs: number): number | null {
  const milliseconds = amount(one(headers["retry-after-ms"]));
  if (milliseconds !== null) return milliseconds;
  const text = one(headers["retry-after"]);
  const seconds = amount(text);
  if (seconds !== null) return seconds * 1_000;
  const dateMs = Date.parse(text);
  return Number.isNaN(dateMs) ? null : Math.max(0, dateMs - nowMs);
}

function one(header: string | string[] | undefined): string {
  return (Array.isArray(header) ? (header[0] ?? "") : (header ?? "")).trim();
}

function amount(text: string): number | null {
  return /^\d+(\.\d+)?$/.test(text) ? Number(text) : null;
}
