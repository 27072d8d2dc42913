import type { Database } from "better-sqlite3";
import type { InferenceId } from "../../../shared/contract/ids.ts";
import { run } from "../statements.ts";
import { excerpt } from "./logs.ts";
import { keepRawOfStreaming } from "./raw-answers.ts";

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

  /**
   * At a start: calls that are still `running` belong to a process that ended, and become `interrupted`; streaming
   * proposals get what their call committed, or keep the text saved so far. Returns how many calls there were.
   */
  markInterrupted(db: Database): number {
    const changed = run(
      db,
      // The redundant term lets SQLite use the partial index: a start does not read the whole log.
      "UPDATE inferences SET outcome = 'interrupted' WHERE outcome = 'running' AND outcome <> 'completed'",
    );
    keepRawOfStreaming(db);
    // A proposal whose call had finished gets the committed answer; of the others what had been saved is kept.
    run(
      db,
      `UPDATE proposals SET
         text = coalesce((SELECT response FROM inferences i WHERE i.id = inference_id AND i.outcome IN ('completed', 'held', 'stopped')), text),
         state = coalesce((SELECT CASE outcome WHEN 'completed' THEN 'ready' WHEN 'held' THEN 'held' WHEN 'stopped' THEN 'stopped'
           WHEN 'failed' THEN 'failed' END FROM inferences i WHERE i.id = inference_id), 'interrupted')
       WHERE state = 'streaming'`,
    );
    return changed;
  },
};
