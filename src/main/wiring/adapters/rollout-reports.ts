import type { RolloutId, VersionId } from "../../../shared/contract/ids.ts";
import type { RolloutPlan } from "../../../shared/contract/rollout-plan.ts";
import type { Calibration } from "../../../shared/contract/rollout-simulation.ts";
import type { WayBack } from "../../../shared/contract/rollouts.ts";
import type { DatabasePool } from "../../db/pool.ts";
import { isWithinRollbackWindow } from "../../rollouts/decision/rollback-window.ts";
import type { DeploymentManager } from "../../rollouts/deployment-manager.ts";
import { toArgoRollout } from "../../rollouts/export/argo.ts";
import { toKserve } from "../../rollouts/export/kserve.ts";
import type { CandidateVersions } from "../../rollouts/ports.ts";
import { calibrationOf } from "../../rollouts/studies/rollout-calibration.ts";

export interface RolloutReportsParts {
  readonly database: DatabasePool;
  readonly deployments: DeploymentManager;
  readonly versions: CandidateVersions;
}

/** What can be read of a rollout beside its state: how well it was predicted, and its plan in other systems' words. */
export class RolloutReports {
  readonly #parts: RolloutReportsParts;

  constructor(parts: RolloutReportsParts) {
    this.#parts = parts;
  }

  /** Null while the rollout is in progress. Throws `Failure` NOT_FOUND. */
  calibration(input: { rolloutId: RolloutId }): Promise<Calibration | null> {
    return calibrationOf(this.#parts, input);
  }

  /** Null while the candidate is not what is assigned. Throws `Failure` NOT_FOUND. */
  async wayBack({ rolloutId }: { rolloutId: RolloutId }): Promise<WayBack | null> {
    const { database } = this.#parts;
    const { useCase, plan, stable, candidate, status } = await database.read("getRollout", { rolloutId });
    if (status.state !== "healthy") return null;
    const history = (await database.read("assignmentHistory", { useCase })).map(({ versionId }) => versionId);
    if (history[0] !== candidate.versionId) return null;
    return {
      useCase,
      version: stable,
      plan: { ...plan, startAtMs: undefined },
      withinRollbackWindow: isWithinRollbackWindow(history, stable.versionId, plan.rollbackWindow),
    };
  }

  /** Throws `Failure` NOT_FOUND where there is no such version. */
  async manifest(input: {
    readonly plan: RolloutPlan;
    readonly useCase: string;
    readonly candidateVersionId: VersionId;
    readonly kind: "argo" | "kserve";
  }): Promise<{ yaml: string }> {
    const { plan, useCase, candidateVersionId, kind } = input;
    const candidate = await this.#parts.versions.version(candidateVersionId);
    return { yaml: (kind === "argo" ? toArgoRollout : toKserve)(plan, { useCase, candidate }) };
  }
}
