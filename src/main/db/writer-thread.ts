import { Worker } from "node:worker_threads";
import type { Settled, WorkerRole, WriterReply, WriterRequest } from "./thread-messages.ts";

/**
 * The one thread that writes. It is spoken to directly, one message each way, because every call waits for it twice: a pool's
 * round trip takes twice as long. Requests are answered in order. Should the thread end, what waits is rejected.
 */
export class WriterThread {
  readonly #worker: Worker;
  readonly #waiting: { resolve: (settled: readonly Settled[]) => void; reject: (error: unknown) => void }[] = [];
  #ended: Error | null = null;

  constructor(workerUrl: URL, directory: string) {
    this.#worker = new Worker(workerUrl, { workerData: { directory, role: "writer" } satisfies WorkerRole });
    this.#worker.on("message", (reply: WriterReply) => {
      this.#waiting.shift()?.resolve(reply);
      if (this.#waiting.length === 0) this.#worker.unref(); // idle, it keeps no process alive
    });
    this.#worker.unref();
    this.#worker.on("error", (error) => this.#end(error));
    this.#worker.on("exit", (code) => this.#end(new Error(`the database's writing thread ended with code ${code}`)));
  }

  ask(request: WriterRequest): Promise<readonly Settled[]> {
    if (this.#ended) return Promise.reject(this.#ended);
    return new Promise((resolve, reject) => {
      if (this.#waiting.push({ resolve, reject }) === 1) this.#worker.ref();
      this.#worker.postMessage(request);
    });
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }

  #end(error: unknown): void {
    this.#ended ??= error instanceof Error ? error : new Error(String(error));
    for (const { reject } of this.#waiting.splice(0)) reject(this.#ended);
  }
}
