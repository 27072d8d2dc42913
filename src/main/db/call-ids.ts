import { randomFillSync } from "node:crypto";
import { v7 } from "uuid";
import { inferenceId, type InferenceId } from "../../shared/contract/ids.ts";

const slackMs = 60_000;
const randomBytesAnId = 16;

/** Filled for many ids at a time: drawn one by one, random bytes cost a call up to a tenth of a millisecond. */
const entropy = new Uint8Array(256 * randomBytesAnId);
let used = entropy.length;
let lastMs = 0;
let sequence = 0;

/** A UUIDv7 greater than every one before it of this process: calls are listed in the order of their ids. */
export function newCallId(): InferenceId {
  if (used === entropy.length) {
    randomFillSync(entropy);
    used = 0;
  }
  const random = entropy.subarray(used, (used += randomBytesAnId));
  const nowMs = Date.now();
  if (nowMs > lastMs) {
    lastMs = nowMs;
    sequence = new DataView(random.buffer, random.byteOffset).getUint32(0) >>> 2; // leaves room to count on
  } else sequence += 1;
  return inferenceId.parse(v7({ random, msecs: lastMs, seq: sequence }));
}

/**
 * The smallest id that a call which began at a time, in milliseconds since the epoch, can have: ids are UUIDv7, which begin
 * with the time they were made at. A minute of slack, for a call's row is dated by another reading of the clock.
 */
export function firstCallId(startedAtMs: number): string {
  const hex = Math.max(0, Math.floor(startedAtMs) - slackMs)
    .toString(16)
    .padStart(12, "0");
  return `${hex.slice(0, 8)}-${hex.slice(8)}`;
}
