import { TaskGroup } from "./base/task-group.ts";
import { DatabasePool } from "./db/pool.ts";
import type { HostNotice } from "./host/host-notices.ts";
import type { SecretStore } from "./host/secrets.ts";
import type { EngineProcess } from "./inference/providers/embedded/engine-process.ts";
import { resolveOllamaEndpoint } from "./inference/providers/ollama/endpoint.ts";
import { createRouter, type Router } from "./rpc/router.ts";
import type { AppInfo, Services } from "./services.ts";
import { TestSuites } from "./suites/test-suites.ts";
import { createAlerting } from "./wiring/alerting.ts";
import { Changes } from "./wiring/changes.ts";
import { createDeployments } from "./wiring/deployments.ts";
import type { Foundation } from "./wiring/foundation.ts";
import { createGateway } from "./wiring/gateway.ts";
import { createInference } from "./wiring/inference.ts";
import { createLocalModels } from "./wiring/local-models.ts";
import { createLogs } from "./wiring/logs.ts";
import { createProviders } from "./wiring/providers.ts";
import { createRegistry } from "./wiring/registry.ts";
import { createStory } from "./wiring/story.ts";
import { CallAssignments, ScreenUpdates } from "./wiring/adapters/update-services.ts";

export interface BackendOptions {
  readonly dataDirectory: string;
  readonly host: AppInfo["host"];
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
  /** How often assignments are read again in the background, in milliseconds; 60,000 by default. */
  readonly refreshMs?: number;
  /** Rehearses an outage: from its start the registry is unreadable for so many milliseconds; left out, it is not. */
  readonly drillMs?: number;
  /** How often model servers are asked how they are in the background, in milliseconds; 30,000 by default. */
  readonly healthMs?: number;
}

export interface Backend {
  readonly router: Router;
  /** What stands behind the router, for callers in the same process. */
  readonly services: Services;
  readonly dataDirectory: string;
  /** Stops running calls, which are logged as stopped, and lets go of the data directory. */
  close(): Promise<void>;
}

/** Builds the whole backend; throws `Failure` when the data directory cannot be used, and holds nothing open then. */
export async function createBackend(options: BackendOptions): Promise<Backend> {
  const { dataDirectory, host, version } = options;
  const ollamaEndpoint = options.ollamaEndpoint ?? resolveOllamaEndpoint(process.env["OLLAMA_HOST"]);
  const database = options.database ?? (await DatabasePool.open(options.databaseWorker, dataDirectory));
  await database.write("markInterrupted");
  await database.write("markInterruptedRuns");
  const foundation: Foundation = {
    database,
    changes: new Changes(),
    nowMs: Date.now,
    calls: new TaskGroup(),
    work: new TaskGroup(),
  };
  const parts = createParts(foundation, { ...options, ollamaEndpoint });
  await start(parts, foundation, options);
  const info = { version, host, dataDirectory, ollamaEndpoint };
  const services = servicesOf(parts, foundation, info);
  return { router: createRouter(services), services, dataDirectory, close: () => close(parts, foundation) };
}

type BackendParts = ReturnType<typeof createParts>;

/** Each room is created from those before it; the last step connects those that need a later one. */
function createParts(foundation: Foundation, options: BackendOptions & { readonly ollamaEndpoint: string }) {
  const { secrets, databaseWorker } = options;
  const providing = createProviders(options);
  const { files, addresses, providers } = providing;
  const alerting = createAlerting(foundation, options);
  const { alerts, coordinator: broadcaster } = alerting;
  const registry = createRegistry(foundation, { ...options, ...providing, alerts, broadcaster });
  const logs = createLogs(foundation, alerts);
  const inference = createInference(foundation, { registry, providers, log: logs.recorder, databaseWorker });
  const { llm, messages: models } = inference;
  const suites = new TestSuites({ ...foundation, models, versions: registry.registry, running: foundation.work });
  const deploying = createDeployments(foundation, {
    registry,
    addresses,
    files,
    providers,
    llm,
    suites,
    alerts,
    broadcaster,
    databaseWorker,
  });
  const localModels = createLocalModels(foundation, { files, providers, registry });
  const { localFiles } = localModels;
  const gateway = createGateway(foundation, { secrets, addresses, registry, localFiles, providers, models });
  const story = createStory(foundation, llm);

  const { deployments } = deploying;
  inference.rollouts.connect(deployments);
  registry.connectRegistry(llm, deployments);
  logs.connectLogs(deployments);
  return { providing, alerting, registry, logs, inference, suites, deploying, localModels, gateway, story };
}

/** Calls are routed by the rollouts once this resolves, and programs are answered. */
async function start(parts: BackendParts, { changes }: Foundation, options: BackendOptions): Promise<void> {
  const { alerting, registry, deploying, localModels, gateway } = parts;
  await alerting.coordinator.start([new CallAssignments(registry.assignments), new ScreenUpdates(changes)]);
  await alerting.alerts.start();
  await deploying.deployments.open();
  if (options.starterFile !== undefined) await localModels.starter.adopt(options.starterFile);
  void registry.drill.run(registry.assignments); // it rejects for nothing: a reading that fails is what it is for
  // A terminal's session starts the gateway only on request.
  await gateway.start({ listen: options.host !== "terminal" });
}

function servicesOf(parts: BackendParts, { changes }: Foundation, info: AppInfo): Services {
  const { registry, logs, inference, deploying, localModels, story } = parts;
  return {
    info,
    changes,
    registry: registry.registry,
    assignments: registry.assignments,
    drill: registry.drill,
    endpoints: registry.endpoints,
    digests: registry.digests,
    modelServers: registry.modelServers,
    judgements: logs.judgements,
    guardrails: logs.guardrails,
    logs: logs.logs,
    llm: inference.llm,
    directCalls: inference.directCalls,
    status: inference.status,
    starter: localModels.starter,
    localFiles: localModels.localFiles,
    catalogue: localModels.catalogue,
    stories: story.stories,
    drafts: story.drafts,
    storyBin: story.storyBin,
    passageHistory: story.passageHistory,
    narrator: story.narrator,
    suites: parts.suites,
    deployments: deploying.deployments,
    simulator: deploying.simulator,
    reports: deploying.reports,
    gateway: parts.gateway,
    coordinator: parts.alerting.coordinator,
    alerts: parts.alerting.alerts,
    signing: parts.alerting.signing,
  };
}

/** In the order in which nothing is used after it was closed. */
async function close(parts: BackendParts, { database, calls, work }: Foundation): Promise<void> {
  await parts.gateway.close();
  await parts.deploying.deployments.close();
  await Promise.all([calls.close(), work.close(), parts.registry.closeRegistry()]);
  await parts.alerting.closeAlerting();
  await Promise.all([parts.providing.closeProviders(), parts.inference.schemas.close()]);
  await database.close();
}
