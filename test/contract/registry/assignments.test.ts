import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Backend } from "../../../src/main/backend.ts";
import type { AssignmentId, VersionId } from "../../../src/shared/contract/ids.ts";
import type { ModelVersion } from "../../../src/shared/contract/registry.ts";
import { startBackend } from "../../kit/backend.ts";
import { type Client, type Transport, transports } from "../../kit/transports.ts";

const absent = "019ab000-0000-7000-8000-000000000001";

describe.each(transports)("assignments over a %s", (_name, open) => {
  let backend: Backend;
  let transport: Transport;
  let registry: Client["registry"];
  let useCases = 0;
  let one: ModelVersion;
  let two: ModelVersion;
  let three: ModelVersion;
  beforeAll(async () => {
    backend = await startBackend();
    transport = await open(backend.router);
    registry = transport.client.registry;
    const register = (version: string) => registry.registerModel({ modelName: "llama", provider: "ollama", version });
    [one, two, three] = [await register("1.0"), await register("2.0"), await register("3.0")];
  });
  afterAll(async () => {
    await transport.close();
    await backend.close();
  });

  const newUseCase = async () => {
    useCases += 1;
    return (await registry.addUseCase({ name: `case_${useCases}`, description: "" })).name;
  };
  const named = ({ id, model, version }: ModelVersion) => ({ versionId: id, model, version });

  test("fallbacks and defaults are kept with an assignment, in order, and answer the use case", async () => {
    const useCase = await newUseCase();
    const defaults = { temperature: 0.2, stop: ["END"], serverOptions: { num_gpu: 0 } };
    const assigned = await registry.assign({ useCase, versionId: one.id, fallbacks: [three.id, two.id], defaults });
    expect(assigned).toEqual({
      id: expect.any(String),
      useCase,
      versionId: one.id,
      model: "llama",
      version: "1.0",
      fallbacks: [named(three), named(two)],
      defaults,
      fromMs: expect.any(Number),
      untilMs: null,
      by: { kind: "person" },
      reason: null,
    });
    expect((await registry.useCases()).find(({ name }) => name === useCase)?.assignment).toEqual(assigned);
    const current = await registry.version({ versionId: one.id });
    expect(await backend.services.registry.getCurrentModel(useCase)).toEqual(current);
  });

  test("what is left out of an assignment stays as it was; a fallback that is promoted leaves the fallbacks", async () => {
    const useCase = await newUseCase();
    await registry.assign({ useCase, versionId: one.id, fallbacks: [two.id, three.id], defaults: { seed: 7 } });
    const promoted = await registry.assign({ useCase, versionId: two.id });
    expect(promoted).toMatchObject({ fallbacks: [named(three)], defaults: { seed: 7 } });
    const resolved = await registry.assign({ useCase, versionId: two.id, fallbacks: [], defaults: {} });
    expect(resolved).toMatchObject({ fallbacks: [], defaults: {} });
  });

  test("a fallback list with the version itself, a double, a retired or an unknown one is refused by name, and nothing is written", async () => {
    const useCase = await newUseCase();
    const retired = await registry.registerModel({ modelName: "llama", provider: "ollama", version: `old ${useCase}` });
    await registry.setStatus({ versionId: retired.id, status: "retired" });
    const refusal = (fallbacks: VersionId[]) =>
      registry.assign({ useCase, versionId: one.id, fallbacks }).catch((error: unknown) => error);
    const data = (value: string) => ({ field: "fallbacks", value, remedy: expect.stringMatching(/\S/) });
    expect(await refusal([two.id, one.id])).toMatchObject({ code: "BAD_REQUEST", data: data(one.id) });
    expect(await refusal([two.id, two.id])).toMatchObject({ code: "BAD_REQUEST", data: data(two.id) });
    expect(await refusal([retired.id])).toMatchObject({ code: "CONFLICT", data: data(retired.id) });
    expect(await refusal([absent as VersionId])).toMatchObject({ code: "NOT_FOUND", data: data(absent) });
    expect(await registry.history({ useCase })).toEqual([]);
  });

  test("undo goes back to the assignment before the live one, as a new one with its fallbacks and defaults, and says why", async () => {
    const useCase = await newUseCase();
    await registry.assign({ useCase, versionId: one.id, fallbacks: [three.id], defaults: { seed: 1 } });
    await registry.assign({ useCase, versionId: two.id, fallbacks: [], defaults: {} });
    const undone = await registry.undoAssignment({ useCase });
    expect(undone).toMatchObject({
      versionId: one.id,
      fallbacks: [named(three)],
      defaults: { seed: 1 },
      reason: expect.stringMatching(/^Undo: back to llama 1\.0 of (Mon|Tue|Wed|Thu|Fri|Sat|Sun) \d\d:\d\d$/),
    });
    const history = await registry.history({ useCase });
    expect(history.map(({ version, untilMs }) => [version, untilMs === null])).toEqual([
      ["1.0", true],
      ["2.0", false],
      ["1.0", false],
    ]);
    expect(history[0]).toEqual(undone);
    expect((await registry.undoAssignment({ useCase, reason: "After all" })).version).toBe("2.0");
  });

  test("undo goes back to any earlier one by its id", async () => {
    const useCase = await newUseCase();
    const first = await registry.assign({ useCase, versionId: one.id });
    await registry.assign({ useCase, versionId: two.id });
    await registry.assign({ useCase, versionId: three.id });
    expect((await registry.undoAssignment({ useCase, assignmentId: first.id })).version).toBe("1.0");
  });

  test("undo leaves out a fallback that was retired since, and says so", async () => {
    const useCase = await newUseCase();
    const spare = await registry.registerModel({ modelName: "llama", provider: "ollama", version: `spare ${useCase}` });
    await registry.assign({ useCase, versionId: one.id, fallbacks: [spare.id, two.id] });
    await registry.assign({ useCase, versionId: three.id, fallbacks: [] });
    await registry.setStatus({ versionId: spare.id, status: "retired" });
    expect(await registry.undoAssignment({ useCase, reason: "Slow" })).toMatchObject({
      fallbacks: [named(two)],
      reason: `Slow (without the retired fallback llama spare ${useCase})`,
    });
  });

  test("undo is refused with nothing to go back to, to the live one, to one of another use case, and to a retired version", async () => {
    const useCase = await newUseCase();
    const other = await newUseCase();
    const refusal = (assignmentId?: AssignmentId) =>
      registry
        .undoAssignment({ useCase, ...(assignmentId === undefined ? {} : { assignmentId }) })
        .catch((error: unknown) => error);
    expect(await refusal()).toMatchObject({ code: "CONFLICT", data: { field: "useCase", value: useCase } });
    const old = await registry.registerModel({ modelName: "llama", provider: "ollama", version: useCase });
    const first = await registry.assign({ useCase, versionId: old.id });
    expect(await refusal()).toMatchObject({ code: "CONFLICT", data: { field: "useCase", value: useCase } });
    const live = await registry.assign({ useCase, versionId: two.id });
    const elsewhere = await registry.assign({ useCase: other, versionId: one.id });
    await registry.setStatus({ versionId: old.id, status: "retired" });
    expect(await refusal(live.id)).toMatchObject({ code: "CONFLICT", data: { field: "assignmentId", value: live.id } });
    expect(await refusal(elsewhere.id)).toMatchObject({ code: "NOT_FOUND", data: { field: "assignmentId" } });
    expect(await refusal(first.id)).toMatchObject({ code: "CONFLICT", message: `llama ${useCase} is retired.` });
    expect(await refusal()).toMatchObject({ code: "CONFLICT", message: `llama ${useCase} is retired.` });
    expect((await registry.history({ useCase })).map(({ id }) => id)).toEqual([live.id, first.id]);
  });

  test("the timeline tells what was live when over all use cases, oldest first, and only what touches the time asked for", async () => {
    const [left, right] = [await newUseCase(), await newUseCase()];
    const pause = () => new Promise((resolve) => setTimeout(resolve, 3));
    const a = await registry.assign({ useCase: left, versionId: one.id });
    await pause();
    const b = await registry.assign({ useCase: right, versionId: two.id });
    await pause();
    const c = await registry.assign({ useCase: left, versionId: three.id });
    const mine = async (span: { sinceMs?: number; untilMs?: number }) =>
      (await registry.timeline(span)).filter(({ useCase }) => [left, right].includes(useCase)).map(({ id }) => id);
    expect(await mine({})).toEqual([a.id, b.id, c.id]);
    expect(await mine({ sinceMs: c.fromMs })).toEqual([b.id, c.id]);
    expect(await mine({ untilMs: b.fromMs - 1 })).toEqual([a.id]);
    expect(await mine({ sinceMs: b.fromMs, untilMs: b.fromMs })).toEqual([a.id, b.id]);
    const whole = (await registry.timeline()).find(({ id }) => id === a.id);
    expect(whole).toEqual({ ...a, untilMs: c.fromMs });
    await expect(registry.timeline({ sinceMs: 10, untilMs: 9 })).rejects.toMatchObject({
      code: "BAD_REQUEST",
      data: { field: "untilMs", value: "9", remedy: "Give 10 or later, or leave it out." },
    });
  });

  test("a use case goes only when nothing was ever assigned to it, and never one of Taleward's own", async () => {
    const unused = await newUseCase();
    const used = await newUseCase();
    await registry.assign({ useCase: used, versionId: one.id });
    await registry.removeUseCase({ useCase: unused });
    expect((await registry.useCases()).map(({ name }) => name)).not.toContain(unused);
    const refusal = (useCase: string) => registry.removeUseCase({ useCase }).catch((error: unknown) => error);
    expect(await refusal(unused)).toMatchObject({ code: "NOT_FOUND", data: { field: "useCase", value: unused } });
    expect(await refusal(used)).toMatchObject({ code: "CONFLICT", message: `llama 1.0 answers ${used}.` });
    await registry.assign({ useCase: used, versionId: two.id });
    for (const own of ["story_generation", "coordination_layer", "interaction_layer"])
      expect(await refusal(own)).toMatchObject({
        code: "CONFLICT",
        message: `${own} is one of Taleward's own use cases.`,
      });
  });

  test("a use case cannot have the name under which calls of a version itself are logged", async () => {
    await expect(registry.addUseCase({ name: "direct", description: "" })).rejects.toMatchObject({
      code: "CONFLICT",
      data: { field: "name", value: "direct" },
    });
  });

  test("the history of a use case that does not exist is NOT_FOUND, with those that do", async () => {
    await expect(registry.history({ useCase: "no_such_case" })).rejects.toMatchObject({
      code: "NOT_FOUND",
      data: { field: "useCase", value: "no_such_case", remedy: expect.stringContaining("story_generation") },
    });
  });
});
