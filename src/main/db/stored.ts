/**
 * A duration or a count as a row has it: null where it holds none, be it a text, less than nothing, or the infinity that an
 * earlier program stored. A row is read whatever it holds.
 */
export function measure(stored: unknown): number | null {
  return typeof stored === "number" && Number.isFinite(stored) && stored >= 0 ? stored : null;
}

/** A count as a row has it; null where it holds none. */
export function count(stored: unknown): number | null {
  const value = measure(stored);
  return value !== null && Number.isSafeInteger(value) ? value : null;
}

/** The list that a column holds as JSON; an empty one where it holds something else. */
export function listFrom<Item>(stored: unknown): Item[] {
  const value = jsonFrom(stored);
  return Array.isArray(value) ? value : [];
}

/** The object that a column holds as JSON; an empty one where it holds something else. */
export function objectFrom(stored: unknown): object {
  const value = jsonFrom(stored);
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value : {};
}

function jsonFrom(stored: unknown): unknown {
  try {
    return JSON.parse(String(stored));
  } catch {
    return undefined;
  }
}
