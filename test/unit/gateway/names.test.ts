import { expect, test } from "vitest";
import { Failure } from "../../../src/main/base/failure.ts";
import { listModels, type NameDirectory, targetOf, versionOf } from "../../../src/main/gateway/routes/names.ts";
import { scriptedPorts, smollm, streams } from "../../contract/gateway/scripted-gateway.ts";

const { names } = scriptedPorts(streams("Yes."));

test.each(["gpt-9", "gpt-9:latest", ":latest", "smollm2@2.0", "Story_Generation", " ", "x".repeat(5_000)])(
  "%s is nothing, and is named",
  async (name) => {
    await expect(targetOf(name, names)).rejects.toMatchObject({ status: 404, code: "model_not_found", param: "model" });
    await expect(versionOf(name, names)).rejects.toMatchObject({
      status: 404,
      message: `model '${name.slice(0, 320)}' not found`,
    });
  },
);

test("a use case hides a model of its name", async () => {
  const both: NameDirectory = { ...names, find: () => Promise.resolve(smollm) };
  expect(await targetOf("story_generation", both)).toEqual({ type: "use_case", useCase: "story_generation" });
  expect(await targetOf("storyteller", both)).toEqual({ type: "version", versionId: smollm.id });
});

test("a name that ends in :latest itself comes before the one without it", async () => {
  const asked: string[] = [];
  const find = (name: string) => {
    asked.push(name);
    return name === "llama:latest" ? Promise.resolve(smollm) : names.find(name);
  };
  expect(await targetOf("llama:latest", { ...names, find })).toEqual({ type: "version", versionId: smollm.id });
  expect(asked).toEqual(["llama:latest"]);
});

test("a retired version is not listed and answers no one", async () => {
  const retired = { ...smollm, status: "retired" as const };
  const withRetired = { ...names, versions: () => Promise.resolve([retired]), find: () => Promise.resolve(retired) };
  expect((await listModels(withRetired)).map(({ name }) => name)).toEqual(["story_generation"]);
  await expect(targetOf("smollm2@1.0", withRetired)).rejects.toMatchObject({ status: 404, message: /is retired/ });
});

test("a registry that cannot be read is told as such, and not as an unknown model", async () => {
  const find = () => Promise.reject(new Failure("STORAGE", "The disk is full.", { remedy: "Make room." }));
  await expect(targetOf("smollm2", { ...names, find })).rejects.toMatchObject({ code: "STORAGE" });
});
