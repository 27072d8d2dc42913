import { randomInt } from "node:crypto";
import { join } from "node:path";
import { Changes } from "./changes.ts";
import { DatabasePool } from "./db/pool.ts";
import { describeHeld, fallbackFor } from "./guardrails/fallback.ts";
import { GuardrailsMonitor } from "./guardrails/monitor.ts";
import { createStreamGate } from "./guardrails/stream-gate.ts";
import { LLMClient } from "./inference/llm-client.ts";
import type { EngineProcess } from "./inference/providers/embedded/engine-process.ts";
import { createEmbeddedProvider } from "./inference/providers/embedded/provider.ts";
import { describeModel, probeOllama } from "./inference/providers/ollama/discover.ts";
import { resolveOllamaEndpoint } from "./inference/providers/ollama/endpoint.ts";
import { createOllamaProvider } from "./inference/providers/ollama/ollama-provider.ts";
import { StarterModel } from "./inference/starter/starter-model.ts";
import { UseCaseStatus } from "./inference/status.ts";
import { HistoricalLogProcessor } from "./logs/log-processor.ts";
import { Recorder } from "./logs/recorder.ts";
import { Assignments } from "./registry/assignments.ts";
import { Endpoints } from "./registry/endpoints.ts";
import { ModelFiles } from "./inference/model-files.ts";
import { ModelRegistry } from "./registry/model-registry.ts";
import { createRouter, type Router } from "./rpc/router.ts";
import { Running } from "./running.ts";
import { NarrativeGenerator } from "./story/narrative-generator.ts";
import { promptedCall } from "./story/prompted-call.ts";
import { Stories } from "./story/stories.ts";

export interface BackendOptions {
  readonly dataDirectory: string;
  readonly host: "desktop" | "browser" | "terminal" | "test";
  readonly version: string;
  /** The file of the database's threads, beside the host's own entry. */
  readonly databaseWorker: URL;
  /** The database of the directory where the host has opened it already; closed with the backend. */
  readonly database?: DatabasePool;
  readonly forkEngine: () => EngineProcess;
  /** Base URL of the Ollama to look for first; OLLAMA_HOST's, else 127.0.0.1:11434. */
  readonly ollamaEndpoint?: string;
  /** A GGUF file of the starter model that is at hand already: put in place, registered and assigned where nothing is. */
  readonly starterFile?: string;
  /** How often assignments are read again unasked, in milliseconds; 60,000 unless told otherwise. */
  readonly refreshMs?: number;
}

export interface Backend {
  readonly router: Router;
  /** What stands behind the router, for callers in the same process. */
  readonly services: Services;
  readonly dataDirectory: string;
  /** Stops running calls, which are logged as stopped, and lets go of the data directory. */
  close(): Promise<void>;
}

export type Services = Awaited<ReturnType<typeof createServices>>["services"];

/** Builds the whole backend; throws `Failure` when the data directory cannot be used, and holds nothing open then. */
export async function createBackend(options: BackendOptions): Promise<Backend> {
  const { services, close } = await createServices(options);
  return { router: createRouter(services), services, dataDirectory: options.dataDirectory, close };
}

async function createServices(options: BackendOptions) {
  const nowMs = Date.now;
  const { dataDirectory } = options;
  const ollamaEndpoint = options.ollamaEndpoint ?? resolveOllamaEndpoint(process.env["OLLAMA_HOST"]);
  const database = options.database ?? (await DatabasePool.open(options.databaseWorker, dataDirectory));
  await database.write("markInterrupted");

  const changes = new Changes();
  const calls = new Running();
  const work = new Running();
  const files = new ModelFiles(join(dataDirectory, "models"));
  const ollama = createOllamaProvider({ defaultEndpoint: ollamaEndpoint });
  const embedded = createEmbeddedProvider({
    fork: options.forkEngine,
    resolveFile: (configuration) => files.resolve(configuration),
  });
  const providers = { ollama, embedded };

  const assignments = new Assignments({
    read: async () => {
      const [useCases, versions] = await Promise.all([database.read("listUseCases"), database.read("listVersions")]);
      return { useCases, versions };
    },
    staleChanged: () => changes.announce("registry"),
    ...(options.refreshMs === undefined ? {} : { refreshMs: options.refreshMs }),
  });
  const registryChanged = async () => {
    await assignments.refresh();
    changes.announce("registry");
  };
  const endpoints: Endpoints = new Endpoints({
    defaultEndpoint: ollamaEndpoint,
    versions: () => database.read("listVersions"),
    probe: probeOllama,
    nowMs,
    changed: () => changes.announce("endpoints"),
  });
  const registry = new ModelRegistry({
    database,
    nowMs,
    changed: registryChanged,
    digestOf: async (input) => {
      if (input.provider === "embedded") return files.digest(input.configuration);
      const base = endpoints.baseOf(input.configuration);
      if (base === null) return null;
      // A server that is away now must not keep its model from being registered.
      const described = await describeModel(base, input.configuration.serverModel ?? input.modelName).catch(() => null);
      return described?.digest ?? null;
    },
  });

  const recorder = new Recorder(database, (violations) => {
    changes.announce("logs");
    changes.announce("inference");
    if (violations) changes.announce("violations");
  });
  const resolve = (useCase: string) => assignments.resolve(useCase);
  const llm = new LLMClient({
    resolve,
    providers,
    begin: (begin) => recorder.begin(begin),
    finish: (outcome) => recorder.finish(outcome),
    createGate: createStreamGate,
    fallbackFor,
    describeHeld,
    running: calls,
    nowMs,
  });
  const status = new UseCaseStatus({
    resolve,
    providerOf: ({ provider }) => providers[provider],
    healthOf: async ({ provider, configuration }) => {
      const base = provider === "ollama" ? endpoints.baseOf(configuration) : null;
      return base === null ? null : endpoints.recent(base);
    },
    tokensPerSecond: (useCase) => llm.tokensPerSecond(useCase),
    runningCount: () => calls.count,
  });
  const starter = new StarterModel({
    files,
    running: work,
    versions: () => registry.versions(),
    useCases: () => registry.useCases(),
    register: (input) => registry.registerModel(input, "Taleward"),
    assign: (input) => registry.assign(input, "Taleward"),
    changed: () => changes.announce("inference"),
  });
  if (options.starterFile !== undefined) await starter.adopt(options.starterFile);

  const services = {
    info: { version: options.version, host: options.host, dataDirectory, ollamaEndpoint },
    changes,
    registry,
    endpoints,
    llm,
    generate: (input: Parameters<typeof promptedCall>[0], signal?: AbortSignal) =>
      llm.generateText(promptedCall(input), signal),
    status,
    starter,
    stories: new Stories({ database, nowMs, changed: () => changes.announce("stories") }),
    narrator: new NarrativeGenerator({
      database,
      generateText: (call, signal) => llm.generateText(call, signal),
      running: work,
      nowMs,
      randomSeed: () => randomInt(2 ** 32),
      changed: () => changes.announce("stories"),
    }),
    guardrails: new GuardrailsMonitor({ database, nowMs, changed: () => changes.announce("violations") }),
    logs: new HistoricalLogProcessor(database),
  };
  const close = async () => {
    assignments.close();
    await Promise.all([calls.close(), work.close()]);
    embedded.close();
    await ollama.close();
    await database.close();
  };
  return { services, close };
}
