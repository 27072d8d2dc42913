import { person } from "../../shared/contract/actor.ts";
import type { Services } from "../services.ts";
import { base } from "./base.ts";

export function coordinationRoutes({ coordinator, alerts, signing }: Services) {
  const done = async (work: Promise<void>) => {
    await work;
    return {};
  };
  return {
    subscribers: base.coordination.subscribers.handler(() => coordinator.subscribers()),
    subscribe: base.coordination.subscribe.handler(({ input }) => coordinator.subscribe(input)),
    signingSecret: base.coordination.signingSecret.handler(async () => ({ secret: await signing.secret() })),
    unsubscribe: base.coordination.unsubscribe.handler(({ input }) =>
      done(coordinator.unsubscribe(input.subscriberId)),
    ),
    deliver: base.coordination.deliver.handler(({ input }) => coordinator.deliver(input.subscriberId)),
    updates: base.coordination.updates.handler(({ input, signal }) => coordinator.updates(input.client, signal)),
    acknowledge: base.coordination.acknowledge.handler(({ input }) =>
      done(coordinator.acknowledge(input.client, input.sequence)),
    ),
    history: base.coordination.history.handler(({ input }) => coordinator.history(input.limit)),
    alerts: base.coordination.alerts.handler(({ input }) => alerts.list(input)),
    acknowledgeAlert: base.coordination.acknowledgeAlert.handler(async ({ input }) => ({
      acknowledged: await alerts.acknowledge(input.alertId, person),
    })),
    rules: base.coordination.rules.handler(() => alerts.rules()),
    saveRules: base.coordination.saveRules.handler(({ input }) => alerts.saveRules(input)),
    testAlert: base.coordination.testAlert.handler(() => alerts.test()),
  };
}
