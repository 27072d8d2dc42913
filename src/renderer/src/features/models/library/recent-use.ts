import type { VersionId } from "../../../../../shared/contract/ids.ts";

const hourMs = 3_600_000;
const recentMs = 7 * 24 * hourMs;

/** The last seven days by the hour; the same question within one hour, so that its answer is asked once. */
export function recentInput(versionId: VersionId, nowMs = Date.now()) {
  return { versionId, sliceMs: hourMs, sinceMs: Math.ceil(nowMs / hourMs) * hourMs - recentMs };
}
