import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { v7 as uuid } from "uuid";
import { describe, expect, test } from "vitest";
import type { ModelVersion } from "../../../src/shared/contract/registry.ts";
import { transports } from "../../kit/transports.ts";
import { absent, useVersionsBackend } from "./versions-backend.ts";
import { logCall } from "./logged-call.ts";

describe.each(transports)("versions over a %s", (_name, open) => {
  const versions = useVersionsBackend(open);
  const { register, labels } = versions;

  describe("annotate", () => {
    test("changes what is given and leaves the rest", async () => {
      const { id } = await register("noted", "1", { tags: ["b", "a"], note: "first" });
      expect(await versions.registry.annotate({ versionId: id, note: "second" })).toMatchObject({
        tags: ["a", "b"],
        aliases: [],
        note: "second",
      });
      expect(
        await versions.registry.annotate({ versionId: id, tags: ["c"], aliases: ["best", "latest"] }),
      ).toMatchObject({
        tags: ["c"],
        aliases: ["best", "latest"],
        note: "second",
      });
      expect(await labels({ text: "second noted" })).toEqual(["noted@1"]);
    });

    test("an alias moves from its sibling, and means one version only", async () => {
      const one = await register("moved", "1");
      const two = await register("moved", "2");
      await versions.registry.annotate({ versionId: one.id, aliases: ["stable", "old"] });
      await versions.registry.annotate({ versionId: two.id, aliases: ["stable"] });
      expect((await versions.registry.version({ versionId: one.id })).aliases).toEqual(["old"]);
      expect((await versions.registry.find({ name: "moved@stable" })).id).toBe(two.id);
    });

    test("an alias that is a version's label, and a label that is an alias, are refused by name", async () => {
      const { id } = await register("labelled", "1");
      await register("labelled", "2");
      await expect(
        versions.registry.annotate({ versionId: id, aliases: ["fine", "2"], note: "lost" }),
      ).rejects.toMatchObject({
        code: "CONFLICT",
        data: { field: "aliases", value: "2" },
      });
      expect(await versions.registry.version({ versionId: id })).toMatchObject({ aliases: [], note: "" });
      await versions.registry.annotate({ versionId: id, aliases: ["next"] });
      await expect(register("labelled", "next")).rejects.toMatchObject({
        code: "CONFLICT",
        data: { field: "version", value: "next" },
      });
    });

    test.each([
      ["a tag with a space", { tags: ["two words"] }, "tags.0"],
      ["an alias with an at sign", { aliases: ["a@b"] }, "aliases.0"],
      ["a note of eleven thousand characters", { note: "n".repeat(11_000) }, "note"],
    ])("%s is refused by name", async (_what, wrong, field) => {
      const { items } = await versions.registry.versions({ limit: 1 });
      const versionId = items[0]?.id ?? absent;
      await expect(
        versions.registry.annotate({ versionId: versionId as ModelVersion["id"], ...wrong }),
      ).rejects.toMatchObject({
        code: "BAD_REQUEST",
        data: { field },
      });
    });
  });

  describe("status", () => {
    test("candidate, deprecated, retired and registered can be set; what is retired cannot be assigned until it is registered again", async () => {
      const { id } = await register("staged", "1");
      for (const status of ["candidate", "deprecated", "retired"] as const)
        expect((await versions.registry.setStatus({ versionId: id, status })).status).toBe(status);
      await expect(versions.registry.assign({ useCase: "foundation_layer", versionId: id })).rejects.toMatchObject({
        code: "CONFLICT",
        data: { field: "versionId", value: id },
      });
      await versions.registry.setStatus({ versionId: id, status: "registered" });
      await versions.registry.assign({ useCase: "foundation_layer", versionId: id });
      expect((await versions.registry.version({ versionId: id })).status).toBe("active");
    });

    test("`active` cannot be set", async () => {
      const { id } = await register("pushy", "1");
      await expect(versions.registry.setStatus({ versionId: id, status: "active" as "retired" })).rejects.toMatchObject(
        {
          code: "BAD_REQUEST",
          data: { field: "status", value: "active" },
        },
      );
    });

    test("a version that answers keeps its status, and one that is a fallback is not retired", async () => {
      await versions.registry.addUseCase({ name: "guarded", description: "" });
      const live = await register("guard", "1", { useCase: "guarded" });
      const second = await register("guard", "2");
      await versions.registry.assign({ useCase: "guarded", versionId: live.id, fallbacks: [second.id] });
      await expect(versions.registry.setStatus({ versionId: live.id, status: "retired" })).rejects.toMatchObject({
        code: "CONFLICT",
        message: "guard 1 answers guarded, so it is active.",
        data: { field: "status", value: "retired" },
      });
      await expect(versions.registry.setStatus({ versionId: second.id, status: "retired" })).rejects.toMatchObject({
        code: "CONFLICT",
        message: "guard 2 is a fallback of guarded.",
      });
      expect((await versions.registry.setStatus({ versionId: second.id, status: "deprecated" })).status).toBe(
        "deprecated",
      );
    });
  });

  test("configuration, digest and label of a version cannot be changed in place, not even by SQL", () => {
    const db = new Sqlite(join(versions.backend.dataDirectory, "taleward.db"));
    try {
      // The servers of these are away, so that none is pinned yet; that much is written once.
      db.exec(`UPDATE model_versions SET digest = 'sha256:${"a".repeat(64)}'`);
      const changes = ["configuration = '{}'", "digest = 'sha256:0'", "version = '2'", "model_id = 'x'"];
      for (const change of changes)
        expect(() => db.exec(`UPDATE model_versions SET ${change}`)).toThrow(/never changed in place/);
    } finally {
      db.close();
    }
  });

  describe("remove", () => {
    test("a version that nothing refers to goes with its tags and aliases, and its model with the last one", async () => {
      const one = await register("gone", "1", { tags: ["gone"] });
      await versions.registry.annotate({ versionId: one.id, aliases: ["last"] });
      const two = await register("gone", "2");
      await versions.registry.removeVersion({ versionId: two.id });
      await versions.registry.removeVersion({ versionId: one.id });
      await expect(versions.registry.find({ name: "gone@last" })).rejects.toMatchObject({
        message: "There is no model gone@last.",
      });
      const again = await register("gone", "1", {
        provider: "openai",
        configuration: { endpoint: "http://127.0.0.1:9" },
      });
      expect(again.provider).toBe("openai");
    });

    test("what refers to a version keeps it, and the refusal says what that is", async () => {
      await versions.registry.addUseCase({ name: "kept", description: "" });
      const version = await register("keep", "1");
      const spare = await register("keep", "2");
      const other = await register("keep", "3");
      const refusal = (versionId: ModelVersion["id"]) =>
        versions.registry.removeVersion({ versionId }).then(
          () => "removed",
          (error: { code: string; message: string }) => `${error.code}: ${error.message}`,
        );
      await versions.registry.assign({ useCase: "kept", versionId: version.id, fallbacks: [spare.id] });
      await versions.registry.assign({ useCase: "kept", versionId: other.id, fallbacks: [] });
      expect(await refusal(version.id)).toBe(
        "CONFLICT: keep 1 cannot be removed: the assignments, past or present, of kept refer to it.",
      );
      expect(await refusal(spare.id)).toBe(
        "CONFLICT: keep 2 cannot be removed: the fallbacks, past or present, of kept refer to it.",
      );

      const called = await register("called", "1");
      const judge = await register("judge", "1");
      const db = new Sqlite(join(versions.backend.dataDirectory, "taleward.db"));
      try {
        logCall(db, called);
        db.prepare("INSERT INTO test_suites VALUES (?, 'A suite', '', 0)").run("suite");
        db.prepare("INSERT INTO test_cases VALUES (?, 'suite', 0, 'A case', '[]', '{}', ?)").run(
          uuid(),
          JSON.stringify([{ type: "judge", criterion: "Rhymes", judgeVersionId: judge.id }]),
        );
      } finally {
        db.close();
      }
      expect(await refusal(called.id)).toBe("CONFLICT: called 1 cannot be removed: logged calls refer to it.");
      expect(await refusal(judge.id)).toBe(
        "CONFLICT: judge 1 cannot be removed: assertions of test cases refer to it.",
      );
      expect(await labels({ model: "keep" })).toEqual(["keep@3", "keep@2", "keep@1"]);
    });
  });
});
