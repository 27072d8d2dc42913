import { monitorEventLoopDelay } from "node:perf_hooks";
import { takeActivity } from "../base/activity.ts";
import { log } from "../base/logger.ts";

/** Longer turns keep every answer on screen and every socket waiting, visibly. */
const slowTurnMs = 50;
const sampleMs = 20;
const reportMs = 1_000;

/**
 * Logs turns of the main loop that took longer than 50 ms, with the routes that were called in that second. A turn is seen by
 * the timer that it delays, so one below 70 ms may be missed. Keeps no process alive.
 */
export function watchMainLoop(): Disposable {
  const delays = monitorEventLoopDelay({ resolution: sampleMs });
  delays.enable();
  takeActivity(); // what came before is no part of the first second
  const timer = setInterval(() => {
    // A delay is the whole time between two samples.
    const blockedMs = Math.round(delays.max / 1e6) - sampleMs;
    delays.reset();
    const during = takeActivity();
    if (blockedMs > slowTurnMs) log.warn("slow turn of the main loop", { blockedMs, during });
  }, reportMs).unref();
  return {
    [Symbol.dispose]: () => {
      clearInterval(timer);
      delays.disable();
    },
  };
}
