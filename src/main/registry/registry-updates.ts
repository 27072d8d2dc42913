import { log } from "../base/logger.ts";
import type { VersionId } from "../../shared/contract/ids.ts";
import type { ChangeFeed } from "../base/change-feed.ts";
import type { AssignmentHandover } from "../rollouts/ports.ts";
import type { Assignments } from "./assignments.ts";
import type { Endpoints } from "./endpoints.ts";
import type { KnownVersions } from "./known-versions.ts";

/** Sends the updates in the database to whoever subscribed to them. */
export interface UpdateBroadcaster {
  /** Resolves when the services of this process have them, to how many updates the slowest of them was sent. Never rejects. */
  broadcast(): Promise<number>;
}

/** Follows the assignments. */
export interface AssignmentListener {
  /** Another version may have been assigned to any use case. */
  assignmentsChanged(): Promise<void>;
}

export interface RegistryUpdatesPorts {
  readonly broadcaster: UpdateBroadcaster;
  readonly endpoints: Pick<Endpoints, "refresh">;
  readonly assignments: Pick<Assignments, "refresh" | "resolve">;
  readonly versions: Pick<KnownVersions, "forget">;
  readonly changes: ChangeFeed;
}

/** What follows every change of the registry, in its order. */
export class RegistryUpdates implements AssignmentHandover {
  readonly #ports: RegistryUpdatesPorts;
  readonly #listeners: AssignmentListener[] = [];

  constructor(ports: RegistryUpdatesPorts) {
    this.#ports = ports;
  }

  /** Listeners are notified of each change from now on. */
  notify(listener: AssignmentListener): void {
    this.#listeners.push(listener);
  }

  /** To be called after every write to the registry; resolves when the services in this process have it. */
  async publish(): Promise<void> {
    const { broadcaster, endpoints, assignments, versions, changes } = this.#ports;
    versions.forget();
    const [sent] = await Promise.all([broadcaster.broadcast(), endpoints.refresh()]);
    // The assigned versions are the same, but what is known of them may not be.
    if (sent === 0) await assignments.refresh("broadcast");
    for (const listener of this.#listeners)
      void listener
        .assignmentsChanged()
        .catch((error: unknown) => log.error("a changed assignment did not reach the rollouts", error));
    changes.announce("registry");
  }

  /** An assignment was written beside the registry: resolves to whether calls on the use case go to this version by it. */
  async assignmentChanged(useCase: string, versionId: VersionId): Promise<boolean> {
    await this.publish();
    return (await this.#ports.assignments.resolve(useCase))?.version?.id === versionId;
  }
}
