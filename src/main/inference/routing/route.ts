import { type CallTarget, directUseCase, type GenerationOptions } from "../../../shared/contract/inference.ts";
import type { ModelVersion } from "../../../shared/contract/registry.ts";
import { Failure } from "../../base/failure.ts";
import type { RolloutRouter, RoutedArm, VersionDirectory } from "../ports.ts";

/** The versions that a call tries, in order, and how it is logged. */
export interface Route {
  readonly useCase: string;
  /** Empty where nothing is assigned. */
  readonly chain: readonly ModelVersion[];
  readonly defaults: GenerationOptions;
  readonly stale: boolean;
  readonly routed: RoutedArm | null;
}

export interface RoutePorts {
  readonly versions: VersionDirectory;
  readonly rollouts: Pick<RolloutRouter, "armOf">;
}

/** The route of a call for text; calls with the same `key` get the same arm of a rollout. Throws `Failure` where there is no such target. */
export async function textRoute(ports: RoutePorts, target: CallTarget, key: string): Promise<Route> {
  const route = await assignedRoute(ports, target);
  const [version, ...fallbacks] = route.chain;
  const routed = target.type === "use_case" && version ? ports.rollouts.armOf(target.useCase, version, key) : null;
  if (!version || !routed) return route;
  // Who is on the stable arm stays off the candidate, even where it is a fallback.
  const others = [version, ...fallbacks.filter(({ id }) => id !== routed.candidate.id)];
  return { ...route, chain: routed.arm === "candidate" ? [routed.candidate, ...others] : others, routed };
}

/**
 * The route of a call for vectors: to the version that is assigned, and to no other. Vectors of two models cannot be compared,
 * so no fallback answers in its place, and no rollout sends a share of a use case's calls elsewhere: they change when the
 * assignment does. A rollout does not count them either; it judges text.
 */
export async function vectorsRoute(ports: RoutePorts, target: CallTarget): Promise<Route> {
  const route = await assignedRoute(ports, target);
  return { ...route, chain: route.chain.slice(0, 1) };
}

async function assignedRoute(ports: RoutePorts, target: CallTarget): Promise<Route> {
  if (target.type === "version") {
    const chain = [await ports.versions.version(target.versionId)];
    return { useCase: directUseCase, chain, defaults: {}, stale: false, routed: null };
  }
  const resolved = await ports.versions.resolve(target.useCase);
  if (!resolved)
    throw new Failure("NOT_FOUND", `There is no use case ${target.useCase}.`, {
      field: "useCase",
      value: target.useCase,
      remedy: "List the use cases and use one of their names, or add it first.",
    });
  const { version, fallbacks, defaults, stale } = resolved;
  return { useCase: target.useCase, chain: version ? [version, ...fallbacks] : [], defaults, stale, routed: null };
}
