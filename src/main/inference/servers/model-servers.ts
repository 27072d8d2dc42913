import { open, stat } from "node:fs/promises";
import { basename } from "node:path";
import type { Readable } from "node:stream";
import type { Agent } from "undici";
import type { JobId } from "../../../shared/contract/ids.ts";
import type { ModelDetails, RunningModel, ServerJob } from "../../../shared/contract/servers.ts";
import { Failure } from "../../base/failure.ts";
import { createAgent } from "../providers/http/agent.ts";
import { fileDigest, hasBlob, putBlob, putContent } from "../providers/ollama/blobs.ts";
import { listRunning, type OllamaServer, serverVersion, showModel } from "../providers/ollama/discover.ts";
import { apiUrl, withTag } from "../providers/ollama/endpoint.ts";
import {
  copyModel,
  createModel,
  deleteModel,
  loadModel,
  pullModel,
  type ServerProgress,
  unloadModel,
} from "../providers/ollama/manage.ts";
import { badModelfile } from "../providers/ollama/modelfile.ts";
import { planModel } from "../providers/ollama/modelfile-recipe.ts";
import { ProviderError, type ServerKeys } from "../provider.ts";
import { type JobProgress, ServerJobs } from "./server-jobs.ts";
import { Transfer } from "./transfer.ts";

/** Follows what the servers have. */
export interface ServerModelsListener {
  /** A server got, lost, loaded or unloaded a model. */
  modelsChanged(endpoint: string): void;
}

/** Knows what versions are pinned to. */
export interface PinDirectory {
  /** The versions, such as `smollm2@1.0`, that are pinned to a model and not retired. */
  pinnedVersions(endpoint: string, model: string): Promise<readonly string[]>;
}

export interface ModelServersPorts {
  readonly keys: ServerKeys;
  readonly nowMs: () => number;
  readonly listener: ServerModelsListener;
  readonly pins: PinDirectory;
}

/** One model of one server. */
export interface OnServer {
  readonly endpoint: string;
  readonly model: string;
}

/**
 * Work on the models of Ollama servers. Short work is done when the call returns; long work is a job. What a server refuses
 * leaves as `Failure`: NOT_FOUND for a model it does not have, BAD_REQUEST for what it cannot do so, else UNAVAILABLE.
 */
export class ModelServers {
  readonly #ports: ModelServersPorts;
  readonly #agent: Agent = createAgent(connectMs);
  readonly #jobs: ServerJobs;
  readonly #closing = new AbortController();

  constructor(ports: ModelServersPorts) {
    this.#ports = ports;
    this.#jobs = new ServerJobs(ports.nowMs);
  }

  show({ endpoint, model }: OnServer, signal?: AbortSignal): Promise<ModelDetails> {
    return this.#request(model, endpoint, (server, stopped) => showModel(server, model, stopped), signal);
  }

  running({ endpoint }: { readonly endpoint: string }, signal?: AbortSignal): Promise<RunningModel[]> {
    return this.#request(null, endpoint, listRunning, signal);
  }

  /** Such as `0.17.4`. */
  version({ endpoint }: { readonly endpoint: string }, signal?: AbortSignal): Promise<string> {
    return this.#request(null, endpoint, serverVersion, signal);
  }

