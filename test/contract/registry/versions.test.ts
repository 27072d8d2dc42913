import { describe, expect, test } from "vitest";
import type { ModelVersion, RegisterModelInput } from "../../../src/shared/contract/registry.ts";
import { transports } from "../../kit/transports.ts";
import { absent, useVersionsBackend } from "./versions-backend.ts";

describe.each(transports)("versions over a %s", (_name, open) => {
  const versions = useVersionsBackend(open);
  const { register, labels } = versions;

  test("pages hold every version once, newest first, and tell the total on each", async () => {
    for (let number = 1; number <= 7; number += 1) await register("paged", String(number), { tags: ["page"] });
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await versions.registry.versions({
        tag: "page",
        limit: 3,
        ...(cursor === undefined ? {} : { cursor }),
      });
      expect(page.total).toBe(7);
      seen.push(...page.items.map(({ version }) => version));
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined && seen.length < 20);
    expect(seen).toEqual(["7", "6", "5", "4", "3", "2", "1"]);
  });

  test("a last page that is full has no page after it", async () => {
    const page = await versions.registry.versions({ tag: "page", limit: 7 });
    expect(page.nextCursor).toBeNull();
  });

  test("a cursor that is none is refused by name", async () => {
    await expect(versions.registry.versions({ cursor: "yesterday" })).rejects.toMatchObject({
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
    expect((await versions.registry.versions({ drifted: false, limit: 1 })).total).toBe(
      (await versions.registry.versions({})).total,
    );
    expect(two.assignedTo).toEqual(["coordination_layer"]);
    expect(await versions.registry.version({ versionId: remote.id })).toEqual(remote);
  });

  test("a version that is not there is NOT_FOUND by its field", async () => {
    await expect(versions.registry.version({ versionId: absent as ModelVersion["id"] })).rejects.toMatchObject({
      code: "NOT_FOUND",
      data: { field: "versionId", value: absent },
    });
  });

  describe("find", () => {
    test("reads model@version, model@alias, and a model alone as its newest that is not retired", async () => {
      const one = await register("found", "1.0");
      const two = await register("found", "2.0");
      const three = await register("found", "3.0");
      await versions.registry.setStatus({ versionId: three.id, status: "retired" });
      await versions.registry.annotate({ versionId: one.id, aliases: ["stable"] });
      const id = async (name: string) => (await versions.registry.find({ name })).id;
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
      const id = async (name: string) => (await versions.registry.find({ name })).id;
      expect(await id("hf.co/a@b@c")).toBe(long.id);
      expect(await id("hf.co/a@b@c:q4")).toBe(whole.id);
      expect(await id("hf.co/a@b@c:q4@1")).toBe(whole.id);
      expect(await id("hf.co/a")).toBe(short.id);
    });

    test("what is not there is told with what there is", async () => {
      const refusal = (name: string) =>
        versions.registry.find({ name }).then(
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
      await versions.registry.setStatus({ versionId: only.id, status: "retired" });
      expect(await refusal("withdrawn")).toMatchObject({ message: "Every version of withdrawn is retired." });
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
    const { total } = await versions.registry.versions();
    const refusal = await versions.registry
      .registerModel({ modelName: "refused", provider: "ollama", version: "1", ...wrong } as RegisterModelInput)
      .catch((error: unknown) => error);
    expect(refusal).toMatchObject({ code: "BAD_REQUEST", data: { field, remedy: expect.stringMatching(/\S/) } });
    expect(JSON.stringify(refusal)).not.toContain("secret");
    expect((await versions.registry.versions()).total).toBe(total);
  });
});
