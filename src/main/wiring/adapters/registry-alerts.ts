import type { EndpointHealth, ModelVersion } from "../../../shared/contract/registry.ts";
import type { AlertSink } from "../../coordinator/alert-sink.ts";
import { alertFromDrift, alertFromEndpointDown, driftOf, outageOf } from "../../coordinator/rules/occasions.ts";
import type { DatabasePool } from "../../db/pool.ts";
import type { DriftNews } from "../../db/queries/registry/drift.ts";
import type { Addresses } from "../../registry/addresses.ts";
import type { DriftListener } from "../../registry/drift.ts";
import type { OutageListener } from "../../registry/endpoints.ts";
import type { RegistryUpdates } from "../../registry/registry-updates.ts";

/** Publishes what the digest watch has recorded, and raises an alert for each version that has drifted, until it is again what it was. */
export class DriftAlerts implements DriftListener {
  readonly #database: DatabasePool;
  readonly #updates: RegistryUpdates;
  readonly #alerts: AlertSink;

  constructor(database: DatabasePool, updates: RegistryUpdates, alerts: AlertSink) {
    this.#database = database;
    this.#updates = updates;
    this.#alerts = alerts;
  }

  async recorded(news: readonly DriftNews[]): Promise<void> {
    await this.#updates.publish();
    for (const { versionId, foundDigest } of news) if (foundDigest === null) this.#alerts.resolve(driftOf(versionId));
    const drifted = new Set(news.flatMap(({ versionId, foundDigest }) => (foundDigest === null ? [] : versionId)));
    if (drifted.size === 0) return;
    for (const version of await this.#database.read("driftedVersions"))
      if (drifted.has(version.id)) this.#alerts.raise(alertFromDrift(version));
  }
}

/** Raises an alert when a server is down that use cases are answered by, and resolves it when the server is back. */
export class OutageAlerts implements OutageListener {
  readonly #database: DatabasePool;
  readonly #addresses: Addresses;
  readonly #alerts: AlertSink;

  constructor(database: DatabasePool, addresses: Addresses, alerts: AlertSink) {
    this.#database = database;
    this.#addresses = addresses;
    this.#alerts = alerts;
  }

  wentDown(health: EndpointHealth): void {
    this.#useCasesOn(health)
      .then((useCases) => this.#alerts.raise(alertFromEndpointDown(health, useCases)))
      .catch(() => {}); // closing
  }

  cameBack(health: EndpointHealth): void {
    this.#alerts.resolve(outageOf(health));
  }

  async #useCasesOn({ endpoint, provider }: EndpointHealth): Promise<string[]> {
    const isThere = (version: ModelVersion) =>
      version.provider === provider &&
      this.#addresses.of(version).some((address) => this.#addresses.serverOf(provider, address) === endpoint);
    const live = await this.#database.read("liveAssignments");
    return live.flatMap(({ useCase, version }) => (version !== null && isThere(version) ? [useCase] : []));
  }
}
