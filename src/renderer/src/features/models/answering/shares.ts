import type { VersionId } from "../../../../../shared/contract/ids.ts";
import type { Rollout } from "../../../../../shared/contract/rollout-status.ts";
import type { UseCase } from "../../../../../shared/contract/registry.ts";

/** A version's part in a use case's calls as they are routed now. */
export interface Share {
  readonly versionId: VersionId;
  readonly model: string;
  readonly version: string;
  /** Of the calls, 0 to 100. */
  readonly percent: number;
  readonly arm: "stable" | "candidate";
}

/** The assigned version, and the candidate of a rollout in progress with what it gets; nobody where nothing is assigned. */
export function sharesOf(
  { name, assignment }: Pick<UseCase, "name" | "assignment">,
  inProgress: readonly Pick<Rollout, "useCase" | "stable" | "candidate" | "status">[],
): readonly Share[] {
  if (assignment === null) return [];
  const { versionId, model, version } = assignment;
  // Where another version was assigned meanwhile it answers all, whatever the rollout's end still waits for.
  const rollout = inProgress.find(({ useCase, stable }) => useCase === name && stable.versionId === versionId);
  const percent = rollout?.status.candidatePercent ?? 0;
  const stable: Share = { versionId, model, version, percent: 100 - percent, arm: "stable" };
  return rollout === undefined ? [stable] : [stable, { ...rollout.candidate, percent, arm: "candidate" }];
}

/** Of a version in a use case: "live" where it answers all, else the percent it is routed. */
export function shareLabel({ percent, arm }: Share): string {
  if (arm === "stable" && percent === 100) return "live";
  if (percent === 0) return arm === "stable" ? "stands by, 0 %" : "candidate, 0 %";
  return arm === "stable" ? `${percent} %` : `candidate, ${percent} %`;
}
