import type { RolloutId } from "../../shared/contract/ids.ts";
import type { Rollout } from "../../shared/contract/rollout-status.ts";
import type { EvidencePoint, RolloutView } from "../../shared/contract/rollouts.ts";
import type { DatabasePool } from "../db/pool.ts";
import type { StoredRollout } from "../db/queries/rollouts.ts";
import { waitingFor } from "./decision/explain.ts";
import type { RolloutCounts } from "./rollout-counts.ts";
import type { RolloutFacts } from "./decision/rollout-facts.ts";
import { countsFromLog } from "./rollout-log.ts";

const kept = 8;

/** Rollouts that nobody runs any more, as the log has them; what the latest that were looked at came to is kept. */
export class EndedRollouts {
  readonly #database: DatabasePool;
  readonly #nowMs: () => number;
  readonly #counted = new Map<RolloutId, { finishedAtMs: number; counts: RolloutCounts }>();

  constructor(database: DatabasePool, nowMs: () => number) {
    this.#database = database;
    this.#nowMs = nowMs;
  }

  /** Throws `Failure` NOT_FOUND, as the next one does. */
  async view(id: RolloutId): Promise<RolloutView> {
    const { rollout, counts } = await this.#count(id);
    return { rollout: asEnded(rollout), analysis: counts.analysis };
  }

  async line(id: RolloutId): Promise<EvidencePoint[]> {
    return (await this.#count(id)).counts.line;
  }

  async #count(id: RolloutId): Promise<{ rollout: StoredRollout; counts: RolloutCounts }> {
    const rollout = await this.#database.read("getRollout", { rolloutId: id });
    const before = this.#counted.get(id);
    if (before && before.finishedAtMs === rollout.finishedAtMs) return { rollout, counts: before.counts };
    const { counts } = await countsFromLog(this.#database, rollout, this.#nowMs());
    if (rollout.finishedAtMs !== null) this.#counted.set(id, { finishedAtMs: rollout.finishedAtMs, counts });
    for (const old of this.#counted.keys()) if (this.#counted.size > kept) this.#counted.delete(old);
    return { rollout, counts };
  }
}

/** It waits for nothing any more, so that its facts do not matter. */
export function asEnded(rollout: StoredRollout): Rollout {
  return { ...rollout, waitingFor: waitingFor(rollout.plan, rollout.status, noFacts, 0, "call") };
}

const noFacts: RolloutFacts = {
  units: { stable: 0, candidate: 0 },
  unitsInProgress: 0,
  evidence: 1,
  threshold: 1,
  pass: 1,
  passThreshold: 1,
  sampleRatio: 1,
  sampleRatioThreshold: 1,
  shadowEvidence: 1,
  shadowThreshold: Number.POSITIVE_INFINITY,
  errors: 0,
  held: 0,
  leading: null,
  breach: null,
  missedObjectives: [],
  warmed: true,
  gate: null,
  failing: null,
  assigned: true,
  withinRollbackWindow: false,
};
