const slackMs = 60_000;

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
