import { expect, test } from "vitest";
import { TaskGroup } from "../../../../src/main/base/task-group.ts";
import { ProviderError, type Provider } from "../../../../src/main/inference/provider.ts";
import type { CallTarget } from "../../../../src/shared/contract/inference.ts";
import { hang, embeddingAfter } from "../../../kit/fake-streams.ts";
import {
  first,
  second,
  version,
  alone,
  textCall,
  embedding,
  oneVector,
  client,
  onTrial,
  chain,
} from "../../../kit/llm-client.ts";
import { waitFor } from "../../../kit/wait-for.ts";

const itself: CallTarget = { type: "version", versionId: first.id };
const vectors: Provider["embed"] = async () => oneVector;

test("vectors are asked for in a logged call, too, however it ends", async () => {
  const stop = new AbortController();
  const ends: [string, Provider["embed"]][] = [
    ["completed", async () => oneVector],
    ["failed", () => Promise.reject(new ProviderError("rejected", "It cannot.", "Ask another."))],
    ["stopped", (_address, _texts, signal) => (stop.abort(new Error("gone")), Promise.reject(signal.reason))],
  ];
  const logged = [];
  for (const [, embed] of ends) {
    const { llm, begun, ended } = client({ providers: embedding(embed) });
    const asked = llm.embed({ target: itself, texts: ["a lamp"], caller: "test" }, stop.signal);
    await asked.catch((error: unknown) => error);
    expect(begun).toEqual([{ useCase: "direct", version: "1", caller: "test" }]);
    logged.push([ended[0]?.outcome, ended[0]?.promptTokens, chain(ended[0]?.attempts)]);
    expect(llm.load()).toMatchObject([{ running: 0, queued: 0 }]);
  }
  expect(logged).toEqual([
    ["completed", 3, ["1 answered null end"]],
    ["failed", null, ["1 failed rejected end"]],
    ["stopped", null, ["1 answered null end"]],
  ]);
});

test("vectors by a model that is no longer what the version was pinned to are not given", async () => {
  const { ended, embed } = client({ providers: embedding(vectors), verify: async () => "changed" });
  await expect(embed(itself)).rejects.toMatchObject({ code: "UNAVAILABLE", cause: { errorClass: "model_changed" } });
  expect(chain(ended[0]?.attempts)).toEqual(["1 failed model_changed end"]);
});

test("vectors are asked for again by the same version, and never by a fallback, whose vectors are not comparable", async () => {
  const passing = client({ providers: embedding(embeddingAfter(["server_error", "refused"], vectors)) });
  expect(await passing.embed()).toEqual(oneVector);
  expect(chain(passing.ended[0]?.attempts)).toEqual([
    "1 failed server_error retry",
    "1 failed refused retry",
    "1 answered null end",
  ]);
  const lasting = client({ providers: embedding(embeddingAfter(["model_not_found"], vectors)) });
  await expect(lasting.embed()).rejects.toMatchObject({
    code: "UNAVAILABLE",
    data: { field: "useCase", remedy: expect.stringContaining("No fallback was asked") },
    cause: { errorClass: "model_not_found" },
  });
  expect(chain(lasting.ended[0]?.attempts)).toEqual(["1 failed model_not_found end"]);
});

test("vectors come from a replica where the first address fails, and from there at once when its circuit breaker is open", async () => {
  const two = version("m", { endpoint: "http://a/", replicas: ["http://b/"] });
  const asked: (string | undefined)[] = [];
  const { llm, embed } = client({
    ...alone(two),
    providers: embedding(async ({ configuration: { endpoint } }, ...rest) => {
      asked.push(endpoint);
      if (endpoint === "http://a/") throw new ProviderError("refused", "Nobody is there.", "Start it.");
      return vectors({ model: "m", configuration: {} }, ...rest);
    }),
  });
  for (let call = 0; call < 4; call += 1) expect(await embed()).toMatchObject({ vectors: [[1, 2]], promptTokens: 3 });
  expect(asked).toEqual([...[1, 2, 3].flatMap(() => ["http://a/", "http://b/"]), "http://b/"]);
  expect(llm.load()[0]).toMatchObject({ circuitOpenUntilMs: expect.any(Number), lastError: "Nobody is there." });
});

