import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { describe, expect, test } from "vitest";
import type { ModelVersion } from "../../../src/shared/contract/registry.ts";
import { transports } from "../../kit/transports.ts";
import { absent, useVersionsBackend } from "./versions-backend.ts";
import { logCall } from "./logged-call.ts";

describe.each(transports)("versions over a %s", (_name, open) => {
  const versions = useVersionsBackend(open);
  const { register } = versions;

  describe("performance", () => {
    test("tells counts, nearest-rank percentiles and tokens per second, a slice of time at a time, oldest first", async () => {
      const version = await register("timed", "1");
      const sibling = await register("timed", "2");
      const minute = 600_000;
      const db = new Sqlite(join(versions.backend.dataDirectory, "taleward.db"));
      try {
        for (let call = 1; call <= 20; call += 1)
          logCall(db, version, {
            started_at_ms: minute + call,
            first_token_ms: call,
            total_ms: call * 10,
            decode_ms: 1_000,
            completion_tokens: call,
          });
        logCall(db, version, { started_at_ms: minute + 40, outcome: "failed", total_ms: 9_999 });
        logCall(db, version, { started_at_ms: minute + 41, outcome: "running" });
        logCall(db, version, { started_at_ms: 3 * minute, outcome: "held", severity: "high", total_ms: 5 });
        logCall(db, version, { started_at_ms: 3 * minute + 1, severity: "low", total_ms: 7, completion_tokens: 3 });
        logCall(db, version, { started_at_ms: 100, total_ms: 1 });
        logCall(db, sibling, { started_at_ms: minute + 1, total_ms: 1 });
      } finally {
        db.close();
      }
      const none = { firstTokenP50Ms: null, firstTokenP95Ms: null, tokensPerSecondP50: null };
      expect(await versions.registry.performance({ versionId: version.id, sinceMs: minute, sliceMs: minute })).toEqual([
        {
          fromMs: minute,
          calls: 21,
          failed: 1,
          violations: 0,
          held: 0,
          firstTokenP50Ms: 10,
          firstTokenP95Ms: 19,
          totalP50Ms: 100,
          totalP95Ms: 190,
          tokensPerSecondP50: 10,
          completionTokens: 210,
        },
        {
          fromMs: 3 * minute,
          calls: 2,
          failed: 0,
          violations: 2,
          held: 1,
          ...none,
          totalP50Ms: 7,
          totalP95Ms: 7,
          completionTokens: 3,
        },
      ]);
    });

    test("a version that is not there, and slices of a second, are refused by name", async () => {
      const versionId = absent as ModelVersion["id"];
      await expect(versions.registry.performance({ versionId, sinceMs: 0, sliceMs: 60_000 })).rejects.toMatchObject({
        code: "NOT_FOUND",
        data: { field: "versionId" },
      });
      await expect(versions.registry.performance({ versionId, sinceMs: 0, sliceMs: 1_000 })).rejects.toMatchObject({
        code: "BAD_REQUEST",
        data: { field: "sliceMs", value: "1000" },
      });
    });
  });
});
