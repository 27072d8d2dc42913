import type { VersionId } from "../../../shared/contract/ids.ts";

/**
 * Whether going to `candidate` is going back to a version that was stable a short while ago: with fewer than `window` other
 * versions between. `history` is what was assigned, newest first, the stable version of now among it.
 */
export function isWithinRollbackWindow(history: readonly VersionId[], candidate: VersionId, window: number): boolean {
  const [stable, ...before] = history;
  const since = before.indexOf(candidate);
  if (since < 0) return false;
  const between = new Set(before.slice(0, since));
  if (stable !== undefined) between.delete(stable);
  return between.size < window;
}
