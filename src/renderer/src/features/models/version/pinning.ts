import { useQuery } from "@tanstack/react-query";
import type { ModelVersion, Pinning } from "../../../../../shared/contract/registry.ts";
import { queries } from "../../../api/connection.ts";

/** Why a version has no digest; null for one that has, and until it is known. Asking may pin it, which is then announced. */
export function usePinning({ id, digest }: ModelVersion): Pinning | null {
  const asked = queries.registry.pinning.queryOptions({ input: { versionId: id } });
  return useQuery({ ...asked, enabled: digest === null }).data ?? null;
}

/** Pinned as soon as its server reports what the name refers to. */
export function isWaiting(pinning: Pinning | null): boolean {
  return pinning?.state === "away" || pinning?.state === "missing";
}
