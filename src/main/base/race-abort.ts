/**
 * What `work` gives, or the signal's reason as soon as it aborts. The work itself goes on, for whoever else waits for it, and a
 * later error of it is not reported as unhandled.
 *
 * ```ts
 * const digest = await raceAbort(sharedReading, signal);
 * ```
 */
export async function raceAbort<Value>(work: Promise<Value>, signal: AbortSignal | undefined): Promise<Value> {
  if (signal === undefined) return work;
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const stop = (): void => reject(signal.reason);
  if (signal.aborted) stop();
  signal.addEventListener("abort", stop, { once: true });
  try {
    return await Promise.race([aborted, work]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
