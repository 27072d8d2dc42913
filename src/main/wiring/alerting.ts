import { Alerts } from "../coordinator/alerts.ts";
import { ServiceCoordinator } from "../coordinator/service-coordinator.ts";
import { Webhooks } from "../coordinator/webhooks.ts";
import type { HostNotice } from "../host/host-notices.ts";
import type { Foundation } from "./foundation.ts";

export interface AlertingParts {
  readonly version: string;
  readonly notify?: ((notice: HostNotice) => void) | undefined;
}

/** Everything that notifies somebody else: alerts to people, updates to services, both by webhook where it is wished. */
export function createAlerting({ database, changes, nowMs }: Foundation, { version, notify }: AlertingParts) {
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
