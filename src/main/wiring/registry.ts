import type { ChangeFeed } from "../base/change-feed.ts";
import type { AlertSink } from "../coordinator/alert-sink.ts";
import type { DatabasePool } from "../db/pool.ts";
import type { Keys } from "../host/endpoint-keys.ts";
import type { SecretStore } from "../host/secrets.ts";
import type { ModelFiles } from "../inference/local-models/model-files.ts";
import { ModelServers } from "../inference/servers/model-servers.ts";
import type { Addresses } from "../registry/addresses.ts";
import { Assignments } from "../registry/assignments.ts";
import { DigestWatch } from "../registry/drift.ts";
import { type AnswerListener, Endpoints } from "../registry/endpoints.ts";
import { FileDigests } from "../registry/file-digests.ts";
import { ModelRegistry } from "../registry/model-registry.ts";
import { type AssignmentListener, RegistryUpdates, type UpdateBroadcaster } from "../registry/registry-updates.ts";
import { LiveAssignments } from "./live-assignments.ts";
import { NewVersionPinning } from "./new-version-pinning.ts";
import { OllamaKeys } from "./ollama-keys.ts";
import { DriftAlerts, OutageAlerts } from "./registry-alerts.ts";
import { PinnedVersions, ServerModelUpdates } from "./server-models.ts";
import { ServerProbes } from "./server-probes.ts";

export interface RegistryParts {
  readonly database: DatabasePool;
  readonly addresses: Addresses;
  readonly keys: Keys;
  readonly secrets: SecretStore;
  readonly files: ModelFiles;
  readonly refreshMs?: number | undefined;
  readonly healthMs?: number | undefined;
  readonly nowMs: () => number;
  readonly changes: ChangeFeed;
  readonly alerts: AlertSink;
  readonly broadcaster: UpdateBroadcaster;
}

/** Everything that knows versions, what answers where, and what the model servers have. To be connected before it is used. */
export function createRegistry(parts: RegistryParts) {
  const { database, addresses, keys, files, nowMs, changes, alerts } = parts;
  const probes = new ServerProbes(keys);
  const endpoints = new Endpoints({
    database,
    addresses,
    keys,
    keyStorage: parts.secrets,
    prober: probes,
    nowMs,
    changes,
    ...(parts.healthMs === undefined ? {} : { healthMs: parts.healthMs }),
  });
  const limitsKnown = endpoints.refresh();
  const assignments = new Assignments({
    source: new LiveAssignments(database, limitsKnown),
    changes,
    ...(parts.refreshMs === undefined ? {} : { refreshMs: parts.refreshMs }),
  });
  const updates = new RegistryUpdates({ broadcaster: parts.broadcaster, endpoints, assignments, changes });
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
    keys: new OllamaKeys(keys, addresses),
    nowMs,
    listener: new ServerModelUpdates({ addresses, digests, endpoints, changes }),
    pins: new PinnedVersions(database, addresses),
  });
  /** Calls and rollouts stand on the registry, and follow it: they are named once they are there. */
  const connectRegistry = (answers: AnswerListener, rollouts: AssignmentListener): void => {
    endpoints.connect({ digests, answers, outages: new OutageAlerts(database, addresses, alerts) });
    updates.notify(rollouts);
  };
  const closeRegistry = async (): Promise<void> => {
    assignments.close();
    await Promise.all([endpoints.close(), digests.close(), fileDigests.close(), modelServers.close()]);
  };
  return {
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
  };
}