test("vectors for a use case are logged under it with their session, and are no part of the rollout on it", async () => {
  const rows: object[] = [];
  const { ended, embed } = client({
    providers: embedding(vectors),
    begin: async ({ useCase, version: label, sessionKey, rollout }) =>
      void rows.push({ useCase, label, sessionKey, rollout }),
    ...onTrial(second),
  });
  await embed(undefined, "reader 1");
  expect(rows).toEqual([{ useCase: "story_generation", label: "1", sessionKey: "reader 1", rollout: null }]);
  expect(ended[0]).toMatchObject({ outcome: "completed", rollout: null, rerouted: null });
});

test("vectors are asked for with the window and threads that texts of the use case have", async () => {
  const asked: unknown[] = [];
  const { embed } = client({
    resolve: async () => ({ version: first, fallbacks: [], defaults: { threads: 2 }, stale: false }),
    providers: embedding(async (address, ...rest) => (asked.push(address.configuration), vectors(address, ...rest))),
  });
  await embed();
  expect(asked).toEqual([{ endpoint: "http://1/", options: { temperature: 0.1, topK: 5, threads: 2 } }]);
});

test("vectors are asked for as their caller says, who is told where the call is logged", async () => {
  const asked: unknown[] = [];
  const { llm, ended } = client({
    resolve: async () => ({ version: first, fallbacks: [], defaults: { threads: 2, keepAlive: 60 }, stale: false }),
    providers: embedding(async (request, ...rest) => (asked.push(request), vectors(request, ...rest))),
  });
  const received: string[] = [];
  const call = {
    target: textCall().target,
    texts: ["a lamp"],
    caller: "test",
    options: { keepAlive: 0, serverOptions: { num_ctx: 256 } },
    truncate: true,
    began: (id: string) => void received.push(id),
  };
  expect(await llm.embed(call, new AbortController().signal)).toEqual(oneVector);
  const options = { temperature: 0.1, topK: 5, threads: 2, keepAlive: 0, serverOptions: { num_ctx: 256 } };
  expect(asked).toEqual([{ model: "smollm2", configuration: { endpoint: "http://1/", options }, truncate: true }]);
  expect(received).toEqual([ended[0]?.id]);
  expect(ended[0]).toMatchObject({ timings: { loadMs: 20 }, promptTruncated: true });
});

test("with nothing assigned, a use case that does not exist, or no log, there are no vectors, and it is said why", async () => {
  const none = client({ resolve: async () => ({ version: null, fallbacks: [second], defaults: {}, stale: false }) });
  await expect(none.embed()).rejects.toMatchObject({ code: "UNAVAILABLE", cause: { errorClass: "no_model" } });
  const nowhere = client({ resolve: async () => undefined });
  await expect(nowhere.embed()).rejects.toMatchObject({ code: "NOT_FOUND", data: { field: "useCase" } });
  const full = () => Promise.reject(new Error("the disk is full"));
  for (const needs of [{ begin: full }, { finish: full }])
    await expect(client({ ...needs, providers: embedding(vectors) }).embed()).rejects.toMatchObject({
      code: "STORAGE",
    });
});

test("a call for vectors is stopped when Taleward closes, and is logged before that is done", async () => {
  const tasks = new TaskGroup();
  const { llm, ended, embed } = client({
    tasks,
    providers: embedding((_address, _texts, signal) => hang(signal)),
  });
  const asked = embed().catch((error: unknown) => error);
  await waitFor(() => expect(llm.load()[0]?.running).toBe(1));
  await tasks.close();
  expect(ended.map(({ outcome }) => outcome)).toEqual(["stopped"]);
  expect(await asked).toMatchObject({ code: "UNAVAILABLE", message: expect.stringContaining("closing") });
});
