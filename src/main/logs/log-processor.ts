import type { InferenceId } from "../../shared/contract/ids.ts";
import type { InferenceRecord, Outcome } from "../../shared/contract/logs.ts";
import type { DatabasePool } from "../db/pool.ts";

/** The log of all calls, newest first. */
export class HistoricalLogProcessor {
  readonly #database: DatabasePool;

  constructor(database: DatabasePool) {
    this.#database = database;
  }

  list(filter: {
    useCase?: string | undefined;
    model?: string | undefined;
    outcome?: Outcome | undefined;
    byFallback?: true | undefined;
    cursor?: string | undefined;
    limit: number;
  }) {
    return this.#database.read("listInferences", filter);
  }

  get(input: { inferenceId: InferenceId }): Promise<InferenceRecord> {
    return this.#database.read("getInference", input);
  }
}
