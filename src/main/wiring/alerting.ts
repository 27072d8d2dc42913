import type { ChangeFeed } from "../base/change-feed.ts";
import type { DatabasePool } from "../db/pool.ts";
import type { HostNotice } from "../host/host-notices.ts";
import { Alerts } from "../coordinator/alerts.ts";
import { ServiceCoordinator } from "../coordinator/service-coordinator.ts";
import { Webhooks } from "../coordinator/webhooks.ts";

export interface AlertingParts {
  readonly database: DatabasePool;
  readonly version: string;
  readonly notify?: ((notice: HostNotice) => void) | undefined;
  readonly nowMs: () => number;
  readonly changes: ChangeFeed;
}

/** Everything that tells somebody else: alerts to people, updates to services, both by webhook where it is wished. */
export function createAlerting({ database, version, notify, nowMs, changes }: AlertingParts) {
  const webhooks = new Webhooks({ nowMs, version });
  const random = Math.random;
  const alerts = new Alerts({ database, webhooks, notify, nowMs, random, changes });
  const coordinator = new ServiceCoordinator({ database, webhooks, alerts, nowMs, random, changes });
  const closeAlerting = async (): Promise<void> => {
    await coordinator.close();
    await alerts.close();
    await webhooks.close();
  };
  return { alerts, coordinator, closeAlerting };
}
