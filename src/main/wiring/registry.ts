import type { AlertSink } from "../coordinator/alert-sink.ts";
import type { Keys } from "../host/endpoint-keys.ts";
import type { SecretStore } from "../host/secrets.ts";
import type { ModelFiles } from "../inference/local-models/model-files.ts";
import { ModelServers } from "../inference/servers/model-servers.ts";
import type { Addresses } from "../registry/addresses.ts";
import { Assignments } from "../registry/assignments.ts";
import { RegistryDrill } from "../registry/drill.ts";
import { DigestWatch } from "../registry/drift.ts";
import { type AnswerListener, Endpoints } from "../registry/endpoints.ts";
import { FileDigests } from "../registry/file-digests.ts";
import { KnownVersions } from "../registry/known-versions.ts";
import { ModelRegistry } from "../registry/model-registry.ts";
import { type AssignmentListener, RegistryUpdates, type UpdateBroadcaster } from "../registry/registry-updates.ts";
import type { Foundation } from "./foundation.ts";
import { LiveAssignments } from "./adapters/live-assignments.ts";
import { NewVersionPinning } from "./adapters/new-version-pinning.ts";
import type { OllamaKeys } from "./adapters/ollama-keys.ts";
import { DriftAlerts, OutageAlerts } from "./adapters/registry-alerts.ts";
import { PinnedVersions, ServerModelUpdates } from "./adapters/server-models.ts";
import { ServerProbes } from "./adapters/server-probes.ts";

export interface RegistryParts {
  readonly addresses: Addresses;
  readonly keys: Keys;
  readonly ollamaKeys: OllamaKeys;
  readonly secrets: SecretStore;
  readonly files: ModelFiles;
  readonly refreshMs?: number | undefined;
  readonly drillMs?: number | undefined;
  readonly healthMs?: number | undefined;
  readonly alerts: AlertSink;
  readonly broadcaster: UpdateBroadcaster;
}

export type Registry = ReturnType<typeof createRegistry>;

/** Everything that knows versions, what answers where, and what the model servers have. To be connected before it is used. */
export function createRegistry(foundation: Foundation, parts: RegistryParts) {
  const { database, changes, nowMs } = foundation;
  const { addresses, keys, ollamaKeys, files, alerts } = parts;
  const probes = new ServerProbes(keys);
  const directories = createDirectories(foundation, parts, probes);
  const { endpoints, assignments, drill, updates } = directories;
  const fileDigests = new FileDigests(database);
  const digests = new DigestWatch({
    database,
    addresses,
    files: fileDigests,
    catalog: probes,
    modelFiles: files,
    nowMs,
    listener: new DriftAlerts(database, updates, alerts),
  });
  const pinning = new NewVersionPinning({ files, fileDigests, addresses, keys });
  const registry = new ModelRegistry({ database, nowMs, updates, pinning, digests, addresses });
  const modelServers = new ModelServers({
    keys: ollamaKeys,
    nowMs,
    listener: new ServerModelUpdates({ addresses, digests, endpoints, changes }),
    pins: new PinnedVersions(database, addresses),
  });
  /** Calls and rollouts are created from the registry, and follow it. */
  const connectRegistry = (answers: AnswerListener, rollouts: AssignmentListener): void => {
    endpoints.connect({ digests, answers, outages: new OutageAlerts(database, addresses, alerts) });
    updates.notify(rollouts);
  };
  const closeRegistry = async (): Promise<void> => {
    drill.close();
    assignments.close();
    await Promise.all([endpoints.close(), digests.close(), fileDigests.close(), modelServers.close()]);
  };
  return { ...directories, fileDigests, digests, registry, modelServers, connectRegistry, closeRegistry };
}

/** What calls look up in memory, and what brings it up to date. Begins to read how many calls at once the servers take. */
function createDirectories({ database, changes, nowMs }: Foundation, parts: RegistryParts, prober: ServerProbes) {
  const { addresses, keys, secrets, broadcaster, refreshMs, healthMs } = parts;
  const endpoints = new Endpoints({
    database,
    addresses,
    keys,
    keyStorage: secrets,
    prober,
    nowMs,
    changes,
    ...(healthMs === undefined ? {} : { healthMs }),
  });
  const limitsKnown = endpoints.refresh();
  const source = new LiveAssignments(database, limitsKnown);
  const drill = new RegistryDrill({ source, nowMs, forMs: parts.drillMs ?? null });
  const assignments = new Assignments({
    source: drill,
    changes,
    nowMs,
    ...(refreshMs === undefined ? {} : { refreshMs }),
  });
  const versions = new KnownVersions({
    source: {
      version: (id) => database.read("getVersion", { versionId: id }),
      find: (name) => database.read("findVersion", { name }),
    },
    nowMs,
    ...(refreshMs === undefined ? {} : { refreshMs }),
  });
  const updates = new RegistryUpdates({ broadcaster, endpoints, assignments, versions, changes });
  return { endpoints, limitsKnown, assignments, drill, versions, updates };
}
