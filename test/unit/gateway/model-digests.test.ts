import { expect, test } from "vitest";
import { v7 as uuid } from "uuid";
import { listModels } from "../../../src/main/gateway/routes/names.ts";
import { tagEntry } from "../../../src/main/gateway/ollama/models.ts";
import { versionId } from "../../../src/shared/contract/ids.ts";
import type { ModelVersion } from "../../../src/shared/contract/registry.ts";
import { scriptedPorts, smollm, streams } from "../../contract/gateway/scripted-gateway.ts";

const { names } = scriptedPorts(streams("Yes."));
const hex = /^[0-9a-f]{64}$/;

function version(change: Partial<ModelVersion>): ModelVersion {
  return { ...smollm, id: versionId.parse(uuid()), aliases: [], assignedTo: [], ...change };
}

async function digestsAmong(versions: readonly ModelVersion[]): Promise<Record<string, string>> {
  const listed = await listModels({ ...names, versions: () => Promise.resolve(versions) });
  return Object.fromEntries(
    listed.map((model) => [model.name, String(Reflect.get(tagEntry(model, null, null), "digest"))]),
  );
}

test("everything listed has a digest of 64 hex digits, a version whose server reports none too, and keeps it", async () => {
  const versions = [
    smollm,
    version({ model: "gpt", provider: "openai", digest: null }),
    version({ model: "odd", digest: "sha256:12" }),
    version({ model: "empty", digest: "" }),
  ];
  const digests = await digestsAmong(versions);
  expect(Object.keys(digests)).toEqual([
    "story_generation",
    "smollm2@1.0",
    "smollm2@stable",
    "gpt@1.0",
    "odd@1.0",
    "empty@1.0",
  ]);
  for (const digest of Object.values(digests)) expect(digest).toMatch(hex);
  expect(await digestsAmong(versions.toReversed())).toEqual(digests);
});

test("a use case has a digest of its own, so that no program calls its version in its place", async () => {
  const digests = await digestsAmong([smollm]);
  expect(digests["smollm2@1.0"]).toBe("ab".repeat(32));
  expect(digests["smollm2@stable"]).toBe("ab".repeat(32));
  expect(digests["story_generation"]).not.toBe(digests["smollm2@1.0"]);
});

test("a use case's digest changes with what it is assigned to", async () => {
  const before = await digestsAmong([smollm]);
  const other = version({ version: "2.0" });
  const [useCase] = await names.useCases();
  if (!useCase?.assignment) throw new Error("it is assigned");
  const assignment = { ...useCase.assignment, versionId: other.id };
  const useCases = () => Promise.resolve([{ ...useCase, assignment }]);
  const [after] = await listModels({ ...names, useCases, versions: () => Promise.resolve([other, smollm]) });
  expect(after?.digest).toMatch(hex);
  expect(after?.digest).not.toBe(before["story_generation"]);
});

test("two versions of one content, which may differ in their options, are not one model to a program", async () => {
  const later = version({ version: "2.0", createdAtMs: smollm.createdAtMs + 1 });
  const digests = await digestsAmong([later, smollm]);
  expect(digests["smollm2@1.0"]).toBe("ab".repeat(32));
  expect(digests["smollm2@2.0"]).toMatch(hex);
  expect(digests["smollm2@2.0"]).not.toBe("ab".repeat(32));
});
