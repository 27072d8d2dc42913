import type { ChangeTopic } from "../../shared/contract/app.ts";
import type { DatabasePool } from "../db/pool.ts";
import type { NewAlert } from "../db/queries/alerts.ts";
import type { HostNotice } from "../host/host-notices.ts";
import { Alerts } from "../coordinator/alerts.ts";
import { alertFromFailedDelivery } from "../coordinator/occasions.ts";
import { ServiceCoordinator } from "../coordinator/service-coordinator.ts";
import { Webhooks } from "../coordinator/webhooks.ts";

export interface AlertingPorts {
  readonly database: DatabasePool;
  readonly version: string;
  readonly notify?: ((notice: HostNotice) => void) | undefined;
  readonly nowMs: () => number;
  readonly changed: (topic: Extract<ChangeTopic, "alerts" | "updates">) => void;
}

/** Everything that tells somebody else: alerts to people, updates to services, both by webhook where it is wished. */
export function createAlerting({ database, version, notify, nowMs, changed }: AlertingPorts) {
  const webhooks = new Webhooks({ nowMs, version });
  const random = Math.random;
  const alerts = new Alerts({ database, webhooks, notify, nowMs, random, changed: () => changed("alerts") });
  /** Nothing where the occasion is none. */
  const raise = (occasion: NewAlert | null): void => {
    if (occasion) alerts.raise(occasion);
  };
  const coordinator = new ServiceCoordinator({
    database,
    webhooks,
    nowMs,
    random,
    changed: () => changed("updates"),
    failed: (subscriber, tries, error) => raise(alertFromFailedDelivery(subscriber, tries, error)),
  });
  const closeAlerting = async (): Promise<void> => {
    await coordinator.close();
    await alerts.close();
    await webhooks.close();
  };
  return { alerts, coordinator, raise, closeAlerting };
}
