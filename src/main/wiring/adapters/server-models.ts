import type { ChangeFeed } from "../../base/change-feed.ts";
import type { DatabasePool } from "../../db/pool.ts";
import { withTag } from "../../inference/providers/ollama/endpoint.ts";
import type { PinDirectory, ServerModelsListener } from "../../inference/servers/model-servers.ts";
import type { Addresses } from "../../registry/addresses.ts";
import type { DigestWatch } from "../../registry/drift.ts";
import type { Endpoints } from "../../registry/endpoints.ts";
import { namesOf } from "../../registry/model-names.ts";

export interface ServerModelUpdatesParts {
  readonly addresses: Addresses;
  readonly digests: DigestWatch;
  readonly endpoints: Endpoints;
  readonly changes: ChangeFeed;
}

/** Lets the registry read again what a server has once Taleward itself has changed that. */
export class ServerModelUpdates implements ServerModelsListener {
  readonly #parts: ServerModelUpdatesParts;

  constructor(parts: ServerModelUpdatesParts) {
    this.#parts = parts;
  }

  modelsChanged(endpoint: string): void {
    const { addresses, digests, endpoints, changes } = this.#parts;
    changes.announce("endpoints");
    const server = addresses.serverOf("ollama", endpoint);
    if (server === null) return;
    digests.forget(server);
    // A pull may have changed what a pinned name means: ask now. A request in progress may be from before, so ask after it.
    const ask = () => endpoints.check({ endpoint: server, provider: "ollama" });
    void ask()
      .then(ask)
      .catch(() => {}); // closing
  }
}

/** The versions that are pinned to a server's models, by all names of the model. */
export class PinnedVersions implements PinDirectory {
  readonly #database: DatabasePool;
  readonly #addresses: Addresses;

  constructor(database: DatabasePool, addresses: Addresses) {
    this.#database = database;
    this.#addresses = addresses;
  }

  pinnedVersions(endpoint: string, model: string): Promise<readonly string[]> {
    const server = this.#addresses.serverOf("ollama", endpoint) ?? endpoint;
    const isDefault = server === this.#addresses.defaultEndpoint;
    return this.#database.read("versionsPinnedTo", { server, isDefault, names: namesOf(withTag(model)) });
  }
}
