import type { Database } from "better-sqlite3";
import type { InferenceId } from "../../../shared/contract/ids.ts";
import { run } from "../statements.ts";
import { excerpt } from "./logs.ts";

/** What a running call has shown its reader so far. */
export interface ShownSoFar {
  readonly id: InferenceId;
  readonly response: string;
  readonly thoughts: string;
}

export const shownWrites = {
  /** Replaces what a running call is known to have shown; one that has ended is left as it is. */
  saveShown(db: Database, shown: ShownSoFar): void {
    run(
      db,
      `UPDATE inferences SET response = $response, thoughts = $thoughts, response_excerpt = $responseExcerpt
       WHERE id = $id AND outcome = 'running'`,
      { ...shown, responseExcerpt: excerpt(shown.response) },
    );
  },
};
