import { log } from "../base/logger.ts";
import type { Settled } from "./thread-messages.ts";

/** Of one operation on its thread, waiting for the disk or another's lock included; waiting for its turn is not. */
const slowQueryMs = 40;

/** On a database thread: adds how long the work took where that was long, so that the pool's thread can log it. */
export function timed(work: () => Settled): Settled {
  const startedMs = performance.now();
  const settled = work();
  const elapsedMs = performance.now() - startedMs;
  return elapsedMs < slowQueryMs ? settled : { ...settled, slowMs: Math.round(elapsedMs) };
}

/** On the pool's thread: logs an operation that took longer than 40 ms, by its name; never what it was asked with. */
export function logWhenSlow(query: string, thread: "reader" | "writer", settled: Settled | undefined): void {
  if (settled?.slowMs !== undefined) log.warn("slow query", { query, thread, elapsedMs: settled.slowMs });
}
