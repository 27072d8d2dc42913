import { useQuery } from "@tanstack/react-query";
import type { ModelVersion, Pinning } from "../../../../../shared/contract/registry.ts";
import { queries } from "../../../api/connection.ts";

/** Why a version has no digest; null for one that has, and until it is known. Asking may pin it, which is then announced. */
export function usePinning({ id, digest }: ModelVersion): Pinning | null {
  const asked = queries.registry.pinning.queryOptions({ input: { versionId: id } });
  return useQuery({ ...asked, enabled: digest === null }).data ?? null;
}

/** It will be pinned once its server says what the name holds. */
export function isWaiting(pinning: Pinning | null): boolean {
  return pinning?.state === "away" || pinning?.state === "missing";
}
