import { afterAll, beforeAll } from "vitest";
import type { Backend } from "../../../src/main/backend.ts";
import type { ModelVersion, RegisterModelInput, VersionFilter } from "../../../src/shared/contract/registry.ts";
import { startBackend } from "../../kit/backend.ts";
import type { Client, Transport, transports } from "../../kit/transports.ts";

/** The id of no version. */
export const absent = "019ab000-0000-7000-8000-000000000001";

/** A registry over one transport, empty when the tests of the calling block begin. */
export interface VersionsBackend {
  readonly backend: Backend;
  readonly registry: Client["registry"];
  readonly register: (modelName: string, version: string, more?: Partial<RegisterModelInput>) => Promise<ModelVersion>;
  /** `model@version` of what a filter lets through, in the list's order. */
  readonly labels: (filter: VersionFilter) => Promise<string[]>;
}

/** Gives the tests of a block a backend of their own, opened before the first of them and closed after the last. */
export function useVersionsBackend(open: (typeof transports)[number][1]): VersionsBackend {
  let backend: Backend;
  let transport: Transport;
  beforeAll(async () => {
    backend = await startBackend();
    transport = await open(backend.router);
  });
  afterAll(async () => {
    await transport.close();
    await backend.close();
  });
  const registry = () => transport.client.registry;
  return {
    get backend() {
      return backend;
    },
    get registry() {
      return registry();
    },
    register: (modelName, version, more = {}) =>
      registry().registerModel({ modelName, provider: "ollama", version, ...more }),
    labels: async (filter) =>
      (await registry().versions(filter)).items.map(({ model, version }) => `${model}@${version}`),
  };
}
