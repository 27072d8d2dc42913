import type { EndpointHealth, ModelVersion } from "../../shared/contract/registry.ts";
import type { ChangeFeed } from "../base/change-feed.ts";
import type { AlertSink } from "../coordinator/alert-sink.ts";
import { alertFromDrift, alertFromEndpointDown } from "../coordinator/occasions.ts";
import type { DatabasePool } from "../db/pool.ts";
import type { ModelFiles } from "../inference/local-models/model-files.ts";
import { describeModel, namedDigests, probeOllama } from "../inference/providers/ollama/discover.ts";
import { withTag } from "../inference/providers/ollama/endpoint.ts";
import { probeOpenAI } from "../inference/providers/openai/probe.ts";
import { ModelServers } from "../inference/servers/model-servers.ts";
import type { Keys } from "../host/endpoint-keys.ts";
import type { Addresses } from "../registry/addresses.ts";
import { Assignments } from "../registry/assignments.ts";
import { DigestWatch } from "../registry/drift.ts";
import { Endpoints, type EndpointsPorts } from "../registry/endpoints.ts";
import { FileDigests } from "../registry/file-digests.ts";
import { namesOf } from "../registry/model-names.ts";
import { ModelRegistry } from "../registry/model-registry.ts";
import type { SecretStore } from "../host/secrets.ts";

export interface RegistryPorts {
  readonly database: DatabasePool;
  readonly addresses: Addresses;
  readonly keys: Keys;
  readonly secrets: SecretStore;
  readonly files: ModelFiles;
  /** Base URL of the Ollama that versions without an endpoint of their own are asked at. */
  readonly ollamaEndpoint: string;
  readonly refreshMs?: number | undefined;
  readonly healthMs?: number | undefined;
  readonly nowMs: () => number;
  readonly changes: ChangeFeed;
  readonly alerts: AlertSink;
  /** See `ServiceCoordinator.broadcast`. */
  readonly broadcast: () => Promise<number>;
  /** Told after assignments may have changed. */
  readonly assignmentsChanged: () => void;
  readonly answered: EndpointsPorts["answered"];
}

/** Everything that knows versions, what answers where, and what the model servers hold. */
export function createRegistry(needs: RegistryPorts) {
  const { database, addresses, keys, files, ollamaEndpoint, nowMs, changes, alerts } = needs;
  const assignments = new Assignments({
    read: async () => {
      await limitsKnown; // no call is made before it is known how many at once
      return database.read("liveAssignments");
    },
    staleChanged: () => changes.announce("registry"),
    ...(needs.refreshMs === undefined ? {} : { refreshMs: needs.refreshMs }),
  });
  const registryChanged = async (): Promise<void> => {
    const [told] = await Promise.all([needs.broadcast(), endpoints.refresh()]);
    // Who answers is as it was, but what is known of the versions may not be.
    if (told === 0) await assignments.refresh();
    needs.assignmentsChanged();
    changes.announce("registry");
  };
  const fileDigests = new FileDigests(database);
  const digests = new DigestWatch({
    database,
    addresses,
    files: fileDigests,
    models: async (server, signal) => namedDigests(server, signal, await keys.of(server)),
    fileOf: (configuration) => files.resolve(configuration),
    nowMs,
    changed: async (news) => {
      await registryChanged();
      const drifted = new Set(news.flatMap(({ versionId, foundDigest }) => (foundDigest === null ? [] : versionId)));
      if (drifted.size === 0) return;
      for (const version of await registry.drifts()) if (drifted.has(version.id)) alerts.raise(alertFromDrift(version));
    },
  });
  const endpoints: Endpoints = new Endpoints({
    database,
    addresses,
    keys,
    keyStorage: needs.secrets,
    probe: async (endpoint, provider, signal) => {
      const key = await keys.of(endpoint).catch(() => null); // the server says that it wants one
      return provider === "ollama" ? probeOllama(endpoint, signal, key) : probeOpenAI(endpoint, { key, signal });
    },
    answered: needs.answered,
    observe: (server, models) => digests.observe(server, models),
    checkFiles: () => digests.checkFiles(),
    nowMs,
    changes,
    wentDown: (health) => {
      const answering = async () => alerts.raise(alertFromEndpointDown(health, await useCasesOn(health)));
      void answering().catch(() => {}); // closing
    },
    ...(needs.healthMs === undefined ? {} : { healthMs: needs.healthMs }),
  });
  const useCasesOn = async ({ endpoint, provider }: EndpointHealth): Promise<string[]> => {
    const isThere = (version: ModelVersion) =>
      version.provider === provider &&
      addresses.of(version).some((address) => addresses.serverOf(provider, address) === endpoint);
    const live = await database.read("liveAssignments");
    return live.flatMap(({ useCase, version }) => (version !== null && isThere(version) ? [useCase] : []));
  };
  const limitsKnown = endpoints.refresh();
  const registry = new ModelRegistry({
    database,
    nowMs,
    changed: registryChanged,
    addresses,
    digestOf: async ({ provider, modelName, configuration }, signal) => {
      if (provider === "embedded") {
        const { file = "starter" } = configuration;
        if (file === "starter") return files.starterDigest;
        return fileDigests.now(await files.find(file, "configuration.file", "BAD_REQUEST"), signal);
      }
      const server = addresses.serverOf(provider, configuration.endpoint ?? ollamaEndpoint);
      if (provider === "openai" || server === null) return null;
      // A server that is away now must not keep its model from being registered.
      const described = keys
        .of(server)
        .then((key) => describeModel(server, configuration.serverModel ?? modelName, undefined, key));
      return (await described.catch(() => null))?.digest ?? null;
    },
    digestNow: (version) => digests.digestNow(version),
  });
  const modelServers = new ModelServers({
    keyOf: (endpoint) => keys.of(addresses.savedAs("ollama", endpoint)),
    nowMs,
    changed: (endpoint) => {
      changes.announce("endpoints");
      const server = addresses.serverOf("ollama", endpoint);
      if (server === null) return;
      digests.forget(server);
      // A pull may have changed what a pinned name holds: ask now. An answer under way may be from before, so ask after it.
      const ask = () => endpoints.check({ endpoint: server, provider: "ollama" });
      void ask()
        .then(ask)
        .catch(() => {}); // closing
    },
    pinnedVersions: (endpoint, model) => {
      const server = addresses.serverOf("ollama", endpoint) ?? endpoint;
      const names = namesOf(withTag(model));
      return database.read("versionsPinnedTo", { server, isDefault: server === ollamaEndpoint, names });
    },
  });
  const closeRegistry = async (): Promise<void> => {
    assignments.close();
    await Promise.all([endpoints.close(), digests.close(), fileDigests.close(), modelServers.close()]);
  };
  return {
    assignments,
    registryChanged,
    digests,
    fileDigests,
    endpoints,
    limitsKnown,
    registry,
    modelServers,
    closeRegistry,
  };
}
