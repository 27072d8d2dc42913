import type { ChangeFeed } from "../../base/change-feed.ts";
import type { Service } from "../../coordinator/service-coordinator.ts";
import type { Assignments } from "../../registry/assignments.ts";

/** Lets calls go by the assignments as they are after an update. */
export class CallAssignments implements Service {
  readonly name = "calls";
  readonly #assignments: Assignments;

  constructor(assignments: Assignments) {
    this.#assignments = assignments;
  }

  notify(): Promise<void> {
    return this.#assignments.refresh("broadcast");
  }
}

/** Lets screens read again what an update may have changed. */
export class ScreenUpdates implements Service {
  readonly name = "screens";
  readonly #changes: ChangeFeed;

  constructor(changes: ChangeFeed) {
    this.#changes = changes;
  }

  notify(): void {
    this.#changes.announce("registry");
    this.#changes.announce("inference");
  }
}
