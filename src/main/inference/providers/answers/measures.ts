/** Longer than any call: 100 days, in milliseconds. */
const maxMs = 100 * 24 * 3_600_000;
/** More than any window. */
const maxTokens = 1_000_000_000;

/** A count of tokens as a server writes it; null where it is none, and so not known. */
export function tokensFrom(value: unknown): number | null {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= maxTokens ? value : null;
}

/**
 * A duration in milliseconds as a server writes it, `perMs` units of the server's to one; null where it is none: a text, less
 * than nothing, or longer than a call can be, such as the infinity that JSON's 1e400 becomes.
 */
export function millisecondsFrom(value: unknown, perMs = 1): number | null {
  if (typeof value !== "number" || !(value >= 0)) return null;
  const ms = value / perMs;
  return ms <= maxMs ? ms : null;
}
