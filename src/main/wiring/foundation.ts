import type { TaskGroup } from "../base/task-group.ts";
import type { DatabasePool } from "../db/pool.ts";
import type { Changes } from "./changes.ts";

/** What every room stands on. */
export interface Foundation {
  readonly database: DatabasePool;
  readonly changes: Changes;
  readonly nowMs: () => number;
  /** The calls to models under way. */
  readonly calls: TaskGroup;
  /** Longer work under way, made of calls or of none: suites, proposals, installations, simulations. */
  readonly work: TaskGroup;
}
