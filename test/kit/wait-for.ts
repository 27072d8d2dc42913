import { vi } from "vitest";

/** As long as a machine may take that does many other things: no test is faster for waiting less. */
const patienceMs = 15_000;

/** Tries again until it throws no more, for up to 15 s; resolves to what it gives then, or throws what it threw last. */
export function waitFor<Value>(attempt: () => Value | Promise<Value>): Promise<Value> {
  return vi.waitFor(attempt, { timeout: patienceMs });
}