  /** Begins to pull, or joins the pull of the same model that runs. */
  pull({ endpoint, model }: OnServer): ServerJob {
    const joinedBy = `pull ${apiUrl(endpoint, "/api/pull").href} ${withTag(model)}`;
    return this.#jobs.start({ kind: "pull", endpoint: shown(endpoint), model }, joinedBy, async (report, signal) => {
      await this.#follow(pullModel(await this.#serverOf(endpoint), model, signal), report);
      this.#ports.listener.modelsChanged(endpoint);
    });
  }

  /** Reads the Modelfile and looks for its files before the job begins: what is wrong with them is refused at once. */
  async create(
    input: OnServer & { readonly modelfile: string; readonly quantize?: string | undefined },
  ): Promise<ServerJob> {
    const { endpoint, model, modelfile, quantize } = input;
    const plan = planModel(modelfile);
    await Promise.all([...plan.files, ...plan.adapters].map(requireGguf));
    return this.#jobs.start({ kind: "create", endpoint: shown(endpoint), model }, null, async (report, signal) => {
      const server = await this.#serverOf(endpoint);
      const files = await this.#upload(server, plan.files, report, signal);
      const adapters = await this.#upload(server, plan.adapters, report, signal);
      const recipe = {
        ...plan.recipe,
        ...(files && { files }),
        ...(adapters && { adapters }),
        ...(quantize ? { quantize } : {}),
      };
      report({
        status: "creating the model",
        bytesDone: null,
        bytesTotal: null,
        bytesPerSecond: null,
        secondsLeft: null,
      });
      await this.#follow(createModel(server, model, recipe, signal), report);
      this.#ports.listener.modelsChanged(endpoint);
    });
  }

  /** Begins to make a model of another one or of blobs that the server has. */
  createFrom({ endpoint, model, recipe }: OnServer & { readonly recipe: object }): ServerJob {
    return this.#jobs.start({ kind: "create", endpoint: shown(endpoint), model }, null, async (report, signal) => {
      await this.#follow(createModel(await this.#serverOf(endpoint), model, recipe, signal), report);
      this.#ports.listener.modelsChanged(endpoint);
    });
  }

  hasBlob({ endpoint, digest }: { readonly endpoint: string; readonly digest: string }, signal: AbortSignal) {
    return this.#request(null, endpoint, (server, stopped) => hasBlob(server, digest, stopped), signal);
  }

  /** Passes content on as it comes; `bytes` is how many there will be, or null. */
  async putContent(
    input: {
      readonly endpoint: string;
      readonly digest: string;
      readonly content: Readable;
      readonly bytes: number | null;
    },
    signal: AbortSignal,
  ): Promise<void> {
    await this.#request(null, input.endpoint, (server, stopped) => putContent(server, input, stopped), signal);
  }

  async copy({ endpoint, model, to }: OnServer & { readonly to: string }, signal?: AbortSignal): Promise<void> {
    await this.#request(model, endpoint, (server, stopped) => copyModel(server, model, to, stopped), signal);
    this.#ports.listener.modelsChanged(endpoint);
  }

  /** Removes a model. Refused (CONFLICT) while versions are pinned to it, unless `force`. */
  async remove(
    { endpoint, model, force }: OnServer & { readonly force: boolean },
    signal?: AbortSignal,
  ): Promise<void> {
    const pinned = force ? [] : await this.#ports.pins.pinnedVersions(endpoint, model);
    if (pinned.length > 0) {
      throw new Failure(
        "CONFLICT",
        `${model} cannot be removed: ${listed(pinned)} would have nothing to answer with.`,
        {
          field: "model",
          value: model,
          remedy: "Retire what is pinned to it first, or remove it all the same with force.",
        },
      );
    }
    await this.#request(model, endpoint, (server, stopped) => deleteModel(server, model, stopped), signal);
    this.#ports.listener.modelsChanged(endpoint);
  }

  /** Begins to load the weights, or joins who does. */
  load({ endpoint, model }: OnServer): ServerJob {
    const joinedBy = `load ${apiUrl(endpoint, "/api/generate").href} ${withTag(model)}`;
    return this.#jobs.start({ kind: "load", endpoint: shown(endpoint), model }, joinedBy, async (report, signal) => {
      report({ status: "loading" });
      await loadModel(await this.#serverOf(endpoint), model, signal);
      report({ status: "success" });
      this.#ports.listener.modelsChanged(endpoint);
    });
  }

  async unload({ endpoint, model }: OnServer, signal?: AbortSignal): Promise<void> {
    await this.#request(model, endpoint, (server, stopped) => unloadModel(server, model, stopped), signal);
    this.#ports.listener.modelsChanged(endpoint);
  }

  /** Long work of another kind, among the jobs of the servers. */
  startJob(...job: Parameters<ServerJobs["start"]>): ServerJob {
    return this.#jobs.start(...job);
  }

  /** See `ServerJobs`. */
  jobs(signal: AbortSignal | undefined): AsyncGenerator<{ jobs: ServerJob[] }> {
    return this.#jobs.watch(signal);
  }

  cancel(id: JobId): Promise<ServerJob> {
    return this.#jobs.cancel(id);
  }

  /** Cancels the jobs and ends every connection. */
  async close(): Promise<void> {
    this.#closing.abort(new DOMException("Taleward is closing", "AbortError"));
    await this.#jobs.close();
    await this.#agent.destroy();
  }

  async #serverOf(endpoint: string): Promise<OllamaServer> {
    return { dispatcher: this.#agent, endpoint, key: await this.#ports.keys.keyOf(endpoint) };
  }

  async #request<Answer>(
    model: string | null,
    endpoint: string,
    ask: (server: OllamaServer, signal: AbortSignal) => Promise<Answer>,
    signal: AbortSignal | undefined,
  ): Promise<Answer> {
    const stopped = signal === undefined ? this.#closing.signal : AbortSignal.any([signal, this.#closing.signal]);
    try {
      return await ask(await this.#serverOf(endpoint), stopped);
    } catch (error) {
      throw error instanceof ProviderError ? failureOf(error, model ?? endpoint) : error;
    }
  }

  /** Tells of a server's progress in sums over its layers. */
  async #follow(lines: AsyncIterable<ServerProgress>, report: (progress: JobProgress) => void): Promise<void> {
    const transfer = new Transfer();
    for await (const { status, layer } of lines) {
      if (layer === null) report({ status, bytesPerSecond: null, secondsLeft: null });
      else report({ status, ...transfer.report(layer.digest, layer.doneBytes, layer.totalBytes, this.#ports.nowMs()) });
    }
  }

  async #upload(
    server: OllamaServer,
    paths: readonly string[],
    report: (progress: JobProgress) => void,
    signal: AbortSignal,
  ): Promise<Record<string, string> | undefined> {
    const digests: Record<string, string> = {};
    for (const path of paths) {
      const name = basename(path);
      const { size } = await stat(path).catch(asGone(path));
      const reportFrom = (status: string) => {
        const transfer = new Transfer();
        return (bytes: number) => report({ status, ...transfer.report(path, bytes, size, this.#ports.nowMs()) });
      };
      const digest = await fileDigest(path, reportFrom(`reading ${name}`), signal).catch(asGone(path));
      await putBlob(server, { path, digest }, reportFrom(`copying ${name}`), signal);
      digests[name] = digest;
    }
    return paths.length === 0 ? undefined : digests;
  }
}

const connectMs = 2_000;

/** Without the credentials that an address may hold. */
function shown(endpoint: string): string {
  const url = new URL(endpoint);
  if (url.username === "" && url.password === "") return endpoint;
  url.username = "";
  url.password = "";
  return url.href;
}

function failureOf(error: ProviderError, value: string): Failure {
  const { message, remedy, errorClass } = error;
  if (errorClass === "model_not_found") {
    return new Failure("NOT_FOUND", message, { field: "model", value, remedy }, { cause: error });
  }
  if (errorClass === "rejected") return new Failure("BAD_REQUEST", message, { value, remedy }, { cause: error });
  return new Failure("UNAVAILABLE", message, { remedy }, { cause: error });
}

/** A file that was there when the job began, and has gone or broken since. */
function asGone(path: string) {
  return (error: unknown): never => {
    if (!(error instanceof Error && "syscall" in error)) throw error;
    throw badModelfile(`The file ${path} can no longer be read.`, path, "Put it back, then create the model again.");
  };
}

async function requireGguf(path: string): Promise<void> {
  const remedy = "Give the whole path of a GGUF file on this machine.";
  const magic = await firstBytes(path, 4).catch((error: unknown) => {
    const missing = error instanceof Error && "code" in error && error.code === "ENOENT";
    throw badModelfile(`The file ${path} ${missing ? "is not there" : "cannot be read"}.`, path, remedy);
  });
  if (magic !== "GGUF") throw badModelfile(`The file ${path} is not a GGUF file.`, path, remedy);
}

async function firstBytes(path: string, count: number): Promise<string> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(count), 0, count, 0);
    return buffer.toString("latin1", 0, bytesRead);
  } finally {
    await file.close();
  }
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, 3).join(", ");
  return names.length > 3 ? `${shown} and ${names.length - 3} more` : shown;
}
