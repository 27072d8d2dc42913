import type { TaskGroup } from "../base/task-group.ts";
import type { DatabasePool } from "../db/pool.ts";
import type { Changes } from "./changes.ts";

/** What every room stands on. */
export interface Foundation {
  readonly database: DatabasePool;
  readonly changes: Changes;
  readonly nowMs: () => number;
  /** The calls to models in progress. */
  readonly calls: TaskGroup;
  /** Longer work in progress, made of calls or of none: suites, proposals, installations, simulations. */
  readonly work: TaskGroup;
}
