import type { Readable } from "node:stream";
import type { ServerJob } from "../../shared/contract/servers.ts";
import { Failure } from "../base/failure.ts";
import type { ModelServers } from "../inference/servers/model-servers.ts";
import type { LibraryProgress, ModelLibrary, ModelRecipe } from "./ports.ts";

type Servers = Pick<ModelServers, "pull" | "createFrom" | "copy" | "remove" | "hasBlob" | "putContent" | "jobs">;

/** The models of one Ollama server, by the work on models that screens and the terminal begin too: each sees what the others do. */
export class ServedLibrary implements ModelLibrary {
  readonly #servers: Servers;
  readonly #endpoint: string;

  constructor(servers: Servers, endpoint: string) {
    this.#servers = servers;
    this.#endpoint = endpoint;
  }

  pull(model: string, signal: AbortSignal): AsyncIterable<LibraryProgress> {
    return this.#follow(this.#servers.pull({ endpoint: this.#endpoint, model }), signal);
  }

  create(model: string, recipe: ModelRecipe, signal: AbortSignal): AsyncIterable<LibraryProgress> {
    return this.#follow(this.#servers.createFrom({ endpoint: this.#endpoint, model, recipe }), signal);
  }

  async copy(model: string, to: string, signal: AbortSignal): Promise<void> {
    await this.#servers.copy({ endpoint: this.#endpoint, model, to }, signal);
  }

  async remove(model: string, signal: AbortSignal): Promise<void> {
    await this.#servers.remove({ endpoint: this.#endpoint, model, force: false }, signal);
  }

  hasBlob(digest: string, signal: AbortSignal): Promise<boolean> {
    return this.#servers.hasBlob({ endpoint: this.#endpoint, digest }, signal);
  }

  async putBlob(digest: string, content: Readable, bytes: number | null, signal: AbortSignal): Promise<void> {
    await this.#servers.putContent({ endpoint: this.#endpoint, digest, content, bytes }, signal);
  }

  async *#follow({ id }: ServerJob, signal: AbortSignal): AsyncGenerator<LibraryProgress> {
    let latest = "";
    for await (const { jobs } of this.#servers.jobs(signal)) {
      const job = jobs.find((one) => one.id === id);
      if (!job) break;
      if (job.state === "failed" && job.error)
        throw new Failure("UNAVAILABLE", job.error.message, { remedy: job.error.remedy });
      if (job.state === "cancelled")
        throw new Failure("UNAVAILABLE", "The work was cancelled in Taleward.", { remedy: "Start it again." });
      const bytes =
        job.bytesDone === null || job.bytesTotal === null ? null : { done: job.bytesDone, total: job.bytesTotal };
      const line = JSON.stringify([job.status, bytes]);
      if (line !== latest && job.state === "running") yield { status: job.status, bytes };
      latest = line;
      if (job.state === "done") return;
    }
    signal.throwIfAborted();
    throw new Failure("UNAVAILABLE", "The work was stopped: Taleward is closing.", { remedy: "Start it again." });
  }
}
