import { Worker } from "node:worker_threads";
import type { SimulationInput, SimulationRequest } from "../../../shared/contract/rollout-simulation.ts";
import type { TaskGroup } from "../../base/task-group.ts";
import type { DatabasePool } from "../../db/pool.ts";
import { trafficOf } from "./recorded-traffic.ts";
import type { SimulationMessage } from "./simulation-worker.ts";

/** Runs simulations, each on a thread of its own that ends with it. */
export class Simulator {
  readonly #workerUrl: URL;
  readonly #running: TaskGroup;
  readonly #database: DatabasePool;
  readonly #nowMs: () => number;

  constructor(workerUrl: URL, running: TaskGroup, database: DatabasePool, nowMs: () => number) {
    this.#workerUrl = workerUrl;
    this.#running = running;
    this.#database = database;
    this.#nowMs = nowMs;
  }

  /**
   * Progress at most ten times a second, then the result. Aborting the signal, or leaving the loop, ends the thread. Throws
   * `Failure` BAD_REQUEST where too few calls are recorded.
   */
  simulate(request: SimulationRequest, signal?: AbortSignal): AsyncGenerator<SimulationMessage> {
    return this.#running.events<SimulationMessage>(signal, async (emit, stopped) => {
      const { traffic } = request;
      const isRecorded = traffic.type === "recorded";
      const drawn = isRecorded ? await trafficOf(this.#database, traffic, this.#nowMs()) : traffic;
      // What a rollout would meet depends on the hour it starts in.
      const startAtMs = isRecorded && request.startAtMs === 0 ? this.#nowMs() : request.startAtMs;
      if (!stopped.aborted) await this.#run({ ...request, startAtMs, traffic: drawn }, emit, stopped);
    });
  }

  async #run(input: SimulationInput, emit: (reply: SimulationMessage) => void, signal: AbortSignal): Promise<void> {
    const worker = new Worker(this.#workerUrl, { workerData: input });
    const end = (): void => void worker.terminate();
    signal.addEventListener("abort", end, { once: true });
    try {
      await new Promise<void>((resolve, reject) => {
        worker.on("message", emit);
        worker.on("error", reject);
        worker.on("exit", () => resolve());
      });
    } finally {
      signal.removeEventListener("abort", end);
      await worker.terminate();
    }
  }
}
