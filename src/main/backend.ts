import { randomInt } from "node:crypto";
import { extname, join } from "node:path";
import type { RolloutPlan } from "../shared/contract/rollout-plan.ts";
import type { RolloutId, VersionId } from "../shared/contract/ids.ts";
import type {
  CallTarget,
  Deadlines,
  GenerationOptions,
  InferenceEvent,
  Message,
  WireEvent,
} from "../shared/contract/inference.ts";
import { Changes } from "./wiring/changes.ts";
import { MessagesClient } from "./wiring/messages-client.ts";
import { ViolationAlerts } from "./wiring/violation-alerts.ts";
import { createAlerting } from "./wiring/alerting.ts";
import { alertsFromRollout } from "./coordinator/occasions.ts";
import { DatabasePool } from "./db/pool.ts";
import { GuardrailsMonitor } from "./guardrails/monitor.ts";
import { RuleGuard } from "./guardrails/rule-guard.ts";
import type { HostNotice } from "./host/host-notices.ts";
import { LLMClient } from "./inference/llm-client.ts";
import { LocalFiles } from "./inference/local-models/local-files.ts";
import { messagesCall } from "./inference/call/messages-call.ts";
import type { EngineProcess } from "./inference/providers/embedded/engine-process.ts";
import { createEmbeddedProvider } from "./inference/providers/embedded/provider.ts";
import { resolveOllamaEndpoint } from "./inference/providers/ollama/endpoint.ts";
import { createOllamaProvider } from "./inference/providers/ollama/ollama-provider.ts";
import { openAIBase } from "./inference/providers/openai/endpoint.ts";
import { createOpenAIProvider } from "./inference/providers/openai/openai-provider.ts";
import { StarterModel } from "./inference/local-models/starter/starter-model.ts";
import { UseCaseStatus } from "./inference/status.ts";
import { HistoricalLogProcessor } from "./logs/log-processor.ts";
import { Recorder } from "./logs/recorder.ts";
import { Addresses } from "./registry/addresses.ts";
import { LiveVersions } from "./registry/live-versions.ts";
import { Judgements } from "./registry/judgements.ts";
import { ModelFiles } from "./inference/local-models/model-files.ts";
import { Keys } from "./host/endpoint-keys.ts";
import { calibrationOf } from "./rollouts/studies/rollout-calibration.ts";
import type { DeploymentManager } from "./rollouts/deployment-manager.ts";
import { createDeployments } from "./wiring/deployments.ts";
import { ConnectedRollouts } from "./wiring/connected-rollouts.ts";
import { createGateway } from "./wiring/gateway.ts";
import { createRegistry } from "./wiring/registry.ts";
import { toArgoRollout } from "./rollouts/export/argo.ts";
import { toKserve } from "./rollouts/export/kserve.ts";
import { trafficOf } from "./rollouts/simulation/recorded-traffic.ts";
import { Simulator } from "./rollouts/simulation/simulator.ts";
import { createRouter, type Router } from "./rpc/router.ts";
import { systemClock } from "./base/clock.ts";
import { TaskGroup } from "./base/task-group.ts";
import { log } from "./base/logger.ts";
import type { SecretStore } from "./host/secrets.ts";
import { NarrativeGenerator } from "./story/narrative-generator.ts";
import { promptedCall } from "./story/prompted-call.ts";
import { Stories } from "./story/stories.ts";
import { TestSuites } from "./suites/test-suites.ts";

export interface BackendOptions {
  readonly dataDirectory: string;
  readonly host: "desktop" | "browser" | "terminal" | "test";
  readonly version: string;
  /** The file of the database's threads, beside the host's own entry. */
  readonly databaseWorker: URL;
  /** The database of the directory where the host has opened it already; closed with the backend. */
  readonly database?: DatabasePool;
  readonly forkEngine: () => EngineProcess;
  /** Where the host keeps keys, which never enter the database. */
  readonly secrets: SecretStore;
  /** Shows a notification of the desktop; absent where the host has none. */
  readonly notify?: (notice: HostNotice) => void;
  /** Base URL of the Ollama to look for first; OLLAMA_HOST's, else 127.0.0.1:11434. */
  readonly ollamaEndpoint?: string;
  /** A GGUF file of the starter model that is at hand already: put in place, registered and assigned where nothing is. */
  readonly starterFile?: string;
  /** How often assignments are read again unasked, in milliseconds; 60,000 unless told otherwise. */
  readonly refreshMs?: number;
  /** How often model servers are asked how they are unasked, in milliseconds; 30,000 unless told otherwise. */
  readonly healthMs?: number;
}

interface ChatInput {
  readonly target: CallTarget;
  readonly messages: readonly Message[];
  readonly options: GenerationOptions;
  readonly deadlines?: Deadlines | undefined;
  readonly wire: boolean;
}

interface ManifestInput {
  readonly plan: RolloutPlan;
  readonly useCase: string;
  readonly candidateVersionId: VersionId;
  readonly kind: "argo" | "kserve";
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
  await database.write("markInterruptedRuns");

  const changes = new Changes();
  const calls = new TaskGroup();
  const work = new TaskGroup();
  const files = new ModelFiles(join(dataDirectory, "models"));
  const embedded = createEmbeddedProvider({
    fork: options.forkEngine,
    resolveFile: (configuration) => files.resolve(configuration),
  });
  const keys = new Keys(options.secrets);
  const addresses = new Addresses({ defaultEndpoint: ollamaEndpoint, openAIBase });
  const keyOfOllama = (endpoint: string) => keys.of(addresses.savedAs("ollama", endpoint));
  const ollama = createOllamaProvider({ defaultEndpoint: ollamaEndpoint, keyOf: keyOfOllama });
  const openai = createOpenAIProvider({ keyOf: (endpoint) => keys.of(openAIBase(endpoint)) });
  const providers = { ollama, openai, embedded };

