import type { DatabasePool } from "../../db/pool.ts";
import type { AssignmentSource, LiveAssignment } from "../../registry/assignments.ts";

/** The assignments in the database. None is given before it is known how many calls at once the servers take. */
export class LiveAssignments implements AssignmentSource {
  readonly #database: DatabasePool;
  readonly #limitsKnown: Promise<void>;

  constructor(database: DatabasePool, limitsKnown: Promise<void>) {
    this.#database = database;
    this.#limitsKnown = limitsKnown;
  }

  async liveAssignments(): Promise<readonly LiveAssignment[]> {
    await this.#limitsKnown;
    return this.#database.read("liveAssignments");
  }
}
