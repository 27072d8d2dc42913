import type { InferenceId, VersionId } from "../../shared/contract/ids.ts";
import type { Rating } from "../../shared/contract/logs.ts";
import type { Judgements as Told } from "../../shared/contract/registry.ts";
import type { ChangeFeed } from "../base/change-feed.ts";
import type { DatabasePool } from "../db/pool.ts";

export interface JudgementsPorts {
  readonly database: DatabasePool;
  readonly nowMs: () => number;
  readonly changes: ChangeFeed;
}

/** How versions were judged: by test suites, and by persons who rated their answers. */
export class Judgements {
  readonly #ports: JudgementsPorts;

  constructor(ports: JudgementsPorts) {
    this.#ports = ports;
  }

  /** Throws `Failure` NOT_FOUND. */
  of(input: { versionId: VersionId }): Promise<Told> {
    return this.#ports.database.read("judgements", input);
  }

  /** Null while nobody rated it. Throws `Failure` NOT_FOUND for a call that is not in the log. */
  rating(input: { inferenceId: InferenceId }): Promise<Rating | null> {
    return this.#ports.database.read("rating", input);
  }

  /** Replaces an earlier rating. Throws `Failure` NOT_FOUND, and CONFLICT where there is no answer of a version. */
  async rate(input: { inferenceId: InferenceId; stars: number }): Promise<Rating> {
    const rating = await this.#ports.database.write("rate", { ...input, atMs: this.#ports.nowMs() });
    this.#announce();
    return rating;
  }

  /** Throws `Failure` NOT_FOUND for a call that is not there; one without a rating stays so. */
  async removeRating(input: { inferenceId: InferenceId }): Promise<Record<string, never>> {
    await this.#ports.database.write("removeRating", input);
    this.#announce();
    return {};
  }

  #announce(): void {
    this.#ports.changes.announce("registry");
    this.#ports.changes.announce("logs");
  }
}
