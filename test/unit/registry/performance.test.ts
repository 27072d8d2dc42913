import { expect, test } from "vitest";
import { v7 as uuid } from "uuid";
import { firstCallId } from "../../../src/main/db/call-ids.ts";
import { performanceReads } from "../../../src/main/db/queries/registry-performance.ts";
import { versionId } from "../../../src/shared/contract/ids.ts";
import { emptyRegistry } from "../../kit/empty-registry.ts";

test("an answer of more slices than anybody can look at is refused by name; longer slices are not", () => {
  const db = emptyRegistry();
  try {
    const id = versionId.parse(uuid());
    db.exec(`INSERT INTO models VALUES ('m', 'llama', 'self_hosted', 'ollama', 1);
      INSERT INTO model_versions (id, model_id, version, status, configuration, created_at_ms)
      VALUES ('${id}', 'm', '1', 'registered', '{}', 1)`);
    const insert = db.prepare(
      `INSERT INTO inferences (id, started_at_ms, use_case, version_id, model, version, provider, outcome, severity, registry_stale,
         prompt_excerpt, response_excerpt, options, findings, messages, response)
       VALUES (?, ?, 'direct', ?, 'llama', '1', 'ollama', 'completed', 'none', 0, '', '', '{}', '[]', '[]', '')`,
    );
    const minuteMs = 60_000;
    db.transaction(() => {
      for (let minute = 0; minute <= 10_000; minute += 1)
        insert.run(uuid({ msecs: minute * minuteMs }), minute * minuteMs, id);
    })();
    const ask = (sliceMs: number) => performanceReads.versionPerformance(db, { versionId: id, sinceMs: 0, sliceMs });
    expect(() => ask(minuteMs)).toThrow(
      expect.objectContaining({
        code: "BAD_REQUEST",
        data: expect.objectContaining({ field: "sliceMs", value: "60000" }),
      }),
    );
    const slices = ask(2 * minuteMs);
    expect(slices.map(({ fromMs }) => fromMs)).toEqual(
      Array.from({ length: 5_001 }, (_, index) => index * 2 * minuteMs),
    );
    expect(slices[0]?.calls).toBe(2);
  } finally {
    db.close();
  }
});

test("the first id of a time is before every id made at it or later, and after those made two minutes before", () => {
  for (const msecs of [0, 5, 1_700_000_000_000, 281_474_976_710_655]) {
    expect(firstCallId(msecs) <= uuid({ msecs })).toBe(true);
    if (msecs > 120_000) expect(firstCallId(msecs) > uuid({ msecs: msecs - 120_000 })).toBe(true);
  }
});
