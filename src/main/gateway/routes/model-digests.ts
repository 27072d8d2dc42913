import { hash } from "node:crypto";
import type { VersionId } from "../../../shared/contract/ids.ts";
import type { ModelVersion } from "../../../shared/contract/registry.ts";

/**
 * The digest of each version as programs are given it: 64 hex digits, since Ollama's own client cuts them without looking. Programs
 * take names of one digest for one model and call it by any of them, so no two versions have the same: the oldest with a content
 * has that content's digest, every other one, and each whose content nobody knows, one made from its id. It stays the same.
 */
export function digestsOf(versions: readonly ModelVersion[]): ReadonlyMap<VersionId, string> {
  const oldest = new Map<string, ModelVersion>();
  for (const version of versions) {
    const content = contentOf(version);
    const before = content === null ? undefined : oldest.get(content);
    if (content !== null && (before === undefined || isOlder(version, before))) oldest.set(content, version);
  }
  return new Map(
    versions.map((version) => {
      const content = contentOf(version);
      const isFirst = content !== null && oldest.get(content) === version;
      return [version.id, isFirst ? content : digestOfText(`version ${version.id}`)];
    }),
  );
}

/** 64 hex digits. */
export function digestOfText(text: string): string {
  return hash("sha256", `taleward ${text}`);
}

function contentOf({ digest }: ModelVersion): string | null {
  return digest === null ? null : (/^sha256:([0-9a-f]{64})$/i.exec(digest)?.[1]?.toLowerCase() ?? null);
}

function isOlder(one: ModelVersion, other: ModelVersion): boolean {
  if (one.createdAtMs !== other.createdAtMs) return one.createdAtMs < other.createdAtMs;
  return one.id < other.id;
}
