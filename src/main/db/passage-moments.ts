import type { ChangeKind, PassageMoment } from "../../shared/contract/stories/history.ts";

interface Change {
  readonly revision: number;
  readonly baseRevision: number;
  readonly kind: ChangeKind;
  readonly beganAtMs: number;
  readonly atMs: number;
  readonly added: number;
  readonly removed: number;
}

/** Who stops typing for so long, in milliseconds, begins another moment. */
const pauseMs = 2 * 60_000;
/** Whoever deletes more than a slip of the fingers, in UTF-16 units, may want the text before it back. */
const slip = 20;

/**
 * The moments of a text from its changes, newest first: each the text after a change with another after it that is worth
 * going back behind. Where the changes are the `whole` history, the text they began from is the last moment; `atMs` is when
 * a text without any change was saved.
 */
export function momentsOf(
  changes: readonly Change[],
  { atMs, whole }: { readonly atMs: number; readonly whole: boolean },
): PassageMoment[] {
  const moments: PassageMoment[] = [];
  for (const [index, change] of changes.entries()) {
    const newer = changes[index - 1];
    const last = moments.at(-1);
    if (newer === undefined || last === undefined || isBoundary(change, newer)) {
      const { revision, kind, added, removed } = change;
      moments.push({ revision, atMs: change.atMs, kind, added, removed });
    } else {
      moments[moments.length - 1] = {
        ...last,
        added: last.added + change.added,
        removed: last.removed + change.removed,
      };
    }
  }
  const first = changes.at(-1);
  if (whole && first !== undefined)
    moments.push({ revision: first.baseRevision, atMs: first.beganAtMs, kind: null, added: 0, removed: 0 });
  if (whole && first === undefined) moments.push({ revision: 0, atMs, kind: null, added: 0, removed: 0 });
  return moments;
}

/** Whether the text between two changes is worth a moment of its own. */
function isBoundary(older: Change, newer: Change): boolean {
  return (
    older.kind !== "typed" || newer.kind !== "typed" || newer.removed > slip || newer.beganAtMs - older.atMs > pauseMs
  );
}
