import { retryAfterMs } from "../../../base/retry-after.ts";
import type { ResponseHead } from "./exchange.ts";

/**
 * How long a server asks its clients to wait, in milliseconds: from `retry-after-ms`, which OpenAI's servers send, else from
 * `retry-after`. Null where it does not say, or says what cannot be read.
 */
export function retryAfterMsFrom(headers: ResponseHead["headers"], nowMs: number): number | null {
  const milliseconds = one(headers["retry-after-ms"]);
  if (/^\d+(\.\d+)?$/.test(milliseconds)) return Number(milliseconds);
  return retryAfterMs(one(headers["retry-after"]), nowMs);
}

function one(header: string | string[] | undefined): string {
  return (Array.isArray(header) ? (header[0] ?? "") : (header ?? "")).trim();
}
