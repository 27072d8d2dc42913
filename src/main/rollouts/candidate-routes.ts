import type { RolloutId, VersionId } from "../../shared/contract/ids.ts";
import type { ModelVersion } from "../../shared/contract/registry.ts";
import type { RoutedArm } from "../inference/ports.ts";
import { armOf, saltOf } from "./decision/arm-assignment.ts";

/** What routing knows of the rollout in progress on a use case. */
interface CandidateRoute {
  readonly rolloutId: RolloutId;
  readonly salt: number;
  readonly stableId: VersionId;
  readonly candidate: ModelVersion;
  /** 0 to 100; at 0 the candidate is not asked any more, not even by calls in progress. */
  candidatePercent: number;
  /** Aborted with the weight that goes back to 0, for the calls that were routed by it. */
  withdrawal: AbortController;
}

/** The weights as they are routed by: one map look-up a call. Only the runner of a rollout changes its weight. */
export class CandidateRoutes {
  readonly #routes = new Map<string, CandidateRoute>();

  /** Null where no rollout replaces `stable` on the use case, as when another version was assigned by hand meanwhile. */
  armOf(useCase: string, stable: ModelVersion, key: string): RoutedArm | null {
    const route = this.#routes.get(useCase);
    if (route === undefined || route.stableId !== stable.id) return null;
    return {
      rolloutId: route.rolloutId,
      arm: armOf(route, key),
      armPercent: route.candidatePercent,
      candidate: route.candidate,
      withdrawal: route.withdrawal.signal,
    };
  }

  /** From the next call on; a weight of 0 is in effect for calls in progress too. */
  setWeight(useCase: string, rolloutId: RolloutId, candidatePercent: number): void {
    const route = this.#routes.get(useCase);
    if (route === undefined || route.rolloutId !== rolloutId) return;
    route.candidatePercent = candidatePercent;
    if (candidatePercent > 0) return;
    route.withdrawal.abort();
    route.withdrawal = new AbortController();
  }

  /** From weight 0. */
  put(useCase: string, route: Pick<CandidateRoute, "rolloutId" | "stableId" | "candidate">): void {
    const withdrawal = new AbortController();
    this.#routes.set(useCase, { ...route, salt: saltOf(route.rolloutId), candidatePercent: 0, withdrawal });
  }

  has(useCase: string, rolloutId: RolloutId): boolean {
    return this.#routes.get(useCase)?.rolloutId === rolloutId;
  }

  remove(useCase: string, rolloutId: RolloutId): void {
    if (this.#routes.get(useCase)?.rolloutId === rolloutId) this.#routes.delete(useCase);
  }

  /** The routed weight; 0 where the rollout is not routed. */
  percentOf(useCase: string, rolloutId: RolloutId): number {
    const route = this.#routes.get(useCase);
    return route !== undefined && route.rolloutId === rolloutId ? route.candidatePercent : 0;
  }
}
