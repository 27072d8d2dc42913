import type { ModelVersion } from "../../../shared/contract/registry.ts";
import type { RolloutRouter, RoutedArm, ShadowCall } from "../../inference/ports.ts";

/** The rollouts as calls see them. The deployments are created from the client that calls, so they are connected after it. */
export class ConnectedRollouts implements RolloutRouter {
  #deployments: RolloutRouter | null = null;

  /** Until then no use case is under a rollout. */
  connect(deployments: RolloutRouter): void {
    this.#deployments = deployments;
  }

  armOf(useCase: string, stable: ModelVersion, key: string): RoutedArm | null {
    return this.#deployments === null ? null : this.#deployments.armOf(useCase, stable, key);
  }

  answeredByStable(copy: ShadowCall): void {
    this.#deployments?.answeredByStable(copy);
  }
}
