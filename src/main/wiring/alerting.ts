import { Alerts } from "../coordinator/alerts.ts";
import { ServiceCoordinator } from "../coordinator/service-coordinator.ts";
import { WebhookSigning } from "../coordinator/signing.ts";
import { Webhooks } from "../coordinator/webhooks.ts";
import type { SecretStore } from "../host/secrets.ts";
import type { HostNotice } from "../host/host-notices.ts";
import type { Foundation } from "./foundation.ts";

export interface AlertingParts {
  readonly version: string;
  readonly secrets: SecretStore;
  readonly notify?: ((notice: HostNotice) => void) | undefined;
}

/** Everything that notifies somebody else: alerts to people, updates to services, both by webhook where it is wished. */
export function createAlerting({ database, changes, nowMs }: Foundation, { version, secrets, notify }: AlertingParts) {
  const signing = new WebhookSigning(secrets);
  const webhooks = new Webhooks({ nowMs, version, signing });
  const random = Math.random;
  const alerts = new Alerts({ database, webhooks, notify, nowMs, random, changes });
  const coordinator = new ServiceCoordinator({ database, webhooks, alerts, nowMs, random, changes });
  const closeAlerting = async (): Promise<void> => {
    await coordinator.close();
    await alerts.close();
    await webhooks.close();
  };
  return { alerts, coordinator, signing, closeAlerting };
}
