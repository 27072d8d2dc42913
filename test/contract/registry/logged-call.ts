import type Sqlite from "better-sqlite3";
import { v7 as uuid } from "uuid";
import type { ModelVersion } from "../../../src/shared/contract/registry.ts";

/** Writes a completed call of a version into the log, as a call would; `facts` are columns that are otherwise. */
export function logCall(db: Sqlite.Database, version: ModelVersion, facts: Record<string, string | number> = {}): void {
  const startedAtMs = Number(facts["started_at_ms"] ?? Date.now());
  const row: Record<string, string | number | null> = {
    id: uuid({ msecs: startedAtMs }),
    started_at_ms: startedAtMs,
    use_case: "direct",
    version_id: version.id,
    model: version.model,
    version: version.version,
    provider: version.provider,
    outcome: "completed",
    severity: "none",
    registry_stale: 0,
    prompt_excerpt: "",
    response_excerpt: "",
    options: "{}",
    findings: "[]",
    messages: "[]",
    response: "",
    ...facts,
  };
  const columns = Object.keys(row);
  db.prepare(`INSERT INTO inferences (${columns.join()}) VALUES (${columns.map((name) => `$${name}`).join()})`).run(
    row,
  );
}
