import type { ChangeFeed } from "../../base/change-feed.ts";
import { log } from "../../base/logger.ts";
import type { AlertSink } from "../../coordinator/alert-sink.ts";
import { alertsFromRollout } from "../../coordinator/rules/occasions.ts";
import type { UpdateBroadcaster } from "../../registry/registry-updates.ts";
import type { RolloutListener } from "../../rollouts/ports.ts";

export interface RolloutAlertsParts {
  readonly alerts: AlertSink;
  readonly changes: ChangeFeed;
  readonly broadcaster: UpdateBroadcaster;
}

/** Raises what a person has to know of a rollout, and broadcasts the updates that were written with its events. */
export class RolloutAlerts implements RolloutListener {
  readonly #parts: RolloutAlertsParts;

  constructor(parts: RolloutAlertsParts) {
    this.#parts = parts;
  }

  happened(...[rollout, events]: Parameters<RolloutListener["happened"]>): void {
    if (events.length === 0) return;
    const { alerts, changes, broadcaster } = this.#parts;
    for (const alert of alertsFromRollout(rollout, events)) alerts.raise(alert);
    changes.announce("rollouts");
    broadcaster.broadcast().catch((error: unknown) => log.error("updates were not sent to subscribers", error));
  }
}
