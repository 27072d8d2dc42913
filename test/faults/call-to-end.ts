import { expect } from "vitest";
import type { Provider, ProviderEvent, ProviderRequest } from "../../src/main/inference/provider.ts";

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  /** Aborts the call with `reason` once `when` resolves, which may look at the events so far. */
  readonly abort?: { when: (events: readonly ProviderEvent[]) => Promise<unknown>; reason: unknown } | undefined;
}

/** What a call came to: its text, its events, and what it threw, or null. */
export interface EndedCall {
  readonly text: string;
  readonly events: ProviderEvent[];
  readonly error: unknown;
}

/**
 * Runs one call to its end on a provider made for it, and proves that it left no connection and no timer behind.
 * `connections` counts those that the server has open.
 */
export async function callToEnd(
  create: () => Pick<Provider, "stream"> & { close(): Promise<void> },
  request: ProviderRequest,
  connections: () => number | Promise<number>,
  { abort, signal }: CallOptions,
): Promise<EndedCall> {
  const timersBefore = activeTimers();
  const provider = create();
  const events: ProviderEvent[] = [];
  let error: unknown = null;
  const stop = new AbortController();
  void abort?.when(events).then(() => stop.abort(abort.reason));
  try {
    for await (const event of provider.stream(request, signal ?? stop.signal)) events.push(event);
  } catch (thrown) {
    error = thrown;
  }
  await provider.close();
  await expect.poll(connections).toBe(0);
  expect(activeTimers()).toBeLessThanOrEqual(timersBefore);
  const text = events.map((event) => (event.type === "text" ? event.text : "")).join("");
  return { text, events, error };
}

/** What a provider throws, as `toMatchObject` takes it. */
export function failure(errorClass: string, message: unknown, remedy: string) {
  return { name: "ProviderError", errorClass, message, remedy };
}

function activeTimers(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length;
}
