import type { Database } from "better-sqlite3";
import type { VersionId } from "../../../../shared/contract/ids.ts";
import type { ServerProvider } from "../../../../shared/contract/registry.ts";
import { Failure } from "../../../base/failure.ts";
import { all, one, run } from "../../statements.ts";

export interface SavedServer {
  readonly endpoint: string;
  readonly provider: ServerProvider;
  readonly maxConcurrent: number;
}

export const serverReads = {
  /** The servers whose settings were saved, by endpoint. `maxConcurrent` limits the calls that run at once. */
  savedServers(db: Database): SavedServer[] {
    return all<SavedServer>(
      db,
      "SELECT endpoint, provider, max_concurrent AS maxConcurrent FROM endpoints ORDER BY endpoint",
    );
  },

  /**
   * The servers that versions may be called on, by endpoint; retired versions, and the default server, which has no
   * endpoint of its own, are left out.
   */
  serversOfVersions(db: Database): { endpoint: string; provider: ServerProvider }[] {
    return all(
      db,
      `SELECT DISTINCT s.server AS endpoint, m.provider
       FROM version_servers s JOIN model_versions v ON v.id = s.version_id JOIN models m ON m.id = v.model_id
       WHERE s.server <> '' AND v.status <> 'retired' ORDER BY s.server, m.provider`,
    );
  },

  /**
   * For each of the given models of a server, the newest version that is registered as it and not pinned to other
   * content; models that are not registered are left out. `isDefault` includes versions without an endpoint.
   */
  versionsOnServer(
    db: Database,
    on: {
      server: string;
      isDefault: boolean;
      provider: ServerProvider;
      models: readonly { name: string; digest: string | null }[];
    },
  ): { name: string; versionId: VersionId }[] {
    return all(
      db,
      `WITH here AS MATERIALIZED (${versionsHere}),
         wanted AS MATERIALIZED (SELECT value ->> 'name' AS name, value ->> 'digest' AS digest FROM json_each($models))
       SELECT wanted.name, (
         SELECT here.id FROM here
         WHERE here.server_model = wanted.name AND (here.digest IS NULL OR here.digest = wanted.digest)
         ORDER BY here.created_at_ms DESC, here.id DESC LIMIT 1) AS versionId
       FROM wanted WHERE versionId IS NOT NULL`,
      {
        server: on.server,
        orDefault: on.isDefault ? "" : on.server,
        provider: on.provider,
        models: JSON.stringify(on.models),
      },
    );
  },

  /**
   * The versions registered as one of an Ollama server's models, by any of its names, as `model@version`, newest first;
   * retired ones are left out. `isDefault` includes versions without an endpoint.
   */
  versionsPinnedTo(db: Database, on: { server: string; isDefault: boolean; names: readonly string[] }): string[] {
    return all<{ name: string }>(
      db,
      `SELECT m.name || '@' || v.version AS name
       FROM (${versionsHere}) here JOIN model_versions v ON v.id = here.id JOIN models m ON m.id = v.model_id
       WHERE here.server_model IN (SELECT value FROM json_each($names))
       ORDER BY v.created_at_ms DESC, v.id DESC`,
      {
        server: on.server,
        orDefault: on.isDefault ? "" : on.server,
        provider: "ollama",
        names: JSON.stringify(on.names),
      },
    ).map(({ name }) => name);
  },
};

/** What of `$provider` is registered on `$server` or `$orDefault` and not retired, by the name that the server knows it by. */
export const versionsHere = `
  SELECT DISTINCT v.id, v.digest, v.drift, v.created_at_ms, coalesce(v.configuration ->> 'serverModel', m.name) AS server_model
  FROM version_servers s JOIN model_versions v ON v.id = s.version_id JOIN models m ON m.id = v.model_id
  WHERE s.server IN ($server, $orDefault) AND m.provider = $provider AND v.status <> 'retired'`;

export const serverWrites = {
  /**
   * Saves the settings of a server. Where `maxConcurrent` is undefined it stays, and is 64 for a server that was not
   * saved before.
   */
  saveServer(
    db: Database,
    server: { endpoint: string; provider: ServerProvider; maxConcurrent: number | undefined },
  ): void {
    run(
      db,
      `INSERT INTO endpoints (endpoint, provider, max_concurrent) VALUES ($endpoint, $provider, coalesce($maxConcurrent, 64))
       ON CONFLICT (endpoint) DO UPDATE SET provider = excluded.provider,
         max_concurrent = coalesce($maxConcurrent, max_concurrent)`,
      { ...server, maxConcurrent: server.maxConcurrent ?? null },
    );
  },

  /**
   * Removes the settings of a server and returns them. Throws NOT_FOUND, and CONFLICT while a version that is not
   * retired names it.
   */
  removeServer(db: Database, { endpoint }: { endpoint: string }): SavedServer {
    const saved = one<SavedServer>(
      db,
      "SELECT endpoint, provider, max_concurrent AS maxConcurrent FROM endpoints WHERE endpoint = $endpoint",
      { endpoint },
    );
    if (!saved)
      throw new Failure("NOT_FOUND", `No server ${endpoint} is saved.`, {
        field: "endpoint",
        value: endpoint,
        remedy: "Name one as the list of servers shows it.",
      });
    const naming = all<{ name: string }>(
      db,
      `SELECT m.name || ' ' || v.version AS name FROM model_versions v JOIN models m ON m.id = v.model_id
       WHERE v.status <> 'retired' AND (v.id IN (SELECT version_id FROM version_servers WHERE server = $endpoint)
         OR v.configuration ->> 'endpoint' = $endpoint
         OR EXISTS (SELECT 1 FROM json_each(v.configuration, '$.replicas') WHERE value = $endpoint))
       ORDER BY v.created_at_ms DESC, v.id DESC LIMIT 4`,
      { endpoint },
    ).map((row) => row.name);
    if (naming.length > 0)
      throw new Failure(
        "CONFLICT",
        `${endpoint} is named by ${naming.slice(0, 3).join(", ")}${naming.length > 3 ? " and others" : ""}.`,
        {
          field: "endpoint",
          value: endpoint,
          remedy: "Retire those versions first.",
        },
      );
    run(db, "DELETE FROM endpoints WHERE endpoint = $endpoint", { endpoint });
    return saved;
  },
};
