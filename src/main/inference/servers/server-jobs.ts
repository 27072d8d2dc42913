import { setTimeout as pause } from "node:timers/promises";
import { v7 as uuid } from "uuid";
import { type JobId, jobId } from "../../../shared/contract/ids.ts";
import type { ServerJob } from "../../../shared/contract/servers.ts";
import { Failure } from "../../base/failure.ts";
import { WakeUp } from "../../base/wake-up.ts";
import { log } from "../../base/logger.ts";
import { ProviderError } from "../provider.ts";

export type JobProgress = Partial<
  Pick<ServerJob, "status" | "bytesDone" | "bytesTotal" | "bytesPerSecond" | "secondsLeft">
>;

/** Does the work of a job and reports its progress, until it is done, throws, or the signal aborts. */
export type JobWork = (report: (progress: JobProgress) => void, signal: AbortSignal) => Promise<void>;

interface RunningJob {
  readonly joinedBy: string | null;
  readonly stop: AbortController;
  readonly ended: Promise<void>;
}

const finishedKept = 100;
const reportEveryMs = 100;

/** Long work in memory: it goes on when nobody looks, and ends with Taleward. */
export class ServerJobs {
  readonly #nowMs: () => number;
  readonly #jobs = new Map<JobId, ServerJob>();
  readonly #running = new Map<JobId, RunningJob>();
  /** In the order in which they ended. */
  readonly #finished: JobId[] = [];
  readonly #listeners = new Set<() => void>();
  #closed = false;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Begins a job, or answers with the one that runs under the same `joinedBy`. */
  start(job: Pick<ServerJob, "kind" | "endpoint" | "model">, joinedBy: string | null, work: JobWork): ServerJob {
    for (const [id, running] of this.#running) {
      if (joinedBy !== null && running.joinedBy === joinedBy && !running.stop.signal.aborted) return this.#get(id);
    }
    const id = jobId.parse(uuid());
    const nothing = { bytesDone: null, bytesTotal: null, bytesPerSecond: null, secondsLeft: null, error: null };
    this.#set(id, { ...job, id, state: "running", status: "starting", ...nothing, startedAtMs: this.#nowMs() });
    const stop = new AbortController();
    if (this.#closed) stop.abort(closing());
    this.#running.set(id, { joinedBy, stop, ended: this.#run(id, work, stop.signal) });
    return this.#get(id);
  }

  /** Newest first. */
  list(): ServerJob[] {
    return [...this.#jobs.values()].reverse();
  }

  /** Stops a job and resolves when it has stopped; one that had ended is left as it was. Throws `Failure` (NOT_FOUND). */
  async cancel(id: JobId): Promise<ServerJob> {
    if (!this.#jobs.has(id)) {
      throw new Failure("NOT_FOUND", "There is no such job any more.", {
        field: "jobId",
        value: id,
        remedy: "Look at the list of jobs: only those since Taleward started are there.",
      });
    }
    const running = this.#running.get(id);
    running?.stop.abort(new DOMException("cancelled", "AbortError"));
    await running?.ended;
    return this.#get(id);
  }

  /** All jobs now, and again whenever one moves, at most ten times a second, until the signal aborts. */
  async *watch(signal: AbortSignal | undefined): AsyncGenerator<{ jobs: ServerJob[] }> {
    const over = (): boolean => this.#closed || signal?.aborted === true;
    const moved = new WakeUp(true);
    const listener = (): void => moved.wake();
    this.#listeners.add(listener);
    signal?.addEventListener("abort", listener);
    try {
      for (;;) {
        if (!over()) await moved.wait();
        if (over()) break;
        yield { jobs: this.list() };
        await pause(reportEveryMs, undefined, signal === undefined ? {} : { signal }).catch(() => {}); // aborted: the loop sees it
      }
    } finally {
      this.#listeners.delete(listener);
      signal?.removeEventListener("abort", listener);
    }
  }

  /** Cancels what runs and ends every watch. */
  async close(): Promise<void> {
    this.#closed = true;
    const running = [...this.#running.values()];
    for (const { stop } of running) stop.abort(closing());
    await Promise.all(running.map(({ ended }) => ended));
    for (const listener of this.#listeners) listener();
  }

  async #run(id: JobId, work: JobWork, signal: AbortSignal): Promise<void> {
    const end = (state: ServerJob["state"], error: ServerJob["error"]): void => {
      this.#running.delete(id);
      this.#set(id, { ...this.#get(id), state, error, bytesPerSecond: null, secondsLeft: null });
      this.#finished.push(id);
      for (const old of this.#finished.splice(0, this.#finished.length - finishedKept)) this.#jobs.delete(old);
    };
    try {
      // The caller has its answer before the work begins.
      await Promise.resolve();
      signal.throwIfAborted();
      await work((progress) => this.#set(id, { ...this.#get(id), ...progress }), signal);
      end("done", null);
    } catch (error) {
      if (signal.aborted) end("cancelled", null);
      else end("failed", describeError(error));
    }
  }

  #set(id: JobId, job: ServerJob): void {
    this.#jobs.set(id, job);
    for (const listener of this.#listeners) listener();
  }

  #get(id: JobId): ServerJob {
    const job = this.#jobs.get(id);
    if (job === undefined) throw new Error(`job ${id} was forgotten while it ran`);
    return job;
  }
}

function closing(): DOMException {
  return new DOMException("Taleward is closing", "AbortError");
}

function describeError(error: unknown): NonNullable<ServerJob["error"]> {
  if (error instanceof ProviderError) return { message: error.message, remedy: error.remedy };
  if (error instanceof Failure) return { message: error.message, remedy: error.data.remedy };
  log.error("a bug in a job on a model server", error);
  const what = error instanceof Error ? error.message : String(error);
  return {
    message: `Something went wrong inside Taleward: ${what}`,
    remedy: "Try again. If this repeats, restart Taleward.",
  };
}