  const { alerts, coordinator, closeAlerting } = createAlerting({
    ...options,
    database,
    nowMs,
    changes,
  });
  const {
    assignments,
    updates,
    digests,
    fileDigests,
    endpoints,
    limitsKnown,
    registry,
    modelServers,
    connectRegistry,
    closeRegistry,
  } = createRegistry({
    ...options,
    database,
    addresses,
    keys,
    files,
    nowMs,
    changes,
    alerts,
    broadcaster: coordinator,
  });

  const guardrails = new GuardrailsMonitor({ database, nowMs, changes });
  const recorder = new Recorder(database, changes);
  const rollouts = new ConnectedRollouts();
  const llm = new LLMClient({
    versions: new LiveVersions(assignments, registry, limitsKnown),
    endpoints,
    digests,
    log: recorder,
    guard: new RuleGuard(),
    rollouts,
    providers,
    tasks: calls,
    clock: systemClock,
  });
  const messages = new MessagesClient(llm);
  const suites = new TestSuites({ database, models: messages, versions: registry, running: work, nowMs, changes });
  const deployments: DeploymentManager = createDeployments({
    database,
    registry,
    endpoints,
    files,
    providers,
    llm,
    suites,
    updates,
    happened: (rollout, events) => {
      if (events.length === 0) return;
      for (const alert of alertsFromRollout(rollout, events)) alerts.raise(alert);
      changes.announce("rollouts");
      coordinator.broadcast().catch((error: unknown) => log.error("updates were not sent to subscribers", error));
    },
    nowMs,
  });
  rollouts.connect(deployments);
  connectRegistry(llm, deployments);
  recorder.observe(deployments);
  recorder.observe(new ViolationAlerts(guardrails, alerts));
  await coordinator.start([
    { name: "calls", notify: () => assignments.refresh() },
    {
      name: "screens",
      notify: () => {
        changes.announce("registry");
        changes.announce("inference");
      },
    },
  ]);
  await deployments.open();
  const status = new UseCaseStatus({ assignments, providers, health: endpoints, llm, calls });
  const starter = new StarterModel({ files, running: work, registry, changes });
  if (options.starterFile !== undefined) await starter.adopt(options.starterFile);

  const localFiles = new LocalFiles({ files, engine: embedded, digests: fileDigests });
  const gateway = createGateway({
    database,
    secrets: options.secrets,
    addresses,
    assignments,
    registry,
    endpoints,
    modelServers,
    localFiles,
    providers,
    models: messages,
    nowMs,
    changes,
  });
  // A terminal's session starts the gateway only on request.
  await gateway.start({ listen: options.host !== "terminal" });

  const services = {
    info: { version: options.version, host: options.host, dataDirectory, ollamaEndpoint },
    changes,
    registry,
    endpoints,
    digests,
    llm,
    generate: (input: Parameters<typeof promptedCall>[0], signal?: AbortSignal) =>
      llm.generateText(promptedCall(input), signal),
    chat: ({ wire, ...input }: ChatInput, signal?: AbortSignal): AsyncGenerator<InferenceEvent | WireEvent> => {
      const call = messagesCall({ ...input, caller: "playground" });
      return wire ? llm.generateTextWithWire(call, signal) : llm.generateText(call, signal);
    },
    embed: (
      { versionId, texts }: { versionId: VersionId; texts: readonly string[] },
      signal: AbortSignal = new AbortController().signal,
    ) => llm.embed({ target: { type: "version", versionId }, texts, caller: "embeddings" }, signal),
    status,
    starter,
    modelServers,
    localFiles,
    stories: new Stories({ database, nowMs, changes }),
    narrator: new NarrativeGenerator({
      database,
      llm,
      running: work,
      nowMs,
      randomSeed: () => randomInt(2 ** 32),
      changes,
    }),
    guardrails,
    logs: new HistoricalLogProcessor(database),
    judgements: new Judgements({
      database,
      nowMs,
      changes,
    }),
    suites,
    deployments,
    calibration: (input: { rolloutId: RolloutId }) => calibrationOf({ deployments, database }, input),
    simulator: new Simulator(simulationWorker(options.databaseWorker), work, (traffic) =>
      trafficOf(database, traffic, nowMs()),
    ),
    manifest: async ({ plan, useCase, candidateVersionId, kind }: ManifestInput) => {
      const candidate = await registry.version(candidateVersionId);
      return { yaml: (kind === "argo" ? toArgoRollout : toKserve)(plan, { useCase, candidate }) };
    },
    gateway,
    coordinator,
    alerts,
  };
  const close = async () => {
    await gateway.close();
    await deployments.close();
    await Promise.all([calls.close(), work.close(), closeRegistry()]);
    await closeAlerting();
    embedded.close();
    await Promise.all([ollama.close(), openai.close()]);
    await database.close();
  };
  return { services, close };
}

/** Built or run from source, it lies beside the database's. */
function simulationWorker(databaseWorker: URL): URL {
  return new URL(`../rollouts/simulation/simulation-worker${extname(databaseWorker.pathname)}`, databaseWorker);
}
