import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { v7 as uuid } from "uuid";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Backend } from "../../../src/main/backend.ts";
import type { ModelVersion, RegisterModelInput, VersionFilter } from "../../../src/shared/contract/registry.ts";
import { startBackend } from "../../kit/backend.ts";
import { type Client, type Transport, transports } from "../../kit/transports.ts";

const absent = "019ab000-0000-7000-8000-000000000001";

describe.each(transports)("versions over a %s", (_name, open) => {
  let backend: Backend;
  let transport: Transport;
  let registry: Client["registry"];
  beforeAll(async () => {
    backend = await startBackend();
    transport = await open(backend.router);
    registry = transport.client.registry;
  });
  afterAll(async () => {
    await transport.close();
    await backend.close();
  });

  const register = (
    modelName: string,
    version: string,
    more: Partial<RegisterModelInput> = {},
  ): Promise<ModelVersion> => registry.registerModel({ modelName, provider: "ollama", version, ...more });
  const labels = async (filter: VersionFilter) =>
    (await registry.versions(filter)).items.map(({ model, version }) => `${model}@${version}`);

  test("pages hold every version once, newest first, and tell the total on each", async () => {
    for (let number = 1; number <= 7; number += 1) await register("paged", String(number), { tags: ["page"] });
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await registry.versions({ tag: "page", limit: 3, ...(cursor === undefined ? {} : { cursor }) });
      expect(page.total).toBe(7);
      seen.push(...page.items.map(({ version }) => version));
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined && seen.length < 20);
    expect(seen).toEqual(["7", "6", "5", "4", "3", "2", "1"]);
  });

  test("a last page that is full has no page after it", async () => {
    const page = await registry.versions({ tag: "page", limit: 7 });
    expect(page.nextCursor).toBeNull();
  });

  test("a cursor that is none is refused by name", async () => {
    await expect(registry.versions({ cursor: "yesterday" })).rejects.toMatchObject({
      code: "BAD_REQUEST",
      data: { field: "cursor", value: "yesterday" },
    });
  });

  test("words are found in model, version, tag and note, in any case and any language, all of them together", async () => {
    await register("Märchen", "Süß-1", { tags: ["Grimm"], note: "Für lange Nächte, 50 % leiser, a_b" });
    await register("maerchen", "2", { note: "For long nights, 5 louder, acb" });
    const texts = ["märchen", "SÜß-1", "grimm", "lange NÄCHTE", "nächte märchen", "50 %", "a_b"];
    expect(await Promise.all(texts.map((text) => labels({ text })))).toEqual(texts.map(() => ["Märchen@Süß-1"]));
    expect(await labels({ text: "lange nights" })).toEqual([]);
  });

  test("model, provider, status, tag, use case and drift each filter by itself and together", async () => {
    await register("filtered", "1", { tags: ["a"] });
    const two = await register("filtered", "2", { tags: ["a", "b"], useCase: "coordination_layer" });
    const remote = await register("elsewhere", "1", {
      provider: "openai",
      modelType: "remote",
      configuration: { endpoint: "http://127.0.0.1:9/v1" },
    });
    expect(await labels({ model: "filtered" })).toEqual(["filtered@2", "filtered@1"]);
    expect(await labels({ provider: "openai" })).toEqual(["elsewhere@1"]);
    expect(await labels({ model: "filtered", status: "active" })).toEqual(["filtered@2"]);
    expect(await labels({ tag: "b" })).toEqual(["filtered@2"]);
    expect(await labels({ useCase: "coordination_layer" })).toEqual(["filtered@2"]);
    expect(await labels({ useCase: "coordination_layer", tag: "c" })).toEqual([]);
    expect(await labels({ drifted: true })).toEqual([]);
    expect((await registry.versions({ drifted: false, limit: 1 })).total).toBe((await registry.versions({})).total);
    expect(two.assignedTo).toEqual(["coordination_layer"]);
    expect(await registry.version({ versionId: remote.id })).toEqual(remote);
  });

  test("a version that is not there is NOT_FOUND by its field", async () => {
    await expect(registry.version({ versionId: absent as ModelVersion["id"] })).rejects.toMatchObject({
      code: "NOT_FOUND",
      data: { field: "versionId", value: absent },
    });
  });

  describe("find", () => {
    test("reads model@version, model@alias, and a model alone as its newest that is not retired", async () => {
      const one = await register("found", "1.0");
      const two = await register("found", "2.0");
      const three = await register("found", "3.0");
      await registry.setStatus({ versionId: three.id, status: "retired" });
      await registry.annotate({ versionId: one.id, aliases: ["stable"] });
      const id = async (name: string) => (await registry.find({ name })).id;
      expect([await id("found@1.0"), await id("found@stable"), await id("found"), await id("found@3.0")]).toEqual([
        one.id,
        one.id,
        two.id,
        three.id,
      ]);
    });

    test("takes names with colons, slashes and at signs, and the longest model name that fits", async () => {
      const short = await register("hf.co/a", "b@c");
      const long = await register("hf.co/a@b", "c");
      const whole = await register("hf.co/a@b@c:q4", "1");
      const id = async (name: string) => (await registry.find({ name })).id;
      expect(await id("hf.co/a@b@c")).toBe(long.id);
      expect(await id("hf.co/a@b@c:q4")).toBe(whole.id);
      expect(await id("hf.co/a@b@c:q4@1")).toBe(whole.id);
      expect(await id("hf.co/a")).toBe(short.id);
    });

    test("what is not there is told with what there is", async () => {
      const refusal = (name: string) =>
        registry.find({ name }).then(
          () => null,
          (error: unknown) => error,
        );
      expect(await refusal("found@9")).toMatchObject({
        code: "NOT_FOUND",
        message: "found has no version or alias 9.",
        data: { field: "name", value: "found@9", remedy: "It has found@3.0, found@2.0, found@1.0, found@stable." },
      });
      expect(await refusal("no-such-model")).toMatchObject({
        code: "NOT_FOUND",
        message: "There is no model no-such-model.",
        data: { field: "name", remedy: expect.stringContaining("found") },
      });
      const only = await register("withdrawn", "1");
      await registry.setStatus({ versionId: only.id, status: "retired" });
      expect(await refusal("withdrawn")).toMatchObject({ message: "Every version of withdrawn is retired." });
    });
  });

  describe("annotate", () => {
    test("changes what is given and leaves the rest", async () => {
      const { id } = await register("noted", "1", { tags: ["b", "a"], note: "first" });
      expect(await registry.annotate({ versionId: id, note: "second" })).toMatchObject({
        tags: ["a", "b"],
        aliases: [],
        note: "second",
      });
      expect(await registry.annotate({ versionId: id, tags: ["c"], aliases: ["best", "latest"] })).toMatchObject({
        tags: ["c"],
        aliases: ["best", "latest"],
        note: "second",
      });
      expect(await labels({ text: "second noted" })).toEqual(["noted@1"]);
    });

    test("an alias moves from its sibling, and means one version only", async () => {
      const one = await register("moved", "1");
      const two = await register("moved", "2");
      await registry.annotate({ versionId: one.id, aliases: ["stable", "old"] });
      await registry.annotate({ versionId: two.id, aliases: ["stable"] });
      expect((await registry.version({ versionId: one.id })).aliases).toEqual(["old"]);
      expect((await registry.find({ name: "moved@stable" })).id).toBe(two.id);
    });

    test("an alias that is a version's label, and a label that is an alias, are refused by name", async () => {
      const { id } = await register("labelled", "1");
      await register("labelled", "2");
      await expect(registry.annotate({ versionId: id, aliases: ["fine", "2"], note: "lost" })).rejects.toMatchObject({
        code: "CONFLICT",
        data: { field: "aliases", value: "2" },
      });
      expect(await registry.version({ versionId: id })).toMatchObject({ aliases: [], note: "" });
      await registry.annotate({ versionId: id, aliases: ["next"] });
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
      const { items } = await registry.versions({ limit: 1 });
      const versionId = items[0]?.id ?? absent;
      await expect(registry.annotate({ versionId: versionId as ModelVersion["id"], ...wrong })).rejects.toMatchObject({
        code: "BAD_REQUEST",
        data: { field },
      });
    });
  });

  describe("status", () => {
    test("candidate, deprecated, retired and registered can be set; what is retired cannot be assigned until it is registered again", async () => {
      const { id } = await register("staged", "1");
      for (const status of ["candidate", "deprecated", "retired"] as const)
        expect((await registry.setStatus({ versionId: id, status })).status).toBe(status);
      await expect(registry.assign({ useCase: "foundation_layer", versionId: id })).rejects.toMatchObject({
        code: "CONFLICT",
        data: { field: "versionId", value: id },
      });
      await registry.setStatus({ versionId: id, status: "registered" });
      await registry.assign({ useCase: "foundation_layer", versionId: id });
      expect((await registry.version({ versionId: id })).status).toBe("active");
    });

    test("`active` cannot be set", async () => {
      const { id } = await register("pushy", "1");
      await expect(registry.setStatus({ versionId: id, status: "active" as "retired" })).rejects.toMatchObject({
        code: "BAD_REQUEST",
        data: { field: "status", value: "active" },
      });
    });

    test("a version that answers keeps its status, and one that is a fallback is not retired", async () => {
      await registry.addUseCase({ name: "guarded", description: "" });
      const live = await register("guard", "1", { useCase: "guarded" });
      const second = await register("guard", "2");
      await registry.assign({ useCase: "guarded", versionId: live.id, fallbacks: [second.id] });
      await expect(registry.setStatus({ versionId: live.id, status: "retired" })).rejects.toMatchObject({
        code: "CONFLICT",
        message: "guard 1 answers guarded, so it is active.",
        data: { field: "status", value: "retired" },
      });
      await expect(registry.setStatus({ versionId: second.id, status: "retired" })).rejects.toMatchObject({
        code: "CONFLICT",
        message: "guard 2 is a fallback of guarded.",
      });
      expect((await registry.setStatus({ versionId: second.id, status: "deprecated" })).status).toBe("deprecated");
    });
  });

  test("configuration, digest and label of a version cannot be changed in place, not even by SQL", () => {
    const db = new Sqlite(join(backend.dataDirectory, "taleward.db"));
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
      await registry.annotate({ versionId: one.id, aliases: ["last"] });
      const two = await register("gone", "2");
      await registry.removeVersion({ versionId: two.id });
      await registry.removeVersion({ versionId: one.id });
      await expect(registry.find({ name: "gone@last" })).rejects.toMatchObject({
        message: "There is no model gone@last.",
      });
      const again = await register("gone", "1", {
        provider: "openai",
        configuration: { endpoint: "http://127.0.0.1:9" },
      });
      expect(again.provider).toBe("openai");
    });

    test("what refers to a version keeps it, and the refusal says what that is", async () => {
      await registry.addUseCase({ name: "kept", description: "" });
      const version = await register("keep", "1");
      const spare = await register("keep", "2");
      const other = await register("keep", "3");
      const refusal = (versionId: ModelVersion["id"]) =>
        registry.removeVersion({ versionId }).then(
          () => "removed",
          (error: { code: string; message: string }) => `${error.code}: ${error.message}`,
        );
      await registry.assign({ useCase: "kept", versionId: version.id, fallbacks: [spare.id] });
      await registry.assign({ useCase: "kept", versionId: other.id, fallbacks: [] });
      expect(await refusal(version.id)).toBe(
        "CONFLICT: keep 1 cannot be removed: the assignments, past or present, of kept refer to it.",
      );
      expect(await refusal(spare.id)).toBe(
        "CONFLICT: keep 2 cannot be removed: the fallbacks, past or present, of kept refer to it.",
      );

      const called = await register("called", "1");
      const judge = await register("judge", "1");
      const db = new Sqlite(join(backend.dataDirectory, "taleward.db"));
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

  describe("performance", () => {
    test("tells counts, nearest-rank percentiles and tokens per second, a slice of time at a time, oldest first", async () => {
      const version = await register("timed", "1");
      const sibling = await register("timed", "2");
      const minute = 600_000;
      const db = new Sqlite(join(backend.dataDirectory, "taleward.db"));
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
      expect(await registry.performance({ versionId: version.id, sinceMs: minute, sliceMs: minute })).toEqual([
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
      await expect(registry.performance({ versionId, sinceMs: 0, sliceMs: 60_000 })).rejects.toMatchObject({
        code: "NOT_FOUND",
        data: { field: "versionId" },
      });
      await expect(registry.performance({ versionId, sinceMs: 0, sliceMs: 1_000 })).rejects.toMatchObject({
        code: "BAD_REQUEST",
        data: { field: "sliceMs", value: "1000" },
      });
    });
  });

  test.each([
    ["an OpenAI-compatible model without an address", { provider: "openai" }, "configuration.endpoint"],
    [
      "an address with a password",
      { configuration: { endpoint: "http://me:secret@127.0.0.1:9" } },
      "configuration.endpoint",
    ],
    [
      "a replica with a password",
      { configuration: { endpoint: "http://127.0.0.1:9", replicas: ["http://:secret@127.0.0.1:8"] } },
      "configuration.replicas.0",
    ],
    ["a file for a model in Ollama", { configuration: { file: "a.gguf" } }, "configuration.file"],
    [
      "a server for the built-in engine",
      { provider: "embedded", configuration: { file: "a.gguf", endpoint: "http://127.0.0.1:9" } },
      "configuration.endpoint",
    ],
    ["a tag that is none", { tags: ["not a tag"] }, "tags.0"],
  ])("%s is refused by the name of the field, and never repeats a password", async (_what, wrong, field) => {
    const { total } = await registry.versions();
    const refusal = await registry
      .registerModel({ modelName: "refused", provider: "ollama", version: "1", ...wrong } as RegisterModelInput)
      .catch((error: unknown) => error);
    expect(refusal).toMatchObject({ code: "BAD_REQUEST", data: { field, remedy: expect.stringMatching(/\S/) } });
    expect(JSON.stringify(refusal)).not.toContain("secret");
    expect((await registry.versions()).total).toBe(total);
  });
});

function logCall(db: Sqlite.Database, version: ModelVersion, facts: Record<string, string | number> = {}): void {
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
