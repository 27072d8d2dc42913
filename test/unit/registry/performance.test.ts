import { expect, test } from "vitest";
import { v7 as uuid } from "uuid";
import { firstCallId } from "../../../src/main/db/call-ids.ts";
import { partsOfRescued } from "../../../src/main/db/queries/registry/parts.ts";
import { performanceReads } from "../../../src/main/db/queries/registry/performance.ts";
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

test("calls that a fallback took over are found by their own index alone, however many others there are", () => {
  const db = emptyRegistry();
  try {
    const [id, rescuer] = [versionId.parse(uuid()), versionId.parse(uuid())];
    const startedAtMs = 1_700_000_000_000;
    const insert = db.prepare(
      `INSERT INTO inferences (id, started_at_ms, use_case, version_id, model, version, provider, outcome, severity, registry_stale,
         prompt_excerpt, response_excerpt, options, findings, messages, response, attempts)
       VALUES (?, ?, 'direct', ?, 'llama', '1', 'ollama', 'completed', 'none', 0, '', '', '{}', '[]', '[]', '', ?)`,
    );
    const attempt = (version: string, outcome: string, next: string) => ({
      versionId: version,
      outcome,
      errorClass: outcome === "failed" ? "timeout" : null,
      atMs: outcome === "failed" ? 2 : 32,
      durationMs: 30,
      next,
    });
    const answered = [attempt(rescuer, "answered", "end")];
    const at = (position: number) => uuid({ msecs: startedAtMs + position });
    db.transaction(() => {
      for (let call = 0; call < 100; call += 1)
        insert.run(at(call), startedAtMs + call, rescuer, JSON.stringify(answered));
      insert.run(at(100), startedAtMs + 100, rescuer, JSON.stringify([attempt(id, "failed", "fallback"), ...answered]));
    })();
    const asked: string[] = [];
    const listening = new Proxy(db, {
      get: (target, key) => {
        if (key !== "prepare") return Reflect.get(target, key, target);
        return (sql: string) => {
          asked.push(sql);
          return target.prepare(sql);
        };
      },
    });
    const parts = partsOfRescued(listening, { versionId: id, firstId: firstCallId(startedAtMs) });
    expect(parts).toEqual([
      { id: expect.any(String), startedAtMs: startedAtMs + 100, isLast: false, fromMs: 2, untilMs: 32, failed: true },
    ]);
    expect(asked).toHaveLength(1);
    const plan = db.prepare(`EXPLAIN QUERY PLAN ${asked[0]}`).all({ versionId: id, firstId: "", maxRows: -1 });
    expect(plan).toContainEqual(
      expect.objectContaining({ detail: "SEARCH inferences USING COVERING INDEX inferences_rescued (id>?)" }),
    );
    expect(
      db
        .prepare(
          'SELECT count(*) FROM inferences INDEXED BY inferences_rescued WHERE instr(attempts, \'"next":"fallback"\') > 0',
        )
        .pluck()
        .get(),
    ).toBe(1);
  } finally {
    db.close();
  }
});
