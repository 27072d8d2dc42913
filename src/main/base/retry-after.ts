/**
 * What a `Retry-After` header asks for, in milliseconds from now: seconds (servers also send fractions), or an HTTP date (some send
 * ISO 8601), which is 0 once it has passed. Null where there is none, or what it says is neither. Source: RFC 9110, section 10.2.3.
 */
export function retryAfterMs(header: string | null | undefined, nowMs: number): number | null {
  const text = header?.trim() ?? "";
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1_000;
  if (!/^([A-Za-z]{3,9}, |\d{4}-\d\d-\d\dT)/.test(text)) return null;
  const atMs = Date.parse(text);
  return Number.isNaN(atMs) ? null : Math.max(0, atMs - nowMs);
}
