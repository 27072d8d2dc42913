import type { ChangeFeed } from "../base/change-feed.ts";
import type { DatabasePool } from "../db/pool.ts";
import { Gateway } from "../gateway/gateway.ts";
import type { GatewayModels } from "../gateway/ports.ts";
import { ServedVersions } from "../gateway/served-versions.ts";
import type { SecretStore } from "../host/secrets.ts";
import type { loadVersion } from "../inference/load-version.ts";
import type { LocalFiles } from "../inference/local-models/local-files.ts";
import type { ModelServers } from "../inference/servers/model-servers.ts";
import type { Addresses } from "../registry/addresses.ts";
import type { Assignments } from "../registry/assignments.ts";
import type { Endpoints } from "../registry/endpoints.ts";
import type { ModelRegistry } from "../registry/model-registry.ts";
import { DatabaseSettings } from "./database-settings.ts";
import { GatewayNames } from "./gateway-names.ts";
import { FirstServerLoader } from "./version-loaders.ts";

export interface GatewayParts {
  readonly database: DatabasePool;
  readonly secrets: SecretStore;
  readonly addresses: Addresses;
  readonly assignments: Assignments;
  readonly registry: ModelRegistry;
  readonly endpoints: Endpoints;
  readonly modelServers: ModelServers;
  readonly localFiles: LocalFiles;
  readonly providers: Parameters<typeof loadVersion>[0];
  readonly models: GatewayModels;
  readonly nowMs: () => number;
  readonly changes: ChangeFeed;
}

/** The server for other programs; it does not listen yet. */
export function createGateway(parts: GatewayParts): Gateway {
  const { database, secrets, addresses, endpoints, providers, models, nowMs, changes } = parts;
  return new Gateway({
    names: new GatewayNames(parts.assignments, parts.registry),
    models,
    hosts: new ServedVersions({
      directory: addresses,
      servers: parts.modelServers,
      loader: new FirstServerLoader(providers, addresses),
      engine: parts.localFiles,
      health: endpoints,
    }),
    health: endpoints,
    settings: new DatabaseSettings(database),
    secrets,
    nowMs,
    changes,
  });
}
