import { parentPort, workerData } from "node:worker_threads";
import type { SimulationInput, SimulationResult } from "../../shared/contract/rollout-simulation.ts";
import { simulate } from "./simulate.ts";

/** What the thread of one simulation says; the result is the last of it. */
export type SimulationSaid =
  | { readonly type: "progress"; readonly made: number; readonly toMake: number }
  | { readonly type: "result"; readonly result: SimulationResult };

const progressEveryMs = 100;

let toldAt = 0;
const say = (said: SimulationSaid): void => parentPort?.postMessage(said);
const result = simulate(workerData as SimulationInput, {
  // The input was checked where it came in.
  progress: (made, toMake) => {
    if (performance.now() - toldAt < progressEveryMs) return;
    toldAt = performance.now();
    say({ type: "progress", made, toMake });
  },
});
say({ type: "result", result });
