import type { LocalFiles } from "../inference/local-models/local-files.ts";
import { Gateway } from "../gateway/gateway.ts";
import type { GatewayModels } from "../gateway/ports.ts";
import { ServedLibrary } from "../gateway/served-library.ts";
import { ServedVersions } from "../gateway/served-versions.ts";
import type { SecretStore } from "../host/secrets.ts";
import type { Addresses } from "../registry/addresses.ts";
import { DatabaseSettings } from "./adapters/database-settings.ts";
import type { Foundation } from "./foundation.ts";
import { GatewayNames } from "./adapters/gateway-names.ts";
import type { Providers } from "./providers.ts";
import type { Registry } from "./registry.ts";
import { FirstServerLoader } from "./adapters/version-loaders.ts";

export interface GatewayParts {
  readonly secrets: SecretStore;
  readonly addresses: Addresses;
  readonly registry: Registry;
  readonly localFiles: LocalFiles;
  readonly providers: Providers;
  readonly models: GatewayModels;
}

/** The server for other programs; it does not listen yet. */
export function createGateway({ database, changes, nowMs }: Foundation, parts: GatewayParts): Gateway {
  const { secrets, addresses, providers, models } = parts;
  const { assignments, versions, registry, endpoints, modelServers } = parts.registry;
  return new Gateway({
    names: new GatewayNames(assignments, versions, registry),
    models,
    hosts: new ServedVersions({
      directory: addresses,
      servers: modelServers,
      loader: new FirstServerLoader(providers, addresses),
      engine: parts.localFiles,
      health: endpoints,
    }),
    health: endpoints,
    library: new ServedLibrary(modelServers, addresses.defaultEndpoint),
    settings: new DatabaseSettings(database),
    secrets,
    nowMs,
    changes,
  });
}
