import { parentPort, workerData } from "node:worker_threads";
import type { SimulationInput, SimulationResult } from "../../../shared/contract/rollout-simulation.ts";
import { simulate } from "../simulation/simulate.ts";

/** What the thread of one simulation says; the result is the last of it. */
export type SimulationMessage =
  | { readonly type: "progress"; readonly made: number; readonly toMake: number }
  | { readonly type: "result"; readonly result: SimulationResult };

const progressEveryMs = 100;

let postedAt = 0;
const post = (reply: SimulationMessage): void => parentPort?.postMessage(reply);
const result = simulate(workerData as SimulationInput, {
  // The input was checked where it came in.
  progress: (made, toMake) => {
    if (performance.now() - postedAt < progressEveryMs) return;
    postedAt = performance.now();
    post({ type: "progress", made, toMake });
  },
});
post({ type: "result", result });
