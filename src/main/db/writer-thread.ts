import { Worker } from "node:worker_threads";
import { Failure } from "../base/failure.ts";
import { log } from "../base/logger.ts";
import type { Settled, WorkerRole, WriterReply, WriterRequest } from "./thread-messages.ts";

/**
 * The one thread that writes. Should it end, what waits for it is rejected, for nobody can tell whether it was committed, and the
 * next request starts another, which opens the database again.
 */
export class WriterThread {
  readonly #workerUrl: URL;
  readonly #directory: string;
  #thread: Thread | null = null;

  constructor(workerUrl: URL, directory: string) {
    this.#workerUrl = workerUrl;
    this.#directory = directory;
  }

  /** One result an operation; a single one for any other request. One request at a time. */
  async ask(request: WriterRequest): Promise<readonly Settled[]> {
    if (this.#thread?.hasEnded === false || request === "open") return this.#running().ask(request);
    if (!isBatch(request)) return [{ ok: true, value: undefined }]; // nothing is open that could be closed or looked at
    const thread = this.#running();
    const [opened] = await thread.ask("open");
    if (opened?.ok === true) return thread.ask(request);
    await this.end();
    return request.map(() => opened ?? { ok: false, message: "the database did not open", failure: null });
  }

  async end(): Promise<void> {
    await this.#thread?.end();
    this.#thread = null;
  }

  #running(): Thread {
    if (this.#thread === null || this.#thread.hasEnded) this.#thread = new Thread(this.#workerUrl, this.#directory);
    return this.#thread;
  }
}

function isBatch(request: WriterRequest): request is Extract<WriterRequest, readonly unknown[]> {
  return Array.isArray(request);
}

/** It is spoken to directly, one message each way, because every call waits for it twice: a pool's round trip takes twice as long. */
class Thread {
  readonly #worker: Worker;
  readonly #waiting: { resolve: (settled: readonly Settled[]) => void; reject: (error: unknown) => void }[] = [];
  #hasEnded = false;
  #isWanted = true;

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

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  ask(request: WriterRequest): Promise<readonly Settled[]> {
    return new Promise((resolve, reject) => {
      this.#worker.postMessage(request); // throws where it cannot be sent; then nobody waits for it
      if (this.#waiting.push({ resolve, reject }) === 1) this.#worker.ref();
    });
  }

  async end(): Promise<void> {
    this.#isWanted = false;
    await this.#worker.terminate();
  }

  #end(error: unknown): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    if (this.#isWanted) log.error("the database's writing thread ended and is started again", error);
    const lost = new Failure(
      "STORAGE",
      "The thread that writes to the database ended, and what it was writing may not be saved.",
      { remedy: "Look whether it is there, and do it again if not: Taleward has started the thread again." },
      { cause: error },
    );
    for (const { reject } of this.#waiting.splice(0)) reject(lost);
  }
}
